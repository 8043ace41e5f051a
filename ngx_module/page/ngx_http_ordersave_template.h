
/*
 * Templates from files, compiled when the configuration is read.
 */

#ifndef _NGX_HTTP_ORDERSAVE_TEMPLATE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_TEMPLATE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/*
 * Compiles NAME.html.mustache with its partials: {{> PART}} is PART.mustache,
 * {{> t.KEY}} a text of the locale. Files are in templates/ of the campaign's
 * folders (os_folders). The result is the caller's; NULL: `err` says why, with
 * file and place. `path` becomes where it was read, or last looked for; `found`
 * (may be NULL) tells whether there was a file.
 */
os_template_t *ngx_http_ordersave_template(const char *folders, os_str_t name,
    const os_locale_t *locale, os_buf_t *path, ngx_uint_t *found,
    os_error_t *err);

/*
 * {{> PART}} alone, as os_template_compile() asks for it: `data` are the
 * folders.
 */
int ngx_http_ordersave_template_part(void *data, os_str_t name,
    os_buf_t *source);


#endif /* _NGX_HTTP_ORDERSAVE_TEMPLATE_H_INCLUDED_ */


/*
 * Templates from files. See ngx_http_ordersave_template.h.
 */


#include "ngx_module/page/ngx_http_ordersave_template.h"
#include "core/base/os_folders.h"


/* Reads NAMESUFFIX.mustache; -1: no folder has it, or nobody may read it. */
static int
ngx_http_ordersave_template_read(const char *folders, os_str_t name,
    const char *suffix, os_buf_t *source, os_buf_t *path, os_error_t *err)
{
    int       rc;
    os_buf_t  file = { 0 };

    path->len = 0;
    os_buf_printf(&file, "templates/%.*s%s.mustache", (int) name.len,
                  name.data, suffix);
    (void) os_folders_find(folders, path, file.data);
    rc = os_file_read(path->data, source, err);
    os_buf_free(&file);

    return rc;
}


/* Texts of the locale were asked for first. */
int
ngx_http_ordersave_template_part(void *data, os_str_t name,
    os_buf_t *source)
{
    int       rc;
    os_buf_t  path = { 0 };

    rc = ngx_http_ordersave_template_read(data, name, "", source, &path, NULL);

    if (rc == -1) {
        source->len = 0;
        os_buf_printf(source, "%s cannot be read", path.data);
    }

    os_buf_free(&path);
    return rc == 0 ? OS_PARTIAL_FOUND : OS_PARTIAL_ERROR;
}


os_template_t *
ngx_http_ordersave_template(const char *folders, os_str_t name,
    const os_locale_t *locale, os_buf_t *path, ngx_uint_t *found,
    os_error_t *err)
{
    int                   rc;
    os_buf_t              source = { 0 };
    os_template_t        *template = NULL;
    os_locale_partial_t   partial = {
        locale, OS_TEMPLATE_HTML, NULL, ngx_http_ordersave_template_part,
        (void *) folders
    };

    rc = ngx_http_ordersave_template_read(folders, name, ".html", &source,
                                          path, err);
    if (rc == 0) {
        template = os_template_compile(os_buf_view(&source), path->data,
                                       OS_TEMPLATE_HTML, os_locale_partial,
                                       &partial, err);
    }

    if (found) {
        *found = rc == 0;
    }

    os_buf_free(&source);
    return template;
}

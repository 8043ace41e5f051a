
/*
 * Pages of our own, from the campaign's templates: compiled, and bound to all
 * that does not change, when the configuration is read. The style and script
 * that go with them.
 */

#ifndef _NGX_HTTP_ORDERSAVE_PAGE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_PAGE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/*
 * Compiles every template in every language of the campaign. NGX_ERROR: said,
 * with file and line. `read`: os_locale_find().
 */
ngx_int_t ngx_http_ordersave_pages_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, json_t *read);

/* What core/view is given: campaign, locale and now. */
os_speak_t ngx_http_ordersave_page_voice(ngx_http_ordersave_campaign_t *c,
    os_str_t locale);

/*
 * Appends page `name` to `html`; NGX_ERROR without memory, or when `view` is
 * NULL.
 */
ngx_int_t ngx_http_ordersave_render(ngx_http_ordersave_campaign_t *c,
    const char *name, os_str_t locale, json_t *view, os_buf_t *html);

/*
 * A compiled page for a shape of order (core/text/os_mold.h): found, or NULL;
 * and kept, until 256 others are.
 */
os_mold_t *ngx_http_ordersave_mold_find(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape);

void ngx_http_ordersave_mold_keep(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape, os_mold_t *mold);

/* Renders and sends; `view` stays the caller's. `html` is taken. */
ngx_int_t ngx_http_ordersave_send_page(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *campaign, const char *name, os_str_t locale,
    ngx_uint_t status, json_t *view);

ngx_int_t ngx_http_ordersave_send_html(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *campaign, const char *name, os_str_t locale,
    ngx_uint_t status, os_buf_t *html);

/* The panel's style is fetched while the page still comes. */
ngx_int_t ngx_http_ordersave_send_preload(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c);


#endif /* _NGX_HTTP_ORDERSAVE_PAGE_H_INCLUDED_ */

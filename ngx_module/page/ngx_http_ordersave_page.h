
/*
 * Pages of our own, from the campaign's templates: compiled, and bound to all
 * that does not change, when the configuration is read. The style and script
 * that go with them.
 */

#ifndef _NGX_HTTP_ORDERSAVE_PAGE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_PAGE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* _page.c: what we answer ourselves */
ngx_int_t ngx_http_ordersave_pages_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, const char *share);

os_speak_t ngx_http_ordersave_page_voice(ngx_http_ordersave_campaign_t *c,
    os_str_t locale);

ngx_int_t ngx_http_ordersave_render(ngx_http_ordersave_campaign_t *c,
    const char *name, os_str_t locale, json_t *view, os_buf_t *html);

os_mold_t *ngx_http_ordersave_mold_find(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape);

void ngx_http_ordersave_mold_keep(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape, os_mold_t *mold);

ngx_int_t ngx_http_ordersave_send_page(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *campaign, const char *name, os_str_t locale,
    ngx_uint_t status, json_t *view);

ngx_int_t ngx_http_ordersave_send_html(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *campaign, const char *name, os_str_t locale,
    ngx_uint_t status, os_buf_t *html);

ngx_int_t ngx_http_ordersave_send_asset(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c, os_str_t name);

ngx_int_t ngx_http_ordersave_send_preload(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c);


#endif /* _NGX_HTTP_ORDERSAVE_PAGE_H_INCLUDED_ */

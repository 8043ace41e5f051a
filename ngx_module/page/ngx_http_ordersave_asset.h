
/*
 * Files that pages of ours and the store's load from us, below the campaign's
 * api_path: styles with the brand's colours in them, scripts. They lie in
 * memory, and their addresses change with their bytes.
 */

#ifndef _NGX_HTTP_ORDERSAVE_ASSET_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_ASSET_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* Reads all of them from the share folder; the campaign has them then. */
ngx_int_t ngx_http_ordersave_assets_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c);

/*
 * The address of one, with its revision ("/ordersave/panel.css?v=…"); there
 * must be one of that name.
 */
os_str_t ngx_http_ordersave_asset_url(const ngx_http_ordersave_campaign_t *c,
    const char *name);

/*
 * Answers with one, or with 304 to who has it (RFC 9110, 13.1.2). With a
 * revision in the address it is kept for a year, else for an hour. NGX_DECLINED
 * for another name.
 */
ngx_int_t ngx_http_ordersave_asset_send(ngx_http_request_t *r,
    const ngx_http_ordersave_campaign_t *c, os_str_t name);


#endif /* _NGX_HTTP_ORDERSAVE_ASSET_H_INCLUDED_ */

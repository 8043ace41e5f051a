
/*
 * Blocks of the campaign: each is rendered once for each of its languages when
 * the configuration is read.
 */

#ifndef _NGX_HTTP_ORDERSAVE_BLOCK_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_BLOCK_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* The block is needed; it is rendered when the campaign is there. */
ngx_int_t ngx_http_ordersave_block_use(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, ngx_http_ordersave_insert_t *insert);

/*
 * Renders all that are needed, from templates of the shop or of `share`.
 * NGX_ERROR: said, with the place that asks for it.
 */
ngx_int_t ngx_http_ordersave_blocks_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c);

/*
 * The block in the visitor's language: one link of the request's pool, its
 * bytes the configuration's. NGX_DECLINED: it is empty.
 */
ngx_int_t ngx_http_ordersave_block_content(ngx_http_request_t *r,
    ngx_http_ordersave_insert_t *insert, ngx_chain_t **out);


/*
 * A checksum of all that goes into pages of a location, and where; 0 where that
 * may differ from visitor to visitor.
 */
uint32_t ngx_http_ordersave_block_revision(
    ngx_http_ordersave_loc_conf_t *conf);


#endif /* _NGX_HTTP_ORDERSAVE_BLOCK_H_INCLUDED_ */


/*
 * What goes into pages of the store: a block of the campaign, the panel,
 * products that fit, or the way to a cancel.
 */

#ifndef _NGX_HTTP_ORDERSAVE_INSERT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_INSERT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * The blocks "products" and "cancel" are about an order, as the panel is: what
 * fits it, and where it can be asked to be cancelled.
 */
ngx_uint_t ngx_http_ordersave_insert_is_tracked(
    const ngx_http_ordersave_insert_t *insert);
ngx_uint_t ngx_http_ordersave_insert_is_cancel(
    const ngx_http_ordersave_insert_t *insert);

/* The block "withdraw" is in the page's own language, whoever visits it. */
ngx_uint_t ngx_http_ordersave_insert_is_withdraw(
    const ngx_http_ordersave_insert_t *insert);

/*
 * _insert.c: what goes into pages of the store. The filter asks, for each
 * insert of the location, `wanted` once, when the answer's header is there:
 * NGX_OK or NGX_DECLINED. When the anchor is met it asks for the `content`,
 * once: NGX_OK with *out, a chain of the request's pool that may be empty, or
 * NGX_DECLINED: nothing goes in. `shown` is the text of the element that
 * ordersave_shown names, as the page shows it before the anchor, or empty;
 * it is gone after the call. `lang` is the language that the page
 * says it is in, or OS_NULL.
 *
 * NGX_ERROR ends the request.
 */
ngx_int_t ngx_http_ordersave_insert_wanted(ngx_http_request_t *r,
    ngx_http_ordersave_insert_t *insert);

ngx_int_t ngx_http_ordersave_insert_content(ngx_http_request_t *r,
    ngx_http_ordersave_insert_t *insert, os_str_t shown, os_str_t lang,
    ngx_chain_t **out);

/* The level whose inserts are meant where conf's location answers. */
ngx_http_ordersave_loc_conf_t *ngx_http_ordersave_insert_conf(
    ngx_http_request_t *r, ngx_http_ordersave_loc_conf_t *conf);

/* Before the store is asked: it is not to compress what we read. */
void ngx_http_ordersave_insert_prepare(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);


#endif /* _NGX_HTTP_ORDERSAVE_INSERT_H_INCLUDED_ */

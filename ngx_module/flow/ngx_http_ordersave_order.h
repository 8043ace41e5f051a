
/*
 * What is known of an order: one round trip. The order, its decision and what
 * is left of the budgets are strings, all got at once; pools are lists.
 */

#ifndef _NGX_HTTP_ORDERSAVE_ORDER_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_ORDER_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


ngx_int_t ngx_http_ordersave_order_fetch(ngx_http_ordersave_ctx_t *ctx,
    ngx_msec_t timeout, ngx_http_ordersave_resume_pt resume);

ngx_int_t ngx_http_ordersave_order_read(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

ngx_uint_t ngx_http_ordersave_order_token_fits(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_ORDER_H_INCLUDED_ */

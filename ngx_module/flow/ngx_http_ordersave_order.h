
/*
 * What is known of an order: one round trip. The order, its decision and what
 * is left of the budgets are strings, all got at once; pools are lists.
 */

#ifndef _NGX_HTTP_ORDERSAVE_ORDER_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_ORDER_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Asks for ctx->order_id within `timeout` milliseconds (0: ordersave_redis'
 * own); `resume` gets the reply. With `confirm` only what a replica has, too,
 * is known: what is there may still be lost.
 */
ngx_int_t ngx_http_ordersave_order_fetch(ngx_http_ordersave_ctx_t *ctx,
    ngx_msec_t timeout, ngx_uint_t confirm,
    ngx_http_ordersave_resume_pt resume);

/*
 * What that reply says: order (may be NULL: not known), decision, stock and
 * language. NGX_ERROR: nothing is known.
 */
ngx_int_t ngx_http_ordersave_order_read(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

/*
 * ctx->who.order_id is another name of the order, of the kind that
 * "ordersave_order_id … by=" says: asks whose it is. `resume` gets the reply;
 * order_named() makes the id of it, or says why there is none: then the id is
 * empty.
 */
ngx_int_t ngx_http_ordersave_order_alias(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt resume);
ngx_http_ordersave_outcome_e ngx_http_ordersave_order_named(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);

/* A token was made for the order as it was known: is its secret the same? */
ngx_uint_t ngx_http_ordersave_order_token_fits(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_ORDER_H_INCLUDED_ */

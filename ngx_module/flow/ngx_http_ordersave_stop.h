
/*
 * A cancel that we take in ourselves, for a shop that has none of its own: the
 * page behind a link, with the offers that any cancel meets.
 */

#ifndef _NGX_HTTP_ORDERSAVE_STOP_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_STOP_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * The page of an order that a link has opened, as visit_open() calls it. A GET
 * shows; a POST keeps the order or asks to cancel it, once.
 */
ngx_int_t ngx_http_ordersave_stop(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

/*
 * The same while Redis is away: who asks by a link of the order's is heard all
 * the same, and the worker holds the link against the record. "Later" for all
 * others.
 */
ngx_int_t ngx_http_ordersave_stop_blind(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


#endif /* _NGX_HTTP_ORDERSAVE_STOP_H_INCLUDED_ */

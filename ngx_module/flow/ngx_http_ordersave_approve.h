
/*
 * Where the shop's people answer what a buyer asked for.
 */

#ifndef _NGX_HTTP_ORDERSAVE_APPROVE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_APPROVE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* The page of a request; ctx->known.record is there. */
ngx_int_t ngx_http_ordersave_approve(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


#endif /* _NGX_HTTP_ORDERSAVE_APPROVE_H_INCLUDED_ */

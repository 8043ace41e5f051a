
/*
 * A page where a buyer asks for what has arrived to come back: which of it,
 * and for what. A GET only shows; a POST asks, once.
 */

#ifndef _NGX_HTTP_ORDERSAVE_RETURN_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_RETURN_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* What ngx_http_ordersave_visit_open() goes on with: the order is there. */
ngx_int_t ngx_http_ordersave_return(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


#endif /* _NGX_HTTP_ORDERSAVE_RETURN_H_INCLUDED_ */

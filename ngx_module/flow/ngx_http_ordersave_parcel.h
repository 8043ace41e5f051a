
/*
 * Pages about an order on its way: the tracking page, what an open panel asks
 * for again, the answer to a problem, packaging. A GET only shows; a POST
 * commits.
 */

#ifndef _NGX_HTTP_ORDERSAVE_PARCEL_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_PARCEL_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* What ngx_http_ordersave_visit_open() goes on with, one a page. */
ngx_int_t ngx_http_ordersave_parcel_page(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

ngx_int_t ngx_http_ordersave_parcel_panel(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

ngx_int_t ngx_http_ordersave_parcel_answer(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

ngx_int_t ngx_http_ordersave_parcel_packaging(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


#endif /* _NGX_HTTP_ORDERSAVE_PARCEL_H_INCLUDED_ */

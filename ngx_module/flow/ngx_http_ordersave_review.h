
/*
 * After delivery: a review, or help. Both are on one page, for everybody; what
 * is answered here decides nothing about who is asked. A photo is looked at
 * byte by byte, stripped of what it tells beside the picture, and kept where
 * no URL leads.
 */

#ifndef _NGX_HTTP_ORDERSAVE_REVIEW_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_REVIEW_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* What ngx_http_ordersave_visit_open() goes on with. */
ngx_int_t ngx_http_ordersave_review(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

ngx_int_t ngx_http_ordersave_solved(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);

/* A kept photo, for who holds a token for it. */
ngx_int_t ngx_http_ordersave_photo(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);


#endif /* _NGX_HTTP_ORDERSAVE_REVIEW_H_INCLUDED_ */


/*
 * The visitor's body: reading it before the store does, and giving the store
 * the request that it would have got without us.
 */

#ifndef _NGX_HTTP_ORDERSAVE_BODY_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_BODY_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* _body.c: the visitor's body, and what of it is ours */
ngx_int_t ngx_http_ordersave_read_body(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler);

ngx_int_t ngx_http_ordersave_body_bytes(ngx_http_request_t *r, size_t max,
    os_buf_t *out);

void ngx_http_ordersave_comment(ngx_http_ordersave_ctx_t *ctx, os_buf_t *out);

void ngx_http_ordersave_body_drop(ngx_http_request_t *r);

ngx_int_t ngx_http_ordersave_body_cut(ngx_http_request_t *r, os_str_t keep);


#endif /* _NGX_HTTP_ORDERSAVE_BODY_H_INCLUDED_ */


/*
 * Sending an answer of our own: bytes, JSON, a redirect, nothing. What an
 * answer says is made elsewhere.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SEND_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SEND_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/*
 * Sends bytes that came from malloc; they are taken. Each returns what a
 * content handler may return.
 */
ngx_int_t ngx_http_ordersave_send_as(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, const char *cache, const char *referrer, os_buf_t *body);

ngx_int_t ngx_http_ordersave_send_json(ngx_http_request_t *r,
    ngx_uint_t status, json_t *json);

ngx_int_t ngx_http_ordersave_send_text(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, os_buf_t *text);

/* What a browser gets that fetches ahead of a click (503). */
ngx_int_t ngx_http_ordersave_send_not_yet(ngx_http_request_t *r);

ngx_int_t ngx_http_ordersave_send_redirect(ngx_http_request_t *r,
    os_str_t location);

/* Before the answer: its ETag. An answer without a body. */
ngx_int_t ngx_http_ordersave_send_etag(ngx_http_request_t *r, os_str_t etag);

ngx_int_t ngx_http_ordersave_send_nothing(ngx_http_request_t *r,
    ngx_uint_t status);

/* The header of an answer that goes on and on; its body is the caller's. */
ngx_int_t ngx_http_ordersave_send_stream(ngx_http_request_t *r,
    const char *type);

/* Bytes that came from malloc as a chain's link; they go with the request. */
ngx_int_t ngx_http_ordersave_send_chain(ngx_http_request_t *r, os_buf_t *html,
    ngx_chain_t **out);


#endif /* _NGX_HTTP_ORDERSAVE_SEND_H_INCLUDED_ */

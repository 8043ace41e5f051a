
/*
 * The visitor's body: reading it before the store does, and giving the store
 * the request that it would have got without us.
 */

#ifndef _NGX_HTTP_ORDERSAVE_BODY_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_BODY_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Reads the body and runs the phases again from where they stood; `handler` is
 * told. NGX_DONE, or the status of an error.
 */
ngx_int_t ngx_http_ordersave_read_body(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler);

/*
 * Appends the body, wherever it lies; NGX_DECLINED when it passes `max` bytes.
 */
ngx_int_t ngx_http_ordersave_body_bytes(ngx_http_request_t *r, size_t max,
    os_buf_t *out);

/* What the visitor wrote beside a choice; nothing where it is no text. */
void ngx_http_ordersave_comment(ngx_http_ordersave_ctx_t *ctx, os_buf_t *out);

/* The POST was ours alone: the store gets the GET that it would have got. */
void ngx_http_ordersave_body_drop(ngx_http_request_t *r);

/* The store's own form, `keep`, without what we put into it. */
ngx_int_t ngx_http_ordersave_body_cut(ngx_http_request_t *r, os_str_t keep);


#endif /* _NGX_HTTP_ORDERSAVE_BODY_H_INCLUDED_ */

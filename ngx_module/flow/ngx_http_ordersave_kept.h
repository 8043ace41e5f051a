
/*
 * The kept page: how things stand with an order that was decided, at an address
 * of our own.
 */

#ifndef _NGX_HTTP_ORDERSAVE_KEPT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_KEPT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


ngx_int_t ngx_http_ordersave_kept_show(ngx_http_ordersave_ctx_t *ctx);

ngx_uint_t ngx_http_ordersave_is_kept(ngx_http_ordersave_ctx_t *ctx);

ngx_int_t ngx_http_ordersave_kept_state(ngx_http_ordersave_ctx_t *ctx);

ngx_int_t ngx_http_ordersave_kept_redirect(ngx_http_ordersave_ctx_t *ctx);

ngx_int_t ngx_http_ordersave_kept_visit(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);


#endif /* _NGX_HTTP_ORDERSAVE_KEPT_H_INCLUDED_ */

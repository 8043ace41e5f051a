
/*
 * What the visitor makes of the page: a POST with our token. "Cancel anyway"
 * gives the store its own request back; an accept is reserved, decided and,
 * for an unpaid order, followed to where it is paid.
 */

#ifndef _NGX_HTTP_ORDERSAVE_ACCEPT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_ACCEPT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


ngx_int_t ngx_http_ordersave_headless(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);

ngx_int_t ngx_http_ordersave_posted(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);

ngx_int_t ngx_http_ordersave_accept_json(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_ACCEPT_H_INCLUDED_ */


/*
 * The kept page: how things stand with an order that was decided, at an address
 * of our own.
 */

#ifndef _NGX_HTTP_ORDERSAVE_KEPT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_KEPT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* The kept page, or its JSON, for ctx->decision. */
ngx_int_t ngx_http_ordersave_kept_show(ngx_http_ordersave_ctx_t *ctx);

ngx_uint_t ngx_http_ordersave_is_kept(ngx_http_ordersave_ctx_t *ctx);

/* How things stand: kept, or the page that says why not. */
ngx_int_t ngx_http_ordersave_kept_state(ngx_http_ordersave_ctx_t *ctx);

/*
 * By 303 to the kept page's own address, or the page at once where no
 * location serves it.
 */
ngx_int_t ngx_http_ordersave_kept_redirect(ngx_http_ordersave_ctx_t *ctx);

/* That address; `token` is what stands in it. */
ngx_int_t ngx_http_ordersave_kept_visit(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);


#endif /* _NGX_HTTP_ORDERSAVE_KEPT_H_INCLUDED_ */

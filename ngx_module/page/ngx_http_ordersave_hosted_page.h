
/*
 * What all pages under ordersave_api have in common: their language, the form
 * that leads back to their own address, and what is said of a link that is no
 * good.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HOSTED_PAGE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HOSTED_PAGE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


#define NGX_HTTP_ORDERSAVE_FOUND_FOR   3600    /* s: a link that is given */


/* Sets ctx->locale: the forced one, the link's, the order's, the browser's. */
void ngx_http_ordersave_hosted_locale(ngx_http_ordersave_ctx_t *ctx);

/* Sends page `name`, whose form leads to its own address; `view` is taken. */
ngx_int_t ngx_http_ordersave_hosted_page(ngx_http_ordersave_ctx_t *ctx,
    const char *name, ngx_uint_t status, json_t *view);

/* Redis does not answer: 503 with a page that says so. */
ngx_int_t ngx_http_ordersave_hosted_later(ngx_http_ordersave_ctx_t *ctx);

/*
 * What was posted is neither in Redis nor on the disk: 503 with a page that
 * asks to load it anew, which posts it once more.
 */
ngx_int_t ngx_http_ordersave_hosted_unsaved(ngx_http_ordersave_ctx_t *ctx);

/* A link that is old, forged, or of another shop: 403. */
ngx_int_t ngx_http_ordersave_hosted_expired(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_HOSTED_PAGE_H_INCLUDED_ */


/*
 * What an address under ordersave_api holds after its second slash is a secret,
 * of who may see an order: logs get stars, whatever ends the request. All else,
 * what the store is sent among it, has the true address. An address that begins
 * like ours in a location that has ordersave_api off is nobody's secret.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HIDE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HIDE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* For the first phase: before limits, access rules or anything else can log. */
ngx_int_t ngx_http_ordersave_hide_handler(ngx_http_request_t *r);

/* For the phase behind the choice of a location, before all others in it. */
ngx_int_t ngx_http_ordersave_hide_place(ngx_http_request_t *r);

/* For the last phase, before all that log. */
ngx_int_t ngx_http_ordersave_hide_log(ngx_http_request_t *r);

/* What the handler goes by, once mcf->apis are known. */
void ngx_http_ordersave_hide_init(ngx_http_ordersave_main_conf_t *mcf);

/* Keeps the address in ctx->hosted.path; `base` is what it begins with. */
void ngx_http_ordersave_hide_path(ngx_http_ordersave_ctx_t *ctx,
    os_str_t base);


#endif /* _NGX_HTTP_ORDERSAVE_HIDE_H_INCLUDED_ */

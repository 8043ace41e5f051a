
/*
 * The pages of the cancel flow: offers, and "cancel anyway" beside them; what
 * was kept, asked, expired or is not known yet.
 *
 * The offer page is poured from a mold (core/text/os_mold.h): Mustache renders
 * it once for each shape of an order.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SHOW_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SHOW_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* Answers with the page (or JSON) that `outcome` names. */
ngx_int_t ngx_http_ordersave_show(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);

/* Nothing can be granted, or not any more. */
ngx_int_t ngx_http_ordersave_show_refusal(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);


#endif /* _NGX_HTTP_ORDERSAVE_SHOW_H_INCLUDED_ */

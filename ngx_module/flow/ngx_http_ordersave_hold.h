
/*
 * What the page promises of pools and budgets is set apart before it is shown.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HOLD_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HOLD_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Sets apart what ctx->known.offers take from pools and budgets, for as long as
 * the page's token is good, and calls `then`: at once where they take nothing.
 * Those of which there is not enough are offers no more then; without a reply,
 * as Redis did not say it in time, none of those that take something.
 */
ngx_int_t ngx_http_ordersave_hold_offers(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt then);


/*
 * Of these offers (bit i: offer i) the order's shard has too little: the
 * workers are told, who bring it what other shards have. Nobody waits for that;
 * it is there for who comes again.
 */
void ngx_http_ordersave_hold_call(ngx_http_ordersave_ctx_t *ctx,
    uint64_t offers);


#endif /* _NGX_HTTP_ORDERSAVE_HOLD_H_INCLUDED_ */


/*
 * The store gets the request, and what it said to it is recorded.
 */

#ifndef _NGX_HTTP_ORDERSAVE_PASS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_PASS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * NGX_DECLINED, with the cause counted. That the buyer asked to cancel is
 * recorded before the store hears of it, and its answer when the request ends.
 * Where there is no such store, ctx->without answers.
 */
ngx_int_t ngx_http_ordersave_pass(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);

/*
 * The event "asked" of whoever asks to cancel, with the reason and words that
 * are known; `via` is "page", "api" or "pass". New, or NULL without memory.
 */
json_t *ngx_http_ordersave_asked_event(ngx_http_ordersave_ctx_t *ctx,
    const char *via);

/*
 * That the buyer asked to cancel is written to Redis or, where it is away, to
 * the disk. NGX_ERROR without memory.
 */
ngx_int_t ngx_http_ordersave_pass_record(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);


#endif /* _NGX_HTTP_ORDERSAVE_PASS_H_INCLUDED_ */

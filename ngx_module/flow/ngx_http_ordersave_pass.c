
/*
 * The store gets the request, and what it said to it is recorded.
 */


#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_seek.h"


/* The request is over: what the store said to a cancel. */
static void
ngx_http_ordersave_pass_answered(void *data)
{
    json_t                    *event;
    os_str_t                   id, store;
    ngx_http_ordersave_ctx_t  *ctx = data;

    id = ngx_http_ordersave_os(ctx->who.order_id);
    store = ngx_http_ordersave_os(ctx->conf->store);
    event = ngx_http_ordersave_event(store, id, "answered");

    if (event != NULL) {
        os_json_set_int(event, "status", ctx->request->headers_out.status);
        ngx_http_ordersave_record(store, id, event, NULL, NULL);
    }
}


json_t *
ngx_http_ordersave_asked_event(ngx_http_ordersave_ctx_t *ctx, const char *via)
{
    json_t  *event;

    event = ngx_http_ordersave_event(ngx_http_ordersave_os(ctx->conf->store),
                ngx_http_ordersave_os(ctx->who.order_id), "asked");

    if (event == NULL) {
        return NULL;
    }

    if (ctx->choice.reason.len) {
        os_json_set_str(event, "reason",
                        ngx_http_ordersave_os(ctx->choice.reason));
    }

    if (ctx->choice.comment.len) {
        os_json_set_str(event, "comment",
                        ngx_http_ordersave_os(ctx->choice.comment));
    }

    if (ctx->who.locale.len) {
        os_json_set_str(event, "locale", ctx->who.locale);
    }

    if (ctx->who.owner) {
        (void) json_object_set_new(event, "owner", json_true());
    }

    os_json_set_str(event, "via", os_str(via));

    return event;
}


/* That the buyer asks the store to cancel; NULL without memory. */
static json_t *
ngx_http_ordersave_pass_event(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    json_t    *event;
    os_buf_t   hash = { 0 };

    event = ngx_http_ordersave_asked_event(ctx,
                outcome != NGX_HTTP_ORDERSAVE_ASKED ? "pass"
                : ctx->who.json ? "api" : "page");

    if (event == NULL) {
        return NULL;
    }

    /* where nobody could be asked whose order it is, the worker compares */

    os_token_proof(ngx_http_ordersave_os(ctx->who.proof), &hash);

    if (hash.len) {
        os_json_set_str(event, "proof", os_buf_view(&hash));
    }

    os_buf_free(&hash);

    if (outcome == NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER) {
        (void) json_object_set_new(event, "sought", json_true());
    }

    return event;
}


ngx_int_t
ngx_http_ordersave_pass_record(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    json_t  *event;

    event = ngx_http_ordersave_pass_event(ctx, outcome);

    if (event == NULL) {
        return NGX_ERROR;
    }

    ngx_http_ordersave_record_now(ngx_http_ordersave_os(ctx->conf->store),
                                  ngx_http_ordersave_os(ctx->who.order_id),
                                  event);

    return NGX_OK;
}


/*
 * The store gets the request. That a customer asked to cancel is recorded
 * before it does, so that no crash of anything can lose it.
 */
ngx_int_t
ngx_http_ordersave_pass(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    ngx_pool_cleanup_t  *cleanup;

    if (ctx->without) {
        return ctx->without(ctx, outcome);
    }

    ngx_http_ordersave_set_outcome(ctx, outcome);

    if (ctx->who.order_id.len == 0
        || outcome == NGX_HTTP_ORDERSAVE_PASS_BYPASS
        || outcome == NGX_HTTP_ORDERSAVE_PASS_AMBIGUOUS
        || outcome == NGX_HTTP_ORDERSAVE_PASS_OWNER
        || ngx_http_ordersave_pass_record(ctx, outcome) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (outcome == NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER) {
        ngx_http_ordersave_seek(ctx->request, ctx->conf,
                                ngx_http_ordersave_os(ctx->who.order_id));
    }

    /* the request's memory goes after this: its answer can still be read */

    cleanup = ngx_pool_cleanup_add(ctx->request->pool, 0);

    if (cleanup) {
        cleanup->handler = ngx_http_ordersave_pass_answered;
        cleanup->data = ctx;
    }

    return NGX_DECLINED;
}


/*
 * What is known of a request.
 */


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"


static void
ngx_http_ordersave_cleanup(void *data)
{
    ngx_http_ordersave_ctx_t  *ctx = data;

    os_order_free(ctx->known.order);
    json_decref(ctx->known.decision);
    json_decref(ctx->known.record);
    json_decref(ctx->choice.token);
    json_decref(ctx->choice.said);
    json_decref(ctx->choice.wrong);
    json_decref(ctx->choice.taken);
    os_buf_free(&ctx->form.body);
}


ngx_http_ordersave_ctx_t *
ngx_http_ordersave_find_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cleanup;
    ngx_http_ordersave_ctx_t  *ctx;

    /* an internal redirect wipes the slot, not the pool; the last one made */

    for (cleanup = r->pool->cleanup; cleanup; cleanup = cleanup->next) {
        if (cleanup->handler == ngx_http_ordersave_cleanup) {
            ctx = cleanup->data;

            if (ctx->request == r) {
                ngx_http_set_ctx(r, ctx, ngx_http_ordersave_module);
                return ctx;
            }
        }
    }

    return NULL;
}


ngx_http_ordersave_ctx_t *
ngx_http_ordersave_new_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cleanup;
    ngx_http_ordersave_ctx_t  *ctx;

    cleanup = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_ordersave_ctx_t));
    if (cleanup == NULL) {
        return NULL;
    }

    ctx = cleanup->data;
    ngx_memzero(ctx, sizeof(ngx_http_ordersave_ctx_t));
    ctx->request = r;
    cleanup->handler = ngx_http_ordersave_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_ordersave_module);

    return ctx;
}


ngx_http_ordersave_ctx_t *
ngx_http_ordersave_make_ctx(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    return ctx ? ctx : ngx_http_ordersave_new_ctx(r);
}


void
ngx_http_ordersave_set_outcome(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ctx->request->connection->log, 0,
                   "ordersave: order \"%V\": %s", &ctx->who.order_id,
                   ngx_http_ordersave_outcome_word(outcome));

    if (ctx->outcome == NGX_HTTP_ORDERSAVE_NONE) {

        /* of a page that only shows a panel, it is not in the context */

        if (conf == NULL) {
            conf = ngx_http_get_module_loc_conf(ctx->request,
                                                ngx_http_ordersave_module);
        }

        ngx_http_ordersave_count_outcome(conf, outcome);
    }

    ctx->outcome = outcome;
}


void
ngx_http_ordersave_note(ngx_http_ordersave_ctx_t *ctx, os_str_t order,
    ngx_http_ordersave_outcome_e outcome)
{
    if (ctx->who.order_id.len == 0) {
        ctx->who.order_id = ngx_http_ordersave_copy(ctx->request, order);
    }

    if (ctx->outcome == NGX_HTTP_ORDERSAVE_NONE) {
        ngx_http_ordersave_set_outcome(ctx, outcome);
    }
}


/*
 * A link in a message is followed: its token is opened, its order fetched, then
 * the page has its turn.
 */


#include "ngx_module/flow/ngx_http_ordersave_visit.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_limit.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "core/view/os_panel.h"


/* Links: a token is opened, its order fetched, then the page has its turn. */

/* Names the state that is shown: an ETag, quotes and all. */
static ngx_int_t
ngx_http_ordersave_visit_version(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_buf_t    version = { 0 };
    os_speak_t  speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                                      ctx->who.locale);

    os_buf_char(&version, '"');
    os_panel_version(&speak, (os_str_t) { reply->len, reply->str },
                     ctx->hosted.eyes, &version);
    os_buf_char(&version, '"');
    ctx->hosted.version = ngx_http_ordersave_copy(ctx->request,
                                                  os_buf_view(&version));
    os_buf_free(&version);

    return ctx->hosted.version.data ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_http_ordersave_visit_fetched(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_int_t  rc;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_hosted_later(ctx);
    }

    ctx->known.record = ngx_http_ordersave_reply_json(reply);
    ngx_http_ordersave_hosted_locale(ctx);

    ngx_http_ordersave_note(ctx, os_json_str(ctx->choice.token, "o"),
                            NGX_HTTP_ORDERSAVE_PAGE);
    ctx->hosted.eyes = os_panel_holds(ctx->choice.token, ctx->known.record);

    if (ctx->hosted.eyes == OS_EYES) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    if (os_panel_guesses(ctx->choice.token)) {
        ngx_http_ordersave_limit_guessed(ctx->conf,
                                         os_json_str(ctx->known.record, "id"));
    }

    rc = ngx_http_ordersave_visit_version(ctx, reply);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->known.products = ngx_http_ordersave_products_ask(ctx->request,
                                                          ctx->conf,
                                                          ctx->known.record);

    return ngx_http_ordersave_products_wait(ctx->known.products,
                                            ngx_http_ordersave_woken, ctx)
           ? ngx_http_ordersave_wait(ctx, ctx->wait.then)
           : ctx->wait.then(ctx, NULL);
}


ngx_int_t
ngx_http_ordersave_visit_open(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token, ngx_http_ordersave_resume_pt visit)
{
    os_str_t       id;
    os_command_t  *cmd;

    ctx->choice.token = os_panel_open(ctx->conf->keys,
                                      ngx_http_ordersave_os(ctx->conf->store),
                                      token, purpose, ngx_time());
    if (ctx->choice.token == NULL) {
        ngx_http_ordersave_hosted_locale(ctx);
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    ctx->wait.then = visit;
    id = os_json_str(ctx->choice.token, "o");
    cmd = os_panel_guesses(ctx->choice.token)
          ? ngx_http_ordersave_limit_guess(ctx->conf, id)
          : ngx_http_ordersave_redis_get(ctx->conf, "o", id, OS_NULL);

    return ngx_http_ordersave_ask(ctx, cmd, 0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
                                  ngx_http_ordersave_visit_fetched);
}

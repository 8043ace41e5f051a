
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
#include "ngx_module/wire/ngx_http_ordersave_seek.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/flow/ngx_http_ordersave_verify.h"
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


/* Not now: a panel's script asks again, a visitor is asked to come again. */
static ngx_int_t
ngx_http_ordersave_visit_later(ngx_http_ordersave_ctx_t *ctx)
{
    return os_str_equal(os_json_str(ctx->choice.token, "p"), OS_STR("panel"))
           ? ngx_http_ordersave_send_nothing(ctx->request, NGX_HTTP_NO_CONTENT)
           : ngx_http_ordersave_hosted_later(ctx);
}


/* Nothing can be shown, unless the order is still awaited. */
static ngx_int_t
ngx_http_ordersave_visit_nothing(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t    id;
    ngx_uint_t  known = os_panel_known(ctx->known.record);

    id = os_json_str(ctx->choice.token, "o");

    if (!known && ctx->known.record && os_panel_guesses(ctx->choice.token)) {
        ngx_http_ordersave_limit_guessed(ctx->conf, id);
    }

    if (!os_panel_awaits(ctx->choice.token, ngx_time())) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    if (!known) {
        ngx_http_ordersave_seek(ctx->request, ctx->conf, id);
    }

    return ngx_http_ordersave_visit_later(ctx);
}


/* The page has its turn, once the products that it shows are there. */
static ngx_int_t
ngx_http_ordersave_visit_show(ngx_http_ordersave_ctx_t *ctx)
{
    ctx->known.products = ngx_http_ordersave_products_ask(ctx->request,
                                                          ctx->conf,
                                                          ctx->known.record);

    return ngx_http_ordersave_products_wait(ctx->known.products,
                                            ngx_http_ordersave_woken, ctx)
           ? ngx_http_ordersave_wait(ctx, ctx->hosted.visit)
           : ctx->hosted.visit(ctx, NULL);
}


/* The store was asked whose order it is; it may not have answered. */
static ngx_int_t
ngx_http_ordersave_visit_verified(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (ctx->who.owner) {
        return ngx_http_ordersave_visit_show(ctx);
    }

    return ctx->wait.heard ? ngx_http_ordersave_hosted_expired(ctx)
                           : ngx_http_ordersave_visit_later(ctx);
}


/*
 * What the token lets see is nothing yet, unless the store says that the order
 * is the visitor's.
 */
static ngx_int_t
ngx_http_ordersave_visit_verify(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_int_t            rc = NGX_ABORT;
    ngx_str_t            uri;
    os_claim_t           claim = { 0 };
    ngx_http_request_t  *r = ctx->request;

    if (os_panel_known(ctx->known.record)
        && os_panel_asks(ctx->choice.token, &claim))
    {
        ctx->who.order_id = ngx_http_ordersave_copy(r,
                                os_json_str(ctx->choice.token, "o"));
        uri = ngx_http_ordersave_copy(r, claim.ask);

        if (uri.data) {
            rc = ngx_http_ordersave_verify_ask(ctx, uri, claim.holds,
                                    claim.wait_ms,
                                    ngx_http_ordersave_visit_verified);
        }
    }

    return rc == NGX_ABORT ? ngx_http_ordersave_visit_nothing(ctx) : rc;
}


static ngx_int_t
ngx_http_ordersave_visit_fetched(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_eyes_t   eyes;
    os_claim_t  claim = { 0 };

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ctx->hosted.blind ? ctx->hosted.blind(ctx, NULL)
                                 : ngx_http_ordersave_hosted_later(ctx);
    }

    ctx->known.record = ngx_http_ordersave_reply_json(reply);
    ngx_http_ordersave_hosted_locale(ctx);

    ngx_http_ordersave_note(ctx, os_json_str(ctx->choice.token, "o"),
                            NGX_HTTP_ORDERSAVE_PAGE);
    eyes = os_panel_holds(ctx->choice.token, ctx->known.record);

    if (eyes != OS_EYES && os_panel_guesses(ctx->choice.token)) {
        ngx_http_ordersave_limit_guessed(ctx->conf,
                                         os_json_str(ctx->known.record, "id"));
    }

    /* where the store is asked, its word makes him the owner */

    ctx->hosted.eyes = eyes == OS_EYES
                       && os_panel_asks(ctx->choice.token, &claim)
                       ? OS_EYES_OWNER : eyes;

    if (reply->type == REDIS_REPLY_STRING
        && ngx_http_ordersave_visit_version(ctx, reply) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return eyes == OS_EYES ? ngx_http_ordersave_visit_verify(ctx)
                           : ngx_http_ordersave_visit_show(ctx);
}


static ngx_int_t
ngx_http_ordersave_visit_fetch(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t       id = os_json_str(ctx->choice.token, "o");
    os_command_t  *cmd;

    cmd = os_panel_guesses(ctx->choice.token)
          ? ngx_http_ordersave_limit_guess(ctx->conf, id)
          : ngx_http_ordersave_redis_get(ctx->conf, "o", id, OS_NULL);

    return ngx_http_ordersave_ask(ctx, cmd, 0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
                                  ngx_http_ordersave_visit_fetched);
}


/* The page's number was looked up; without an order of it, it is an id. */
static ngx_int_t
ngx_http_ordersave_visit_named(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_buf_t  id = { 0 };

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_visit_fetched(ctx, NULL);
    }

    if (reply->type == REDIS_REPLY_STRING) {
        os_buf_add(&id, reply->str, reply->len);

    } else {
        os_buf_str(&id, os_json_str(ctx->choice.token, "o"));
    }

    os_panel_name(ctx->choice.token, os_buf_view(&id));
    os_buf_free(&id);

    return ngx_http_ordersave_visit_fetch(ctx);
}


ngx_int_t
ngx_http_ordersave_visit_open(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token, ngx_http_ordersave_resume_pt visit)
{
    os_str_t       by;
    os_command_t  *cmd;

    ctx->choice.token = os_panel_open(ctx->conf->keys,
                                      ngx_http_ordersave_os(ctx->conf->store),
                                      token, purpose, ngx_time());
    if (ctx->choice.token == NULL) {
        ngx_http_ordersave_hosted_locale(ctx);
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    ctx->hosted.visit = visit;
    by = os_panel_by(ctx->choice.token);

    if (by.len == 0) {
        return ngx_http_ordersave_visit_fetch(ctx);
    }

    cmd = ngx_http_ordersave_redis_get(ctx->conf, "alias", by,
                                       os_json_str(ctx->choice.token, "o"));

    return ngx_http_ordersave_ask(ctx, cmd, 0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
                                  ngx_http_ordersave_visit_named);
}

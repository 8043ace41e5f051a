
/*
 * Storefronts that cancel by a request of their own. See
 * ngx_http_ordersave_headless.h.
 */


#include "ngx_module/flow/ngx_http_ordersave_headless.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_seek.h"
#include "ngx_module/flow/ngx_http_ordersave_order.h"
#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "ngx_module/flow/ngx_http_ordersave_said.h"
#include "ngx_module/flow/ngx_http_ordersave_show.h"
#include "ngx_module/flow/ngx_http_ordersave_verify.h"
#include "ngx_module/flow/ngx_http_ordersave_accept.h"
#include "ngx_module/flow/ngx_http_ordersave_offer.h"
#include "core/base/os_json_outside.h"


#define NGX_HTTP_ORDERSAVE_COMMENT  1000        /* characters */


/* An answer that is one word, and why. */
static ngx_int_t
ngx_http_ordersave_headless_say(ngx_http_ordersave_ctx_t *ctx,
    ngx_uint_t status, const char *word, const char *why)
{
    json_t     *answer;
    ngx_int_t   rc;

    answer = json_pack("{s:s, s:s*}", "ordersave", word, "why", why);
    rc = ngx_http_ordersave_send_json(ctx->request, status, answer);
    json_decref(answer);

    return rc;
}


static ngx_int_t
ngx_http_ordersave_headless_refuse(ngx_http_ordersave_ctx_t *ctx,
    const char *why)
{
    return ngx_http_ordersave_headless_say(ctx, NGX_HTTP_BAD_REQUEST,
                                           "refused", why);
}


/*
 * Where a cancel would pass: it does not matter why, least of all to who is
 * held out, or is a stranger.
 */
static ngx_int_t
ngx_http_ordersave_headless_without(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    ngx_http_ordersave_set_outcome(ctx, outcome);

    if (outcome == NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER
        && ctx->who.order_id.len)
    {
        ngx_http_ordersave_seek(ctx->request, ctx->conf,
                                ngx_http_ordersave_os(ctx->who.order_id));
    }

    return ngx_http_ordersave_headless_say(ctx, NGX_HTTP_OK, "pass", NULL);
}


/* An argument that stands there once, in the request's pool; else empty. */
static ngx_str_t
ngx_http_ordersave_headless_arg(ngx_http_request_t *r, const char *name)
{
    os_buf_t   text = { 0 };
    ngx_str_t  value = ngx_null_string;

    if (os_form_find(ngx_http_ordersave_os(r->args), os_str(name), &text)
        == OS_ARG_ONE)
    {
        value = ngx_http_ordersave_copy(r, os_buf_view(&text));
    }

    os_buf_free(&text);
    return value;
}


/*
 * The words are those of the page that asks, or of the page whose form this
 * is; where the shop forces none.
 */
static void
ngx_http_ordersave_headless_locale(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t             forced, lang;
    ngx_http_request_t  *r = ctx->request;

    forced = ngx_http_ordersave_value(r, ctx->conf->locale);
    lang = ctx->choice.token
           ? os_json_str(ctx->choice.token, "l")
           : ngx_http_ordersave_os(ngx_http_ordersave_headless_arg(r, "lang"));

    if (lang.len) {
        ctx->who.locale = os_campaign_locale(ctx->conf->campaign->campaign,
                                             forced, lang, ctx->who.locale,
                                             OS_NULL);
    }
}


/* A mode of the level counts here as it does for a cancel. */
static ngx_uint_t
ngx_http_ordersave_headless_mode(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t                        mode = OS_STR("on");
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    if (conf->mode) {
        mode = ngx_http_ordersave_value(ctx->request, conf->mode);
    }

    ctx->observe = os_str_equal(mode, OS_STR("observe"))
                   || os_campaign_observes(conf->campaign->campaign, "state");

    return ctx->observe || os_str_equal(mode, OS_STR("on"));
}


static ngx_int_t
ngx_http_ordersave_headless_fetched(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_int_t  rc;

    if (ngx_http_ordersave_order_read(ctx, reply) != NGX_OK) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_REDIS);
    }

    ngx_http_ordersave_headless_locale(ctx);
    rc = ngx_http_ordersave_verify_who(ctx, ngx_http_ordersave_offer);

    return rc == NGX_ABORT
           ? ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR) : rc;
}


static ngx_int_t
ngx_http_ordersave_headless_named(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_http_ordersave_outcome_e  unknown;

    unknown = ngx_http_ordersave_order_named(ctx, reply);

    return unknown ? ngx_http_ordersave_pass(ctx, unknown)
                   : ngx_http_ordersave_order_fetch(ctx, 0, 0,
                                         ngx_http_ordersave_headless_fetched);
}


ngx_int_t
ngx_http_ordersave_headless_offer(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_http_request_t  *r = ctx->request;

    if (ctx->form.post) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    /* not what a picture, a link or a stranger's page asks for */

    if (!ngx_http_ordersave_holds(ngx_http_ordersave_header(r, "Accept"),
                                  "application/vnd.ordersave+json"))
    {
        return ngx_http_ordersave_headless_say(ctx, 406, "refused",
                   "expected \"Accept: application/vnd.ordersave+json\"");
    }

    if (ngx_http_ordersave_is_prefetch(r)) {
        return ngx_http_ordersave_send_not_yet(r);
    }

    ctx->who.order_id = ngx_http_ordersave_headless_arg(r, "order");

    if (ctx->who.order_id.len == 0) {
        return ngx_http_ordersave_headless_refuse(ctx,
                                                  "expected one \"order\"");
    }

    ctx->who.json = 1;
    ctx->who.dialog = ngx_http_ordersave_headless_arg(r, "dialog").len > 0;
    ctx->who.proof = ngx_http_ordersave_headless_arg(r, "proof");
    ctx->who.segment = ngx_http_ordersave_value(r, ctx->conf->segment);
    ctx->without = ngx_http_ordersave_headless_without;

    if (!ngx_http_ordersave_headless_mode(ctx)) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_BYPASS);
    }

    if (ctx->who.order_id.len > OS_ORDER_ID_MAX) {
        ctx->who.order_id.len = 0;
        return ngx_http_ordersave_pass(ctx,
                                       NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER);
    }

    return ctx->conf->order_by.len
           ? ngx_http_ordersave_order_alias(ctx,
                                            ngx_http_ordersave_headless_named)
           : ngx_http_ordersave_order_fetch(ctx, 0, 0,
                                         ngx_http_ordersave_headless_fetched);
}


/*
 * The buyer cancels: that is recorded before the store hears of it. His token
 * says whose the order is; one of a page for strangers decides nothing.
 */
static ngx_int_t
ngx_http_ordersave_headless_decline(ngx_http_ordersave_ctx_t *ctx)
{
    if (ctx->who.owner) {
        ngx_http_ordersave_decline(ctx, 0);
    }

    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_ASKED);

    if (ngx_http_ordersave_pass_record(ctx, NGX_HTTP_ORDERSAVE_ASKED)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ordersave_headless_say(ctx, NGX_HTTP_OK, "declined", NULL);
}


/* Something is missing: the offer comes again, with what was typed. */
static ngx_int_t
ngx_http_ordersave_headless_again(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (ngx_http_ordersave_order_read(ctx, reply) != NGX_OK
        || ctx->known.order == NULL)
    {
        ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_UNKNOWN_YET);
        return ngx_http_ordersave_headless_say(ctx,
                                               NGX_HTTP_SERVICE_UNAVAILABLE,
                                               "unknown", NULL);
    }

    ngx_http_ordersave_headless_locale(ctx);

    if (!ngx_http_ordersave_order_token_fits(ctx)) {
        ctx->who.owner = 0;
        return ngx_http_ordersave_show_refusal(ctx,
                                               NGX_HTTP_ORDERSAVE_EXPIRED);
    }

    return ngx_http_ordersave_offer(ctx, NULL);
}


/* The form of our page, as a dialog sends it. */
static ngx_int_t
ngx_http_ordersave_headless_form(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_http_ordersave_do_e  what;

    ctx->who.dialog = 1;
    ctx->without = ngx_http_ordersave_headless_without;
    what = ngx_http_ordersave_posted(ctx);

    if (what == NGX_HTTP_ORDERSAVE_DO_NOTHING
        || (what == NGX_HTTP_ORDERSAVE_DO_CANCEL
            && !ngx_http_ordersave_posted_cancel(ctx)))
    {
        return ngx_http_ordersave_headless_refuse(ctx,
                   "expected \"ordersave_token\" and \"ordersave_do\"");
    }

    if (ctx->choice.token == NULL) {
        return ngx_http_ordersave_accept_late(ctx);
    }

    if (what == NGX_HTTP_ORDERSAVE_DO_CANCEL) {
        return ngx_http_ordersave_headless_decline(ctx);
    }

    return what == NGX_HTTP_ORDERSAVE_DO_ACCEPT
           ? ngx_http_ordersave_accept(ctx)
           : ngx_http_ordersave_order_fetch(ctx, 0, 0,
                                            ngx_http_ordersave_headless_again);
}


/* Names the first answer that is missing, or not what its field asks for. */
static ngx_int_t
ngx_http_ordersave_headless_wrong(ngx_http_ordersave_ctx_t *ctx)
{
    char         why[128];
    const char  *field;

    field = json_object_iter_key(json_object_iter(ctx->choice.wrong));
    (void) snprintf(why, sizeof(why), "\"answers\": expected another \"%s\"",
                    field);

    return ngx_http_ordersave_headless_refuse(ctx, why);
}


/* What was asked, in JSON; its words outlive it. */
static ngx_int_t
ngx_http_ordersave_headless_read(ngx_http_ordersave_ctx_t *ctx, json_t *asked)
{
    ngx_int_t   rc = NGX_OK;
    os_str_t    what = os_json_str(asked, "do"), text;
    json_t     *answers;

    ngx_http_ordersave_accept_token(ctx, os_json_str(asked, "token"));
    ngx_http_ordersave_accept_reason(ctx, os_json_str(asked, "reason"));
    text = os_form_front(os_json_str(asked, "comment"),
                         NGX_HTTP_ORDERSAVE_COMMENT);
    ctx->choice.comment = ngx_http_ordersave_copy(ctx->request, text);
    ctx->who.locale = os_json_str(ctx->choice.token, "l");

    if (os_str_starts(what, OS_STR("accept:"))) {
        what.data += sizeof("accept:") - 1;
        what.len -= sizeof("accept:") - 1;
        ctx->choice.offer = ngx_http_ordersave_copy(ctx->request, what);
        answers = json_object_get(asked, "answers");

        if (ctx->choice.token) {
            rc = ngx_http_ordersave_said(ctx, answers ? answers : json_null());
        }

    } else if (!os_str_equal(what, OS_STR("cancel"))) {
        rc = NGX_ERROR;
    }

    return ctx->choice.token ? rc : NGX_ERROR;
}


static ngx_int_t
ngx_http_ordersave_headless_json(ngx_http_ordersave_ctx_t *ctx)
{
    json_t     *asked;
    ngx_int_t   rc;

    asked = os_json_outside(os_buf_view(&ctx->form.body), "body", NULL);

    if (!json_is_object(asked)) {
        json_decref(asked);
        return ngx_http_ordersave_headless_refuse(ctx,
                                                  "expected a JSON object");
    }

    rc = ngx_http_ordersave_headless_read(ctx, asked);
    json_decref(asked);

    if (rc == NGX_ERROR) {
        return ngx_http_ordersave_headless_refuse(ctx, "expected a valid token "
                   "and \"do\": \"accept:OFFER\" or \"cancel\"");
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_ordersave_headless_wrong(ctx);
    }

    if (ctx->choice.offer.len == 0) {
        return ngx_http_ordersave_headless_decline(ctx);
    }

    if (!ctx->who.owner) {
        return ngx_http_ordersave_headless_refuse(ctx,
                                                  "this token grants nothing");
    }

    return ngx_http_ordersave_accept(ctx);
}


/* JSON is taken for JSON, however its sender calls it. */
static ngx_uint_t
ngx_http_ordersave_headless_is_form(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_str_t  type;

    type = ngx_http_ordersave_header(ctx->request, "Content-Type");

    return ngx_http_ordersave_holds(type, "application/x-www-form-urlencoded")
           && !os_str_starts(os_buf_view(&ctx->form.body), OS_STR("{"));
}


ngx_int_t
ngx_http_ordersave_headless_decide(ngx_http_ordersave_ctx_t *ctx)
{
    if (!ctx->form.post) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    ctx->who.json = 1;

    return ngx_http_ordersave_headless_is_form(ctx)
           ? ngx_http_ordersave_headless_form(ctx)
           : ngx_http_ordersave_headless_json(ctx);
}


/*
 * The lookup form: a number, and something that the buyer alone knows.
 */


#include "ngx_module/flow/ngx_http_ordersave_lookup.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_limit.h"
#include "ngx_module/wire/ngx_http_ordersave_seek.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_NUMBER_MAX    64


/* Is it looked up to be cancelled, or sent back, or to see where it is? */
static ngx_uint_t
ngx_http_ordersave_lookup_is(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose)
{
    return ngx_strcmp(ctx->hosted.purpose, purpose) == 0;
}


static ngx_int_t
ngx_http_ordersave_lookup_page(ngx_http_ordersave_ctx_t *ctx,
    ngx_uint_t status, const char *what)
{
    json_t  *view = json_object();

    if (what) {
        (void) json_object_set_new(view, what, json_true());
    }

    if (ctx->hosted.number.len) {
        os_json_set_str(view, "number",
                        ngx_http_ordersave_os(ctx->hosted.number));
    }

    if (ngx_http_ordersave_lookup_is(ctx, "cancel")) {
        (void) json_object_set_new(view, "stop", json_true());
    }

    if (ngx_http_ordersave_lookup_is(ctx, "return")) {
        (void) json_object_set_new(view, "return", json_true());
    }

    ngx_http_ordersave_hosted_locale(ctx);

    return ngx_http_ordersave_hosted_page(ctx, "lookup", status, view);
}


/* Found: the way to the page, as far as he may see it. */
static ngx_int_t
ngx_http_ordersave_lookup_found(ngx_http_ordersave_ctx_t *ctx, os_eyes_t eyes)
{
    os_buf_t    url = { 0 };
    ngx_int_t   rc;
    os_speak_t  speak;

    ngx_http_ordersave_note(ctx, os_json_str(ctx->known.record, "id"),
                            NGX_HTTP_ORDERSAVE_FOUND);
    ngx_http_ordersave_limit_guessed(ctx->conf, os_json_str(ctx->known.record,
                                                            "id"));
    ngx_http_ordersave_hosted_locale(ctx);
    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    os_buf_str(&url, ctx->conf->campaign->campaign->api_path);
    os_buf_text(&url, ctx->hosted.purpose);
    os_buf_char(&url, '/');
    os_panel_token(&speak, ctx->conf->keys, ctx->hosted.purpose,
                   ctx->known.record, eyes, NGX_HTTP_ORDERSAVE_FOUND_FOR,
                   &url);
    rc = ngx_http_ordersave_send_redirect(ctx->request, os_buf_view(&url));
    os_buf_free(&url);

    return rc;
}


/*
 * Whether it is unknown, not his or asked for too often: one answer, after one
 * time, so that nobody learns which.
 */
static ngx_int_t
ngx_http_ordersave_lookup_failed(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_http_ordersave_note(ctx, ngx_http_ordersave_os(ctx->hosted.number),
                            NGX_HTTP_ORDERSAVE_NOT_FOUND);

    return ngx_http_ordersave_lookup_page(ctx, NGX_HTTP_NOT_FOUND, "failed");
}


static ngx_int_t
ngx_http_ordersave_lookup_compare(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_buf_t   secret = { 0 };
    os_eyes_t  eyes = OS_EYES;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_lookup_page(ctx,
                                              NGX_HTTP_SERVICE_UNAVAILABLE,
                                              "later");
    }

    ctx->known.record = ngx_http_ordersave_reply_json(reply);
    (void) os_form_find(os_buf_view(&ctx->form.body),
                        OS_STR("ordersave_secret"), &secret);

    if (ctx->known.record) {
        eyes = os_panel_knows(ctx->conf->keys,
                              ngx_http_ordersave_os(ctx->conf->store),
                              ctx->known.record, os_buf_view(&secret));
    }

    os_buf_free(&secret);

    /* a postcode is no reason to cancel anybody's order, or send it back */

    if (eyes != OS_EYES
        && (eyes != OS_EYES_STEPS
            || ngx_http_ordersave_lookup_is(ctx, "track")))
    {
        return ngx_http_ordersave_lookup_found(ctx, eyes);
    }

    /* who asks again may find it */

    if (!os_panel_known(ctx->known.record)) {
        ngx_http_ordersave_seek(ctx->request, ctx->conf,
                            ngx_http_ordersave_os(ctx->hosted.number));
    }

    json_decref(ctx->known.record);
    ctx->known.record = NULL;

    return ngx_http_ordersave_sleep(ctx, ngx_http_ordersave_time_left(ctx),
                                    ngx_http_ordersave_lookup_failed);
}


/* The number is another name of the order, or its id. */
static ngx_int_t
ngx_http_ordersave_lookup_named(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_str_t  id;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_lookup_compare(ctx, NULL);
    }

    id = reply->type == REDIS_REPLY_STRING
         ? (os_str_t) { reply->len, reply->str }
         : ngx_http_ordersave_os(ctx->hosted.number);

    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_limit_guess(ctx->conf, id), 0,
               NGX_HTTP_ORDERSAVE_VISIT_WAIT,
               ngx_http_ordersave_lookup_compare);
}


ngx_int_t
ngx_http_ordersave_lookup(ngx_http_ordersave_ctx_t *ctx, const char *purpose)
{
    os_str_t   plain;
    os_buf_t   number = { 0 };

    ctx->hosted.purpose = purpose;

    if (!ctx->form.post) {
        return ngx_http_ordersave_lookup_page(ctx, NGX_HTTP_OK, NULL);
    }

    (void) os_form_find(os_buf_view(&ctx->form.body),
                        OS_STR("ordersave_number"),
                        &number);
    plain = os_number_plain(os_buf_view(&number));
    ctx->hosted.number = ngx_http_ordersave_copy(ctx->request, plain);
    os_buf_free(&number);

    ctx->wait.until = ngx_current_msec + NGX_HTTP_ORDERSAVE_LOOKUP_WRONG;

    if (ctx->hosted.number.len == 0
        || ctx->hosted.number.len > NGX_HTTP_ORDERSAVE_NUMBER_MAX
        || !os_utf8_valid(ngx_http_ordersave_os(ctx->hosted.number)))
    {
        ctx->hosted.number.len = 0;
        return ngx_http_ordersave_lookup_page(ctx, NGX_HTTP_NOT_FOUND,
                                              "failed");
    }

    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_redis_get(ctx->conf, "alias",
                                            OS_STR("number"),
                   ngx_http_ordersave_os(ctx->hosted.number)),
               0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
               ngx_http_ordersave_lookup_named);
}

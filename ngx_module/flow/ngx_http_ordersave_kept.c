
/*
 * The kept page: how things stand with an order that was decided, at an address
 * of our own.
 */


#include "ngx_module/flow/ngx_http_ordersave_kept.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/flow/ngx_http_ordersave_order.h"
#include "ngx_module/flow/ngx_http_ordersave_show.h"


#define NGX_HTTP_ORDERSAVE_KEPT_FOR     (30 * 86400)    /* s: its link */
#define NGX_HTTP_ORDERSAVE_KEPT_URI     1024


static ngx_int_t ngx_http_ordersave_kept_fetched(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


ngx_int_t
ngx_http_ordersave_kept_show(ngx_http_ordersave_ctx_t *ctx)
{
    if (ctx->who.json && !ctx->who.dialog) {
        json_t     *answer;
        ngx_int_t   rc;

        answer = json_pack("{s:O, s:O, s:O?}",
                           "ordersave", json_object_get(ctx->known.decision,
                                                        "state"),
                           "offer", json_object_get(ctx->known.decision,
                                                    "offer"),
                           "applied", json_object_get(ctx->known.decision,
                                                      "applied"));
        rc = ngx_http_ordersave_send_json(ctx->request, NGX_HTTP_OK, answer);
        json_decref(answer);
        return rc;
    }

    return ngx_http_ordersave_show(ctx, NGX_HTTP_ORDERSAVE_KEPT);
}


/*
 * Is the order kept? So is one whose offer was withdrawn while it is open: that
 * was no wish to cancel, which takes a POST.
 */
ngx_uint_t
ngx_http_ordersave_is_kept(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t  state = os_json_str(ctx->known.decision, "state");

    return os_str_equal(state, OS_STR("accepted"))
           || (os_str_equal(state, OS_STR("withdrawn")) && ctx->known.order
               && os_str_equal(ctx->known.order->state, OS_STR("open")));
}


/* How things stand with an order that was decided, for its owner. */
ngx_int_t
ngx_http_ordersave_kept_state(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t  state = os_json_str(ctx->known.decision, "state");

    if (ngx_http_ordersave_is_kept(ctx)) {
        ctx->choice.text.len = 0;
        return ngx_http_ordersave_kept_show(ctx);
    }

    return ngx_http_ordersave_show_refusal(ctx,
               os_str_equal(state, OS_STR("withdrawn"))
               ? NGX_HTTP_ORDERSAVE_GONE : NGX_HTTP_ORDERSAVE_ASKED_PAGE);
}


/* Where the original came from goes along, for "cancel anyway" on that page. */
static void
ngx_http_ordersave_kept_origin(ngx_http_ordersave_ctx_t *ctx, json_t *link,
    const char *member)
{
    os_str_t  value = os_json_str(ctx->choice.token, member);

    if (value.len) {
        os_json_set_str(link, member, value);
    }
}


/*
 * To the kept page, at an address of our own: a reload of it, Redis or not,
 * can never be a cancel to the store. Where no location serves it, and for an
 * original that was a POST, whose fields it must have, it is answered as it is.
 */
ngx_int_t
ngx_http_ordersave_kept_redirect(ngx_http_ordersave_ctx_t *ctx)
{
    json_t               *link;
    os_str_t              uri;
    os_buf_t              url = { 0 };
    ngx_int_t             rc;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    uri = ngx_http_ordersave_os(ctx->hosted.link.len ? ctx->hosted.link
                                : ctx->choice.action.len
                                ? ctx->choice.action
                                : ctx->request->unparsed_uri);

    if (!ctx->conf->campaign->api || uri.len > NGX_HTTP_ORDERSAVE_KEPT_URI
        || !os_utf8_valid(uri)
        || os_str_equal(os_json_str(ctx->choice.token, "m"), OS_STR("POST")))
    {
        return ngx_http_ordersave_kept_state(ctx);
    }

    link = json_object();
    os_json_set_str(link, "p", OS_STR("kept"));
    os_json_set_str(link, "s", ngx_http_ordersave_os(ctx->conf->store));
    os_json_set_str(link, "o", ngx_http_ordersave_os(ctx->who.order_id));
    os_json_set_str(link, "h", os_json_str(ctx->choice.token, "h"));
    os_json_set_str(link, "l", ctx->who.locale);
    os_json_set_str(link, "u", uri);

    if (ctx->hosted.eyes == OS_EYES_LINK) {
        os_json_set_str(link, "v", OS_STR("link"));
    }

    ngx_http_ordersave_kept_origin(ctx, link, "w");
    ngx_http_ordersave_kept_origin(ctx, link, "g");
    os_json_set_int(link, "x", os_json_int(ctx->choice.token, "x", 0)
                               + NGX_HTTP_ORDERSAVE_KEPT_FOR);

    os_buf_str(&url, campaign->api_path);
    os_buf_text(&url, "kept/");
    os_token_sign(ctx->conf->keys, link, &url);
    json_decref(link);

    rc = url.failed ? ngx_http_ordersave_kept_state(ctx)
                    : ngx_http_ordersave_send_redirect(ctx->request,
                                                       os_buf_view(&url));
    os_buf_free(&url);
    return rc;
}


/* The kept page at its own address. */
ngx_int_t
ngx_http_ordersave_kept_visit(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    ngx_http_request_t  *r = ctx->request;

    if (ctx->form.post) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    ctx->choice.token = os_token_verify(ctx->conf->keys, token, "kept",
                                        ngx_time(),
                                        NULL);
    ngx_http_ordersave_hosted_locale(ctx);

    if (!os_str_equal(os_json_str(ctx->choice.token, "s"),
                      ngx_http_ordersave_os(ctx->conf->store)))
    {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    ctx->who.owner = 1;

    if (json_object_get(ctx->choice.token, "v")) {
        ctx->hosted.eyes = os_panel_eyes(ctx->choice.token);
    }

    ctx->who.order_id = ngx_http_ordersave_copy(r,
                            os_json_str(ctx->choice.token, "o"));
    ctx->choice.action = ngx_http_ordersave_copy(r,
                             os_json_str(ctx->choice.token, "u"));

    return ngx_http_ordersave_order_fetch(ctx, NGX_HTTP_ORDERSAVE_KEPT_WAIT, 1,
                                          ngx_http_ordersave_kept_fetched);
}


static ngx_int_t
ngx_http_ordersave_kept_fetched(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_int_t  rc = ngx_http_ordersave_order_read(ctx, reply);

    ngx_http_ordersave_hosted_locale(ctx);

    if (rc != NGX_OK) {
        return ngx_http_ordersave_hosted_page(ctx, "gone",
                                              NGX_HTTP_SERVICE_UNAVAILABLE,
                                              json_pack("{s:b}", "later", 1));
    }

    if (ctx->known.order == NULL || ctx->known.decision == NULL
        || !ngx_http_ordersave_order_token_fits(ctx))
    {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    return ngx_http_ordersave_kept_state(ctx);
}

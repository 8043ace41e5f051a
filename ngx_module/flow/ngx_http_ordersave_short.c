
/*
 * A short link: a random code that stands for a link with a token.
 */


#include "ngx_module/flow/ngx_http_ordersave_short.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "core/view/os_panel.h"

static ngx_int_t
ngx_http_ordersave_short_found(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t      *link, *record, *claims;
    os_buf_t     url = { 0 };
    ngx_int_t    rc;
    os_speak_t   speak;
    const char  *purpose;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_hosted_later(ctx);
    }

    link = ngx_http_ordersave_reply_json(reply);
    ngx_http_ordersave_hosted_locale(ctx);

    if (link == NULL || os_json_int(link, "x", 0) <= ngx_time()) {
        json_decref(link);
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    record = json_pack("{s:s, s:{s:I}}", "id",
                       json_string_value(json_object_get(link, "order")),
                       "track", "links",
                       (json_int_t) os_json_int(link, "links", 0));
    claims = json_object_get(link, "claims");
    os_buf_str(&url, ctx->conf->campaign->campaign->api_path);

    if (os_str_equal(os_json_str(claims, "p"), OS_STR("score"))) {
        os_buf_text(&url, "score/");
        os_token_sign(ctx->conf->keys, claims, &url);

    } else {
        speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                              ctx->who.locale);
        purpose = os_str_equal(os_json_str(claims, "p"), OS_STR("review"))
                  ? "review" : "track";
        os_buf_text(&url, purpose);
        os_buf_char(&url, '/');
        os_panel_token(&speak, ctx->conf->keys, purpose, record, OS_EYES_LINK,
                       os_json_int(link, "x", 0) - ngx_time(), &url);
    }

    rc = ngx_http_ordersave_send_redirect(ctx->request, os_buf_view(&url));
    os_buf_free(&url);
    json_decref(record);
    json_decref(link);

    return rc;
}


ngx_int_t
ngx_http_ordersave_short(ngx_http_ordersave_ctx_t *ctx, os_str_t code)
{
    if (code.len < 8 || code.len > 32) {
        ngx_http_ordersave_hosted_locale(ctx);
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_redis_get(ctx->conf, "link", code,
                                            OS_NULL), 0,
               NGX_HTTP_ORDERSAVE_VISIT_WAIT,
               ngx_http_ordersave_short_found);
}

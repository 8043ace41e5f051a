
/*
 * Pages about an order on its way: the tracking page, what an open panel asks
 * for again, the answer to a problem, packaging. A GET only shows; a POST
 * commits.
 */


#include "ngx_module/flow/ngx_http_ordersave_parcel.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_safe.h"
#include "core/order/os_packaging.h"
#include "core/view/os_panel.h"
#include "core/view/os_view_track.h"


/* The view of the order for whoever has this token. */
static json_t *
ngx_http_ordersave_parcel_view(ngx_http_ordersave_ctx_t *ctx)
{
    os_speak_t  speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                                      ctx->who.locale);

    return os_panel_view(&speak, ctx->conf->keys, ctx->known.record,
                         ngx_http_ordersave_products(ctx->known.products),
                         ctx->hosted.eyes,
                         ngx_http_ordersave_os(ctx->hosted.version));
}


ngx_int_t
ngx_http_ordersave_parcel_page(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ngx_http_ordersave_hosted_page(ctx, "track", NGX_HTTP_OK,
                                          ngx_http_ordersave_parcel_view(ctx));
}


static ngx_int_t
ngx_http_ordersave_parcel_proven(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t    text = { 0 };
    ngx_str_t   value;
    os_speak_t  speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                                      ctx->who.locale);

    os_panel_proven(&speak, ctx->conf->keys, ctx->known.record, &text);
    value = ngx_http_ordersave_copy(ctx->request, os_buf_view(&text));
    os_buf_free(&text);

    return ngx_http_ordersave_headers_add(ctx->request, "X-Ordersave-Panel",
                                          ngx_http_ordersave_os(value));
}


/* What is inside the panel, for the script of an open page. */
ngx_int_t
ngx_http_ordersave_parcel_panel(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_int_t            rc;
    os_str_t             version;
    ngx_http_request_t  *r = ctx->request;

    version = ngx_http_ordersave_os(ctx->hosted.version);
    rc = ngx_http_ordersave_send_etag(r, version);

    /* the store was asked in his name: it need not be again */

    if (rc == NGX_OK && ctx->who.owner) {
        rc = ngx_http_ordersave_parcel_proven(ctx);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (os_str_equal(ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                           "If-None-Match")), version))
    {
        return ngx_http_ordersave_send_nothing(r, NGX_HTTP_NOT_MODIFIED);
    }

    return ngx_http_ordersave_hosted_page(ctx, "panel_part", NGX_HTTP_OK,
                                          ngx_http_ordersave_parcel_view(ctx));
}


/* The word of a choice that the form holds, if it is one of the list. */
static ngx_int_t
ngx_http_ordersave_parcel_choice(ngx_http_ordersave_ctx_t *ctx,
    const char *field, const json_t *list, os_buf_t *choice)
{
    size_t   i;
    json_t  *one;

    if (os_form_find(os_buf_view(&ctx->form.body), os_str(field), choice)
        != OS_ARG_ONE)
    {
        return NGX_DECLINED;
    }

    json_array_foreach(list, i, one) {
        if (os_str_equal(os_json_str(one, "id"), os_buf_view(choice))) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_ordersave_parcel_record(ngx_http_ordersave_ctx_t *ctx,
    const char *kind, const char *member, os_str_t value,
    ngx_http_ordersave_resume_pt told)
{
    json_t    *event;
    os_buf_t   comment = { 0 };
    os_str_t   store;

    store = ngx_http_ordersave_os(ctx->conf->store);
    event = ngx_http_ordersave_event(store,
                                     os_json_str(ctx->choice.token, "o"),
                                     kind);
    os_json_set_str(event, member, value);
    os_json_set_str(event, "locale", ctx->who.locale);

    ngx_http_ordersave_comment(ctx, &comment);

    if (comment.len) {
        os_json_set_str(event, "comment", os_buf_view(&comment));
    }

    os_buf_free(&comment);

    return ngx_http_ordersave_safe(ctx, os_json_str(ctx->choice.token, "o"),
                                   event, told);
}


static ngx_int_t
ngx_http_ordersave_parcel_answered(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ctx->hosted.safe == NGX_OK
           ? ngx_http_ordersave_hosted_page(ctx, "thanks", NGX_HTTP_OK,
                                            json_object())
           : ngx_http_ordersave_hosted_unsaved(ctx);
}


/* A parcel that could not be handed over: what shall be done with it? */
ngx_int_t
ngx_http_ordersave_parcel_answer(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t     *view, *answers;
    os_buf_t    choice = { 0 };
    ngx_int_t   rc;
    os_speak_t  speak;
    ngx_uint_t  status = NGX_HTTP_OK;

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    answers = os_panel_answers(&speak, ctx->known.record);
    view = json_object();

    if (!ctx->form.post) {
        (void) json_object_set_new(view, "track",
                                   os_view_track(&speak, ctx->known.record,
                                                 speak.now));

    } else if (ngx_http_ordersave_parcel_choice(ctx, "ordersave_answer",
                                                answers, &choice) == NGX_OK)
    {
        rc = ngx_http_ordersave_parcel_record(ctx, "answer", "what",
                 os_buf_view(&choice), ngx_http_ordersave_parcel_answered);
        os_buf_free(&choice);
        json_decref(answers);
        json_decref(view);

        return rc;

    } else {
        (void) json_object_set_new(view, "incomplete", json_true());
        status = NGX_HTTP_BAD_REQUEST;
    }

    os_buf_free(&choice);
    (void) json_object_set_new(view, "answers", answers);

    return ngx_http_ordersave_hosted_page(ctx, "answer", status, view);
}


/* Back to the page that the form stood in, if it is known and the shop's. */
static ngx_int_t
ngx_http_ordersave_parcel_back(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_str_t              from;
    os_buf_t              url = { 0 };
    ngx_int_t             rc;
    os_speak_t            speak;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    from = ngx_http_ordersave_os(ngx_http_ordersave_header(ctx->request,
                                                           "Referer"));

    if (from.len && os_view_own_url(campaign, from)) {
        return ngx_http_ordersave_send_redirect(ctx->request, from);
    }

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    os_buf_str(&url, campaign->api_path);
    os_buf_text(&url, "track/");
    os_panel_token(&speak, ctx->conf->keys, "track", ctx->known.record,
                   ctx->hosted.eyes,
                   NGX_HTTP_ORDERSAVE_FOUND_FOR,
                   &url);
    rc = ngx_http_ordersave_send_redirect(ctx->request, os_buf_view(&url));
    os_buf_free(&url);

    return rc;
}


/* The page that comes next should show the choice already. */
static ngx_int_t
ngx_http_ordersave_parcel_packed(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ctx->hosted.safe == NGX_OK
           ? ngx_http_ordersave_sleep(ctx, NGX_HTTP_ORDERSAVE_SETTLE,
                                      ngx_http_ordersave_parcel_back)
           : ngx_http_ordersave_hosted_unsaved(ctx);
}


ngx_int_t
ngx_http_ordersave_parcel_packaging(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_buf_t              choice = { 0 };
    ngx_int_t             rc;
    const json_t         *record = ctx->known.record;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    if (!ctx->form.post) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (ngx_http_ordersave_parcel_choice(ctx, "ordersave_packaging",
            os_campaign_at(campaign, "/track/packaging"),
            &choice) == NGX_OK
        && os_packaging_open(campaign, record,
                             json_object_get(record, "track"))
        && os_packaging_offered(os_packaging_find(campaign,
                                                  os_buf_view(&choice)),
                                record))
    {
        rc = ngx_http_ordersave_parcel_record(ctx, "packaging", "choice",
                 os_buf_view(&choice), ngx_http_ordersave_parcel_packed);

    } else {
        rc = ngx_http_ordersave_parcel_back(ctx, NULL);
    }

    os_buf_free(&choice);

    return rc;
}


/*
 * What a link in the mail after a cancel opens: a score, or the reason, with
 * words. A GET only shows; a POST commits.
 */


#include "ngx_module/flow/ngx_http_ordersave_score.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_safe.h"
#include "core/view/os_panel.h"


/* After the cancel an offer is a way back to the shop, never to the order. */
static void
ngx_http_ordersave_score_next(ngx_http_ordersave_ctx_t *ctx, json_t *view)
{
    json_t                *after, *next;
    os_str_t               code, url, percent;
    const os_campaign_t   *campaign = ctx->conf->campaign->campaign;

    after = os_campaign_at(campaign, "/follow_up/cancelled");
    code = os_json_str(after, "next_order");
    url = os_json_str(after, "reorder_url");
    percent = os_json_str(after, "next_order_percent");

    if (code.len == 0 && url.len == 0) {
        return;
    }

    /* who was in the holdout hears no offer anywhere */

    if (os_str_equal(os_json_str(ctx->choice.token, "a"), OS_STR("holdout"))) {
        return;
    }

    next = json_object();
    os_json_set_str(next, "url", url.len ? url : campaign->site);

    if (code.len) {
        os_json_set_str(next, "code", code);
    }

    if (percent.len) {
        os_json_set_str(next, "percent", percent);
    }

    (void) json_object_set_new(view, "next", next);
}


/* What the shop has to say to this reason: information, nothing to accept. */
static void
ngx_http_ordersave_score_match(ngx_http_ordersave_ctx_t *ctx,
    os_speak_t *speak, os_str_t reason, json_t *view)
{
    size_t                i, n;
    json_t               *terms;
    const os_offer_t     *offer;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    for (n = 0; n < campaign->nreasons; n++) {
        if (os_str_equal(campaign->reasons[n], reason)) {
            break;
        }
    }

    for (i = 0; n < campaign->nreasons && i < campaign->noffers; i++) {
        offer = &campaign->offers[i];

        if (offer->kind == OS_KIND_INFORMATION && (offer->reasons >> n & 1)) {
            terms = os_rules_terms(campaign, offer, NULL, speak->now);
            (void) json_object_set_new(view, "answer",
                                       os_view_offer(speak, offer->id, terms,
                                                     NULL));
            json_decref(terms);
            return;
        }
    }
}


/* What the visitor answers: a score from 1 to 5, a reason, words. */
static json_t *
ngx_http_ordersave_score_answer(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose)
{
    size_t                i;
    json_t               *event;
    ngx_uint_t            good = 0;
    os_buf_t              text = { 0 };
    os_str_t              form = os_buf_view(&ctx->form.body);
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    event = ngx_http_ordersave_event(ngx_http_ordersave_os(ctx->conf->store),
                                     os_json_str(ctx->choice.token, "o"),
                                     purpose[0] == 's' ? "scored" : "reason");

    if (purpose[0] == 's') {
        if (os_form_find(form, OS_STR("ordersave_score"), &text) == OS_ARG_ONE
            && text.len == 1 && text.data[0] >= '1' && text.data[0] <= '5')
        {
            os_json_set_int(event, "score", text.data[0] - '0');
            good = 1;
        }

    } else if (os_form_find(form, OS_STR("ordersave_reason"), &text)
               == OS_ARG_ONE)
    {
        for (i = 0; i < campaign->nreasons; i++) {
            if (os_str_equal(campaign->reasons[i], os_buf_view(&text))) {
                os_json_set_str(event, "reason", campaign->reasons[i]);
                good = 1;
            }
        }
    }

    text.len = 0;
    ngx_http_ordersave_comment(ctx, &text);

    if (text.len) {
        os_json_set_str(event, "comment", os_buf_view(&text));
    }

    os_json_set_str(event, "locale", ctx->who.locale);
    os_buf_free(&text);

    if (!good) {
        json_decref(event);
        return NULL;
    }

    return event;
}


/* A score page's five choices; the one that the mail's link names is set. */
static json_t *
ngx_http_ordersave_score_choices(ngx_http_ordersave_ctx_t *ctx)
{
    int        i;
    json_t    *list, *score;
    os_buf_t   value = { 0 };

    list = json_array();
    (void) os_form_find(ngx_http_ordersave_os(ctx->request->args),
                        OS_STR("value"), &value);

    for (i = 1; i <= 5; i++) {
        score = json_object();
        os_json_set_int(score, "value", i);

        if (value.len == 1 && value.data[0] == '0' + i) {
            (void) json_object_set_new(score, "checked", json_true());
        }

        (void) json_array_append_new(list, score);
    }

    os_buf_free(&value);
    return list;
}


/* Redis or the disk has what was said, or neither could. */
static ngx_int_t
ngx_http_ordersave_score_told(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t      *view;
    os_buf_t     reason = { 0 };
    os_speak_t   speak;

    if (ctx->hosted.safe != NGX_OK) {
        return ngx_http_ordersave_hosted_unsaved(ctx);
    }

    view = json_object();
    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    (void) os_form_find(os_buf_view(&ctx->form.body),
                        OS_STR("ordersave_reason"), &reason);
    (void) json_object_set_new(view, os_json_str(ctx->choice.token, "p").data,
                               json_true());
    ngx_http_ordersave_score_match(ctx, &speak, os_buf_view(&reason), view);
    ngx_http_ordersave_score_next(ctx, view);
    os_buf_free(&reason);

    return ngx_http_ordersave_hosted_page(ctx, "thanks", NGX_HTTP_OK, view);
}


/* The form; `incomplete`: it was posted without what it asks for. */
static ngx_int_t
ngx_http_ordersave_score_page(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token, ngx_uint_t incomplete)
{
    json_t      *view, *form, *nothing;
    ngx_int_t    rc;
    os_speak_t   speak;

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    view = json_object();
    form = json_object();
    os_json_set_str(form, "action", ngx_http_ordersave_os(ctx->hosted.path));
    os_json_set_str(form, "token", token);
    (void) json_object_set_new(form, "fields", json_array());
    (void) json_object_set_new(view, "form", form);

    if (incomplete) {
        (void) json_object_set_new(view, "incomplete", json_true());
    }

    (void) json_object_set_new(view, "scores",
                               ngx_http_ordersave_score_choices(ctx));
    nothing = json_object();
    (void) json_object_set_new(view, "reasons",
                               os_view_reasons(&speak, nothing, NULL, NULL));
    json_decref(nothing);
    rc = ngx_http_ordersave_send_page(ctx->request, ctx->conf->campaign,
                                      purpose, ctx->who.locale,
                                      incomplete ? NGX_HTTP_BAD_REQUEST
                                                 : NGX_HTTP_OK, view);
    json_decref(view);

    return rc;
}


ngx_int_t
ngx_http_ordersave_score(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token)
{
    json_t    *event;
    os_str_t   store, order;

    store = ngx_http_ordersave_os(ctx->conf->store);
    ctx->choice.token = os_token_verify(ctx->conf->keys, token, purpose,
                                        ngx_time(),
                                        NULL);

    ctx->who.locale = os_campaign_locale(ctx->conf->campaign->campaign,
                      os_json_str(ctx->choice.token, "l"), OS_NULL,
                      ngx_http_ordersave_os(ngx_http_ordersave_header(
                                       ctx->request, "Accept-Language")),
                      OS_NULL);

    if (ctx->choice.token == NULL
        || !os_str_equal(os_json_str(ctx->choice.token, "s"), store))
    {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    order = os_json_str(ctx->choice.token, "o");
    ngx_http_ordersave_note(ctx, order, NGX_HTTP_ORDERSAVE_PAGE);
    event = ctx->form.post ? ngx_http_ordersave_score_answer(ctx, purpose)
                           : NULL;

    return event ? ngx_http_ordersave_safe(ctx, order, event,
                                           ngx_http_ordersave_score_told)
                 : ngx_http_ordersave_score_page(ctx, purpose, token,
                                                 ctx->form.post);
}

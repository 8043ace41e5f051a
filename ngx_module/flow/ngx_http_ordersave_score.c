
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
#include "core/view/os_panel.h"


static void
ngx_http_ordersave_score_form(ngx_http_ordersave_ctx_t *ctx, json_t *view,
    os_str_t token)
{
    json_t  *form = json_object();

    os_json_set_str(form, "action", ngx_http_ordersave_os(ctx->hosted.path));
    os_json_set_str(form, "token", token);
    (void) json_object_set_new(form, "fields", json_array());
    (void) json_object_set_new(view, "form", form);
}


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


ngx_int_t
ngx_http_ordersave_score(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token)
{
    json_t      *view, *event, *nothing;
    os_str_t     store;
    ngx_int_t    rc;
    os_speak_t   speak;
    const char  *page = purpose;

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

    ngx_http_ordersave_note(ctx, os_json_str(ctx->choice.token, "o"),
                            NGX_HTTP_ORDERSAVE_PAGE);
    view = json_object();
    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);

    if (ctx->form.post) {
        event = ngx_http_ordersave_score_answer(ctx, purpose);

        if (event) {
            page = "thanks";
            (void) json_object_set_new(view, purpose, json_true());
            ngx_http_ordersave_score_match(ctx, &speak,
                                           os_json_str(event, "reason"), view);
            ngx_http_ordersave_score_next(ctx, view);
            ngx_http_ordersave_record(store,
                                      os_json_str(ctx->choice.token, "o"),
                                      event, NULL, NULL);

        } else {
            (void) json_object_set_new(view, "incomplete", json_true());
        }
    }

    ngx_http_ordersave_score_form(ctx, view, token);
    (void) json_object_set_new(view, "scores",
                               ngx_http_ordersave_score_choices(ctx));
    nothing = json_object();
    (void) json_object_set_new(view, "reasons",
                               os_view_reasons(&speak, nothing, NULL, NULL));
    json_decref(nothing);

    rc = ngx_http_ordersave_send_page(ctx->request, ctx->conf->campaign, page,
                                      ctx->who.locale,
                                      json_object_get(view, "incomplete")
                                      ? NGX_HTTP_BAD_REQUEST : NGX_HTTP_OK,
                                      view);
    json_decref(view);
    return rc;
}

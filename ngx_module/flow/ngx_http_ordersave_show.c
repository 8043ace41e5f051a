
/*
 * The pages of the cancel flow: offers, and "cancel anyway" beside them; what
 * was kept, asked, expired or is not known yet.
 *
 * The offer page is poured from a mold (core/text/os_mold.h): Mustache renders
 * it once for each shape of an order.
 */


#include "ngx_module/flow/ngx_http_ordersave_show.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_asset.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "core/campaign/os_dispatch.h"
#include "core/view/os_panel.h"
#include "core/view/os_view_shelf.h"
#include "core/view/os_view_stop.h"


#define NGX_HTTP_ORDERSAVE_HEADER_MAX  1024     /* bytes, kept in a token */

_Static_assert(OS_TERMS_MAX + 400 <= OS_TOKEN_PAYLOAD,
               "the terms of all offers, and what else a token says");


/*
 * A header of the original, or what the token of a page before has of it; where
 * there is room for it, and for the brace that ends all.
 */
static void
ngx_http_ordersave_sign_header(ngx_http_ordersave_ctx_t *ctx,
    const char *member, const char *name, os_buf_t *text)
{
    size_t    before = text->len;
    os_str_t  value;

    value = ctx->choice.token
            ? os_json_str(ctx->choice.token, member)
            : ngx_http_ordersave_os(ngx_http_ordersave_header(ctx->request,
                                                              name));

    if (value.len == 0 || value.len > NGX_HTTP_ORDERSAVE_HEADER_MAX
        || !os_utf8_valid(value))
    {
        return;
    }

    os_buf_text(text, ",\"");
    os_buf_text(text, member);
    os_buf_text(text, "\":");
    os_json_quote(text, value);

    if (text->len + 1 > OS_TOKEN_PAYLOAD) {
        text->len = before;
    }
}


/*
 * The terms of the offers shown. That all of them fit was seen when the
 * campaign was read, but for what an order may have that no shop's has; those
 * that do not are not shown.
 */
static void
ngx_http_ordersave_sign_terms(ngx_http_ordersave_ctx_t *ctx, os_buf_t *text)
{
    size_t                i, n = 0, before;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    os_buf_text(text, ",\"f\":{");

    for (i = 0; i < campaign->noffers; i++) {

        if (!(ctx->known.offers >> i & 1)) {
            continue;
        }

        before = text->len;
        os_buf_text(text, n++ ? "," : "");
        os_buf_str(text, os_buf_view(&campaign->offers[i].name));
        os_buf_char(text, ':');
        os_rules_terms_text(campaign, &campaign->offers[i], ctx->known.order,
                            ngx_time(), text);

        if (text->len + 2 > OS_TOKEN_PAYLOAD) {
            text->len = before;
            ctx->known.offers &= ((uint64_t) 1 << i) - 1;
            break;
        }
    }

    os_buf_char(text, '}');
}


/*
 * The decision token: what it can grant are the terms of the offers shown.
 * Written as text, because every page has one.
 */
static void
ngx_http_ordersave_sign(ngx_http_ordersave_ctx_t *ctx, os_buf_t *out)
{
    char                  room[2048];
    size_t                i;
    uint8_t               nonce[9];
    os_buf_t              text = os_buf_on(room, sizeof(room));
    ngx_uint_t            posted;
    ngx_http_request_t   *r = ctx->request;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    if (ngx_http_ordersave_random(nonce, sizeof(nonce)) != NGX_OK) {
        out->failed = 1;
        return;
    }

    os_buf_text(&text, "{\"p\":\"offer\",\"s\":");
    os_json_quote(&text, ngx_http_ordersave_os(ctx->conf->store));
    os_buf_text(&text, ",\"o\":");
    os_json_quote(&text, ngx_http_ordersave_os(ctx->who.order_id));
    os_buf_text(&text, ",\"x\":");
    os_buf_int(&text, ctx->known.until ? ctx->known.until
                                       : ngx_time() + campaign->valid);
    os_buf_text(&text, ",\"r\":");
    os_buf_int(&text, campaign->revision);
    os_buf_text(&text, ",\"l\":");
    os_json_quote(&text, ctx->who.locale);

    /* what the original was: a page that comes again is a POST itself */

    posted = ctx->choice.token ? os_str_equal(os_json_str(ctx->choice.token,
                                                          "m"),
                                              OS_STR("POST"))
                        : r->method == NGX_HTTP_POST;
    os_buf_text(&text, posted ? ",\"m\":\"POST\",\"n\":\""
                              : ",\"m\":\"GET\",\"n\":\"");
    os_base64url(&text, nonce, sizeof(nonce));
    os_buf_char(&text, '"');

    if (ctx->who.owner) {
        os_buf_text(&text, ",\"h\":\"");
        i = text.len;
        os_token_proof(ctx->known.order ? ctx->known.order->proof : OS_NULL,
                       &text);
        os_buf_text(&text, text.len == i ? "verified\"" : "\"");

        if (ctx->choice.arm) {
            os_buf_text(&text, ",\"a\":\"");
            os_buf_text(&text, ctx->choice.arm);
            os_buf_char(&text, '"');
        }

        ngx_http_ordersave_sign_terms(ctx, &text);
    }

    ngx_http_ordersave_sign_header(ctx, "g", "Sec-Fetch-Site", &text);
    ngx_http_ordersave_sign_header(ctx, "w", "Referer", &text);
    os_buf_char(&text, '}');
    out->failed |= text.failed;
    os_token_sign_text(ctx->conf->keys, os_buf_view(&text), out);
    os_buf_free(&text);
}


/* {id: terms} of what this order may have now. */
static json_t *
ngx_http_ordersave_terms(ngx_http_ordersave_ctx_t *ctx)
{
    size_t                i;
    json_t               *all;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    all = json_object();

    for (i = 0; i < campaign->noffers; i++) {
        if (ctx->known.offers >> i & 1) {
            (void) json_object_set_new(all, campaign->offers[i].id.data,
                                       os_rules_terms(campaign,
                                                      &campaign->offers[i],
                                                      ctx->who.owner
                                                      ? ctx->known.order
                                                      : NULL, ngx_time()));
        }
    }

    return all;
}


/* The original's own fields, so that a cancel can be sent on as it was. */
static json_t *
ngx_http_ordersave_fields(ngx_http_ordersave_ctx_t *ctx)
{
    json_t    *fields, *field;
    os_str_t   form, name, value;
    os_buf_t   text = { 0 };

    fields = json_array();
    form = os_buf_view(&ctx->form.body);

    while (ctx->form.post && os_form_next(&form, &name, &value)) {

        text.len = 0;
        os_form_decode(name, &text);

        if (os_str_starts(os_buf_view(&text), OS_STR("ordersave_"))) {
            continue;
        }

        field = json_object();
        os_json_set_str(field, "name", os_buf_view(&text));
        text.len = 0;
        os_form_decode(value, &text);
        os_json_set_str(field, "value", os_buf_view(&text));
        (void) json_array_append_new(fields, field);
    }

    os_buf_free(&text);
    return fields;
}


/* The one offer that was chosen, and what was chosen with it. */
static void
ngx_http_ordersave_show_again(ngx_http_ordersave_ctx_t *ctx,
    os_speak_t *speak, json_t *view)
{
    json_t    *terms, *reason, *offer;
    os_str_t   id = ngx_http_ordersave_os(ctx->choice.offer);

    terms = json_object_getn(json_object_get(ctx->choice.token, "f"), id.data,
                             id.len);
    offer = os_view_offer(speak, id, terms, ctx->known.order);

    if (offer) {
        (void) json_object_set_new(view, "offer", offer);
    }

    if (ctx->choice.reason.len) {
        reason = json_object();
        os_json_set_str(reason, "id",
                        ngx_http_ordersave_os(ctx->choice.reason));
        (void) json_object_set_new(view, "reason", reason);
    }
}


/* Products that may suit better answer whoever changed his mind. */
static void
ngx_http_ordersave_show_products(ngx_http_ordersave_ctx_t *ctx,
    os_speak_t *speak, json_t *view)
{
    size_t   i;
    json_t  *reason, *products;

    products = os_panel_products(speak, ctx->known.record,
                   ngx_http_ordersave_products(ctx->known.products));

    json_array_foreach(json_object_get(view, "reasons"), i, reason) {
        if (products && os_str_equal(os_json_str(reason, "id"),
                                     OS_STR("changed_mind")))
        {
            (void) json_object_set(reason, "products", products);
            (void) json_object_set_new(reason, "has_products", json_true());
            (void) json_object_set_new(reason, "has_offers", json_true());
        }
    }

    json_decref(products);
}


/* Where its form goes: the cancel's own address. */
static os_str_t
ngx_http_ordersave_show_action(ngx_http_ordersave_ctx_t *ctx)
{
    return ngx_http_ordersave_os(ctx->choice.action.len
                                 ? ctx->choice.action
                                 : ctx->request->unparsed_uri);
}


/* Who knew number and e-mail alone sees no prices. */
static ngx_uint_t
ngx_http_ordersave_show_bare(ngx_http_ordersave_ctx_t *ctx)
{
    return ctx->hosted.eyes == OS_EYES_LINK;
}


/* What a page of the flow is given. */
static json_t *
ngx_http_ordersave_view(ngx_http_ordersave_ctx_t *ctx, os_speak_t *speak,
    ngx_http_ordersave_outcome_e outcome, os_str_t action, os_str_t token)
{
    json_t      *view, *form, *terms, *more;
    os_typed_t   typed;

    view = json_object();
    form = json_object();

    if (view == NULL || form == NULL) {
        json_decref(view);
        json_decref(form);
        return NULL;
    }

    os_json_set_str(form, "action", action);
    os_json_set_str(form, "token", token);
    (void) json_object_set_new(form, "fields", ngx_http_ordersave_fields(ctx));
    (void) json_object_set_new(view, "form", form);

    if (ctx->who.owner) {
        (void) json_object_set_new(view, "owned", json_true());
        (void) json_object_set_new(view, "order",
                                   os_view_order(speak, ctx->known.order));

        if (ctx->known.order
            && os_str_equal(ctx->known.order->payment, OS_STR("unpaid")))
        {
            (void) json_object_set_new(view, "unpaid", json_true());
        }
    }

    if (outcome == NGX_HTTP_ORDERSAVE_OFFER
        || outcome == NGX_HTTP_ORDERSAVE_GENERIC)
    {
        terms = ngx_http_ordersave_terms(ctx);
        typed = (os_typed_t) { ngx_http_ordersave_os(ctx->choice.reason),
                               ngx_http_ordersave_os(ctx->choice.filled),
                               ngx_http_ordersave_os(ctx->choice.comment),
                               ctx->choice.said, ctx->choice.wrong };
        (void) json_object_set_new(view, "reasons",
                                   os_view_reasons(speak, terms, ctx->who.owner
                                                   ? ctx->known.order : NULL,
                                                   ctx->choice.wrong
                                                   ? &typed : NULL));

        if (ctx->choice.wrong) {
            (void) json_object_set_new(view, "incomplete", json_true());
        }

        if (ctx->known.offers == 0) {
            (void) json_object_set_new(view, "plain", json_true());
        }

        json_decref(terms);
    }

    if (outcome == NGX_HTTP_ORDERSAVE_OFFER && ctx->known.products) {
        ngx_http_ordersave_show_products(ctx, speak, view);
    }

    if (outcome == NGX_HTTP_ORDERSAVE_UNKNOWN_YET) {
        ngx_http_ordersave_show_again(ctx, speak, view);
    }

    if (outcome == NGX_HTTP_ORDERSAVE_KEPT && ctx->who.owner
        && ctx->known.decision)
    {
        more = os_view_decision(speak, ctx->known.decision, ctx->known.order);
        (void) json_object_update(view, more);
        json_decref(more);

        if ((ctx->known.order
             && !os_str_equal(ctx->known.order->state, OS_STR("open")))
            || os_rules_cancels(ctx->known.decision))
        {
            (void) json_object_del(view, "form");   /* nothing to cancel */
        }

        os_panel_texts(speak, ctx->conf->keys, ctx->known.record,
                       ctx->hosted.eyes, view);
    }

    if (ngx_http_ordersave_show_bare(ctx)) {
        os_view_stop_bare(view, ctx->known.record == NULL
                                || os_json_bool(ctx->known.record, "gift"));
    }

    return view;
}


/* The leaves of this page, when it is poured. */
typedef struct {
    ngx_http_ordersave_ctx_t  *ctx;
    os_speak_t                 speak;
    os_str_t                   token;
} ngx_http_ordersave_pour_t;


static void
ngx_http_ordersave_leaf(void *data, os_leaf_t leaf, unsigned index,
    os_buf_t *out)
{
    int64_t                     amount;
    const os_offer_t           *offer;
    ngx_http_ordersave_pour_t  *pour = data;

    switch (leaf) {

    case OS_LEAF_ACTION:
        os_buf_str(out, ngx_http_ordersave_show_action(pour->ctx));
        return;

    case OS_LEAF_TOKEN:
        os_buf_str(out, pour->token);
        return;

    case OS_LEAF_AMOUNT:
    case OS_LEAF_NEW_TOTAL:
        offer = &pour->speak.campaign->offers[index];
        amount = os_rules_amount(offer, pour->ctx->known.order);

        if (leaf == OS_LEAF_NEW_TOTAL) {
            amount = pour->ctx->known.order->total - amount;
        }

        os_view_money(&pour->speak, amount, pour->ctx->known.order->currency,
                      out);
        return;

    case OS_LEAF_CREDIT:
        os_view_money(&pour->speak,
                      os_rules_credit(&pour->speak.campaign->offers[index],
                                      pour->ctx->known.order),
                      pour->ctx->known.order->currency, out);
        return;

    case OS_LEAF_SHELF_NAME:
    case OS_LEAF_SHELF_URL:
    case OS_LEAF_SHELF_IMAGE:
    case OS_LEAF_SHELF_PRICE:
    case OS_LEAF_SHELF_STARS:
    case OS_LEAF_SHELF_REVIEWS:
    case OS_LEAF_SHELF_WHY:
    case OS_LEAF_SHELF_VALUE:
    case OS_LEAF_SHELF_LESS:
        os_view_shelf_leaf(&pour->speak, pour->ctx->known.order, leaf, index,
                           out);
        return;

    default:
        os_view_leaf(&pour->speak, pour->ctx->known.order, leaf, index, out);
    }
}


/* What a page says of today holds for today. */
static void
ngx_http_ordersave_mold_day(ngx_http_ordersave_ctx_t *ctx, os_buf_t *key)
{
    size_t                i;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    for (i = 0; i < campaign->noffers; i++) {
        if (campaign->offers[i].priority && (ctx->known.offers >> i & 1)) {
            os_buf_int(key, os_dispatch_until(campaign, ngx_time()));
            return;
        }
    }
}


/* The mold for this order's shape: found, or made. NULL: it fits in none. */
static os_mold_t *
ngx_http_ordersave_mold(ngx_http_ordersave_ctx_t *ctx, os_speak_t *speak)
{
    char        room[128];
    json_t     *view;
    os_buf_t    key = os_buf_on(room, sizeof(room));
    os_buf_t    html = { 0 }, action = { 0 }, token = { 0 };
    os_mold_t  *mold;
    os_speak_t  marks = *speak;

    os_buf_add(&key, (char *) &ctx->known.offers, sizeof(ctx->known.offers));
    ngx_http_ordersave_mold_day(ctx, &key);

    if (os_view_shape(speak, ctx->known.order, &key) == -1 || key.failed) {
        os_buf_free(&key);
        return NULL;
    }

    mold = ngx_http_ordersave_mold_find(ctx->conf->campaign, ctx->who.locale,
                                        os_buf_view(&key));

    if (mold == NULL) {
        marks.marks = 1;
        os_mold_mark(&action, OS_LEAF_ACTION, 0);
        os_mold_mark(&token, OS_LEAF_TOKEN, 0);
        view = ngx_http_ordersave_view(ctx, &marks, NGX_HTTP_ORDERSAVE_OFFER,
                                       os_buf_view(&action),
                                       os_buf_view(&token));

        if (ngx_http_ordersave_render(ctx->conf->campaign, "offer",
                                      ctx->who.locale, view, &html)
            == NGX_OK)
        {
            mold = os_mold_cut(os_buf_view(&html));
            ngx_http_ordersave_mold_keep(ctx->conf->campaign, ctx->who.locale,
                                         os_buf_view(&key), mold);
        }

        json_decref(view);
        os_buf_free(&html);
        os_buf_free(&action);
        os_buf_free(&token);
    }

    os_buf_free(&key);
    return mold;
}


static const struct {
    ngx_http_ordersave_outcome_e   outcome;
    const char                    *page;
    ngx_uint_t                     status;
} ngx_http_ordersave_shown[] = {
    { NGX_HTTP_ORDERSAVE_OFFER,       "offer",   NGX_HTTP_OK },
    { NGX_HTTP_ORDERSAVE_GENERIC,     "offer",   NGX_HTTP_OK },
    { NGX_HTTP_ORDERSAVE_KEPT,        "kept",    NGX_HTTP_OK },
    { NGX_HTTP_ORDERSAVE_ASKED_PAGE,  "asked",   NGX_HTTP_OK },
    { NGX_HTTP_ORDERSAVE_GONE,        "gone",    NGX_HTTP_CONFLICT },
    { NGX_HTTP_ORDERSAVE_EXPIRED,     "expired", NGX_HTTP_FORBIDDEN },
    { NGX_HTTP_ORDERSAVE_UNKNOWN_YET, "unknown", NGX_HTTP_SERVICE_UNAVAILABLE },
};


/* What it is in the contract of headless storefronts (campaign/api/). */
static json_t *
ngx_http_ordersave_answer(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome, json_t *view, os_str_t token)
{
    os_str_t  decide = ctx->conf->campaign->campaign->api_path;

    switch (outcome) {

    case NGX_HTTP_ORDERSAVE_OFFER:
    case NGX_HTTP_ORDERSAVE_GENERIC:
        return json_pack("{s:s, s:s%, s:O*, s:O*, s:s%, s:s%}",
                         "ordersave", "offer",
                         "locale", ctx->who.locale.data, ctx->who.locale.len,
                         "order", json_object_get(view, "order"),
                         "reasons", json_object_get(view, "reasons"),
                         "token", token.data, token.len,
                         "decide", decide.data, decide.len);

    case NGX_HTTP_ORDERSAVE_KEPT:
        return json_pack("{s:O*, s:O*, s:O*}",
                         "ordersave", json_object_get(ctx->known.decision,
                                                      "state"),
                         "offer", json_object_get(ctx->known.decision,
                                                  "offer"),
                         "applied", json_object_get(ctx->known.decision,
                                                    "applied"));

    default:
        return json_pack("{s:s}", "ordersave",
                         outcome == NGX_HTTP_ORDERSAVE_EXPIRED ? "expired"
                         : outcome == NGX_HTTP_ORDERSAVE_GONE ? "gone"
                         : outcome == NGX_HTTP_ORDERSAVE_ASKED_PAGE ? "asked"
                         : "unknown");
    }
}


/* The page itself, as a part of the storefront's, and its style. */
static void
ngx_http_ordersave_answer_dialog(ngx_http_ordersave_ctx_t *ctx,
    const char *page, json_t *view, json_t *answer)
{
    json_t    *dialog = json_object(), *shown = json_object();
    os_buf_t   html = { 0 };

    (void) json_object_set_new(shown, page, json_true());
    (void) json_object_set_new(view, "dialog", shown);

    if (ngx_http_ordersave_render(ctx->conf->campaign, "dialog",
                                  ctx->who.locale, view, &html)
        == NGX_OK)
    {
        os_json_set_str(dialog, "html", os_buf_view(&html));
        os_json_set_str(dialog, "css",
                        ngx_http_ordersave_asset_url(ctx->conf->campaign,
                                                     "dialog.css"));
        (void) json_object_set(answer, "dialog", dialog);
    }

    json_decref(dialog);
    os_buf_free(&html);
}


static ngx_int_t
ngx_http_ordersave_show_json(ngx_http_ordersave_ctx_t *ctx, ngx_uint_t i,
    json_t *view, os_str_t token)
{
    json_t                        *answer;
    ngx_int_t                      rc;
    ngx_uint_t                     status = ngx_http_ordersave_shown[i].status;
    ngx_http_ordersave_outcome_e   outcome;

    outcome = ngx_http_ordersave_shown[i].outcome;
    answer = ngx_http_ordersave_answer(ctx, outcome, view, token);

    if (ctx->who.dialog) {
        ngx_http_ordersave_answer_dialog(ctx, ngx_http_ordersave_shown[i].page,
                                         view, answer);
    }

    if (outcome == NGX_HTTP_ORDERSAVE_ASKED_PAGE) {
        status = NGX_HTTP_CONFLICT;
    }

    rc = ngx_http_ordersave_send_json(ctx->request, status, answer);
    json_decref(answer);

    return rc;
}


ngx_int_t
ngx_http_ordersave_show(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    char                        signed_room[4096], room[512];
    json_t                     *view;
    os_buf_t                    token = os_buf_on(signed_room,
                                                  sizeof(signed_room));
    os_buf_t                    scratch = os_buf_on(room, sizeof(room));
    os_buf_t                    html = { 0 };
    os_str_t                    action;
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    os_mold_t                  *mold = NULL;
    os_speak_t                  speak;
    ngx_http_request_t         *r = ctx->request;
    ngx_http_ordersave_pour_t   pour;

    ngx_http_ordersave_set_outcome(ctx, outcome);
    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    action = ngx_http_ordersave_show_action(ctx);

    if (ctx->choice.text.len) {
        os_buf_str(&token, ngx_http_ordersave_os(ctx->choice.text));

    } else {
        ngx_http_ordersave_sign(ctx, &token);
    }

    if (token.failed) {
        os_buf_free(&token);
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR);
    }

    for (i = 0; ngx_http_ordersave_shown[i].outcome != outcome; i++) {
        /* void */
    }

    /* a form's fields have no holes, nor have products; JSON has no page */

    if (outcome == NGX_HTTP_ORDERSAVE_OFFER && !ctx->who.json && !ctx->form.post
        && ctx->known.products == NULL && !ngx_http_ordersave_show_bare(ctx))
    {
        mold = ngx_http_ordersave_mold(ctx, &speak);
    }

    if (mold) {
        pour = (ngx_http_ordersave_pour_t) { ctx, speak,
                                             os_buf_view(&token) };
        os_mold_pour(mold, ngx_http_ordersave_leaf, &pour, &scratch, &html);
        os_buf_free(&scratch);
        rc = ngx_http_ordersave_send_html(r, ctx->conf->campaign, "offer",
                                          ctx->who.locale, NGX_HTTP_OK, &html);
        os_buf_free(&token);
        return rc;
    }

    view = ngx_http_ordersave_view(ctx, &speak, outcome, action,
                                   os_buf_view(&token));

    if (view == NULL) {
        rc = ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR);

    } else if (ctx->who.json) {
        rc = ngx_http_ordersave_show_json(ctx, i, view, os_buf_view(&token));

    } else {
        rc = ngx_http_ordersave_send_page(r, ctx->conf->campaign,
                                          ngx_http_ordersave_shown[i].page,
                                          ctx->who.locale,
                                          ngx_http_ordersave_shown[i].status,
                                          view);
    }

    json_decref(view);
    os_buf_free(&token);
    return rc;
}


/* Nothing can be granted, or not any more: a page that says so, or JSON. */
ngx_int_t
ngx_http_ordersave_show_refusal(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    json_t      *answer;
    ngx_int_t    rc;
    ngx_uint_t   expired = outcome == NGX_HTTP_ORDERSAVE_EXPIRED;

    ctx->choice.text.len = 0;

    if (!ctx->who.json || ctx->who.dialog) {
        return ngx_http_ordersave_show(ctx, outcome);
    }

    ngx_http_ordersave_set_outcome(ctx, outcome);
    answer = ngx_http_ordersave_answer(ctx, outcome, NULL, OS_NULL);
    rc = ngx_http_ordersave_send_json(ctx->request,
                                      expired ? NGX_HTTP_FORBIDDEN
                                              : NGX_HTTP_CONFLICT,
                                      answer);
    json_decref(answer);
    return rc;
}

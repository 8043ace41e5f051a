
/*
 * What the visitor makes of the page: a POST with our token. "Cancel anyway"
 * gives the store its own request back; an accept is reserved, decided and,
 * for an unpaid order, followed to where it is paid.
 */


#include "ngx_module/flow/ngx_http_ordersave_accept.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_limit.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/flow/ngx_http_ordersave_order.h"
#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "ngx_module/flow/ngx_http_ordersave_said.h"
#include "ngx_module/flow/ngx_http_ordersave_show.h"
#include "ngx_module/flow/ngx_http_ordersave_kept.h"


/* What support reads of an accept that comes to nothing. */
#define NGX_HTTP_ORDERSAVE_WHY_OLD                                            \
    "the page was too old, and nothing was done"
#define NGX_HTTP_ORDERSAVE_WHY_GONE                                           \
    "the order could not be kept any more, and nothing was done"
#define NGX_HTTP_ORDERSAVE_WHY_SPENT                                          \
    "the offer was not to be had any more, and nothing was done"
#define NGX_HTTP_ORDERSAVE_WHY_DECIDED                                        \
    "the order had been decided before, and nothing was done of this"


static ngx_int_t ngx_http_ordersave_accept_reserve(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);
static ngx_int_t ngx_http_ordersave_accept_reserved(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);
static ngx_int_t ngx_http_ordersave_decision_store(
    ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_decision_stored(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);
static ngx_int_t ngx_http_ordersave_accept_done(ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_accept_poll(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_accept_polled(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);


/*
 * Where the original came from: it is not our page, and a store that sends
 * the buyer back to where he was would send him to his cancel once more. What
 * was too long for the token is left out.
 */
static void
ngx_http_ordersave_accept_headers(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_str_t            text;
    ngx_http_request_t  *r = ctx->request;

    text = ngx_http_ordersave_copy(r, os_json_str(ctx->choice.token, "w"));
    r->headers_in.referer = ngx_http_ordersave_headers_set(r, "Referer", text);

    text = ngx_http_ordersave_copy(r, os_json_str(ctx->choice.token, "g"));

    if (text.len) {
        (void) ngx_http_ordersave_headers_set(r, "Sec-Fetch-Site", text);
    }
}


/* Gives the store its own request back: what is ours comes off. */
static void
ngx_http_ordersave_accept_restore(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t  rest, name, value;
    os_buf_t  text = { 0 }, form = { 0 };
    os_str_t  method = os_json_str(ctx->choice.token, "m");

    rest = os_buf_view(&ctx->form.body);

    while (os_form_next(&rest, &name, &value)) {
        text.len = 0;
        os_form_decode(name, &text);

        if (!os_str_starts(os_buf_view(&text), OS_STR("ordersave_"))) {
            if (form.len) {
                os_buf_char(&form, '&');
            }

            os_buf_add(&form, name.data,
                       (size_t) (value.data + value.len - name.data));
        }
    }

    os_buf_free(&text);
    ngx_http_ordersave_accept_headers(ctx);

    /* an original without fields: its token says what it was */

    if (form.failed) {

        /* no memory: what is ours goes along */

    } else if (form.len == 0 && !os_str_equal(method, OS_STR("POST"))) {
        ngx_http_ordersave_body_drop(ctx->request);

    } else {
        (void) ngx_http_ordersave_body_cut(ctx->request, os_buf_view(&form));
    }

    os_buf_free(&form);
}


void
ngx_http_ordersave_accept_reason(ngx_http_ordersave_ctx_t *ctx,
    os_str_t reason)
{
    size_t                i;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    for (i = 0; i < campaign->nreasons; i++) {
        if (os_str_equal(campaign->reasons[i], reason)) {
            ctx->choice.reason = ngx_http_ordersave_copy(ctx->request, reason);
        }
    }
}


static void
ngx_http_ordersave_accept_answers(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t  text = { 0 };

    if (os_form_find(os_buf_view(&ctx->form.body), OS_STR("ordersave_reason"),
                     &text)
        == OS_ARG_ONE)
    {
        ngx_http_ordersave_accept_reason(ctx, os_buf_view(&text));
    }

    text.len = 0;
    ngx_http_ordersave_comment(ctx, &text);
    ctx->choice.comment = ngx_http_ordersave_copy(ctx->request,
                                                  os_buf_view(&text));
    os_buf_free(&text);
}


/*
 * Of this store, and of the order that the request is about; where it has no
 * name that could be looked up, the token knows whose it is.
 */
static ngx_uint_t
ngx_http_ordersave_accept_is_ours(ngx_http_ordersave_ctx_t *ctx,
    const json_t *token)
{
    if (ctx->who.order_id.len == 0) {
        ctx->who.order_id = ngx_http_ordersave_copy(ctx->request,
                                                    os_json_str(token, "o"));
    }

    return os_str_equal(os_json_str(token, "s"),
                        ngx_http_ordersave_os(ctx->conf->store))
           && os_str_equal(os_json_str(token, "o"),
                           ngx_http_ordersave_os(ctx->who.order_id));
}


void
ngx_http_ordersave_accept_token(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    ctx->choice.token = os_token_verify(ctx->conf->keys, token, "offer",
                                        ngx_time(), NULL);

    if (!ngx_http_ordersave_accept_is_ours(ctx, ctx->choice.token)) {
        json_decref(ctx->choice.token);
        ctx->choice.token = NULL;
    }

    ctx->who.owner = os_json_str(ctx->choice.token, "h").len > 0;
}


/* The store gets the request: it is what the visitor came for. */
static ngx_int_t
ngx_http_ordersave_ask_store(ngx_http_ordersave_ctx_t *ctx)
{
    if (ctx->who.owner) {
        ngx_http_ordersave_decline(ctx, 0);
    }

    return ngx_http_ordersave_pass(ctx, ctx->choice.token
                                        ? NGX_HTTP_ORDERSAVE_ASKED
                                        : NGX_HTTP_ORDERSAVE_PASS_DECIDED);
}


/* A headless storefront cancels: its request is the original's own. */
ngx_int_t
ngx_http_ordersave_headless(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    ngx_http_ordersave_accept_token(ctx, token);
    return ngx_http_ordersave_ask_store(ctx);
}


ngx_int_t
ngx_http_ordersave_cancel_anyway(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_int_t  rc = ngx_http_ordersave_ask_store(ctx);

    ngx_http_ordersave_accept_restore(ctx);
    return rc;
}


/* The token, and all that was filled in with it. */
static void
ngx_http_ordersave_posted_read(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    os_str_t             locale;
    ngx_http_request_t  *r = ctx->request;

    ngx_http_ordersave_accept_token(ctx, token);
    locale = os_json_str(ctx->choice.token, "l");
    ctx->who.locale = os_campaign_locale(ctx->conf->campaign->campaign,
                      locale.len ? locale
                      : ngx_http_ordersave_value(r, ctx->conf->locale),
                      OS_NULL,
                      ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                   "Accept-Language")),
                      OS_NULL);

    ngx_http_ordersave_accept_answers(ctx);
}


ngx_http_ordersave_do_e
ngx_http_ordersave_posted(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t                  token = { 0 }, what = { 0 };
    ngx_http_request_t       *r = ctx->request;
    ngx_http_ordersave_do_e   rc = NGX_HTTP_ORDERSAVE_DO_CANCEL;

    if (!ctx->form.post
        || os_form_find(os_buf_view(&ctx->form.body),
                        OS_STR("ordersave_token"),
                        &token)
           != OS_ARG_ONE)
    {
        os_buf_free(&token);
        return NGX_HTTP_ORDERSAVE_DO_NOTHING;
    }

    ngx_http_ordersave_posted_read(ctx, os_buf_view(&token));
    (void) os_form_find(os_buf_view(&ctx->form.body), OS_STR("ordersave_do"),
                        &what);

    if (os_str_starts(os_buf_view(&what), OS_STR("accept:"))) {

        /* what could not be told is told again with the same token */

        ctx->choice.text = ngx_http_ordersave_copy(r, os_buf_view(&token));
        ctx->choice.offer = ngx_http_ordersave_copy(r,
                         (os_str_t) { what.len - 7, what.data + 7 });
        rc = NGX_HTTP_ORDERSAVE_DO_ACCEPT;

        if (ctx->choice.token
            && ngx_http_ordersave_said(ctx, NULL) == NGX_DECLINED)
        {
            /* something is missing: nothing is decided, the page comes again */

            ctx->choice.text.len = 0;
            rc = NGX_HTTP_ORDERSAVE_DO_SHOW;
        }

    } else if (what.len == 0 && ctx->choice.token) {

        /* no button was pressed: nothing is decided, the page comes again */

        rc = NGX_HTTP_ORDERSAVE_DO_SHOW;
    }

    if (rc != NGX_HTTP_ORDERSAVE_DO_SHOW) {
        ngx_http_ordersave_said_beside(ctx);
    }

    os_buf_free(&token);
    os_buf_free(&what);
    return rc;
}


ngx_uint_t
ngx_http_ordersave_posted_cancel(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t    what = { 0 };
    ngx_uint_t  is;

    is = os_form_find(os_buf_view(&ctx->form.body), OS_STR("ordersave_do"),
                      &what) == OS_ARG_ONE
         && os_str_equal(os_buf_view(&what), OS_STR("cancel"));
    os_buf_free(&what);

    return is;
}


ngx_int_t
ngx_http_ordersave_accept_late(ngx_http_ordersave_ctx_t *ctx)
{
    json_t    *old;
    os_buf_t   token = { 0 };

    (void) os_form_find(os_buf_view(&ctx->form.body),
                        OS_STR("ordersave_token"), &token);
    old = os_token_read(ctx->conf->keys, os_buf_view(&token), "offer");
    os_buf_free(&token);

    if (ngx_http_ordersave_accept_is_ours(ctx, old)) {
        ngx_http_ordersave_said_unheard(ctx, old,
                                        ctx->choice.token
                                        ? NGX_HTTP_ORDERSAVE_WHY_SPENT
                                        : NGX_HTTP_ORDERSAVE_WHY_OLD);
    }

    json_decref(old);
    ctx->who.owner = 0;

    return ngx_http_ordersave_show_refusal(ctx, NGX_HTTP_ORDERSAVE_EXPIRED);
}


/* It was to be had when the page was shown. */
static ngx_int_t
ngx_http_ordersave_accept_refuse(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome, const char *why)
{
    ngx_http_ordersave_said_unheard(ctx, ctx->choice.token, why);
    return ngx_http_ordersave_show_refusal(ctx, outcome);
}


/* A link decides nothing: a browser goes there, a storefront knows how. */
static ngx_int_t
ngx_http_ordersave_accept_link(ngx_http_ordersave_ctx_t *ctx, json_t *terms)
{
    json_t     *answer;
    ngx_int_t   rc;

    if (!ctx->who.json && os_json_str(terms, "url").len == 0) {

        /* words on the page have no button */

        ctx->who.owner = 0;
        return ngx_http_ordersave_show_refusal(ctx,
                                               NGX_HTTP_ORDERSAVE_EXPIRED);
    }

    if (!ctx->who.json) {
        return ngx_http_ordersave_send_redirect(ctx->request,
                                                os_json_str(terms, "url"));
    }

    answer = json_pack("{s:s, s:s%, s:O?}", "ordersave", "information",
                       "offer", ctx->choice.offer.data, ctx->choice.offer.len,
                       "url", json_object_get(terms, "url"));
    rc = ngx_http_ordersave_send_json(ctx->request, NGX_HTTP_OK, answer);
    json_decref(answer);
    return rc;
}


/*
 * An accept: the customer's limit is reserved in the customer's shard, then
 * one script in the order's shard decides, takes from stock and tells the
 * worker. Both can be repeated without harm.
 */
ngx_int_t
ngx_http_ordersave_accept(ngx_http_ordersave_ctx_t *ctx)
{
    json_t    *terms;
    os_str_t   offer = ngx_http_ordersave_os(ctx->choice.offer);

    terms = offer.len
            ? json_object_getn(json_object_get(ctx->choice.token, "f"),
                               offer.data, offer.len)
            : NULL;

    if (terms == NULL || !ctx->who.owner) {
        return ngx_http_ordersave_accept_late(ctx);
    }

    if (os_str_equal(os_json_str(terms, "kind"), OS_STR("information"))) {
        return ngx_http_ordersave_accept_link(ctx, terms);
    }

    ctx->wait.until = ngx_current_msec + NGX_HTTP_ORDERSAVE_ACCEPT;
    return ngx_http_ordersave_order_fetch(ctx, NGX_HTTP_ORDERSAVE_ACCEPT, 0,
                                          ngx_http_ordersave_accept_reserve);
}


/* No reply: it may have been recorded or not. The same button asks again. */
static ngx_int_t
ngx_http_ordersave_accept_unknown(ngx_http_ordersave_ctx_t *ctx)
{
    json_t     *answer;
    ngx_int_t   rc;

    if (ctx->who.json) {
        answer = json_pack("{s:s}", "ordersave", "unknown");
        ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_UNKNOWN_YET);
        rc = ngx_http_ordersave_send_json(ctx->request,
                                          NGX_HTTP_SERVICE_UNAVAILABLE,
                                          answer);
        json_decref(answer);
        return rc;
    }

    /* nothing of the order is known here but what the token says */

    if (ctx->known.order == NULL) {
        ctx->who.owner = 0;
    }

    return ngx_http_ordersave_show(ctx, NGX_HTTP_ORDERSAVE_UNKNOWN_YET);
}


static ngx_int_t
ngx_http_ordersave_accept_reserve(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t            *terms;
    const os_offer_t  *offer;

    if (ngx_http_ordersave_order_read(ctx, reply) != NGX_OK
        || ctx->known.order == NULL)
    {
        return ngx_http_ordersave_accept_unknown(ctx);
    }

    if (!ngx_http_ordersave_order_token_fits(ctx)) {
        ctx->who.owner = 0;
        return ngx_http_ordersave_show_refusal(ctx,
                                               NGX_HTTP_ORDERSAVE_EXPIRED);
    }

    /* what was accepted before may be known to this master alone */

    if (ctx->known.decision) {
        return os_str_equal(os_json_str(ctx->known.decision, "state"),
                            OS_STR("accepted"))
               ? ngx_http_ordersave_decision_store(ctx)
               : ngx_http_ordersave_accept_done(ctx);
    }

    if (!os_str_equal(ctx->known.order->state, OS_STR("open"))) {
        return ngx_http_ordersave_accept_refuse(ctx, NGX_HTTP_ORDERSAVE_GONE,
                                            NGX_HTTP_ORDERSAVE_WHY_GONE);
    }

    offer = os_campaign_offer(ctx->conf->campaign->campaign,
                              ngx_http_ordersave_os(ctx->choice.offer));
    terms = json_object_getn(json_object_get(ctx->choice.token, "f"),
                             (char *) ctx->choice.offer.data,
                             ctx->choice.offer.len);

    if (!os_rules_terms_hold(terms, ngx_time())) {
        return ngx_http_ordersave_accept_refuse(ctx,
                   NGX_HTTP_ORDERSAVE_EXPIRED, NGX_HTTP_ORDERSAVE_WHY_SPENT);
    }

    if (offer == NULL || ctx->known.order->customer.len == 0
        || (offer->per_customer == 0 && offer->cooldown == 0))
    {
        return ngx_http_ordersave_decision_store(ctx);
    }

    ctx->choice.reserved = 1;

    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_limit_reserve(ctx, offer->id,
                                                offer->per_customer,
                                                offer->cooldown),
               1, ngx_http_ordersave_time_left(ctx),
               ngx_http_ordersave_accept_reserved);
}


/*
 * Another tab was first: what was reserved for this one goes back, or becomes
 * what was accepted there. So it does when it is known that nothing was
 * decided. Where no answer came it may belong to a decision: then the worker
 * gives it back, when the order ends without one (os_reduce_unreserve()).
 */
static void
ngx_http_ordersave_accept_unreserve(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t       offer, taken;
    os_command_t  *cmd;

    offer = ngx_http_ordersave_os(ctx->choice.offer);
    taken = OS_NULL;

    if (os_str_equal(os_json_str(ctx->known.decision, "state"),
                     OS_STR("accepted")))
    {
        taken = os_json_str(ctx->known.decision, "offer");
    }

    if (!ctx->choice.reserved || os_str_equal(taken, offer)) {
        return;
    }

    if (taken.len) {
        cmd = ngx_http_ordersave_limit_reserve(ctx, taken, 0, 0);

    } else {
        cmd = ngx_http_ordersave_limit_command(ctx, &os_script_release, 2);

        if (cmd) {
            os_command_add(cmd, offer);
        }
    }

    ctx->choice.reserved = 0;
    ngx_http_ordersave_redis_tell(cmd);
}


static ngx_int_t
ngx_http_ordersave_accept_reserved(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
        return ngx_http_ordersave_accept_unknown(ctx);
    }

    if (reply->integer == 0) {

        /* taken on another order since this page was shown */

        return ngx_http_ordersave_accept_refuse(ctx,
                   NGX_HTTP_ORDERSAVE_EXPIRED, NGX_HTTP_ORDERSAVE_WHY_SPENT);
    }

    return ngx_http_ordersave_decision_store(ctx);
}


/* The decision as it will be stored, but for the coupon's code. */
static json_t *
ngx_http_ordersave_decision_make(ngx_http_ordersave_ctx_t *ctx)
{
    json_t      *decision, *terms;
    os_str_t     offer = ngx_http_ordersave_os(ctx->choice.offer);
    ngx_time_t  *now = ngx_timeofday();

    terms = json_object_getn(json_object_get(ctx->choice.token, "f"),
                             offer.data, offer.len);
    decision = json_object();

    os_json_set_str(decision, "state", OS_STR("accepted"));
    os_json_set_str(decision, "offer", offer);
    os_json_set_str(decision, "kind", os_json_str(terms, "kind"));
    (void) json_object_set(decision, "terms", terms);
    os_json_set_int(decision, "at_ms", (int64_t) now->sec * 1000 + now->msec);
    os_json_set_str(decision, "nonce", os_json_str(ctx->choice.token, "n"));
    os_json_set_int(decision, "rev", os_json_int(ctx->choice.token, "r", 0));
    os_json_set_str(decision, "locale", ctx->who.locale);
    os_json_set_str(decision, "applied", OS_STR("pending"));

    if (ctx->choice.reason.len) {
        os_json_set_str(decision, "reason",
                        ngx_http_ordersave_os(ctx->choice.reason));
    }

    if (ctx->choice.comment.len) {
        os_json_set_str(decision, "comment",
                        ngx_http_ordersave_os(ctx->choice.comment));
    }

    if (json_object_size(ctx->choice.said)) {
        (void) json_object_set(decision, "said", ctx->choice.said);
    }

    return decision;
}


/*
 * The script that turns undecided into ctx->choice.taken; `terms` (NULL for a
 * decline) say what is taken from stock with it. NULL without memory.
 */
static os_command_t *
ngx_http_ordersave_decision_command(ngx_http_ordersave_ctx_t *ctx,
    const char *kind, const json_t *terms)
{
    os_decide_t    decide;
    json_t        *event;
    os_command_t  *cmd;

    decide = (os_decide_t) {
        .store = ngx_http_ordersave_os(ctx->conf->store),
        .id = ngx_http_ordersave_os(ctx->who.order_id),
        .taken = ctx->choice.taken, .terms = terms,
        .offer = ngx_http_ordersave_os(ctx->choice.offer),
        .keep = os_campaign_duration(ctx->conf->campaign->campaign, "/keep",
                                     NGX_HTTP_ORDERSAVE_KEEP)
    };
    event = ngx_http_ordersave_event(decide.store, decide.id, kind);
    decide.event = event;
    cmd = os_script_decide_command(&ngx_http_ordersave_main()->server->space,
                                   &decide);
    json_decref(event);

    return cmd;
}


static ngx_int_t
ngx_http_ordersave_decision_store(ngx_http_ordersave_ctx_t *ctx)
{
    json_t        *terms;
    os_str_t       offer = ngx_http_ordersave_os(ctx->choice.offer);
    os_command_t  *cmd;

    terms = json_object_getn(json_object_get(ctx->choice.token, "f"),
                             offer.data, offer.len);
    ctx->choice.taken = ngx_http_ordersave_decision_make(ctx);
    cmd = ngx_http_ordersave_decision_command(ctx, "accepted", terms);

    if (cmd == NULL) {
        ngx_http_ordersave_accept_unreserve(ctx);
        return ngx_http_ordersave_accept_unknown(ctx);
    }

    cmd->confirm = 1;

    return ngx_http_ordersave_ask(ctx, cmd, 1,
                                  ngx_http_ordersave_time_left(ctx),
                                  ngx_http_ordersave_decision_stored);
}


void
ngx_http_ordersave_decline(ngx_http_ordersave_ctx_t *ctx, ngx_uint_t hosted)
{
    ngx_time_t  *now = ngx_timeofday();

    ctx->choice.taken = json_pack("{s:s, s:I}", "state", "declined", "at_ms",
                                  (json_int_t) now->sec * 1000 + now->msec);

    if (ctx->choice.reason.len) {
        os_json_set_str(ctx->choice.taken, "reason",
                        ngx_http_ordersave_os(ctx->choice.reason));
    }

    if (hosted) {
        (void) json_object_set_new(ctx->choice.taken, "hosted", json_true());
    }

    ngx_http_ordersave_redis_tell(
        ngx_http_ordersave_decision_command(ctx, "declined", NULL));
}


static ngx_int_t
ngx_http_ordersave_decision_stored(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {

        /* the script has failed, before it wrote anything */

        ngx_http_ordersave_accept_unreserve(ctx);
        return ngx_http_ordersave_accept_unknown(ctx);
    }

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements < 2)
    {
        return ngx_http_ordersave_accept_unknown(ctx);
    }

    if (reply->elements > 2 && reply->element[2]->type == REDIS_REPLY_STRING) {
        ctx->choice.event = ngx_http_ordersave_copy(ctx->request,
                                (os_str_t) { reply->element[2]->len,
                                             reply->element[2]->str });
    }

    json_decref(ctx->known.decision);
    ctx->known.decision = ngx_http_ordersave_reply_json(reply->element[1]);
    ngx_http_ordersave_accept_unreserve(ctx);

    return ngx_http_ordersave_accept_done(ctx);
}


/* Is it this accept that was decided, with all that was typed? */
static ngx_uint_t
ngx_http_ordersave_accept_is_heard(ngx_http_ordersave_ctx_t *ctx)
{
    json_t  *decision = ctx->known.decision, *said;

    said = json_object_get(decision, "said");

    return os_str_equal(os_json_str(decision, "nonce"),
                        os_json_str(ctx->choice.token, "n"))
           && os_str_equal(os_json_str(decision, "comment"),
                           ngx_http_ordersave_os(ctx->choice.comment))
           && (json_object_size(ctx->choice.said) == 0
               || json_equal(said, ctx->choice.said));
}


/*
 * It is decided, now or before. An unpaid order goes on to where it is paid,
 * once the store has the offer; else to the kept page.
 */
static ngx_int_t
ngx_http_ordersave_accept_done(ngx_http_ordersave_ctx_t *ctx)
{
    const os_order_t  *order;

    if (!ngx_http_ordersave_accept_is_heard(ctx)) {
        ngx_http_ordersave_said_unheard(ctx, ctx->choice.token,
                                        NGX_HTTP_ORDERSAVE_WHY_DECIDED);
    }

    if (!os_str_equal(os_json_str(ctx->known.decision, "state"),
                      OS_STR("accepted")))
    {
        return ngx_http_ordersave_kept_state(ctx);
    }

    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_ACCEPTED);

    if (ctx->who.json) {
        return ngx_http_ordersave_kept_show(ctx);
    }

    order = ctx->known.order ? ctx->known.order : &os_order_none;

    if (order->pay_url.len && ctx->hosted.eyes == OS_EYES_OWNER
        && os_str_equal(order->payment, OS_STR("unpaid"))
        && os_str_equal(os_json_str(ctx->known.decision, "kind"),
                        OS_STR("grant"))
        && os_view_own_url(ctx->conf->campaign->campaign, order->pay_url))
    {
        ctx->choice.take_up = ngx_current_msec + NGX_HTTP_ORDERSAVE_TAKE_UP;
        ctx->wait.until = ngx_current_msec + NGX_HTTP_ORDERSAVE_APPLY;
        return ngx_http_ordersave_accept_poll(ctx, NULL);
    }

    return ngx_http_ordersave_kept_redirect(ctx);
}


/* Is a worker at it? Its event is gone from the stream then. */
static ngx_int_t
ngx_http_ordersave_accept_looked(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements > 0)
    {
        return ngx_http_ordersave_kept_redirect(ctx);
    }

    ctx->choice.event.len = 0;
    ctx->choice.take_up = ctx->wait.until;
    return ngx_http_ordersave_accept_poll(ctx, NULL);
}


/*
 * The time in which a worker takes an event up is over. Where the decision was
 * made before, nobody knows what became of its event: who presses the button
 * again is not kept waiting.
 */
static ngx_int_t
ngx_http_ordersave_accept_look(ngx_http_ordersave_ctx_t *ctx)
{
    char           room[128];
    os_str_t       store, id, entry;
    os_buf_t       key = os_buf_on(room, sizeof(room));
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    entry = ngx_http_ordersave_os(ctx->choice.event);
    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->who.order_id);
    cmd = entry.len ? os_command_new(os_space_shard(space, store, id, OS_NULL),
                                     NULL, NULL)
                    : NULL;

    if (cmd == NULL) {
        return ngx_http_ordersave_kept_redirect(ctx);
    }

    os_space_key(space, cmd->shard, "ev", OS_NULL, OS_NULL, OS_NULL, &key);
    os_command_words(cmd, 4);
    os_command_add(cmd, OS_STR("XRANGE"));
    os_command_add(cmd, os_buf_view(&key));
    os_command_add(cmd, entry);
    os_command_add(cmd, entry);
    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);

    return ngx_http_ordersave_ask(ctx, cmd, 0, NGX_HTTP_ORDERSAVE_APPLY_POLL,
                                  ngx_http_ordersave_accept_looked);
}


static ngx_int_t
ngx_http_ordersave_accept_poll(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_str_t           applied;
    os_command_t      *cmd;
    const os_order_t  *order;

    applied = os_json_str(ctx->known.decision, "applied");

    if (os_str_equal(applied, OS_STR("done"))) {
        order = ctx->known.order ? ctx->known.order : &os_order_none;
        return ngx_http_ordersave_send_redirect(ctx->request, order->pay_url);
    }

    if (!os_str_equal(applied, OS_STR("pending"))
        || (ngx_msec_int_t) (ctx->wait.until - ngx_current_msec) <= 0)
    {
        return ngx_http_ordersave_kept_redirect(ctx);
    }

    if ((ngx_msec_int_t) (ctx->choice.take_up - ngx_current_msec) <= 0) {
        return ngx_http_ordersave_accept_look(ctx);
    }

    cmd = ngx_http_ordersave_redis_get(ctx->conf, "d",
                                       ngx_http_ordersave_os(ctx->who.order_id),
                                       OS_NULL);

    return ngx_http_ordersave_ask(ctx, cmd, 0,
                                  ngx_http_ordersave_time_left(ctx),
                                  ngx_http_ordersave_accept_polled);
}


static ngx_int_t
ngx_http_ordersave_accept_polled(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t  *decision;

    decision = reply ? ngx_http_ordersave_reply_json(reply) : NULL;

    if (decision) {
        json_decref(ctx->known.decision);
        ctx->known.decision = decision;
    }

    /* a step of waiting, then the question again */

    return os_str_equal(os_json_str(ctx->known.decision, "applied"),
                        OS_STR("pending"))
           ? ngx_http_ordersave_sleep(ctx, NGX_HTTP_ORDERSAVE_APPLY_POLL,
                                      ngx_http_ordersave_accept_poll)
           : ngx_http_ordersave_accept_poll(ctx, NULL);
}

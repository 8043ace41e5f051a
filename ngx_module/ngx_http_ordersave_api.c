
/*
 * Pages and calls of our own, under ordersave_api: what links in messages open
 * (a score, a reason), and the decision of a headless storefront. A GET only
 * shows; a POST commits.
 */


#include "ngx_http_ordersave.h"
#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_API_BODY  65536


static ngx_int_t ngx_http_ordersave_api_route(ngx_http_ordersave_ctx_t *ctx);
static void ngx_http_ordersave_api_body(ngx_http_request_t *r);


ngx_int_t
ngx_http_ordersave_api_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_int_t                  rc;
    ngx_http_ordersave_ctx_t  *ctx;

    ctx = ngx_http_ordersave_get_ctx(r);

    if (ctx == NULL) {
        ctx = ngx_http_ordersave_make_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ctx->conf = conf;

        if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
            return NGX_HTTP_NOT_ALLOWED;
        }

        if (r->method == NGX_HTTP_POST) {
            ctx->post = 1;
            rc = ngx_http_ordersave_read_body(r, ngx_http_ordersave_api_body);

            if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
                ctx->finished = 1;
            }

            return rc;
        }

        rc = ngx_http_ordersave_api_route(ctx);

    } else if (ctx->finished) {
        return NGX_HTTP_NOT_FOUND;

    } else {
        rc = ngx_http_ordersave_again(ctx, ngx_http_ordersave_api_route);
    }

    if (rc == NGX_DECLINED) {
        rc = NGX_HTTP_NOT_FOUND;
    }

    return ngx_http_ordersave_cancel_answer(ctx, rc);
}


static void
ngx_http_ordersave_api_body(ngx_http_request_t *r)
{
    size_t                     max = NGX_HTTP_ORDERSAVE_API_BODY;
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    /* one with a photo that is too large is read, to keep what was written */

    if (ctx->conf->photos.len) {
        max += 4 * ctx->conf->photo_max;
    }

    ctx->body_read = 1;
    ctx->body_large = ngx_http_ordersave_body_bytes(r, max, &ctx->body)
                      == NGX_DECLINED;

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/* A page for a link that is old, forged, or of another shop. */
ngx_int_t
ngx_http_ordersave_api_expired(ngx_http_ordersave_ctx_t *ctx)
{
    json_t     *view = json_object();
    ngx_int_t   rc;

    (void) json_object_set_new(view, "link", json_true());
    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_EXPIRED);
    rc = ngx_http_ordersave_send_page(ctx->request, ctx->conf->campaign,
                                      "expired", ctx->locale,
                                      NGX_HTTP_FORBIDDEN, view);
    json_decref(view);
    return rc;
}


static void
ngx_http_ordersave_api_form(ngx_http_ordersave_ctx_t *ctx, json_t *view,
    os_str_t token)
{
    json_t  *form = json_object();

    os_json_set_str(form, "action", ngx_http_ordersave_os(ctx->path));
    os_json_set_str(form, "token", token);
    (void) json_object_set_new(form, "fields", json_array());
    (void) json_object_set_new(view, "form", form);
}


/* After the cancel an offer is a way back to the shop, never to the order. */
static void
ngx_http_ordersave_api_next(ngx_http_ordersave_ctx_t *ctx, json_t *view)
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

    if (os_str_equal(os_json_str(ctx->token, "a"), OS_STR("holdout"))) {
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
ngx_http_ordersave_api_match(ngx_http_ordersave_ctx_t *ctx,
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
            terms = os_rules_terms(campaign, offer, NULL);
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
ngx_http_ordersave_api_answer(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose)
{
    size_t                i;
    json_t               *event;
    ngx_uint_t            good = 0;
    os_buf_t              text = { 0 };
    os_str_t              form = os_buf_view(&ctx->body);
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    event = ngx_http_ordersave_event(ngx_http_ordersave_os(ctx->conf->store),
                                     os_json_str(ctx->token, "o"),
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

    os_json_set_str(event, "locale", ctx->locale);
    os_buf_free(&text);

    if (!good) {
        json_decref(event);
        return NULL;
    }

    return event;
}


/* A score page's five choices; the one that the mail's link names is set. */
static json_t *
ngx_http_ordersave_api_scores(ngx_http_ordersave_ctx_t *ctx)
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


static ngx_int_t
ngx_http_ordersave_api_link(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token)
{
    json_t      *view, *event, *nothing;
    os_str_t     store;
    ngx_int_t    rc;
    os_speak_t   speak;
    const char  *page = purpose;

    store = ngx_http_ordersave_os(ctx->conf->store);
    ctx->token = os_token_verify(ctx->conf->keys, token, purpose, ngx_time(),
                                 NULL);

    ctx->locale = os_campaign_locale(ctx->conf->campaign->campaign,
                      os_json_str(ctx->token, "l"), OS_NULL,
                      ngx_http_ordersave_os(ngx_http_ordersave_header(
                                       ctx->request, "Accept-Language")),
                      OS_NULL);

    if (ctx->token == NULL
        || !os_str_equal(os_json_str(ctx->token, "s"), store))
    {
        return ngx_http_ordersave_api_expired(ctx);
    }

    view = json_object();
    speak = ngx_http_ordersave_speak(ctx->conf->campaign, ctx->locale);

    if (ctx->post) {
        event = ngx_http_ordersave_api_answer(ctx, purpose);

        if (event) {
            page = "thanks";
            (void) json_object_set_new(view, purpose, json_true());
            ngx_http_ordersave_api_match(ctx, &speak,
                                         os_json_str(event, "reason"), view);
            ngx_http_ordersave_api_next(ctx, view);
            ngx_http_ordersave_record(store, os_json_str(ctx->token, "o"),
                                      event, NULL, NULL);

        } else {
            (void) json_object_set_new(view, "incomplete", json_true());
        }
    }

    ngx_http_ordersave_api_form(ctx, view, token);
    (void) json_object_set_new(view, "scores",
                               ngx_http_ordersave_api_scores(ctx));
    nothing = json_object();
    (void) json_object_set_new(view, "reasons",
                               os_view_reasons(&speak, nothing, NULL,
                                               OS_NULL));
    json_decref(nothing);

    rc = ngx_http_ordersave_send_page(ctx->request, ctx->conf->campaign, page,
                                      ctx->locale,
                                      json_object_get(view, "incomplete")
                                      ? NGX_HTTP_BAD_REQUEST : NGX_HTTP_OK,
                                      view);
    json_decref(view);
    return rc;
}


static ngx_int_t
ngx_http_ordersave_api_refuse(ngx_http_ordersave_ctx_t *ctx,
    const char *why)
{
    json_t     *answer;
    ngx_int_t   rc;

    answer = json_pack("{s:s, s:s}", "ordersave", "refused", "why", why);
    rc = ngx_http_ordersave_send_json(ctx->request, NGX_HTTP_BAD_REQUEST,
                                      answer);
    json_decref(answer);
    return rc;
}


/* {"token", "do": "accept:OFFER", "reason"} */
static ngx_int_t
ngx_http_ordersave_api_decide(ngx_http_ordersave_ctx_t *ctx)
{
    json_t              *asked;
    os_str_t             what, text;
    ngx_http_request_t  *r = ctx->request;

    if (!ctx->post) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    asked = json_loadb(ctx->body.data ? ctx->body.data : "", ctx->body.len, 0,
                       NULL);
    if (!json_is_object(asked)) {
        json_decref(asked);
        return ngx_http_ordersave_api_refuse(ctx, "expected a JSON object");
    }

    ctx->json = 1;
    ctx->token = os_token_verify(ctx->conf->keys, os_json_str(asked, "token"),
                                 "offer", ngx_time(), NULL);
    what = os_json_str(asked, "do");

    if (ctx->token == NULL
        || !os_str_equal(os_json_str(ctx->token, "s"),
                         ngx_http_ordersave_os(ctx->conf->store))
        || !os_str_starts(what, OS_STR("accept:")))
    {
        json_decref(asked);
        return ngx_http_ordersave_api_refuse(ctx, "expected a valid token and "
                                             "\"do\": \"accept:OFFER\"");
    }

    what.data += sizeof("accept:") - 1;
    what.len -= sizeof("accept:") - 1;

    /* the JSON goes away before the answer comes: keep what is needed */

    text = os_json_str(ctx->token, "o");
    ctx->order_id.data = ngx_pnalloc(r->pool, text.len + what.len + 1);
    if (ctx->order_id.data == NULL) {
        json_decref(asked);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->order_id.len = text.len;
    ngx_memcpy(ctx->order_id.data, text.data, text.len);
    ctx->offer.data = ctx->order_id.data + text.len;
    ctx->offer.len = what.len;
    ngx_memcpy(ctx->offer.data, what.data, what.len);

    text = os_json_str(asked, "reason");

    for (size_t i = 0; i < ctx->conf->campaign->campaign->nreasons; i++) {
        if (os_str_equal(ctx->conf->campaign->campaign->reasons[i], text)) {
            text = ctx->conf->campaign->campaign->reasons[i];
            ctx->reason.data = (u_char *) text.data;
            ctx->reason.len = text.len;
        }
    }

    ctx->owner = os_json_str(ctx->token, "h").len > 0;
    json_decref(asked);

    if (!ctx->owner) {
        return ngx_http_ordersave_api_refuse(ctx, "this token grants nothing");
    }

    return ngx_http_ordersave_accept(ctx, ngx_http_ordersave_os(ctx->offer));
}


static void
ngx_http_ordersave_api_blot(ngx_str_t where, os_str_t secret)
{
    u_char  *p;

    while (where.len >= secret.len) {
        p = memmem(where.data, where.len, secret.data, secret.len);

        if (p == NULL) {
            return;
        }

        ngx_memset(p, '*', secret.len);
        where.len -= p + secret.len - where.data;
        where.data = p + secret.len;
    }
}


/*
 * What an address holds after its second slash is a secret, of who may see an
 * order: logs get stars. The address itself is kept for the page.
 */
static void
ngx_http_ordersave_api_hide(ngx_http_ordersave_ctx_t *ctx, os_str_t base)
{
    char                *slash;
    os_str_t             secret;
    ngx_http_request_t  *r = ctx->request;

    ctx->path = ngx_http_ordersave_copy(r, ngx_http_ordersave_os(r->uri));

    if (ctx->path.len <= base.len) {
        return;
    }

    secret.data = (char *) ctx->path.data + base.len;
    secret.len = ctx->path.len - base.len;
    slash = memchr(secret.data, '/', secret.len);

    if (slash) {
        secret.len -= slash + 1 - secret.data;
        secret.data = slash + 1;

    } else if (os_str_equal(base, ctx->conf->campaign->campaign->api_path)) {
        return;                         /* a page without a secret */
    }

    if (secret.len < 8) {
        return;
    }

    ngx_http_ordersave_api_blot(r->request_line, secret);
    ngx_http_ordersave_api_blot(r->unparsed_uri, secret);
    ngx_http_ordersave_api_blot(r->uri, secret);
}


static ngx_int_t
ngx_http_ordersave_api_route(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t              path, base;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    base = os_panel_short_path(campaign);

    if (os_str_starts(ngx_http_ordersave_os(ctx->request->uri), base)) {
        ngx_http_ordersave_api_hide(ctx, base);

        return ngx_http_ordersave_visit_short(ctx, (os_str_t) {
                   ctx->path.len - base.len,
                   (char *) ctx->path.data + base.len });
    }

    base = campaign->api_path;

    if (!os_str_starts(ngx_http_ordersave_os(ctx->request->uri), base)) {
        return NGX_DECLINED;
    }

    ngx_http_ordersave_api_hide(ctx, base);
    path.data = (char *) ctx->path.data + base.len;
    path.len = ctx->path.len - base.len;

    if (os_str_equal(path, OS_STR("decide"))) {
        return ngx_http_ordersave_api_decide(ctx);
    }

    if (os_str_starts(path, OS_STR("score/"))) {
        return ngx_http_ordersave_api_link(ctx, "score",
                   (os_str_t) { path.len - 6, path.data + 6 });
    }

    if (os_str_starts(path, OS_STR("reason/"))) {
        return ngx_http_ordersave_api_link(ctx, "reason",
                   (os_str_t) { path.len - 7, path.data + 7 });
    }

    if (os_str_starts(path, OS_STR("kept/"))) {
        return ngx_http_ordersave_kept_visit(ctx,
                   (os_str_t) { path.len - 5, path.data + 5 });
    }

    return ngx_http_ordersave_visit(ctx, path);
}

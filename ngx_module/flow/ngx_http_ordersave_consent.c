
/*
 * A buyer agrees, and takes it back. See ngx_http_ordersave_consent.h.
 *
 * What is said is an event: it is safe, in Redis or on the disk, before the
 * page answers. What became of it says the record: a worker is quick, and the
 * page looks a few times. Where it sees nothing, as while Redis is away, it
 * says what is certain: that it was said.
 */


#include "ngx_module/flow/ngx_http_ordersave_consent.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_safe.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/flow/ngx_http_ordersave_visit.h"
#include "core/view/os_view_consent.h"


#define NGX_HTTP_ORDERSAVE_LOOKS      8     /* for what a worker made of it */
#define NGX_HTTP_ORDERSAVE_PAGE_NAME  200   /* characters of a proof's page */


typedef enum {
    NGX_HTTP_ORDERSAVE_CONSENT_SHOW = 0,
    NGX_HTTP_ORDERSAVE_CONSENT_ASK,
    NGX_HTTP_ORDERSAVE_CONSENT_ANSWER,
    NGX_HTTP_ORDERSAVE_CONSENT_LEAVE
} ngx_http_ordersave_consent_e;


struct ngx_http_ordersave_consent_s {
    const char                    *to;      /* OS_CONSENT_SMS, … */
    ngx_http_ordersave_consent_e   did;
    ngx_str_t                      event;   /* its id; "": nothing was said */
    ngx_str_t                      nonce;   /* what is answered */
    ngx_uint_t                     looks;
    unsigned                       link:1;  /* it is that of a mail */
    unsigned                       blind:1; /* Redis is away */
};


static ngx_int_t ngx_http_ordersave_consent_look(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


static ngx_uint_t
ngx_http_ordersave_consent_texts(ngx_http_ordersave_consent_t *c)
{
    return ngx_strcmp(c->to, OS_CONSENT_SMS) == 0;
}


/* A field of the form, appended; nothing where it is no text. */
static void
ngx_http_ordersave_consent_field(ngx_http_ordersave_ctx_t *ctx,
    const char *name, os_buf_t *out)
{
    size_t  before = out->len;

    (void) os_form_find(os_buf_view(&ctx->form.body), os_str(name), out);

    if (!os_utf8_valid(os_buf_view(out))) {
        out->len = before;
    }
}


static ngx_uint_t
ngx_http_ordersave_consent_has(ngx_http_ordersave_ctx_t *ctx,
    const char *name, const char *value)
{
    os_buf_t    text = { 0 };
    ngx_uint_t  has;

    ngx_http_ordersave_consent_field(ctx, name, &text);
    has = os_str_equal(os_buf_view(&text), os_str(value));
    os_buf_free(&text);

    return has;
}


/* Back to the order, for who came from it. */
static void
ngx_http_ordersave_consent_back(ngx_http_ordersave_ctx_t *ctx,
    os_speak_t *speak, json_t *view)
{
    json_t    *order;
    os_str_t   number = os_json_str(ctx->known.record, "number");
    os_buf_t   url = { 0 };

    if (ctx->known.record == NULL) {
        return;
    }

    order = json_object();
    os_json_set_str(order, "number", number.len
                    ? number : os_json_str(ctx->known.record, "id"));
    (void) json_object_set_new(view, "order", order);

    os_buf_str(&url, speak->campaign->api_path);
    os_buf_text(&url, "track/");
    os_panel_token(speak, ctx->conf->keys, "track", ctx->known.record,
                   ctx->hosted.eyes == OS_EYES_OWNER ? OS_EYES_OWNER
                                                     : OS_EYES_LINK,
                   NGX_HTTP_ORDERSAVE_FOUND_FOR, &url);
    os_json_set_str(view, "track_url", os_buf_view(&url));
    os_buf_free(&url);
}


/* `more` is what else the page says, or NULL. */
static ngx_int_t
ngx_http_ordersave_consent_page(ngx_http_ordersave_ctx_t *ctx,
    const char *more, ngx_uint_t status)
{
    json_t                        *view;
    os_speak_t                     speak;
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    view = os_view_consent_page(&speak, ctx->known.record, c->to);

    if (more) {
        (void) json_object_set_new(view, more, json_true());
    }

    /* what a link confirms cannot be asked for there */

    if (c->link) {
        (void) json_object_del(view, "ask");
    }

    ngx_http_ordersave_consent_back(ctx, &speak, view);

    return ngx_http_ordersave_hosted_page(ctx, "consent", status, view);
}


/* Nobody has looked at it yet: what is certain. */
static ngx_int_t
ngx_http_ordersave_consent_said(ngx_http_ordersave_ctx_t *ctx)
{
    json_t                        *view = json_object();
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;
    ngx_uint_t                     texts = ngx_http_ordersave_consent_texts(c);

    (void) json_object_set_new(view, texts ? "texts" : "news", json_true());

    if (c->did == NGX_HTTP_ORDERSAVE_CONSENT_LEAVE) {
        (void) json_object_set_new(view, "off", json_true());

    } else if (!texts) {
        (void) json_object_set_new(view, c->link ? "on" : "mailed",
                                   json_true());

    } else {
        (void) json_object_set_new(view, "code", json_true());
        os_json_set_str(view, "nonce",
                        ngx_http_ordersave_os(c->did
                            == NGX_HTTP_ORDERSAVE_CONSENT_ASK ? c->event
                                                              : c->nonce));

        if (c->did == NGX_HTTP_ORDERSAVE_CONSENT_ANSWER) {
            (void) json_object_set_new(view, "checking", json_true());
        }
    }

    return ngx_http_ordersave_hosted_page(ctx, "consent", NGX_HTTP_OK, view);
}


/* The record, once more: has a worker made something of it? */
static ngx_int_t
ngx_http_ordersave_consent_looked(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t                        *record;
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    record = reply && reply->type == REDIS_REPLY_STRING
             ? ngx_http_ordersave_reply_json(reply) : NULL;

    if (record) {
        json_decref(ctx->known.record);
        ctx->known.record = record;
    }

    if (os_str_equal(os_json_str(os_consent_of(record, c->to), "by"),
                     ngx_http_ordersave_os(c->event)))
    {
        return ngx_http_ordersave_consent_page(ctx, NULL, NGX_HTTP_OK);
    }

    if (record == NULL || ++c->looks == NGX_HTTP_ORDERSAVE_LOOKS) {
        return ngx_http_ordersave_consent_said(ctx);
    }

    return ngx_http_ordersave_sleep(ctx, NGX_HTTP_ORDERSAVE_SETTLE,
                                    ngx_http_ordersave_consent_look);
}


static ngx_int_t
ngx_http_ordersave_consent_look(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_redis_get(ctx->conf, "o",
                   os_json_str(ctx->choice.token, "o"), OS_NULL),
               0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
               ngx_http_ordersave_consent_looked);
}


/* Redis or the disk has it, or neither could. */
static ngx_int_t
ngx_http_ordersave_consent_told(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (ctx->hosted.safe != NGX_OK) {
        return ngx_http_ordersave_consent_page(ctx, "later",
                                               NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    return ctx->hosted.consent->blind
           ? ngx_http_ordersave_consent_said(ctx)
           : ngx_http_ordersave_sleep(ctx, NGX_HTTP_ORDERSAVE_SETTLE,
                                      ngx_http_ordersave_consent_look);
}


/* Where it was said: the page's own path, without what its query tells. */
static void
ngx_http_ordersave_consent_where(ngx_http_ordersave_ctx_t *ctx, json_t *event)
{
    os_str_t              from;
    os_buf_t              field = { 0 };
    const char           *query;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    from = ngx_http_ordersave_os(ngx_http_ordersave_header(ctx->request,
                                                           "Referer"));

    if (from.len && os_utf8_valid(from) && os_view_own_url(campaign, from)) {
        query = memchr(from.data, '?', from.len);
        from.len = query ? (size_t) (query - from.data) : from.len;

        if (memmem(from.data, from.len, campaign->api_path.data,
                   campaign->api_path.len) == NULL)
        {
            os_json_set_str(event, "page", os_form_front(from,
                                               NGX_HTTP_ORDERSAVE_PAGE_NAME));
            return;
        }
    }

    ngx_http_ordersave_consent_field(ctx, "ordersave_page", &field);
    os_json_set_str(event, "page", ctx->hosted.consent->link
                    ? OS_STR("confirm")
                    : os_form_front(os_buf_view(&field), 16));
    os_buf_free(&field);
}


/* Is what was typed the code of what was asked? */
static void
ngx_http_ordersave_consent_code(ngx_http_ordersave_ctx_t *ctx, json_t *event)
{
    os_buf_t                       code = { 0 };
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    ngx_http_ordersave_consent_field(ctx, "ordersave_code", &code);
    os_json_set_str(event, "nonce", ngx_http_ordersave_os(c->nonce));

    if (c->link
        || os_consent_code_is(ctx->conf->keys,
                              ngx_http_ordersave_os(ctx->conf->store),
                              os_json_str(ctx->choice.token, "o"),
                              ngx_http_ordersave_os(c->nonce),
                              os_buf_view(&code)))
    {
        (void) json_object_set_new(event, "right", json_true());
    }

    os_buf_free(&code);
}


static void
ngx_http_ordersave_consent_asked(ngx_http_ordersave_ctx_t *ctx, json_t *event)
{
    os_buf_t                       phone = { 0 };
    os_speak_t                     speak;
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    os_view_consent_wording(&speak, c->to, event);
    os_json_set_int(event, "revision", speak.campaign->revision);
    ngx_http_ordersave_event_visitor(ctx, event);

    if (ngx_http_ordersave_consent_texts(c)) {
        ngx_http_ordersave_consent_field(ctx, "ordersave_phone", &phone);

        if (phone.len) {
            os_json_set_str(event, "phone", os_buf_view(&phone));
        }

        os_buf_free(&phone);
    }
}


static ngx_int_t
ngx_http_ordersave_consent_record(ngx_http_ordersave_ctx_t *ctx)
{
    json_t                        *event;
    os_str_t                       id = os_json_str(ctx->choice.token, "o");
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    static const char *const  words[] = { "", "ask", "answer", "leave" };

    event = ngx_http_ordersave_event(ngx_http_ordersave_os(ctx->conf->store),
                                     id, "consent");
    if (event == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    c->event = ngx_http_ordersave_copy(ctx->request,
                                       os_json_str(event, "id"));
    os_json_set_str(event, "to", os_str(c->to));
    os_json_set_str(event, "did", os_str(words[c->did]));
    os_json_set_str(event, "via", OS_STR("page"));
    os_json_set_str(event, "locale", ctx->who.locale);
    (void) json_object_set(event, "links",
                           json_object_get(ctx->choice.token, "g"));
    ngx_http_ordersave_consent_where(ctx, event);

    if (c->did == NGX_HTTP_ORDERSAVE_CONSENT_ASK) {
        ngx_http_ordersave_consent_asked(ctx, event);

    } else if (c->did == NGX_HTTP_ORDERSAVE_CONSENT_ANSWER) {
        ngx_http_ordersave_consent_code(ctx, event);
    }

    return ngx_http_ordersave_safe(ctx, id, event,
                                   ngx_http_ordersave_consent_told);
}


/*
 * The box has to be ticked, and what is to be a number could be one. A shop's
 * own template of before there was a box has a button alone.
 */
static const char *
ngx_http_ordersave_consent_wrong(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t                       phone = { 0 };
    ngx_uint_t                     good;
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    if (c->did != NGX_HTTP_ORDERSAVE_CONSENT_ASK) {
        return NULL;
    }

    if (ngx_http_ordersave_consent_has(ctx, "ordersave_do", "ask")
        && !ngx_http_ordersave_consent_has(ctx, "ordersave_yes", "1"))
    {
        return "tick";
    }

    ngx_http_ordersave_consent_field(ctx, "ordersave_phone", &phone);
    good = phone.len == 0 || os_consent_number(os_buf_view(&phone));
    os_buf_free(&phone);

    return good ? NULL : "wrong_number";
}


static void
ngx_http_ordersave_consent_read(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t                       nonce = { 0 };
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    if (c->link) {
        os_buf_str(&nonce, os_json_str(ctx->choice.token, "r"));

    } else {
        ngx_http_ordersave_consent_field(ctx, "ordersave_nonce", &nonce);
    }

    c->nonce = ngx_http_ordersave_copy(ctx->request, os_buf_view(&nonce));
    os_buf_free(&nonce);

    c->did = !ctx->form.post ? NGX_HTTP_ORDERSAVE_CONSENT_SHOW
             : ngx_http_ordersave_consent_has(ctx, "ordersave_do", "leave")
               ? NGX_HTTP_ORDERSAVE_CONSENT_LEAVE
             : c->link
               || ngx_http_ordersave_consent_has(ctx, "ordersave_do", "code")
               ? NGX_HTTP_ORDERSAVE_CONSENT_ANSWER
               : NGX_HTTP_ORDERSAVE_CONSENT_ASK;
}


/* Does a link of a mail still lead to what it was sent for? */
static ngx_uint_t
ngx_http_ordersave_consent_stands(ngx_http_ordersave_ctx_t *ctx)
{
    const json_t                  *said;
    ngx_http_ordersave_consent_t  *c = ctx->hosted.consent;

    said = os_consent_of(ctx->known.record, c->to);

    return os_consent_is(said, "on")
           || os_str_equal(os_json_str(said, "nonce"),
                           ngx_http_ordersave_os(c->nonce));
}


static ngx_int_t
ngx_http_ordersave_consent_open(ngx_http_ordersave_ctx_t *ctx,
    ngx_uint_t blind)
{
    const char                    *wrong;
    os_str_t                       purpose;
    ngx_http_ordersave_consent_t  *c;

    c = ngx_pcalloc(ctx->request->pool, sizeof(ngx_http_ordersave_consent_t));
    if (c == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    purpose = os_json_str(ctx->choice.token, "p");
    c->to = os_str_equal(purpose, OS_STR("texts")) ? OS_CONSENT_SMS
                                                   : OS_CONSENT_EMAIL;
    c->link = os_str_equal(purpose, OS_STR("confirm"));
    c->blind = blind & 1;
    ctx->hosted.consent = c;
    ngx_http_ordersave_consent_read(ctx);
    wrong = ngx_http_ordersave_consent_wrong(ctx);

    if (wrong) {
        return ngx_http_ordersave_consent_page(ctx, wrong,
                                               NGX_HTTP_BAD_REQUEST);
    }

    if (c->did != NGX_HTTP_ORDERSAVE_CONSENT_SHOW) {
        return ngx_http_ordersave_consent_record(ctx);
    }

    if (c->link && !ngx_http_ordersave_consent_stands(ctx)) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    return ngx_http_ordersave_consent_page(ctx,
               c->link && !os_consent(ctx->known.record, c->to) ? "confirm"
                                                                : NULL,
               NGX_HTTP_OK);
}


static ngx_int_t
ngx_http_ordersave_consent_visit(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ctx->hosted.eyes == OS_EYES_STEPS
           ? ngx_http_ordersave_hosted_expired(ctx)
           : ngx_http_ordersave_consent_open(ctx, 0);
}


/* Redis is away: what is said is kept all the same, bound to its link. */
static ngx_int_t
ngx_http_ordersave_consent_blind(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (!ctx->form.post || json_object_get(ctx->choice.token, "g") == NULL
        || os_panel_eyes(ctx->choice.token) == OS_EYES_STEPS)
    {
        return ngx_http_ordersave_hosted_later(ctx);
    }

    ngx_http_ordersave_hosted_locale(ctx);
    ngx_http_ordersave_note(ctx, os_json_str(ctx->choice.token, "o"),
                            NGX_HTTP_ORDERSAVE_PAGE);

    return ngx_http_ordersave_consent_open(ctx, 1);
}


ngx_int_t
ngx_http_ordersave_consent(ngx_http_ordersave_ctx_t *ctx, os_str_t path)
{
    size_t    i;
    os_str_t  route;

    static const char *const  routes[][2] = {
        { "texts/", "texts" }, { "news/", "news" }, { "confirm/", "confirm" }
    };

    for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        route = os_str(routes[i][0]);

        if (os_str_starts(path, route)) {
            ctx->hosted.blind = ngx_http_ordersave_consent_blind;

            return ngx_http_ordersave_visit_open(ctx, routes[i][1],
                       (os_str_t) { path.len - route.len,
                                    path.data + route.len },
                       ngx_http_ordersave_consent_visit);
        }
    }

    return NGX_DECLINED;
}

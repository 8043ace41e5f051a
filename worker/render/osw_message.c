/*
 * osw_message: see osw_message.h.
 *
 * Locales and templates are read when they are first needed and kept: a
 * template is compiled once for each locale, part and store.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os_code.h"
#include "core/base/os_folders.h"
#include "core/base/os_hash.h"
#include "core/base/os_mail.h"
#include "core/campaign/os_input.h"
#include "core/order/os_reduced.h"
#include "core/text/os_sms.h"
#include "core/order/os_consent.h"
#include "core/order/os_elsewhere.h"
#include "core/order/os_packaging.h"
#include "core/order/os_return.h"
#include "core/order/os_stop.h"
#include "core/order/os_track.h"
#include "core/view/os_panel.h"
#include "core/view/os_view.h"
#include "core/view/os_view_return.h"
#include "core/view/os_view_stop.h"
#include "worker/render/osw_consent_view.h"
#include "worker/render/osw_sms_fit.h"
#include "worker/osw_address.h"
#include "worker/osw_law.h"
#include "worker/render/osw_message.h"
#include "worker/render/osw_parcel.h"
#include "worker/render/osw_withdraw_view.h"


#define OSW_LINK_LIFE    (30 * 86400)   /* s: score and reason links */
#define OSW_BOUNCE_LIFE  (60 * 86400)   /* s: longer than any queue */
#define OSW_PHOTO_LIFE       (30 * 86400)
#define OSW_ITEMS_MAX        40     /* of an order, in a message */
#define OSW_REVIEW_LIFE  (90 * 86400)
#define OSW_APPROVE_LIFE (14 * 86400)
#define OSW_LEAVE_LIFE   (730 * 86400)
#define OSW_SEGMENTS   2                /* that a message by SMS may take */
#define OSW_BRAND_SMS  16               /* characters, where it is too long */


typedef struct osw_text_s    osw_text_t;
typedef struct osw_tongue_s  osw_tongue_t;

/* One compiled template. */
struct osw_text_s {
    osw_text_t     *next;
    os_template_t  *template;           /* NULL: there is no such file */
    const char     *folders;            /* the campaign's */
    char            name[];             /* "fr/cancelled.txt" */
};

struct osw_tongue_s {
    osw_tongue_t   *next;
    os_locale_t    *locale;
    const char     *folders;            /* the campaign's */
    char            tag[];
};

typedef struct {
    osw_text_t     *texts;
    osw_tongue_t   *tongues;
} osw_messages_t;

/* What one message is worded from. */
typedef struct {
    osw_t            *w;
    osw_store_t      *store;
    const os_task_t  *task;
    const json_t     *order;
    const json_t     *decision;
    os_locale_t      *locale;
    os_speak_t        speak;
    const char       *template;
    json_t           *view;
    osw_message_t    *out;
} osw_wording_t;


static osw_messages_t *
osw_messages(osw_t *w)
{
    if (w->messages == NULL) {
        w->messages = calloc(1, sizeof(osw_messages_t));
    }

    return w->messages;
}


os_locale_t *
osw_message_locale(osw_t *w, const osw_store_t *store, os_str_t tag,
    os_error_t *err)
{
    os_locale_t     *locale;
    const char      *folders;
    osw_tongue_t    *t;
    osw_messages_t  *m;

    m = osw_messages(w);
    folders = store ? store->campaign->folders : w->config->share;

    for (t = m ? m->tongues : NULL; t != NULL; t = t->next) {
        if (t->folders == folders && os_str_equal(os_str(t->tag), tag)) {
            return t->locale;
        }
    }

    locale = os_locale_find(folders, tag, NULL, err);
    t = locale ? calloc(1, sizeof(osw_tongue_t) + tag.len + 1) : NULL;

    if (t == NULL || m == NULL) {
        os_locale_free(locale);
        free(t);
        return NULL;
    }

    memcpy(t->tag, tag.data, tag.len);
    t->locale = locale;
    t->folders = folders;
    t->next = m->tongues;
    m->tongues = t;

    return locale;
}


int
osw_message_file(const char *folders, os_str_t name, os_buf_t *path)
{
    int       rc;
    os_buf_t  file = { 0 };

    os_buf_printf(&file, "templates/%.*s.mustache", (int) name.len, name.data);
    rc = os_folders_find(folders, path, file.data);
    os_buf_free(&file);

    return rc;
}


int
osw_message_partial(void *data, os_str_t name, os_buf_t *source)
{
    int       rc;
    os_buf_t  path = { 0 };

    rc = osw_message_file(data, name, &path) == -1 ? OS_PARTIAL_ABSENT
         : os_file_read(path.data, source, NULL) == 0 ? OS_PARTIAL_FOUND
         : OS_PARTIAL_ERROR;
    os_buf_free(&path);

    return rc;
}


static int
osw_message_compile(const char *folders, os_locale_t *locale,
    const char *file, unsigned flags, os_template_t **out, os_error_t *err)
{
    int                  rc;
    os_buf_t             path = { 0 }, source = { 0 };
    os_locale_partial_t  partial;

    *out = NULL;

    if (osw_message_file(folders, os_str(file), &path) == -1) {
        os_buf_free(&path);
        return 0;
    }

    partial = (os_locale_partial_t) { .locale = locale, .flags = flags,
                                      .next = osw_message_partial,
                                      .data = (void *) folders };
    rc = os_file_read(path.data, &source, err);

    if (rc == 0) {
        *out = os_template_compile(os_buf_view(&source), path.data, flags,
                                   os_locale_partial, &partial, err);
        rc = *out ? 0 : -1;
    }

    os_buf_free(&source);
    os_buf_free(&path);

    return rc;
}


/* 0 with NULL when there is no such template, -1 with err when it is faulty. */
static int
osw_message_template(osw_t *w, const char *folders, os_locale_t *locale,
    const char *template, const char *part, os_template_t **out,
    os_error_t *err)
{
    char             name[300], file[256];
    os_str_t         tag;
    osw_text_t      *t;
    osw_messages_t  *m;

    m = osw_messages(w);
    tag = os_locale_tag(locale);
    snprintf(file, sizeof(file), "%s.%s", template, part);
    snprintf(name, sizeof(name), "%.*s/%s", (int) tag.len, tag.data, file);

    for (t = m ? m->texts : NULL; t != NULL; t = t->next) {
        if (t->folders == folders && strcmp(t->name, name) == 0) {
            *out = t->template;
            return 0;
        }
    }

    if (osw_message_compile(folders, locale, file,
                            strcmp(part, "html") == 0 ? OS_TEMPLATE_HTML : 0,
                            out, err) != 0)
    {
        return -1;
    }

    t = calloc(1, sizeof(osw_text_t) + strlen(name) + 1);

    if (t == NULL || m == NULL) {
        os_template_free(*out);
        free(t);
        return os_fail(err, "no memory");
    }

    strcpy(t->name, name);
    t->folders = folders;
    t->template = *out;
    t->next = m->texts;
    m->texts = t;

    return 0;
}


json_t *
osw_message_claims(const osw_store_t *store, const json_t *order,
    os_str_t tag, int64_t now, const char *purpose)
{
    json_t    *claims;
    uint8_t    random[12];
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    (void) os_random(random, sizeof(random));
    os_base64url(&text, random, sizeof(random));

    claims = json_object();
    os_json_set_str(claims, "p", os_str(purpose));
    os_json_set_str(claims, "s", store->name);
    os_json_set_str(claims, "o", os_json_str(order, "id"));
    os_json_set_str(claims, "l", tag);
    os_json_set_str(claims, "n", os_buf_view(&text));
    os_json_set_int(claims, "x", now + OSW_LINK_LIFE);
    os_json_set_str(claims, "a",
                    os_json_str(json_object_get(order, "save"), "arm"));
    text.len = 0;
    os_token_proof(os_json_str(order, "proof"), &text);

    if (text.len) {
        os_json_set_str(claims, "h", os_buf_view(&text));
    }

    os_buf_free(&text);
    return claims;
}


/* SITE/ordersave/NAME/TOKEN: a page whose POST alone counts. */
static void
osw_message_token(osw_wording_t *g, const char *name, os_buf_t *url)
{
    json_t  *claims;

    claims = osw_message_claims(g->store, g->order, os_locale_tag(g->locale),
                                g->speak.now, name);
    os_buf_str(url, g->store->campaign->site);
    os_buf_str(url, g->store->campaign->api_path);
    os_buf_text(url, name);
    os_buf_char(url, '/');
    os_token_sign(&g->w->config->keys, claims, url);
    json_decref(claims);
}


/*
 * `scores`: 1 to 5, each with its link; `score_url` for one. An SMS has a short
 * one, whose code the job has by then.
 */
static void
osw_message_scores(osw_wording_t *g, osw_message_kind_t kind)
{
    int        i;
    size_t     len;
    json_t    *scores, *score;
    os_str_t   code;
    os_buf_t   url;

    url = (os_buf_t) { 0 };
    code = os_json_str(g->task->data, "code");

    if (kind == OSW_SMS && code.len) {
        os_buf_str(&url, g->store->campaign->site);
        os_buf_str(&url, g->store->campaign->api_path);
        os_buf_text(&url, "o/");
        os_buf_str(&url, code);
        os_json_set_str(g->view, "score_url", os_buf_view(&url));
        os_buf_free(&url);
        return;
    }

    osw_message_token(g, "score", &url);
    os_json_set_str(g->view, "score_url", os_buf_view(&url));
    scores = json_array();
    len = url.len;

    for (i = 1; i <= 5; i++) {
        url.len = len;
        os_buf_printf(&url, "?value=%d", i);
        score = json_object();
        os_json_set_int(score, "value", i);
        os_json_set_str(score, "url", os_buf_view(&url));
        (void) json_array_append_new(scores, score);
    }

    (void) json_object_set_new(g->view, "scores", scores);
    os_buf_free(&url);
}


static int
osw_message_consents(const osw_wording_t *g, const char *to)
{
    return os_consent_offers(g->order, to);
}


static void
osw_message_copy(json_t *to, const json_t *from, const char *name)
{
    json_t  *value;

    value = json_object_get(from, name);

    if (value != NULL) {
        (void) json_object_set(to, name, value);
    }
}


/* A path of the shop's as a whole address: a mail has no origin. */
static void
osw_message_url(osw_wording_t *g, os_str_t url, os_buf_t *out)
{
    if (url.len && url.data[0] == '/') {
        os_buf_str(out, g->store->campaign->site);
    }

    os_buf_str(out, url);
}


/* The way back to the shop. */
static void
osw_message_reorder(osw_wording_t *g, os_str_t url)
{
    os_buf_t  text = { 0 };

    if (url.len) {
        osw_message_url(g, url, &text);
        os_json_set_str(g->view, "reorder_url", os_buf_view(&text));
        os_buf_free(&text);
    }
}


/* The last day of a code that is good for `seconds` from now. */
static void
osw_message_good_until(osw_wording_t *g, int64_t seconds, json_t *next)
{
    os_buf_t  text = { 0 };

    if (seconds) {
        os_format_date(&text, os_locale_format(g->speak.locale),
                       (g->speak.now + os_campaign_offset(g->speak.campaign)
                        + seconds) / 86400, OS_DATE_LONG);
        os_json_set_str(next, "until", os_buf_view(&text));
        os_buf_free(&text);
    }
}


/* `next_order`: a code, what it is worth and how long. */
static void
osw_message_next_code(osw_wording_t *g, os_str_t code, const json_t *percent,
    int64_t seconds)
{
    json_t  *next = json_object();

    os_json_set_str(next, "code", code);

    if (percent) {
        (void) json_object_set(next, "percent", (json_t *) percent);
    }

    osw_message_good_until(g, seconds, next);
    (void) json_object_set_new(g->view, "next_order", next);
}


/* Whoever is asked back has a code of their own, in the job. */
static void
osw_message_back(osw_wording_t *g)
{
    json_t    *how = os_campaign_at(g->store->campaign, "/follow_up/win_back");
    os_str_t   code, url = os_json_str(how, "url");

    code = os_json_str(g->task->data, "code");
    osw_message_reorder(g, url.len ? url : OS_STR("/"));
    g->out->marketing = 1;

    if (code.len) {
        osw_message_next_code(g, code, json_object_get(how, "percent"),
                              os_campaign_duration(g->store->campaign,
                                  "/follow_up/win_back/expires", 0));
    }
}


/* What bringing a friend has earned: no advertising, it was promised. */
static void
osw_message_rewarded(osw_wording_t *g)
{
    os_str_t  code = os_json_str(g->task->data, "code");

    osw_message_next_code(g, code,
        os_campaign_at(g->store->campaign, "/extras/referral/reward/percent"),
        os_campaign_duration(g->store->campaign,
                             "/extras/referral/reward/expires", 0));
}


/*
 * What the campaign answers to the reason that was given: its members instead
 * of those for all. New.
 */
static json_t *
osw_message_answer_to(osw_wording_t *g, const json_t *how)
{
    json_t    *all, *own;
    os_str_t   reason;

    all = json_copy((json_t *) how);
    reason = os_json_str(json_object_get(json_object_get(g->order, "save"),
                                         "asked"), "reason");
    own = reason.len ? json_object_getn(json_object_get(how, "reasons"),
                                        reason.data, reason.len) : NULL;

    if (own) {
        (void) json_object_update(all, own);
        os_view_text(&g->speak, own, "text", g->view);
    }

    return all;
}


/* Nothing is offered to the holdout, on a marketplace, after a withdrawal. */
static int
osw_message_is_left_alone(const osw_wording_t *g)
{
    return os_str_equal(os_json_str(json_object_get(g->order, "save"), "arm"),
                        OS_STR("holdout"))
           || os_json_bool(g->task->data, "no_offers")
           || os_json_bool(json_object_get(g->order, "track"), "quiet")
           || os_elsewhere(g->store->campaign, g->order);
}


/*
 * `next_order` and `reorder_url`: after a cancel an offer is a coupon for the
 * next order or the way back to the shop. Never to the holdout; a coupon only
 * to who wants to hear of offers, and the way back to those as well to whom
 * the country lets a shop write unasked.
 */
static void
osw_message_next(osw_wording_t *g, osw_message_kind_t kind)
{
    int        wants;
    json_t    *how;
    os_str_t   code;

    if (osw_message_is_left_alone(g)) {
        return;
    }

    wants = osw_message_consents(g, kind == OSW_SMS ? "sms" : "email");

    how = osw_message_answer_to(g, os_campaign_at(g->store->campaign,
                                                  "/follow_up/cancelled"));
    code = os_json_str(how, "next_order");

    if (wants
        || osw_law_lets(g->store->campaign->packs, g->order,
                        kind == OSW_SMS ? "advertising_sms"
                                        : "advertising_mail", g->speak.now))
    {
        osw_message_reorder(g, os_json_str(how, "reorder_url"));
    }

    if (code.len && wants) {
        osw_message_next_code(g, code, json_object_get(how,
                                                       "next_order_percent"),
                              0);
        g->out->marketing = 1;
    }

    json_decref(how);
}


/* Where a question for satisfaction is advertising, it needs what that does. */
static int
osw_message_asks(const osw_wording_t *g, osw_message_kind_t kind)
{
    const json_t  *packs = g->store->campaign->packs;
    os_str_t       country = os_json_str(g->order, "country");

    return os_pack_rule(packs, country, "score_request") == NULL
           || osw_message_consents(g, kind == OSW_SMS ? "sms" : "email")
           || osw_law_lets(packs, g->order, "score_request", g->speak.now);
}


/* Whoever has said why is thanked for it, in their own reason's words. */
static void
osw_message_thanks(osw_wording_t *g, os_str_t reason)
{
    json_t  *said = json_object();

    os_view_reason_label(&g->speak, reason, said);
    os_json_set_str(g->view, "reason", os_json_str(said, "label"));
    json_decref(said);
}


static void
osw_message_amount(osw_wording_t *g, json_t *to, const char *name,
    int64_t minor)
{
    os_buf_t  text;

    text = (os_buf_t) { 0 };
    os_view_money(&g->speak, minor, os_json_str(g->order, "currency"), &text);
    os_json_set_str(to, name, os_buf_view(&text));
    os_buf_free(&text);
}


/*
 * `refund`: what happens after a cancel with what was paid. The store's cancel
 * pays nothing back: a person does.
 */
static void
osw_message_money(osw_wording_t *g)
{
    json_t   *refund, *policy;
    int64_t   back;

    back = os_json_int(g->order, "total", 0)
           - os_json_int(g->order, "refunds", 0);

    if (back <= 0
        || !os_str_equal(os_json_str(g->order, "payment"), OS_STR("paid")))
    {
        return;
    }

    refund = json_object();
    policy = os_campaign_at(g->store->campaign, "/refund");
    osw_message_amount(g, refund, "amount", back);
    (void) json_object_set_new(refund, "manual", json_true());

    os_view_text(&g->speak, policy, "way", refund);
    os_view_text(&g->speak, policy, "time", refund);
    (void) json_object_set_new(g->view, "refund", refund);
}


/* What the buyer chose, in the words that he was shown. */
static void
osw_message_answer(osw_wording_t *g, os_str_t what, json_t *support)
{
    os_buf_t  key, said;

    if (what.len == 0) {
        return;
    }

    key = (os_buf_t) { 0 };
    said = (os_buf_t) { 0 };
    os_buf_text(&key, "answer.");
    os_buf_str(&key, what);

    if (os_locale_say(g->locale, os_buf_view(&key), g->view, &said) != 0) {
        os_buf_str(&said, what);
    }

    os_json_set_str(support, "answer", os_buf_view(&said));
    os_buf_free(&key);
    os_buf_free(&said);
}


static void
osw_message_packaging(osw_wording_t *g, const json_t *data, json_t *support)
{
    json_t    *entry;
    int64_t    price;
    os_buf_t   text = { 0 };
    os_str_t   title, choice = os_json_str(data, "choice");

    entry = os_packaging_find(g->store->campaign, choice);

    if (entry == NULL) {
        return;
    }

    title = os_campaign_text(g->store->campaign,
                             json_object_get(entry, "title"),
                             os_locale_tag(g->locale));
    os_json_set_str(support, "packaging", title.len ? title : choice);
    price = os_json_int(data, "price", 0);

    if (price) {
        os_view_money(&g->speak, price, os_json_str(data, "currency"), &text);
        os_json_set_str(support, "packaging_price", os_buf_view(&text));
        os_buf_free(&text);
    }
}


/* Words for the reason: its id is the campaign's affair. */
static void
osw_message_reason(osw_wording_t *g, json_t *support)
{
    json_t    *said = json_object();
    os_str_t   reason = os_json_str(support, "reason");

    if (reason.len) {
        os_view_reason_label(&g->speak, reason, said);
        os_json_set_str(support, "reason", os_json_str(said, "label"));
    }

    json_decref(said);
}


/* SITE/ordersave/PURPOSE/TOKEN: void when the order's buyer changes. */
static void
osw_message_link_of(const osw_t *w, const os_speak_t *speak,
    const json_t *order, const char *purpose, int64_t life, os_buf_t *url)
{
    os_buf_str(url, speak->campaign->site);
    os_buf_str(url, speak->campaign->api_path);
    os_buf_text(url, purpose);
    os_buf_char(url, '/');
    os_panel_token(speak, &w->config->keys, purpose, order, OS_EYES_LINK, life,
                   url);
}


static void
osw_message_link(osw_wording_t *g, const char *purpose, int64_t life,
    os_buf_t *url)
{
    osw_message_link_of(g->w, &g->speak, g->order, purpose, life, url);
}


/* How the shop's own people are spoken to; without a locale, not at all. */
static os_speak_t
osw_message_shop(osw_t *w, const osw_store_t *store)
{
    os_error_t  err;

    return (os_speak_t) {
        .campaign = store->campaign,
        .locale = osw_message_locale(w, store, store->campaign->locales[0],
                                     &err),
        .now = osw_now_ms(w) / 1000
    };
}


void
osw_message_approve(osw_t *w, const osw_store_t *store, const json_t *order,
    os_buf_t *url)
{
    os_speak_t  speak = osw_message_shop(w, store);

    if (speak.locale) {
        osw_message_link_of(w, &speak, order, "approve", OSW_APPROVE_LIFE,
                            url);
    }
}


void
osw_message_approve_return(osw_t *w, const osw_store_t *store,
    const json_t *order, os_str_t nonce, os_buf_t *url)
{
    os_speak_t  speak = osw_message_shop(w, store);

    if (speak.locale) {
        os_buf_str(url, store->campaign->site);
        os_buf_str(url, store->campaign->api_path);
        os_buf_text(url, "approve/");
        os_panel_token_return(&speak, &w->config->keys, "approve", order,
                              nonce, OSW_APPROVE_LIFE, url);
    }
}


void
osw_message_photo(const osw_t *w, const osw_store_t *store, os_str_t file,
    os_buf_t *url)
{
    json_t  *payload;

    payload = json_object();
    os_json_set_str(payload, "p", OS_STR("photo"));
    os_json_set_str(payload, "s", store->name);
    os_json_set_str(payload, "f", file);
    os_json_set_int(payload, "x", osw_now_ms(w) / 1000 + OSW_PHOTO_LIFE);
    os_buf_str(url, store->campaign->site);
    os_buf_str(url, store->campaign->api_path);
    os_buf_text(url, "photo/");
    os_token_sign(&w->config->keys, payload, url);
    json_decref(payload);
}


/* A review, with a link to its photo. */
static void
osw_message_said(osw_wording_t *g, const json_t *data, json_t *support)
{
    size_t     i;
    json_t    *item;
    os_buf_t   url = { 0 };

    osw_message_copy(support, data, "stars");
    osw_message_copy(support, data, "name");
    osw_message_copy(support, data, "title");

    if (os_json_str(data, "text").len) {
        os_json_set_str(support, "comment", os_json_str(data, "text"));
    }

    json_array_foreach(json_object_get(g->order, "items"), i, item) {
        if (os_json_str(data, "product").len
            && os_str_equal(os_json_str(item, "id"),
                            os_json_str(data, "product")))
        {
            os_json_set_str(support, "product", os_json_str(item, "name"));
        }
    }

    if (os_json_str(data, "photo").len) {
        osw_message_photo(g->w, g->store, os_json_str(data, "photo"), &url);
        os_json_set_str(support, "photo_url", os_buf_view(&url));
        os_buf_free(&url);
    }
}


/* What the buyer filled in with the offer that a person answers. */
static void
osw_message_asked(osw_wording_t *g, json_t *support)
{
    json_t  *said;

    said = os_view_said(&g->speak, os_campaign_offer(g->store->campaign,
                                       os_json_str(g->decision, "offer")),
                        json_object_get(g->decision, "said"));

    if (said) {
        (void) json_object_set_new(support, "said", said);
    }
}


/* A mail with the link to where a request is answered, for nobody else. */
static int
osw_message_approves(const char *template)
{
    return strcmp(template, "support_approve") == 0
           || strcmp(template, "support_reminder") == 0;
}


/* The return that a message is about, or NULL. */
static const json_t *
osw_message_returned(const osw_wording_t *g)
{
    return os_return_of(g->order,
                        os_json_str(g->task->data,
                                    "return"));
}


/* What is to come back, and where whoever answers does so. */
static void
osw_message_sends_back(osw_wording_t *g, json_t *support)
{
    os_buf_t       url = { 0 };
    const json_t  *one = osw_message_returned(g);

    if (one == NULL) {
        return;
    }

    (void) json_object_set_new(support, "said",
                               os_view_return_said(&g->speak, one));

    /* what was said at a cancel is another story */

    (void) json_object_del(support, "reason");
    (void) json_object_del(support, "comment");
    osw_message_copy(support, one, "comment");

    if (os_json_str(one, "photo").len) {
        osw_message_photo(g->w, g->store, os_json_str(one, "photo"), &url);
        os_json_set_str(support, "photo_url", os_buf_view(&url));
        url.len = 0;
    }

    if (osw_message_approves(g->template)) {
        osw_message_approve_return(g->w, g->store, g->order,
                                   os_json_str(one, "nonce"), &url);
        os_json_set_str(g->view, "approve_url", os_buf_view(&url));
        os_buf_free(&url);
    }
}


/* A note about a request says that alone. */
static void
osw_message_about(os_str_t about, json_t *support)
{
    if (os_str_equal(about, OS_STR("request"))
        || os_str_equal(about, OS_STR("verdict")))
    {
        (void) json_object_set_new(support, about.data, json_true());
        (void) json_object_set_new(support, "about", json_true());
    }
}


/* `support`: what the shop's people need to know. */
static void
osw_message_support(osw_wording_t *g)
{
    json_t    *support, *asked, *data;
    os_buf_t   url = { 0 };

    support = json_object();
    asked = json_object_get(json_object_get(g->order, "save"), "asked");
    data = g->task->data;

    osw_message_copy(support, g->order, "email");
    osw_message_copy(support, g->order, "phone");
    osw_message_copy(support, g->order, "status");
    osw_message_copy(support, asked, "reason");
    osw_message_copy(support, asked, "comment");

    /* what an offer was taken with before is another story */

    if (strcmp(g->template, os_input_mail(OS_INPUT_STOP)) != 0) {
        osw_message_copy(support, g->decision, "reason");
        osw_message_copy(support, g->decision, "comment");
        osw_message_copy(support, g->decision, "why");
    }

    osw_message_copy(support, data, "score");
    osw_message_copy(support, data, "comment");
    osw_message_copy(support, data, "why");
    osw_message_copy(support, data, "parcel");
    osw_message_copy(support, data, "keeps");
    osw_message_said(g, data, support);
    osw_message_asked(g, support);
    osw_message_reason(g, support);
    osw_message_answer(g, os_json_str(data, "what"), support);
    osw_message_packaging(g, data, support);

    if (strcmp(g->template, "support_help") == 0) {
        osw_message_link(g, "solved", OSW_REVIEW_LIFE, &url);
        os_json_set_str(g->view, "solved_url", os_buf_view(&url));
        os_buf_free(&url);
    }

    if (strcmp(g->template, "note") == 0) {
        osw_message_about(os_json_str(data, "about"), support);
    }

    if (osw_message_approves(g->template)) {
        osw_message_link(g, "approve", OSW_APPROVE_LIFE, &url);
        os_json_set_str(g->view, "approve_url", os_buf_view(&url));
        os_buf_free(&url);
    }

    osw_message_sends_back(g, support);
    (void) json_object_set_new(g->view, "support", support);
}


/* Paths as whole addresses: a mail has no origin. */
static void
osw_message_whole(osw_wording_t *g, json_t *objects)
{
    json_t      *one;
    os_buf_t     url = { 0 };
    const char  *name;

    json_object_foreach(objects, name, one) {
        if (os_json_str(one, "url").len) {
            url.len = 0;
            osw_message_url(g, os_json_str(one, "url"), &url);
            os_json_set_str(one, "url", os_buf_view(&url));
        }
    }

    os_buf_free(&url);
}


/* The same in a list, pictures too. */
static void
osw_message_list(osw_wording_t *g, json_t *list)
{
    size_t     i, k;
    json_t    *one;
    os_buf_t   url = { 0 };

    static const char *const  members[] = { "url", "image" };

    json_array_foreach(list, i, one) {
        for (k = 0; k < 2; k++) {
            if (os_json_str(one, members[k]).len) {
                url.len = 0;
                osw_message_url(g, os_json_str(one, members[k]), &url);
                os_json_set_str(one, members[k], os_buf_view(&url));
            }
        }
    }

    os_buf_free(&url);
}


/* `stars`, `help_url`, `explore_url`: a review or help, both for everybody. */
static void
osw_message_review(osw_wording_t *g)
{
    int        i;
    os_str_t   code;
    size_t     len;
    json_t    *stars, *star, *extras, *products;
    os_buf_t   url = { 0 };
    os_str_t   explore;

    stars = json_array();
    osw_message_link(g, "review", OSW_REVIEW_LIFE, &url);
    len = url.len;

    for (i = 1; i <= 5; i++) {
        url.len = len;
        os_buf_printf(&url, "?stars=%d", i);
        star = json_object();
        os_json_set_int(star, "value", i);
        os_json_set_str(star, "url", os_buf_view(&url));
        (void) json_array_append_new(stars, star);
    }

    (void) json_object_set_new(g->view, "stars", stars);
    code = os_json_str(g->task->data, "code");

    if (code.len) {
        url.len = 0;
        osw_parcel_short(g->store, code, &url);
        os_json_set_str(g->view, "short_url", os_buf_view(&url));
        url.len = 0;
        osw_message_link(g, "review", OSW_REVIEW_LIFE, &url);
    }

    url.len = len;
    os_buf_text(&url, "#help");
    os_json_set_str(g->view, "help_url", os_buf_view(&url));

    products = os_panel_products(&g->speak, g->order,
                                 json_object_get(g->order, "products"));

    if (products) {
        osw_message_list(g, products);
        (void) json_object_set_new(g->view, "products", products);
        (void) json_object_set_new(g->view, "has_products", json_true());
    }

    extras = os_panel_extras(&g->speak, g->order);

    if (extras) {
        osw_message_whole(g, extras);
        (void) json_object_set_new(g->view, "extras", extras);
    }

    explore = os_json_str(os_campaign_at(g->store->campaign, "/review"),
                          "explore_url");

    if (explore.len) {
        url.len = 0;
        osw_message_url(g, explore, &url);
        os_json_set_str(g->view, "explore_url", os_buf_view(&url));
    }

    os_buf_free(&url);
}


/* A mail with an offer says how to get no more of them. */
static void
osw_message_leave(osw_wording_t *g)
{
    json_t    *payload;
    os_buf_t  *url = &g->out->unsubscribe;

    payload = json_object();
    os_json_set_str(payload, "p", OS_STR("unsubscribe"));
    os_json_set_str(payload, "s", g->store->name);
    os_json_set_str(payload, "c", os_json_str(g->order, "customer"));
    os_json_set_str(payload, "l", os_locale_tag(g->locale));
    os_json_set_int(payload, "x", g->speak.now + OSW_LEAVE_LIFE);

    os_buf_str(url, g->store->campaign->site);
    os_buf_str(url, g->store->campaign->api_path);
    os_buf_text(url, "unsubscribe/");
    os_token_sign(&g->w->config->keys, payload, url);
    os_json_set_str(g->view, "unsubscribe_url", os_buf_view(url));
    json_decref(payload);
}


/*
 * `cancel_url`: where the buyer can stop the order, while that can be. The mail
 * is his own, so that he need not say again whose order it is.
 */
static void
osw_message_stops(osw_wording_t *g)
{
    os_buf_t  url = { 0 };

    if (!os_stop_hosted(g->store->campaign)
        || os_stop(g->order) != OS_STOP_OPEN)
    {
        return;
    }

    os_buf_str(&url, g->store->campaign->site);
    os_buf_str(&url, g->store->campaign->api_path);
    os_buf_text(&url, "cancel/");
    os_panel_token(&g->speak, &g->w->config->keys, "cancel", g->order,
                   OS_EYES_OWNER, OSW_LINK_LIFE, &url);
    os_json_set_str(g->view, "cancel_url", os_buf_view(&url));
    os_buf_free(&url);
}


/* A mail has no origin: the shop's own path of the label is made whole. */
static void
osw_message_label(osw_wording_t *g)
{
    json_t    *how;
    os_buf_t   url = { 0 };

    how = json_object_get(json_object_get(g->view, "return"), "how");

    if (os_json_str(how, "label_url").len) {
        osw_message_url(g, os_json_str(how, "label_url"), &url);
        os_json_set_str(how, "label_url", os_buf_view(&url));
        os_buf_free(&url);
    }
}


/*
 * `return_url`: where what has arrived can be sent back, while it can; the mail
 * is the buyer's own here, too. `return`: how one that was asked for stands.
 */
static void
osw_message_back_url(osw_wording_t *g)
{
    os_buf_t       url = { 0 };
    const json_t  *one = osw_message_returned(g);

    if (one) {
        (void) json_object_set_new(g->view, "return",
                                   os_view_return_one(&g->speak, one, 1));
        osw_message_label(g);
        return;
    }

    if (!os_return_is_on(g->store->campaign)
        || os_return(g->store->campaign, g->order, g->speak.now)
           != OS_RETURN_OPEN)
    {
        return;
    }

    os_buf_str(&url, g->store->campaign->site);
    os_buf_str(&url, g->store->campaign->api_path);
    os_buf_text(&url, "return/");
    os_panel_token(&g->speak, &g->w->config->keys, "return", g->order,
                   OS_EYES_OWNER, OSW_LINK_LIFE, &url);
    os_json_set_str(g->view, "return_url", os_buf_view(&url));
    os_buf_free(&url);
}


/* `returns`: how an order comes back that has left already. */
static void
osw_message_returns(osw_wording_t *g)
{
    json_t    *returns;
    os_buf_t   url = { 0 };

    os_view_stop_returns(&g->speak, g->view);
    returns = json_object_get(g->view, "returns");

    if (os_json_str(returns, "url").len) {
        osw_message_url(g, os_json_str(returns, "url"), &url);
        os_json_set_str(returns, "url", os_buf_view(&url));
        os_buf_free(&url);
    }
}


/* What a mail about a cancel asks, and what it has to give. */
static void
osw_message_customer(osw_wording_t *g, osw_message_kind_t kind)
{
    json_t    *asked;
    os_str_t   reason;
    os_buf_t   url;

    if (strcmp(g->template, "review") == 0) {
        osw_message_review(g);
        return;
    }

    osw_message_copy(g->view, g->task->data, "comment");
    osw_message_copy(g->view, g->decision, "verdict");

    if (strcmp(g->template, "win_back") == 0) {
        osw_message_back(g);
    }

    if (strcmp(g->template, "rewarded") == 0) {
        osw_message_rewarded(g);
    }

    if (strcmp(g->template, "cancel_refused") == 0) {
        osw_message_returns(g);
    }

    if (strcmp(g->template, "cancelled") != 0) {
        return;
    }

    if (osw_message_asks(g, kind)) {
        osw_message_scores(g, kind);
    }

    osw_message_money(g);
    osw_message_next(g, kind);
    asked = json_object_get(json_object_get(g->order, "save"), "asked");
    reason = os_json_str(asked, "reason");

    if (reason.len == 0) {
        url = (os_buf_t) { 0 };
        osw_message_token(g, "reason", &url);
        os_json_set_str(g->view, "reason_url", os_buf_view(&url));
        os_buf_free(&url);

    } else if (!os_str_equal(reason, OS_STR("other"))) {
        osw_message_thanks(g, reason);
    }
}


/* Whoever will not wait is told within how many days the money is back. */
static void
osw_message_delay(osw_wording_t *g)
{
    json_t  *rule;

    static const char *const  names[] = { "refund_days",
                                          "refund_business_days" };

    if (strcmp(g->template, "not_shipped") != 0) {
        return;
    }

    rule = os_pack_rule(g->store->campaign->packs,
                        os_json_str(g->order, "country"), "delay");

    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(rule, names[i])) {
            (void) json_object_set_new(g->view, names[i], os_format_count(
                os_locale_format(g->locale),
                os_json_int(rule, names[i], 0)));
        }
    }
}


/* Mail programs clip a long mail and the way out at its end: `more` says it. */
static void
osw_message_few(json_t *order)
{
    json_t  *items = json_object_get(order, "items");
    size_t   n = json_array_size(items);

    if (n > OSW_ITEMS_MAX) {
        os_json_set_int(order, "more", (int64_t) (n - OSW_ITEMS_MAX));

        while (json_array_size(items) > OSW_ITEMS_MAX) {
            (void) json_array_remove(items, OSW_ITEMS_MAX);
        }
    }
}


static int
osw_message_view(osw_wording_t *g, osw_message_kind_t kind, os_error_t *err)
{
    json_t      *more, *decision = NULL;
    os_order_t  *order;

    order = os_order_from(g->order);
    g->view = os_view_static(g->store->campaign, g->locale);
    more = os_view_order(&g->speak, order);

    if (json_object_get(g->decision, "terms")) {
        decision = os_view_decision(&g->speak, g->decision, order);
    }

    os_order_free(order);

    if (g->view == NULL || more == NULL) {
        json_decref(more);
        json_decref(decision);
        return os_fail(err, "no memory");
    }

    (void) json_object_set_new(g->view, "order", more);
    osw_message_few(more);

    if (decision) {
        (void) json_object_update(g->view, decision);
        json_decref(decision);
    }

    if (os_str_equal(os_json_str(g->decision, "state"), OS_STR("withdrawn"))) {
        (void) json_object_set_new(g->view, "back", json_true());
    }

    if (osw_withdraw_is(g->template)
        && osw_withdraw_view(&g->speak, g->task->data, g->order, g->view, err)
           != 0)
    {
        return -1;
    }

    if (kind == OSW_MAIL && !g->out->support
        && !osw_withdraw_is(g->template))
    {
        osw_message_stops(g);
        osw_message_back_url(g);
    }

    if (g->task->wording == OS_PURPOSE_PARCEL) {
        osw_parcel_view(g->w, g->store, &g->speak, g->task, g->order,
                        g->view);
        osw_message_delay(g);

    } else if (g->out->support) {
        osw_message_support(g);

    } else {
        osw_message_customer(g, kind);
        osw_consent_view(g->w, g->store, &g->speak, g->task, g->order,
                         g->view);

        if (kind == OSW_MAIL
            && (g->out->marketing || strcmp(g->template, "consented") == 0))
        {
            osw_message_leave(g);
        }
    }

    return 0;
}


static int
osw_message_part(osw_wording_t *g, const char *part, os_buf_t *out, int must,
    os_error_t *err)
{
    os_template_t  *t;

    if (osw_message_template(g->w, g->store->campaign->folders, g->locale,
                             g->template, part, &t, err)
        != 0)
    {
        return -1;
    }

    if (t == NULL) {
        return must ? os_fail(err, "no template %s.%s in %s", g->template,
                              part, g->store->campaign->folders)
                    : 0;
    }

    if (os_template_render(t, g->view, out) != 0) {
        return os_fail(err, "%s.%s cannot be rendered", g->template, part);
    }

    while (must && out->len && strchr("\r\n ", out->data[out->len - 1])) {
        out->data[--out->len] = '\0';
    }

    return 0;
}


/* Domains go out as every server takes them. */
static int
osw_message_ascii(os_buf_t *address)
{
    os_buf_t  ascii = { 0 };

    if (osw_address_ascii(os_buf_view(address), &ascii) != 0) {
        os_buf_free(&ascii);
        return -1;
    }

    os_buf_free(address);
    *address = ascii;

    return 0;
}


/* Where that does not do, by a server that speaks SMTPUTF8 (RFC 6531). */
static int
osw_message_utf8(osw_message_t *m)
{
    os_buf_t  text = { 0 };

    if (osw_address_utf8(os_buf_view(&m->to), &text) != 0) {
        os_buf_free(&text);
        return -1;
    }

    os_buf_free(&m->to);
    m->to = text;
    m->utf8 = 1;

    return 0;
}


/* Where a mail goes that comes back, and what it says then. */
static void
osw_message_sender(osw_wording_t *g, const json_t *mail)
{
    json_t    *payload;
    os_str_t   bounces;

    bounces = os_json_str(mail, "bounces");
    os_buf_str(&g->out->sender, bounces.len ? bounces
                                : os_mail_address(os_json_str(mail, "from")));

    if (bounces.len == 0 || g->out->support
        || os_json_str(g->order, "customer").len == 0)
    {
        return;
    }

    payload = json_object();
    os_json_set_str(payload, "p", OS_STR("bounce"));
    os_json_set_str(payload, "s", g->store->name);
    os_json_set_str(payload, "h", os_json_str(g->order, "customer"));
    os_json_set_int(payload, "x", osw_now_ms(g->w) / 1000 + OSW_BOUNCE_LIFE);
    os_token_sign(&g->w->config->keys, payload, &g->out->mark);
    json_decref(payload);
}


/* What proves a number, and the answer to STOP, cannot ask for a consent. */
static int
osw_message_may_text(const osw_wording_t *g)
{
    return os_consent(g->order, OS_CONSENT_SMS)
           || osw_consent_proves(g->template)
           || strcmp(g->template, "stopped") == 0;
}


/* Who it goes to, and from whom. 1 with err: nobody. */
static int
osw_message_address(osw_wording_t *g, osw_message_kind_t kind, os_error_t *err)
{
    json_t         *mail;
    osw_message_t  *m;

    m = g->out;
    mail = os_campaign_at(g->store->campaign, "/mail");

    if (kind == OSW_SMS) {
        os_buf_str(&m->to, os_consent_to(g->task->data, g->order));

        if (m->to.len == 0 || !osw_message_may_text(g)) {
            (void) os_fail(err, m->to.len ? "no consent to SMS"
                                          : "no phone number");
            return 1;
        }

        return 0;
    }

    os_buf_str(&m->from, os_json_str(mail, "from"));
    osw_message_sender(g, mail);

    if (m->support) {
        os_buf_str(&m->to, os_json_str(mail, "support"));

        /* an answer to the buyer would quote the link */

        if (!osw_message_approves(g->template)) {
            os_buf_str(&m->reply_to, os_json_str(g->order, "email"));
        }

    } else {
        os_buf_str(&m->to, os_json_str(g->order, "email"));
        os_buf_str(&m->reply_to, os_json_str(mail, "reply_to").len
                                 ? os_json_str(mail, "reply_to")
                                 : os_json_str(mail, "support"));
    }

    if (m->to.len == 0) {
        (void) os_fail(err, "no address");
        return 1;
    }

    if (osw_message_ascii(&m->to) != 0 && osw_message_utf8(m) != 0) {
        (void) os_fail(err, "the recipient's address is none");
        return 1;
    }

    if (osw_message_ascii(&m->reply_to) != 0) {
        m->reply_to.len = 0;            /* support reads it in the mail */
    }

    return 0;
}


os_str_t
osw_message_tag(const osw_store_t *store, const json_t *order)
{
    os_str_t  locale;

    locale = os_json_str(order, "locale");

    if (locale.len == 0) {
        locale = os_json_str(json_object_get(order, "save"), "locale");
    }

    return os_campaign_locale(store->campaign, OS_NULL, locale, OS_NULL,
                              os_json_str(order, "country"));
}


/* What the country asks to stand in front of advertising, and behind an SMS. */
static void
osw_message_law(const osw_wording_t *g, osw_message_kind_t kind)
{
    os_buf_t   text = { 0 };
    json_t    *rule;
    os_buf_t  *out = kind == OSW_SMS ? &g->out->text : &g->out->subject;

    rule = os_pack_rule(g->store->campaign->packs,
                        os_json_str(g->order, "country"), "advertising_words");

    if (!g->out->marketing || rule == NULL
        || (os_json_bool(rule, "unasked")
            && osw_message_consents(g, kind == OSW_SMS ? "sms" : "email")))
    {
        return;
    }

    os_buf_str(&text, os_json_str(rule, "before"));
    os_buf_str(&text, os_buf_view(out));

    if (kind == OSW_SMS && os_json_str(rule, "sms_after").len) {
        os_buf_char(&text, ' ');
        os_buf_str(&text, os_json_str(rule, "sms_after"));
    }

    os_buf_free(out);
    *out = text;
}


static int
osw_message_text(osw_wording_t *g, os_error_t *err, size_t *segments)
{
    int        rc;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    g->out->text.len = 0;
    rc = osw_message_part(g, "sms", &text, 1, err);
    os_sms_plain(os_buf_view(&text), &g->out->text);
    os_buf_free(&text);
    osw_message_law(g, OSW_SMS);
    *segments = os_sms_length(os_buf_view(&g->out->text)).segments;

    return rc;
}


/* One character less; then without it. 0 when there is nothing left to cut. */
static int
osw_message_shorten(json_t *object, const char *member, size_t least)
{
    size_t    n;
    os_str_t  text;

    text = os_json_str(object, member);
    n = osw_sms_fit_count(text);

    if (n == 0 || (least && n <= least)) {
        return 0;
    }

    if (n <= 4) {
        (void) json_object_del(object, member);
        return 1;
    }

    os_json_set_str(object, member, osw_sms_fit(text, n - 1));

    return 1;
}


/*
 * An SMS of at most two messages: names are cut between characters, then left
 * out; of the shop's name there remains the beginning; the date goes last.
 */
static int
osw_message_sms(osw_wording_t *g, os_error_t *err)
{
    size_t   segments;
    json_t  *brand;

    brand = json_object_get(g->view, "brand");

    for ( ;; ) {
        if (osw_message_text(g, err, &segments) != 0) {
            return -1;
        }

        if (segments <= OSW_SEGMENTS
            || (!osw_message_shorten(g->view, "names", 0)
                && !osw_message_shorten(brand, "name", OSW_BRAND_SMS)
                && json_object_del(g->view, "arrives") != 0))
        {
            return 0;
        }
    }
}


static int
osw_message_word(osw_wording_t *g, osw_message_kind_t kind, os_error_t *err)
{
    osw_message_t  *m;

    m = g->out;

    if (osw_message_view(g, kind, err) != 0) {
        return -1;
    }

    if (kind == OSW_SMS) {
        return osw_message_sms(g, err);
    }

    if (osw_message_part(g, "subject", &m->subject, 1, err) != 0
        || osw_message_part(g, "txt", &m->text, 1, err) != 0)
    {
        return -1;
    }

    osw_message_law(g, OSW_MAIL);

    return osw_message_part(g, "html", &m->html, 0, err);
}


/* Cancelled or paid back: no news of its parcels. */
static int
osw_message_void(const json_t *order)
{
    os_str_t  state;

    state = os_json_str(order, "state");

    return os_str_equal(state, OS_STR("cancelled"))
           || os_str_equal(state, OS_STR("refunded"))
           || os_str_equal(state, OS_STR("failed"));
}


int
osw_message_make(osw_t *w, osw_store_t *store, const os_task_t *task,
    const json_t *order, const json_t *decision, osw_message_kind_t kind,
    osw_message_t *out, os_error_t *err)
{
    int            rc;
    os_str_t       tag;
    osw_wording_t  g;

    memset(out, 0, sizeof(*out));

    if (order == NULL) {
        return os_fail(err, "the order is not known any more");
    }

    g = (osw_wording_t) { .w = w, .store = store, .task = task, .order = order,
                          .decision = decision, .out = out };
    g.template = task->template.data;
    out->support = task->support;
    out->marketing = task->marketing;

    if (task->wording == OS_PURPOSE_PARCEL && osw_message_void(order)) {
        (void) os_fail(err, "nobody waits for a cancelled order");
        return 1;
    }

    if (osw_consent_late(task, osw_now_ms(w) / 1000)) {
        (void) os_fail(err, "its code is not good any more");
        return 1;
    }

    rc = osw_message_address(&g, kind, err);

    if (rc != 0 || g.template == NULL) {
        return rc;
    }

    tag = out->support ? store->campaign->locales[0]
                       : osw_message_tag(store, order);
    g.locale = osw_message_locale(w, store, tag, err);

    if (g.locale == NULL) {
        return -1;
    }

    os_buf_str(&out->locale, tag);
    g.speak = (os_speak_t) { .campaign = store->campaign, .locale = g.locale,
                             .now = osw_now_ms(w) / 1000 };
    rc = osw_message_word(&g, kind, err);
    json_decref(g.view);

    return rc;
}


void
osw_message_free(osw_message_t *m)
{
    os_buf_free(&m->from);
    os_buf_free(&m->to);
    os_buf_free(&m->reply_to);
    os_buf_free(&m->sender);
    os_buf_free(&m->mark);
    os_buf_free(&m->subject);
    os_buf_free(&m->text);
    os_buf_free(&m->html);
    os_buf_free(&m->locale);
    os_buf_free(&m->unsubscribe);
}


int
osw_message_note(osw_t *w, osw_store_t *store, const os_task_t *task,
    const json_t *order, os_buf_t *out, os_error_t *err)
{
    int            rc;
    osw_wording_t  g;
    osw_message_t  m;

    memset(&m, 0, sizeof(m));
    m.support = 1;
    g = (osw_wording_t) { .w = w, .store = store, .task = task, .order = order,
                          .template = "note", .out = &m };
    g.locale = osw_message_locale(w, store, store->campaign->locales[0], err);

    if (g.locale == NULL) {
        return -1;
    }

    g.speak = (os_speak_t) { .campaign = store->campaign, .locale = g.locale,
                             .now = osw_now_ms(w) / 1000 };
    rc = osw_message_view(&g, OSW_MAIL, err) == 0
         ? osw_message_part(&g, "txt", out, 1, err) : -1;
    json_decref(g.view);
    osw_message_free(&m);

    return rc;
}


/* The i-th message's name, NULL after the last. */
static const char *
osw_message_name(size_t i)
{
    static const char *const  names[] = {
        "cancelled", "applied", "refused", "paid", "refunded",
        "support_request", "support_refund", "support_refused",
        "support_task", "support_score", "support_answer", "note",
        "support_help", "help_received", "review", "stopped",
        "support_reply", "support_cancel", "support_packaging",
        "support_review", "support_news", "support_approve",
        "support_reminder", "approved", "declined", "unanswered", "unpaid",
        "win_back", "rewarded", "cancel_received", "cancel_refused",
        "support_stop",
        "return_asked", "return_approved", "return_declined",
        "return_refunded", "support_return",
        "withdraw_received", "withdraw_told", "withdraw_evidence",
        "support_withdraw", "consent_code", "consent_confirm",
        "consented", "withdraw_why"
    };

    if (i < sizeof(names) / sizeof(names[0])) {
        return names[i];
    }

    i -= sizeof(names) / sizeof(names[0]);

    return i < OS_TELL_MAX ? os_tell_word((os_tell_t) i) : NULL;
}


int
osw_message_check(osw_t *w, os_error_t *err)
{
    size_t          i, n, p, s;
    os_locale_t    *locale;
    os_template_t  *t;
    osw_store_t    *store;

    static const char *const  parts[] = { "subject", "txt", "html", "sms" };

    for (s = 0; s < w->config->nstores; s++) {
        store = &w->config->store[s];

        for (i = 0; i < store->campaign->nlocales; i++) {
            locale = osw_message_locale(w, store, store->campaign->locales[i],
                                        err);

            if (locale == NULL) {
                return -1;
            }

            for (n = 0; osw_message_name(n); n++) {
                for (p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
                    if (osw_message_template(w, store->campaign->folders,
                                             locale, osw_message_name(n),
                                             parts[p], &t, err) != 0)
                    {
                        return -1;
                    }
                }
            }
        }
    }

    return 0;
}


int
osw_message_known(const osw_store_t *store, const char *name)
{
    int       known = 0;
    size_t    i;
    os_buf_t  file = { 0 }, path = { 0 };

    static const char *const  parts[] = { "subject", "sms" };

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !known; i++) {
        file.len = path.len = 0;
        os_buf_printf(&file, "%s.%s", name, parts[i]);
        known = osw_message_file(store->campaign->folders, os_buf_view(&file),
                                 &path) == 0;
    }

    os_buf_free(&file);
    os_buf_free(&path);

    return known;
}


void
osw_message_end(osw_t *w)
{
    osw_text_t      *t, *next;
    osw_tongue_t    *l, *after;
    osw_messages_t  *m;

    m = w->messages;

    if (m == NULL) {
        return;
    }

    for (t = m->texts; t != NULL; t = next) {
        next = t->next;
        os_template_free(t->template);
        free(t);
    }

    for (l = m->tongues; l != NULL; l = after) {
        after = l->next;
        os_locale_free(l->locale);
        free(l);
    }

    free(m);
    w->messages = NULL;
}

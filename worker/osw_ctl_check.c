/*
 * ordersavectl check, render: is everything in place, and how will it look?
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/os_mustache.h"
#include "../core/os_rules.h"
#include "../core/os_track.h"
#include "../core/os_view.h"
#include "osw_ctl.h"
#include "osw_message.h"
#include "osw_parcel.h"


typedef struct {
    char  text[64];
} osw_word_t;


static int
osw_check_line(int good, const char *what, const char *why)
{
    printf("%s - %s%s%s\n", good ? "ok" : "not ok", what, *why ? ": " : "",
           why);

    return good ? 0 : 1;
}


/* The second of two words: CONFIG GET answers name and value. */
static void
osw_take_word(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    os_str_t     word;
    osw_word_t  *out;

    (void) ctl;
    out = data;
    word = reply->elements == 2 ? osw_reply_str(reply->element[1])
                                : osw_reply_str(reply);
    snprintf(out->text, sizeof(out->text), "%.*s", (int) word.len,
             word.data ? word.data : "");
}


static int
osw_check_setting(osw_ctl_t *ctl, const char *name, osw_word_t *word)
{
    os_command_t  *cmd;

    word->text[0] = '\0';
    cmd = osw_ctl_command(0, "CONFIG", 3);
    os_command_add(cmd, OS_STR("GET"));
    os_command_add(cmd, os_str(name));

    return osw_ctl_call(ctl, cmd, osw_take_word, word);
}


/* Every process must count shards alike: the first one to look says it. */
static int
osw_check_shards(osw_ctl_t *ctl)
{
    char           own[16];
    osw_word_t     word;
    os_command_t  *cmd;

    snprintf(own, sizeof(own), "%u", ctl->w.config->space.shards);
    cmd = osw_ctl_command(0, "HSETNX", 4);
    osw_command_key(&ctl->w, cmd, "config", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("shards"));
    os_command_add(cmd, os_str(own));
    (void) osw_ctl_call(ctl, cmd, NULL, NULL);

    word.text[0] = '\0';
    cmd = osw_ctl_command(0, "HGET", 3);
    osw_command_key(&ctl->w, cmd, "config", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("shards"));
    (void) osw_ctl_call(ctl, cmd, osw_take_word, &word);

    return osw_check_line(strcmp(word.text, own) == 0,
                          "as many shards as in Redis", word.text);
}


static int
osw_check_redis(osw_ctl_t *ctl)
{
    int            bad;
    osw_word_t     word;
    os_command_t  *cmd;

    cmd = osw_ctl_command(0, "PING", 1);

    if (osw_ctl_call(ctl, cmd, NULL, NULL) != 0) {
        return osw_check_line(0, "Redis answers", "");
    }

    bad = osw_check_line(1, "Redis answers", "");
    bad += osw_check_shards(ctl);

    if (osw_check_setting(ctl, "appendonly", &word) == 0) {
        bad += osw_check_line(strcmp(word.text, "yes") == 0,
                              "Redis writes its log (appendonly)", word.text);
    }

    if (osw_check_setting(ctl, "maxmemory-policy", &word) == 0) {
        bad += osw_check_line(strcmp(word.text, "noeviction") == 0,
                              "Redis evicts nothing (maxmemory-policy)",
                              word.text);
    }

    return bad;
}


/* A link that is too long costs its SMS the words. */
static int
osw_check_short(const osw_store_t *store)
{
    int       bad;
    os_buf_t  url;

    if (os_campaign_at(store->campaign, "/track") == NULL
        || store->sms.url == NULL)
    {
        return 0;
    }

    url = (os_buf_t) { 0 };
    osw_parcel_short(store, OS_STR("12345678901234"), &url);
    bad = osw_check_line(url.len <= OSW_SHORT_MAX,
                         "short links of at most 40 characters (site, "
                         "track.short_path)", url.data ? url.data : "");
    os_buf_free(&url);

    return bad;
}


int
osw_ctl_check(osw_ctl_t *ctl, int argc, char **argv)
{
    int           bad;
    size_t        i;
    os_error_t    err;
    osw_store_t  *store;

    (void) argv;

    if (argc != 1) {
        return OSW_CTL_USAGE;
    }

    err.text[0] = '\0';
    bad = osw_check_line(1, "configuration, campaigns and sources", "");
    bad += osw_check_line(osw_message_check(&ctl->w, &err) == 0,
                          "locales and templates", err.text);

    for (i = 0; i < ctl->w.config->nstores; i++) {
        store = &ctl->w.config->store[i];

        if (os_campaign_at(store->campaign, "/mail")) {
            bad += osw_check_line(store->smtp.host != NULL,
                                  "a mail server for a campaign with mails",
                                  store->campaign->path);
        }

        bad += osw_check_short(store);
    }

    bad += osw_check_redis(ctl);

    return bad ? OSW_CTL_FINDING : OSW_CTL_OK;
}


/* An order that shows what templates are given. */
static json_t *
osw_sample_order(osw_ctl_t *ctl, const osw_store_t *store)
{
    int64_t    now;
    json_t    *order;
    os_buf_t   url;

    url = (os_buf_t) { 0 };
    os_buf_str(&url, store->campaign->site);
    os_buf_text(&url, "/pay/1042");
    now = osw_now_ms(&ctl->w) / 1000;
    order = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I,"
        " s:s, s:s, s:s, s:{s:b, s:b}, s:[{s:s, s:s, s:i, s:i}], s:{s:{s:I}}}",
        "v", 1, "id", "1042", "proof", "sample", "state", "open", "status",
        "pending", "payment", "unpaid", "pay_url", url.data, "currency", "EUR",
        "total", 4990,
        "shipping", 490, "pay_by", (json_int_t) (now + 3600), "placed",
        (json_int_t) (now - 600), "changed", (json_int_t) (now - 600),
        "email", "ana@shop.example", "phone", "+4930123456", "name", "Ana",
        "consent", "email", 1, "sms", 1, "items", "id", "7", "name",
        "Blue mug with a lid", "quantity", 2, "total", 4500, "save", "asked",
        "at", (json_int_t) now);
    os_json_set_str(order, "store", store->name);
    os_buf_free(&url);

    return order;
}


/* Where the sample order's parcel is when this message is sent. */
static void
osw_sample_track(json_t *order, const char *name, int64_t now)
{
    int                 i, tell, n;
    json_t             *track, *data;
    os_track_change_t   c;

    tell = os_tell(os_str(name));
    track = json_object();
    os_json_set_str(order, "payment", OS_STR("paid"));
    n = tell == OS_TELL_CONFIRMED || tell == OS_TELL_NOT_SHIPPED ? 0
        : tell == OS_TELL_DELIVERED_ALL ? 2 : 1;

    for (i = 0; i < n; i++) {
        data = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:{s:s, s:s}}",
                         "number", i ? "00340434161094042564"
                                     : "00340434161094042557",
                         "carrier", "DHL", "milestone",
                         os_step(os_str(name)) ? name
                         : tell == OS_TELL_DELIVERED_ALL ? "delivered"
                                                         : "in_transit",
                         "side", os_side(os_str(name)) ? name : "",
                         "place", "Hamburg", "at",
                         (json_int_t) (now - 1800), "arrival",
                         "from", "2099-11-24", "to", "2099-11-26");
        os_track_merge(track, data, "carrier", now, &c);
        json_decref(data);
    }

    os_track_settle(track, order, now, &c);
    (void) json_object_set_new(order, "track", track);
}


static json_t *
osw_sample_decision(const osw_store_t *store, const os_order_t *order)
{
    json_t            *decision;
    const os_offer_t  *offer;

    if (store->campaign->noffers == 0) {
        return NULL;
    }

    offer = &store->campaign->offers[0];
    decision = json_object();
    os_json_set_str(decision, "state", OS_STR("accepted"));
    os_json_set_str(decision, "offer", offer->id);
    os_json_set_str(decision, "code", OS_STR("SAVE-8F2K"));
    os_json_set_str(decision, "nonce", OS_STR("sample"));
    os_json_set_str(decision, "applied", OS_STR("done"));
    os_json_set_str(decision, "reason", OS_STR("costs"));
    (void) json_object_set_new(decision, "terms",
                               os_rules_terms(store->campaign, offer, order));

    return decision;
}


/* The first of an order's parcels stands for the one it is about. */
static void
osw_render_parcel(const json_t *order, const char *name, json_t *data)
{
    json_t  *parcel;

    parcel = json_array_get(json_object_get(json_object_get(order, "track"),
                                            "parcels"), 0);

    if (parcel && os_tell(os_str(name)) != OS_TELL_DELIVERED_ALL) {
        os_json_set_str(data, "parcel", os_json_str(parcel, "number"));
    }
}


static int
osw_render_message(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    json_t *order, json_t *decision, os_buf_t *out)
{
    int                  rc, mail, html;
    json_t              *job;
    os_error_t           err;
    osw_message_t        m;
    osw_message_kind_t   kind;

    kind = ctl->kind && strcmp(ctl->kind, "sms") == 0 ? OSW_SMS : OSW_MAIL;
    html = ctl->kind == NULL || strcmp(ctl->kind, "html") == 0;
    mail = ctl->kind && strcmp(ctl->kind, "mail") == 0;

    job = json_pack("{s:s, s:{s:s}}", "template", name, "data", "code",
                    "sample-code-14");
    osw_render_parcel(order, name, json_object_get(job, "data"));

    if (strncmp(name, "support_", 8) == 0) {
        (void) json_object_set_new(job, "data",
                                   json_pack("{s:s, s:i, s:s}", "to",
                                             "support", "score", 2, "comment",
                                             "It took too long."));

        if (strcmp(name, "support_answer") == 0) {
            os_json_set_str(json_object_get(job, "data"), "what",
                            OS_STR("address"));
        }
    }

    rc = osw_message_make(&ctl->w, store, job, order, decision, kind, &m,
                          &err);
    json_decref(job);

    if (rc != 0) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        osw_message_free(&m);
        return OSW_CTL_FINDING;
    }

    if (mail) {
        os_buf_text(out, "Subject: ");
        os_buf_str(out, os_buf_view(&m.subject));
        os_buf_text(out, "\n\n");
    }

    os_buf_str(out, html && kind == OSW_MAIL && m.html.len
                    ? os_buf_view(&m.html) : os_buf_view(&m.text));
    osw_message_free(&m);

    return OSW_CTL_OK;
}


static int
osw_render_write(osw_ctl_t *ctl, const os_buf_t *out)
{
    int    bad;
    FILE  *file;

    file = ctl->output ? fopen(ctl->output, "w") : stdout;

    if (file == NULL) {
        fprintf(stderr, "ordersavectl: %s cannot be written\n", ctl->output);
        return OSW_CTL_FINDING;
    }

    bad = fwrite(out->data ? out->data : "", 1, out->len, file) != out->len;

    if (file != stdout) {
        bad |= fclose(file) != 0;

    } else {
        bad |= fputc('\n', file) == EOF;
    }

    return bad ? OSW_CTL_FINDING : OSW_CTL_OK;
}


/* The terms of all offers that may be shown, as the module's page has them. */
static json_t *
osw_render_offers(const osw_store_t *store, const os_order_t *order)
{
    size_t             i;
    char               id[64];
    json_t            *offers;
    const os_offer_t  *offer;

    offers = json_object();

    for (i = 0; i < store->campaign->noffers; i++) {
        offer = &store->campaign->offers[i];
        snprintf(id, sizeof(id), "%.*s", (int) offer->id.len, offer->id.data);
        (void) json_object_set_new(offers, id,
                                   os_rules_terms(store->campaign, offer,
                                                  order));
    }

    return offers;
}


static json_t *
osw_page_view(osw_ctl_t *ctl, const osw_store_t *store, os_locale_t *locale,
    const os_order_t *order, const json_t *decision)
{
    int          i;
    json_t      *view, *offers, *more, *scores, *form;
    os_speak_t   speak;

    speak = (os_speak_t) { .campaign = store->campaign, .locale = locale,
                           .now = osw_now_ms(&ctl->w) / 1000 };
    view = os_view_static(store->campaign, locale);
    offers = osw_render_offers(store, order);
    (void) json_object_set_new(view, "order", os_view_order(&speak, order));
    (void) json_object_set_new(view, "reasons",
                               os_view_reasons(&speak, offers, order,
                                               OS_NULL));
    json_decref(offers);

    if (json_object_get(decision, "terms")) {
        more = os_view_decision(&speak, decision, order);
        (void) json_object_update(view, more);
        json_decref(more);
    }

    scores = json_array();

    for (i = 1; i <= 5; i++) {
        (void) json_array_append_new(scores, json_pack("{s:i}", "value", i));
    }

    form = json_pack("{s:s, s:s, s:[]}", "action", "#", "token", "sample",
                     "fields");
    (void) json_object_set_new(view, "scores", scores);
    (void) json_object_set_new(view, "form", form);
    (void) json_object_set_new(view, "owned", json_true());

    return view;
}


static int
osw_render_page(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    const json_t *order, const json_t *decision, os_buf_t *out)
{
    int             rc;
    char            file[128];
    json_t         *view;
    os_order_t     *facts;
    os_str_t        tag;
    os_error_t      err;
    os_locale_t    *locale;
    os_template_t  *t;

    snprintf(file, sizeof(file), "page_%s.html", name);
    tag = os_campaign_locale(store->campaign, os_str(ctl->locale),
                             os_json_str(order, "locale"), OS_NULL,
                             os_json_str(order, "country"));

    if (osw_message_page(&ctl->w, tag, file, &locale, &t, &err) != 0) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return OSW_CTL_FINDING;
    }

    if (t == NULL) {
        fprintf(stderr, "ordersavectl: neither message nor page: %s\n", name);
        return OSW_CTL_USAGE;
    }

    facts = os_order_from(order);
    view = osw_page_view(ctl, store, locale, facts, decision);
    rc = os_template_render(t, view, out);
    json_decref(view);
    os_order_free(facts);
    os_template_free(t);

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


static int
osw_render_any(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    json_t *order, json_t *decision)
{
    int       rc;
    os_buf_t  out;

    out = (os_buf_t) { 0 };

    if (ctl->locale) {
        os_json_set_str(order, "locale", os_str(ctl->locale));
    }

    rc = osw_message_known(&ctl->w, name)
         ? osw_render_message(ctl, store, name, order, decision, &out)
         : osw_render_page(ctl, store, name, order, decision, &out);

    if (rc == OSW_CTL_OK) {
        rc = osw_render_write(ctl, &out);
    }

    os_buf_free(&out);

    return rc;
}


/* A language that is not there is not to be had in another. */
static int
osw_render_speaks(const osw_store_t *store, const char *locale)
{
    size_t    language;
    os_str_t  tag;

    if (locale == NULL) {
        return 1;
    }

    tag = os_campaign_locale(store->campaign, os_str(locale), OS_NULL, OS_NULL,
                             OS_NULL);
    language = strcspn(locale, "-_");

    return tag.len >= language && strcspn(tag.data, "-") == language
           && strncmp(tag.data, locale, language) == 0;
}


int
osw_ctl_render(osw_ctl_t *ctl, int argc, char **argv)
{
    int           rc;
    json_t       *order, *decision;
    unsigned      shard;
    os_str_t      id;
    os_order_t   *facts;
    osw_store_t  *store;

    if (argc < 2 || argc > 3) {
        return OSW_CTL_USAGE;
    }

    if (argc == 3) {
        if (osw_ctl_order(ctl, argv[2], &store, &id) != 0) {
            return OSW_CTL_USAGE;
        }

        shard = os_space_shard(&ctl->w.config->space, store->name, id,
                               OS_NULL);
        order = osw_ctl_json(ctl, shard, "o", store->name, id);
        decision = osw_ctl_json(ctl, shard, "d", store->name, id);

    } else {
        store = osw_ctl_store(ctl);

        if (store == NULL) {
            return OSW_CTL_USAGE;
        }

        order = osw_sample_order(ctl, store);

        if (os_tell(os_str(argv[1])) >= 0) {
            osw_sample_track(order, argv[1], osw_now_ms(&ctl->w) / 1000);
        }

        facts = os_order_from(order);
        decision = osw_sample_decision(store, facts);
        os_order_free(facts);
    }

    if (!osw_render_speaks(store, ctl->locale)) {
        fprintf(stderr, "ordersavectl: the campaign has no locale \"%s\"\n",
                ctl->locale);
        rc = OSW_CTL_FINDING;

    } else if (order == NULL) {
        if (ctl->failed != 1) {
            fprintf(stderr, "ordersavectl: no order %s\n", argv[2]);
        }

        rc = OSW_CTL_FINDING;

    } else {
        rc = osw_render_any(ctl, store, argv[1], order, decision);
    }

    json_decref(order);
    json_decref(decision);

    return rc;
}

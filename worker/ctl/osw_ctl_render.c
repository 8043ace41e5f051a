/*
 * ordersavectl render: how will it look? A message, a page or a block, over an
 * order or over a sample that has all that a template could be given.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order/os_return.h"
#include "core/order/os_rules.h"
#include "core/order/os_track.h"
#include "worker/ctl/osw_ctl_page.h"
#include "worker/ctl/osw_ctl_render.h"
#include "worker/render/osw_withdraw_view.h"


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
        "shipping", 490, "pay_by", (json_int_t) now + 3600, "placed",
        (json_int_t) now - 600, "changed", (json_int_t) now - 600,
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

    /* of a page, what leaves most to be seen */

    name = strstr(name, "answer") ? "attempt_failed"
           : os_tell(os_str(name)) >= 0 ? name
           : strstr(name, "return") ? "delivered" : "out_for_delivery";
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

    if (tell == OS_TELL_NOT_SHIPPED || tell == OS_TELL_STALLED) {
        json_t *late = json_array_get(json_object_get(track, "parcels"), 0);

        (void) json_object_set_new(n ? late : track, "late", json_true());
    }

    (void) json_object_set_new(track, "fits", json_pack("[s]",
                                                        OSW_SAMPLE_FITS));
    (void) json_object_set_new(order, "track", track);
}


/*
 * What is sent back in a message about that, unless the order has one: it is
 * what was decided, then.
 */
static json_t *
osw_render_return(json_t *order, const char *name, json_t *data,
    json_t *decision)
{
    json_t  *list, *track;

    if (strncmp(name, "return_", 7) != 0
        && strcmp(name, "support_return") != 0)
    {
        return decision;
    }

    track = json_object_get(order, "track");

    if (track == NULL) {
        track = json_object();
        (void) json_object_set_new(order, "track", track);
    }

    if (os_return_last(order) == NULL) {
        list = json_pack("[{s:s, s:s, s:s, s:i, s:s, s:s, s:s,"
                         " s:[{s:s, s:i}]}]",
                         "nonce", "sample", "want", "refund", "state",
                         strcmp(name, "return_approved") == 0 ? "approved"
                         : strcmp(name, "return_refunded") == 0 ? "refunded"
                         : "asked", "amount", 2250, "currency", "EUR",
                         "cause", "too_large", "comment",
                         "It does not fit.", "lines", "name",
                         "Blue mug with a lid", "n", 1);
        (void) json_object_set_new(track, "returns", list);
    }

    os_json_set_str(data, "return", os_json_str(os_return_last(order),
                                                "nonce"));

    return os_return_last(order);
}


static json_t *
osw_sample_decision(const osw_store_t *store, const os_order_t *order,
    int64_t now)
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
                               os_rules_terms(store->campaign, offer, order,
                                              now));
    (void) json_object_set_new(decision, "verdict",
                               json_pack("{s:s}", "comment",
                                         "We have looked at it together."));

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


/* What is stated in a message about a withdrawal: of a part of the order. */
static void
osw_render_withdraw(json_t *order, const char *name, json_t *data)
{
    json_t  *said, *track;

    if (!osw_withdraw_is(name)) {
        return;
    }

    said = json_pack("{s:s, s:s, s:s, s:s, s:I, s:[{s:s, s:i}]}",
                     "statement", "~sample", "name", "Ada Lovelace", "email",
                     "ada@shop.example", "contract", "1042", "at_ms",
                     (json_int_t) 1795982390000, "lines", "name",
                     "Blue mug with a lid", "n", 1);
    track = json_object_get(order, "track");
    track = track ? json_incref(track) : json_object();
    (void) json_object_update(data, said);
    (void) json_object_set_new(track, "quiet", json_true());
    (void) json_object_set_new(order, "track", track);
    os_json_set_str(data, "month", OS_STR("2026-11"));
    os_json_set_str(data, "head",
                    OS_STR("412 u2xiAdwRRsJRj64anEtCZYo2_RX6fcbKRUyj5K-r66c"));
    json_decref(said);
}


/* What the shop's people are told of. */
static void
osw_render_support(const char *name, json_t *job)
{
    if (strncmp(name, "support_", 8) != 0) {
        return;
    }

    (void) json_object_set_new(job, "data", json_pack(
        "{s:s, s:i, s:s}", "to", "support", "score", 2, "comment",
        "It took too long."));

    if (strcmp(name, "support_answer") == 0) {
        os_json_set_str(json_object_get(job, "data"), "what",
                        OS_STR("address"));
    }

    if (strcmp(name, "support_review") == 0) {
        os_json_set_int(json_object_get(job, "data"), "stars", 5);
    }
}


int
osw_render_worded(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    json_t *order, json_t *decision, osw_message_kind_t kind,
    osw_message_t *m)
{
    int         rc;
    json_t     *job;
    os_task_t   task;
    os_error_t  err;

    job = json_pack("{s:{s:s}}", "data", "code", "sample-code-14");
    osw_render_parcel(order, name, json_object_get(job, "data"));
    osw_render_support(name, job);
    osw_render_withdraw(order, name, json_object_get(job, "data"));
    decision = osw_render_return(order, name, json_object_get(job, "data"),
                                 decision);
    task = os_task_worded(name, json_object_get(job, "data"));
    rc = osw_message_make(&ctl->w, store, &task, order, decision, kind, m,
                          &err);
    json_decref(job);

    if (rc != 0) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
    }

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


static int
osw_render_message(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    json_t *order, json_t *decision, os_buf_t *out)
{
    int                  rc, mail, html;
    osw_message_t        m;
    osw_message_kind_t   kind;

    kind = ctl->kind && strcmp(ctl->kind, "sms") == 0 ? OSW_SMS : OSW_MAIL;
    html = ctl->kind == NULL || strcmp(ctl->kind, "html") == 0;
    mail = ctl->kind && strcmp(ctl->kind, "mail") == 0;
    rc = osw_render_worded(ctl, store, name, order, decision, kind, &m);

    if (rc == OSW_CTL_OK && mail) {
        os_buf_text(out, "Subject: ");
        os_buf_str(out, os_buf_view(&m.subject));
        os_buf_text(out, "\n\n");
    }

    if (rc == OSW_CTL_OK) {
        os_buf_str(out, html && kind == OSW_MAIL && m.html.len
                        ? os_buf_view(&m.html) : os_buf_view(&m.text));
    }

    osw_message_free(&m);

    return rc;
}


/* What a buyer answered about a parcel, on the store's order. */
static int
osw_render_note(osw_ctl_t *ctl, osw_store_t *store, const json_t *order,
    os_buf_t *out)
{
    int         rc;
    json_t     *data;
    os_task_t   task;
    os_error_t  err;

    data = json_pack("{s:s, s:s}", "what", "address", "comment",
                     "The bell is at the gate.");
    osw_render_parcel(order, "note", data);
    task = os_task_worded("note", data);
    rc = osw_message_note(&ctl->w, store, &task, order, out, &err);
    json_decref(data);

    if (rc != 0) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
    }

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
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

    if (osw_message_known(store, name)) {
        rc = osw_render_message(ctl, store, name, order, decision, &out);

    } else if (ctl->kind && strcmp(ctl->kind, strcmp(name, "note") == 0
                                              ? "text" : "html") != 0)
    {
        rc = osw_ctl_wrong(ctl, "%s is no message: it has no --kind %s", name,
                           ctl->kind);

    } else if (strcmp(name, "note") == 0) {
        rc = osw_render_note(ctl, store, order, &out);

    } else {
        rc = osw_render_page(ctl, store, name, order, decision, &out);
    }

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


/* The pages of a cancel are of an order that nobody paid or sent yet. */
static int
osw_render_is_cancel(const char *name)
{
    size_t  i;

    static const char *const  pages[] = { "offer", "kept", "asked", "gone",
                                          "expired", "unknown", "score",
                                          "reason", "thanks" };

    name += strncmp(name, "page_", 5) == 0 ? 5 : 0;

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(name, pages[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
osw_render_kind(const char *kind)
{
    return kind == NULL || strcmp(kind, "text") == 0
           || strcmp(kind, "html") == 0 || strcmp(kind, "mail") == 0
           || strcmp(kind, "sms") == 0;
}


void
osw_render_sample(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    json_t **order, json_t **decision)
{
    os_order_t  *facts;

    *order = osw_sample_order(ctl, store);

    if (os_tell(os_str(name)) >= 0
        || !(osw_message_known(store, name) || osw_render_is_cancel(name)))
    {
        osw_sample_track(*order, name, osw_now_ms(&ctl->w) / 1000);
    }

    facts = os_order_from(*order);
    *decision = osw_sample_decision(store, facts, osw_now_ms(&ctl->w) / 1000);
    os_order_free(facts);
}


int
osw_ctl_render(osw_ctl_t *ctl, int argc, char **argv)
{
    int           rc;
    json_t       *order, *decision;
    unsigned      shard;
    os_str_t      id;
    osw_store_t  *store;

    if (argc < 2 || argc > 3) {
        return OSW_CTL_USAGE;
    }

    if (!osw_render_kind(ctl->kind)) {
        return osw_ctl_wrong(ctl, "--kind %s is not known; expected one of "
                             "text, html, mail, sms", ctl->kind);
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

        osw_render_sample(ctl, store, argv[1], &order, &decision);
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

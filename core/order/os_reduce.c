/*
 * os_reduce: what an event makes of an order. See os_reduce.h for the result,
 * docs/formats.md for records and events.
 */

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/order/os_consent.h"
#include "core/order/os_fact.h"
#include "core/order/os_reduce.h"
#include "core/order/os_reduce_after.h"
#include "core/order/os_reduce_consent.h"
#include "core/order/os_reduce_request.h"
#include "core/order/os_reduce_return.h"
#include "core/order/os_reduce_save.h"
#include "core/order/os_reduce_stop.h"
#include "core/order/os_reduce_track.h"
#include "core/order/os_reduce_extra.h"
#include "core/order/os_reduce_follow.h"
#include "core/order/os_reduce_next.h"
#include "core/order/os_reduce_unpaid.h"
#include "core/order/os_reduce_withdrawal.h"
#include "core/order/os_stop.h"
#include "core/order/os_withdrawal.h"


#define OS_SEEN_LEN     8
#define OS_SEEN_UNIT    3600  /* s */
#define OS_SEEN_MAX     500   /* whatever comes: a record stays small */
#define OS_OFTEN_PERIOD 86400
#define OS_OFTEN_MAX    10
#define OS_ALIAS_SHORT  20    /* s: longer than a commit may take */
#define OS_TIE_AFTER    2     /* s after which a change is over */
#define OS_KEEP         (90 * 86400)


typedef void (*os_reduce_pt)(os_reduce_t *r);


int
os_reduce_was_asked(const json_t *order)
{
    return os_reduce_asked(json_object_get(order, "save"));
}


int
os_reduce_awaits(const json_t *order, int64_t now)
{
    return os_reduce_is_unpaid(order, now);
}


static void
os_order_died(os_reduce_t *r)
{
    if (os_reduce_is(r, "state", "cancelled")) {
        if (os_json_int(r->save, "cancelled", 0) == 0) {
            os_json_set_int(r->save, "cancelled", r->at);
        }

        os_reduce_count(r, "cancelled", OS_NULL);
        os_reduce_webhook(r, "cancelled", NULL);

        if (os_reduce_asked(r->save)) {
            os_reduce_follow_up(r);
        }
    }

    os_reduce_track_died(r);
    os_reduce_unpaid_drop(r);
    os_reduce_stop_died(r);

    os_reduce_save_died(r);
}


/* How far an order has come: its end, then its way, then its payment. */
static int
os_order_far(const json_t *order)
{
    size_t    i;
    int       far, paid;
    os_str_t  state, payment;

    static const char *const  ends[] = { "cancelled", "failed", "refunded" };
    static const char *const  payments[] = { "unpaid", "on_delivery",
                                             "authorised", "paid" };

    state = os_json_str(order, "state");
    payment = os_json_str(order, "payment");
    far = (int) os_track_shop(order);
    paid = 0;

    for (i = 0; i < 3; i++) {
        far = os_str_equal(state, os_str(ends[i])) ? OS_STEPS : far;
    }

    for (i = 0; i < 4; i++) {
        paid = os_str_equal(payment, os_str(payments[i])) ? (int) i : paid;
    }

    return far * 4 + paid;
}


/*
 * Seconds are coarse. Of two changes in one of them the one that is further on
 * is the later one, more likely than not: the other one is passed over, and the
 * store is asked, a while later. Only a reading made after that second knows.
 */
static int
os_order_tied(os_reduce_t *r, const json_t *data, int64_t changed)
{
    int       read;
    os_buf_t  nonce;

    read = os_str_equal(os_json_str(r->event, "from"), OS_STR("read"));

    if ((read && r->at > changed + OS_TIE_AFTER)
        || os_order_far(data) >= os_order_far(r->order))
    {
        return 0;
    }

    if (!read && os_campaign_at(r->c, "/api/read")) {
        nonce = (os_buf_t) { 0 };
        os_buf_printf(&nonce, "tie/%lld", (long long) changed);
        os_reduce_add_job(r, "read", "", "store", os_buf_view(&nonce),
                          r->now_ms + 2000 * OS_TIE_AFTER, NULL);
        os_buf_free(&nonce);
    }

    return 1;
}


/* Is what arrives older than what is known? */
static int
os_order_stale(os_reduce_t *r, const json_t *data)
{
    int64_t  old, new;

    if (os_reduce_is(r, "state", "unknown")) {
        return 0;
    }

    old = os_json_int(r->order, "changed", 0);
    new = os_json_int(data, "changed", 0);

    return new < old
           || (new == old && new != 0 && os_order_tied(r, data, new));
}


/*
 * What a store says of an order in other places ("also") stands in no webhook:
 * it is read, and until then a parcel that is not listed is no parcel that was
 * taken back.
 */
static void
os_order_also(os_reduce_t *r)
{
    if (os_campaign_at(r->c, "/api/also") == NULL
        || os_str_equal(os_json_str(r->event, "from"), OS_STR("read")))
    {
        return;
    }

    r->partly = 1;

    if (!os_reduce_dead(r)) {
        os_reduce_add_job(r, "read", "", "store", OS_STR("also"), r->now_ms,
                          NULL);
    }
}


static int
os_order_method_asked(const os_campaign_t *c)
{
    size_t  i;
    int     asked = c->eligible.methods != NULL
                    || os_campaign_at(c, "/marketplaces/methods") != NULL;

    for (i = 0; i < c->noffers; i++) {
        asked |= c->offers[i].when.methods != NULL;
    }

    return asked;
}


/*
 * A record stays small: what only a change of the store needs is read again
 * just before it, and what no condition asks for is not kept.
 */
/* Of the order's fees, those that the campaign's offers waive. */
static void
os_order_handling(os_reduce_t *r)
{
    size_t   i, n;
    json_t  *line, *name;
    int64_t  sum = 0;

    json_array_foreach(json_object_get(r->order, "fee_lines"), i, line) {
        json_array_foreach(r->c->fees, n, name) {
            if (os_str_equal(os_json_str(line, "name"),
                             os_str(json_string_value(name))))
            {
                sum += os_json_int(line, "total", 0)
                       + os_json_int(line, "tax", 0);
            }
        }
    }

    (void) json_object_del(r->order, "fee_lines");

    if (sum > 0) {
        os_json_set_int(r->order, "handling", sum);
    }
}


static void
os_order_lean(os_reduce_t *r)
{
    size_t   i;
    json_t  *item;

    os_order_handling(r);
    (void) json_object_del(r->order, "shipping_lines");

    json_array_foreach(json_object_get(r->order, "items"), i, item) {
        (void) json_object_del(item, "line");
        (void) json_object_del(item, "net");
        (void) json_object_del(item, "rate");

        if (!r->c->shelf
            || os_str_equal(os_json_str(item, "variant"), OS_STR("0")))
        {
            (void) json_object_del(item, "variant");
        }
    }

    if (os_json_int(r->order, "shipping_tax", 0) == 0) {
        (void) json_object_del(r->order, "shipping_tax");
    }

    if (!os_order_method_asked(r->c)) {
        (void) json_object_del(r->order, "pay_method");
    }
}


/* What the catalog said of its items is known still. */
static void
os_order_categories(os_reduce_t *r, const json_t *before)
{
    size_t     i;
    json_t    *item, *known = json_object();
    os_str_t   id;

    json_array_foreach(json_object_get(before, "items"), i, item) {
        id = os_json_str(item, "id");

        if (id.len && os_json_str(item, "category").len) {
            (void) json_object_setn(known, id.data, id.len,
                                    json_object_get(item, "category"));
        }
    }

    os_reduce_categories(r, known);
    json_decref(known);
}


/*
 * A record of which its source says that it is not all (its buyer stands
 * elsewhere) replaces nothing: the order is read, once for each change of it. A
 * reading is all that there is.
 */
static int
os_order_partial(os_reduce_t *r, const json_t *data)
{
    os_buf_t  nonce = { 0 };

    if (!os_json_bool(data, "partial") || os_campaign_at(r->c, "/api") == NULL
        || os_str_equal(os_json_str(r->event, "from"), OS_STR("read")))
    {
        return 0;
    }

    os_buf_printf(&nonce, "partial/%lld",
                  (long long) os_json_int(data, "changed", 0));
    os_reduce_add_job(r, "read", "", "store", os_buf_view(&nonce), r->now_ms,
                      os_str_equal(os_json_str(r->event, "from"),
                                   OS_STR("import"))
                      ? json_pack("{s:b}", "silent", 1) : NULL);
    os_buf_free(&nonce);
    os_reduce_count(r, "partial", OS_NULL);

    return 1;
}


/*
 * What is imported, or changed longer ago than messages are about, is told to
 * nobody; nor is what the first reading of an order shows of that time, or the
 * reading that an import set off.
 */
static int
os_order_of_before(const os_reduce_t *r, int64_t changed)
{
    os_str_t  from = os_json_str(r->event, "from");

    return os_str_equal(from, OS_STR("import"))
           || os_json_bool(r->event, "silent")
           || (changed
               && (os_str_equal(from, OS_STR("webhook"))
                   || os_reduce_is(r, "state", "unknown"))
               && r->now_ms / 1000 - changed
                  > os_campaign_duration(r->c, "/max_event_age",
                                         OS_MAX_EVENT_AGE));
}


static void
os_on_order(os_reduce_t *r)
{
    int         dead, unpaid;
    json_t     *data, *before;
    int64_t     changed;

    data = json_object_get(r->event, "data");

    if (os_order_partial(r, data)) {
        return;
    }

    if (os_order_stale(r, data)) {
        os_reduce_count(r, "stale", OS_NULL);
        return;
    }

    changed = os_json_int(data, "changed", 0);

    if (os_order_of_before(r, changed)) {
        r->out->silent = 1;
    }

    dead = os_reduce_dead(r);
    unpaid = os_reduce_is(r, "payment", "unpaid");

    before = r->order;
    r->order = json_copy(data);
    (void) json_object_del(r->order, "partial");
    os_order_lean(r);
    os_json_set_int(r->order, "v", 1);
    os_json_set_str(r->order, "store", r->c->store);
    os_json_set_str(r->order, "id", r->id);

    if (changed && !os_str_equal(os_json_str(r->event, "from"),
                                 OS_STR("read")))
    {
        r->at = changed;
    }

    os_order_categories(r, before);
    os_order_also(r);
    os_reduce_return_order(r, before);
    os_reduce_track_order(r, before);

    if (os_reduce_dead(r)) {
        json_decref(before);

        if (!dead) {
            os_order_died(r);

        } else {
            os_reduce_save_died(r);     /* cancelled, and now paid back */
        }

        return;
    }

    if (dead) {
        (void) json_object_del(r->save, "cancelled");
        (void) json_object_del(r->save, "stop");
    }

    os_reduce_saved(r);
    os_reduce_friend(r);
    os_reduce_unpaid(r);
    os_reduce_pay_by(r, before);
    json_decref(before);

    if (unpaid && !os_reduce_is(r, "payment", "unpaid")
        && os_reduce_decision_is(r, "accepted"))
    {
        os_reduce_drop_job(r, "pay_by", "", "store",
                           os_json_str(os_reduce_decision(r), "nonce"));
        os_reduce_mail(r, "paid",
                       os_json_str(os_reduce_decision(r), "nonce"), 0, NULL);
    }
}


/* How many orders the customer has placed before this one. */
static void
os_on_before(os_reduce_t *r)
{
    os_json_set_int(r->save, "before", os_json_int(r->event, "n", 0));
}


static void
os_on_clock(os_reduce_t *r)
{
    if (!os_reduce_request_clock(r) && !os_reduce_return_clock(r)) {
        os_reduce_on_clock(r);
    }
}


/*
 * Whoever answers to a delay that the order is to be cancelled has it
 * cancelled where the store can: nobody stands between (16 CFR 435.2).
 */
static void
os_on_answer(os_reduce_t *r)
{
    if (os_str_equal(os_json_str(r->event, "what"), OS_STR("cancel"))
        && os_stop_parts(r->order, r->save, r->track) == OS_STOP_OPEN
        && os_input_way(r->c, OS_INPUT_STOP, NULL) == OS_WAY_OUT_ACTION)
    {
        os_reduce_asks_us(r);

    } else {
        os_reduce_on_answer(r);
    }
}


static void
os_on_verdict(os_reduce_t *r)
{
    if (!os_reduce_return_verdict(r)) {
        os_reduce_on_verdict(r);
    }
}


/* What people send, as often as they like, is marked. */
static const struct {
    const char    *kind;
    os_reduce_pt   handle;
    int            people;
} os_kinds[] = {
    { "order", os_on_order, 0 },
    { "exposed", os_reduce_on_exposed, 0 },
    { "asked", os_reduce_on_asked, 1 },
    { "wanted", os_reduce_on_wanted, 0 },
    { "answered", os_reduce_on_answered, 0 },
    { "accepted", os_reduce_on_accepted, 0 },
    { "declined", os_reduce_on_declined, 0 },
    { "words", os_reduce_on_words, 1 },
    { "applied", os_reduce_on_applied, 0 },
    { "refunded", os_reduce_on_refunded, 0 },
    { "stop", os_reduce_on_stop, 0 },
    { "verdict", os_on_verdict, 0 },
    { "return", os_reduce_on_return, 0 },
    { "return_done", os_reduce_on_return_done, 0 },
    { "used", os_reduce_on_used, 0 },
    { "before", os_on_before, 0 },
    { "reordered", os_reduce_on_reordered, 0 },
    { "scored", os_reduce_on_scored, 1 },
    { "reason", os_reduce_on_reason, 0 },
    { "sent", os_reduce_on_sent, 0 },
    { "pay_by", os_reduce_on_pay_by, 0 },
    { "parcel", os_reduce_on_parcel, 0 },
    { "eta", os_reduce_on_eta, 0 },
    { "carrier", os_reduce_on_carrier, 0 },
    { "clock", os_on_clock, 0 },
    { "packaging", os_reduce_on_packaging, 1 },
    { "answer", os_on_answer, 1 },
    { "fits", os_reduce_on_fits, 0 },
    { "extra", os_reduce_on_extra, 0 },
    { "referred", os_reduce_on_referred, 0 },
    { "stopped", os_reduce_on_stopped, 1 },
    { "replied", os_reduce_on_replied, 1 },
    { "reviewed", os_reduce_on_reviewed, 1 },
    { "help", os_reduce_on_help, 1 },
    { "solved", os_reduce_on_solved, 0 },
    { "news", os_reduce_on_news, 0 },
    { "consent", os_reduce_on_consent, 0 },
    { "statement", os_reduce_on_statement, 0 },
    { "why", os_reduce_on_why, 1 },
    { "matched", os_reduce_on_matched, 0 },
    { "withdrawal", os_reduce_on_withdrawal, 0 },
};


/*
 * Ids stand in the order in which they came, each hour's behind its number:
 * what is older than OS_SEEN_KEEP goes. A list of before, without hours, is as
 * of now.
 */
static void
os_seen_forget(json_t *seen, int64_t now)
{
    size_t   i, old;
    json_t  *entry;

    if (json_array_size(seen) && !json_is_integer(json_array_get(seen, 0))) {
        (void) json_array_insert_new(seen, 0,
                                     json_integer(now / OS_SEEN_UNIT));
    }

    old = 0;

    json_array_foreach(seen, i, entry) {
        if (json_is_integer(entry)
            && (json_integer_value(entry) + 1) * OS_SEEN_UNIT
               > now - OS_SEEN_KEEP)
        {
            break;
        }

        old = i + 1;
    }

    while (old-- > 0) {
        (void) json_array_remove(seen, 0);
    }

    while (json_array_size(seen) > OS_SEEN_MAX) {
        (void) json_array_remove(seen,
                                 !json_is_integer(json_array_get(seen, 1)));
    }
}


/* The number before the newest ids. */
static int64_t
os_seen_hour(const json_t *seen)
{
    size_t         i;
    const json_t  *entry;

    for (i = json_array_size(seen); i > 0; i--) {
        entry = json_array_get(seen, i - 1);

        if (json_is_integer(entry)) {
            return json_integer_value(entry);
        }
    }

    return 0;
}


/*
 * Notes the event's id; 1 when it is there already. `last` is about when the
 * event before came (s): 0 where that is not known.
 */
static int
os_reduce_seen(os_reduce_t *r, int64_t *last)
{
    size_t     i;
    json_t    *seen, *entry;
    int64_t    now;
    uint8_t    hash[OS_SHA256_LEN];
    os_buf_t   id;

    now = r->now_ms / 1000;
    id = (os_buf_t) { 0 };
    os_sha256(r->event_id.data, r->event_id.len, hash);
    os_base64url(&id, hash, OS_SEEN_LEN * 6 / 8);

    seen = json_object_get(r->save, "seen");

    if (!json_is_array(seen)) {
        seen = json_array();
        (void) json_object_set_new(r->save, "seen", seen);
    }

    *last = os_seen_hour(seen) * OS_SEEN_UNIT;
    os_seen_forget(seen, now);

    json_array_foreach(seen, i, entry) {
        if (os_str_equal(os_buf_view(&id), os_str(json_string_value(entry)))) {
            os_buf_free(&id);
            return 1;
        }
    }

    if (os_seen_hour(seen) < now / OS_SEEN_UNIT) {
        (void) json_array_append_new(seen, json_integer(now / OS_SEEN_UNIT));
    }

    (void) json_array_append_new(seen, os_json_new_str(os_buf_view(&id)));
    os_buf_free(&id);

    return 0;
}


/*
 * So many a day of a kind that people send are heard of: mails, webhooks and
 * notes follow from each of them. The record takes in all.
 */
static void
os_reduce_often(os_reduce_t *r, const char *kind)
{
    json_t   *often, *count;
    int64_t   day, n;

    day = r->now_ms / 1000 / OS_OFTEN_PERIOD;
    often = os_reduce_member(r->save, "often");
    count = json_object_get(often, kind);
    n = json_integer_value(json_array_get(count, 0)) == day
        ? json_integer_value(json_array_get(count, 1)) : 0;

    if (n >= OS_OFTEN_MAX) {
        r->enough = 1;
        os_reduce_count(r, "said_enough", OS_NULL);
        return;
    }

    (void) json_object_set_new(often, kind,
                               json_pack("[I, I]", (json_int_t) day,
                                         (json_int_t) n + 1));
}


static void
os_order_alias(os_reduce_t *r, const char *kind, os_str_t value, int64_t ttl)
{
    json_t  *alias;

    alias = os_reduce_effect(r, "alias", os_json_str(r->order, "customer"));
    os_json_set_str(alias, "kind", os_str(kind));
    os_json_set_str(alias, "value", value);

    if (ttl) {
        os_json_set_int(alias, "ttl", ttl);
    }
}


/* Is this member another than it was? */
static int
os_order_other(const os_reduce_t *r, const json_t *before, const char *member)
{
    return !os_str_equal(os_json_str(r->order, member),
                         os_json_str(before, member));
}


/* Is it asked for anywhere whether an order is its customer's first? */
static int
os_order_first_asked(const os_campaign_t *c)
{
    size_t  i;
    int     asked = c->eligible.first || c->eligible.later;

    for (i = 0; i < c->noffers; i++) {
        asked |= c->offers[i].when.first || c->offers[i].when.later;
    }

    return asked;
}


/* The index of the customer's orders. */
static void
os_order_buyer(os_reduce_t *r, os_str_t customer, const json_t *before)
{
    json_t  *buyer;

    buyer = os_reduce_effect(r, "buyer", customer);
    os_json_set_int(buyer, "placed",
                    os_json_int(r->order, "placed", r->at));

    if (os_order_other(r, before, "customer")) {
        (void) json_object_set_new(buyer, "new", json_true());
        os_reduce_wish(r);
    }

    if (os_json_str(before, "customer").len == 0 && !r->out->silent) {
        (void) json_object_set_new(buyer, "notify", json_true());
    }

    if (os_order_first_asked(r->c)) {
        os_json_set_int(os_reduce_effect(r, "before", customer), "placed",
                        os_json_int(r->order, "placed", r->at));
    }
}


static void
os_order_parcels(os_reduce_t *r, const json_t *before, int again)
{
    size_t     i;
    json_t    *parcel;
    os_str_t   number;

    json_array_foreach(json_object_get(r->track, "parcels"), i, parcel) {
        number = os_json_str(parcel, "number");

        if (again || os_track_find(json_object_get(before, "track"), number)
                     == NULL)
        {
            os_order_alias(r, "tracking", number, 0);
        }
    }
}


/*
 * What the order is found under: each name when it is new, and all of them with
 * the first event of each period of half a record's life: each event lets the
 * record live on, and a name lives twice as long (osw_effect).
 */
static void
os_order_names(os_reduce_t *r, const json_t *before, int64_t last)
{
    int        again;
    int64_t    period, shift;
    os_str_t   number, phone, customer;

    period = os_campaign_duration(r->c, "/keep", OS_KEEP) / 2;
    period = period > 0 ? period : 1;
    shift = os_crc16(r->id.data, r->id.len) * period / 65536;   /* spread */
    again = (last + shift) / period != (r->now_ms / 1000 + shift) / period;

    number = os_json_str(r->order, "number");
    phone = os_consent_phone_parts(r->order, r->track);
    customer = os_json_str(r->order, "customer");

    if (number.len && (again || os_order_other(r, before, "number"))) {
        os_order_alias(r, "number", number, 0);
    }

    if (!os_reduce_is(r, "state", "unknown")
        && (before == NULL || os_str_equal(os_json_str(before, "state"),
                                           OS_STR("unknown"))))
    {
        /* its record answers to this name, but what waits must be called */
        os_order_alias(r, number.len ? "id" : "number", r->id,
                       OS_ALIAS_SHORT);
    }

    /* whoever answers to an SMS: the effect hashes the number */

    if (phone.len && os_consent_parts(r->order, r->track, OS_CONSENT_SMS)
        && (again || !os_str_equal(phone, os_consent_phone(before))
            || !os_consent(before, OS_CONSENT_SMS)))
    {
        os_order_alias(r, "phone", phone, 0);
    }

    if (customer.len && (again || os_order_other(r, before, "customer"))) {
        os_order_buyer(r, customer, before);
    }

    os_order_parcels(r, before, again);
}


/* A part of the record, to be changed: an object, whatever stands there. */
static json_t *
os_reduce_part(const json_t *order, const char *name)
{
    json_t  *part = json_object_get(order, name);

    return json_is_object(part) ? json_deep_copy(part) : json_object();
}


static void
os_reduce_begin(os_reduce_t *r, const json_t *order)
{
    if (order != NULL) {
        r->order = json_copy((json_t *) order);

    } else {
        r->order = json_object();
        os_json_set_int(r->order, "v", 1);
        os_json_set_str(r->order, "store", r->c->store);
        os_json_set_str(r->order, "id", r->id);
        os_json_set_str(r->order, "state", OS_STR("unknown"));
    }

    r->save = os_reduce_part(order, "save");
    r->track = os_reduce_part(order, "track");
}


int
os_reduce(const os_campaign_t *c, const json_t *order, os_str_t id,
    const json_t *event, int64_t now_ms, os_reduced_t *out, os_error_t *err)
{
    size_t       i;
    int64_t      last;
    os_str_t     kind;
    os_reduce_t  r;

    *out = (os_reduced_t) { 0 };
    kind = os_json_str(event, "kind");

    r = (os_reduce_t) { .c = c, .event = event, .id = id, .now_ms = now_ms,
                        .out = out };
    r.event_id = os_json_str(event, "id");
    r.at = os_json_int(event, "at_ms", now_ms) / 1000;

    if (r.event_id.len == 0) {
        return os_fail(err, "an event without an id");
    }

    for (i = 0; i < sizeof(os_kinds) / sizeof(os_kinds[0]); i++) {
        if (os_str_equal(kind, os_str(os_kinds[i].kind))) {
            break;
        }
    }

    if (i == sizeof(os_kinds) / sizeof(os_kinds[0])) {
        return os_fail(err, "an event of unknown kind \"%.*s\"",
                       (int) kind.len, kind.data ? kind.data : "");
    }

    os_reduce_begin(&r, order);

    if (os_reduce_is(&r, "state", "erased")) {
        out->duplicate = 1;             /* nothing is made of it any more */
        os_reduce_count(&r, "erased", OS_NULL);

    } else if (os_reduce_seen(&r, &last)) {
        out->duplicate = 1;
        os_reduce_count(&r, "duplicate", OS_NULL);

    } else {
        out->silent = now_ms / 1000 - r.at
                      > os_campaign_duration(c, "/max_event_age",
                                             OS_MAX_EVENT_AGE);

        if (os_kinds[i].people) {
            os_reduce_often(&r, os_kinds[i].kind);
        }

        os_kinds[i].handle(&r);
        os_reduce_next(&r);
        os_reduce_stop_order(&r);

        if (!out->none && !os_withdrawal_is_id(id)) {
            os_order_names(&r, order, last);
        }
    }

    (void) json_object_set_new(r.order, "save", r.save);
    (void) json_object_set_new(r.order, "track", r.track);

    if (json_object_size(r.track) == 0) {
        (void) json_object_del(r.order, "track");
    }

    out->order = r.order;

    if (!out->duplicate && !out->none && !os_withdrawal_is_id(id)) {
        out->facts = os_facts(order, out->order, event, out->held,
                              now_ms / 1000);
    }

    return 0;
}

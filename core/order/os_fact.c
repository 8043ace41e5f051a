/*
 * os_fact: see os_fact.h. A table of kinds, each with what has to be new.
 */

#include <string.h>

#include "core/order/os_fact.h"
#include "core/order/os_track.h"


typedef struct {
    const json_t  *before;      /* the record, or NULL */
    const json_t  *after;
    const json_t  *event;
    const json_t  *held;        /* jobs that were not made, or NULL */
    int64_t        at;          /* epoch s */
    json_t        *out;
} os_facts_t;


static const json_t *
os_fact_save(const json_t *record)
{
    return json_object_get(record, "save");
}


static const json_t *
os_fact_part(const json_t *record, const char *name)
{
    return json_object_get(os_fact_save(record), name);
}


/* A new fact of the order, borrowed; several of an event have a `detail`. */
static json_t *
os_fact_add(os_facts_t *f, const char *kind, os_str_t detail)
{
    json_t    *fact = json_object();
    os_str_t   customer = os_json_str(f->after, "customer");
    os_str_t   arm = os_json_str(os_fact_save(f->after), "arm");
    os_buf_t   id = { 0 };

    os_buf_str(&id, os_json_str(f->event, "id"));
    os_buf_char(&id, ':');
    os_buf_text(&id, kind);

    if (detail.len) {
        os_buf_char(&id, ':');
        os_buf_str(&id, detail);
    }

    os_json_set_str(fact, "id", os_buf_view(&id));
    os_buf_free(&id);
    os_json_set_str(fact, "kind", os_str(kind));
    os_json_set_int(fact, "at", f->at);
    os_json_set_str(fact, "order", os_json_str(f->event, "order"));

    if (customer.len) {
        os_json_set_str(fact, "customer", customer);
    }

    if (arm.len) {
        os_json_set_str(fact, "arm", arm);
    }

    (void) json_array_append_new(f->out, fact);

    return fact;
}


static void
os_fact_text(json_t *fact, const char *member, const json_t *from,
    const char *name)
{
    os_str_t  text = os_json_str(from, name);

    if (text.len) {
        os_json_set_str(fact, member, text);
    }
}


/* What a buyer typed; no character is cut in two. */
static void
os_fact_words(json_t *fact, const json_t *from, const char *name)
{
    os_str_t  text = os_json_str(from, name);

    if (text.len > OS_FACT_WORDS) {
        text.len = OS_FACT_WORDS;

        while (text.len && (text.data[text.len] & 0xc0) == 0x80) {
            text.len--;
        }
    }

    if (text.len) {
        os_json_set_str(fact, "words", text);
    }
}


static void
os_fact_money(os_facts_t *f, json_t *fact, int64_t amount)
{
    if (amount) {
        os_json_set_int(fact, "money", amount);
        os_fact_text(fact, "currency", f->after, "currency");
    }
}


static void
os_fact_items(os_facts_t *f, json_t *fact)
{
    size_t   i;
    json_t  *item, *ids = json_array();

    json_array_foreach(json_object_get(f->after, "items"), i, item) {
        if (os_json_str(item, "id").len
            && json_array_size(ids) < OS_FACT_ITEMS)
        {
            (void) json_array_append(ids, json_object_get(item, "id"));
        }
    }

    if (json_array_size(ids)) {
        (void) json_object_set(fact, "items", ids);
    }

    json_decref(ids);
}


static int
os_fact_kind(const os_facts_t *f, const char *kind)
{
    return os_str_equal(os_json_str(f->event, "kind"), os_str(kind));
}


/* Has a number of a part grown, or come? */
static int
os_fact_newer(const json_t *before, const json_t *after, const char *name)
{
    return os_json_int(after, name, 0) > os_json_int(before, name, 0);
}


static int
os_fact_becomes(const json_t *before, const json_t *after, const char *name,
    const char *word)
{
    return os_str_equal(os_json_str(after, name), os_str(word))
           && !os_str_equal(os_json_str(before, name), os_str(word));
}


/* The order itself: placed, cancelled, paid back. */
static void
os_fact_order(os_facts_t *f)
{
    int64_t   back;
    json_t   *fact;
    os_str_t  was = os_json_str(f->before, "state");

    if (os_json_str(f->after, "currency").len
        && (was.len == 0 || os_str_equal(was, OS_STR("unknown"))))
    {
        fact = os_fact_add(f, "placed", OS_NULL);
        os_fact_money(f, fact, os_json_int(f->after, "total", 0));
        os_fact_text(fact, "country", f->after, "country");
        os_json_set_int(fact, "placed", os_json_int(f->after, "placed",
                                                    f->at));
        os_fact_items(f, fact);
    }

    if (os_fact_becomes(f->before, f->after, "state", "cancelled")) {
        fact = os_fact_add(f, "cancelled", OS_NULL);
        os_fact_money(f, fact, os_json_int(f->after, "total", 0));
        os_fact_text(fact, "reason", os_fact_part(f->after, "asked"),
                     "reason");
        os_fact_items(f, fact);
    }

    back = os_json_int(f->after, "refunds", 0)
           - os_json_int(f->before, "refunds", 0);

    if (back > 0 && f->before) {
        os_fact_money(f, os_fact_add(f, "refunded", OS_NULL), back);
    }
}


/* A page was shown, and what was said to it. */
static void
os_fact_met(os_facts_t *f)
{
    json_t        *fact;
    const json_t  *was = os_fact_part(f->before, "asked");
    const json_t  *asked = os_fact_part(f->after, "asked");

    if (os_fact_newer(os_fact_save(f->before), os_fact_save(f->after),
                      "exposed"))
    {
        fact = os_fact_add(f, "exposed", OS_NULL);
        os_fact_text(fact, "experiment", os_fact_save(f->after),
                     "experiment");
        (void) json_object_set(fact, "offers",
                               json_object_get(f->event, "offers"));
        os_fact_money(f, fact, os_json_int(f->after, "total", 0));
        os_fact_text(fact, "country", f->after, "country");
        os_fact_items(f, fact);
    }

    if (os_fact_newer(was, asked, "count")) {
        fact = os_fact_add(f, "asked", OS_NULL);
        os_fact_text(fact, "reason", f->event, "reason");
        os_fact_words(fact, f->event, "comment");

    } else if (os_fact_kind(f, "reason")) {
        fact = os_fact_add(f, "reason", OS_NULL);
        os_fact_text(fact, "reason", f->event, "reason");
        os_fact_words(fact, f->event, "comment");
    }
}


/* What would have been shown and done, while the campaign observes. */
static void
os_fact_observed(os_facts_t *f)
{
    size_t         i;
    json_t        *fact, *job;
    os_buf_t       id = { 0 };
    const json_t  *now = os_fact_part(f->after, "observed");

    if (now && os_fact_part(f->before, "observed") == NULL) {
        fact = os_fact_add(f, "observed", OS_NULL);
        os_fact_money(f, fact, os_json_int(f->after, "total", 0));
        os_fact_text(fact, "country", f->after, "country");
        (void) json_object_set(fact, "offers",
                               json_object_get(now, "offers"));
    }

    json_array_foreach(f->held, i, job) {
        id.len = 0;
        os_buf_str(&id, os_json_str(job, "id"));
        os_buf_text(&id, ":held");
        fact = os_fact_add(f, "held", OS_NULL);
        os_json_set_str(fact, "id", os_buf_view(&id));
        os_fact_text(fact, "message", job, "purpose");
        os_fact_text(fact, "channel", job, "channel");
    }

    os_buf_free(&id);
}


/* A decision, and how far it has come. */
static void
os_fact_decision(os_facts_t *f)
{
    json_t        *fact;
    const json_t  *was = os_fact_part(f->before, "decision");
    const json_t  *now = os_fact_part(f->after, "decision");
    const json_t  *said = json_object_get(f->event, "decision");

    if (os_fact_kind(f, "accepted") || os_fact_kind(f, "declined")) {
        fact = os_fact_add(f, "decided", OS_NULL);
        os_fact_text(fact, "outcome", f->event, "kind");
        os_fact_text(fact, "offer", said, "offer");
        os_fact_text(fact, "reason", said, "reason");
        os_fact_words(fact, said, "comment");
        os_fact_money(f, fact, os_json_int(json_object_get(said, "terms"),
                                           "amount", 0));
    }

    if (os_fact_kind(f, "applied")) {
        fact = os_fact_add(f, "applied", OS_NULL);
        os_fact_text(fact, "offer", now, "offer");
        os_fact_text(fact, "outcome", now, "applied");
    }

    if (os_json_bool(now, "saved") && !os_json_bool(was, "saved")) {
        fact = os_fact_add(f, "saved", OS_NULL);
        os_fact_text(fact, "offer", now, "offer");
        os_fact_text(fact, "reason", now, "reason");
        os_fact_money(f, fact, os_json_int(f->after, "total", 0));
    }

    if (os_fact_becomes(was, now, "state", "withdrawn")) {
        os_fact_text(os_fact_add(f, "withdrawn", OS_NULL), "offer", now,
                     "offer");
    }

    if (os_fact_kind(f, "verdict")) {
        fact = os_fact_add(f, "answered", OS_NULL);
        os_fact_text(fact, "offer", now, "offer");
        os_json_set_str(fact, "outcome", os_json_bool(f->event, "approved")
                                         ? OS_STR("approved")
                                         : OS_STR("declined"));
        os_fact_money(f, fact, os_json_int(f->event, "amount", 0));
    }
}


/* What buyers think of it. */
static void
os_fact_said(os_facts_t *f)
{
    json_t  *fact;

    if (os_fact_kind(f, "scored")) {
        fact = os_fact_add(f, "score", OS_NULL);
        os_json_set_int(fact, "value", os_json_int(f->event, "score", 0));
        os_fact_words(fact, f->event, "comment");

    } else if (os_fact_kind(f, "reviewed")) {
        fact = os_fact_add(f, "review", OS_NULL);
        os_json_set_int(fact, "value", os_json_int(f->event, "stars", 0));
        os_fact_words(fact, f->event, "text");

    } else if (os_fact_kind(f, "help")) {
        os_fact_words(os_fact_add(f, "help", OS_NULL), f->event, "text");
    }

    if (os_fact_newer(os_fact_save(f->before), os_fact_save(f->after),
                      "reordered"))
    {
        (void) os_fact_add(f, "reordered", OS_NULL);
    }
}


/* How far a parcel has come since. */
static void
os_fact_parcel(os_facts_t *f, const json_t *was, const json_t *now)
{
    int        moved, sided;
    json_t    *fact;
    os_str_t   number = os_json_str(now, "number");

    moved = !os_str_equal(os_json_str(was, "milestone"),
                          os_json_str(now, "milestone"))
            && os_json_str(now, "milestone").len;
    sided = !os_str_equal(os_json_str(was, "side"), os_json_str(now, "side"))
            && os_json_str(now, "side").len;

    if (!moved && !sided) {
        return;
    }

    fact = os_fact_add(f, "parcel", number);
    os_fact_text(fact, "carrier", now, "carrier");
    os_fact_text(fact, "country", f->after, "country");
    os_fact_text(fact, "milestone", now, "milestone");
    os_fact_text(fact, "side", now, "side");
    (void) json_object_set(fact, "times", json_object_get(now, "at"));
    os_fact_text(fact, "promised", json_object_get(now, "arrival"), "to");
}


static void
os_fact_parcels(os_facts_t *f)
{
    size_t         i;
    json_t        *parcel;
    const json_t  *was = json_object_get(f->before, "track");

    json_array_foreach(json_object_get(json_object_get(f->after, "track"),
                                       "parcels"), i, parcel)
    {
        os_fact_parcel(f, os_track_find(was, os_json_str(parcel, "number")),
                       parcel);
    }
}


json_t *
os_facts(const json_t *before, const json_t *after, const json_t *event,
    const json_t *held, int64_t now)
{
    size_t      i;
    os_facts_t  f = { .before = before, .after = after, .event = event,
                      .held = held };

    static void (*const  kinds[])(os_facts_t *f) = {
        os_fact_order, os_fact_met, os_fact_observed, os_fact_decision,
        os_fact_said, os_fact_parcels
    };

    f.at = os_json_int(event, "at_ms", now * 1000) / 1000;
    f.out = json_array();

    for (i = 0; f.out && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        kinds[i](&f);
    }

    if (json_array_size(f.out) == 0) {
        json_decref(f.out);
        return NULL;
    }

    return f.out;
}

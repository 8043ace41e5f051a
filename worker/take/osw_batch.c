/*
 * osw_batch: events → orders. See osw_batch.h.
 *
 * The batch keeps what it came to in four tables, so that a job added by one
 * event and dropped by a later one of the same batch comes out right.
 */

#include <stdlib.h>
#include <string.h>

#include "core/order/os_reduce.h"
#include "core/order/os_withdrawal.h"
#include "redis/os_script_work.h"
#include "worker/take/osw_batch.h"
#include "worker/take/osw_effect.h"
#include "worker/take/osw_inbox.h"
#include "worker/osw_lease.h"
#include "worker/osw_zone.h"


#define OSW_AGAIN_MS  500       /* after a commit that failed */
#define OSW_REFUSED   3         /* so often Redis said no to one event alone */
#define OSW_CLOCK_SLACK  1000   /* ms that Redis' clock may go back unseen */
#define OSW_UNKNOWN_KEEP  (7 * 86400)     /* s: what only a cancel told of */


typedef struct {
    osw_shard_t  *shard;
    int64_t       epoch;
    json_t       *entries;      /* stream ids, to be deleted */
    json_t       *events;       /* parsed, in order; null: none of ours */
    json_t       *names;        /* "shop/19" → true, in order of first sight */
    json_t       *orders;       /* "shop/19" → record; absent: not known */
    json_t       *changed;      /* "shop/19" → true */
    json_t       *add;          /* job key → {"job", "due_ms"} */
    json_t       *drop;         /* job key → true */
    json_t       *decisions;    /* [{"name", "store", …}] */
    json_t       *effects;
    json_t       *counts;       /* "shop:asked" → n */
    json_t       *facts;        /* see os_fact.h */
    json_t       *erased;       /* "shop/CUSTOMER" → seconds */
    int64_t       now_ms;       /* what was taken for now */
    size_t        pending;
    unsigned      failed:1;
} osw_batch_t;

/* Was this buyer erased, and when? */
typedef struct {
    osw_batch_t  *batch;
    os_buf_t      name;
} osw_erased_t;


static void
osw_batch_free(osw_batch_t *b)
{
    b->shard->batch = 0;
    json_decref(b->entries);
    json_decref(b->events);
    json_decref(b->names);
    json_decref(b->orders);
    json_decref(b->changed);
    json_decref(b->add);
    json_decref(b->drop);
    json_decref(b->decisions);
    json_decref(b->effects);
    json_decref(b->counts);
    json_decref(b->facts);
    json_decref(b->erased);
    free(b);
}


static osw_batch_t *
osw_batch_new(osw_shard_t *shard)
{
    osw_batch_t  *b;

    b = calloc(1, sizeof(osw_batch_t));
    if (b == NULL) {
        return NULL;
    }

    b->shard = shard;
    b->epoch = shard->epoch;
    b->entries = json_array();
    b->events = json_array();
    b->names = json_object();
    b->orders = json_object();
    b->changed = json_object();
    b->add = json_object();
    b->drop = json_object();
    b->decisions = json_array();
    b->effects = json_array();
    b->counts = json_object();
    b->facts = json_array();
    b->erased = json_object();

    return b;
}


static void
osw_batch_count(osw_batch_t *b, os_str_t store, const char *name, int64_t n)
{
    os_buf_t  field;

    field = (os_buf_t) { 0 };
    os_buf_str(&field, store);
    os_buf_char(&field, ':');
    os_buf_text(&field, name);

    if (!field.failed) {
        os_json_set_int(b->counts, field.data,
                        os_json_int(b->counts, field.data, 0) + n);
    }

    os_buf_free(&field);
}


/* The JSON of an entry's field `e`. */
static json_t *
osw_batch_event(const redisReply *entry)
{
    size_t       i;
    redisReply  *fields;

    if (entry->elements != 2 || entry->element[1]->elements < 2) {
        return NULL;
    }

    fields = entry->element[1];

    for (i = 0; i + 1 < fields->elements; i += 2) {
        if (os_str_equal(osw_reply_str(fields->element[i]), OS_STR("e"))) {
            return os_json_parse(osw_reply_str(fields->element[i + 1]),
                                 "event", NULL);
        }
    }

    return NULL;
}


static void
osw_batch_take(osw_batch_t *b, const redisReply *entry)
{
    json_t       *event;
    os_str_t      store, id;
    const char   *name;

    event = osw_batch_event(entry);
    name = json_string_value(json_object_get(event, "order"));

    (void) json_array_append_new(b->entries,
                                 os_json_new_str(osw_reply_str(
                                                     entry->element[0])));

    if (name == NULL || osw_order_split(os_str(name), &store, &id) != 0
        || osw_config_store(b->shard->w->config, store) == NULL)
    {
        osw_log(OSW_WARN, "shard %u: an event of no order of ours is dropped",
                b->shard->index);
        osw_batch_count(b, OS_STR("-"), "events.bad", 1);
        json_decref(event);
        return;
    }

    (void) json_object_set_new(b->names, name, json_true());
    (void) json_array_append_new(b->events, event);
}


static void
osw_batch_job(osw_batch_t *b, os_str_t order, json_t *entry)
{
    os_buf_t  key;

    key = (os_buf_t) { 0 };
    os_job_key(order, os_json_str(json_object_get(entry, "job"), "id"), &key);
    (void) json_object_del(b->drop, key.data);
    (void) json_object_set(b->add, key.data, entry);
    os_buf_free(&key);
}


static void
osw_batch_drop(osw_batch_t *b, os_str_t order, os_str_t id)
{
    os_buf_t  key;

    key = (os_buf_t) { 0 };
    os_job_key(order, id, &key);
    (void) json_object_del(b->add, key.data);
    (void) json_object_set_new(b->drop, key.data, json_true());
    os_buf_free(&key);
}


static void
osw_batch_result(osw_batch_t *b, const char *name, os_str_t store,
    os_reduced_t *out)
{
    size_t       i;
    json_t      *entry;
    const char  *key;

    (void) json_object_set(b->orders, name, out->order);
    (void) json_object_set_new(b->changed, name, json_true());

    json_array_foreach(out->drop, i, entry) {
        osw_batch_drop(b, os_str(name), os_str(json_string_value(entry)));
    }

    json_array_foreach(out->add, i, entry) {
        osw_batch_job(b, os_str(name), entry);
    }

    json_array_foreach(out->effects, i, entry) {
        os_json_set_str(entry, "store", store);
        (void) json_array_append(b->effects, entry);
    }

    (void) json_array_extend(b->facts, out->facts);

    json_object_foreach(out->counts, key, entry) {
        osw_batch_count(b, store, key, json_integer_value(entry));
    }

    if (out->decision) {
        os_json_set_str(out->decision, "name", os_str(name));
        os_json_set_str(out->decision, "store", store);
        (void) json_array_append(b->decisions, out->decision);
    }
}


/* An order that an erased buyer placed before: as if it had never come. */
static int
osw_batch_is_erased(osw_batch_t *b, os_str_t store, const json_t *event)
{
    int       erased;
    json_t   *data;
    os_buf_t  name = { 0 };

    data = json_object_get(event, "data");

    if (os_json_str(data, "customer").len == 0) {
        return 0;
    }

    os_buf_str(&name, store);
    os_buf_char(&name, '/');
    os_buf_str(&name, os_json_str(data, "customer"));
    erased = name.data
             && os_json_int(data, "placed",
                            os_json_int(event, "at_ms", 0) / 1000)
                <= os_json_int(b->erased, name.data, -1);
    os_buf_free(&name);

    return erased;
}


/* A number that was typed, as it is dialled from anywhere. */
static void
osw_batch_number(const osw_store_t *store, const json_t *order, json_t *event)
{
    char      e164[24];
    os_str_t  phone = os_json_str(event, "phone");

    if (phone.len == 0) {
        return;
    }

    if (osw_inbox_number(store, order, phone, e164) == 0) {
        os_json_set_str(event, "phone", os_str(e164));

    } else {
        (void) json_object_del(event, "phone");
        (void) json_object_set_new(event, "wrong", json_true());
    }
}


static void
osw_batch_reduce(osw_batch_t *b)
{
    osw_t         *w;
    size_t         i;
    json_t        *event;
    os_str_t       store, id;
    os_error_t     err;
    const char    *name;
    osw_store_t   *s;
    os_reduced_t   out;

    w = b->shard->w;
    b->now_ms = osw_now_ms(w);

    json_array_foreach(b->events, i, event) {
        name = json_string_value(json_object_get(event, "order"));
        (void) osw_order_split(os_str(name), &store, &id);
        s = osw_config_store(w->config, store);

        if (osw_batch_is_erased(b, store, event)) {
            osw_batch_count(b, store, "erased", 1);
            continue;
        }

        osw_zone_settle(json_object_get(b->orders, name),
                        os_campaign_offset(s->campaign),
                        json_object_get(event, "data"));
        osw_batch_number(s, json_object_get(b->orders, name), event);

        if (os_reduce(s->campaign, json_object_get(b->orders, name), id, event,
                      b->now_ms, &out, &err) == 0)
        {
            if (!out.none) {
                osw_batch_result(b, name, store, &out);
            }

        } else {
            osw_log(OSW_WARN, "shard %u: %s", b->shard->index, err.text);
            osw_batch_count(b, store, "events.bad", 1);
        }

        os_reduced_free(&out);
    }
}


static void
osw_aside_reply(os_command_t *cmd, redisReply *reply)
{
    osw_shard_t  *s;

    s = cmd->data;

    if (!osw_reply_failed(reply)) {
        s->refused = 0;
        s->poll_at = 0;
    }
}


/*
 * Redis does not take this commit, however often: one event a time is tried
 * then, and the one that it is goes aside. The others of its shard go on.
 */
static void
osw_commit_refused(osw_batch_t *b, const char *why)
{
    os_str_t       entry;
    osw_shard_t   *s;
    os_command_t  *cmd;

    s = b->shard;
    s->refused++;

    if (json_array_size(b->entries) != 1 || s->refused < OSW_REFUSED) {
        return;
    }

    entry = os_str(json_string_value(json_array_get(b->entries, 0)));
    osw_log(OSW_ERROR, "shard %u: the event %s is set aside: %s", s->index,
            entry.data, why);

    cmd = os_command_new(s->index, osw_aside_reply, s);
    os_command_script(cmd, &os_script_aside, 4, 3);
    osw_command_key(s->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "aside", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "stat", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(s->w->id));
    os_command_add_int(cmd, b->epoch);
    os_command_add(cmd, entry);
    osw_redis_send(s->w->redis, cmd);
}


/* An entry's id begins with when Redis wrote it. */
static void
osw_commit_took(const osw_batch_t *b, int64_t now)
{
    size_t   i;
    json_t  *entry;

    json_array_foreach(b->entries, i, entry) {
        osw_tally_took(b->shard->w->tally, OSW_TOOK_COMMIT, now
                       - strtoll(json_string_value(entry), NULL, 10));
    }
}


static void
osw_commit_reply(os_command_t *cmd, redisReply *reply)
{
    osw_t        *w;
    osw_batch_t  *b;

    b = cmd->data;
    w = b->shard->w;

    if (osw_reply_failed(reply)) {
        w->failures++;
        b->shard->poll_at = uv_now(w->loop) + OSW_AGAIN_MS;

        if (reply) {
            osw_commit_refused(b, reply->str);
        }

    } else if (osw_reply_int(reply, -1) == -1) {
        osw_log(OSW_WARN, "shard %u: lost to another worker", b->shard->index);
        b->shard->epoch = 0;

    } else {
        osw_lease_clock(b->shard, osw_reply_int(reply, 0));
        b->shard->refused = 0;
        w->commits++;
        osw_commit_took(b, osw_reply_int(reply, 0));
        w->events += json_array_size(b->entries);
        b->shard->poll_at = 0;
    }

    osw_batch_free(b);
}


static void
osw_commit_orders(osw_batch_t *b, os_command_t *cmd)
{
    int64_t       keep;
    json_t       *yes, *order;
    os_str_t      store, id;
    os_buf_t      text;
    const char   *name;
    osw_store_t  *s;

    os_command_add_int(cmd, (int64_t) json_object_size(b->changed));

    json_object_foreach(b->changed, name, yes) {
        (void) osw_order_split(os_str(name), &store, &id);
        s = osw_config_store(b->shard->w->config, store);
        keep = os_campaign_duration(s->campaign, "/keep", 90 * 86400);
        order = json_object_get(b->orders, name);

        if (os_withdrawal_is_id(id)) {
            keep = os_withdrawal_keep(s->campaign);
        }

        /* anybody can ask for an order that is none */

        if (keep > OSW_UNKNOWN_KEEP
            && os_str_equal(os_json_str(order, "state"), OS_STR("unknown")))
        {
            keep = OSW_UNKNOWN_KEEP;
        }

        text = (os_buf_t) { 0 };
        os_json_dump(&text, order);
        os_command_add(cmd, os_buf_view(&text));
        os_command_add_int(cmd, keep > 0 ? keep : 1);
        os_buf_free(&text);
    }
}


static void
osw_commit_jobs(osw_batch_t *b, os_command_t *cmd)
{
    json_t      *entry;
    os_buf_t     text;
    const char  *id;

    os_command_add_int(cmd, (int64_t) json_object_size(b->add));

    json_object_foreach(b->add, id, entry) {
        text = (os_buf_t) { 0 };
        os_json_dump(&text, json_object_get(entry, "job"));
        os_command_add(cmd, os_str(id));
        os_command_add(cmd, os_buf_view(&text));
        os_command_add_int(cmd, os_json_int(entry, "due_ms", 0));
        os_buf_free(&text);
    }

    os_command_add_int(cmd, (int64_t) json_object_size(b->drop));

    json_object_foreach(b->drop, id, entry) {
        os_command_add(cmd, os_str(id));
    }
}


static void
osw_commit_decisions(osw_batch_t *b, os_command_t *cmd)
{
    size_t     i;
    json_t    *d, *set;
    os_buf_t   text;

    os_command_add_int(cmd, (int64_t) json_array_size(b->decisions));

    json_array_foreach(b->decisions, i, d) {
        text = (os_buf_t) { 0 };
        set = json_object_get(d, "set");

        if (set) {
            os_json_dump(&text, set);

        } else {
            os_buf_text(&text, "{}");
        }

        os_command_add(cmd, os_json_str(d, "name"));
        os_command_add(cmd, os_json_str(d, "nonce"));
        os_command_add(cmd, os_buf_view(&text));
        os_command_add(cmd, os_json_bool(d, "withdraw") ? OS_STR("1")
                                                        : OS_STR("0"));
        os_command_add(cmd, os_json_str(d, "why"));
        os_command_add(cmd, os_json_str(d, "store"));
        os_buf_free(&text);
    }
}


static void
osw_commit_counts(osw_batch_t *b, os_command_t *cmd)
{
    json_t      *n;
    const char  *field;

    os_command_add_int(cmd, (int64_t) json_object_size(b->counts));

    json_object_foreach(b->counts, field, n) {
        os_command_add(cmd, os_str(field));
        os_command_add_int(cmd, json_integer_value(n));
    }
}


/* The words of a fact lie beside it, so that they can be taken away. */
static void
osw_commit_facts(osw_batch_t *b, os_command_t *cmd)
{
    size_t         i;
    json_t        *fact, *words;
    os_buf_t       text = { 0 };
    osw_config_t  *c = b->shard->w->config;

    os_command_add_int(cmd, c->facts_keep);
    os_command_add_int(cmd, c->facts_most / c->space.shards);
    os_command_add_int(cmd, c->facts_keep ? (int64_t) json_array_size(b->facts)
                                          : 0);

    json_array_foreach(c->facts_keep ? b->facts : NULL, i, fact) {
        words = json_incref(json_object_get(fact, "words"));

        if (words) {
            (void) json_object_set_new(fact, "words", json_true());
        }

        text.len = 0;
        os_json_dump(&text, fact);
        os_command_add(cmd, os_buf_view(&text));
        os_command_add(cmd, os_json_str(fact, "order"));
        os_command_add(cmd, os_json_str(fact, "id"));
        os_command_add(cmd, os_str(words ? json_string_value(words) : ""));

        if (words) {
            (void) json_object_set_new(fact, "words", words);
        }
    }

    os_buf_free(&text);
}


static void
osw_commit_keys(osw_batch_t *b, os_command_t *cmd)
{
    json_t                   *yes;
    size_t                    i;
    osw_t                    *w;
    os_str_t                  store, id;
    const char               *name;
    static const char *const  keys[] = { "lease", "ev", "queue", "jobs",
                                         "stat", "sent", "facts" };

    w = b->shard->w;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        osw_command_key(w, cmd, keys[i], OS_NULL, OS_NULL, OS_NULL);
    }

    json_object_foreach(b->changed, name, yes) {
        (void) osw_order_split(os_str(name), &store, &id);
        osw_command_key(w, cmd, "o", store, id, OS_NULL);
    }
}


static void
osw_batch_commit(osw_batch_t *b)
{
    size_t         i, args;
    json_t        *entry;
    osw_t         *w;
    os_buf_t       prefix;
    os_command_t  *cmd;

    w = b->shard->w;
    args = 3 + 1 + 1 + json_array_size(b->entries)
           + 1 + 2 * json_object_size(b->changed)
           + 1 + 3 * json_object_size(b->add)
           + 1 + json_object_size(b->drop)
           + 1 + 6 * json_array_size(b->decisions)
           + 1 + 2 * json_object_size(b->counts)
           + 3 + (w->config->facts_keep ? 4 * json_array_size(b->facts) : 0);

    cmd = os_command_new(b->shard->index, osw_commit_reply, b);
    os_command_script(cmd, &os_script_commit,
                      (unsigned) (7 + json_object_size(b->changed)),
                      (unsigned) args);
    osw_commit_keys(b, cmd);

    os_command_add(cmd, os_str(w->id));
    os_command_add_int(cmd, b->epoch);
    prefix = osw_key(w, cmd->shard, "", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&prefix));
    os_buf_free(&prefix);

    osw_commit_facts(b, cmd);
    os_command_add_int(cmd, b->now_ms);
    os_command_add_int(cmd, (int64_t) json_array_size(b->entries));

    json_array_foreach(b->entries, i, entry) {
        os_command_add(cmd, os_str(json_string_value(entry)));
    }

    osw_commit_orders(b, cmd);
    osw_commit_jobs(b, cmd);
    osw_commit_decisions(b, cmd);
    osw_commit_counts(b, cmd);
    osw_redis_send(w->redis, cmd);
}


/* What a clock made that went back meanwhile is made anew. */
static void
osw_batch_effects_done(void *data, int ok)
{
    osw_batch_t  *b;

    b = data;

    if (ok && b->shard->epoch == b->epoch
        && osw_now_ms(b->shard->w) > b->now_ms - OSW_CLOCK_SLACK)
    {
        osw_batch_commit(b);

    } else {
        osw_batch_free(b);
    }
}


static void
osw_batch_ready(osw_batch_t *b)
{
    if (--b->pending > 0) {
        return;
    }

    if (b->failed) {
        osw_batch_free(b);
        return;
    }

    osw_batch_reduce(b);
    osw_effect_run(b->shard->w, b->effects, osw_batch_effects_done, b);
}


static void
osw_batch_erased(os_command_t *cmd, redisReply *reply)
{
    osw_batch_t   *b;
    osw_erased_t  *ask = cmd->data;

    b = ask->batch;

    if (osw_reply_failed(reply)) {
        b->failed = 1;

    } else if (osw_reply_str(reply).len) {
        os_json_set_int(b->erased, ask->name.data, osw_reply_int(reply, 0));
    }

    os_buf_free(&ask->name);
    free(ask);
    osw_batch_ready(b);
}


/*
 * Before anything is made of orders that were not known: a webhook that
 * waited, was spooled, or comes again must not bring back who was erased.
 */
static void
osw_batch_ask_erased(osw_batch_t *b)
{
    size_t         i;
    json_t        *event;
    os_str_t       store, id, customer;
    const char    *name;
    os_command_t  *cmd;
    osw_erased_t  *ask;

    b->pending = 1;

    json_array_foreach(b->events, i, event) {
        name = json_string_value(json_object_get(event, "order"));
        customer = os_json_str(json_object_get(event, "data"), "customer");

        if (customer.len == 0
            || os_str_equal(os_json_str(json_object_get(b->orders, name),
                                        "customer"), customer))
        {
            continue;
        }

        ask = calloc(1, sizeof(osw_erased_t));

        if (ask == NULL) {
            b->failed = 1;
            break;
        }

        (void) osw_order_split(os_str(name), &store, &id);
        ask->batch = b;
        os_buf_str(&ask->name, store);
        os_buf_char(&ask->name, '/');
        os_buf_str(&ask->name, customer);

        cmd = os_command_new(os_space_shard(&b->shard->w->config->space, store,
                                            customer, OS_NULL),
                             osw_batch_erased, ask);
        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("GET"));
        osw_command_key(b->shard->w, cmd, "erased", store, customer, OS_NULL);
        b->pending++;
        osw_redis_send(b->shard->w->redis, cmd);
    }

    osw_batch_ready(b);
}


/* A record that nobody can read is kept for a person, not written over. */
static void
osw_batch_broken(osw_batch_t *b, const char *name)
{
    os_str_t       store, id;
    os_command_t  *cmd;

    (void) osw_order_split(os_str(name), &store, &id);
    osw_log(OSW_ERROR, "shard %u: the record of %s cannot be read: it is kept "
            "under \"broken\"", b->shard->index, name);
    osw_batch_count(b, store, "records.broken", 1);

    cmd = os_command_new(b->shard->index, os_reply_ignored, NULL);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("RENAME"));
    osw_command_key(b->shard->w, cmd, "o", store, id, OS_NULL);
    osw_command_key(b->shard->w, cmd, "broken", store, id, OS_NULL);
    osw_redis_send(b->shard->w->redis, cmd);
}


static void
osw_batch_orders(os_command_t *cmd, redisReply *reply)
{
    size_t        i;
    json_t       *yes, *order;
    const char   *name;
    osw_batch_t  *b;

    b = cmd->data;

    if (osw_reply_failed(reply)
        || reply->elements != json_object_size(b->names))
    {
        osw_batch_free(b);
        return;
    }

    i = 0;

    json_object_foreach(b->names, name, yes) {
        if (reply->element[i]->type == REDIS_REPLY_STRING) {
            order = os_json_parse(osw_reply_str(reply->element[i]), name,
                                  NULL);

            if (order != NULL) {
                (void) json_object_set_new(b->orders, name, order);

            } else {
                osw_batch_broken(b, name);
            }
        }

        i++;
    }

    osw_batch_ask_erased(b);
}


void
osw_batch_run(osw_shard_t *shard, const redisReply *entries)
{
    size_t         i;
    json_t        *yes;
    os_str_t       store, id;
    const char    *name;
    osw_batch_t   *b;
    os_command_t  *cmd;

    b = osw_batch_new(shard);

    if (b == NULL) {
        return;
    }

    shard->batch = 1;

    for (i = 0; i < entries->elements; i++) {
        osw_batch_take(b, entries->element[i]);
    }

    if (json_object_size(b->names) == 0) {
        osw_batch_commit(b);
        return;
    }

    cmd = os_command_new(shard->index, osw_batch_orders, b);
    os_command_words(cmd, (unsigned) (1 + json_object_size(b->names)));
    os_command_add(cmd, OS_STR("MGET"));

    json_object_foreach(b->names, name, yes) {
        (void) osw_order_split(os_str(name), &store, &id);
        osw_command_key(shard->w, cmd, "o", store, id, OS_NULL);
    }

    osw_redis_send(shard->w->redis, cmd);
}

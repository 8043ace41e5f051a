/*
 * osw_inbox: see osw_inbox.h.
 *
 * The orders' events are written first, the raw entries deleted after: a crash
 * between repeats the events under the same ids, and the commit knows them.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_mail.h"
#include "redis/os_script_work.h"
#include "worker/take/osw_find.h"
#include "worker/osw_here.h"
#include "worker/take/osw_inbox.h"
#include "worker/osw_phone.h"
#include "worker/osw_suppress.h"
#include "worker/osw_zone.h"
#include "worker/take/osw_sms_in.h"


#define OSW_TEST_NAME  64       /* characters */


typedef struct {
    osw_shard_t  *shard;
    osw_taken_pt  done;
    json_t       *entries;      /* done with once all is written */
    size_t        pending;
    unsigned      failed:1;
} osw_inbox_t;

typedef struct {
    os_str_t  entry;
    os_str_t  source;
    os_str_t  store;
    os_str_t  id;
    os_str_t  topic;
    os_str_t  body;
    int64_t   at_ms;
} osw_raw_t;


int
osw_inbox_number(const osw_store_t *store, const json_t *order,
    os_str_t phone, char e164[24])
{
    char      number[64], country[8];
    os_str_t  where;

    where = os_json_str(order, "country");

    if (where.len != 2) {
        where = os_json_str(os_campaign_at(store->campaign, "/sms"),
                            "country");
    }

    snprintf(number, sizeof(number), "%.*s", (int) phone.len, phone.data);
    snprintf(country, sizeof(country), "%.*s", (int) where.len,
             where.data ? where.data : "");

    return osw_phone_e164(number, where.len == 2 ? country : NULL, e164);
}


void
osw_inbox_complete(const osw_store_t *store, json_t *order)
{
    char      e164[24];
    os_str_t  phone = os_json_str(order, "phone");

    osw_zone_settle_order(os_json_str(store->campaign->json, "country"),
                          os_campaign_offset(store->campaign), order);

    if (phone.len == 0) {
        return;
    }

    if (osw_inbox_number(store, order, phone, e164) == 0) {
        os_json_set_str(order, "phone", os_str(e164));

    } else {
        (void) json_object_del(order, "phone");
    }
}


json_t *
osw_inbox_event(os_str_t event_id, const char *from, json_t *order,
    int64_t at_ms)
{
    json_t    *event;
    os_buf_t   name;

    name = (os_buf_t) { 0 };
    os_buf_str(&name, os_json_str(order, "store"));
    os_buf_char(&name, '/');
    os_buf_str(&name, os_json_str(order, "id"));

    event = json_object();
    os_json_set_str(event, "id", event_id);
    os_json_set_str(event, "kind", OS_STR("order"));
    os_json_set_str(event, "order", os_buf_view(&name));
    os_json_set_int(event, "at_ms", at_ms);
    os_json_set_str(event, "from", os_str(from));
    os_json_set_int(event, "changed", os_json_int(order, "changed", 0));
    (void) json_object_set(event, "data", order);
    os_buf_free(&name);

    return event;
}


static void
osw_inbox_free(osw_inbox_t *in)
{
    in->shard->inbox = 0;
    in->done(in->shard);
    json_decref(in->entries);
    free(in);
}


static void
osw_inbox_deleted(os_command_t *cmd, redisReply *reply)
{
    osw_inbox_t  *in;

    in = cmd->data;

    if (!osw_reply_failed(reply)) {
        in->shard->poll_at = 0;
    }

    osw_inbox_free(in);
}


static void
osw_inbox_delete(osw_inbox_t *in)
{
    size_t         i;
    json_t        *id;
    os_command_t  *cmd;

    cmd = os_command_new(in->shard->index, osw_inbox_deleted, in);
    os_command_words(cmd, (unsigned) (2 + json_array_size(in->entries)));
    os_command_add(cmd, OS_STR("XDEL"));
    osw_command_key(in->shard->w, cmd, "in", OS_NULL, OS_NULL, OS_NULL);

    json_array_foreach(in->entries, i, id) {
        os_command_add(cmd, os_str(json_string_value(id)));
    }

    osw_redis_send(in->shard->w->redis, cmd);
}


static void
osw_inbox_end(osw_inbox_t *in, int failed)
{
    if (failed) {
        in->failed = 1;
    }

    if (--in->pending > 0) {
        return;
    }

    if (in->failed) {
        osw_inbox_free(in);

    } else {
        osw_inbox_delete(in);
    }
}


static void
osw_inbox_written(os_command_t *cmd, redisReply *reply)
{
    osw_inbox_end(cmd->data, osw_reply_failed(reply));
}


/* Nothing hangs on a fact: a Redis that is full takes none. */
static void
osw_inbox_told(os_command_t *cmd, redisReply *reply)
{
    (void) reply;
    osw_inbox_end(cmd->data, 0);
}


static void
osw_raw_read(osw_raw_t *raw, const redisReply *entry)
{
    size_t       i;
    os_str_t     name, value;
    redisReply  *fields;

    memset(raw, 0, sizeof(*raw));
    raw->entry = osw_reply_str(entry->element[0]);
    fields = entry->element[1];

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = osw_reply_str(fields->element[i]);
        value = osw_reply_str(fields->element[i + 1]);

        if (os_str_equal(name, OS_STR("source"))) {
            raw->source = value;

        } else if (os_str_equal(name, OS_STR("store"))) {
            raw->store = value;

        } else if (os_str_equal(name, OS_STR("id"))) {
            raw->id = value;

        } else if (os_str_equal(name, OS_STR("topic"))) {
            raw->topic = value;

        } else if (os_str_equal(name, OS_STR("body"))) {
            raw->body = value;

        } else if (os_str_equal(name, OS_STR("at_ms"))) {
            raw->at_ms = osw_reply_int(fields->element[i + 1], 0);
        }
    }
}


/* What cannot be mapped is kept for a person to look at. */
static void
osw_raw_bury(osw_inbox_t *in, const osw_raw_t *raw, const char *why)
{
    json_t        *dead;
    os_buf_t       text, id;
    os_command_t  *cmd;

    osw_log(OSW_WARN, "shard %u: a webhook is kept as dead letter: %s",
            in->shard->index, why);

    id = (os_buf_t) { 0 };
    text = (os_buf_t) { 0 };
    os_buf_text(&id, "raw/");
    os_buf_str(&id, raw->id);

    dead = json_object();
    os_json_set_str(dead, "id", os_buf_view(&id));
    os_json_set_str(dead, "purpose", OS_STR("webhook"));
    os_json_set_str(dead, "source", raw->source);
    os_json_set_str(dead, "store", raw->store);
    os_json_set_str(dead, "topic", raw->topic);
    os_json_set_str(dead, "body", raw->body);
    os_json_set_str(dead, "why", os_str(why));
    os_json_set_int(dead, "died_ms", osw_now_ms(in->shard->w));
    os_json_dump(&text, dead);
    json_decref(dead);

    cmd = os_command_new(in->shard->index, osw_inbox_written, in);
    os_command_script(cmd, &os_script_bury, 4, 2);
    osw_command_key(in->shard->w, cmd, "dead", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(in->shard->w, cmd, "died", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(in->shard->w, cmd, "buried", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(in->shard->w, cmd, "stat", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&id));
    os_command_add(cmd, os_buf_view(&text));
    os_buf_free(&id);
    os_buf_free(&text);

    in->pending++;
    osw_redis_send(in->shard->w->redis, cmd);
}


static void
osw_raw_send(osw_inbox_t *in, const osw_raw_t *raw, const osw_store_t *store,
    json_t *orders)
{
    size_t     i;
    json_t    *order, *event;
    os_buf_t   id;

    json_array_foreach(orders, i, order) {
        osw_inbox_complete(store, order);

        id = (os_buf_t) { 0 };
        os_buf_str(&id, raw->id);

        if (i) {
            os_buf_printf(&id, "/%zu", i);
        }

        event = osw_inbox_event(os_buf_view(&id), "webhook", order,
                                raw->at_ms ? raw->at_ms
                                           : osw_now_ms(in->shard->w));
        in->pending++;
        osw_redis_send(in->shard->w->redis,
                       osw_event_add(in->shard->w, raw->store,
                                     os_json_str(order, "id"), event,
                                     osw_inbox_written, in));
        json_decref(event);
        os_buf_free(&id);
    }
}


static void
osw_inbox_found(void *data, int ok)
{
    osw_inbox_end(data, !ok);
}


/* Parcels have ids after those of the orders in the same delivery. */
static void
osw_raw_parcels(osw_inbox_t *in, const osw_raw_t *raw, json_t *parcels,
    size_t orders)
{
    size_t     i;
    json_t    *parcel, *event;
    os_buf_t   id;

    json_array_foreach(parcels, i, parcel) {
        id = (os_buf_t) { 0 };
        os_buf_str(&id, raw->id);

        if (i + orders) {
            os_buf_printf(&id, "/%zu", i + orders);
        }

        event = json_object();
        os_json_set_str(event, "id", os_buf_view(&id));
        os_json_set_str(event, "kind", OS_STR("parcel"));
        os_json_set_str(event, "from", OS_STR("webhook"));
        os_json_set_int(event, "at_ms", raw->at_ms ? raw->at_ms
                                        : osw_now_ms(in->shard->w));
        (void) json_object_set(event, "data", parcel);
        os_buf_free(&id);

        in->pending++;
        osw_find_send(in->shard->w, raw->store, event, osw_inbox_found, in);
    }
}


/* Somebody has answered to an SMS. */
static void
osw_raw_reply(osw_inbox_t *in, const osw_raw_t *raw, const osw_store_t *store,
    const os_source_t *source, const json_t *payload)
{
    json_t  *reply;

    reply = os_source_reply(source, payload, raw->topic);

    if (reply != NULL) {
        in->pending++;
        osw_sms_in_take(in->shard->w, store, reply, raw->id,
                       raw->at_ms ? raw->at_ms : osw_now_ms(in->shard->w),
                       osw_inbox_found, in);
        json_decref(reply);
    }
}


/*
 * For those who count. It is no order's: several of a store are told apart by
 * the webhook's id and whom it is about.
 */
static void
osw_raw_bounced(osw_inbox_t *in, const osw_raw_t *raw, os_str_t hash,
    os_str_t what)
{
    json_t        *fact;
    os_buf_t       text = { 0 };
    os_command_t  *cmd;
    osw_config_t  *config = in->shard->w->config;

    if (config->facts_keep == 0) {
        return;
    }

    fact = json_object();
    os_buf_printf(&text, "%.*s/%.*s:bounced", (int) raw->id.len, raw->id.data,
                  (int) hash.len, hash.data);
    os_json_set_str(fact, "id", os_buf_view(&text));
    os_json_set_str(fact, "kind", OS_STR("bounced"));
    os_json_set_int(fact, "at", (raw->at_ms ? raw->at_ms
                                 : osw_now_ms(in->shard->w)) / 1000);
    os_json_set_str(fact, "outcome", what);
    text.len = 0;
    os_buf_printf(&text, "%.*s/-", (int) raw->store.len, raw->store.data);
    os_json_set_str(fact, "order", os_buf_view(&text));
    text.len = 0;
    os_json_dump(&text, fact);
    json_decref(fact);

    cmd = os_command_new(in->shard->index, osw_inbox_told, in);
    os_command_words(cmd, 8);
    os_command_add(cmd, OS_STR("XADD"));
    osw_command_key(in->shard->w, cmd, "facts", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("MAXLEN"));
    os_command_add(cmd, OS_STR("~"));
    os_command_add_int(cmd, config->facts_most / config->space.shards);
    os_command_add(cmd, OS_STR("*"));
    os_command_add(cmd, OS_STR("e"));
    os_command_add(cmd, os_buf_view(&text));
    os_buf_free(&text);
    in->pending++;
    osw_redis_send(in->shard->w->redis, cmd);
}


/* A mail came back, or was called spam: what goes there stops. */
static void
osw_raw_bounce(osw_inbox_t *in, const osw_raw_t *raw, const json_t *bounce)
{
    os_str_t       email = os_json_str(bounce, "email");
    os_buf_t       hash = { 0 };
    os_command_t  *cmd;

    if (!os_mail_address_ok(email)) {
        return;
    }

    os_keys_customer(&in->shard->w->config->keys, raw->store, email, &hash);

    cmd = osw_suppress_command(in->shard->w, raw->store, os_buf_view(&hash),
                               os_str_equal(os_json_str(bounce, "what"),
                                            OS_STR("mailbox"))
                               ? OSW_NO_MAILBOX : OSW_NO_OFFERS,
                               osw_inbox_written, in);
    in->pending++;
    osw_redis_send(in->shard->w->redis, cmd);
    osw_raw_bounced(in, raw, os_buf_view(&hash), os_json_str(bounce, "what"));
    os_buf_free(&hash);
}


static void
osw_raw_bounces(osw_inbox_t *in, const osw_raw_t *raw,
    const os_source_t *source, const json_t *payload)
{
    size_t   i;
    json_t  *bounce, *bounces;

    bounces = os_source_bounces(source, payload, raw->topic);

    json_array_foreach(bounces, i, bounce) {
        osw_raw_bounce(in, raw, bounce);
    }

    json_decref(bounces);
}


/*
 * The name of a webhook that is nothing but a test, {"ordersave_test": NAME}:
 * `check --live` asks whether it has come to a worker. No order is like it.
 */
static os_str_t
osw_raw_test(const json_t *payload)
{
    size_t    i;
    os_str_t  name = os_json_str(payload, "ordersave_test");

    if (json_object_size(payload) != 1 || name.len > OSW_TEST_NAME) {
        return OS_NULL;
    }

    for (i = 0; i < name.len; i++) {
        if (!isalnum((unsigned char) name.data[i])
            && name.data[i] != '-' && name.data[i] != '_')
        {
            return OS_NULL;
        }
    }

    return name;
}


static void
osw_raw_map(osw_inbox_t *in, const osw_raw_t *raw)
{
    json_t        *payload, *orders, *parcels;
    os_error_t     err;
    osw_store_t   *store;
    os_source_t   *source;
    osw_config_t  *config;

    config = in->shard->w->config;
    store = osw_config_store(config, raw->store);
    source = store ? osw_config_source(store, raw->source) : NULL;

    if (store == NULL || source == NULL) {
        osw_raw_bury(in, raw, store ? "no such source" : "no such store");
        return;
    }

    payload = os_source_payload(source, raw->body, &err);

    if (osw_raw_test(payload).len) {
        in->pending++;
        osw_redis_send(in->shard->w->redis,
                       osw_here_tested(in->shard->w, osw_raw_test(payload),
                                       osw_inbox_told, in));
        json_decref(payload);
        return;
    }

    orders = payload ? os_source_map(source, &config->keys, raw->store,
                                     payload, raw->topic, &err)
                     : NULL;
    parcels = orders ? os_source_parcels(source, payload, raw->topic, &err)
                     : NULL;

    if (parcels == NULL) {
        osw_raw_bury(in, raw, err.text);

    } else {
        osw_here_heard(in->shard->w, raw->store, raw->source);
        osw_tally_set(in->shard->w->tally, OSW_TALLY_SOURCES, raw->source,
                      (raw->at_ms ? raw->at_ms : osw_now_ms(in->shard->w))
                      / 1000);
        osw_raw_reply(in, raw, store, source, payload);
        osw_raw_bounces(in, raw, source, payload);
        osw_raw_send(in, raw, store, orders);
        osw_raw_parcels(in, raw, parcels, json_array_size(orders));
    }

    json_decref(parcels);
    json_decref(orders);
    json_decref(payload);
}


void
osw_inbox_run(osw_shard_t *shard, const redisReply *entries, osw_taken_pt done)
{
    size_t        i;
    osw_raw_t     raw;
    osw_inbox_t  *in;

    in = calloc(1, sizeof(osw_inbox_t));

    if (in == NULL) {
        done(shard);
        return;
    }

    shard->inbox = 1;
    in->shard = shard;
    in->done = done;
    in->entries = json_array();
    in->pending = 1;

    for (i = 0; i < entries->elements; i++) {
        osw_raw_read(&raw, entries->element[i]);
        (void) json_array_append_new(in->entries, os_json_new_str(raw.entry));
        osw_raw_map(in, &raw);
    }

    osw_inbox_end(in, 0);
}

/*
 * ordersavectl erase: everything that is known of a buyer goes, and stays
 * away: what still waits somewhere, in a stream, a spool, an inbox, is dropped
 * when it comes, by a mark under the keyed hash of his address. May be run
 * again at any time.
 */

#define _GNU_SOURCE             /* memmem() */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order/os_consent.h"
#include "core/order/os_reduced.h"
#include "core/order/os_withdrawal.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/ctl/osw_ctl_promised.h"


#define OSW_ERASE_PAGE   200
#define OSW_ERASE_WALK   1000
#define OSW_ERASE_SURE   50             /* so many the index once had at most */
#define OSW_ERASE_AGAIN  500            /* ms */
#define OSW_ERASE_KEEP   (400 * 86400)  /* s: longer than anything waits */


typedef struct {
    osw_ctl_t    *ctl;
    osw_store_t  *store;
    os_str_t      email;                /* in lower case */
    os_buf_t      customer;             /* its keyed hash */
    json_t       *orders;               /* ["19", …] */
    const char   *name;                 /* "shop/19", being erased */
    json_t       *found;                /* ids in the page that was read */
    os_buf_t      last;                 /* where the next page begins */
    size_t        orders_gone;
    size_t        others;               /* orders that are another's by now */
    size_t        promised;             /* what nobody will do any more */
    size_t        gone;                 /* jobs, events, dead letters */
    int           failed;
} osw_erase_t;


static void
osw_erase_call(osw_erase_t *e, os_command_t *cmd, osw_ctl_pt take)
{
    if (osw_ctl_call(e->ctl, cmd, take, e) != 0) {
        e->failed = 1;
    }
}


/* DEL or GET of a key in the shard of (a, b). */
static os_command_t *
osw_erase_key(osw_erase_t *e, const char *verb, const char *key, os_str_t a,
    os_str_t b)
{
    unsigned       shard;
    os_command_t  *cmd;

    shard = os_space_shard(&e->ctl->w.config->space, e->store->name, a, b);
    cmd = osw_ctl_command(shard, verb, 2);
    osw_command_key(&e->ctl->w, cmd, key, e->store->name, a, b);

    return cmd;
}


static void
osw_erase_orders(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t        i;
    osw_erase_t  *e = data;

    (void) ctl;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        (void) json_array_append_new(e->orders, os_json_new_str(
                                         osw_reply_str(reply->element[i])));
    }
}


/* What comes later finds the mark: in the buyer's shard, and at each order. */
static void
osw_erase_mark(osw_erase_t *e)
{
    os_str_t       customer = os_buf_view(&e->customer);
    os_command_t  *cmd;

    cmd = osw_ctl_command(os_space_shard(&e->ctl->w.config->space,
                                         e->store->name, customer, OS_NULL),
                          "SET", 5);
    osw_command_key(&e->ctl->w, cmd, "erased", e->store->name, customer,
                    OS_NULL);
    os_command_add_int(cmd, osw_now_ms(&e->ctl->w) / 1000);
    os_command_add(cmd, OS_STR("EX"));
    os_command_add_int(cmd, OSW_ERASE_KEEP);
    osw_erase_call(e, cmd, NULL);
}


/* What it is found under, and what waits there. */
static void
osw_erase_name(osw_erase_t *e, os_str_t id, const char *kind, os_str_t value)
{
    os_str_t       store = e->store->name;
    os_command_t  *cmd;

    if (value.len == 0) {
        return;
    }

    cmd = os_command_new(os_space_shard(&e->ctl->w.config->space, store,
                                        os_str(kind), value), NULL, NULL);
    os_command_script(cmd, &os_script_unalias, 2, 1);
    osw_command_key(&e->ctl->w, cmd, "alias", store, os_str(kind), value);
    osw_command_key(&e->ctl->w, cmd, "wait", store, os_str(kind), value);
    os_command_add(cmd, id);
    osw_erase_call(e, cmd, NULL);
}


/* Whose code it is that friends buy with. */
static void
osw_erase_friend(osw_erase_t *e, const json_t *record)
{
    os_str_t  code;
    os_buf_t  small = { 0 };

    code = os_json_str(os_json_pointer(record, OS_STR("/track/extras")),
                       "referral");

    if (code.len) {
        os_buf_lower(&small, code);
        osw_erase_call(e, osw_erase_key(e, "DEL", "friend",
                                        os_buf_view(&small), OS_NULL), NULL);
        os_buf_free(&small);
    }
}


/* A number is in no key: its keyed hash is. */
static void
osw_erase_phone(osw_erase_t *e, os_str_t id, os_str_t phone)
{
    os_buf_t  hash = { 0 };

    if (phone.len) {
        os_keys_customer(&e->ctl->w.config->keys, e->store->name, phone,
                         &hash);
        osw_erase_name(e, id, "phone", os_buf_view(&hash));
        os_buf_free(&hash);
    }
}


static void
osw_erase_aliases(osw_erase_t *e, os_str_t id, const json_t *record)
{
    size_t    i;
    json_t   *parcel;
    osw_erase_name(e, id, "number", os_json_str(record, "number"));

    json_array_foreach(os_json_pointer(record, OS_STR("/track/parcels")), i,
                       parcel)
    {
        osw_erase_name(e, id, "tracking", os_json_str(parcel, "number"));
    }

    osw_erase_phone(e, id, os_json_str(record, "phone"));
    osw_erase_phone(e, id, os_consent_phone(record));
}


/*
 * The record becomes a mark that says nothing but that it was one. 0 where the
 * shop has given the order another address meanwhile: it is that one's.
 */
static int
osw_erase_record(osw_erase_t *e, os_str_t id)
{
    char          *text;
    json_t        *record, *decision, *mark;
    os_str_t       customer;
    unsigned       shard;
    os_command_t  *cmd;

    shard = os_space_shard(&e->ctl->w.config->space, e->store->name, id,
                           OS_NULL);
    record = osw_ctl_json(e->ctl, shard, "o", e->store->name, id);
    customer = os_json_str(record, "customer");

    if (customer.len && !os_str_equal(customer, os_buf_view(&e->customer))) {
        e->others++;
        json_decref(record);
        return 0;
    }

    decision = osw_ctl_json(e->ctl, shard, "d", e->store->name, id);
    e->promised += osw_ctl_promised(id, record, decision);
    json_decref(decision);

    osw_erase_aliases(e, id, record);
    osw_erase_friend(e, record);
    json_decref(record);

    mark = json_object();
    os_json_set_int(mark, "v", 1);
    os_json_set_str(mark, "store", e->store->name);
    os_json_set_str(mark, "id", id);
    os_json_set_str(mark, "state", OS_STR("erased"));
    text = json_dumps(mark, JSON_COMPACT);
    json_decref(mark);

    cmd = osw_ctl_command(shard, "SET", 5);
    osw_command_key(&e->ctl->w, cmd, "o", e->store->name, id, OS_NULL);
    os_command_add(cmd, os_str(text));
    os_command_add(cmd, OS_STR("EX"));
    os_command_add_int(cmd, OSW_ERASE_KEEP);
    osw_erase_call(e, cmd, NULL);
    free(text);

    osw_erase_call(e, osw_erase_key(e, "DEL", "d", id, OS_NULL), NULL);
    osw_erase_call(e, osw_erase_key(e, "DEL", "return", id, OS_NULL), NULL);
    osw_erase_call(e, osw_erase_key(e, "DEL", "tries", id, OS_NULL), NULL);
    osw_erase_call(e, osw_erase_key(e, "DEL", "shelf", id, OS_NULL), NULL);
    osw_erase_call(e, osw_erase_key(e, "DEL", "words", id, OS_NULL), NULL);
    osw_erase_call(e, osw_erase_key(e, "DEL", "broken", id, OS_NULL), NULL);

    return 1;
}


/* Does an address go on at `at`? A full stop alone ends a sentence. */
static int
osw_erase_goes_on(os_str_t text, size_t at, int step)
{
    size_t  next = at + (size_t) step;

    if (at < text.len && strchr("._+-", text.data[at])) {
        at = next;
    }

    return at < text.len && isalnum((unsigned char) text.data[at]);
}


/*
 * The address itself, and not a part of somebody else's. What stands before it
 * may be the letter of an escape: "\n".
 */
static int
osw_erase_has_email(os_str_t lower, os_str_t email)
{
    size_t       at;
    const char  *found;

    for (at = 0; lower.len - at >= email.len; at++) {
        found = memmem(lower.data + at, lower.len - at, email.data, email.len);

        if (found == NULL) {
            return 0;
        }

        at = (size_t) (found - lower.data);

        if (!osw_erase_goes_on(lower, at + email.len, 1)
            && (!osw_erase_goes_on(lower, at - 1, -1)
                || (at > 1 && lower.data[at - 2] == '\\')))
        {
            return 1;
        }
    }

    return 0;
}


/* What another store has to do for the same person is not ours to end. */
static int
osw_erase_is_other(const osw_erase_t *e, os_str_t text)
{
    int        other;
    json_t    *json;
    os_str_t   order, store, id;

    json = os_json_parse(text, "entry", NULL);
    order = os_json_str(json, "order");
    other = order.len && osw_order_split(order, &store, &id) == 0
            && !os_str_equal(store, e->store->name);
    json_decref(json);

    return other;
}


/* Does a job, event or raw webhook speak of this buyer? */
static int
osw_erase_speaks(const osw_erase_t *e, os_str_t text)
{
    int       speaks;
    os_buf_t  lower = { 0 }, order = { 0 };

    /* the law has it kept; see osw_erase_kept() */

    if (memmem(text.data, text.len, "\"kind\":\"statement\"", 18)) {
        return 0;
    }

    os_buf_printf(&order, "\"order\":\"%s\"", e->name ? e->name : "");
    os_buf_lower(&lower, text);

    speaks = (e->name && memmem(text.data, text.len, order.data, order.len))
             || (lower.data
                 && osw_erase_has_email(os_buf_view(&lower), e->email)
                 && !osw_erase_is_other(e, text));
    os_buf_free(&lower);
    os_buf_free(&order);

    return speaks;
}


static void
osw_erase_meet(osw_erase_t *e, os_str_t id, os_str_t text)
{
    if (osw_erase_speaks(e, text)) {
        (void) json_array_append_new(e->found, os_json_new_str(id));
    }
}


/* HSCAN: [cursor, [id, text, …]] */
static void
osw_erase_scanned(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t        i;
    redisReply   *list;
    osw_erase_t  *e = data;

    (void) ctl;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        return;
    }

    e->last.len = 0;
    os_buf_str(&e->last, osw_reply_str(reply->element[0]));
    list = reply->element[1];

    for (i = 0; i + 1 < list->elements; i += 2) {
        osw_erase_meet(e, osw_reply_str(list->element[i]),
                       osw_reply_str(list->element[i + 1]));
    }
}


/* HGETALL: [id, text, …] */
static void
osw_erase_part(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t  i;

    (void) ctl;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements;
         i += 2)
    {
        osw_erase_meet(data, osw_reply_str(reply->element[i]),
                       osw_reply_str(reply->element[i + 1]));
    }
}


static void
osw_erase_member(osw_erase_t *e, unsigned shard, const char *verb,
    const char *key, os_str_t member)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(shard, verb, 3);
    osw_command_key(&e->ctl->w, cmd, key, OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, member);
    osw_erase_call(e, cmd, NULL);
}


/* What is in a hash of a shard, and in the set that says when. */
static void
osw_erase_hash(osw_erase_t *e, unsigned shard, const char *key,
    const char *when)
{
    size_t         i;
    json_t        *id;
    os_command_t  *cmd;

    e->last.len = 0;
    os_buf_char(&e->last, '0');

    do {
        e->found = json_array();
        cmd = osw_ctl_command(shard, "HSCAN", 5);
        osw_command_key(&e->ctl->w, cmd, key, OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, os_buf_view(&e->last));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add_int(cmd, OSW_ERASE_PAGE);
        osw_erase_call(e, cmd, osw_erase_scanned);

        json_array_foreach(e->found, i, id) {
            osw_erase_member(e, shard, "HDEL", key,
                             os_str(json_string_value(id)));
            osw_erase_member(e, shard, "ZREM", when,
                             os_str(json_string_value(id)));
            e->gone++;
        }

        json_decref(e->found);
    } while (!e->failed && !os_str_equal(os_buf_view(&e->last), OS_STR("0")));
}


/* The jobs of an order lie in one hash, with those of a few others. */
static void
osw_erase_jobs(osw_erase_t *e, unsigned shard)
{
    size_t         i;
    json_t        *id;
    os_str_t       name = os_str(e->name);
    os_buf_t       key = { 0 };
    os_command_t  *cmd;

    e->found = json_array();
    cmd = osw_ctl_command(shard, "HGETALL", 2);
    osw_ctl_part(e->ctl, cmd, name);
    osw_erase_call(e, cmd, osw_erase_part);

    json_array_foreach(e->found, i, id) {
        cmd = osw_ctl_command(shard, "HDEL", 3);
        osw_ctl_part(e->ctl, cmd, name);
        os_command_add(cmd, os_str(json_string_value(id)));
        osw_erase_call(e, cmd, NULL);

        key.len = 0;
        os_job_key(name, os_str(json_string_value(id)), &key);
        osw_erase_member(e, shard, "ZREM", "queue", os_buf_view(&key));
        e->gone++;
    }

    json_decref(e->found);
    os_buf_free(&key);
}


/* XRANGE: [[id, [name, value, …]], …] */
static void
osw_erase_ranged(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t        i, k, speaks;
    redisReply   *entry, *fields;
    osw_erase_t  *e = data;

    (void) ctl;
    e->last.len = 0;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        entry = reply->element[i];
        fields = entry->element[1];
        e->last.len = 0;
        os_buf_char(&e->last, '(');
        os_buf_str(&e->last, osw_reply_str(entry->element[0]));

        for (k = speaks = 0; k < fields->elements; k++) {
            speaks |= (size_t) osw_erase_speaks(e, osw_reply_str(
                                                       fields->element[k]));
        }

        if (speaks) {
            (void) json_array_append_new(e->found, os_json_new_str(
                                         osw_reply_str(entry->element[0])));
        }
    }
}


/* Events that no worker has taken yet. */
static void
osw_erase_stream(osw_erase_t *e, unsigned shard, const char *key)
{
    size_t         i;
    json_t        *id;
    os_command_t  *cmd;

    e->last.len = 0;
    os_buf_char(&e->last, '-');

    do {
        e->found = json_array();
        cmd = osw_ctl_command(shard, "XRANGE", 6);
        osw_command_key(&e->ctl->w, cmd, key, OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, os_buf_view(&e->last));
        os_command_add(cmd, OS_STR("+"));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add_int(cmd, OSW_ERASE_PAGE);
        osw_erase_call(e, cmd, osw_erase_ranged);

        json_array_foreach(e->found, i, id) {
            osw_erase_member(e, shard, "XDEL", key,
                             os_str(json_string_value(id)));
            e->gone++;
        }

        json_decref(e->found);
    } while (!e->failed && e->last.len);
}


static void
osw_erase_order(osw_erase_t *e, os_str_t id)
{
    unsigned  shard;
    os_buf_t  name = { 0 };

    os_buf_str(&name, e->store->name);
    os_buf_char(&name, '/');
    os_buf_str(&name, id);
    e->name = name.data;

    shard = os_space_shard(&e->ctl->w.config->space, e->store->name, id,
                           OS_NULL);

    if (osw_erase_record(e, id)) {
        osw_erase_jobs(e, shard);
        osw_erase_hash(e, shard, "jobs", "due");
        osw_erase_hash(e, shard, "dead", "died");
        osw_erase_stream(e, shard, "ev");
        e->orders_gone++;
    }

    e->name = NULL;
    os_buf_free(&name);
}


/*
 * Wherever the address itself stands: in what died, and in what just came. A
 * raw webhook that waits is left alone: it may speak of others as well, and
 * what it says of the buyer is dropped.
 */
static void
osw_erase_everywhere(osw_erase_t *e)
{
    unsigned  shard;

    for (shard = 0; shard < e->ctl->w.config->space.shards && !e->failed;
         shard++)
    {
        osw_erase_hash(e, shard, "jobs", "due");
        osw_erase_hash(e, shard, "dead", "died");
        osw_erase_stream(e, shard, "ev");
        osw_erase_stream(e, shard, "aside");
    }
}


/* SCAN: [cursor, [key, …]], where a key is PREFIX:{TAG}:o:STORE/ID */
static void
osw_erase_walked(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t        i;
    os_str_t      key;
    redisReply   *list;
    const char   *id;
    osw_erase_t  *e = data;

    (void) ctl;
    e->last.len = 0;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        return;
    }

    os_buf_str(&e->last, osw_reply_str(reply->element[0]));
    list = reply->element[1];

    for (i = 0; i < list->elements; i++) {
        key = osw_reply_str(list->element[i]);
        id = memmem(key.data, key.len, "}:o:", 4);

        if (id != NULL) {
            id += 4 + e->store->name.len + 1;
            (void) json_array_append_new(e->found, os_json_new_str(
                    (os_str_t) { (size_t) (key.data + key.len - id), id }));
        }
    }
}


/* MGET of the ids found that are this shard's, in their order. */
static void
osw_erase_read(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t        i;
    json_t       *record;
    os_str_t      text;
    osw_erase_t  *e = data;

    (void) ctl;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        text = osw_reply_str(reply->element[i]);

        if (text.len == 0 || memmem(text.data, text.len, e->customer.data,
                                    e->customer.len) == NULL)
        {
            continue;
        }

        record = os_json_parse(text, "record", NULL);

        if (os_str_equal(os_json_str(record, "customer"),
                         os_buf_view(&e->customer)))
        {
            (void) json_array_append(e->orders, json_object_get(record, "id"));
        }

        json_decref(record);
    }
}


static void
osw_erase_ask(osw_erase_t *e, unsigned shard)
{
    size_t         i;
    json_t        *id, *ours;
    unsigned       of;
    os_command_t  *cmd;

    ours = json_array();

    json_array_foreach(e->found, i, id) {
        of = os_space_shard(&e->ctl->w.config->space, e->store->name,
                            os_str(json_string_value(id)), OS_NULL);

        if (of == shard) {
            (void) json_array_append(ours, id);
        }
    }

    if (json_array_size(ours)) {
        cmd = osw_ctl_command(shard, "MGET",
                              1 + (unsigned) json_array_size(ours));

        json_array_foreach(ours, i, id) {
            osw_command_key(&e->ctl->w, cmd, "o", e->store->name,
                            os_str(json_string_value(id)), OS_NULL);
        }

        osw_erase_call(e, cmd, osw_erase_read);
    }

    json_decref(ours);
}


/* All records of the node that a shard is on. */
static void
osw_erase_walk(osw_erase_t *e, unsigned shard)
{
    unsigned       of;
    os_buf_t       match = { 0 };
    os_command_t  *cmd;

    os_buf_printf(&match, "%s:{*}:o:%.*s/*", e->ctl->w.config->space.prefix,
                  (int) e->store->name.len, e->store->name.data);
    e->last.len = 0;
    os_buf_char(&e->last, '0');

    do {
        e->found = json_array();
        cmd = osw_ctl_command(shard, "SCAN", 6);
        os_command_add(cmd, os_buf_view(&e->last));
        os_command_add(cmd, OS_STR("MATCH"));
        os_command_add(cmd, os_buf_view(&match));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add_int(cmd, OSW_ERASE_WALK);
        osw_erase_call(e, cmd, osw_erase_walked);

        for (of = 0; of < e->ctl->w.config->space.shards; of++) {
            osw_erase_ask(e, of);
        }

        json_decref(e->found);
    } while (!e->failed && !os_str_equal(os_buf_view(&e->last), OS_STR("0")));

    os_buf_free(&match);
}


/*
 * The index of a buyer's orders had 50 of them once, and has a bound now: where
 * it may lack some, or may not be trusted (--force), all records are read.
 */
static void
osw_erase_find(osw_erase_t *e)
{
    unsigned  shard;

    if (json_array_size(e->orders) < OSW_ERASE_SURE && !e->ctl->force) {
        return;
    }

    for (shard = 0; shard < e->ctl->w.config->space.shards && !e->failed;
         shard++)
    {
        if (osw_redis_first_shard(e->ctl->w.redis, shard) == shard) {
            osw_erase_walk(e, shard);
        }
    }
}


static void
osw_erase_known(osw_erase_t *e)
{
    size_t   i;
    json_t  *id;

    json_array_foreach(e->orders, i, id) {
        osw_erase_order(e, os_str(json_string_value(id)));
    }
}


static void
osw_erase_run(osw_erase_t *e)
{
    os_str_t       customer = os_buf_view(&e->customer);
    os_command_t  *cmd;

    osw_erase_mark(e);

    cmd = osw_ctl_command(os_space_shard(&e->ctl->w.config->space,
                                         e->store->name, customer, OS_NULL),
                          "ZRANGE", 4);
    osw_command_key(&e->ctl->w, cmd, "buyer", e->store->name, customer,
                    OS_NULL);
    os_command_add_int(cmd, 0);
    os_command_add_int(cmd, -1);
    osw_erase_call(e, cmd, osw_erase_orders);

    osw_erase_find(e);
    osw_erase_known(e);
    osw_erase_everywhere(e);

    if (!e->failed) {
        osw_erase_call(e, osw_erase_key(e, "DEL", "limit", customer, OS_NULL),
                       NULL);
        osw_erase_call(e, osw_erase_key(e, "DEL", "cap", customer, OS_NULL),
                       NULL);
        osw_erase_call(e, osw_erase_key(e, "DEL", "buyer", customer, OS_NULL),
                       NULL);
        osw_erase_call(e, osw_erase_key(e, "DEL", "asked", customer, OS_NULL),
                       NULL);
    }
}


/* HKEYS: "#", "1", "~…", … */
static void
osw_erase_statements(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t        i;
    os_str_t      id;
    osw_erase_t  *e = data;

    (void) ctl;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        id = osw_reply_str(reply->element[i]);

        if (os_withdrawal_is_id(id)) {
            (void) json_array_append_new(e->found, os_json_new_str(id));
        }
    }
}


static int
osw_erase_stated(const osw_erase_t *e, os_str_t id)
{
    int        mine;
    json_t    *record;
    os_buf_t   email = { 0 };

    record = osw_ctl_json(e->ctl,
                          os_space_shard(&e->ctl->w.config->space,
                                         e->store->name, id, OS_NULL), "o",
                          e->store->name, id);
    os_buf_lower(&email, os_json_str(record, "email"));
    mine = os_str_equal(os_buf_view(&email), e->email);
    os_buf_free(&email);
    json_decref(record);

    return mine;
}


/*
 * Statements of withdrawal are what the shop has to be able to show (GDPR,
 * article 17 (3) (b) and (e)): they stay for their time, and it is said.
 */
static void
osw_erase_kept(osw_erase_t *e)
{
    size_t         i;
    json_t        *id;
    os_command_t  *cmd;

    e->found = json_array();
    cmd = osw_ctl_command(os_space_shard(&e->ctl->w.config->space,
                                         e->store->name, OS_STR("chain"),
                                         OS_NULL), "HKEYS", 2);
    osw_command_key(&e->ctl->w, cmd, "evidence", e->store->name,
                    OS_STR("chain"), OS_NULL);
    osw_erase_call(e, cmd, osw_erase_statements);

    json_array_foreach(e->found, i, id) {
        if (osw_erase_stated(e, os_str(json_string_value(id)))) {
            printf("%s: a statement of withdrawal, kept for %lld days from "
                   "when it was made, as the law asks for; \"withdrawals "
                   "erase\" erases its content\n", json_string_value(id),
                   (long long) (os_withdrawal_keep(e->store->campaign)
                                / 86400));
        }
    }

    json_decref(e->found);
}


int
osw_ctl_erase(osw_ctl_t *ctl, int argc, char **argv)
{
    os_buf_t      email = { 0 };
    osw_erase_t   e;

    memset(&e, 0, sizeof(e));
    e.ctl = ctl;
    e.store = osw_ctl_store(ctl);

    if (e.store == NULL || argc != 2) {
        return OSW_CTL_USAGE;
    }

    if (strchr(argv[1], '@') == NULL) {
        return osw_ctl_wrong(ctl, "an e-mail address expected");
    }

    os_buf_lower(&email, os_str(argv[1]));

    e.email = os_buf_view(&email);
    e.orders = json_array();
    os_keys_customer(&ctl->w.config->keys, e.store->name, e.email,
                     &e.customer);
    osw_erase_run(&e);

    /* what a worker had in its hands meanwhile is written by now */

    uv_sleep(OSW_ERASE_AGAIN);
    e.orders_gone = e.others = 0;
    osw_erase_known(&e);

    if (!e.failed) {
        printf("%zu orders, %zu jobs, events and dead letters erased; what "
               "still waits is dropped when it comes\n",
               e.orders_gone, e.gone);
    }

    if (e.promised) {
        printf("what is not done by now is for a person: nobody will be told "
               "of it again\n");
    }

    osw_erase_kept(&e);

    if (!e.failed && e.others) {
        printf("%zu orders are under another address by now: left\n",
               e.others);
    }

    json_decref(e.orders);
    os_buf_free(&e.customer);
    os_buf_free(&e.last);
    os_buf_free(&email);

    return e.failed ? OSW_CTL_FINDING : OSW_CTL_OK;
}

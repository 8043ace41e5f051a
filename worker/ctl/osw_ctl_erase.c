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

#include "worker/ctl/osw_ctl.h"


#define OSW_ERASE_PAGE   200
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


static void
osw_erase_aliases(osw_erase_t *e, const json_t *record)
{
    size_t    i;
    json_t   *parcel;
    os_str_t  number;

    number = os_json_str(record, "number");

    if (number.len) {
        osw_erase_call(e, osw_erase_key(e, "DEL", "alias", OS_STR("number"),
                                        number), NULL);
    }

    json_array_foreach(os_json_pointer(record, OS_STR("/track/parcels")), i,
                       parcel)
    {
        osw_erase_call(e, osw_erase_key(e, "DEL", "alias", OS_STR("tracking"),
                                        os_json_str(parcel, "number")), NULL);
    }
}


/* The record becomes a mark that says nothing but that it was one. */
static void
osw_erase_record(osw_erase_t *e, os_str_t id)
{
    char          *text;
    json_t        *record, *mark;
    unsigned       shard;
    os_command_t  *cmd;

    shard = os_space_shard(&e->ctl->w.config->space, e->store->name, id,
                           OS_NULL);
    record = osw_ctl_json(e->ctl, shard, "o", e->store->name, id);
    osw_erase_aliases(e, record);
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
    osw_erase_call(e, osw_erase_key(e, "DEL", "tries", id, OS_NULL), NULL);
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
    size_t    i;
    os_buf_t  lower = { 0 }, order = { 0 };

    os_buf_printf(&order, "\"order\":\"%s\"", e->name ? e->name : "");
    os_buf_str(&lower, text);

    for (i = 0; i < lower.len; i++) {
        if (lower.data[i] >= 'A' && lower.data[i] <= 'Z') {
            lower.data[i] = (char) (lower.data[i] - 'A' + 'a');
        }
    }

    speaks = (e->name && memmem(text.data, text.len, order.data, order.len))
             || (lower.data
                 && osw_erase_has_email(os_buf_view(&lower), e->email)
                 && !osw_erase_is_other(e, text));
    os_buf_free(&lower);
    os_buf_free(&order);

    return speaks;
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
        if (osw_erase_speaks(e, osw_reply_str(list->element[i + 1]))) {
            (void) json_array_append_new(e->found, os_json_new_str(
                                             osw_reply_str(list->element[i])));
        }
    }
}


/* Jobs and dead letters of a shard. */
static void
osw_erase_hash(osw_erase_t *e, unsigned shard, const char *key)
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
            cmd = osw_ctl_command(shard, "HDEL", 3);
            osw_command_key(&e->ctl->w, cmd, key, OS_NULL, OS_NULL, OS_NULL);
            os_command_add(cmd, os_str(json_string_value(id)));
            osw_erase_call(e, cmd, NULL);

            cmd = osw_ctl_command(shard, "ZREM", 3);
            osw_command_key(&e->ctl->w, cmd, "due", OS_NULL, OS_NULL, OS_NULL);
            os_command_add(cmd, os_str(json_string_value(id)));
            osw_erase_call(e, cmd, NULL);
            e->gone++;
        }

        json_decref(e->found);
    } while (!e->failed && !os_str_equal(os_buf_view(&e->last), OS_STR("0")));
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
            cmd = osw_ctl_command(shard, "XDEL", 3);
            osw_command_key(&e->ctl->w, cmd, key, OS_NULL, OS_NULL, OS_NULL);
            os_command_add(cmd, os_str(json_string_value(id)));
            osw_erase_call(e, cmd, NULL);
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
    osw_erase_record(e, id);
    osw_erase_hash(e, shard, "jobs");
    osw_erase_hash(e, shard, "dead");
    osw_erase_stream(e, shard, "ev");

    e->name = NULL;
    os_buf_free(&name);
}


/*
 * Wherever the address itself stands. A raw webhook that waits is left alone:
 * it may speak of others as well, and what it says of the buyer is dropped.
 */
static void
osw_erase_everywhere(osw_erase_t *e)
{
    unsigned  shard;

    for (shard = 0; shard < e->ctl->w.config->space.shards && !e->failed;
         shard++)
    {
        osw_erase_hash(e, shard, "jobs");
        osw_erase_hash(e, shard, "dead");
        osw_erase_stream(e, shard, "ev");
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

    osw_erase_known(e);
    osw_erase_everywhere(e);

    if (!e->failed) {
        osw_erase_call(e, osw_erase_key(e, "DEL", "limit", customer, OS_NULL),
                       NULL);
        osw_erase_call(e, osw_erase_key(e, "DEL", "cap", customer, OS_NULL),
                       NULL);
        osw_erase_call(e, osw_erase_key(e, "DEL", "buyer", customer, OS_NULL),
                       NULL);
    }
}


int
osw_ctl_erase(osw_ctl_t *ctl, int argc, char **argv)
{
    size_t        i;
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

    os_buf_text(&email, argv[1]);

    for (i = 0; i < email.len; i++) {
        if (email.data[i] >= 'A' && email.data[i] <= 'Z') {
            email.data[i] = (char) (email.data[i] - 'A' + 'a');
        }
    }

    e.email = os_buf_view(&email);
    e.orders = json_array();
    os_keys_customer(&ctl->w.config->keys, e.store->name, e.email,
                     &e.customer);
    osw_erase_run(&e);

    /* what a worker had in its hands meanwhile is written by now */

    uv_sleep(OSW_ERASE_AGAIN);
    osw_erase_known(&e);

    if (!e.failed) {
        printf("%zu orders, %zu jobs, events and dead letters erased; what "
               "still waits is dropped when it comes\n",
               json_array_size(e.orders), e.gone);
    }

    json_decref(e.orders);
    os_buf_free(&e.customer);
    os_buf_free(&e.last);
    os_buf_free(&email);

    return e.failed ? OSW_CTL_FINDING : OSW_CTL_OK;
}

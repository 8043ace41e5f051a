/*
 * osw_find: see osw_find.h.
 *
 * A row of looks, each in its own shard, until one finds the order. The last
 * ones leave the event in a list; whoever sets the alias takes it from there,
 * in one script, so that none falls between.
 *
 * What a carrier calls the order is what somebody typed there: an id, or the
 * number that buyers see. Where it is one order's id and another's number, it
 * is nobody's: the tracking number has to tell.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_script_work.h"
#include "worker/take/osw_find.h"


#define OSW_LOOKS_MAX  9
#define OSW_WAIT_KEEP  (30 * 86400)     /* s */
#define OSW_NAME_MAX   64


typedef enum {
    OSW_LOOK_ALIAS = 0,
    OSW_LOOK_ID,                /* a record of this id */
    OSW_LOOK_NOT_ID,            /* an alias, unless that one was found */
    OSW_LOOK_NUMBER,            /* a record whose number is its id */
    OSW_LOOK_WAIT
} osw_look_how_t;

typedef struct {
    osw_look_how_t   how;
    const char      *kind;      /* of the alias */
    os_str_t         value;     /* borrowed from the event */
} osw_look_t;

typedef struct {
    osw_t        *w;
    char          store[64];
    json_t       *event;
    osw_find_pt   done;
    void         *data;
    unsigned      at, n;
    os_str_t      order;        /* what the carrier calls it */
    unsigned      perhaps:1;    /* it is an id, of an order with a number */
    unsigned      unclear:1;    /* and the number of another */
    unsigned      failed:1;
    size_t        pending;      /* events on their way */
    osw_look_t    look[OSW_LOOKS_MAX];
} osw_find_t;


static void osw_find_next(osw_find_t *f);


static void
osw_find_end(osw_find_t *f, int ok)
{
    f->done(f->data, ok);
    json_decref(f->event);
    free(f);
}


static void
osw_find_sent(osw_find_t *f, int failed)
{
    f->failed |= failed != 0;

    if (--f->pending == 0) {
        osw_find_end(f, !f->failed);
    }
}


static void
osw_find_written(os_command_t *cmd, redisReply *reply)
{
    osw_find_sent(cmd->data, osw_reply_failed(reply));
}


/* The same event, so that each of them knows it when it comes again. */
static void
osw_find_tell(osw_find_t *f, os_str_t order)
{
    os_buf_t  name;

    name = (os_buf_t) { 0 };
    os_buf_text(&name, f->store);
    os_buf_char(&name, '/');
    os_buf_str(&name, order);
    os_json_set_str(f->event, "order", os_buf_view(&name));
    os_buf_free(&name);

    f->pending++;
    osw_redis_send(f->w->redis, osw_event_add(f->w, os_str(f->store), order,
                                              f->event, osw_find_written, f));
}


/* One order, or several, a line each, that share a parcel. */
static void
osw_find_found(osw_find_t *f, os_str_t orders)
{
    os_str_t     order;
    const char  *end;

    f->pending = 1;

    while (orders.len > 0) {
        end = memchr(orders.data, '\n', orders.len);
        order = (os_str_t) { end ? (size_t) (end - orders.data)
                                  : orders.len, orders.data };
        osw_find_tell(f, order);
        order.len += end != NULL;
        orders.data += order.len;
        orders.len -= order.len;
    }

    osw_find_sent(f, 0);
}


/* The record of an id: is that also what its buyer knows it by? */
static int
osw_find_plain(const redisReply *reply, os_str_t id)
{
    int       plain;
    json_t   *record;
    os_str_t  number;

    record = os_json_parse(osw_reply_str(reply), "record", NULL);
    number = os_json_str(record, "number");
    plain = number.len == 0 || os_str_equal(number, id);
    json_decref(record);

    return plain;
}


/* The order that a look has found; OS_NULL: none. Borrowed from either. */
static os_str_t
osw_find_look_at(osw_find_t *f, const osw_look_t *look,
    const redisReply *reply)
{
    os_str_t  text;

    text = osw_reply_str(reply);

    switch (look->how) {

    case OSW_LOOK_ID:
        f->perhaps = text.len && !osw_find_plain(reply, look->value);
        return text.len && !f->perhaps ? look->value : OS_NULL;

    case OSW_LOOK_NOT_ID:
        f->unclear = f->perhaps && text.len
                     && !os_str_equal(text, look->value);
        return f->unclear ? OS_NULL : f->perhaps ? look->value : text;

    case OSW_LOOK_NUMBER:
        return text.len && osw_find_plain(reply, look->value) ? look->value
                                                              : OS_NULL;

    case OSW_LOOK_ALIAS:
    case OSW_LOOK_WAIT:
        break;
    }

    return text;
}


static void
osw_find_reply(os_command_t *cmd, redisReply *reply)
{
    os_str_t     found;
    osw_find_t  *f;

    f = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_find_end(f, 0);
        return;
    }

    found = osw_find_look_at(f, &f->look[f->at], reply);

    if (found.len) {
        osw_find_found(f, found);
        return;
    }

    f->at++;
    osw_find_next(f);
}


static void
osw_find_record(osw_find_t *f, os_str_t id)
{
    os_str_t       store;
    os_command_t  *cmd;

    store = os_str(f->store);
    cmd = os_command_new(os_space_shard(&f->w->config->space, store, id,
                                        OS_NULL), osw_find_reply, f);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(f->w, cmd, "o", store, id, OS_NULL);
    osw_redis_send(f->w->redis, cmd);
}


static void
osw_find_alias(osw_find_t *f, const osw_look_t *look)
{
    os_str_t       store, kind;
    os_buf_t       text;
    os_command_t  *cmd;

    store = os_str(f->store);
    kind = os_str(look->kind);
    text = (os_buf_t) { 0 };

    if (look->how == OSW_LOOK_WAIT) {
        os_json_dump(&text, f->event);
    }

    cmd = os_command_new(os_space_shard(&f->w->config->space, store, kind,
                                        look->value), osw_find_reply, f);
    os_command_script(cmd, &os_script_find, 2, 2);
    osw_command_key(f->w, cmd, "alias", store, kind, look->value);
    osw_command_key(f->w, cmd, "wait", store, kind, look->value);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add_int(cmd, OSW_WAIT_KEEP);
    os_buf_free(&text);
    cmd->confirm = 1;
    osw_redis_send(f->w->redis, cmd);
}


static void
osw_find_next(osw_find_t *f)
{
    const osw_look_t  *look;

    while (f->at < f->n && f->unclear
           && os_str_equal(f->look[f->at].value, f->order))
    {
        f->at++;
    }

    if (f->at == f->n) {
        osw_find_end(f, 1);             /* it waits */
        return;
    }

    look = &f->look[f->at];

    if (look->how == OSW_LOOK_ID || look->how == OSW_LOOK_NUMBER) {
        osw_find_record(f, look->value);

    } else {
        osw_find_alias(f, look);
    }
}


static void
osw_find_look(osw_find_t *f, osw_look_how_t how, const char *kind,
    os_str_t value)
{
    if (value.len > 0 && value.len <= OSW_NAME_MAX) {
        f->look[f->n++] = (osw_look_t) { how, kind, value };
    }
}


void
osw_find_send(osw_t *w, os_str_t store, json_t *event, osw_find_pt done,
    void *data)
{
    os_str_t       tracking, order, number;
    osw_find_t    *f;
    const json_t  *said;

    f = calloc(1, sizeof(osw_find_t));

    if (f == NULL || store.len >= sizeof(f->store)) {
        free(f);
        json_decref(event);
        done(data, 0);
        return;
    }

    *f = (osw_find_t) { .w = w, .event = event, .done = done, .data = data };
    memcpy(f->store, store.data, store.len);

    said = json_object_get(event, "data");
    tracking = os_json_str(said, "number");
    order = os_json_str(said, "order");
    number = os_json_str(said, "order_number");

    if (os_str_equal(order, number)) {
        number = OS_NULL;
    }

    f->order = order;

    osw_find_look(f, OSW_LOOK_ALIAS, "tracking", tracking);
    osw_find_look(f, OSW_LOOK_ID, NULL, order);
    osw_find_look(f, OSW_LOOK_NOT_ID, "number", order);
    osw_find_look(f, OSW_LOOK_ALIAS, "number", number);
    osw_find_look(f, OSW_LOOK_NUMBER, NULL, number);
    osw_find_look(f, OSW_LOOK_WAIT, "id", order);
    osw_find_look(f, OSW_LOOK_WAIT, "number", order);
    osw_find_look(f, OSW_LOOK_WAIT, "number", number);
    osw_find_look(f, OSW_LOOK_WAIT, "tracking", tracking);
    osw_find_next(f);
}

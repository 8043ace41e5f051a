/*
 * osw_find: see osw_find.h.
 *
 * A row of looks, each in its own shard, until one finds the order. The last
 * ones leave the event in a list; whoever sets the alias takes it from there,
 * in one script, so that none falls between.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/take/osw_find.h"


#define OSW_LOOKS_MAX  7
#define OSW_WAIT_KEEP  (30 * 86400)     /* s */
#define OSW_NAME_MAX   64


typedef struct {
    enum {
        OSW_LOOK_ALIAS = 0,
        OSW_LOOK_RECORD,
        OSW_LOOK_WAIT
    } how;
    const char  *kind;          /* of the alias */
    os_str_t     value;         /* borrowed from the event */
} osw_look_t;

typedef struct {
    osw_t        *w;
    char          store[64];
    json_t       *event;
    osw_find_pt   done;
    void         *data;
    unsigned      at, n;
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
osw_find_written(os_command_t *cmd, redisReply *reply)
{
    osw_find_end(cmd->data, !osw_reply_failed(reply));
}


static void
osw_find_found(osw_find_t *f, os_str_t order)
{
    os_buf_t  name;

    name = (os_buf_t) { 0 };
    os_buf_text(&name, f->store);
    os_buf_char(&name, '/');
    os_buf_str(&name, order);
    os_json_set_str(f->event, "order", os_buf_view(&name));
    os_buf_free(&name);

    osw_redis_send(f->w->redis, osw_event_add(f->w, os_str(f->store), order,
                                              f->event, osw_find_written, f));
}


static void
osw_find_reply(os_command_t *cmd, redisReply *reply)
{
    osw_find_t  *f;
    osw_look_t  *look;

    f = cmd->data;
    look = &f->look[f->at];

    if (osw_reply_failed(reply)) {
        osw_find_end(f, 0);
        return;
    }

    if (look->how == OSW_LOOK_RECORD) {
        if (osw_reply_int(reply, 0) == 1) {
            osw_find_found(f, look->value);
            return;
        }

    } else if (osw_reply_str(reply).len) {
        osw_find_found(f, osw_reply_str(reply));
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
    os_command_add(cmd, OS_STR("EXISTS"));
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

    if (f->at == f->n) {
        osw_find_end(f, 1);             /* it waits */
        return;
    }

    look = &f->look[f->at];

    if (look->how == OSW_LOOK_RECORD) {
        osw_find_record(f, look->value);

    } else {
        osw_find_alias(f, look);
    }
}


static void
osw_find_look(osw_find_t *f, int how, const char *kind, os_str_t value)
{
    if (value.len > 0 && value.len <= OSW_NAME_MAX) {
        f->look[f->n].how = how;
        f->look[f->n].kind = kind;
        f->look[f->n].value = value;
        f->n++;
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

    osw_find_look(f, OSW_LOOK_ALIAS, "tracking", tracking);
    osw_find_look(f, OSW_LOOK_RECORD, NULL, order);
    osw_find_look(f, OSW_LOOK_ALIAS, "number", number);
    osw_find_look(f, OSW_LOOK_RECORD, NULL, number);
    osw_find_look(f, OSW_LOOK_WAIT, "number", order);
    osw_find_look(f, OSW_LOOK_WAIT, "number", number);
    osw_find_look(f, OSW_LOOK_WAIT, "tracking", tracking);
    osw_find_next(f);
}

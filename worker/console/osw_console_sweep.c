/*
 * osw_console_sweep: see osw_console_sweep.h.
 *
 * What is left of an order whose buyer was erased is short (docs/formats.md,
 * "Order"): the front of a record is enough to know it.
 */

#include <stdlib.h>

#include "worker/console/osw_console_sweep.h"


#define OSW_SWEEP_BATCH   200       /* orders */
#define OSW_SWEEP_PAUSE   20        /* ms between two batches */
#define OSW_SWEEP_EVERY   600000    /* ms */
#define OSW_SWEEP_FRONT   OS_STR("511")


struct osw_sweep_s {
    osw_t        *w;
    osw_base_t   *base;
    uv_timer_t    timer;
    int64_t       after;        /* the last order that was looked at */
    json_t       *names;        /* of the batch */
    json_t       *erased;
    size_t        pending;
    unsigned      stopping:1;
};

typedef struct {
    osw_sweep_t  *sweep;
    size_t        place;        /* in names */
} osw_sweep_ask_t;


static void osw_sweep_next(uv_timer_t *timer);


static void
osw_sweep_later(osw_sweep_t *s, uint64_t ms)
{
    if (!s->stopping) {
        (void) uv_timer_start(&s->timer, osw_sweep_next, ms, 0);
    }
}


static void
osw_sweep_end(osw_sweep_t *s)
{
    size_t   i;
    json_t  *name;

    if (--s->pending || s->stopping) {
        return;
    }

    json_array_foreach(s->erased, i, name) {
        osw_base_forget(s->base, os_str(json_string_value(name)));
    }

    osw_sweep_later(s, json_array_size(s->names) ? OSW_SWEEP_PAUSE
                                                 : OSW_SWEEP_EVERY);
}


static void
osw_sweep_said(os_command_t *cmd, redisReply *reply)
{
    json_t           *record;
    osw_sweep_ask_t  *ask = cmd->data;
    osw_sweep_t      *s = ask->sweep;

    if (!osw_reply_failed(reply) && osw_reply_str(reply).len) {
        record = os_json_parse(osw_reply_str(reply), "record", NULL);

        if (os_str_equal(os_json_str(record, "state"), OS_STR("erased"))) {
            (void) json_array_append(s->erased,
                                     json_array_get(s->names, ask->place));
        }

        json_decref(record);
    }

    free(ask);
    osw_sweep_end(s);
}


static void
osw_sweep_ask(osw_sweep_t *s, size_t place)
{
    os_str_t          store, id;
    os_command_t     *cmd;
    osw_sweep_ask_t  *ask;

    if (osw_order_split(os_str(json_string_value(json_array_get(s->names,
                                                                place))),
                        &store, &id) != 0
        || (ask = malloc(sizeof(osw_sweep_ask_t))) == NULL)
    {
        return;
    }

    *ask = (osw_sweep_ask_t) { s, place };
    cmd = os_command_new(os_space_shard(&s->w->config->space, store, id,
                                        OS_NULL), osw_sweep_said, ask);
    os_command_words(cmd, 4);
    os_command_add(cmd, OS_STR("GETRANGE"));
    osw_command_key(s->w, cmd, "o", store, id, OS_NULL);
    os_command_add(cmd, OS_STR("0"));
    os_command_add(cmd, OSW_SWEEP_FRONT);
    s->pending++;
    osw_redis_send(s->w->redis, cmd);
}


/* The next orders of which there are words; after the last, the first again. */
static void
osw_sweep_names(osw_sweep_t *s)
{
    int64_t        after = 0;
    sqlite3_stmt  *q;

    json_array_clear(s->names);
    json_array_clear(s->erased);

    if (sqlite3_prepare_v2(osw_base_handle(s->base),
            "SELECT DISTINCT orders.id, name FROM words"
            " JOIN orders ON orders.id = order_id WHERE order_id > ?1"
            " ORDER BY order_id LIMIT ?2", -1, &q, NULL) == SQLITE_OK)
    {
        (void) sqlite3_bind_int64(q, 1, s->after);
        (void) sqlite3_bind_int(q, 2, OSW_SWEEP_BATCH);

        while (sqlite3_step(q) == SQLITE_ROW) {
            after = sqlite3_column_int64(q, 0);
            (void) json_array_append_new(s->names, json_string(
                (const char *) sqlite3_column_text(q, 1)));
        }
    }

    (void) sqlite3_finalize(q);
    s->after = after;
}


static void
osw_sweep_next(uv_timer_t *timer)
{
    size_t        i;
    osw_sweep_t  *s = timer->data;

    osw_sweep_names(s);
    s->pending = 1;

    for (i = 0; i < json_array_size(s->names); i++) {
        osw_sweep_ask(s, i);
    }

    osw_sweep_end(s);
}


osw_sweep_t *
osw_sweep_start(osw_t *w, osw_base_t *base)
{
    osw_sweep_t  *s = calloc(1, sizeof(osw_sweep_t));

    if (s == NULL) {
        return NULL;
    }

    *s = (osw_sweep_t) { .w = w, .base = base };
    s->names = json_array();
    s->erased = json_array();
    (void) uv_timer_init(w->loop, &s->timer);
    s->timer.data = s;
    osw_sweep_later(s, 0);

    return s;
}


void
osw_sweep_stop(osw_sweep_t *s)
{
    if (s && !s->stopping) {
        s->stopping = 1;
        uv_close((uv_handle_t *) &s->timer, NULL);
    }
}


void
osw_sweep_free(osw_sweep_t *s)
{
    if (s) {
        json_decref(s->names);
        json_decref(s->erased);
        free(s);
    }
}

/*
 * osw_console_take: see osw_console_take.h.
 *
 * One batch is under way at a time: its entries are read, then the words that
 * lie beside them, then all is written in one transaction with how far it is.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_take.h"


#define OSW_TAKE_BATCH  1000    /* entries */
#define OSW_TAKE_IDLE   300     /* ms until all are asked again */
#define OSW_TAKE_AGAIN  2000    /* after a fault */


struct osw_take_s {
    osw_t         *w;
    osw_base_t    *base;
    uv_timer_t     timer;
    void         (*idle)(void *data);
    void          *data;
    unsigned       shard;       /* that is being read */
    os_buf_t       at;          /* the last entry of it */
    json_t        *facts;       /* of the batch */
    json_t        *texts;       /* the same as they came */
    json_t        *words;       /* fact's place → words */
    size_t         pending;
    uint64_t       count;
    unsigned       quiet;       /* shards in a row with nothing new */
    unsigned       failed:1;
    unsigned       stopping:1;
};

/* The words of one fact are on their way. */
typedef struct {
    osw_take_t  *take;
    size_t       place;
} osw_take_words_t;


static void osw_take_next(osw_take_t *t);


static void
osw_take_timer(uv_timer_t *timer)
{
    osw_take_next(timer->data);
}


static void
osw_take_later(osw_take_t *t, uint64_t ms)
{
    if (!t->stopping) {
        (void) uv_timer_start(&t->timer, osw_take_timer, ms, 0);
    }
}


/* The shard has been looked at; on to the next. */
static void
osw_take_done(osw_take_t *t, size_t read)
{
    t->quiet = read ? 0 : t->quiet + 1;

    if (read < OSW_TAKE_BATCH) {
        t->shard = (t->shard + 1) % t->w->config->space.shards;
    }

    if (t->quiet >= t->w->config->space.shards) {
        t->quiet = 0;

        if (t->idle) {
            t->idle(t->data);
        }

        osw_take_later(t, OSW_TAKE_IDLE);
        return;
    }

    osw_take_later(t, 0);
}


/* The batch's i-th fact as it came. */
static os_str_t
osw_take_text(const osw_take_t *t, size_t i)
{
    const json_t  *text = json_array_get(t->texts, i);

    return (os_str_t) { json_string_length(text), json_string_value(text) };
}


static int
osw_take_write(osw_take_t *t, os_error_t *err)
{
    int         rc = 0;
    char        place[24];
    size_t      i;
    json_t     *fact;
    uint64_t    fresh = 0;

    if (osw_base_begin(t->base, err) != 0) {
        return -1;
    }

    json_array_foreach(t->facts, i, fact) {
        (void) snprintf(place, sizeof(place), "%zu", i);
        rc = osw_base_fact(t->base, fact, osw_take_text(t, i),
                           os_json_str(t->words, place), err);

        if (rc == -1) {
            break;
        }

        fresh += (uint64_t) rc;
    }

    if (rc == -1
        || osw_base_end(t->base, t->shard, os_buf_view(&t->at), err) != 0)
    {
        osw_base_undo(t->base);
        return -1;
    }

    t->count += fresh;

    return 0;
}


static void
osw_take_batch(osw_take_t *t)
{
    size_t      n = json_array_size(t->facts);
    os_error_t  err;

    if (t->failed) {
        osw_take_later(t, OSW_TAKE_AGAIN);

    } else if (osw_take_write(t, &err) != 0) {
        osw_log(OSW_ERROR, "console: %s", err.text);
        osw_take_later(t, OSW_TAKE_AGAIN);

    } else {
        osw_take_done(t, n);
    }
}


static void
osw_take_end(osw_take_t *t)
{
    if (--t->pending == 0 && !t->stopping) {
        osw_take_batch(t);
    }
}


static void
osw_take_said(os_command_t *cmd, redisReply *reply)
{
    char               place[24];
    osw_take_words_t  *words = cmd->data;
    osw_take_t        *t = words->take;

    if (osw_reply_failed(reply)) {
        t->failed = 1;

    } else if (osw_reply_str(reply).len) {
        (void) snprintf(place, sizeof(place), "%zu", words->place);
        os_json_set_str(t->words, place, osw_reply_str(reply));
    }

    free(words);
    osw_take_end(t);
}


static void
osw_take_ask_words(osw_take_t *t, const json_t *fact, size_t place)
{
    os_str_t           store, id;
    os_command_t      *cmd;
    osw_take_words_t  *words;

    if (!os_json_bool(fact, "words")
        || osw_order_split(os_json_str(fact, "order"), &store, &id) != 0)
    {
        return;
    }

    words = malloc(sizeof(osw_take_words_t));

    if (words == NULL) {
        t->failed = 1;
        return;
    }

    *words = (osw_take_words_t) { t, place };
    cmd = os_command_new(t->shard, osw_take_said, words);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("HGET"));
    osw_command_key(t->w, cmd, "words", store, id, OS_NULL);
    os_command_add(cmd, os_json_str(fact, "id"));
    t->pending++;
    osw_redis_send(t->w->redis, cmd);
}


/* One entry: [id, ["e", JSON]]. */
static void
osw_take_entry(osw_take_t *t, const redisReply *entry)
{
    json_t    *fact = NULL;
    os_str_t   text = OS_NULL;

    if (entry->elements != 2) {
        return;
    }

    t->at.len = 0;
    os_buf_str(&t->at, osw_reply_str(entry->element[0]));

    if (entry->element[1]->elements >= 2) {
        text = osw_reply_str(entry->element[1]->element[1]);
        fact = os_json_parse(text, "fact", NULL);
    }

    (void) json_array_append_new(t->facts, fact ? fact : json_object());
    (void) json_array_append_new(t->texts,
                                 os_json_new_str(fact ? text : OS_NULL));
    osw_take_ask_words(t, fact, json_array_size(t->facts) - 1);
}


static void
osw_take_read(os_command_t *cmd, redisReply *reply)
{
    size_t       i;
    osw_take_t  *t = cmd->data;

    if (osw_reply_failed(reply)) {
        t->failed = 1;
        osw_take_end(t);
        return;
    }

    for (i = 0; i < reply->elements; i++) {
        osw_take_entry(t, reply->element[i]);
    }

    osw_take_end(t);
}


static void
osw_take_next(osw_take_t *t)
{
    os_buf_t       from = { 0 };
    os_command_t  *cmd;

    if (t->stopping) {
        return;
    }

    json_array_clear(t->facts);
    json_array_clear(t->texts);
    json_object_clear(t->words);
    t->failed = 0;
    t->pending = 1;
    t->at.len = 0;
    osw_base_read_to(t->base, t->shard, &t->at);

    os_buf_text(&from, t->at.len ? "(" : "-");
    os_buf_str(&from, os_buf_view(&t->at));
    cmd = os_command_new(t->shard, osw_take_read, t);
    os_command_words(cmd, 6);
    os_command_add(cmd, OS_STR("XRANGE"));
    osw_command_key(t->w, cmd, "facts", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&from));
    os_command_add(cmd, OS_STR("+"));
    os_command_add(cmd, OS_STR("COUNT"));
    os_command_add_int(cmd, OSW_TAKE_BATCH);
    osw_redis_send(t->w->redis, cmd);
    os_buf_free(&from);
}


osw_take_t *
osw_take_start(osw_t *w, osw_base_t *base, void (*idle)(void *data),
    void *data)
{
    osw_take_t  *t = calloc(1, sizeof(osw_take_t));

    if (t == NULL) {
        return NULL;
    }

    *t = (osw_take_t) { .w = w, .base = base, .idle = idle, .data = data };
    t->facts = json_array();
    t->texts = json_array();
    t->words = json_object();
    (void) uv_timer_init(w->loop, &t->timer);
    t->timer.data = t;
    osw_take_later(t, 0);

    return t;
}


void
osw_take_stop(osw_take_t *t)
{
    if (!t->stopping) {
        t->stopping = 1;
        uv_close((uv_handle_t *) &t->timer, NULL);
    }
}


void
osw_take_free(osw_take_t *t)
{
    json_decref(t->facts);
    json_decref(t->texts);
    json_decref(t->words);
    os_buf_free(&t->at);
    free(t);
}


uint64_t
osw_take_count(const osw_take_t *t)
{
    return t->count;
}

/*
 * osw_withdraw: see osw_withdraw.h. One look after the other, each in its own
 * shard; what is looked up is never told to whoever typed it.
 */

#include <stdlib.h>
#include <string.h>

#include "core/order/os_withdrawal.h"
#include "core/view/os_panel.h"
#include "worker/take/osw_withdraw.h"


typedef struct {
    osw_t            *w;
    json_t           *effect;
    const json_t     *event;        /* the statement's */
    const json_t     *said;
    os_str_t          store;
    os_str_t          rest;         /* of the contract, not looked up yet */
    os_buf_t          word;         /* what is looked up, or its order */
    unsigned          words;
    json_t           *found;        /* ids */
    size_t            pending;
    osw_withdraw_pt   done;
    void             *data;
    unsigned          failed:1;
} osw_withdraw_t;


static void osw_withdraw_next(osw_withdraw_t *d);


static void
osw_withdraw_end(osw_withdraw_t *d, int ok)
{
    d->done(d->data, ok);
    json_decref(d->effect);
    json_decref(d->found);
    os_buf_free(&d->word);
    free(d);
}


static void
osw_withdraw_sent(os_command_t *cmd, redisReply *reply)
{
    osw_withdraw_t  *d = cmd->data;

    d->failed |= osw_reply_failed(reply) != 0;

    if (--d->pending == 0) {
        osw_withdraw_end(d, !d->failed);
    }
}


/* `event` is taken; it goes to STORE/ID under an id made of the statement's. */
static void
osw_withdraw_send(osw_withdraw_t *d, os_str_t id, const char *kind,
    json_t *event)
{
    os_buf_t  text = { 0 };

    os_buf_text(&text, kind);
    os_buf_char(&text, '/');
    os_buf_str(&text, os_json_str(d->event, "id"));
    os_json_set_str(event, "id", os_buf_view(&text));
    os_json_set_str(event, "kind", os_str(kind));
    os_json_set_int(event, "at_ms", os_json_int(d->event, "at_ms", 0));

    text.len = 0;
    os_buf_str(&text, d->store);
    os_buf_char(&text, '/');
    os_buf_str(&text, id);
    os_json_set_str(event, "order", os_buf_view(&text));
    os_buf_free(&text);

    d->pending++;
    osw_redis_send(d->w->redis, osw_event_add(d->w, d->store, id, event,
                                              osw_withdraw_sent, d));
    json_decref(event);
}


/* What an order is told of the statement. */
static json_t *
osw_withdraw_event(const osw_withdraw_t *d)
{
    size_t   i;
    json_t  *event = json_object();

    static const char *const  members[] = { "name", "email", "contract",
                                            "parts", "lines", "links" };

    os_json_set_str(event, "statement", os_json_str(d->effect, "order"));

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (json_object_get(d->said, members[i])) {
            (void) json_object_set(event, members[i],
                                   json_object_get(d->said, members[i]));
        }
    }

    if (os_json_bool(d->event, "proven")) {
        (void) json_object_set_new(event, "proven", json_true());
    }

    return event;
}


static void
osw_withdraw_tell(osw_withdraw_t *d)
{
    size_t   i;
    json_t  *id;

    d->pending = 1;

    json_array_foreach(d->found, i, id) {
        osw_withdraw_send(d, os_str(json_string_value(id)), "withdrawal",
                          osw_withdraw_event(d));
    }

    osw_withdraw_send(d, os_json_str(d->effect, "order"), "matched",
                      json_pack("{s:O}", "orders", d->found));
    d->pending--;
}


static int
osw_withdraw_has(const osw_withdraw_t *d, os_str_t id)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(d->found, i, one) {
        if (os_str_equal(os_str(json_string_value(one)), id)) {
            return 1;
        }
    }

    return 0;
}


static void
osw_withdraw_record(os_command_t *cmd, redisReply *reply)
{
    json_t          *record;
    os_str_t         id;
    osw_withdraw_t  *d = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_withdraw_end(d, 0);
        return;
    }

    record = os_json_parse(osw_reply_str(reply), "record", NULL);
    id = os_buf_view(&d->word);

    if (os_panel_known(record) && !os_withdrawal_is_id(id)
        && !osw_withdraw_has(d, id))
    {
        (void) json_array_append_new(d->found, os_json_new_str(id));
    }

    json_decref(record);
    osw_withdraw_next(d);
}


/* Is there a record of the order in d->word? */
static void
osw_withdraw_fetch(osw_withdraw_t *d)
{
    os_str_t       id = os_buf_view(&d->word);
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(&d->w->config->space, d->store, id,
                                        OS_NULL), osw_withdraw_record, d);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(d->w, cmd, "o", d->store, id, OS_NULL);
    osw_redis_send(d->w->redis, cmd);
}


/* The number is another name of an order, or its id. */
static void
osw_withdraw_named(os_command_t *cmd, redisReply *reply)
{
    osw_withdraw_t  *d = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_withdraw_end(d, 0);
        return;
    }

    if (osw_reply_str(reply).len) {
        d->word.len = 0;
        os_buf_str(&d->word, osw_reply_str(reply));
    }

    osw_withdraw_fetch(d);
}


static void
osw_withdraw_next(osw_withdraw_t *d)
{
    os_str_t       word;
    os_command_t  *cmd;

    if (d->words == OS_WITHDRAWAL_NUMBERS
        || !os_withdrawal_number(&d->rest, &word))
    {
        osw_withdraw_tell(d);
        return;
    }

    d->words++;
    d->word.len = 0;
    os_buf_str(&d->word, os_number_plain(word));
    word = os_buf_view(&d->word);

    cmd = os_command_new(os_space_shard(&d->w->config->space, d->store,
                                        OS_STR("number"), word),
                         osw_withdraw_named, d);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(d->w, cmd, "alias", d->store, OS_STR("number"), word);
    osw_redis_send(d->w->redis, cmd);
}


void
osw_withdraw_find(osw_t *w, const json_t *effect, osw_withdraw_pt done,
    void *data)
{
    osw_withdraw_t  *d;

    d = calloc(1, sizeof(osw_withdraw_t));

    if (d == NULL) {
        done(data, 0);
        return;
    }

    d->w = w;
    d->effect = json_incref((json_t *) effect);
    d->event = json_object_get(effect, "event");
    d->said = json_object_get(d->event, "statement");
    d->store = os_json_str(effect, "store");
    d->found = json_array();
    d->done = done;
    d->data = data;

    if (os_json_str(d->said, "order").len) {
        os_buf_str(&d->word, os_json_str(d->said, "order"));
        osw_withdraw_fetch(d);

    } else {
        d->rest = os_json_str(d->said, "contract");
        osw_withdraw_next(d);
    }
}

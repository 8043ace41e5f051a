/*
 * osw_console_ask: see osw_console_ask.h.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_script_work.h"
#include "worker/console/osw_console_ask.h"


/* Of one page. */
typedef struct {
    osw_page_t  *page;
    size_t      *pending;
    void       (*came)(void *data);
    void        *data;
} osw_asks_t;

typedef struct {
    osw_page_t  *page;
    void       (*came)(void *data);
    void        *data;
    json_t      *ask;           /* of page->asks, or NULL */
    char         order[];
} osw_ask_t;


static json_t *
osw_ask_reply(const redisReply *reply)
{
    size_t   i;
    json_t  *list;

    switch (reply->type) {

    case REDIS_REPLY_INTEGER:
        return json_integer(reply->integer);

    case REDIS_REPLY_ARRAY:
        list = json_array();

        for (i = 0; i < reply->elements; i++) {
            (void) json_array_append_new(list,
                                         osw_ask_reply(reply->element[i]));
        }

        return list;

    default:
        list = os_json_new_str(osw_reply_str(reply));
        return list ? list : json_null();
    }
}


static void
osw_ask_said(os_command_t *cmd, redisReply *reply)
{
    json_t      *record;
    osw_ask_t   *ask = cmd->data;
    osw_page_t  *p = ask->page;

    if (osw_reply_failed(reply)) {
        (void) json_object_set_new(p->view, "unanswered", json_true());

    } else if (ask->ask) {
        (void) json_object_set_new(ask->ask, "reply", osw_ask_reply(reply));

    } else {
        record = os_json_parse(osw_reply_str(reply), "record", NULL);
        (void) json_object_set_new(p->orders, ask->order,
                                   record ? record : json_false());
    }

    ask->came(ask->data);
    free(ask);
}


static osw_ask_t *
osw_ask_new(const osw_asks_t *all, json_t *ask, const char *order)
{
    osw_ask_t  *one = malloc(sizeof(osw_ask_t) + strlen(order) + 1);

    if (one) {
        one->page = all->page;
        one->came = all->came;
        one->data = all->data;
        one->ask = ask;
        (void) strcpy(one->order, order);
        ++*all->pending;
    }

    return one;
}


static void
osw_ask_order(const osw_asks_t *all, const char *order)
{
    osw_t         *w = all->page->w;
    os_str_t       store, id;
    osw_ask_t     *ask;
    os_command_t  *cmd;

    if (osw_order_split(os_str(order), &store, &id) != 0
        || (ask = osw_ask_new(all, NULL, order)) == NULL)
    {
        return;
    }

    cmd = os_command_new(os_space_shard(&w->config->space, store, id, OS_NULL),
                         osw_ask_said, ask);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(w, cmd, "o", store, id, OS_NULL);
    osw_redis_send(w->redis, cmd);
}


/* A part of a key's name; OS_NULL: it has none more. */
static os_str_t
osw_ask_part(const json_t *of, size_t i)
{
    return os_str(json_string_value(json_array_get(of, i)));
}


static void
osw_ask_shard(const osw_asks_t *all, json_t *wanted)
{
    size_t         i;
    osw_t         *w = all->page->w;
    json_t        *word, *words = json_object_get(wanted, "command");
    unsigned       n = (unsigned) json_array_size(words);
    unsigned       keys = (unsigned) os_json_int(wanted, "keys", 0);
    osw_ask_t     *ask = osw_ask_new(all, wanted, "");
    os_command_t  *cmd;
    const json_t  *of = json_object_get(wanted, "of");

    if (ask == NULL) {
        return;
    }

    cmd = os_command_new((unsigned) os_json_int(wanted, "shard", 0),
                         osw_ask_said, ask);

    if (keys) {
        os_command_script(cmd, &os_script_died, keys, n - keys);

    } else {
        os_command_words(cmd, n);
    }

    json_array_foreach(words, i, word) {
        if (json_string_value(word)[0] == '@') {
            osw_command_key(w, cmd, json_string_value(word) + 1,
                            osw_ask_part(of, 0), osw_ask_part(of, 1),
                            osw_ask_part(of, 2));

        } else {
            os_command_add(cmd, os_str(json_string_value(word)));
        }
    }

    osw_redis_send(w->redis, cmd);
}


void
osw_ask_all(osw_page_t *p, size_t *pending, void (*came)(void *data),
    void *data)
{
    size_t       i;
    json_t      *names = json_deep_copy(p->orders), *value;
    osw_asks_t   all = { p, pending, came, data };
    const char  *order;

    json_array_foreach(p->asks, i, value) {
        osw_ask_shard(&all, value);
    }

    json_object_foreach(names, order, value) {
        osw_ask_order(&all, order);
    }

    json_decref(names);
}

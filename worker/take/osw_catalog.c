/*
 * osw_catalog: see osw_catalog.h.
 *
 * What was there is answered when it is replaced: a product that has moved into
 * another category leaves the index of the one before.
 */

#include <stdlib.h>

#include "worker/take/osw_catalog.h"


typedef struct {
    osw_t           *w;
    os_str_t         store;
    json_t          *product;       /* {"id"} alone: it goes */
    osw_catalog_pt   done;
    void            *data;
    unsigned         pending;
    unsigned         failed:1;
} osw_catalog_one_t;


static void
osw_catalog_end(osw_catalog_one_t *one, int failed)
{
    one->failed |= failed != 0;

    if (--one->pending == 0) {
        one->done(one->data, one->failed);
        json_decref(one->product);
        free(one);
    }
}


static void
osw_catalog_stored(os_command_t *cmd, redisReply *reply)
{
    osw_catalog_end(cmd->data, osw_reply_failed(reply));
}


/* In the shard of `of`; `name` is the key's. */
static os_command_t *
osw_catalog_command(osw_catalog_one_t *one, const char *verb, unsigned words,
    const char *key, os_str_t of, os_str_t name, os_reply_pt handler)
{
    unsigned       shard;
    os_command_t  *cmd;

    shard = os_space_shard(&one->w->config->space, one->store, of, OS_NULL);
    cmd = os_command_new(shard, handler, one);
    os_command_words(cmd, words);
    os_command_add(cmd, os_str(verb));
    osw_command_key(one->w, cmd, key, one->store, name, OS_NULL);

    return cmd;
}


static void
osw_catalog_send(osw_catalog_one_t *one, os_command_t *cmd)
{
    one->pending++;
    osw_redis_send(one->w->redis, cmd);
}


/* Out of the index that it was in, unless it still belongs there. */
static void
osw_catalog_leave(osw_catalog_one_t *one, const json_t *old, const char *key)
{
    os_str_t       was = os_json_str(old, key);
    os_command_t  *cmd;

    if (was.len && !os_str_equal(was, os_json_str(one->product, key))) {
        cmd = osw_catalog_command(one, "ZREM", 3, key, was, was,
                                  osw_catalog_stored);
        os_command_add(cmd, os_json_str(one->product, "id"));
        osw_catalog_send(one, cmd);
    }
}


static void
osw_catalog_was(os_command_t *cmd, redisReply *reply)
{
    json_t             *old;
    osw_catalog_one_t  *one = cmd->data;

    if (reply && reply->type == REDIS_REPLY_STRING) {
        old = os_json_parse(osw_reply_str(reply), "product", NULL);
        osw_catalog_leave(one, old, "category");
        osw_catalog_leave(one, old, "group");
        json_decref(old);
    }

    osw_catalog_end(one, osw_reply_failed(reply));
}


/* Its place in its category, or among the variants of its group. */
static void
osw_catalog_enter(osw_catalog_one_t *one, const char *key)
{
    os_str_t       name = os_json_str(one->product, key);
    os_command_t  *cmd;

    if (name.len) {
        cmd = osw_catalog_command(one, "ZADD", 4, key, name, name,
                                  osw_catalog_stored);
        os_command_add_int(cmd, os_json_int(one->product, "rating", 0));
        os_command_add(cmd, os_json_str(one->product, "id"));
        osw_catalog_send(one, cmd);
    }
}


/* The list of its shard. */
static void
osw_catalog_list(osw_catalog_one_t *one, const char *verb)
{
    os_str_t       id = os_json_str(one->product, "id");
    os_command_t  *cmd;

    cmd = osw_catalog_command(one, verb, 3, "products", id, OS_NULL,
                              osw_catalog_stored);
    os_command_add(cmd, id);
    osw_catalog_send(one, cmd);
}


static osw_catalog_one_t *
osw_catalog_one(osw_t *w, os_str_t store, json_t *product, osw_catalog_pt done,
    void *data)
{
    osw_catalog_one_t  *one = calloc(1, sizeof(osw_catalog_one_t));

    if (one == NULL) {
        json_decref(product);
        done(data, 1);
        return NULL;
    }

    *one = (osw_catalog_one_t) { .w = w, .store = store, .product = product,
                                 .done = done, .data = data, .pending = 1 };

    return one;
}


void
osw_catalog_put(osw_t *w, os_str_t store, const json_t *product,
    osw_catalog_pt done, void *data)
{
    os_str_t            id;
    os_buf_t            text = { 0 };
    os_command_t       *cmd;
    osw_catalog_one_t  *one;

    one = osw_catalog_one(w, store, json_incref((json_t *) product), done,
                          data);

    if (one == NULL) {
        return;
    }

    id = os_json_str(product, "id");
    os_json_dump(&text, product);
    cmd = osw_catalog_command(one, "SET", 4, "product", id, id,
                              osw_catalog_was);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add(cmd, OS_STR("GET"));
    osw_catalog_send(one, cmd);
    os_buf_free(&text);

    osw_catalog_list(one, "SADD");
    osw_catalog_enter(one, "category");
    osw_catalog_enter(one, "group");
    osw_catalog_end(one, 0);
}


/* It is out of the indexes: now the product, and its place in the list, go. */
static void
osw_catalog_gone(os_command_t *cmd, redisReply *reply)
{
    os_str_t            id;
    os_command_t       *del;
    osw_catalog_one_t  *one = cmd->data;

    if (!osw_reply_failed(reply)) {
        id = os_json_str(one->product, "id");
        del = osw_catalog_command(one, "DEL", 2, "product", id, id,
                                  osw_catalog_stored);
        osw_catalog_send(one, del);
        osw_catalog_list(one, "SREM");
    }

    osw_catalog_was(cmd, reply);
}


void
osw_catalog_drop(osw_t *w, os_str_t store, os_str_t id, osw_catalog_pt done,
    void *data)
{
    json_t             *product = json_object();
    os_str_t            name;
    osw_catalog_one_t  *one;

    os_json_set_str(product, "id", id);
    one = osw_catalog_one(w, store, product, done, data);

    if (one != NULL) {
        name = os_json_str(product, "id");
        osw_catalog_send(one, osw_catalog_command(one, "GET", 2, "product",
                                                  name, name,
                                                  osw_catalog_gone));
        osw_catalog_end(one, 0);
    }
}

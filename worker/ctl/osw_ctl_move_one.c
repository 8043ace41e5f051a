/*
 * osw_ctl_move_one: see osw_ctl_move_one.h.
 *
 * A key whose name says where it belongs is copied (DUMP, RESTORE with its time
 * to live) and then taken away. What each shard has of its own is brought entry
 * by entry, where an entry belongs to an order; sums and lists of a tag that no
 * shard has any more are added to those of the shard that lies at its place,
 * once: `came` there remembers it. A copy counts once a replica has it, too.
 */

#include <stdio.h>
#include <string.h>

#include "redis/os_home.h"
#include "redis/os_script_move.h"
#include "worker/ctl/osw_ctl_move_one.h"
#include "worker/ctl/osw_ctl_move_rows.h"


#define OSW_MOVE_KEYS     64        /* in one script */


/* So many whole keys, which go the same way. */
static void
osw_move_whole(osw_move_t *m, osw_move_key_t *key, unsigned n)
{
    unsigned         i;
    redisReply      *reply;
    os_command_t    *out, *in, *gone;
    osw_move_tag_t  *to;

    to = osw_move_to(m, (unsigned) key->to);
    out = osw_move_script(key->tag, &os_script_keys_out, n, 0);
    in = osw_move_script(to, &os_script_keys_in, n, 2 * n);
    gone = osw_move_command(key->tag, "UNLINK", 1 + n);

    for (i = 0; i < n; i++) {
        osw_move_name(m, out, key->tag, os_buf_view(&key[i].name));
        osw_move_name(m, in, to, os_buf_view(&key[i].name));
        osw_move_name(m, gone, key->tag, os_buf_view(&key[i].name));
    }

    reply = osw_move_ask(m, out);

    for (i = 0; reply && i < reply->elements; i++) {
        osw_move_add(in, reply->element[i]);
    }

    if (reply == NULL || reply->elements != 2 * n) {
        m->failed = 1;
    }

    freeReplyObject(reply);

    /* after a failure nothing is sent */

    (void) osw_move_in(m, in);

    if (osw_move_do(m, gone) == 0) {
        m->moved += n;
    }
}


/* Those of a page that go the same way go together. */
static void
osw_move_together(osw_move_t *m, osw_move_key_t *key)
{
    unsigned         n;
    osw_move_key_t  *end;

    end = m->page + m->npage;

    for (n = 1; n < OSW_MOVE_KEYS && key + n < end; n++) {
        if (key[n].tag != key->tag || key[n].to != key->to
            || os_str_starts(os_buf_view(&key[n].name), OS_STR("held:")))
        {
            break;
        }
    }

    osw_move_whole(m, key, n);

    while (n-- > 1) {
        key[n].to = OS_HOME_PASSING;    /* it has left */
    }
}


/* The keys of pools and budgets in it become those of its new shard. */
static void
osw_move_held_keys(osw_move_t *m, const osw_move_tag_t *to, json_t *held)
{
    size_t       i;
    json_t      *one;
    os_buf_t     key = { 0 };
    os_str_t     tag, name;
    const char  *offer;

    static const char *const  member[] = { "pool", "budget" };

    json_object_foreach(held, offer, one) {
        for (i = 0; i < 2; i++) {
            if (os_home_split(m->is.prefix, os_json_str(one, member[i]), &tag,
                              &name) == 0)
            {
                key.len = 0;
                os_buf_printf(&key, "%s:{%s}:", m->is.prefix, to->text);
                os_buf_str(&key, name);
                os_json_set_str(one, member[i], os_buf_view(&key));
            }
        }
    }

    os_buf_free(&key);
}


/* What a page has set apart goes with its order. */
static void
osw_move_held(osw_move_t *m, osw_move_key_t *key)
{
    json_t          *held;
    os_buf_t         text = { 0 };
    os_str_t         order, until;
    redisReply      *reply;
    os_command_t    *cmd;
    osw_move_tag_t  *to;

    to = osw_move_to(m, (unsigned) key->to);
    order = os_buf_view(&key->name);
    order.data += sizeof("held:") - 1;
    order.len -= sizeof("held:") - 1;

    cmd = osw_move_command(key->tag, "GET", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));
    reply = osw_move_ask(m, cmd);
    held = os_json_parse(osw_reply_str(reply), "held", NULL);
    freeReplyObject(reply);

    if (held != NULL) {
        osw_move_held_keys(m, to, held);
        os_json_dump(&text, held);
        until = os_json_str(held, "");

        cmd = osw_move_script(to, &os_script_held_in, 2, 3);
        osw_move_name(m, cmd, to, os_buf_view(&key->name));
        osw_move_key(m, cmd, to, "holds", OS_NULL);
        os_command_add(cmd, order);
        os_command_add(cmd, os_buf_view(&text));
        os_command_add(cmd, until.len ? until : OS_STR("0"));
        (void) osw_move_in(m, cmd);
        json_decref(held);
    }

    /* the record last: by its name it is found again */

    cmd = osw_move_command(key->tag, "ZREM", 3);
    osw_move_key(m, cmd, key->tag, "holds", OS_NULL);
    os_command_add(cmd, order);
    (void) osw_move_do(m, cmd);

    cmd = osw_move_command(key->tag, "DEL", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));

    if (osw_move_do(m, cmd) == 0) {
        m->moved++;
    }

    os_buf_free(&text);
}


/* products:STORE, ids: each in the shard of its product. */
static void
osw_move_product(osw_move_t *m, osw_move_key_t *key, os_str_t store,
    const redisReply *id)
{
    unsigned         shard;
    os_command_t    *cmd;
    osw_move_tag_t  *to;

    shard = os_space_shard(&m->is, store, osw_reply_str(id), OS_NULL);
    to = osw_move_to(m, shard);

    if (to == key->tag) {
        return;
    }

    cmd = osw_move_command(to, "SADD", 3);
    osw_move_name(m, cmd, to, os_buf_view(&key->name));
    osw_move_add(cmd, id);
    (void) osw_move_in(m, cmd);

    cmd = osw_move_command(key->tag, "SREM", 3);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));
    osw_move_add(cmd, id);

    if (osw_move_do(m, cmd) == 0) {
        m->moved++;
    }
}


static void
osw_move_products(osw_move_t *m, osw_move_key_t *key)
{
    size_t         i;
    os_str_t       store;
    redisReply    *ids;
    os_command_t  *cmd;

    store = os_buf_view(&key->name);
    store.data += sizeof("products:") - 1;
    store.len -= sizeof("products:") - 1;

    cmd = osw_move_command(key->tag, "SMEMBERS", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));
    ids = osw_move_ask(m, cmd);

    for (i = 0; ids && i < ids->elements && !m->failed; i++) {
        osw_move_product(m, key, store, ids->element[i]);
    }

    freeReplyObject(ids);
}


/* A sum or list of a tag that is no more, to the shard at its place: once. */
static void
osw_move_merge(osw_move_t *m, osw_move_key_t *key, const char *what,
    const char *verb)
{
    size_t           i, n;
    os_buf_t         from = { 0 };
    redisReply      *reply;
    os_command_t    *cmd;
    osw_move_tag_t  *to;

    to = osw_move_place(m, key->tag);
    cmd = osw_move_command(key->tag, verb,
                           strcmp(what, "pool") == 0 ? 4 : 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));

    if (strcmp(what, "pool") == 0) {
        os_command_add(cmd, OS_STR("0"));
        os_command_add(cmd, OS_STR("-1"));
    }

    reply = osw_move_ask(m, cmd);

    if (reply == NULL || reply->type == REDIS_REPLY_NIL) {
        freeReplyObject(reply);
        return;
    }

    n = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 1;
    cmd = osw_move_script(to, &os_script_merge, 2, 2 + n);
    osw_move_key(m, cmd, to, "came", OS_NULL);
    osw_move_name(m, cmd, to, os_buf_view(&key->name));
    os_buf_printf(&from, "%s/", key->tag->text);
    os_buf_str(&from, os_buf_view(&key->name));
    os_command_add(cmd, os_buf_view(&from));
    os_command_add(cmd, os_str(what));

    for (i = 0; i < n; i++) {
        osw_move_add(cmd, reply->type == REDIS_REPLY_ARRAY
                          ? reply->element[i] : reply);
    }

    (void) osw_move_in(m, cmd);
    freeReplyObject(reply);
    os_buf_free(&from);

    cmd = osw_move_command(key->tag, "UNLINK", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));

    if (osw_move_do(m, cmd) == 0) {
        m->moved++;
    }
}


/* What each shard has one of. What goes along with another is not named. */
static void
osw_move_each(osw_move_t *m, osw_move_key_t *key)
{
    os_str_t  name;

    name = os_buf_view(&key->name);

    if (os_str_equal(name, OS_STR("ev"))) {
        osw_move_stream(m, key->tag, "ev");

    } else if (os_str_equal(name, OS_STR("in"))) {
        osw_move_stream(m, key->tag, "in");

    } else if (os_str_equal(name, OS_STR("aside"))) {
        osw_move_stream(m, key->tag, "aside");

    } else if (os_str_equal(name, OS_STR("facts"))) {
        osw_move_stream(m, key->tag, "facts");

    } else if (os_str_equal(name, OS_STR("queue"))) {
        osw_move_jobs(m, key->tag);

    } else if (os_str_equal(name, OS_STR("dead"))) {
        osw_move_dead(m, key->tag);

    } else if (os_str_equal(name, OS_STR("sent"))) {
        osw_move_sent(m, key->tag);

    } else if (os_str_starts(name, OS_STR("products:"))) {
        osw_move_products(m, key);

    } else if (key->tag->is >= 0) {
        return;

    } else if (os_str_equal(name, OS_STR("stat"))) {
        osw_move_merge(m, key, "stat", "HGETALL");

    } else if (os_str_starts(name, OS_STR("pool:"))) {
        osw_move_merge(m, key, "pool", "LRANGE");

    } else if (os_str_starts(name, OS_STR("budget:"))) {
        osw_move_merge(m, key, "budget", "GET");
    }
}


void
osw_move_one(osw_move_t *m, osw_move_key_t *key)
{
    if (key->to == OS_HOME_EACH) {
        osw_move_each(m, key);

    } else if (key->to < 0 || osw_move_to(m, (unsigned) key->to) == key->tag) {
        return;

    } else if (os_str_starts(os_buf_view(&key->name), OS_STR("held:"))) {
        osw_move_held(m, key);

    } else {
        osw_move_together(m, key);
    }
}

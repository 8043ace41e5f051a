/*
 * osw_count: see osw_count.h.
 *
 * All places are read before any is written. They are written in one order,
 * each after the one before it was found to say what we say: of two that begin
 * with different numbers at once, one stops at the first place.
 */

#include <stdlib.h>

#include "worker/osw_count.h"


typedef struct {
    osw_t         *w;
    osw_count_pt   done;
    void          *data;
    os_firsts_t    firsts;
    unsigned       left;        /* answers to come, of the reading */
    unsigned       at;          /* of the writing */
    unsigned       missing:1;
    osw_count_t    count;
    int64_t        shards;
} osw_counting_t;


static void osw_count_write(osw_counting_t *c);


void
osw_count_key(const osw_t *w, os_command_t *cmd, const char *tag,
    const char *name)
{
    os_buf_t  key = { 0 };

    os_buf_printf(&key, "%s:{%s}:%s", w->config->space.prefix, tag, name);
    os_command_add(cmd, os_buf_view(&key));
    cmd->bytes.failed |= key.failed;
    cmd->at = 1 + os_space_tag_slot(os_str(tag));
    os_buf_free(&key);
}


os_command_t *
osw_count_get(const osw_t *w, const char *tag, const char *member)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, NULL, NULL);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("HGET"));
    osw_count_key(w, cmd, tag, "config");
    os_command_add(cmd, os_str(member));

    return cmd;
}


static void
osw_count_end(osw_counting_t *c, osw_count_t count)
{
    c->done(c->data, count, c->shards);
    free(c);
}


/* What one place says; 0 when it agrees. */
static int
osw_count_hear(osw_counting_t *c, const redisReply *reply)
{
    c->shards = osw_reply_int(reply, 0);

    if (c->shards == (int64_t) c->w->config->space.shards) {
        return 0;
    }

    c->count = c->shards ? OSW_COUNT_OTHER : OSW_COUNT_MOVING;

    return -1;
}


static void
osw_count_written(os_command_t *cmd, redisReply *reply)
{
    osw_counting_t  *c;

    c = cmd->data;

    if (osw_reply_failed(reply) || reply->type != REDIS_REPLY_STRING) {
        osw_count_end(c, OSW_COUNT_UNKNOWN);

    } else if (osw_count_hear(c, reply) != 0) {
        osw_count_end(c, c->count);

    } else if (++c->at == c->firsts.n) {
        osw_count_end(c, OSW_COUNT_SAME);

    } else {
        osw_count_write(c);
    }
}


static void
osw_count_ignore(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;
}


static void
osw_count_write(osw_counting_t *c)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, osw_count_ignore, NULL);
    os_command_words(cmd, 4);
    os_command_add(cmd, OS_STR("HSETNX"));
    osw_count_key(c->w, cmd, c->firsts.tag[c->at], "config");
    os_command_add(cmd, OS_STR("shards"));
    os_command_add_int(cmd, c->w->config->space.shards);
    osw_redis_send(c->w->redis, cmd);

    cmd = osw_count_get(c->w, c->firsts.tag[c->at], "shards");
    cmd->handler = osw_count_written;
    cmd->data = c;
    osw_redis_send(c->w->redis, cmd);
}


static void
osw_count_read(os_command_t *cmd, redisReply *reply)
{
    int64_t          shards;
    osw_count_t      count;
    osw_counting_t  *c;

    c = cmd->data;
    count = c->count;
    shards = c->shards;

    if (osw_reply_failed(reply)) {
        c->count = OSW_COUNT_UNKNOWN;

    } else if (reply->type == REDIS_REPLY_NIL) {
        c->missing = 1;

    } else {
        (void) osw_count_hear(c, reply);
    }

    /* the first that is something else counts */

    if (count != OSW_COUNT_SAME) {
        c->count = count;
        c->shards = shards;
    }

    if (--c->left > 0) {
        return;
    }

    if (c->count == OSW_COUNT_SAME && c->missing) {
        osw_count_write(c);

    } else {
        osw_count_end(c, c->count);
    }
}


void
osw_count_ask(osw_t *w, osw_count_pt done, void *data)
{
    unsigned         i;
    os_command_t    *cmd;
    osw_counting_t  *c;

    c = calloc(1, sizeof(osw_counting_t));

    if (c == NULL) {
        done(data, OSW_COUNT_UNKNOWN, 0);
        return;
    }

    c->w = w;
    c->done = done;
    c->data = data;
    c->count = OSW_COUNT_SAME;
    os_space_firsts(&c->firsts);
    c->left = c->firsts.n;

    for (i = c->firsts.n; i > 0; i--) {
        cmd = osw_count_get(w, c->firsts.tag[i - 1], "shards");
        cmd->handler = osw_count_read;
        cmd->data = c;
        osw_redis_send(w->redis, cmd);
    }
}

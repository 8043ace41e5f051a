/*
 * osw_pull_run: see osw_pull_run.h.
 */

#include <stdarg.h>
#include <stdio.h>

#include "worker/osw_lease.h"
#include "worker/take/osw_pull_run.h"


#define OSW_PULL_EVERY  3600
#define OSW_PULL_AGAIN  60              /* s after a failure, doubled */


int64_t
osw_pull_now(const osw_pull_t *p)
{
    return osw_now_ms(p->w) / 1000;
}


int64_t
osw_pull_duration(const osw_pull_t *p, const char *name, int64_t other)
{
    char  pointer[64];

    snprintf(pointer, sizeof(pointer), "/catalog/pull/%s", name);

    return os_campaign_duration(p->store->campaign, pointer, other);
}


int64_t
osw_pull_every(const osw_pull_t *p)
{
    return osw_pull_duration(p, "every", OSW_PULL_EVERY);
}


void
osw_pull_log(const osw_pull_t *p, osw_level_t level, const char *fmt, ...)
{
    char     text[1024];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    osw_log(level, "%.*s: catalog: %s", (int) p->store->name.len,
            p->store->name.data, text);
}


void
osw_pull_rest(osw_pull_t *p, int64_t next)
{
    json_decref(p->state);
    json_decref(p->missed);
    json_decref(p->asked);
    p->state = p->run = p->missed = p->asked = NULL;
    p->next = next;
    p->busy = 0;
}


void
osw_pull_fail(osw_pull_t *p, int64_t after, const char *why)
{
    int64_t  wait, every = osw_pull_every(p);

    wait = OSW_PULL_AGAIN << (p->fails < 10 ? p->fails : 10);
    wait = wait > every ? every : wait;
    wait = wait > after ? wait : after;
    p->fails++;
    osw_pull_log(p, OSW_WARN, "%s; again in %lld s", why, (long long) wait);
    osw_pull_rest(p, osw_pull_now(p) + wait);
}


int
osw_pull_lost(osw_pull_t *p)
{
    if (osw_lease_still(&p->w->shard[0], p->epoch) && !p->w->stopping) {
        return 0;
    }

    osw_pull_rest(p, 0);
    return 1;
}


void
osw_pull_wait(osw_pull_t *p, osw_pull_pt then)
{
    p->pending = 1;
    p->failed = 0;
    p->then = then;
}


void
osw_pull_wrote(void *data, int failed)
{
    osw_pull_t  *p = data;

    p->failed |= failed != 0;

    if (--p->pending > 0 || osw_pull_lost(p)) {
        return;
    }

    if (p->failed) {
        osw_pull_fail(p, 0, "Redis does not take it");

    } else {
        p->then(p);
    }
}


void
osw_pull_reply(os_command_t *cmd, redisReply *reply)
{
    osw_pull_wrote(cmd->data, osw_reply_failed(reply));
}


os_command_t *
osw_pull_command(osw_pull_t *p, unsigned shard, const char *verb,
    unsigned words, const char *key, os_reply_pt handler)
{
    os_command_t  *cmd;

    cmd = os_command_new(shard, handler, p);
    os_command_words(cmd, words);
    os_command_add(cmd, os_str(verb));
    osw_command_key(p->w, cmd, key, p->store->name, OS_NULL, OS_NULL);

    return cmd;
}


void
osw_pull_send(osw_pull_t *p, os_command_t *cmd)
{
    p->pending++;
    osw_redis_send(p->w->redis, cmd);
}


void
osw_pull_save(osw_pull_t *p, osw_pull_pt then)
{
    os_buf_t       text = { 0 };
    os_command_t  *cmd;

    osw_pull_wait(p, then);
    os_json_dump(&text, p->state);
    cmd = osw_pull_command(p, 0, "SET", 3, "pull", osw_pull_reply);
    os_command_add(cmd, os_buf_view(&text));
    osw_pull_send(p, cmd);
    os_buf_free(&text);
    osw_pull_wrote(p, 0);
}


int
osw_pull_whole(const osw_pull_t *p)
{
    return os_json_bool(p->run, "whole");
}


void
osw_pull_part(osw_pull_t *p)
{
    (void) json_object_set_new(p->run, "part", json_true());
}


json_t *
osw_pull_list(const osw_pull_t *p)
{
    return json_array_get(p->store->pull.lists,
                          (size_t) os_json_int(p->run, "list", 0));
}

/*
 * osw_console_gap: see osw_console_gap.h.
 */

#include <stdlib.h>
#include <time.h>

#include "worker/console/osw_console_gap.h"


typedef struct {
    osw_t        *w;
    osw_base_t   *base;
    void        (*done)(void *data);
    void         *data;
    size_t        pending;
    int64_t       lost;         /* in all shards, since ever */
    unsigned      failed:1;
} osw_gap_t;


static void
osw_gap_note(osw_gap_t *g)
{
    int64_t  now = time(NULL), keep = g->w->config->facts_keep;
    int64_t  looked = osw_base_number(g->base, "looked", 0);
    int64_t  lost = osw_base_number(g->base, "lost", 0);

    if (looked && keep && looked < now - keep) {
        osw_base_gap(g->base, looked, now - keep, 0);
    }

    if (g->lost > lost) {
        osw_base_gap(g->base, looked ? looked : now - keep, now,
                     g->lost - lost);
    }

    if (g->lost != lost) {
        osw_base_set_number(g->base, "lost", g->lost);
    }

    osw_base_set_number(g->base, "looked", now);
}


static void
osw_gap_end(osw_gap_t *g)
{
    if (--g->pending) {
        return;
    }

    if (!g->failed) {
        osw_gap_note(g);
    }

    g->done(g->data);
    free(g);
}


static void
osw_gap_said(os_command_t *cmd, redisReply *reply)
{
    osw_gap_t  *g = cmd->data;

    if (osw_reply_failed(reply)) {
        g->failed = 1;

    } else if (osw_reply_str(reply).len) {
        g->lost += strtoll(osw_reply_str(reply).data, NULL, 10);
    }

    osw_gap_end(g);
}


void
osw_gap_look(osw_t *w, osw_base_t *base, void (*done)(void *data),
    void *data)
{
    unsigned       i;
    osw_gap_t     *g = calloc(1, sizeof(osw_gap_t));
    os_command_t  *cmd;

    if (g == NULL) {
        done(data);
        return;
    }

    *g = (osw_gap_t) { .w = w, .base = base, .done = done, .data = data,
                       .pending = 1 };

    for (i = 0; i < w->config->space.shards; i++) {
        cmd = os_command_new(i, osw_gap_said, g);
        os_command_words(cmd, 3);
        os_command_add(cmd, OS_STR("HGET"));
        osw_command_key(w, cmd, "stat", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, OS_STR("-:facts.lost"));
        g->pending++;
        osw_redis_send(w->redis, cmd);
    }

    osw_gap_end(g);
}

/*
 * ordersavectl tail: what happens, as it happens: the facts of all shards,
 * which the workers write in the commit that makes them true. So nothing is
 * missed and nothing is told that was not so.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/os_time.h"
#include "worker/ctl/osw_ctl.h"


#define OSW_TAIL_BATCH  200
#define OSW_TAIL_PAUSE  200000      /* us between two looks at all shards */


typedef struct {
    os_buf_t  at[OS_SHARDS_MAX];    /* the last entry that was told, or "" */
    size_t    n;                    /* of the last look */
    os_buf_t *last;
} osw_tail_t;


/* [id, ["e", JSON]], each as a line. */
static void
osw_tail_take(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t       i;
    os_str_t     json;
    osw_tail_t  *t = data;

    (void) ctl;
    t->n = reply->elements;

    for (i = 0; i < reply->elements; i++) {
        const redisReply  *entry = reply->element[i];

        if (entry->elements == 2 && entry->element[1]->elements >= 2) {
            json = osw_reply_str(entry->element[1]->element[1]);
            (void) fwrite(json.data, 1, json.len, stdout);
            (void) putchar('\n');
        }

        t->last->len = 0;
        os_buf_str(t->last, osw_reply_str(entry->element[0]));
    }
}


/* Where to begin: behind what is there, or with what came since. */
static void
osw_tail_newest(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    osw_tail_t  *t = data;

    (void) ctl;

    if (reply->elements && reply->element[0]->elements) {
        os_buf_str(t->last, osw_reply_str(reply->element[0]->element[0]));
    }
}


static int
osw_tail_begin(osw_ctl_t *ctl, osw_tail_t *t, int64_t since)
{
    unsigned       i;
    os_command_t  *cmd;

    for (i = 0; i < ctl->w.config->space.shards; i++) {
        t->last = &t->at[i];

        if (since) {
            os_buf_printf(t->last, "%lld-0", (long long) since * 1000);
            continue;
        }

        cmd = osw_ctl_command(i, "XREVRANGE", 6);
        osw_command_key(&ctl->w, cmd, "facts", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, OS_STR("+"));
        os_command_add(cmd, OS_STR("-"));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add(cmd, OS_STR("1"));

        if (osw_ctl_call(ctl, cmd, osw_tail_newest, t) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
osw_tail_look(osw_ctl_t *ctl, osw_tail_t *t, unsigned shard)
{
    os_buf_t       from = { 0 };
    os_command_t  *cmd;

    t->last = &t->at[shard];
    os_buf_text(&from, t->last->len ? "(" : "-");
    os_buf_str(&from, os_buf_view(t->last));
    cmd = osw_ctl_command(shard, "XRANGE", 6);
    osw_command_key(&ctl->w, cmd, "facts", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&from));
    os_command_add(cmd, OS_STR("+"));
    os_command_add(cmd, OS_STR("COUNT"));
    os_command_add_int(cmd, OSW_TAIL_BATCH);
    os_buf_free(&from);

    return osw_ctl_call(ctl, cmd, osw_tail_take, t);
}


/* Until whoever reads has gone, or Redis has. */
static int
osw_tail_follow(osw_ctl_t *ctl, osw_tail_t *t)
{
    unsigned  i;

    for ( ;; ) {
        for (i = 0; i < ctl->w.config->space.shards; i++) {
            do {
                if (osw_tail_look(ctl, t, i) != 0) {
                    return OSW_CTL_FINDING;
                }
            } while (t->n == OSW_TAIL_BATCH);
        }

        if (fflush(stdout) != 0) {
            return OSW_CTL_OK;
        }

        (void) usleep(OSW_TAIL_PAUSE);
    }
}


int
osw_ctl_tail(osw_ctl_t *ctl, int argc, char **argv)
{
    int          rc;
    int64_t      ago, since = 0;
    unsigned     i;
    osw_tail_t  *t;

    (void) argc;
    (void) argv;

    if (ctl->since) {
        if (os_duration_parse(os_str(ctl->since), &ago) != 0) {
            return osw_ctl_wrong(ctl, "--since %s: expected a duration, as 1h",
                                 ctl->since);
        }

        since = osw_now_ms(&ctl->w) / 1000 - ago;
    }

    t = calloc(1, sizeof(osw_tail_t));

    if (t == NULL) {
        return OSW_CTL_FINDING;
    }

    rc = osw_tail_begin(ctl, t, since) == 0 ? osw_tail_follow(ctl, t)
                                            : OSW_CTL_FINDING;

    for (i = 0; i < OS_SHARDS_MAX; i++) {
        os_buf_free(&t->at[i]);
    }

    free(t);

    return rc;
}

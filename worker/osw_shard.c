/*
 * osw_shard: see osw_shard.h.
 *
 * A shard that had an event within 30 s is polled every 20 ms, any other every
 * 200 ms. A buyer who is shown an offer makes an event, so the shard is awake
 * when he accepts.
 *
 * Each channel has OSW_SHARE jobs in flight in a shard and no more, so that
 * one which is slow, or hangs, does not take the places of the others. Its
 * jobs that are due and find no place would still be what a poll reads first.
 * They are parked: moved in the due set to where their channel's own are, far
 * below all that is due, in the order in which they were due. A poll reads
 * from there for channels that have places, and then from what is due. So what
 * waits for a slow channel is read twice, however long it waits.
 */

#include <stdlib.h>

#include "osw_batch.h"
#include "osw_inbox.h"
#include "osw_job.h"
#include "osw_lease.h"
#include "osw_shard.h"


#define OSW_POLL_BUSY_MS   20
#define OSW_POLL_IDLE_MS   200
#define OSW_AWAKE_MS       30000
#define OSW_EVENTS_MOST    256
#define OSW_RAW_MOST       64
#define OSW_JOBS_MOST      64
#define OSW_JOBS_CROWDED   512      /* when they are there only to be parked */


static void
osw_park_reply(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;                   /* what was not parked is met again */
}


static void
osw_park(osw_shard_t *s, const redisReply *ids, const unsigned *lane,
    unsigned n)
{
    size_t         i;
    os_command_t  *cmd;

    cmd = os_command_new(s->index, osw_park_reply, s);
    os_command_script(cmd, &os_script_park, 2, 2 + 2 * n);
    osw_command_key(s->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "due", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(s->w->id));
    os_command_add_int(cmd, s->epoch);

    for (i = 0; i < ids->elements; i++) {
        if (lane[i]) {
            os_command_add_int(cmd, lane[i]);
            os_command_add(cmd, osw_reply_str(ids->element[i]));
        }
    }

    osw_redis_send(s->w->redis, cmd);
}


/* The first `parked` are parked already. */
static void
osw_poll_jobs(osw_shard_t *s, const redisReply *ids, const redisReply *jobs,
    int64_t parked)
{
    size_t     i;
    unsigned   n, *lane;

    if (s->w->paused || s->w->stopping || s->leaving) {
        return;
    }

    lane = calloc(ids->elements + 1, sizeof(unsigned));

    if (lane == NULL) {
        return;
    }

    for (i = 0, n = 0; i < ids->elements && i < jobs->elements; i++) {
        lane[i] = osw_job_take(s, osw_reply_str(ids->element[i]),
                               osw_reply_str(jobs->element[i]));

        if ((int64_t) i < parked) {
            lane[i] = 0;
        }

        n += lane[i] != 0;
    }

    s->crowded = n > 0;

    if (n > 0) {
        s->poll_at = 0;
        osw_park(s, ids, lane, n);
    }

    free(lane);
}


/*
 * A raw webhook may have 4 MB, and how many of them Redis hands over in time
 * is not known: half as many after a poll that failed, one more after each
 * that was answered.
 */
static void
osw_poll_raw(osw_shard_t *s, int failed)
{
    unsigned  most;

    most = OSW_RAW_MOST - s->raw_less;

    if (failed) {
        s->raw_less += most / 2;

    } else if (s->raw_less) {
        s->raw_less--;
    }
}


static void
osw_poll_reply(os_command_t *cmd, redisReply *reply)
{
    uint64_t      now;
    osw_shard_t  *s;

    s = cmd->data;
    s->polling = 0;
    now = uv_now(s->w->loop);

    if (osw_reply_failed(reply) || reply->elements != 6) {
        osw_poll_raw(s, 1);
        s->poll_at = now + OSW_POLL_IDLE_MS;
        return;
    }

    if (!osw_lease_holds(s)) {
        return;
    }

    s->w->skew_ms += osw_reply_int(reply->element[0], 0) - osw_now_ms(s->w);

    if (reply->element[1]->elements || reply->element[2]->elements
        || s->inbox)
    {
        s->busy_until = now + OSW_AWAKE_MS;
    }

    s->poll_at = now + (now < s->busy_until ? OSW_POLL_BUSY_MS
                                            : OSW_POLL_IDLE_MS);

    if (reply->element[1]->elements && !s->batch) {
        osw_batch_run(s, reply->element[1]);
    }

    if (reply->element[2]->elements && !s->inbox) {
        osw_poll_raw(s, 0);
        osw_inbox_run(s, reply->element[2]);
    }

    osw_poll_jobs(s, reply->element[3], reply->element[4],
                  osw_reply_int(reply->element[5], 0));
}


static void
osw_poll(osw_shard_t *s)
{
    osw_t         *w;
    size_t         most;
    unsigned       i;
    os_command_t  *cmd;

    w = s->w;
    s->polling = 1;
    most = s->njobs + (s->crowded ? OSW_JOBS_CROWDED : OSW_JOBS_MOST);

    cmd = os_command_new(s->index, osw_poll_reply, s);
    os_command_script(cmd, &os_script_poll, 4, 3 + OSW_LANES);
    osw_command_key(w, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "in", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "due", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "jobs", OS_NULL, OS_NULL, OS_NULL);
    os_command_add_int(cmd, s->batch ? 1 : OSW_EVENTS_MOST);
    os_command_add_int(cmd, s->inbox ? 0 : OSW_RAW_MOST - s->raw_less);
    os_command_add_int(cmd, w->paused ? 0 : (int64_t) most);

    for (i = 0; i < OSW_LANES; i++) {
        os_command_add_int(cmd, w->paused || s->flight[i] >= OSW_SHARE
                                ? 0 : OSW_SHARE);
    }

    osw_redis_send(w->redis, cmd);
}


void
osw_shards_tick(osw_t *w)
{
    unsigned      i;
    uint64_t      now;
    osw_shard_t  *s;

    now = uv_now(w->loop);

    for (i = 0; i < w->config->space.shards && !w->stopping; i++) {
        s = &w->shard[i];

        if (!s->polling && !s->leaving && s->poll_at <= now
            && osw_lease_holds(s))
        {
            osw_poll(s);
        }
    }
}


void
osw_shards_settle(osw_t *w)
{
    unsigned  i;

    for (i = 0; i < w->config->space.shards; i++) {
        if (w->shard[i].njobs == 0) {
            continue;
        }

        if (w->shard[i].epoch == 0) {
            osw_jobs_forget(&w->shard[i]);

        } else {
            osw_jobs_settle(&w->shard[i]);
        }
    }
}


int
osw_shards_busy(const osw_t *w)
{
    unsigned  i;

    for (i = 0; i < w->config->space.shards; i++) {
        if (w->shard[i].njobs || w->shard[i].batch || w->shard[i].inbox) {
            return 1;
        }
    }

    return 0;
}

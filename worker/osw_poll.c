/*
 * osw_poll: see osw_poll.h.
 *
 * A shard that had an event within 30 s, or began a job within one, or whose
 * jobs wait for a provider's rate, is polled every 20 ms; any other every
 * 200 ms, and when its next job is due. A buyer who is shown an offer makes an
 * event, so the shard is awake when the buyer accepts.
 */

#include <stdlib.h>

#include "worker/take/osw_batch.h"
#include "worker/osw_deliver.h"
#include "worker/take/osw_inbox.h"
#include "worker/osw_lease.h"
#include "worker/osw_poll.h"
#include "worker/osw_queue.h"


#define OSW_POLL_BUSY_MS   20
#define OSW_POLL_IDLE_MS   200
#define OSW_AWAKE_MS       30000       /* behind an event */
#define OSW_AWAKE_JOB_MS   1000        /* behind a job: others may be in line */


static void
osw_poll_awake(osw_shard_t *s, uint64_t ms)
{
    uint64_t  until = uv_now(s->w->loop) + ms;

    if (s->busy_until < until) {
        s->busy_until = until;
    }
}


/*
 * What is not begun is parked in its lane, all of a poll in one call. Only what
 * is begun keeps a shard awake: when a closed provider is looked at, each shard
 * is handed a job, and one of them may begin it.
 */
static void
osw_poll_jobs(osw_shard_t *s, const redisReply *keys, const redisReply *jobs,
    const redisReply *lanes, const redisReply *late)
{
    size_t    i;
    json_t   *list, *entry;
    unsigned  lane;

    osw_queue_polled(s, lanes);
    list = json_array();
    s->crowded = 0;

    for (i = 0; i < keys->elements && i < jobs->elements
                && i < lanes->elements && i < late->elements; i++)
    {
        lane = osw_deliver_take(s, osw_reply_str(keys->element[i]),
                                osw_reply_str(jobs->element[i]),
                                (unsigned) osw_reply_int(lanes->element[i],
                                                         0));

        if (lane == OSW_LANE_FLIGHT) {
            osw_poll_awake(s, OSW_AWAKE_JOB_MS);
            osw_tally_took(s->w->tally, OSW_TOOK_START,
                           osw_reply_int(late->element[i], 0));

        } else {
            entry = json_object();
            os_json_set_str(entry, "key", osw_reply_str(keys->element[i]));
            os_json_set_int(entry, "lane", lane);
            (void) json_array_append_new(list, entry);
            s->crowded |= lane != 0;    /* 0: it cannot be begun */
        }
    }

    osw_queue_park(s, list);
    json_decref(list);
}


/*
 * Others may be due behind those that were parked. `soon` is in how many ms the
 * next job is due; -1: none is.
 */
static uint64_t
osw_poll_next(const osw_shard_t *s, int64_t soon)
{
    uint64_t  now;

    now = uv_now(s->w->loop);

    if (s->crowded) {
        return 0;
    }

    if (now < s->busy_until || (soon >= 0 && soon < OSW_POLL_BUSY_MS)
        || osw_queue_paced(s))
    {
        return now + OSW_POLL_BUSY_MS;
    }

    return now + (soon >= 0 && soon < OSW_POLL_IDLE_MS ? (uint64_t) soon + 1
                                                       : OSW_POLL_IDLE_MS);
}


static void
osw_poll_reply(os_command_t *cmd, redisReply *reply)
{
    osw_shard_t  *s;

    s = cmd->data;
    s->polling = 0;

    if (reply && reply->type == REDIS_REPLY_INTEGER) {
        osw_queue_heavy_done(s);
        osw_queue_lost(s);
        return;
    }

    if (reply == NULL || osw_reply_failed(reply) || reply->elements != 8) {
        osw_queue_heavy_done(s);
        s->poll_at = uv_now(s->w->loop) + OSW_POLL_IDLE_MS;
        s->sweep_at = 0;
        return;
    }

    if (!osw_lease_holds(s)) {
        osw_queue_heavy_done(s);
        s->sweep_at = 0;
        return;
    }

    if (s->raw) {
        osw_queue_heavy(s, reply->element[2]);
    }

    osw_lease_clock(s, osw_reply_int(reply->element[0], 0));

    if (reply->element[1]->elements || reply->element[2]->elements
        || s->inbox)
    {
        osw_poll_awake(s, OSW_AWAKE_MS);
    }

    osw_poll_jobs(s, reply->element[3], reply->element[4], reply->element[5],
                  reply->element[6]);
    s->poll_at = osw_poll_next(s, osw_reply_int(reply->element[7], -1));

    if (reply->element[1]->elements && !s->batch) {
        osw_batch_run(s, reply->element[1]);
    }

    if (reply->element[2]->elements && !s->inbox) {
        osw_inbox_run(s, reply->element[2], osw_queue_heavy_done);
    }
}


void
osw_shards_tick(osw_t *w)
{
    unsigned      i;
    uint64_t      now;
    osw_shard_t  *s;

    now = uv_now(w->loop);

    for (i = 0; i < w->config->space.shards; i++) {
        s = &w->shard[i];

        if (s->leaving && s->njobs == 0) {
            continue;                   /* given back as soon as may be */
        }

        if (!s->polling && s->poll_at <= now && osw_lease_holds(s)) {
            osw_queue_poll(s, osw_poll_reply);
        }
    }
}


void
osw_shards_settle(osw_t *w)
{
    unsigned  i;

    for (i = 0; i < w->config->space.shards; i++) {
        if (w->shard[i].nfinished) {
            osw_queue_settle(&w->shard[i]);
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

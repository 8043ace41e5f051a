/*
 * osw_lease: see osw_lease.h.
 *
 * Workers say that they live in the sorted set `workers` of shard 0; who was
 * heard of within 5 s counts. With n workers each may hold shards / n, and the
 * first ones one more.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_script_work.h"
#include "worker/osw_admit.h"
#include "worker/osw_lease.h"


#define OSW_LEASE_MS    8000
#define OSW_RENEW_MS    2000
#define OSW_MARGIN_MS   1000    /* a lease this near its end is not used */
#define OSW_HEARD_MS    5000
#define OSW_ASK_AGAIN   500
#define OSW_ASK_FAILED  200
#define OSW_CLOCK_SLACK 1000    /* ms that Redis' clock may go back unseen */
#define OSW_LEAVE_MS    25000   /* as long as a stop waits */


int
osw_lease_holds(const osw_shard_t *s)
{
    return s->epoch != 0
           && uv_now(s->w->loop) - s->renewed < OSW_LEASE_MS - OSW_MARGIN_MS;
}


int
osw_lease_still(const osw_shard_t *s, int64_t epoch)
{
    uv_update_time(s->w->loop);

    return s->epoch == epoch && osw_lease_holds(s);
}


static void
osw_lease_rewind(osw_shard_t *s)
{
    osw_log(OSW_WARN, "shard %u: Redis' clock went back", s->index);
    s->rewind = 1;
    s->cursor[0] = '\0';
}


void
osw_lease_clock(osw_shard_t *s, int64_t now)
{
    s->w->skew_ms += now - osw_now_ms(s->w);

    if (s->epoch != 0 && now < s->clock_ms - OSW_CLOCK_SLACK) {
        osw_lease_rewind(s);
    }

    s->clock_ms = now;
}


static void  osw_lease_take(osw_t *w);


static void
osw_lease_reply(os_command_t *cmd, redisReply *reply)
{
    int64_t       epoch, now, left;
    osw_t        *w;
    osw_shard_t  *s;

    s = cmd->data;
    w = s->w;
    s->asking = 0;

    if (osw_reply_failed(reply) || reply->elements != 4) {
        s->try_at = uv_now(w->loop) + OSW_ASK_FAILED;
        s->ends = s->try_at;            /* others first */
        return;
    }

    epoch = osw_reply_int(reply->element[0], 0);
    now = osw_reply_int(reply->element[1], 0);
    osw_lease_clock(s, now);

    if (epoch == 0) {
        if (s->epoch != 0) {
            osw_log(OSW_WARN, "shard %u: lost to another worker", s->index);
        }

        s->epoch = 0;
        left = osw_reply_int(reply->element[2], 0);
        s->ends = uv_now(w->loop) + (uint64_t) left;

        /* its owner may give it away before it runs out: ask again soon */
        s->try_at = uv_now(w->loop) + 20
                    + (uint64_t) (left < OSW_ASK_AGAIN ? left : OSW_ASK_AGAIN);
        osw_lease_take(w);
        return;
    }

    if (s->epoch != epoch) {
        osw_log(OSW_DEBUG, "shard %u: ours, epoch %lld", s->index,
                (long long) epoch);
        s->epoch = epoch;
        s->leaving = 0;
        s->poll_at = 0;
        s->fresh = 1;
        s->adopting = 1;
        s->gained = uv_now(w->loop);
        w->gained = 1;
    }

    if (osw_reply_int(reply->element[3], 0) && !s->rewind) {
        osw_lease_rewind(s);        /* as an owner before us may have seen */
    }

    s->renewed = uv_now(w->loop);
}


static void
osw_lease_ask(osw_shard_t *s)
{
    os_command_t  *cmd;

    cmd = os_command_new(s->index, osw_lease_reply, s);
    os_command_script(cmd, &os_script_lease, 1, 2);
    osw_command_key(s->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(s->w->id));
    os_command_add_int(cmd, OSW_LEASE_MS);
    s->asking = 1;
    osw_redis_send(s->w->redis, cmd);
}


void
osw_lease_release(osw_shard_t *s)
{
    os_command_t  *cmd;

    if (s->epoch == 0) {
        return;
    }

    cmd = os_command_new(s->index, os_reply_ignored, NULL);
    os_command_script(cmd, &os_script_unlease, 1, 2);
    osw_command_key(s->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(s->w->id));
    os_command_add_int(cmd, s->epoch);
    osw_redis_send(s->w->redis, cmd);

    s->epoch = 0;
    s->leaving = 0;
    s->try_at = uv_now(s->w->loop) + OSW_RENEW_MS;
}


static void
osw_workers_reply(os_command_t *cmd, redisReply *reply)
{
    int64_t   n;
    osw_t    *w;

    w = cmd->data;

    if (osw_reply_failed(reply) || reply->elements != 3) {
        return;
    }

    osw_admit_hear(w, reply->element[2]);
    n = osw_reply_int(reply->element[0], 0);

    if (n > 0) {
        w->workers = (unsigned) n;
        w->before = (unsigned) osw_reply_int(reply->element[1], 0);
    }
}


/* Those who come first take one more where the shards do not divide. */
static unsigned
osw_lease_share(const osw_t *w)
{
    unsigned  shards;

    shards = w->config->space.shards;

    return shards / w->workers + (w->before < shards % w->workers);
}


/* Says that we live, and what is closed; counts who else does, and hears. */
static void
osw_workers_tick(osw_t *w)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, osw_workers_reply, w);
    os_command_script(cmd, &os_script_alive, 2, 2 + 2 * osw_admit_news(w));
    osw_command_key(w, cmd, "workers", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "closed", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(w->id));
    os_command_add_int(cmd, OSW_HEARD_MS);
    osw_admit_tell(w, cmd);
    osw_redis_send(w->redis, cmd);
}


/*
 * Of the shards that are not ours and worth a try, the one whose lease ends
 * first, as far as we know: its owner has not renewed it, or will have by the
 * time that we ask, and then it is the last. Of those alike, one after `at`.
 */
static osw_shard_t *
osw_lease_first(osw_t *w, unsigned at)
{
    unsigned      i;
    osw_shard_t  *s, *first;

    first = NULL;

    for (i = 0; i < w->config->space.shards; i++) {
        s = &w->shard[(at + i) % w->config->space.shards];

        if (s->epoch == 0 && !s->asking && s->try_at <= uv_now(w->loop)
            && s->njobs == 0 && (first == NULL || s->ends < first->ends))
        {
            first = s;
        }
    }

    return first;
}


/* Asks for as many as we lack; a refusal comes back here. */
static void
osw_lease_take(osw_t *w)
{
    unsigned      i, at, held;
    osw_shard_t  *s;

    if (w->stopping || w->workers == 0) {
        return;
    }

    for (i = 0, held = 0; i < w->config->space.shards; i++) {
        s = &w->shard[i];
        held += (s->epoch != 0 && !s->leaving) || (s->epoch == 0 && s->asking);
    }

    /* workers that begin together do not all ask for the same */
    at = (unsigned) strtoul(w->id + 12, NULL, 16) + w->lease_ticks;

    for (; held < osw_lease_share(w); held++) {
        s = osw_lease_first(w, at);

        if (s == NULL) {
            return;
        }

        osw_lease_ask(s);
    }
}


/*
 * Too many are ours: the last ones leave as soon as they are at rest. What is
 * not at rest in time is left as a crash would leave it: a server may take ten
 * minutes to answer, and all the while nobody looked after the shard.
 */
static void
osw_lease_leave(osw_t *w, unsigned excess)
{
    unsigned      i;
    osw_shard_t  *s;

    for (i = w->config->space.shards; i > 0 && excess > 0; i--) {
        s = &w->shard[i - 1];

        if (s->epoch == 0) {
            continue;
        }

        if (!s->leaving) {
            s->leaving = 1;
            s->leave_by = uv_now(w->loop) + OSW_LEAVE_MS;
        }

        excess--;
    }

    w->left(w);
}


static void
osw_lease_renew(osw_t *w, osw_shard_t *s)
{
    uint64_t  now;

    now = uv_now(w->loop);

    if (s->epoch == 0) {
        return;
    }

    if (now - s->renewed >= OSW_LEASE_MS) {
        osw_log(OSW_WARN, "shard %u: the lease ran out", s->index);
        s->epoch = 0;
        return;
    }

    if (s->leaving && (s->njobs == 0 || now >= s->leave_by) && !s->batch
        && !s->inbox && !s->polling)
    {
        osw_lease_release(s);
        return;
    }

    if (!s->asking && now - s->renewed >= OSW_RENEW_MS) {
        osw_lease_ask(s);
    }
}


void
osw_lease_tick(osw_t *w)
{
    unsigned  i, held, share;

    if (w->lease_ticks++ % 8 == 0 && !w->stopping) {
        osw_workers_tick(w);
    }

    held = 0;

    for (i = 0; i < w->config->space.shards; i++) {
        osw_lease_renew(w, &w->shard[i]);
        held += w->shard[i].epoch != 0 && !w->shard[i].leaving;
    }

    if (w->stopping || w->workers == 0) {
        return;
    }

    share = osw_lease_share(w);

    if (held > share) {
        osw_lease_leave(w, held - share);

    } else {
        osw_lease_take(w);
    }
}


void
osw_lease_end(osw_t *w)
{
    unsigned       i;
    os_command_t  *cmd;

    for (i = 0; i < w->config->space.shards; i++) {
        osw_lease_release(&w->shard[i]);
    }

    cmd = os_command_new(0, os_reply_ignored, w);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("ZREM"));
    osw_command_key(w, cmd, "workers", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(w->id));
    osw_redis_send(w->redis, cmd);
}

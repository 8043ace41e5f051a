/*
 * osw_queue: a shard's queue in Redis: the only room that polls, parks, marks
 * and settles.
 *
 * A poll hands jobs out: they lie in the queue's lane of what is in flight
 * until they are settled, so that no poll reads them again. A job that is due
 * and whose lane takes no more is parked in that lane, in its order; polls look
 * into a lane only while it takes jobs. So what waits for a provider costs
 * nothing. Lanes are this process' own: whoever gains a shard unparks them all
 * first.
 */

#ifndef OSW_QUEUE_H
#define OSW_QUEUE_H

#include "worker/osw.h"


/*
 * Asks for events, raw webhooks and jobs; the reply is os_script_poll's. Of
 * both there are so many bytes at most; a raw webhook that has more (4 MB are
 * allowed) is asked for by one shard at a time, so that a worker's memory is
 * bounded, and osw_queue_heavy_done() lets the next. A shard that was just
 * gained is unparked instead, until that is done.
 */
void osw_queue_poll(osw_shard_t *shard, os_reply_pt handler);

/* The reply's raw webhooks, or none: says whether the next one is too big. */
void osw_queue_heavy(osw_shard_t *shard, const redisReply *raw);

/* It is mapped, or did not come. */
void osw_queue_heavy_done(osw_shard_t *shard);

/* Do jobs of this shard wait for the rate of a provider that works? */
int osw_queue_paced(const osw_shard_t *shard);

/* To be told which lane each job of a poll was in. */
void osw_queue_polled(osw_shard_t *shard, const redisReply *lanes);

/* Moves jobs that were handed out: [{"key", "lane"}]. */
void osw_queue_park(osw_shard_t *shard, const json_t *list);

/* A job that was not begun is let go: it is still due, as it was. */
void osw_queue_return(osw_job_t *job);

/*
 * Shortly after a shard was gained: its owner before may still bring what came
 * of the jobs it had marked.
 */
int osw_queue_late(const osw_shard_t *shard);

/*
 * Makes the `sending` mark, fenced by the epoch: 1 made, 0 the job was dropped,
 * -1 the shard is not ours any more or Redis did not answer.
 */
typedef void (*osw_marked_pt)(void *data, int made);

void osw_queue_mark(osw_job_t *job, osw_marked_pt done, void *data);

/*
 * Sends what is finished to be settled, in one call; often called. What was
 * finished under a lease that was lost is settled all the same, where the mark
 * made under it still stands.
 */
void osw_queue_settle(osw_shard_t *shard);

/* The shard is another's. */
void osw_queue_lost(osw_shard_t *shard);

#endif /* OSW_QUEUE_H */

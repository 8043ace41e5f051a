/*
 * osw_refill: coupons and budgets from the central stock (shard 0) to the pools
 * of our shards, a little at a time, so that every shard has some.
 */

#ifndef OSW_REFILL_H
#define OSW_REFILL_H

#include "worker/osw.h"


/* Looks at every pool and budget of ours; call it every second. */
void osw_refill_tick(osw_t *w);

/* Shards were gained: what they have is brought for the calls that stand. */
void osw_refill_gained(osw_t *w);

/*
 * Looks for calls: a shard that has too little for one of its orders gets what
 * the stock has and, by way of it, what other shards have. Call it every
 * OSW_CALLS_MS; within three of them the last remnant is where it is called
 * for.
 */
void osw_refill_calls(osw_t *w);

#define OSW_CALLS_MS  250

#endif /* OSW_REFILL_H */

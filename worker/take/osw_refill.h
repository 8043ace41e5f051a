/*
 * osw_refill: coupons and budgets from the central stock (shard 0) to the pools
 * of our shards, a little at a time, so that every shard has some.
 */

#ifndef OSW_REFILL_H
#define OSW_REFILL_H

#include "worker/osw.h"


/* Looks at every pool and budget of ours; call it every second. */
void osw_refill_tick(osw_t *w);

#endif /* OSW_REFILL_H */

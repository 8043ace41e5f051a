/*
 * osw_poll: asks our shards what there is to do, and hands it on: raw
 * webhooks to osw_inbox, events to osw_batch, due jobs to osw_job.
 */

#ifndef OSW_POLL_H
#define OSW_POLL_H

#include "worker/osw.h"


/* Polls what is due to be polled; call it every 10 ms. */
void osw_shards_tick(osw_t *w);

/* Settles what is finished; call it after every turn of the loop. */
void osw_shards_settle(osw_t *w);

/* Is anything of any shard still under way? */
int osw_shards_busy(const osw_t *w);

#endif /* OSW_POLL_H */

/*
 * osw_lease: which shards are ours. A lease lasts 8 s and is renewed every
 * 2 s; workers share the shards evenly as they come and go, and take over what
 * a dead one left as soon as its lease has run out.
 */

#ifndef OSW_LEASE_H
#define OSW_LEASE_H

#include "worker/osw.h"


/* Renews, takes and gives back as due; call it every 250 ms or so. */
void osw_lease_tick(osw_t *w);

/* Gives a shard back: at the end, or when it is another's turn. */
void osw_lease_release(osw_shard_t *shard);

/* Gives all shards back and says that we are gone: others share at once. */
void osw_lease_end(osw_t *w);

/*
 * Redis has told its clock with an answer about this shard. One that went back
 * is noticed: what waits in the shard is looked at (osw_queue).
 */
void osw_lease_clock(osw_shard_t *s, int64_t now);

/* May this shard still be worked on (our lease has not run out meanwhile)? */
int osw_lease_holds(const osw_shard_t *shard);

/*
 * The same by a clock that is read now, of work that was begun under `epoch`: a
 * process that slept has a clock that is older than it knows.
 */
int osw_lease_still(const osw_shard_t *shard, int64_t epoch);

#endif /* OSW_LEASE_H */

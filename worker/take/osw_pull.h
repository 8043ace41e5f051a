/*
 * osw_pull: reads the store's products from its API, so that a catalog needs no
 * feed: what has changed every so often, all of them once a day. The worker
 * that holds shard 0 does it.
 */

#ifndef OSW_PULL_H
#define OSW_PULL_H

#include "worker/osw.h"


/* Begins what is due, or goes on with it; call it every second. */
void osw_pull_tick(osw_t *w);

/* After the loop has run out. */
void osw_pull_stop(osw_t *w);

#endif /* OSW_PULL_H */

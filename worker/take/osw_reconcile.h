/*
 * osw_reconcile: asks each store's API from time to time for orders that
 * changed: webhooks get lost. The worker that holds shard 0 does it.
 */

#ifndef OSW_RECONCILE_H
#define OSW_RECONCILE_H

#include "worker/osw.h"


/* Begins what is due; call it every second. */
void osw_reconcile_tick(osw_t *w);

/* After the loop has run out. */
void osw_reconcile_stop(osw_t *w);

#endif /* OSW_RECONCILE_H */

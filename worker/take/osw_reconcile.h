/*
 * osw_reconcile: asks each store's API from time to time for orders that
 * changed: webhooks get lost. The worker that holds shard 0 does it.
 */

#ifndef OSW_RECONCILE_H
#define OSW_RECONCILE_H

#include "worker/osw_api.h"


/* Begins what is due; call it every second. */
void osw_reconcile_tick(osw_t *w);

/* After the loop has run out. */
void osw_reconcile_stop(osw_t *w);


/* What `orders import` asks in the same way: */

/* Makes the campaign's call, for changes since (s) and a page, from 1. */
void osw_reconcile_ask(osw_t *w, osw_store_t *store, int64_t since,
    unsigned page, osw_answer_pt done, void *data);

/* The orders of its answer, mapped (the caller's); NULL with err. */
json_t *osw_reconcile_orders(const osw_t *w, const osw_store_t *store,
    const osw_answer_t *answer, os_error_t *err);

/* Does the call say which page? */
int osw_reconcile_paged(const osw_store_t *store);

#endif /* OSW_RECONCILE_H */

/*
 * osw_since: what a call that asks a store for what has changed is expanded
 * over.
 */

#ifndef OSW_SINCE_H
#define OSW_SINCE_H

#include "worker/osw_config.h"


/*
 * A new view: `since` (epoch s) in ISO 8601 (UTC, without a zone), as
 * `since_epoch`, and as `since_shop` by the shop's clock; and `page`.
 */
json_t *osw_since_view(const osw_store_t *store, int64_t since, int64_t page);

#endif /* OSW_SINCE_H */

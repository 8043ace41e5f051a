/*
 * osw_pools: what a store can run out of: pools of codes, and budgets.
 */

#ifndef OSW_POOLS_H
#define OSW_POOLS_H

#include "worker/osw_config.h"


/* Pools that messages and pages take from, not offers: they stay in stock. */
#define OSW_POOLS_EXTRA  6

typedef struct {
    os_str_t  name;             /* the pool's, or of a budget its offer's */
    os_str_t  currency;         /* of a budget; OS_NULL: a pool */
} osw_pool_name_t;

/* The pool of one of these; OS_NULL where it is not set. */
os_str_t osw_pools_extra(const osw_store_t *store, size_t i);

/* Each once, offers first, at most `most`. How many. */
size_t osw_pools(const osw_store_t *store, osw_pool_name_t *out, size_t most);

#endif /* OSW_POOLS_H */

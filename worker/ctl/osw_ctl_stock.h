/*
 * osw_ctl_stock: what is left of an offer, for the commands that look at one.
 */

#ifndef OSW_CTL_STOCK_H
#define OSW_CTL_STOCK_H

#include "core/order/os_order.h"
#include "worker/ctl/osw_ctl.h"


/*
 * What this shard has left for one of the store's offers to this order, with
 * what the order's pages have set apart; -1: it is not limited. ctl->failed
 * when Redis does not answer. See os_rules_stock().
 */
int64_t osw_ctl_stock(osw_ctl_t *ctl, const osw_store_t *store, unsigned shard,
    const os_offer_t *offer, const os_order_t *order);

#endif /* OSW_CTL_STOCK_H */

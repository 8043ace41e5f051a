/*
 * osw_pools: see osw_pools.h.
 */

#include "worker/osw_pools.h"


os_str_t
osw_pools_extra(const osw_store_t *store, size_t i)
{
    static const char *const  paths[OSW_POOLS_EXTRA] = {
        "/follow_up/win_back/pool", "/extras/referral/pool",
        "/extras/two_for_one/pool", "/extras/next_order/pool",
        "/extras/referral/reward/pool", "/returns/credit/pool"
    };

    return os_str(json_string_value(os_campaign_at(store->campaign,
                                                   paths[i])));
}


static size_t
osw_pools_add(osw_pool_name_t *out, size_t n, size_t most, os_str_t name,
    os_str_t currency)
{
    size_t  i;

    if (name.len == 0) {
        return n;
    }

    for (i = 0; i < n; i++) {
        if (os_str_equal(out[i].name, name)
            && os_str_equal(out[i].currency, currency))
        {
            return n;
        }
    }

    if (n < most) {
        out[n++] = (osw_pool_name_t) { name, currency };
    }

    return n;
}


size_t
osw_pools(const osw_store_t *store, osw_pool_name_t *out, size_t most)
{
    size_t             i, k, n = 0;
    const os_offer_t  *offer;

    for (i = 0; i < store->campaign->noffers; i++) {
        offer = &store->campaign->offers[i];
        n = osw_pools_add(out, n, most, offer->pool, OS_NULL);
        n = osw_pools_add(out, n, most, offer->credits, OS_NULL);

        for (k = 0; k < offer->budget.n; k++) {
            n = osw_pools_add(out, n, most, offer->id,
                              offer->budget.of[k].currency);
        }
    }

    for (i = 0; i < OSW_POOLS_EXTRA; i++) {
        n = osw_pools_add(out, n, most, osw_pools_extra(store, i), OS_NULL);
    }

    return n;
}

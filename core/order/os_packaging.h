/*
 * os_packaging: how an order can be packed (the campaign's track.packaging),
 * and what that costs.
 */

#ifndef OS_PACKAGING_H
#define OS_PACKAGING_H

#include "core/campaign/os_campaign.h"


/* The packaging of this id, borrowed; NULL where the campaign has none. */
json_t *os_packaging_find(const os_campaign_t *c, os_str_t id);

/*
 * What it costs, in minor units of the currency; 0: nothing. -1 where it costs
 * something, but has no price in that currency.
 */
int64_t os_packaging_price(const json_t *packaging, os_str_t currency);

/*
 * Can anything be chosen still for the order of this record and its track (may
 * be NULL)? Not once it has
 * left, and not after a choice that costs something: the store has added it.
 */
int os_packaging_open(const os_campaign_t *c, const json_t *record,
    const json_t *track);

/*
 * Can this one be? What costs something only while nothing is paid: nobody can
 * be charged afterwards.
 */
int os_packaging_offered(const json_t *packaging, const json_t *record);

#endif /* OS_PACKAGING_H */

/*
 * osw_zone: what clocks show where an order goes, by ICU.
 */

#ifndef OSW_ZONE_H
#define OSW_ZONE_H

#include "core/base/os_json.h"


/*
 * Seconds east of Greenwich where a wall clock shows `wall` (seconds as if its
 * zone were UTC). `zone` is an IANA name, or OS_NULL; else the zones of
 * `country` (ISO 3166, or OS_NULL) are asked: where they do not agree, `other`
 * is taken if it is one of theirs, else the one in the middle. `other` where
 * nothing is known.
 */
int64_t osw_zone_offset(os_str_t zone, os_str_t country, int64_t wall,
    int64_t other);

/*
 * The same at a moment (epoch s) in the zone of that name, and the moments
 * between which it stays so. 0, or -1: ICU does not know the zone.
 */
int osw_zone_at(os_str_t zone, int64_t at, int64_t *offset, int64_t *from,
    int64_t *until);

/* Makes moments of the local times of a parcel of this order, see os_wall.h. */
void osw_zone_settle(const json_t *order, int64_t other, json_t *parcel);

/*
 * The same of an order, by the clock of the shop: that of its `country`, or
 * `other`, as above.
 */
void osw_zone_settle_order(os_str_t country, int64_t other, json_t *order);

/*
 * What the shop's clock shows at `at` (epoch s), as seconds as if its zone were
 * UTC; in the hour that comes twice, and an hour around it, the earlier.
 */
int64_t osw_zone_shop(os_str_t country, int64_t other, int64_t at);

#endif /* OSW_ZONE_H */

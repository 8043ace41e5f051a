/*
 * os_wall: the clocks on the wall where a parcel is. Most carriers write times
 * without a zone, local to the place of the scan; a source leaves such a time
 * as text (docs/sources.md, "time"), and what is known of zones makes it a
 * moment.
 */

#ifndef OS_WALL_H
#define OS_WALL_H

#include "core/base/os_json.h"


/*
 * Seconds east of Greenwich for a wall clock that shows `wall` (seconds as if
 * its zone were UTC); `zone` is an IANA name, or OS_NULL: not told.
 */
typedef int64_t (*os_wall_pt)(void *data, int64_t wall, os_str_t zone);

/*
 * Makes moments of all local times in what is said of a parcel
 * (docs/formats.md, "Event"). Of a day alone noon is taken, and the event says
 * "day". A history over several zones keeps the order in which it was told:
 * local times that would break it are moved.
 */
void os_wall_settle(json_t *parcel, os_wall_pt offset, void *data);

/* The same of what a store says of an order by its own clock: `placed`,
 * `changed`, `pay_by`. */
void os_wall_settle_order(json_t *order, os_wall_pt offset, void *data);

/* Is there any local time in it? */
int os_wall_open(const json_t *parcel);

#endif /* OS_WALL_H */

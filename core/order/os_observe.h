/*
 * os_observe: what would have been offered, while the campaign or the location
 * only observes. Pure.
 */

#ifndef OS_OBSERVE_H
#define OS_OBSERVE_H

#include "core/order/os_reduce_in.h"


/*
 * A page would have been shown: notes in the record, the first time alone, when
 * it was and each offer of the event with its cost, in minor units, and the
 * reasons that it answers (`save.observed`, docs/formats.md).
 */
void os_observe(os_reduce_t *r);

#endif /* OS_OBSERVE_H */

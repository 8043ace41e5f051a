/*
 * os_reduce_track: what happens to an order's parcels. For os_reduce.c.
 */

#ifndef OS_REDUCE_TRACK_H
#define OS_REDUCE_TRACK_H

#include "core/order/os_reduce_in.h"


/* After an `order` event; `before` is the record as it was. */
void os_reduce_track_order(os_reduce_t *r, const json_t *before);

/* Nobody waits for a cancelled order's parcels. */
void os_reduce_track_died(os_reduce_t *r);

void os_reduce_on_parcel(os_reduce_t *r);
void os_reduce_on_eta(os_reduce_t *r);
void os_reduce_on_clock(os_reduce_t *r);
void os_reduce_on_packaging(os_reduce_t *r);
void os_reduce_on_answer(os_reduce_t *r);

#endif /* OS_REDUCE_TRACK_H */

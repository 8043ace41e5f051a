/*
 * os_reduce_follow: parcels that a tracking service follows, where a campaign
 * says so. For os_reduce_track.c and os_reduce.c.
 */

#ifndef OS_REDUCE_FOLLOW_H
#define OS_REDUCE_FOLLOW_H

#include "core/order/os_reduce_in.h"


/* The store names this parcel: its number is registered, once. */
void os_reduce_follow(os_reduce_t *r, json_t *parcel);

/* The service has said something of it. */
void os_reduce_follow_heard(os_reduce_t *r, json_t *parcel);

/* It has come to an end, or the store took its number back. */
void os_reduce_follow_end(os_reduce_t *r, const json_t *parcel);

/* What the service answered when it was asked to. */
void os_reduce_on_carrier(os_reduce_t *r);

#endif /* OS_REDUCE_FOLLOW_H */

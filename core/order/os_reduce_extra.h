/*
 * os_reduce_extra: codes of the buyer's own once all has arrived, and what
 * bringing a friend earns: the code that was passed on comes back as a coupon
 * of another order, and the first buyer gets a code in return.
 */

#ifndef OS_REDUCE_EXTRA_H
#define OS_REDUCE_EXTRA_H

#include "core/order/os_reduce_in.h"


/* It has arrived: sees to a code for each of the campaign's `extras`. */
void os_reduce_extra(os_reduce_t *r);

/* The event "extra": a code was set apart for this order. */
void os_reduce_on_extra(os_reduce_t *r);

/*
 * Has the order been paid for and left? Then whoever passed the code on that
 * it was bought with hears of it, once.
 */
void os_reduce_friend(os_reduce_t *r);

/* The event "referred": a friend has bought with this buyer's code. */
void os_reduce_on_referred(os_reduce_t *r);

#endif /* OS_REDUCE_EXTRA_H */

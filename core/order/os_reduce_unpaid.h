/*
 * os_reduce_unpaid: an order that waits for its payment is reminded of it once,
 * before the shop stops holding it.
 */

#ifndef OS_REDUCE_UNPAID_H
#define OS_REDUCE_UNPAID_H

#include "core/order/os_reduce_in.h"


/* Sees to the reminder of the order as it now is; not for dead ones. */
void os_reduce_unpaid(os_reduce_t *r);

/* Nobody is reminded any more. */
void os_reduce_unpaid_drop(os_reduce_t *r);

/* os_reduce_awaits() */
int os_reduce_is_unpaid(const json_t *order, int64_t now);

#endif /* OS_REDUCE_UNPAID_H */

/*
 * os_reduce_stop: a cancel that was asked for on a page of ours. The store's
 * API makes it, or a person does; the buyer hears how it ends. For os_reduce.c.
 */

#ifndef OS_REDUCE_STOP_H
#define OS_REDUCE_STOP_H

#include "core/order/os_reduce_in.h"


/*
 * The event asks for it. 1: support reads all that was typed with it, by its
 * task; 0: what was typed is still to be told.
 */
int os_reduce_stop(os_reduce_t *r);

/* The order has changed: what has left the house cannot be stopped any more. */
void os_reduce_stop_order(os_reduce_t *r);

/* It is over, however it came to that. */
void os_reduce_stop_died(os_reduce_t *r);

/* What became of it in the store. */
void os_reduce_on_stop(os_reduce_t *r);

#endif /* OS_REDUCE_STOP_H */

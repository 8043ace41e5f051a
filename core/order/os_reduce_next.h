/*
 * os_reduce_next: an order that was kept for a code for the next one. The code
 * is the buyer's once the order has left: it cannot be cancelled any more then.
 */

#ifndef OS_REDUCE_NEXT_H
#define OS_REDUCE_NEXT_H

#include "core/order/os_reduce_in.h"


/* Is this what the decision of the record promises? */
int os_reduce_is_next(const os_reduce_t *r);

/* The code is handed over, if the order has left by now and it was not yet. */
void os_reduce_next(os_reduce_t *r);

#endif /* OS_REDUCE_NEXT_H */

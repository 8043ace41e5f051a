/*
 * os_reduce_back: whoever cancelled is asked back once, some days later, with a
 * code of their own.
 */

#ifndef OS_REDUCE_BACK_H
#define OS_REDUCE_BACK_H

#include "core/order/os_reduce_in.h"


/*
 * The buyer asked to cancel, and the order is cancelled, or is about to be:
 * sees to the message, where the campaign has `follow_up.win_back`. Not to the
 * holdout, nor for an order of a marketplace, whose customer is not the shop's.
 */
void os_reduce_back(os_reduce_t *r, int64_t asked);

/* The buyer has ordered again, or is not pleased: nobody asks. */
void os_reduce_back_drop(os_reduce_t *r);

#endif /* OS_REDUCE_BACK_H */

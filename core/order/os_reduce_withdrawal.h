/*
 * os_reduce_withdrawal: a statement of withdrawal comes in, is acknowledged,
 * looks for its order, and the order hears of it. See os_withdrawal.h for what
 * a statement is. For os_reduce.c.
 */

#ifndef OS_REDUCE_WITHDRAWAL_H
#define OS_REDUCE_WITHDRAWAL_H

#include "core/order/os_reduce_in.h"


/*
 * To the statement's own record: it is kept and acknowledged, each time anew;
 * the first time its evidence is made and its order looked for.
 */
void os_reduce_on_statement(os_reduce_t *r);
void os_reduce_on_why(os_reduce_t *r);

/* To the statement's own record: which orders it was about, or none. */
void os_reduce_on_matched(os_reduce_t *r);

/* To the order: it is withdrawn from, all of it or a part. */
void os_reduce_on_withdrawal(os_reduce_t *r);

#endif /* OS_REDUCE_WITHDRAWAL_H */

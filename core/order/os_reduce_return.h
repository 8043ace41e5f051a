/*
 * os_reduce_return: what has arrived and is to come back. See os_reduce.h for
 * the result, os_return.h for what a return is.
 */

#ifndef OS_REDUCE_RETURN_H
#define OS_REDUCE_RETURN_H

#include "core/order/os_reduce_in.h"


/*
 * What is withdrawn from of an order that has left is to come back: the store's
 * API enters it as one return, however many statements there are. 0: there is
 * no such action.
 */
int os_reduce_return_withdrawn(os_reduce_t *r);

/* It is asked for: by the store's API, or of a person. */
void os_reduce_on_return(os_reduce_t *r);

/* The store's API is done with it, or a person has to be. */
void os_reduce_on_return_done(os_reduce_t *r);

/* A person has answered. 1 where the verdict was one on a return. */
int os_reduce_return_verdict(os_reduce_t *r);

/* A watch has run out. 1 where it was one over a return. */
int os_reduce_return_clock(os_reduce_t *r);

/* The order has changed from `before`: was money paid back for one? */
void os_reduce_return_order(os_reduce_t *r, const json_t *before);

#endif /* OS_REDUCE_RETURN_H */

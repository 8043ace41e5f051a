/*
 * os_reduce_request: an accepted offer that a person answers. They are asked to
 * approve or decline it, reminded, and if nobody does, the buyer is told.
 */

#ifndef OS_REDUCE_REQUEST_H
#define OS_REDUCE_REQUEST_H

#include "core/order/os_reduce_in.h"


/*
 * A person answers the decision of this nonce: support gets a mail, with `data`
 * (taken; NULL: none), and where the campaign has `requests`, is asked for a
 * verdict, in time from now.
 */
void os_reduce_request(os_reduce_t *r, os_str_t nonce, json_t *data);

/* Nobody is asked any more. */
void os_reduce_request_drop(os_reduce_t *r, os_str_t nonce);

/* A clock that was set for it has run out; 0: it was not for a request. */
int os_reduce_request_clock(os_reduce_t *r);

/* The verdict: 1 when it is the first one on a request that stands. */
int os_reduce_request_verdict(os_reduce_t *r);

#endif /* OS_REDUCE_REQUEST_H */

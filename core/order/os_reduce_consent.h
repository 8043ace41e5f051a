/*
 * os_reduce_consent: a buyer agrees to be texted about an order, or to news by
 * mail, and takes it back. For os_reduce.c.
 */

#ifndef OS_REDUCE_CONSENT_H
#define OS_REDUCE_CONSENT_H

#include "core/order/os_reduce_in.h"


/* The event "consent", and "news" of pages before there was one. */
void os_reduce_on_consent(os_reduce_t *r);
void os_reduce_on_news(os_reduce_t *r);

/* The answer STOP to an SMS takes back what was given on a page of ours. */
void os_reduce_consent_stopped(os_reduce_t *r);

#endif /* OS_REDUCE_CONSENT_H */

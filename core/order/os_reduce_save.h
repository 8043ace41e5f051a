/*
 * os_reduce_save: what may keep an order, and what buyers say. For os_reduce.c.
 */

#ifndef OS_REDUCE_SAVE_H
#define OS_REDUCE_SAVE_H

#include "core/order/os_reduce_in.h"


/* The decision in the record; NULL where there is none. Borrowed. */
json_t *os_reduce_decision(const os_reduce_t *r);
int os_reduce_decision_is(const os_reduce_t *r, const char *state);

/* accepted → withdrawn: grant back, pending work dropped, limit free. */
void os_reduce_withdraw(os_reduce_t *r, const char *why);

/* The order is cancelled, refunded or failed: so ends what was accepted. */
void os_reduce_save_died(os_reduce_t *r);

/*
 * Notes and counts a save where there is one now: an unpaid order that was
 * kept is a save only once it is paid.
 */
void os_reduce_saved(os_reduce_t *r);

/*
 * The order has changed from `before`: an unpaid one whose deadline is sooner
 * now is looked at sooner.
 */
void os_reduce_pay_by(os_reduce_t *r, const json_t *before);

/*
 * Was the cancel that a record's save part knows of asked for: within ten
 * minutes of the asking?
 */
int os_reduce_asked(const json_t *save);

/* What the campaign says to whoever asked to cancel, a while later. */
void os_reduce_follow_up(os_reduce_t *r);

/* Whoever asked to cancel may order anew: that is to be heard of here. */
void os_reduce_wish(os_reduce_t *r);

/* The event asks us, and no store, to cancel the order. */
void os_reduce_asks_us(os_reduce_t *r);

void os_reduce_on_exposed(os_reduce_t *r);
void os_reduce_on_asked(os_reduce_t *r);
void os_reduce_on_wanted(os_reduce_t *r);
void os_reduce_on_answered(os_reduce_t *r);
void os_reduce_on_declined(os_reduce_t *r);
void os_reduce_on_words(os_reduce_t *r);
void os_reduce_on_accepted(os_reduce_t *r);
void os_reduce_on_applied(os_reduce_t *r);
void os_reduce_on_verdict(os_reduce_t *r);
void os_reduce_on_refunded(os_reduce_t *r);
void os_reduce_on_used(os_reduce_t *r);
void os_reduce_on_reordered(os_reduce_t *r);
void os_reduce_on_scored(os_reduce_t *r);
void os_reduce_on_reason(os_reduce_t *r);
void os_reduce_on_sent(os_reduce_t *r);
void os_reduce_on_pay_by(os_reduce_t *r);
void os_reduce_on_stopped(os_reduce_t *r);
void os_reduce_on_replied(os_reduce_t *r);

#endif /* OS_REDUCE_SAVE_H */

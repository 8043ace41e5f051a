/*
 * osw_action: what the store is to do for an order, while it is under way, and
 * what its end means for the order.
 */

#ifndef OSW_ACTION_H
#define OSW_ACTION_H

#include "worker/osw_job.h"


typedef enum {
    OSW_DO_READ = 0,
    OSW_DO_APPLY,
    OSW_DO_REFUND,
    OSW_DO_PAY_BY,
    OSW_DO_CANCEL,
    OSW_DO_RETURN,
    OSW_DO_NOTE
} osw_do_t;

typedef struct {
    osw_job_t   *job;
    osw_do_t     what;
    const char  *give;          /* the action's name in the campaign */
    json_t      *calls;         /* of the action, or of two */
    size_t       cancels;       /* the first of them, which cancel the order */
    size_t       at;            /* the call that is out */
    json_t      *fresh;         /* the order as last read */
    json_t      *raw;
    json_t      *view;
    json_t      *variant;       /* what an item is swapped for */
    os_buf_t     code;
    unsigned     new_code:1;    /* taken from the stock by us */
    unsigned     looked_up:1;   /* what was chosen of the catalog */
    unsigned     withdrawn:1;   /* only what has left is looked after */
} osw_action_t;


/* What marks this change at the store; borrowed. */
os_str_t osw_action_nonce(const osw_action_t *a);

/* Of the decision; borrowed, or NULL. */
json_t *osw_action_terms(const osw_action_t *a);

/* What calls may use, of what is known by now. */
void osw_action_renew_view(osw_action_t *a);

/* What was chosen of the catalog; OS_NULL: nothing. */
os_str_t osw_action_chosen(const osw_action_t *a);

/* See osw_action_lawful(). */
int osw_action_is_lawful(const osw_action_t *a);

/* What the read found, for the order's record. */
void osw_action_tell_order(osw_action_t *a);

/* The job ends, and `a` is gone; so it is after all that "ends" below. */
void osw_action_end(osw_action_t *a, osw_outcome_t outcome, const char *why);

/* Does the store carry out what a buyer asks for, instead of a person? */
int osw_apply_asked(const osw_action_t *a);

/*
 * What became of an accepted offer, for the decision that the module looks at
 * and for the order. `back`: the grant is given back.
 */
void osw_apply_result(osw_action_t *a, const char *applied, const char *why,
    int back);

/*
 * The deadline of an unpaid order has passed, which the order's rules judge by
 * what was read; `not_read` says why nothing was, or NULL.
 */
void osw_pay_by_result(osw_action_t *a, const char *not_read);

/*
 * What became of a cancel that was asked for on our own page; `why` it is a
 * person's now, or it is refused, or NULL.
 */
void osw_cancel_result(osw_action_t *a, const char *result, const char *why);

/* What became of what is to come back; `why` it is a person's now, or NULL. */
void osw_return_result(osw_action_t *a, const char *why);

/*
 * It will not work: whoever was promised something hears the truth. What a
 * buyer asked for, and the store will not do, a person may. Ends.
 */
void osw_action_refused(osw_action_t *a, const char *why, int back,
    osw_outcome_t outcome);

/* It may have worked, or may yet: somebody at the shop sees to it. Ends. */
void osw_action_person(osw_action_t *a, const char *why,
    osw_outcome_t outcome);

/* Not now: tried again, as long as there are tries; then a person's. Ends. */
void osw_action_later(osw_action_t *a, const char *why, int64_t delay_ms);

/* It is done: what follows from that for the order. Ends. */
void osw_action_done(osw_action_t *a);

/* No try is counted: the store is only left alone for a while. Ends. */
void osw_action_wait(osw_action_t *a, int64_t delay_ms);

#endif /* OSW_ACTION_H */

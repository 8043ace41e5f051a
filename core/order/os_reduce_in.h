/*
 * os_reduce_in: what the files of os_reduce share; nobody else's business.
 * They stand on each other in this order, and call downwards alone:
 *
 *     os_reduce           an event's way to its handler; the order itself
 *     os_reduce_save      asked, decided, applied: what may keep the order
 *     os_reduce_track     its parcels
 *     os_reduce_after     once all has arrived
 *     os_reduce_follow    what a tracking service is asked
 *     os_reduce_request   what a person answers
 *     os_reduce_stop      a cancel on a page of ours
 *     os_reduce_withdrawal  a contract is withdrawn from
 *     os_reduce_return    what comes back
 *     os_reduce_unpaid    a reminder of the payment
 *     os_reduce_in        what all of them do
 */

#ifndef OS_REDUCE_IN_H
#define OS_REDUCE_IN_H

#include "core/campaign/os_input.h"
#include "core/order/os_reduced.h"


#define OS_MAX_EVENT_AGE  86400


/* Everything that one call works on. */
typedef struct {
    const os_campaign_t  *c;
    const json_t         *event;
    os_str_t              id;           /* the order's */
    os_str_t              event_id;
    int64_t               now_ms;
    int64_t               at;           /* of the event, seconds */
    json_t               *order;        /* the new record */
    json_t               *save;         /* its save part */
    json_t               *track;        /* and its track part, may be {} */
    os_reduced_t         *out;
    unsigned              enough:1;     /* people sent too many of these */
    unsigned              partly:1;     /* the store has more of this order */
} os_reduce_t;

/* What makes a job the one it is. */
typedef struct {
    const char  *purpose;
    const char  *template;
    const char  *channel;
    os_str_t     parcel;
    os_str_t     nonce;
    unsigned     marketing:1;   /* advertising, to the law as well */
} os_work_t;


/*
 * Adds a job; `data` is stolen. What was sent already is not sent again, and
 * what is silent adds nothing; nor, once there are enough, what each event of
 * its kind would add anew (its nonce begins with the event's id).
 */
void os_reduce_add(os_reduce_t *r, const os_work_t *work, int64_t due_ms,
    json_t *data);
void os_reduce_drop(os_reduce_t *r, const os_work_t *work);

/* The same for what is no parcel's. */
void os_reduce_add_job(os_reduce_t *r, const char *purpose,
    const char *template, const char *channel, os_str_t nonce, int64_t due_ms,
    json_t *data);
void os_reduce_drop_job(os_reduce_t *r, const char *purpose,
    const char *template, const char *channel, os_str_t nonce);

/* Does the record know that the job of this id was sent? */
int os_reduce_was_sent(const os_reduce_t *r, os_str_t job);

/* A mail to the customer or, with support, to the shop's people. */
void os_reduce_mail(os_reduce_t *r, const char *purpose, os_str_t nonce,
    int support, json_t *data);

/*
 * What a person said goes where the campaign says; by mail (os_input_mail())
 * unless it names another way. It is never too old, and somebody waits. `data`
 * is stolen.
 */
void os_reduce_heard(os_reduce_t *r, os_input_t input, os_str_t nonce,
    json_t *data);

/*
 * Tells the shop's own systems, as far as the campaign names this event;
 * `about` (stolen, may be NULL) goes along.
 */
void os_reduce_webhook(os_reduce_t *r, const char *event, json_t *about);

void os_reduce_count(os_reduce_t *r, const char *name, os_str_t detail);

/* A new effect, borrowed, to be filled in. */
json_t *os_reduce_effect(os_reduce_t *r, const char *effect,
    os_str_t customer);

int os_reduce_is(const os_reduce_t *r, const char *member, const char *word);

/* Nothing can be kept any more: cancelled, failed, refunded. */
int os_reduce_dead(const os_reduce_t *r);

/* A member that is an object, made where there is none; borrowed. */
json_t *os_reduce_member(json_t *object, const char *name);

/* Copies a text, where there is one. */
void os_reduce_given(json_t *to, const json_t *from, const char *member);

#endif /* OS_REDUCE_IN_H */

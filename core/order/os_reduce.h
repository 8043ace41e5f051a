/*
 * os_reduce: the life of an order. One pure function takes an order's record
 * and one event and says what the record becomes and what follows: jobs to
 * add and drop, what happens to the decision, what others must hear of it.
 *
 * All lifecycle rules are here. There is no clock: `now_ms` is given.
 */

#ifndef OS_REDUCE_H
#define OS_REDUCE_H

#include "core/campaign/os_campaign.h"


#define OS_JOB_ID_LEN  16
#define OS_SEEN_MAX    16       /* event ids that a record remembers */


/*
 * What one event leads to. All members are owned by whoever called; any but
 * `order` may be NULL, which means none.
 *
 * effects reach into other shards and must be repeatable: they are carried
 * out before the commit, and once more after a crash.
 *
 *     {"effect": "buyer", "customer", "order", "placed", "notify": bool}
 *         enter the order in the customer's index; with notify every older
 *         order in it gets a `reordered` event
 *     {"effect": "used", "customer", "order", "offer", "at", "back": bool}
 *         every other order in the customer's index gets a `used` event
 *     {"effect": "release", "customer", "order", "offer"}
 *         the customer's limit of this order is free again
 *     {"effect": "alias", "kind", "value", "order", "ttl": s}
 *         the order is also found under this name (as long as its record
 *         lives, or for ttl), and gets what waited for it
 *     {"effect": "transit", "carrier", "country", "parcel", "days"}
 *         so long did a parcel take
 */
typedef struct {
    json_t    *order;           /* the record as it is from now on */
    json_t    *add;             /* [{"job": {…}, "due_ms": n}] */
    json_t    *drop;            /* [job id] */
    json_t    *decision;        /* {"nonce", "set": {…}, "withdraw": bool} */
    json_t    *effects;
    json_t    *counts;          /* name → n */
    unsigned   duplicate:1;     /* seen before: nothing at all follows */
    unsigned   silent:1;        /* too old to send anything for */
    unsigned   none:1;          /* no order of ours: nothing is to be kept */
} os_reduced_t;


/*
 * `order` is the record so far, or NULL; it is not changed. `id` is the order's
 * id in the store. -1 without memory or when the event is none (err says).
 */
int os_reduce(const os_campaign_t *c, const json_t *order, os_str_t id,
    const json_t *event, int64_t now_ms, os_reduced_t *out, os_error_t *err);
void os_reduced_free(os_reduced_t *r);

/*
 * Did the customer ask for the cancel that this record knows of: was it within
 * ten minutes of his asking? 1 also when the record knows of none yet.
 */
int os_reduce_was_asked(const json_t *order);

/* The template of a job that is a message: its purpose unless it says. */
os_str_t os_job_template(const json_t *job);

/* The id of a job, appended: OS_JOB_ID_LEN characters. See docs/formats.md. */
void os_job_id(os_str_t order, os_str_t parcel, os_str_t purpose,
    os_str_t template, os_str_t channel, os_str_t nonce, os_buf_t *out);

#endif /* OS_REDUCE_H */

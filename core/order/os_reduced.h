/*
 * os_reduced: what one event leads to, and the names of the jobs in it.
 */

#ifndef OS_REDUCED_H
#define OS_REDUCED_H

#include "core/base/os_json.h"


#define OS_JOB_ID_LEN    16
#define OS_JOB_PART_LEN  2
#define OS_JOB_PARTS     64
#define OS_JOB_KEY_LEN   (OS_JOB_PART_LEN + OS_JOB_ID_LEN)


/*
 * What one event leads to. All members are owned by whoever called; any but
 * `order` may be NULL, which means none.
 *
 * effects reach into other shards and must be repeatable: they are carried
 * out before the commit, and once more after a crash.
 *
 *     {"effect": "buyer", "customer", "order", "placed", "notify": bool,
 *      "new": bool}
 *         enter the order in the customer's index; with notify those that
 *         were asked to be cancelled get a `reordered` event, with new it gets
 *         a `used` event for each offer that was taken on another one
 *     {"effect": "asked", "customer", "order", "at"}
 *         the customer asks to cancel it; with a newer order in the index it
 *         gets a `reordered` event itself
 *     {"effect": "used", "customer", "order", "offer", "at", "back": bool}
 *         the newest other orders in the customer's index get a `used` event
 *     {"effect": "release", "customer", "order", "offer"}
 *         the customer's limit of this order is free again; without an offer
 *         whatever was reserved
 *     {"effect": "alias", "kind", "value", "order", "ttl": s}
 *         the order is also found under this name (longer than its record
 *         lives, or for ttl), and gets what waited for it; several orders may
 *         have the same tracking number
 *     {"effect": "subscribe", "customer", "order", "word", "at_ms"}
 *         what a page of ours said of advertising by mail: "" it may go to the
 *         customer, "marketing" it may not; the newest word counts
 *     {"effect": "evidence", "order", "at_ms", "digest"}
 *         a statement's link in the store's chain
 *     {"effect": "withdrawal", "order", "event"}
 *         the orders that a statement names get a `withdrawal` event; the
 *         statement itself hears which, by a `matched` event
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
    json_t    *held;            /* [{"id", "purpose", "channel"}]: jobs that
                                 * were not made, as the campaign observes */
    json_t    *facts;           /* [fact], see os_fact.h */
    unsigned   duplicate:1;     /* seen before: nothing at all follows */
    unsigned   silent:1;        /* too old to send anything for */
    unsigned   none:1;          /* no order of ours: nothing is to be kept */
} os_reduced_t;

void os_reduced_free(os_reduced_t *r);


/* The id of a job, appended: OS_JOB_ID_LEN characters. See docs/formats.md. */
void os_job_id(os_str_t order, os_str_t parcel, os_str_t purpose,
    os_str_t template, os_str_t channel, os_str_t nonce, os_buf_t *out);

/*
 * Where a job of this id lies, appended: the part of its order ("shop/19"), two
 * hexadecimal digits, and the id. See redis/os_script_work.h.
 */
void os_job_key(os_str_t order, os_str_t id, os_buf_t *out);

#endif /* OS_REDUCED_H */

/*
 * os_change: what is known of a change of the store that has left. A store
 * goes on when its caller hangs up, as PHP does; so between a change and its
 * answer nobody knows whether it happened. The job itself says so, in its
 * member `unanswered`, from the `sending` mark until an answer came or the
 * change was looked for:
 *
 *     {"since": ms, "step": n, "refunded": money, "looks": n}
 *
 * Pure: no I/O, no clock.
 */

#ifndef OS_CHANGE_H
#define OS_CHANGE_H

#include "core/base/os_json.h"
#include "core/base/os_str.h"


typedef enum {
    OS_CHANGE_ANSWERED = 0,    /* no change is out */
    OS_CHANGE_LOOK_AGAIN,      /* not found; it may show a little later */
    OS_CHANGE_MADE,            /* found: it happened */
    OS_CHANGE_AGAIN,           /* it did not happen, and may be made again */
    OS_CHANGE_UNKNOWN          /* a person has to find out */
} os_change_t;

/* What a reading of the order shows of a change. */
typedef enum {
    OS_SHOWS_NOTHING = 0,      /* nothing for it and nothing against it */
    OS_SHOWS_IT,
    OS_SHOWS_IT_NOT
} os_shows_t;


/* The change that is out. */
typedef struct {
    unsigned  out:1;            /* else there is none, and all is 0 */
    int64_t   since_ms;
    int64_t   step;             /* the place of the call in its action */
    int64_t   refunded;         /* what had been paid back before it */
    int64_t   looks;            /* readings that did not show it */
} os_unanswered_t;


/* From a job's member; NULL: none is out. -1 with err when it is not one. */
int os_unanswered_read(os_unanswered_t *u, const json_t *member,
    os_error_t *err);

/* The member, new; NULL when no change is out. */
json_t *os_unanswered_write(const os_unanswered_t *u);

/* The change leaves now. It is for the caller to mark the job then. */
void os_change_leaves(os_unanswered_t *u, int64_t now_ms, size_t step,
    int64_t refunded);

/* An answer came, or nothing left: its outcome is known. */
void os_change_answered(os_unanswered_t *u);

/*
 * ms until the store is surely done with it: it takes `within_ms` at most,
 * however early its caller gave up. 0 when that time has passed.
 */
int64_t os_change_rest(const os_unanswered_t *u, int64_t now_ms,
    int64_t within_ms);

/*
 * What to do about it after a reading, once the store is at rest. `money`: the
 * call pays money back, and is made again only where the store itself folds
 * two requests into one. Counts the reading.
 */
os_change_t os_change_look(os_unanswered_t *u, const json_t *call,
    os_shows_t shows, int money);

/*
 * Is this answer to a call the store's last word, whatever its status says by
 * RFC 9110? `finals` is a list of those that are, each with a `status` and what
 * else must hold: `code`, a pointer `at` into the JSON of the answer, and what
 * stands there, `is`; and `holds`, a text in the answer. NULL: none is.
 */
int os_change_final(const json_t *finals, int status, os_str_t answer);

/* Does a reading show this nonce's offer, or its refund of `amount`? */
os_shows_t os_change_shows_offer(const json_t *call, const json_t *order,
    os_str_t nonce);
os_shows_t os_change_shows_refund(const os_unanswered_t *u,
    const json_t *call, const json_t *order, os_str_t nonce, int64_t amount);

#endif /* OS_CHANGE_H */

/*
 * os_return: what may come back of an order that has arrived, until when and
 * for what, and how it stands with what was asked for. Pure.
 *
 * A return is (docs/formats.md, "Return"):
 *
 *     {"n", "nonce", "at", "state": "asked" | "approved" | "declined" |
 *      "refunded", "want": "refund" | "exchange" | "credit", "lines":
 *      [{"id", "name", "n", "instead", "to"}], "cause", "comment", "photo",
 *      "amount", "credit", "currency", "verdict", "code", …}
 *
 * They stand in `track.returns` of the order's record, the oldest first. One at
 * a time is asked for: the next when that one is answered.
 */

#ifndef OS_RETURN_H
#define OS_RETURN_H

#include "core/campaign/os_campaign.h"
#include "core/order/os_shelf.h"


#define OS_RETURN_MAX    8      /* of an order, ever */
#define OS_RETURN_LINES  40     /* items of one */

typedef enum {
    OS_RETURN_OPEN = 0,     /* something may be asked for */
    OS_RETURN_WAITS,        /* something was, and is not answered */
    OS_RETURN_EARLY,        /* not all of it has arrived */
    OS_RETURN_LATE,         /* the last day is over */
    OS_RETURN_NOTHING,      /* all of it comes back already */
    OS_RETURN_ENDED         /* cancelled, refunded or failed */
} os_return_t;


/* Are returns taken in for this shop? Not while its campaign observes. */
int os_return_is_on(const os_campaign_t *c);

/* How it stands with an order at `now` (epoch seconds), given its record. */
os_return_t os_return(const os_campaign_t *c, const json_t *record,
    int64_t now);

/*
 * The same of a record whose `track` is not in it; and for templates: "open",
 * "waits", "early", "late", "nothing", "ended".
 */
os_return_t os_return_parts(const os_campaign_t *c, const json_t *order,
    const json_t *track, int64_t now);
const char *os_return_word(os_return_t state);

/*
 * The last day for it, by the shop's clock, in days since 1970-01-01; 0 as
 * long as not all has arrived.
 */
int64_t os_return_until(const os_campaign_t *c, const json_t *track);

/* What was asked for, borrowed: a list, or NULL; its last one; one by nonce. */
json_t *os_return_list(const json_t *record);
json_t *os_return_last(const json_t *record);
json_t *os_return_of(const json_t *record, os_str_t nonce);

/* Is this one to be answered by a person? NULL is not. */
int os_return_waits(const json_t *one);

/* How many of item `index` may still be sent back. */
int64_t os_return_left(const json_t *order, const json_t *track,
    size_t index);

/*
 * What the next `n` of item `index` that come back cost their buyer, in minor
 * units: what is off the whole order is shared out among its items, and the
 * pieces of one add up to what all of it cost. -1 where that is not known.
 * `track` is that of its record, or NULL.
 */
int64_t os_return_worth(const json_t *order, const json_t *track,
    size_t index, int64_t n);

/*
 * How much may still be given back for goods of the order, beside what has been
 * paid back and what its other returns, those that were not declined, are for.
 * `one` is among them by its nonce, or is a new one, or NULL.
 */
int64_t os_return_room(const json_t *order, const json_t *track,
    const json_t *one);

/*
 * A return gives back, and its credit is made of, no more than that. One with
 * something of which the price is not known is for a person (`hand`).
 */
void os_return_bound(const os_campaign_t *c, const json_t *order,
    const json_t *track, json_t *one);

/* The credit for so much, with the bonus; 0 where none is given. */
int64_t os_return_credit(const os_campaign_t *c, int64_t amount);

/*
 * Is this given for an order: "refund", "exchange" or "credit"? A credit is
 * the buyer's own: only where there is an address that it can be bound to.
 */
int os_return_gives(const os_campaign_t *c, const json_t *record,
    os_str_t want);

/* May this be said for a reason? Those that the campaign lists, or all. */
int os_return_is_cause(const os_campaign_t *c, os_str_t cause);

/* The reasons that there are words for, NULL at the end. */
extern const char *const  os_return_causes[];

/*
 * Makes a return of what a form said: {"want", "cause", "comment", "photo",
 * "lines": [{"item": index, "n", "instead": a choice of the shelf}]}. `shelf`
 * may be NULL. New, with its `n`, but no nonce; NULL, and `wrong` says what is
 * to be mended: "items", "want" or "instead".
 */
json_t *os_return_make(const os_campaign_t *c, const json_t *record,
    const os_shelf_t *shelf, const json_t *said, int64_t now,
    const char **wrong);

/* Is as much of each of its lines left? */
int os_return_fits(const json_t *order, const json_t *track,
    const json_t *one);

#endif /* OS_RETURN_H */

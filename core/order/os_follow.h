/*
 * os_follow: parcels that a tracking service is asked to follow: which, for how
 * long, and how it is spoken to. A source's member `follow` (docs/sources.md)
 * says how a number is registered there and how its state is read; a campaign's
 * `track.follow` says by whom, and after how long a silence it is asked. Pure:
 * no I/O, no clock.
 */

#ifndef OS_FOLLOW_H
#define OS_FOLLOW_H

#include "core/base/os_json.h"
#include "core/campaign/os_campaign.h"


/* What a service's answer means, beyond what its status says by itself. */
typedef enum {
    OS_FOLLOW_PLAIN = 0,    /* as its status says */
    OS_FOLLOW_THERE,        /* this number is registered already */
    OS_FOLLOW_UNKNOWN,      /* it is not registered, or not seen yet */
    OS_FOLLOW_REFUSED,      /* it never will be: no such number, say */
    OS_FOLLOW_LATER,        /* not now */
    OS_FOLLOW_LOCKED        /* it does not let us in, or wants to be paid */
} os_follow_t;


/*
 * Is this a source's `follow` as it can be used? -1: `where`, which stands at
 * it, is led on to the fault, and err gets what was expected.
 */
int os_follow_check(const json_t *follow, os_buf_t *where, os_error_t *err);

/* Who follows the parcels of this campaign; OS_NULL: nobody. Borrowed. */
os_str_t os_follow_by(const os_campaign_t *c);

/*
 * For how many s of silence a webhook is waited for, at least 1; and how long a
 * parcel is followed at all.
 */
int64_t os_follow_silent(const os_campaign_t *c);
int64_t os_follow_for(const os_campaign_t *c);

/*
 * Is there no more to follow: the order is dead, the parcel arrived, came back,
 * or has been on its way for too long? `now` in s.
 */
int os_follow_over(const os_campaign_t *c, const json_t *order,
    const json_t *parcel, int64_t now);

/*
 * What calls are expanded over: `number`, `carrier` (the store's name of it),
 * `code` (the service's, as the campaign's `codes` have it; absent where they
 * do not; `code_number` and `codes` are the same as a number, and in a list),
 * `order.id`, `order.number`. New.
 */
json_t *os_follow_view(const os_campaign_t *c, const json_t *order,
    os_str_t order_id, const json_t *parcel);

/* Has the service to be told a carrier that this view does not name? */
int os_follow_lacks(const json_t *follow, const json_t *view);

/*
 * What its `says` make of an answer to `call`, "register" or "read"; `body` is
 * the answer's JSON, or NULL.
 */
os_follow_t os_follow_says(const json_t *follow, const char *call, int status,
    const json_t *body);

/* What a read answered, as the service's webhook would say it. New. */
json_t *os_follow_payload(const json_t *follow, const json_t *answer);

#endif /* OS_FOLLOW_H */

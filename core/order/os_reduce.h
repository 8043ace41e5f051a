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
#include "core/order/os_reduced.h"


#define OS_SEEN_KEEP  86400     /* s for which a record knows an event */


/*
 * `order` is the record so far, or NULL; it is not changed. `id` is the order's
 * id in the store. -1 without memory or when the event is none (err says).
 */
int os_reduce(const os_campaign_t *c, const json_t *order, os_str_t id,
    const json_t *event, int64_t now_ms, os_reduced_t *out, os_error_t *err);

/*
 * Did the customer ask for the cancel that this record knows of: was it within
 * ten minutes of his asking? 1 also when the record knows of none yet.
 */
int os_reduce_was_asked(const json_t *order);

/*
 * Would the buyer of this record be reminded of its payment at `now` (epoch
 * seconds)? It can be paid with a link, and there is time left for it.
 */
int os_reduce_awaits(const json_t *order, int64_t now);

#endif /* OS_REDUCE_H */

/*
 * osw_recommend: products that fit an order, from the shop's catalog and from
 * what others bought together.
 */

#ifndef OSW_RECOMMEND_H
#define OSW_RECOMMEND_H

#include "worker/osw.h"


/*
 * A job `fit`: complements that the shop names first, then what is bought
 * together, then the better rated of the same category. Ends in an event
 * `fits`, or in nothing where there is no catalog.
 */
void osw_recommend_deliver(osw_job_t *job);

/*
 * Puts what is known of the products that fit a job's order into the order at
 * hand, as `products`; calls `done` once, at once where there are none.
 */
void osw_recommend_fetch(osw_job_t *job, void (*done)(osw_job_t *job));

/*
 * The effect `bought`: counts each pair of an order's items, once an order.
 * Calls `sent` with each command instead of sending it.
 */
typedef void (*osw_recommend_send_pt)(void *data, os_command_t *cmd);

void osw_recommend_bought(const osw_t *w, const json_t *effect,
    os_reply_pt handler, osw_recommend_send_pt sent, void *data);

#endif /* OSW_RECOMMEND_H */

/*
 * osw_ctl_render: the sample that `ordersavectl render` shows, and a message
 * over it or over an order.
 */

#ifndef OSW_CTL_RENDER_H
#define OSW_CTL_RENDER_H

#include "worker/ctl/osw_ctl.h"
#include "worker/render/osw_message.h"


/* An order as this message or page could be about, and its decision: new. */
void osw_render_sample(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    json_t **order, json_t **decision);

/*
 * Words the message of that name. 0, or OSW_CTL_FINDING with a message; free
 * `m` either way.
 */
int osw_render_worded(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    json_t *order, json_t *decision, osw_message_kind_t kind,
    osw_message_t *m);

#endif /* OSW_CTL_RENDER_H */

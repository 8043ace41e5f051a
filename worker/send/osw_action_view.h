/*
 * osw_action_view: what a call of the store's API may use of an order, of what
 * its buyer accepted and filled in (docs/campaign.md, the view). No I/O.
 */

#ifndef OSW_ACTION_VIEW_H
#define OSW_ACTION_VIEW_H

#include "core/order/os_shelf.h"
#include "worker/osw.h"


/* All of it is borrowed. */
typedef struct {
    const osw_store_t  *store;
    const json_t       *decision;
    const json_t       *said;       /* where reason and comment are */
    json_t             *fresh;      /* the order as just read */
    json_t             *raw;        /* and as the store wrote it */
    json_t             *variant;    /* osw_action_swap(), or NULL */
    json_t             *back;       /* what is to come back, or NULL */
    os_str_t            nonce;
    os_str_t            code;
} osw_facts_t;


/* The view: new. */
json_t *osw_action_view(const osw_facts_t *f);

/*
 * The order's item of that name, borrowed; NULL where there is none, or two
 * have it.
 */
json_t *osw_action_item(const json_t *order, os_str_t name);

/*
 * So many of an item instead of those bought, as calls get it: new. NULL where
 * that is none, would be no fewer, or it is not known what the line costs.
 */
json_t *osw_action_fewer(const json_t *order, const json_t *item,
    os_str_t quantity);

/* What was chosen of the catalog, as it is called; OS_NULL: nothing. */
os_str_t osw_action_choice(const osw_facts_t *f);

/*
 * What the item is swapped for, as calls get it: new. The line costs less by
 * what the page said (os_shelf_less); it never costs more. NULL where that
 * cannot be told.
 */
json_t *osw_action_swap(const json_t *order, const json_t *item,
    const os_shelf_line_t *line);

/* Is each option that was chosen one that is offered in the order's country? */
int osw_action_lawful(const osw_facts_t *f);

#endif /* OSW_ACTION_VIEW_H */

/*
 * osw_ctl_page: what ordersavectl renders that is no message: pages, the panel,
 * blocks.
 */

#ifndef OSW_CTL_PAGE_H
#define OSW_CTL_PAGE_H

#include "worker/ctl/osw_ctl.h"


/* The id of the product that fits the sample's order. */
#define OSW_SAMPLE_FITS  "sample"

/*
 * Renders the page of a name ("offer" or "page_offer", "panel", "block_returns"
 * or "returns") for an order's record; appended to out. An exit status. Without
 * such a page it says which names there are, messages too.
 */
int osw_render_page(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    const json_t *order, const json_t *decision, os_buf_t *out);

#endif /* OSW_CTL_PAGE_H */

/*
 * osw_catalog: products into Redis and out of it, with their places in the
 * indexes: of their category, and of the variants of their group.
 */

#ifndef OSW_CATALOG_H
#define OSW_CATALOG_H

#include "worker/osw.h"


/* Called once; failed: Redis did not take all of it, it is to be made again. */
typedef void (*osw_catalog_pt)(void *data, int failed);


/*
 * A product as os_catalog_product() makes it, new or instead of what there was.
 * `product` may be freed afterwards.
 */
void osw_catalog_put(osw_t *w, os_str_t store, const json_t *product,
    osw_catalog_pt done, void *data);

/* It is no product any more. */
void osw_catalog_drop(osw_t *w, os_str_t store, os_str_t id,
    osw_catalog_pt done, void *data);

#endif /* OSW_CATALOG_H */

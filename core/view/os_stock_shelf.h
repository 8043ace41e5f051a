/*
 * os_stock_shelf: which products of the catalog stand on an order's shelf
 * (os_shelf). Pure.
 */

#ifndef OS_STOCK_SHELF_H
#define OS_STOCK_SHELF_H

#include "core/view/os_catalog.h"
#include "core/order/os_shelf.h"


/* What the catalog knows around an order; members may be NULL. */
typedef struct {
    const json_t  *items;       /* the order's */
    const json_t  *products;    /* id → product */
    const json_t  *groups;      /* id → ids of its variants */
    const json_t  *categories;  /* name → ids of its products */
    int64_t        now;         /* epoch seconds */
} os_stocked_t;

/*
 * Appends the shelf's lines: what was bought; of each item the variants that
 * are in stock and no dearer; and what is in stock of the same category and
 * price range (30 %), the better rated first. Nothing where nothing is known.
 */
void os_stock_shelf(const os_stocked_t *all, os_buf_t *out);

#endif /* OS_STOCK_SHELF_H */

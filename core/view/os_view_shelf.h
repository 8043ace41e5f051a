/*
 * os_view_shelf: what the catalog says of an order's products (os_shelf), for
 * the offer page. All functions take order->shelf, which may be NULL.
 */

#ifndef OS_VIEW_SHELF_H
#define OS_VIEW_SHELF_H

#include "core/order/os_order.h"
#include "core/text/os_mold.h"
#include "core/view/os_speak.h"


/*
 * The products of one kind: [{"name", "url", "image", "price", "stars",
 * "reviews", "why"}], new. NULL where there are none.
 */
json_t *os_view_shelf(const os_speak_t *s, const os_order_t *order,
    os_shelf_kind_t kind);

/*
 * What can be chosen of one kind, to be appended as {"value", "label"}:
 * `add` is called for each.
 */
typedef void (*os_view_choice_pt)(void *data, os_str_t value, os_str_t label);

void os_view_shelf_choices(const os_speak_t *s, const os_order_t *order,
    os_shelf_kind_t kind, os_view_choice_pt add, void *data);

/* One leaf of line `index` in words, appended. */
void os_view_shelf_leaf(const os_speak_t *s, const os_order_t *order,
    os_leaf_t leaf, unsigned index, os_buf_t *out);

/* What of the shelf decides on the page's shape (os_view_shape), appended. */
void os_view_shelf_shape(const os_order_t *order, os_buf_t *out);

#endif /* OS_VIEW_SHELF_H */

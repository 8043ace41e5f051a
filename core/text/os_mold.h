/*
 * os_mold: a page that was rendered once for orders of one shape, kept as text
 * with holes, and poured for the next order of that shape.
 *
 * Which parts of a template appear depends on what is there (a payment
 * deadline, two items, these three offers), not on what it says. So a view
 * whose leaves are marks is rendered by Mustache once for each shape; cutting
 * the result at the marks gives the mold. Pouring copies text and escapes
 * values: it costs little more than the bytes themselves.
 */

#ifndef OS_MOLD_H
#define OS_MOLD_H

#include "core/base/os_buf.h"


/* What may stand in a hole; `index` counts items, offers. */
typedef enum {
    OS_LEAF_ACTION = 1,         /* of the form */
    OS_LEAF_TOKEN,
    OS_LEAF_ID,
    OS_LEAF_NUMBER,
    OS_LEAF_NAME,               /* the buyer's */
    OS_LEAF_TOTAL,
    OS_LEAF_SHIPPING,           /* the lines under the items */
    OS_LEAF_FEES,
    OS_LEAF_TAX,
    OS_LEAF_DISCOUNT,
    OS_LEAF_PAY_BY,
    OS_LEAF_PLACED,
    OS_LEAF_PAY_URL,
    OS_LEAF_PAY_HOW,
    OS_LEAF_RETURN_BY,          /* if it arrives when that was promised */
    OS_LEAF_ITEM_ID,
    OS_LEAF_ITEM_NAME,
    OS_LEAF_ITEM_QUANTITY,
    OS_LEAF_ITEM_TOTAL,
    OS_LEAF_ITEM_IMAGE,
    OS_LEAF_ITEM_URL,
    OS_LEAF_AMOUNT,             /* of an offer */
    OS_LEAF_NEW_TOTAL,
    OS_LEAF_CREDIT,
    OS_LEAF_SHELF_NAME,         /* of a line of the shelf */
    OS_LEAF_SHELF_URL,
    OS_LEAF_SHELF_IMAGE,
    OS_LEAF_SHELF_PRICE,
    OS_LEAF_SHELF_STARS,
    OS_LEAF_SHELF_REVIEWS,
    OS_LEAF_SHELF_WHY,
    OS_LEAF_SHELF_VALUE,        /* what a choice is called, */
    OS_LEAF_SHELF_LESS,         /* and by how much it is cheaper */
    OS_LEAF_END                 /* is none */
} os_leaf_t;

#define OS_LEAF_INDEXES  64     /* a shape has at most so many of a kind */


typedef struct os_mold_s  os_mold_t;

/* The mark of a leaf, appended. It comes to tell whether it was escaped. */
void os_mold_mark(os_buf_t *out, os_leaf_t leaf, unsigned index);

/* Cuts a rendering at its marks. NULL without memory or at a broken mark. */
os_mold_t *os_mold_cut(os_str_t rendered);
void os_mold_free(os_mold_t *m);

/* Appends the value of a leaf, as it is: pouring escapes it where needed. */
typedef void (*os_mold_value_pt)(void *data, os_leaf_t leaf, unsigned index,
    os_buf_t *out);

/* Appends the page. `scratch` is an empty buffer that may be used again. */
void os_mold_pour(const os_mold_t *m, os_mold_value_pt value, void *data,
    os_buf_t *scratch, os_buf_t *out);

#endif /* OS_MOLD_H */

/*
 * os_shelf: what the shop's catalog says of an order's products, kept beside
 * the order so that its page needs no further question (docs/formats.md,
 * shelf): what was bought, what is like it, and in which other variants it is
 * to be had.
 *
 * A shelf is a text of lines, their fields parted by tabs; the first says what
 * kind of line it is. It is written by the worker and read without copying.
 */

#ifndef OS_SHELF_H
#define OS_SHELF_H

#include "core/base/os_json.h"


#define OS_SHELF_LINES  40          /* a shelf has at most so many */

typedef enum {
    OS_SHELF_BOUGHT = 'b',
    OS_SHELF_SIMILAR = 's',         /* of the same category and price range */
    OS_SHELF_VARIANT = 'v'          /* of what was bought; never dearer */
} os_shelf_kind_t;

/* The strings are not terminated; what is absent is OS_NULL or 0. */
typedef struct {
    os_shelf_kind_t  kind;
    os_str_t         id;            /* of the product, or the variant */
    os_str_t         parent;        /* of a variant: what it is one of */
    os_str_t         item;          /* id of the item that it would replace */
    os_str_t         name;          /* "L, blue" of a variant */
    os_str_t         of;            /* the item's own name */
    os_str_t         url;           /* both are checked (os_url_ok) before */
    os_str_t         image;         /* they are written */
    os_str_t         why;
    os_str_t         currency;
    int64_t          price;         /* minor units; 0: not known */
    int64_t          rating;        /* hundredths of a star */
    int64_t          reviews;
    int64_t          was;           /* the item's own price there; 0: unknown */
} os_shelf_line_t;

typedef struct {
    size_t           n;
    os_shelf_line_t  lines[OS_SHELF_LINES];
} os_shelf_t;


/* Reads a text, which is borrowed; lines that are none are passed over. */
void os_shelf_read(os_str_t text, os_shelf_t *out);

/* Appends a line; a tab or a line's end within a field becomes a space. */
void os_shelf_write(const os_shelf_line_t *line, os_buf_t *out);

/* Is there a line of this kind? NULL has none. */
int os_shelf_has(const os_shelf_t *shelf, os_shelf_kind_t kind);

/* Can the line be chosen instead of an item, at no higher price? */
int os_shelf_choice(const os_shelf_line_t *line);

/*
 * What a choice is called, in every language and for good: "Mug → L, blue",
 * appended.
 */
void os_shelf_call(const os_shelf_line_t *line, os_buf_t *out);

/*
 * What is saved by a choice instead of an item that costs `total`, or instead
 * of so many of its pieces: its buyer may have paid less than the catalog's
 * price, so it falls as the prices there do, to the nearest minor unit; 0 at
 * least, and no more than `total`. -1 where that cannot be told: of an item
 * whose total is not known (-1), of prices in another currency, or none.
 */
int os_shelf_less(const os_shelf_line_t *line, int64_t total,
    os_str_t currency, int64_t *less);

/* The choice that is called so, or NULL. */
const os_shelf_line_t *os_shelf_find(const os_shelf_t *shelf, os_str_t call);

#endif /* OS_SHELF_H */

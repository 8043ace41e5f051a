/*
 * os_anchor: where in a page something goes: a place and a selector.
 *
 *     before | prepend | append | after   SELECTOR
 *
 * A selector speaks of one element: a tag, #id, .class, [name] and
 * [name=value], alone or together ("section.woocommerce-order-details"). Tags
 * and names of attributes ignore case, values do not; a class is one word of
 * the class attribute.
 *
 * What goes in is a block (a <div>, say): a place where HTML's tree builder
 * would not leave a block is refused when the selector names such a tag.
 */

#ifndef OS_ANCHOR_H
#define OS_ANCHOR_H

#include "core/base/os_buf.h"


typedef enum {
    OS_PLACE_BEFORE = 0,        /* before the start tag */
    OS_PLACE_PREPEND,           /* after the start tag */
    OS_PLACE_APPEND,            /* before the end tag */
    OS_PLACE_AFTER,             /* after the end tag */
    OS_PLACE_TEXT               /* nowhere: the element's text is wanted */
} os_place_t;

typedef enum {
    OS_WANT_ID = 0,
    OS_WANT_CLASS,
    OS_WANT_NAME,               /* has the attribute */
    OS_WANT_VALUE               /* has it with this value */
} os_want_t;

#define OS_ANCHOR_WANTS  6      /* conditions of a selector, at most */
#define OS_ANCHORS       16     /* that a page is read for, at most */

/* Points into the selector's text, which must outlive it. */
typedef struct {
    os_place_t  place;
    os_str_t    tag;            /* as written; empty for any */
    unsigned    nwants;
    struct {
        os_want_t  kind;
        os_str_t   name;        /* of the attribute */
        os_str_t   value;
    } wants[OS_ANCHOR_WANTS];
} os_anchor_t;


/*
 * Reads a place and a selector. -1 with err: what was expected, also where the
 * selector's tag leaves no place for a block (in a row of a table, say).
 * `place` may be OS_NULL: the element's text is wanted.
 */
int os_anchor_parse(os_anchor_t *a, os_str_t place, os_str_t selector,
    os_error_t *err);

#endif /* OS_ANCHOR_H */

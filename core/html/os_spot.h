/*
 * os_spot: where an anchor stands in a whole page, or why it does not. For
 * whoever writes the anchor; what streams by is os_html.h's. Pure.
 */

#ifndef OS_SPOT_H
#define OS_SPOT_H

#include "core/html/os_anchor.h"


typedef struct {
    unsigned    met:1;
    unsigned    seen:1;         /* an element that it names is there */
    long        line;           /* where it stands, or the element; from 1 */
    size_t      offset;         /* of what goes in, when it is met */
    os_error_t  why;            /* when it is not */
} os_spot_t;


/*
 * Looks for the first element of the page that the anchor names, as the filter
 * does: the answer is the filter's, but that it takes a page's encoding as
 * known. `text` is the selector as it was written, for `why`. -1 without
 * memory.
 */
int os_spot(os_str_t page, const os_anchor_t *anchor, const char *text,
    os_spot_t *out);

#endif /* OS_SPOT_H */

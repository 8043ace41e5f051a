/*
 * os_reference: "Mugs &amp; bowls", "5&nbsp;l", "&#8217;": shops' databases and
 * feeds hold texts as they stand in HTML. Pure.
 */

#ifndef OS_REFERENCE_H
#define OS_REFERENCE_H

#include "core/base/os_buf.h"


/*
 * Appends a text with the character references of HTML 4 resolved, once; what
 * is none stays as it is. No tag is looked for.
 */
void os_reference_text(os_str_t text, os_buf_t *out);

#endif /* OS_REFERENCE_H */

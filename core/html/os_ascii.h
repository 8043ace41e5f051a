/*
 * os_ascii: text for a page whose encoding is another than UTF-8, or unknown.
 */

#ifndef OS_ASCII_H
#define OS_ASCII_H

#include "core/base/os_buf.h"


/* Is all of it ASCII? */
int os_ascii_is(os_str_t text);

/*
 * Appends `text`, which is UTF-8, with what is no ASCII as references (&#…;):
 * right wherever HTML decodes these, which it does not in styles and scripts.
 * -1: it is not UTF-8, and what was appended is of no use.
 */
int os_ascii_put(os_str_t text, os_buf_t *out);

#endif /* OS_ASCII_H */

/*
 * os_json_outside: the one way in for JSON that others wrote: webhooks, answers
 * of APIs, what a script posts. One odd value that nobody needs never costs the
 * rest of a text; what this makes of each is os_json_pull's to say:
 *
 *     an escaped NUL, half of a surrogate pair    U+FFFD
 *     a byte that is no UTF-8                     U+FFFD
 *     a number that no int64_t or double holds    a string of its digits
 *     members of one name                         the last one
 *     containers below OS_PULL_DEPTH levels       null
 *     a byte order mark in front                  nothing
 */

#ifndef OS_JSON_OUTSIDE_H
#define OS_JSON_OUTSIDE_H

#include "core/base/os_json.h"


#define OS_JSON_OUTSIDE_MAX  (64u << 20)    /* bytes of one text */


/*
 * New, or NULL with err ("NAME:LINE:COLUMN: not JSON: why"), when the text is
 * no JSON (RFC 8259) or longer than OS_JSON_OUTSIDE_MAX.
 */
json_t *os_json_outside(os_str_t text, const char *name, os_error_t *err);

/*
 * The same text without what others would refuse it for, appended; -1 when it
 * is no JSON.
 */
int os_json_harmless(os_str_t text, os_buf_t *out);

#endif /* OS_JSON_OUTSIDE_H */

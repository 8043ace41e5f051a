/*
 * os_json_write: jansson's values as text, byte for byte as jansson writes
 * them, at a fraction of what its own writer costs, which looks for a circle at
 * each bracket.
 */

#ifndef OS_JSON_WRITE_H
#define OS_JSON_WRITE_H

#include <jansson.h>

#include "core/base/os_buf.h"


/*
 * Compact text appended to out: what json_dumps() gives with JSON_COMPACT and
 * JSON_ENCODE_ANY. out->failed where that gives NULL. The value must not hold
 * itself.
 */
void os_json_dump(os_buf_t *out, const json_t *value);

/* A string with its quotes and escapes (RFC 8259, 7), appended to out. */
void os_json_quote(os_buf_t *out, os_str_t s);

#endif /* OS_JSON_WRITE_H */

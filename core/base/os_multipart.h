/*
 * os_multipart: the parts of a form that was sent with a file (RFC 7578 over
 * RFC 2046, 5.1). Nothing is copied: parts point into the body.
 */

#ifndef OS_MULTIPART_H
#define OS_MULTIPART_H

#include "core/base/os_str.h"


typedef struct {
    os_str_t  name;
    os_str_t  filename;         /* OS_NULL: a field, not a file */
    os_str_t  type;             /* what the browser says it is */
    os_str_t  content;
} os_part_t;

/*
 * The parts of a body whose Content-Type is `type`, at most `max`. How many
 * there are, or -1 when it is no such form, is cut off, or has more.
 */
int os_multipart_parse(os_str_t type, os_str_t body, os_part_t *parts,
    int max);

/* The only part of this name, or NULL: none, or given twice. */
const os_part_t *os_multipart_find(const os_part_t *parts, int n,
    const char *name);

#endif /* OS_MULTIPART_H */

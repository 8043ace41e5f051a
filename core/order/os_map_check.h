/*
 * os_map_check: is this a map as os_map reads it (docs/sources.md, "map")? A
 * misspelled member would give nothing, silently, for every order. Pure.
 */

#ifndef OS_MAP_CHECK_H
#define OS_MAP_CHECK_H

#include "core/base/os_json.h"


/*
 * Looks at an object whose members are forms; `words` are the source's tables.
 * 0; or -1, with the fault's pointer appended to `where`, and what was
 * expected.
 */
int os_map_check(const json_t *members, const json_t *words, os_buf_t *where,
    const char **expected);

#endif /* OS_MAP_CHECK_H */

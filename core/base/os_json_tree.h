/*
 * os_json_tree: jansson's values of JSON that a program wrote plainly (see
 * os_json_plain.h): a record, a job, an event. It costs a fifth of what
 * jansson's own reader does, which looks at each byte alone.
 */

#ifndef OS_JSON_TREE_H
#define OS_JSON_TREE_H

#include <jansson.h>

#include "core/base/os_str.h"


/*
 * What json_loadb() gives with JSON_REJECT_DUPLICATES and JSON_DECODE_ANY; a
 * new reference. NULL when the text is not plain, malformed, or when there is
 * no memory: jansson knows which.
 */
json_t *os_json_tree(os_str_t text);

#endif /* OS_JSON_TREE_H */

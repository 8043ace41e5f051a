/*
 * osw_console_line: numbers of days as lines, in SVG made here. Its words stand
 * beside it in HTML, so that they do not shrink with it; a table has the same.
 */

#ifndef OSW_CONSOLE_LINE_H
#define OSW_CONSOLE_LINE_H

#include "core/base/os_json.h"


/*
 * Appends an <svg> of two lines (classes l1 and l2), each of `n` values from
 * 0 up, that stretches to what holds it; `one` may be NULL. The top: the
 * highest value, or `top`, which is 1 at least.
 */
int64_t osw_line(os_buf_t *out, const int64_t *one, const int64_t *two,
    size_t n, int64_t top);

#endif /* OSW_CONSOLE_LINE_H */

/*
 * osw_console_story: an order's whole story, fact by fact.
 */

#ifndef OSW_CONSOLE_STORY_H
#define OSW_CONSOLE_STORY_H

#include "worker/console/osw_console_base.h"


/*
 * The facts of the order "STORE/ID", the oldest first, each with "said": what
 * was typed, where there is something. An empty array: nothing is known of it.
 * New, or NULL with err.
 */
json_t *osw_story(const osw_base_t *b, os_str_t order, os_error_t *err);

/* One fact as a line without its end: time (UTC), kind, members. Appended. */
void osw_story_line(os_buf_t *out, const json_t *fact);

#endif /* OSW_CONSOLE_STORY_H */

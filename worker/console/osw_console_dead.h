/*
 * osw_console_dead: the jobs that were given up, the newest first.
 */

#ifndef OSW_CONSOLE_DEAD_H
#define OSW_CONSOLE_DEAD_H

#include "worker/console/osw_console_page.h"


/* Asks each shard for its newest; behind the asks that are there. */
void osw_dead_ask(osw_page_t *p);

/* "dead" of the view. */
void osw_dead_finish(osw_page_t *p);

#endif /* OSW_CONSOLE_DEAD_H */

/*
 * osw_console_queue: the page of what waits in Redis, shard by shard, and what
 * is wrong, in words with what to do.
 */

#ifndef OSW_CONSOLE_QUEUE_H
#define OSW_CONSOLE_QUEUE_H

#include "worker/console/osw_console_page.h"


void osw_queue_page(osw_page_t *p);
void osw_queue_finish(osw_page_t *p);   /* the shards have answered */

/* Asks all shards what waits in them; before anything else is asked. */
void osw_queue_now(osw_page_t *p);

/*
 * What they answered: `member` of the view has what waits, of all together, and
 * "wrong" what is, in words. -1: Redis did not answer, which is wrong as well.
 */
int osw_queue_told(osw_page_t *p, const char *member);

#endif /* OSW_CONSOLE_QUEUE_H */

/*
 * osw_console_queue: the page of what waits in Redis, shard by shard, and what
 * is wrong, in words with what to do.
 */

#ifndef OSW_CONSOLE_QUEUE_H
#define OSW_CONSOLE_QUEUE_H

#include "worker/console/osw_console_page.h"


void osw_queue_page(osw_page_t *p);
void osw_queue_finish(osw_page_t *p);   /* the shards have answered */

#endif /* OSW_CONSOLE_QUEUE_H */

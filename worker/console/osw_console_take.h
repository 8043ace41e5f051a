/*
 * osw_console_take: from the shards' streams of facts into the database, batch
 * by batch; resumes where it was.
 */

#ifndef OSW_CONSOLE_TAKE_H
#define OSW_CONSOLE_TAKE_H

#include "worker/osw.h"
#include "worker/console/osw_console_base.h"


typedef struct osw_take_s  osw_take_t;

/*
 * Begins to read, and goes on until it is stopped; w's loop runs it. `idle`
 * (may be NULL) is called each time that all shards have nothing more. NULL
 * without memory. A database that cannot be written is logged, and tried again.
 */
osw_take_t *osw_take_start(osw_t *w, osw_base_t *base,
    void (*idle)(void *data), void *data);

/* Nothing more begins. Free it once Redis is closed and the loop has ended. */
void osw_take_stop(osw_take_t *t);
void osw_take_free(osw_take_t *t);

/* Facts taken since the start. */
uint64_t osw_take_count(const osw_take_t *t);

#endif /* OSW_CONSOLE_TAKE_H */

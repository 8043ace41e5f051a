/*
 * osw_console_gap: which facts never came: lost in Redis, or gone before the
 * console was there to read them.
 */

#ifndef OSW_CONSOLE_GAP_H
#define OSW_CONSOLE_GAP_H

#include "worker/console/osw_console_base.h"
#include "worker/osw.h"


/*
 * Asks all shards what they have lost, and notes in the database what has been
 * missed since the last look. Call it when all facts have been read; `done` is
 * called once, also where Redis does not answer: then nothing is noted, and the
 * next look has it.
 */
void osw_gap_look(osw_t *w, osw_base_t *base, void (*done)(void *data),
    void *data);

#endif /* OSW_CONSOLE_GAP_H */

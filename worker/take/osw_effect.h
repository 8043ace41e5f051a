/*
 * osw_effect: what an event of one order does in other shards: indexes, limits,
 * notices to other orders. All of it can be done twice, because a crash
 * between it and the commit does it twice.
 */

#ifndef OSW_EFFECT_H
#define OSW_EFFECT_H

#include "worker/osw.h"


/* `ok` is 0 when anything failed: then do it all again later. */
typedef void (*osw_effect_pt)(void *data, int ok);

/*
 * Carries out os_reduced_t's effects, each of which also has "store", and then
 * calls done: at once when there are none. `effects` is only read, and now.
 */
void osw_effect_run(osw_t *w, const json_t *effects, osw_effect_pt done,
    void *data);

#endif /* OSW_EFFECT_H */

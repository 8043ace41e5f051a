/*
 * osw_here: tells in Redis that this worker is here: with which release, and
 * with which campaigns. nginx does the same (docs/formats.md, here).
 */

#ifndef OSW_HERE_H
#define OSW_HERE_H

#include "worker/osw.h"


#define OSW_HERE_S  60          /* who was not heard of for so long is gone */

/* Says it, if 20 s have passed since it was said. */
void osw_here_tick(osw_t *w);

/* Leaves. */
void osw_here_end(osw_t *w);

#endif /* OSW_HERE_H */

/*
 * osw_console_sweep: words of buyers who were erased meanwhile are forgotten,
 * whether anybody looks at them or not.
 */

#ifndef OSW_CONSOLE_SWEEP_H
#define OSW_CONSOLE_SWEEP_H

#include "worker/console/osw_console_base.h"
#include "worker/osw.h"


typedef struct osw_sweep_s  osw_sweep_t;

/*
 * Goes over all orders of which there are words, in w's loop: now, and every
 * ten minutes. NULL without memory.
 */
osw_sweep_t *osw_sweep_start(osw_t *w, osw_base_t *base);

/* Nothing more begins. Free it once Redis is closed and the loop has ended. */
void osw_sweep_stop(osw_sweep_t *s);
void osw_sweep_free(osw_sweep_t *s);

#endif /* OSW_CONSOLE_SWEEP_H */

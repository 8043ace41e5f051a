/*
 * osw_console_web: the console's pages over HTTP, on the loopback address or a
 * unix socket, for an nginx in front that knows who may look.
 */

#ifndef OSW_CONSOLE_WEB_H
#define OSW_CONSOLE_WEB_H

#include "worker/console/osw_console_base.h"
#include "worker/console/osw_console_metrics.h"
#include "worker/osw.h"


typedef struct osw_web_s  osw_web_t;

/*
 * Listens where console.listen says, in w's loop. NULL with err, which is empty
 * where there is nothing to listen on: then no pages are wanted.
 */
osw_web_t *osw_web_start(osw_t *w, osw_base_t *base, os_error_t *err);

/* How far the program is. NULL is allowed. */
void osw_web_state(osw_web_t *web, const osw_console_state_t *state);

/* No more pages. Before Redis is closed; then run the loop. NULL is allowed. */
void osw_web_stop(osw_web_t *web);

/* After the loop has ended. NULL is allowed. */
void osw_web_free(osw_web_t *web);

#endif /* OSW_CONSOLE_WEB_H */

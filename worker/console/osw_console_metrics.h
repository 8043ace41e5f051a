/*
 * osw_console_metrics: what waits in Redis, for Prometheus' text format
 * (0.0.4). Any number of workers share that, so the console tells it, once.
 */

#ifndef OSW_CONSOLE_METRICS_H
#define OSW_CONSOLE_METRICS_H

#include "worker/console/osw_console_page.h"


/* What the program knows of itself. */
typedef struct {
    uint64_t  facts;        /* taken since the start */
    int       ready;        /* all that was there has been read */
} osw_console_state_t;

/* Asks each shard. */
void osw_metrics_ask(osw_page_t *p);

/* All of them, of what was answered, appended. */
void osw_metrics_write(osw_page_t *p, const osw_console_state_t *state,
    os_buf_t *out);

#endif /* OSW_CONSOLE_METRICS_H */

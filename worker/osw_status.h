/*
 * osw_status: what the worker does, as JSON over HTTP on the loopback address
 * that the configuration names.
 */

#ifndef OSW_STATUS_H
#define OSW_STATUS_H

#include "worker/osw.h"


int  osw_status_start(osw_t *w);
void osw_status_stop(osw_t *w);

#endif /* OSW_STATUS_H */

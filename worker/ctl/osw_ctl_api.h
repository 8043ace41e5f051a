/*
 * osw_ctl_api: check: does the store's API let us in?
 */

#ifndef OSW_CTL_API_H
#define OSW_CTL_API_H

#include "worker/osw.h"


/*
 * Asks it for an order that is none. A line with what it said and what to do,
 * and how many faults that is. With `live` somebody waits for the answer; else
 * an API that does not answer now is told of, and is no fault.
 */
int osw_check_api(const osw_store_t *store, int live);

#endif /* OSW_CTL_API_H */

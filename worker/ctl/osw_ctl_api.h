/*
 * osw_ctl_api: check: does the store's API let us in?
 */

#ifndef OSW_CTL_API_H
#define OSW_CTL_API_H

#include "worker/osw.h"
#include "worker/osw_http.h"


/*
 * Asks it for an order that is none. A line with what it said and what to do,
 * and how many faults that is. With `live` somebody waits for the answer; else
 * an API that does not answer now is told of, and is no fault.
 */
int osw_check_api(const osw_store_t *store, int live);

/*
 * One call of a campaign over a view, with headers and key, waited for: the
 * answer's body is the caller's. -1 with err: it cannot be expanded.
 */
int osw_check_api_call(const osw_store_t *store, const json_t *call,
    json_t *view, int64_t timeout_ms, osw_asked_t *asked, os_error_t *err);

#endif /* OSW_CTL_API_H */

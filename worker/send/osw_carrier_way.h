/*
 * osw_carrier_way: what a tracking service is asked, as its source says it.
 */

#ifndef OSW_CARRIER_WAY_H
#define OSW_CARRIER_WAY_H

#include "core/campaign/os_action.h"
#include "worker/osw_config.h"


/*
 * The request of a call, "register" or "read", over what os_follow_view() has;
 * "key:" is appended to `basic` where the key goes with it by Basic
 * authentication. The caller frees both. -1 with err, and nothing to free.
 */
int osw_carrier_way(const osw_carrier_conf_t *c, const char *call,
    json_t *view, os_request_t *request, os_buf_t *basic, os_error_t *err);

#endif /* OSW_CARRIER_WAY_H */

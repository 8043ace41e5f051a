/*
 * osw_ctl_reach: check: a service that was asked and gave no answer of use.
 */

#ifndef OSW_CTL_REACH_H
#define OSW_CTL_REACH_H

#include "worker/osw_http.h"


/*
 * What to do where no answer came, or one of whatever stands before the service
 * (a redirect, an error of 5xx, too many requests): appended to `out`. `where`
 * is the member of the configuration that names the service. 0 when the service
 * itself has answered, and nothing is appended.
 */
int osw_reach_mend(const osw_asked_t *asked, const char *where,
    os_buf_t *out);

#endif /* OSW_CTL_REACH_H */

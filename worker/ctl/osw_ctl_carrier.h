/*
 * osw_ctl_carrier: check --live: does the tracking service take our key?
 */

#ifndef OSW_CTL_CARRIER_H
#define OSW_CTL_CARRIER_H

#include "worker/ctl/osw_ctl.h"


/*
 * Asks the service that follows a store's parcels about a number that is
 * nobody's, which registers nothing. A line with what to do; how many faults.
 */
int osw_check_carrier(const osw_store_t *store);

#endif /* OSW_CTL_CARRIER_H */

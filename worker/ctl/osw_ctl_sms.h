/*
 * osw_ctl_sms: check --live: does the SMS service take us?
 */

#ifndef OSW_CTL_SMS_H
#define OSW_CTL_SMS_H

#include "worker/ctl/osw_ctl.h"


/*
 * Asks a store's SMS service, by a request that sends nothing; with --sms-to
 * sends one SMS there. A line each, with what to do; how many faults.
 */
int osw_check_sms(osw_ctl_t *ctl, const osw_store_t *store);

#endif /* OSW_CTL_SMS_H */

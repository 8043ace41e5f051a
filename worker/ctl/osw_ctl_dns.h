/*
 * osw_ctl_dns: check --live: what DNS says of a sender's domain.
 */

#ifndef OSW_CTL_DNS_H
#define OSW_CTL_DNS_H

#include "worker/ctl/osw_ctl.h"


/*
 * SPF and DMARC (RFC 7208, 7489) of a store's mail.from, and, where --dkim or
 * the mail server's "dkim" names the selector, the key of DKIM (RFC 6376).
 * Where DNS does not answer that is said, and is no fault. How many faults: a
 * key that was named and is not there.
 */
int osw_check_dns(const osw_ctl_t *ctl, const osw_store_t *store);

#endif /* OSW_CTL_DNS_H */

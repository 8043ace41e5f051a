/*
 * osw_ctl_weekly: the last seven days as a mail to the shop.
 */

#ifndef OSW_CTL_WEEKLY_H
#define OSW_CTL_WEEKLY_H

#include "worker/ctl/osw_ctl_base.h"


/*
 * Words it and sends it to mail.support of the store's campaign; with --output
 * it is written there as it would be sent. An exit status.
 */
int osw_ctl_weekly(osw_ctl_t *ctl, osw_base_t *base);

#endif /* OSW_CTL_WEEKLY_H */

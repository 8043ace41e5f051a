/*
 * osw_ctl_live: check --live: not what files say, but what runs.
 */

#ifndef OSW_CTL_LIVE_H
#define OSW_CTL_LIVE_H

#include "worker/ctl/osw_ctl.h"


/*
 * Redis' clock, nginx and the workers with their releases and campaigns, and
 * for each store its mail server, by a mail to support, and what DNS says of
 * the sender's domain. Each a line, with what to do where it fails; the number
 * of faults.
 */
int osw_check_live(osw_ctl_t *ctl);

#endif /* OSW_CTL_LIVE_H */

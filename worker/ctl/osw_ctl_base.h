/*
 * osw_ctl_base: the console's database, for the commands that answer from it.
 */

#ifndef OSW_CTL_BASE_H
#define OSW_CTL_BASE_H

#include "worker/console/osw_console_base.h"
#include "worker/ctl/osw_ctl.h"


/*
 * Opens it for reading, as the configuration names it, and says from when on
 * --since asks (epoch s; `usual` seconds ago without). NULL after a message,
 * with the exit status in `rc`.
 */
osw_base_t *osw_ctl_base(osw_ctl_t *ctl, int64_t usual, int64_t *since,
    int *rc);

#endif /* OSW_CTL_BASE_H */

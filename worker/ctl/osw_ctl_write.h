/*
 * osw_ctl_write: check --live --write: may the key write?
 */

#ifndef OSW_CTL_WRITE_H
#define OSW_CTL_WRITE_H

#include "worker/ctl/osw_ctl.h"


/*
 * Writes a private note on the order that --write names, by the campaign's
 * action `note`, and reads it back. A line each, with what to do; how many
 * faults. Nothing is written without --write.
 */
int osw_check_write(osw_ctl_t *ctl);

#endif /* OSW_CTL_WRITE_H */

/*
 * osw_ctl_ingest: check --live: does a webhook arrive at a worker?
 */

#ifndef OSW_CTL_INGEST_H
#define OSW_CTL_INGEST_H

#include "worker/ctl/osw_ctl.h"


/*
 * Posts a webhook that is nothing but a test to each location that takes some
 * in, signed with its secret, and waits until a worker has taken it. `here` is
 * what nginx and workers tell (docs/formats.md, here): which locations there
 * are. A line each, with what to do; how many faults.
 */
int osw_check_ingests(osw_ctl_t *ctl, json_t *here);

#endif /* OSW_CTL_INGEST_H */

/*
 * osw_quota: acknowledgements go to whatever address was typed, and codes to
 * whatever number. So few go to one in a day, and so few for one visitor, that
 * nobody is troubled by them; of the shop's monthly evidence one mail goes out.
 */

#ifndef OSW_QUOTA_H
#define OSW_QUOTA_H

#include "worker/osw.h"


/* Is this job one of those? */
int osw_quota_is(const osw_job_t *job);

/* Is it a code, or a link, that proves a number or an address? */
int osw_quota_proves(const osw_job_t *job);

/* Delivers it, or finishes it: there were enough. */
void osw_quota_pass(osw_job_t *job);

#endif /* OSW_QUOTA_H */

/*
 * osw_provider: a breaker and a token bucket for each provider (a mail server,
 * an SMS service, a store's API), shared by all jobs that go there.
 *
 * After 5 failures in a row the breaker opens for 1 s, doubled up to 60 s with
 * every failure after it; while it is open one job a period tries.
 */

#ifndef OSW_PROVIDER_H
#define OSW_PROVIDER_H

#include "osw.h"


/*
 * May a job go to this provider now? 0, and it counts as gone; else how many
 * ms to wait. `per_second` 0 means no limit of rate.
 */
int64_t osw_provider_wait(osw_t *w, const char *name, double per_second);

/* How it went. A refusal of one message is no failure of the provider. */
void osw_provider_told(osw_t *w, const char *name, int ok);

/* Breakers that are open now. */
unsigned osw_provider_open(const osw_t *w);

void osw_provider_free(osw_t *w);

#endif /* OSW_PROVIDER_H */

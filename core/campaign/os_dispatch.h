/*
 * os_dispatch: when a shop's parcels leave. "dispatch" in the campaign says
 * until when an order is to be in to leave on that day, and on which days of
 * the week; all by the shop's wall clock (os_campaign_offset()). Pure.
 */

#ifndef OS_DISPATCH_H
#define OS_DISPATCH_H

#include "core/campaign/os_campaign.h"


/* An order that was promised to leave today may be confirmed so much later. */
#define OS_DISPATCH_GRACE  600      /* s */

/* A day of the shop's, in days since 1970-01-01. */
int64_t os_dispatch_today(const os_campaign_t *c, int64_t now);

/*
 * Until when an order still leaves today, in epoch seconds. 0: none does any
 * more, or none leaves today, or the campaign does not say.
 */
int64_t os_dispatch_until(const os_campaign_t *c, int64_t now);

/* The n-th day after `day` on which parcels move; n is at least 1. */
int64_t os_dispatch_after(const os_campaign_t *c, int64_t day, int64_t n);

#endif /* OS_DISPATCH_H */

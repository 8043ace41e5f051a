/*
 * os_share: the files beside a campaign that module and worker read: locales,
 * templates, sources. Both look at all of them by this, so that `nginx -t` and
 * `ordersavectl check` refuse the same at the same place.
 */

#ifndef OS_SHARE_H
#define OS_SHARE_H

#include "core/campaign/os_campaign.h"


/*
 * 0 when every locale of the campaign can be read, every template that is there
 * compiles in each of them, each page has one, and every source is one. -1 with
 * err, which names the first that is not, with line and column.
 */
int os_share_check(const os_campaign_t *c, const char *share, os_error_t *err);

#endif /* OS_SHARE_H */

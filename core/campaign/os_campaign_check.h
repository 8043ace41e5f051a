/*
 * os_campaign_check: what the schema cannot say of a campaign's texts: that
 * amounts fit their currencies, that addresses are such, that the store's API
 * can be spoken to as it says.
 */

#ifndef OS_CAMPAIGN_CHECK_H
#define OS_CAMPAIGN_CHECK_H

#include "core/base/os_json.h"


/*
 * The campaign is as its schema wants it. 0, or -1 at the first fault: `where`
 * gets its JSON pointer, err what was expected there.
 */
int os_campaign_check(const json_t *campaign, os_buf_t *where,
    os_error_t *err);

#endif /* OS_CAMPAIGN_CHECK_H */

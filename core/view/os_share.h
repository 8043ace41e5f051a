/*
 * os_share: the files beside a campaign that module and worker read: locales,
 * templates, sources. Both look at all of them by this, so that `nginx -t` and
 * `ordersavectl check` refuse the same at the same place.
 */

#ifndef OS_SHARE_H
#define OS_SHARE_H

#include "core/campaign/os_campaign.h"


/* `keys`: the texts of a locale that English has to speak for. */
typedef void (*os_share_told_pt)(void *data, os_str_t tag,
    const json_t *keys);

/*
 * 0 when every locale of the campaign can be read, every template that is there
 * compiles in each of them, each page has one, and every source is one. -1 with
 * err, which names the first that is not, with line and column. What a locale
 * lacks is no fault: `told` hears of it, once for each of them. `read`, an
 * object, keeps what was read for the campaigns that are looked at next.
 */
int os_share_check(const os_campaign_t *c, json_t *read, os_share_told_pt told,
    void *data, os_error_t *err);

/*
 * The same as a sentence, appended: "locale "fr" lacks 3 texts, which will be
 * English: a, b, c".
 */
void os_share_lacks(os_str_t tag, const json_t *keys, os_buf_t *out);

#endif /* OS_SHARE_H */

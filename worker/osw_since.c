/*
 * osw_since: see osw_since.h.
 */

#include <time.h>

#include "worker/osw_since.h"
#include "worker/osw_zone.h"


static void
osw_since_moment(json_t *view, const char *name, const char *format,
    int64_t since)
{
    char       text[32];
    time_t     at = (time_t) since;
    struct tm  tm;

    (void) strftime(text, sizeof(text), format, gmtime_r(&at, &tm));
    os_json_set_str(view, name, os_str(text));
}


json_t *
osw_since_view(const osw_store_t *store, int64_t since, int64_t page)
{
    json_t  *view = json_object();

    osw_since_moment(view, "since", "%Y-%m-%dT%H:%M:%S", since);
    osw_since_moment(view, "since_shop", "%Y-%m-%d %H:%M:%S",
                     osw_zone_shop(os_json_str(store->campaign->json,
                                               "country"),
                                   os_campaign_offset(store->campaign),
                                   since));
    os_json_set_int(view, "since_epoch", since);
    os_json_set_int(view, "page", page);

    return view;
}

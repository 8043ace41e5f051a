/*
 * osw_quiet: see osw_quiet.h. ICU knows the zones and which country has which.
 */

#include <string.h>

#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/ustring.h>

#include "core/base/os_time.h"
#include "worker/osw_quiet.h"


#define OSW_QUIET_STEP   (15 * 60 * 1000)       /* ms */
#define OSW_QUIET_STEPS  (10 * 24 * 4)          /* ten days of them */
#define OSW_QUIET_ZONES  48
#define OSW_QUIET_DAY    86400


/* Does the wall clock of this offset allow it? */
static int
osw_quiet_clock(const osw_hours_t *hours, int64_t local_ms)
{
    int      minute;
    int64_t  days;

    days = local_ms / (OSW_QUIET_DAY * 1000LL);
    minute = (int) (local_ms / 60000 % (24 * 60));

    if (hours->from != hours->until
        && (hours->from < hours->until
            ? minute < hours->from || minute >= hours->until
            : minute < hours->from && minute >= hours->until))
    {
        return 0;
    }

    /* the first of January 1970 was a Thursday */

    return !(hours->no_sundays && (days + 4) % 7 == 0)
           && !os_holiday(hours->holidays, days);
}


/* The zones that count; 0 when nothing is known of any. */
static int
osw_quiet_open(const char *zone, const char *country,
    UCalendar *open[OSW_QUIET_ZONES])
{
    int              n;
    UChar            name[128];
    UErrorCode       status;
    const UChar     *id;
    UEnumeration    *all;
    const char      *given;

    n = 0;
    status = U_ZERO_ERROR;

    if (zone && *zone && strlen(zone) < 100) {
        u_charsToUChars(zone, name, (int32_t) strlen(zone) + 1);
        (void) ucal_getCanonicalTimeZoneID(name, -1, name, 128, NULL, &status);

        if (U_SUCCESS(status)) {
            u_charsToUChars(zone, name, (int32_t) strlen(zone) + 1);
            open[0] = ucal_open(name, -1, "en", UCAL_GREGORIAN, &status);
            return U_SUCCESS(status);
        }

        status = U_ZERO_ERROR;
    }

    given = country && strlen(country) == 2 ? country : NULL;
    all = given ? ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_ANY, given,
                                                 NULL, &status)
                : NULL;

    while (all && n < OSW_QUIET_ZONES
           && (id = uenum_unext(all, NULL, &status)) != NULL)
    {
        open[n] = ucal_open(id, -1, "en", UCAL_GREGORIAN, &status);
        n += U_SUCCESS(status) && open[n] != NULL;
    }

    uenum_close(all);

    return n;
}


static int
osw_quiet_allows(UCalendar *const *open, int n, int64_t offset_s,
    const osw_hours_t *hours, int64_t at_ms)
{
    int          i;
    int64_t      local;
    UErrorCode   status;

    if (n == 0) {
        return osw_quiet_clock(hours, at_ms + offset_s * 1000);
    }

    for (i = 0; i < n; i++) {
        status = U_ZERO_ERROR;
        ucal_setMillis(open[i], (UDate) at_ms, &status);
        local = at_ms + ucal_get(open[i], UCAL_ZONE_OFFSET, &status)
                + ucal_get(open[i], UCAL_DST_OFFSET, &status);

        if (U_SUCCESS(status) && !osw_quiet_clock(hours, local)) {
            return 0;
        }
    }

    return 1;
}


int64_t
osw_quiet_until(const char *zone, const char *country, int64_t offset_s,
    const osw_hours_t *hours, int64_t now_ms)
{
    int         i, n;
    int64_t     at;
    UCalendar  *open[OSW_QUIET_ZONES];

    n = osw_quiet_open(zone, country, open);
    at = now_ms;

    for (i = 0; i < OSW_QUIET_STEPS
                && !osw_quiet_allows(open, n, offset_s, hours, at); i++)
    {
        at = (at / OSW_QUIET_STEP + 1) * OSW_QUIET_STEP;
    }

    for (i = 0; i < n; i++) {
        ucal_close(open[i]);
    }

    return at;
}

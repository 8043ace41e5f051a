/*
 * worker/console/osw_console_days: the day of each quarter of an hour is that
 * of the C library's own zones, in zones whose clocks are put on at midnight,
 * by half an hour, or over a whole day; and each day begins where it says.
 */

#include <stdlib.h>
#include <time.h>

#include "core/base/os_time.h"
#include "worker/console/osw_console_days.h"
#include "tap.h"


static int64_t
libc_day(int64_t at)
{
    time_t     t = (time_t) at;
    struct tm  tm;

    (void) localtime_r(&t, &tm);

    return os_days_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}


static void
one(const char *zone, int64_t from, int64_t until)
{
    int         wrong = 0, starts = 0, days = 0;
    int64_t     at, day, last = INT64_MIN, start;
    osw_days_t  d;

    (void) setenv("TZ", zone, 1);
    tzset();
    osw_days_init(&d, os_str(zone), 0);

    for (at = from; at < until; at += 900) {
        day = osw_days_of(&d, at);
        wrong += day != libc_day(at);

        if (day == last) {
            continue;
        }

        days++;
        last = day;
        start = osw_days_start(&d, day);
        starts += libc_day(start) != day || libc_day(start - 1) >= day;
    }

    ok(wrong == 0, "%s: %d days, %d moments wrong", zone, days, wrong);
    ok(starts == 0, "%s: %d of them begin elsewhere", zone, starts);
}


int
main(void)
{
    osw_days_t  d;

    one("Europe/Berlin", 1767225600, 1798761600);       /* 2026 */
    one("Asia/Seoul", 1767225600, 1798761600);
    one("America/New_York", 1767225600, 1798761600);
    one("Australia/Lord_Howe", 1767225600, 1798761600); /* half an hour */
    one("Asia/Kathmandu", 1767225600, 1798761600);      /* +05:45 */
    one("America/Sao_Paulo", 1483228800, 1546300800);   /* at midnight */
    one("Asia/Beirut", 1577836800, 1640995200);
    one("America/Havana", 1704067200, 1767225600);      /* on at midnight */
    one("Africa/Casablanca", 1767225600, 1798761600);
    one("Pacific/Apia", 1320000000, 1330000000);        /* without Dec 30 */

    osw_days_init(&d, OS_STR("Nowhere/AtAll"), 3600);
    ok(osw_days_of(&d, -3601) == -1 && osw_days_of(&d, -3600) == 0,
       "a zone that is none: the offset, also before 1970");
    ok(osw_days_start(&d, 20000) == 20000 * INT64_C(86400) - 3600,
       "whose days begin by it");

    return done();
}

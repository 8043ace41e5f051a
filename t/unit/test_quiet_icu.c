/*
 * Hours at which nobody is disturbed, by the recipient's own clock.
 */

#include <string.h>

#include "core/base/os_str.h"
#include "core/base/os_time.h"
#include "worker/osw_quiet.h"
#include "tap.h"


static const osw_hours_t  day = { 8 * 60, 21 * 60, 0, NULL };
static osw_hours_t  france = { 8 * 60, 22 * 60, 1, NULL };
static const osw_hours_t  night = { 20 * 60, 4 * 60, 0, NULL };
static const osw_hours_t  any = { 0, 0, 0, NULL };


/* zone, country, hours; now and when it may be sent, in UTC */
static const struct {
    const char         *zone;
    const char         *country;
    const osw_hours_t  *hours;
    const char         *now;
    const char         *until;
    const char         *what;
} cases[] = {
    { "Asia/Seoul", NULL, &day, "2026-11-21T03:00", "2026-11-21T03:00",
      "noon in Seoul: now" },
    { "Asia/Seoul", NULL, &day, "2026-11-21T12:30", "2026-11-21T23:00",
      "half past nine in the evening there: at eight" },
    { "Asia/Seoul", NULL, &day, "2026-11-21T12:00", "2026-11-21T23:00",
      "nine sharp is late" },
    { "Asia/Seoul", NULL, &day, "2026-11-21T23:00", "2026-11-21T23:00",
      "eight sharp is not early" },
    { "Asia/Kolkata", NULL, &day, "2026-11-21T02:00", "2026-11-21T02:30",
      "half hours: Kolkata at eight" },
    { "Europe/Berlin", NULL, &day, "2026-03-29T05:30", "2026-03-29T06:00",
      "the day the clocks go on: eight of the new time" },
    { "America/New_York", NULL, &day, "2026-11-01T12:00", "2026-11-01T13:00",
      "the day they go back" },
    { NULL, "KR", &day, "2026-11-21T12:30", "2026-11-21T23:00",
      "the country alone, with one zone" },
    { NULL, "US", &day, "2026-06-10T13:00", "2026-06-10T18:00",
      "all of the United States: until Honolulu is up" },
    { NULL, "US", &day, "2026-06-10T18:30", "2026-06-10T18:30",
      "when all are up: now" },
    { NULL, "ID", &day, "2026-11-21T00:30", "2026-11-21T01:00",
      "Indonesia's three zones agree at eight of Jakarta" },
    { "America/New_York", "US", &day, "2026-06-10T13:00", "2026-06-10T13:00",
      "a zone that is known goes before the country" },
    { "Nowhere/City", "KR", &day, "2026-11-21T12:30", "2026-11-21T23:00",
      "one that is none does not" },
    { NULL, NULL, &day, "2026-11-21T22:00", "2026-11-22T08:00",
      "nothing known: the shop's own clock" },
    { "Europe/Paris", "FR", &france, "2026-11-20T20:30", "2026-11-20T20:30",
      "half past nine in Paris: still" },
    { "Europe/Paris", "FR", &france, "2026-11-21T21:30", "2026-11-23T07:00",
      "Saturday night waits over Sunday" },
    { "Europe/Paris", "FR", &france, "2026-04-04T20:30", "2026-04-07T06:00",
      "and over Easter Monday" },
    { "Europe/Paris", "FR", &france, "2026-07-14T10:00", "2026-07-15T06:00",
      "and the national day" },
    { NULL, NULL, &night, "2026-11-21T23:00", "2026-11-21T23:00",
      "hours over midnight: within" },
    { NULL, NULL, &night, "2026-11-21T05:00", "2026-11-21T20:00",
      "and without" },
    { NULL, NULL, &any, "2026-11-21T05:00", "2026-11-21T05:00",
      "no quiet hours at all" },
};


static int64_t
ms(const char *text)
{
    int64_t  at;

    if (os_time_parse(os_str(text), &at) != 0) {
        return -1;
    }

    return at * 1000;
}


static void
waits(size_t i)
{
    int64_t  got, want;

    want = ms(cases[i].until);
    got = osw_quiet_until(cases[i].zone, cases[i].country, 0, cases[i].hours,
                          ms(cases[i].now));

    if (!ok(got == want, "%s", cases[i].what)) {
        diag("%lld, not %lld", (long long) got / 1000, (long long) want / 1000);
    }
}


int
main(void)
{
    size_t       i;
    json_t      *pack;
    os_error_t   err;

    pack = os_json_file("campaign/countries/FR.json", &err);
    france.holidays = json_object_get(json_object_get(pack, "rules"),
                                      "holidays");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        waits(i);
    }

    ok(osw_quiet_until(NULL, NULL, 9 * 3600, &day, ms("2026-11-21T12:30"))
       == ms("2026-11-21T23:00"), "the shop's own clock may be elsewhere");

    json_decref(pack);

    return done();
}

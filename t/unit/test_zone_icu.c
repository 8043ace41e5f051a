/*
 * worker/osw_zone: what clocks show where an order goes.
 */

#include "core/base/os_time.h"
#include "worker/osw_zone.h"
#include "tap.h"


static const struct {
    const char  *zone;
    const char  *country;
    const char  *wall;
    int          other;         /* hours east of Greenwich, of the shop */
    double       hours;
} walls[] = {
    { "Asia/Seoul", NULL, "2026-11-28T02:41:00", 1, 9 },
    { "Asia/Seoul", "DE", "2026-11-28T02:41:00", 1, 9 },
    { NULL, "KR", "2026-11-28T02:41:00", 1, 9 },
    { NULL, "IN", "2026-11-28T02:41:00", 1, 5.5 },
    { NULL, "DE", "2026-07-01T12:00:00", 0, 2 },
    { NULL, "DE", "2026-12-01T12:00:00", 0, 1 },
    { NULL, "DE", "2026-03-29T01:59:59", 0, 1 },
    { NULL, "DE", "2026-03-29T03:00:00", 0, 2 },
    { NULL, "US", "2026-12-01T12:00:00", -5, -5 },
    { NULL, "US", "2026-12-01T12:00:00", -8, -8 },
    { NULL, "ZZ", "2026-12-01T12:00:00", 7, 7 },
    { NULL, NULL, "2026-12-01T12:00:00", 7, 7 },
    { "Not/AZone", "KR", "2026-12-01T12:00:00", 7, 9 },
    { "\xc3\xa9", NULL, "2026-12-01T12:00:00", 7, 7 },
};


int
main(void)
{
    size_t   i;
    json_t  *order, *parcel;
    int64_t  wall;

    for (i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
        (void) os_time_parse(os_str(walls[i].wall), &wall);
        ok(osw_zone_offset(os_str(walls[i].zone), os_str(walls[i].country),
                           wall, walls[i].other * 3600)
           == (int64_t) (walls[i].hours * 3600), "%s %s %s",
           walls[i].zone ? walls[i].zone : "-",
           walls[i].country ? walls[i].country : "-", walls[i].wall);
    }

    order = json_pack("{s:s}", "country", "KR");
    parcel = json_pack("{s:s, s:[{s:s},{s:s},{s:i}]}", "at",
                       "2026-11-28T09:00:00", "events",
                       "at", "2026-11-28T09:00:00[Europe/Berlin]",
                       "at", "2026-11-28T09:00:00", "at", 7);
    osw_zone_settle(order, 0, parcel);
    is_int(os_json_int(parcel, "at", 0), 1795824000, "where it goes");
    is_int(os_json_int(json_array_get(json_object_get(parcel, "events"), 0),
                       "at", 0), 1795852800, "where it was");
    json_decref(order);
    json_decref(parcel);

    return done();
}

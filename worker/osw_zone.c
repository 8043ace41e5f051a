/*
 * osw_zone: see osw_zone.h.
 */

#include <stdlib.h>

#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/ustring.h>

#include "core/order/os_wall.h"
#include "worker/osw_zone.h"


#define OSW_ZONES      64       /* of one country */
#define OSW_ZONE_NAME  64


/* 0 when ICU knows the zone and the wall's time in it. */
static int
osw_zone_ask(const UChar *id, int64_t wall, int64_t *offset)
{
    int32_t      raw, dst;
    UCalendar   *calendar;
    UErrorCode   status = U_ZERO_ERROR;

    calendar = ucal_open(id, -1, "en", UCAL_GREGORIAN, &status);

    if (U_FAILURE(status)) {
        return -1;
    }

    ucal_setMillis(calendar, (UDate) wall * 1000, &status);
    ucal_getTimeZoneOffsetFromLocal(calendar, UCAL_TZ_LOCAL_FORMER,
                                    UCAL_TZ_LOCAL_FORMER, &raw, &dst, &status);
    ucal_close(calendar);
    *offset = ((int64_t) raw + dst) / 1000;

    return U_SUCCESS(status) ? 0 : -1;
}


/* The name as ICU has it, if it is one; `id` has room for OSW_ZONE_NAME. */
static int
osw_zone_name(os_str_t zone, UChar *id)
{
    char         name[OSW_ZONE_NAME];
    UChar        canonical[OSW_ZONE_NAME * 2];
    UErrorCode   status = U_ZERO_ERROR;

    if (zone.len == 0 || zone.len >= sizeof(name)) {
        return -1;
    }

    memcpy(name, zone.data, zone.len);
    name[zone.len] = '\0';
    u_charsToUChars(name, id, (int32_t) zone.len + 1);
    (void) ucal_getCanonicalTimeZoneID(id, -1, canonical, OSW_ZONE_NAME * 2,
                                       NULL, &status);

    return U_SUCCESS(status) ? 0 : -1;
}


static int
osw_zone_named(os_str_t zone, int64_t wall, int64_t *offset)
{
    UChar  id[OSW_ZONE_NAME];

    return osw_zone_name(zone, id) == 0 ? osw_zone_ask(id, wall, offset) : -1;
}


static int64_t
osw_zone_change(UCalendar *calendar, UTimeZoneTransitionType which,
    int64_t other)
{
    UDate        date;
    UErrorCode   status = U_ZERO_ERROR;

    return ucal_getTimeZoneTransitionDate(calendar, which, &date, &status)
           && U_SUCCESS(status) ? (int64_t) (date / 1000) : other;
}


int
osw_zone_at(os_str_t zone, int64_t at, int64_t *offset, int64_t *from,
    int64_t *until)
{
    UChar        id[OSW_ZONE_NAME];
    UCalendar   *calendar;
    UErrorCode   status = U_ZERO_ERROR;

    calendar = osw_zone_name(zone, id) == 0
               ? ucal_open(id, -1, "en", UCAL_GREGORIAN, &status) : NULL;

    if (calendar == NULL || U_FAILURE(status)) {
        return -1;
    }

    ucal_setMillis(calendar, (UDate) at * 1000, &status);
    *offset = ((int64_t) ucal_get(calendar, UCAL_ZONE_OFFSET, &status)
               + ucal_get(calendar, UCAL_DST_OFFSET, &status)) / 1000;
    *from = osw_zone_change(calendar, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE,
                            INT64_C(-0x3fffffffffff));
    *until = osw_zone_change(calendar, UCAL_TZ_TRANSITION_NEXT,
                             INT64_C(0x3fffffffffff));
    ucal_close(calendar);

    return U_SUCCESS(status) ? 0 : -1;
}


static int
osw_zone_compare(const void *a, const void *b)
{
    int64_t  x = *(const int64_t *) a, y = *(const int64_t *) b;

    return x < y ? -1 : x > y;
}


static int64_t
osw_zone_country(os_str_t country, int64_t wall, int64_t other)
{
    int            n = 0;
    char           code[3];
    int64_t        offsets[OSW_ZONES];
    UErrorCode     status = U_ZERO_ERROR;
    const UChar   *id;
    UEnumeration  *all;

    if (country.len != 2) {
        return other;
    }

    memcpy(code, country.data, 2);
    code[2] = '\0';
    all = ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION,
                                         code, NULL, &status);

    while (U_SUCCESS(status) && n < OSW_ZONES
           && (id = uenum_unext(all, NULL, &status)) != NULL)
    {
        if (osw_zone_ask(id, wall, &offsets[n]) != 0) {
            continue;
        }

        if (offsets[n] == other) {
            n = 0;
            break;
        }

        n++;
    }

    uenum_close(all);
    qsort(offsets, (size_t) n, sizeof(offsets[0]), osw_zone_compare);

    return n ? offsets[n / 2] : other;
}


int64_t
osw_zone_offset(os_str_t zone, os_str_t country, int64_t wall, int64_t other)
{
    int64_t  offset;

    return osw_zone_named(zone, wall, &offset) == 0
           ? offset : osw_zone_country(country, wall, other);
}


typedef struct {
    const json_t  *order;
    int64_t        other;
} osw_zone_t;


/* The place of the event says it, else where the order goes, else the shop. */
static int64_t
osw_zone_of(void *data, int64_t wall, os_str_t zone)
{
    int64_t      offset;
    osw_zone_t  *z = data;

    return osw_zone_named(zone, wall, &offset) == 0
           ? offset
           : osw_zone_offset(os_json_str(z->order, "zone"),
                             os_json_str(z->order, "country"), wall, z->other);
}


void
osw_zone_settle(const json_t *order, int64_t other, json_t *parcel)
{
    osw_zone_t  z = { order, other };

    if (os_wall_open(parcel)) {
        os_wall_settle(parcel, osw_zone_of, &z);
    }
}


typedef struct {
    os_str_t  country;
    int64_t   other;
} osw_zone_shop_t;


static int64_t
osw_zone_of_shop(void *data, int64_t wall, os_str_t zone)
{
    osw_zone_shop_t  *shop = data;

    return osw_zone_offset(zone, shop->country, wall, shop->other);
}


void
osw_zone_settle_order(os_str_t country, int64_t other, json_t *order)
{
    osw_zone_shop_t  shop = { country, other };

    os_wall_settle_order(order, osw_zone_of_shop, &shop);
}


int64_t
osw_zone_shop(os_str_t country, int64_t other, int64_t at)
{
    int64_t  one, next;

    one = osw_zone_country(country, at + other, other);
    next = osw_zone_country(country, at + other + 3600, other);

    return at + (one < next ? one : next);
}

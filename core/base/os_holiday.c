/*
 * os_holiday: see os_holiday.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_holiday.h"
#include "core/base/os_time.h"


#define OS_HOLIDAYS  64                 /* of a year; no country has more */


typedef struct {
    size_t   n;
    int64_t  day[OS_HOLIDAYS];
} os_holidays_t;


/*
 * Gregorian: the algorithm of Meeus, Jones and Butcher. Julian: that of Meeus,
 * 13 days later in the years 1900 to 2099.
 */
int64_t
os_easter(int64_t year, int orthodox)
{
    int64_t  a, b, c, d, e, f, g, h, i, k, l, m, n;

    if (orthodox) {
        d = (19 * (year % 19) + 15) % 30;
        e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
        n = d + e + 114;

        return os_days_from_civil(year, (int) (n / 31), (int) (n % 31) + 1)
               + 13;
    }

    a = year % 19;
    b = year / 100;
    c = year % 100;
    d = b / 4;
    e = b % 4;
    f = (b + 8) / 25;
    g = (b - f + 1) / 3;
    h = (19 * a + b - d - g + 15) % 30;
    i = c / 4;
    k = c % 4;
    l = (32 + 2 * e + 2 * i - h - k) % 7;
    m = (a + 11 * h + 22 * l) / 451;
    n = h + l - 7 * m + 114;

    return os_days_from_civil(year, (int) (n / 31), (int) (n % 31) + 1);
}


/* 0 is Sunday: 1970-01-01 was a Thursday. */
static int
os_holiday_weekday(int64_t day)
{
    return (int) (((day + 4) % 7 + 7) % 7);
}


static int
os_holiday_in(const os_holidays_t *all, int64_t day)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->day[i] == day) {
            return 1;
        }
    }

    return 0;
}


static void
os_holiday_add(os_holidays_t *all, int64_t day)
{
    if (all->n < OS_HOLIDAYS) {
        all->day[all->n++] = day;
    }
}


/* "12-25" of a year; a text of another shape is none: the schema saw it. */
static int64_t
os_holiday_date(int64_t year, const json_t *text)
{
    const char  *at = json_string_value(text);

    return at && strlen(at) == 5
           ? os_days_from_civil(year, atoi(at), atoi(at + 3)) : INT64_MIN;
}


static void
os_holiday_easter(os_holidays_t *all, const json_t *offsets, int64_t easter)
{
    size_t   i;
    json_t  *offset;

    json_array_foreach(offsets, i, offset) {
        os_holiday_add(all, easter + json_integer_value(offset));
    }
}


/* The first such day of the week on or after a date. */
static void
os_holiday_weekdays(os_holidays_t *all, const json_t *rules, int64_t year)
{
    int        is;
    size_t     i;
    json_t    *rule;
    int64_t    day;
    os_str_t   name;

    static const char  names[] = "sunmontuewedthufrisat";

    json_array_foreach(rules, i, rule) {
        name = os_json_str(rule, "is");
        day = os_holiday_date(year, json_object_get(rule, "on_or_after"));

        for (is = 0; is < 7 && name.len == 3
                     && memcmp(names + 3 * is, name.data, 3) != 0; is++) { }

        if (is < 7 && name.len == 3) {
            os_holiday_add(all, day + (is - os_holiday_weekday(day) + 7) % 7);
        }
    }
}


/* Those that fall on a weekend are moved, as the country does it. */
static void
os_holiday_move(os_holidays_t *all, const json_t *rule, int64_t year)
{
    int            sunday, weekday;
    size_t         i;
    json_t        *one;
    int64_t        day;
    os_str_t       weekend = os_json_str(rule, "weekend");
    const json_t  *moves = json_object_get(rule, "moves");

    sunday = os_str_equal(weekend, OS_STR("sunday"));
    moves = moves ? moves : json_object_get(rule, "fixed");

    json_array_foreach(moves, i, one) {
        day = os_holiday_date(year, one);
        weekday = os_holiday_weekday(day);

        if (weekend.len == 0 || (weekday != 0 && (weekday != 6 || sunday))) {
            continue;
        }

        if (os_str_equal(weekend, OS_STR("nearest"))) {
            os_holiday_add(all, weekday ? day - 1 : day + 1);
            continue;
        }

        do {
            day++;
            weekday = os_holiday_weekday(day);
        } while (os_holiday_in(all, day)
                 || (!sunday && (weekday == 0 || weekday == 6)));

        os_holiday_add(all, day);
    }
}


static void
os_holiday_year(const json_t *rule, int64_t year, os_holidays_t *all)
{
    char      name[24];
    size_t    i;
    json_t   *one;

    json_array_foreach(json_object_get(rule, "fixed"), i, one) {
        os_holiday_add(all, os_holiday_date(year, one));
    }

    os_holiday_easter(all, json_object_get(rule, "easter"),
                      os_easter(year, 0));
    os_holiday_easter(all, json_object_get(rule, "orthodox"),
                      os_easter(year, 1));
    os_holiday_weekdays(all, json_object_get(rule, "weekday"), year);
    (void) snprintf(name, sizeof(name), "%lld", (long long) year);

    json_array_foreach(json_object_get(json_object_get(rule, "listed"), name),
                       i, one)
    {
        os_holiday_add(all, os_holiday_date(year, one));
    }

    os_holiday_move(all, rule, year);
}


int
os_holiday(const json_t *rule, int64_t day)
{
    int            month, date, found = 0;
    int64_t        year, y;
    os_holidays_t  all;

    if (rule == NULL) {
        return 0;
    }

    os_civil_from_days(day, &year, &month, &date);

    /* the first of January may be kept in December, and the other way round */

    for (y = year - (month == 1); y <= year + (month == 12) && !found; y++) {
        all.n = 0;
        os_holiday_year(rule, y, &all);
        found = os_holiday_in(&all, day);
    }

    return found;
}


int
os_holiday_knows(const json_t *rule, int year)
{
    char           name[24];
    const json_t  *listed = json_object_get(rule, "listed");

    (void) snprintf(name, sizeof(name), "%d", year);

    return listed == NULL || json_object_get(listed, name) != NULL;
}

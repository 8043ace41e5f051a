/*
 * os_holiday: public holidays. A rule is what a country pack says of them
 * (docs/countries.md):
 *
 *     {"fixed": ["01-01"], "easter": [-2, 1], "orthodox": [1],
 *      "weekday": [{"on_or_after": "11-22", "is": "thu"}],
 *      "listed": {"2027": ["02-07"]}, "weekend": "next", "moves": ["01-01"]}
 *
 * `weekend` moves a fixed one (one of `moves`) that falls on a weekend: "next"
 * to the next day that is neither a weekend nor a holiday, "nearest" from
 * Saturday to Friday and from Sunday to Monday, "sunday" from Sunday alone to
 * the next day that is no holiday.
 */

#ifndef OS_HOLIDAY_H
#define OS_HOLIDAY_H

#include "core/base/os_json.h"


/* Is it one? `day` counts from 1970-01-01; a NULL rule has none. */
int os_holiday(const json_t *rule, int64_t day);

/*
 * Does the rule know all of a year? Not where it lists the years of those that
 * no rule computes, and that year is none of them.
 */
int os_holiday_knows(const json_t *rule, int year);

/* Easter Sunday of a year (Gregorian; orthodox: by the Julian calendar). */
int64_t os_easter(int64_t year, int orthodox);

#endif /* OS_HOLIDAY_H */

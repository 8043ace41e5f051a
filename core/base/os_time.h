/*
 * os_time: moments, spans and days.
 */

#ifndef OS_TIME_H
#define OS_TIME_H

#include "core/base/os_str.h"


/*
 * Times are seconds since 1970-01-01 UTC unless a name ends in _ms.
 * os_time_parse takes ISO 8601 ("2026-11-21T20:47:57", with "Z" or an offset;
 * without either it is taken as UTC) and plain epoch seconds.
 */
int os_time_parse(os_str_t text, int64_t *out);

/* "90", "90s", "2m", "1h30m", "14d" to seconds; -1 when not of that form. */
int os_duration_parse(os_str_t text, int64_t *out);

/* Days since 1970-01-01 of a civil date, and back (proleptic Gregorian). */
int64_t os_days_from_civil(int64_t y, int m, int d);
void os_civil_from_days(int64_t days, int64_t *y, int *m, int *d);

#endif /* OS_TIME_H */

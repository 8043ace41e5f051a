/*
 * os_time: moments, spans and days.
 */

#ifndef OS_TIME_H
#define OS_TIME_H

#include "core/base/os_buf.h"


/*
 * Times are seconds since 1970-01-01 UTC unless a name ends in _ms.
 * os_time_parse takes ISO 8601 ("2026-11-21T20:47:57", with "Z" or an offset;
 * without either it is taken as UTC) and plain epoch seconds.
 */
int os_time_parse(os_str_t text, int64_t *out);

/* A moment as it is written, and what of it was said. */
typedef struct {
    int64_t   at;               /* without a zone: as if it were UTC */
    unsigned  zoned:1;          /* epoch seconds or milliseconds are */
    unsigned  timed:1;          /* not a day alone */
} os_moment_t;

/*
 * The same, and 12-hour times ("7:05 PM"), a space before the zone, epoch
 * milliseconds (13 digits). -1 when it is none of these.
 */
int os_moment_parse(os_str_t text, os_moment_t *out);

/*
 * Seconds east of Greenwich from "Z", "+09:00", "-0330", "+9", "UTC+9",
 * "GMT-05:00"; -1 when it is none.
 */
int os_offset_parse(os_str_t text, int64_t *offset);

/*
 * The wall clock at `at`, which is seconds as if its zone were UTC, appended:
 * "2026-11-28T02:41:00", or the day alone. Years are those of four digits.
 */
void os_wall_write(os_buf_t *out, int64_t at, int timed);

/* "90", "90s", "2m", "1h30m", "14d" to seconds; -1 when not of that form. */
int os_duration_parse(os_str_t text, int64_t *out);

/* Days since 1970-01-01 of a civil date, and back (proleptic Gregorian). */
int64_t os_days_from_civil(int64_t y, int m, int d);
void os_civil_from_days(int64_t days, int64_t *y, int *m, int *d);

#endif /* OS_TIME_H */

/*
 * osw_console_days: a shop's days: which one a moment is in, and when one
 * begins. Days are counted from 1970-01-01, and have 23 to 25 hours where
 * clocks are put on and back.
 */

#ifndef OSW_CONSOLE_DAYS_H
#define OSW_CONSOLE_DAYS_H

#include "core/base/os_str.h"


typedef struct {
    os_str_t  zone;         /* IANA's name; OS_NULL: always `fixed` */
    int64_t   fixed;        /* s east of Greenwich */
    int64_t   offset;       /* from `from` on and before `until` (epoch s) */
    int64_t   from;
    int64_t   until;
} osw_days_t;

/* `zone` is borrowed. One that nobody knows is taken for `fixed`. */
void osw_days_init(osw_days_t *d, os_str_t zone, int64_t fixed);

/* Seconds east of Greenwich at a moment (epoch s). */
int64_t osw_days_offset(osw_days_t *d, int64_t at);

/* The day that a moment is in. */
int64_t osw_days_of(osw_days_t *d, int64_t at);

/* The first second of a day; where it was left out, of the next one. */
int64_t osw_days_start(osw_days_t *d, int64_t day);

#endif /* OSW_CONSOLE_DAYS_H */

/*
 * os_format: numbers, money, dates and plural categories in the manner of a
 * locale, from data alone. The data is the member "format" of a locale file
 * (docs/templates.md describes it); results are those of the Unicode CLDR's
 * standard formats, which the tests compare with ICU.
 *
 * Appenders put UTF-8 at the end of `out` and fail only for memory
 * (out->failed). They do not escape: a text goes into a view, a template
 * escapes it.
 */

#ifndef OS_FORMAT_H
#define OS_FORMAT_H

#include <jansson.h>

#include "core/base/os_buf.h"


typedef struct os_format_s  os_format_t;

typedef enum {
    OS_DATE_LONG,                /* November 24, 2026 */
    OS_DATE_MEDIUM,              /* Nov 24, 2026 */
    OS_DATE_SHORT,               /* Nov 24 */
    OS_DATE_DAY                  /* Tue, Nov 24 */
} os_date_e;

typedef enum {
    OS_PLURAL_ZERO,
    OS_PLURAL_ONE,
    OS_PLURAL_TWO,
    OS_PLURAL_FEW,
    OS_PLURAL_MANY,
    OS_PLURAL_OTHER
} os_plural_e;

#define OS_PLURALS  6


/*
 * Checks the data and takes a reference to it; nobody may change it then.
 * NULL with err (what was expected) and `where` set to the JSON pointer of the
 * faulty value within `data`.
 */
os_format_t *os_format_create(json_t *data, os_buf_t *where, os_error_t *err);
void os_format_free(os_format_t *f);

/* 1234567 as "1,234,567". */
void os_format_integer(os_buf_t *out, const os_format_t *f, int64_t value);

/* value / 10^digits: (47, 1) as "4.7"; digits from 0 to 9. */
void os_format_decimal(os_buf_t *out, const os_format_t *f, int64_t value,
    int digits);

/* value / 10^digits percent: (125, 1) as "12.5%"; digits from 0 to 9. */
void os_format_percent(os_buf_t *out, const os_format_t *f, int64_t value,
    int digits);

/*
 * Minor units of an ISO 4217 currency, with all of its digits and the
 * locale's symbol for it, or the code where it has none.
 */
void os_format_money(os_buf_t *out, const os_format_t *f, int64_t minor,
    os_str_t currency);

/* `days` since 1970-01-01, as os_days_from_civil() gives them. */
void os_format_date(os_buf_t *out, const os_format_t *f, int64_t days,
    os_date_e style);

/*
 * From one date to another, as short as can be: "Nov 24 – 27", years only
 * where they differ. One date when they are equal.
 */
void os_format_range(os_buf_t *out, const os_format_t *f, int64_t from,
    int64_t to);

/* `seconds` since 1970-01-01 UTC on a clock `offset` seconds east of it. */
void os_format_time(os_buf_t *out, const os_format_t *f, int64_t seconds,
    int64_t offset);

/* LONG or MEDIUM date with the time; other styles count as MEDIUM. */
void os_format_date_time(os_buf_t *out, const os_format_t *f, int64_t seconds,
    int64_t offset, os_date_e style);

/* The category of an integer; its sign does not matter. */
os_plural_e os_format_plural(const os_format_t *f, int64_t n);
const char *os_plural_name(os_plural_e category);

/* Does the locale's data have a rule for it? OTHER always is there. */
int os_format_has_plural(const os_format_t *f, os_plural_e category);

/*
 * A count for a template: {"value": 1200, "n": "1,200", "is": {"other": true}}.
 * New; NULL without memory.
 */
json_t *os_format_count(const os_format_t *f, int64_t n);

#endif /* OS_FORMAT_H */

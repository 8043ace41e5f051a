/*
 * os_time: moments, spans and days. See os_time.h.
 */

#include "core/base/os_time.h"


int64_t
os_days_from_civil(int64_t y, int m, int d)
{
    int64_t  era, yoe, doy;

    /* years that begin in March put the leap day last */
    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}


void
os_civil_from_days(int64_t days, int64_t *y, int *m, int *d)
{
    int64_t  era, doe, yoe, doy, month;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    doe = days - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    month = (5 * doy + 2) / 153;

    *d = (int) (doy - (153 * month + 2) / 5 + 1);
    *m = (int) (month < 10 ? month + 3 : month - 9);
    *y = yoe + era * 400 + (*m <= 2);
}


/* Takes exactly n digits off the front of s; -1 when they are not there. */
static int
os_take_digits(os_str_t *s, size_t n)
{
    int  value = 0;

    if (s->len < n) {
        return -1;
    }

    for (size_t i = 0; i < n; i++) {
        if (s->data[i] < '0' || s->data[i] > '9') {
            return -1;
        }

        value = value * 10 + (s->data[i] - '0');
    }

    s->data += n;
    s->len -= n;
    return value;
}


/* One or two digits; -1 when there are none. */
static int
os_take_number(os_str_t *s)
{
    int  digits = os_take_digits(s, 2);

    return digits < 0 ? os_take_digits(s, 1) : digits;
}


static void
os_take_spaces(os_str_t *s)
{
    while (os_str_take(s, ' ')) { /* void */ }
}


int
os_offset_parse(os_str_t text, int64_t *offset)
{
    int  sign, hours, minutes;

    *offset = 0;
    os_take_spaces(&text);

    if (os_str_starts(text, OS_STR("UTC"))
        || os_str_starts(text, OS_STR("GMT")))
    {
        text.data += 3;
        text.len -= 3;

        if (text.len == 0) {
            return 0;
        }
    }

    if (text.len == 1 && (text.data[0] | 0x20) == 'z') {
        return 0;
    }

    sign = text.len && text.data[0] == '-' ? -1 : 1;

    if (!os_str_take(&text, '+') && !os_str_take(&text, '-')) {
        return -1;
    }

    hours = os_take_number(&text);
    (void) os_str_take(&text, ':');
    minutes = text.len ? os_take_digits(&text, 2) : 0;

    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || text.len) {
        return -1;
    }

    *offset = sign * (hours * 3600 + minutes * 60);
    return 0;
}


/*
 * "am", "P.M.": the hour as one of 24; -1 when it cannot be. Clocks of 24 hours
 * write them, too: 13:00 PM, 00:15 AM.
 */
static int
os_time_half(os_str_t *rest, int hour)
{
    char      half;
    os_str_t  s = *rest;

    os_take_spaces(&s);
    half = (char) (s.len ? s.data[0] | 0x20 : 0);

    if (half != 'a' && half != 'p') {
        return hour;
    }

    s.data++;
    s.len--;
    (void) os_str_take(&s, '.');

    if (!os_str_take(&s, 'm') && !os_str_take(&s, 'M')) {
        return hour;
    }

    (void) os_str_take(&s, '.');
    *rest = s;

    if (half == 'a') {
        return hour > 12 ? -1 : hour % 12;
    }

    return hour < 1 ? -1 : hour < 12 ? hour + 12 : hour;
}


/* Seconds of the day; -1 when it is no time. */
static int
os_time_of_day(os_str_t *rest)
{
    int  h, mi, s;

    h = os_take_number(rest);

    if (h < 0 || h > 24 || !os_str_take(rest, ':')) {
        return -1;
    }

    mi = os_take_digits(rest, 2);
    s = os_str_take(rest, ':') ? os_take_digits(rest, 2) : 0;

    if (mi < 0 || mi > 59 || s < 0 || s > 60
        || (h == 24 && (mi > 0 || s > 0)))
    {
        return -1;
    }

    if (os_str_take(rest, '.') || os_str_take(rest, ',')) {
        while (rest->len && os_take_digits(rest, 1) >= 0) { /* void */ }
    }

    h = os_time_half(rest, h);

    return h < 0 ? -1 : h * 3600 + mi * 60 + s;
}


/*
 * Seconds since 1970, from 2001 on, with or without decimals; or milli-, micro-
 * or nanoseconds: 1 when it is that. Fewer digits are a day, a year, nothing.
 */
static int
os_time_epoch(os_str_t text, os_moment_t *out)
{
    size_t    i;
    int64_t   value = 0;
    os_str_t  rest = text;

    for (i = 0; rest.len && rest.data[0] >= '0' && rest.data[0] <= '9'; i++) {
        value = i < 10 ? value * 10 + (rest.data[0] - '0') : value;
        rest.data++;
        rest.len--;
    }

    if (i < 10 || i > 19 || i % 3 != 1) {
        return 0;
    }

    if (i == 10 && rest.len > 1 && os_str_take(&rest, '.')) {
        while (rest.len && os_take_digits(&rest, 1) >= 0) { /* void */ }
    }

    *out = (os_moment_t) { value, 1, 1 };

    return rest.len == 0;
}


/* "+01:00[Europe/Paris]": the offset says it, and the name once more. */
static void
os_time_named(os_str_t *offset)
{
    const char  *open;

    open = offset->len > 1 && offset->data[offset->len - 1] == ']'
           ? memchr(offset->data, '[', offset->len) : NULL;

    if (open && open > offset->data) {
        offset->len = (size_t) (open - offset->data);
    }
}


static int
os_time_date(os_str_t *rest, int64_t *days)
{
    int      y, mo, d, month, day;
    int64_t  year;

    y = os_take_digits(rest, 4);
    if (y < 0 || !os_str_take(rest, '-')) {
        return -1;
    }

    mo = os_take_digits(rest, 2);
    if (mo < 1 || mo > 12 || !os_str_take(rest, '-')) {
        return -1;
    }

    d = os_take_digits(rest, 2);
    if (d < 1 || d > 31) {
        return -1;
    }

    /* a day that its month does not have would be one of the next month */
    *days = os_days_from_civil(y, mo, d);
    os_civil_from_days(*days, &year, &month, &day);

    return day == d ? 0 : -1;
}


int
os_moment_parse(os_str_t text, os_moment_t *out)
{
    int       seconds;
    int64_t   days, offset = 0;
    os_str_t  rest = text;

    os_take_spaces(&rest);

    while (rest.len && rest.data[rest.len - 1] == ' ') {
        rest.len--;
    }

    if (os_time_epoch(rest, out)) {
        return 0;
    }

    if (os_time_date(&rest, &days) == -1) {
        return -1;
    }

    *out = (os_moment_t) { days * 86400, 0, 0 };

    if (rest.len == 0) {
        return 0;
    }

    if (!os_str_take(&rest, 'T') && !os_str_take(&rest, 't')
        && !os_str_take(&rest, ' '))
    {
        return -1;
    }

    os_take_spaces(&rest);
    seconds = os_time_of_day(&rest);
    os_take_spaces(&rest);
    os_time_named(&rest);

    if (seconds < 0 || (rest.len && os_offset_parse(rest, &offset) == -1)) {
        return -1;
    }

    out->at += seconds - offset;
    out->timed = 1;
    out->zoned = rest.len > 0;

    return 0;
}


int
os_time_parse(os_str_t text, int64_t *out)
{
    os_moment_t  moment;

    if (os_moment_parse(text, &moment) == -1) {
        return -1;
    }

    *out = moment.at;
    return 0;
}


void
os_wall_write(os_buf_t *out, int64_t at, int timed)
{
    int      m, d, of_day;
    int64_t  y, days;

    days = at / 86400 - (at % 86400 < 0);
    of_day = (int) (at - days * 86400);
    os_civil_from_days(days, &y, &m, &d);
    os_buf_printf(out, "%04lld-%02d-%02d", (long long) y, m, d);

    if (timed) {
        os_buf_printf(out, "T%02d:%02d:%02d", of_day / 3600, of_day / 60 % 60,
                      of_day % 60);
    }
}


int
os_duration_parse(os_str_t text, int64_t *out)
{
    int64_t  total = 0, value, unit;
    size_t   i = 0;

    if (text.len == 0 || text.len > 32) {
        return -1;
    }

    while (i < text.len) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }

        for (value = 0;
             i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        {
            value = value * 10 + (text.data[i] - '0');

            if (value > 1000000000) {
                return -1;
            }
        }

        unit = 1;

        if (i < text.len) {
            switch (text.data[i++]) {
            case 's': unit = 1;      break;
            case 'm': unit = 60;     break;
            case 'h': unit = 3600;   break;
            case 'd': unit = 86400;  break;
            case 'w': unit = 604800; break;
            default:  return -1;
            }
        }

        total += value * unit;
    }

    *out = total;
    return 0;
}

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


static int
os_time_zone(os_str_t s, int64_t *offset)
{
    int  sign, hours, minutes;

    *offset = 0;

    if (s.len == 0 || (s.len == 1 && (s.data[0] | 0x20) == 'z')) {
        return 0;
    }

    sign = s.data[0] == '-' ? -1 : 1;

    if (!os_str_take(&s, '+') && !os_str_take(&s, '-')) {
        return -1;
    }

    hours = os_take_digits(&s, 2);
    (void) os_str_take(&s, ':');
    minutes = s.len ? os_take_digits(&s, 2) : 0;

    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || s.len) {
        return -1;
    }

    *offset = sign * (hours * 3600 + minutes * 60);
    return 0;
}


int
os_time_parse(os_str_t text, int64_t *out)
{
    int       y, mo, d, h = 0, mi = 0, s = 0, month, day;
    int64_t   offset = 0, value = 0, days, year;
    os_str_t  rest = text;

    if (text.len > 0 && text.len <= 12) {
        while (rest.len && (y = os_take_digits(&rest, 1)) >= 0) {
            value = value * 10 + y;
        }

        if (rest.len == 0) {
            *out = value;
            return 0;
        }

        rest = text;
    }

    y = os_take_digits(&rest, 4);
    if (y < 0 || !os_str_take(&rest, '-')) {
        return -1;
    }

    mo = os_take_digits(&rest, 2);
    if (mo < 1 || mo > 12 || !os_str_take(&rest, '-')) {
        return -1;
    }

    d = os_take_digits(&rest, 2);
    if (d < 1 || d > 31) {
        return -1;
    }

    /* a day that its month does not have would be one of the next month */
    days = os_days_from_civil(y, mo, d);
    os_civil_from_days(days, &year, &month, &day);

    if (day != d) {
        return -1;
    }

    if (os_str_take(&rest, 'T') || os_str_take(&rest, ' ')) {
        h = os_take_digits(&rest, 2);
        if (h < 0 || h > 24 || !os_str_take(&rest, ':')) {
            return -1;
        }

        mi = os_take_digits(&rest, 2);
        s = os_str_take(&rest, ':') ? os_take_digits(&rest, 2) : 0;

        if (mi < 0 || mi > 59 || s < 0 || s > 60
            || (h == 24 && (mi > 0 || s > 0)))
        {
            return -1;
        }

        if (os_str_take(&rest, '.')) {
            while (rest.len && os_take_digits(&rest, 1) >= 0) { /* void */ }
        }

        if (os_time_zone(rest, &offset) == -1) {
            return -1;
        }

    } else if (rest.len) {
        return -1;
    }

    *out = days * 86400 + h * 3600 + mi * 60 + s - offset;
    return 0;
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

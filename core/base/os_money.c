/*
 * os_money: amounts in minor units. See os_money.h.
 */

#include <ctype.h>

#include "core/base/os_money.h"


#define OS_MONEY_NUMBER  32     /* bytes of an amount without its separators */

/* Letters of any case. */
#define OS_CODE(a, b, c)                                                      \
    (((a) & 0xdf) << 16 | ((b) & 0xdf) << 8 | ((c) & 0xdf))


int
os_currency_digits(os_str_t currency)
{
    if (currency.len != 3) {
        return 2;
    }

    switch (OS_CODE(currency.data[0], currency.data[1], currency.data[2])) {

    case OS_CODE('B', 'I', 'F'):  case OS_CODE('C', 'L', 'P'):
    case OS_CODE('D', 'J', 'F'):  case OS_CODE('G', 'N', 'F'):
    case OS_CODE('I', 'S', 'K'):  case OS_CODE('J', 'P', 'Y'):
    case OS_CODE('K', 'M', 'F'):  case OS_CODE('K', 'R', 'W'):
    case OS_CODE('P', 'Y', 'G'):  case OS_CODE('R', 'W', 'F'):
    case OS_CODE('U', 'G', 'X'):  case OS_CODE('U', 'Y', 'I'):
    case OS_CODE('V', 'N', 'D'):  case OS_CODE('V', 'U', 'V'):
    case OS_CODE('X', 'A', 'F'):  case OS_CODE('X', 'O', 'F'):
    case OS_CODE('X', 'P', 'F'):
        return 0;

    case OS_CODE('B', 'H', 'D'):  case OS_CODE('I', 'Q', 'D'):
    case OS_CODE('J', 'O', 'D'):  case OS_CODE('K', 'W', 'D'):
    case OS_CODE('L', 'Y', 'D'):  case OS_CODE('O', 'M', 'R'):
    case OS_CODE('T', 'N', 'D'):
        return 3;

    default:
        return 2;
    }
}


int
os_money_parse(os_str_t text, int digits, int64_t *minor)
{
    int      negative, seen = 0, after = 0, point = 0, round_up = 0;
    int64_t  value = 0;

    negative = os_str_take(&text, '-');

    for ( ; text.len > 0; text.data++, text.len--) {

        if (text.data[0] == '.' && !point) {
            point = 1;
            continue;
        }

        if (text.data[0] < '0' || text.data[0] > '9') {
            return -1;
        }

        seen = 1;

        if (point && after >= digits) {
            if (after++ == digits) {
                round_up = text.data[0] >= '5';
            }

            continue;
        }

        if (value > INT64_MAX / 100) {
            return -1;
        }

        value = value * 10 + (text.data[0] - '0');
        after += point;
    }

    if (!seen) {
        return -1;
    }

    for ( ; after < digits; after++) {
        if (value > INT64_MAX / 100) {
            return -1;
        }

        value *= 10;
    }

    value += round_up;
    *minor = negative ? -value : value;
    return 0;
}


/*
 * Digits with a point for decimals, the groups of thousands gone. With one kind
 * of separator, once: three digits behind it are thousands, where the currency
 * has none or two, and behind a point with two they may be either.
 */
static int
os_money_point(os_str_t text, int digits, char out[OS_MONEY_NUMBER])
{
    size_t  i, n = 0, last = 0, points = 0, commas = 0, behind;
    char    decimal;

    for (i = 0; i < text.len; i++) {
        points += text.data[i] == '.';
        commas += text.data[i] == ',';

        if (text.data[i] == '.' || text.data[i] == ',') {
            last = i;
        }
    }

    behind = text.len - last - 1;
    decimal = points + commas ? text.data[last] : '.';

    if (points && commas) {
        if ((decimal == '.' ? points : commas) != 1) {
            return -1;
        }

    } else if (points + commas > 1) {
        decimal = 0;                    /* groups alone */

    } else if (points + commas == 1 && behind == 3 && digits != 3) {
        if (digits == 2 && points) {
            return -1;
        }

        decimal = 0;
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == decimal) {
            out[n++] = '.';

        } else if (isdigit((unsigned char) text.data[i])
                   || (text.data[i] == '-' && i == 0))
        {
            out[n++] = text.data[i];

        } else if (text.data[i] != '.' && text.data[i] != ','
                   && text.data[i] != ' ' && text.data[i] != '\'')
        {
            return -1;
        }

        if (n >= OS_MONEY_NUMBER - 1) {
            return -1;
        }
    }

    out[n] = '\0';
    return 0;
}


int
os_money_read(os_str_t text, int digits, int64_t *minor)
{
    char  number[OS_MONEY_NUMBER];

    return os_money_point(text, digits, number) == 0
           ? os_money_parse(os_str(number), digits, minor) : -1;
}


void
os_money_decimal(os_buf_t *out, int64_t minor, int digits)
{
    uint64_t  value, scale = 1;

    value = minor < 0 ? 0 - (uint64_t) minor : (uint64_t) minor;

    for (int i = 0; i < digits; i++) {
        scale *= 10;
    }

    os_buf_printf(out, "%s%llu", minor < 0 ? "-" : "",
                  (unsigned long long) (value / scale));

    if (digits > 0) {
        os_buf_printf(out, ".%0*llu", digits,
                      (unsigned long long) (value % scale));
    }
}

/*
 * os_money: amounts in minor units. See os_money.h.
 */

#include <ctype.h>
#include <string.h>

#include "core/base/os_money.h"


#define OS_MONEY_NUMBER  48     /* bytes of an amount */

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
 * An amount with spaces and apostrophes as ASCII has them, none at the ends.
 * -1: too long for one.
 */
static int
os_money_ascii(os_str_t text, char out[OS_MONEY_NUMBER])
{
    char    c;
    size_t  i, k, n = 0;

    static const char *const  signs[][2] = {
        { "\xc2\xa0", " " }, { "\xe2\x80\xaf", " " }, { "\xe2\x80\x89", " " },
        { "\xe2\x80\x99", "'" },
    };

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        for (k = 0; k < sizeof(signs) / sizeof(signs[0]); k++) {
            if (os_str_starts((os_str_t) { text.len - i, text.data + i },
                              os_str(signs[k][0])))
            {
                c = signs[k][1][0];
                i += strlen(signs[k][0]) - 1;
                break;
            }
        }

        if (c == ' ' && n == 0) {
            continue;
        }

        if (n == OS_MONEY_NUMBER - 1) {
            return -1;
        }

        out[n++] = c;
    }

    while (n && out[n - 1] == ' ') {
        n--;
    }

    out[n] = '\0';
    return 0;
}


/*
 * Where the decimals begin behind their separator; the end, where there are
 * none; -1 where that cannot be told. With one kind of separator, once: three
 * digits behind it are thousands, where the currency has none; where it has
 * two, behind a comma; where it has three, decimals behind a point.
 */
static ptrdiff_t
os_money_decimals(os_str_t text, int digits)
{
    size_t  i, last = 0, points = 0, commas = 0, behind;

    for (i = 0; i < text.len; i++) {
        points += text.data[i] == '.';
        commas += text.data[i] == ',';

        if (text.data[i] == '.' || text.data[i] == ',') {
            last = i;
        }
    }

    behind = text.len - last - 1;

    if (points && commas) {
        return (text.data[last] == '.' ? points : commas) == 1
               ? (ptrdiff_t) last + 1 : -1;
    }

    if (points + commas != 1) {
        return (ptrdiff_t) text.len;            /* groups alone, or none */
    }

    if (behind != 3 || (digits == 3 && points)) {
        return (ptrdiff_t) last + 1;
    }

    return digits == 0 || (digits == 2 && commas) ? (ptrdiff_t) text.len : -1;
}


/* Groups of three, with one sign; in India of two in front of the last. */
static int
os_money_grouped(os_str_t whole)
{
    char    sign = '\0';
    size_t  i, run = 0, groups = 0;

    for (i = whole.len; i-- > 0; /* void */ ) {
        if (isdigit((unsigned char) whole.data[i])) {
            run++;
            continue;
        }

        if ((sign && whole.data[i] != sign)
            || strchr(".,' ", whole.data[i]) == NULL
            || !(run == 3 || (run == 2 && groups > 0)))
        {
            return 0;
        }

        sign = whole.data[i];
        groups++;
        run = 0;
    }

    return groups == 0 || (run >= 1 && run <= 3);
}


/* The same with a point for decimals, and no groups. -1: it is none. */
static int
os_money_point(char number[OS_MONEY_NUMBER], int digits)
{
    size_t     i, n = 0, from;
    os_str_t   whole, text = os_str(number);
    ptrdiff_t  behind = os_money_decimals(text, digits);

    if (behind == -1) {
        return -1;
    }

    from = text.data[0] == '-';
    whole = (os_str_t) { (size_t) behind, text.data };
    whole.len -= (size_t) behind < text.len || (behind && text.len
                     && strchr(".,", text.data[behind - 1]));
    whole.data += from;
    whole.len -= from && whole.len;

    if (!os_money_grouped(whole)) {
        return -1;
    }

    for (i = 0; i < text.len; i++) {
        if (i + 1 == (size_t) behind && strchr(".,", number[i])) {
            number[n++] = '.';

        } else if (isdigit((unsigned char) number[i]) || (from && i == 0)) {
            number[n++] = number[i];

        } else if (i >= (size_t) behind) {
            return -1;
        }
    }

    number[n] = '\0';
    return 0;
}


int
os_money_read(os_str_t text, int digits, int64_t *minor)
{
    char  number[OS_MONEY_NUMBER] = "";

    return os_money_ascii(text, number) == 0
           && os_money_point(number, digits) == 0
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


#define OS_NET_MORE  4          /* digits beyond those of the currency */


/* Percent of tax, as round as the two amounts allow. */
static double
os_money_rate(int64_t net, int64_t gross, int64_t known)
{
    size_t  i;
    double  tax = (double) (gross - net), low, high, rate;

    static const double  steps[] = { 1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001 };

    low = 100 * (tax - 0.5) / ((double) net + 0.5) - 1e-9;
    high = 100 * (tax + 0.5) / ((double) net - 0.5) + 1e-9;
    rate = (double) known / 10000;

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {

        if (rate >= low && rate <= high) {
            return rate;
        }

        rate = steps[i] * (double) (int64_t) (100 * tax / (double) net
                                              / steps[i] + 0.5);
    }

    return 100 * tax / (double) net;
}


void
os_money_net(os_buf_t *out, int64_t minor, int64_t net, int64_t gross,
    int64_t rate, int digits)
{
    double  percent;

    /* a tax of more than the amount is none; no sum is beyond all sums */

    if (net < 1 || gross <= net || gross / 2 > net || minor < 0
        || minor > INT64_MAX / 1000000)
    {
        os_money_decimal(out, minor, digits);
        return;
    }

    percent = os_money_rate(net, gross, rate);
    os_money_decimal(out, (int64_t) ((double) minor * 10000
                                     / (1 + percent / 100) + 0.5),
                     digits + OS_NET_MORE);
}

/*
 * os_format: CLDR patterns, interpreted.
 *
 * Number patterns are as in CLDR: "#,##0.00 ¤" with "#,##0" for the digits and
 * their groups, "-", "%" and "¤" standing for the locale's signs, ";" before a
 * pattern of its own for negative numbers. Date patterns know y M L d E a h H
 * k K m s and text in quotes. Plural rules are CLDR's, of integers:
 *
 *     rule      = and *("or" and)
 *     and       = relation *("and" relation)
 *     relation  = operand ["%" number] ("=" / "!=") range *("," range)
 *     range     = number [".." number]
 *     operand   = n / i / v / w / f / t / c / e   (all but n and i are 0)
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/text/os_format.h"


#define OS_NBSP      "\xc2\xa0"
#define OS_CURRENCY  "\xc2\xa4"
#define OS_SEPARATOR_MAX  8           /* bytes */


/* Affixes of a pattern, signs not yet put in. */
typedef struct {
    os_str_t     prefix;
    os_str_t     suffix;
} os_affix_t;


typedef struct {
    os_affix_t   positive;
    os_affix_t   negative;
    unsigned     own_negative:1;
    int          group;               /* size of the group next to the point, */
    int          groups;              /* and of the others; 0: no groups */
} os_pattern_t;


typedef struct {
    char         currency[3];
    os_str_t     text;
} os_symbol_t;


struct os_format_s {
    json_t         *data;
    os_str_t        decimal;
    os_str_t        group;
    os_str_t        minus;
    os_str_t        percent_sign;
    os_str_t        digits[10];
    uint64_t        least_grouped;    /* what a first group is split from */
    os_pattern_t    number;
    os_pattern_t    percent;
    os_pattern_t    money;
    os_str_t        money_decimal;
    os_str_t        money_group;
    size_t          nsymbols;
    os_symbol_t    *symbols;
    int64_t         years;            /* that its calendar is ahead */
    const char     *months[12];
    const char     *months_short[12];
    const char     *weekdays[7];
    const char     *weekdays_short[7];
    const char     *am_pm[2];
    const char     *dates[OS_DATE_DAY + 1];
    const char     *time;
    const char     *date_time[2];
    const char     *range[3];         /* other day, month, year */
    const char     *plural[OS_PLURALS];
};


static const char  *os_plural_names[OS_PLURALS] = {
    "zero", "one", "two", "few", "many", "other"
};


/* --- numbers --- */


static size_t
os_utf8_len(char first)
{
    unsigned char  c = (unsigned char) first;

    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}


/* Splits "prefix#,##0.00suffix" and learns the groups. */
static int
os_pattern_affix(os_str_t text, os_affix_t *affix, os_pattern_t *p)
{
    int          group, groups, commas;
    size_t       i, from;
    static const char  number[] = "#0,.";

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\'') {
            return -1;                     /* no locale quotes in these */
        }
    }

    for (from = 0; from < text.len; from++) {
        if (text.data[from] && strchr(number, text.data[from])) {
            break;
        }
    }

    group = 0;
    groups = 0;
    commas = 0;

    for (i = from; i < text.len && text.data[i]
                   && strchr(number, text.data[i]); i++)
    {
        if (text.data[i] == ',') {
            groups = group;
            group = 0;
            commas++;

        } else if (text.data[i] == '.') {
            break;

        } else {
            group++;
        }
    }

    if (i == from) {
        return -1;
    }

    while (i < text.len && text.data[i] && strchr(number, text.data[i])) {
        i++;
    }

    affix->prefix = (os_str_t) { from, text.data };
    affix->suffix = (os_str_t) { text.len - i, text.data + i };

    if (p) {
        p->group = commas ? group : 0;
        p->groups = commas > 1 ? groups : p->group;
    }

    return commas && group == 0 ? -1 : 0;
}


static int
os_pattern_parse(const char *text, os_pattern_t *p)
{
    const char  *semicolon;

    semicolon = strchr(text, ';');

    if (semicolon == NULL) {
        return os_pattern_affix(os_str(text), &p->positive, p);
    }

    p->own_negative = 1;

    return os_pattern_affix((os_str_t) { (size_t) (semicolon - text), text },
                            &p->positive, p) == 0
           && os_pattern_affix(os_str(semicolon + 1), &p->negative, NULL) == 0
           ? 0 : -1;
}


/*
 * Unicode categories S and Z as far as currency symbols end or begin with
 * them. CLDR puts a space between a digit and anything else.
 */
static int
os_is_symbol(os_str_t c)
{
    unsigned  code;

    if (c.len == 1) {
        return c.data[0] == ' ' || strchr("$+<=>^`|~", c.data[0]) != NULL;
    }

    if (c.len == 2) {
        return c.data[0] == '\xc2' && c.data[1] >= '\xa0'
               && c.data[1] <= '\xa9';
    }

    if (c.len != 3) {
        return 0;
    }

    code = ((unsigned) c.data[0] & 0x0f) << 12
           | ((unsigned) c.data[1] & 0x3f) << 6 | ((unsigned) c.data[2] & 0x3f);

    return (code >= 0x20a0 && code <= 0x20cf) || code == 0xfdfc
           || code == 0xfe69 || code == 0xff04 || code == 0xffe0
           || code == 0xffe1 || code == 0xffe5 || code == 0xffe6
           || code == 0x202f || code == 0x0e3f;
}


static os_str_t
os_last_char(os_str_t s)
{
    size_t  i;

    for (i = s.len; i > 1 && ((unsigned char) s.data[i - 1] & 0xc0) == 0x80;
         i--)
    {
        /* void */
    }

    return s.len ? (os_str_t) { s.len - i + 1, s.data + i - 1 } : OS_NULL;
}


static void
os_put_affix(os_buf_t *out, const os_format_t *f, os_str_t affix,
    os_str_t symbol, int before)
{
    size_t    i, n;
    os_str_t  c;

    for (i = 0; i < affix.len; i += n) {
        n = os_utf8_len(affix.data[i]);
        n = n > affix.len - i ? affix.len - i : n;
        c = (os_str_t) { n, affix.data + i };

        if (os_str_equal(c, OS_STR("-"))) {
            os_buf_str(out, f->minus);

        } else if (os_str_equal(c, OS_STR("%"))) {
            os_buf_str(out, f->percent_sign);

        } else if (os_str_equal(c, OS_STR(OS_CURRENCY))) {

            if (!before && i == 0 && symbol.len
                && !os_is_symbol((os_str_t) { os_utf8_len(symbol.data[0]),
                                              symbol.data }))
            {
                os_buf_text(out, OS_NBSP);
            }

            os_buf_str(out, symbol);

            if (before && i + n == affix.len
                && !os_is_symbol(os_last_char(symbol)))
            {
                os_buf_text(out, OS_NBSP);
            }

        } else {
            os_buf_str(out, c);
        }
    }
}


/* A digit or a separator, mostly one byte, before what is there. */
static inline char *
os_put_before(char *p, os_str_t piece)
{
    if (piece.len == 1) {
        *--p = piece.data[0];
        return p;
    }

    return memcpy(p - piece.len, piece.data, piece.len);
}


static void
os_put_number(os_buf_t *out, const os_format_t *f, const os_pattern_t *p,
    int64_t value, int digits, os_str_t decimal, os_str_t group,
    os_str_t symbol)
{
    int                n, whole, next;
    /* 20 digits of up to four bytes, and a separator before each */
    char               text[20 * (4 + OS_SEPARATOR_MAX)];
    char              *end = text + sizeof(text), *at = end;
    uint64_t           rest;
    const os_affix_t  *affix;

    rest = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;
    next = p->group ? p->group : -1;

    /* from the right; as many as the fraction and one before it */

    for (n = 0; rest || n <= digits; n++) {
        whole = n - digits;

        if (whole == 0 && digits) {
            at = os_put_before(at, decimal);

        } else if (whole == next) {
            if (whole > p->group || rest >= f->least_grouped) {
                at = os_put_before(at, group);
                next += p->groups;
            }
        }

        at = os_put_before(at, f->digits[rest % 10]);
        rest /= 10;
    }

    affix = value < 0 && p->own_negative ? &p->negative : &p->positive;

    if (value < 0 && !p->own_negative) {
        os_buf_str(out, f->minus);
    }

    if (affix->prefix.len) {
        os_put_affix(out, f, affix->prefix, symbol, 1);
    }

    os_buf_add(out, at, (size_t) (end - at));

    if (affix->suffix.len) {
        os_put_affix(out, f, affix->suffix, symbol, 0);
    }
}


void
os_format_integer(os_buf_t *out, const os_format_t *f, int64_t value)
{
    os_put_number(out, f, &f->number, value, 0, f->decimal, f->group, OS_NULL);
}


void
os_format_decimal(os_buf_t *out, const os_format_t *f, int64_t value,
    int digits)
{
    digits = digits < 0 ? 0 : digits > 9 ? 9 : digits;

    os_put_number(out, f, &f->number, value, digits, f->decimal, f->group,
                  OS_NULL);
}


void
os_format_percent(os_buf_t *out, const os_format_t *f, int64_t value,
    int digits)
{
    digits = digits < 0 ? 0 : digits > 9 ? 9 : digits;

    os_put_number(out, f, &f->percent, value, digits, f->decimal, f->group,
                  OS_NULL);
}


/*
 * Sums of rupiah are whole, and their sign stands before the number: nobody
 * writes "Rp 476.000,00", whatever CLDR says.
 */
static int
os_format_rupiah(os_buf_t *out, const os_format_t *f, int64_t minor,
    os_str_t symbol)
{
    os_str_t  before = symbol;
    os_buf_t  text = { 0 };

    if (minor % 100 != 0 || !os_str_equal(symbol, OS_STR("Rp"))) {
        return 0;
    }

    os_put_number(&text, f, &f->money, minor / 100, 0, f->money_decimal,
                  f->money_group, OS_STR(""));

    if (text.len && text.data[0] == '-') {
        os_buf_char(out, '-');
        before = os_buf_view(&text);
        before.data++;
        before.len--;

    } else {
        before = os_buf_view(&text);
    }

    os_buf_str(out, symbol);
    os_buf_str(out, before);
    os_buf_free(&text);

    return 1;
}


void
os_format_money(os_buf_t *out, const os_format_t *f, int64_t minor,
    os_str_t currency)
{
    os_str_t  symbol = currency;

    for (size_t i = 0; currency.len == 3 && i < f->nsymbols; i++) {
        if (memcmp(f->symbols[i].currency, currency.data, 3) == 0) {
            symbol = f->symbols[i].text;
            break;
        }
    }

    if (os_str_equal(currency, OS_STR("IDR"))
        && os_format_rupiah(out, f, minor, symbol))
    {
        return;
    }

    os_put_number(out, f, &f->money, minor, os_currency_digits(currency),
                  f->money_decimal, f->money_group, symbol);
}


/* --- dates --- */


typedef struct {
    int64_t  year;
    int      month;                   /* 1 to 12 */
    int      day;
    int      weekday;                 /* 0 is Sunday */
    int      hour;
    int      minute;
    int      second;
} os_clock_t;


static void
os_clock(int64_t days, int64_t second_of_day, os_clock_t *c)
{
    os_civil_from_days(days, &c->year, &c->month, &c->day);

    c->weekday = (int) (((days + 4) % 7 + 7) % 7);
    c->hour = (int) (second_of_day / 3600);
    c->minute = (int) (second_of_day / 60 % 60);
    c->second = (int) (second_of_day % 60);
}


static void
os_put_padded(os_buf_t *out, const os_format_t *f, int64_t value, int width)
{
    int   n;
    char  text[24];

    /* a year before the first is no date that anybody placed an order at */

    value = value < 0 ? 0 : value;
    n = 0;
    do {
        text[n++] = (char) ('0' + value % 10);
        value /= 10;
    } while (value || n < width);

    while (n) {
        os_buf_str(out, f->digits[text[--n] - '0']);
    }
}


/* One field; -1 for a letter that is not known. */
static int
os_put_field(os_buf_t *out, const os_format_t *f, char letter, int width,
    const os_clock_t *c)
{
    int      hour;
    int64_t  year;

    switch (letter) {

    case 'y':
        year = c->year + f->years;
        os_put_padded(out, f, width == 2 ? year % 100 : year, width);

        return 0;

    case 'M':
    case 'L':
        if (width > 4) {
            return -1;
        }

        if (width >= 3) {
            os_buf_text(out, width == 3 ? f->months_short[c->month - 1]
                                        : f->months[c->month - 1]);
        } else {
            os_put_padded(out, f, c->month, width);
        }

        return 0;

    case 'd':
        os_put_padded(out, f, c->day, width);
        return 0;

    case 'E':
        if (width > 4) {
            return -1;
        }

        os_buf_text(out, width == 4 ? f->weekdays[c->weekday]
                                    : f->weekdays_short[c->weekday]);
        return 0;

    case 'a':
        os_buf_text(out, f->am_pm[c->hour >= 12]);
        return 0;

    case 'h':
        hour = c->hour % 12;
        os_put_padded(out, f, hour ? hour : 12, width);
        return 0;

    case 'H':
        os_put_padded(out, f, c->hour, width);
        return 0;

    case 'k':
        os_put_padded(out, f, c->hour ? c->hour : 24, width);
        return 0;

    case 'K':
        os_put_padded(out, f, c->hour % 12, width);
        return 0;

    case 'm':
        os_put_padded(out, f, c->minute, width);
        return 0;

    case 's':
        os_put_padded(out, f, c->second, width);
        return 0;

    default:
        return -1;
    }
}


/*
 * A pattern with one clock, or with two: then the first field that comes a
 * second time is where the second begins.
 */
static int
os_put_pattern(os_buf_t *out, const os_format_t *f, const char *pattern,
    const os_clock_t *first, const os_clock_t *second)
{
    int                width, quoted;
    char               letter, same;
    uint32_t           seen;
    const char        *p;
    const os_clock_t  *c;

    seen = 0;
    quoted = 0;
    c = first;

    for (p = pattern; *p; p += width) {
        letter = *p;
        width = 1;

        if (letter == '\'') {
            if (p[1] == '\'') {
                os_buf_char(out, '\'');
                width = 2;
            } else {
                quoted = !quoted;
            }

            continue;
        }

        if (quoted || (letter | 0x20) < 'a' || (letter | 0x20) > 'z'
            || (unsigned char) letter >= 0x80)
        {
            os_buf_char(out, letter);
            continue;
        }

        while (p[width] == letter) {
            width++;
        }

        same = (char) (letter == 'L' ? 'M' : letter);

        if (second) {
            if (seen & UINT32_C(1) << (same & 0x1f)) {
                c = second;
            }

            seen |= UINT32_C(1) << (same & 0x1f);
        }

        if (width > 9 || os_put_field(out, f, letter, width, c) == -1) {
            return -1;
        }
    }

    return quoted ? -1 : 0;
}


void
os_format_date(os_buf_t *out, const os_format_t *f, int64_t days,
    os_date_e style)
{
    os_clock_t  c;

    os_clock(days, 0, &c);
    os_put_pattern(out, f, f->dates[style], &c, NULL);
}


void
os_format_range(os_buf_t *out, const os_format_t *f, int64_t from, int64_t to)
{
    const char  *pattern;
    os_clock_t   a, b;

    os_clock(from, 0, &a);
    os_clock(to, 0, &b);

    if (from == to) {
        os_put_pattern(out, f, f->dates[OS_DATE_SHORT], &a, NULL);
        return;
    }

    pattern = a.year != b.year ? f->range[2]
              : a.month != b.month ? f->range[1] : f->range[0];

    os_put_pattern(out, f, pattern, &a, &b);
}


static void
os_clock_at(int64_t seconds, int64_t offset, os_clock_t *c)
{
    int64_t  days, rest;

    seconds += offset;
    days = seconds / 86400;
    rest = seconds % 86400;

    if (rest < 0) {
        days--;
        rest += 86400;
    }

    os_clock(days, rest, c);
}


void
os_format_time(os_buf_t *out, const os_format_t *f, int64_t seconds,
    int64_t offset)
{
    os_clock_t  c;

    os_clock_at(seconds, offset, &c);
    os_put_pattern(out, f, f->time, &c, NULL);
}


/* "{1} 'at' {0}": {1} is the date, {0} the time. */
static void
os_put_date_time(os_buf_t *out, const os_format_t *f, const os_clock_t *c,
    int style)
{
    int          quoted;
    const char  *p;

    quoted = 0;

    for (p = f->date_time[style]; *p; p++) {

        if (*p == '\'') {
            quoted = !quoted;

        } else if (!quoted && (strncmp(p, "{0}", 3) == 0
                               || strncmp(p, "{1}", 3) == 0))
        {
            os_put_pattern(out, f, p[1] == '0' ? f->time : f->dates[style], c,
                           NULL);
            p += 2;

        } else {
            os_buf_char(out, *p);
        }
    }
}


void
os_format_date_time(os_buf_t *out, const os_format_t *f, int64_t seconds,
    int64_t offset, os_date_e style)
{
    os_clock_t  c;

    os_clock_at(seconds, offset, &c);
    os_put_date_time(out, f, &c, style == OS_DATE_LONG ? 0 : 1);
}


/* --- plurals --- */


static void
os_skip_blanks(const char **p)
{
    while (**p == ' ') {
        (*p)++;
    }
}


static int
os_take_number(const char **p, uint64_t *value)
{
    os_skip_blanks(p);

    if (**p < '0' || **p > '9') {
        return -1;
    }

    *value = 0;

    while (**p >= '0' && **p <= '9') {
        if (*value > UINT64_C(1000000000000000)) {
            return -1;
        }

        *value = *value * 10 + (uint64_t) (**p - '0');
        (*p)++;
    }

    return 0;
}


static int
os_take_word(const char **p, const char *word)
{
    size_t  n;

    os_skip_blanks(p);
    n = strlen(word);

    if (strncmp(*p, word, n) != 0) {
        return 0;
    }

    *p += n;
    return 1;
}


/* One relation: 1, 0, or -1 when it is none. */
static int
os_plural_relation(const char **p, uint64_t n)
{
    int       unequal, found;
    uint64_t  value, mod, from, to;

    os_skip_blanks(p);

    if (**p == '\0' || strchr("nivwftce", **p) == NULL) {
        return -1;
    }

    value = **p == 'n' || **p == 'i' ? n : 0;
    (*p)++;

    if (os_take_word(p, "%")) {
        if (os_take_number(p, &mod) == -1 || mod == 0) {
            return -1;
        }

        value %= mod;
    }

    unequal = os_take_word(p, "!=");

    if (!unequal && !os_take_word(p, "=")) {
        return -1;
    }

    found = 0;

    do {
        if (os_take_number(p, &from) == -1) {
            return -1;
        }

        to = from;

        if (os_take_word(p, "..") && os_take_number(p, &to) == -1) {
            return -1;
        }

        if (value >= from && value <= to) {
            found = 1;
        }

    } while (os_take_word(p, ","));

    return found != unequal;
}


/* A whole rule: 1, 0, or -1 when it is none. */
static int
os_plural_rule(const char *rule, uint64_t n)
{
    int  any, all, rc;

    any = 0;

    do {
        all = 1;

        do {
            rc = os_plural_relation(&rule, n);
            if (rc == -1) {
                return -1;
            }

            all &= rc;
        } while (os_take_word(&rule, "and"));

        any |= all;
    } while (os_take_word(&rule, "or"));

    os_skip_blanks(&rule);

    return *rule ? -1 : any;
}


os_plural_e
os_format_plural(const os_format_t *f, int64_t n)
{
    int       i;
    uint64_t  magnitude;

    magnitude = n < 0 ? 0 - (uint64_t) n : (uint64_t) n;

    for (i = 0; i < OS_PLURAL_OTHER; i++) {
        if (f->plural[i] && os_plural_rule(f->plural[i], magnitude) == 1) {
            return (os_plural_e) i;
        }
    }

    return OS_PLURAL_OTHER;
}


const char *
os_plural_name(os_plural_e category)
{
    return os_plural_names[category];
}


int
os_format_has_plural(const os_format_t *f, os_plural_e category)
{
    return category == OS_PLURAL_OTHER || f->plural[category] != NULL;
}


json_t *
os_format_count(const os_format_t *f, int64_t n)
{
    json_t    *count;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    os_format_integer(&text, f, n);

    count = text.failed ? NULL : json_pack("{s:I, s:s, s:{s:b}}",
                "value", (json_int_t) n, "n", text.data,
                "is", os_plural_name(os_format_plural(f, n)), 1);

    os_buf_free(&text);

    return count;
}


/* --- the data --- */


typedef struct {
    json_t      *data;
    const char  *within;              /* pointer of data, or "" */
    os_buf_t    *where;
    os_error_t  *err;
} os_reader_t;


__attribute__((format(printf, 4, 5)))
static int
os_data_fail(os_reader_t *r, const char *group, const char *name,
    const char *fmt, ...)
{
    char     text[256];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    if (r->where) {
        r->where->len = 0;
        os_buf_printf(r->where, "%s/%s%s%s", r->within, group, name ? "/" : "",
                      name ? name : "");
    }

    return os_fail(r->err, "%s", text);
}


static const char *
os_data_text(os_reader_t *r, const char *group, const char *name)
{
    const char  *text;

    text = json_string_value(json_object_get(json_object_get(r->data, group),
                                             name));
    if (text == NULL || text[0] == '\0') {
        os_data_fail(r, group, name, "expected a text \"%s\"", name);
        return NULL;
    }

    return text;
}


static int
os_data_str(os_reader_t *r, const char *group, const char *name, os_str_t *s)
{
    const char  *text;

    text = os_data_text(r, group, name);
    if (text == NULL) {
        return -1;
    }

    *s = os_str(text);
    return 0;
}


/* Decimal point or group separator, which may be empty; NULL keeps the old. */
static int
os_data_separator(os_reader_t *r, const char *group, const char *name,
    const json_t *value, os_str_t *s)
{
    if (value) {
        *s = os_str(json_string_value(value));
    }

    return s->data && s->len <= OS_SEPARATOR_MAX ? 0
           : os_data_fail(r, group, name, "expected a text of at most %d bytes",
                          OS_SEPARATOR_MAX);
}


static int
os_data_symbols(os_reader_t *r, os_format_t *f, json_t *symbols)
{
    json_t      *value;
    const char  *key;

    if (!json_is_object(symbols)) {
        return os_data_fail(r, "money", "symbols",
                            "expected symbols by ISO 4217 code");
    }

    f->symbols = calloc(json_object_size(symbols) + 1, sizeof(os_symbol_t));
    if (f->symbols == NULL) {
        return os_data_fail(r, "money", "symbols", "no memory");
    }

    json_object_foreach(symbols, key, value) {

        if (strlen(key) != 3) {
            return os_data_fail(r, "money", "symbols", "expected a code of "
                                "three letters instead of \"%s\"", key);
        }

        if (!json_is_string(value) || json_string_length(value) == 0) {
            return os_data_fail(r, "money", "symbols",
                                "expected a symbol for %s", key);
        }

        memcpy(f->symbols[f->nsymbols].currency, key, 3);
        f->symbols[f->nsymbols++].text = os_str(json_string_value(value));
    }

    return 0;
}


static int
os_data_list(os_reader_t *r, const char *name, const char **list, size_t n)
{
    size_t   i;
    json_t  *values;

    values = json_object_get(json_object_get(r->data, "dates"), name);

    if (json_array_size(values) != n) {
        return os_data_fail(r, "dates", name, "expected a list of %zu texts",
                            n);
    }

    for (i = 0; i < n; i++) {
        list[i] = json_string_value(json_array_get(values, i));

        if (list[i] == NULL) {
            return os_data_fail(r, "dates", name, "expected texts only");
        }
    }

    return 0;
}


static int
os_data_pattern(os_reader_t *r, const char *group, const char *name,
    os_pattern_t *p)
{
    const char  *text;

    text = os_data_text(r, group, name);
    if (text == NULL) {
        return -1;
    }

    return os_pattern_parse(text, p) == 0 ? 0 : os_data_fail(r, group, name,
               "expected a number pattern such as \"#,##0.00\"");
}


static int
os_data_date(os_reader_t *r, const os_format_t *f, const char *group,
    const char *name, const char **pattern)
{
    int          rc;
    os_buf_t     out;
    os_clock_t   c;
    const char  *text;

    text = os_data_text(r, group, name);
    if (text == NULL) {
        return -1;
    }

    out = (os_buf_t) { 0 };
    os_clock(0, 0, &c);
    rc = os_put_pattern(&out, f, text, &c, NULL);
    os_buf_free(&out);

    if (rc == -1) {
        return os_data_fail(r, group, name, "expected a date pattern of "
                            "y M L d E a h H k K m s and quoted text");
    }

    *pattern = text;
    return 0;
}


static int
os_data_numbers(os_reader_t *r, os_format_t *f)
{
    int          i, minimum;
    size_t       n;
    json_t      *numbers, *money, *value;
    const char  *digits;

    numbers = json_object_get(r->data, "numbers");
    money = json_object_get(r->data, "money");

    if (os_data_str(r, "numbers", "decimal", &f->decimal) == -1
        || os_data_str(r, "numbers", "group", &f->group) == -1
        || os_data_str(r, "numbers", "minus", &f->minus) == -1
        || os_data_str(r, "numbers", "percent_sign", &f->percent_sign) == -1
        || os_data_pattern(r, "numbers", "pattern", &f->number) == -1
        || os_data_pattern(r, "numbers", "percent", &f->percent) == -1
        || os_data_pattern(r, "money", "pattern", &f->money) == -1)
    {
        return -1;
    }

    digits = json_string_value(json_object_get(numbers, "digits"));
    digits = digits ? digits : "0123456789";

    for (i = 0; i < 10; i++) {
        n = digits[0] ? os_utf8_len(digits[0]) : 0;

        if (n == 0 || strlen(digits) < n) {
            return os_data_fail(r, "numbers", "digits",
                                "expected the ten digits from zero to nine");
        }

        f->digits[i] = (os_str_t) { n, digits };
        digits += n;
    }

    value = json_object_get(numbers, "minimum_grouping");
    minimum = value ? (int) json_integer_value(value) : 1;

    if (minimum < 1 || minimum > 9) {
        return os_data_fail(r, "numbers", "minimum_grouping",
                            "expected a number from 1 to 9");
    }

    for (f->least_grouped = 1; minimum > 1; minimum--) {
        f->least_grouped *= 10;
    }

    f->money_decimal = f->decimal;
    f->money_group = f->group;

    return os_data_separator(r, "numbers", "decimal", NULL, &f->decimal) == 0
           && os_data_separator(r, "numbers", "group", NULL, &f->group) == 0
           && os_data_separator(r, "money", "decimal",
                                json_object_get(money, "decimal"),
                                &f->money_decimal) == 0
           && os_data_separator(r, "money", "group",
                                json_object_get(money, "group"),
                                &f->money_group) == 0
           ? os_data_symbols(r, f, json_object_get(money, "symbols")) : -1;
}


static int
os_data_dates(os_reader_t *r, os_format_t *f)
{
    size_t   i;
    json_t  *all;

    static const char *const  styles[] = { "long", "medium", "short", "day" };
    static const char *const  ranges[] = { "day", "month", "year" };

    all = json_object_get(json_object_get(r->data, "dates"), "years");

    if (all && !json_is_integer(all)) {
        return os_data_fail(r, "dates", "years",
                            "expected a number of years");
    }

    f->years = json_integer_value(all);

    if (os_data_list(r, "months", f->months, 12) == -1
        || os_data_list(r, "months_short", f->months_short, 12) == -1
        || os_data_list(r, "weekdays", f->weekdays, 7) == -1
        || os_data_list(r, "weekdays_short", f->weekdays_short, 7) == -1
        || os_data_list(r, "am_pm", f->am_pm, 2) == -1
        || os_data_date(r, f, "dates", "time", &f->time) == -1)
    {
        return -1;
    }

    for (i = 0; i < 4; i++) {
        if (os_data_date(r, f, "dates", styles[i], &f->dates[i]) == -1) {
            return -1;
        }
    }

    all = r->data;
    r->data = json_object_get(all, "dates");
    r->within = "/dates";

    for (i = 0; i < 3; i++) {
        if (os_data_date(r, f, "range", ranges[i], &f->range[i]) == -1) {
            return -1;
        }
    }

    for (i = 0; i < 2; i++) {
        f->date_time[i] = os_data_text(r, "date_time", styles[i]);

        if (f->date_time[i] == NULL || !strstr(f->date_time[i], "{0}")
            || !strstr(f->date_time[i], "{1}"))
        {
            return os_data_fail(r, "date_time", styles[i], "expected a text "
                                "with {1} for the date and {0} for the time");
        }
    }

    r->data = all;
    r->within = "";
    return 0;
}


static int
os_data_plural(os_reader_t *r, os_format_t *f)
{
    int          i;
    json_t      *rules, *rule;
    const char  *key;

    rules = json_object_get(r->data, "plural");

    if (!json_is_object(rules)) {
        return os_data_fail(r, "plural", NULL,
                            "expected plural rules by category");
    }

    json_object_foreach(rules, key, rule) {

        for (i = 0; i < OS_PLURAL_OTHER; i++) {
            if (strcmp(key, os_plural_names[i]) == 0) {
                break;
            }
        }

        if (i == OS_PLURAL_OTHER) {
            return os_data_fail(r, "plural", key, "expected one of zero, one, "
                                "two, few, many (other is what is left)");
        }

        if (!json_is_string(rule)
            || os_plural_rule(json_string_value(rule), 0) == -1)
        {
            return os_data_fail(r, "plural", key, "expected a rule such as "
                                "\"n %% 10 = 2..4 and n %% 100 != 12..14\"");
        }

        f->plural[i] = json_string_value(rule);
    }

    return 0;
}


os_format_t *
os_format_create(json_t *data, os_buf_t *where, os_error_t *err)
{
    os_format_t  *f;
    os_reader_t   r;

    f = calloc(1, sizeof(os_format_t));
    if (f == NULL) {
        os_fail(err, "out of memory");
        return NULL;
    }

    f->data = json_incref(data);
    r = (os_reader_t) { data, "", where, err };

    if (os_data_numbers(&r, f) == -1
        || os_data_dates(&r, f) == -1
        || os_data_plural(&r, f) == -1)
    {
        os_format_free(f);
        return NULL;
    }

    return f;
}


void
os_format_free(os_format_t *f)
{
    if (f) {
        json_decref(f->data);
        free(f->symbols);
        free(f);
    }
}

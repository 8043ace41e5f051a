/*
 * core/os_format beside ICU: numbers, percents, money, dates, ranges, times
 * and plurals of every locale that we ship and of some that we do not, which
 * differ in everything a format can differ in. Where a locale's data and ICU's
 * own come from different releases of CLDR the kinds of blanks may differ:
 * releases before and after ICU 72 are compared with all blanks made alike.
 */

#include <stdlib.h>
#include <string.h>

#include <unicode/ucurr.h>
#include <unicode/udat.h>
#include <unicode/udateintervalformat.h>
#include <unicode/udatpg.h>
#include <unicode/unum.h>
#include <unicode/upluralrules.h>
#include <unicode/ustring.h>
#include <unicode/uversion.h>

#include "core/base/os_folders.h"
#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/text/os_locale.h"
#include "tap.h"


#define DAY  86400000.0


typedef struct {
    const char         *tag;
    const char         *icu;
    const os_format_t  *f;
    const char         *what;
    int                 compared;
    int                 wrong;
} run_t;


static UChar  utc[4];


static void
check(UErrorCode e, const char *what)
{
    if (U_FAILURE(e)) {
        printf("Bail out! ICU: %s: %s\n", what, u_errorName(e));
        exit(2);
    }
}


/* All blanks as ASCII ones, when the two sides are of different releases. */
static void
even_out(char *text)
{
    char  *from, *to;

    if (U_ICU_VERSION_MAJOR_NUM == 72) {
        return;
    }

    for (from = text, to = text; *from; /* void */) {
        if (memcmp(from, "\xc2\xa0", 2) == 0) {
            *to++ = ' ';
            from += 2;

        } else if (memcmp(from, "\xe2\x80\xaf", 3) == 0
                   || memcmp(from, "\xe2\x80\x89", 3) == 0)
        {
            *to++ = ' ';
            from += 3;

        } else {
            *to++ = *from++;
        }
    }

    *to = '\0';
}


static void
same(run_t *r, os_buf_t *ours, const UChar *theirs, int32_t len,
    const char *input)
{
    char        text[1024];
    UErrorCode  e = U_ZERO_ERROR;

    u_strToUTF8(text, sizeof(text), NULL, theirs, len, &e);
    check(e, "UTF-8");

    r->compared++;

    if (ours->data == NULL) {
        os_buf_text(ours, "");
    }

    even_out(text);
    even_out(ours->data);

    if (strcmp(text, ours->data) != 0 && r->wrong++ < 5) {
        diag("%s %s %s: got \"%s\", ICU has \"%s\"", r->tag, r->what, input,
             ours->data, text);
    }

    os_buf_free(ours);
}


static void
begin(run_t *r, const char *what)
{
    r->what = what;
    r->compared = 0;
    r->wrong = 0;
}


static void
end(run_t *r, int least)
{
    ok(r->wrong == 0 && r->compared >= least, "%s: %s, %d values", r->tag,
       r->what, r->compared);
}


static const int64_t  odd[] = {
    0, 1, -1, 9, 10, 99, 100, 999, 1000, 1001, 9999, 10000, 12345, 99999,
    100000, 999999, 1000000, 1234567, 12345678, 123456789, 1234567890,
    -1000, -12345, -1234567, 99999999999, -99999999999
};


static int64_t
value_at(int i)
{
    size_t  n = sizeof(odd) / sizeof(odd[0]);

    return (size_t) i < n ? odd[i] : (int64_t) i * i * 37 - (int64_t) i * 41;
}


/* Polish and others group only from five digits on; ICU must be asked to. */
static UNumberFormat *
number_format(const run_t *r, UNumberFormatStyle style)
{
    UErrorCode      e;
    UNumberFormat  *f;

    e = U_ZERO_ERROR;
    f = unum_open(style, NULL, 0, r->icu, NULL, &e);
    check(e, "number format");

    unum_setAttribute(f, UNUM_MINIMUM_GROUPING_DIGITS,
                      UNUM_MINIMUM_GROUPING_DIGITS_AUTO);
    return f;
}


static void
test_numbers(run_t *r)
{
    int             i;
    char            input[32];
    UChar           text[200];
    int32_t         len;
    os_buf_t        out;
    UErrorCode      e;
    UNumberFormat  *number, *percent;

    e = U_ZERO_ERROR;
    number = number_format(r, UNUM_DECIMAL);
    percent = number_format(r, UNUM_PERCENT);

    begin(r, "integers");

    for (i = 0; i < 3000; i++) {
        out = (os_buf_t) { 0 };
        (void) snprintf(input, sizeof(input), "%" PRId64, value_at(i));
        os_format_integer(&out, r->f, value_at(i));
        len = unum_formatInt64(number, value_at(i), text, 200, NULL, &e);
        same(r, &out, text, len, input);
    }

    end(r, 3000);
    begin(r, "percents");

    for (i = -2000; i < 20000; i += 7) {
        out = (os_buf_t) { 0 };
        (void) snprintf(input, sizeof(input), "%d", i);
        os_format_percent(&out, r->f, i, 1);

        (void) snprintf(input, sizeof(input), "%de-3", i);
        unum_setAttribute(percent, UNUM_FRACTION_DIGITS, 1);
        len = unum_formatDecimal(percent, input, -1, text, 200, NULL, &e);
        same(r, &out, text, len, input);

        out = (os_buf_t) { 0 };
        os_format_percent(&out, r->f, i, 0);
        (void) snprintf(input, sizeof(input), "%de-2", i);
        unum_setAttribute(percent, UNUM_FRACTION_DIGITS, 0);
        len = unum_formatDecimal(percent, input, -1, text, 200, NULL, &e);
        same(r, &out, text, len, input);
    }

    end(r, 6000);
    check(e, "formatting");

    unum_close(percent);
    unum_close(number);
}


static const char *const  currencies[] = {
    "EUR", "USD", "KRW", "IDR", "JPY", "GBP", "KWD", "CHF", "PLN", "CAD",
    "AUD", "CNY", "INR", "BRL", "MXN", "VND", "THB", "SGD", "AED", "SAR",
    "EGP", "BHD", "SEK", "NOK", "CZK", "TRY", "ZAR", "HKD", "TWD", "NZD",
    "MYR", "PHP", "ILS", "UAH", "CLP", "XOF"
};


static void
test_money(run_t *r)
{
    int             i, digits, n;
    size_t          k;
    char            input[64];
    UChar           code[4], text[200];
    int32_t         len;
    int64_t         minor;
    os_buf_t        out;
    UErrorCode      e;
    UNumberFormat  *money;

    e = U_ZERO_ERROR;
    money = number_format(r, UNUM_CURRENCY);

    begin(r, "money");
    n = 0;

    for (k = 0; k < sizeof(currencies) / sizeof(currencies[0]); k++) {

        u_uastrcpy(code, currencies[k]);
        digits = os_currency_digits(os_str(currencies[k]));

        /* CLDR leaves some currencies' rarely used digits out. */
        if (ucurr_getDefaultFractionDigits(code, &e) != digits) {
            diag("%s has %d digits in ISO 4217, not so in CLDR",
                 currencies[k], digits);
            continue;
        }

        n++;
        unum_setTextAttribute(money, UNUM_CURRENCY_CODE, code, 3, &e);

        for (i = 0; i < 400; i++) {
            minor = value_at(i);

            /* whole sums of rupiah are ours */
            if (strcmp(currencies[k], "IDR") == 0 && minor % 100 == 0) {
                continue;
            }

            out = (os_buf_t) { 0 };
            os_format_money(&out, r->f, minor, os_str(currencies[k]));

            (void) snprintf(input, sizeof(input), "%" PRId64 "e-%d", minor,
                            digits);
            len = unum_formatDecimal(money, input, -1, text, 200, NULL, &e);

            (void) snprintf(input + strlen(input), 8, " %s", currencies[k]);
            same(r, &out, text, len, input);
        }
    }

    check(e, "formatting");
    end(r, 400 * 30);
    ok(n >= 33, "%s: %d currencies", r->tag, n);
    unum_close(money);
}


static UDateFormat *
date_format(const run_t *r, UDateFormatStyle time, UDateFormatStyle date,
    const char *skeleton)
{
    UChar                       pattern[100], letters[32];
    int32_t                     len;
    UErrorCode                  e;
    UDateFormat                *f;
    UDateTimePatternGenerator  *g;

    e = U_ZERO_ERROR;

    if (skeleton == NULL) {
        f = udat_open(time, date, r->icu, utc, 3, NULL, 0, &e);

    } else {
        g = udatpg_open(r->icu, &e);
        u_uastrcpy(letters, skeleton);
        len = udatpg_getBestPattern(g, letters, -1, pattern, 100, &e);
        f = udat_open(UDAT_PATTERN, UDAT_PATTERN, r->icu, utc, 3, pattern, len,
                      &e);
        udatpg_close(g);
    }

    check(e, "date format");

    return f;
}


static void
test_dates(run_t *r)
{
    int                i;
    char               input[32];
    UChar              text[200];
    int32_t            len;
    int64_t            days, last;
    os_buf_t           out;
    UErrorCode         e;
    UDateFormat       *formats[4];
    static const char *const names[] = {
        "long dates", "medium dates", "dates without a year",
        "dates with a weekday"
    };

    e = U_ZERO_ERROR;
    formats[OS_DATE_LONG] = date_format(r, UDAT_NONE, UDAT_LONG, NULL);
    formats[OS_DATE_MEDIUM] = date_format(r, UDAT_NONE, UDAT_MEDIUM, NULL);
    formats[OS_DATE_SHORT] = date_format(r, 0, 0, "MMMd");
    formats[OS_DATE_DAY] = date_format(r, 0, 0, "EEEMMMd");

    last = os_days_from_civil(2099, 12, 31);

    for (i = 0; i < 4; i++) {
        begin(r, names[i]);

        for (days = 0; days <= last; days += 11) {
            out = (os_buf_t) { 0 };
            os_format_date(&out, r->f, days, (os_date_e) i);
            (void) snprintf(input, sizeof(input), "day %" PRId64, days);
            len = udat_format(formats[i], (double) days * DAY, text, 200, NULL,
                              &e);
            same(r, &out, text, len, input);
        }

        end(r, 4000);
        udat_close(formats[i]);
    }

    check(e, "formatting");
}


static void
test_ranges(run_t *r)
{
    char                   input[64];
    UChar                  text[200], letters[8];
    int32_t                len;
    int64_t                from, to, last;
    os_buf_t               out;
    UErrorCode             e;
    UDateIntervalFormat   *f;

    e = U_ZERO_ERROR;
    u_uastrcpy(letters, "MMMd");
    f = udtitvfmt_open(r->icu, letters, 4, utc, 3, &e);
    check(e, "interval format");

    begin(r, "date ranges");
    last = os_days_from_civil(2099, 12, 1);

    for (from = 0; from < last; from += 97) {
        for (to = from; to < from + 420; to += to - from < 5 ? 1 : 31) {
            out = (os_buf_t) { 0 };
            os_format_range(&out, r->f, from, to);
            (void) snprintf(input, sizeof(input), "%" PRId64 " %" PRId64, from,
                            to);
            len = udtitvfmt_format(f, (double) from * DAY, (double) to * DAY,
                                   text, 200, NULL, &e);
            same(r, &out, text, len, input);
        }
    }

    check(e, "formatting");
    end(r, 5000);
    udtitvfmt_close(f);
}


static void
test_times(run_t *r)
{
    int           i;
    char          input[32];
    UChar         text[200];
    int32_t       len;
    int64_t       t, at;
    os_buf_t      out;
    UErrorCode    e;
    UDateFormat  *f[3];

    e = U_ZERO_ERROR;
    f[0] = date_format(r, UDAT_SHORT, UDAT_NONE, NULL);
    f[1] = date_format(r, UDAT_SHORT, UDAT_LONG, NULL);
    f[2] = date_format(r, UDAT_SHORT, UDAT_MEDIUM, NULL);

    for (i = 0; i < 3; i++) {
        begin(r, i == 0 ? "times" : i == 1 ? "long dates with times"
                                           : "medium dates with times");

        for (t = 0; t < INT64_C(4102444800); t += 1234567) {
            out = (os_buf_t) { 0 };

            /* What a clock east of UTC shows is UTC that much later. */
            at = t + 19800;

            if (i == 0) {
                os_format_time(&out, r->f, t, 19800);
            } else {
                os_format_date_time(&out, r->f, t, 19800,
                                    i == 1 ? OS_DATE_LONG : OS_DATE_MEDIUM);
            }

            (void) snprintf(input, sizeof(input), "%" PRId64, t);
            len = udat_format(f[i], (double) at * 1000, text, 200, NULL, &e);
            same(r, &out, text, len, input);
        }

        end(r, 3000);
        udat_close(f[i]);
    }

    check(e, "formatting");
}


static void
test_plurals(run_t *r)
{
    UChar          text[32];
    int32_t        len;
    int64_t        n;
    os_buf_t       out;
    char           input[32];
    UErrorCode     e;
    UPluralRules  *rules;

    e = U_ZERO_ERROR;
    rules = uplrules_open(r->icu, &e);
    check(e, "plural rules");

    begin(r, "plurals");

    for (n = 0; n <= 10000; n++) {
        out = (os_buf_t) { 0 };
        os_buf_text(&out, os_plural_name(os_format_plural(r->f, n)));
        len = uplrules_select(rules, (double) n, text, 32, &e);
        (void) snprintf(input, sizeof(input), "%" PRId64, n);
        same(r, &out, text, len, input);
    }

    for (n = 100000; n <= 10000000; n += 100000) {
        out = (os_buf_t) { 0 };
        os_buf_text(&out, os_plural_name(os_format_plural(r->f, n)));
        len = uplrules_select(rules, (double) n, text, 32, &e);
        (void) snprintf(input, sizeof(input), "%" PRId64, n);
        same(r, &out, text, len, input);
    }

    check(e, "selecting");
    end(r, 10000);
    uplrules_close(rules);
}


/* ICU's name of a tag: its numbers, where ours are others, and its "no". */
static void
icu_name(const char *tag, char name[40])
{
    char  *dash;

    (void) snprintf(name, 40, "%s", strcmp(tag, "no") == 0 ? "nb"
                                    : strcmp(tag, "ar") == 0
                                      ? "ar@numbers=latn"
                                      : strcmp(tag, "pt") == 0 ? "pt_PT"
                                                               : tag);

    while ((dash = strchr(name, '-')) != NULL) {
        *dash = '_';
    }
}


static void
compare(const char *folder, const char *tag)
{
    char          path[80], icu[40];
    run_t         r;
    os_error_t    err;
    os_locale_t  *l;

    (void) snprintf(path, sizeof(path), "%s/locales/%s.json", folder, tag);
    l = os_locale_load(path, &err);

    if (!ok(l != NULL, "%s loads", path)) {
        diag("%s", err.text);
        return;
    }

    icu_name(tag, icu);
    r.tag = os_locale_tag(l).data;
    r.icu = icu;
    r.f = os_locale_format(l);

    test_numbers(&r);
    test_money(&r);
    test_dates(&r);
    test_ranges(&r);

    /* "early morning", "noon", …: we say no more than the half of the day */

    if (strcmp(tag, "zh-Hant") != 0) {
        test_times(&r);
    }

    test_plurals(&r);
    os_locale_free(l);
}


int
main(void)
{
    size_t       i;
    json_t      *yes, *tags;
    os_error_t   err;
    const char  *tag;

    static const char *const  more[] = { "en-GB", "de", "ja", "pl", "ar" };

    u_uastrcpy(utc, "UTC");
    diag("ICU %s", U_ICU_VERSION);
    tags = os_folders_list("campaign", "locales", ".json", &err);

    json_object_foreach(tags, tag, yes) {
        compare("campaign", tag);
    }

    /* those that differ in what a format can differ in */

    for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        compare("t/unit", more[i]);
    }

    json_decref(tags);
    return done();
}

/*
 * core/base: decimals and money, times and durations, encodings, hashes.
 */

#include <stdlib.h>

#include <openssl/evp.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/base/os_json.h"
#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "tap.h"


static const struct {
    const char  *text;
    int          digits;
    int64_t      minor;
    int          result;
} amounts[] = {
    { "12.5", 2, 1250, 0 },
    { "-3", 2, -300, 0 },
    { "0.005", 2, 1, 0 },
    { "0.004", 2, 0, 0 },
    { "19.999", 2, 2000, 0 },
    { "15000", 0, 15000, 0 },
    { "1.234", 3, 1234, 0 },
    { "1,000.00", 2, 0, -1 },
    { "", 2, 0, -1 },
    { "12.x", 2, 0, -1 },
    { "99999999999999999999", 2, 0, -1 },
};


/* As people write them; what could be two amounts, or is not plain, is none. */
static const struct {
    const char  *text;
    int          digits;
    int64_t      minor;
    int          result;
} written[] = {
    { "1,299.00", 2, 129900, 0 },
    { "1.299,00", 2, 129900, 0 },
    { "1 299,5", 2, 129950, 0 },
    { " 1\xc2\xa0" "299,00 ", 2, 129900, 0 },
    { "1\xe2\x80\xaf" "299,00", 2, 129900, 0 },
    { "1'299.00", 2, 129900, 0 },
    { "1\xe2\x80\x99" "299.00", 2, 129900, 0 },
    { "1,29,999.00", 2, 12999900, 0 },
    { "1.299.000", 2, 129900000, 0 },
    { "-1.299,00", 2, -129900, 0 },
    { "1,299", 2, 129900, 0 },
    { "1.299", 2, 0, -1 },
    { "476.000", 2, 0, -1 },
    { "1.299", 0, 1299, 0 },
    { "1,299", 0, 1299, 0 },
    { "1.299", 3, 1299, 0 },
    { "1,299", 3, 0, -1 },
    { "1,2,3", 2, 0, -1 },
    { "1.2.3", 2, 0, -1 },
    { "12 13", 2, 0, -1 },
    { "12,34,56", 2, 0, -1 },
    { "1234,567.00", 2, 0, -1 },
    { "1,299.00,5", 2, 0, -1 },
    { "1,299 000", 2, 0, -1 },
    { "1.299,0 0", 2, 0, -1 },
    { ",299,000", 2, 0, -1 },
    { "5-", 2, 0, -1 },
    { "1e3", 2, 0, -1 },
    { " ", 2, 0, -1 },
};


static void
test_money_written(void)
{
    size_t   i;
    int      rc;
    int64_t  minor;

    for (i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
        minor = 0;
        rc = os_money_read(os_str(written[i].text), written[i].digits, &minor);

        if (!ok(rc == written[i].result && minor == written[i].minor,
                "\"%s\" with %d digits", written[i].text, written[i].digits))
        {
            diag("%d: %lld", rc, (long long) minor);
        }
    }
}


static void
test_money(void)
{
    size_t    i;
    int       rc;
    int64_t   minor;
    os_buf_t  out;

    for (i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
        minor = 0;
        rc = os_money_parse(os_str(amounts[i].text), amounts[i].digits, &minor);

        ok(rc == amounts[i].result && (rc == -1 || minor == amounts[i].minor),
           "money \"%s\" with %d digits", amounts[i].text, amounts[i].digits);
    }

    out = (os_buf_t) { 0 };
    os_money_decimal(&out, -1205, 2);
    is_str(out.data, "-12.05", "minor units to a decimal");
    os_buf_free(&out);

    is_int(os_currency_digits(OS_STR("KRW")), 0, "KRW has no digits");
    is_int(os_currency_digits(OS_STR("KWD")), 3, "KWD has three");
    is_int(os_currency_digits(OS_STR("EUR")), 2, "EUR has two");
}


/* As a store adds a tax that prices include: by the line, halves of it down. */
static int64_t
with_tax(double net, double percent)
{
    int64_t  tax = (int64_t) (net * percent / 100 + 0.5 - 2e-7);

    return (int64_t) (net + 0.5 + 1e-7) + tax;
}


/* An amount that is written without its tax is the same one with it. */
static void
test_money_net(void)
{
    size_t    i, k;
    int64_t   gross, net, wrong = 0, guessed = 0;
    os_buf_t  out = { 0 };

    static const double  rates[] = { 19, 7, 20, 25, 5.5, 8.1, 8.875 };

    for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        for (gross = 300; gross < 9000; gross += 17) {
            int64_t  to[] = { gross * 9 / 10, gross / 3, gross - 1, 1 };

            net = (int64_t) ((double) gross / (1 + rates[i] / 100) + 0.5
                             + 1e-7);

            for (k = 0; k < 4; k++) {
                out.len = 0;
                os_money_net(&out, to[k], net, gross,
                             (int64_t) (rates[i] * 10000 + 0.5), 2);
                wrong += with_tax(atof(out.data) * 100, rates[i]) != to[k];
                out.len = 0;
                os_money_net(&out, to[k], net, gross, 0, 2);
                guessed += i < 2
                           && with_tax(atof(out.data) * 100, rates[i])
                              != to[k];
            }
        }
    }

    is_int(wrong, 0, "without its tax: the same with it, at a known rate");
    is_int(guessed, 0, "and at a round one that is not known");
    out.len = 0;
    os_money_net(&out, 2500, 5600, 5600, 0, 2);
    is_str(out.data, "25.00", "where there is no tax, the amount itself");
    os_buf_free(&out);
}


static const struct {
    const char  *text;
    int          good;
} days[] = {
    { "2026-02-28", 1 }, { "2026-02-29", 0 }, { "2028-02-29", 1 },
    { "2100-02-29", 0 }, { "2000-02-29", 1 }, { "2026-02-30T10:00:00Z", 0 },
    { "2026-04-31", 0 }, { "2026-12-31", 1 }, { "2026-12-32", 0 },
    { "2026-11-00", 0 }, { "2026-11-21T24:00:00Z", 1 },
    { "2026-11-21T24:00:01Z", 0 }, { "2026-11-21T25:00:00Z", 0 },
    { "2026-11-21T23:60:00Z", 0 }, { "2026-11-21T23", 0 },
};


/* Seconds; -1: no moment. */
static const struct {
    const char  *text;
    int64_t      at;
} moments[] = {
    { " 2026-11-22T09:00:00Z ", 1795338000 },
    { "2026-11-22T09:00:00.123456+0100", 1795334400 },
    { "2026-11-22T09:00:00+01:00[Europe/Paris]", 1795334400 },
    { "2026-11-22T09:00:00[Europe/Paris]", -1 },
    { "2026-11-22 13:00:00 PM", 1795352400 },
    { "2026-11-22 00:15 AM", 1795306500 },
    { "2026-11-22 12:15 AM", 1795306500 },
    { "2026-11-22 13:15 AM", -1 },
    { "2026-11-22 00:15 PM", -1 },
    { "1795334400", 1795334400 },
    { "1795334400.5", 1795334400 },
    { "1795334400123", 1795334400 },
    { "1795334400123456", 1795334400 },
    { "1795334400123456789", 1795334400 },
    { "179533440", -1 },
    { "1795334400.", -1 },
    { "20261122", -1 },
    { "202611220900", -1 },
    { "20261122090000", -1 },
    { "2026", -1 },
    { "0", -1 },
    { "", -1 },
};


static void
test_time(void)
{
    size_t   i;
    int64_t  t;

    for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        if (os_time_parse(os_str(moments[i].text), &t) != 0) {
            t = -1;
        }

        is_int((int) t, (int) moments[i].at, moments[i].text);
    }

    for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        ok((os_time_parse(os_str(days[i].text), &t) == 0) == days[i].good,
           "%s is %s", days[i].text, days[i].good ? "taken" : "refused");
    }

    ok(os_time_parse(OS_STR("2026-11-21T24:00:00Z"), &t) == 0
       && t == 1795305600, "the end of a day is the next one's beginning");

    ok(os_time_parse(OS_STR("2026-11-21T20:47:57Z"), &t) == 0
       && t == 1795294077, "ISO 8601 with Z");
    ok(os_time_parse(OS_STR("2026-11-21T20:47:57"), &t) == 0
       && t == 1795294077, "without a zone it is UTC");
    ok(os_time_parse(OS_STR("2026-11-21T21:47:57+01:00"), &t) == 0
       && t == 1795294077, "with an offset");
    ok(os_time_parse(OS_STR("2026-13-01T00:00:00Z"), &t) == -1,
       "a 13th month is refused");
    ok(os_duration_parse(OS_STR("1h30m"), &t) == 0 && t == 5400, "1h30m");
    ok(os_duration_parse(OS_STR("soon"), &t) == -1, "no duration");
    is_int(os_days_from_civil(1970, 1, 1), 0, "the first day is 0");
    is_int(os_days_from_civil(2000, 3, 1), 11017, "after a leap day");
}


/* Every length to 200, every value of six bits, beside OpenSSL. */
static void
test_base64(void)
{
    int       n, wrong = 0, wrong_url = 0;
    char     *p;
    uint8_t   raw[200];
    os_buf_t  out = { 0 }, url = { 0 };
    char      want[280];

    for (size_t i = 0; i < sizeof(raw); i++) {
        raw[i] = (uint8_t) (i * 167 + (i >> 3) * 29);
    }

    for (size_t len = 0; len <= sizeof(raw); len++) {
        out.len = 0;
        url.len = 0;
        os_base64(&out, raw, len);
        os_base64url(&url, raw, len);
        n = EVP_EncodeBlock((unsigned char *) want, raw, (int) len);
        wrong += out.len != (size_t) n || strcmp(out.data, want) != 0;

        for (p = want; *p; p++) {
            *p = (char) (*p == '+' ? '-' : *p == '/' ? '_' : *p);
        }

        if (strchr(want, '=')) {
            *strchr(want, '=') = '\0';
        }

        wrong_url += strcmp(url.data, want) != 0;
    }

    ok(strpbrk(url.data, "-") && strpbrk(url.data, "_"), "all letters met");
    is_int(wrong, 0, "base64 as OpenSSL writes it");
    is_int(wrong_url, 0, "base64url, RFC 4648 section 5");
    os_buf_free(&out);
    os_buf_free(&url);
}


/* One character that needs an escape, at each place of texts of each length. */
static void
test_escapes(void)
{
    int       wrong = 0;
    char      text[48], want[80];
    os_buf_t  out = { 0 };

    static const struct {
        char         c;
        const char  *html;
        const char  *json;
    } cases[] = {
        { '&', "&amp;", "&" },       { '<', "&lt;", "<" },
        { '>', "&gt;", ">" },        { '"', "&quot;", "\\u0022" },
        { '\'', "&#39;", "'" },      { '\\', "\\", "\\u005c" },
        { '\n', "\n", "\\u000a" },  { '\x1f', "\x1f", "\\u001f" },
        { '\xe9', "\xe9", "\xe9" },  { ' ', " ", " " },
    };

    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        for (int len = 1; len < (int) sizeof(text); len++) {
            for (int at = 0; at < len; at++) {
                memset(text, '~', sizeof(text));
                text[at] = cases[k].c;

                out.len = 0;
                os_html_escape(&out, (os_str_t) { (size_t) len, text });
                (void) snprintf(want, sizeof(want), "%.*s%s%.*s", at, text,
                                cases[k].html, len - at - 1, text + at + 1);
                wrong += strcmp(out.data, want) != 0;

                out.len = 0;
                os_json_quote(&out, (os_str_t) { (size_t) len, text });
                (void) snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", at, text,
                                cases[k].json, len - at - 1, text + at + 1);
                wrong += strcmp(out.data, want) != 0;
            }
        }
    }

    is_int(wrong, 0, "escaped wherever it stands, in HTML and in JSON");
    os_buf_free(&out);
}


static void
test_encodings(void)
{
    uint8_t   raw[64];
    os_buf_t  out;

    out = (os_buf_t) { 0 };
    os_base64(&out, "fooba", 5);
    is_str(out.data, "Zm9vYmE=", "base64, RFC 4648 section 10");
    os_buf_free(&out);

    ok(os_unbase64(OS_STR("Zm9vYmE="), raw, sizeof(raw)) == 5
       && memcmp(raw, "fooba", 5) == 0, "and back");

    os_html_escape(&out, OS_STR("<a b=\"c\">'&"));
    is_str(out.data, "&lt;a b=&quot;c&quot;&gt;&#39;&amp;", "HTML escaped");
    os_buf_free(&out);

    os_url_escape(&out, OS_STR("a b/\xc3\xa9~"));
    is_str(out.data, "a%20b%2F%C3%A9~", "URL escaped");
    os_buf_free(&out);

    {
        static const char *const  good[] = {
            "http://a", "HTTPS://a/b:c?d:e", "/a", "//cdn/a:b", "a/b:c", "?a:b",
            "#a:b", "a", "/\xc3\xa9"
        }, *const  bad[] = {
            "", "javascript:alert(1)", "JavaScript:alert(1)",
            "data:text/html,x", "java\nscript:alert(1)", " javascript:x",
            "\x01javascript:x",
            "vbscript:x", "mailto:a", ":x", "http\t://a", "/\\evil", "ftp://a",
            "/a b", "https\x7f://a", "blob:https://a"
        };

        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
            ok(os_url_ok(os_str(good[i])), good[i]);
        }

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            ok(!os_url_ok(os_str(bad[i])), "no address for a page");
        }
    }

    ok(os_utf8_valid(OS_STR("\xea\xb0\x80")), "well-formed UTF-8");
    ok(!os_utf8_valid(OS_STR("\xed\xa0\x80")), "a surrogate is not");
    ok(!os_utf8_valid(OS_STR("\xc0\x80")), "an overlong form is not");
    ok(!os_utf8_valid(OS_STR("a\0b")), "nor is NUL");

    is_int(os_crc16("123456789", 9), 0x31c3, "CRC16/XMODEM check value");

    os_hmac_sha256(OS_STR("Jefe"), OS_STR("what do ya want for nothing?"), raw);
    os_hex(&out, raw, OS_SHA256_LEN);
    is_str(out.data, "5bdcc146bf60754e6a042426089575c7"
           "5a003f089d2739839dec58b964ec3843", "HMAC, RFC 4231 case 2");
    os_buf_free(&out);
}


int
main(void)
{
    test_money();
    test_money_net();
    test_money_written();
    test_time();
    test_encodings();
    test_base64();
    test_escapes();

    return done();
}

/*
 * os_feed: see os_feed.h.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/view/os_feed.h"


static os_str_t
os_feed_trim(os_str_t s)
{
    /* a no-break space is one as well */

    for ( ;; ) {
        if (s.len && isspace((unsigned char) s.data[0])) {
            s.data++;
            s.len--;

        } else if (os_str_starts(s, OS_STR("\xc2\xa0"))) {
            s.data += 2;
            s.len -= 2;

        } else if (s.len && isspace((unsigned char) s.data[s.len - 1])) {
            s.len--;

        } else if (s.len > 1
                   && memcmp(s.data + s.len - 2, "\xc2\xa0", 2) == 0)
        {
            s.len -= 2;

        } else {
            return s;
        }
    }
}


void
os_feed_header(os_str_t text, os_buf_t *out)
{
    char    c;
    size_t  i;

    text = os_feed_trim(os_str_unmarked(text));

    for (i = 0; i < text.len; i++) {
        c = text.data[i];
        os_buf_char(out, c == ' ' || c == '-' ? '_'
                         : (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c));
    }
}


char
os_feed_delimiter(os_str_t line, char usual)
{
    size_t  i, n, most = 0;
    char    best = usual;

    static const char  delimiters[] = { '\t', ';', ',' };

    for (size_t k = 0; k < sizeof(delimiters); k++) {
        n = 0;

        for (i = 0; i < line.len; i++) {
            n += line.data[i] == delimiters[k];
        }

        if (n > most || (n && n == most && delimiters[k] == usual)) {
            most = n;
            best = delimiters[k];
        }
    }

    return best;
}


void
os_feed_field(os_str_t field, os_buf_t *out)
{
    size_t  i, from = out->len;

    if (field.len < 2 || field.data[0] != '"'
        || field.data[field.len - 1] != '"')
    {
        os_buf_str(out, field);
        return;
    }

    for (i = 1; i + 1 < field.len; i++) {
        if (field.data[i] == '"') {
            if (i + 2 >= field.len || field.data[i + 1] != '"') {
                out->len = from;        /* one that stands for itself */
                os_buf_str(out, field);
                return;
            }

            i++;
        }

        os_buf_char(out, field.data[i]);
    }
}


/* A sign or a code at either end, taken off; 0 when there was none. */
static int
os_feed_currency(os_str_t *text, char code[4])
{
    size_t    i;
    os_str_t  at;

    static const char *const  signs[][2] = {
        { "\xe2\x82\xac", "EUR" }, { "\xc2\xa3", "GBP" },
        { "\xc2\xa5", "JPY" }, { "\xe2\x82\xa9", "KRW" },
        { "\xe2\x82\xb9", "INR" }, { "Rp", "IDR" },
    };

    for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        at = os_str(signs[i][0]);

        if (os_str_starts(*text, at)) {
            text->data += at.len;

        } else if (text->len < at.len
                   || memcmp(text->data + text->len - at.len, at.data, at.len)
                      != 0)
        {
            continue;
        }

        text->len -= at.len;
        memcpy(code, signs[i][1], 4);
        return 1;
    }

    for (i = 0; i < 2 && text->len > 3; i++) {
        at = (os_str_t) { 3, i ? text->data + text->len - 3 : text->data };

        if (!isalpha((unsigned char) at.data[0])
            || !isalpha((unsigned char) at.data[1])
            || !isalpha((unsigned char) at.data[2]))
        {
            continue;
        }

        for (size_t k = 0; k < 3; k++) {
            code[k] = (char) toupper((unsigned char) at.data[k]);
        }

        code[3] = '\0';
        text->data += i ? 0 : 3;
        text->len -= 3;
        return 1;
    }

    return 0;
}


int
os_feed_price(os_str_t text, os_str_t currency, int64_t *minor, char code[4],
    os_error_t *err)
{
    os_str_t  amount;

    amount = os_feed_trim(text);

    if (!os_feed_currency(&amount, code)) {
        if (currency.len != 3) {
            return os_fail(err, "the price \"%.*s\" has no currency: "
                           "\"15.00 EUR\" expected", (int) text.len,
                           text.data);
        }

        memcpy(code, currency.data, 3);
        code[3] = '\0';
    }

    if (os_money_read(os_feed_trim(amount), os_currency_digits(os_str(code)),
                      minor) != 0
        || *minor < 0)
    {
        return os_fail(err, "the price \"%.*s\" is none that is plain: "
                       "\"15.00 EUR\" expected", (int) text.len, text.data);
    }

    return 0;
}


int
os_feed_stock(os_str_t word)
{
    size_t    i, k;
    os_buf_t  plain = { 0 };
    int       known = -1;

    static const char *const  out[] = { "outofstock", "soldout", "no", "false",
                                        "discontinued", "unavailable",
                                        "outofstockpermanently" };
    static const char *const  in[] = { "instock", "preorder", "backorder",
                                       "onbackorder", "availablefororder",
                                       "limitedavailability", "available",
                                       "yes", "true", "instoreonly",
                                       "onlineonly", "presale", "madetoorder",
                                       "" };

    for (i = 0; i < word.len; i++) {
        if (word.data[i] == '/') {
            plain.len = 0;              /* an address of schema.org */

        } else if (isalnum((unsigned char) word.data[i])
                   || strchr(".-", word.data[i]))
        {
            os_buf_char(&plain, (char) tolower((unsigned char) word.data[i]));
        }
    }

    (void) os_buf_reserve(&plain, 0);

    if (plain.len && strspn(plain.data, "0123456789.-") == plain.len) {
        known = plain.data[0] != '-' && strspn(plain.data, "0.") != plain.len;
        os_buf_free(&plain);
        return known;
    }

    for (i = k = 0; i < plain.len; i++) {
        if (plain.data[i] != '-') {
            plain.data[k++] = plain.data[i];
        }
    }

    plain.data[k] = '\0';

    for (i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
        known = strcmp(plain.data, out[i]) == 0 ? 0 : known;
    }

    for (i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
        known = strcmp(plain.data, in[i]) == 0 ? 1 : known;
    }

    os_buf_free(&plain);
    return known;
}


/* Takes "http://" or "https://", "www." and a usual port off: the host. */
static os_str_t
os_feed_host(os_str_t *url)
{
    size_t    i;
    os_str_t  host;

    for (i = 0; i < 2; i++) {
        size_t  n = i ? 7 : 8;

        if (url->len > n
            && strncasecmp(url->data, i ? "http://" : "https://", n) == 0)
        {
            url->data += n;
            url->len -= n;
            break;
        }
    }

    if (i == 2) {
        return OS_NULL;
    }

    for (i = 0; i < url->len && !strchr("/?#", url->data[i]); i++) { }

    host = (os_str_t) { i, url->data };
    url->data += i;
    url->len -= i;

    if (host.len > 4 && strncasecmp(host.data, "www.", 4) == 0) {
        host.data += 4;
        host.len -= 4;
    }

    if (host.len > 4 && memcmp(host.data + host.len - 4, ":443", 4) == 0) {
        host.len -= 4;

    } else if (host.len > 3 && memcmp(host.data + host.len - 3, ":80", 3) == 0)
    {
        host.len -= 3;
    }

    return host;
}


int
os_feed_link(const os_campaign_t *c, os_str_t link, os_buf_t *out)
{
    size_t         i;
    os_str_t       rest, site, host, own;
    unsigned char  b;

    rest = os_feed_trim(link);
    site = c->site;

    if (rest.len && rest.data[0] == '/') {
        if (rest.len > 1 && strchr("/\\", rest.data[1])) {
            return -1;
        }

    } else {
        host = os_feed_host(&rest);
        own = os_feed_host(&site);

        if (host.len == 0 || host.len != own.len
            || strncasecmp(host.data, own.data, own.len) != 0)
        {
            return -1;
        }

        os_buf_str(out, c->site);
        os_buf_text(out, rest.len && rest.data[0] == '/' ? "" : "/");
    }

    for (i = 0; i < rest.len; i++) {
        b = (unsigned char) rest.data[i];

        if (b <= ' ' || b >= 0x7f || strchr("\"<>\\^`{|}", b)) {
            os_buf_printf(out, "%%%02X", b);

        } else {
            os_buf_char(out, (char) b);
        }
    }

    return 0;
}


int
os_feed_range(os_str_t text, int64_t *from, int64_t *until)
{
    os_str_t     first;
    const char  *slash;

    text = os_feed_trim(text);
    slash = text.len ? memchr(text.data, '/', text.len) : NULL;

    if (slash == NULL) {
        return -1;
    }

    first = (os_str_t) { (size_t) (slash - text.data), text.data };
    text.data = slash + 1;
    text.len -= first.len + 1;

    return os_time_parse(os_feed_trim(first), from) == 0
           && os_time_parse(os_feed_trim(text), until) == 0
           && *from <= *until ? 0 : -1;
}

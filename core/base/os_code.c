/*
 * os_code: encodings. See os_code.h.
 */

#include "core/base/os_code.h"


void
os_hex(os_buf_t *out, const void *data, size_t len)
{
    static const char  digits[] = "0123456789abcdef";

    const uint8_t  *p = data;

    for (size_t i = 0; i < len; i++) {
        os_buf_char(out, digits[p[i] >> 4]);
        os_buf_char(out, digits[p[i] & 15]);
    }
}


/* Worked on as one, by whatever the machine has for that. */
typedef int8_t    os_bytes_t __attribute__((vector_size(16)));
typedef uint8_t   os_chars_t __attribute__((vector_size(16)));
typedef uint64_t  os_words_t __attribute__((vector_size(16)));


/* The first six of the eight bytes at p, as one number. */
static inline uint64_t
os_base64_six(const uint8_t *p)
{
    uint64_t  v;

    memcpy(&v, p, sizeof(v));
#if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
    v = __builtin_bswap64(v);
#endif
    return v >> 16;
}


/*
 * Sixteen letters of twelve bytes; two more may be read. Each number is cut in
 * halves three times, the upper half into the lower bytes. An alphabet is five
 * runs: to a value is added what its run has more than the one before.
 */
static inline void
os_base64_block(char *to, const uint8_t *p, const char *alphabet)
{
    os_words_t  v = { os_base64_six(p), os_base64_six(p + 6) };
    os_bytes_t  six;
    os_chars_t  letters;

    v = v >> 24 | v << 32;
    v = (v >> 12 & UINT64_C(0x00000fff00000fff))
        | (v & UINT64_C(0x00000fff00000fff)) << 16;
    v = (v >> 6 & UINT64_C(0x003f003f003f003f))
        | (v & UINT64_C(0x003f003f003f003f)) << 8;
#if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
    v = (os_words_t) { __builtin_bswap64(v[0]), __builtin_bswap64(v[1]) };
#endif
    six = (os_bytes_t) v;
    letters = (os_chars_t) six + 'A';
    letters += (os_chars_t) (six > 25) & ('a' - 'Z' - 1);
    letters += (os_chars_t) (six > 51) & (uint8_t) ('0' - 'z' - 1);
    letters += (os_chars_t) (six > 61) & (uint8_t) (alphabet[62] - '9' - 1);
    letters += (os_chars_t) (six > 62)
               & (uint8_t) (alphabet[63] - alphabet[62] - 1);
    memcpy(to, &letters, sizeof(letters));
}


static void
os_base64_with(os_buf_t *out, const uint8_t *p, size_t len,
    const char *alphabet, int padded)
{
    char      *to;
    uint32_t   bits;

    if (os_buf_reserve(out, len / 3 * 4 + 4) == -1) {
        return;
    }

    to = out->data + out->len;

    for ( ; len >= 14; len -= 12, p += 12) {
        os_base64_block(to, p, alphabet);
        to += 16;
    }

    for ( ; len >= 3; len -= 3, p += 3) {
        bits = (uint32_t) p[0] << 16 | (uint32_t) p[1] << 8 | p[2];
        to[0] = alphabet[bits >> 18];
        to[1] = alphabet[bits >> 12 & 63];
        to[2] = alphabet[bits >> 6 & 63];
        to[3] = alphabet[bits & 63];
        to += 4;
    }

    if (len > 0) {
        bits = (uint32_t) p[0] << 16 | (len > 1 ? (uint32_t) p[1] << 8 : 0);
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];

        if (len > 1) {
            *to++ = alphabet[bits >> 6 & 63];

        } else if (padded) {
            *to++ = '=';
        }

        if (padded) {
            *to++ = '=';
        }
    }

    *to = '\0';
    out->len = (size_t) (to - out->data);
}


void
os_base64(os_buf_t *out, const void *data, size_t len)
{
    os_base64_with(out, data, len, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "abcdefghijklmnopqrstuvwxyz0123456789+/", 1);
}


void
os_base64url(os_buf_t *out, const void *data, size_t len)
{
    os_base64_with(out, data, len, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "abcdefghijklmnopqrstuvwxyz0123456789-_", 0);
}


static int
os_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;
    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


ptrdiff_t
os_unhex(os_str_t text, void *out, size_t cap)
{
    int       high, low;
    uint8_t  *to = out;

    if (text.len % 2 || text.len / 2 > cap) {
        return -1;
    }

    for (size_t i = 0; i < text.len; i += 2) {
        high = os_hex_digit(text.data[i]);
        low = os_hex_digit(text.data[i + 1]);

        if (high < 0 || low < 0) {
            return -1;
        }

        *to++ = (uint8_t) (high << 4 | low);
    }

    return (ptrdiff_t) (text.len / 2);
}


static int
os_base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    return (c == '+' || c == '-') ? 62 : (c == '/' || c == '_') ? 63 : -1;
}


ptrdiff_t
os_unbase64(os_str_t text, void *out, size_t cap)
{
    int        digit;
    size_t     n, bits, pad;
    uint8_t   *to = out;
    uint32_t   value;

    for (pad = 0; pad < 2 && text.len > 0 && text.data[text.len - 1] == '=';
         pad++)
    {
        text.len--;
    }

    if (text.len % 4 == 1 || (pad > 0 && (text.len + pad) % 4 != 0)) {
        return -1;
    }

    value = 0;
    bits = 0;
    n = 0;

    for (size_t i = 0; i < text.len; i++) {
        digit = os_base64_digit(text.data[i]);
        if (digit < 0) {
            return -1;
        }

        value = (value << 6 | (uint32_t) digit) & 0xffff;
        bits += 6;

        if (bits >= 8) {
            bits -= 8;

            if (n == cap) {
                return -1;
            }

            to[n++] = (uint8_t) (value >> bits);
        }
    }

    /* one text for one value: what is left over must be zero */
    return (value & ((1u << bits) - 1)) == 0 ? (ptrdiff_t) n : -1;
}


static void
os_html_entity(os_buf_t *out, char c)
{
    switch (c) {
    case '&':  os_buf_text(out, "&amp;");  break;
    case '<':  os_buf_text(out, "&lt;");   break;
    case '>':  os_buf_text(out, "&gt;");   break;
    case '"':  os_buf_text(out, "&quot;"); break;
    default:   os_buf_text(out, "&#39;");
    }
}


typedef unsigned char  os_eight_t __attribute__((vector_size(8)));
typedef unsigned char  os_sixteen_t __attribute__((vector_size(16)));
typedef uint64_t       os_halves_t __attribute__((vector_size(16)));


/* To be escaped; "&" and "'" differ in one bit, and so do "<" and ">". */
#define OS_HTML_SPECIAL(c)                                                    \
    ((((c) | 1) == '\'') | (((c) | 2) == '>') | ((c) == '"'))


static int
os_html_is_plain_8(const char *p)
{
    uint64_t    found;
    os_eight_t  c;

    memcpy(&c, p, sizeof(c));
    c = (os_eight_t) OS_HTML_SPECIAL(c);
    memcpy(&found, &c, sizeof(found));

    return found == 0;
}


static int
os_html_is_plain_16(const char *p)
{
    os_halves_t   found;
    os_sixteen_t  c;

    memcpy(&c, p, sizeof(c));
    found = (os_halves_t) OS_HTML_SPECIAL(c);

    return (found[0] | found[1]) == 0;
}


/* Has it nothing to be escaped, as almost all? 0: it may have. */
static int
os_html_is_plain(os_str_t s)
{
    size_t  i;

    if (s.len < 16) {
        return s.len >= 8 && os_html_is_plain_8(s.data)
               && os_html_is_plain_8(s.data + s.len - 8);
    }

    for (i = 0; i + 16 < s.len; i += 16) {
        if (!os_html_is_plain_16(s.data + i)) {
            return 0;
        }
    }

    return os_html_is_plain_16(s.data + s.len - 16);
}


void
os_html_escape(os_buf_t *out, os_str_t s)
{
    size_t         start = 0;
    unsigned char  c;

    /* '&', '<', '>', '"', '\'', each a bit of the first 64 characters */
    static const uint64_t  special = (uint64_t) 0x5000 << 48
                                     | (uint64_t) 0xc4 << 32;

    if (os_html_is_plain(s)) {
        os_buf_str(out, s);
        return;
    }

    for (size_t i = 0; i < s.len; i++) {
        c = (unsigned char) s.data[i];

        if (c > '>' || (special >> c & 1) == 0) {
            continue;
        }

        os_buf_add(out, s.data + start, i - start);
        os_html_entity(out, s.data[i]);
        start = i + 1;
    }

    if (s.len > start) {
        os_buf_add(out, s.data + start, s.len - start);
    }
}


int
os_url_ok(os_str_t url)
{
    size_t  i, n;

    for (i = 0; i < url.len; i++) {
        if ((unsigned char) url.data[i] <= ' ' || url.data[i] == '\\'
            || url.data[i] == 0x7f)
        {
            return 0;
        }
    }

    for (n = 0; n < url.len && strchr("/?#", url.data[n]) == NULL; n++) {
        if (url.data[n] == ':') {
            return (n == 4 && strncasecmp(url.data, "http", n) == 0)
                   || (n == 5 && strncasecmp(url.data, "https", n) == 0);
        }
    }

    return url.len > 0;
}


void
os_url_escape(os_buf_t *out, os_str_t s)
{
    static const char  digits[] = "0123456789ABCDEF";

    uint8_t  c;

    for (size_t i = 0; i < s.len; i++) {
        c = (uint8_t) s.data[i];

        if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
            || c == '-' || c == '.' || c == '_' || c == '~')
        {
            os_buf_char(out, (char) c);
            continue;
        }

        os_buf_char(out, '%');
        os_buf_char(out, digits[c >> 4]);
        os_buf_char(out, digits[c & 15]);
    }
}


os_str_t
os_utf8_front(os_str_t s, size_t max)
{
    if (s.len > max) {
        s.len = max;

        while (s.len && ((unsigned char) s.data[s.len] & 0xc0) == 0x80) {
            s.len--;
        }
    }

    return s;
}


/* Bytes of the character that begins here; 0: it is none (RFC 3629, 4). */
static size_t
os_utf8_char(const uint8_t *p, const uint8_t *end)
{
    size_t    i, n;
    uint32_t  c = *p, least;

    if (c < 0x80) {
        return 1;
    }

    if (c >= 0xc2 && c <= 0xdf) {
        n = 1, c &= 0x1f, least = 0x80;

    } else if (c >= 0xe0 && c <= 0xef) {
        n = 2, c &= 0x0f, least = 0x800;

    } else if (c >= 0xf0 && c <= 0xf4) {
        n = 3, c &= 0x07, least = 0x10000;

    } else {
        return 0;
    }

    if ((size_t) (end - p) <= n) {
        return 0;
    }

    for (i = 1; i <= n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        c = c << 6 | (p[i] & 0x3f);
    }

    return c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0
                                                                     : n + 1;
}


int
os_utf8_valid(os_str_t s)
{
    size_t          n;
    const uint8_t  *p = (const uint8_t *) s.data, *end = p + s.len;

    for ( /* void */ ; p < end; p += n) {
        n = *p ? os_utf8_char(p, end) : 0;

        if (n == 0) {
            return 0;
        }
    }

    return 1;
}


void
os_utf8_mend(os_str_t s, os_buf_t *out)
{
    size_t          n;
    const uint8_t  *p = (const uint8_t *) s.data, *end = p + s.len;

    for ( /* void */ ; p < end; p += n ? n : 1) {
        n = os_utf8_char(p, end);

        if (n) {
            os_buf_add(out, (const char *) p, n);

        } else {
            os_buf_text(out, "\xef\xbf\xbd");
        }
    }
}


int
os_host_is_loopback(os_str_t host)
{
    return os_str_equal(host, OS_STR("localhost"))
           || os_str_equal(host, OS_STR("::1"))
           || os_str_equal(host, OS_STR("[::1]"))
           || (host.len > 4 && memcmp(host.data, "127.", 4) == 0
               && strspn(host.data, "0123456789.") >= host.len);
}


int
os_url_keeps_secrets(os_str_t url)
{
    size_t     n;
    os_str_t   host;

    if (url.len < 7 || memcmp(url.data, "http://", 7) != 0) {
        return 1;
    }

    host = (os_str_t) { url.len - 7, url.data + 7 };

    for (n = 0; n < host.len && strchr("/?#", host.data[n]) == NULL; n++) {
        /* up to the path */
    }

    host.len = n;

    for (n = host.len; n > 0 && host.data[n - 1] != ']'; n--) {
        if (host.data[n - 1] == ':') {
            host.len = n - 1;
            break;
        }
    }

    return os_host_is_loopback(host);
}

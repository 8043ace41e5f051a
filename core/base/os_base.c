/*
 * os_base: strings, buffers, encodings, hashes, times. See os_base.h.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "core/base/os_base.h"


#define OS_FILE_MAX      (16 * 1024 * 1024)
#define OS_SHA256_BLOCK  64


int
os_str_starts(os_str_t s, os_str_t prefix)
{
    return s.len >= prefix.len
           && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}


void
os_buf_free(os_buf_t *b)
{
    if (!b->lent) {
        free(b->data);
    }

    *b = (os_buf_t) { 0 };
}


int
os_buf_reserve(os_buf_t *b, size_t more)
{
    char    *data;
    size_t   size;

    if (b->failed || more > SIZE_MAX / 4 - b->len) {
        b->failed = 1;
        return -1;
    }

    if (b->len + more + 1 <= b->size) {
        return 0;
    }

    size = b->size ? b->size : 256;

    while (size < b->len + more + 1) {
        size *= 2;
    }

    data = realloc(b->lent ? NULL : b->data, size);
    if (data == NULL) {
        b->failed = 1;
        return -1;
    }

    if (b->lent) {
        memcpy(data, b->data, b->len);
        b->lent = 0;
    }

    b->data = data;
    b->size = size;
    b->data[b->len] = '\0';
    return 0;
}


void
os_buf_grow(os_buf_t *b, const char *data, size_t len)
{
    if (os_buf_reserve(b, len) == -1 || len == 0) {
        return;
    }

    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}


void
os_buf_int(os_buf_t *b, int64_t value)
{
    char       text[24];
    char      *p = text + sizeof(text);
    uint64_t   n = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;

    do {
        *--p = (char) ('0' + n % 10);
        n /= 10;
    } while (n > 0);

    if (value < 0) {
        *--p = '-';
    }

    os_buf_add(b, p, (size_t) (text + sizeof(text) - p));
}


void
os_buf_printf(os_buf_t *b, const char *fmt, ...)
{
    int      n;
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0 || os_buf_reserve(b, (size_t) n) == -1) {
        b->failed = 1;
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(b->data + b->len, (size_t) n + 1, fmt, args);
    va_end(args);

    b->len += (size_t) n;
}


int
os_fail(os_error_t *err, const char *fmt, ...)
{
    va_list  args;

    if (err != NULL) {
        va_start(args, fmt);
        (void) vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
    }

    return -1;
}


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


void
os_html_escape(os_buf_t *out, os_str_t s)
{
    size_t         start = 0;
    unsigned char  c;

    /* '&', '<', '>', '"', '\'', each a bit of the first 64 characters */
    static const uint64_t  special = (uint64_t) 0x5000 << 48
                                     | (uint64_t) 0xc4 << 32;

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


int
os_utf8_valid(os_str_t s)
{
    size_t          n;
    uint32_t        c, least;
    const uint8_t  *p, *end;

    p = (const uint8_t *) s.data;
    end = p + s.len;

    while (p < end) {
        c = *p++;

        if (c == 0) {
            return 0;
        }

        if (c < 0x80) {
            continue;
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

        if ((size_t) (end - p) < n) {
            return 0;
        }

        while (n-- > 0) {
            if ((*p & 0xc0) != 0x80) {
                return 0;
            }

            c = c << 6 | (*p++ & 0x3f);
        }

        if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
            return 0;
        }
    }

    return 1;
}


uint16_t
os_crc16(const void *data, size_t len)
{
    return os_crc16_more(0, data, len);
}


uint16_t
os_crc16_more(uint16_t crc, const void *data, size_t len)
{
    unsigned        x;
    const uint8_t  *p = data;

    /* 0x1021, eight bits at once: what leaves comes back at 12, 5 and 0 */

    while (len-- > 0) {
        x = crc >> 8 ^ *p++;
        x ^= x >> 4;
        crc = (uint16_t) ((unsigned) crc << 8 ^ x << 12 ^ x << 5 ^ x);
    }

    return crc;
}


/*
 * SHA256_Update() and not SHA256() or HMAC(): OpenSSL 3 looks its algorithms
 * up at every call of those, which costs more than the hashing itself. They
 * are deprecated for that detour, and stay.
 */
void
os_sha256(const void *data, size_t len, uint8_t out[OS_SHA256_LEN])
{
    SHA256_CTX  sha;

    (void) SHA256_Init(&sha);
    (void) SHA256_Update(&sha, data, len);
    (void) SHA256_Final(out, &sha);
    OPENSSL_cleanse(&sha, sizeof(sha));
}


_Static_assert(sizeof(SHA256_CTX) <= sizeof(((os_hmac_t *) 0)->inner),
               "room for the state of SHA-256");


void
os_hmac_ready(os_hmac_t *hmac, os_str_t key)
{
    uint8_t  block[OS_SHA256_BLOCK] = { 0 };

    if (key.len > sizeof(block)) {
        os_sha256(key.data, key.len, block);

    } else if (key.len > 0) {
        memcpy(block, key.data, key.len);
    }

    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= 0x36;
    }

    (void) SHA256_Init((SHA256_CTX *) hmac->inner);
    (void) SHA256_Update((SHA256_CTX *) hmac->inner, block, sizeof(block));

    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }

    (void) SHA256_Init((SHA256_CTX *) hmac->outer);
    (void) SHA256_Update((SHA256_CTX *) hmac->outer, block, sizeof(block));

    OPENSSL_cleanse(block, sizeof(block));
}


void
os_hmac(const os_hmac_t *hmac, os_str_t data, uint8_t out[OS_SHA256_LEN])
{
    uint8_t     inner[OS_SHA256_LEN];
    SHA256_CTX  sha;

    memcpy(&sha, hmac->inner, sizeof(sha));
    (void) SHA256_Update(&sha, data.data ? data.data : "", data.len);
    (void) SHA256_Final(inner, &sha);

    memcpy(&sha, hmac->outer, sizeof(sha));
    (void) SHA256_Update(&sha, inner, sizeof(inner));
    (void) SHA256_Final(out, &sha);

    OPENSSL_cleanse(&sha, sizeof(sha));
}


void
os_hmac_sha256(os_str_t key, os_str_t data, uint8_t out[OS_SHA256_LEN])
{
    os_hmac_t  hmac;

    os_hmac_ready(&hmac, key);
    os_hmac(&hmac, data, out);
    OPENSSL_cleanse(&hmac, sizeof(hmac));
}


int
os_equal_ct(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}


int
os_random(void *out, size_t len)
{
    return RAND_bytes(out, (int) len) == 1 ? 0 : -1;
}


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
os_take_char(os_str_t *s, char c)
{
    if (s->len == 0 || s->data[0] != c) {
        return 0;
    }

    s->data++;
    s->len--;
    return 1;
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

    if (!os_take_char(&s, '+') && !os_take_char(&s, '-')) {
        return -1;
    }

    hours = os_take_digits(&s, 2);
    (void) os_take_char(&s, ':');
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
    if (y < 0 || !os_take_char(&rest, '-')) {
        return -1;
    }

    mo = os_take_digits(&rest, 2);
    if (mo < 1 || mo > 12 || !os_take_char(&rest, '-')) {
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

    if (os_take_char(&rest, 'T') || os_take_char(&rest, ' ')) {
        h = os_take_digits(&rest, 2);
        if (h < 0 || h > 24 || !os_take_char(&rest, ':')) {
            return -1;
        }

        mi = os_take_digits(&rest, 2);
        s = os_take_char(&rest, ':') ? os_take_digits(&rest, 2) : 0;

        if (mi < 0 || mi > 59 || s < 0 || s > 60
            || (h == 24 && (mi > 0 || s > 0)))
        {
            return -1;
        }

        if (os_take_char(&rest, '.')) {
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


#define OS_CODE(a, b, c)                                                      \
    ((unsigned char) (a) << 16 | (unsigned char) (b) << 8 | (unsigned char) (c))


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

    negative = os_take_char(&text, '-');

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


os_str_t
os_mail_address(os_str_t text)
{
    size_t       i;
    const char  *open;

    open = text.len ? memrchr(text.data, '<', text.len) : NULL;

    if (open != NULL) {
        text.len -= (size_t) (open + 1 - text.data);
        text.data = open + 1;

        for (i = 0; i < text.len && text.data[i] != '>'; i++) { /* void */ }

        text.len = i;
    }

    while (text.len && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }

    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }

    return text;
}


int
os_mail_address_ok(os_str_t a)
{
    size_t  i, at;

    at = 0;

    for (i = 0; i < a.len; i++) {
        if ((unsigned char) a.data[i] <= ' ' || a.data[i] == 127
            || strchr("<>,;\"()[]\\", a.data[i]) != NULL)
        {
            return 0;
        }

        at += a.data[i] == '@';
    }

    return at == 1 && a.len >= 3 && a.len <= 254 && a.data[0] != '@'
           && a.data[a.len - 1] != '@';
}


int
os_file_read(const char *path, os_buf_t *out, os_error_t *err)
{
    FILE    *file;
    char     part[16384];
    size_t   n;

    file = fopen(path, "rb");
    if (file == NULL) {
        return os_fail(err, "%s: cannot be opened: %s", path, strerror(errno));
    }

    while ((n = fread(part, 1, sizeof(part), file)) > 0) {
        os_buf_add(out, part, n);

        if (out->len > OS_FILE_MAX) {
            (void) fclose(file);
            return os_fail(err, "%s: larger than %d MiB", path,
                           OS_FILE_MAX / (1024 * 1024));
        }
    }

    if (ferror(file) || out->failed) {
        (void) fclose(file);
        return os_fail(err, "%s: cannot be read: %s", path,
                       out->failed ? "no memory" : strerror(errno));
    }

    (void) fclose(file);
    (void) os_buf_reserve(out, 0);
    return 0;
}

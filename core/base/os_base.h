/*
 * os_base: the few things that every other file of core/ stands on.
 * Counted strings, a growing buffer, encodings, hashes, times.
 *
 * No globals, no clock, no sockets. Memory comes from malloc; whoever gets
 * an os_buf_t releases it with os_buf_free().
 */

#ifndef OS_BASE_H
#define OS_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>
#include <string.h>


/* Bytes that belong to somebody else; not terminated. */
typedef struct {
    size_t       len;
    const char  *data;
} os_str_t;

#define OS_STR(literal)  ((os_str_t) { sizeof(literal) - 1, (literal) })
#define OS_NULL          ((os_str_t) { 0, NULL })

/* NULL gives OS_NULL */
static inline os_str_t
os_str(const char *text)
{
    return text ? (os_str_t) { strlen(text), text } : OS_NULL;
}

static inline int
os_str_equal(os_str_t a, os_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int os_str_starts(os_str_t s, os_str_t prefix);

/*
 * How many of the eight bytes at p come before the first that a JSON string
 * cannot hold as it is (a control, '"', '\\') or that is beyond ASCII. What
 * is borrowed or carried goes upwards, so that the first hit is a true one.
 */
static inline size_t
os_word_plain(const char *p)
{
    uint64_t        v, quote, slash;
    const uint64_t  ones = UINT64_C(0x0101010101010101), high = ones << 7;

    memcpy(&v, p, sizeof(v));
#if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
    v = __builtin_bswap64(v);
#endif
    quote = v ^ (ones * '"');
    slash = v ^ (ones * '\\');
    v = ((v - ones * ' ') | (quote - ones) | (slash - ones) | v) & high;

    return v ? (size_t) __builtin_ctzll(v) / 8 : 8;
}


/*
 * A buffer that grows. data is always terminated by a zero byte that len does
 * not count. When memory runs out `failed` is set, what was there stays, and
 * every later append does nothing: check once, at the end.
 */
typedef struct {
    char     *data;
    size_t    len;
    size_t    size;
    unsigned  failed:1;
    unsigned  lent:1;       /* data is not from malloc */
} os_buf_t;

/*
 * A buffer that begins in memory of the caller's, an array on his stack, and
 * moves out when that is full: most texts are short. Not for text that is
 * handed on as data; it is released with os_buf_free() as all are.
 */
static inline os_buf_t
os_buf_on(char *room, size_t size)
{
    room[0] = '\0';
    return (os_buf_t) { .data = room, .size = size, .lent = 1 };
}

void os_buf_free(os_buf_t *b);
int  os_buf_reserve(os_buf_t *b, size_t more);  /* 0, or -1: no memory */

/* os_buf_add() where there may be no room yet. */
void os_buf_grow(os_buf_t *b, const char *data, size_t len);
void os_buf_int(os_buf_t *b, int64_t value);
void os_buf_printf(os_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * memcpy for texts, most of which are short: up to sixteen bytes are two moves
 * that may overlap.
 */
static inline void
os_copy(char *to, const char *from, size_t len)
{
    uint64_t  first, last;
    uint32_t  front, back;

    if (__builtin_constant_p(len) || len > 16) {
        memcpy(to, from, len);

    } else if (len >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + len - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);

    } else if (len >= 4) {
        memcpy(&front, from, 4);
        memcpy(&back, from + len - 4, 4);
        memcpy(to, &front, 4);
        memcpy(to + len - 4, &back, 4);

    } else if (len > 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
}

/* Pages are written by these: where there is room, they are a few moves. */
static inline void
os_buf_add(os_buf_t *b, const char *data, size_t len)
{
    if (len == 0 || b->len + len >= b->size || b->failed) {
        os_buf_grow(b, data, len);
        return;
    }

    os_copy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

static inline void
os_buf_char(os_buf_t *b, char c)
{
    if (b->len + 1 >= b->size || b->failed) {
        os_buf_grow(b, &c, 1);
        return;
    }

    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

static inline void
os_buf_str(os_buf_t *b, os_str_t s)
{
    os_buf_add(b, s.data, s.len);
}

static inline void
os_buf_text(os_buf_t *b, const char *text)
{
    os_buf_add(b, text, strlen(text));
}

static inline os_str_t
os_buf_view(const os_buf_t *b)
{
    return (os_str_t) { b->len, b->data ? b->data : "" };
}


/* What went wrong, in words for a person; file:line:column where known. */
typedef struct {
    char  text[1024];
} os_error_t;

/* Fills err (may be NULL) and returns -1, so that callers can return it. */
int os_fail(os_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


/* Encodings. The appenders never fail but for memory. */
void os_hex(os_buf_t *out, const void *data, size_t len);
/* RFC 4648, section 4, and 5 without padding */
void os_base64(os_buf_t *out, const void *data, size_t len);
void os_base64url(os_buf_t *out, const void *data, size_t len);

/*
 * Decoders write at most cap bytes to out and return how many, or -1 when the
 * text is not of that encoding or does not fit. Padding is optional.
 */
ptrdiff_t os_unhex(os_str_t text, void *out, size_t cap);
ptrdiff_t os_unbase64(os_str_t text, void *out, size_t cap);  /* either one */

void os_html_escape(os_buf_t *out, os_str_t s);     /* & < > " ' */
/* All but what RFC 3986 calls unreserved. */
void os_url_escape(os_buf_t *out, os_str_t s);

/*
 * Is this well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? NUL
 * is refused as well: an event that holds one is not read again.
 */
int os_utf8_valid(os_str_t s);


/* CRC16/XMODEM, as Redis Cluster uses for its slots. */
uint16_t os_crc16(const void *data, size_t len);
uint16_t os_crc16_more(uint16_t crc, const void *data, size_t len);

#define OS_SHA256_LEN  32

void os_sha256(const void *data, size_t len, uint8_t out[OS_SHA256_LEN]);

/* HMAC-SHA-256, RFC 2104: with a key, or with one that was made ready. */
typedef struct {
    uint64_t  inner[14];    /* OpenSSL's state behind the key's block */
    uint64_t  outer[14];
} os_hmac_t;

void os_hmac_ready(os_hmac_t *hmac, os_str_t key);
void os_hmac(const os_hmac_t *hmac, os_str_t data, uint8_t out[OS_SHA256_LEN]);
void os_hmac_sha256(os_str_t key, os_str_t data, uint8_t out[OS_SHA256_LEN]);

/* Compares in a time that depends on len alone; 1 when equal. */
int os_equal_ct(const void *a, const void *b, size_t len);

/* Fills with random bytes from the operating system; -1 when it has none. */
int os_random(void *out, size_t len);


/*
 * Times are seconds since 1970-01-01 UTC unless a name ends in _ms.
 * os_time_parse takes ISO 8601 ("2026-11-21T20:47:57", with "Z" or an offset;
 * without either it is taken as UTC) and plain epoch seconds.
 */
int os_time_parse(os_str_t text, int64_t *out);

/* "90", "90s", "2m", "1h30m", "14d" to seconds; -1 when not of that form. */
int os_duration_parse(os_str_t text, int64_t *out);

/* Days since 1970-01-01 of a civil date, and back (proleptic Gregorian). */
int64_t os_days_from_civil(int64_t y, int m, int d);
void os_civil_from_days(int64_t days, int64_t *y, int *m, int *d);


/*
 * Digits after the point of a currency's amounts (ISO 4217: EUR 2, KRW 0,
 * KWD 3); 2 for a code that is not known.
 */
int os_currency_digits(os_str_t currency);

/*
 * A decimal ("12.5", "-3", "1,000.00" is not one) to minor units, rounded half
 * up beyond the currency's digits. -1 when it is not a number or too large.
 */
int os_money_parse(os_str_t text, int digits, int64_t *minor);
void os_money_decimal(os_buf_t *out, int64_t minor, int digits);  /* "12.50" */

/* The address of "Name <address>": what stands in <> or the whole, trimmed. */
os_str_t os_mail_address(os_str_t text);

/*
 * Can this be an address (RFC 5322's addr-spec without quotes or comments: one
 * @, no spaces, no controls, no <>,;)?
 */
int os_mail_address_ok(os_str_t address);

/* A whole file, or -1 with err. Caps at 16 MiB. */
int os_file_read(const char *path, os_buf_t *out, os_error_t *err);

#endif /* OS_BASE_H */

/*
 * os_code: how bytes are written where not all bytes may stand.
 */

#ifndef OS_CODE_H
#define OS_CODE_H

#include "core/base/os_buf.h"


/* The appenders never fail but for memory. */
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
 * May an address that comes from outside stand in a page or a message? Of http
 * and https, or without a scheme; no white space, control character or
 * backslash, which browsers drop or read as something else. 1 or 0.
 */
int os_url_ok(os_str_t url);

/*
 * Is this well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? NUL
 * is refused as well: an event that holds one is not read again.
 */
int os_utf8_valid(os_str_t s);

/* Appends s, with U+FFFD for each byte that is no part of a character. */
void os_utf8_mend(os_str_t s, os_buf_t *out);

/* At most `max` bytes of s, not through the middle of a character. */
os_str_t os_utf8_front(os_str_t s, size_t max);

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

/* Is this host this machine: localhost, 127.…, ::1, with or without [ ]? */
int os_host_is_loopback(os_str_t host);

/*
 * May a password go with a request to this URL? Not over a network in the
 * clear: with http: to this machine alone.
 */
int os_url_keeps_secrets(os_str_t url);

#endif /* OS_CODE_H */

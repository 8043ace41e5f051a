/*
 * os_sms: see os_sms.h.
 */

#include "core/text/os_sms.h"


/* 3GPP TS 23.038, 6.2.1: what is not ASCII; 6.2.1.1: the extension. */
static const uint16_t  os_gsm_other[] = {
    0x00a3, 0x00a5, 0x00e8, 0x00e9, 0x00f9, 0x00ec, 0x00f2, 0x00c7, 0x00d8,
    0x00f8, 0x00c5, 0x00e5, 0x0394, 0x03a6, 0x0393, 0x039b, 0x03a9, 0x03a0,
    0x03a8, 0x03a3, 0x0398, 0x039e, 0x00c6, 0x00e6, 0x00df, 0x00c9, 0x00a4,
    0x00a1, 0x00c4, 0x00d6, 0x00d1, 0x00dc, 0x00a7, 0x00bf, 0x00e4, 0x00f6,
    0x00f1, 0x00fc, 0x00e0,
};


/* Septets of a character, 0 when the alphabet has it not. */
static unsigned
os_gsm_septets(uint32_t c)
{
    size_t  i;

    if (c == '[' || c == ']' || c == '{' || c == '}' || c == '\\' || c == '~'
        || c == '^' || c == '|' || c == 0x20ac)
    {
        return 2;
    }

    if (c == '\n' || c == '\r' || (c >= ' ' && c <= '~' && c != '`')) {
        return 1;
    }

    for (i = 0; i < sizeof(os_gsm_other) / sizeof(os_gsm_other[0]); i++) {
        if (os_gsm_other[i] == c) {
            return 1;
        }
    }

    return 0;
}


/* The next character of UTF-8; one byte and U+FFFD where it is malformed. */
static uint32_t
os_sms_next(os_str_t text, size_t *at)
{
    size_t    n, i;
    uint32_t  c;
    uint8_t   first;

    first = (uint8_t) text.data[*at];
    n = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3
        : first >= 0xc0 ? 2 : 0;

    if (n == 0 || *at + n > text.len) {
        (*at)++;
        return 0xfffd;
    }

    c = n == 1 ? first : first & (0xffu >> (n + 1));

    for (i = 1; i < n; i++) {
        if (((uint8_t) text.data[*at + i] & 0xc0) != 0x80) {
            (*at)++;
            return 0xfffd;
        }

        c = c << 6 | ((uint8_t) text.data[*at + i] & 0x3f);
    }

    *at += n;

    return c;
}


/* How many messages of `part` units, nothing that is two units being split. */
static size_t
os_sms_parts(os_str_t text, int ucs2, size_t part)
{
    size_t    at, parts, used, n;
    uint32_t  c;

    parts = 1;
    used = 0;

    for (at = 0; at < text.len; /* void */ ) {
        c = os_sms_next(text, &at);
        n = ucs2 ? (c > 0xffff ? 2 : 1) : os_gsm_septets(c);

        if (used + n > part) {
            parts++;
            used = 0;
        }

        used += n;
    }

    return parts;
}


os_sms_length_t
os_sms_length(os_str_t text)
{
    size_t           at, septets, units;
    uint32_t         c;
    os_sms_length_t  length;

    length = (os_sms_length_t) { 0 };
    septets = 0;
    units = 0;

    for (at = 0; at < text.len; /* void */ ) {
        c = os_sms_next(text, &at);
        units += c > 0xffff ? 2 : 1;
        septets += os_gsm_septets(c);

        if (os_gsm_septets(c) == 0) {
            length.ucs2 = 1;
        }
    }

    length.units = length.ucs2 ? units : septets;

    if (length.units == 0) {
        return length;
    }

    if (length.units <= (length.ucs2 ? 70 : 160)) {
        length.segments = 1;

    } else {
        length.segments = os_sms_parts(text, length.ucs2,
                                       length.ucs2 ? 67 : 153);
    }

    return length;
}


static const struct {
    uint32_t     c;
    const char  *plain;
} os_sms_signs[] = {
    { 0x00a0, " " }, { 0x2009, " " }, { 0x200a, " " }, { 0x202f, " " },
    { 0x2010, "-" }, { 0x2011, "-" }, { 0x2012, "-" }, { 0x2013, "-" },
    { 0x2014, "-" }, { 0x2018, "'" }, { 0x2019, "'" }, { 0x201c, "\"" },
    { 0x201d, "\"" }, { 0x201e, "\"" }, { 0x00ab, "\"" }, { 0x00bb, "\"" },
    { 0x2026, "..." }, { 0x00d7, "x" }, { 0x00b7, "." },
};


static void
os_sms_ascii(os_str_t text, os_buf_t *out)
{
    size_t    at, from, i;
    uint32_t  c;

    for (at = 0; at < text.len; /* void */ ) {
        from = at;
        c = os_sms_next(text, &at);

        for (i = 0; i < sizeof(os_sms_signs) / sizeof(os_sms_signs[0]); i++) {
            if (os_sms_signs[i].c == c) {
                os_buf_text(out, os_sms_signs[i].plain);
                break;
            }
        }

        if (i == sizeof(os_sms_signs) / sizeof(os_sms_signs[0])) {
            os_buf_add(out, text.data + from, at - from);
        }
    }
}


/* Signs are only made plain where all of the text is plain then. */
void
os_sms_plain(os_str_t text, os_buf_t *out)
{
    os_buf_t  plain = { 0 };

    os_sms_ascii(text, &plain);
    os_buf_str(out, os_sms_length(os_buf_view(&plain)).ucs2
                    ? text : os_buf_view(&plain));
    out->failed |= plain.failed;
    os_buf_free(&plain);
}

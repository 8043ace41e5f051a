/*
 * os_ascii: see os_ascii.h.
 */

#include "core/base/os_code.h"
#include "core/html/os_ascii.h"


/* The first byte that is no ASCII. */
static const char *
os_ascii_skip(const char *p, const char *end)
{
    uint64_t  word;

    for ( /* void */ ; end - p >= 8; p += 8) {
        memcpy(&word, p, 8);

        if (word & UINT64_C(0x8080808080808080)) {
            break;
        }
    }

    while (p < end && (unsigned char) *p < 0x80) {
        p++;
    }

    return p;
}


int
os_ascii_is(os_str_t text)
{
    return text.len == 0
           || os_ascii_skip(text.data, text.data + text.len)
              == text.data + text.len;
}


/* The character at *p, which is more than one byte of valid UTF-8. */
static unsigned
os_ascii_decode(const char **p)
{
    int       more;
    unsigned  c = (unsigned char) *(*p)++;

    more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    c &= 0x3fu >> more;

    while (more--) {
        c = c << 6 | ((unsigned char) *(*p)++ & 0x3f);
    }

    return c;
}


int
os_ascii_put(os_str_t text, os_buf_t *out)
{
    const char  *p = text.data, *end = text.data + text.len, *from;

    if (!os_utf8_valid(text)) {
        return -1;
    }

    while (p < end) {
        from = p;
        p = os_ascii_skip(p, end);
        os_buf_add(out, from, (size_t) (p - from));

        if (p < end) {
            os_buf_printf(out, "&#%u;", os_ascii_decode(&p));
        }
    }

    return 0;
}

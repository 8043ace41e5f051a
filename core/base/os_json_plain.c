/*
 * os_json_plain: see os_json_plain.h. The copy of the text ends with zero
 * bytes, which fit nowhere in JSON: so nothing goes past the end.
 */

#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_json_plain.h"


#define OS_PLAIN_DEPTH   16
#define OS_PLAIN_DIGITS  18


static void
os_plain_space(os_plain_t *p)
{
    while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t'
           || *p->at == '\r')
    {
        p->at++;
    }
}


void
os_plain_init(os_plain_t *p, os_str_t text, char *room)
{
    if (text.len) {
        memcpy(room, text.data, text.len);
    }

    memset(room + text.len, 0, OS_PLAIN_WORD);
    *p = (os_plain_t) { .at = room, .text = { text.len, room },
                        .free = room + text.len + OS_PLAIN_WORD };
    os_plain_space(p);
}


int
os_plain_end(const os_plain_t *p)
{
    os_plain_t  rest = *p;

    os_plain_space(&rest);

    return rest.at == p->text.data + p->text.len
           && (!p->wide || os_utf8_valid(p->text)) ? 0 : -1;
}


int
os_plain_open(os_plain_t *p, char close)
{
    p->at++;
    os_plain_space(p);

    if (*p->at != close) {
        return 1;
    }

    p->at++;
    return 0;
}


int
os_plain_comma(os_plain_t *p)
{
    os_plain_space(p);

    if (*p->at != ',') {
        return 0;
    }

    p->at++;
    os_plain_space(p);
    return 1;
}


/* The character after a backslash, or 0: \uXXXX is left to jansson. */
static char
os_plain_escape(char c)
{
    switch (c) {
    case '"':  case '\\':  case '/':  return c;
    case 'b':  return '\b';
    case 'f':  return '\f';
    case 'n':  return '\n';
    case 'r':  return '\r';
    case 't':  return '\t';
    default:   return '\0';
    }
}


/* A string with escapes, from its first one on: they are taken out. */
static int
os_plain_escaped(os_plain_t *p, const char *start, os_str_t *out)
{
    char    c, *to = p->free;
    size_t  len = (size_t) (p->at - start);

    memcpy(to, start, len);
    to += len;

    for ( ; *p->at != '"'; p->at++) {
        c = *p->at;

        if ((unsigned char) c < ' ') {
            return -1;
        }

        if (c == '\\') {
            c = os_plain_escape(*++p->at);

            if (c == '\0') {
                return -1;
            }
        }

        if ((unsigned char) c >= 0x80) {
            p->wide = 1;
        }

        *to++ = c;
    }

    *out = (os_str_t) { (size_t) (to - p->free), p->free };
    p->free = to;
    p->at++;
    return 0;
}


int
os_plain_string(os_plain_t *p, os_str_t *out)
{
    size_t         n;
    unsigned char  c;
    const char    *start = p->at + 1;

    if (*p->at != '"') {
        return -1;
    }

    p->at = start;

    for ( ;; p->at++) {

        /* eight bytes may be read behind any: see OS_PLAIN_WORD */

        do {
            n = os_word_plain(p->at);
            p->at += n;
        } while (n == OS_PLAIN_WORD);

        c = (unsigned char) *p->at;

        if (c == '"') {
            break;
        }

        if (c == '\\') {
            return os_plain_escaped(p, start, out);
        }

        if (c < ' ') {
            return -1;
        }

        if (c >= 0x80) {
            p->wide = 1;
        }
    }

    *out = (os_str_t) { (size_t) (p->at - start), start };
    p->at++;
    return 0;
}


/* An integer of few digits; whoever comes after it refuses "1.5" and "1e9". */
int
os_plain_int(os_plain_t *p, int64_t *out)
{
    int          negative = *p->at == '-';
    int64_t      value = 0;
    const char  *start;

    p->at += negative;

    for (start = p->at; *p->at >= '0' && *p->at <= '9'; p->at++) {

        if (p->at - start == OS_PLAIN_DIGITS) {
            return -1;
        }

        value = value * 10 + (*p->at - '0');
    }

    if (p->at == start || (*start == '0' && p->at - start > 1)) {
        return -1;
    }

    *out = negative ? -value : value;
    return 0;
}


static int
os_plain_word(os_plain_t *p, const char *word, size_t len)
{
    if (strncmp(p->at, word, len) != 0) {
        return -1;
    }

    p->at += len;
    return 0;
}


int
os_plain_count(os_plain_t *p, size_t *n)
{
    *n = 0;

    if (!os_plain_open(p, ']')) {
        return 0;
    }

    do {
        if (os_plain_skip(p) == -1) {
            return -1;
        }

        (*n)++;
    } while (os_plain_comma(p));

    return os_plain_is(p, ']') ? 0 : -1;
}


int
os_plain_name(os_plain_t *p, os_str_t *out)
{
    if (os_plain_string(p, out) == -1) {
        return -1;
    }

    os_plain_space(p);

    if (!os_plain_is(p, ':')) {
        return -1;
    }

    os_plain_space(p);
    return 0;
}


/* An object, all of whose members are passed over. */
static int
os_plain_members(os_plain_t *p)
{
    os_str_t  name;

    if (!os_plain_open(p, '}')) {
        return 0;
    }

    do {
        if (os_plain_name(p, &name) == -1 || os_plain_skip(p) == -1) {
            return -1;
        }
    } while (os_plain_comma(p));

    return os_plain_is(p, '}') ? 0 : -1;
}


int
os_plain_skip(os_plain_t *p)
{
    int        rc;
    size_t     n;
    int64_t    value;
    os_str_t   text;

    switch (*p->at) {

    case '"':
        return os_plain_string(p, &text);

    case '{':
    case '[':
        if (p->depth == OS_PLAIN_DEPTH) {
            return -1;
        }

        p->depth++;
        rc = *p->at == '{' ? os_plain_members(p) : os_plain_count(p, &n);
        p->depth--;
        return rc;

    case 't':
        return os_plain_word(p, "true", 4);

    case 'f':
        return os_plain_word(p, "false", 5);

    case 'n':
        return os_plain_word(p, "null", 4);

    default:
        return os_plain_int(p, &value);
    }
}

/*
 * os_json_pull: JSON as it comes. See os_json_pull.h.
 *
 * Each state takes all the bytes that it can and names the next one; what has
 * to be known over the end of a piece lies in the os_pull_t. The containers
 * that are open are one bit each: is it an object?
 */

#include "core/base/os_code.h"
#include "core/base/os_json_pull.h"


enum {
    OS_PULL_VALUE = 0,          /* a value must come */
    OS_PULL_FIRST,              /* a value, or the end of an empty array */
    OS_PULL_NAME,               /* a member's name must come */
    OS_PULL_FIRST_NAME,         /* or the end of an empty object */
    OS_PULL_COLON,
    OS_PULL_AFTER,              /* a value is complete */
    OS_PULL_TEXT,               /* in a string */
    OS_PULL_CHARACTER,          /* in one of several bytes */
    OS_PULL_ESCAPE,
    OS_PULL_HEX,
    OS_PULL_PAIR,               /* behind the first half of one */
    OS_PULL_PAIR_ESCAPE,
    OS_PULL_DIGITS,
    OS_PULL_WORD,
    OS_PULL_BEYOND,             /* deeper than is followed */
    OS_PULL_BOM,                /* in a byte order mark */
    OS_PULL_BROKEN
};

/* Where in a number: what may follow. */
enum {
    OS_NUMBER_START = 0,
    OS_NUMBER_MINUS,
    OS_NUMBER_ZERO,
    OS_NUMBER_WHOLE,
    OS_NUMBER_POINT,
    OS_NUMBER_PART,
    OS_NUMBER_E,
    OS_NUMBER_SIGN,
    OS_NUMBER_POWER
};

#define OS_PULL_BIG    18       /* digits that an int64_t holds for sure, */
#define OS_PULL_POWER  2        /* and the exponent of a double */
#define OS_PULL_ESCAPED  6      /* bytes of an escape that names a unit */


typedef const uint8_t *os_pull_pt;

static const uint8_t  os_pull_bom[] = { 0xef, 0xbb, 0xbf };

static const char *const  os_pull_words[] = { "null", "false", "true" };


/* Pointers */

/* Where the n-th token of a pointer begins. */
static size_t
os_pull_token(os_str_t pointer, unsigned n)
{
    size_t  i;

    for (i = 0; i < pointer.len; i++) {
        if (pointer.data[i] == '/' && n-- == 0) {
            return i + 1;
        }
    }

    return pointer.len;
}


static int
os_pull_token_ends(const os_pull_want_t *w, size_t at)
{
    return at == w->pointer.len || w->pointer.data[at] == '/';
}


/* Is the token this number, as pointers write numbers? */
static int
os_pull_token_is(const os_pull_want_t *w, uint32_t index)
{
    size_t    at = w->token;
    uint64_t  value = 0;

    if (os_pull_token_ends(w, at)
        || (w->pointer.data[at] == '0' && !os_pull_token_ends(w, at + 1)))
    {
        return 0;
    }

    for ( ; !os_pull_token_ends(w, at); at++) {
        if (w->pointer.data[at] < '0' || w->pointer.data[at] > '9'
            || value > UINT32_MAX)
        {
            return 0;
        }

        value = value * 10 + (uint64_t) (w->pointer.data[at] - '0');
    }

    return value == index;
}


int
os_pull_init(os_pull_t *p, os_pull_want_t *want, unsigned nwants)
{
    size_t           k;
    unsigned         i;
    os_pull_want_t  *w;

    memset(p, 0, sizeof(*p));
    p->want = want;
    p->nwants = nwants;

    if (nwants > OS_PULL_WANTS) {
        return -1;
    }

    for (i = 0; i < nwants; i++) {
        w = &want[i];
        w->len = 0;
        w->kind = OS_PULL_NONE;
        w->cut = 0;
        w->matched = 0;
        w->total = 0;
        w->token = w->pointer.len ? 1 : 0;
        w->at = 0;

        for (k = 0; k < w->pointer.len; k++) {
            w->total += w->pointer.data[k] == '/';
        }

        if (w->total > OS_PULL_TOKENS
            || (w->pointer.len && w->pointer.data[0] != '/'))
        {
            return -1;
        }
    }

    p->hit = (1u << nwants) - 1;
    return 0;
}


/* How many bytes are before this one. */
static size_t
os_pull_at(const os_pull_t *p, os_pull_pt s)
{
    return p->offset + (size_t) (s - p->piece);
}


/* What is deeper than is followed is odd as a whole. */
static void
os_pull_odd(os_pull_t *p, os_odd_t odd, size_t from, size_t to)
{
    if (p->odd && p->beyond == 0) {
        p->odd(p->odd_data, odd, from, to);
    }
}


/* Values that are asked for */

static void
os_pull_put(os_pull_want_t *w, const char *text, size_t n)
{
    size_t  room = w->size - w->len;

    if (n > room) {
        w->cut = 1;
        n = room;
    }

    if (n) {
        memcpy(w->room + w->len, text, n);
        w->len += n;
    }
}


/* Part of a name: does it go on as the token does? */
static int
os_pull_matches(os_pull_want_t *w, const char *text, size_t n)
{
    char       c;
    size_t     i;
    os_str_t  *pointer = &w->pointer;

    for (i = 0; i < n; i++) {

        if (os_pull_token_ends(w, w->at)) {
            return 0;
        }

        c = pointer->data[w->at++];

        if (c == '~' && w->at < pointer->len) {
            c = pointer->data[w->at++] == '1' ? '/' : '~';
        }

        if (c != text[i]) {
            return 0;
        }
    }

    return 1;
}


/* Text of a string or a number, as far as anybody wants it. */
static void
os_pull_emit(os_pull_t *p, const char *text, size_t n)
{
    unsigned  i;
    uint32_t  left;

    for (left = p->key ? p->alive : p->taken; left; left &= left - 1) {
        i = (unsigned) __builtin_ctz(left);

        if (!p->key) {
            os_pull_put(&p->want[i], text, n);

        } else if (!os_pull_matches(&p->want[i], text, n)) {
            p->alive &= ~(1u << i);
        }
    }
}


static void
os_pull_emit_code(os_pull_t *p, uint32_t code)
{
    char    text[4];
    size_t  n = 0;

    if (code < 0x80) {
        text[n++] = (char) code;

    } else if (code < 0x800) {
        text[n++] = (char) (0xc0 | code >> 6);
        text[n++] = (char) (0x80 | (code & 0x3f));

    } else if (code < 0x10000) {
        text[n++] = (char) (0xe0 | code >> 12);
        text[n++] = (char) (0x80 | (code >> 6 & 0x3f));
        text[n++] = (char) (0x80 | (code & 0x3f));

    } else {
        text[n++] = (char) (0xf0 | code >> 18);
        text[n++] = (char) (0x80 | (code >> 12 & 0x3f));
        text[n++] = (char) (0x80 | (code >> 6 & 0x3f));
        text[n++] = (char) (0x80 | (code & 0x3f));
    }

    os_pull_emit(p, text, n);
}


/* Tokens that the way to the next value has. */
static unsigned
os_pull_way(const os_pull_t *p, const os_pull_want_t *w)
{
    return p->depth ? w->matched + 1 : 0;
}


/* A value begins: what was known of it, and of all in it, is so no longer. */
static void
os_pull_begin(os_pull_t *p, os_pull_kind_t kind)
{
    unsigned         i;
    uint32_t         left;
    os_pull_want_t  *w;

    p->taken = 0;

    for (left = p->hit; left; left &= left - 1) {
        i = (unsigned) __builtin_ctz(left);
        w = &p->want[i];
        w->len = 0;
        w->cut = 0;
        w->kind = OS_PULL_NONE;

        if (os_pull_way(p, w) == w->total) {
            w->kind = kind;
            p->taken |= 1u << i;
        }
    }
}


/* Containers */

static int
os_pull_in_object(const os_pull_t *p)
{
    return (int) (p->object[(p->depth - 1) / 64] >> (p->depth - 1) % 64 & 1);
}


/* Those whose next token is one of the container that is open now. */
static void
os_pull_look(os_pull_t *p)
{
    unsigned  i;

    p->live = 0;

    for (i = 0; p->depth <= OS_PULL_TOKENS && i < p->nwants; i++) {
        if (p->want[i].matched + 1 == p->depth
            && p->want[i].matched < p->want[i].total)
        {
            p->live |= 1u << i;
        }
    }
}


static void
os_pull_open(os_pull_t *p, int object, os_pull_pt s)
{
    unsigned         i;
    uint64_t         bit;
    os_pull_want_t  *w;

    if (p->depth == OS_PULL_DEPTH) {
        p->deep = 1;
        p->beyond = 1;
        p->from = os_pull_at(p, s);
        p->state = OS_PULL_BEYOND;
        return;
    }

    for ( ; p->hit; p->hit &= p->hit - 1) {
        i = (unsigned) __builtin_ctz(p->hit);
        w = &p->want[i];

        if (p->depth && w->matched + 1 < w->total) {
            w->matched++;
            w->token = os_pull_token(w->pointer, w->matched);
        }
    }

    bit = UINT64_C(1) << p->depth % 64;
    p->object[p->depth / 64] = object ? p->object[p->depth / 64] | bit
                                      : p->object[p->depth / 64] & ~bit;
    p->depth++;
    os_pull_look(p);

    if (p->live) {
        p->index[p->depth - 1] = 0;
    }

    p->state = object ? OS_PULL_FIRST_NAME : OS_PULL_FIRST;
}


static void
os_pull_close(os_pull_t *p)
{
    uint32_t         left;
    os_pull_want_t  *w;

    for (left = p->depth > 1 ? p->live : 0; left; left &= left - 1) {
        w = &p->want[__builtin_ctz(left)];
        w->matched--;
        w->token = os_pull_token(w->pointer, w->matched);
    }

    p->depth--;
    os_pull_look(p);
    p->state = OS_PULL_AFTER;
}


/* Between values */

static void
os_pull_name(os_pull_t *p)
{
    uint32_t  left;

    p->key = 1;
    p->alive = p->live;
    p->state = OS_PULL_TEXT;

    for (left = p->live; left; left &= left - 1) {
        p->want[__builtin_ctz(left)].at = p->want[__builtin_ctz(left)].token;
    }
}


static void
os_pull_name_ends(os_pull_t *p)
{
    uint32_t         left;
    os_pull_want_t  *w;

    p->key = 0;
    p->hit = p->alive;
    p->state = OS_PULL_COLON;

    for (left = p->alive; left; left &= left - 1) {
        w = &p->want[__builtin_ctz(left)];

        if (!os_pull_token_ends(w, w->at)) {
            p->hit &= ~(left & -left);
        }
    }
}


/* Whose way goes over this element of an array? */
static void
os_pull_element(os_pull_t *p)
{
    uint32_t  left;

    p->hit = 0;

    for (left = p->live; left; left &= left - 1) {
        if (os_pull_token_is(&p->want[__builtin_ctz(left)],
                             p->index[p->depth - 1]))
        {
            p->hit |= left & -left;
        }
    }
}


/*
 * The first byte of a value: 1 when it is done with, 0 when it is the value's
 * own, -1 when none begins so.
 */
static int
os_pull_value(os_pull_t *p, os_pull_pt s)
{
    uint8_t  c = *s;

    if (p->depth && !os_pull_in_object(p)) {
        os_pull_element(p);
    }

    switch (c) {

    case '"':
        os_pull_begin(p, OS_PULL_STRING);
        p->state = OS_PULL_TEXT;
        p->hit = 0;
        return 1;

    case '{':
    case '[':
        os_pull_begin(p, c == '{' ? OS_PULL_OBJECT : OS_PULL_ARRAY);
        os_pull_open(p, c == '{', s);
        return 1;

    case 'n':
    case 'f':
    case 't':
        p->word = c == 'n' ? 0 : c == 'f' ? 1 : 2;
        os_pull_begin(p, (os_pull_kind_t) (OS_PULL_NULL + p->word));
        p->state = OS_PULL_WORD;
        p->digits = 0;
        p->hit = 0;
        return 0;

    default:
        if (c != '-' && (c < '0' || c > '9')) {
            return -1;
        }

        os_pull_begin(p, OS_PULL_NUMBER);
        p->state = OS_PULL_DIGITS;
        p->number = OS_NUMBER_START;
        p->from = os_pull_at(p, s);
        p->long_number = 0;
        p->digits = 0;
        p->hit = 0;
        return 0;
    }
}


/* Behind a value: 1, or -1. */
static int
os_pull_after(os_pull_t *p, uint8_t c)
{
    int  object;

    if (p->depth == 0) {
        return -1;
    }

    object = os_pull_in_object(p);

    if (c == ',') {
        p->state = object ? OS_PULL_NAME : OS_PULL_VALUE;

        if (p->live && !object) {
            p->index[p->depth - 1]++;
        }

        return 1;
    }

    if (c != (object ? '}' : ']')) {
        return -1;
    }

    os_pull_close(p);
    return 1;
}


/* One byte that is no white space: 1 when it is done with, 0, or -1. */
static int
os_pull_mark(os_pull_t *p, os_pull_pt s)
{
    uint8_t  c = *s;

    switch (p->state) {

    case OS_PULL_AFTER:
        return os_pull_after(p, c);

    case OS_PULL_COLON:
        p->state = OS_PULL_VALUE;
        return c == ':' ? 1 : -1;

    case OS_PULL_FIRST_NAME:
        if (c == '}') {
            os_pull_close(p);
            return 1;
        }

        /* fall through */

    case OS_PULL_NAME:
        os_pull_name(p);
        return c == '"' ? 1 : -1;

    case OS_PULL_FIRST:
        if (c == ']') {
            os_pull_close(p);
            return 1;
        }

        /* fall through */

    default:
        return os_pull_value(p, s);
    }
}


static os_pull_pt
os_pull_between(os_pull_t *p, os_pull_pt s, os_pull_pt end)
{
    int  rc;

    while (s < end && p->state <= OS_PULL_AFTER) {

        if (*s == ' ' || *s == '\n' || *s == '\r' || *s == '\t') {
            s++;
            continue;
        }

        if (*s == os_pull_bom[0] && os_pull_at(p, s) == 0) {
            p->digits = 0;
            p->state = OS_PULL_BOM;
            return s;
        }

        rc = os_pull_mark(p, s);

        if (rc == -1) {
            p->state = OS_PULL_BROKEN;
            return s;
        }

        s += rc;
    }

    return s;
}


/* A byte order mark, in front of all else. */
static os_pull_pt
os_pull_bom_state(os_pull_t *p, os_pull_pt s)
{
    if (*s != os_pull_bom[p->digits]) {
        p->state = OS_PULL_BROKEN;
        return s;
    }

    if (++p->digits == sizeof(os_pull_bom)) {
        p->state = OS_PULL_VALUE;
    }

    return s + 1;
}


/* Strings */

/* How many bytes follow the first one, 0: none may; the second one's bounds. */
static unsigned
os_pull_bounds(uint8_t c, uint8_t *least, uint8_t *most)
{
    *least = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    *most = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

    return c < 0xc2 || c > 0xf4 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}


/* Over characters of several bytes that are whole and good, one by one. */
static os_pull_pt
os_pull_wide(os_pull_pt s, os_pull_pt end)
{
    uint8_t   least, most;
    unsigned  n;

    while (s < end && *s >= 0x80) {
        n = os_pull_bounds(*s, &least, &most);

        if (n == 0 || (size_t) (end - s) <= n || s[1] < least || s[1] > most
            || (n > 1 && (s[2] & 0xc0) != 0x80)
            || (n > 2 && (s[3] & 0xc0) != 0x80))
        {
            break;
        }

        s += n + 1;
    }

    return s;
}


/* Over all that stands for itself; to what does not, or the end. */
static os_pull_pt
os_pull_plain(os_pull_pt s, os_pull_pt end)
{
    size_t      n;
    os_pull_pt  wide;

    for ( ;; ) {

        for (n = 8; n == 8 && end - s >= 8; s += n) {
            n = os_word_plain((const char *) s);
        }

        if (n == 8) {
            while (s < end && *s >= ' ' && *s < 0x80 && *s != '"'
                   && *s != '\\')
            {
                s++;
            }
        }

        if (s == end || *s < 0x80) {
            return s;
        }

        wide = os_pull_wide(s, end);

        if (wide == s) {
            return s;
        }

        s = wide;
    }
}


static os_pull_pt
os_pull_text_state(os_pull_t *p, os_pull_pt s, os_pull_pt end)
{
    os_pull_pt  start = s;

    s = os_pull_plain(s, end);

    if (s > start) {
        os_pull_emit(p, (const char *) start, (size_t) (s - start));
    }

    if (s == end) {
        return s;
    }

    switch (*s) {

    case '"':
        if (p->key) {
            os_pull_name_ends(p);

        } else {
            p->taken = 0;
            p->state = p->beyond ? OS_PULL_BEYOND : OS_PULL_AFTER;
        }

        return s + 1;

    case '\\':
        p->escape = os_pull_at(p, s);
        p->state = OS_PULL_ESCAPE;
        return s + 1;

    default:
        p->more = (uint8_t) os_pull_bounds(*s, &p->least, &p->most);

        if (p->more == 0) {
            p->state = OS_PULL_BROKEN;      /* a control as well */
            return s;
        }

        os_pull_emit(p, (const char *) s, 1);
        p->state = OS_PULL_CHARACTER;
        return s + 1;
    }
}


static os_pull_pt
os_pull_character_state(os_pull_t *p, os_pull_pt s)
{
    if (*s < p->least || *s > p->most) {
        p->state = OS_PULL_BROKEN;
        return s;
    }

    os_pull_emit(p, (const char *) s, 1);
    p->least = 0x80;
    p->most = 0xbf;

    if (--p->more == 0) {
        p->state = OS_PULL_TEXT;
    }

    return s + 1;
}


static void
os_pull_replace(os_pull_t *p)
{
    os_pull_emit_code(p, 0xfffd);
}


/* Half of a pair, whose escape begins at byte `from`, is alone. */
static void
os_pull_lone(os_pull_t *p, size_t from)
{
    p->lone = 1;
    p->high = 0;
    os_pull_odd(p, OS_ODD_CHARACTER, from, from + OS_PULL_ESCAPED);
    os_pull_replace(p);
}


static os_pull_pt
os_pull_escape_state(os_pull_t *p, os_pull_pt s)
{
    const char         *at;
    static const char   from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

    if (*s == 'u') {
        p->hex = 4;
        p->unit = 0;
        p->state = OS_PULL_HEX;
        return s + 1;
    }

    at = *s ? strchr(from, *s) : NULL;

    if (at == NULL) {
        p->state = OS_PULL_BROKEN;
        return s;
    }

    os_pull_emit(p, &to[at - from], 1);
    p->state = OS_PULL_TEXT;
    return s + 1;
}


/* A unit of UTF-16 is complete. */
static void
os_pull_unit(os_pull_t *p)
{
    uint32_t  high = p->high, unit = p->unit;

    p->state = OS_PULL_TEXT;

    if (high && unit >= 0xdc00 && unit <= 0xdfff) {
        p->high = 0;
        os_pull_emit_code(p, 0x10000 + ((high - 0xd800) << 10)
                             + (unit - 0xdc00));
        return;
    }

    if (high) {
        os_pull_lone(p, p->half);
    }

    if (unit >= 0xd800 && unit <= 0xdbff) {
        p->high = (uint16_t) unit;
        p->half = p->escape;
        p->state = OS_PULL_PAIR;

    } else if (unit >= 0xdc00 && unit <= 0xdfff) {
        os_pull_lone(p, p->escape);

    } else if (unit == 0) {
        p->nul = 1;
        os_pull_odd(p, OS_ODD_CHARACTER, p->escape,
                    p->escape + OS_PULL_ESCAPED);
        os_pull_replace(p);

    } else {
        os_pull_emit_code(p, unit);
    }
}


static os_pull_pt
os_pull_hex_state(os_pull_t *p, os_pull_pt s)
{
    unsigned  digit;

    if (*s >= '0' && *s <= '9') {
        digit = *s - '0';

    } else if ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'f') {
        digit = (*s | 0x20u) - 'a' + 10;

    } else {
        p->state = OS_PULL_BROKEN;
        return s;
    }

    p->unit = (uint16_t) ((unsigned) p->unit << 4 | digit);

    if (--p->hex == 0) {
        os_pull_unit(p);
    }

    return s + 1;
}


/* What is behind the first half of a pair stays for others, if it is none. */
static os_pull_pt
os_pull_pair_state(os_pull_t *p, os_pull_pt s)
{
    if (p->state == OS_PULL_PAIR && *s == '\\') {
        p->escape = os_pull_at(p, s);
        p->state = OS_PULL_PAIR_ESCAPE;
        return s + 1;
    }

    if (p->state == OS_PULL_PAIR) {
        p->state = OS_PULL_TEXT;
        os_pull_lone(p, p->half);
        return s;
    }

    if (*s != 'u') {
        os_pull_lone(p, p->half);
    }

    p->state = OS_PULL_ESCAPE;
    return s;
}


/* Numbers and words */

/* What a byte makes of a number; -1: it is none, 0: it has ended before it. */
static int
os_pull_number(unsigned at, uint8_t c)
{
    int  digit = c >= '0' && c <= '9', e = (c | 0x20) == 'e';

    switch (at) {

    case OS_NUMBER_START:
        if (c == '-') {
            return OS_NUMBER_MINUS;
        }

        /* fall through */

    case OS_NUMBER_MINUS:
        return !digit ? -1 : c == '0' ? OS_NUMBER_ZERO : OS_NUMBER_WHOLE;

    case OS_NUMBER_WHOLE:
        if (digit) {
            return OS_NUMBER_WHOLE;
        }

        /* fall through */

    case OS_NUMBER_ZERO:
        return c == '.' ? OS_NUMBER_POINT : e ? OS_NUMBER_E : 0;

    case OS_NUMBER_POINT:
        return digit ? OS_NUMBER_PART : -1;

    case OS_NUMBER_PART:
        return digit ? OS_NUMBER_PART : e ? OS_NUMBER_E : 0;

    case OS_NUMBER_E:
        if (c == '+' || c == '-') {
            return OS_NUMBER_SIGN;
        }

        /* fall through */

    case OS_NUMBER_SIGN:
        return digit ? OS_NUMBER_POWER : -1;

    default:
        return digit ? OS_NUMBER_POWER : 0;
    }
}


/* A number has ended before byte `to`. */
static void
os_pull_number_ends(os_pull_t *p, size_t to)
{
    p->taken = 0;
    p->state = OS_PULL_AFTER;

    if (p->long_number) {
        os_pull_odd(p, OS_ODD_NUMBER, p->from, to);
    }
}


static int
os_pull_number_may_end(const os_pull_t *p)
{
    return p->number == OS_NUMBER_ZERO || p->number == OS_NUMBER_WHOLE
           || p->number == OS_NUMBER_PART || p->number == OS_NUMBER_POWER;
}


static os_pull_pt
os_pull_digits_state(os_pull_t *p, os_pull_pt s, os_pull_pt end)
{
    int         next = 1;
    os_pull_pt  start = s;

    for ( ; s < end; s++) {
        next = os_pull_number(p->number, *s);

        if (next <= 0) {
            break;
        }

        if (next != p->number) {
            p->digits = 0;
            p->number = (uint8_t) next;
        }

        p->digits++;

        if ((next == OS_NUMBER_WHOLE && p->digits > OS_PULL_BIG)
            || (next == OS_NUMBER_POWER && p->digits > OS_PULL_POWER))
        {
            p->big = 1;
            p->long_number = 1;
        }
    }

    os_pull_emit(p, (const char *) start, (size_t) (s - start));

    if (next == -1) {
        p->state = OS_PULL_BROKEN;

    } else if (next == 0) {
        os_pull_number_ends(p, os_pull_at(p, s));
    }

    return s;
}


static os_pull_pt
os_pull_word_state(os_pull_t *p, os_pull_pt s, os_pull_pt end)
{
    const char  *word = os_pull_words[p->word];

    for ( ; s < end && word[p->digits]; s++, p->digits++) {
        if (*s != (uint8_t) word[p->digits]) {
            p->state = OS_PULL_BROKEN;
            return s;
        }
    }

    if (word[p->digits] == '\0') {
        p->taken = 0;
        p->state = OS_PULL_AFTER;
    }

    return s;
}


/* Strings and brackets alone. */
static os_pull_pt
os_pull_beyond_state(os_pull_t *p, os_pull_pt s, os_pull_pt end)
{
    for ( ; s < end; s++) {

        if (*s >= 0x80 || (*s < ' ' && *s != '\n' && *s != '\r'
                           && *s != '\t'))
        {
            p->state = OS_PULL_BROKEN;
            return s;
        }

        if (*s == '"') {
            p->taken = 0;
            p->state = OS_PULL_TEXT;
            return s + 1;
        }

        p->beyond += *s == '[' || *s == '{';

        if ((*s == ']' || *s == '}') && --p->beyond == 0) {
            p->state = OS_PULL_AFTER;
            os_pull_odd(p, OS_ODD_DEEP, p->from, os_pull_at(p, s) + 1);
            return s + 1;
        }
    }

    return s;
}


static os_pull_pt
os_pull_step(os_pull_t *p, os_pull_pt s, os_pull_pt end)
{
    switch (p->state) {
    case OS_PULL_TEXT:         return os_pull_text_state(p, s, end);
    case OS_PULL_CHARACTER:    return os_pull_character_state(p, s);
    case OS_PULL_ESCAPE:       return os_pull_escape_state(p, s);
    case OS_PULL_HEX:          return os_pull_hex_state(p, s);
    case OS_PULL_PAIR:         return os_pull_pair_state(p, s);
    case OS_PULL_PAIR_ESCAPE:  return os_pull_pair_state(p, s);
    case OS_PULL_DIGITS:       return os_pull_digits_state(p, s, end);
    case OS_PULL_WORD:         return os_pull_word_state(p, s, end);
    case OS_PULL_BEYOND:       return os_pull_beyond_state(p, s, end);
    case OS_PULL_BOM:          return os_pull_bom_state(p, s);
    default:                   return os_pull_between(p, s, end);
    }
}


static int
os_pull_break(os_pull_t *p)
{
    unsigned  i;

    p->state = OS_PULL_BROKEN;

    for (i = 0; i < p->nwants; i++) {
        p->want[i].kind = OS_PULL_NONE;
        p->want[i].len = 0;
        p->want[i].cut = 0;
    }

    return -1;
}


int
os_pull_feed(os_pull_t *p, const char *data, size_t len)
{
    os_pull_pt  start = (os_pull_pt) data, s = start, end = start + len;

    p->piece = start;

    while (s < end && p->state != OS_PULL_BROKEN) {
        s = os_pull_step(p, s, end);
    }

    p->offset += (size_t) (s - start);

    return p->state == OS_PULL_BROKEN ? os_pull_break(p) : 0;
}


int
os_pull_end(os_pull_t *p)
{
    if (p->state == OS_PULL_DIGITS && os_pull_number_may_end(p)) {
        os_pull_number_ends(p, p->offset);
    }

    return p->state == OS_PULL_AFTER && p->depth == 0 ? 0 : os_pull_break(p);
}


os_str_t
os_pull_text(const os_pull_want_t *want)
{
    switch (want->cut ? OS_PULL_NONE : want->kind) {

    case OS_PULL_STRING:
    case OS_PULL_NUMBER:
        return (os_str_t) { want->len, want->room };

    case OS_PULL_TRUE:
        return OS_STR("true");

    case OS_PULL_FALSE:
        return OS_STR("false");

    default:
        return OS_NULL;
    }
}

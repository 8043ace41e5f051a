/*
 * The tokenizer: what is done once a tag is found, and the states of one that
 * is not all there. The loop that looks at a page's bytes is os_html_read.h.
 */

#include "core/html/os_html.h"

#include <string.h>


/* The states that a piece may end in. Their order matters where "+" says so. */
enum {
    OS_HTML_DATA = 0,
    OS_HTML_CUT,                /* in a tag, not looked at yet */
    OS_HTML_LT,                 /* "<" */
    OS_HTML_LT_SLASH,           /* "</" */
    OS_HTML_TAG,                /* in a tag; see step */
    OS_HTML_DECLARATION,        /* "<!" and what may become a word */
    OS_HTML_DOCTYPE,
    OS_HTML_BOGUS,              /* a comment up to ">" */
    OS_HTML_COMMENT_START,      /* "<!--" */
    OS_HTML_COMMENT_START_DASH,
    OS_HTML_COMMENT,
    OS_HTML_COMMENT_DASH,
    OS_HTML_COMMENT_END,        /* "--" */
    OS_HTML_COMMENT_BANG,       /* "--!" */
    OS_HTML_CDATA,
    OS_HTML_CDATA_BRACKET,
    OS_HTML_CDATA_END,          /* "]]" */
    OS_HTML_RAW,                /* RCDATA and RAWTEXT */
    OS_HTML_RAW_LT,
    OS_HTML_RAW_END,            /* "</" and some of the name */
    OS_HTML_SCRIPT,
    OS_HTML_SCRIPT_LT,
    OS_HTML_ESCAPE_START,       /* "<!" in a script */
    OS_HTML_ESCAPE_START_DASH,
    OS_HTML_ESCAPED,            /* + 1, + 2, + 3 follow */
    OS_HTML_ESCAPED_DASH,
    OS_HTML_ESCAPED_DASH_DASH,
    OS_HTML_ESCAPED_LT,
    OS_HTML_DOUBLE_START,       /* "<scr" in an escaped script */
    OS_HTML_DOUBLE,             /* + 1, + 2, + 3 follow */
    OS_HTML_DOUBLE_DASH,
    OS_HTML_DOUBLE_DASH_DASH,
    OS_HTML_DOUBLE_LT,
    OS_HTML_DOUBLE_END,
    OS_HTML_PLAINTEXT
};

/* Inside a tag that is not all there. */
enum {
    OS_HTML_NAME = 0,
    OS_HTML_BEFORE_ATTRIBUTE,
    OS_HTML_ATTRIBUTE,
    OS_HTML_AFTER_ATTRIBUTE,
    OS_HTML_BEFORE_VALUE,
    OS_HTML_DOUBLE_QUOTED,
    OS_HTML_SINGLE_QUOTED,
    OS_HTML_UNQUOTED
};


/* How much of the next piece is taken to a tag that was cut. */
#define OS_HTML_MEND  512


/* White space and "/": what may stand between attributes. */
static const uint8_t  os_html_between[256] = {
    [' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\f'] = 1, ['\r'] = 1, ['/'] = 1
};


/* What is surely the end of an attribute's name, before "=". */
static const uint8_t  os_html_named[256] = {
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1,
    ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1,
    ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1,
    ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,
    ['y'] = 1, ['z'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1,
    ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
    ['-'] = 1, ['_'] = 1
};

/* What follows is kept out of the way of what usually happens. */
#define OS_RARE(x)  __builtin_expect((x) ? 1 : 0, 0)


/* What a tag's name ends with: 1. What it might have in it, but has not: 2. */
static const uint8_t  os_html_ends[256] = {
    [' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\f'] = 1, ['\r'] = 1, ['/'] = 1,
    ['>'] = 1, ['<'] = 2, ['='] = 2, ['"'] = 2, ['\''] = 2
};

/* The lowest so many bytes of a word. */
static const uint64_t  os_html_bytes[9] = {
    0, 0xff, 0xffff, 0xffffff, 0xffffffff, UINT64_C(0xffffffffff),
    UINT64_C(0xffffffffffff), UINT64_C(0xffffffffffffff), UINT64_MAX
};


static inline int
os_html_space(char c)
{
    return c != '/' && os_html_between[(unsigned char) c];
}


static inline int
os_html_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}


static inline char
os_html_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
}


static inline uint64_t
os_html_little(uint64_t v)
{
#if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
    v = __builtin_bswap64(v);
#endif
    return v;
}


/* The key of a name; most may be read at once. */
static inline uint64_t
os_html_key(const char *name, size_t len, const char *end)
{
    uint64_t  word;

    if (len > 8 || end - name < 8 || memchr(name, '\0', len)) {
        return os_element_key(name, len);
    }

    memcpy(&word, name, 8);
    return os_element_fold(os_html_little(word) & os_html_bytes[len]);
}


/*
 * The name at p, of a tag that is all there with 8 bytes behind it, where it is
 * written otherwise than most: where it ends, or NULL.
 */
static const char *
os_html_name(const char *p, uint64_t *key, const os_element_t **element)
{
    const char  *e = p;

    *key = 0;
    *element = &os_element_other;

    if (!os_html_letter(*p)) {
        return NULL;
    }

    while (os_html_ends[(unsigned char) *e] == 0) {
        e++;
    }

    if (os_html_ends[(unsigned char) *e] != 1) {
        return NULL;
    }

    *key = os_html_key(p, (size_t) (e - p), p + 8);
    *element = os_element(*key);
    return e;
}


/* `word` is in lower case. */
static int
os_html_is(const char *p, size_t len, const char *word)
{
    size_t  i;

    for (i = 0; i < len && word[i]; i++) {
        if (os_html_lower(p[i]) != word[i]) {
            return 0;
        }
    }

    return i == len && word[i] == '\0';
}


/* The bytes of a token that is not complete are kept, as many as may be. */
static void
os_html_keep(os_html_t *h, const char *p, size_t len)
{
    h->ntag += len;

    if (h->ncarry + len > OS_HTML_TAG_MAX) {
        h->full = 1;
        len = OS_HTML_TAG_MAX - h->ncarry;
    }

    memmove(h->carry + h->ncarry, p, len);
    h->ncarry += (unsigned) len;
}


/* Bytes of a value: no more than tell that it is too long to match. */
static void
os_html_keep_value(os_html_t *h, const char *p, size_t len)
{
    size_t  room = OS_HTML_VALUE_MAX + 1 - h->nvalue;
    size_t  kept = len < room ? len : room;

    os_html_keep(h, p, kept);
    h->ntag += len - kept;
    h->nvalue += (unsigned) kept;
}


/* One that is too long makes room: a NUL is left of it, which nobody names. */
static void
os_html_value_ends(os_html_t *h)
{
    if (h->nvalue > OS_HTML_VALUE_MAX && !h->full) {
        h->ncarry -= h->nvalue - 1;
        h->carry[h->ncarry - 1] = '\0';
    }
}


/* The page begins: a byte order mark there is no text. */
static const char *
os_html_begin(os_html_t *h, const char *p, const char *end)
{
    static const char  mark[] = { '\xEF', '\xBB', '\xBF' };

    while (p < end && h->nmark < sizeof(mark)) {

        if (*p != mark[h->nmark]) {

            /* what there was of it is text */

            if (h->nmark) {
                h->begun = 1;
                os_tree_text(&h->tree);
            }

            h->nmark = sizeof(mark);
            break;
        }

        h->nmark++;
        p++;
    }

    return p;
}


static void
os_html_keep_none(os_html_t *h)
{
    h->ncarry = 0;
    h->ntag = 0;
    h->full = 0;
}


static void
os_html_carry(os_html_t *h, const char *p, const char *end)
{
    h->tag_start = p;
    h->raw_end = 0;
    h->fresh = 1;
    os_html_keep_none(h);
    os_html_keep(h, p, (size_t) (end - p));
}


/* Text between tags, while anybody cares. */
static void
os_html_text(os_html_t *h, const char *p, const char *end)
{
    size_t       len;
    const char  *q = p;

    if (p == end) {
        return;
    }

    if (!h->tree.body) {

        while (q < end && os_html_space(*q)) {
            q++;
        }

        if (q < end) {
            h->begun = 1;

            /* a reference may be white space, which does not open <body> */

            h->tree.lost |= *q == '&' && h->tree.top == h->tree.stack;
            os_tree_text(&h->tree);
        }
    }

    if (h->capture) {
        len = (size_t) (end - p);

        if (h->nshown + len > OS_HTML_SHOWN
            || (h->tree.top->flags & OS_EL_ODD))
        {
            h->shown_bad = 1;
            return;
        }

        memcpy(h->shown + h->nshown, p, len);
        h->nshown += (unsigned) len;
    }
}


/* Anchors */

static void
os_html_settle(os_html_t *h)
{
    unsigned  el;

    h->left = (h->live | h->waiting) & ~h->places[OS_PLACE_TEXT];

    for (el = 0; el < OS_ELEMENTS; el++) {
        h->named[el] = h->live & (h->any | h->by_el[el]);
    }
}


/* These will not be met: their element was, but nothing fits there. */
static void
os_html_drop(os_html_t *h, unsigned anchors)
{
    h->live &= ~anchors;
    h->waiting &= ~anchors;
    os_html_settle(h);
}


/* The first anchor of a thing takes it. */
static void
os_html_meet(os_html_t *h, unsigned anchor, uint32_t *queue)
{
    unsigned  i;

    *queue |= 1u << anchor;

    for (i = 0; i < h->nanchors; i++) {
        if (h->things[i] == h->things[anchor]
            && h->anchors[i]->place != OS_PLACE_TEXT)
        {
            os_html_drop(h, 1u << i);
        }
    }
}


static void
os_html_capture_ends(os_html_t *h)
{
    h->capture = 0;
    h->shown_done = 1;

    if (h->tree.mess || h->tree.messy || h->tree.lost) {
        h->shown_bad = 1;
    }
}


/* Elements were closed by tags that are not their own. */
static void
os_html_closed(os_html_t *h, uint32_t marks)
{
    if (marks & h->waiting & h->places[OS_PLACE_TEXT]) {
        os_html_capture_ends(h);
    }

    os_html_drop(h, marks);
}


/* What follows is text, up to an end tag of the current node. */
static void
os_html_raw_text(os_html_t *h, uint32_t flags)
{
    h->state = (flags & OS_EL_PLAIN) ? OS_HTML_PLAINTEXT
             : (flags & OS_EL_SCRIPT) ? OS_HTML_SCRIPT : OS_HTML_RAW;
}


/* Character i of "</name", of the current node. */
static char
os_html_raw_char(os_html_t *h, unsigned i)
{
    if (i < 2) {
        return i == 0 ? '<' : '/';
    }

    if (i > 9) {
        return '\0';
    }

    return (char) (h->tree.top->key >> (8 * (i - 2)));
}


/* What is to happen when the current node is closed. */
static void
os_html_mark(os_html_t *h, uint32_t bit)
{
    os_open_t  *top = h->tree.top;

    top->flags |= OS_OPEN_MARKED;
    top->marks = (uint16_t) (top->marks | bit);
    h->waiting |= bit;
}


/* The element of anchor i has begun. */
static void
os_html_begins(os_html_t *h, unsigned i, int rc, int fits)
{
    uint32_t    bit = 1u << i;
    os_tree_t  *t = &h->tree;

    h->live &= ~bit;

    switch (h->anchors[i]->place) {

    case OS_PLACE_BEFORE:
        if (fits && t->closes == 0) {
            os_html_meet(h, i, &h->at_start);
        }

        break;

    case OS_PLACE_PREPEND:

        /* a line break that follows <pre> or <listing> is not shown */

        if (rc == OS_TREE_OPENED && os_tree_fits(t)
            && t->top->key != UINT64_C(0x657270)
            && t->top->key != UINT64_C(0x676e697473696c))
        {
            os_html_meet(h, i, &h->at_end);
        }

        break;

    case OS_PLACE_APPEND:
    case OS_PLACE_AFTER:
        if (rc == OS_TREE_OPENED) {
            os_html_mark(h, bit);

        } else if (h->anchors[i]->place == OS_PLACE_AFTER
                   && os_tree_fits(t))
        {
            os_html_meet(h, i, &h->at_end);
        }

        break;

    case OS_PLACE_TEXT:
        if (rc == OS_TREE_OPENED) {
            os_html_mark(h, bit);
            h->capture = 1;

        } else {
            h->shown_done = 1;
        }

        break;
    }

    os_html_settle(h);
}


/*
 * These elements are there without a tag of their name; with the attributes
 * of another, or without any.
 */
static void
os_html_drop_named(os_html_t *h, uint64_t key, int attributes)
{
    unsigned  i;

    for (i = 0; i < h->nanchors; i++) {
        if (h->keys[i] == key && (attributes || h->anchors[i]->nwants == 0)) {
            os_html_drop(h, h->live & (1u << i));
        }
    }
}


/* Does a tag name an encoding of ISO 2022? */
static int
os_html_is_2022(const char *p, const char *end)
{
    for ( /* void */ ; end - p >= 8; p++) {
        if (os_html_is(p, 8, "iso-2022") || os_html_is(p, 7, "iso2022")) {
            return 1;
        }
    }

    return 0;
}


/* An element begins; `found` are the anchors that name it. */
static void
os_html_start_tag(os_html_t *h, uint64_t key, const os_element_t *e,
    uint32_t found, const char *start, const char *end)
{
    int         rc, fits = 0;
    unsigned    i;
    os_tree_t  *t = &h->tree;

    h->begun = 1;
    h->state = OS_HTML_DATA;
    h->tag_start = start;
    h->tag_end = end;

    if (e->el == OS_HTML || e->el == OS_BODY) {
        h->document = 1;
    }

    if (key == UINT64_C(0x6567616d69)) {
        /* "image" is taken for "img" */
        os_html_drop_named(h, UINT64_C(0x676d69), 1);
    }

    if (h->unnamed && key == UINT64_C(0x6174656d)
        && (start ? os_html_is_2022(start, end)
                  : os_html_is_2022(h->carry, h->carry + h->ncarry)))
    {
        t->lost = 1;
        return;
    }

    if (found & h->places[OS_PLACE_BEFORE]) {
        fits = os_tree_fits(t);
    }

    t->closed = 0;
    t->closes = 0;
    rc = os_tree_start(t, key, e, (int) h->slash);

    if (t->closed) {
        os_html_closed(h, t->closed);
    }

    if (rc == OS_TREE_OPENED && (t->top->flags & OS_EL_RAW)) {
        os_html_raw_text(h, t->top->flags);
    }

    if (rc == OS_TREE_IGNORED || t->lost) {

        /* <html> and <body> get the attributes of all their tags */

        if (e->el == OS_HTML || e->el == OS_HEAD || e->el == OS_BODY) {
            os_html_drop(h, found);
        }

        return;
    }

    while ((found &= h->live) != 0) {
        i = (unsigned) __builtin_ctz(found);
        os_html_begins(h, i, rc, fits);
    }
}


/* </body>, or </html> where there was none; or the page's end. */
static void
os_html_body_ends(os_html_t *h, uint32_t *queue)
{
    unsigned  i;
    uint32_t  m = h->tree.stack[0].marks & h->waiting
                  & h->places[OS_PLACE_APPEND];

    if (h->ended) {
        return;
    }

    h->ended = 1;

    while ((m &= h->waiting) != 0) {
        i = (unsigned) __builtin_ctz(m);

        if (os_tree_fits(&h->tree)) {
            os_html_meet(h, i, queue);

        } else {
            os_html_drop(h, 1u << i);
        }
    }
}


static void
os_html_end_tag(os_html_t *h, uint64_t key, const os_element_t *e,
    const char *start, const char *end)
{
    int         big = start ? end - start > OS_HTML_TAG_MAX
                            : h->ntag > OS_HTML_TAG_MAX;
    unsigned    i, target;
    uint32_t    own = 0, m;
    os_tree_t  *t = &h->tree;

    h->begun = 1;
    h->state = OS_HTML_DATA;
    h->tag_start = start;
    h->tag_end = end;
    t->closed = 0;
    t->closes = 0;

    if (e->el == OS_BODY || e->el == OS_HTML) {
        if (os_tree_end(t, key, e)) {
            if (big) {
                os_html_drop(h, t->stack[0].marks);
            }

            os_html_body_ends(h, &h->at_start);
        }

        return;
    }

    target = os_tree_target(t, key, e);

    if (target == OS_TREE_NONE && (e->el == OS_P || e->el == OS_BR)
        && t->top->el != OS_TEMPLATE)
    {
        /* these two are elements even so */
        os_html_drop_named(h, key, 0);
    }

    /* </form> leaves open what is not closed inside of it */

    if (target && t->stack[target].key == key
        && (e->el != OS_FORM || target == os_tree_last(t)))
    {
        own = t->stack[target].marks & h->waiting;
    }

    /* before the end tag, when nothing else is open inside */

    m = own & h->places[OS_PLACE_APPEND];

    while (m) {
        i = (unsigned) __builtin_ctz(m);

        if (target == os_tree_last(t) && !big && os_tree_fits(t)) {
            os_html_meet(h, i, &h->at_start);

        } else {
            os_html_drop(h, 1u << i);
        }

        m &= h->waiting & (m - 1);
    }

    (void) os_tree_end(t, key, e);

    m = own & h->places[OS_PLACE_AFTER] & h->waiting;

    while (m) {
        i = (unsigned) __builtin_ctz(m);

        if (os_tree_fits(t)) {
            os_html_meet(h, i, &h->at_end);

        } else {
            os_html_drop(h, 1u << i);
        }

        m &= h->waiting & (m - 1);
    }

    if (t->closed) {
        os_html_closed(h, t->closed);
    }
}


/* Attributes */

/* Of each anchor's conditions: bit k is that of wants[k]. */
typedef struct {
    uint8_t  seen[OS_HTML_ANCHORS];
    uint8_t  met[OS_HTML_ANCHORS];
    uint8_t  maybe[OS_HTML_ANCHORS];
} os_html_match_t;


/* One character reference at p, behind the "&": how many bytes it takes. */
static size_t
os_html_reference(const char *p, const char *end, os_buf_t *out)
{
    int          base = 10, digits = 0, digit;
    char         utf8[4];
    size_t       i, n;
    uint32_t     code = 0;
    const char  *q = p;

    static const struct {
        const char  *name;
        const char  *text;
    } names[] = {
        { "amp;", "&" }, { "lt;", "<" }, { "gt;", ">" }, { "quot;", "\"" },
        { "apos;", "'" }, { "nbsp;", "\xC2\xA0" }
    };

    if (q == end || *q != '#') {
        for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            n = strlen(names[i].name);

            if ((size_t) (end - p) >= n && memcmp(p, names[i].name, n) == 0) {
                os_buf_text(out, names[i].text);
                return n;
            }
        }

        return 0;
    }

    q++;

    if (q < end && (*q | 0x20) == 'x') {
        base = 16;
        q++;
    }

    for ( /* void */ ; q < end; q++) {
        if (*q >= '0' && *q <= '9') {
            digit = *q - '0';

        } else if (base == 16 && (*q | 0x20) >= 'a' && (*q | 0x20) <= 'f') {
            digit = (*q | 0x20) - 'a' + 10;

        } else {
            break;
        }

        digits++;

        if (code <= 0x110000) {
            code = code * (uint32_t) base + (uint32_t) digit;
        }
    }

    /* 0x80 to 0x9f mean something else; nobody names an element by them */

    if (digits == 0 || code == 0 || code > 0x10FFFF
        || (code >= 0x80 && code < 0xA0) || (code >= 0xD800 && code < 0xE000))
    {
        return 0;
    }

    if (code < 0x80) {
        utf8[0] = (char) code;
        n = 1;

    } else if (code < 0x800) {
        utf8[0] = (char) (0xC0 | code >> 6);
        utf8[1] = (char) (0x80 | (code & 0x3F));
        n = 2;

    } else if (code < 0x10000) {
        utf8[0] = (char) (0xE0 | code >> 12);
        utf8[1] = (char) (0x80 | (code >> 6 & 0x3F));
        utf8[2] = (char) (0x80 | (code & 0x3F));
        n = 3;

    } else {
        utf8[0] = (char) (0xF0 | code >> 18);
        utf8[1] = (char) (0x80 | (code >> 12 & 0x3F));
        utf8[2] = (char) (0x80 | (code >> 6 & 0x3F));
        utf8[3] = (char) (0x80 | (code & 0x3F));
        n = 4;
    }

    os_buf_add(out, utf8, n);

    if (q < end && *q == ';') {
        q++;
    }

    return (size_t) (q - p);
}


/*
 * May it be one all the same, of those that are not known? In an attribute a
 * name that "=" follows is none.
 */
static int
os_html_may_refer(const char *p, const char *end)
{
    if (p < end && *p == '#') {
        return 1;
    }

    if (p == end || !os_html_letter(*p)) {
        return 0;
    }

    while (p < end && (os_html_letter(*p) || (*p >= '0' && *p <= '9'))) {
        p++;
    }

    return p == end || *p != '=';
}


/* 1: there may be references that are not known; they are left as they are. */
static int
os_html_decode(os_str_t text, os_buf_t *out)
{
    int          doubt = 0;
    size_t       n;
    const char  *p = text.data, *end = p + text.len;

    while (p < end) {
        if (*p == '&') {
            n = os_html_reference(p + 1, end, out);

            if (n) {
                p += n + 1;
                continue;
            }

            doubt |= os_html_may_refer(p + 1, end);
        }

        os_buf_char(out, *p++);
    }

    return doubt;
}


/* Is `word` one of the words of a class attribute? */
static int
os_html_has_word(os_str_t value, os_str_t word)
{
    const char  *p = value.data, *end = p + value.len, *start;

    while ((size_t) (end - p) >= word.len) {

        while (p < end && os_html_space(*p)) {
            p++;
        }

        start = p;

        while (p < end && !os_html_space(*p)) {
            p++;
        }

        if ((size_t) (p - start) == word.len
            && memcmp(start, word.data, word.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * With `doubt` the value has references that are not known: a word that stands
 * by itself is there even so.
 */
static int
os_html_value_fits(const os_anchor_t *a, unsigned want, os_str_t value,
    int doubt)
{
    switch (a->wants[want].kind) {

    case OS_WANT_NAME:
        return 1;

    case OS_WANT_CLASS:
        return os_html_has_word(value, a->wants[want].value);

    default:
        return !doubt && os_str_equal(value, a->wants[want].value);
    }
}


static int
os_html_name_fits(os_str_t name, os_str_t want)
{
    size_t  i;

    if (name.len != want.len) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        if (os_html_lower(name.data[i]) != os_html_lower(want.data[i])) {
            return 0;
        }
    }

    return 1;
}


/* An attribute; only the first of a name counts. */
static void
os_html_attribute(os_html_t *h, uint32_t wanted, os_html_match_t *match,
    os_str_t name, os_str_t value)
{
    int                 read = 0, doubt = 0;
    char                room[OS_HTML_VALUE_MAX + 1];
    unsigned            i, k;
    os_buf_t            decoded = os_buf_on(room, sizeof(room));
    const os_anchor_t  *a;

    if (value.len > OS_HTML_VALUE_MAX) {
        value = (os_str_t) { 1, "" };
    }

    while (wanted) {
        i = (unsigned) __builtin_ctz(wanted);
        wanted &= wanted - 1;
        a = h->anchors[i];

        for (k = 0; k < a->nwants; k++) {
            if (!os_html_name_fits(name, a->wants[k].name)
                || (match->seen[i] & (1u << k)))
            {
                continue;
            }

            match->seen[i] |= (uint8_t) (1u << k);

            /* what is decoded is never longer than it was */

            if (!read && value.len && memchr(value.data, '&', value.len)) {
                doubt = os_html_decode(value, &decoded);
                value = os_buf_view(&decoded);
            }

            read = 1;

            if (os_html_value_fits(a, k, value, doubt)) {
                match->met[i] |= (uint8_t) (1u << k);

            } else if (doubt) {
                match->maybe[i] |= (uint8_t) (1u << k);
            }
        }
    }
}


/*
 * Attributes of a tag from behind its name, or from behind an attribute, as
 * the standard's states have it. The end of the tag, or NULL: it is not all
 * there.
 */
static const char *
os_html_attributes(os_html_t *h, const char *p, const char *end,
    uint32_t wanted, os_html_match_t *match)
{
    char         quote;
    os_str_t     name, value;
    const char  *start;

    for ( ;; ) {
        h->slash = 0;

        while (p < end && os_html_between[(unsigned char) *p]) {
            h->slash = *p++ == '/';
        }

        if (p == end) {
            return NULL;
        }

        if (*p == '>') {
            return p + 1;
        }

        start = p++;

        while (p < end && !os_html_between[(unsigned char) *p] && *p != '>'
               && *p != '=')
        {
            p++;
        }

        name = (os_str_t) { (size_t) (p - start), start };
        value = OS_STR("");

        while (p < end && os_html_space(*p)) {
            p++;
        }

        if (p == end) {
            return NULL;
        }

        if (*p == '=') {
            p++;

            while (p < end && os_html_space(*p)) {
                p++;
            }

            if (p == end) {
                return NULL;
            }

            if (*p == '"' || *p == '\'') {
                quote = *p++;
                start = p;
                p = memchr(p, quote, (size_t) (end - p));

                if (p == NULL) {
                    return NULL;
                }

                value = (os_str_t) { (size_t) (p - start), start };
                p++;

            } else if (*p != '>') {
                start = p;

                while (p < end && !os_html_space(*p) && *p != '>') {
                    p++;
                }

                value = (os_str_t) { (size_t) (p - start), start };
            }
        }

        if (wanted) {
            os_html_attribute(h, wanted, match, name, value);
        }
    }
}


/* The anchors that a start tag of this name, here, may be meant by. */
static uint32_t
os_html_candidates(const os_html_t *h, uint64_t key, const os_element_t *e)
{
    uint32_t           wanted = h->named[e->el], m;
    const os_tree_t   *t = &h->tree;

    /* what is in these is not in the document */

    if ((t->foreign && !(e->flags & OS_EL_BREAKOUT))
        || t->top->el == OS_TEMPLATE
        || t->top->el == OS_SELECT)
    {
        return 0;
    }

    for (m = wanted; m; m &= m - 1) {
        if (h->keys[__builtin_ctz(m)] && h->keys[__builtin_ctz(m)] != key) {
            wanted &= ~(m & -m);
        }
    }

    return wanted;
}


/* Those of them whose conditions are met; who might be is dropped. */
static uint32_t
os_html_matching(os_html_t *h, uint32_t wanted, const os_html_match_t *match)
{
    unsigned  i, all;
    uint32_t  found = 0;

    for ( /* void */ ; wanted; wanted &= wanted - 1) {
        i = (unsigned) __builtin_ctz(wanted);
        all = (1u << h->anchors[i]->nwants) - 1;

        if (match->met[i] == all) {
            found |= 1u << i;

        } else if ((match->met[i] | match->maybe[i]) == all) {

            /* this may be the first, and may be not */
            os_html_drop(h, 1u << i);
        }
    }

    return found;
}


static const char *os_html_big_tag(os_html_t *h, const char *s,
    const char *end);


/* A start tag that some anchors may name, all there: its end, or NULL. */
static const char *
os_html_wanted_tag(os_html_t *h, uint64_t key, const os_element_t *e,
    const char *s, const char *p, const char *end)
{
    uint32_t         wanted;
    os_html_match_t  match = { { 0 }, { 0 }, { 0 } };

    wanted = os_html_candidates(h, key, e);
    p = os_html_attributes(h, p, end, wanted, &match);

    if (p == NULL) {
        return NULL;
    }

    if (wanted && p - s > OS_HTML_TAG_MAX) {
        return os_html_big_tag(h, s, p);
    }

    os_html_start_tag(h, key, e, os_html_matching(h, wanted, &match), s, p);
    return p;
}


/* Tags that are cut */

/*
 * A start tag is complete. What is in carry is all of it, but for values that
 * are too long. Before a tag that may have been sent nothing can go.
 */
static void
os_html_start_done(os_html_t *h, uint64_t key, const os_element_t *e,
    const char *attributes, const char *end)
{
    uint32_t         wanted, found = 0;
    const char      *s = h->tag_start;
    os_html_match_t  match = { { 0 }, { 0 }, { 0 } };

    wanted = os_html_candidates(h, key, e);

    if (h->full) {
        os_html_drop(h, wanted);

    } else {
        (void) os_html_attributes(h, attributes, h->carry + h->ncarry, wanted,
                                  &match);
        found = os_html_matching(h, wanted, &match);
    }

    if (h->ntag > OS_HTML_TAG_MAX && (found & h->places[OS_PLACE_BEFORE])) {
        os_html_drop(h, found & h->places[OS_PLACE_BEFORE]);
        found &= h->live;
    }

    os_html_start_tag(h, key, e, found, s, end);
}


/* A tag is complete; its bytes, or the first of them, are in carry. */
static void
os_html_tag_done(os_html_t *h, const char *end)
{
    size_t               len = 0, slash;
    uint64_t             key;
    const char          *name;
    const os_element_t  *e;

    slash = h->carry[1] == '/';
    name = h->carry + 1 + slash;

    while (len < h->ncarry - 1 - slash
           && !os_html_between[(unsigned char) name[len]]
           && name[len] != '>')
    {
        len++;
    }

    key = os_element_key(name, len);
    e = os_element(key);

    if (slash) {
        os_html_end_tag(h, key, e, h->tag_start, end);

    } else {
        os_html_start_done(h, key, e, name + len, end);
    }
}


/* Inside a tag, byte by byte. */
static const char *
os_html_step_tag(os_html_t *h, const char *p, const char *end)
{
    char         c;
    const char  *q;

    while (p < end) {
        c = *p;
        q = p;          /* up to there it is a value's */

        switch (h->step) {

        case OS_HTML_NAME:
        case OS_HTML_ATTRIBUTE:
            if (os_html_between[(unsigned char) c]) {
                h->slash = c == '/';
                h->step = h->step == OS_HTML_NAME || c == '/'
                          ? OS_HTML_BEFORE_ATTRIBUTE
                          : OS_HTML_AFTER_ATTRIBUTE;

            } else if (c == '>') {
                goto done;

            } else if (c == '=' && h->step == OS_HTML_ATTRIBUTE) {
                h->step = OS_HTML_BEFORE_VALUE;
            }

            break;

        case OS_HTML_BEFORE_ATTRIBUTE:
        case OS_HTML_AFTER_ATTRIBUTE:
            if (os_html_between[(unsigned char) c]) {
                h->slash = c == '/';

                if (c == '/') {
                    h->step = OS_HTML_BEFORE_ATTRIBUTE;
                }

            } else if (c == '>') {
                goto done;

            } else {
                h->slash = 0;
                h->step = c == '=' && h->step == OS_HTML_AFTER_ATTRIBUTE
                          ? OS_HTML_BEFORE_VALUE : OS_HTML_ATTRIBUTE;
            }

            break;

        case OS_HTML_BEFORE_VALUE:
            if (c == '>') {
                goto done;
            }

            if (os_html_space(c)) {
                break;
            }

            h->nvalue = 0;

            if (c == '"' || c == '\'') {
                h->step = c == '"' ? OS_HTML_DOUBLE_QUOTED
                                   : OS_HTML_SINGLE_QUOTED;
                break;
            }

            h->step = OS_HTML_UNQUOTED;
            q = p + 1;
            break;

        case OS_HTML_DOUBLE_QUOTED:
        case OS_HTML_SINGLE_QUOTED:
            q = memchr(p, h->step == OS_HTML_DOUBLE_QUOTED ? '"' : '\'',
                       (size_t) (end - p));

            if (q == p) {
                os_html_value_ends(h);
                h->step = OS_HTML_BEFORE_ATTRIBUTE;
            }

            q = q ? q : end;
            break;

        default:        /* OS_HTML_UNQUOTED */
            if (os_html_space(c)) {
                os_html_value_ends(h);
                h->step = OS_HTML_BEFORE_ATTRIBUTE;
                break;
            }

            if (c == '>') {
                os_html_value_ends(h);
                goto done;
            }

            q = p + 1;
        }

        if (q > p) {
            os_html_keep_value(h, p, (size_t) (q - p));
            p = q;

        } else {
            os_html_keep(h, p++, 1);
        }
    }

    return p;

done:

    os_html_keep(h, p++, 1);
    os_html_tag_done(h, p);
    return p;
}


static void
os_html_tag_begins(os_html_t *h)
{
    h->state = OS_HTML_TAG;
    h->step = OS_HTML_NAME;
    h->slash = 0;
}


/* All there, but longer than is kept: as if it had been cut. */
static const char *
os_html_big_tag(os_html_t *h, const char *s, const char *end)
{
    os_html_carry(h, s, s + 1);
    os_html_tag_begins(h);
    return os_html_step_tag(h, s + 1, end);
}


/* "<!": what it becomes, from the bytes behind it that are in carry. */
static void
os_html_declaration(os_html_t *h)
{
    size_t       len = h->ncarry - 2;
    const char  *p = h->carry + 2;

    static const char  doctype[] = "doctype", cdata[] = "[CDATA[";

    if (p[0] == '-') {
        if (len == 1) {
            return;
        }

        h->state = p[1] == '-' ? OS_HTML_COMMENT_START : OS_HTML_BOGUS;

    } else if (len <= 7 && os_html_lower(p[len - 1]) == doctype[len - 1]
               && p[0] != '[')
    {
        if (len == 7) {
            os_html_keep_none(h);
            h->state = OS_HTML_DOCTYPE;
        }

    } else if (len <= 7 && p[len - 1] == cdata[len - 1] && p[0] == '['
               && (h->tree.top->flags & OS_OPEN_FOREIGN))
    {
        if (len == 7) {
            h->state = OS_HTML_CDATA;
        }

    } else {
        h->state = OS_HTML_BOGUS;
    }
}


/* Only the plain one is known for sure to be of a page without quirks. */
static void
os_html_doctype(os_html_t *h)
{
    size_t       len = h->ncarry;
    const char  *p = h->carry;

    h->document = 1;

    if (h->begun || h->tree.body) {
        return;
    }

    h->begun = 1;

    while (len && os_html_space(p[0])) {
        p++;
        len--;
    }

    while (len && os_html_space(p[len - 1])) {
        len--;
    }

    h->tree.quirks = !h->full && os_html_is(p, len, "html")
                     ? OS_QUIRKS_NO : OS_QUIRKS_UNKNOWN;
}


/* The states that are left after one byte or a few. */
static const char *
os_html_step(os_html_t *h, const char *p, const char *end)
{
    char         c = *p, raw;
    unsigned     i;
    const char  *q;

    static const char  script[] = "script", lt[] = "<";

    switch (h->state) {

    case OS_HTML_LT:
        if (os_html_letter(c)) {
            os_html_tag_begins(h);
            return os_html_step_tag(h, p, end);
        }

        if (c == '/') {
            os_html_keep(h, p, 1);
            h->state = OS_HTML_LT_SLASH;
            return p + 1;
        }

        if (c == '!') {
            os_html_keep(h, p, 1);
            h->state = OS_HTML_DECLARATION;
            return p + 1;
        }

        if (c == '?') {
            h->state = OS_HTML_BOGUS;
            return p + 1;
        }

        h->state = OS_HTML_DATA;

        if (!h->tree.body || h->capture) {
            os_html_text(h, lt, lt + 1);
        }

        return p;

    case OS_HTML_LT_SLASH:
        if (os_html_letter(c)) {
            os_html_tag_begins(h);
            return os_html_step_tag(h, p, end);
        }

        /* "</>" is nothing */
        h->state = c == '>' ? OS_HTML_DATA : OS_HTML_BOGUS;
        return c == '>' ? p + 1 : p;

    case OS_HTML_TAG:
        return os_html_step_tag(h, p, end);

    case OS_HTML_DECLARATION:
        os_html_keep(h, p, 1);
        os_html_declaration(h);
        return h->state == OS_HTML_BOGUS ? p : p + 1;

    case OS_HTML_DOCTYPE:
        q = memchr(p, '>', (size_t) (end - p));

        if (q == NULL) {
            os_html_keep(h, p, (size_t) (end - p));
            return end;
        }

        os_html_keep(h, p, (size_t) (q - p));
        os_html_doctype(h);
        h->state = OS_HTML_DATA;
        return q + 1;

    case OS_HTML_COMMENT_START:
    case OS_HTML_COMMENT_START_DASH:
        if (c == '>') {
            h->state = OS_HTML_DATA;
            return p + 1;
        }

        if (c != '-') {
            h->state = OS_HTML_COMMENT;
            return p;
        }

        h->state = h->state == OS_HTML_COMMENT_START
                   ? OS_HTML_COMMENT_START_DASH : OS_HTML_COMMENT_END;
        return p + 1;

    case OS_HTML_COMMENT_DASH:
        h->state = c == '-' ? OS_HTML_COMMENT_END : OS_HTML_COMMENT;
        return p + 1;

    case OS_HTML_COMMENT_END:
        if (c != '-') {
            h->state = c == '>' ? OS_HTML_DATA
                     : c == '!' ? OS_HTML_COMMENT_BANG : OS_HTML_COMMENT;
        }

        return p + 1;

    case OS_HTML_COMMENT_BANG:
        h->state = c == '>' ? OS_HTML_DATA
                 : c == '-' ? OS_HTML_COMMENT_DASH : OS_HTML_COMMENT;
        return p + 1;

    case OS_HTML_CDATA_BRACKET:
        h->state = c == ']' ? OS_HTML_CDATA_END : OS_HTML_CDATA;
        return p + 1;

    case OS_HTML_CDATA_END:
        if (c != ']') {
            h->state = c == '>' ? OS_HTML_DATA : OS_HTML_CDATA;
        }

        return p + 1;

    case OS_HTML_RAW_LT:
    case OS_HTML_SCRIPT_LT:
    case OS_HTML_ESCAPED_LT:
        if (c == '/') {
            h->back = h->state == OS_HTML_RAW_LT ? OS_HTML_RAW
                    : h->state == OS_HTML_SCRIPT_LT ? OS_HTML_SCRIPT
                                                    : OS_HTML_ESCAPED;
            h->state = OS_HTML_RAW_END;
            h->matched = 2;
            return p + 1;
        }

        if (h->state == OS_HTML_ESCAPED_LT) {
            h->matched = 0;
            h->state = os_html_letter(c) ? OS_HTML_DOUBLE_START
                                         : OS_HTML_ESCAPED;
            return p;
        }

        if (c == '!' && h->state == OS_HTML_SCRIPT_LT) {
            h->state = OS_HTML_ESCAPE_START;
            return p + 1;
        }

        h->state = h->state == OS_HTML_RAW_LT ? OS_HTML_RAW : OS_HTML_SCRIPT;
        return p;

    case OS_HTML_RAW_END:
        raw = os_html_raw_char(h, h->matched);

        if (raw) {
            if (os_html_lower(c) == raw) {
                h->matched++;
                return p + 1;
            }

        } else if (os_html_between[(unsigned char) c] || c == '>') {
            h->tag_start = NULL;
            h->raw_end = 1;
            os_html_keep_none(h);

            for (i = 0; (raw = os_html_raw_char(h, i)) != '\0'; i++) {
                os_html_keep(h, &raw, 1);
            }

            os_html_tag_begins(h);
            return os_html_step_tag(h, p, end);
        }

        h->state = h->back;
        return p;

    case OS_HTML_ESCAPE_START:
    case OS_HTML_ESCAPE_START_DASH:
        if (c != '-') {
            h->state = OS_HTML_SCRIPT;
            return p;
        }

        h->state = h->state == OS_HTML_ESCAPE_START
                   ? OS_HTML_ESCAPE_START_DASH : OS_HTML_ESCAPED_DASH_DASH;
        return p + 1;

    case OS_HTML_ESCAPED_DASH:
    case OS_HTML_DOUBLE_DASH:
        h->state = (uint8_t) (c == '-' ? h->state + 1
                            : c == '<' ? h->state + 2 : h->state - 1);
        return p + 1;

    case OS_HTML_ESCAPED_DASH_DASH:
    case OS_HTML_DOUBLE_DASH_DASH:
        if (c != '-') {
            h->state = (uint8_t) (c == '>' ? OS_HTML_SCRIPT
                                : c == '<' ? h->state + 1 : h->state - 2);
        }

        return p + 1;

    case OS_HTML_DOUBLE_LT:
        h->matched = 0;
        h->state = c == '/' ? OS_HTML_DOUBLE_END : OS_HTML_DOUBLE;
        return c == '/' ? p + 1 : p;

    case OS_HTML_DOUBLE_START:
    case OS_HTML_DOUBLE_END:
        if (os_html_letter(c)) {
            if (h->matched < 6 && os_html_lower(c) == script[h->matched]) {
                h->matched++;

            } else {
                h->matched = 7;
            }

            return p + 1;
        }

        if (os_html_between[(unsigned char) c] || c == '>') {
            h->state = (h->matched == 6) == (h->state == OS_HTML_DOUBLE_START)
                       ? OS_HTML_DOUBLE : OS_HTML_ESCAPED;
            return p + 1;
        }

        h->state = h->state == OS_HTML_DOUBLE_START ? OS_HTML_ESCAPED
                                                    : OS_HTML_DOUBLE;
        return p;

    default:
        return p;
    }
}


/* What a plain start tag does: */
enum {
    OS_HTML_OPENS_MORE = 0,     /* the careful way has to look at it */
    OS_HTML_OPENS,              /* open an element, or nothing at all */
    OS_HTML_OPENS_RAW           /* open one whose text is raw; see h->state */
};


/* In line: a call would cost 7 % of what a dense page takes. */
static inline __attribute__((always_inline)) int
os_html_open(os_html_t *h, uint64_t key, const os_element_t *element)
{
    uint32_t    alert;
    os_tree_t  *t = &h->tree;

    alert = element->flags & t->alert;

    if (alert == 0) {
        os_tree_push_plain(t, key, element);

    } else if (alert == OS_EL_VOID) {
        /* it opens nothing */

    } else if (os_tree_is_listed(t, element)) {
        os_tree_push(t, key, element);

    } else if ((element->flags & (OS_EL_RCDATA|OS_EL_RAWTEXT|OS_EL_SCRIPT))
               && !(alert & ~(uint32_t) OS_EL_RAW))
    {
        os_tree_push_plain(t, key, element);
        h->state = (element->flags & OS_EL_SCRIPT) ? OS_HTML_SCRIPT
                                                   : OS_HTML_RAW;
        return OS_HTML_OPENS_RAW;

    } else {
        return OS_HTML_OPENS_MORE;
    }

    return OS_HTML_OPENS;
}


/* Whose reader? */

#define OS_SCAN      OS_SCAN_PLAIN
#define OS_NAMED(x)  x##_plain
#include "core/html/os_html_read.h"
#undef OS_SCAN
#undef OS_NAMED

#if (defined(__SSE2__))

#define OS_SCAN      OS_SCAN_SSE2
#define OS_NAMED(x)  x##_sse2
#include "core/html/os_html_read.h"
#undef OS_SCAN
#undef OS_NAMED

#if (defined(__clang__))
#pragma clang attribute push(                                                 \
    __attribute__((target("avx2,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2")
#endif

#define OS_SCAN      OS_SCAN_AVX2
#define OS_NAMED(x)  x##_avx2
#include "core/html/os_html_read.h"
#undef OS_SCAN
#undef OS_NAMED

#if (defined(__clang__))
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#elif (defined(__ARM_NEON) && defined(__aarch64__))

#define OS_SCAN      OS_SCAN_NEON
#define OS_NAMED(x)  x##_neon
#include "core/html/os_html_read.h"
#undef OS_SCAN
#undef OS_NAMED

#endif


static const struct {
    const char       *name;
    os_html_read_pt   reader;
} os_html_readers[] = {
    { "plain", os_html_read_plain },
#if (defined(__SSE2__))
    { "sse2", os_html_read_sse2 },
    { "avx2", os_html_read_avx2 },
#elif (defined(__ARM_NEON) && defined(__aarch64__))
    { "neon", os_html_read_neon },
#endif
};


int
os_html_levels(void)
{
    int  n = sizeof(os_html_readers) / sizeof(os_html_readers[0]);

#if (defined(__SSE2__))
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi")
        || !__builtin_cpu_supports("bmi2"))
    {
        n--;
    }
#endif

    return n;
}


const char *
os_html_level_name(int level)
{
    return os_html_readers[level].name;
}


void
os_html_init(os_html_t *h, int level)
{
    memset(h, 0, offsetof(os_html_t, anchors));
    os_tree_init(&h->tree);

    if (level == OS_HTML_BEST) {
        level = os_html_levels() - 1;
    }

    h->reader = os_html_readers[level].reader;
}


void
os_html_unnamed(os_html_t *h)
{
    h->unnamed = 1;
}


/*
 * A part of what an anchor's attribute must hold, from one rare character to
 * another: a tag that does not have it need not be read attribute by attribute.
 */
static int
os_html_hint(os_html_t *h, const os_anchor_t *a)
{
    int          rare, score, best = -1;
    char         c, d;
    unsigned     i, n = h->nhints;
    size_t       j, k;
    os_str_t     value;
    const char  *at;

    static const char  common[] = "-etaoinsrhldcumfpgwybvkxjqz";

    if (n == OS_HTML_HINTS) {
        return -1;
    }

    for (i = 0; i < a->nwants; i++) {
        value = a->wants[i].value;

        for (j = 0; j < value.len; j++) {
            c = value.data[j];

            if ((!os_html_letter(c) && c != '-')
                || (c == 'f' && j + 1 < value.len && value.data[j + 1] == 'j'))
            {
                break;
            }
        }

        /*
         * Characters that have a reference by name are not looked for: none of
         * the letters has, but for "fj", which has &fjlig;.
         */

        value.len = j;

        for (j = 0; j < value.len; j++) {
            at = strchr(common, value.data[j]);
            rare = at ? (int) (at - common) : 26;

            for (k = j + 1; k < value.len && k < j + 16; k++) {
                d = value.data[k];
                at = strchr(common, d);
                score = rare + (at ? (int) (at - common) : 26);

                if (score > best) {
                    best = score;
                    h->hints[n].text = value.data + j;
                    h->hints[n].len = value.len - j < OS_HTML_HINT_MAX
                                      ? value.len - j : OS_HTML_HINT_MAX;
                    h->hints[n].apart = k - j;
                    h->hints[n].first = value.data[j];
                    h->hints[n].last = d;
                }
            }
        }
    }

    if (best < 0) {
        return -1;
    }

    h->nhints = n + 1;
    return 0;
}


int
os_html_watch(os_html_t *h, const os_anchor_t *anchor, unsigned thing)
{
    unsigned             i = h->nanchors;
    uint32_t             bit;
    const os_element_t  *e;

    if (i == OS_HTML_ANCHORS) {
        return -1;
    }

    bit = 1u << i;
    h->nanchors++;
    h->anchors[i] = anchor;
    h->things[i] = thing;
    h->keys[i] = 0;
    h->places[anchor->place] |= bit;

    if (os_html_hint(h, anchor) == -1) {
        h->unhinted |= bit;
    }

    if (anchor->tag.len == 0) {
        h->any |= bit;

    } else {
        h->keys[i] = os_element_key(anchor->tag.data, anchor->tag.len);
        e = os_element(h->keys[i]);
        h->by_el[e->el] |= bit;

        /* <body> is there though its tag is not */

        if (e->el == OS_BODY && anchor->nwants == 0
            && anchor->place == OS_PLACE_APPEND)
        {
            os_html_mark(h, bit);
            os_html_settle(h);
            return 0;
        }
    }

    h->live |= bit;
    os_html_settle(h);
    return 0;
}


/* Could what is in carry become a tag to put something before? */
static int
os_html_may_meet(const os_html_t *h)
{
    size_t              len, k;
    uint32_t            m;
    const char         *name;
    const os_anchor_t  *a;

    if (h->ncarry == 1) {
        return (h->live & h->places[OS_PLACE_BEFORE])
               || (h->waiting & h->places[OS_PLACE_APPEND]);
    }

    if (h->carry[1] == '/') {
        m = h->waiting & h->places[OS_PLACE_APPEND];

        if (m & ~h->tree.stack[0].marks) {
            return 1;
        }

        if (m == 0) {
            return 0;
        }

        name = h->carry + 2;
        len = h->ncarry - 2;

        for (k = 0; k < len && k < 4; k++) {
            if (os_html_lower(name[k]) != "body"[k]
                && os_html_lower(name[k]) != "html"[k])
            {
                return 0;
            }
        }

        return 1;
    }

    name = h->carry + 1;
    len = h->ncarry - 1;

    for (m = h->live & h->places[OS_PLACE_BEFORE]; m; m &= m - 1) {
        a = h->anchors[__builtin_ctz(m)];

        for (k = 0; k < len && k < a->tag.len; k++) {
            if (os_html_lower(name[k]) != os_html_lower(a->tag.data[k])) {
                break;
            }
        }

        if (k == len || k == a->tag.len) {
            return 1;
        }
    }

    return 0;
}


/* One of those that were met. */
static os_html_rc_t
os_html_tell(os_html_t *h)
{
    unsigned   i;
    uint32_t  *queue = h->at_start ? &h->at_start : &h->at_end;

    i = (unsigned) __builtin_ctz(*queue);
    h->at = h->at_start ? h->tag_start : h->tag_end;
    h->thing = h->things[i];
    *queue &= *queue - 1;
    return OS_HTML_MEET;
}


os_html_rc_t
os_html_read(os_html_t *h, const char **p, const char *end)
{
    size_t        before = 0;
    os_html_rc_t  rc;

    if (h->at_start | h->at_end) {
        return os_html_tell(h);
    }

    h->held = 0;
    h->held_here = 0;

    if (h->left == 0 || h->tree.lost) {
        return OS_HTML_OVER;
    }

    if (h->state == OS_HTML_CUT || h->state == OS_HTML_LT
        || h->state == OS_HTML_LT_SLASH || h->state == OS_HTML_TAG)
    {
        before = h->ntag;
        h->tag_start = NULL;
    }

    h->fresh = 0;
    *p = os_html_begin(h, *p, end);
    rc = h->reader(h, *p, end);

    if (rc == OS_HTML_MEET) {
        *p = h->next;
        return os_html_tell(h);
    }

    *p = end;

    if (rc == OS_HTML_MORE && h->ntag <= OS_HTML_TAG_MAX
        && (h->state == OS_HTML_CUT || h->state == OS_HTML_LT
            || h->state == OS_HTML_LT_SLASH
            || (h->state == OS_HTML_TAG && !h->raw_end))
        && os_html_may_meet(h))
    {
        h->held = (unsigned) h->ntag;
        h->held_here = (unsigned) (h->fresh ? h->ntag : h->ntag - before);
    }

    return rc;
}


os_html_rc_t
os_html_finish(os_html_t *h)
{
    if (h->at_start | h->at_end) {
        return os_html_tell(h);
    }

    if (h->state == OS_HTML_DATA && h->document && !h->tree.lost
        && h->tree.body && os_tree_body_ends(&h->tree))
    {
        h->tag_end = NULL;
        os_html_body_ends(h, &h->at_end);

        if (h->at_end) {
            return os_html_tell(h);
        }
    }

    return OS_HTML_OVER;
}


void
os_html_shown(const os_html_t *h, os_buf_t *out)
{
    char         room[OS_HTML_SHOWN * 2];
    size_t       i, start = out->len;
    os_buf_t     text = os_buf_on(room, sizeof(room));
    const char  *p;

    if (!h->shown_done || h->shown_bad) {
        return;
    }

    (void) os_html_decode((os_str_t) { h->nshown, h->shown }, &text);

    for (i = 0; i < text.len; i++) {
        p = text.data + i;

        if (os_html_space(*p)
            || (i + 1 < text.len && p[0] == '\xC2' && p[1] == '\xA0'))
        {
            i += *p == '\xC2';

            if (out->len > start && out->data[out->len - 1] != ' ') {
                os_buf_char(out, ' ');
            }

            continue;
        }

        os_buf_char(out, *p);
    }

    if (out->len > start && out->data[out->len - 1] == ' ') {
        out->len--;
        out->data[out->len] = '\0';
    }

    os_buf_free(&text);
}

/*
 * The reader, once for each kind of scanning: os_html.c includes this with
 * OS_SCAN and OS_NAMED() set. A page's bytes are looked at here and nowhere
 * else, as many at a time as the machine can.
 */

#include "core/html/os_scan.h"


/*
 * The rest of a tag whose attributes do not matter, from behind its name:
 * where it ends, or NULL when it is not all there. Up to the first "=" there
 * is no value, so the first ">" is the end; behind "=" a quote opens a value
 * if a name stood before. What is written otherwise goes the careful way.
 */
static inline const char *
OS_NAMED(os_html_skip)(os_html_t *h, const char *p, const char *end)
{
    char         c;
    const char  *e;

    for ( ;; ) {
        e = OS_NAMED(os_find2)(p, end, '>', '=');

        if (e == end) {
            return NULL;
        }

        if (*e == '>') {
            h->slash = e[-1] == '/';
            return e + 1;
        }

        if (end - e < 2) {
            return NULL;
        }

        c = e[1];

        if (e == p || os_html_between[(unsigned char) e[-1]]
            || (c != '"' && c != '\''))
        {
            return os_html_attributes(h, p, end, 0, NULL);
        }

        p = OS_NAMED(os_find)(e + 2, end, c);

        if (p == end) {
            return NULL;
        }

        p++;
    }
}


/* A tag, by all the rules: where it ends, or NULL when it is not all there. */
static const char *
OS_NAMED(os_html_tag)(os_html_t *h, const char *s, const char *end)
{
    int                  closing = s[1] == '/';
    uint64_t             key;
    uint32_t             wanted;
    const char          *name = s + 1 + closing, *e = name, *p;
    const os_element_t  *element;
    const os_open_t     *top;

    while (e < end && os_html_ends[(unsigned char) *e] != 1) {
        e++;
    }

    if (e == end) {
        return NULL;
    }

    key = os_html_key(name, (size_t) (e - name), end);
    element = os_element(key);
    wanted = closing ? 0 : h->named[element->el];

    if (wanted) {
        return os_html_wanted_tag(h, key, element, s, e, end);
    }

    p = OS_NAMED(os_html_skip)(h, e, end);

    if (p == NULL) {
        return NULL;
    }

    if (closing) {
        top = h->tree.top;

        if (top->key == key && !(top->flags & OS_OPEN_CARE)) {
            h->state = OS_HTML_DATA;
            os_tree_pop_plain(&h->tree);
            return p;
        }

        os_html_end_tag(h, key, element, s, p);

    } else if (!(element->flags & h->tree.alert)) {
        h->state = OS_HTML_DATA;
        os_tree_push_plain(&h->tree, key, element);

    } else {
        os_html_start_tag(h, key, element, 0, s, p);
    }

    return p;
}


/* What the quick way may read: 64 bytes, and a name behind the last. */
#define OS_HTML_AHEAD  80

/* The same where hints are looked for; and how far ahead they are. */
#define OS_HTML_HINT_AHEAD  (64 + OS_HTML_HINT_MAX)
#define OS_HTML_SEEK        1024


/*
 * Hints: what an attribute must have for an anchor to be met, and character
 * references, by which that may be written. Where `next` is one was found, or
 * none is before it; the other places up to there were passed already.
 */
typedef struct {
    const char  *next;
    int          found;
    const char  *limit;         /* the last place to look from */
} OS_NAMED(os_html_sought_t);


#if (OS_SCAN != OS_SCAN_PLAIN)

/* Of the bytes at p that may begin the hint the first that does, or NULL. */
static inline const char *
OS_NAMED(os_html_hint_at)(const os_html_hint_t *hint, const char *p,
    uint64_t bits)
{
    const char  *at;

    for ( /* void */ ; bits; bits &= bits - 1) {
        at = p + OS_FIRST(bits);

        if (*at == '#' ? at[-1] == '&'
                       : memcmp(at, hint->text, hint->len) == 0)
        {
            return at;
        }
    }

    return NULL;
}


/* Which bytes at p may begin it, by two of its characters, or are a "#". */
static inline OS_V
OS_NAMED(os_html_may_hint)(const char *p, OS_V first, OS_V last, size_t apart)
{
    OS_V  v = OS_LOAD(p);

    return OS_OR(OS_EQ(v, OS_ALL('#')),
                 OS_AND(OS_EQ(v, first), OS_EQ(OS_LOAD(p + apart), last)));
}


/* The next hint, or that there is none up to `stop`. */
static __attribute__((noinline)) void
OS_NAMED(os_html_seek)(const os_html_t *h, OS_NAMED(os_html_sought_t) *sought,
    const char *stop)
{
    OS_V                   first, last, a, b;
    const char            *q, *at;
    const os_html_hint_t  *hint;

    sought->found = 0;

    for (hint = h->hints; hint < h->hints + h->nhints; hint++) {
        first = OS_ALL(hint->first);
        last = OS_ALL(hint->last);

        /* from the second on, no load is of two lines of the cache */

        for (q = sought->next; q < stop;
             q += 2 * OS_W - (uintptr_t) q % (2 * OS_W))
        {
            a = OS_NAMED(os_html_may_hint)(q, first, last, hint->apart);
            b = OS_NAMED(os_html_may_hint)(q + OS_W, first, last, hint->apart);

            if (OS_RARE(OS_BITS(OS_OR(a, b)))) {
                at = OS_NAMED(os_html_hint_at)(hint, q, OS_BITS(a));

                if (at == NULL) {
                    at = OS_NAMED(os_html_hint_at)(hint, q + OS_W, OS_BITS(b));
                }

                if (at && at < stop) {
                    sought->found = 1;
                    stop = at;
                }
            }
        }
    }

    sought->next = stop;
}

#endif


/* Is there a hint between p and end, or may there be one? */
static inline int
OS_NAMED(os_html_hinted)(const os_html_t *h, OS_NAMED(os_html_sought_t) *sought,
    const char *p, const char *end)
{
#if (OS_SCAN != OS_SCAN_PLAIN)
    if (sought->next >= end) {
        return 0;
    }

    if (sought->next < p || !sought->found) {

        if (end > sought->limit) {
            return 1;
        }

        if (sought->next < p) {
            sought->next = p;
        }

        OS_NAMED(os_html_seek)(h, sought,
                               sought->limit - end < OS_HTML_SEEK
                               ? sought->limit : end + OS_HTML_SEEK);
    }

    return sought->next < end;
#else
    (void) h;
    (void) sought;
    return p < end;
#endif
}


/* The marks of a page, one after the other; see os_marks(). */
typedef struct {
    uint64_t     marks;         /* those not passed, of the 64 bytes at base */
    const char  *base;
    const char  *limit;         /* the last place to look from */
} OS_NAMED(os_html_marks_t);


static inline void
OS_NAMED(os_html_marks)(OS_NAMED(os_html_marks_t) *m, const char *p,
    const char *limit)
{
    m->base = p;
    m->limit = limit;
    m->marks = OS_NAMED(os_marks)(p);
}


/* Is there a mark? Else the piece is nearly over: none up to base + 64. */
static inline int
OS_NAMED(os_html_marked)(OS_NAMED(os_html_marks_t) *m)
{
    while (OS_RARE(m->marks == 0)) {
        m->base += 64;

        if (OS_RARE(m->base > m->limit)) {
            m->base -= 64;
            return 0;
        }

        m->marks = OS_NAMED(os_marks)(m->base);
    }

    return 1;
}


/* The next mark, which there is, is passed. */
static inline const char *
OS_NAMED(os_html_mark)(OS_NAMED(os_html_marks_t) *m)
{
    const char  *p = m->base + OS_CTZ(m->marks);

    m->marks &= m->marks - 1;
    return p;
}


/*
 * The ">" of a tag whose attributes are written as most are, name="value", from
 * behind its "<"; NULL when they are not. No "=" is without its quotes and none
 * without a name before it: so no quote is but around a value, and the first
 * ">" that is in none is the tag's end.
 */
static inline const char *
OS_NAMED(os_html_near)(OS_NAMED(os_html_marks_t) *m)
{
    uint16_t     pair;
    const char  *p;

    static const char  opens[2] = { '=', '"' };

    while (OS_NAMED(os_html_marked)(m)) {
        p = OS_NAMED(os_html_mark)(m);

        if (*p == '>') {
            return p;
        }

        memcpy(&pair, p, 2);

        if (OS_RARE(memcmp(&pair, opens, 2) != 0
                    || !os_html_named[(unsigned char) p[-1]])
            || !OS_NAMED(os_html_marked)(m))
        {
            return NULL;
        }

        /* the quote that opens, and the one that closes */

        (void) OS_NAMED(os_html_mark)(m);

        do {
            if (!OS_NAMED(os_html_marked)(m)) {
                return NULL;
            }

            p = OS_NAMED(os_html_mark)(m);

        } while (OS_RARE(*p != '"'));
    }

    return NULL;
}


/*
 * The ">" that ends a comment, from behind "<!--"; "<!-->" and "<!--->" are
 * whole. NULL: it may end otherwise.
 */
static inline const char *
OS_NAMED(os_html_comment)(OS_NAMED(os_html_marks_t) *m)
{
    const char  *p;

    while (OS_NAMED(os_html_marked)(m)) {
        p = OS_NAMED(os_html_mark)(m);

        if (*p == '>') {
            if (p[-1] == '-' && p[-2] == '-') {
                return p;
            }

            if (p[-1] == '!') {
                return NULL;
            }
        }
    }

    return NULL;
}


/*
 * The text of <script>, <style> and their like: up to behind its end tag, when
 * that is as plain as can be, or to where the careful way goes on.
 */
static inline const char *
OS_NAMED(os_html_raw)(os_html_t *h, const char *p, const char *end,
    const char *limit)
{
    uint64_t     word;
    os_tree_t   *t = &h->tree;

    for ( ;; ) {
        p = OS_NAMED(os_find_close)(p, end);

        if (p > limit) {
            return p;
        }

        if (p[1] == '/') {
            memcpy(&word, p + 2, 8);

            if (os_tree_closes(t, os_html_little(word))) {
                h->state = OS_HTML_DATA;
                return p + os_tree_end_size(t->top + 1);
            }

            if (os_html_lower(p[2]) == (char) t->top->key) {
                return p;
            }

        } else if (p[1] == '!' && h->state == OS_HTML_SCRIPT) {
            return p;
        }

        p++;
    }
}


/*
 * The name at p, of a tag that is all there with 8 bytes behind it: where it
 * ends, or NULL where that is not sure. One that is in the table is of lower-
 * case letters, and a digit at most; letters, and nothing that ends a name,
 * have the bit 0x40.
 */
static inline const char *
OS_NAMED(os_html_quick_name)(const char *p, uint64_t *key,
    const os_element_t **element)
{
    uint64_t             bits, word, odd_key;
    const char          *e;
    const os_element_t  *odd;

    memcpy(&word, p, 8);
    word = os_html_little(word);
    bits = ~word & UINT64_C(0x4040404040404040);
    e = p + OS_CTZ(bits) / 8;
    *key = word & (uint64_t) ((int64_t) (bits ^ (bits - 1)) >> 7);

    if (OS_RARE(os_html_ends[(unsigned char) *e] != 1)) {
        e++;
        *key = e - p > 7 || e[-1] == '\0' ? 0 : word & os_html_bytes[e - p];
    }

    *element = &os_element_table[OS_ELEMENT_HASH(*key)];

    if (OS_RARE((*element)->key != *key
                || os_html_ends[(unsigned char) *e] != 1))
    {
        e = os_html_name(p, &odd_key, &odd);
        *key = odd_key;
        *element = odd;
    }

    return e;
}


/* Do the anchors that such an element may have ask for the careful way? */
static inline int
OS_NAMED(os_html_is_wanted)(const os_html_t *h, const os_element_t *element,
    OS_NAMED(os_html_sought_t) *sought, const char *attributes,
    const char *end)
{
    uint32_t  wanted = h->named[element->el];

    return OS_RARE(wanted)
           && ((wanted & h->unhinted)
               || (attributes != end
                   && OS_NAMED(os_html_hinted)(h, sought, attributes, end)));
}


/*
 * Text and tags as most are written, from text at p on: the quick way. What
 * stands before the place that it returns is done; there begins what the
 * careful way has to look at, or the piece is nearly over, or h->state says
 * what is next.
 */
static const char *
OS_NAMED(os_html_run)(os_html_t *h, const char *p, const char *end)
{
    int                         opens;
    uint64_t                    key, word;
    const char                 *q, *e, *s;
    const os_element_t         *element;
    OS_NAMED(os_html_marks_t)   m;
    OS_NAMED(os_html_sought_t)  sought = { p, 0, p };

    OS_NAMED(os_html_marks)(&m, p, end - OS_HTML_AHEAD);

    if (end - p > OS_HTML_HINT_AHEAD) {
        sought.limit = end - OS_HTML_HINT_AHEAD;
    }

    for ( ;; ) {

        do {
            if (!OS_NAMED(os_html_marked)(&m)) {
                return m.base + 64;
            }

            q = OS_NAMED(os_html_mark)(&m);

        } while (OS_RARE(*q != '<'));

        if (q[1] == '/') {

            /* most end tags are of the current node */

            memcpy(&word, q + 2, 8);

            if (OS_RARE(!os_tree_closes(&h->tree, os_html_little(word)))) {
                return q;
            }

            if (!OS_NAMED(os_html_marked)(&m)) {
                return q + os_tree_end_size(h->tree.top + 1);
            }

            (void) OS_NAMED(os_html_mark)(&m);
            continue;
        }

        if (OS_RARE(q[1] == '!')) {
            if (memcmp(q + 2, "--", 2) != 0
                || OS_NAMED(os_html_comment)(&m) == NULL)
            {
                return q;
            }

            continue;
        }

        s = OS_NAMED(os_html_near)(&m);

        if (OS_RARE(s == NULL)) {
            return q;
        }

        e = OS_NAMED(os_html_quick_name)(q + 1, &key, &element);

        if (OS_RARE(e == NULL)
            || OS_NAMED(os_html_is_wanted)(h, element, &sought, e, s))
        {
            return q;
        }

        opens = os_html_open(h, key, element);

        if (OS_RARE(opens == OS_HTML_OPENS_MORE)) {
            return q;
        }

        if (OS_RARE(opens == OS_HTML_OPENS_RAW)) {
            p = OS_NAMED(os_html_raw)(h, s + 1, end, m.limit);

            if (h->state != OS_HTML_DATA || p > m.limit) {
                return p;
            }

            OS_NAMED(os_html_marks)(&m, p, m.limit);
        }
    }
}


/* May the quick way be taken? Text that is listened to takes the other. */
static inline int
OS_NAMED(os_html_is_quick)(const os_html_t *h, const char *p, const char *end)
{
    return h->tree.body && !h->capture && end - p > OS_HTML_AHEAD;
}


/*
 * Text and tags, as long as there is nothing else. Where it stops h->state
 * says what is next.
 */
static const char *
OS_NAMED(os_html_data)(os_html_t *h, const char *p, const char *end)
{
    char         c;
    const char  *q;

    for ( ;; ) {

        if (OS_NAMED(os_html_is_quick)(h, p, end)) {
            p = OS_NAMED(os_html_run)(h, p, end);

            if (h->state != OS_HTML_DATA) {
                return p;
            }
        }

        q = OS_NAMED(os_find)(p, end, '<');

        if (!h->tree.body || h->capture) {
            os_html_text(h, p, q);
        }

        if (end - q < 3) {
            break;
        }

        c = q[1];

        if (!os_html_letter(c) && (c != '/' || !os_html_letter(q[2]))) {
            break;
        }

        p = OS_NAMED(os_html_tag)(h, q, end);

        if (p == NULL) {

            if (end - q >= OS_HTML_TAG_MAX - OS_HTML_MEND) {
                break;
            }

            os_html_carry(h, q, end);
            h->state = OS_HTML_CUT;
            return end;
        }

        if ((h->at_start | h->at_end) || h->tree.lost || h->left == 0
            || h->state != OS_HTML_DATA)
        {
            return p;
        }
    }

    if (q < end) {
        os_html_carry(h, q, q + 1);
        h->state = OS_HTML_LT;
        q++;
    }

    return q;
}


/*
 * A tag was cut, all of it is in carry. Most are whole with a little of this
 * piece; for the others the careful way catches up with where we are.
 */
static const char *
OS_NAMED(os_html_mend)(os_html_t *h, const char *p, const char *end)
{
    size_t       n = (size_t) (end - p), had = h->ncarry;
    const char  *e;

    if (n > OS_HTML_MEND) {
        n = OS_HTML_MEND;
    }

    memcpy(h->carry + had, p, n);
    e = h->carry;

    if (OS_NAMED(os_html_is_quick)(h, e, e + had + n)) {
        h->state = OS_HTML_DATA;
        e = OS_NAMED(os_html_run)(h, e, e + had + n);

        if (e > h->carry + had || h->state != OS_HTML_DATA) {
            return p + (e - h->carry) - had;
        }
    }

    e = OS_NAMED(os_html_tag)(h, h->carry, h->carry + had + n);

    if (e) {
        p += (size_t) (e - h->carry) - had;
        h->tag_start = NULL;
        h->tag_end = p;
        return p;
    }

    h->ncarry = h->carry[1] == '/' ? 2 : 1;
    h->ntag = h->ncarry;
    os_html_tag_begins(h);
    (void) os_html_step_tag(h, h->carry + h->ncarry, h->carry + had);
    return p;
}


static os_html_rc_t
OS_NAMED(os_html_read)(os_html_t *h, const char *p, const char *end)
{
    while (p < end) {

        switch (h->state) {

        case OS_HTML_DATA:
            p = OS_NAMED(os_html_data)(h, p, end);
            goto done;

        case OS_HTML_CUT:
            p = OS_NAMED(os_html_mend)(h, p, end);
            goto done;

        case OS_HTML_RAW:
        case OS_HTML_SCRIPT:
            if (end - p > OS_HTML_AHEAD) {
                p = OS_NAMED(os_html_raw)(h, p, end, end - OS_HTML_AHEAD);

                if (h->state == OS_HTML_DATA) {
                    continue;
                }

            } else {
                p = OS_NAMED(os_find)(p, end, '<');
            }

            if (p < end) {
                p++;
                h->back = h->state;
                h->state = h->state == OS_HTML_RAW ? OS_HTML_RAW_LT
                                                   : OS_HTML_SCRIPT_LT;
            }

            continue;

        case OS_HTML_COMMENT:
            p = OS_NAMED(os_find)(p, end, '-');

            if (p < end) {
                p++;
                h->state = OS_HTML_COMMENT_DASH;
            }

            continue;

        case OS_HTML_ESCAPED:
        case OS_HTML_DOUBLE:
            p = OS_NAMED(os_find2)(p, end, '-', '<');

            if (p < end) {
                h->state = (uint8_t) (h->state + (*p == '-' ? 1 : 3));
                p++;
            }

            continue;

        case OS_HTML_BOGUS:
            p = OS_NAMED(os_find)(p, end, '>');

            if (p < end) {
                p++;
                h->state = OS_HTML_DATA;
            }

            continue;

        case OS_HTML_CDATA:
            p = OS_NAMED(os_find)(p, end, ']');

            if (p < end) {
                p++;
                h->state = OS_HTML_CDATA_BRACKET;
            }

            continue;

        case OS_HTML_PLAINTEXT:
            return OS_HTML_OVER;

        default:
            break;
        }

        p = os_html_step(h, p, end);

    done:

        if (h->at_start | h->at_end) {
            h->next = p;
            return OS_HTML_MEET;
        }

        if (h->tree.lost || h->left == 0) {
            return OS_HTML_OVER;
        }
    }

    return OS_HTML_MORE;
}

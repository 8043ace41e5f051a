/*
 * The reader, once for each kind of scanning: os_html.c includes this with
 * OS_SCAN and OS_NAMED() set. A page's bytes are looked at here and nowhere
 * else, as many at a time as the machine can.
 */

#include "os_scan.h"


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
    const char          *name = s + 1 + closing, *e, *p;
    const os_element_t  *element;

    e = OS_NAMED(os_find_name_end)(name, end);

    /* a control character is part of the name */

    while (e < end && !os_html_between[(unsigned char) *e] && *e != '>') {
        e++;
    }

    if (e == end) {
        return NULL;
    }

    key = os_element_key(name, (size_t) (e - name));
    element = os_element(key);
    wanted = closing ? 0 : h->named[element->el];

    if (wanted) {
        return os_html_wanted_tag(h, key, element, wanted, s, e, end);
    }

    p = OS_NAMED(os_html_skip)(h, e, end);

    if (p == NULL) {
        return NULL;
    }

    if (closing) {
        os_html_end_tag(h, key, element, s, p);

    } else {
        os_html_start_tag(h, key, element, 0, s, p);
    }

    return p;
}


#if (OS_SCAN == OS_SCAN_AVX2 || OS_SCAN == OS_SCAN_SSE2)

#if (OS_SCAN == OS_SCAN_AVX2)

#define OS_MASK(what, c)                                                      \
    ((uint64_t) OS_BITS(what(v0, c))                                          \
     | (uint64_t) OS_BITS(what(v1, c)) << 32)
#define OS_GREATER(v, c)  _mm256_cmpgt_epi8(v, c)

#else

#define OS_MASK(what, c)                                                      \
    ((uint64_t) OS_BITS(what(v0, c))                                          \
     | (uint64_t) OS_BITS(what(v1, c)) << 16                                  \
     | (uint64_t) OS_BITS(what(v2, c)) << 32                                  \
     | (uint64_t) OS_BITS(what(v3, c)) << 48)
#define OS_GREATER(v, c)  _mm_cmpgt_epi8(v, c)

#endif

/*
 * The end of a tag whose attributes are written as most are, name="value" or
 * name alone, within 64 bytes from behind its name; NULL for any other. A bit
 * of each mask is a byte. Inside quotes is where an odd number of quotes stand
 * before; that is so when each quote that opens has a "=" before it, and each
 * "=" outside has a quote behind and, before it, the end of a name.
 */
static inline const char *
OS_NAMED(os_html_near)(const char *p)
{
    OS_V      v0 = OS_LOAD(p), v1 = OS_LOAD(p + OS_W);
#if (OS_SCAN == OS_SCAN_SSE2)
    OS_V      v2 = OS_LOAD(p + 32), v3 = OS_LOAD(p + 48);
#endif
    uint64_t  quotes, inside, ends, equals, lower, wrong;

    ends = OS_MASK(OS_EQ, OS_ALL('>'));
    quotes = OS_MASK(OS_EQ, OS_ALL('"'));
    equals = OS_MASK(OS_EQ, OS_ALL('='));
    lower = OS_MASK(OS_GREATER, OS_ALL('a' - 1));

#if (OS_SCAN == OS_SCAN_AVX2)
    inside = (uint64_t) _mm_cvtsi128_si64(_mm_clmulepi64_si128(
                 _mm_cvtsi64_si128((long long) quotes),
                 _mm_set1_epi8((char) 0xff), 0));
#else
    inside = quotes ^ quotes << 1;
    inside ^= inside << 2;
    inside ^= inside << 4;
    inside ^= inside << 8;
    inside ^= inside << 16;
    inside ^= inside << 32;
#endif

    ends &= ~inside;
    equals &= ~inside;
    wrong = ((quotes & inside) ^ equals << 1) | (equals & ~(lower << 1));

    if (ends == 0 || (wrong & (ends ^ (ends - 1)))) {
        return NULL;
    }

    return p + __builtin_ctzll(ends) + 1;
}


/*
 * May there be something between p and end that an anchor looks for? Two
 * neighbours of what each must find, or a character reference that hides them.
 * 64 bytes may be read behind `end`.
 */
static inline int
OS_NAMED(os_html_hinted)(const os_html_t *h, const char *p, const char *end)
{
    OS_V      a, b, found;
    unsigned  i;

    for ( /* void */ ; p < end; p += OS_W) {
        a = OS_LOAD(p);
        b = OS_LOAD(p + 1);
        found = OS_AND(OS_EQ(a, OS_ALL('&')), OS_EQ(b, OS_ALL('#')));

        for (i = 0; i < h->nhints; i++) {
            found = OS_OR(found,
                          OS_AND(OS_EQ(a, OS_ALL(h->hints[i][0])),
                                 OS_EQ(b, OS_ALL(h->hints[i][1]))));
        }

        if (OS_BITS(found)) {
            return 1;
        }
    }

    return 0;
}

#undef OS_MASK
#undef OS_GREATER

#else

static inline const char *
OS_NAMED(os_html_near)(const char *p)
{
    const char  *e;

    /* without attributes, or with too much for a few registers */

    e = p + 64;
    p = OS_NAMED(os_find2)(p, e, '>', '=');

    return p < e && *p == '>' ? p + 1 : NULL;
}


static inline int
OS_NAMED(os_html_hinted)(const os_html_t *h, const char *p, const char *end)
{
    return h != NULL && p < end;
}

#endif


/* What the quick way needs to have before it. */
#define OS_HTML_AHEAD  112


/*
 * Text and tags, as long as there is nothing else: the quick way. Where it
 * stops h->state says what is next.
 */
static const char *
OS_NAMED(os_html_data)(os_html_t *h, const char *p, const char *end)
{
    int                  listen = !h->tree.body || h->capture, near;
    char                 c;
    OS_V                 v;
    uint64_t             bits, key, word;
    uint32_t             wanted;
    unsigned             len;
    os_tree_t           *t = &h->tree;
    const char          *q, *e;
    os_element_t        *top;
    const os_element_t  *element;

    for ( ;; ) {
        q = OS_NAMED(os_find)(p, end, '<');

        if (listen && q > p) {
            os_html_text(h, p, q);
        }

        if (end - q < OS_HTML_AHEAD) {
            if (end - q < 3) {
                goto other;
            }

            c = q[1];

            if (os_html_letter(c) || (c == '/' && os_html_letter(q[2]))) {
                goto careful;
            }

            goto other;
        }

        c = q[1];

        if (c == '/') {

            /* most end tags are of the current node */

            top = os_tree_top(t);
            key = top->key;
            len = (unsigned) __builtin_clzll(key) & ~7u;
            memcpy(&word, q + 2, 8);
            word = os_html_little(word) | UINT64_C(0x2020202020202020);

            if ((word ^ key) << len == 0 && q[10 - len / 8] == '>'
                && !(top->flags & (OS_OPEN_CARE & ~OS_EL_COUNTED)))
            {
                t->depth--;
                p = q + 11 - len / 8;

                if (top->flags & OS_EL_COUNTED) {
                    os_tree_count(t, top->flags, -1u);
                    os_tree_alert(t);
                }

                continue;
            }

            if (os_html_letter(q[2])) {
                goto careful;
            }

            goto other;
        }

        if (!os_html_letter(c)) {
            goto other;
        }

        v = OS_LOAD(q + 1);
        bits = OS_BITS(OS_OR(OS_LE_SPACE(v), OS_OR(OS_EQ(v, OS_ALL('/')),
                                                   OS_EQ(v, OS_ALL('>')))));

        if (bits == 0) {
            goto careful;
        }

        len = (unsigned) OS_FIRST(bits);
        e = q + 1 + len;

        if (len > 8) {
            goto careful;
        }

        memcpy(&word, q + 1, 8);
        key = (os_html_little(word) | UINT64_C(0x2020202020202020))
              & os_html_bytes[len];
        element = os_element(key);
        near = 1;

        if (*e == '>') {
            p = e + 1;

        } else {
            if (!os_html_between[(unsigned char) *e]) {
                goto careful;
            }

            p = OS_NAMED(os_html_near)(e);

            if (p == NULL) {
                goto careful_end;
            }
        }

    known:

        wanted = h->named[element->el];

        if (wanted && ((wanted & h->unhinted)
                       || (*e != '>' && OS_NAMED(os_html_hinted)(h, e, p))))
        {
            goto careful;
        }

        if (element->flags & (t->alert | OS_EL_COUNTED)) {

            if (!(element->flags & t->alert) || os_tree_is_listed(t, element))
            {
                os_tree_push(t, key, element);
                continue;
            }

            h->slash = near && p[-2] == '/';
            os_html_start_tag(h, key, element, 0, q, p);
            goto done;
        }

        if (!(element->flags & OS_EL_VOID)) {
            os_tree_push_plain(t, key, element);
        }

        continue;

    careful_end:

        p = OS_NAMED(os_html_skip)(h, e, end);

        if (p && h->slash == 0 && end - p >= 64) {
            near = 0;
            goto known;
        }

    careful:

        p = OS_NAMED(os_html_tag)(h, q, end);

        if (p == NULL) {
            goto other;
        }

    done:

        if ((h->at_start | h->at_end) || t->lost || h->left == 0
            || h->state != OS_HTML_DATA)
        {
            return p;
        }

        listen = !t->body || h->capture;
    }

other:

    if (q < end) {
        os_html_carry(h, q, q + 1);
        h->state = OS_HTML_LT;
        q++;
    }

    return q;
}


static os_html_rc_t
OS_NAMED(os_html_read)(os_html_t *h, const char *p, const char *end)
{
    while (p < end) {

        switch (h->state) {

        case OS_HTML_DATA:
            p = OS_NAMED(os_html_data)(h, p, end);
            goto done;

        case OS_HTML_RAW:
        case OS_HTML_SCRIPT:
            p = OS_NAMED(os_find)(p, end, '<');

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

        case OS_HTML_TAG:

            /* the values of a long tag */

            if (h->big && (h->step == OS_HTML_DOUBLE_QUOTED
                           || h->step == OS_HTML_SINGLE_QUOTED))
            {
                p = OS_NAMED(os_find)(p, end,
                                      h->step == OS_HTML_DOUBLE_QUOTED
                                      ? '"' : '\'');
                if (p == end) {
                    continue;
                }
            }

            break;

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

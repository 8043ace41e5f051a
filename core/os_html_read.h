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


/* A tag that is all there: where it ends, or NULL when it is not. */
static inline const char *
OS_NAMED(os_html_whole_tag)(os_html_t *h, const char *s, const char *end)
{
    int                  closing = s[1] == '/';
    size_t               len;
    uint32_t             wanted;
    uint64_t             key;
    const char          *name = s + 1 + closing, *e, *p;
    const os_element_t  *element;

    e = OS_NAMED(os_find_name_end)(name, end);

    if (e == end) {
        return NULL;
    }

    if ((unsigned char) *e < ' ' && !os_html_between[(unsigned char) *e]) {

        /* a control character is part of the name */

        while (e < end && !os_html_between[(unsigned char) *e] && *e != '>') {
            e++;
        }

        if (e == end) {
            return NULL;
        }
    }

    len = (size_t) (e - name);

    if (len <= 8 && end - name >= 8) {
        memcpy(&key, name, 8);
        key = (os_html_little(key) | UINT64_C(0x2020202020202020))
              & (UINT64_MAX >> (64 - 8 * len));

    } else {
        key = os_element_key(name, len);
    }

    element = os_element(key);

    if (closing) {
        p = *e == '>' ? e + 1 : OS_NAMED(os_html_skip)(h, e, end);

        if (p == NULL) {
            return NULL;
        }

        if (os_tree_plain_end(&h->tree, key, element)
            && os_tree_top(&h->tree)->marks == 0)
        {
            os_tree_pop(&h->tree);
            return p;
        }

        os_html_end_tag(h, key, element, s, p);
        return p;
    }

    wanted = h->live & (h->any | h->by_el[element->el]);

    if (wanted == 0) {

        if (*e == '>') {
            p = e + 1;
            h->slash = 0;

        } else {
            p = OS_NAMED(os_html_skip)(h, e, end);

            if (p == NULL) {
                return NULL;
            }
        }

        if (!(os_tree_top(&h->tree)->flags & OS_EL_ODD)
            && !(element->flags & (OS_EL_CARE_START|OS_EL_RAW))
            && !((element->flags & OS_EL_CLOSES_P) && h->tree.open[OS_P]))
        {
            if (!(element->flags & OS_EL_VOID)) {
                os_tree_push(&h->tree, key, element->el, element->flags);
            }

            return p;
        }

        os_html_start_tag(h, key, element, 0, s, p);
        return p;
    }

    return os_html_wanted_tag(h, key, element, wanted, s, e, end);
}


static os_html_rc_t
OS_NAMED(os_html_read)(os_html_t *h, const char *p, const char *end)
{
    char         c;
    const char  *q;

    while (p < end) {

        switch (h->state) {

        case OS_HTML_DATA:
            q = OS_NAMED(os_find)(p, end, '<');

            if (q > p && (!h->tree.body || h->capture)) {
                os_html_text(h, p, q);
            }

            if (end - q < 3) {
                if (q < end) {
                    os_html_carry(h, q, q + 1);
                    h->state = OS_HTML_LT;
                    p = q + 1;
                    continue;
                }

                return OS_HTML_MORE;
            }

            c = q[1];

            if (os_html_letter(c) || (c == '/' && os_html_letter(q[2]))) {
                p = OS_NAMED(os_html_whole_tag)(h, q, end);

                if (p == NULL) {
                    os_html_carry(h, q, q + 1);
                    h->state = OS_HTML_LT;
                    p = q + 1;
                    continue;
                }

                if (h->at_start | h->at_end) {
                    h->next = p;
                    return OS_HTML_MEET;
                }

                if (h->tree.lost) {
                    return OS_HTML_OVER;
                }

                if (h->left == 0) {
                    return OS_HTML_OVER;
                }

                continue;
            }

            os_html_carry(h, q, q + 1);
            h->state = OS_HTML_LT;
            p = q + 1;
            continue;

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

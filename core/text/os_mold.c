/*
 * os_mold: pages with holes. See os_mold.h.
 *
 * A mark is \002 LEAF , INDEX & \003 in decimal. The ampersand becomes "&amp;"
 * where a template escapes: so the hole knows whether its value must be.
 *
 * A page says the same thing in many places: an offer stands under each reason
 * that it answers. So a value is worked out for its first hole, and the others
 * take it from there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/text/os_mold.h"


#define OS_MOLD_VALUES  128     /* that a mold remembers while it is poured */


typedef struct {
    size_t     end;             /* of the text before the hole */
    os_leaf_t  leaf;            /* 0: the page ends here */
    unsigned   index;
    int        escaped;
    unsigned   value;           /* its number; OS_MOLD_VALUES: not remembered */
    int        again;           /* an earlier hole has the same value */
} os_hole_t;

struct os_mold_s {
    os_buf_t    text;           /* all that stands between the holes */
    size_t      n;
    os_hole_t  *hole;
    unsigned    nvalues;
};


void
os_mold_mark(os_buf_t *out, os_leaf_t leaf, unsigned index)
{
    os_buf_printf(out, "\002%u,%u&\003", (unsigned) leaf, index);
}


/* Does an earlier hole have the value of this one? Else it is a new value. */
static void
os_mold_number(os_mold_t *m, os_hole_t *hole)
{
    for (const os_hole_t *h = m->hole; h < hole; h++) {
        if (h->leaf == hole->leaf && h->index == hole->index
            && h->escaped == hole->escaped)
        {
            hole->value = h->value;
            hole->again = h->value < OS_MOLD_VALUES;
            return;
        }
    }

    hole->value = m->nvalues < OS_MOLD_VALUES ? m->nvalues++ : OS_MOLD_VALUES;
}


static int
os_mold_hole(os_mold_t *m, os_leaf_t leaf, unsigned index, int escaped)
{
    os_hole_t  *hole;

    hole = realloc(m->hole, (m->n + 1) * sizeof(os_hole_t));
    if (hole == NULL) {
        return -1;
    }

    m->hole = hole;
    hole += m->n++;
    *hole = (os_hole_t) { .end = m->text.len, .leaf = leaf, .index = index,
                          .escaped = escaped };
    os_mold_number(m, hole);
    return 0;
}


/* Reads the mark at s (after \002); 0, and how long it is. */
static int
os_mold_read(os_str_t s, os_leaf_t *leaf, unsigned *index, int *escaped,
    size_t *len)
{
    char         text[32];
    unsigned     l, i;
    const char  *end, *amp;

    end = memchr(s.data, '\003', s.len);

    if (end == NULL || (size_t) (end - s.data) >= sizeof(text)) {
        return -1;
    }

    *len = (size_t) (end - s.data);
    memcpy(text, s.data, *len);
    text[*len] = '\0';
    amp = strchr(text, '&');

    if (amp == NULL || sscanf(text, "%u,%u&", &l, &i) != 2
        || l < OS_LEAF_ACTION || l >= OS_LEAF_END
        || i >= OS_LEAF_INDEXES)
    {
        return -1;
    }

    *leaf = (os_leaf_t) l;
    *index = i;
    *escaped = strcmp(amp, "&amp;") == 0;
    return 0;
}


os_mold_t *
os_mold_cut(os_str_t s)
{
    int          escaped;
    size_t       len;
    unsigned     index;
    os_leaf_t    leaf;
    os_mold_t   *m;
    const char  *mark;

    m = calloc(1, sizeof(os_mold_t));

    while (m != NULL) {
        mark = s.len ? memchr(s.data, '\002', s.len) : NULL;
        len = mark ? (size_t) (mark - s.data) : s.len;

        os_buf_add(&m->text, s.data, len);
        s.data += len;
        s.len -= len;

        if (mark == NULL) {
            if (m->text.failed || os_mold_hole(m, 0, 0, 0) == -1) {
                break;
            }

            return m;
        }

        s.data++;
        s.len--;

        if (os_mold_read(s, &leaf, &index, &escaped, &len) == -1
            || os_mold_hole(m, leaf, index, escaped) == -1)
        {
            break;
        }

        s.data += len + 1;
        s.len -= len + 1;
    }

    os_mold_free(m);
    return NULL;
}


void
os_mold_free(os_mold_t *m)
{
    if (m != NULL) {
        os_buf_free(&m->text);
        free(m->hole);
        free(m);
    }
}


/* Appends the value of a hole. */
static void
os_mold_fill(const os_hole_t *hole, os_mold_value_pt value, void *data,
    os_buf_t *scratch, os_buf_t *out)
{
    /* a token is of letters that need no escape */
    if (!hole->escaped || hole->leaf == OS_LEAF_TOKEN) {
        value(data, hole->leaf, hole->index, out);
        return;
    }

    scratch->len = 0;
    value(data, hole->leaf, hole->index, scratch);
    os_html_escape(out, os_buf_view(scratch));
    out->failed |= scratch->failed;
}


void
os_mold_pour(const os_mold_t *m, os_mold_value_pt value, void *data,
    os_buf_t *scratch, os_buf_t *out)
{
    size_t  at = 0, start[OS_MOLD_VALUES + 1], len[OS_MOLD_VALUES + 1];

    /* text, and about as much again as values usually need */
    (void) os_buf_reserve(out, m->text.len + 4096);

    for (const os_hole_t *hole = m->hole; ; hole++) {
        os_buf_add(out, m->text.data + at, hole->end - at);
        at = hole->end;

        if (hole->leaf == 0) {
            return;
        }

        if (!hole->again) {
            start[hole->value] = out->len;
            os_mold_fill(hole, value, data, scratch, out);
            len[hole->value] = out->len - start[hole->value];

        } else if (os_buf_reserve(out, len[hole->value]) == 0) {
            os_buf_add(out, out->data + start[hole->value], len[hole->value]);
        }
    }
}

/*
 * os_spot: see os_spot.h.
 *
 * The page is given to the reader tag by tag: its answers do not depend on how
 * a page is cut, and between two tags its tree can be looked at.
 */

#define _GNU_SOURCE             /* memmem(), memrchr() */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/html/os_html.h"
#include "core/html/os_spot.h"


typedef struct {
    os_html_t   html;
    uint64_t    key;                    /* of the anchor's element */
    long        line;                   /* of the piece's last "<" */
    long        at[OS_TREE_DEPTH];      /* where each open element began */
    long        messy;                  /* the first line of that kind, or 0 */
    long        lost;
} os_reading_t;


/* A name from its key: its first eight characters. */
static void
os_spot_name(uint64_t key, char *out)
{
    memcpy(out, &key, sizeof(key));
    out[sizeof(key)] = '\0';
}


/* An element around this place, by what it is. */
static int
os_spot_within(const os_reading_t *r, const char *word,
    int (*is)(const os_open_t *o), os_error_t *why)
{
    char             name[sizeof(uint64_t) + 1];
    unsigned         i;
    const os_open_t  *o;

    for (i = os_tree_last(&r->html.tree); i > 0; i--) {
        o = &r->html.tree.stack[i];

        if (is(o)) {
            os_spot_name(o->key, name);
            (void) os_fail(why, "%s <%s> of line %ld", word, name, r->at[i]);
            return 1;
        }
    }

    return 0;
}


static int
os_spot_is_foreign(const os_open_t *o)
{
    return (o->flags & OS_OPEN_FOREIGN) != 0;
}


static int
os_spot_is_button(const os_open_t *o)
{
    return o->el == OS_A || o->el == OS_BUTTON;
}


static int
os_spot_is_p(const os_open_t *o)
{
    return o->el == OS_P;
}


static int
os_spot_is_format(const os_open_t *o)
{
    return (o->flags & OS_EL_FORMAT) != 0;
}


static int
os_spot_is_any(const os_open_t *o)
{
    (void) o;

    return 1;
}


/* Why os_tree_fits() says no, in its order. */
static void
os_spot_hinder(const os_reading_t *r, os_error_t *why)
{
    const os_tree_t  *t = &r->html.tree;

    if (t->lost) {
        (void) os_fail(why, "from line %ld on what the tags mean is not sure",
                       r->lost);

    } else if (t->mess || t->messy) {
        (void) os_fail(why, "elements that are not nested as HTML asks, from "
                       "line %ld on: a browser moves them", r->messy);

    } else if (t->foreign
               && os_spot_within(r, "within", os_spot_is_foreign, why))
    {
        return;

    } else if (t->top->flags & (OS_EL_ODD|OS_EL_RAW)) {
        (void) os_spot_within(r, "directly within", os_spot_is_any, why);

    } else if (!os_spot_within(r, "an open", os_spot_is_button, why)
               && !os_spot_within(r, "an open", os_spot_is_p, why)
               && !os_spot_within(r, "an open", os_spot_is_format, why)
               && !os_spot_within(r, "directly within", os_spot_is_any, why))
    {
        (void) os_fail(why, "a place where a page has no blocks");
    }
}


/* The name of the piece's last tag, as a key, from `tag` on; 0: none. */
static uint64_t
os_spot_key(const char *tag, const char *end)
{
    size_t  len = 0;

    while (tag + len < end && strchr(" \t\r\n\f/>", tag[len]) == NULL) {
        len++;
    }

    return len ? os_element_key(tag, len) : 0;
}


/* What the tags up to here have made of the tree. */
static void
os_spot_note(os_reading_t *r, const char *p, const char *end)
{
    os_tree_t   *t = &r->html.tree;
    const char  *tag = memrchr(p, '<', (size_t) (end - p));

    if (tag && t->top->key == os_spot_key(tag + 1, end)) {
        r->at[os_tree_last(t)] = r->line;
    }

    if ((t->mess || t->messy) && r->messy == 0) {
        r->messy = r->line;
    }

    if (t->lost && r->lost == 0) {
        r->lost = r->line;
    }
}


/* Where the next piece ends: behind a ">". */
static const char *
os_spot_piece(const char *p, const char *end)
{
    const char  *close = memchr(p, '>', (size_t) (end - p));

    return close ? close + 1 : end;
}


/* The line of the last "<" of a piece; `line` is that of its beginning. */
static long
os_spot_line(const char *p, const char *end, long *line)
{
    long  last = *line;

    for (; p < end; p++) {
        if (*p == '<') {
            last = *line;
        }

        *line += *p == '\n';
    }

    return last;
}


/*
 * Nothing goes there: because of what stood before this piece (`before`, or
 * NULL), of what stands behind it, or of how the element ends.
 */
static void
os_spot_why(const os_reading_t *r, const char *p, const char *end,
    const os_error_t *before, os_error_t *why)
{
    os_tree_t    tree = r->html.tree;
    os_place_t   place = r->html.anchors[0]->place;
    const char  *tag = memrchr(p, '<', (size_t) (end - p));
    int          ends = tag && tag + 1 < end && tag[1] == '/'
                        && os_spot_key(tag + 2, end) == r->key;

    if ((place == OS_PLACE_APPEND || place == OS_PLACE_AFTER) && !ends) {
        (void) os_fail(why, "its end tag is left out");

    } else if (place != OS_PLACE_BEFORE && !os_tree_fits(&tree)) {
        os_spot_hinder(r, why);

    } else if (before) {
        *why = *before;

    } else {
        (void) os_fail(why, "its tag closes what is open before it");
    }
}


/* What became of the anchor in one piece: 1 when there is no more to see. */
static int
os_spot_read(os_reading_t *r, os_str_t page, const char *p, const char *end,
    os_spot_t *out)
{
    int           fits;
    os_html_rc_t  rc;
    os_error_t    why = { 0 };
    const char   *piece = p;
    unsigned      held = r->html.held;

    fits = os_tree_fits(&r->html.tree);

    if (!fits) {
        os_spot_hinder(r, &why);
    }

    rc = os_html_read(&r->html, &p, end);

    if (rc == OS_HTML_MEET) {
        out->met = out->seen = 1;
        out->line = r->line;
        out->offset = (size_t) ((r->html.at ? r->html.at : piece - held)
                                - page.data);
        return 1;
    }

    if (!out->seen && !(r->html.live & 1)) {
        out->seen = 1;
        out->line = r->line;
        r->key = r->html.tree.top->key;
    }

    if (out->seen && !(r->html.waiting & 1)) {
        os_spot_why(r, piece, end, fits ? NULL : &why, &out->why);
        return 1;
    }

    return 0;
}


/* Reads the page for one anchor. */
static int
os_spot_find(os_str_t page, const os_anchor_t *anchor, os_spot_t *out)
{
    long           line = 1;
    const char    *p, *end, *stop = page.data + page.len;
    os_reading_t  *r;

    *out = (os_spot_t) { 0 };
    r = calloc(1, sizeof(os_reading_t));

    if (r == NULL) {
        return -1;
    }

    os_html_init(&r->html, OS_HTML_BEST);
    (void) os_html_watch(&r->html, anchor, 0);

    for (p = page.data; p < stop; p = end) {
        end = os_spot_piece(p, stop);
        r->line = os_spot_line(p, end, &line);

        if (os_spot_read(r, page, p, end, out)) {
            free(r);
            return 0;
        }

        os_spot_note(r, p, end);
    }

    if (os_html_finish(&r->html) == OS_HTML_MEET) {
        out->met = out->seen = 1;
        out->line = line;
        out->offset = page.len;

    } else if (out->seen) {
        (void) os_fail(&out->why, "it is never closed");
    }

    free(r);

    return 0;
}


/* No element has that; the word may stand where none is looked for. */
static void
os_spot_lacks(os_str_t page, os_want_t kind, os_str_t word, os_error_t *why)
{
    const char  *there;

    there = word.len && memmem(page.data, page.len, word.data, word.len)
            ? ", though the word is in the page: in a comment, a script, "
              "<svg>, <select> or <template>, or in another place" : "";
    (void) os_fail(why, "no element has the %s \"%.*s\"%s",
                   kind == OS_WANT_ID ? "id"
                   : kind == OS_WANT_CLASS ? "class" : "attribute",
                   (int) word.len, word.data, there);
}


/* Which part of the selector names an element that is there. */
static int
os_spot_parts(os_str_t page, const os_anchor_t *anchor, os_error_t *why)
{
    unsigned     i;
    os_spot_t    spot = { 0 };
    os_anchor_t  part;

    for (i = 0; i < anchor->nwants; i++) {
        part = (os_anchor_t) { .place = OS_PLACE_BEFORE, .nwants = 1 };
        part.wants[0] = anchor->wants[i];

        if (os_spot_find(page, &part, &spot) != 0) {
            return -1;
        }

        if (!spot.seen) {
            os_spot_lacks(page, part.wants[0].kind,
                          part.wants[0].value.len ? part.wants[0].value
                                                  : part.wants[0].name, why);
            return 0;
        }
    }

    if (anchor->tag.len && anchor->nwants == 0) {
        (void) os_fail(why, "there is no <%.*s>", (int) anchor->tag.len,
                       anchor->tag.data);

    } else {
        (void) os_fail(why, "no element is all of it at once; the first that "
                       "is a part of it stands at line %ld", spot.line);
    }

    return 0;
}


int
os_spot(os_str_t page, const os_anchor_t *anchor, const char *text,
    os_spot_t *out)
{
    os_error_t  why;

    if (os_spot_find(page, anchor, out) != 0) {
        return -1;
    }

    if (!out->seen) {
        return os_spot_parts(page, anchor, &out->why);
    }

    if (!out->met) {
        why = out->why;
        (void) os_fail(&out->why, "%s is there, but nothing can go there: "
                       "%.900s", text, why.text);
    }

    return 0;
}

/*
 * os_view_shelf: see os_view_shelf.h.
 */

#include "core/view/os_view_shelf.h"
#include "core/view/os_view_words.h"


static const struct {
    const char  *key;
    os_leaf_t    leaf;
} os_shelf_leaves[] = {
    { "name",    OS_LEAF_SHELF_NAME },
    { "url",     OS_LEAF_SHELF_URL },
    { "image",   OS_LEAF_SHELF_IMAGE },
    { "price",   OS_LEAF_SHELF_PRICE },
    { "stars",   OS_LEAF_SHELF_STARS },
    { "reviews", OS_LEAF_SHELF_REVIEWS },
    { "why",     OS_LEAF_SHELF_WHY },
};


/* What is saved by a choice, of what its item costs in this order. */
static int64_t
os_shelf_saves(const os_order_t *order, const os_shelf_line_t *line)
{
    size_t   i;
    int64_t  less = 0;

    for (i = 0; i < order->nitems; i++) {
        if (os_str_equal(order->items[i].name, line->of)) {
            (void) os_shelf_less(line, order->items[i].total, order->currency,
                                 &less);
            break;                          /* no other has its name */
        }
    }

    return less;
}


void
os_view_shelf_leaf(const os_speak_t *s, const os_order_t *order,
    os_leaf_t leaf, unsigned index, os_buf_t *out)
{
    const os_format_t      *f = os_locale_format(s->locale);
    const os_shelf_line_t  *line;

    if (order->shelf == NULL || index >= order->shelf->n) {
        return;
    }

    line = &order->shelf->lines[index];

    switch (leaf) {

    case OS_LEAF_SHELF_NAME:
        os_buf_str(out, line->name);
        return;

    case OS_LEAF_SHELF_URL:
        os_buf_str(out, line->url);
        return;

    case OS_LEAF_SHELF_IMAGE:
        os_buf_str(out, line->image);
        return;

    case OS_LEAF_SHELF_PRICE:
        if (line->price) {
            os_view_money(s, line->price, line->currency, out);
        }
        return;

    case OS_LEAF_SHELF_STARS:
        if (line->rating) {
            os_format_decimal(out, f, (line->rating + 5) / 10, 1);
        }
        return;

    case OS_LEAF_SHELF_REVIEWS:
        if (line->rating && line->reviews) {
            os_format_integer(out, f, line->reviews);
        }
        return;

    case OS_LEAF_SHELF_WHY:
        os_buf_str(out, line->why);
        return;

    case OS_LEAF_SHELF_VALUE:
        os_shelf_call(line, out);
        return;

    case OS_LEAF_SHELF_LESS:
        os_view_money(s, -os_shelf_saves(order, line), order->currency, out);
        return;

    default:
        return;
    }
}


/* Appends a leaf that says something, or its mark. */
static void
os_shelf_add(const os_speak_t *s, const os_order_t *order, os_leaf_t leaf,
    unsigned index, os_buf_t *out)
{
    size_t  before = out->len;

    os_view_shelf_leaf(s, order, leaf, index, out);

    if (out->len > before && s->marks) {
        out->len = before;
        os_mold_mark(out, leaf, index);
    }
}


static void
os_shelf_say(const os_speak_t *s, const os_order_t *order, os_leaf_t leaf,
    unsigned index, os_buf_t *out)
{
    out->len = 0;
    os_shelf_add(s, order, leaf, index, out);
}


/* "Mug → L, blue (−€3.00)"; a mold has the first part of it already. */
static void
os_shelf_label(const os_speak_t *s, const os_order_t *order, unsigned index,
    os_buf_t *out)
{
    os_shelf_say(s, order, OS_LEAF_SHELF_VALUE, index, out);

    if (os_shelf_saves(order, &order->shelf->lines[index])) {
        os_buf_text(out, " (");
        os_shelf_add(s, order, OS_LEAF_SHELF_LESS, index, out);
        os_buf_char(out, ')');
    }
}


json_t *
os_view_shelf(const os_speak_t *s, const os_order_t *order,
    os_shelf_kind_t kind)
{
    size_t     k;
    json_t    *list, *view;
    os_buf_t   text = { 0 };
    unsigned   i;

    if (!os_shelf_has(order->shelf, kind)) {
        return NULL;
    }

    list = json_array();

    for (i = 0; i < order->shelf->n; i++) {

        if (order->shelf->lines[i].kind != kind) {
            continue;
        }

        view = json_object();

        for (k = 0; k < sizeof(os_shelf_leaves) / sizeof(os_shelf_leaves[0]);
             k++)
        {
            os_shelf_say(s, order, os_shelf_leaves[k].leaf, i, &text);

            if (text.len) {
                os_json_set_str(view, os_shelf_leaves[k].key,
                                os_buf_view(&text));
            }
        }

        (void) json_array_append_new(list, view);
    }

    os_buf_free(&text);

    return list;
}


void
os_view_shelf_choices(const os_speak_t *s, const os_order_t *order,
    os_shelf_kind_t kind, os_view_choice_pt add, void *data)
{
    os_buf_t  value = { 0 }, label = { 0 };
    unsigned  i;

    for (i = 0; order->shelf && i < order->shelf->n; i++) {

        if (order->shelf->lines[i].kind == kind
            && os_shelf_choice(&order->shelf->lines[i]))
        {
            os_shelf_say(s, order, OS_LEAF_SHELF_VALUE, i, &value);
            os_shelf_label(s, order, i, &label);
            add(data, os_buf_view(&value), os_buf_view(&label));
        }
    }

    os_buf_free(&value);
    os_buf_free(&label);
}


void
os_view_shelf_shape(const os_order_t *order, os_buf_t *out)
{
    size_t                  i;
    const os_shelf_line_t  *line;

    os_buf_char(out, '|');

    for (i = 0; order->shelf && i < order->shelf->n; i++) {
        line = &order->shelf->lines[i];
        os_buf_char(out, (char) line->kind);
        os_buf_char(out, (char) (1 | (line->url.len ? 2 : 0)
                                 | (line->image.len ? 4 : 0)
                                 | (line->price ? 8 : 0)
                                 | (line->rating ? 16 : 0)
                                 | (line->reviews ? 32 : 0)
                                 | (line->why.len ? 64 : 0)));
        os_buf_char(out, !os_shelf_choice(line) ? '-'
                         : os_shelf_saves(order, line) ? '*' : '+');
    }
}

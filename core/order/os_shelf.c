/*
 * os_shelf: see os_shelf.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/order/os_shelf.h"


#define OS_SHELF_FIELDS  15
#define OS_SHELF_OF_OLD  14         /* without what the item costs */


static int64_t
os_shelf_int(os_str_t text)
{
    int64_t  n = 0;

    for (size_t i = 0; i < text.len && i < 18; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }

        n = n * 10 + text.data[i] - '0';
    }

    return n;
}


/* The fields of one line; how many there are. */
static size_t
os_shelf_split(os_str_t line, os_str_t *fields)
{
    size_t       n = 0;
    const char  *tab;

    while (n < OS_SHELF_FIELDS) {
        tab = line.len ? memchr(line.data, '\t', line.len) : NULL;
        fields[n].data = line.data;
        fields[n].len = tab ? (size_t) (tab - line.data) : line.len;
        n++;

        if (tab == NULL) {
            break;
        }

        line.len -= (size_t) (tab + 1 - line.data);
        line.data = tab + 1;
    }

    return n;
}


static int
os_shelf_line(os_str_t text, os_shelf_line_t *line)
{
    os_str_t  f[OS_SHELF_FIELDS] = { OS_NULL };

    if (os_shelf_split(text, f) < OS_SHELF_OF_OLD || f[0].len != 1
        || strchr("bsv", f[0].data[0]) == NULL)
    {
        return -1;
    }

    *line = (os_shelf_line_t) {
        .kind = (os_shelf_kind_t) f[0].data[0], .id = f[1], .parent = f[2],
        .item = f[3], .name = f[4], .of = f[5], .url = f[6], .image = f[7],
        .why = f[8], .currency = f[9], .price = os_shelf_int(f[10]),
        .rating = os_shelf_int(f[12]), .reviews = os_shelf_int(f[13]),
        .was = os_shelf_int(f[14])
    };

    return line->id.len && line->name.len ? 0 : -1;
}


void
os_shelf_read(os_str_t text, os_shelf_t *out)
{
    os_str_t     line;
    const char  *end;

    out->n = 0;

    while (text.len && out->n < OS_SHELF_LINES) {
        end = memchr(text.data, '\n', text.len);
        line = (os_str_t) { end ? (size_t) (end - text.data) : text.len,
                            text.data };
        out->n += os_shelf_line(line, &out->lines[out->n]) == 0;
        text.data += line.len + (end != NULL);
        text.len -= line.len + (end != NULL);
    }
}


static void
os_shelf_field(os_str_t field, os_buf_t *out)
{
    os_buf_char(out, '\t');

    for (size_t i = 0; i < field.len; i++) {
        os_buf_char(out, (unsigned char) field.data[i] < ' ' ? ' '
                                                        : field.data[i]);
    }
}


static void
os_shelf_number(int64_t value, os_buf_t *out)
{
    os_buf_char(out, '\t');
    os_buf_int(out, value > 0 ? value : 0);
}


void
os_shelf_write(const os_shelf_line_t *line, os_buf_t *out)
{
    os_buf_char(out, (char) line->kind);
    os_shelf_field(line->id, out);
    os_shelf_field(line->parent, out);
    os_shelf_field(line->item, out);
    os_shelf_field(line->name, out);
    os_shelf_field(line->of, out);
    os_shelf_field(line->url, out);
    os_shelf_field(line->image, out);
    os_shelf_field(line->why, out);
    os_shelf_field(line->currency, out);
    os_shelf_number(line->price, out);
    os_shelf_number(0, out);            /* readers of before expect a field */
    os_shelf_number(line->rating, out);
    os_shelf_number(line->reviews, out);
    os_shelf_number(line->was, out);
    os_buf_char(out, '\n');
}


int
os_shelf_has(const os_shelf_t *shelf, os_shelf_kind_t kind)
{
    for (size_t i = 0; shelf && i < shelf->n; i++) {
        if (shelf->lines[i].kind == kind) {
            return 1;
        }
    }

    return 0;
}


int
os_shelf_choice(const os_shelf_line_t *line)
{
    return line->kind != OS_SHELF_BOUGHT && line->item.len > 0;
}


int
os_shelf_less(const os_shelf_line_t *line, int64_t total, os_str_t currency,
    int64_t *less)
{
    int64_t  rest;

    *less = 0;

    if (total < 0 || line->price <= 0 || line->price > line->was
        || (line->price < line->was && line->currency.len
            && !os_str_equal(line->currency, currency)))
    {
        return -1;
    }

    rest = (int64_t) (((__int128) total * line->price * 2 + line->was)
                      / ((__int128) line->was * 2));
    *less = total - rest;

    return 0;
}


void
os_shelf_call(const os_shelf_line_t *line, os_buf_t *out)
{
    os_buf_str(out, line->of);
    os_buf_text(out, " \xe2\x86\x92 ");     /* → */
    os_buf_str(out, line->name);
}


const os_shelf_line_t *
os_shelf_find(const os_shelf_t *shelf, os_str_t call)
{
    os_buf_t                text = { 0 };
    const os_shelf_line_t  *found = NULL;

    for (size_t i = 0; i < shelf->n && found == NULL; i++) {
        text.len = 0;

        if (os_shelf_choice(&shelf->lines[i])) {
            os_shelf_call(&shelf->lines[i], &text);

            if (os_str_equal(os_buf_view(&text), call)) {
                found = &shelf->lines[i];
            }
        }
    }

    os_buf_free(&text);

    return found;
}

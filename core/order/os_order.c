/*
 * os_order: an order's record as facts. See os_order.h.
 *
 * The reader stands on two things. Its copy of the text ends with zero bytes,
 * which fit nowhere in JSON, so it never goes past the end. And whatever is
 * not plain (other escapes than \" and the like, numbers that are not short
 * integers, members that come twice, deep nesting, anything malformed) makes
 * it give up, and jansson is asked: it may refuse too much, never too little.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/order/os_order.h"


/* More than these are jansson's, too. */
#define OS_ORDER_ITEMS  32
#define OS_ORDER_USED   16
#define OS_ORDER_DEPTH  16
#define OS_ORDER_DIGITS 18
#define OS_ORDER_WORD   8       /* bytes looked at in one go */


typedef enum {
    OS_FIELD_STR,
    OS_FIELD_INT,
    OS_FIELD_TRUE,
    OS_FIELD_PLACED,            /* an integer, and that it is there */
    OS_FIELD_COUNT,             /* elements of an array */
    OS_FIELD_ITEMS,
    OS_FIELD_SAVE,
    OS_FIELD_USED,
    OS_FIELD_TRACK,
    OS_FIELD_FITS               /* an array that is there */
} os_field_kind_t;

typedef struct {
    os_str_t         name;
    os_field_kind_t  kind;
    size_t           at;        /* in the struct that is filled */
} os_field_t;

typedef struct {
    const char        *p;
    char              *plain;   /* strings without their escapes go here */
    os_order_t        *order;
    int                depth;
    unsigned           wide:1;  /* there is more than ASCII */
} os_reader_t;

#define OS_FIELD(type, name, kind)                                            \
    { { sizeof(#name) - 1, #name }, kind, offsetof(type, name) }

/* Sorted by name, as records are. */
static const os_field_t  os_order_fields[] = {
    OS_FIELD(os_order_t, country, OS_FIELD_STR),
    { { 7, "coupons" }, OS_FIELD_COUNT, offsetof(os_order_t, ncoupons) },
    OS_FIELD(os_order_t, currency, OS_FIELD_STR),
    OS_FIELD(os_order_t, customer, OS_FIELD_STR),
    OS_FIELD(os_order_t, discount, OS_FIELD_INT),
    OS_FIELD(os_order_t, fees, OS_FIELD_INT),
    OS_FIELD(os_order_t, id, OS_FIELD_STR),
    OS_FIELD(os_order_t, items, OS_FIELD_ITEMS),
    OS_FIELD(os_order_t, locale, OS_FIELD_STR),
    OS_FIELD(os_order_t, name, OS_FIELD_STR),
    OS_FIELD(os_order_t, number, OS_FIELD_STR),
    OS_FIELD(os_order_t, pay_by, OS_FIELD_INT),
    OS_FIELD(os_order_t, pay_how, OS_FIELD_STR),
    OS_FIELD(os_order_t, pay_url, OS_FIELD_STR),
    OS_FIELD(os_order_t, payment, OS_FIELD_STR),
    OS_FIELD(os_order_t, placed, OS_FIELD_PLACED),
    OS_FIELD(os_order_t, proof, OS_FIELD_STR),
    OS_FIELD(os_order_t, refunds, OS_FIELD_INT),
    { { 4, "save" }, OS_FIELD_SAVE, 0 },
    OS_FIELD(os_order_t, shipped, OS_FIELD_TRUE),
    OS_FIELD(os_order_t, shipping, OS_FIELD_INT),
    OS_FIELD(os_order_t, state, OS_FIELD_STR),
    OS_FIELD(os_order_t, status, OS_FIELD_STR),
    OS_FIELD(os_order_t, tax, OS_FIELD_INT),
    OS_FIELD(os_order_t, total, OS_FIELD_INT),
    { { 5, "track" }, OS_FIELD_TRACK, 0 },
    { OS_NULL, 0, 0 }
};

static const os_field_t  os_item_fields[] = {
    OS_FIELD(os_order_item_t, id, OS_FIELD_STR),
    OS_FIELD(os_order_item_t, image, OS_FIELD_STR),
    OS_FIELD(os_order_item_t, name, OS_FIELD_STR),
    OS_FIELD(os_order_item_t, quantity, OS_FIELD_INT),
    OS_FIELD(os_order_item_t, total, OS_FIELD_INT),
    OS_FIELD(os_order_item_t, url, OS_FIELD_STR),
    { OS_NULL, 0, 0 }
};

static const os_field_t  os_used_fields[] = {
    OS_FIELD(os_order_used_t, at, OS_FIELD_INT),
    OS_FIELD(os_order_used_t, n, OS_FIELD_INT),
    { OS_NULL, 0, 0 }
};

static const os_field_t  os_save_fields[] = {
    { { 4, "used" }, OS_FIELD_USED, 0 },
    { OS_NULL, 0, 0 }
};

static const os_field_t  os_track_fields[] = {
    { { 4, "fits" }, OS_FIELD_FITS, 0 },
    { OS_NULL, 0, 0 }
};

const os_order_t  os_order_none = { 0 };


static int os_read_object(os_reader_t *r, const os_field_t *fields,
    void *record);


static void
os_read_space(os_reader_t *r)
{
    while (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r') {
        r->p++;
    }
}


/* The bracket that opens: is there an element? Else `close` is passed too. */
static int
os_read_open(os_reader_t *r, char close)
{
    r->p++;
    os_read_space(r);

    if (*r->p != close) {
        return 1;
    }

    r->p++;
    return 0;
}


/* A comma, and so another element. */
static int
os_read_comma(os_reader_t *r)
{
    os_read_space(r);

    if (*r->p != ',') {
        return 0;
    }

    r->p++;
    os_read_space(r);
    return 1;
}


/* The character after a backslash, or 0: \uXXXX is left to jansson. */
static char
os_read_escape(char c)
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
os_read_escaped(os_reader_t *r, const char *start, os_str_t *out)
{
    char    c, *to = r->plain;
    size_t  len = (size_t) (r->p - start);

    memcpy(to, start, len);
    to += len;

    for ( ; *r->p != '"'; r->p++) {
        c = *r->p;

        if ((unsigned char) c < ' ') {
            return -1;
        }

        if (c == '\\') {
            c = os_read_escape(*++r->p);

            if (c == '\0') {
                return -1;
            }
        }

        if ((unsigned char) c >= 0x80) {
            r->wide = 1;
        }

        *to++ = c;
    }

    *out = (os_str_t) { (size_t) (to - r->plain), r->plain };
    r->plain = to;
    r->p++;
    return 0;
}


static int
os_read_string(os_reader_t *r, os_str_t *out)
{
    size_t         n;
    unsigned char  c;
    const char    *start = r->p + 1;

    if (*r->p != '"') {
        return -1;
    }

    r->p = start;

    for ( ;; r->p++) {

        /* eight bytes may be read behind any: see OS_ORDER_WORD */

        do {
            n = os_word_plain(r->p);
            r->p += n;
        } while (n == OS_ORDER_WORD);

        c = (unsigned char) *r->p;

        if (c == '"') {
            break;
        }

        if (c == '\\') {
            return os_read_escaped(r, start, out);
        }

        if (c < ' ') {
            return -1;
        }

        if (c >= 0x80) {
            r->wide = 1;
        }
    }

    *out = (os_str_t) { (size_t) (r->p - start), start };
    r->p++;
    return 0;
}


/* An integer of few digits; whoever comes after it refuses "1.5" and "1e9". */
static int
os_read_int(os_reader_t *r, int64_t *out)
{
    int          negative = *r->p == '-';
    int64_t      value = 0;
    const char  *start;

    r->p += negative;

    for (start = r->p; *r->p >= '0' && *r->p <= '9'; r->p++) {

        if (r->p - start == OS_ORDER_DIGITS) {
            return -1;
        }

        value = value * 10 + (*r->p - '0');
    }

    if (r->p == start || (*start == '0' && r->p - start > 1)) {
        return -1;
    }

    *out = negative ? -value : value;
    return 0;
}


static int
os_read_word(os_reader_t *r, const char *word, size_t len)
{
    if (strncmp(r->p, word, len) != 0) {
        return -1;
    }

    r->p += len;
    return 0;
}


static int os_read_skip(os_reader_t *r);


/* How many elements an array has; all are passed over. */
static int
os_read_count(os_reader_t *r, size_t *n)
{
    *n = 0;

    if (!os_read_open(r, ']')) {
        return 0;
    }

    do {
        if (os_read_skip(r) == -1) {
            return -1;
        }

        (*n)++;
    } while (os_read_comma(r));

    return *r->p++ == ']' ? 0 : -1;
}


/* Any value that nobody asks for. */
static int
os_read_skip(os_reader_t *r)
{
    int        rc;
    size_t     n;
    int64_t    value;
    os_str_t   text;

    static const os_field_t  none[] = { { OS_NULL, 0, 0 } };

    switch (*r->p) {

    case '"':
        return os_read_string(r, &text);

    case '{':
    case '[':
        if (r->depth == OS_ORDER_DEPTH) {
            return -1;
        }

        r->depth++;
        rc = *r->p == '{' ? os_read_object(r, none, r->order)
                          : os_read_count(r, &n);
        r->depth--;
        return rc;

    case 't':
        return os_read_word(r, "true", 4);

    case 'f':
        return os_read_word(r, "false", 5);

    case 'n':
        return os_read_word(r, "null", 4);

    default:
        return os_read_int(r, &value);
    }
}


static int
os_read_items(os_reader_t *r)
{
    int               rc;
    os_order_t       *order = r->order;
    os_order_item_t  *item;

    if (!os_read_open(r, ']')) {
        return 0;
    }

    do {
        if (order->nitems == OS_ORDER_ITEMS) {
            return -1;
        }

        item = &order->items[order->nitems++];
        memset(item, 0, sizeof(*item));
        item->quantity = 1;

        rc = *r->p == '{' ? os_read_object(r, os_item_fields, item)
                          : os_read_skip(r);
        if (rc == -1) {
            return -1;
        }
    } while (os_read_comma(r));

    return *r->p++ == ']' ? 0 : -1;
}


/* An offer that was accepted before; r stands at its value. */
static int
os_read_used(os_reader_t *r, os_str_t offer)
{
    os_order_t       *order = r->order;
    os_order_used_t  *used;

    if (order->nused == OS_ORDER_USED || os_order_used(order, offer)) {
        return -1;
    }

    used = &order->used[order->nused++];
    *used = (os_order_used_t) { .offer = offer };

    return *r->p == '{' ? os_read_object(r, os_used_fields, used)
                        : os_read_skip(r);
}


/* The value of a field; one of another type is as good as absent. */
static int
os_read_field(os_reader_t *r, const os_field_t *field, void *record)
{
    char  c = *r->p;
    void  *to = (char *) record + field->at;

    switch (field->kind) {

    case OS_FIELD_STR:
        return c == '"' ? os_read_string(r, to) : os_read_skip(r);

    case OS_FIELD_PLACED:
        r->order->dated = c == '-' || (c >= '0' && c <= '9');
        /* fall through */

    case OS_FIELD_INT:
        return c == '-' || (c >= '0' && c <= '9') ? os_read_int(r, to)
                                                  : os_read_skip(r);

    case OS_FIELD_TRUE:
        *(int *) to = c == 't';
        return os_read_skip(r);

    case OS_FIELD_COUNT:
        return c == '[' ? os_read_count(r, to) : os_read_skip(r);

    case OS_FIELD_ITEMS:
        return c == '[' ? os_read_items(r) : os_read_skip(r);

    case OS_FIELD_SAVE:
        return c == '{' ? os_read_object(r, os_save_fields, record)
                        : os_read_skip(r);

    case OS_FIELD_TRACK:
        return c == '{' ? os_read_object(r, os_track_fields, record)
                        : os_read_skip(r);

    case OS_FIELD_FITS:
        r->order->fits = c == '[';
        return os_read_skip(r);

    default:
        return c == '{' ? os_read_object(r, NULL, record)
                        : os_read_skip(r);
    }
}


/* The search begins at `from`: behind what was found last. */
static const os_field_t *
os_field_find(const os_field_t *fields, const os_field_t *from, os_str_t name)
{
    const os_field_t  *f = from;

    do {
        if (f->name.data == NULL) {
            f = fields;
            continue;
        }

        if (f->name.len == name.len && f->name.data[0] == name.data[0]
            && memcmp(f->name.data, name.data, name.len) == 0)
        {
            return f;
        }

        f++;
    } while (f != from);

    return NULL;
}


/*
 * An object whose members are fields of `record`; without fields it is
 * `save.used`, whose members are offers.
 */
static int
os_read_object(os_reader_t *r, const os_field_t *fields, void *record)
{
    int                rc;
    os_str_t           name;
    uint32_t           bit, seen = 0;
    const os_field_t  *field, *next = fields;

    if (!os_read_open(r, '}')) {
        return 0;
    }

    do {
        if (os_read_string(r, &name) == -1) {
            return -1;
        }

        os_read_space(r);

        if (*r->p++ != ':') {
            return -1;
        }

        os_read_space(r);
        field = fields ? os_field_find(fields, next, name) : NULL;

        if (field) {
            next = field + 1;
            bit = (uint32_t) 1 << (field - fields);
            rc = seen & bit ? -1 : os_read_field(r, field, record);
            seen |= bit;

        } else {
            rc = fields ? os_read_skip(r) : os_read_used(r, name);
        }

        if (rc == -1) {
            return -1;
        }
    } while (os_read_comma(r));

    return *r->p++ == '}' ? 0 : -1;
}


/* Memory for an order with so many items and offers, and `more` bytes. */
static os_order_t *
os_order_new(size_t nitems, size_t nused, size_t more, char **rest)
{
    os_order_t  *order;

    order = malloc(sizeof(os_order_t) + nitems * sizeof(os_order_item_t)
                   + nused * sizeof(os_order_used_t) + more);

    if (order != NULL) {
        *order = os_order_none;
        order->items = (os_order_item_t *) (order + 1);
        order->used = (os_order_used_t *) (order->items + nitems);
        *rest = (char *) (order->used + nused);
    }

    return order;
}


os_order_t *
os_order_parse(os_str_t text)
{
    char         *copy;
    json_t       *json;
    os_order_t   *order;
    os_reader_t   r = { 0 };

    order = os_order_new(OS_ORDER_ITEMS, OS_ORDER_USED,
                         2 * text.len + OS_ORDER_WORD, &copy);
    if (order == NULL) {
        return NULL;
    }

    if (text.len) {
        memcpy(copy, text.data, text.len);
    }

    memset(copy + text.len, 0, OS_ORDER_WORD);
    r.p = copy;
    r.plain = copy + text.len + OS_ORDER_WORD;
    r.order = order;
    os_read_space(&r);

    if (*r.p == '{' && os_read_object(&r, os_order_fields, order) == 0) {
        os_read_space(&r);

        if (r.p == copy + text.len && (!r.wide || os_utf8_valid(text))) {
            return order;
        }
    }

    free(order);
    json = json_loadb(text.data ? text.data : "", text.len, 0, NULL);
    order = os_order_from(json);
    json_decref(json);
    return order;
}


static void
os_order_fill(const os_field_t *field, const json_t *json, void *record)
{
    void  *to;

    for ( ; field->name.data; field++) {
        to = (char *) record + field->at;

        switch (field->kind) {

        case OS_FIELD_STR:
            *(os_str_t *) to = os_json_str(json, field->name.data);
            break;

        case OS_FIELD_INT:
        case OS_FIELD_PLACED:
            *(int64_t *) to = os_json_int(json, field->name.data,
                                          *(int64_t *) to);
            break;

        case OS_FIELD_TRUE:
            *(int *) to = os_json_bool(json, field->name.data);
            break;

        case OS_FIELD_COUNT:
            *(size_t *) to = json_array_size(json_object_get(json,
                                                         field->name.data));
            break;

        default:
            break;
        }
    }
}


os_order_t *
os_order_from(const json_t *json)
{
    char        *rest;
    json_t      *items, *used, *value;
    os_order_t  *order;
    const char  *name;

    if (json == NULL) {
        return NULL;
    }

    items = json_object_get(json, "items");
    used = json_object_get(json_object_get(json, "save"), "used");
    order = os_order_new(json_array_size(items), json_object_size(used), 0,
                         &rest);
    if (order == NULL) {
        return NULL;
    }

    os_order_fill(os_order_fields, json, order);
    order->dated = json_is_integer(json_object_get(json, "placed"));
    order->fits = json_is_array(json_object_get(json_object_get(json, "track"),
                                                "fits"));

    for ( ; order->nitems < json_array_size(items); order->nitems++) {
        order->items[order->nitems] = (os_order_item_t) { .quantity = 1 };
        os_order_fill(os_item_fields, json_array_get(items, order->nitems),
                      &order->items[order->nitems]);
    }

    json_object_foreach(used, name, value) {
        order->used[order->nused] = (os_order_used_t) { .offer = os_str(name) };
        os_order_fill(os_used_fields, value, &order->used[order->nused]);
        order->nused++;
    }

    order->json = json_incref((json_t *) json);
    return order;
}


os_sum_t
os_order_sum(const os_order_t *order)
{
    size_t   i;
    int64_t  sum = 0;

    for (i = 0; i < order->nitems; i++) {
        if (__builtin_add_overflow(sum, order->items[i].total, &sum)) {
            return OS_SUM_UNKNOWN;
        }
    }

    if (__builtin_add_overflow(sum, order->shipping, &sum)
        || __builtin_add_overflow(sum, order->fees, &sum)
        || __builtin_add_overflow(sum, order->tax, &sum)
        || order->nitems == 0)
    {
        return OS_SUM_UNKNOWN;
    }

    if (sum == order->total) {
        return OS_SUM_LINES;
    }

    return !__builtin_sub_overflow(sum, order->discount, &sum)
           && sum == order->total ? OS_SUM_DISCOUNT : OS_SUM_UNKNOWN;
}


void
os_order_free(os_order_t *order)
{
    if (order != NULL) {
        json_decref(order->json);
        free(order);
    }
}


const os_order_used_t *
os_order_used(const os_order_t *order, os_str_t offer)
{
    for (size_t i = 0; i < order->nused; i++) {
        if (os_str_equal(order->used[i].offer, offer)) {
            return &order->used[i];
        }
    }

    return NULL;
}

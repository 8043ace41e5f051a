/*
 * os_order: an order's record as facts. See os_order.h.
 *
 * Where the reader of plain JSON gives up, or a member comes twice, jansson is
 * asked.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_json_plain.h"
#include "core/order/os_order.h"


/* More than these are jansson's, too. */
#define OS_ORDER_ITEMS  32
#define OS_ORDER_USED   16


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
    OS_FIELD_ARRIVAL,
    OS_FIELD_FITS               /* an array that is there */
} os_field_kind_t;

typedef struct {
    os_str_t         name;
    os_field_kind_t  kind;
    size_t           at;        /* in the struct that is filled */
} os_field_t;

typedef struct {
    os_plain_t   plain;
    os_order_t  *order;
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
    OS_FIELD(os_order_t, handling, OS_FIELD_INT),
    OS_FIELD(os_order_t, id, OS_FIELD_STR),
    OS_FIELD(os_order_t, items, OS_FIELD_ITEMS),
    OS_FIELD(os_order_t, locale, OS_FIELD_STR),
    OS_FIELD(os_order_t, name, OS_FIELD_STR),
    OS_FIELD(os_order_t, number, OS_FIELD_STR),
    OS_FIELD(os_order_t, pay_by, OS_FIELD_INT),
    OS_FIELD(os_order_t, pay_how, OS_FIELD_STR),
    OS_FIELD(os_order_t, pay_method, OS_FIELD_STR),
    OS_FIELD(os_order_t, pay_url, OS_FIELD_STR),
    OS_FIELD(os_order_t, payment, OS_FIELD_STR),
    OS_FIELD(os_order_t, placed, OS_FIELD_PLACED),
    OS_FIELD(os_order_t, proof, OS_FIELD_STR),
    OS_FIELD(os_order_t, refunds, OS_FIELD_INT),
    { { 4, "save" }, OS_FIELD_SAVE, 0 },
    OS_FIELD(os_order_t, shipped, OS_FIELD_TRUE),
    OS_FIELD(os_order_t, shipping, OS_FIELD_INT),
    OS_FIELD(os_order_t, shipping_tax, OS_FIELD_INT),
    OS_FIELD(os_order_t, state, OS_FIELD_STR),
    OS_FIELD(os_order_t, status, OS_FIELD_STR),
    OS_FIELD(os_order_t, tax, OS_FIELD_INT),
    OS_FIELD(os_order_t, total, OS_FIELD_INT),
    { { 5, "track" }, OS_FIELD_TRACK, 0 },
    { OS_NULL, 0, 0 }
};

static const os_field_t  os_item_fields[] = {
    OS_FIELD(os_order_item_t, category, OS_FIELD_STR),
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
    OS_FIELD(os_order_t, before, OS_FIELD_INT),
    { { 4, "used" }, OS_FIELD_USED, 0 },
    { OS_NULL, 0, 0 }
};

static const os_field_t  os_arrival_fields[] = {
    { { 2, "to" }, OS_FIELD_STR, offsetof(os_order_t, arrives) },
    { OS_NULL, 0, 0 }
};

static const os_field_t  os_track_fields[] = {
    { { 7, "arrival" }, OS_FIELD_ARRIVAL, 0 },
    { { 4, "fits" }, OS_FIELD_FITS, 0 },
    OS_FIELD(os_order_t, out, OS_FIELD_INT),
    OS_FIELD(os_order_t, quiet, OS_FIELD_TRUE),
    { OS_NULL, 0, 0 }
};

const os_order_t  os_order_none = { 0 };


static int os_read_object(os_reader_t *r, const os_field_t *fields,
    void *record);


static int
os_read_items(os_reader_t *r)
{
    int               rc;
    os_plain_t       *p = &r->plain;
    os_order_t       *order = r->order;
    os_order_item_t  *item;

    if (!os_plain_open(p, ']')) {
        return 0;
    }

    do {
        if (order->nitems == OS_ORDER_ITEMS) {
            return -1;
        }

        item = &order->items[order->nitems++];
        memset(item, 0, sizeof(*item));
        item->quantity = 1;

        rc = *p->at == '{' ? os_read_object(r, os_item_fields, item)
                           : os_plain_skip(p);
        if (rc == -1) {
            return -1;
        }
    } while (os_plain_comma(p));

    return os_plain_is(p, ']') ? 0 : -1;
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

    return *r->plain.at == '{' ? os_read_object(r, os_used_fields, used)
                               : os_plain_skip(&r->plain);
}


/* The value of a field; one of another type is as good as absent. */
static int
os_read_field(os_reader_t *r, const os_field_t *field, void *record)
{
    char         c = *r->plain.at;
    void        *to = (char *) record + field->at;
    os_plain_t  *p = &r->plain;

    switch (field->kind) {

    case OS_FIELD_STR:
        return c == '"' ? os_plain_string(p, to) : os_plain_skip(p);

    case OS_FIELD_PLACED:
        r->order->dated = c == '-' || (c >= '0' && c <= '9');
        /* fall through */

    case OS_FIELD_INT:
        return c == '-' || (c >= '0' && c <= '9') ? os_plain_int(p, to)
                                                  : os_plain_skip(p);

    case OS_FIELD_TRUE:
        *(int *) to = c == 't';
        return os_plain_skip(p);

    case OS_FIELD_COUNT:
        return c == '[' ? os_plain_count(p, to) : os_plain_skip(p);

    case OS_FIELD_ITEMS:
        return c == '[' ? os_read_items(r) : os_plain_skip(p);

    case OS_FIELD_SAVE:
        return c == '{' ? os_read_object(r, os_save_fields, record)
                        : os_plain_skip(p);

    case OS_FIELD_TRACK:
        return c == '{' ? os_read_object(r, os_track_fields, record)
                        : os_plain_skip(p);

    case OS_FIELD_ARRIVAL:
        return c == '{' ? os_read_object(r, os_arrival_fields, record)
                        : os_plain_skip(p);

    case OS_FIELD_FITS:
        r->order->fits = c == '[';
        return os_plain_skip(p);

    default:
        return c == '{' ? os_read_object(r, NULL, record)
                        : os_plain_skip(p);
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
    os_plain_t        *p = &r->plain;
    uint32_t           bit, seen = 0;
    const os_field_t  *field, *next = fields;

    if (!os_plain_open(p, '}')) {
        return 0;
    }

    do {
        if (os_plain_name(p, &name) == -1) {
            return -1;
        }

        field = fields ? os_field_find(fields, next, name) : NULL;

        if (field) {
            next = field + 1;
            bit = (uint32_t) 1 << (field - fields);
            rc = seen & bit ? -1 : os_read_field(r, field, record);
            seen |= bit;

        } else {
            rc = fields ? os_plain_skip(p) : os_read_used(r, name);
        }

        if (rc == -1) {
            return -1;
        }
    } while (os_plain_comma(p));

    return os_plain_is(p, '}') ? 0 : -1;
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
    char         *room;
    json_t       *json;
    os_order_t   *order;
    os_reader_t   r;

    order = os_order_new(OS_ORDER_ITEMS, OS_ORDER_USED,
                         OS_PLAIN_ROOM(text.len), &room);
    if (order == NULL) {
        return NULL;
    }

    os_plain_init(&r.plain, text, room);
    r.order = order;

    if (*r.plain.at == '{' && os_read_object(&r, os_order_fields, order) == 0
        && os_plain_end(&r.plain) == 0)
    {
        return order;
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
    os_order_fill(os_save_fields, json_object_get(json, "save"), order);
    os_order_fill(os_track_fields, json_object_get(json, "track"), order);
    os_order_fill(os_arrival_fields,
                  json_object_get(json_object_get(json, "track"), "arrival"),
                  order);
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
    int64_t  sum = 0, taxed;

    for (i = 0; i < order->nitems; i++) {
        if (__builtin_add_overflow(sum, order->items[i].total, &sum)) {
            return OS_SUM_UNKNOWN;
        }
    }

    if (__builtin_add_overflow(sum, order->shipping, &sum)
        || __builtin_add_overflow(sum, order->fees, &sum)
        || __builtin_add_overflow(sum, order->shipping_tax, &taxed)
        || __builtin_add_overflow(sum, order->tax, &sum)
        || order->nitems == 0)
    {
        return OS_SUM_UNKNOWN;
    }

    if (sum == order->total) {
        return OS_SUM_LINES;
    }

    if (taxed == order->total) {
        return OS_SUM_TAXED;
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

/*
 * os_stock_shelf: see os_stock_shelf.h.
 */

#include <string.h>

#include "core/base/os_code.h"
#include "core/view/os_stock_shelf.h"


#define OS_STOCK_BOUGHT    6
#define OS_STOCK_VARIANTS  20
#define OS_STOCK_SIMILAR   4
#define OS_STOCK_RANGE     30       /* percent that a price may differ */


/* An item of the order, and what it costs now. */
typedef struct {
    const json_t  *item;
    const json_t  *product;         /* as bought, or NULL */
    os_str_t       id;
    os_str_t       variant;         /* which of the variants, or OS_NULL */
    os_str_t       name;
    int64_t        quantity;
    int64_t        price;           /* of one; 0: not known */
    unsigned       only:1;          /* no other item has its name */
} os_stocked_item_t;


static const json_t *
os_stock_product(const os_stocked_t *all, os_str_t id)
{
    return id.len ? json_object_getn(all->products, id.data, id.len) : NULL;
}


static int
os_stock_only(const os_stocked_t *all, os_str_t name)
{
    size_t   i, n = 0;
    json_t  *item;

    json_array_foreach(all->items, i, item) {
        n += os_str_equal(os_json_str(item, "name"), name) != 0;
    }

    return n == 1;
}


static os_stocked_item_t
os_stock_item(const os_stocked_t *all, const json_t *item)
{
    int64_t            total;
    os_stocked_item_t  it = { 0 };

    it.item = item;
    it.id = os_json_str(item, "id");
    it.variant = os_json_str(item, "variant");
    it.name = os_json_str(item, "name");
    it.quantity = os_json_int(item, "quantity", 1);
    it.quantity = it.quantity > 0 ? it.quantity : 1;
    it.product = os_stock_product(all, it.variant);
    it.product = it.product ? it.product : os_stock_product(all, it.id);
    it.only = os_stock_only(all, it.name) ? 1 : 0;
    total = os_json_int(item, "total", 0);
    it.price = it.product ? os_catalog_now(it.product, all->now)
                          : total / it.quantity;
    return it;
}


/* A product as a line; what it would replace is said by whoever adds it. */
static os_shelf_line_t
os_stock_line(const os_stocked_t *all, const json_t *product,
    os_shelf_kind_t kind)
{
    os_str_t  url = os_json_str(product, "url");
    os_str_t  image = os_json_str(product, "image");

    return (os_shelf_line_t) {
        .kind = kind,
        .id = os_json_str(product, "id"),
        .parent = os_json_str(product, "group"),
        .name = os_json_str(product, "name"),
        .url = os_url_ok(url) ? url : OS_NULL,
        .image = os_url_ok(image) ? image : OS_NULL,
        .why = os_json_str(product, "why"),
        .currency = os_json_str(product, "currency"),
        .price = os_catalog_now(product, all->now),
        .rating = os_json_int(product, "rating", 0),
        .reviews = os_json_int(product, "reviews", 0)
    };
}


/* It can be chosen instead of the item, at no higher price. */
static void
os_stock_instead(const os_stocked_item_t *it, os_shelf_line_t *line)
{
    if (it->only && it->name.len && line->price && it->price
        && line->price <= it->price)
    {
        line->item = it->id;
        line->of = it->name;
        line->was = it->price;
    }
}


static int
os_stock_same_money(const os_stocked_item_t *it, const json_t *product)
{
    return it->product == NULL
           || os_str_equal(os_json_str(it->product, "currency"),
                           os_json_str(product, "currency"));
}


/* "L, blue": what tells a variant from the others; else its name. */
static os_str_t
os_stock_variant_name(const json_t *product, os_buf_t *out)
{
    os_str_t  size = os_json_str(product, "size");
    os_str_t  colour = os_json_str(product, "colour");

    out->len = 0;
    os_buf_str(out, size);
    os_buf_text(out, size.len && colour.len ? ", " : "");
    os_buf_str(out, colour);

    return out->len ? os_buf_view(out) : os_json_str(product, "name");
}


static void
os_stock_variants(const os_stocked_t *all, const os_stocked_item_t *it,
    size_t *left, os_buf_t *out)
{
    size_t            i;
    json_t           *id;
    os_str_t          group;
    os_buf_t          name = { 0 };
    const json_t     *product, *ids;
    os_shelf_line_t   line;

    group = os_json_str(it->product, "group");
    group = group.len ? group : it->id;
    ids = group.len ? json_object_getn(all->groups, group.data, group.len)
                    : NULL;

    json_array_foreach(ids, i, id) {
        product = os_stock_product(all, os_str(json_string_value(id)));

        if (*left == 0 || product == it->product
            || !os_catalog_in_stock(product)
            || !os_stock_same_money(it, product))
        {
            continue;
        }

        line = os_stock_line(all, product, OS_SHELF_VARIANT);
        line.name = os_stock_variant_name(product, &name);
        line.why = line.url = line.image = OS_NULL;
        os_stock_instead(it, &line);

        if (os_shelf_choice(&line)) {
            os_shelf_write(&line, out);
            (*left)--;
        }
    }

    os_buf_free(&name);
}


static int
os_stock_is_bought(const os_stocked_t *all, const json_t *product)
{
    size_t    i;
    json_t   *item;
    os_str_t  id = os_json_str(product, "id");
    os_str_t  group = os_json_str(product, "group");

    json_array_foreach(all->items, i, item) {
        if (os_str_equal(os_json_str(item, "id"), id)
            || os_str_equal(os_json_str(item, "variant"), id)
            || (group.len && os_str_equal(os_json_str(item, "id"), group)))
        {
            return 1;
        }
    }

    return 0;
}


static int
os_stock_in_range(const os_stocked_item_t *it, const json_t *product,
    int64_t now)
{
    int64_t  price = os_catalog_now(product, now);

    return price && it->price
           && price * 100 >= it->price * (100 - OS_STOCK_RANGE)
           && price * 100 <= it->price * (100 + OS_STOCK_RANGE);
}


/* Its category's products; the index has the better rated first. */
static void
os_stock_similar(const os_stocked_t *all, const os_stocked_item_t *it,
    json_t *taken, size_t *left, os_buf_t *out)
{
    size_t            i;
    json_t           *id;
    os_str_t          category;
    const json_t     *product, *ids;
    os_shelf_line_t   line;

    category = os_json_str(it->product, "category");
    ids = category.len ? json_object_getn(all->categories, category.data,
                                          category.len) : NULL;

    json_array_foreach(ids, i, id) {
        product = os_stock_product(all, os_str(json_string_value(id)));

        if (*left == 0 || !os_catalog_in_stock(product)
            || os_stock_is_bought(all, product)
            || json_object_get(taken, json_string_value(id))
            || !os_str_equal(os_json_str(product, "category"), category)
            || !os_stock_same_money(it, product)
            || !os_stock_in_range(it, product, all->now)
            || os_json_int(product, "rating", 0)
               < os_json_int(it->product, "rating", 0))
        {
            continue;
        }

        line = os_stock_line(all, product, OS_SHELF_SIMILAR);
        os_stock_instead(it, &line);
        os_shelf_write(&line, out);
        (void) json_object_set_new(taken, json_string_value(id), json_true());
        (*left)--;
    }
}


void
os_stock_shelf(const os_stocked_t *all, os_buf_t *out)
{
    size_t             i, bought = OS_STOCK_BOUGHT;
    size_t             variants = OS_STOCK_VARIANTS;
    size_t             similar = OS_STOCK_SIMILAR;
    json_t            *item, *taken = json_object();
    os_shelf_line_t    line;
    os_stocked_item_t  it;

    json_array_foreach(all->items, i, item) {
        it = os_stock_item(all, item);

        if (it.product && bought) {
            line = os_stock_line(all, it.product, OS_SHELF_BOUGHT);
            os_shelf_write(&line, out);
            bought--;
        }

        os_stock_variants(all, &it, &variants, out);
        os_stock_similar(all, &it, taken, &similar, out);
    }

    json_decref(taken);
}

/*
 * os_catalog: see os_catalog.h.
 */

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/base/os_code.h"
#include "core/base/os_money.h"
#include "core/text/os_reference.h"
#include "core/view/os_catalog.h"
#include "core/view/os_feed.h"


#define OS_CATALOG_EPOCH  1767225600    /* 2026-01-01 */
#define OS_CATALOG_HALF   (90 * 86400.0)


/* Our name of a member, and what feeds call it. */
static const struct {
    const char  *name;
    const char  *others[3];
    size_t       max;           /* bytes; longer ones are cut between letters */
} os_catalog_texts[] = {
    { "id", { NULL }, 64 },
    { "name", { "title" }, 150 },
    { "url", { "link" }, 500 },
    { "image", { "image_link" }, 500 },
    { "category", { "product_type", "google_product_category" }, 200 },
    { "why", { "product_highlight", "highlight" }, 200 },
    { "group", { "item_group_id" }, 64 },
    { "colour", { "color" }, 60 },
    { "size", { NULL }, 60 },
};


int
os_catalog_uses(os_str_t column)
{
    size_t  i, k;

    static const char *const  others[] = {
        "price", "sale_price", "sale_price_effective_date", "currency", "stock",
        "availability", "in_stock", "with", "rating", "product_rating",
        "reviews", "review_count"
    };

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (os_str_equal(column, os_str(others[i]))) {
            return 1;
        }
    }

    for (i = 0; i < sizeof(os_catalog_texts) / sizeof(os_catalog_texts[0]);
         i++)
    {
        if (os_str_equal(column, os_str(os_catalog_texts[i].name))) {
            return 1;
        }

        for (k = 0; k < 3 && os_catalog_texts[i].others[k]; k++) {
            if (os_str_equal(column, os_str(os_catalog_texts[i].others[k]))) {
                return 1;
            }
        }
    }

    return 0;
}


/* The first of a member's names that says something; "" where none does. */
static void
os_catalog_text(const json_t *record, const char *name,
    const char *const *others, os_buf_t *out)
{
    size_t  i;

    out->len = 0;
    (void) os_json_text(json_object_get(record, name), out);

    for (i = 0; out->len == 0 && i < 3 && others && others[i]; i++) {
        (void) os_json_text(json_object_get(record, others[i]), out);
    }

    while (out->len && isspace((unsigned char) out->data[out->len - 1])) {
        out->data[--out->len] = '\0';
    }
}


static void
os_catalog_cut(os_buf_t *text, size_t max)
{
    if (text->len > max) {
        text->len = os_utf8_front(os_buf_view(text), max).len;
        text->data[text->len] = '\0';
    }
}


/* A price of 0 is none: nothing is given away by a feed. */
static int
os_catalog_amount(const json_t *record, os_buf_t *text, json_t *product,
    const char *name, os_error_t *err)
{
    char     code[4];
    int64_t  minor;

    if (os_feed_price(os_buf_view(text), os_json_str(record, "currency"),
                      &minor, code, err) != 0)
    {
        return -1;
    }

    if (minor) {
        os_json_set_int(product, name, minor);
        os_json_set_str(product, "currency", os_str(code));
    }

    return 0;
}


/* The price of now, or both and when the lower one holds. */
static int
os_catalog_price(const json_t *record, json_t *product, os_error_t *err)
{
    int       rc = 0;
    int64_t   from, until;
    os_buf_t  text = { 0 }, range = { 0 };

    os_catalog_text(record, "sale_price_effective_date", NULL, &range);
    os_catalog_text(record, "price", NULL, &text);

    if (text.len) {
        rc = os_catalog_amount(record, &text, product, "price", err);
    }

    os_catalog_text(record, "sale_price", NULL, &text);

    if (rc == 0 && text.len && range.len) {
        rc = os_feed_range(os_buf_view(&range), &from, &until) == 0
             ? os_catalog_amount(record, &text, product, "sale", err)
             : os_fail(err, "\"%s\" is no range of dates", range.data);

        if (rc == 0 && json_object_get(product, "sale")) {
            os_json_set_int(product, "sale_from", from);
            os_json_set_int(product, "sale_until", until);
        }

    } else if (rc == 0 && text.len) {
        rc = os_catalog_amount(record, &text, product, "price", err);
    }

    os_buf_free(&text);
    os_buf_free(&range);

    return rc;
}


static int
os_catalog_stock(const json_t *record, json_t *product, os_error_t *err)
{
    int                       stock;
    os_buf_t                  text = { 0 };
    static const char *const  others[] = { "availability", "in_stock", NULL };

    os_catalog_text(record, "stock", others, &text);
    stock = os_feed_stock(os_buf_view(&text));

    if (stock == 0) {
        (void) json_object_set_new(product, "out", json_true());

    } else if (stock == -1) {
        (void) os_fail(err, "the availability \"%s\" is not known",
                       text.data);
    }

    os_buf_free(&text);

    return stock == -1 ? -1 : 0;
}


/* What the shop itself says goes with it: a list, or ids between commas. */
static void
os_catalog_with(const json_t *record, json_t *product)
{
    char       *at, *end;
    size_t      i;
    json_t     *list, *one, *with;
    os_buf_t    text = { 0 };

    list = json_array();
    with = json_object_get(record, "with");

    json_array_foreach(with, i, one) {
        text.len = 0;

        if (os_json_text(one, &text)) {
            (void) json_array_append_new(list,
                                         os_json_new_str(os_buf_view(&text)));
        }
    }

    text.len = 0;

    if (json_is_string(with) && os_json_text(with, &text)) {
        for (at = text.data; at && *at; at = *end ? end + 1 : end) {
            at += strspn(at, " ");
            end = at + strcspn(at, ",");

            if (end > at) {
                (void) json_array_append_new(list, os_json_new_str(
                           (os_str_t) { (size_t) (end - at), at }));
            }
        }
    }

    if (json_array_size(list)) {
        (void) json_object_set(product, "with", list);
    }

    json_decref(list);
    os_buf_free(&text);
}


/* "4.7" as 470: hundredths of a star. */
static void
os_catalog_rating(const json_t *record, json_t *product)
{
    int64_t   hundredths, n;
    os_buf_t  text = { 0 };

    static const char *const  rating[] = { "product_rating", NULL };
    static const char *const  count[] = { "review_count", NULL };

    os_catalog_text(record, "rating", rating, &text);

    if (text.len && os_money_parse(os_buf_view(&text), 2, &hundredths) == 0
        && hundredths > 0 && hundredths <= 500)
    {
        os_json_set_int(product, "rating", hundredths);
    }

    os_catalog_text(record, "reviews", count, &text);

    if (text.len && os_money_parse(os_buf_view(&text), 0, &n) == 0 && n > 0) {
        os_json_set_int(product, "reviews", n);
    }

    os_buf_free(&text);
}


json_t *
os_catalog_product(const os_campaign_t *c, const json_t *record,
    os_error_t *err)
{
    size_t     i;
    json_t    *product;
    os_buf_t   text = { 0 }, said = { 0 };

    if (!json_is_object(record)) {
        (void) os_fail(err, "an object expected");
        return NULL;
    }

    product = json_object();

    for (i = 0; i < sizeof(os_catalog_texts) / sizeof(os_catalog_texts[0]);
         i++)
    {
        os_catalog_text(record, os_catalog_texts[i].name,
                        os_catalog_texts[i].others, &text);

        if (strcmp(os_catalog_texts[i].name, "id") == 0 && text.len > 64) {
            (void) os_fail(err, "an id of more than 64 bytes");
            goto failed;
        }

        said.len = 0;
        os_reference_text(os_buf_view(&text), &said);
        os_catalog_cut(&said, os_catalog_texts[i].max);

        if (said.len) {
            os_json_set_str(product, os_catalog_texts[i].name,
                            os_buf_view(&said));
        }
    }

    if (os_json_str(product, "id").len == 0
        || os_json_str(product, "name").len == 0
        || os_json_str(product, "url").len == 0)
    {
        (void) os_fail(err, "it needs an id, a name (title) and a url (link)");
        goto failed;
    }

    said.len = 0;

    if (os_feed_link(c, os_json_str(product, "url"), &said) == 0) {
        os_json_set_str(product, "url", os_buf_view(&said));

    } else {
        (void) os_fail(err, "its link leads away from %.*s",
                       (int) c->site.len, c->site.data);
        goto failed;
    }

    if (os_json_str(product, "image").len
        && !os_url_ok(os_json_str(product, "image")))
    {
        (void) os_fail(err, "its image is no address of http, https or none");
        goto failed;
    }

    if (os_catalog_price(record, product, err) != 0) {
        goto failed;
    }

    if (os_catalog_stock(record, product, err) != 0) {
        goto failed;
    }

    os_catalog_with(record, product);
    os_catalog_rating(record, product);
    os_buf_free(&text);
    os_buf_free(&said);

    return product;

failed:

    os_buf_free(&text);
    os_buf_free(&said);
    json_decref(product);

    return NULL;
}


int
os_catalog_in_stock(const json_t *product)
{
    return product != NULL && !os_json_bool(product, "out");
}


double
os_catalog_weight(int64_t at)
{
    return exp2((double) (at - OS_CATALOG_EPOCH) / OS_CATALOG_HALF);
}


static int
os_catalog_has(const json_t *list, os_str_t id)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(list, i, one) {
        if (os_str_equal(os_str(json_string_value(one)), id)) {
            return 1;
        }
    }

    return 0;
}


json_t *
os_catalog_fits(const json_t *bought, const json_t *lists,
    const json_t *products, size_t max)
{
    size_t     i, k;
    json_t    *list, *one, *fits;
    os_str_t   id;

    fits = json_array();

    json_array_foreach(lists, i, list) {
        json_array_foreach(list, k, one) {
            id = os_str(json_string_value(one));

            if (json_array_size(fits) < max && id.len
                && !os_catalog_has(bought, id) && !os_catalog_has(fits, id)
                && os_catalog_in_stock(json_object_get(products, id.data)))
            {
                (void) json_array_append(fits, one);
            }
        }
    }

    return fits;
}


int64_t
os_catalog_now(const json_t *product, int64_t now)
{
    int64_t  price = os_json_int(product, "price", 0);

    return json_object_get(product, "sale")
           && now >= os_json_int(product, "sale_from", 0)
           && now <= os_json_int(product, "sale_until", 0)
           ? os_json_int(product, "sale", price) : price;
}


json_t *
os_catalog_view(const os_speak_t *s, const json_t *product)
{
    json_t    *view;
    os_buf_t   text = { 0 };

    view = json_object();
    os_json_set_str(view, "name", os_json_str(product, "name"));

    if (os_url_ok(os_json_str(product, "url"))) {
        os_json_set_str(view, "url", os_json_str(product, "url"));
    }

    if (os_url_ok(os_json_str(product, "image"))) {
        os_json_set_str(view, "image", os_json_str(product, "image"));
    }

    if (json_object_get(product, "price")) {
        os_view_money(s, os_catalog_now(product, s->now),
                      os_json_str(product, "currency"), &text);
        os_json_set_str(view, "price", os_buf_view(&text));
    }

    os_buf_free(&text);

    return view;
}

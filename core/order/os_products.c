/*
 * os_products: see os_products.h.
 */

#include "core/campaign/os_action.h"
#include "core/order/os_map.h"
#include "core/order/os_map_check.h"
#include "core/order/os_products.h"


static const char *const  os_products_names[] = {
    "since", "since_epoch", "since_shop", "page", "cursor", "ids", "include",
    NULL
};


static int
os_products_list(const json_t *catalog, const json_t *list, os_buf_t *where,
    os_error_t *err)
{
    os_str_t  as = os_json_str(list, "as");

    if (as.len == 0
        || !json_object_getn(json_object_get(catalog, "maps"), as.data,
                             as.len))
    {
        return os_json_expected(where, "as", "one of \"maps\"", err);
    }

    if (!json_is_string(json_object_get(list, "each"))) {
        return os_json_expected(where, "each", "a pointer", err);
    }

    if (os_action_check_call(list, "call", os_products_names, where, err)
        != 0)
    {
        return -1;
    }

    return json_object_get(list, "again")
           ? os_action_check_call(list, "again", os_products_names, where, err)
           : 0;
}


static int
os_products_maps(const json_t *catalog, const json_t *words, os_buf_t *where,
    os_error_t *err)
{
    size_t       len = where->len;
    json_t      *map, *maps = json_object_get(catalog, "maps");
    const char  *name, *expected;

    if (json_object_size(maps) == 0) {
        return os_json_expected(where, "maps", "an object of maps", err);
    }

    json_object_foreach(maps, name, map) {
        os_json_pointer_add(where, "maps");
        os_json_pointer_add(where, name);

        if (os_map_check(map, words, where, &expected) != 0) {
            return os_fail(err, "%s", expected);
        }

        where->len = len;
    }

    return 0;
}


/* Where the shop's currency is asked for, and stands in the answer. */
static int
os_products_currency(const json_t *catalog, os_buf_t *where, os_error_t *err)
{
    size_t         len = where->len;
    const json_t  *currency = json_object_get(catalog, "currency");

    if (currency == NULL) {
        return 0;
    }

    os_json_pointer_add(where, "currency");

    if (os_json_str(currency, "at").len == 0) {
        return os_json_expected(where, "at", "a pointer", err);
    }

    if (os_action_check_call(currency, "call", os_products_names, where, err)
        != 0)
    {
        return -1;
    }

    where->len = len;
    return 0;
}


int
os_products_check(const json_t *catalog, const json_t *words,
    os_buf_t *where, os_error_t *err)
{
    char     index[24];
    size_t   i, len = where->len;
    json_t  *list, *lists = json_object_get(catalog, "lists");

    if (json_array_size(lists) == 0) {
        return os_json_expected(where, "lists", "a list of calls", err);
    }

    json_array_foreach(lists, i, list) {
        (void) snprintf(index, sizeof(index), "%zu", i);
        os_json_pointer_add(where, "lists");
        os_json_pointer_add(where, index);

        if (os_products_list(catalog, list, where, err) != 0) {
            return -1;
        }

        where->len = len;
    }

    return os_products_currency(catalog, where, err) == 0
           ? os_products_maps(catalog, words, where, err) : -1;
}


json_t *
os_products_records(const json_t *catalog, const json_t *words, os_str_t as,
    const json_t *raw)
{
    json_t    *record, *variants, *out = json_array();
    os_map_t   m = { .root = raw, .here = raw, .words = words, .digits = 2 };

    record = os_map_object(&m, json_object_getn(
                               json_object_get(catalog, "maps"), as.data,
                               as.len));

    if (record != NULL) {
        variants = json_incref(json_object_get(record, "variants"));
        (void) json_object_del(record, "variants");
        (void) json_array_append_new(out, record);
        (void) json_array_extend(out, variants);
        json_decref(variants);
    }

    json_decref(m.odd);

    return out;
}

/*
 * os_products: a platform's products as records of a feed. A source's member
 * `catalog` (docs/sources.md) says how its API lists them, page by page, and
 * how each becomes one record, or several, such as os_catalog_product() reads.
 * Pure: no I/O, no clock.
 */

#ifndef OS_PRODUCTS_H
#define OS_PRODUCTS_H

#include "core/base/os_json.h"


/*
 * Is this a `catalog` as it can be used? `words` are the source's tables. -1:
 * `where`, which stands at it, is led on to the fault, err gets what was
 * expected.
 */
int os_products_check(const json_t *catalog, const json_t *words,
    os_buf_t *where, os_error_t *err);

/*
 * The records of one product as the API wrote it, by the map `as` of `catalog`:
 * itself and, where the map has `variants`, each of these. A new array. One
 * that is `gone` is no product, or none any more; it has its `id`.
 */
json_t *os_products_records(const json_t *catalog, const json_t *words,
    os_str_t as, const json_t *raw);

#endif /* OS_PRODUCTS_H */

/*
 * os_catalog: products, as a shop's feed names them, and which of them go
 * well with what was bought.
 */

#ifndef OS_CATALOG_H
#define OS_CATALOG_H

#include "core/view/os_view.h"


/* Does os_catalog_product() look at a column of this name? */
int os_catalog_uses(os_str_t column);

/*
 * One record of a feed as a product (docs/formats.md): new, or NULL with err.
 * Takes our own member names and those of Google's product data: title, link,
 * image_link, price "15.00 EUR", sale_price, availability, product_type.
 * Values may be texts, numbers or booleans. A link must lead to the shop's
 * own site.
 */
json_t *os_catalog_product(const os_campaign_t *c, const json_t *record,
    os_error_t *err);

/* What it costs at this moment, in minor units; 0: not known. */
int64_t os_catalog_now(const json_t *product, int64_t now);

/* Is it to be had? */
int os_catalog_in_stock(const json_t *product);

/*
 * What an order bought today weighs against one of another day: doubles every
 * 90 days, so that what is bought together now counts more, and nothing has
 * to be recounted.
 */
double os_catalog_weight(int64_t at);

/*
 * Which products to show: from `lists`, the better reason first, those in
 * stock that are none of `bought`, each once, `max` at most. `products` is
 * id → product. New: a list of ids.
 */
json_t *os_catalog_fits(const json_t *bought, const json_t *lists,
    const json_t *products, size_t max);

/* A product as templates get it: `name`, `url`, `image`, `price`. New. */
json_t *os_catalog_view(const os_speak_t *s, const json_t *product);

#endif /* OS_CATALOG_H */

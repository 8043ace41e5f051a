/*
 * os_packaging: see os_packaging.h.
 */

#include "core/base/os_money.h"
#include "core/order/os_packaging.h"
#include "core/order/os_track.h"


json_t *
os_packaging_find(const os_campaign_t *c, os_str_t id)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(os_campaign_at(c, "/track/packaging"), i, one) {
        if (id.len && os_str_equal(os_json_str(one, "id"), id)) {
            return one;
        }
    }

    return NULL;
}


int64_t
os_packaging_price(const json_t *packaging, os_str_t currency)
{
    int64_t      minor;
    json_t      *text;
    const char  *name;
    json_t      *prices = json_object_get(packaging, "price");

    json_object_foreach(prices, name, text) {
        if (os_str_equal(os_str(name), currency)
            && os_money_parse(os_str(json_string_value(text)),
                              os_currency_digits(currency), &minor) == 0)
        {
            return minor;
        }
    }

    return prices ? -1 : 0;
}


static os_str_t
os_packaging_currency(const json_t *record)
{
    return os_json_str(record, "currency");
}


int
os_packaging_open(const os_campaign_t *c, const json_t *record,
    const json_t *track)
{
    const json_t  *chosen;

    if (!os_str_equal(os_json_str(record, "state"), OS_STR("open"))
        || os_json_bool(record, "shipped")
        || os_track_step(track) >= OS_STEP_SHIPPED
        || os_str_equal(os_json_str(record, "delivery"), OS_STR("none")))
    {
        return 0;
    }

    chosen = os_packaging_find(c, os_json_str(track, "packaging"));

    return os_packaging_price(chosen, os_packaging_currency(record)) == 0;
}


int
os_packaging_offered(const json_t *packaging, const json_t *record)
{
    int64_t   price;
    os_str_t  payment;

    price = os_packaging_price(packaging, os_packaging_currency(record));
    payment = os_json_str(record, "payment");

    return price == 0
           || (price > 0 && (os_str_equal(payment, OS_STR("unpaid"))
                             || os_str_equal(payment,
                                             OS_STR("on_delivery"))));
}

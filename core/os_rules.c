/*
 * os_rules: who is offered what. See os_rules.h.
 */

#include <string.h>

#include "os_rules.h"


static int
os_listed(const json_t *list, os_str_t word)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(list, i, item) {
        if (os_str_equal(os_str(json_string_value(item)), word)) {
            return 1;
        }
    }

    return 0;
}


/* A limit that is not set allows all; one without this currency allows none. */
static int
os_bounded(const json_t *bounds, const json_t *order, int is_minimum)
{
    int64_t   bound, total;
    os_str_t  currency, text;

    if (bounds == NULL) {
        return 1;
    }

    currency = os_json_str(order, "currency");
    text = currency.data ? os_json_str(bounds, currency.data) : OS_NULL;
    total = os_json_int(order, "total", 0);

    if (text.data == NULL
        || os_money_parse(text, os_currency_digits(currency), &bound) == -1)
    {
        return 0;
    }

    return is_minimum ? total >= bound : total <= bound;
}


/* What of `when` does not hold, or OS_ELIGIBLE. */
static os_eligible_t
os_conditions(const json_t *when, const json_t *order, os_str_t segment)
{
    const json_t  *list;

    list = json_object_get(when, "status");
    if (list && !os_listed(list, os_json_str(order, "status"))) {
        return OS_NOT_STATUS;
    }

    list = json_object_get(when, "payment");
    if (list && !os_listed(list, os_json_str(order, "payment"))) {
        return OS_NOT_PAYMENT;
    }

    if (!os_bounded(json_object_get(when, "min_total"), order, 1)
        || !os_bounded(json_object_get(when, "max_total"), order, 0))
    {
        return OS_NOT_TOTAL;
    }

    list = json_object_get(when, "countries");
    if (list && !os_listed(list, os_json_str(order, "country"))) {
        return OS_NOT_COUNTRY;
    }

    list = json_object_get(when, "segments");
    if (list && !os_listed(list, segment)) {
        return OS_NOT_SEGMENT;
    }

    return OS_ELIGIBLE;
}


os_eligible_t
os_rules_eligible(const os_campaign_t *c, const json_t *order,
    os_str_t segment, int64_t now)
{
    int64_t        max_age, placed;
    const json_t  *when = json_object_get(c->json, "eligible");

    if (!os_str_equal(os_json_str(order, "state"), OS_STR("open"))) {
        return OS_NOT_OPEN;
    }

    if (os_json_bool(order, "shipped") && !os_json_bool(when, "shipped")) {
        return OS_NOT_SHIPPED;
    }

    max_age = c->max_age;
    placed = os_json_int(order, "placed", now);

    if (max_age > 0 && now - placed > max_age) {
        return OS_NOT_AGE;
    }

    return os_conditions(when, order, segment);
}


const char *
os_rules_word(os_eligible_t why)
{
    static const char *const  words[] = {
        "eligible", "not-open", "status", "payment", "shipped", "age",
        "total", "country", "segment", "no-offer"
    };

    return words[why];
}


os_arm_t
os_rules_arm(const os_campaign_t *c, os_str_t key, const json_t *order)
{
    uint8_t   mac[OS_SHA256_LEN];
    uint32_t  value;
    os_str_t  who;
    os_buf_t  text = { 0 };

    if (c->holdout <= 0) {
        return OS_ARM_TREATMENT;
    }

    who = os_json_str(order, "customer");
    if (who.len == 0) {
        who = os_json_str(order, "id");
    }

    os_buf_str(&text, c->store);
    os_buf_char(&text, '\0');
    os_buf_str(&text, c->experiment);
    os_buf_char(&text, '\0');
    os_buf_str(&text, who);
    os_hmac_sha256(key, os_buf_view(&text), mac);
    os_buf_free(&text);

    value = (uint32_t) mac[0] << 24 | (uint32_t) mac[1] << 16
            | (uint32_t) mac[2] << 8 | mac[3];

    return (uint64_t) value * 1000 >> 32 < (uint64_t) c->holdout
           ? OS_ARM_HOLDOUT : OS_ARM_TREATMENT;
}


/* value * percent / 100, to the nearest minor unit. */
static int64_t
os_percent_of(int64_t value, os_str_t percent)
{
    int64_t  hundredths;

    if (os_money_parse(percent, 2, &hundredths) == -1) {
        return 0;
    }

    return (int64_t) (((__int128) value * hundredths + 5000) / 10000);
}


/* What the offer takes off this order, in minor units; at most its total. */
static int64_t
os_offer_amount(const os_offer_t *offer, const json_t *order)
{
    int64_t   amount = 0, total;
    os_str_t  currency, text;

    total = os_json_int(order, "total", 0);
    currency = os_json_str(order, "currency");

    if (offer->give == OS_GIVE_FREE_SHIPPING) {
        amount = os_json_int(order, "shipping", 0);

    } else if (offer->percent.len) {
        amount = os_percent_of(total - os_json_int(order, "shipping", 0),
                               offer->percent);

    } else if (offer->amount && currency.data) {
        text = os_json_str(offer->amount, currency.data);
        if (text.data == NULL
            || os_money_parse(text, os_currency_digits(currency), &amount)
               == -1)
        {
            return 0;
        }
    }

    return amount < total ? amount : total;
}


static int
os_holds_product(const json_t *products, const json_t *order)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(json_object_get(order, "items"), i, item) {
        if (os_listed(products, os_json_str(item, "id"))) {
            return 1;
        }
    }

    return 0;
}


/* Has the customer had this offer as often, or as lately, as it allows? */
static const char *
os_offer_limit(const os_offer_t *offer, const json_t *order, int64_t now)
{
    json_t  *used;

    used = json_object_get(json_object_get(json_object_get(order, "save"),
                                           "used"), offer->id.data);

    if (offer->per_customer > 0
        && os_json_int(used, "n", 0) >= offer->per_customer)
    {
        return "limit";
    }

    if (offer->cooldown > 0 && used != NULL
        && now - os_json_int(used, "at", 0) < offer->cooldown)
    {
        return "cooldown";
    }

    return NULL;
}


const char *
os_rules_offer(const os_campaign_t *c, const os_offer_t *offer,
    const json_t *order, os_str_t segment, int64_t stock, int64_t now)
{
    json_t         *products;
    const char     *limit;
    os_eligible_t   why;

    why = os_conditions(offer->when, order, segment);
    if (why != OS_ELIGIBLE) {
        return os_rules_word(why);
    }

    products = json_object_get(offer->when, "products");
    if (products && !os_holds_product(products, order)) {
        return "products";
    }

    limit = os_offer_limit(offer, order, now);
    if (limit) {
        return limit;
    }

    if (offer->kind != OS_KIND_GRANT) {
        return NULL;
    }

    if (stock == 0) {
        return "stock";
    }

    if (!offer->stacks
        && json_array_size(json_object_get(order, "coupons")) > 0)
    {
        return "coupon-on-order";
    }

    if (os_offer_amount(offer, order) <= 0) {
        return "amount";
    }

    /* what was paid must be paid back, or nothing may be promised */
    if (os_str_equal(os_json_str(order, "payment"), OS_STR("paid"))
        && c->refund.len == 0)
    {
        return "no-refund-step";
    }

    return NULL;
}


int64_t
os_rules_amount(const os_offer_t *offer, const json_t *order)
{
    return offer->kind == OS_KIND_GRANT && order
           ? os_offer_amount(offer, order) : 0;
}


void
os_rules_terms_text(const os_campaign_t *c, const os_offer_t *offer,
    const json_t *order, os_buf_t *out)
{
    static const char *const  gives[] = {
        "coupon", "free_shipping", "discount", "request", "link"
    };
    static const char *const  kinds[] = { "grant", "request", "information" };

    os_buf_text(out, "{\"kind\":\"");
    os_buf_text(out, kinds[offer->kind]);
    os_buf_text(out, "\",\"give\":\"");
    os_buf_text(out, gives[offer->give]);
    os_buf_char(out, '"');

    if (offer->give == OS_GIVE_LINK) {
        os_buf_text(out, ",\"url\":");
        os_json_quote(out, os_json_str(json_object_get(json_object_get(
                                           offer->json, "give"), "link"),
                                       "url"));
    }

    if (offer->kind == OS_KIND_GRANT) {

        if (offer->percent.len) {
            os_buf_text(out, ",\"percent\":");
            os_json_quote(out, offer->percent);
        }

        if (offer->pool.len) {
            os_buf_text(out, ",\"pool\":");
            os_json_quote(out, offer->pool);
        }

        os_buf_text(out, ",\"amount\":");
        os_buf_int(out, os_rules_amount(offer, order));
        os_buf_text(out, ",\"currency\":");
        os_json_quote(out, os_json_str(order, "currency"));

        if (c->refund.len
            && os_str_equal(os_json_str(order, "payment"), OS_STR("paid")))
        {
            os_buf_text(out, ",\"refund\":{\"by\":");
            os_json_quote(out, c->refund);
            os_buf_char(out, '}');
        }

        if (offer->budgeted) {
            os_buf_text(out, ",\"budget\":true");
        }
    }

    os_buf_char(out, '}');
}


json_t *
os_rules_terms(const os_campaign_t *c, const os_offer_t *offer,
    const json_t *order)
{
    json_t    *terms = NULL;
    os_buf_t   text = { 0 };

    os_rules_terms_text(c, offer, order, &text);

    if (!text.failed) {
        terms = json_loadb(text.data, text.len, 0, NULL);
    }

    os_buf_free(&text);
    return terms;
}

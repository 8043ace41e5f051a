/*
 * os_rules: who is offered what. See os_rules.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/campaign/os_dispatch.h"
#include "core/campaign/os_request.h"
#include "core/order/os_rules.h"


static int
os_listed(const json_t *list, os_str_t word)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(list, i, item) {
        if (os_str_equal((os_str_t) { json_string_length(item),
                                      json_string_value(item) }, word))
        {
            return 1;
        }
    }

    return 0;
}


/* A limit that is not set allows all; one without this currency allows none. */
static int
os_bounded(const os_amounts_t *bounds, const os_order_t *order,
    int is_minimum)
{
    const os_amount_t  *bound;

    if (bounds->of == NULL) {
        return 1;
    }

    bound = os_amount_in(bounds, order->currency);
    if (bound == NULL) {
        return 0;
    }

    return is_minimum ? order->total >= bound->minor
                      : order->total <= bound->minor;
}


/*
 * Is one of the items in one of these categories, or below it: "Home > Lamps"
 * is below "Home".
 */
static int
os_holds_category(const json_t *categories, const os_order_t *order)
{
    size_t    i, n;
    json_t   *one;
    os_str_t  category, of;

    for (i = 0; i < order->nitems; i++) {
        of = order->items[i].category;

        json_array_foreach(categories, n, one) {
            category = (os_str_t) { json_string_length(one),
                                    json_string_value(one) };

            if (os_str_equal(of, category)
                || (os_str_starts(of, category)
                    && os_str_starts((os_str_t) { of.len - category.len,
                                                  of.data + category.len },
                                     OS_STR(" >"))))
            {
                return 1;
            }
        }
    }

    return 0;
}


/* What of `when` does not hold, or OS_ELIGIBLE. */
static os_eligible_t
os_conditions(const os_when_t *when, const os_order_t *order,
    os_str_t segment, int64_t now)
{
    int      reduced = order->discount > 0 || order->ncoupons > 0;
    int64_t  age = now - order->placed;

    /* one whose age is not known is neither too old nor old enough */

    if (order->dated ? (when->max_age && age > when->max_age)
                       || (when->min_age && age < when->min_age)
                     : when->min_age > 0)
    {
        return OS_NOT_AGE;
    }

    if ((reduced && when->full) || (!reduced && when->reduced)) {
        return OS_NOT_DISCOUNT;
    }

    if ((when->first && order->before) || (when->later && !order->before)) {
        return OS_NOT_FIRST;
    }

    if ((when->stocked && order->out) || (when->sold_out && !order->out)) {
        return OS_NOT_STOCK;
    }

    if (when->categories && !os_holds_category(when->categories, order)) {
        return OS_NOT_CATEGORY;
    }

    if (when->methods && !os_listed(when->methods, order->pay_method)) {
        return OS_NOT_METHOD;
    }

    if (when->status && !os_listed(when->status, order->status)) {
        return OS_NOT_STATUS;
    }

    if (when->payment && !os_listed(when->payment, order->payment)) {
        return OS_NOT_PAYMENT;
    }

    if (!os_bounded(&when->min_total, order, 1)
        || !os_bounded(&when->max_total, order, 0))
    {
        return OS_NOT_TOTAL;
    }

    if (when->countries && !os_listed(when->countries, order->country)) {
        return OS_NOT_COUNTRY;
    }

    if (when->segments && !os_listed(when->segments, segment)) {
        return OS_NOT_SEGMENT;
    }

    return OS_ELIGIBLE;
}


os_eligible_t
os_rules_eligible(const os_campaign_t *c, const os_order_t *order,
    os_str_t segment, int64_t now)
{
    if (order == NULL || !os_str_equal(order->state, OS_STR("open"))) {
        return OS_NOT_OPEN;
    }

    if (order->quiet) {
        return OS_NOT_WITHDRAWN;
    }

    if (order->shipped && !c->eligible.shipped) {
        return OS_NOT_SHIPPED;
    }

    return os_conditions(&c->eligible, order, segment, now);
}


const char *
os_rules_word(os_eligible_t why)
{
    static const char *const  words[] = {
        "eligible", "not-open", "status", "payment", "shipped", "age",
        "total", "country", "segment", "discount", "method", "first-order",
        "category", "in-stock", "withdrawn", "no-offer"
    };

    return words[why];
}


static uint32_t
os_arm_number(const uint8_t *mac)
{
    return (uint32_t) mac[0] << 24 | (uint32_t) mac[1] << 16
           | (uint32_t) mac[2] << 8 | mac[3];
}


/* The variant in whose share of the weights the number lies. */
static os_str_t
os_arm_variant(const os_campaign_t *c, uint32_t number)
{
    int64_t  at = (int64_t) ((uint64_t) number * (uint64_t) c->weights >> 32);

    for (size_t i = 0; i < c->nvariants; i++) {
        if (at < c->variants[i].weight) {
            return c->variants[i].id;
        }

        at -= c->variants[i].weight;
    }

    return OS_STR(OS_ARM_TREATMENT);
}


os_str_t
os_rules_arm(const os_campaign_t *c, const os_hmac_t *key,
    const os_order_t *order)
{
    uint8_t   mac[OS_SHA256_LEN];
    char      room[256];
    os_str_t  who;
    os_buf_t  text = os_buf_on(room, sizeof(room));

    if (c->holdout <= 0 && c->nvariants == 0) {
        return OS_STR(OS_ARM_TREATMENT);
    }

    order = order ? order : &os_order_none;
    who = order->customer.len ? order->customer : order->id;

    os_buf_str(&text, c->store);
    os_buf_char(&text, '\0');
    os_buf_str(&text, c->experiment);
    os_buf_char(&text, '\0');
    os_buf_str(&text, who);
    os_hmac(key, os_buf_view(&text), mac);
    os_buf_free(&text);

    return (uint64_t) os_arm_number(mac) * 1000 >> 32 < (uint64_t) c->holdout
           ? OS_STR(OS_ARM_HOLDOUT)
           : os_arm_variant(c, os_arm_number(mac + 4));
}


int
os_rules_held_out(os_str_t arm)
{
    return os_str_equal(arm, OS_STR(OS_ARM_HOLDOUT));
}


int
os_rules_in_arm(const os_offer_t *offer, os_str_t arm)
{
    return offer->arms == NULL || os_listed(offer->arms, arm);
}


/* What the buyer pays for all ways of shipping, with the tax on them. */
static int64_t
os_carriage(const os_order_t *order)
{
    return order->shipping + order->shipping_tax;
}


/*
 * A share of the goods, to the nearest minor unit, or a fixed amount; at most
 * the order's total. Nothing where fees below nothing leave no goods to pay.
 */
static int64_t
os_share_of(const os_order_t *order, int64_t hundredths,
    const os_amounts_t *fixed)
{
    int64_t             amount;
    const os_amount_t  *of;

    if (hundredths) {
        amount = (int64_t) (((__int128) (order->total - os_carriage(order))
                             * hundredths + 5000) / 10000);

    } else {
        of = os_amount_in(fixed, order->currency);
        amount = of ? of->minor : 0;
    }

    amount = amount < order->total ? amount : order->total;

    return amount > 0 ? amount : 0;
}


/*
 * How much more may come off this order, in minor units: the cap's share of its
 * goods before any discount, less the discount that it has.
 */
static int64_t
os_cap_left(const os_campaign_t *c, const os_order_t *order)
{
    int64_t  goods, most;

    if (c->cap == 0) {
        return INT64_MAX;
    }

    goods = order->total - os_carriage(order) + order->discount;
    most = (int64_t) ((__int128) goods * c->cap / 10000) - order->discount;

    return most > 0 ? most : 0;
}


int
os_rules_line(const os_offer_t *offer, os_str_t id)
{
    return os_listed(offer->when.products, id);
}


/* A share of the items that the offer is for, or so much of them. */
static int64_t
os_offer_lines(const os_offer_t *offer, const os_order_t *order)
{
    int64_t             sum = 0, amount;
    const os_amount_t  *of;

    for (size_t i = 0; i < order->nitems; i++) {
        if (os_rules_line(offer, order->items[i].id)) {
            sum += order->items[i].total;
        }
    }

    if (offer->hundredths) {
        amount = (int64_t) (((__int128) sum * offer->hundredths + 5000)
                            / 10000);

    } else {
        of = os_amount_in(&offer->amount, order->currency);
        amount = of ? of->minor : 0;
    }

    return amount < sum ? amount : sum;
}


/* What the offer takes off this order, in minor units; at most its total. */
static int64_t
os_offer_amount(const os_offer_t *offer, const os_order_t *order)
{
    int64_t  carriage;

    if (offer->give == OS_GIVE_NEXT_ORDER) {
        return 0;
    }

    if (offer->lines) {
        return os_offer_lines(offer, order);
    }

    if (offer->give == OS_GIVE_FREE_SHIPPING) {
        carriage = os_carriage(order) + (offer->waives ? order->handling : 0);
        return carriage < order->total ? carriage : order->total;
    }

    return os_share_of(order, offer->hundredths, &offer->amount);
}


static int
os_holds_product(const json_t *products, const os_order_t *order)
{
    for (size_t i = 0; i < order->nitems; i++) {
        if (os_listed(products, order->items[i].id)) {
            return 1;
        }
    }

    return 0;
}


/*
 * Would what is asked for change the order, and leave one? Without its only
 * item it is cancelled, and there are no fewer than one of an item.
 */
static int
os_rules_items(const os_offer_t *offer, const os_order_t *order)
{
    size_t   lines = 0;
    int64_t  most = 0;

    for (size_t i = 0; i < order->nitems; i++) {
        lines += order->items[i].quantity > 0;

        if (order->items[i].quantity > most) {
            most = order->items[i].quantity;
        }
    }

    if (os_str_equal(offer->purpose, OS_STR("remove"))) {
        return lines > 1;
    }

    return !os_str_equal(offer->purpose, OS_STR("quantity")) || most > 1;
}


/* Has the customer had this offer as often, or as lately, as it allows? */
static const char *
os_offer_limit(const os_offer_t *offer, const os_order_t *order, int64_t now)
{
    const os_order_used_t  *used = os_order_used(order, offer->id);

    if (used == NULL || used->n == 0) {
        return NULL;                    /* none, or all of them given back */
    }

    if (offer->per_customer > 0 && used->n >= offer->per_customer) {
        return "limit";
    }

    if (offer->cooldown > 0 && now - used->at < offer->cooldown) {
        return "cooldown";
    }

    return NULL;
}


const char *
os_rules_against(const os_order_t *order)
{
    if (os_str_equal(order->state, OS_STR("cancelled"))) {
        return "cancelled";
    }

    if (os_str_equal(order->state, OS_STR("refunded")) || order->refunds > 0) {
        return "refunded";
    }

    if (os_str_equal(order->state, OS_STR("failed"))) {
        return "failed";
    }

    return order->shipped ? "shipped" : NULL;
}


int
os_rules_runs_out(const os_offer_t *offer)
{
    return offer->kind == OS_KIND_GRANT
           && (offer->pool.len > 0 || offer->budget.of != NULL);
}


int64_t
os_rules_stock(const os_offer_t *offer, const os_order_t *order, int64_t codes,
    int64_t money)
{
    int64_t  amount;

    if (offer->budget.of) {
        amount = os_rules_amount(offer, order);

        if (money < (amount > 0 ? amount : 1)) {
            return 0;
        }
    }

    return offer->pool.len ? codes : -1;
}


/* Does the catalog have what the offer shows, or lets choose from? */
static int
os_rules_shelf(const os_offer_t *offer, const os_order_t *order)
{
    if (offer->shelf == OS_SHELF_BOUGHT) {
        return os_shelf_has(order->shelf, OS_SHELF_BOUGHT);
    }

    for (size_t i = 0; order->shelf && i < order->shelf->n; i++) {
        if ((int) order->shelf->lines[i].kind == offer->shelf
            && os_shelf_choice(&order->shelf->lines[i]))
        {
            return 1;
        }
    }

    return 0;
}


const char *
os_rules_offer(const os_campaign_t *c, const os_offer_t *offer,
    const os_order_t *order, os_str_t segment, int64_t stock, int64_t now)
{
    const char     *against;
    os_eligible_t   why;

    order = order ? order : &os_order_none;

    why = os_conditions(&offer->when, order, segment, now);
    if (why != OS_ELIGIBLE) {
        return os_rules_word(why);
    }

    if (offer->when.products
        && !os_holds_product(offer->when.products, order))
    {
        return "products";
    }

    against = os_offer_limit(offer, order, now);
    if (against) {
        return against;
    }

    if (offer->mends && order->shipped) {
        return "shipped";
    }

    if (!os_rules_items(offer, order)) {
        return "items";
    }

    if (offer->shelf && !os_rules_shelf(offer, order)) {
        return "catalog";
    }

    if (offer->priority && os_dispatch_until(c, now) == 0) {
        return "dispatch";
    }

    /* credit stands in the place of money that was paid */

    if (offer->credit && !os_str_equal(order->payment, OS_STR("paid"))) {
        return "payment";
    }

    if (offer->credit && (order->total <= 0 || order->currency.len == 0)) {
        return "amount";
    }

    if (offer->kind != OS_KIND_GRANT && !offer->by_api && !offer->credit) {
        return NULL;
    }

    against = os_rules_against(order);
    if (against || offer->by_api || offer->credit) {
        return against;
    }

    if (stock == 0) {
        return "stock";
    }

    if (offer->give == OS_GIVE_NEXT_ORDER) {
        return NULL;                    /* it takes nothing off this order */
    }

    if (!offer->stacks && order->ncoupons > 0) {
        return "coupon-on-order";
    }

    if (os_offer_amount(offer, order) <= 0) {
        return "amount";
    }

    if (os_offer_amount(offer, order) > os_cap_left(c, order)) {
        return "cap";
    }

    /* what was paid must be paid back, or nothing may be promised */
    if (c->refund.len == 0 && os_str_equal(order->payment, OS_STR("paid"))) {
        return "no-refund-step";
    }

    return NULL;
}


int64_t
os_rules_credit(const os_offer_t *offer, const os_order_t *order)
{
    return offer->credit && order
           ? (int64_t) ((__int128) order->total * (10000 + offer->bonus)
                        / 10000)
           : 0;
}


int64_t
os_rules_amount(const os_offer_t *offer, const os_order_t *order)
{
    return offer->kind == OS_KIND_GRANT && order
           ? os_offer_amount(offer, order) : 0;
}


int
os_rules_waits(const json_t *decision)
{
    json_t  *terms = json_object_get(decision, "terms");

    /* one for the store is a person's once it has turned out to be a task */

    return os_str_equal(os_json_str(decision, "state"), OS_STR("accepted"))
           && os_str_equal(os_json_str(decision, "kind"), OS_STR("request"))
           && json_object_get(decision, "verdict") == NULL
           && (os_str_equal(os_json_str(decision, "applied"), OS_STR("task"))
               || (terms && !os_request_by_api(terms)));
}


os_str_t
os_rules_action(const json_t *terms)
{
    os_str_t  give = os_json_str(terms, "give");

    if (os_request_by_api(terms)) {
        return os_str(os_request_action(os_json_str(terms, "for")));
    }

    return os_str_equal(give, OS_STR("request")) ? OS_NULL : give;
}


int64_t
os_rules_off(const os_campaign_t *c, const json_t *decision,
    const os_order_t *order)
{
    int64_t            most, left;
    const os_offer_t  *offer;

    offer = os_campaign_offer(c, os_json_str(decision, "offer"));

    if (offer == NULL || order == NULL || offer->give != OS_GIVE_REQUEST
        || os_rules_against(order) != NULL
        || (offer->budget.of
            && os_amount_in(&offer->budget, order->currency) == NULL)
        || (c->refund.len == 0
            && os_str_equal(order->payment, OS_STR("paid"))))
    {
        return 0;
    }

    most = os_share_of(order, offer->off, &offer->off_amount);
    left = os_cap_left(c, order);

    return most < left ? most : left;
}


int
os_rules_off_read(const os_campaign_t *c, const json_t *decision,
    const os_order_t *order, os_str_t text, int64_t *amount)
{
    int64_t  most = os_rules_off(c, decision, order);

    if (most == 0) {
        *amount = 0;
        return 0;
    }

    return os_money_read(text, os_currency_digits(order->currency), amount)
           == 0 && *amount > 0 && *amount <= most ? 0 : -1;
}


json_t *
os_rules_terms_less(const os_campaign_t *c, const json_t *terms,
    os_str_t currency, int64_t amount, int paid)
{
    json_t  *less = json_copy((json_t *) terms);

    os_json_set_int(less, "amount", amount);
    os_json_set_str(less, "currency", currency);

    if (c->refund.len && paid) {
        (void) json_object_set_new(less, "refund",
                   json_pack("{s:s%}", "by", c->refund.data, c->refund.len));
    }

    return less;
}


/* Whoever approves has said how much comes off, of the offer's budget. */
static json_t *
os_off_terms(const os_campaign_t *c, const os_offer_t *offer,
    const os_order_t *order, int64_t amount)
{
    json_t  *grant, *terms;

    grant = json_pack("{s:s, s:s}", "kind", "grant", "give", "discount");

    if (offer && offer->budget.of) {
        (void) json_object_set_new(grant, "budget", json_true());
    }

    terms = os_rules_terms_less(c, grant, order->currency, amount,
                                os_str_equal(order->payment, OS_STR("paid")));
    json_decref(grant);

    return terms;
}


/* The store makes the credit, with a code of the pool. */
static json_t *
os_credit_terms(const os_offer_t *offer, const json_t *decision)
{
    json_t  *terms = json_copy(json_object_get(decision, "terms"));

    os_json_set_str(terms, "by", OS_STR("api"));
    os_json_set_str(terms, "pool", offer->credits);

    if (offer->expires) {
        os_json_set_int(terms, "expires", offer->expires);
    }

    return terms;
}


json_t *
os_rules_verdict(const os_campaign_t *c, const json_t *decision,
    const os_order_t *order, json_t *event)
{
    json_t            *set, *verdict, *terms = NULL;
    int64_t            amount = os_json_int(event, "amount", 0);
    const os_offer_t  *offer;

    offer = os_campaign_offer(c, os_json_str(decision, "offer"));
    set = json_object();
    verdict = json_pack("{s:O, s:O*, s:O*, s:O*}",
                        "approved", json_object_get(event, "approved"),
                        "amount", json_object_get(event, "amount"),
                        "comment", json_object_get(event, "comment"),
                        "by", json_object_get(event, "by"));
    (void) json_object_set_new(set, "verdict", verdict);

    if (amount) {
        terms = os_off_terms(c, offer, order, amount);

    } else if (os_json_bool(event, "approved") && offer && offer->credits.len
               && json_object_get(json_object_get(decision, "terms"),
                                  "credit"))
    {
        terms = os_credit_terms(offer, decision);
    }

    if (terms) {
        (void) json_object_set_new(set, "terms", terms);
        os_json_set_str(set, "applied", OS_STR("pending"));
        (void) json_object_set_new(event, "apply", json_true());
    }

    return set;
}


int
os_rules_cancels(const json_t *decision)
{
    const json_t  *terms = json_object_get(decision, "terms");

    return json_object_get(terms, "credit") && os_request_by_api(terms)
           && os_str_equal(os_json_str(decision, "applied"), OS_STR("pending"));
}


int
os_rules_terms_hold(const json_t *terms, int64_t now)
{
    int64_t  until = os_json_int(terms, "until", 0);

    return until == 0 || now <= until + OS_DISPATCH_GRACE;
}


/* It leaves today, and when it arrives. */
static void
os_priority_terms(const os_campaign_t *c, const os_offer_t *offer, int64_t now,
    os_buf_t *out)
{
    int64_t  today = os_dispatch_today(c, now);

    os_buf_text(out, ",\"until\":");
    os_buf_int(out, os_dispatch_until(c, now));

    if (offer->arrives_from) {
        os_buf_text(out, ",\"arrives\":{\"from\":\"");
        os_wall_write(out, os_dispatch_after(c, today, offer->arrives_from)
                           * 86400, 0);
        os_buf_text(out, "\",\"to\":\"");
        os_wall_write(out, os_dispatch_after(c, today, offer->arrives_to)
                           * 86400, 0);
        os_buf_text(out, "\"}");
    }
}


void
os_rules_terms_text(const os_campaign_t *c, const os_offer_t *offer,
    const os_order_t *order, int64_t now, os_buf_t *out)
{
    order = order ? order : &os_order_none;
    os_buf_str(out, os_buf_view(&offer->terms));

    if (offer->kind == OS_KIND_GRANT && offer->give != OS_GIVE_NEXT_ORDER) {
        os_buf_text(out, ",\"amount\":");
        os_buf_int(out, os_rules_amount(offer, order));
        os_buf_text(out, ",\"currency\":");
        os_json_quote(out, order->currency);

        if (c->refund.len && os_str_equal(order->payment, OS_STR("paid"))) {
            os_buf_text(out, ",\"refund\":{\"by\":");
            os_json_quote(out, c->refund);
            os_buf_char(out, '}');
        }

        if (offer->budget.of) {
            os_buf_text(out, ",\"budget\":true");
        }
    }

    if (offer->credit) {
        os_buf_text(out, ",\"credit\":");
        os_buf_int(out, os_rules_credit(offer, order));
        os_buf_text(out, ",\"currency\":");
        os_json_quote(out, order->currency);
    }

    if (offer->priority) {
        os_priority_terms(c, offer, now, out);
    }

    os_buf_char(out, '}');
}


json_t *
os_rules_terms(const os_campaign_t *c, const os_offer_t *offer,
    const os_order_t *order, int64_t now)
{
    json_t    *terms = NULL;
    os_buf_t   text = { 0 };

    os_rules_terms_text(c, offer, order, now, &text);

    if (!text.failed) {
        terms = os_json_read(os_buf_view(&text));
    }

    os_buf_free(&text);
    return terms;
}

/*
 * osw_action_view: see osw_action_view.h.
 */

#include "core/base/os_money.h"
#include "core/campaign/os_request.h"
#include "core/order/os_rules.h"
#include "worker/send/osw_action_view.h"


/* The codes that the order is to carry: those it has and ours. */
static json_t *
osw_action_coupons(const osw_facts_t *f)
{
    size_t    i;
    int       there;
    json_t   *coupons, *code;

    there = f->code.len == 0;
    coupons = json_array();

    json_array_foreach(json_object_get(f->fresh, "coupons"), i, code) {
        there |= os_str_equal(os_str(json_string_value(code)),
                              f->code);
        (void) json_array_append(coupons, code);
    }

    if (!there) {
        (void) json_array_append_new(coupons,
                                     os_json_new_str(f->code));
    }

    return coupons;
}


json_t *
osw_action_item(const json_t *order, os_str_t name)
{
    size_t   i;
    json_t  *item, *found = NULL;

    json_array_foreach(json_object_get(order, "items"), i, item) {
        if (name.len && os_str_equal(os_json_str(item, "name"), name)) {

            if (found) {
                return NULL;
            }

            found = item;
        }
    }

    return found;
}


/*
 * What an item's line costs from then on, as the store's API takes it: where
 * its lines are without tax, so is this.
 */
static void
osw_action_costs(const json_t *order, const json_t *item, int64_t total,
    json_t *view)
{
    int64_t   rate, gross = os_json_int(item, "total", 0);
    os_buf_t  text = { 0 };

    if (os_money_parse(os_json_str(item, "rate"), 4, &rate) == -1) {
        rate = 0;
    }

    os_money_net(&text, total, os_json_int(item, "net", gross), gross, rate,
                 os_currency_digits(os_json_str(order, "currency")));
    os_json_set_str(view, "total", os_buf_view(&text));
    os_buf_free(&text);
}


json_t *
osw_action_fewer(const json_t *order, const json_t *item, os_str_t quantity)
{
    json_t   *fewer;
    int64_t   wanted, bought, total;

    bought = os_json_int(item, "quantity", 1);
    total = os_json_int(item, "total", -1);

    if (os_money_read(quantity, 0, &wanted) != 0 || wanted < 1
        || wanted >= bought || total < 0)
    {
        return NULL;
    }

    fewer = json_object();
    os_json_set_int(fewer, "quantity", wanted);
    total = (int64_t) (((__int128) total * wanted * 2 + bought)
                       / ((__int128) bought * 2));
    osw_action_costs(order, item, total, fewer);

    return fewer;
}


/* The options that were chosen, as the campaign has them: {field: option}. */
static json_t *
osw_action_options(const osw_facts_t *f, const json_t *said)
{
    size_t             i, k;
    json_t            *field, *option, *chosen = json_object();
    os_str_t           id, text;
    const os_offer_t  *offer;

    offer = os_campaign_offer(f->store->campaign,
                              os_json_str(f->decision, "offer"));

    json_array_foreach(offer ? offer->ask : NULL, i, field) {
        id = os_json_str(field, "id");
        text = os_json_str(said, id.data);

        json_array_foreach(json_object_get(field, "options"), k, option) {
            if (text.len && os_request_is_option(option, text)) {
                (void) json_object_set(chosen, id.data, option);
            }
        }
    }

    return chosen;
}


/* What the buyer filled in, for a request that the store carries out. */
static void
osw_action_said(const osw_facts_t *f, json_t *view)
{
    json_t  *said, *item, *arrives, *fewer;

    arrives = json_object_get(json_object_get(f->decision, "terms"),
                              "arrives");

    said = json_object_get(f->decision, "said");
    item = osw_action_item(f->fresh, f->variant ? os_json_str(f->variant, "of")
                                         : os_json_str(said, "item"));

    if (said) {
        (void) json_object_set(view, "said", said);
        (void) json_object_set_new(view, "option",
                                   osw_action_options(f, said));
    }

    if (item) {
        (void) json_object_set(view, "item", item);
        fewer = osw_action_fewer(f->fresh, item,
                                 os_json_str(said, "quantity"));

        if (fewer) {
            (void) json_object_set_new(view, "fewer", fewer);
        }
    }

    if (f->variant) {
        (void) json_object_set(view, "variant", f->variant);
    }

    if (arrives) {
        (void) json_object_set(view, "arrives", arrives);
    }
}


/* `waived`: the fees that a free shipping takes off as well. New. */
static json_t *
osw_action_waived(const osw_facts_t *f)
{
    size_t   i, n;
    json_t  *line, *name, *waived = json_array();

    json_array_foreach(json_object_get(f->fresh, "fee_lines"), i, line) {
        json_array_foreach(f->store->campaign->fees, n, name) {
            if (os_str_equal(os_json_str(line, "name"),
                             os_str(json_string_value(name))))
            {
                (void) json_array_append(waived, line);
            }
        }
    }

    return waived;
}


/*
 * `lines`: the items that a line discount is off, each with its total after it.
 * What was promised is shared out among them by what they cost.
 */
static json_t *
osw_action_lines(const osw_facts_t *f)
{
    size_t             i;
    json_t            *item, *line, *lines = json_array();
    int64_t            off, sum = 0, total, share;
    const os_offer_t  *offer;

    offer = os_campaign_offer(f->store->campaign,
                              os_json_str(f->decision, "offer"));
    off = os_json_int(json_object_get(f->decision, "terms"), "amount", 0);

    json_array_foreach(json_object_get(f->fresh, "items"), i, item) {
        if (offer && os_rules_line(offer, os_json_str(item, "id"))) {
            sum += os_json_int(item, "total", 0);
        }
    }

    json_array_foreach(json_object_get(f->fresh, "items"), i, item) {
        total = os_json_int(item, "total", 0);

        if (!(offer && os_rules_line(offer, os_json_str(item, "id")))
            || total == 0)
        {
            continue;
        }

        /* of the last one, what is left */

        share = (int64_t) ((__int128) off * total / sum);
        share = share < total ? share : total;
        off -= share;
        sum -= total;
        line = json_copy(item);
        osw_action_costs(f->fresh, item, total - share, line);
        (void) json_array_append_new(lines, line);
    }

    return lines;
}


/*
 * `return`: what is to come back, each line with the store's own `item`.
 * `amount` is what the credit buys, else what is paid back.
 */
static void
osw_action_return(const osw_facts_t *f, json_t *view)
{
    size_t     i;
    json_t    *back, *line, *item;
    int64_t    amount;
    os_str_t   currency = os_json_str(f->back, "currency");
    os_buf_t   text = { 0 };

    if (f->back == NULL) {
        return;
    }

    back = json_deep_copy(f->back);

    json_array_foreach(json_object_get(back, "lines"), i, line) {
        item = osw_action_item(f->fresh, os_json_str(line, "name"));

        if (item) {
            (void) json_object_set(line, "item", item);
        }
    }

    amount = os_json_int(back, "credit", 0);
    amount = amount ? amount : os_json_int(back, "amount", 0);
    os_money_decimal(&text, amount, os_currency_digits(currency));
    os_json_set_str(view, "amount", os_buf_view(&text));
    os_json_set_str(view, "currency", currency);
    (void) json_object_set_new(view, "return", back);
    os_buf_free(&text);
}


json_t *
osw_action_view(const osw_facts_t *f)
{
    json_t    *view, *terms;
    os_str_t   currency;
    os_buf_t   amount;

    terms = json_object_get(f->decision, "terms");
    currency = os_json_str(terms, "currency");
    amount = (os_buf_t) { 0 };
    view = json_object();

    (void) json_object_set(view, "order", f->fresh);
    (void) json_object_set(view, "raw", f->raw);
    (void) json_object_set(view, "terms", terms);
    os_json_set_str(view, "store", f->store->name);
    os_json_set_str(view, "offer", os_json_str(f->decision, "offer"));
    os_json_set_str(view, "nonce", f->nonce);
    os_json_set_str(view, "code", f->code);
    os_json_set_str(view, "reason", os_json_str(f->said, "reason"));
    os_json_set_str(view, "comment", os_json_str(f->said, "comment"));
    (void) json_object_set_new(view, "coupons", osw_action_coupons(f));
    osw_action_said(f, view);

    if (os_json_bool(terms, "fees")) {
        (void) json_object_set_new(view, "waived", osw_action_waived(f));
    }

    if (os_json_bool(terms, "lines")) {
        (void) json_object_set_new(view, "lines", osw_action_lines(f));
    }

    if (currency.len == 0) {
        currency = os_json_str(f->fresh, "currency");
    }

    os_json_set_str(view, "currency", currency);
    os_money_decimal(&amount,
                     os_json_int(terms, "amount",
                                 os_json_int(terms, "credit", 0)),
                     os_currency_digits(currency));
    os_json_set_str(view, "amount", os_buf_view(&amount));
    os_buf_free(&amount);
    osw_action_return(f, view);

    return view;
}


os_str_t
osw_action_choice(const osw_facts_t *f)
{
    size_t             i;
    json_t            *field;
    os_str_t           as, said = OS_NULL;
    const os_offer_t  *offer;

    offer = os_campaign_offer(f->store->campaign,
                              os_json_str(f->decision, "offer"));

    json_array_foreach(offer ? offer->ask : NULL, i, field) {
        as = os_json_str(field, "as");

        if (said.len == 0 && (os_str_equal(as, OS_STR("variant"))
                              || os_str_equal(as, OS_STR("similar"))))
        {
            said = os_json_str(json_object_get(f->decision, "said"),
                               os_json_str(field, "id").data);
        }
    }

    return said;
}


json_t *
osw_action_swap(const json_t *order, const json_t *item,
    const os_shelf_line_t *line)
{
    json_t   *variant;
    int64_t   less, total = os_json_int(item, "total", -1);

    if (os_shelf_less(line, total, os_json_str(order, "currency"), &less)
        == -1)
    {
        return NULL;
    }

    variant = json_object();
    os_json_set_str(variant, "of", line->of);
    os_json_set_str(variant, "name", line->name);
    os_json_set_str(variant, "id", line->id);
    os_json_set_str(variant, "product", line->parent.len ? line->parent
                                                         : line->id);

    if (line->parent.len && !os_str_equal(line->parent, line->id)) {
        os_json_set_str(variant, "variation", line->id);
    }

    os_json_set_int(variant, "quantity", os_json_int(item, "quantity", 1));
    osw_action_costs(order, item, total - less, variant);

    return variant;
}


int
osw_action_lawful(const osw_facts_t *f)
{
    int          lawful = 1;
    json_t      *option, *chosen;
    const char  *id;

    chosen = osw_action_options(f, json_object_get(f->decision, "said"));

    json_object_foreach(chosen, id, option) {
        lawful &= os_request_option_in(option,
                                       os_json_str(f->fresh, "country"));
    }

    json_decref(chosen);

    return lawful;
}

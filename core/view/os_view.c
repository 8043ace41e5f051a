/*
 * os_view: what templates are given. See os_view.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_country.h"
#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/campaign/os_request.h"
#include "core/view/os_view.h"
#include "core/view/os_view_shelf.h"


const char *const  os_view_roots[] = {
    "locale", "brand", "contacts", "page", "style", "assets", NULL
};


/* Moves a buffer's text into a member and empties the buffer. */
static void
os_view_take(json_t *object, const char *key, os_buf_t *text)
{
    os_json_set_str(object, key, os_buf_view(text));
    text->len = 0;
}


static void
os_view_copy(json_t *to, const json_t *from, const char *key)
{
    json_t  *value = json_object_get(from, key);

    if (value) {
        (void) json_object_set(to, key, value);
    }
}


/* Colours that are set, and ours where they are not. */
json_t *
os_view_brand(const os_campaign_t *c)
{
    static const char *const  colours[][2] = {
        { "accent", "#1a5fb4" },
        { "accent_text", "#ffffff" },
        { "accent_dark", "#99c1f1" },
        { "accent_dark_text", "#10202f" },
    };

    json_t  *brand;

    brand = json_copy(json_object_get(c->json, "brand"));

    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
        if (json_object_get(brand, colours[i][0]) == NULL) {
            os_json_set_str(brand, colours[i][0], os_str(colours[i][1]));
        }
    }

    if (json_object_get(brand, "url") == NULL) {
        os_json_set_str(brand, "url", OS_STR("/"));
    }

    os_json_set_str(brand, "site", c->site);

    /* an address mostly begins with the name: it is not said twice */

    if (os_str_starts(os_json_str(brand, "address"),
                      os_json_str(brand, "name")))
    {
        (void) json_object_set_new(brand, "addressed", json_true());
    }

    return brand;
}


/* A number as it is dialled (RFC 3966): what is there to read is left out. */
static void
os_view_dial(os_str_t number, os_buf_t *out)
{
    size_t  i;

    for (i = 0; i < number.len; i++) {
        if (strchr(" ()./-", number.data[i]) == NULL) {
            os_buf_char(out, number.data[i]);
        }
    }
}


static void
os_view_hours(const os_campaign_t *c, const os_locale_t *l,
    const json_t *contact, json_t *view)
{
    os_str_t  hours;

    hours = os_campaign_text(c, json_object_get(contact, "hours"),
                             os_locale_tag(l));

    if (hours.len) {
        os_json_set_str(view, "hours", hours);
    }
}


static json_t *
os_view_contact(const os_campaign_t *c, const os_locale_t *l,
    const json_t *contact)
{
    json_t    *view;
    os_str_t   kind, value, label;
    os_buf_t   text = { 0 };

    kind = os_json_str(contact, "kind");
    value = os_json_str(contact, "value");
    view = json_object();

    os_json_set_str(view, "kind", kind);
    (void) json_object_set_new(view, kind.data, json_true());
    os_json_set_str(view, "value", value);

    label = os_campaign_text(c, json_object_get(contact, "label"),
                             os_locale_tag(l));

    if (label.len == 0) {
        os_buf_printf(&text, "contact.%s", kind.data);
        os_buf_t  said = { 0 };

        if (os_locale_say(l, os_buf_view(&text), view, &said) == 0) {
            os_view_take(view, "label", &said);

        } else {
            os_json_set_str(view, "label", value);
        }

        os_buf_free(&said);

    } else {
        os_json_set_str(view, "label", label);
    }

    os_view_hours(c, l, contact, view);
    text.len = 0;

    if (os_str_equal(kind, OS_STR("email"))) {
        os_buf_text(&text, "mailto:");

    } else if (os_str_equal(kind, OS_STR("phone"))) {
        os_buf_text(&text, "tel:");

    } else if (os_str_equal(kind, OS_STR("whatsapp"))
               && !os_str_starts(value, OS_STR("http")))
    {
        os_buf_text(&text, "https://wa.me/");
        value.data += value.data[0] == '+';
        value.len = strlen(value.data);

    } else if (value.data[0] == '/') {
        /* a mail has no origin of its own */
        os_buf_str(&text, c->site);
    }

    if (os_str_equal(kind, OS_STR("phone"))) {
        os_view_dial(value, &text);

    } else {
        os_buf_str(&text, value);
    }

    /* what is read is an address that one may dial or write to, or a word */

    if (!os_str_equal(kind, OS_STR("phone"))
        && !os_str_equal(kind, OS_STR("email")))
    {
        (void) json_object_set_new(view, "word", json_true());
    }

    os_view_take(view, "href", &text);
    os_buf_free(&text);
    return view;
}


json_t *
os_view_static(const os_campaign_t *c, const os_locale_t *l)
{
    size_t   i;
    json_t  *view, *locale, *contacts, *contact;

    view = json_object();
    locale = json_object();
    contacts = json_array();

    os_json_set_str(locale, "lang", os_locale_tag(l));
    os_json_set_str(locale, "dir", os_locale_dir(l));

    json_array_foreach(json_object_get(c->json, "contacts"), i, contact) {
        (void) json_array_append_new(contacts,
                                     os_view_contact(c, l, contact));
    }

    (void) json_object_set_new(view, "page", json_pack("{s:b}", "contacts",
                               json_array_size(contacts) > 0));
    (void) json_object_set_new(view, "locale", locale);
    (void) json_object_set_new(view, "brand", os_view_brand(c));
    (void) json_object_set_new(view, "contacts", contacts);
    return view;
}


int
os_view_own_url(const os_campaign_t *c, os_str_t url)
{
    if (!os_url_ok(url)) {
        return 0;
    }

    if (url.data[0] == '/') {
        return url.len == 1 || url.data[1] != '/';
    }

    return os_str_starts(url, c->site)
           && (url.len == c->site.len
               || strchr("/?#", url.data[c->site.len]) != NULL);
}


/* A moment that is set, in words. */
static void
os_view_when(const os_speak_t *s, int64_t when, os_buf_t *out)
{
    if (when) {
        os_view_moment(s, when, out);
    }
}


/* One that comes with an order: itself, or nothing. */
static os_str_t
os_view_url(os_str_t url)
{
    return os_url_ok(url) ? url : OS_NULL;
}


static void
os_view_item_leaf(const os_speak_t *s, const os_order_t *order,
    os_leaf_t leaf, unsigned index, os_buf_t *out)
{
    const os_order_item_t  *item = &order->items[index];

    if (index >= order->nitems) {
        return;
    }

    switch (leaf) {

    case OS_LEAF_ITEM_ID:
        os_buf_str(out, item->id);
        return;

    case OS_LEAF_ITEM_NAME:
        os_buf_str(out, item->name);
        return;

    case OS_LEAF_ITEM_IMAGE:
        os_buf_str(out, os_view_url(item->image));
        return;

    case OS_LEAF_ITEM_URL:
        os_buf_str(out, os_view_url(item->url));
        return;

    case OS_LEAF_ITEM_QUANTITY:
        os_buf_int(out, item->quantity);
        return;

    case OS_LEAF_ITEM_TOTAL:
        os_view_money(s, item->total, order->currency, out);
        return;

    default:
        return;
    }
}


/* A line under the items; 0: none, or the lines do not add up to the total. */
static int64_t
os_view_line(const os_order_t *order, os_leaf_t leaf)
{
    os_sum_t  sum = os_order_sum(order);

    if (sum == OS_SUM_UNKNOWN) {
        return 0;
    }

    switch (leaf) {
    case OS_LEAF_SHIPPING:  return order->shipping
                                   + (sum == OS_SUM_TAXED
                                      ? order->shipping_tax : 0);
    case OS_LEAF_FEES:      return order->fees;
    case OS_LEAF_TAX:       return sum == OS_SUM_TAXED ? 0 : order->tax;
    default:                return sum == OS_SUM_DISCOUNT ? -order->discount
                                                          : 0;
    }
}


/* The last day to send it back, if it arrives when that was promised. */
static void
os_view_return_by(const os_speak_t *s, const os_order_t *order, os_buf_t *out)
{
    int64_t  arrives, days;

    days = os_json_int(os_campaign_at(s->campaign, "/policy/returns"), "days",
                       0);

    if (days && os_time_parse(order->arrives, &arrives) == 0) {
        os_format_date(out, os_locale_format(s->locale),
                       arrives / 86400 + days, OS_DATE_LONG);
    }
}


void
os_view_leaf(const os_speak_t *s, const os_order_t *order, os_leaf_t leaf,
    unsigned index, os_buf_t *out)
{
    int64_t  amount;

    switch (leaf) {

    case OS_LEAF_ID:
        os_buf_str(out, order->id);
        return;

    case OS_LEAF_NUMBER:
        os_buf_str(out, order->number.len ? order->number : order->id);
        return;

    case OS_LEAF_NAME:
        os_buf_str(out, order->name);
        return;

    case OS_LEAF_TOTAL:
        os_view_money(s, order->total, order->currency, out);
        return;

    case OS_LEAF_SHIPPING:
    case OS_LEAF_FEES:
    case OS_LEAF_TAX:
    case OS_LEAF_DISCOUNT:
        amount = os_view_line(order, leaf);

        if (amount) {
            os_view_money(s, amount, order->currency, out);
        }

        return;

    case OS_LEAF_PAY_BY:
        os_view_when(s, order->pay_by, out);
        return;

    case OS_LEAF_PLACED:
        os_view_when(s, order->placed, out);
        return;

    case OS_LEAF_RETURN_BY:
        os_view_return_by(s, order, out);
        return;

    case OS_LEAF_PAY_HOW:
        os_buf_str(out, order->pay_how);
        return;

    case OS_LEAF_PAY_URL:
        if (os_view_own_url(s->campaign, order->pay_url)) {
            os_buf_str(out, order->pay_url);
        }

        return;

    default:
        os_view_item_leaf(s, order, leaf, index, out);
    }
}


/* Puts a leaf into a view, or its mark; nothing where it is empty. */
static void
os_view_put(const os_speak_t *s, json_t *view, const char *key,
    const os_order_t *order, os_leaf_t leaf, unsigned index)
{
    os_buf_t  text = { 0 };

    os_view_leaf(s, order, leaf, index, &text);

    if (text.len && s->marks) {
        text.len = 0;
        os_mold_mark(&text, leaf, index);
    }

    if (text.len) {
        os_json_set_str(view, key, os_buf_view(&text));
    }

    os_buf_free(&text);
}


static const struct {
    const char  *key;
    os_leaf_t    leaf;
} os_view_order_leaves[] = {
    { "number",        OS_LEAF_NUMBER },
    { "id",            OS_LEAF_ID },
    { "customer_name", OS_LEAF_NAME },
    { "total",         OS_LEAF_TOTAL },
    { "shipping",      OS_LEAF_SHIPPING },
    { "fees",          OS_LEAF_FEES },
    { "tax",           OS_LEAF_TAX },
    { "discount",      OS_LEAF_DISCOUNT },
    { "pay_by",        OS_LEAF_PAY_BY },
    { "placed",        OS_LEAF_PLACED },
    { "pay_url",       OS_LEAF_PAY_URL },
    { "pay_how",       OS_LEAF_PAY_HOW },
}, os_view_item_leaves[] = {
    { "name",          OS_LEAF_ITEM_NAME },
    { "quantity",      OS_LEAF_ITEM_QUANTITY },
    { "image",         OS_LEAF_ITEM_IMAGE },
    { "url",           OS_LEAF_ITEM_URL },
    { "id",            OS_LEAF_ITEM_ID },
    { "total",         OS_LEAF_ITEM_TOTAL },
};

#define os_view_count(array)  (sizeof(array) / sizeof(array[0]))


json_t *
os_view_order(const os_speak_t *s, const os_order_t *order)
{
    json_t    *view, *items, *item;
    unsigned   n;

    order = order ? order : &os_order_none;
    view = json_object();
    items = json_array();

    if (order->payment.len) {
        (void) json_object_setn_new(view, order->payment.data,
                                    order->payment.len, json_true());
    }

    for (size_t i = 0; i < os_view_count(os_view_order_leaves); i++) {
        os_view_put(s, view, os_view_order_leaves[i].key, order,
                    os_view_order_leaves[i].leaf, 0);
    }

    for (n = 0; n < order->nitems; n++) {
        item = json_object();

        for (size_t i = 0; i < os_view_count(os_view_item_leaves); i++) {
            os_view_put(s, item, os_view_item_leaves[i].key, order,
                        os_view_item_leaves[i].leaf, n);
        }

        (void) json_array_append_new(items, item);
    }

    (void) json_object_set_new(view, "items", items);
    return view;
}


int
os_view_shape(const os_speak_t *s, const os_order_t *order, os_buf_t *out)
{
    char                    bits;
    int64_t                 arrives;
    const os_order_item_t  *item;

    if (order->nitems >= OS_LEAF_INDEXES) {
        return -1;
    }

    os_buf_str(out, order->payment);
    os_buf_char(out, os_country_is_eea(order->country) ? 'E' : '-');
    os_buf_char(out, (char) ('a' + order->nitems));

    bits = (char) (1 | (order->pay_by ? 2 : 0) | (order->placed ? 4 : 0)
                   | (order->pay_url.len
                      && os_view_own_url(s->campaign, order->pay_url) ? 8 : 0)
                   | (order->name.len ? 16 : 0) | (order->id.len ? 32 : 0)
                   | (order->pay_how.len ? 64 : 0));
    os_buf_char(out, bits);

    bits = 0;

    for (int i = OS_LEAF_SHIPPING; i <= OS_LEAF_DISCOUNT; i++) {
        bits = (char) (bits << 1 | (os_view_line(order, (os_leaf_t) i) != 0));
    }

    os_buf_char(out, (char) ('a' + bits));
    os_buf_char(out, os_time_parse(order->arrives, &arrives) == 0 ? 'A' : '-');

    for (size_t i = 0; i < order->nitems; i++) {
        item = &order->items[i];
        bits = (char) (1 | (item->name.len ? 2 : 0)
                       | (os_url_ok(item->image) ? 4 : 0)
                       | (os_url_ok(item->url) ? 8 : 0)
                       | (item->id.len ? 16 : 0));
        os_buf_char(out, bits);
    }

    os_view_shelf_shape(order, out);

    return 0;
}


void
os_view_text(const os_speak_t *s, const json_t *from, const char *name,
    json_t *view)
{
    os_str_t  text;

    text = os_campaign_text(s->campaign, json_object_get(from, name),
                            os_locale_tag(s->locale));

    if (text.len) {
        os_json_set_str(view, name, text);
    }
}


/*
 * The shop's text, or the locale's for this kind of offer: that of `now` where
 * the store itself carries it out.
 */
static void
os_view_offer_text(const os_speak_t *s, const os_offer_t *offer,
    const char *give, const char *part, const char *now, json_t *view)
{
    os_str_t   own;
    os_buf_t   key = { 0 }, said = { 0 };

    /* what a request came to is told in the words of that */

    if (offer && offer->give == OS_GIVE_REQUEST
        && !json_object_get(view, "request")
        && !json_object_get(view, "by_api"))
    {
        offer = NULL;
    }

    own = offer ? os_campaign_text(s->campaign,
                                   json_object_get(offer->json, part),
                                   os_locale_tag(s->locale))
                : OS_NULL;

    if (own.data) {
        os_json_set_str(view, part, own);
        return;
    }

    os_buf_printf(&key, "give.%s.%s", give, now);

    if (os_locale_say(s->locale, os_buf_view(&key), view, &said) == 0) {
        os_view_take(view, part, &said);
    }

    os_buf_free(&key);
    os_buf_free(&said);
}


static json_t *
os_view_refund(const os_speak_t *s, const json_t *terms, os_str_t amount)
{
    json_t       *refund, *policy;
    const char   *by;

    if (json_object_get(terms, "refund") == NULL) {
        return NULL;
    }

    refund = json_object();
    policy = os_campaign_at(s->campaign, "/refund");
    by = json_string_value(json_object_get(json_object_get(terms, "refund"),
                                           "by"));

    os_json_set_str(refund, "amount", amount);
    (void) json_object_set_new(refund, by && strcmp(by, "api") == 0
                               ? "automatic" : "manual", json_true());

    os_view_text(s, policy, "way", refund);
    os_view_text(s, policy, "time", refund);
    return refund;
}


void
os_view_day_count(const os_speak_t *s, int64_t days, json_t *view)
{
    os_json_set_int(view, "days", days);
    (void) json_object_set_new(view, "day_count",
                               os_format_count(os_locale_format(s->locale),
                                               days));
}


json_t *
os_view_returns(const os_speak_t *s)
{
    size_t         i;
    json_t        *view;
    const json_t  *policy;

    static const char *const  texts[] = { "text", "exchange", "refund",
                                          "credit", "cost" };

    policy = os_campaign_at(s->campaign, "/policy/returns");

    if (policy == NULL) {
        return NULL;
    }

    view = json_object();

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        os_view_text(s, policy, texts[i], view);
    }


    if (os_json_int(policy, "days", 0)) {
        os_view_day_count(s, os_json_int(policy, "days", 0), view);
    }

    os_view_copy(view, policy, "url");

    return view;
}


static void
os_view_set_shelf(json_t *view, json_t *products)
{
    if (products) {
        (void) json_object_set_new(view, "shelf", products);
        (void) json_object_set_new(view, "has_shelf", json_true());
    }
}


/* What an information adds to its words. */
static void
os_view_info(const os_speak_t *s, os_str_t about, const os_order_t *order,
    json_t *view)
{
    json_t  *returns, *products;

    if (os_str_equal(about, OS_STR("help"))) {
        (void) json_object_set_new(view, "help", json_true());

    } else if (os_str_equal(about, OS_STR("returns"))) {
        returns = os_view_returns(s);

        if (returns && order) {
            os_view_put(s, returns, "return_by", order, OS_LEAF_RETURN_BY, 0);
        }

        if (returns) {
            (void) json_object_set_new(view, "returns", returns);
        }

    } else if (order && os_str_equal(about, OS_STR("products"))) {
        products = os_view_shelf(s, order, OS_SHELF_BOUGHT);

        os_view_set_shelf(view, products);
    }
}


/* What an order could be swapped for is shown, not only named. */
static void
os_view_alike(const os_speak_t *s, os_str_t purpose, const os_order_t *order,
    json_t *view)
{
    json_t  *products;

    products = order && os_str_equal(purpose, OS_STR("similar"))
               ? os_view_shelf(s, order, OS_SHELF_SIMILAR) : NULL;

    os_view_set_shelf(view, products);
}


/* Until when it has to be confirmed to leave today, and when it arrives. */
static void
os_view_priority(const os_speak_t *s, const json_t *terms, json_t *view)
{
    int64_t        until = os_json_int(terms, "until", 0);
    os_buf_t       text = { 0 };
    const json_t  *arrives = json_object_get(terms, "arrives");

    if (until) {
        os_format_time(&text, os_locale_format(s->locale), until,
                       os_campaign_offset(s->campaign));
        os_view_take(view, "until", &text);
    }

    os_view_days(s, os_json_str(arrives, "from"), os_json_str(arrives, "to"),
                 &text);

    if (text.len) {
        os_view_take(view, "arrival", &text);
    }

    os_buf_free(&text);
}


/* Store credit, beside what would be paid back instead. */
static void
os_view_credit(const os_speak_t *s, const json_t *terms,
    const os_offer_t *offer, const os_order_t *order, json_t *view)
{
    int64_t    credit = os_json_int(terms, "credit", 0);
    os_buf_t   text = { 0 };
    os_str_t   currency = os_json_str(terms, "currency");

    if (credit <= 0) {
        return;
    }

    if (s->marks && offer) {
        os_mold_mark(&text, OS_LEAF_CREDIT,
                     (unsigned) (offer - s->campaign->offers));

    } else {
        os_view_money(s, credit, currency, &text);
    }

    os_view_take(view, "credit", &text);

    if (offer && offer->credits.len) {
        (void) json_object_set_new(view, "makes", json_true());
    }

    if (s->marks) {
        os_mold_mark(&text, OS_LEAF_TOTAL, 0);
        os_view_take(view, "instead", &text);

    } else if (order) {
        os_view_money(s, order->total, currency, &text);
        os_view_take(view, "instead", &text);
    }

    os_buf_free(&text);
}


json_t *
os_view_offer(const os_speak_t *s, os_str_t id, const json_t *terms,
    const os_order_t *order)
{
    int64_t            amount;
    json_t            *view, *refund;
    os_str_t           kind, give, words, currency, percent;
    os_buf_t           text = { 0 };
    unsigned           index;
    const os_offer_t  *offer;

    view = json_object();
    offer = os_campaign_offer(s->campaign, id);
    kind = os_json_str(terms, "kind");
    give = os_json_str(terms, "give");

    if (view == NULL || kind.len == 0 || give.len == 0) {
        json_decref(view);
        return NULL;
    }

    os_json_set_str(view, "id", id);
    (void) json_object_set_new(view, kind.data, json_true());
    (void) json_object_set_new(view, give.data, json_true());
    os_view_copy(view, terms, "url");

    if (os_request_by_api(terms)) {     /* nobody is asked */
        (void) json_object_del(view, "request");
        (void) json_object_set_new(view, "by_api", json_true());

        if (json_object_get(terms, "until") == NULL) {
            (void) json_object_set_new(view, "changes", json_true());
        }
    }

    /* what it is for has words of its own */

    words = os_json_str(terms, "for");
    words = words.len ? words : os_json_str(terms, "about");
    words = words.len ? words
            : os_json_bool(terms, "lines") ? OS_STR("lines")
            : os_json_bool(terms, "fees") ? OS_STR("waive") : give;
    os_view_info(s, os_json_str(terms, "about"), order, view);
    os_view_alike(s, os_json_str(terms, "for"), order, view);
    os_view_priority(s, terms, view);
    os_view_credit(s, terms, offer, order, view);

    percent = os_json_str(terms, "percent");
    if (percent.len) {
        int64_t  tenths;

        if (os_money_parse(percent, 1, &tenths) == 0) {
            os_format_percent(&text, os_locale_format(s->locale),
                              tenths % 10 ? tenths : tenths / 10,
                              tenths % 10 ? 1 : 0);
            os_view_take(view, "percent", &text);
        }
    }

    amount = os_json_int(terms, "amount", 0);
    currency = os_json_str(terms, "currency");

    if (amount > 0) {
        index = offer ? (unsigned) (offer - s->campaign->offers) : 0;

        if (s->marks) {
            os_mold_mark(&text, OS_LEAF_AMOUNT, index);

        } else {
            os_view_money(s, amount, currency, &text);
        }

        os_view_take(view, "amount", &text);

        if (order && s->marks) {
            os_mold_mark(&text, OS_LEAF_NEW_TOTAL, index);
            os_view_take(view, "new_total", &text);

        } else if (order) {
            os_view_money(s, order->total - amount, currency, &text);
            os_view_take(view, "new_total", &text);
        }

        refund = os_view_refund(s, terms, os_json_str(view, "amount"));
        if (refund) {
            (void) json_object_set_new(view, "refund", refund);
        }
    }

    /* only what can be paid here is kept and paid */

    if (order && os_str_equal(order->payment, OS_STR("unpaid"))
        && order->pay_url.len
        && os_view_own_url(s->campaign, order->pay_url))
    {
        (void) json_object_set_new(view, "unpaid", json_true());
    }

    os_view_offer_text(s, offer, words.data, "title", "title", view);
    os_view_offer_text(s, offer, words.data, "text",
                       os_request_by_api(terms) ? "now" : "text", view);

    if (offer && json_object_get(offer->json, "button")) {
        os_view_offer_text(s, offer, words.data, "button", "button", view);
    }

    os_buf_free(&text);
    return view;
}


static int
os_view_answers(const os_offer_t *offer, size_t reason)
{
    return offer != NULL && (offer->reasons >> reason & 1);
}


void
os_view_reason_label(const os_speak_t *s, os_str_t id, json_t *view)
{
    os_str_t   own;
    os_buf_t   key = { 0 }, said = { 0 };

    own = os_campaign_text(s->campaign,
                           json_object_getn(json_object_get(
                                   s->campaign->json, "reason_labels"),
                               id.data, id.len),
                           os_locale_tag(s->locale));

    if (own.data) {
        os_json_set_str(view, "label", own);
        return;
    }

    os_buf_printf(&key, "reason.%.*s", (int) id.len, id.data);

    if (os_locale_say(s->locale, os_buf_view(&key), view, &said) == 0) {
        os_view_take(view, "label", &said);

    } else {
        os_json_set_str(view, "label", id);
    }

    os_buf_free(&key);
    os_buf_free(&said);
}


/*
 * An offer below a reason; what is asked of a person has to be said, in the
 * offer's own fields or in one for all.
 */
static void
os_view_reason_offer(const os_speak_t *s, os_str_t id, const os_offer_t *offer,
    json_t *view, const os_order_t *order, const os_typed_t *typed,
    json_t *reason)
{
    json_t  *ask, *list = json_object_get(reason, "offers");

    ask = os_view_ask(s, offer, id, order, typed);

    if (ask) {
        view = json_copy(view);
        (void) json_object_set_new(view, "ask", ask);
        (void) json_array_append_new(list, view);
        return;
    }

    (void) json_array_append(list, view);

    if (offer->kind == OS_KIND_REQUEST && offer->purpose.len == 0
        && !os_str_equal(id, OS_STR("other")))
    {
        (void) json_object_set_new(reason, "wish", json_true());
    }
}


json_t *
os_view_reasons(const os_speak_t *s, const json_t *offers,
    const os_order_t *order, const os_typed_t *typed)
{
    json_t            *reasons, *reason, *terms, *view, *made;
    os_str_t           id;
    const char        *name;
    const os_offer_t  *offer;

    reasons = json_array();
    made = json_object();

    json_object_foreach((json_t *) offers, name, terms) {
        view = os_view_offer(s, os_str(name), terms, order);
        if (view) {
            (void) json_object_set_new(made, name, view);
        }
    }

    for (size_t i = 0; i < s->campaign->nreasons; i++) {
        id = s->campaign->reasons[i];
        reason = json_object();

        os_json_set_str(reason, "id", id);
        os_view_reason_label(s, id, reason);
        (void) json_object_set_new(reason, "offers", json_array());

        json_object_foreach(made, name, view) {
            offer = os_campaign_offer(s->campaign, os_str(name));

            if (os_view_answers(offer, i)) {
                os_view_reason_offer(s, id, offer, view, order, typed, reason);
            }
        }

        if (os_str_equal(id, OS_STR("other"))) {
            (void) json_object_set_new(reason, "comment", json_true());
        }

        if (typed && os_str_equal(id, typed->reason)) {
            (void) json_object_set_new(reason, "checked", json_true());
            os_json_set_str(reason, "typed", typed->comment);
        }

        (void) json_object_set_new(reason, "has_offers",
            json_boolean(json_array_size(json_object_get(reason,
                                                         "offers"))));
        (void) json_array_append_new(reasons, reason);
    }

    json_decref(made);
    return reasons;
}


/* Until when a request that nobody has answered will be. */
static void
os_view_answer_by(const os_speak_t *s, const json_t *decision, json_t *view)
{
    int64_t   within;
    os_buf_t  text = { 0 };

    within = os_campaign_duration(s->campaign, "/requests/answer_within", 0);

    if (within && json_object_get(view, "task")
        && json_object_get(decision, "verdict") == NULL
        && os_str_equal(os_json_str(decision, "kind"), OS_STR("request")))
    {
        os_view_moment(s, os_json_int(decision, "at_ms", 0) / 1000 + within,
                       &text);
        os_view_take(view, "answer_by", &text);
        os_buf_free(&text);
    }
}


/* The last day of a code. */
static void
os_view_good_until(const os_speak_t *s, int64_t at, json_t *view)
{
    os_buf_t  text = { 0 };

    if (at) {
        os_format_date(&text, os_locale_format(s->locale),
                       (at + os_campaign_offset(s->campaign)) / 86400,
                       OS_DATE_LONG);
        os_view_take(view, "good_until", &text);
        os_buf_free(&text);
    }
}


json_t *
os_view_decision(const os_speak_t *s, const json_t *decision,
    const os_order_t *order)
{
    int        refused, withdrawn;
    json_t    *view, *offer, *refund, *total, *said;
    os_str_t   applied, code;
    os_buf_t   text = { 0 };

    view = json_object();
    offer = os_view_offer(s, os_json_str(decision, "offer"),
                          json_object_get(decision, "terms"), order);

    if (view == NULL || offer == NULL) {
        json_decref(view);
        json_decref(offer);
        return NULL;
    }

    said = os_view_said(s, os_campaign_offer(s->campaign,
                                             os_json_str(decision, "offer")),
                        json_object_get(decision, "said"));
    if (said) {
        (void) json_object_set_new(offer, "said", said);
    }

    applied = os_json_str(decision, "applied");
    code = os_json_str(decision, "code");

    if (json_object_get(offer, "credit")
        && !os_str_equal(applied, OS_STR("done")))
    {
        os_json_set_str(offer, "held", code);       /* for the shop alone */

    } else if (code.len && (!json_object_get(offer, "next_order")
                            || os_str_equal(applied, OS_STR("done"))))
    {
        os_json_set_str(offer, "code", code);
        os_view_good_until(s, os_json_int(decision, "good_until", 0), offer);
    }

    total = json_object_get(decision, "total");
    if (json_is_integer(total)) {
        os_view_money(s, json_integer_value(total),
                      order ? order->currency : OS_NULL, &text);
        os_view_take(offer, "new_total", &text);
    }

    refused = os_str_equal(applied, OS_STR("refused"));
    withdrawn = os_str_equal(os_json_str(decision, "state"),
                             OS_STR("withdrawn"));

    (void) json_object_set_new(view,
        refused ? "refused" : withdrawn ? "withdrawn"
        : os_str_equal(applied, OS_STR("done")) ? "applied"
        : os_str_equal(applied, OS_STR("task")) ? "task" : "pending",
        json_true());

    if (refused || withdrawn) {
        (void) json_object_set_new(view, "ended", json_true());
    }

    if (json_object_get(decision, "verdict")) {
        (void) json_object_set_new(view, "answered", json_true());
    }

    os_view_answer_by(s, decision, view);

    refund = json_object_get(offer, "refund");

    /* the store would not do it by itself */

    if (refund && os_str_equal(os_json_str(decision, "refund"),
                               OS_STR("task")))
    {
        (void) json_object_del(refund, "automatic");
        (void) json_object_set_new(refund, "manual", json_true());
    }

    if (refund) {
        (void) json_object_set(view, "refund", refund);
    }

    (void) json_object_set_new(view, "offer", offer);
    os_buf_free(&text);
    return view;
}

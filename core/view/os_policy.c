/*
 * os_policy: see os_policy.h.
 */

#include "core/base/os_money.h"
#include "core/order/os_return.h"
#include "core/view/os_policy.h"


/* {"EUR": "4.90", "USD": "5.50"} as "€4.90 / $5.50". */
static void
os_policy_price(const os_speak_t *s, const json_t *from, json_t *to)
{
    json_t      *amount;
    int64_t      minor;
    os_buf_t     text = { 0 };
    const char  *currency;

    json_object_foreach(json_object_get(from, "price"), currency, amount) {
        if (os_money_parse(os_str(json_string_value(amount)),
                           os_currency_digits(os_str(currency)), &minor) == 0)
        {
            if (text.len) {
                os_buf_text(&text, " / ");
            }

            os_view_money(s, minor, os_str(currency), &text);
        }
    }

    if (text.len) {
        os_json_set_str(to, "price", os_buf_view(&text));
    }

    os_buf_free(&text);
}


/* An object of texts and one address. */
static void
os_policy_part(const os_speak_t *s, const json_t *policy, const char *name,
    const char *const *texts, json_t *view)
{
    size_t    i;
    json_t   *from, *part;
    os_str_t  url;

    from = json_object_get(policy, name);

    if (from == NULL) {
        return;
    }

    part = json_object();
    url = os_json_str(from, "url");

    for (i = 0; texts[i]; i++) {
        os_view_text(s, from, texts[i], part);
    }

    if (url.len) {
        os_json_set_str(part, "url", url);
    }

    (void) json_object_set_new(view, name, part);
}


static void
os_policy_shipping(const os_speak_t *s, const json_t *policy, json_t *view)
{
    size_t   i;
    json_t  *row, *one, *rows;

    rows = json_array();

    json_array_foreach(json_object_get(policy, "shipping"), i, row) {
        one = json_object();
        os_view_text(s, row, "region", one);
        os_view_text(s, row, "weight", one);
        os_view_text(s, row, "time", one);
        os_policy_price(s, row, one);
        (void) json_array_append_new(rows, one);
    }

    if (json_array_size(rows)) {
        (void) json_object_set_new(view, "has_shipping", json_true());
    }

    (void) json_object_set_new(view, "shipping", rows);
}


static void
os_policy_payment(const os_speak_t *s, const json_t *policy, json_t *view)
{
    size_t     i;
    json_t    *means, *list;
    os_str_t   text;

    list = json_array();

    json_array_foreach(json_object_get(policy, "payment"), i, means) {
        text = os_campaign_text(s->campaign, means, os_locale_tag(s->locale));

        if (text.len) {
            (void) json_array_append_new(list, os_json_new_str(text));
        }
    }

    if (json_array_size(list)) {
        (void) json_object_set_new(view, "has_payment", json_true());
    }

    (void) json_object_set_new(view, "payment", list);
}


/* `returns_url`: where an order is looked up to be sent back. */
static void
os_policy_return(const os_speak_t *s, json_t *view)
{
    os_buf_t  url = { 0 };

    if (os_return_is_on(s->campaign)) {
        os_buf_str(&url, s->campaign->api_path);
        os_buf_text(&url, "return");
        os_json_set_str(view, "returns_url", os_buf_view(&url));
        os_buf_free(&url);
    }
}


json_t *
os_policy_view(const os_speak_t *s)
{
    json_t        *view, *returns;
    const json_t  *policy;

    static const char *const  sizes[] = { "text", NULL };

    view = json_object();
    policy = os_campaign_at(s->campaign, "/policy");

    returns = os_view_returns(s);

    if (returns) {
        (void) json_object_set_new(view, "returns", returns);
    }

    os_policy_return(s, view);
    os_policy_part(s, policy, "size_guide", sizes, view);
    os_view_text(s, policy, "fees", view);
    os_view_text(s, policy, "delivery", view);
    os_policy_shipping(s, policy, view);
    os_policy_payment(s, policy, view);

    return view;
}

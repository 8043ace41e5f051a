/*
 * os_view_stop: see os_view_stop.h.
 */

#include <string.h>

#include "core/view/os_view_stop.h"


void
os_view_stop_returns(const os_speak_t *s, json_t *view)
{
    json_t        *returns;
    const json_t  *policy;

    returns = os_view_returns(s);
    policy = os_campaign_at(s->campaign, "/track/return_policy");

    if (returns == NULL && policy) {
        returns = json_object();
        os_view_text(s, policy, "text", returns);

        if (os_json_str(policy, "url").len) {
            os_json_set_str(returns, "url", os_json_str(policy, "url"));
        }
    }

    if (returns) {
        (void) json_object_set_new(view, "returns", returns);
    }
}


static void
os_view_stop_without(json_t *object, const char *const *names)
{
    size_t  i;

    for (i = 0; names[i]; i++) {
        (void) json_object_del(object, names[i]);
    }
}


void
os_view_stop_bare(json_t *view, int gift)
{
    size_t   i, k, n;
    json_t  *order, *item, *reason, *offer;

    static const char *const  sums[] = { "total", "shipping", "fees", "tax",
                                         "discount", "pay_url", NULL };
    static const char *const  saved[] = { "amount", "new_total", "refund",
                                          NULL };

    order = json_object_get(view, "order");
    os_view_stop_without(order, sums);

    if (gift) {
        (void) json_object_del(order, "items");
    }

    json_array_foreach(json_object_get(order, "items"), i, item) {
        (void) json_object_del(item, "total");
    }

    json_array_foreach(json_object_get(view, "reasons"), i, reason) {
        json_array_foreach(json_object_get(reason, "offers"), k, offer) {
            os_view_stop_without(offer, saved);

            json_array_foreach(json_object_get(offer, "shelf"), n, item) {
                (void) json_object_del(item, "price");
            }
        }
    }

    (void) json_object_del(view, "refund");
    (void) json_object_del(view, "unpaid");
    offer = json_object_get(view, "offer");
    os_view_stop_without(offer, saved);

    if (gift) {
        (void) json_object_del(offer, "said");
    }
}


json_t *
os_view_stop(const os_speak_t *s, const json_t *record, const char *state)
{
    json_t    *view, *order;
    os_str_t   number;

    view = json_object();
    order = json_object();
    number = os_json_str(record, "number");
    os_json_set_str(order, "number", number.len ? number
                                     : os_json_str(record, "id"));
    (void) json_object_set_new(view, "order", order);
    (void) json_object_set_new(view, state, json_true());

    if (strcmp(state, "sent") == 0) {
        os_view_stop_returns(s, view);
    }

    return view;
}

/*
 * os_observe: see os_observe.h.
 */

#include "core/order/os_observe.h"
#include "core/order/os_rules.h"


static json_t *
os_observe_reasons(const os_campaign_t *c, const os_offer_t *offer)
{
    size_t   i;
    json_t  *reasons = json_array();

    for (i = 0; i < c->nreasons; i++) {
        if (offer->reasons >> i & 1) {
            (void) json_array_append_new(reasons,
                                         os_json_new_str(c->reasons[i]));
        }
    }

    return reasons;
}


/* An offer that the campaign has no more cost nothing. */
static json_t *
os_observe_offer(const os_reduce_t *r, const os_order_t *order, os_str_t id)
{
    json_t            *would = json_object();
    const os_offer_t  *offer = os_campaign_offer(r->c, id);

    os_json_set_str(would, "offer", id);

    if (offer) {
        os_json_set_int(would, "cost", os_rules_amount(offer, order));
        (void) json_object_set_new(would, "reasons",
                                   os_observe_reasons(r->c, offer));
    }

    return would;
}


void
os_observe(os_reduce_t *r)
{
    size_t       i;
    json_t      *offer, *observed, *offers;
    os_order_t  *order;

    if (json_object_get(r->save, "observed")) {
        return;
    }

    observed = json_object();
    offers = json_array();
    order = os_order_from(r->order);

    json_array_foreach(json_object_get(r->event, "offers"), i, offer) {
        (void) json_array_append_new(offers,
            os_observe_offer(r, order, os_str(json_string_value(offer))));
    }

    os_order_free(order);
    os_json_set_int(observed, "at", r->at);
    (void) json_object_set_new(observed, "offers", offers);
    (void) json_object_set_new(r->save, "observed", observed);
}

/*
 * os_view_request: see os_view_request.h.
 */

#include "core/order/os_rules.h"
#include "core/view/os_view_request.h"


const json_t *
os_view_request_of(const json_t *record)
{
    const json_t  *decision;

    decision = json_object_get(json_object_get(record, "save"), "decision");

    return os_str_equal(os_json_str(decision, "kind"), OS_STR("request"))
           ? decision : NULL;
}


static const char *
os_view_request_state(const json_t *record)
{
    const json_t  *verdict;

    verdict = json_object_get(os_view_request_of(record), "verdict");

    if (verdict) {
        return os_json_bool(verdict, "approved") ? "approved" : "declined";
    }

    return os_rules_waits(os_view_request_of(record)) ? "open" : "over";
}


/* What is asked for, in the words that the buyer was shown. */
static void
os_view_request_asked(const os_speak_t *s, const json_t *decision,
    json_t *view)
{
    json_t            *terms, *said;
    const os_offer_t  *offer;

    offer = os_campaign_offer(s->campaign, os_json_str(decision, "offer"));
    terms = json_incref(json_object_get(decision, "terms"));

    if (offer && terms == NULL) {
        terms = os_rules_terms(s->campaign, offer, NULL, s->now);
    }

    if (terms) {
        (void) json_object_set_new(view, "offer",
                                   os_view_offer(s, os_json_str(decision,
                                                                "offer"),
                                                 terms, NULL));
        json_decref(terms);
    }

    said = os_view_said(s, offer, json_object_get(decision, "said"));

    if (said) {
        (void) json_object_set_new(view, "said", said);
    }

    if (os_json_str(decision, "comment").len) {
        os_json_set_str(view, "comment", os_json_str(decision, "comment"));
    }
}


json_t *
os_view_request(const os_speak_t *s, const json_t *record)
{
    json_t        *view;
    int64_t        most;
    os_buf_t       text = { 0 };
    os_order_t    *order;
    const json_t  *decision;

    view = json_object();
    decision = os_view_request_of(record);
    order = os_order_from(record);

    if (order) {
        (void) json_object_set_new(view, "order", os_view_order(s, order));
    }

    (void) json_object_set_new(view, os_view_request_state(record),
                               json_true());
    os_view_request_asked(s, decision, view);
    most = os_rules_off(s->campaign, decision, order);

    if (order && most > 0) {
        os_view_money(s, most, order->currency, &text);
        os_json_set_str(view, "most", os_buf_view(&text));
        os_buf_free(&text);
    }

    os_order_free(order);
    return view;
}

/*
 * os_rules: who is offered what. Pure functions of campaign, order and time.
 * An order that is NULL is one of which nothing is known.
 */

#ifndef OS_RULES_H
#define OS_RULES_H

#include "core/base/os_hash.h"
#include "core/campaign/os_campaign.h"
#include "core/order/os_order.h"



/* Why an order meets no offer; os_rules_word() names it for logs. */
typedef enum {
    OS_ELIGIBLE = 0,
    OS_NOT_OPEN,
    OS_NOT_STATUS,
    OS_NOT_PAYMENT,
    OS_NOT_SHIPPED,         /* it is on its way */
    OS_NOT_AGE,
    OS_NOT_TOTAL,
    OS_NOT_COUNTRY,
    OS_NOT_SEGMENT,
    OS_NOT_DISCOUNT,
    OS_NOT_METHOD,
    OS_NOT_FIRST,
    OS_NOT_CATEGORY,
    OS_NOT_STOCK,
    OS_NOT_WITHDRAWN,       /* it was: nothing stands in between */
    OS_NOT_ANY_OFFER
} os_eligible_t;

os_eligible_t os_rules_eligible(const os_campaign_t *c, const os_order_t *order,
    os_str_t segment, int64_t now);
const char *os_rules_word(os_eligible_t why);

#define OS_ARM_HOLDOUT    "holdout"     /* meets the store alone */
#define OS_ARM_TREATMENT  "treatment"   /* where the experiment names no arms */

/*
 * The arm of an order: a keyed hash of experiment and customer (of the order
 * when there is no customer), so that a customer stays in one arm. A change of
 * the arms' weights moves nobody into the holdout or out of it.
 */
os_str_t os_rules_arm(const os_campaign_t *c, const os_hmac_t *key,
    const os_order_t *order);

int os_rules_held_out(os_str_t arm);

/* Do the customers of this arm meet the offer? */
int os_rules_in_arm(const os_offer_t *offer, os_str_t arm);

/*
 * Can a grant be carried out on the order as it is? NULL when it can, else what
 * stands against it, as one word. What a page shows, explain says and the
 * worker applies is held against this one.
 */
const char *os_rules_against(const os_order_t *order);

/*
 * Is this offer for this order? NULL when it is, else what stands against it.
 * `stock` is what is left for a grant: 0 none, -1 not known or not limited.
 */
const char *os_rules_offer(const os_campaign_t *c, const os_offer_t *offer,
    const os_order_t *order, os_str_t segment, int64_t stock, int64_t now);

/*
 * What is left for this offer to this order, for os_rules_offer(): of the
 * `codes` in its pool and of the `money` in its budget (minor units of the
 * order's currency, 0 when it has none in that), which has to cover all that it
 * takes off. Either counts only where the offer has such a thing. What a page
 * has set apart for this order (os_held) is among it.
 */
int64_t os_rules_stock(const os_offer_t *offer, const os_order_t *order,
    int64_t codes, int64_t money);

/* Is a line discount (`lines`) of this offer off an item of that id? */
int os_rules_line(const os_offer_t *offer, os_str_t id);

/* Does the offer take from what runs out, a pool or a budget? */
int os_rules_runs_out(const os_offer_t *offer);

/*
 * The action of the store's API that carries these terms out: its name in the
 * campaign's /api/actions. OS_NULL: a person does.
 */
os_str_t os_rules_action(const json_t *terms);

/*
 * The terms of a request that has made its order cheaper by so much, in minor
 * units: with `amount` and, where it was paid for, the refund. New, or NULL
 * without memory.
 */
json_t *os_rules_terms_less(const os_campaign_t *c, const json_t *terms,
    os_str_t currency, int64_t amount, int paid);

/* What the offer takes off this order, in minor units; 0 for other kinds. */
int64_t os_rules_amount(const os_offer_t *offer, const os_order_t *order);

/*
 * What a request for store credit is worth on this order, its bonus with it, in
 * minor units; 0 for other offers.
 */
int64_t os_rules_credit(const os_offer_t *offer, const os_order_t *order);

/* Is this decision a request that a person has yet to answer? NULL is none. */
int os_rules_waits(const json_t *decision);

/*
 * What whoever approves a request may take off the order at most, in minor
 * units; 0: nothing, since the offer has no such limit or is no more, or the
 * order as it is stands against it. `order` may be NULL.
 */
int64_t os_rules_off(const os_campaign_t *c, const json_t *decision,
    const os_order_t *order);

/*
 * Reads how much they say. 0 with the amount, which is 0 where nothing can be
 * taken off; -1 when it is no amount, nothing, or more than os_rules_off().
 */
int os_rules_off_read(const os_campaign_t *c, const json_t *decision,
    const os_order_t *order, os_str_t text, int64_t *amount);

/*
 * What the decision on a request becomes by an event "verdict": members to set,
 * the terms of an amount, or of a credit that the store makes, among them. The
 * event gets `apply` where the store has to do something for it. New, or NULL
 * without memory.
 */
json_t *os_rules_verdict(const os_campaign_t *c, const json_t *decision,
    const os_order_t *order, json_t *event);

/* Is the order being cancelled for what was decided, a credit? */
int os_rules_cancels(const json_t *decision);

/*
 * Do these terms still hold for whoever accepts them now? They do not when the
 * time until which they were promised has passed, with some grace.
 */
int os_rules_terms_hold(const json_t *terms, int64_t now);

/*
 * What the offer promises for this order, to be signed into the token: JSON
 * text, appended. See docs/formats.md, decision.
 */
void os_rules_terms_text(const os_campaign_t *c, const os_offer_t *offer,
    const os_order_t *order, int64_t now, os_buf_t *out);

/* The same as a new object, or NULL without memory. */
json_t *os_rules_terms(const os_campaign_t *c, const os_offer_t *offer,
    const os_order_t *order, int64_t now);

#endif /* OS_RULES_H */

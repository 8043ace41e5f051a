/*
 * os_view_ask: the fields of a request (os_request) on the offer page, and what
 * was filled in, in words. All functions return new JSON, or NULL without
 * memory.
 */

#ifndef OS_VIEW_ASK_H
#define OS_VIEW_ASK_H

#include "core/order/os_order.h"
#include "core/view/os_speak.h"


/*
 * The names of fields: ordersave_ask:REASON:OFFER:FIELD. An offer that answers
 * several reasons has its fields under each.
 */
#define OS_ASK_PREFIX  "ordersave_ask:"

/* What a page was filled in with that could not be taken and comes again. */
typedef struct {
    os_str_t      reason;
    os_str_t      offer;
    os_str_t      comment;
    const json_t *said;         /* {field: text}, as typed */
    const json_t *wrong;        /* {field: true} */
} os_typed_t;


/* `ask`: the fields of an offer below a reason; NULL where it asks nothing. */
json_t *os_view_ask(const os_speak_t *s, const os_offer_t *offer,
    os_str_t reason, const os_order_t *order, const os_typed_t *typed);

/*
 * What was filled in: [{"label", "text"}], in the order of the offer's fields;
 * NULL where nothing was. What is asked no more has its own name for a label.
 */
json_t *os_view_said(const os_speak_t *s, const os_offer_t *offer,
    const json_t *said);

#endif /* OS_VIEW_ASK_H */

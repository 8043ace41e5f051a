/*
 * os_input: whatever a shopper is asked for, and where it goes. By default a
 * mail to support carries it, with the order's items and Reply-To the buyer; a
 * webhook or an action of the store's API that the campaign names stands in its
 * place. Nothing is asked for that goes nowhere: `ordersavectl check` lists it.
 */

#ifndef OS_INPUT_H
#define OS_INPUT_H

#include "core/campaign/os_campaign.h"


typedef enum {
    OS_INPUT_CANCEL = 0,        /* words at a cancel */
    OS_INPUT_REQUEST,           /* an offer that a person answers */
    OS_INPUT_ANSWER,            /* to a problem with the delivery */
    OS_INPUT_PACKAGING,         /* and the note that goes with it */
    OS_INPUT_REVIEW,
    OS_INPUT_HELP,
    OS_INPUT_SCORE,             /* after a cancel */
    OS_INPUT_REASON,            /* after a cancel */
    OS_INPUT_NEWS,              /* a buyer wants news by mail */
    OS_INPUT_REPLY,             /* to an SMS */
    OS_INPUT_STOP,              /* a cancel, of a shop that has none itself */
    OS_INPUT_RETURN,            /* of what has arrived */
    OS_INPUT_MAX
} os_input_t;

typedef enum {
    OS_WAY_OUT_NONE = 0,        /* nobody reads it */
    OS_WAY_OUT_MAIL,
    OS_WAY_OUT_WEBHOOK,
    OS_WAY_OUT_ACTION           /* a note in the store */
} os_way_out_t;


/* In words for a person: "words at a cancel". */
const char *os_input_word(os_input_t input);

/* The mail that carries it: the name of a template. */
const char *os_input_mail(os_input_t input);

/*
 * Where it goes. `where` (may be NULL) gets what stands there: an address, a
 * URL, the action's name; the campaign's.
 */
os_way_out_t os_input_way(const os_campaign_t *c, os_input_t input,
    os_str_t *where);

#endif /* OS_INPUT_H */

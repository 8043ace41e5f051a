/*
 * os_panel: what the tracking panel is given, and what of an order may be
 * shown to whom.
 */

#ifndef OS_PANEL_H
#define OS_PANEL_H

#include "core/order/os_token.h"
#include "core/view/os_view.h"


/* Whoever looks. Each sees what those after him see. */
typedef enum {
    OS_EYES_OWNER = 0,      /* proved it in the store's own page */
    OS_EYES_LINK,           /* opened a link of a message, or knew the e-mail:
                             * no address, no price; of a gift no product */
    OS_EYES_STEPS,          /* knew the postcode: how far it is, no more */
    OS_EYES
} os_eyes_t;

/*
 * What a visitor of the store's page brought along; any may be OS_NULL, and an
 * empty one never holds. The order's secret and the store's own word make him
 * the owner; an e-mail is something that others know as well: who has it sees
 * what a link in a message shows.
 */
typedef struct {
    os_str_t  proof;        /* the order's secret */
    os_str_t  email;
    os_str_t  shown;        /* what the store's own page says is its number */
    os_str_t  ask;          /* where the store says whether it is his: an
                             * address, asked in his name once it is needed, */
    os_str_t  holds;        /* what its answer has to hold (NULL: a header), */
    int64_t   wait_ms;      /* and how long it may take */
    os_str_t  by;           /* what the order is named by: "number", say; it is
                             * looked up then. "": by its id */
} os_claim_t;

/* What he may see of this record by the best of them that holds, or OS_EYES. */
os_eyes_t os_panel_sees(const os_keys_t *keys, os_str_t store,
    const json_t *record, const os_claim_t *claim);

/*
 * The view of the panel's templates (docs/templates.md) for an order's record:
 * `order`, `track`, `panel`, `answer_url`. New, or NULL without memory.
 * `version` names the state shown, for ETags and the script; `products` are
 * what is known of those that fit and those that were bought, id → product, or
 * NULL.
 */
json_t *os_panel_view(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, const json_t *products, os_eyes_t eyes,
    os_str_t version);

/*
 * `fits` of a view: the products that fit an order and can be had; none for who
 * bought on a marketplace.
 */
void os_panel_fits(const os_speak_t *s, const json_t *record,
    const json_t *products, json_t *view);

/*
 * What fits an order, as templates get it, of those that can be had: a new
 * list, or NULL where there is none.
 */
json_t *os_panel_products(const os_speak_t *s, const json_t *record,
    const json_t *products);

/*
 * What a shop may add once all has arrived (`extras` of the campaign, off
 * unless set): `referral`, `two_for_one`, `next_order`, each with `text`, `url`
 * and `code` where they are set. New; NULL for an order that is to hear of no
 * offers, or where there are none.
 */
json_t *os_panel_extras(const os_speak_t *s, const json_t *record);

/*
 * The same where the record has not come in time: links alone, to look again.
 * `id` is the order's id, or its name where claim->by tells of which kind. The
 * claim goes along in the tokens, hashed, and is judged when they are used.
 */
json_t *os_panel_wait(const os_speak_t *s, const os_keys_t *keys, os_str_t id,
    const os_claim_t *claim);

/*
 * `stop.url`: where to ask for a cancel (cancel/TOKEN) of this record, for who
 * proved what he may see of it; where it is NULL, of the order `id` (or its
 * name, as above), by a claim that is judged then; without a claim it is the
 * form to look it up. New.
 */
json_t *os_panel_stop(const os_speak_t *s, const os_keys_t *keys, os_str_t id,
    const json_t *record, os_eyes_t eyes, const os_claim_t *claim);

/*
 * Sets `texts` of a page's view, as a panel has it, where the buyer may be
 * asked to be texted about the order.
 */
void os_panel_texts(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, os_eyes_t eyes, json_t *view);

/*
 * Was this payload made for a page that waits for an order, which may yet come?
 * So long its claim is neither right nor wrong.
 */
int os_panel_awaits(const json_t *payload, int64_t now);

/*
 * Names the state that a panel shows: changes with the record's text, the
 * campaign, the language and the day. 16 characters, appended.
 */
void os_panel_version(const os_speak_t *s, os_str_t record, os_eyes_t eyes,
    os_buf_t *out);

/*
 * Opens what a link brought: the payload of a token of this purpose, of this
 * store and not expired. NULL otherwise. New.
 */
json_t *os_panel_open(const os_keys_t *keys, os_str_t store, os_str_t token,
    const char *purpose, int64_t now);

/* Is the record one of an order, that was not erased? */
int os_panel_known(const json_t *record);

/*
 * What a payload was made to let see; whether it still does, os_panel_holds()
 * says of a record.
 */
os_eyes_t os_panel_eyes(const json_t *payload);

/*
 * What a payload lets see of this record. OS_EYES where it does not hold: its
 * links may have been voided, or the claim it carries turns out to be none.
 */
os_eyes_t os_panel_holds(const json_t *payload, const json_t *record);

/*
 * Where a payload has the store asked whose order it is: that part of a claim;
 * 0 where it has not.
 */
int os_panel_asks(const json_t *payload, os_claim_t *claim);

/*
 * What the order of such a token is named by, "number" or "tracking"; "" where
 * its member "o" is the id. os_panel_name() puts the id there. Borrowed.
 */
os_str_t os_panel_by(const json_t *payload);
void os_panel_name(json_t *payload, os_str_t id);

/*
 * Both addresses of an open panel that was proven to be the owner's, with a
 * space between: where its script asks, and its feed. Appended.
 */
void os_panel_proven(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, os_buf_t *out);

/* Does a payload carry a guess: an e-mail that is not judged yet? */
int os_panel_guesses(const json_t *payload);

/*
 * Is this what the owner knows? An e-mail against the customer's hash, a phone
 * number, else a postcode, letters' case and spaces aside. What he may see, or
 * OS_EYES.
 */
os_eyes_t os_panel_knows(const os_keys_t *keys, os_str_t store,
    const json_t *record, os_str_t secret);

/*
 * A token for another link about the order of this record, `life` seconds from
 * now, appended.
 */
void os_panel_token(const os_speak_t *s, const os_keys_t *keys,
    const char *purpose, const json_t *record, os_eyes_t eyes, int64_t life,
    os_buf_t *out);

/* The same of a page about one return of it: `nonce` goes along as "r". */
void os_panel_token_return(const os_speak_t *s, const os_keys_t *keys,
    const char *purpose, const json_t *record, os_str_t nonce, int64_t life,
    os_buf_t *out);

/* A number as buyers and pages write it, "#19 ", without what is around it. */
os_str_t os_number_plain(os_str_t text);

/* Where short links live: "/o/" unless the campaign says. */
os_str_t os_panel_short_path(const os_campaign_t *c);

/*
 * What a buyer may answer to what is told of an order's way, a side state or
 * that it is late: [{"id", "label"}]. New.
 */
json_t *os_panel_answers(const os_speak_t *s, const json_t *record);

#endif /* OS_PANEL_H */

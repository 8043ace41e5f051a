/*
 * os_consent: what a buyer has agreed to: to be texted about an order, to get
 * news by mail. Pure: no clock, nothing random.
 *
 * The store's word stands in the order's record as "consent" ({"sms": true,
 * "email": true}). What the buyer said on a page of ours stands beside it, in
 * the track part (docs/formats.md, "Consent"), and goes before it, either way:
 *
 *     {"consent": {"sms": {"state", "nonce", "phone", "until", "tries",
 *                          "mine", "asks": [day, n], "log": [...]},
 *                  "email": {...}}}
 *
 * A number is texted once a code of six digits, that went there, has come back.
 * The code is in no record: it is a keyed hash of what asked for it.
 */

#ifndef OS_CONSENT_H
#define OS_CONSENT_H

#include "core/campaign/os_campaign.h"
#include "core/order/os_token.h"


#define OS_CONSENT_SMS      "sms"
#define OS_CONSENT_EMAIL    "email"

#define OS_CONSENT_CODE     6               /* digits */
#define OS_CONSENT_FOR      600             /* s: how long a code is good */
#define OS_CONSENT_LINK     (7 * 86400)     /* s: and the link of a mail */
#define OS_CONSENT_TRIES    5               /* wrong codes, then it is void */
#define OS_CONSENT_ASKS     3               /* codes, or mails, a day */
#define OS_CONSENT_LOG      20              /* what is kept of each, newest */
#define OS_CONSENT_NUMBER   40              /* characters of a typed number */


/* Did the buyer agree? `to` is one of the two; the others are its parts. */
int os_consent_parts(const json_t *order, const json_t *track,
    const char *to);

/* The same of a whole record. */
int os_consent(const json_t *record, const char *to);

/*
 * Did the buyer agree to advertising there? To be texted about a parcel is
 * something else.
 */
int os_consent_offers(const json_t *record, const char *to);

/* Did the buyer take it back, on a page of ours or by an answer of STOP? */
int os_consent_left(const json_t *record, const char *to);

/*
 * The number that is texted: the one that was proven on a page of ours, else
 * the order's. Borrowed; OS_NULL: none is known.
 */
os_str_t os_consent_phone_parts(const json_t *order, const json_t *track);
os_str_t os_consent_phone(const json_t *record);

/*
 * The number that a job's message goes to, given its `data`: a code to the one
 * that it is to prove, all else to the order's as above.
 */
os_str_t os_consent_to(const json_t *data, const json_t *record);

/* What was said on a page of ours, borrowed, or NULL. */
const json_t *os_consent_of(const json_t *record, const char *to);

/* Its state is this one: "asked", "on", "off", "wrong", "enough", "void". */
int os_consent_is(const json_t *said, const char *state);

/* The code that proves a number: six digits and a zero, into `out`. */
void os_consent_code(const os_keys_t *keys, os_str_t store, os_str_t order,
    os_str_t nonce, char out[OS_CONSENT_CODE + 1]);

/*
 * Is it that code? Blanks and hyphens do not count, as people type them. In a
 * time that does not depend on where it differs.
 */
int os_consent_code_is(const os_keys_t *keys, os_str_t store, os_str_t order,
    os_str_t nonce, os_str_t typed);

/* Can a number be made of it? Digits, and what people write between them. */
int os_consent_number(os_str_t typed);

/*
 * Must a consent to advertising by mail be confirmed by a link of a mail? What
 * the law of the buyer's country says; where none is known, it must.
 */
int os_consent_double(const os_campaign_t *c, const json_t *order);

/*
 * May the buyer be asked for it on a page? Texts: while there is something to
 * tell on the way, where the campaign texts. News: once all has arrived.
 */
int os_consent_asks(const os_campaign_t *c, const json_t *record,
    const char *to);

#endif /* OS_CONSENT_H */

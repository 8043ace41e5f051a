/*
 * os_withdrawal: a consumer's statement that he withdraws from a contract
 * (Directive 2011/83/EU, article 11a), and what it makes of the order that it
 * names. Pure: no clock, nothing random.
 *
 * A statement is a declaration, not a request: there is nothing to refuse. What
 * can be read is taken in; whether the right exists is for the shop to say.
 *
 * A statement is (docs/formats.md, "Statement"):
 *
 *     {"name", "contract", "parts", "email", "order", "lines": [{"id", "name",
 *      "n"}], "links", "via"}
 *
 * `via` is "page", or how it came: "letter", "mail", "telephone"; of these the
 * address may be missing. `order` is there where whoever made it has proven to
 * be that order's buyer, `lines` where he chose from what is in it; `contract`
 * and `parts` are what he typed. It has a record of its own, whose id begins
 * with OS_WITHDRAWAL_MARK and is made of what it says: the same statement again
 * is the same record.
 */

#ifndef OS_WITHDRAWAL_H
#define OS_WITHDRAWAL_H

#include "core/base/os_hash.h"
#include "core/campaign/os_campaign.h"


#define OS_WITHDRAWAL_MARK      '~'
#define OS_WITHDRAWAL_LINES     40      /* items that may be chosen from */
#define OS_WITHDRAWAL_NUMBERS   8       /* words of a contract looked up */
#define OS_WITHDRAWAL_SAID      16      /* statements an order remembers */
#define OS_WITHDRAWAL_TOLD      3       /* of strangers' that its buyer reads */
#define OS_WITHDRAWAL_NAME      200     /* characters of each */
#define OS_WITHDRAWAL_CONTRACT  500
#define OS_WITHDRAWAL_PARTS     2000
#define OS_WITHDRAWAL_KEEP      ((int64_t) 1096 * 86400)    /* s: 3 years */

typedef enum {
    OS_WITHDRAWAL_SUPPORT = 0,  /* a person sees to it */
    OS_WITHDRAWAL_STORE,        /* the store's API, where it is proven */
    OS_WITHDRAWAL_WEBHOOK       /* the shop's own systems */
} os_withdrawal_then_t;


/* Are statements taken in for this shop? However much it only observes. */
int os_withdrawal_is_on(const os_campaign_t *c);

/* What one sets off. */
os_withdrawal_then_t os_withdrawal_then(const os_campaign_t *c);

/* Seconds for which one is kept. */
int64_t os_withdrawal_keep(const os_campaign_t *c);

/* Is this id of a record that of a statement? */
int os_withdrawal_is_id(os_str_t id);

/*
 * A statement of what a form said, whose members are as above but "lines",
 * which is [{"item": index, "n", "id", "name"}] of `record`; that may be NULL,
 * and id and name count. Spaces that do not matter are taken away. New; NULL,
 * and `wrong` says what is to be mended: "name", "contract" or "email".
 */
json_t *os_withdrawal_make(const json_t *said, const json_t *record,
    const char **wrong);

/*
 * What it says, as one text: of two statements that say the same, the same. Its
 * digest is what evidence is made of. Appended.
 */
void os_withdrawal_text(const json_t *statement, os_buf_t *out);

/* The id of its record, a keyed hash of that: 23 characters, appended. */
void os_withdrawal_id(const os_hmac_t *key, os_str_t store,
    const json_t *statement, os_buf_t *out);

/*
 * SHA-256 over the salt, the time in ms and the text, in hexadecimal: 64
 * characters, appended. Without the salt it tells nothing of the statement.
 */
void os_withdrawal_digest(os_str_t salt, int64_t at_ms,
    const json_t *statement, os_buf_t *out);

/*
 * The next word of `contract` that may be an order's number, without what is
 * around it ("#19," is 19), taken off its front; 0 at the end.
 */
int os_withdrawal_number(os_str_t *contract, os_str_t *number);

/*
 * Enters it in the order: `lines` are added to those of before; NULL is all of
 * it. What is `proven` is known apart as well. 0 where it knows that statement
 * already.
 */
int os_withdrawal_enter(const json_t *order, json_t *track,
    os_str_t statement, const json_t *lines, int64_t at, int proven);

/* What an order knows of it, borrowed, or NULL. */
json_t *os_withdrawal_of(const json_t *track);

/* That of it which its buyer is proven to have said, borrowed, or NULL. */
json_t *os_withdrawal_sure(const json_t *track);

/* Is all that was bought withdrawn from? `w` is one of the two above. */
int os_withdrawal_whole(const json_t *order, const json_t *w);

/* How many of item `index` are withdrawn from. */
int64_t os_withdrawal_taken(const json_t *order, const json_t *w,
    size_t index);

/*
 * Does the campaign say of this item, or of the whole order, that there is no
 * right to withdraw (`withdrawal.except`)? Never a reason to refuse a
 * statement: it is marked for the shop.
 */
int os_withdrawal_excepted(const os_campaign_t *c, const json_t *order,
    const json_t *item);

/* Is all that is withdrawn from excepted? */
int os_withdrawal_void(const os_campaign_t *c, const json_t *order,
    const json_t *track);

/* What the period rests on. */
typedef enum {
    OS_PERIOD_OPEN = 0,         /* it has not begun */
    OS_PERIOD_PARCEL,           /* the last parcel's delivery */
    OS_PERIOD_CONTRACT,         /* the conclusion: nothing is sent */
    OS_PERIOD_LONG              /* the shop did not inform: a year more */
} os_period_t;

/*
 * The last day of the period by the shop's clock, in days since 1970-01-01, for
 * the shop's eyes only; 0 where it has not begun. How long it is says the
 * campaign, else the law of the buyer's country (os_pack), else it is 14 days.
 * A last day that is a Saturday, a Sunday or a public holiday there ends on the
 * next working day (Regulation 1182/71, article 3 (4)).
 */
int64_t os_withdrawal_until(const os_campaign_t *c, const json_t *order,
    const json_t *track, os_period_t *rests);

/* "open", "parcel", "contract", "long". */
const char *os_period_word(os_period_t rests);

/*
 * A moment as an acknowledgement has it, by the shop's clock with its offset:
 * "2026-11-29 20:24:50 UTC+01:00". Appended.
 */
void os_withdrawal_moment(const os_campaign_t *c, int64_t at_ms,
    os_buf_t *out);

/*
 * What a stranger typed, so that no mail program makes a link of it: it is read
 * as it was written. Appended.
 */
void os_withdrawal_plain(os_str_t text, os_buf_t *out);

#endif /* OS_WITHDRAWAL_H */

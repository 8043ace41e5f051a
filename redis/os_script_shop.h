/*
 * os_script_shop: the scripts that the module runs for a shopper. Each works
 * in one shard. They hold state checks and arithmetic; what an offer is and
 * who gets it is decided in core/.
 */

#ifndef OS_SCRIPT_SHOP_H
#define OS_SCRIPT_SHOP_H

#include "core/base/os_json.h"
#include "redis/os_link.h"
#include "redis/os_space.h"


/*
 * reserve: the customer's limit, in the customer's shard. Asking again for the
 * same order gives the same answer.
 *   KEYS: limit
 *   ARGV: order id, offer, most (0: any), cooldown s, now s, ttl s
 *   -> 1 reserved, 0 the limit is reached
 */
extern os_script_t  os_script_reserve;

/*
 * release: takes a reservation back that came to nothing.
 *   KEYS: limit   ARGV: order id, offer ("": any)   -> 1 or 0
 */
extern os_script_t  os_script_release;

/*
 * hold: what the page is to show is set apart for its order, so that it can be
 * paid: once, however often the page comes, until the page's token is no good.
 * What others held too long goes back first. Beside its offers a hold says, as
 * "", until when it stands.
 *   KEYS: held, holds, and for each offer its pool and its budget (held again
 *         where it has none)
 *   ARGV: STORE/ID, how long s, and for each offer its id, 1 to take a code,
 *         what to take from the budget
 *   -> for each offer 1, or 0: there is not enough
 */
extern os_script_t  os_script_hold;

/*
 * call: a shard has too little of a pool or a budget for an order of its. The
 * workers bring it what others have; a call that stands is for all.
 *   KEYS: calls, in shard 0   ARGV: STORE/POOL//SHARD or
 *         STORE/OFFER/CURRENCY/SHARD, how much is wanted there   -> 1 or 0
 */
extern os_script_t  os_script_call;

#define OS_CALL_MS  5000        /* a call is heard so long */

/*
 * Its command: the shard of that order wants so much of a pool (`currency` is
 * OS_NULL) or of an offer's budget. NULL without memory.
 */
os_command_t *os_script_call_command(const os_space_t *space, os_str_t store,
    os_str_t id, os_str_t name, os_str_t currency, int64_t most);

/*
 * verdict: a person answers a request, once. Whoever types a wrong code is
 * counted, and after so many no code is good until the count ends.
 *   KEYS: decision, ev, verdicts, budget (the decision again where nothing is
 *         taken from one)
 *   ARGV: nonce, members to set, JSON of the
 *         event, 0 a wrong code, 1 the right one, 2 none was needed, most
 *         wrong ones, how long they count s
 *   -> { 1, "" } it is so; { 0, decision } it was answered before, or there is
 *      nothing to answer ("" for none); { -1, "" } a wrong code; { -2, "" } too
 *      many of them; { -3, "" } the budget has less
 */
extern os_script_t  os_script_verdict;

typedef enum {
    OS_CODE_WRONG = 0,
    OS_CODE_RIGHT,
    OS_CODE_NEEDLESS            /* it is known in another way who it is */
} os_code_t;

/*
 * Its command: of an event "verdict" and what it sets in the decision ("d") or
 * the return ("return") of that order; so many wrong codes count so many
 * seconds. NULL without memory.
 */
os_command_t *os_script_verdict_command(const os_space_t *space,
    const char *kind, os_str_t store, os_str_t id, os_str_t offer,
    const json_t *event, const json_t *set, os_code_t code, int tries,
    int seconds);

/*
 * return: something is to be sent back, once. The key has the newest return of
 * an order; the event that tells the worker is written in the same step.
 *   KEYS: return, ev
 *   ARGV: its number, the return (JSON), event (JSON), ttl s
 *   -> { 1, "" } it is asked for; { 0, return } that number was before
 */
extern os_script_t  os_script_return;

/* Its command, of an event "return"; NULL without memory. */
os_command_t *os_script_return_command(const os_space_t *space,
    os_str_t store, os_str_t id, const json_t *event, const json_t *one,
    int64_t seconds);

/*
 * unhold: what was held too long goes back.   KEYS: holds   -> how many orders
 */
extern os_script_t  os_script_unhold;

/*
 * held: what pages have set apart in a shard, a part of it at a time.
 *   KEYS: holds   ARGV: where in it, how many orders
 *   -> how many orders these were, then each key of a pool or budget and the
 *      sum that is held of it
 */
extern os_script_t  os_script_held;

/*
 * decide: undecided -> accepted | declined, once. The event that tells the
 * worker is written in the same step.
 *   KEYS: decision, events, pool, budget (the decision again where the offer
 *         has none), held, holds
 *   ARGV: decision (JSON), event (JSON; "decision" is added to it),
 *         1 to take a code from the pool, what to take from the budget, ttl s,
 *         STORE/ID, the offer ("" of a decline)
 *   What is held for the offer is taken first, what is held for others goes
 *   back.
 *   -> { 1 when decided now else 0, the decision as it stands (JSON) }, and
 *      behind a 1 the entry's id in the stream: it goes when the worker has
 *      taken the event up
 */
extern os_script_t  os_script_decide;

/* What a decide is about; borrowed. */
typedef struct {
    os_str_t       store;
    os_str_t       id;          /* the order's */
    const json_t  *taken;       /* the decision */
    const json_t  *event;
    os_str_t       offer;       /* OS_NULL: a decline */
    const json_t  *terms;       /* of the offer: what is taken for it; NULL */
    int64_t        keep;        /* s */
} os_decide_t;

/* Its command. NULL without memory, or without decision or event. */
os_command_t *os_script_decide_command(const os_space_t *space,
    const os_decide_t *d);

/*
 * A command about a customer's limit: of reserve or release, with so many
 * arguments, the first of which, the order, is in it. NULL without memory.
 */
os_command_t *os_script_limit_command(const os_space_t *space,
    const os_script_t *script, unsigned nargs, os_str_t store,
    os_str_t customer, os_str_t id);

/*
 * lookup: an order that somebody asks for by its number, so many times an
 * hour. Who knew its secret takes his try back; of an order that is none there
 * is nothing to guess.
 *   KEYS: order, tries   ARGV: most, window s
 *   -> the order (JSON), or nil: unknown, or asked for too often
 */
extern os_script_t  os_script_lookup;

/* untry: takes a try back.   KEYS: tries   -> how many are left, or 0 */
extern os_script_t  os_script_untry;

/*
 * seek: may a visitor have one more order looked for that is not known? Each
 * that he came for counts once within the window, and in all of the store's.
 *   KEYS: the store's counter, the visitor's set
 *   ARGV: order id, most of the store, most of the visitor, window s
 *   -> 1, or 0: it was, or too much was
 */
extern os_script_t  os_script_seek;

/*
 * want: the worker is to read an order, unless it was told to a while ago.
 *   KEYS: sought, events   ARGV: event (JSON), how long that is, s   -> 1 or 0
 */
extern os_script_t  os_script_want;

/*
 * suppress: what an address may be sent no more, or again; a word that was said
 * before the last one changes nothing, however late it comes.
 *   KEYS: suppress, said   ARGV: "marketing" or "", when in ms, ttl s
 *   -> 1, or 0: it was too late
 */
extern os_script_t  os_script_suppress;

/*
 * Its command, for what was said at `at_ms`: OS_STR("marketing"), or OS_STR("")
 * where advertising may go there again. It stands alone, so that a spool can
 * keep it. NULL without memory.
 */
os_command_t *os_script_suppress_command(const os_space_t *space,
    os_str_t store, os_str_t customer, os_str_t word, int64_t at_ms);

void os_script_shop_init(void);

#endif /* OS_SCRIPT_SHOP_H */

/*
 * os_script_work: the scripts that the worker runs. Each works in one shard.
 *
 * Whoever changes a shard holds its lease: those scripts take the lease's key
 * first and owner and epoch as the first two arguments, and answer -1 without
 * having done anything when another owner came meanwhile.
 */

#ifndef OS_SCRIPT_WORK_H
#define OS_SCRIPT_WORK_H

#include "redis/os_link.h"


/*
 * Where a job lies: KEYS has `jobs`, the hashes that hold them are named
 * jobs:00 to jobs:3f, and all jobs of an order lie in one of them: the first
 * byte of its name's SHA-1, modulo 64, in two hexadecimal digits. A job's key
 * is these and its id; `queue` has keys, the hashes have ids.
 */

/*
 * lease: take it when it is free or has run out, or renew it.
 *   KEYS: lease   ARGV: owner, ms to hold
 *   -> { epoch (0: another has it), Redis' clock in ms, ms it has left, 1: the
 *        clock went back by more than a second since it was last asked for }
 */
extern os_script_t  os_script_lease;

/*
 * alive: says that a worker lives, and counts those heard of within so many ms.
 * Times ahead of the clock are of one that was set back: they do not count. It
 * says which providers it found closed, for how many ms from now on (0: it
 * works), and hears which are by anybody's word, which is good for two minutes.
 *   KEYS: workers, closed   ARGV: worker, ms, then pairs of provider, ms
 *   -> { number alive, number of them whose name comes before,
 *        { provider, ms left (below 0: it may be tried), … } }
 */
extern os_script_t  os_script_alive;

/* pauses: what is paused in part, in order.   KEYS: pauses   -> names */
extern os_script_t  os_script_pauses;

/* unlease: KEYS: lease   ARGV: owner, epoch   -> 1, or 0: it was not ours */
extern os_script_t  os_script_unlease;

/*
 * poll: what there is to do. Jobs that are handed out are moved into the lane
 * of what is in flight: they are not read again until they are settled, or
 * parked in another lane.
 *   KEYS: lease, ev, in, queue, jobs
 *   ARGV: owner, epoch, most events, most raw, most jobs that are due, the
 *         lane of what is in flight, most bytes of events and of raw (one event
 *         may have more), "1": so may one raw, for each lane to look into: its
 *         number, most jobs of it
 *   -> { clock ms, events, raw (1: the first one has too many bytes), job keys,
 *        jobs, the lane each was in, for how many ms each was due, in how many
 *        ms the next one will be (-1: none, or none is asked for) } or -1
 */
extern os_script_t  os_script_poll;

/*
 * park: jobs into another lane, in their order: lane n lies n * 1e14 ms below
 * what is due or will be, which is lane 0. Whatever sets a job's time brings it
 * back there.
 *   KEYS: lease, queue   ARGV: owner, epoch, for each: lane, key   -> 1 or -1
 */
extern os_script_t  os_script_park;

/*
 * unpark: jobs of all lanes back to lane 0, so many at most. Lanes are known to
 * one worker only: whoever takes a shard over begins so.
 *   KEYS: lease, queue   ARGV: owner, epoch, most   -> number moved, or -1
 */
extern os_script_t  os_script_unpark;

/*
 * adopt: jobs as they were kept before they lay by order: all in the hash
 * `jobs`, their times in `due`.
 *   KEYS: lease, queue, jobs, due   ARGV: owner, epoch, most
 *   -> number moved, or -1
 */
extern os_script_t  os_script_adopt;

/*
 * rewind: after Redis' clock went back, jobs that would wait for as long as it
 * did. Part by part, by ZSCAN's cursor; a part may come twice.
 *   KEYS: lease, queue, jobs   ARGV: owner, epoch, cursor, about how many
 *   -> the next cursor, "0" at the end, or -1
 */
extern os_script_t  os_script_rewind;

/* add: an event into an order's stream.   KEYS: ev   ARGV: JSON   -> its id */
extern os_script_t  os_script_add;

/*
 * commit: what a batch of events of one shard came to.
 *   KEYS: lease, ev, queue, jobs, stat, sent, facts, then each order's key
 *   ARGV: owner, epoch, keys' prefix "PREFIX:{TAG}:",
 *         how long facts are kept s, how many of them at most, number of facts,
 *           each: JSON, "STORE/ID", its id, the words that it is about or "" (a
 *           full Redis takes none of them; what is lost is counted),
 *         what was taken for the clock in ms (what is due by it is due, even
 *           if it was ahead),
 *         number of entries, each entry's id (deleted),
 *         number of orders, each: JSON, ttl s,
 *         number of jobs, each: key, JSON, due ms (one that is there stays; one
 *           that gave up, or was sent within the hour, is not added: what asks
 *           for it may be its own echo),
 *         number of dropped jobs, each: key (one whose change has left and has
 *           no answer stays: somebody is to be told what became of it),
 *         number of decisions, each: "STORE/ID", nonce, members to set (JSON
 *           object), "1" to withdraw, why, store,
 *         number of counters, each: field, n
 *   -> clock ms, or -1
 */
extern os_script_t  os_script_commit;

/*
 * aside: an event that cannot be committed leaves its stream for another, where
 * a person finds it.
 *   KEYS: lease, ev, aside, stat   ARGV: owner, epoch, entry   -> 1 or -1
 */
extern os_script_t  os_script_aside;

/*
 * settle: what became of jobs. A job that was dropped meanwhile is passed over
 * with all that it says; when the shard is another's meanwhile, so is a job
 * that is not marked by this owner and epoch any more.
 *   KEYS: lease, ev, queue, jobs, dead, stat, sent, facts
 *   ARGV: owner, epoch, keys' prefix,
 *         how long facts are kept s, how many at most,
 *         number of jobs, each: key, what (sent, done, later, dead), JSON,
 *           ms until it is looked at again,
 *           number of events, each JSON; "STORE/ID" of the decision or "",
 *           nonce, members to set, a fact (JSON) or "",
 *         number of counters, each: field, n
 * Dead letters are 10,000 at most and 90 days old: the oldest go, counted.
 *   -> { 1 or 0: is the shard still ours, number settled, clock ms }
 */
extern os_script_t  os_script_settle;

/*
 * bury: a webhook that nobody can map, for a person to look at.
 *   KEYS: dead, died, buried, stat   ARGV: id, JSON   -> 1
 */
extern os_script_t  os_script_bury;

/*
 * mark: the last byte before the final dot leaves now.
 *   KEYS: lease, jobs   ARGV: owner, epoch, key, JSON
 *   -> 1, 0 dropped, or -1
 */
extern os_script_t  os_script_mark;

/*
 * missed: what a whole reading of the shop's products, of this mark, has not
 * met in this shard. Without the mark the reading is another's, or its memory
 * was lost: then nothing was.
 *   KEYS: pulled, products   ARGV: mark   -> ids
 */
extern os_script_t  os_script_missed;

/*
 * gate: may a message go to this address? What needs a cap takes it; the same
 * job may ask again.
 *   KEYS: suppress, cap   ARGV: job id, cap ms (0: none)
 *   -> { "" or what is suppressed, ms until the cap allows the next }
 */
extern os_script_t  os_script_gate;

/*
 * quota: may this one still go? So many different ones may, in a time.
 *   KEYS: acks   ARGV: which, how many, s   -> 1, or 0
 */
extern os_script_t  os_script_quota;

/*
 * evidence: a link of the chain of statements (os_evidence.h), unless somebody
 * was faster. The hash holds the newest one as `#` ("N MAC"), each under its
 * number, and its number under its id.
 *   KEYS: evidence   ARGV: id, `#` as it was or "", n, JSON, `#` from now on
 *   -> 1, 0: that id has one already, or -1: `#` is another by now
 */
extern os_script_t  os_script_evidence;

/*
 * with: what was bought together with a product, counted once an order (a
 * repeat within the hour is known) and bounded to the best 50.
 *   KEYS: with, counted-with
 *   ARGV: order id, now ms, weight, product ids …   -> 1, or 0 counted before
 */
extern os_script_t  os_script_with;

/*
 * buyer: enter an order in its customer's index.
 *   KEYS: buyer, asked   ARGV: order id, placed, ttl s, most orders kept
 *   -> the orders that were asked to be cancelled before this one was placed
 * asked: the customer asks to cancel it.
 *   KEYS: buyer, asked   ARGV: order id, asked at, ttl s, most orders kept
 *   -> id, placed, … of the first two that were placed since
 */
extern os_script_t  os_script_asked;
extern os_script_t  os_script_buyer;

/*
 * find: whose a name is; who waits for it is put into the list.
 *   KEYS: alias, wait   ARGV: an event, or "", ttl s
 *   -> nil, or the order's id: several, a line each, where they share it
 * alias: an order has this name, and so many orders at most (the newest); what
 * waits for it stays until it is sent.
 *   KEYS: alias, wait   ARGV: order id, ttl s, most   -> events that wait
 * unalias: it has it no more.   KEYS: alias, wait   ARGV: order id   -> 1 or 0
 */
extern os_script_t  os_script_find;
extern os_script_t  os_script_alias;
extern os_script_t  os_script_unalias;

/*
 * transit: a parcel took so many days; counted once within a day. Beyond 1000
 * all weights are halved, so that old parcels count less and less.
 *   KEYS: transit, counted   ARGV: parcel, days, ttl s   -> 1 or 0
 */
extern os_script_t  os_script_transit;

/*
 * Stock moves from shard 0 to another in three steps, each repeatable: `take`
 * sets the codes (or the sum) apart under an id, `give` enters them unless
 * that id was the last one entered, `clear` forgets what was set apart. Only
 * the shard's owner enters: a packet that comes late is an owner's before it.
 * When a budget was lowered its stock is below zero: then shards set apart what
 * they have (`budget_back`), and it is entered in the stock (`budget_in`). So
 * is what another shard is called for (`back`, `in` for codes).
 *
 * take:  KEYS: stock, move   ARGV: most, new id   -> { id, code… }
 * give:  KEYS: lease, pool, moved   ARGV: owner, epoch, id, code…
 *        -> 1, 0 or -1
 * clear: KEYS: move          ARGV: id             -> 1 or 0
 * budget_take: KEYS: stockbudget, move   ARGV: most, new id -> { id, sum }
 * budget_give: KEYS: lease, budget, moved   ARGV: owner, epoch, id, sum
 * budget_back: KEYS: lease, budget, back   ARGV: owner, epoch, new id, most
 *        -> { id, sum } or -1
 * back:  KEYS: lease, pool, back   ARGV: owner, epoch, new id, most
 *        -> { id, code… } or -1
 * in:    KEYS: stock, the transfer's own mark   ARGV: code…
 * budget_in:   KEYS: stockbudget, the transfer's own mark   ARGV: sum
 * budget_set:  KEYS: stockbudget, its set mark   ARGV: the campaign's sum
 * one:   KEYS: stock, given   ARGV: nonce, ttl s  -> code or nil; the same
 *        nonce gets the same code
 * load:  KEYS: stock, codes   ARGV: code…         -> how many are new: what was
 *        ever loaded stays known, wherever it went since
 */
extern os_script_t  os_script_take;
extern os_script_t  os_script_give;
extern os_script_t  os_script_clear;
extern os_script_t  os_script_budget_take;
extern os_script_t  os_script_budget_give;
extern os_script_t  os_script_budget_back;
extern os_script_t  os_script_back;
extern os_script_t  os_script_in;
extern os_script_t  os_script_budget_in;
extern os_script_t  os_script_budget_set;
extern os_script_t  os_script_one;
extern os_script_t  os_script_load;

/*
 * revive: a dead letter back to work, or away.
 *   KEYS: dead, jobs, queue, died   ARGV: id, "retry" or "drop"   -> 1 or 0
 */
extern os_script_t  os_script_revive;

/*
 * died: the newest dead letters of a shard, without the members `data` and
 * `body`; those above 16 KB are named only.
 *   KEYS: died, dead   ARGV: how many at most
 *   -> for each its id, when it died (ms), and the job (JSON) or ""
 */
extern os_script_t  os_script_died;

void os_script_work_init(void);

#endif /* OS_SCRIPT_WORK_H */

/*
 * os_script_move: the scripts of `ordersavectl shards move`. Each works in one
 * shard, and may be run again: what has come is not taken twice, what has left
 * is not there to be taken. Nobody else writes meanwhile.
 *
 * `came` is a hash of whoever receives: what has come to it, by the names that
 * the callers give.
 */

#ifndef OS_SCRIPT_MOVE_H
#define OS_SCRIPT_MOVE_H

#include "redis/os_link.h"


/*
 * keys_out: whole keys, as they can be restored.
 *   KEYS: keys   -> for each: ms it has to live (-1: without end, -2: it is
 *   not there), bytes
 */
extern os_script_t  os_script_keys_out;

/*
 * keys_in: the same, where there is none of that name.
 *   KEYS: keys   ARGV: what keys_out answered   -> 1
 */
extern os_script_t  os_script_keys_in;

/*
 * entries_in: entries behind those of a stream.
 *   KEYS: came, stream   ARGV: where they come from, for each: its id there,
 *   number of words, words   -> how many had not come before
 */
extern os_script_t  os_script_entries_in;

/*
 * jobs_out: jobs of a queue, out of all lanes; those without one are taken off.
 *   KEYS: queue, jobs   ARGV: first, most
 *   -> how many were looked at, then for each: key, JSON, when it is due
 */
extern os_script_t  os_script_jobs_out;

/* jobs_in: KEYS: queue, jobs   ARGV: what jobs_out answered   -> 1 */
extern os_script_t  os_script_jobs_in;

/* jobs_gone: KEYS: queue, jobs   ARGV: keys   -> 1 */
extern os_script_t  os_script_jobs_gone;

/*
 * dead_out: dead letters, a page of HSCAN.
 *   KEYS: dead, died, buried   ARGV: cursor, how many or so
 *   -> next cursor, then for each: id, JSON, when it died or "", when it was
 *   buried or ""
 */
extern os_script_t  os_script_dead_out;

/* dead_in: KEYS: dead, died, buried   ARGV: what dead_out answered   -> 1 */
extern os_script_t  os_script_dead_in;

/* dead_gone: KEYS: dead, died, buried   ARGV: ids   -> 1 */
extern os_script_t  os_script_dead_gone;

/*
 * held_in: what a page has set apart.
 *   KEYS: held, holds   ARGV: order, JSON, when it goes back   -> 1
 */
extern os_script_t  os_script_held_in;

/*
 * merge: adds what another shard had: "stat" (field, n …), "pool" (codes) or
 * "budget" (n).
 *   KEYS: came, where to   ARGV: where it comes from, which, what
 *   -> 1, or 0: it has come before
 */
extern os_script_t  os_script_merge;

/*
 * unmove: a transfer that has not arrived goes back to the stock.
 *   KEYS: move, stock   ARGV: its id, "1": a sum   -> 1, or 0: it is another
 */
extern os_script_t  os_script_unmove;

void os_script_move_init(void);

#endif /* OS_SCRIPT_MOVE_H */

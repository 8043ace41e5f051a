/*
 * osw_inbox: raw webhooks and API answers → canonical orders and parcels →
 * `order` and `parcel` events in the orders' own streams.
 */

#ifndef OSW_INBOX_H
#define OSW_INBOX_H

#include "worker/osw.h"


/* It is over: what was read is written and deleted, or comes again. */
typedef void (*osw_taken_pt)(osw_shard_t *shard);

/*
 * Takes the entries of the stream `in` as XRANGE answers them (only read, and
 * now). Sets shard->inbox until it is over. What cannot be mapped becomes a
 * dead letter; what could not be written stays and comes again.
 */
void osw_inbox_run(osw_shard_t *shard, const redisReply *entries,
    osw_taken_pt done);

/*
 * Completes an order that a source has mapped: its phone in E.164, by its
 * country or the campaign's (a phone that is none is left out), and its local
 * times as moments, by the clock of the shop.
 */
void osw_inbox_complete(const osw_store_t *store, json_t *order);

/*
 * The same of a number that somebody typed about this order, which may be NULL.
 * 0 with the number, or -1: it is none.
 */
int osw_inbox_number(const osw_store_t *store, const json_t *order,
    os_str_t phone, char e164[24]);

/* A new `order` event of this order. `from`: webhook, read, import. */
json_t *osw_inbox_event(os_str_t event_id, const char *from, json_t *order,
    int64_t at_ms);

#endif /* OSW_INBOX_H */

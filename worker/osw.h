/*
 * osw: the worker itself: its loop, its configuration, its Redis, its shards,
 * and what each room keeps of its own. Every room's types stand in that room's
 * header.
 *
 *     inbox → map → order's stream → reduce → commit → due set → deliver
 *     → settle
 *
 * osw_lease decides which shards are ours, osw_poll polls them through
 * osw_queue, osw_inbox maps raw webhooks, osw_batch reduces and commits events,
 * osw_admit says which jobs may go, osw_deliver takes them to their channel.
 * Everything runs in one libuv loop; only the SMTP senders are threads, and
 * they touch nothing of this but what osw_smtp hands them.
 */

#ifndef OSW_H
#define OSW_H

#include "worker/osw_config.h"
#include "worker/osw_log.h"
#include "worker/osw_redis.h"
#include "worker/osw_shard.h"
#include "worker/osw_tally.h"


struct osw_s {
    uv_loop_t       *loop;
    osw_config_t    *config;
    osw_redis_t     *redis;
    char             id[17];        /* this process, random */
    int64_t          skew_ms;       /* Redis' clock minus ours */
    unsigned         workers;       /* seen alive, with us */
    json_t          *calls;         /* what shards are called for; see
                                     * osw_refill.h */
    json_t          *brought;       /* calls that our shards have heard */
    unsigned         before;        /* of them, by name, before us */
    osw_shard_t      shard[OS_SHARDS_MAX];
    uint64_t         events, jobs_done, commits, failures;  /* for status */
    osw_shard_t     *heavy;         /* may take in a big one: one at a time */
    unsigned         lease_ticks;
    int64_t          here_ms;       /* when it was last said that we live */
    json_t          *heard;         /* osw_here's: "STORE/SOURCE" → s */
    unsigned         gained:1;      /* shards are ours that were not before */
    json_t          *pauses;        /* "STORE/CHANNEL/PURPOSE", each may be * */
    unsigned         paused:1;
    unsigned         stopping:1;

    void           (*left)(osw_t *w);   /* a shard is being left */
    void            *http;          /* osw_http's */
    void            *smtp;          /* osw_smtp's */
    void            *admit;         /* osw_admit's */
    void            *status;        /* osw_status' */
    void            *reconcile;     /* osw_reconcile's */
    void            *pull;          /* osw_pull's */
    void            *messages;      /* osw_message's */
    osw_tally_t     *tally;         /* NULL in what is no worker */
};


/* Now by Redis' clock, in ms. */
int64_t osw_now_ms(const osw_t *w);

/* The key NAME:STORE/ID of this shard, as a buffer the caller frees. */
os_buf_t osw_key(const osw_t *w, unsigned shard, const char *name, os_str_t a,
    os_str_t b, os_str_t c);

/* Adds that key as the next word of a command. */
void osw_command_key(const osw_t *w, os_command_t *cmd, const char *name,
    os_str_t a, os_str_t b, os_str_t c);

/* "shop/19" into its two parts; -1 when it is not of that form. */
int osw_order_split(os_str_t name, os_str_t *store, os_str_t *id);

/*
 * The script that adds an event, as a command for the order's shard. What it
 * comes from may be forgotten once its handler is called with a reply: then a
 * replica has it, too.
 */
os_command_t *osw_event_add(const osw_t *w, os_str_t store, os_str_t id,
    const json_t *event, os_reply_pt handler, void *data);

#endif /* OSW_H */

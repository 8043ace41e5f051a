/*
 * osw: what the parts of the worker share: the worker, its shards, its jobs.
 *
 *     inbox → map → order's stream → reduce → commit → due set → deliver
 *     → settle
 *
 * osw_lease decides which shards are ours, osw_shard polls them through
 * osw_queue, osw_inbox maps raw webhooks, osw_batch reduces and commits events,
 * osw_admit says which jobs may go, osw_deliver takes them to their channel.
 * Everything runs in one libuv loop; only the SMTP senders are threads, and
 * they touch nothing of this but what osw_smtp hands them.
 */

#ifndef OSW_H
#define OSW_H

#include "core/order/os_reduce.h"
#include "redis/os_script_work.h"
#include "worker/osw_config.h"
#include "worker/osw_log.h"
#include "worker/osw_redis.h"
#include "worker/osw_tally.h"


#define OSW_LANES         80        /* osw_admit's, from 1 */
#define OSW_LANE_LATE     81        /* marked by an owner before us */
#define OSW_LANE_PAUSED   82
#define OSW_LANE_FLIGHT   85
#define OSW_SHARE         64        /* a lane's jobs in flight in one shard */


typedef struct osw_s        osw_t;
typedef struct osw_shard_s  osw_shard_t;
typedef struct osw_job_s    osw_job_t;
typedef struct osw_lane_s   osw_lane_t;


/* What became of an attempt. */
typedef enum {
    OSW_SENT = 0,       /* it is out: the order remembers that it was */
    OSW_LEFT,           /* it may be out: remembered alike, never tried again */
    OSW_DONE,           /* nothing (more) is to be sent */
    OSW_LATER,          /* failed, may work: the next try waits longer */
    OSW_WAIT,           /* not tried: again after delay_ms, uncounted */
    OSW_DEAD            /* will never work */
} osw_outcome_t;


/* How a provider was when it was asked. */
typedef enum {
    OSW_WORKS = 0,      /* whatever it said of this request */
    OSW_FAILS,
    OSW_LOCKED          /* it does not let us in: no time mends that */
} osw_how_t;

/* What a channel says of the provider that a job of its needs. */
typedef struct osw_provider_s {
    const char  *name;          /* NULL: it needs none */
    double       per_second;    /* 0: as fast as it goes */
    unsigned     at_once;       /* 0: as many as there are */
} osw_provider_t;

/* A way out. deliver() ends in exactly one osw_job_finish(), now or later. */
typedef struct {
    const char  *name;
    int        (*start)(osw_t *w);
    void       (*deliver)(osw_job_t *job);
    void       (*stop)(osw_t *w);       /* no more deliver(); may be NULL */
    void       (*release)(osw_t *w);    /* osw_channels_release(); or NULL */

    /* Whom this job asks, for osw_admit. NULL: nobody. */
    osw_provider_t  (*provider)(osw_t *w, osw_store_t *store,
                                const json_t *job);
} osw_channel_t;

struct osw_job_s {
    osw_job_t            *next;
    osw_shard_t          *shard;
    int64_t               epoch;        /* under which it was begun */
    int64_t               begun_ms;     /* Redis' clock: tells tries apart */
    char                  key[OS_JOB_KEY_LEN + 1];
    const char           *id;           /* the end of its key */
    json_t               *json;
    osw_store_t          *store;
    os_str_t              order_id;     /* borrowed from json */
    json_t               *order;        /* the record, or NULL */
    json_t               *decision;     /* or NULL */
    const osw_channel_t  *channel;
    osw_lane_t           *lane;
    void                 *work;         /* the channel's own */

    osw_outcome_t         outcome;
    char                  why[256];
    int64_t               delay_ms;     /* for LATER (at least) and WAIT */
    json_t               *events;       /* to the order's stream, or NULL */
    json_t               *set;          /* members of the decision, or NULL */
    json_t               *counts;       /* name → n, or NULL */
    unsigned              asked:1;      /* its provider was */
    unsigned              finished:1;
};


struct osw_shard_s {
    osw_t       *w;
    unsigned     index;

    int64_t      epoch;             /* 0: not ours */
    uint64_t     renewed;           /* loop ms of the last good renewal */
    uint64_t     try_at;            /* loop ms: not worth asking before */
    uint64_t     ends;              /* loop ms: when its owner's lease does */
    uint64_t     leave_by;          /* loop ms: not waited for any longer */

    uint64_t     poll_at;
    uint64_t     busy_until;        /* polled often until then */
    unsigned     refused;           /* commits in a row: one event a time */

    osw_job_t   *jobs;              /* in flight, settled or not */
    size_t       njobs;
    unsigned     flight[OSW_LANES + 1];
    uint8_t      parked[OSW_LANE_PAUSED + 1];   /* there may be some */
    uint16_t     asked[OSW_LANE_LATE + 1];      /* by the poll that is out */
    uint64_t     gained;            /* loop ms */
    uint64_t     sweep_at;
    uint64_t     settle_at;
    int64_t      clock_ms;          /* Redis', when it last spoke of it */
    char         cursor[24];        /* of a rewind under way, or empty */

    unsigned     asking:1;          /* a lease command is out */
    unsigned     leaving:1;         /* given back once nothing is in flight */
    unsigned     crowded:1;         /* jobs were parked: look behind them */
    unsigned     fresh:1;           /* just gained: all lanes are unparked */
    unsigned     adopting:1;        /* and what was kept another way */
    unsigned     rewind:1;          /* Redis' clock went back */
    unsigned     unparking:1;
    unsigned     polling:1;
    unsigned     batch:1;           /* events being reduced and committed */
    unsigned     inbox:1;           /* raw webhooks being mapped */
    unsigned     raw:1;             /* some were asked for */
    unsigned     heavy:1;           /* the next one is a big one */
    unsigned     settling:1;
};


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

/* Is this one an error, or none at all? */
int osw_reply_failed(const redisReply *reply);
int64_t osw_reply_int(const redisReply *reply, int64_t other);
os_str_t osw_reply_str(const redisReply *reply);    /* OS_NULL */

/*
 * The script that adds an event, as a command for the order's shard. What it
 * comes from may be forgotten once its handler is called with a reply: then a
 * replica has it, too.
 */
os_command_t *osw_event_add(const osw_t *w, os_str_t store, os_str_t id,
    const json_t *event, os_reply_pt handler, void *data);

#endif /* OSW_H */

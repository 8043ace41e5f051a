/*
 * osw_shard: what a worker knows of a shard: whether it is ours, what is under
 * way in it, and when it is looked at next. osw_lease takes it and gives it
 * back, osw_queue speaks of it with Redis, osw_poll hands out what there is to
 * do.
 */

#ifndef OSW_SHARD_H
#define OSW_SHARD_H

#include <stddef.h>
#include <stdint.h>


#define OSW_LANES         80        /* osw_admit's, from 1 */
#define OSW_LANE_LATE     81        /* marked by an owner before us */
#define OSW_LANE_PAUSED   82
#define OSW_LANE_FLIGHT   85


typedef struct osw_s        osw_t;
typedef struct osw_shard_s  osw_shard_t;
typedef struct osw_job_s    osw_job_t;


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
    size_t       nfinished;         /* of them, that wait to be settled */
    unsigned     flight[OSW_LANES + 1];
    uint8_t      parked[OSW_LANE_PAUSED + 1];   /* there may be some */
    uint16_t     asked[OSW_LANE_LATE + 1];      /* by the poll that is out */
    uint64_t     turn[OSW_LANES + 1];   /* of its last job there, w->admit's */
    uint64_t     polled;            /* loop ms: an answer came */
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

#endif /* OSW_SHARD_H */

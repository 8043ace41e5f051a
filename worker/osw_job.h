/*
 * osw_job: a job in flight, and what comes of it. It does no I/O: osw_deliver
 * begins it, a channel finishes it, osw_queue settles it. It is in shard->jobs
 * until the script that settles it has answered: a settlement that was lost is
 * sent again, the message is not.
 */

#ifndef OSW_JOB_H
#define OSW_JOB_H

#include "core/order/os_reduced.h"
#include "worker/send/osw_send.h"


/* What became of an attempt. */
typedef enum {
    OSW_SENT = 0,       /* it is out: the order remembers that it was */
    OSW_LEFT,           /* it may be out: remembered alike, never tried again */
    OSW_DONE,           /* nothing (more) is to be sent */
    OSW_LATER,          /* failed, may work: the next try waits longer */
    OSW_WAIT,           /* not tried: again after delay_ms, uncounted */
    OSW_DEAD            /* will never work */
} osw_outcome_t;

struct osw_job_s {
    osw_job_t            *next;
    osw_shard_t          *shard;
    int64_t               epoch;        /* under which it was begun */
    int64_t               begun_ms;     /* Redis' clock: tells tries apart */
    char                  key[OS_JOB_KEY_LEN + 1];
    const char           *id;           /* the end of its key */
    json_t               *json;         /* as it lies in Redis */
    os_task_t             task;         /* what that says; texts are its */
    osw_store_t          *store;
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


/*
 * A job of this shard that is in flight from now on; takes `json`, from which
 * `task` was read. NULL without memory, or when that is no job's key: then
 * `json` stays the caller's.
 */
osw_job_t *osw_job_new(osw_shard_t *shard, os_str_t key, json_t *json,
    const os_task_t *task);
void osw_job_free(osw_job_t *job);

/* The job of this key that is in flight, or NULL. */
osw_job_t *osw_job_find(const osw_shard_t *shard, os_str_t key);

/* Is nothing of this job's shard to be begun any more? */
int osw_job_leaves(const osw_job_t *job);

/* The channel is done with an attempt. `fmt` says why, for a person. */
void osw_job_finish(osw_job_t *job, osw_outcome_t outcome, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* Would a failure now be the last? Then a dead letter follows. */
int osw_job_last_try(const osw_job_t *job);

/* An event for the order's stream, written by the settlement; stolen. */
void osw_job_event(osw_job_t *job, json_t *event);

/* A new event of this job's order, with a name of its own. */
json_t *osw_job_new_event(const osw_job_t *job, const char *kind);

/* Adds one to a counter of the store. */
void osw_job_count(osw_job_t *job, const char *name);

/* What it changes as a text, for Redis; the caller frees it. */
os_buf_t osw_job_text(osw_job_t *job);

/*
 * This attempt is one more of which nobody knows whether it went through: what
 * it handed over was not answered, or it was marked by a worker that died
 * before it noted how that ended. They stay counted in the job (task.doubts)
 * until a person sends a dead letter again.
 */
void osw_job_doubt(osw_job_t *job);

/*
 * Is a job in doubt left to a person? `most` doubts it may have and be tried
 * again. When it is, it is finished as a dead letter that says so, and `why`.
 */
int osw_job_in_doubt(osw_job_t *job, int64_t most, const char *why);

#endif /* OSW_JOB_H */

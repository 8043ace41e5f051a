/*
 * osw_job: a job's way from the due set through its channel to the settlement.
 *
 * A job that is in flight is in shard->jobs until the script that settles it
 * has answered: a settlement that was lost is sent again, the message is not.
 */

#ifndef OSW_JOB_H
#define OSW_JOB_H

#include "osw.h"


/*
 * Begins a job that is due, unless it is in flight already. The lane of its
 * channel, 1 or more, when that one has its share in flight; else 0.
 */
unsigned osw_job_take(osw_shard_t *shard, os_str_t id, os_str_t json);

/* Is nothing of this job's shard to be begun any more? */
int osw_job_leaves(const osw_job_t *job);

/* A job that was not begun is let go: it is still due, as it was. */
void osw_job_return(osw_job_t *job);

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

/*
 * Makes the `sending` mark, fenced by the epoch: 1 made, 0 the job was dropped,
 * -1 the shard is not ours any more or Redis did not answer.
 */
typedef void (*osw_marked_pt)(void *data, int made);

void osw_job_mark(osw_job_t *job, osw_marked_pt done, void *data);

/* Was it marked by a worker that died before it noted how that ended? */
int osw_job_was_marked(const osw_job_t *job);

/*
 * Attempts of which nobody knows whether they went through: those marked and
 * never noted are among them. They stay counted in the job until a person
 * sends a dead letter again.
 */
int64_t osw_job_doubts(const osw_job_t *job);

/* This attempt is one more: what it handed over was not answered. */
void osw_job_doubt(osw_job_t *job);

/*
 * Is a job in doubt left to a person? `most` doubts it may have and be tried
 * again. When it is, it is finished as a dead letter that says so, and `why`.
 */
int osw_job_in_doubt(osw_job_t *job, int64_t most, const char *why);

/* Sends what is finished to be settled, in one call; often called. */
void osw_jobs_settle(osw_shard_t *shard);

/* The shard is not ours any more: finished jobs are forgotten. */
void osw_jobs_forget(osw_shard_t *shard);

#endif /* OSW_JOB_H */

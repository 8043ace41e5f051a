/*
 * osw_job: see osw_job.h.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "core/order/os_track.h"
#include "worker/osw_admit.h"
#include "worker/osw_job.h"


/* Its place in the lane is another's. */
static void
osw_job_leave(osw_job_t *job)
{
    if (job->lane != NULL) {
        osw_admit_leave(job->lane, job->shard, !job->asked);
        job->lane = NULL;
    }
}


void
osw_job_free(osw_job_t *job)
{
    osw_job_t  **at;

    for (at = &job->shard->jobs; *at != NULL; at = &(*at)->next) {
        if (*at == job) {
            *at = job->next;
            job->shard->njobs--;
            job->shard->nfinished -= job->finished;
            break;
        }
    }

    osw_job_leave(job);

    json_decref(job->json);
    json_decref(job->order);
    json_decref(job->decision);
    json_decref(job->events);
    json_decref(job->set);
    json_decref(job->counts);
    free(job);
}


int
osw_job_last_try(const osw_job_t *job)
{
    int64_t  now, since;

    now = osw_now_ms(job->shard->w);
    since = job->task.failing_ms ? job->task.failing_ms : now;

    return now - since >= osw_config_give_up(job->shard->w->config,
                                             job->channel->name);
}


void
osw_job_event(osw_job_t *job, json_t *event)
{
    if (job->events == NULL) {
        job->events = json_array();
    }

    (void) json_array_append_new(job->events, event);
}


/*
 * What is said is known by the try that says it. A count of tries would not do:
 * a job that waited, or is made again, has it from the start.
 */
json_t *
osw_job_new_event(const osw_job_t *job, const char *kind)
{
    json_t    *event;
    os_buf_t   id;

    id = (os_buf_t) { 0 };
    os_buf_printf(&id, "%s/%s/%lld", kind, job->id,
                  (long long) job->begun_ms);

    event = json_object();
    os_json_set_str(event, "id", os_buf_view(&id));
    os_json_set_str(event, "kind", os_str(kind));
    os_json_set_str(event, "order", job->task.order);
    os_json_set_int(event, "at_ms", osw_now_ms(job->shard->w));
    os_buf_free(&id);

    return event;
}


void
osw_job_count(osw_job_t *job, const char *name)
{
    if (job->counts == NULL) {
        job->counts = json_object();
    }

    os_json_set_int(job->counts, name,
                    os_json_int(job->counts, name, 0) + 1);
}


/* Full jitter: anything between nothing and the doubled limit. */
static int64_t
osw_job_backoff(const osw_job_t *job)
{
    int64_t              limit, tries;
    uint32_t             random;
    const osw_config_t  *c;

    c = job->shard->w->config;
    limit = c->first_ms;

    for (tries = job->task.tries; tries > 0 && limit < c->most_ms; tries--) {
        limit *= 2;
    }

    limit = limit > c->most_ms ? c->most_ms : limit;
    random = 0;
    (void) os_random(&random, sizeof(random));

    return 1 + (int64_t) (random % (uint64_t) limit);
}


static void
osw_job_failed(osw_job_t *job)
{
    if (osw_job_last_try(job)) {
        job->outcome = OSW_DEAD;
        return;
    }

    if (job->delay_ms < 1) {
        job->delay_ms = osw_job_backoff(job);
    }

    if (job->task.failing_ms == 0) {
        job->task.failing_ms = osw_now_ms(job->shard->w);
    }

    job->task.tries++;
    osw_job_count(job, "tries.again");
}


static void
osw_job_sent(osw_job_t *job)
{
    char     name[96];
    json_t  *event;

    /* what is told of parcels is remembered since it was queued */
    if (job->task.purpose != OS_PURPOSE_PARCEL) {
        event = osw_job_new_event(job, "sent");
        os_json_set_str(event, "job", os_str(job->id));
        osw_job_event(job, event);
    }

    if (job->outcome == OSW_LEFT) {
        osw_job_count(job, "ambiguous.left");
        return;
    }

    snprintf(name, sizeof(name), "sent.%s.%s", job->channel->name,
             job->task.word.data);
    osw_job_count(job, name);
}


/* An outcome in a word. */
static const char *const  osw_job_became[] = {
    "sent", "left", "done", "again", "waits", "dead"
};


/* A line a delivery: which, of what, how often, how long, and what was said. */
static void
osw_job_log(const osw_job_t *job)
{
    const os_task_t  *t = &job->task;

    if (job->outcome == OSW_WAIT || !osw_log_wanted(OSW_INFO)) {
        return;
    }

    osw_log(OSW_INFO, "job %s order %.*s %.*s %s %s tries %lld ms %lld%s%s",
            job->id, (int) t->order.len, t->order.data ? t->order.data : "",
            (int) t->word.len, t->word.data ? t->word.data : "",
            job->channel ? job->channel->name : "-",
            osw_job_became[job->outcome],
            (long long) t->tries + 1,
            (long long) (osw_now_ms(job->shard->w) - job->begun_ms),
            job->why[0] ? ": " : "", job->why);
}


void
osw_job_finish(osw_job_t *job, osw_outcome_t outcome, const char *fmt, ...)
{
    va_list  args;

    if (fmt != NULL) {
        va_start(args, fmt);
        (void) vsnprintf(job->why, sizeof(job->why), fmt, args);
        va_end(args);
    }

    job->outcome = outcome;

    if (outcome == OSW_SENT || outcome == OSW_LEFT) {
        osw_job_sent(job);

    } else if (outcome == OSW_LATER) {
        osw_job_failed(job);
    }

    if (job->outcome == OSW_DEAD) {
        osw_job_count(job, "dead");
        job->task.died_ms = osw_now_ms(job->shard->w);
        osw_log(OSW_ERROR, "shard %u: job %s (%s) is a dead letter: %s",
                job->shard->index, job->id,
                job->task.word.data ? job->task.word.data : "-", job->why);
    }

    if (job->outcome == OSW_DEAD || job->outcome == OSW_LATER) {
        os_json_set_str(job->json, "why", os_str(job->why));
    }

    osw_job_log(job);
    osw_tally_count(job->shard->w->tally, OSW_TALLY_DELIVERIES,
                    os_str(job->channel ? job->channel->name : "none"),
                    job->task.word, os_str(osw_job_became[job->outcome]));
    job->task.sending = 0;
    job->shard->nfinished += !job->finished;
    job->finished = 1;
    osw_job_leave(job);
}


os_buf_t
osw_job_text(osw_job_t *job)
{
    os_buf_t  text = { 0 };

    os_task_write(&job->task, job->json);
    os_json_dump(&text, job->json);

    return text;
}


void
osw_job_doubt(osw_job_t *job)
{
    job->task.doubts++;
}


int
osw_job_in_doubt(osw_job_t *job, int64_t most, const char *why)
{
    if (job->task.doubts <= most) {
        return 0;
    }

    osw_job_count(job, "ambiguous.dead");
    osw_job_finish(job, OSW_DEAD, "not known whether it arrived: %s", why);

    return 1;
}


int
osw_job_leaves(const osw_job_t *job)
{
    return job->shard->w->stopping || job->shard->leaving;
}


osw_job_t *
osw_job_find(const osw_shard_t *shard, os_str_t key)
{
    osw_job_t  *job;

    for (job = shard->jobs; job != NULL; job = job->next) {
        if (os_str_equal(os_str(job->key), key)) {
            break;
        }
    }

    return job;
}


osw_job_t *
osw_job_new(osw_shard_t *shard, os_str_t key, json_t *json,
    const os_task_t *task)
{
    osw_job_t  *job;

    job = key.len == OS_JOB_KEY_LEN ? calloc(1, sizeof(osw_job_t)) : NULL;

    if (job == NULL) {
        return NULL;
    }

    memcpy(job->key, key.data, key.len);
    job->id = job->key + OS_JOB_PART_LEN;
    job->shard = shard;
    job->epoch = shard->epoch;
    job->begun_ms = osw_now_ms(shard->w);
    job->json = json;
    job->task = *task;
    job->next = shard->jobs;
    shard->jobs = job;
    shard->njobs++;

    return job;
}

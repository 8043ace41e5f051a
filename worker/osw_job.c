/*
 * osw_job: see osw_job.h.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "core/order/os_track.h"
#include "osw_api.h"
#include "osw_channel.h"
#include "osw_gate.h"
#include "osw_job.h"


#define OSW_SETTLE_MAX  128


static void
osw_job_free(osw_job_t *job)
{
    osw_job_t  **at;

    for (at = &job->shard->jobs; *at != NULL; at = &(*at)->next) {
        if (*at == job) {
            *at = job->next;
            job->shard->njobs--;
            job->shard->flight[job->lane]--;
            break;
        }
    }

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
    since = os_json_int(job->json, "failing_ms", now);

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
    os_json_set_str(event, "order", os_json_str(job->json, "order"));
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

    for (tries = os_json_int(job->json, "tries", 0);
         tries > 0 && limit < c->most_ms; tries--)
    {
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

    if (json_object_get(job->json, "failing_ms") == NULL) {
        os_json_set_int(job->json, "failing_ms", osw_now_ms(job->shard->w));
    }

    os_json_set_int(job->json, "tries",
                    os_json_int(job->json, "tries", 0) + 1);
    osw_job_count(job, "tries.again");
}


static void
osw_job_sent(osw_job_t *job)
{
    char     name[96];
    json_t  *event;

    /* what is told of parcels is remembered since it was queued */
    if (os_tell(os_json_str(job->json, "purpose")) < 0) {
        event = osw_job_new_event(job, "sent");
        os_json_set_str(event, "job", os_str(job->id));
        osw_job_event(job, event);
    }

    if (job->outcome == OSW_LEFT) {
        osw_job_count(job, "ambiguous.left");
        return;
    }

    snprintf(name, sizeof(name), "sent.%s.%s", job->channel->name,
             json_string_value(json_object_get(job->json, "purpose")));
    osw_job_count(job, name);
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
        os_json_set_int(job->json, "died_ms", osw_now_ms(job->shard->w));
        osw_log(OSW_ERROR, "shard %u: job %s (%s) is a dead letter: %s",
                job->shard->index, job->id,
                json_string_value(json_object_get(job->json, "purpose")),
                job->why);
    }

    if (job->outcome == OSW_DEAD || job->outcome == OSW_LATER) {
        os_json_set_str(job->json, "why", os_str(job->why));
    }

    os_json_set_str(job->json, "state", OS_STR("waiting"));
    job->finished = 1;
}


typedef struct {
    osw_marked_pt   done;
    void           *data;
} osw_marking_t;


static void
osw_mark_reply(os_command_t *cmd, redisReply *reply)
{
    osw_marking_t  marking;

    marking = *(osw_marking_t *) cmd->data;
    free(cmd->data);
    marking.done(marking.data, osw_reply_failed(reply)
                               ? -1 : (int) osw_reply_int(reply, -1));
}


void
osw_job_mark(osw_job_t *job, osw_marked_pt done, void *data)
{
    osw_t          *w;
    os_buf_t        json;
    os_command_t   *cmd;
    osw_marking_t  *marking;

    w = job->shard->w;
    marking = malloc(sizeof(osw_marking_t));

    if (marking == NULL) {
        done(data, -1);
        return;
    }

    *marking = (osw_marking_t) { done, data };
    json = (os_buf_t) { 0 };
    os_json_set_str(job->json, "state", OS_STR("sending"));
    os_json_set_int(job->json, "epoch", job->epoch);
    os_json_dump(&json, job->json);

    cmd = os_command_new(job->shard->index, osw_mark_reply, marking);
    os_command_script(cmd, &os_script_mark, 2, 4);
    osw_command_key(w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "jobs", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(w->id));
    os_command_add_int(cmd, job->epoch);
    os_command_add(cmd, os_str(job->id));
    os_command_add(cmd, os_buf_view(&json));
    os_buf_free(&json);
    osw_redis_send(w->redis, cmd);
}


int
osw_job_was_marked(const osw_job_t *job)
{
    return os_str_equal(os_json_str(job->json, "state"), OS_STR("sending"));
}


int64_t
osw_job_doubts(const osw_job_t *job)
{
    return os_json_int(job->json, "doubts", 0);
}


void
osw_job_doubt(osw_job_t *job)
{
    os_json_set_int(job->json, "doubts", osw_job_doubts(job) + 1);
}


int
osw_job_in_doubt(osw_job_t *job, int64_t most, const char *why)
{
    if (osw_job_doubts(job) <= most) {
        return 0;
    }

    osw_job_count(job, "ambiguous.dead");
    osw_job_finish(job, OSW_DEAD, "not known whether it arrived: %s", why);

    return 1;
}


/* Cancelled at the store, just now? Only then is anybody sorry to see it go. */
static void
osw_job_guarded(void *data, const osw_read_t *read)
{
    int         news;
    json_t     *event, *save;
    osw_job_t  *job;

    job = data;

    if (read->kind == OSW_READ_LATER || read->kind == OSW_READ_BAD) {
        job->delay_ms = read->retry_after_ms;
        osw_job_finish(job, OSW_LATER, "%s", read->why ? read->why
                                                       : "no answer");
        return;
    }

    if (read->kind == OSW_READ_OK) {
        news = os_json_int(job->order, "changed", 0)
               != os_json_int(read->order, "changed", 0)
               || !os_str_equal(os_json_str(job->order, "state"),
                                os_json_str(read->order, "state"));
        save = json_incref(json_object_get(job->order, "save"));
        json_decref(job->order);
        job->order = json_copy(read->order);

        if (save) {
            (void) json_object_set_new(job->order, "save", save);
        }

        if (news) {
            event = osw_job_new_event(job, "order");
            os_json_set_str(event, "from", OS_STR("read"));
            (void) json_object_set(event, "data", read->order);
            osw_job_event(job, event);
        }
    }

    if (read->kind == OSW_READ_GONE || !os_reduce_was_asked(job->order)
        || !os_str_equal(os_json_str(job->order, "state"),
                         OS_STR("cancelled")))
    {
        osw_job_count(job, "not_cancelled");
        osw_job_finish(job, OSW_DONE, NULL);
        return;
    }

    osw_gate_pass(job);
}


static json_t *
osw_job_value(const redisReply *reply, size_t i)
{
    if (osw_reply_failed(reply) || i >= reply->elements
        || reply->element[i]->type != REDIS_REPLY_STRING)
    {
        return NULL;
    }

    return os_json_parse(osw_reply_str(reply->element[i]), "record", NULL);
}


static void
osw_job_deliver(os_command_t *cmd, redisReply *reply)
{
    osw_job_t  *job;

    job = cmd->data;

    if (osw_reply_failed(reply) || job->shard->epoch != job->epoch
        || osw_job_leaves(job))
    {
        osw_job_return(job);
        return;
    }

    job->order = osw_job_value(reply, 0);
    job->decision = osw_job_value(reply, 1);
    job->channel = osw_channel(os_json_str(job->json, "channel"));

    if (job->store == NULL || job->channel == NULL) {
        job->channel = osw_channel(OS_STR("null"));
        osw_job_finish(job, OSW_DEAD, "no such store or channel");
        return;
    }

    if (os_str_equal(os_json_str(job->json, "purpose"), OS_STR("cancelled"))
        && strcmp(job->channel->name, "webhook") != 0)
    {
        osw_api_read(job->shard->w, job->store, job->order_id,
                     osw_job_guarded, job);
        return;
    }

    osw_gate_pass(job);
}


static void
osw_job_fetch(osw_job_t *job)
{
    osw_t         *w;
    os_str_t       store;
    os_command_t  *cmd;

    w = job->shard->w;

    if (osw_order_split(os_json_str(job->json, "order"), &store,
                        &job->order_id) == 0)
    {
        job->store = osw_config_store(w->config, store);

    } else {
        store = OS_STR("-");
        job->order_id = OS_STR("-");
    }

    cmd = os_command_new(job->shard->index, osw_job_deliver, job);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("MGET"));
    osw_command_key(w, cmd, "o", store, job->order_id, OS_NULL);
    osw_command_key(w, cmd, "d", store, job->order_id, OS_NULL);
    osw_redis_send(w->redis, cmd);
}


int
osw_job_leaves(const osw_job_t *job)
{
    return job->shard->w->stopping || job->shard->leaving;
}


void
osw_job_return(osw_job_t *job)
{
    osw_job_free(job);
}


static osw_job_t *
osw_job_new(osw_shard_t *shard, os_str_t id, json_t *json, unsigned lane)
{
    osw_job_t  *job;

    job = calloc(1, sizeof(osw_job_t));
    if (job == NULL) {
        return NULL;
    }

    memcpy(job->id, id.data, id.len);
    job->shard = shard;
    job->epoch = shard->epoch;
    job->begun_ms = osw_now_ms(shard->w);
    job->json = json;
    job->lane = lane;
    job->next = shard->jobs;
    shard->jobs = job;
    shard->njobs++;
    shard->flight[lane]++;

    return job;
}


unsigned
osw_job_take(osw_shard_t *shard, os_str_t id, os_str_t text)
{
    json_t     *json;
    unsigned    lane;
    osw_job_t  *job;

    if (id.len != OS_JOB_ID_LEN || text.len == 0) {
        return 0;
    }

    for (job = shard->jobs; job != NULL; job = job->next) {
        if (memcmp(job->id, id.data, id.len) == 0) {
            return 0;
        }
    }

    json = os_json_parse(text, "job", NULL);

    if (json == NULL) {
        json = json_object();
    }

    lane = osw_channel_lane(os_json_str(json, "channel"));

    if (shard->flight[lane] >= OSW_SHARE) {
        json_decref(json);
        return lane + 1;
    }

    job = osw_job_new(shard, id, json, lane);

    if (job == NULL) {
        json_decref(json);
        return 0;
    }

    /* at once: a read that fails before the channel sees it forgets the mark */
    if (osw_job_was_marked(job)) {
        osw_job_doubt(job);
    }

    osw_job_fetch(job);

    return 0;
}


static const char *
osw_job_verb(const osw_job_t *job)
{
    switch (job->outcome) {

    case OSW_LATER:
    case OSW_WAIT:
        return "later";

    case OSW_DEAD:
        return "dead";

    case OSW_SENT:
    case OSW_LEFT:
        return "sent";

    case OSW_DONE:
        break;
    }

    return "done";
}


static void
osw_settle_job(os_command_t *cmd, const osw_job_t *job)
{
    size_t     i;
    json_t    *event;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    os_json_dump(&text, job->json);
    os_command_add(cmd, os_str(job->id));
    os_command_add(cmd, os_str(osw_job_verb(job)));
    os_command_add(cmd, os_buf_view(&text));
    os_command_add_int(cmd, osw_now_ms(job->shard->w) + job->delay_ms);
    os_buf_free(&text);

    os_command_add_int(cmd, (int64_t) json_array_size(job->events));

    json_array_foreach(job->events, i, event) {
        text = (os_buf_t) { 0 };
        os_json_dump(&text, event);
        os_command_add(cmd, os_buf_view(&text));
        os_buf_free(&text);
    }

    if (job->set == NULL) {
        os_command_add(cmd, OS_STR(""));
        os_command_add(cmd, OS_STR(""));
        os_command_add(cmd, OS_STR("{}"));
        return;
    }

    text = (os_buf_t) { 0 };
    os_json_dump(&text, job->set);
    os_command_add(cmd, os_json_str(job->json, "order"));
    os_command_add(cmd, os_json_str(job->decision, "nonce"));
    os_command_add(cmd, os_buf_view(&text));
    os_buf_free(&text);
}


typedef struct {
    osw_shard_t  *shard;
    size_t        n;
    osw_job_t    *job[OSW_SETTLE_MAX];
} osw_settle_t;


static void
osw_settle_reply(os_command_t *cmd, redisReply *reply)
{
    size_t         i;
    osw_settle_t  *s;

    s = cmd->data;
    s->shard->settling = 0;

    if (osw_reply_failed(reply)) {
        free(s);                        /* all stay finished: sent again */
        return;
    }

    if (osw_reply_int(reply, -1) == -1) {
        osw_log(OSW_WARN, "shard %u: lost to another worker",
                s->shard->index);
        s->shard->epoch = 0;
    }

    s->shard->w->jobs_done += s->n;
    s->shard->poll_at = 0;

    for (i = 0; i < s->n; i++) {
        osw_job_free(s->job[i]);
    }

    free(s);
}


/* "shop:sent.smtp.cancelled" → n over all jobs of a settlement. */
static json_t *
osw_settle_counts(const osw_settle_t *s)
{
    size_t       i;
    json_t      *all, *n;
    os_str_t     store;
    os_buf_t     field;
    const char  *name;

    all = json_object();

    for (i = 0; i < s->n; i++) {
        store = s->job[i]->store ? s->job[i]->store->name : OS_STR("-");

        json_object_foreach(s->job[i]->counts, name, n) {
            field = (os_buf_t) { 0 };
            os_buf_str(&field, store);
            os_buf_char(&field, ':');
            os_buf_text(&field, name);
            os_json_set_int(all, field.data,
                            os_json_int(all, field.data, 0)
                            + json_integer_value(n));
            os_buf_free(&field);
        }
    }

    return all;
}


static void
osw_settle_send(osw_settle_t *s)
{
    size_t                    i, args;
    osw_t                    *w;
    json_t                   *counts, *n;
    os_buf_t                  prefix;
    const char               *field;
    os_command_t             *cmd;
    static const char *const  keys[] = { "lease", "ev", "due", "jobs", "dead",
                                         "stat", "sent" };

    w = s->shard->w;
    counts = osw_settle_counts(s);
    args = 3 + 1 + 1 + 2 * json_object_size(counts);

    for (i = 0; i < s->n; i++) {
        args += 8 + json_array_size(s->job[i]->events);
    }

    cmd = os_command_new(s->shard->index, osw_settle_reply, s);
    os_command_script(cmd, &os_script_settle, 7, (unsigned) args);

    for (i = 0; i < 7; i++) {
        osw_command_key(w, cmd, keys[i], OS_NULL, OS_NULL, OS_NULL);
    }

    os_command_add(cmd, os_str(w->id));
    os_command_add_int(cmd, s->job[0]->epoch);
    prefix = osw_key(w, cmd->shard, "", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&prefix));
    os_buf_free(&prefix);
    os_command_add_int(cmd, (int64_t) s->n);

    for (i = 0; i < s->n; i++) {
        osw_settle_job(cmd, s->job[i]);
    }

    os_command_add_int(cmd, (int64_t) json_object_size(counts));

    json_object_foreach(counts, field, n) {
        os_command_add(cmd, os_str(field));
        os_command_add_int(cmd, json_integer_value(n));
    }

    json_decref(counts);
    s->shard->settling = 1;
    osw_redis_send(w->redis, cmd);
}


void
osw_jobs_settle(osw_shard_t *shard)
{
    osw_job_t     *job;
    osw_settle_t  *s;

    if (shard->settling || shard->njobs == 0) {
        return;
    }

    s = NULL;

    for (job = shard->jobs; job != NULL; job = job->next) {
        if (!job->finished || (s && job->epoch != s->job[0]->epoch)) {
            continue;
        }

        if (s == NULL) {
            s = calloc(1, sizeof(osw_settle_t));
            if (s == NULL) {
                return;
            }

            s->shard = shard;
        }

        s->job[s->n++] = job;

        if (s->n == OSW_SETTLE_MAX) {
            break;
        }
    }

    if (s != NULL) {
        osw_settle_send(s);
    }
}


void
osw_jobs_forget(osw_shard_t *shard)
{
    osw_job_t  *job, *next;

    if (shard->settling) {
        return;
    }

    for (job = shard->jobs; job != NULL; job = next) {
        next = job->next;

        if (job->finished) {
            osw_job_free(job);
        }
    }
}

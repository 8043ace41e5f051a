/*
 * osw_queue: see osw_queue.h.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_script_work.h"
#include "worker/osw_admit.h"
#include "worker/osw_job.h"
#include "worker/osw_lease.h"
#include "worker/osw_queue.h"


#define OSW_SETTLE_MAX     128
#define OSW_SETTLE_AGAIN   50       /* ms after one that failed */
#define OSW_EVENTS_MOST    256
#define OSW_RAW_MOST       64
#define OSW_POLL_BYTES     262144
#define OSW_JOBS_MOST      64
#define OSW_JOBS_CROWDED   512      /* when they are there only to be parked */
#define OSW_UNPARK_MOST    1000
#define OSW_ADOPT_MOST     200
#define OSW_REWIND_MOST    "500"
#define OSW_LATE_MS        3000     /* for an owner before us to settle */
#define OSW_SWEEP_MS       30000


void
osw_queue_lost(osw_shard_t *shard)
{
    osw_log(OSW_WARN, "shard %u: lost to another worker", shard->index);
    shard->epoch = 0;
}


static os_command_t *
osw_queue_command(osw_shard_t *s, const os_script_t *script, unsigned args,
    os_reply_pt handler)
{
    os_command_t  *cmd;

    cmd = os_command_new(s->index, handler, s);
    os_command_script(cmd, script, 2, 2 + args);
    osw_command_key(s->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "queue", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(s->w->id));
    os_command_add_int(cmd, s->epoch);

    return cmd;
}


/* What was not moved is found by the sweep. */
static void
osw_park_reply(os_command_t *cmd, redisReply *reply)
{
    osw_shard_t  *s;

    s = cmd->data;

    if (osw_reply_failed(reply)) {
        s->sweep_at = 0;
    }
}


void
osw_queue_park(osw_shard_t *s, const json_t *list)
{
    size_t         i;
    json_t        *entry;
    int64_t        lane;
    os_command_t  *cmd;

    if (json_array_size(list) == 0 || s->epoch == 0) {
        return;
    }

    cmd = osw_queue_command(s, &os_script_park,
                            2 * (unsigned) json_array_size(list),
                            osw_park_reply);

    json_array_foreach(list, i, entry) {
        lane = os_json_int(entry, "lane", 0);
        s->parked[lane] = 1;
        os_command_add_int(cmd, lane);
        os_command_add(cmd, os_json_str(entry, "key"));
    }

    osw_redis_send(s->w->redis, cmd);
}


static void
osw_queue_park_one(osw_shard_t *s, os_str_t key)
{
    json_t  *list;

    list = json_pack("[{s:s%, s:i}]", "key", key.data, key.len, "lane", 0);
    osw_queue_park(s, list);
    json_decref(list);
}


void
osw_queue_return(osw_job_t *job)
{
    if (job->shard->epoch == job->epoch) {
        osw_queue_park_one(job->shard, os_str(job->key));
    }

    osw_job_free(job);
}


static void
osw_sweep_reply(os_command_t *cmd, redisReply *reply)
{
    size_t        i;
    os_str_t      key;
    osw_shard_t  *s;

    s = cmd->data;

    if (osw_reply_failed(reply)) {
        s->sweep_at = uv_now(s->w->loop) + 1000;
        return;
    }

    for (i = 0; i < reply->elements && s->epoch != 0; i++) {
        key = osw_reply_str(reply->element[i]);

        if (osw_job_find(s, key) == NULL) {
            osw_queue_park_one(s, key);
        }
    }
}


/*
 * A poll whose answer was lost has handed out jobs that nobody has: what lies
 * among those in flight and is not, goes back.
 */
static void
osw_queue_sweep(osw_shard_t *s)
{
    os_command_t  *cmd;

    s->sweep_at = uv_now(s->w->loop) + OSW_SWEEP_MS;
    cmd = os_command_new(s->index, osw_sweep_reply, s);
    os_command_words(cmd, 4);
    os_command_add(cmd, OS_STR("ZRANGEBYSCORE"));
    osw_command_key(s->w, cmd, "queue", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("-inf"));
    os_command_add_int(cmd, -(int64_t) OSW_LANE_FLIGHT * 100000000000000LL
                            + 50000000000000LL);
    osw_redis_send(s->w->redis, cmd);
}


/* A shard is made ready part by part: was this the last one, of `most`? */
static int
osw_queue_ready(osw_shard_t *s, const redisReply *reply, int64_t most)
{
    s->unparking = 0;

    if (osw_reply_failed(reply)) {
        s->poll_at = uv_now(s->w->loop) + 200;
        return 0;
    }

    if (osw_reply_int(reply, -1) < 0) {
        osw_queue_lost(s);
        return 0;
    }

    return osw_reply_int(reply, 0) < most;
}


static void
osw_unpark_reply(os_command_t *cmd, redisReply *reply)
{
    osw_shard_t  *s;

    s = cmd->data;

    if (osw_queue_ready(s, reply, OSW_UNPARK_MOST)) {
        s->fresh = 0;
        s->sweep_at = uv_now(s->w->loop) + OSW_SWEEP_MS;
        memset(s->parked, 0, sizeof(s->parked));
    }
}


static void
osw_queue_unpark(osw_shard_t *s)
{
    os_command_t  *cmd;

    cmd = osw_queue_command(s, &os_script_unpark, 1, osw_unpark_reply);
    os_command_add_int(cmd, OSW_UNPARK_MOST);
    s->unparking = 1;
    osw_redis_send(s->w->redis, cmd);
}


static void
osw_adopt_reply(os_command_t *cmd, redisReply *reply)
{
    osw_shard_t  *s;

    s = cmd->data;

    if (osw_queue_ready(s, reply, OSW_ADOPT_MOST)) {
        s->adopting = 0;
    }
}


/* Whoever gains a shard takes over what a worker of before has left there. */
static void
osw_queue_adopt(osw_shard_t *s)
{
    os_command_t  *cmd;

    cmd = os_command_new(s->index, osw_adopt_reply, s);
    os_command_script(cmd, &os_script_adopt, 4, 3);
    osw_command_key(s->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "queue", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "jobs", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "due", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(s->w->id));
    os_command_add_int(cmd, s->epoch);
    os_command_add_int(cmd, OSW_ADOPT_MOST);
    s->unparking = 1;
    osw_redis_send(s->w->redis, cmd);
}


static void
osw_rewind_reply(os_command_t *cmd, redisReply *reply)
{
    os_str_t      cursor;
    osw_shard_t  *s;

    s = cmd->data;
    s->unparking = 0;

    if (osw_reply_failed(reply)) {
        s->poll_at = uv_now(s->w->loop) + 200;
        return;
    }

    if (reply->type == REDIS_REPLY_INTEGER) {
        osw_queue_lost(s);
        return;
    }

    cursor = osw_reply_str(reply);
    s->rewind = !os_str_equal(cursor, OS_STR("0"));
    snprintf(s->cursor, sizeof(s->cursor), "%.*s", (int) cursor.len,
             cursor.data);
}


/* Redis' clock went back: nothing waits for longer because of it. */
static void
osw_queue_rewind(osw_shard_t *s)
{
    os_command_t  *cmd;

    cmd = os_command_new(s->index, osw_rewind_reply, s);
    os_command_script(cmd, &os_script_rewind, 3, 4);
    osw_command_key(s->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "queue", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(s->w, cmd, "jobs", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(s->w->id));
    os_command_add_int(cmd, s->epoch);
    os_command_add(cmd, s->cursor[0] ? os_str(s->cursor) : OS_STR("0"));
    os_command_add(cmd, OS_STR(OSW_REWIND_MOST));
    s->unparking = 1;
    osw_redis_send(s->w->redis, cmd);
}


/* How many jobs of a lane are asked for. */
static unsigned
osw_queue_places(const osw_shard_t *s, unsigned number)
{
    osw_lane_t  *lane;

    if (s->parked[number] == 0) {
        return 0;
    }

    if (number == OSW_LANE_LATE) {
        return uv_now(s->w->loop) - s->gained >= OSW_LATE_MS ? OSW_SHARE : 0;
    }

    lane = osw_admit_lane_at(s->w, number);

    return lane ? osw_admit_places(s->w, lane, s) : 0;
}


int
osw_queue_paced(const osw_shard_t *s)
{
    unsigned     number;
    osw_lane_t  *lane;

    for (number = 1; number <= OSW_LANES; number++) {
        lane = s->parked[number] ? osw_admit_lane_at(s->w, number) : NULL;

        if (lane && osw_admit_paced(s->w, lane)) {
            return 1;
        }
    }

    return 0;
}


int
osw_queue_late(const osw_shard_t *s)
{
    return uv_now(s->w->loop) - s->gained < OSW_LATE_MS;
}


void
osw_queue_heavy(osw_shard_t *s, const redisReply *raw)
{
    s->heavy = raw != NULL && raw->type == REDIS_REPLY_INTEGER;

    if (raw == NULL || raw->elements == 0) {
        osw_queue_heavy_done(s);
    }
}


void
osw_queue_heavy_done(osw_shard_t *s)
{
    if (s->w->heavy == s) {
        s->w->heavy = NULL;
    }
}


/* How many raw webhooks are asked for; a big one waits for its turn. */
static unsigned
osw_queue_raw(osw_shard_t *s)
{
    s->raw = !s->inbox && !(s->heavy && s->w->heavy != NULL);

    if (!s->raw) {
        return 0;
    }

    if (s->heavy) {
        s->w->heavy = s;
    }

    return OSW_RAW_MOST;
}


void
osw_queue_poll(osw_shard_t *s, os_reply_pt handler)
{
    osw_t         *w;
    unsigned       number, n, places[OSW_LANE_LATE + 1];
    os_command_t  *cmd;

    w = s->w;

    if (s->unparking) {
        return;
    }

    if (s->adopting) {
        osw_queue_adopt(s);
        return;
    }

    if (s->fresh) {
        osw_queue_unpark(s);
        return;
    }

    if (s->rewind) {
        osw_queue_rewind(s);
        return;
    }

    if (uv_now(w->loop) >= s->sweep_at) {
        osw_queue_sweep(s);
    }

    for (number = 1, n = 0; number <= OSW_LANE_LATE; number++) {
        places[number] = w->paused || s->leaving ? 0
                         : osw_queue_places(s, number);
        n += places[number] > 0;
    }

    s->polling = 1;
    cmd = os_command_new(s->index, handler, s);
    os_command_script(cmd, &os_script_poll, 5, 8 + 2 * n);
    osw_command_key(w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "in", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "queue", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "jobs", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(w->id));
    os_command_add_int(cmd, s->epoch);
    os_command_add_int(cmd, s->batch || s->refused ? 1 : OSW_EVENTS_MOST);
    os_command_add_int(cmd, osw_queue_raw(s));
    os_command_add_int(cmd, w->paused || s->leaving ? 0
                            : s->crowded ? OSW_JOBS_CROWDED : OSW_JOBS_MOST);
    os_command_add_int(cmd, OSW_LANE_FLIGHT);
    os_command_add_int(cmd, OSW_POLL_BYTES);
    os_command_add_int(cmd, w->heavy == s);

    for (number = 1; number <= OSW_LANE_LATE; number++) {
        s->asked[number] = (uint16_t) places[number];

        if (places[number]) {
            os_command_add_int(cmd, number);
            os_command_add_int(cmd, places[number]);
        }
    }

    osw_redis_send(w->redis, cmd);
}


/* Fewer than were asked for: no more are there. */
void
osw_queue_polled(osw_shard_t *s, const redisReply *lanes)
{
    size_t    i;
    int64_t   lane;
    unsigned  number, got[OSW_LANE_LATE + 1] = { 0 };

    s->polled = uv_now(s->w->loop);

    for (i = 0; i < lanes->elements; i++) {
        lane = osw_reply_int(lanes->element[i], 0);

        if (lane > 0 && lane <= OSW_LANE_LATE) {
            got[lane]++;
        }
    }

    for (number = 1; number <= OSW_LANE_LATE; number++) {
        if (s->asked[number] && got[number] < s->asked[number]) {
            s->parked[number] = 0;
        }
    }
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
osw_queue_mark(osw_job_t *job, osw_marked_pt done, void *data)
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
    job->task.sending = 1;
    job->task.epoch = job->epoch;
    json = osw_job_text(job);

    cmd = os_command_new(job->shard->index, osw_mark_reply, marking);
    os_command_script(cmd, &os_script_mark, 2, 4);
    osw_command_key(w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_command_key(w, cmd, "jobs", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_str(w->id));
    os_command_add_int(cmd, job->epoch);
    os_command_add(cmd, os_str(job->key));
    os_command_add(cmd, os_buf_view(&json));
    os_buf_free(&json);
    cmd->confirm = 1;
    osw_redis_send(w->redis, cmd);
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


/*
 * What became of a message to a buyer, for whoever counts (docs/formats.md,
 * "Facts"); nothing of what is no message, or still on its way.
 */
static void
osw_settle_fact(os_command_t *cmd, const osw_job_t *job)
{
    json_t        *fact;
    os_buf_t       text = { 0 };
    os_channel_t   channel = job->task.channel;

    if (job->shard->w->config->facts_keep == 0
        || (job->outcome != OSW_SENT && job->outcome != OSW_LEFT
            && job->outcome != OSW_DEAD)
        || (channel != OS_CHANNEL_SMTP && channel != OS_CHANNEL_SMS))
    {
        os_command_add(cmd, OS_STR(""));
        return;
    }

    fact = json_pack("{s:s, s:s, s:s, s:s}", "id", job->id, "kind", "message",
                     "channel", os_channel_word(channel), "outcome",
                     job->outcome == OSW_SENT ? "sent"
                     : job->outcome == OSW_LEFT ? "left" : "dead");
    os_json_set_int(fact, "at", osw_now_ms(job->shard->w) / 1000);
    os_json_set_str(fact, "order", job->task.order);
    os_json_set_str(fact, "message", job->task.word);
    os_json_dump(&text, fact);
    os_command_add(cmd, os_buf_view(&text));
    json_decref(fact);
    os_buf_free(&text);
}


/* Its key, what becomes of it, and its text where it stays: later, or dead. */
static void
osw_settle_where(os_command_t *cmd, osw_job_t *job)
{
    os_buf_t  text = { 0 };

    if (job->outcome == OSW_LATER || job->outcome == OSW_WAIT
        || job->outcome == OSW_DEAD)
    {
        (void) json_object_del(job->json, "put_ms");
        text = osw_job_text(job);
    }

    os_command_add(cmd, os_str(job->key));
    os_command_add(cmd, os_str(osw_job_verb(job)));
    os_command_add(cmd, os_buf_view(&text));
    os_command_add_int(cmd, job->delay_ms);
    os_buf_free(&text);
}


static void
osw_settle_job(os_command_t *cmd, osw_job_t *job)
{
    size_t     i;
    json_t    *event;
    os_buf_t   text;

    osw_settle_where(cmd, job);

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
        osw_settle_fact(cmd, job);
        return;
    }

    text = (os_buf_t) { 0 };
    os_json_dump(&text, job->set);
    os_command_add(cmd, job->task.order);
    os_command_add(cmd, os_json_str(job->decision, "nonce"));
    os_command_add(cmd, os_buf_view(&text));
    os_buf_free(&text);
    osw_settle_fact(cmd, job);
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

    if (osw_reply_failed(reply) || reply->elements != 3) {
        s->shard->settle_at = uv_now(s->shard->w->loop) + OSW_SETTLE_AGAIN;
        free(s);                        /* all stay finished: sent again */
        return;
    }

    osw_lease_clock(s->shard, osw_reply_int(reply->element[2], 0));

    if (osw_reply_int(reply->element[0], 0) == 0
        && s->shard->epoch == s->job[0]->epoch)
    {
        osw_queue_lost(s->shard);
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
    static const char *const  keys[] = { "lease", "ev", "queue", "jobs",
                                         "dead", "stat", "sent", "facts" };

    w = s->shard->w;
    counts = osw_settle_counts(s);
    args = 3 + 2 + 1 + 1 + 2 * json_object_size(counts);

    for (i = 0; i < s->n; i++) {
        args += 9 + json_array_size(s->job[i]->events);
    }

    cmd = os_command_new(s->shard->index, osw_settle_reply, s);
    os_command_script(cmd, &os_script_settle, 8, (unsigned) args);

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        osw_command_key(w, cmd, keys[i], OS_NULL, OS_NULL, OS_NULL);
    }

    os_command_add(cmd, os_str(w->id));
    os_command_add_int(cmd, s->job[0]->epoch);
    prefix = osw_key(w, cmd->shard, "", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&prefix));
    os_buf_free(&prefix);
    os_command_add_int(cmd, w->config->facts_keep);
    os_command_add_int(cmd, w->config->facts_most / w->config->space.shards);
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
osw_queue_settle(osw_shard_t *shard)
{
    size_t         left;
    osw_job_t     *job;
    osw_settle_t  *s;

    if (shard->settling || uv_now(shard->w->loop) < shard->settle_at) {
        return;
    }

    s = NULL;
    left = shard->nfinished;

    for (job = shard->jobs; left && job != NULL; job = job->next) {
        left -= job->finished;

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

/*
 * osw_deliver: see osw_deliver.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order/os_reduce.h"
#include "core/order/os_return.h"
#include "core/order/os_track.h"
#include "worker/osw_admit.h"
#include "worker/osw_api.h"
#include "worker/send/osw_channel.h"
#include "worker/osw_deliver.h"
#include "worker/osw_gate.h"
#include "worker/osw_job.h"
#include "worker/osw_queue.h"


/* A follow-up is sent only if the store says just now that it is wanted. */
static int
osw_deliver_is_guarded(const os_task_t *task)
{
    return (task->purpose == OS_PURPOSE_CANCELLED
            || task->purpose == OS_PURPOSE_UNPAID
            || task->purpose == OS_PURPOSE_WIN_BACK)
           && task->channel != OS_CHANNEL_WEBHOOK;
}


/* Why nobody waits for it any more: what is counted, or NULL. */
static const char *
osw_deliver_against(const osw_job_t *job, const osw_read_t *read)
{
    if (job->task.purpose == OS_PURPOSE_UNPAID) {
        return read->kind != OSW_READ_GONE
               && os_reduce_awaits(job->order,
                                   osw_now_ms(job->shard->w) / 1000)
               ? NULL : "not_unpaid";
    }

    return read->kind != OSW_READ_GONE && os_reduce_was_asked(job->order)
           && os_str_equal(os_json_str(job->order, "state"),
                           OS_STR("cancelled"))
           ? NULL : "not_cancelled";
}


/* Whoever has ordered again has decided, and needs no reminder. */
static void
osw_deliver_newest(os_command_t *cmd, redisReply *reply)
{
    osw_job_t  *job = cmd->data;

    if (osw_reply_failed(reply)) {
        job->delay_ms = 1000;
        osw_job_finish(job, OSW_WAIT, NULL);

    } else if (reply->elements
               && !os_str_equal(osw_reply_str(reply->element[0]),
                                job->task.order_id))
    {
        osw_job_count(job, "ordered_again");
        osw_job_finish(job, OSW_DONE, NULL);

    } else {
        osw_gate_pass(job);
    }
}


static void
osw_deliver_wanted(osw_job_t *job)
{
    osw_t         *w = job->shard->w;
    os_str_t       customer, store = job->store->name;
    os_command_t  *cmd;

    customer = os_json_str(job->order, "customer");

    if (job->task.purpose == OS_PURPOSE_CANCELLED || customer.len == 0) {
        osw_gate_pass(job);
        return;
    }

    cmd = os_command_new(os_space_shard(&w->config->space, store, customer,
                                        OS_NULL),
                         osw_deliver_newest, job);
    os_command_words(cmd, 4);
    os_command_add(cmd, OS_STR("ZREVRANGE"));
    osw_command_key(w, cmd, "buyer", store, customer, OS_NULL);
    os_command_add_int(cmd, 0);
    os_command_add_int(cmd, 0);
    osw_redis_send(w->redis, cmd);
}


/* The order as the store has it, with what we alone know of it. */
static void
osw_deliver_refresh(osw_job_t *job, const json_t *order)
{
    size_t                    i;
    json_t                   *fresh, *own;
    static const char *const  ours[] = { "save", "track" };

    fresh = json_copy((json_t *) order);

    for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        own = json_object_get(job->order, ours[i]);

        if (own) {
            (void) json_object_set(fresh, ours[i], own);
        }
    }

    json_decref(job->order);
    job->order = fresh;
}


/* What the store says just now decides. */
static void
osw_deliver_guarded(void *data, const osw_read_t *read)
{
    int          news;
    json_t      *event;
    int64_t      again;
    osw_job_t   *job;
    const char  *against;

    job = data;

    if (read->kind != OSW_READ_NONE) {
        osw_admit_told(job->shard->w, osw_api_provider(job->store),
                       read->how, read->why);
    }

    /* anybody can ask for an order that is none: one reading is enough */
    again = read->kind == OSW_READ_GONE
            && !os_str_equal(os_json_str(job->order, "state"),
                             OS_STR("unknown"))
            ? osw_api_gone(job->store, &job->task, osw_now_ms(job->shard->w))
            : 0;

    if (again > 0) {
        job->delay_ms = again;
        osw_job_finish(job, OSW_WAIT, "%s", read->why);
        return;
    }

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
        osw_deliver_refresh(job, read->order);

        if (news) {
            event = osw_job_new_event(job, "order");
            os_json_set_str(event, "from", OS_STR("read"));
            (void) json_object_set(event, "data", read->order);
            osw_job_event(job, event);
        }
    }

    against = osw_deliver_against(job, read);

    if (against) {
        osw_job_count(job, against);
        osw_job_finish(job, OSW_DONE, NULL);
        return;
    }

    osw_deliver_wanted(job);
}


static json_t *
osw_deliver_value(const redisReply *reply, size_t i)
{
    if (osw_reply_failed(reply) || i >= reply->elements
        || reply->element[i]->type != REDIS_REPLY_STRING)
    {
        return NULL;
    }

    return os_json_parse(osw_reply_str(reply->element[i]), "record", NULL);
}


/* What is asked to be sent back has been decided elsewhere than the order. */
static void
osw_deliver_return(osw_job_t *job)
{
    os_str_t  nonce;

    nonce = os_json_str(job->task.data, "return");

    if (nonce.len) {
        json_decref(job->decision);
        job->decision = json_incref(os_return_of(job->order, nonce));
    }
}


static void
osw_deliver_fetched(os_command_t *cmd, redisReply *reply)
{
    osw_job_t  *job;

    job = cmd->data;

    if (osw_reply_failed(reply) || job->shard->epoch != job->epoch
        || osw_job_leaves(job))
    {
        osw_queue_return(job);
        return;
    }

    job->order = osw_deliver_value(reply, 0);
    job->decision = osw_deliver_value(reply, 1);
    osw_deliver_return(job);
    job->channel = osw_channel(job->task.channel);

    if (job->why[0]) {                  /* it could not be read */
        osw_job_finish(job, OSW_DEAD, NULL);
        return;
    }

    if (job->store == NULL) {
        osw_job_finish(job, OSW_DEAD, "the worker has no store %.*s",
                       (int) job->task.store.len, job->task.store.data);
        return;
    }

    if (osw_deliver_is_guarded(&job->task)) {
        osw_api_read(job->shard->w, job->store, job->task.order_id,
                     osw_deliver_guarded, job);
        return;
    }

    osw_gate_pass(job);
}


static void
osw_deliver_fetch(osw_job_t *job)
{
    osw_t         *w;
    os_str_t       store, id;
    os_command_t  *cmd;

    w = job->shard->w;
    store = job->task.store.len ? job->task.store : OS_STR("-");
    id = job->task.order_id.len ? job->task.order_id : OS_STR("-");
    job->store = osw_config_store(w->config, store);

    cmd = os_command_new(job->shard->index, osw_deliver_fetched, job);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("MGET"));
    osw_command_key(w, cmd, "o", store, id, OS_NULL);
    osw_command_key(w, cmd, "d", store, id, OS_NULL);
    osw_redis_send(w->redis, cmd);
}


/* The lane of a job; NULL where there is nobody to ask. */
static osw_lane_t *
osw_deliver_lane(osw_t *w, const os_task_t *task)
{
    osw_store_t          *store;
    osw_provider_t        provider, also;
    const osw_channel_t  *channel;

    channel = osw_channel(task->channel);
    store = osw_config_store(w->config, task->store);

    if (channel->provider == NULL || store == NULL) {
        return NULL;
    }

    provider = channel->provider(w, store, task);
    also = (osw_provider_t) { 0 };

    if (osw_deliver_is_guarded(task)) {
        also = osw_channel(OS_CHANNEL_STORE)->provider(w, store, task);
    }

    if (provider.name == NULL) {
        provider = also;
        also.name = NULL;
    }

    return provider.name ? osw_admit_lane(w, &provider, &also) : NULL;
}


/* Does a pause, such as "shop/sms/delivered", hold this job up? */
static int
osw_pause_holds(const char *pause, const os_str_t part[3])
{
    size_t       i, len;
    const char  *p;

    for (i = 0, p = pause; i < 3; i++) {
        len = strcspn(p, "/");

        if (!(len == 1 && *p == '*')
            && !os_str_equal((os_str_t) { len, p }, part[i]))
        {
            return 0;
        }

        p += len + (p[len] == '/');
    }

    return 1;
}


static int
osw_deliver_is_paused(const osw_t *w, const os_task_t *task)
{
    size_t     i;
    json_t    *pause;
    os_str_t   part[3];

    part[0] = task->store;
    part[1] = os_str(os_channel_word(task->channel));
    part[2] = task->word;

    json_array_foreach(w->pauses, i, pause) {
        if (osw_pause_holds(json_string_value(pause), part)) {
            return 1;
        }
    }

    return 0;
}


unsigned
osw_deliver_take(osw_shard_t *shard, os_str_t key, os_str_t text,
    unsigned from)
{
    json_t      *json;
    os_task_t    task;
    osw_job_t   *job;
    os_error_t   err;
    osw_lane_t  *lane;

    if (osw_job_find(shard, key) != NULL) {
        return OSW_LANE_FLIGHT;
    }

    json = os_json_parse(text, "job", NULL);
    json = json ? json : json_object();
    err.text[0] = '\0';
    (void) os_task_read(&task, json, &err);

    if (from != OSW_LANE_LATE && osw_queue_late(shard) && task.sending
        && task.epoch != shard->epoch)
    {
        json_decref(json);
        return OSW_LANE_LATE;
    }

    if (osw_deliver_is_paused(shard->w, &task)) {
        json_decref(json);
        return OSW_LANE_PAUSED;
    }

    lane = osw_deliver_lane(shard->w, &task);

    if (lane && !osw_admit_take(shard->w, lane, shard)) {
        json_decref(json);
        return osw_admit_number(lane);
    }

    job = osw_job_new(shard, key, json, &task);

    if (job == NULL) {
        json_decref(json);

        if (lane) {
            osw_admit_leave(lane, shard, 1);
        }

        return 0;
    }

    job->lane = lane;
    snprintf(job->why, sizeof(job->why), "%s", err.text);

    /* at once: a read that fails before the channel sees it forgets the mark */
    if (job->task.sending) {
        osw_job_doubt(job);
    }

    osw_deliver_fetch(job);

    return OSW_LANE_FLIGHT;
}

/*
 * osw_channel_watch: see osw_channel_watch.h.
 */

#include <ctype.h>

#include "core/base/os_time.h"
#include "core/order/os_track.h"
#include "worker/send/osw_channel_watch.h"
#include "worker/render/osw_recommend.h"
#include "worker/osw_code.h"
#include "worker/osw_job.h"


#define OSW_WATCH_EMPTY  3600000     /* ms until a pool is asked again */


void
osw_carrier(os_str_t name, os_buf_t *out)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < name.len; i++) {
        c = (unsigned char) name.data[i];
        os_buf_char(out, (char) (c < 0x80 ? tolower(c) : c));
    }
}


static json_t *
osw_watch_event(const osw_job_t *job, const char *kind)
{
    json_t    *event;
    os_str_t   parcel;

    event = osw_job_new_event(job, kind);
    parcel = os_json_str(job->task.data, "parcel");

    if (parcel.len) {
        os_json_set_str(event, "parcel", parcel);
    }

    return event;
}


/* {days: weight} of a HGETALL. */
static json_t *
osw_watch_history(const redisReply *reply)
{
    char      days[24];
    size_t    i;
    json_t   *history;
    os_str_t  field;

    history = json_object();

    for (i = 0; i + 1 < reply->elements; i += 2) {
        field = osw_reply_str(reply->element[i]);
        snprintf(days, sizeof(days), "%.*s", (int) field.len, field.data);
        os_json_set_int(history, days,
                        osw_reply_int(reply->element[i + 1], 0));
    }

    return history;
}


static void
osw_watch_date(json_t *event, const char *member, int64_t days)
{
    int       month, day;
    int64_t   year;
    os_buf_t  text;

    text = (os_buf_t) { 0 };
    os_civil_from_days(days, &year, &month, &day);
    os_buf_printf(&text, "%04lld-%02d-%02d", (long long) year, month, day);
    os_json_set_str(event, member, os_buf_view(&text));
    os_buf_free(&text);
}


static void
osw_watch_answer(os_command_t *cmd, redisReply *reply)
{
    json_t     *history, *event;
    int64_t     from, to, left;
    osw_job_t  *job;

    job = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_job_finish(job, OSW_LATER, "Redis did not answer");
        return;
    }

    left = os_json_int(job->task.data, "left", 0);
    history = osw_watch_history(reply);

    if (os_track_spread(history, &from, &to) == 0) {
        event = osw_watch_event(job, "eta");
        osw_watch_date(event, "from", left + from);
        osw_watch_date(event, "to", left + to);
        osw_job_event(job, event);
    }

    json_decref(history);
    osw_job_finish(job, OSW_DONE, NULL);
}


static void
osw_watch_estimate(osw_job_t *job)
{
    osw_t         *w;
    json_t        *data;
    os_str_t       country;
    os_buf_t       carrier;
    os_command_t  *cmd;

    w = job->shard->w;
    data = job->task.data;
    country = os_json_str(data, "country");
    carrier = (os_buf_t) { 0 };
    osw_carrier(os_json_str(data, "carrier"), &carrier);

    cmd = os_command_new(os_space_shard(&w->config->space, job->store->name,
                                        os_buf_view(&carrier), country),
                         osw_watch_answer, job);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("HGETALL"));
    osw_command_key(w, cmd, "transit", job->store->name,
                    os_buf_view(&carrier), country);
    os_buf_free(&carrier);
    osw_redis_send(w->redis, cmd);
}


/*
 * A code of the buyer's own: where the pool is empty it is asked again each
 * hour, for as long as somebody may still look.
 */
static void
osw_watch_code(void *data, os_str_t code, int failed)
{
    json_t     *event;
    osw_job_t  *job = data;
    json_t     *given = job->task.data;

    if (failed) {
        osw_job_finish(job, OSW_LATER, "Redis did not answer");
        return;
    }

    if (code.len == 0) {
        osw_job_count(job, "no_code");
        job->delay_ms = OSW_WATCH_EMPTY;
        osw_job_finish(job, OSW_WAIT, NULL);
        return;
    }

    event = osw_watch_event(job, "extra");
    (void) json_object_set(event, "extra", json_object_get(given, "extra"));
    os_json_set_str(event, "code", code);
    osw_job_event(job, event);
    osw_job_finish(job, OSW_DONE, NULL);
}


/* It has run out. Of a parcel there is one watch: it does not say which. */
static void
osw_watch_over(osw_job_t *job)
{
    json_t    *event;
    os_str_t   what;

    what = os_json_str(job->task.data, "what");
    event = osw_watch_event(job, "clock");
    os_json_set_str(event, "what", what.len ? what : OS_STR("no_scan"));
    osw_job_event(job, event);
    osw_job_finish(job, OSW_DONE, NULL);
}


static void
osw_watch_deliver(osw_job_t *job)
{
    switch (job->task.purpose) {

    case OS_PURPOSE_ESTIMATE:
        osw_watch_estimate(job);
        return;

    case OS_PURPOSE_FIT:
        osw_recommend_deliver(job);
        return;

    case OS_PURPOSE_EXTRA:
        osw_code_take(job->shard->w, job->store,
                      os_json_str(job->task.data, "pool"),
                      os_str(job->id), osw_watch_code, job);
        return;

    default:
        osw_watch_over(job);
    }
}


const osw_channel_t  osw_watch_channel = {
    "clock", NULL, osw_watch_deliver, NULL, NULL, NULL
};

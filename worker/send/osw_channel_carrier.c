/*
 * osw_channel_carrier: see osw_channel_carrier.h.
 *
 * Both calls may be repeated: a number that is registered already is as good as
 * registered now. So there is no mark; that a worker who lost the shard asks
 * nothing is seen to just before the first byte leaves.
 *
 *     answer              register                poll
 *     2xx, "there"        event `carrier`, done   event `parcel`, again later
 *     no such number      refused, in the order   -
 *     not registered      -                       again later
 *     401, 402, 403       again, no failure of the parcel's
 *     429, 5xx, nothing   again, with backoff
 */

#include <stdio.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/base/os_json_outside.h"
#include "core/order/os_follow.h"
#include "core/order/os_source.h"
#include "core/order/os_track.h"
#include "worker/osw_http.h"
#include "worker/osw_job.h"
#include "worker/osw_lease.h"
#include "worker/send/osw_carrier_way.h"
#include "worker/send/osw_channel_carrier.h"


#define OSW_CARRIER_LOCKED  600000      /* ms until it is tried again */


static const char *
osw_carrier_call(const osw_job_t *job)
{
    return job->task.purpose == OS_PURPOSE_POLL ? "read" : "register";
}


static json_t *
osw_carrier_parcel(const osw_job_t *job)
{
    return os_track_find(json_object_get(job->order, "track"),
                         os_json_str(job->task.data, "parcel"));
}


static int64_t
osw_carrier_silent_ms(const osw_job_t *job)
{
    return os_follow_silent(job->store->campaign) * 1000;
}


/* It is asked again after a silence, as if it had never failed. */
static void
osw_carrier_again(osw_job_t *job, int64_t delay_ms)
{
    job->task.tries = 0;
    job->task.failing_ms = 0;
    job->delay_ms = delay_ms > 0 ? delay_ms : 1;
    osw_job_finish(job, OSW_WAIT, NULL);
}


/* What the order is to know of it. */
static void
osw_carrier_tell(osw_job_t *job, const char *refused)
{
    json_t  *event = osw_job_new_event(job, "carrier");

    os_json_set_str(event, "parcel", os_json_str(job->task.data, "parcel"));
    os_json_set_str(event, "by", os_json_str(job->task.data, "by"));

    if (refused) {
        (void) json_object_set_new(event, "refused", json_true());
        os_json_set_str(event, "why", os_str(refused));
    }

    osw_job_event(job, event);
}


/*
 * What was said the last time is no news: a word without a time of its own
 * would seem to be of now, and a parcel that stands still to be on its way.
 */
static void
osw_carrier_news(osw_job_t *job, json_t *parcel)
{
    json_t    *event;
    uint8_t    hash[OS_SHA256_LEN];
    os_buf_t   text = { 0 }, id = { 0 };

    os_json_dump(&text, parcel);
    os_sha256(text.data ? text.data : "", text.len, hash);
    os_buf_text(&id, "poll/");
    os_base64url(&id, hash, 16);

    if (!os_str_equal(os_json_str(job->task.data, "said"), os_buf_view(&id))) {
        event = osw_job_new_event(job, "parcel");
        os_json_set_str(event, "id", os_buf_view(&id));
        os_json_set_str(event, "from", OS_STR("poll"));
        (void) json_object_set(event, "data", parcel);
        osw_job_event(job, event);
        os_json_set_str(job->task.data, "said", os_buf_view(&id));
        osw_job_count(job, "carrier.polled");
    }

    os_buf_free(&text);
    os_buf_free(&id);
}


/* Of several numbers in an answer the others are nobody's here. */
static void
osw_carrier_said(osw_job_t *job, const json_t *answer)
{
    size_t                     i;
    json_t                    *payload, *parcels, *parcel;
    os_str_t                   topic;
    os_error_t                 err;
    const osw_carrier_conf_t  *c = &job->store->carrier;

    payload = os_follow_payload(c->how, answer);
    topic = os_str(json_string_value(json_array_get(
                json_object_get(c->source->json, "parcel_topics"), 0)));
    parcels = os_source_parcels(c->source, payload, topic, &err);

    if (parcels == NULL) {
        osw_log(OSW_WARN, "%s: what it answered is no parcel: %s", c->base,
                err.text);
    }

    json_array_foreach(parcels, i, parcel) {
        if (os_str_equal(os_json_str(parcel, "number"),
                         os_json_str(job->task.data, "parcel")))
        {
            osw_carrier_news(job, parcel);
        }
    }

    json_decref(parcels);
    json_decref(payload);
}


static void
osw_carrier_yes(osw_job_t *job, const json_t *answer)
{
    if (job->task.purpose == OS_PURPOSE_POLL) {
        osw_carrier_said(job, answer);
        osw_carrier_again(job, osw_carrier_silent_ms(job));
        return;
    }

    osw_job_count(job, "carrier.registered");
    osw_carrier_tell(job, NULL);
    osw_job_finish(job, OSW_DONE, NULL);
}


/* A number that it will not have: the order knows why, nobody asks again. */
static void
osw_carrier_refuses(osw_job_t *job, const char *why)
{
    osw_job_count(job, "carrier.refused");

    if (job->task.purpose == OS_PURPOSE_POLL) {
        osw_carrier_again(job, osw_carrier_silent_ms(job));
        return;
    }

    osw_log(OSW_WARN, "%s: the parcel of order %.*s is not followed: %s",
            job->store->carrier.base, (int) job->task.order.len,
            job->task.order.data, why);
    osw_carrier_tell(job, why);
    osw_job_finish(job, OSW_DONE, "%s", why);
}


/* Whoever polls never gives up: a service that is well again may know it. */
static void
osw_carrier_later(osw_job_t *job, int64_t after_ms, const char *why)
{
    if (job->task.purpose == OS_PURPOSE_POLL && osw_job_last_try(job)) {
        osw_carrier_again(job, osw_carrier_silent_ms(job));
        return;
    }

    job->delay_ms = after_ms;
    osw_job_finish(job, OSW_LATER, "%s", why);
}


static os_follow_t
osw_carrier_means(const osw_job_t *job, const osw_answer_t *answer,
    const json_t *body)
{
    os_follow_t  said;

    said = os_follow_says(job->store->carrier.how, osw_carrier_call(job),
                          answer->status, body);

    if (said != OS_FOLLOW_PLAIN) {
        return said;
    }

    switch (answer->status) {

    case 401: case 402: case 403: case 407:
        return OS_FOLLOW_LOCKED;

    case 405: case 406: case 411: case 415:     /* said to anybody */
        return OS_FOLLOW_LATER;

    case 404: case 410:
        return job->task.purpose == OS_PURPOSE_POLL ? OS_FOLLOW_UNKNOWN
                                                    : OS_FOLLOW_LATER;
    }

    switch (osw_http_says(answer)) {

    case OSW_SAYS_YES:
        return body ? OS_FOLLOW_PLAIN : OS_FOLLOW_LATER;

    case OSW_SAYS_NO:
        return answer->status < 500 ? OS_FOLLOW_REFUSED : OS_FOLLOW_LATER;

    case OSW_SAYS_LATER:
    case OSW_SAYS_NOTHING:
        break;
    }

    return OS_FOLLOW_LATER;
}


static void
osw_carrier_answer(void *data, const osw_answer_t *answer)
{
    char          words[OSW_WORDS_MAX + 16], why[OSW_WORDS_MAX + 240];
    json_t       *body;
    osw_job_t    *job = data;
    os_follow_t   means;
    const char   *base = job->store->carrier.base;

    body = answer->status ? os_json_outside(answer->body, "answer", NULL)
                          : NULL;
    means = osw_carrier_means(job, answer, body);
    osw_http_words(answer, words, sizeof(words));
    osw_http_hide(words, job->store->carrier.key);
    snprintf(why, sizeof(why), "%s %s%s", base,
             answer->status ? "said " : "does not answer: ", words);
    osw_admit_told(job->shard->w, base,
                   means == OS_FOLLOW_LOCKED ? OSW_LOCKED
                   : means == OS_FOLLOW_LATER && answer->status != 404
                   ? OSW_FAILS : OSW_WORKS, why);

    switch (means) {

    case OS_FOLLOW_PLAIN:
    case OS_FOLLOW_THERE:
        osw_carrier_yes(job, body);
        break;

    case OS_FOLLOW_UNKNOWN:
        osw_job_count(job, "carrier.unknown");
        osw_carrier_again(job, osw_carrier_silent_ms(job));
        break;

    case OS_FOLLOW_REFUSED:
        osw_carrier_refuses(job, why);
        break;

    case OS_FOLLOW_LATER:
        osw_carrier_later(job, answer->retry_after_ms, why);
        break;

    case OS_FOLLOW_LOCKED:
        osw_carrier_later(job, answer->retry_after_ms ? answer->retry_after_ms
                               : OSW_CARRIER_LOCKED, why);
    }

    json_decref(body);
}


static int
osw_carrier_may(void *data)
{
    const osw_job_t  *job = data;

    return osw_lease_still(job->shard, job->epoch);
}


static void
osw_carrier_send(osw_job_t *job, json_t *view)
{
    os_buf_t                   basic = { 0 };
    os_error_t                 err;
    os_request_t               request;
    const osw_carrier_conf_t  *c = &job->store->carrier;

    if (osw_carrier_way(c, osw_carrier_call(job), view, &request, &basic, &err)
        != 0)
    {
        osw_job_finish(job, OSW_DEAD, "the call cannot be made: %s", err.text);
        return;
    }

    job->asked = 1;
    osw_http_send(job->shard->w, &request, basic.len ? basic.data : NULL, NULL,
                  c->timeout_ms, osw_carrier_may, osw_carrier_answer, job);
    os_request_free(&request);
    os_buf_free(&basic);
}


/* ms until it has been silent for long enough; at most 0: it has. */
static int64_t
osw_carrier_quiet(const osw_job_t *job, const json_t *parcel)
{
    int64_t        heard;
    const json_t  *followed = json_object_get(parcel, "followed");

    heard = os_json_int(followed, "heard", os_json_int(followed, "at", 0));

    return heard * 1000 + osw_carrier_silent_ms(job)
           - osw_now_ms(job->shard->w);
}


/* Nobody asks for what no campaign wants any more, or has come to its end. */
static int
osw_carrier_wanted(const osw_job_t *job, const json_t *parcel)
{
    return job->order != NULL && job->store->carrier.how != NULL
           && os_str_equal(os_follow_by(job->store->campaign),
                           os_json_str(job->task.data, "by"))
           && !os_follow_over(job->store->campaign, job->order, parcel,
                              osw_now_ms(job->shard->w) / 1000);
}


static void
osw_carrier_deliver(osw_job_t *job)
{
    json_t   *view, *parcel = osw_carrier_parcel(job);
    int64_t   left;

    if (!osw_carrier_wanted(job, parcel)) {
        osw_job_finish(job, OSW_DONE, NULL);
        return;
    }

    left = job->task.purpose == OS_PURPOSE_POLL
           ? osw_carrier_quiet(job, parcel) : 0;

    if (left > 0) {
        osw_carrier_again(job, left);
        return;
    }

    view = os_follow_view(job->store->campaign, job->order,
                          job->task.order_id, parcel);

    if (os_follow_lacks(job->store->carrier.how, view)) {
        osw_carrier_refuses(job, "the campaign's /track/follow/codes do not "
                            "have its carrier");

    } else {
        osw_carrier_send(job, view);
    }

    json_decref(view);
}


static osw_provider_t
osw_carrier_provider(osw_t *w, osw_store_t *store, const os_task_t *task)
{
    (void) w;
    (void) task;

    return (osw_provider_t) {
        .name = store->carrier.base, .per_second = store->carrier.per_second,
        .at_once = OSW_HTTP_AT_ONCE
    };
}


const osw_channel_t  osw_carrier_channel = {
    "carrier", NULL, osw_carrier_deliver, NULL, NULL, osw_carrier_provider
};

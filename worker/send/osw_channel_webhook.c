/*
 * osw_channel_webhook: see osw_channel_webhook.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/order/os_return.h"
#include "core/order/os_rules.h"
#include "worker/osw_admit.h"
#include "worker/osw_http.h"
#include "worker/osw_job.h"
#include "worker/render/osw_message.h"
#include "worker/send/osw_channel_webhook.h"


#define OSW_HOOK_TIMEOUT_MS  10000


static const json_t *
osw_hook_of(const osw_store_t *store, const os_task_t *task)
{
    const json_t  *name;

    name = json_object_get(task->data, "hook");

    /* a place in the list, as jobs said before they said whom */
    return json_is_integer(name)
           ? json_array_get(os_campaign_at(store->campaign, "/webhooks"),
                            (size_t) json_integer_value(name))
           : os_campaign_hook(store->campaign,
                              os_json_str(task->data, "hook"));
}


static const json_t *
osw_hook(const osw_job_t *job)
{
    return osw_hook_of(job->store, &job->task);
}


/* What was written, and where its photo can be fetched for thirty days. */
static void
osw_hook_review(const osw_job_t *job, json_t *said, json_t *body)
{
    json_t    *review;
    os_buf_t   url = { 0 };

    if (said == NULL) {
        return;
    }

    review = json_deep_copy(said);

    if (os_json_str(review, "photo").len) {
        osw_message_photo(job->shard->w, job->store,
                          os_json_str(review, "photo"), &url);
        os_json_set_str(review, "photo_url", os_buf_view(&url));
        os_buf_free(&url);
    }

    (void) json_object_set_new(body, "review", review);
}


/* A help desk shows its people the page where they answer. */
static void
osw_hook_request(const osw_job_t *job, const json_t *decision, json_t *body)
{
    os_buf_t  url = { 0 };

    if (os_campaign_at(job->store->campaign, "/requests") == NULL
        || !os_rules_waits(decision))
    {
        return;
    }

    osw_message_approve(job->shard->w, job->store, job->order, &url);

    if (url.len) {
        os_json_set_str(body, "approve_url", os_buf_view(&url));
    }

    os_buf_free(&url);
}


/* What is to come back, and where it is answered. */
static void
osw_hook_return(const osw_job_t *job, json_t *one, json_t *body)
{
    os_buf_t  url = { 0 };

    if (one == NULL) {
        return;
    }

    (void) json_object_set(body, "return", one);

    if (os_json_str(one, "photo").len) {
        osw_message_photo(job->shard->w, job->store,
                          os_json_str(one, "photo"), &url);
        os_json_set_str(body, "photo_url", os_buf_view(&url));
        url.len = 0;
    }

    if (os_return_waits(one)) {
        osw_message_approve_return(job->shard->w, job->store, job->order,
                                   os_json_str(one, "nonce"), &url);
        os_json_set_str(body, "approve_url", os_buf_view(&url));
    }

    os_buf_free(&url);
}


static void
osw_hook_body(const osw_job_t *job, os_buf_t *out)
{
    json_t  *body, *data, *save;

    data = job->task.data;
    save = json_object_get(job->order, "save");
    body = json_object();

    os_json_set_str(body, "id", os_str(job->id));
    os_json_set_str(body, "event", os_json_str(data, "event"));
    os_json_set_int(body, "at", os_json_int(data, "at", 0));
    os_json_set_str(body, "store", job->store->name);
    os_json_set_str(body, "order", job->task.order_id);
    os_json_set_str(body, "state", os_json_str(job->order, "state"));
    (void) json_object_set(body, "decision", json_object_get(save,
                                                             "decision"));
    osw_hook_request(job, json_object_get(save, "decision"), body);
    (void) json_object_set(body, "asked", json_object_get(save, "asked"));
    (void) json_object_set(body, "score", json_object_get(save, "score"));
    osw_hook_review(job, json_object_get(data, "reviewed"), body);
    osw_hook_return(job, json_object_get(data, "return"), body);
    (void) json_object_set(body, "packaging",
                           json_object_get(data, "packaging"));
    os_json_dump(out, body);
    json_decref(body);
}


static int
osw_hook_sign(const osw_job_t *job, const json_t *hook, os_request_t *r,
    os_error_t *err)
{
    int       rc;
    char     *file, time[24];
    size_t    len;
    uint8_t   mac[OS_SHA256_LEN];
    os_buf_t  secret, text;

    secret = (os_buf_t) { 0 };
    text = (os_buf_t) { 0 };
    file = osw_config_path(job->store->campaign->path,
                           os_json_str(hook, "secret_file"));
    rc = file ? os_file_read(file, &secret, err) : -1;
    free(file);

    if (rc != 0) {
        return -1;
    }

    len = strcspn(secret.data ? secret.data : "", "\r\n");
    os_hmac_sha256((os_str_t) { len, secret.data }, os_buf_view(&r->body),
                   mac);
    os_buf_text(&text, "sha256=");
    os_hex(&text, mac, sizeof(mac));
    os_json_set_str(r->headers, "X-Ordersave-Signature", os_buf_view(&text));
    os_buf_free(&text);

    /* one that is sent again by somebody else gives itself away by its time */
    snprintf(time, sizeof(time), "%lld",
             (long long) (osw_now_ms(job->shard->w) / 1000));
    text = (os_buf_t) { 0 };
    os_buf_printf(&text, "%s.", time);
    os_buf_str(&text, os_buf_view(&r->body));
    os_hmac_sha256((os_str_t) { len, secret.data }, os_buf_view(&text), mac);
    os_buf_free(&text);
    text = (os_buf_t) { 0 };
    os_buf_printf(&text, "t=%s,sha256=", time);
    os_hex(&text, mac, sizeof(mac));
    os_json_set_str(r->headers, "X-Ordersave-Signature-Time",
                    os_buf_view(&text));
    os_buf_free(&text);
    os_buf_free(&secret);

    return len ? 0 : os_fail(err, "the webhook's secret is empty");
}


static void
osw_hook_answer(void *data, const osw_answer_t *answer)
{
    char         words[OSW_WORDS_MAX + 16];
    osw_job_t   *job;
    osw_says_t   says;

    job = data;
    says = osw_http_says(answer);
    osw_http_words(answer, words, sizeof(words));
    osw_admit_told(job->shard->w,
                   json_string_value(json_object_get(osw_hook(job), "url")),
                   osw_http_how(answer), words);
    job->delay_ms = answer->retry_after_ms;

    if (says == OSW_SAYS_YES) {
        osw_job_count(job, "sent.webhook");
        osw_job_finish(job, OSW_DONE, NULL);

    } else {
        /* a second one has the same id: it is folded */
        osw_job_finish(job, says == OSW_SAYS_NO ? OSW_DEAD : OSW_LATER,
                       "the webhook's receiver said %d %s",
                       answer->status, answer->why ? answer->why : "");
    }
}


static void
osw_webhook_deliver(osw_job_t *job)
{
    os_error_t      err;
    os_request_t    r;
    const json_t   *hook;

    hook = osw_hook(job);

    if (hook == NULL) {
        osw_job_finish(job, OSW_DEAD, "the campaign has this webhook no more");
        return;
    }

    memset(&r, 0, sizeof(r));
    strcpy(r.method, "POST");
    r.headers = json_object();
    os_buf_str(&r.url, os_json_str(hook, "url"));
    osw_hook_body(job, &r.body);
    os_json_set_str(r.headers, "X-Ordersave-Delivery", os_str(job->id));

    if (osw_hook_sign(job, hook, &r, &err) != 0) {
        osw_job_finish(job, OSW_LATER, "%s", err.text);

    } else {
        osw_http_send(job->shard->w, &r, NULL, NULL, OSW_HOOK_TIMEOUT_MS,
                      NULL, osw_hook_answer, job);
    }

    os_request_free(&r);
}


static osw_provider_t
osw_webhook_provider(osw_t *w, osw_store_t *store, const os_task_t *task)
{
    (void) w;

    return (osw_provider_t) {
        .name = json_string_value(json_object_get(osw_hook_of(store, task),
                                                  "url")),
        .at_once = OSW_HTTP_AT_ONCE
    };
}


const osw_channel_t  osw_webhook_channel = {
    "webhook", NULL, osw_webhook_deliver, NULL, NULL, osw_webhook_provider
};

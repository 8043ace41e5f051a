/*
 * osw_channel_sms: see osw_channel_sms.h.
 *
 * The `sending` mark is made before the request leaves. An SMS has no id that
 * would fold a second one: a request that left and has no answer is not
 * repeated, unless the service is told to fold it by a header Idempotency-Key
 * in the configuration. Else it is left when it carries an offer, and a person
 * decides about the others.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/os_json_outside.h"
#include "core/order/os_consent.h"
#include "core/order/os_reduced.h"
#include "core/text/os_sms.h"
#include "worker/osw_admit.h"
#include "worker/osw_http.h"
#include "worker/osw_job.h"
#include "worker/render/osw_message.h"
#include "worker/render/osw_parcel.h"
#include "worker/osw_queue.h"
#include "worker/send/osw_channel_sms.h"
#include "worker/send/osw_sms_way.h"
#include "worker/osw_lease.h"
#include "worker/osw_suppress.h"


#define OSW_LINK_AGAIN_MS  500
#define OSW_FOLDED         1000     /* doubts that do no harm: all there are */


typedef struct {
    osw_job_t     *job;
    os_request_t   request;
    os_buf_t       basic;       /* account:token */
    unsigned       marketing:1;
} osw_text_t;


static void
osw_text_free(osw_text_t *t)
{
    os_request_free(&t->request);
    os_buf_free(&t->basic);
    free(t);
}


/* Doubts that a message may have and be sent again. */
static int64_t
osw_sms_doubts(const osw_sms_conf_t *c)
{
    json_t      *text;
    const char  *name;

    json_object_foreach(c->headers, name, text) {
        if (!c->twilio && strcasecmp(name, "Idempotency-Key") == 0
            && strstr(json_string_value(text), "{{id}}") != NULL)
        {
            return OSW_FOLDED;
        }
    }

    return 0;
}


static void
osw_text_unanswered(osw_job_t *job, int marketing)
{
    osw_job_doubt(job);

    if (marketing) {
        osw_job_finish(job, OSW_LEFT, NULL);

    } else if (!osw_job_in_doubt(job, osw_sms_doubts(&job->store->sms),
                                 "no answer of the SMS service"))
    {
        osw_job_count(job, "ambiguous.again");
        osw_job_finish(job, OSW_LATER, "no answer of the SMS service");
    }
}


/* No SMS goes to this number any more, until its owner says START. */
static void
osw_text_suppress(const osw_job_t *job, const char *why)
{
    osw_t     *w;
    os_buf_t   hash;

    w = job->shard->w;
    hash = (os_buf_t) { 0 };
    os_keys_customer(&w->config->keys, job->store->name,
                     os_consent_to(job->task.data, job->order), &hash);
    osw_redis_send(w->redis,
                   osw_suppress_command(w, job->store->name,
                                        os_buf_view(&hash), why, NULL, NULL));
    os_buf_free(&hash);
}


/* The service's words without a telephone number: they go into the log. */
static void
osw_text_words(os_str_t text, char *to, size_t size)
{
    size_t  i, n, run;

    for (i = 0, n = 0; i < text.len && n + 10 < size; i += run ? run : 1) {
        for (run = 0; i + run < text.len
                      && strchr("+0123456789", text.data[i + run]); run++)
        {
            /* a code has five digits, a number more */
        }

        if (run > 6) {
            n += (size_t) snprintf(to + n, size - n, "(number)");

        } else {
            run = 0;
            to[n++] = text.data[i] >= ' ' ? text.data[i] : ' ';
        }
    }

    to[n] = '\0';
}


/*
 * A no. Twilio's code says whether it is the number's: 21610 its owner stopped
 * us, 21211 and 21614 no SMS can reach it. That is known from then on.
 */
static void
osw_text_refused(osw_job_t *job, const osw_answer_t *answer, osw_says_t says)
{
    char        words[128], said[192];
    json_t     *json;
    int64_t     code;
    os_error_t  err;

    json = job->store->sms.twilio
           ? os_json_outside(answer->body, "answer", &err) : NULL;
    code = os_json_int(json, "code", 0);
    osw_text_words(os_json_str(json, "message"), words, sizeof(words));
    json_decref(json);

    if (code) {
        snprintf(said, sizeof(said), "%d: %lld %s", answer->status,
                 (long long) code, words);

    } else {
        snprintf(said, sizeof(said), "%d", answer->status);
    }

    if (code == 21610 || code == 21211 || code == 21614) {
        osw_text_suppress(job, code == 21610 ? OSW_STOPPED : OSW_NO_NUMBER);
        osw_job_count(job, "suppressed");
        osw_job_finish(job, OSW_DONE, "the SMS service said %s", said);
        return;
    }

    osw_job_finish(job, says == OSW_SAYS_NO ? OSW_DEAD : OSW_LATER,
                   "the SMS service said %s%s%s", said, answer->why ? " " : "",
                   answer->why ? answer->why : "");
}


static void
osw_text_answer(void *data, const osw_answer_t *answer)
{
    char            words[OSW_WORDS_MAX + 16];
    osw_t          *w;
    osw_job_t      *job;
    osw_text_t     *t;
    osw_says_t      says;

    t = data;
    job = t->job;
    w = job->shard->w;
    says = osw_http_says(answer);
    osw_http_words(answer, words, sizeof(words));
    osw_http_hide(words, job->store->sms.token);
    osw_admit_told(w, job->store->sms.url, osw_http_how(answer), words);
    job->delay_ms = answer->retry_after_ms;

    /* 503: what stands before the service may say it after handing it on */
    if (says == OSW_SAYS_NOTHING || answer->status == 503) {
        osw_text_unanswered(job, t->marketing);

    } else if (says == OSW_SAYS_YES) {
        osw_job_finish(job, OSW_SENT, NULL);

    } else {
        osw_text_refused(job, answer, says);
    }

    osw_text_free(t);
}


/* Another one has the shard by now, and a person reads that nobody knows. */
static int
osw_text_may(void *data)
{
    const osw_text_t  *t = data;

    return osw_lease_still(t->job->shard, t->job->epoch);
}


static void
osw_text_marked(void *data, int made)
{
    osw_text_t            *t;
    const osw_sms_conf_t  *c;

    t = data;
    c = &t->job->store->sms;

    if (made != 1) {
        osw_job_finish(t->job, made == 0 ? OSW_DONE : OSW_WAIT, NULL);
        osw_text_free(t);
        return;
    }

    osw_http_send(t->job->shard->w, &t->request,
                  t->basic.len ? t->basic.data : NULL,
                  t->basic.len ? NULL : c->token, c->timeout_ms,
                  osw_text_may, osw_text_answer, t);
}


static void
osw_text_send(osw_job_t *job, const osw_message_t *m)
{
    os_str_t         from;
    osw_sms_t        sms;
    os_error_t       err;
    osw_text_t      *t;
    osw_sms_conf_t  *c;
    os_sms_length_t  length;

    c = &job->store->sms;
    from = os_json_str(os_campaign_at(job->store->campaign, "/sms"), "from");
    t = calloc(1, sizeof(osw_text_t));

    if (t == NULL) {
        osw_job_finish(job, OSW_LATER, "no memory");
        return;
    }

    t->job = job;
    t->marketing = m->marketing;

    sms = (osw_sms_t) { .to = os_buf_view(&m->to), .from = from,
                        .text = os_buf_view(&m->text),
                        .id = os_str(job->id) };

    if (osw_sms_way(c, &sms, &t->request, &t->basic, &err) != 0) {
        osw_job_finish(job, OSW_DEAD, "%s", err.text);
        osw_text_free(t);
        return;
    }

    length = os_sms_length(os_buf_view(&m->text));
    job->counts = job->counts ? job->counts : json_object();
    os_json_set_int(job->counts, "sms.segments", (int64_t) length.segments);
    job->asked = 1;
    osw_queue_mark(job, osw_text_marked, t);
}


/* 1 when it has been finished here. */
static int
osw_sms_hold(osw_job_t *job, const osw_message_t *m)
{
    if (!osw_config_may_send(job->shard->w->config, os_buf_view(&m->to))) {
        osw_job_count(job, "diverted");
        osw_job_finish(job, OSW_DONE, NULL);
        return 1;
    }

    if (job->task.doubts && m->marketing) {
        osw_job_finish(job, OSW_LEFT, NULL);
        return 1;
    }

    if (osw_job_in_doubt(job, osw_sms_doubts(&job->store->sms),
                         "a worker died while it was sent"))
    {
        return 1;
    }

    if (job->task.sending) {
        osw_job_count(job, "ambiguous.again");
    }

    return 0;
}


static void
osw_sms_word(osw_job_t *job)
{
    int            rc;
    os_error_t     err;
    osw_message_t  m;

    rc = osw_message_make(job->shard->w, job->store, &job->task, job->order,
                          job->decision, OSW_SMS, &m, &err);

    if (rc == 1) {
        osw_job_count(job, "not_sent");
        osw_job_finish(job, OSW_DONE, "%s", err.text);

    } else if (rc != 0) {
        osw_job_finish(job, OSW_DEAD, "%s", err.text);

    } else if (!osw_sms_hold(job, &m)) {
        osw_text_send(job, &m);
    }

    osw_message_free(&m);
}


static void
osw_sms_linked(void *data, int ok)
{
    if (ok) {
        osw_sms_word(data);

    } else {
        ((osw_job_t *) data)->delay_ms = OSW_LINK_AGAIN_MS;
        osw_job_finish(data, OSW_WAIT, "the short link was not written");
    }
}


/* A link that is too long for an SMS is written down, and has a short one. */
static int
osw_sms_links(osw_job_t *job)
{
    json_t    *claims = NULL;
    os_str_t   tag;

    /* only what can be sent needs a link */
    if (os_consent_phone(job->order).len == 0
        || !os_consent(job->order, OS_CONSENT_SMS))
    {
        return 0;
    }

    if (job->task.wording == OS_PURPOSE_CANCELLED) {
        tag = osw_message_tag(job->store, job->order);
        claims = osw_message_claims(job->store, job->order, tag,
                                    osw_now_ms(job->shard->w) / 1000, "score");

    } else if (job->task.wording == OS_PURPOSE_REVIEW) {
        claims = json_pack("{s:s}", "p", "review");

    } else if (job->task.wording != OS_PURPOSE_PARCEL) {
        return 0;
    }

    osw_parcel_link(job, claims, osw_sms_linked, job);
    json_decref(claims);
    return 1;
}


static void
osw_sms_deliver(osw_job_t *job)
{
    if (job->store->sms.url == NULL) {
        osw_job_count(job, "not_sent");
        osw_job_finish(job, OSW_DONE, "no \"sms\" in the configuration");
        return;
    }

    if (!osw_sms_links(job)) {
        osw_sms_word(job);
    }
}


static osw_provider_t
osw_sms_provider(osw_t *w, osw_store_t *store, const os_task_t *task)
{
    (void) w;
    (void) task;

    return (osw_provider_t) {
        .name = store->sms.url, .per_second = store->sms.per_second,
        .at_once = OSW_HTTP_AT_ONCE
    };
}


const osw_channel_t  osw_sms_channel = {
    "sms", NULL, osw_sms_deliver, NULL, NULL, osw_sms_provider
};

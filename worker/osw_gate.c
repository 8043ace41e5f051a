/*
 * osw_gate: see osw_gate.h.
 */

#include <stdio.h>
#include <string.h>

#include "core/order/os_consent.h"
#include "core/order/os_elsewhere.h"
#include "redis/os_script_work.h"
#include "worker/render/osw_recommend.h"
#include "worker/osw_code.h"
#include "worker/osw_gate.h"
#include "worker/osw_job.h"
#include "worker/osw_law.h"
#include "worker/osw_quiet.h"
#include "worker/osw_quota.h"
#include "worker/osw_suppress.h"


#define OSW_CAP_MAIL  (16 * 3600)       /* s between two offers, unless set */
#define OSW_CAP_SMS   (24 * 3600)
#define OSW_GATE_EMPTY  3600000         /* ms until a pool is asked again */


static int
osw_gate_sms(const osw_job_t *job)
{
    return job->task.channel == OS_CHANNEL_SMS;
}


/* "08:00" in minutes; `other` where it is not set. */
static int
osw_gate_minutes(const json_t *hours, const char *name, int other)
{
    os_str_t  text;

    text = os_json_str(hours, name);

    return text.len == 5
           ? ((text.data[0] - '0') * 10 + text.data[1] - '0') * 60
             + (text.data[3] - '0') * 10 + text.data[4] - '0'
           : other;
}


/*
 * When messages may come: the campaign's word for the country, or for all; else
 * the country's pack; else from 8 to 21. On Sundays and holidays those that are
 * advertising wait, where either says so.
 */
static osw_hours_t
osw_gate_hours(const osw_job_t *job, os_str_t country)
{
    int             marketing = job->task.marketing;
    json_t         *quiet, *own, *law, *packs;
    osw_hours_t     hours;

    packs = job->store->campaign->packs;
    law = os_pack_rule(packs, country,
                       osw_gate_sms(job) ? "quiet_sms" : "quiet_mail");
    quiet = os_campaign_at(job->store->campaign, "/quiet");
    own = country.len ? json_object_getn(json_object_get(quiet, "countries"),
                                         country.data, country.len) : NULL;
    own = own ? own : quiet;

    hours.until = osw_gate_minutes(own, "from",
                                   osw_gate_minutes(law, "from", 21 * 60));
    hours.from = osw_gate_minutes(own, "until",
                                  osw_gate_minutes(law, "until", 8 * 60));
    hours.no_sundays = marketing
                       && os_json_bool(json_object_get(own, "sundays") ? own
                                                                       : law,
                                       "sundays");
    hours.holidays = marketing
                     && os_json_bool(json_object_get(own, "holidays") ? own
                                                                      : law,
                                     "holidays")
                     ? os_pack_rule(packs, country, "holidays") : NULL;

    return hours;
}


/* ms until nobody is disturbed any more; 0: now. */
static int64_t
osw_gate_quiet(const osw_job_t *job)
{
    char          zone[64], country[4];
    int64_t       now, offset;
    os_str_t      text;
    osw_hours_t   hours;

    if (!osw_gate_sms(job) && !job->task.marketing) {
        return 0;
    }

    text = os_json_str(job->order, "zone");
    snprintf(zone, sizeof(zone), "%.*s", (int) text.len,
             text.data ? text.data : "");
    text = os_json_str(job->order, "country");
    snprintf(country, sizeof(country), "%.*s", (int) text.len,
             text.data ? text.data : "");

    now = osw_now_ms(job->shard->w);
    offset = os_campaign_offset(job->store->campaign);
    hours = osw_gate_hours(job, text);

    return osw_quiet_until(zone, country, offset, &hours, now) - now;
}


/* Whoever has just asked for it sits there and waits. */
static int
osw_gate_awaited(const osw_job_t *job)
{
    return osw_quota_proves(job) || job->task.purpose == OS_PURPOSE_CONSENTED;
}


/* Whom the suppression and the cap are about: the address' keyed hash. */
static void
osw_gate_hash(const osw_job_t *job, os_buf_t *out)
{
    os_str_t  phone;

    if (!osw_gate_sms(job)) {
        os_buf_str(out, os_json_str(job->order, "customer"));
        return;
    }

    phone = os_consent_to(job->task.data, job->order);

    if (phone.len) {
        os_keys_customer(&job->shard->w->config->keys, job->store->name, phone,
                         out);
    }
}


static void
osw_gate_refuse(osw_job_t *job, const char *count, const char *why)
{
    osw_job_count(job, count);
    osw_job_finish(job, OSW_DONE, "%s", why);
}


static void
osw_gate_defer(osw_job_t *job, const char *count, int64_t ms)
{
    osw_job_count(job, count);
    job->delay_ms = ms;
    osw_job_finish(job, OSW_WAIT, NULL);
}


/*
 * A message with a code of the buyer's own. Without one nobody is asked back;
 * what was promised waits for the pool to be filled.
 */
static void
osw_gate_code(void *data, os_str_t code, int failed)
{
    osw_job_t  *job = data;

    if (failed) {
        job->delay_ms = 1000;
        osw_job_finish(job, OSW_WAIT, NULL);

    } else if (code.len == 0 && job->task.purpose == OS_PURPOSE_REWARDED) {
        osw_gate_defer(job, "no_code", OSW_GATE_EMPTY);

    } else if (code.len == 0) {
        osw_log(OSW_WARN, "%.*s: no code is left for %s",
                (int) job->store->name.len, job->store->name.data,
                job->task.word.data);
        osw_gate_refuse(job, "no_code", "no code is left");

    } else {
        os_json_set_str(job->task.data, "code", code);
        job->channel->deliver(job);
    }
}


static void
osw_gate_through(osw_job_t *job)
{
    os_str_t  pool = os_json_str(job->task.data, "pool");

    if (pool.len) {
        osw_code_take(job->shard->w, job->store, pool, os_str(job->id),
                      osw_gate_code, job);

    } else if (osw_quota_is(job)) {
        osw_quota_pass(job);

    } else {
        job->channel->deliver(job);
    }
}


/* [what is suppressed, ms until the cap allows the next] */
static void
osw_gate_known(os_command_t *cmd, redisReply *reply)
{
    int64_t      left;
    os_str_t     suppressed;
    osw_job_t   *job = cmd->data;

    if (osw_reply_failed(reply) || reply->elements != 2) {
        job->delay_ms = 1000;
        osw_job_finish(job, OSW_WAIT, NULL);
        return;
    }

    suppressed = osw_reply_str(reply->element[0]);
    left = osw_reply_int(reply->element[1], 0);

    if (suppressed.len) {
        if (osw_gate_sms(job)) {
            osw_gate_refuse(job, "suppressed", "answered STOP");
            return;
        }

        if (os_str_equal(suppressed, OS_STR(OSW_NO_MAILBOX))) {
            osw_gate_refuse(job, "suppressed", "no such mailbox");
            return;
        }

        if (job->task.marketing) {
            osw_gate_refuse(job, "suppressed", "wants no offers");
            return;
        }

        /* what concerns the order goes out, without what goes beyond it */
        (void) json_object_set_new(job->task.data, "no_offers", json_true());
    }

    if (left > 0) {
        osw_gate_defer(job, "capped", left);
        return;
    }

    /* products are advertising: they go where that may go */

    if (job->task.marketing) {
        osw_recommend_fetch(job, osw_gate_through);

    } else {
        osw_gate_through(job);
    }
}


static void
osw_gate_ask(osw_job_t *job, os_str_t hash)
{
    osw_t         *w = job->shard->w;
    int64_t        cap;
    unsigned       shard;
    os_command_t  *cmd;

    cap = !job->task.marketing ? 0
          : osw_gate_sms(job)
            ? os_campaign_duration(job->store->campaign, "/caps/sms",
                                   OSW_CAP_SMS)
            : os_campaign_duration(job->store->campaign, "/caps/email",
                                   OSW_CAP_MAIL);

    shard = os_space_shard(&w->config->space, job->store->name, hash,
                           OS_NULL);
    cmd = os_command_new(shard, osw_gate_known, job);
    os_command_script(cmd, &os_script_gate, 2, 2);
    osw_command_key(w, cmd, "suppress", job->store->name, hash, OS_NULL);
    osw_command_key(w, cmd, "cap", job->store->name, hash, OS_NULL);
    os_command_add(cmd, os_str(job->id));
    os_command_add_int(cmd, cap * 1000);
    osw_redis_send(w->redis, cmd);
}


/*
 * As the source maps it, or as the buyer has agreed to on a page of ours; or,
 * where the campaign goes by the law, as the country lets a shop write to
 * whoever has bought there, until they object.
 */
static int
osw_gate_consents(const osw_job_t *job)
{
    const char           *to = osw_gate_sms(job) ? "sms" : "email";
    const os_campaign_t  *c = job->store->campaign;

    if (os_consent_offers(job->order, to)) {
        return 1;
    }

    return !os_consent_left(job->order, to)
           && os_str_equal(os_json_str(os_campaign_at(c, "/advertising"),
                                    "basis"), OS_STR("law"))
           && osw_law_lets(c->packs, job->order,
                           job->task.purpose == OS_PURPOSE_REVIEW
                           ? "review_request"
                           : osw_gate_sms(job) ? "advertising_sms"
                                               : "advertising_mail",
                           osw_now_ms(job->shard->w) / 1000);
}


void
osw_gate_pass(osw_job_t *job)
{
    int64_t   wait;
    os_buf_t  hash = { 0 };

    /* made before the campaign began to observe */

    if (os_campaign_holds(job->store->campaign, os_str(job->channel->name),
                          job->task.word))
    {
        osw_gate_refuse(job, "held", "the campaign observes");
        return;
    }

    if (osw_quota_is(job) && !osw_quota_proves(job)) {
        osw_quota_pass(job);
        return;
    }

    if ((!osw_gate_sms(job) && job->task.channel != OS_CHANNEL_SMTP)
        || job->task.support || job->task.purpose == OS_PURPOSE_STOPPED
        || job->task.sending)
    {
        job->channel->deliver(job);
        return;
    }

    if (job->task.marketing
        && os_elsewhere(job->store->campaign, job->order))
    {
        osw_gate_refuse(job, "not_sent", "bought on a marketplace");
        return;
    }

    if (job->task.marketing && !osw_gate_consents(job)) {
        osw_gate_refuse(job, "not_sent", "no consent to offers");
        return;
    }

    wait = osw_gate_awaited(job) ? 0 : osw_gate_quiet(job);

    if (wait > 0) {
        osw_gate_defer(job, "quiet", wait);
        return;
    }

    osw_gate_hash(job, &hash);

    if (hash.len) {
        osw_gate_ask(job, os_buf_view(&hash));

    } else {
        job->channel->deliver(job);
    }

    os_buf_free(&hash);
}

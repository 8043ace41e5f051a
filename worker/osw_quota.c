/*
 * osw_quota: see osw_quota.h.
 */

#include <string.h>

#include "core/order/os_consent.h"
#include "redis/os_script_work.h"
#include "worker/osw_job.h"
#include "worker/osw_quota.h"


#define OSW_QUOTA_ADDRESS  6            /* a day */
#define OSW_QUOTA_PROOFS   4            /* codes a day, to one number */
#define OSW_QUOTA_VISITOR  24           /* many may share an address of IP */
#define OSW_QUOTA_DAY      86400
#define OSW_QUOTA_MONTH    (62 * 86400)


int
osw_quota_is(const osw_job_t *job)
{
    return job->task.purpose == OS_PURPOSE_WITHDRAW_RECEIVED
           || job->task.purpose == OS_PURPOSE_WITHDRAW_EVIDENCE
           || osw_quota_proves(job);
}


int
osw_quota_proves(const osw_job_t *job)
{
    return job->task.purpose == OS_PURPOSE_CONSENT_CODE
           || job->task.purpose == OS_PURPOSE_CONSENT_CONFIRM;
}


/* Asks for a place under `name`. */
static void
osw_quota_ask(osw_job_t *job, os_str_t name, int most, int64_t seconds,
    os_reply_pt handler)
{
    osw_t         *w = job->shard->w;
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(&w->config->space, job->store->name,
                                        name, OS_NULL), handler, job);
    os_command_script(cmd, &os_script_quota, 1, 3);
    osw_command_key(w, cmd, "acks", job->store->name, name, OS_NULL);
    os_command_add(cmd, os_str(job->id));
    os_command_add_int(cmd, most);
    os_command_add_int(cmd, seconds);
    osw_redis_send(w->redis, cmd);
}


/* 1: it has a place. Else it is finished, or waits. */
static int
osw_quota_given(osw_job_t *job, redisReply *reply)
{
    if (osw_reply_failed(reply)) {
        job->delay_ms = 1000;
        osw_job_finish(job, OSW_WAIT, NULL);
        return 0;
    }

    if (osw_reply_int(reply, 0) == 1) {
        return 1;
    }

    if (job->task.purpose == OS_PURPOSE_WITHDRAW_RECEIVED) {
        osw_job_count(job, "withdrawal.capped");
        osw_log(OSW_WARN, "%s: one acknowledgement too many to its address, "
                "or for its visitor: it is not sent", job->task.order_id.data);

    } else if (osw_quota_proves(job)) {
        osw_job_count(job, "consent.capped");
        osw_log(OSW_WARN, "%s: one code or link too many to where it goes, or "
                "for its visitor: it is not sent", job->task.order_id.data);
    }

    osw_job_finish(job, OSW_DONE, "enough of them");

    return 0;
}


static void
osw_quota_visitor(os_command_t *cmd, redisReply *reply)
{
    osw_job_t  *job = cmd->data;

    if (osw_quota_given(job, reply)) {
        job->channel->deliver(job);
    }
}


static void
osw_quota_address(os_command_t *cmd, redisReply *reply)
{
    os_str_t    visitor;
    osw_job_t  *job = cmd->data;

    if (!osw_quota_given(job, reply)) {
        return;
    }

    visitor = os_json_str(osw_quota_proves(job)
                          ? job->task.data : job->order,
                          "visitor");

    if (visitor.len) {
        osw_quota_ask(job, visitor, OSW_QUOTA_VISITOR, OSW_QUOTA_DAY,
                      osw_quota_visitor);

    } else {
        job->channel->deliver(job);     /* a person entered it */
    }
}


/* Where it goes, as its keyed hash. Appended. */
static void
osw_quota_where(const osw_job_t *job, os_buf_t *name)
{
    os_keys_customer(&job->shard->w->config->keys, job->store->name,
                     job->task.purpose == OS_PURPOSE_CONSENT_CODE
                     ? os_consent_to(job->task.data, job->order)
                     : os_json_str(job->order, "email"), name);
}


/* The newest link of the chain, "N MAC", goes into the mail. */
static void
osw_quota_head(os_command_t *cmd, redisReply *reply)
{
    osw_job_t  *job = cmd->data;

    if (osw_reply_failed(reply)) {
        job->delay_ms = 1000;
        osw_job_finish(job, OSW_WAIT, NULL);
        return;
    }

    os_json_set_str(job->task.data, "head", osw_reply_str(reply));
    job->channel->deliver(job);
}


static void
osw_quota_month(os_command_t *cmd, redisReply *reply)
{
    osw_t      *w;
    osw_job_t  *job = cmd->data;

    if (!osw_quota_given(job, reply)) {
        return;
    }

    w = job->shard->w;
    cmd = os_command_new(os_space_shard(&w->config->space, job->store->name,
                                        OS_STR("chain"), OS_NULL),
                         osw_quota_head, job);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("HGET"));
    osw_command_key(w, cmd, "evidence", job->store->name, OS_STR("chain"),
                    OS_NULL);
    os_command_add(cmd, OS_STR("#"));
    osw_redis_send(w->redis, cmd);
}


void
osw_quota_pass(osw_job_t *job)
{
    os_buf_t  name = { 0 };

    if (job->order == NULL) {
        osw_job_finish(job, OSW_DONE, "it was erased");
        return;
    }

    if (job->task.purpose == OS_PURPOSE_WITHDRAW_EVIDENCE) {
        os_buf_str(&name, os_json_str(job->task.data, "month"));
        osw_quota_ask(job, os_buf_view(&name), 1, OSW_QUOTA_MONTH,
                      osw_quota_month);

    } else {
        osw_quota_where(job, &name);
        osw_quota_ask(job, os_buf_view(&name), osw_quota_proves(job)
                      ? OSW_QUOTA_PROOFS : OSW_QUOTA_ADDRESS, OSW_QUOTA_DAY,
                      osw_quota_address);
    }

    os_buf_free(&name);
}

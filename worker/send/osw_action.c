/*
 * osw_action: see osw_action.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/campaign/os_request.h"
#include "core/order/os_rules.h"
#include "worker/send/osw_action.h"
#include "worker/send/osw_action_view.h"


static void
osw_action_free(osw_action_t *a)
{
    json_decref(a->calls);
    json_decref(a->fresh);
    json_decref(a->raw);
    json_decref(a->view);
    json_decref(a->variant);
    os_buf_free(&a->code);
    free(a);
}


os_str_t
osw_action_nonce(const osw_action_t *a)
{
    return a->what == OSW_DO_CANCEL
           ? os_json_str(a->job->task.data, "nonce")
           : os_json_str(a->job->decision, "nonce");
}


json_t *
osw_action_terms(const osw_action_t *a)
{
    return json_object_get(a->job->decision, "terms");
}


/* What is known for a call. A cancel's reason is with the order. */
static osw_facts_t
osw_action_facts(const osw_action_t *a)
{
    return (osw_facts_t) {
        .store = a->job->store,
        .decision = a->job->decision,
        .said = a->what == OSW_DO_CANCEL
                ? json_object_get(json_object_get(a->job->order, "save"),
                                  "asked")
                : a->job->decision,
        .fresh = a->fresh,
        .raw = a->raw,
        .variant = a->variant,
        .back = a->what == OSW_DO_RETURN ? a->job->decision : NULL,
        .nonce = osw_action_nonce(a),
        .code = os_buf_view(&a->code)
    };
}


void
osw_action_renew_view(osw_action_t *a)
{
    osw_facts_t  facts = osw_action_facts(a);

    json_decref(a->view);
    a->view = osw_action_view(&facts);
}


os_str_t
osw_action_chosen(const osw_action_t *a)
{
    osw_facts_t  facts = osw_action_facts(a);

    return osw_action_choice(&facts);
}


int
osw_action_is_lawful(const osw_action_t *a)
{
    osw_facts_t  facts = osw_action_facts(a);

    return osw_action_lawful(&facts);
}


void
osw_action_tell_order(osw_action_t *a)
{
    json_t    *event;
    os_buf_t   id;

    if (a->fresh == NULL) {
        return;
    }

    event = osw_job_new_event(a->job, "order");
    os_json_set_str(event, "from", OS_STR("read"));
    (void) json_object_set(event, "data", a->fresh);

    if (os_json_bool(a->job->task.data, "silent")) {
        (void) json_object_set_new(event, "silent", json_true());
    }

    id = (os_buf_t) { 0 };
    os_buf_str(&id, os_json_str(event, "id"));
    os_buf_printf(&id, "/%zu", json_array_size(a->job->events));
    os_json_set_str(event, "id", os_buf_view(&id));
    os_buf_free(&id);
    osw_job_event(a->job, event);
}


void
osw_action_end(osw_action_t *a, osw_outcome_t outcome, const char *why)
{
    osw_job_t  *job;

    job = a->job;
    osw_action_free(a);
    osw_job_finish(job, outcome, "%s", why ? why : "");
}


int
osw_apply_asked(const osw_action_t *a)
{
    return os_str_equal(os_json_str(a->job->decision, "kind"),
                        OS_STR("request"))
           && os_request_by_api(osw_action_terms(a));
}


/*
 * What was asked for may have made the order cheaper; if it was paid for, the
 * difference is paid back. The terms say so from then on.
 */
static void
osw_apply_less(osw_action_t *a, int64_t total)
{
    int64_t  less;

    less = a->job->task.changed ? a->job->task.total_before - total : 0;

    if (osw_apply_asked(a) && less > 0) {
        (void) json_object_set_new(a->job->set, "terms",
            os_rules_terms_less(a->job->store->campaign, osw_action_terms(a),
                                os_json_str(a->fresh, "currency"), less,
                                os_str_equal(os_json_str(a->fresh, "payment"),
                                             OS_STR("paid"))));
    }
}


void
osw_apply_result(osw_action_t *a, const char *applied, const char *why,
    int back)
{
    json_t   *event, *refund, *terms;
    int64_t   total;

    total = os_json_int(a->fresh, "total", -1);

    a->job->set = json_object();
    os_json_set_str(a->job->set, "applied", os_str(applied));

    if (a->new_code) {
        os_json_set_str(a->job->set, "code", os_buf_view(&a->code));
    }

    event = osw_job_new_event(a->job, "applied");
    os_json_set_str(event, "applied", os_str(applied));

    if (a->cancels && a->code.len) {
        os_json_set_str(event, "code", os_buf_view(&a->code));
    }

    os_json_set_str(event, "nonce", osw_action_nonce(a));

    if (why) {
        os_json_set_str(event, "why", os_str(why));
        os_json_set_str(a->job->set, "why", os_str(why));
    }

    if (back) {
        (void) json_object_set_new(event, "back", json_true());
    }

    if (strcmp(applied, "done") == 0
        && os_json_int(osw_action_terms(a), "expires", 0))
    {
        os_json_set_int(a->job->set, "good_until",
                        osw_now_ms(a->job->shard->w) / 1000
                        + os_json_int(osw_action_terms(a), "expires", 0));
    }

    /* what a cancelled order would cost is nobody's concern */

    if (total >= 0 && a->cancels == 0 && strcmp(applied, "done") == 0) {
        os_json_set_int(event, "total", total);
        os_json_set_int(a->job->set, "total", total);
        osw_apply_less(a, total);
        terms = json_object_get(a->job->set, "terms");
        refund = json_copy(json_object_get(terms ? terms
                                                 : osw_action_terms(a),
                                           "refund"));

        if (refund) {
            os_json_set_int(refund, "before",
                            os_json_int(a->fresh, "refunds", 0));
            (void) json_object_set_new(event, "refund", refund);
        }
    }

    osw_job_event(a->job, event);
}


/*
 * `why` it is a person's now, which the decision says from then on; NULL: it is
 * done.
 */
static void
osw_refund_result(osw_action_t *a, const char *why)
{
    json_t  *event;

    if (why) {
        a->job->set = json_object();
        os_json_set_str(a->job->set, "refund", OS_STR("task"));
    }

    event = osw_job_new_event(a->job, "refunded");
    os_json_set_str(event, "nonce", osw_action_nonce(a));
    (void) json_object_set_new(event, "done", json_boolean(why == NULL));

    if (why) {
        os_json_set_str(event, "why", os_str(why));
    }

    osw_job_event(a->job, event);
}


void
osw_pay_by_result(osw_action_t *a, const char *not_read)
{
    json_t  *event;

    event = osw_job_new_event(a->job, "pay_by");

    if (not_read) {
        (void) json_object_set_new(event, not_read, json_true());
    }

    osw_job_event(a->job, event);
}


void
osw_cancel_result(osw_action_t *a, const char *result, const char *why)
{
    json_t  *event;

    osw_action_tell_order(a);
    event = osw_job_new_event(a->job, "stop");
    os_json_set_str(event, "nonce", osw_action_nonce(a));
    os_json_set_str(event, "result", os_str(result));

    if (why) {
        os_json_set_str(event, "why", os_str(why));
    }

    osw_job_event(a->job, event);
}


void
osw_return_result(osw_action_t *a, const char *why)
{
    json_t   *event;
    int64_t   expires;

    osw_action_tell_order(a);
    event = osw_job_new_event(a->job, "return_done");
    os_json_set_str(event, "nonce", osw_action_nonce(a));
    os_json_set_str(event, "result", why ? OS_STR("task") : OS_STR("done"));

    if (why) {
        os_json_set_str(event, "why", os_str(why));

    } else if (a->code.len) {
        os_json_set_str(event, "code", os_buf_view(&a->code));
        expires = os_campaign_duration(a->job->store->campaign,
                                       "/returns/credit/expires", 0);

        if (expires) {
            os_json_set_int(event, "good_until",
                            osw_now_ms(a->job->shard->w) / 1000 + expires);
        }
    }

    osw_job_event(a->job, event);
}


/*
 * What its end means for the order. `word` is that of an offer (done, refused,
 * task); what else the store did not do is a person's, and `why` says so. An
 * offer that is done is told after the order that it has changed.
 */
static void
osw_action_tell(osw_action_t *a, const char *word, const char *why, int back)
{
    int  done = strcmp(word, "done") == 0;

    switch (a->what) {

    case OSW_DO_APPLY:
        if (done) {
            osw_action_tell_order(a);
        }

        osw_apply_result(a, word, why, back);

        if (!done) {
            osw_action_tell_order(a);
        }

        break;

    case OSW_DO_REFUND:
        osw_refund_result(a, why);
        break;

    case OSW_DO_CANCEL:
        osw_cancel_result(a, done ? "done" : "task", why);
        break;

    case OSW_DO_RETURN:
        osw_return_result(a, why);
        break;

    case OSW_DO_PAY_BY:
        if (strcmp(word, "refused") == 0) {
            osw_pay_by_result(a, "gone");
        }

        break;

    default:
        break;
    }
}


void
osw_action_refused(osw_action_t *a, const char *why, int back,
    osw_outcome_t outcome)
{
    if (a->what == OSW_DO_APPLY && (!back || a->cancels)
        && osw_apply_asked(a))
    {
        osw_action_person(a, why, outcome);
        return;
    }

    osw_action_tell(a, "refused", why, back);
    osw_action_end(a, outcome, why);
}


void
osw_action_person(osw_action_t *a, const char *why, osw_outcome_t outcome)
{
    osw_action_tell(a, "task", why, 0);
    osw_action_end(a, outcome, why);
}


void
osw_action_later(osw_action_t *a, const char *why, int64_t delay_ms)
{
    if ((a->what == OSW_DO_APPLY || a->what == OSW_DO_REFUND
         || a->what == OSW_DO_CANCEL || a->what == OSW_DO_RETURN)
        && osw_job_last_try(a->job))
    {
        osw_action_person(a, why, OSW_DEAD);
        return;
    }

    if (a->what == OSW_DO_PAY_BY && osw_job_last_try(a->job)) {
        osw_pay_by_result(a, "unread");
        osw_action_end(a, OSW_DONE, why);
        return;
    }

    a->job->delay_ms = delay_ms;
    osw_action_end(a, OSW_LATER, why);
}


void
osw_action_done(osw_action_t *a)
{
    osw_action_tell(a, "done", NULL, 0);
    osw_action_end(a, OSW_DONE, NULL);
}


void
osw_action_wait(osw_action_t *a, int64_t delay_ms)
{
    a->job->delay_ms = delay_ms;
    osw_action_end(a, OSW_WAIT, NULL);
}

/*
 * osw_channel_store: see osw_channel_store.h.
 *
 * An action begins with a read, every time. Before a call that changes
 * something the job is marked, fenced: from then on, until an answer, nobody
 * knows whether it happened (os_change). A store that gave no answer is left
 * alone until it has surely finished; then two readings look for the change.
 *
 *     apply:  read → [code] → (mark → call) … → (its answer or a read) → done
 *     refund: read → (mark → call) … → done
 *     no answer: wait → read, read → it is there: go on behind it
 *                                  → it is not: again, or a person
 *     cancel: read → (mark → call) … → (its answer or a read) → done
 *     return: read → [code] → (mark → call) … → done; a call that had no answer
 *             cannot be looked for: a person does
 *     read:   read
 *     pay_by: read, and the event that the deadline passed
 *     note:   read → mark → call, call, …; a note has no marker at the store,
 *             so one that may have been written is not written again
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_json_outside.h"
#include "core/base/os_money.h"
#include "core/campaign/os_request.h"
#include "core/order/os_change.h"
#include "core/order/os_rules.h"
#include "core/order/os_stop.h"
#include "worker/osw_admit.h"
#include "worker/osw_api.h"
#include "worker/osw_code.h"
#include "worker/osw_job.h"
#include "worker/osw_lease.h"
#include "worker/render/osw_message.h"
#include "worker/osw_queue.h"
#include "worker/send/osw_action_view.h"
#include "worker/send/osw_channel_store.h"


#define OSW_LOOK_AGAIN_MS    1000
#define OSW_LATE_GRACE       1200   /* s: until a priority is told the store */


typedef enum {
    OSW_DO_READ = 0,
    OSW_DO_APPLY,
    OSW_DO_REFUND,
    OSW_DO_PAY_BY,
    OSW_DO_CANCEL,
    OSW_DO_RETURN,
    OSW_DO_NOTE
} osw_do_t;

typedef struct {
    osw_job_t   *job;
    osw_do_t     what;
    const char  *give;          /* the action's name in the campaign */
    json_t      *calls;         /* of the action, or of two */
    size_t       at;            /* the call that is out */
    json_t      *fresh;         /* the order as last read */
    json_t      *raw;
    json_t      *view;
    json_t      *variant;       /* what an item is swapped for */
    os_buf_t     code;
    unsigned     new_code:1;    /* taken from the stock by us */
    unsigned     looked_up:1;   /* what was chosen of the catalog */
    unsigned     withdrawn:1;   /* only what has left is looked after */
} osw_action_t;


static void osw_action_next(osw_action_t *a);
static void osw_apply_read(osw_action_t *a);


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


static os_str_t
osw_action_nonce(const osw_action_t *a)
{
    return a->what == OSW_DO_CANCEL
           ? os_json_str(json_object_get(a->job->json, "data"), "nonce")
           : os_json_str(a->job->decision, "nonce");
}


static json_t *
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


static void
osw_action_renew_view(osw_action_t *a)
{
    osw_facts_t  facts = osw_action_facts(a);

    json_decref(a->view);
    a->view = osw_action_view(&facts);
}


/* What was chosen of the catalog; OS_NULL: nothing. */
static os_str_t
osw_action_chosen(const osw_action_t *a)
{
    osw_facts_t  facts = osw_action_facts(a);

    return osw_action_choice(&facts);
}


static int
osw_action_is_lawful(const osw_action_t *a)
{
    osw_facts_t  facts = osw_action_facts(a);

    return osw_action_lawful(&facts);
}


/* What the read found, for the order's record. */
static void
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

    id = (os_buf_t) { 0 };
    os_buf_str(&id, os_json_str(event, "id"));
    os_buf_printf(&id, "/%zu", json_array_size(a->job->events));
    os_json_set_str(event, "id", os_buf_view(&id));
    os_buf_free(&id);
    osw_job_event(a->job, event);
}


static void
osw_action_end(osw_action_t *a, osw_outcome_t outcome, const char *why)
{
    osw_job_t  *job;

    job = a->job;
    osw_action_free(a);
    osw_job_finish(job, outcome, "%s", why ? why : "");
}


/* Does the store carry out what a buyer asks for, instead of a person? */
static int
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

    less = os_json_int(a->job->json, "total_before", total) - total;

    if (osw_apply_asked(a) && less > 0) {
        (void) json_object_set_new(a->job->set, "terms",
            os_rules_terms_less(a->job->store->campaign, osw_action_terms(a),
                                os_json_str(a->fresh, "currency"), less,
                                os_str_equal(os_json_str(a->fresh, "payment"),
                                             OS_STR("paid"))));
    }
}


/*
 * What became of an accepted offer, for the decision that the module looks at
 * and for the order. `back`: the grant is given back.
 */
static void
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
    os_json_set_str(event, "nonce", osw_action_nonce(a));

    if (why) {
        os_json_set_str(event, "why", os_str(why));
        os_json_set_str(a->job->set, "why", os_str(why));
    }

    if (back) {
        (void) json_object_set_new(event, "back", json_true());
    }

    if (total >= 0 && strcmp(applied, "done") == 0) {
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


/*
 * The deadline of an unpaid order has passed, which the order's rules judge by
 * what was read; `not_read` says why nothing was, or NULL.
 */
static void
osw_pay_by_result(osw_action_t *a, const char *not_read)
{
    json_t  *event;

    event = osw_job_new_event(a->job, "pay_by");

    if (not_read) {
        (void) json_object_set_new(event, not_read, json_true());
    }

    osw_job_event(a->job, event);
}


/*
 * What became of a cancel that was asked for on our own page; `why` it is a
 * person's now, or it is refused, or NULL.
 */
static void
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


/* What became of what is to come back; `why` it is a person's now, or NULL. */
static void
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


static void osw_action_person(osw_action_t *a, const char *why,
    osw_outcome_t outcome);


/*
 * It will not work: whoever was promised something hears the truth. What a
 * buyer asked for, and the store will not do, a person may.
 */
static void
osw_action_refused(osw_action_t *a, const char *why, int back,
    osw_outcome_t outcome)
{
    if (a->what == OSW_DO_APPLY && !back && osw_apply_asked(a)) {
        osw_action_person(a, why, outcome);
        return;
    }

    if (a->what == OSW_DO_APPLY) {
        osw_apply_result(a, "refused", why, back);
        osw_action_tell_order(a);

    } else if (a->what == OSW_DO_REFUND) {
        osw_refund_result(a, why);

    } else if (a->what == OSW_DO_PAY_BY) {
        osw_pay_by_result(a, "gone");

    } else if (a->what == OSW_DO_CANCEL) {
        osw_cancel_result(a, "task", why);

    } else if (a->what == OSW_DO_RETURN) {
        osw_return_result(a, why);
    }

    osw_action_end(a, outcome, why);
}


/* It may have worked, or may yet: somebody at the shop sees to it. */
static void
osw_action_person(osw_action_t *a, const char *why, osw_outcome_t outcome)
{
    if (a->what == OSW_DO_APPLY) {
        osw_apply_result(a, "task", why, 0);
        osw_action_tell_order(a);

    } else if (a->what == OSW_DO_REFUND) {
        osw_refund_result(a, why);

    } else if (a->what == OSW_DO_CANCEL) {
        osw_cancel_result(a, "task", why);

    } else if (a->what == OSW_DO_RETURN) {
        osw_return_result(a, why);
    }

    osw_action_end(a, outcome, why);
}


static void
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


static void
osw_action_done(osw_action_t *a)
{
    if (a->what == OSW_DO_APPLY) {
        osw_action_tell_order(a);
        osw_apply_result(a, "done", NULL, 0);

    } else if (a->what == OSW_DO_REFUND) {
        osw_refund_result(a, NULL);

    } else if (a->what == OSW_DO_CANCEL) {
        osw_cancel_result(a, "done", NULL);

    } else if (a->what == OSW_DO_RETURN) {
        osw_return_result(a, NULL);
    }

    osw_action_end(a, OSW_DONE, NULL);
}


/* No try is counted: the store is only left alone for a while. */
static void
osw_action_wait(osw_action_t *a, int64_t delay_ms)
{
    a->job->delay_ms = delay_ms;
    osw_action_end(a, OSW_WAIT, NULL);
}


/* Whatever mark an order bears, a cancelled one is cancelled. */
static int
osw_cancel_is_made(const json_t *order)
{
    return os_stop(order) == OS_STOP_ENDED;
}


static void
osw_action_reread(void *data, const osw_read_t *read)
{
    osw_action_t  *a;

    a = data;

    if (read->kind != OSW_READ_OK) {
        /* all was said yes to; the next try finds the marker */
        osw_action_later(a, read->why ? read->why : "no answer",
                         read->retry_after_ms);
        return;
    }

    json_decref(a->fresh);
    a->fresh = json_incref(read->order);

    if (a->what == OSW_DO_CANCEL && !osw_cancel_is_made(a->fresh)) {
        osw_action_person(a, "the store said yes, but the order is not "
                          "cancelled", OSW_DONE);

    } else {
        osw_action_done(a);
    }
}


/* Does the answer to the change show the changed order? Then no read. */
static int
osw_action_shows(osw_action_t *a, os_str_t body)
{
    int      shows;
    json_t  *raw, *orders, *order;

    raw = os_json_outside(body, "answer", NULL);
    orders = raw ? os_source_map(a->job->store->source,
                                 &a->job->shard->w->config->keys,
                                 a->job->store->name, raw, OS_NULL, NULL)
                 : NULL;
    order = json_array_get(orders, 0);
    shows = a->what == OSW_DO_CANCEL
            ? osw_cancel_is_made(order)
            : os_str_equal(os_json_str(order, "marker"), osw_action_nonce(a));
    shows = shows && os_str_equal(os_json_str(order, "id"), a->job->order_id);

    if (shows) {
        json_decref(a->fresh);
        a->fresh = json_incref(order);
    }

    json_decref(orders);
    json_decref(raw);

    return shows;
}


static void
osw_action_finished(osw_action_t *a, os_str_t body)
{
    if ((a->what == OSW_DO_APPLY || a->what == OSW_DO_CANCEL)
        && !osw_action_shows(a, body))
    {
        osw_api_read(a->job->shard->w, a->job->store, a->job->order_id,
                     osw_action_reread, a);
        return;
    }

    osw_action_done(a);
}


/* A note has no mark at the store: one that may be there is left. */
static void
osw_action_unanswered(osw_action_t *a)
{
    osw_job_count(a->job, "store.unanswered");

    if (a->what == OSW_DO_NOTE) {
        osw_action_end(a, OSW_LEFT, NULL);

    } else {
        osw_action_wait(a, os_change_rest(a->job->json,
                                           osw_now_ms(a->job->shard->w),
                                           osw_api_within(a->job->store)));
    }
}


/* The call that is out happened; what follows it, if anything does. */
static void
osw_action_made(osw_action_t *a, os_str_t body)
{
    os_change_answered(a->job->json);
    a->at++;
    os_json_set_int(a->job->json, "step", (int64_t) a->at);

    if (a->at < json_array_size(a->calls) && !a->withdrawn) {
        osw_action_next(a);

    } else {
        osw_action_finished(a, body);
    }
}


/* What the platform, or the campaign instead, says of its own answers. */
static osw_says_t
osw_action_says(osw_action_t *a, const osw_answer_t *answer)
{
    json_t       *finals;
    osw_says_t    says;
    osw_store_t  *store;

    store = a->job->store;

    if (osw_api_yes(json_array_get(a->calls, a->at), answer->status)) {
        return OSW_SAYS_YES;
    }

    says = osw_http_says(answer);
    finals = os_campaign_at(store->campaign, "/api/final");

    if (finals == NULL && store->source) {
        finals = json_object_get(store->source->json, "final");
    }

    /* a call that only reads has changed nothing */

    return says != OSW_SAYS_YES
           && os_change_final(finals, answer->status, answer->body)
           ? OSW_SAYS_NO
           : says == OSW_SAYS_NOTHING && !os_change_is_out(a->job->json)
           ? OSW_SAYS_LATER : says;
}


static void
osw_action_answer(void *data, const osw_answer_t *answer)
{
    char           why[OSW_WORDS_MAX + 300];
    osw_t         *w;
    osw_says_t     says;
    osw_action_t  *a;

    a = data;
    w = a->job->shard->w;
    says = osw_action_says(a, answer);
    osw_api_said(a->job->store, answer, why, sizeof(why));
    osw_admit_told(w, osw_api_provider(a->job->store),
                   says == OSW_SAYS_NO ? OSW_WORKS : osw_http_how(answer),
                   why);

    switch (says) {

    case OSW_SAYS_YES:
        osw_action_made(a, answer->body);
        return;

    case OSW_SAYS_NOTHING:
        osw_action_unanswered(a);
        return;

    case OSW_SAYS_LATER:
        os_change_answered(a->job->json);
        osw_action_later(a, why, answer->retry_after_ms);
        return;

    case OSW_SAYS_NO:
        os_change_answered(a->job->json);
        osw_action_refused(a, why, 0, OSW_DONE);
        return;
    }
}


static void
osw_action_call(osw_action_t *a)
{
    osw_api_call(a->job->shard->w, a->job->store,
                 json_array_get(a->calls, a->at), a->view, osw_action_answer,
                 a);
}


/*
 * Only who still has the shard may change anything. A process that slept since
 * its mark has a clock that is older than it knows.
 */
static void
osw_action_marked(void *data, int made)
{
    osw_action_t  *a;

    a = data;
    uv_update_time(a->job->shard->w->loop);

    if (made == 1 && osw_lease_holds(a->job->shard)) {
        osw_action_call(a);
        return;
    }

    os_change_answered(a->job->json);

    if (made == 0) {
        osw_action_end(a, OSW_DONE, NULL);      /* withdrawn meanwhile */

    } else {
        osw_action_wait(a, 0);
    }
}


static void
osw_action_next(osw_action_t *a)
{
    json_t    *call;
    os_str_t   method;

    while (a->at < json_array_size(a->calls)
           && !os_action_wanted(json_array_get(a->calls, a->at), a->view))
    {
        a->at++;
    }

    if (a->at == json_array_size(a->calls)) {
        osw_action_finished(a, OS_NULL);
        return;
    }

    call = json_array_get(a->calls, a->at);
    method = os_json_str(call, "method");

    if (method.len == 0 || os_str_equal(method, OS_STR("GET"))) {
        osw_action_call(a);
        return;
    }

    if (json_object_get(a->job->json, "total_before") == NULL) {
        os_json_set_int(a->job->json, "total_before",
                        os_json_int(a->fresh, "total", 0));
    }

    os_change_leaves(a->job->json, osw_now_ms(a->job->shard->w), a->at,
                      os_json_int(a->fresh, "refunds", 0));
    osw_queue_mark(a->job, osw_action_marked, a);
}


/* From the call that was not made yet. */
static void
osw_action_go_on(osw_action_t *a)
{
    a->at = (size_t) os_json_int(a->job->json, "step", 0);
    osw_action_next(a);
}


static void
osw_action_begin(osw_action_t *a)
{
    osw_action_renew_view(a);
    osw_action_go_on(a);
}


/* Does the reading show the change that had no answer? */
static os_shows_t
osw_action_seen(const osw_action_t *a, const json_t *call)
{
    switch (a->what) {

    case OSW_DO_REFUND:
        return os_change_shows_refund(a->job->json, call, a->fresh,
                                      osw_action_nonce(a),
                                      os_json_int(osw_action_terms(a),
                                                  "amount", 0));

    case OSW_DO_CANCEL:
        return osw_cancel_is_made(a->fresh) ? OS_SHOWS_IT : OS_SHOWS_NOTHING;

    case OSW_DO_RETURN:
        return OS_SHOWS_NOTHING;

    default:
        return os_change_shows_offer(call, a->fresh, osw_action_nonce(a));
    }
}


/*
 * Looks for the change that had no answer. 1 when the action goes on (or has
 * ended) here, 0 when it is as if nothing had left.
 */
static int
osw_action_look(osw_action_t *a)
{
    int          money;
    json_t      *call;
    os_shows_t  shows;

    money = a->what == OSW_DO_REFUND || a->what == OSW_DO_RETURN;
    call = json_array_get(a->calls, os_change_step(a->job->json));
    shows = osw_action_seen(a, call);

    switch (os_change_look(a->job->json, call, shows, money)) {

    case OS_CHANGE_ANSWERED:
        return 0;

    case OS_CHANGE_LOOK_AGAIN:
        osw_action_wait(a, OSW_LOOK_AGAIN_MS);
        return 1;

    case OS_CHANGE_MADE:
        osw_job_count(a->job, "store.found_applied");
        a->at = os_change_step(a->job->json);
        osw_action_renew_view(a);
        osw_action_made(a, OS_NULL);
        return 1;

    case OS_CHANGE_AGAIN:
        os_change_answered(a->job->json);

        if (a->withdrawn) {
            osw_action_end(a, OSW_DONE, NULL);
            return 1;
        }

        return 0;

    case OS_CHANGE_UNKNOWN:
        break;
    }

    osw_job_count(a->job, "store.unknown");
    osw_action_person(a, a->what == OSW_DO_REFUND
                         ? "not known whether the store paid it back"
                         : a->what == OSW_DO_RETURN
                         ? "not known whether the store has entered it"
                         : "not known whether the store changed the order",
                      OSW_DONE);

    return 1;
}


/* A code for the next order changes nothing of this one at the store. */
static void
osw_action_hand_over(osw_action_t *a)
{
    int64_t  expires = os_json_int(osw_action_terms(a), "expires", 0);

    osw_apply_result(a, "done", NULL, 0);

    if (expires) {
        os_json_set_int(a->job->set, "good_until",
                        osw_now_ms(a->job->shard->w) / 1000 + expires);
    }

    osw_action_end(a, OSW_DONE, NULL);
}


static void
osw_action_code(void *data, os_str_t code, int failed)
{
    osw_action_t  *a = data;

    if (failed) {
        osw_action_later(a, "Redis did not answer", 0);
        return;
    }

    if (code.len == 0) {
        if (a->what == OSW_DO_RETURN) {
            osw_return_result(a, "no coupon code is left");

        } else {
            osw_apply_result(a, "task", "no coupon code is left", 0);
        }

        osw_action_end(a, OSW_DONE, NULL);
        return;
    }

    a->new_code = 1;
    os_buf_str(&a->code, code);

    if (strcmp(a->give, "next_order") == 0) {
        osw_action_hand_over(a);

    } else {
        osw_action_begin(a);
    }
}


/* This shard's pool was empty when it was promised: one from the stock. */
static void
osw_action_take_code(osw_action_t *a)
{
    os_str_t  pool;

    pool = a->what == OSW_DO_RETURN
           ? os_json_str(os_campaign_at(a->job->store->campaign,
                                        "/returns/credit"), "pool")
           : os_json_str(osw_action_terms(a), "pool");
    osw_code_take(a->job->shard->w, a->job->store, pool, osw_action_nonce(a),
                  osw_action_code, a);
}


static void
osw_action_shelf(os_command_t *cmd, redisReply *reply)
{
    json_t                 *item = NULL;
    os_shelf_t             *shelf;
    osw_action_t           *a = cmd->data;
    const os_shelf_line_t  *line = NULL;

    if (osw_reply_failed(reply)) {
        osw_action_later(a, "Redis did not answer", 0);
        return;
    }

    shelf = malloc(sizeof(os_shelf_t));

    if (shelf) {
        os_shelf_read(osw_reply_str(reply), shelf);
        line = os_shelf_find(shelf, osw_action_chosen(a));
    }

    if (line) {
        item = osw_action_item(a->fresh, line->of);
    }

    if (item) {
        a->variant = osw_action_swap(a->fresh, item, line);
    }

    free(shelf);
    a->looked_up = 1;
    osw_apply_read(a);
}


/* The worker keeps what the catalog offers with the order. */
static void
osw_action_look_up(osw_action_t *a)
{
    os_command_t  *cmd;

    cmd = os_command_new(a->job->shard->index, osw_action_shelf, a);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(a->job->shard->w, cmd, "shelf", a->job->store->name,
                    a->job->order_id, OS_NULL);
    osw_redis_send(a->job->shard->w->redis, cmd);
}


/* Why nothing may be applied to the order as it now is, or NULL. */
static const char *
osw_apply_against(const json_t *fresh)
{
    const char  *against;
    os_order_t  *order;

    order = os_order_from(fresh);

    if (order == NULL) {
        return NULL;                    /* the store has the last word */
    }

    against = os_rules_against(order);
    os_order_free(order);

    return against;
}


static int
osw_action_is_fewer(const osw_action_t *a)
{
    int      is;
    json_t  *fewer, *said = json_object_get(a->job->decision, "said");

    fewer = osw_action_fewer(a->fresh,
                             osw_action_item(a->fresh, os_json_str(said,
                                                                   "item")),
                             os_json_str(said, "quantity"));
    is = fewer != NULL;
    json_decref(fewer);

    return is;
}


/* Why only a person can do what was asked for, or NULL. */
static const char *
osw_apply_unclear(const osw_action_t *a)
{
    os_str_t  item;

    item = os_json_str(json_object_get(a->job->decision, "said"), "item");

    if (json_array_size(a->calls) == 0) {
        return "the campaign has no action for it";
    }

    if (!osw_apply_asked(a)) {
        return NULL;
    }

    if (osw_action_chosen(a).len && a->variant == NULL) {
        return "what was chosen is not in the catalog, or not the order's";
    }

    if (item.len && osw_action_item(a->fresh, item) == NULL) {
        return "the order has no single item of that name";
    }

    if (strcmp(a->give, "quantity") == 0 && !osw_action_is_fewer(a)) {
        return "as many, or more, of it were asked for: that may cost";
    }

    if (!osw_action_is_lawful(a)) {
        return "what was chosen is a credit that the shop may not give there";
    }

    /* what gets cheaper must be paid back */

    /* what was to leave today is for whoever packs to say */

    if (!os_rules_terms_hold(osw_action_terms(a),
                             osw_now_ms(a->job->shard->w) / 1000
                             - OSW_LATE_GRACE))
    {
        return "the time until which it leaves on the same day has passed";
    }

    return (strcmp(a->give, "remove") == 0 || strcmp(a->give, "swap") == 0
            || strcmp(a->give, "quantity") == 0)
           && a->job->store->campaign->refund.len == 0
           && os_str_equal(os_json_str(a->fresh, "payment"), OS_STR("paid"))
           ? "the order is paid, and the campaign pays nothing back" : NULL;
}


static void
osw_apply_read(osw_action_t *a)
{
    const char  *against;

    if (osw_apply_asked(a) && osw_action_chosen(a).len && !a->looked_up) {
        osw_action_look_up(a);
        return;
    }

    if (osw_action_look(a)) {
        return;
    }

    if (os_json_int(a->job->json, "step", 0) == 0
        && os_str_equal(os_json_str(a->fresh, "marker"), osw_action_nonce(a)))
    {
        osw_job_count(a->job, "store.found_applied");
        osw_action_done(a);
        return;
    }

    against = osw_apply_against(a->fresh);

    if (against != NULL) {
        osw_action_refused(a, against, 1, OSW_DONE);
        return;
    }

    against = osw_apply_unclear(a);

    if (against != NULL) {
        osw_apply_result(a, "task", against, 0);
        osw_action_end(a, OSW_DONE, NULL);
        return;
    }

    os_buf_str(&a->code, os_json_str(a->job->decision, "code"));

    if (strcmp(a->give, "coupon") == 0 && a->code.len == 0) {
        osw_action_take_code(a);
        return;
    }

    osw_action_begin(a);
}


/* What others paid back is no concern of ours. */
static void
osw_refund_read(osw_action_t *a)
{
    if (json_array_size(a->calls) == 0) {
        osw_action_refused(a, "the campaign has no refund action", 0,
                           OSW_DONE);

    } else if (!osw_action_look(a)) {
        osw_action_begin(a);
    }
}


/* An order that has left the house goes on its way, whoever asked when. */
static void
osw_cancel_read(osw_action_t *a)
{
    json_t  *track;

    if (osw_action_look(a)) {
        return;
    }

    track = json_object_get(a->job->order, "track");

    switch (os_stop_parts(a->fresh, NULL, track)) {

    case OS_STOP_ENDED:
        osw_action_done(a);
        return;

    case OS_STOP_SENT:
        osw_cancel_result(a, "refused", "shipped");
        osw_action_end(a, OSW_DONE, NULL);
        return;

    case OS_STOP_ASKED:
    case OS_STOP_OPEN:
        break;
    }

    if (json_array_size(a->calls) == 0) {
        osw_action_person(a, "the campaign has no action for it", OSW_DONE);

    } else {
        osw_action_begin(a);
    }
}


/* The same code, whichever try it is: a store that has it already says so. */
static void
osw_return_read(osw_action_t *a)
{
    if (osw_action_look(a)) {
        return;
    }

    if (json_array_size(a->calls) == 0) {
        osw_action_person(a, "the campaign has no action for it", OSW_DONE);

    } else if (os_str_equal(os_json_str(a->job->decision, "want"),
                            OS_STR("credit")))
    {
        osw_action_take_code(a);

    } else {
        osw_action_begin(a);
    }
}


static void
osw_pay_by_read(osw_action_t *a)
{
    osw_action_tell_order(a);
    osw_pay_by_result(a, NULL);
    osw_action_end(a, OSW_DONE, NULL);
}


static void
osw_note_read(osw_action_t *a)
{
    os_buf_t    text;
    os_error_t  err;

    if (json_array_size(a->calls) == 0) {
        osw_action_end(a, OSW_DONE, NULL);
        return;
    }

    if (osw_job_doubts(a->job)) {
        osw_action_end(a, OSW_LEFT, NULL);
        return;
    }

    text = (os_buf_t) { 0 };

    if (osw_message_note(a->job->shard->w, a->job->store, a->job->json,
                         a->job->order, &text, &err) != 0)
    {
        osw_action_end(a, OSW_DEAD, err.text);

    } else {
        osw_action_renew_view(a);
        os_json_set_str(a->view, "note", os_buf_view(&text));
        osw_action_go_on(a);
    }

    os_buf_free(&text);
}


static void
osw_action_read_ok(osw_action_t *a)
{
    switch (a->what) {

    case OSW_DO_READ:
        osw_action_tell_order(a);
        osw_action_end(a, OSW_DONE, NULL);
        return;

    case OSW_DO_APPLY:
        osw_apply_read(a);
        return;

    case OSW_DO_REFUND:
        osw_refund_read(a);
        return;

    case OSW_DO_PAY_BY:
        osw_pay_by_read(a);
        return;

    case OSW_DO_CANCEL:
        osw_cancel_read(a);
        return;

    case OSW_DO_RETURN:
        osw_return_read(a);
        return;

    case OSW_DO_NOTE:
        osw_note_read(a);
        return;
    }
}


static void
osw_action_read(void *data, const osw_read_t *read)
{
    int64_t        again;
    osw_action_t  *a;

    a = data;

    if (read->kind != OSW_READ_NONE) {
        osw_admit_told(a->job->shard->w, osw_api_provider(a->job->store),
                       read->how, read->why);
    }

    switch (read->kind) {

    case OSW_READ_OK:
        (void) json_object_del(a->job->json, "gone_ms");
        a->fresh = json_incref(read->order);
        a->raw = json_incref(read->raw);
        osw_action_read_ok(a);
        return;

    case OSW_READ_GONE:
        /* anybody can ask for an order that is none: one reading is enough */
        again = a->what == OSW_DO_APPLY || a->what == OSW_DO_REFUND
                || a->what == OSW_DO_PAY_BY || a->what == OSW_DO_CANCEL
                || a->what == OSW_DO_RETURN
                ? osw_api_gone(a->job->store, a->job->json,
                               osw_now_ms(a->job->shard->w)) : 0;

        if (again > 0) {
            osw_action_wait(a, again);

        } else {
            osw_action_refused(a, read->why, 1, OSW_DONE);
        }

        return;

    case OSW_READ_NONE:
        if (a->what == OSW_DO_APPLY) {
            osw_apply_result(a, "task", "the campaign has no API", 0);

        } else if (a->what == OSW_DO_PAY_BY) {
            osw_pay_by_result(a, NULL);     /* what webhooks said must do */

        } else if (a->what == OSW_DO_CANCEL) {
            osw_cancel_result(a, "task", "the campaign has no API");

        } else if (a->what == OSW_DO_RETURN) {
            osw_return_result(a, "the campaign has no API");
        }

        osw_action_end(a, OSW_DONE, NULL);
        return;

    case OSW_READ_BAD:
    case OSW_READ_LATER:
        osw_action_later(a, read->why ? read->why : "no answer",
                         read->retry_after_ms);
        return;
    }
}


/* The calls of an action: new, and empty where the campaign has none. */
static json_t *
osw_action_calls(const osw_job_t *job, const char *name)
{
    char  pointer[64];

    snprintf(pointer, sizeof(pointer), "/api/actions/%s", name);

    return json_copy(os_campaign_at(job->store->campaign, pointer));
}


/* What comes back is entered in the store, and the credit for it made. */
static json_t *
osw_return_calls(const osw_job_t *job)
{
    json_t  *calls, *credit;

    calls = osw_action_calls(job, "return");
    calls = calls ? calls : json_array();

    if (os_str_equal(os_json_str(job->decision, "want"), OS_STR("credit"))) {
        credit = osw_action_calls(job, "credit");
        (void) json_array_extend(calls, credit);
        json_decref(credit);
    }

    return calls;
}


static int
osw_action_what(osw_job_t *job, osw_action_t *a)
{
    os_str_t     purpose;
    json_t      *terms;

    purpose = os_json_str(job->json, "purpose");
    a->give = "";

    if (os_str_equal(purpose, OS_STR("read"))) {
        a->what = OSW_DO_READ;
        return 0;
    }

    if (os_str_equal(purpose, OS_STR("pay_by"))) {
        a->what = OSW_DO_PAY_BY;
        return 0;
    }

    if (os_str_equal(purpose, OS_STR("apply"))) {
        a->what = OSW_DO_APPLY;
        terms = json_object_get(job->decision, "terms");
        a->give = os_rules_action(terms).data;

    } else if (os_str_equal(purpose, OS_STR("refund"))) {
        a->what = OSW_DO_REFUND;
        a->give = "refund";

    } else if (os_str_equal(purpose, OS_STR("cancel"))) {
        a->what = OSW_DO_CANCEL;
        a->give = "cancel";

    } else if (os_str_equal(purpose, OS_STR("return")) && job->decision) {
        a->what = OSW_DO_RETURN;
        a->give = "return";
        a->calls = osw_return_calls(job);
        return 0;

    } else if (os_str_equal(purpose, OS_STR("note"))) {
        a->what = OSW_DO_NOTE;
        a->give = "note";
    }

    if (a->give == NULL || a->give[0] == '\0') {
        return -1;
    }

    a->calls = osw_action_calls(job, a->give);

    return 0;
}


static void
osw_action_next_order(osw_action_t *a)
{
    os_buf_str(&a->code, os_json_str(a->job->decision, "code"));

    if (a->code.len) {
        osw_action_hand_over(a);

    } else {
        osw_action_take_code(a);
    }
}


static void
osw_store_deliver(osw_job_t *job)
{
    osw_t         *w;
    int64_t        rest;
    osw_action_t  *a;

    w = job->shard->w;
    a = calloc(1, sizeof(osw_action_t));

    if (a == NULL || osw_action_what(job, a) != 0) {
        free(a);            /* nothing is in it yet */
        osw_job_finish(job, OSW_DEAD, "no such store action");
        return;
    }

    a->job = job;

    if (a->what == OSW_DO_APPLY || a->what == OSW_DO_REFUND) {
        a->withdrawn = !os_str_equal(os_json_str(job->decision, "state"),
                                     OS_STR("accepted"));

        if (a->withdrawn && !os_change_is_out(job->json)) {
            osw_action_end(a, OSW_DONE, NULL);
            return;
        }
    }

    if (a->what == OSW_DO_APPLY && strcmp(a->give, "next_order") == 0) {
        osw_action_next_order(a);
        return;
    }

    rest = os_change_is_out(job->json)
           ? os_change_rest(job->json, osw_now_ms(w),
                            osw_api_within(job->store))
           : 0;

    if (rest > 0) {
        osw_action_wait(a, rest);
        return;
    }

    osw_api_read(w, job->store, job->order_id, osw_action_read, a);
}


static osw_provider_t
osw_store_provider(osw_t *w, osw_store_t *store, const json_t *job)
{
    (void) w;
    (void) job;

    return (osw_provider_t) {
        .name = osw_api_provider(store),
        .at_once = OSW_HTTP_AT_ONCE
    };
}


const osw_channel_t  osw_store_channel = {
    "store", NULL, osw_store_deliver, NULL, NULL, osw_store_provider
};

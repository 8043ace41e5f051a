/*
 * osw_action_call: see osw_action_call.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_json_outside.h"
#include "core/order/os_change.h"
#include "core/order/os_stop.h"
#include "worker/osw_admit.h"
#include "worker/osw_api.h"
#include "worker/osw_lease.h"
#include "worker/osw_queue.h"
#include "worker/send/osw_action_call.h"


#define OSW_LOOK_AGAIN_MS    1000


static void osw_action_next(osw_action_t *a);


/* A credit is a thing of its own: no reading of the order shows it. */
static int
osw_action_is_credit(const osw_action_t *a, size_t call)
{
    return a->what == OSW_DO_APPLY && a->cancels > 0 && call >= a->cancels;
}


/* A store that pays back what it cancels leaves nothing to give credit for. */
static int
osw_credit_is_due(const osw_action_t *a)
{
    return os_str_equal(os_json_str(a->fresh, "state"), OS_STR("cancelled"))
           && os_json_int(a->fresh, "refunds", 0) == 0;
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

    if (a->cancels && !osw_cancel_is_made(a->fresh)) {
        osw_action_person(a, "the store said yes, but the order is not "
                          "cancelled", OSW_DONE);

    } else if (a->at < json_array_size(a->calls)) {
        osw_action_next(a);

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
    shows = a->cancels
            ? osw_cancel_is_made(order)
            : os_str_equal(os_json_str(order, "marker"), osw_action_nonce(a));
    shows = shows && os_str_equal(os_json_str(order, "id"),
                                  a->job->task.order_id);

    if (shows) {
        json_decref(a->fresh);
        a->fresh = json_incref(order);
    }

    json_decref(orders);
    json_decref(raw);

    return shows;
}


/* The order is known to be as it is to be; else a reading tells. */
static int
osw_action_proven(osw_action_t *a, os_str_t body)
{
    return (a->what != OSW_DO_APPLY && a->what != OSW_DO_CANCEL)
           || (a->cancels && osw_cancel_is_made(a->fresh))
           || osw_action_shows(a, body);
}


static void
osw_action_reads_again(osw_action_t *a)
{
    osw_api_read(a->job->shard->w, a->job->store, a->job->task.order_id,
                 osw_action_reread, a);
}


static void
osw_action_finished(osw_action_t *a, os_str_t body)
{
    if (osw_action_proven(a, body)) {
        osw_action_done(a);

    } else {
        osw_action_reads_again(a);
    }
}


/* A note has no mark at the store: one that may be there is left. */
static void
osw_action_unanswered(osw_action_t *a)
{
    osw_job_count(a->job, "store.unanswered");

    if (a->what == OSW_DO_NOTE) {
        osw_action_end(a, OSW_LEFT, NULL);

    } else {
        osw_action_wait(a, os_change_rest(&a->job->task.unanswered,
                                           osw_now_ms(a->job->shard->w),
                                           osw_api_within(a->job->store)));
    }
}


/* The call that is out happened; what follows it, if anything does. */
static void
osw_action_made(osw_action_t *a, os_str_t body)
{
    int  more, credit;

    os_change_answered(&a->job->task.unanswered);
    a->at++;
    a->job->task.step = (int64_t) a->at;

    more = a->at < json_array_size(a->calls);
    credit = more && osw_action_is_credit(a, a->at);

    if (a->withdrawn && credit) {
        osw_action_end(a, OSW_DONE, NULL);      /* it is not to be made */

    } else if (a->withdrawn || !more) {
        osw_action_finished(a, body);

    } else if (credit && !osw_action_proven(a, body)) {
        osw_action_reads_again(a);  /* not before the order is cancelled */

    } else {
        osw_action_next(a);
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
           : says == OSW_SAYS_NOTHING && !a->job->task.unanswered.out
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
        os_change_answered(&a->job->task.unanswered);
        osw_action_later(a, why, answer->retry_after_ms);
        return;

    case OSW_SAYS_NO:
        os_change_answered(&a->job->task.unanswered);
        osw_action_refused(a, why, 0, OSW_DONE);
        return;
    }
}


/*
 * Only who still has the shard may change anything. A process may have slept
 * since its mark, or while its connection was made: another one has the shard
 * then, and has waited no longer than `finished_within`.
 */
static int
osw_action_may(void *data)
{
    const osw_action_t  *a = data;

    return osw_lease_still(a->job->shard, a->job->epoch);
}


static void
osw_action_call(osw_action_t *a)
{
    osw_api_call(a->job->shard->w, a->job->store,
                 json_array_get(a->calls, a->at), a->view, osw_action_may,
                 osw_action_answer, a);
}


static void
osw_action_marked(void *data, int made)
{
    osw_action_t  *a;

    a = data;

    if (made == 1 && osw_action_may(a)) {
        osw_action_call(a);
        return;
    }

    os_change_answered(&a->job->task.unanswered);

    if (made == 0) {
        osw_action_end(a, OSW_DONE, NULL);      /* withdrawn meanwhile */

    } else {
        osw_action_wait(a, 0);
    }
}


static void
osw_action_next(osw_action_t *a)
{
    json_t     *call;
    os_str_t    method;
    os_task_t  *t;

    while (a->at < json_array_size(a->calls)
           && !os_action_wanted(json_array_get(a->calls, a->at), a->view))
    {
        a->at++;
    }

    if (a->at == json_array_size(a->calls)) {
        osw_action_finished(a, OS_NULL);
        return;
    }

    if (osw_action_is_credit(a, a->at) && !osw_credit_is_due(a)) {
        osw_action_person(a, "refunded", OSW_DONE);
        return;
    }

    call = json_array_get(a->calls, a->at);
    method = os_json_str(call, "method");

    if (method.len == 0 || os_str_equal(method, OS_STR("GET"))) {
        osw_action_call(a);
        return;
    }

    t = &a->job->task;

    if (!t->changed) {
        t->changed = 1;
        t->total_before = os_json_int(a->fresh, "total", 0);
    }

    os_change_leaves(&t->unanswered, osw_now_ms(a->job->shard->w), a->at,
                     os_json_int(a->fresh, "refunds", 0));
    osw_queue_mark(a->job, osw_action_marked, a);
}


void
osw_action_go_on(osw_action_t *a)
{
    a->at = (size_t) a->job->task.step;
    osw_action_next(a);
}


void
osw_action_begin(osw_action_t *a)
{
    osw_action_renew_view(a);
    osw_action_go_on(a);
}


/* Does the reading show the change that had no answer? */
static os_shows_t
osw_action_seen(const osw_action_t *a, const json_t *call)
{
    if (osw_action_is_credit(a, (size_t) a->job->task.unanswered.step)) {
        return OS_SHOWS_NOTHING;
    }

    if (a->cancels) {
        return osw_cancel_is_made(a->fresh) ? OS_SHOWS_IT : OS_SHOWS_NOTHING;
    }

    switch (a->what) {

    case OSW_DO_REFUND:
        return os_change_shows_refund(&a->job->task.unanswered, call,
                                      a->fresh,
                                      osw_action_nonce(a),
                                      os_json_int(osw_action_terms(a),
                                                  "amount", 0));

    case OSW_DO_RETURN:
        return OS_SHOWS_NOTHING;

    default:
        return os_change_shows_offer(call, a->fresh, osw_action_nonce(a));
    }
}


int
osw_action_look(osw_action_t *a)
{
    int          money, credit;
    json_t      *call;
    os_shows_t  shows;

    credit = osw_action_is_credit(a, (size_t) a->job->task.unanswered.step);
    money = credit || a->what == OSW_DO_REFUND || a->what == OSW_DO_RETURN;
    call = json_array_get(a->calls, (size_t) a->job->task.unanswered.step);
    shows = osw_action_seen(a, call);

    switch (os_change_look(&a->job->task.unanswered, call, shows, money)) {

    case OS_CHANGE_ANSWERED:
        return 0;

    case OS_CHANGE_LOOK_AGAIN:
        osw_action_wait(a, OSW_LOOK_AGAIN_MS);
        return 1;

    case OS_CHANGE_MADE:
        osw_job_count(a->job, "store.found_applied");
        a->at = (size_t) a->job->task.unanswered.step;
        osw_action_renew_view(a);
        osw_action_made(a, OS_NULL);
        return 1;

    case OS_CHANGE_AGAIN:
        os_change_answered(&a->job->task.unanswered);

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
                         : credit
                         ? "not known whether the store has made the credit"
                         : "not known whether the store changed the order",
                      OSW_DONE);

    return 1;
}

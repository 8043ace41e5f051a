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
 *     credit: as cancel, with a code, and then as return
 *     return: read → [code] → (mark → call) … → done; a call that had no answer
 *             cannot be looked for: a person does
 *     read:   read
 *     pay_by: read, and the event that the deadline passed
 *     note:   read → mark → call, call, …; a note has no marker at the store,
 *             so one that may have been written is not written again
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_money.h"
#include "core/order/os_change.h"
#include "core/order/os_elsewhere.h"
#include "core/order/os_packaging.h"
#include "core/order/os_return.h"
#include "core/order/os_rules.h"
#include "core/order/os_stop.h"
#include "worker/osw_admit.h"
#include "worker/osw_api.h"
#include "worker/osw_code.h"
#include "worker/osw_job.h"
#include "worker/render/osw_message.h"
#include "worker/send/osw_action_call.h"
#include "worker/send/osw_action_view.h"
#include "worker/send/osw_channel_store.h"


#define OSW_LATE_GRACE  1200   /* s: until a priority is told the store */
#define OSW_NOBODY      "the order has no e-mail that a credit can be bound to"


static void osw_apply_read(osw_action_t *a);
static void osw_credit_read(osw_action_t *a);


/* A code for the next order changes nothing of this one at the store. */
static void
osw_action_hand_over(osw_action_t *a)
{
    osw_apply_result(a, "done", NULL, 0);
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

    } else if (strcmp(a->give, "credit") == 0) {
        osw_credit_read(a);

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
                    a->job->task.order_id, OS_NULL);
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
        return "what was chosen is not in the catalog, or not the order's, or "
               "what it costs there is not known";
    }

    if (item.len && osw_action_item(a->fresh, item) == NULL) {
        return "the order has no single item of that name";
    }

    if (strcmp(a->give, "quantity") == 0 && !osw_action_is_fewer(a)) {
        return "as many, or more, of it were asked for, or what it costs is "
               "not known: that may cost";
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

    if (a->job->task.step == 0
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


/*
 * Why the order cannot be cancelled for a credit, or NULL. Whoever has the
 * money back, or the goods, gets none. Once it is cancelled only the credit is
 * left.
 */
static const char *
osw_credit_against(const osw_action_t *a)
{
    os_str_t  state = os_json_str(a->fresh, "state");

    if (a->cancels == 0 || json_array_size(a->calls) == a->cancels) {
        return "the campaign has no action for it";
    }

    if (os_json_str(a->fresh, "email").len == 0) {
        return OSW_NOBODY;
    }

    if (os_str_equal(state, OS_STR("refunded"))
        || os_json_int(a->fresh, "refunds", 0) > 0)
    {
        return "refunded";
    }

    if (os_elsewhere(a->job->store->campaign, a->job->order)) {
        return "a marketplace has the order: it pays back what is cancelled";
    }

    if (os_str_equal(state, OS_STR("cancelled"))) {
        return NULL;
    }

    if (os_str_equal(state, OS_STR("failed"))) {
        return "failed";
    }

    if (a->job->task.step >= (int64_t) a->cancels) {
        return "the store said yes, but the order is not cancelled";
    }

    if (a->job->task.step == 0
        && !os_str_equal(os_json_str(a->fresh, "payment"), OS_STR("paid")))
    {
        return "the order is not paid";
    }

    return os_stop_parts(a->fresh, NULL,
                         json_object_get(a->job->order, "track"))
           == OS_STOP_OPEN ? NULL : "shipped";
}


/*
 * The order is cancelled, and a code of the pool becomes the credit. What looks
 * for an unanswered cancel goes on to the credit, so the code is there first.
 */
static void
osw_credit_read(osw_action_t *a)
{
    int          out = a->job->task.unanswered.out != 0;
    const char  *against = out ? NULL : osw_credit_against(a);

    /* a person has it, whose dead letter was tried again */

    if (!out && !os_str_equal(os_json_str(a->job->decision, "applied"),
                              OS_STR("pending")))
    {
        osw_action_end(a, OSW_DONE, NULL);
        return;
    }

    if (against == NULL && a->code.len == 0) {
        osw_action_take_code(a);
        return;
    }

    if (out && osw_action_look(a)) {
        return;
    }

    against = osw_credit_against(a);

    if (against != NULL) {
        osw_action_person(a, against, OSW_DONE);
        return;
    }

    /*
     * What is left is the credit. One of a single call has not been made, or
     * the job were over, however many calls a cancel had when it began.
     */

    if (os_str_equal(os_json_str(a->fresh, "state"), OS_STR("cancelled"))
        && (a->job->task.step < (int64_t) a->cancels
            || json_array_size(a->calls) - a->cancels == 1))
    {
        a->job->task.step = (int64_t) a->cancels;
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


/*
 * Has the buyer the money already that the credit stands for? What the store
 * has paid back since is known only now.
 */
static int
osw_return_is_paid(const osw_action_t *a)
{
    os_str_t  state = os_json_str(a->fresh, "state");

    return os_str_equal(state, OS_STR("refunded"))
           || os_str_equal(state, OS_STR("cancelled"))
           || os_return_room(a->fresh, json_object_get(a->job->order, "track"),
                             a->job->decision)
              < os_json_int(a->job->decision, "amount", 0);
}


/* The same code, whichever try it is: a store that has it already says so. */
static void
osw_return_read(osw_action_t *a)
{
    int  credit = os_str_equal(os_json_str(a->job->decision, "want"),
                               OS_STR("credit"));

    if (osw_action_look(a)) {
        return;
    }

    if (json_array_size(a->calls) == 0
        || (credit && os_campaign_at(a->job->store->campaign,
                                     "/api/actions/credit") == NULL))
    {
        osw_action_person(a, "the campaign has no action for it", OSW_DONE);

    } else if (credit && os_json_str(a->fresh, "email").len == 0) {
        osw_action_person(a, OSW_NOBODY, OSW_DONE);

    } else if (credit && osw_return_is_paid(a)) {
        osw_action_person(a, "refunded", OSW_DONE);

    } else if (credit) {
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


/* What the buyer chose, as a store can charge it: new. */
static json_t *
osw_note_packaging(const osw_job_t *job)
{
    json_t     *data = job->task.data;
    json_t     *chosen = json_object();
    os_buf_t    price = { 0 };
    os_str_t    id = os_json_str(data, "choice");
    const os_campaign_t  *c = job->store->campaign;

    os_json_set_str(chosen, "id", id);
    os_json_set_str(chosen, "title",
                    os_campaign_text(c, json_object_get(
                                            os_packaging_find(c, id), "title"),
                                     OS_NULL));
    os_money_decimal(&price, os_json_int(data, "price", 0),
                     os_currency_digits(os_json_str(data, "currency")));
    os_json_set_str(chosen, "price", os_buf_view(&price));
    os_buf_free(&price);

    return chosen;
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

    if (a->job->task.doubts) {
        osw_action_end(a, OSW_LEFT, NULL);
        return;
    }

    text = (os_buf_t) { 0 };

    if (osw_message_note(a->job->shard->w, a->job->store, &a->job->task,
                         a->job->order, &text, &err) != 0)
    {
        osw_action_end(a, OSW_DEAD, err.text);

    } else {
        osw_action_renew_view(a);
        os_json_set_str(a->view, "note", os_buf_view(&text));

        if (strcmp(a->give, "packaging") == 0) {
            (void) json_object_set_new(a->view, "packaging",
                                       osw_note_packaging(a->job));
        }

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
        if (strcmp(a->give, "credit") == 0) {
            os_buf_str(&a->code, os_json_str(a->job->decision, "code"));
            osw_credit_read(a);

        } else {
            osw_apply_read(a);
        }

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
        a->job->task.gone_ms = 0;
        a->fresh = json_incref(read->order);
        a->raw = json_incref(read->raw);
        osw_action_read_ok(a);
        return;

    case OSW_READ_GONE:
        /* anybody can ask for an order that is none: one reading is enough */
        again = a->what == OSW_DO_APPLY || a->what == OSW_DO_REFUND
                || a->what == OSW_DO_PAY_BY || a->what == OSW_DO_CANCEL
                || a->what == OSW_DO_RETURN
                ? osw_api_gone(a->job->store, &a->job->task,
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


/* The calls of an action, and those that make a credit behind them: new. */
static json_t *
osw_credit_calls(const osw_job_t *job, const char *name)
{
    json_t  *calls = osw_action_calls(job, name);

    calls = calls ? calls : json_array();
    (void) json_array_extend(calls, os_campaign_at(job->store->campaign,
                                                   "/api/actions/credit"));

    return calls;
}


/* A choice of packaging may have an action of its own. */
static const char *
osw_note_action(const osw_job_t *job)
{
    return json_object_get(job->task.data, "choice")
           && os_campaign_at(job->store->campaign, "/api/actions/packaging")
           ? "packaging" : "note";
}


static int
osw_action_what(osw_job_t *job, osw_action_t *a)
{
    a->give = "";

    switch (job->task.purpose) {

    case OS_PURPOSE_READ:
        a->what = OSW_DO_READ;
        return 0;

    case OS_PURPOSE_PAY_BY:
        a->what = OSW_DO_PAY_BY;
        return 0;

    case OS_PURPOSE_RETURN:
        if (job->decision == NULL) {
            return -1;
        }

        a->what = OSW_DO_RETURN;
        a->give = "return";
        a->calls = os_str_equal(os_json_str(job->decision, "want"),
                                OS_STR("credit"))
                   ? osw_credit_calls(job, a->give)
                   : osw_action_calls(job, a->give);
        return 0;

    case OS_PURPOSE_APPLY:
        a->what = OSW_DO_APPLY;
        a->give = os_rules_action(json_object_get(job->decision,
                                                  "terms")).data;
        break;

    case OS_PURPOSE_REFUND:
        a->what = OSW_DO_REFUND;
        a->give = "refund";
        break;

    case OS_PURPOSE_CANCEL:
        a->what = OSW_DO_CANCEL;
        a->give = "cancel";
        break;

    case OS_PURPOSE_NOTE:
        a->what = OSW_DO_NOTE;
        a->give = osw_note_action(job);
        break;

    default:
        break;
    }

    if (a->give == NULL || a->give[0] == '\0') {
        return -1;
    }

    if (strcmp(a->give, "credit") == 0) {
        a->calls = osw_credit_calls(job, "cancel");
        a->cancels = json_array_size(os_campaign_at(job->store->campaign,
                                                    "/api/actions/cancel"));
        return 0;
    }

    a->calls = osw_action_calls(job, a->give);
    a->cancels = a->what == OSW_DO_CANCEL ? json_array_size(a->calls) : 0;

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

        if (a->withdrawn && !job->task.unanswered.out) {
            osw_action_end(a, OSW_DONE, NULL);
            return;
        }
    }

    if (a->what == OSW_DO_APPLY && strcmp(a->give, "next_order") == 0) {
        osw_action_next_order(a);
        return;
    }

    rest = job->task.unanswered.out
           ? os_change_rest(&job->task.unanswered, osw_now_ms(w),
                            osw_api_within(job->store))
           : 0;

    if (rest > 0) {
        osw_action_wait(a, rest);
        return;
    }

    osw_api_read(w, job->store, job->task.order_id, osw_action_read, a);
}


static osw_provider_t
osw_store_provider(osw_t *w, osw_store_t *store, const os_task_t *task)
{
    (void) w;
    (void) task;

    return (osw_provider_t) {
        .name = osw_api_provider(store),
        .at_once = OSW_HTTP_AT_ONCE
    };
}


const osw_channel_t  osw_store_channel = {
    "store", NULL, osw_store_deliver, NULL, NULL, osw_store_provider
};

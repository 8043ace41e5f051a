/*
 * os_reduce_save: what may keep an order: who was shown something, who asked
 * to cancel, what was decided and what became of it; what buyers say and how
 * they are answered. See os_reduce_save.h.
 */

#include "core/order/os_observe.h"
#include "core/order/os_reduce_back.h"
#include "core/order/os_reduce_consent.h"
#include "core/order/os_reduce_next.h"
#include "core/order/os_reduce_request.h"
#include "core/order/os_reduce_save.h"
#include "core/order/os_reduce_stop.h"
#include "core/order/os_rules.h"
#include "core/order/os_token.h"


#define OS_SENT_MAX       16
#define OS_SAID_MAX       5
#define OS_ASKED_WINDOW   600   /* s: a cancel this soon after was asked for */
#define OS_PAY_BY_GRACE   60    /* s */
#define OS_PAY_WITHIN     (30 * 86400)
#define OS_SAID_WINDOW    60    /* s: the request follows what was said to us */
#define OS_PAY_ASK_AGAIN  86400 /* s: the store could not be asked */
#define OS_FOLLOW_UP      120


json_t *
os_reduce_decision(const os_reduce_t *r)
{
    return json_object_get(r->save, "decision");
}


int
os_reduce_decision_is(const os_reduce_t *r, const char *state)
{
    return os_str_equal(os_json_str(os_reduce_decision(r), "state"),
                        os_str(state));
}


static int
os_applied_is(const os_reduce_t *r, const char *word)
{
    return os_str_equal(os_json_str(os_reduce_decision(r), "applied"),
                        os_str(word));
}


/* One whose kind matters later on: "credit" or "next_order". */
static int
os_decision_gives(const os_reduce_t *r, const char *what)
{
    return os_str_equal(os_json_str(os_reduce_decision(r), "give"),
                        os_str(what));
}


/* The decision in Redis is changed with the record. */
static json_t *
os_decision_of(os_reduce_t *r)
{
    if (r->out->decision == NULL) {
        r->out->decision = json_object();
    }

    os_json_set_str(r->out->decision, "nonce",
                    os_json_str(os_reduce_decision(r), "nonce"));

    return r->out->decision;
}


static void
os_decision_set(os_reduce_t *r, const char *member, os_str_t value)
{
    os_json_set_str(os_reduce_member(os_decision_of(r), "set"), member, value);
}


static void
os_unsaved(os_reduce_t *r)
{
    json_t  *decision = os_reduce_decision(r);

    if (os_json_bool(decision, "saved")) {
        (void) json_object_del(decision, "saved");
        os_reduce_count(r, "unsaved", OS_NULL);
    }
}


/* accepted → withdrawn: grant back, pending work dropped, limit free. */
void
os_reduce_withdraw(os_reduce_t *r, const char *why)
{
    json_t    *decision, *used;
    os_str_t   nonce, customer;

    decision = os_reduce_decision(r);
    nonce = os_json_str(decision, "nonce");
    customer = os_json_str(r->order, "customer");

    os_json_set_str(decision, "state", OS_STR("withdrawn"));

    os_decision_of(r);
    os_json_set_str(r->out->decision, "why", os_str(why));
    (void) json_object_set_new(r->out->decision, "withdraw", json_true());

    os_reduce_drop_job(r, "apply", "", "store", nonce);
    os_reduce_drop_job(r, "refund", "", "store", nonce);
    os_reduce_drop_job(r, "pay_by", "", "store", nonce);
    os_reduce_drop_job(r, "applied", "applied", "smtp", nonce);
    os_reduce_drop_job(r, "support_request", "support_request", "smtp", nonce);
    os_reduce_request_drop(r, nonce);

    if (customer.len) {
        os_json_set_str(os_reduce_effect(r, "release", customer), "offer",
                        os_json_str(decision, "offer"));
        used = os_reduce_effect(r, "used", customer);
        os_json_set_str(used, "offer", os_json_str(decision, "offer"));
        os_json_set_int(used, "at", r->at);
        (void) json_object_set_new(used, "back", json_true());
    }

    os_unsaved(r);
    os_reduce_count(r, "withdrawn", OS_NULL);
    os_reduce_webhook(r, "withdrawn", NULL);
}


/*
 * For store credit the shop cancels the order: the cancel keeps the promise.
 * Before the credit is made, money that is paid back stands in its place, and
 * so does the buyer's own cancel.
 */
static int
os_credit_given(const os_reduce_t *r)
{
    const json_t  *verdict = json_object_get(os_reduce_decision(r), "verdict");

    if (!os_decision_gives(r, "credit") || !os_json_bool(verdict, "approved")) {
        return 0;
    }

    return os_applied_is(r, "done")
           || !(os_reduce_is(r, "state", "refunded")
                || os_json_int(json_object_get(r->save, "asked"), "at", 0)
                   > os_json_int(verdict, "at", 0));
}


/*
 * An order that ends without an accepted offer holds no limit: what nginx
 * reserved for a decision of which it never heard goes back.
 */
static void
os_reduce_unreserve(os_reduce_t *r)
{
    size_t    i;
    os_str_t  customer = os_json_str(r->order, "customer");

    for (i = 0; i < r->c->noffers && customer.len; i++) {
        if (r->c->offers[i].per_customer || r->c->offers[i].cooldown) {
            (void) os_reduce_effect(r, "release", customer);
            return;
        }
    }
}


void
os_reduce_save_died(os_reduce_t *r)
{
    if (os_json_str(os_reduce_decision(r), "state").len == 0) {
        os_reduce_unreserve(r);
        return;
    }

    if (!os_reduce_decision_is(r, "accepted")) {
        return;
    }

    if (os_credit_given(r)) {
        os_unsaved(r);

    } else {
        os_reduce_withdraw(r, json_string_value(json_object_get(r->order,
                                                                "state")));
    }
}


/* Nobody is told of a cancel, nor won back. */
static void
os_follow_up_drop(os_reduce_t *r)
{
    os_reduce_drop_job(r, "cancelled", "cancelled", "smtp", OS_NULL);
    os_reduce_drop_job(r, "cancelled", "cancelled", "sms", OS_NULL);
    os_reduce_back_drop(r);
}


/* The customer ordered again after he asked to cancel. */
static int
os_reordered(const os_reduce_t *r)
{
    return os_json_int(r->save, "reordered", 0) > 0;
}


void
os_reduce_follow_up(os_reduce_t *r)
{
    int64_t    due_ms, asked;
    json_t    *how;

    if (os_reordered(r) || os_credit_given(r)) {
        return;
    }

    how = os_campaign_at(r->c, "/follow_up/cancelled");
    asked = os_json_int(json_object_get(r->save, "asked"), "at", r->at);
    os_reduce_back(r, asked);

    if (how == NULL) {
        return;
    }

    due_ms = asked
             + os_campaign_duration(r->c, "/follow_up/cancelled/after",
                                    OS_FOLLOW_UP);
    due_ms *= 1000;

    if (due_ms < r->now_ms) {
        due_ms = r->now_ms;
    }

    if (os_campaign_at(r->c, "/mail")
        && !json_is_false(json_object_get(how, "email")))
    {
        os_reduce_add_job(r, "cancelled", "cancelled", "smtp", OS_NULL, due_ms,
                          NULL);
    }

    if (os_json_bool(how, "sms")) {
        os_reduce_add_job(r, "cancelled", "cancelled", "sms", OS_NULL, due_ms,
                          NULL);
    }
}


/* An unpaid order that was kept is a save only once it is paid. */
void
os_reduce_saved(os_reduce_t *r)
{
    if (os_reduce_decision_is(r, "accepted") && !os_reduce_dead(r)
        && (os_applied_is(r, "done") || os_applied_is(r, "task")
            || os_reduce_is_next(r))
        && !os_reduce_is(r, "payment", "unpaid")
        && !os_json_bool(os_reduce_decision(r), "saved"))
    {
        (void) json_object_set_new(os_reduce_decision(r), "saved",
                                   json_true());
        os_reduce_count(r, "saved", OS_NULL);
    }
}


int
os_reduce_asked(const json_t *save)
{
    int64_t  asked, cancelled;

    asked = os_json_int(json_object_get(save, "asked"), "at", 0);
    cancelled = os_json_int(save, "cancelled", 0);

    return asked && (cancelled - asked <= OS_ASKED_WINDOW
                     || json_object_get(save, "stop"));
}


/* The language that the buyer met, for an order that has none of its own. */
static void
os_remember_locale(os_reduce_t *r)
{
    os_str_t  locale;

    locale = os_json_str(r->event, "locale");

    if (locale.len) {
        os_json_set_str(r->save, "locale", locale);
    }
}


void
os_reduce_on_exposed(os_reduce_t *r)
{
    os_str_t  arm;

    os_remember_locale(r);

    if (os_str_equal(os_json_str(r->event, "mode"), OS_STR("observe"))) {
        os_reduce_count(r, "observed", OS_NULL);
        os_observe(r);
        return;
    }

    if (os_json_int(r->save, "exposed", 0)) {
        return;                         /* the first exposure counts */
    }

    arm = os_json_str(r->event, "arm");
    os_json_set_str(r->save, "arm", arm);
    os_json_set_int(r->save, "exposed", r->at);

    if (os_json_str(r->event, "experiment").len) {
        os_json_set_str(r->save, "experiment",
                        os_json_str(r->event, "experiment"));
    }

    os_reduce_count(r, "exposed", arm);
    os_reduce_webhook(r, "exposed", NULL);
}


/*
 * The module tells apart owners and strangers where it could look the order
 * up. Where it could not, it says what secret came with the request.
 */
static int
os_asked_by_stranger(const os_reduce_t *r)
{
    int       stranger;
    os_str_t  said, proof;
    os_buf_t  hash = { 0 };

    said = os_json_str(r->event, "proof");
    proof = os_json_str(r->order, "proof");

    /* nobody could look whether the link that was followed is still good */

    if (json_object_get(r->event, "links")
        && (os_reduce_is(r, "state", "unknown")
            || os_json_int(r->event, "links", 0)
               != os_json_int(r->track, "links", 0)))
    {
        return 1;
    }

    if (os_json_bool(r->event, "owner") || said.len == 0 || proof.len == 0) {
        return 0;
    }

    os_token_proof(proof, &hash);
    stranger = !os_str_equal(said, os_buf_view(&hash));
    os_buf_free(&hash);

    return stranger;
}


/*
 * Support reads what a buyer says: the same once, and OS_SAID_MAX in all. Who
 * has the link of a mail can post without end; the record keeps the last.
 */
static void
os_reduce_said(os_reduce_t *r, os_input_t input, const char *what,
    json_t *data)
{
    int64_t      said;
    os_buf_t     nonce;
    const char  *counter;

    counter = input == OS_INPUT_CANCEL ? "said_cancel" : "said";
    said = os_json_int(r->save, counter, 0);

    if (said >= OS_SAID_MAX) {
        os_reduce_count(r, "said_enough", OS_NULL);
        json_decref(data);
        return;
    }

    os_json_set_int(r->save, counter, said + 1);

    nonce = (os_buf_t) { 0 };
    os_buf_text(&nonce, what);
    os_buf_char(&nonce, '/');
    os_json_dump(&nonce, data);
    os_reduce_heard(r, input, os_buf_view(&nonce), data);
    os_buf_free(&nonce);
}


/* What was typed on the page of a cancel, whatever was decided there. */
static void
os_reduce_words(os_reduce_t *r, const json_t *said, const char *what)
{
    json_t  *data;

    if (os_json_str(said, "comment").len == 0) {
        return;
    }

    data = json_object();
    os_reduce_given(data, said, "reason");
    os_reduce_given(data, said, "comment");
    os_reduce_given(data, said, "why");
    (void) json_object_set_new(data, what, json_true());
    os_reduce_said(r, OS_INPUT_CANCEL, what, data);
}


/* An order that is not known is read; a reading that waits is for all. */
static void
os_reduce_read(os_reduce_t *r)
{
    if (os_reduce_is(r, "state", "unknown") && os_campaign_at(r->c, "/api")) {
        os_reduce_add_job(r, "read", "", "store", OS_NULL, r->now_ms, NULL);
    }
}


void
os_reduce_on_wanted(os_reduce_t *r)
{
    os_reduce_count(r, "wanted", OS_NULL);
    os_reduce_read(r);
}


void
os_reduce_wish(os_reduce_t *r)
{
    int64_t    asked;
    os_str_t   customer;

    asked = os_json_int(json_object_get(r->save, "asked"), "at", 0);
    customer = os_json_str(r->order, "customer");

    if (asked && customer.len && !r->out->silent) {
        os_json_set_int(os_reduce_effect(r, "asked", customer), "at", asked);
    }
}


/*
 * A storefront tells us that its buyer cancels, and sends its own request: that
 * passes us as well, and is the same wish. What comes after it is another.
 */
static int
os_asked_before(const os_reduce_t *r, json_t *asked)
{
    int       before;
    os_str_t  via = os_json_str(r->event, "via");

    before = os_str_equal(via, OS_STR("pass")) && os_json_bool(asked, "api")
             && r->at - os_json_int(asked, "at", 0) <= OS_SAID_WINDOW;

    if (os_str_equal(via, OS_STR("api"))) {
        (void) json_object_set_new(asked, "api", json_true());

    } else {
        (void) json_object_del(asked, "api");
    }

    return before;
}


static void
os_asked_note(os_reduce_t *r)
{
    json_t  *asked = os_reduce_member(r->save, "asked");

    os_json_set_int(asked, "at", r->at);
    os_json_set_int(asked, "count", os_json_int(asked, "count", 0) + 1);
    os_reduce_given(asked, r->event, "reason");
    os_reduce_given(asked, r->event, "comment");

    os_reduce_count(r, "asked", OS_NULL);

    if (os_json_str(r->event, "reason").len) {
        os_reduce_count(r, "reason", os_json_str(r->event, "reason"));
    }

    if (!os_reduce_is(r, "state", "unknown")) {
        os_reduce_webhook(r, "asked", NULL);    /* anybody can ask for those */
    }
}


void
os_reduce_asks_us(os_reduce_t *r)
{
    os_asked_note(r);

    if (!os_reduce_stop(r)) {
        os_reduce_words(r, r->event, "cancels");
    }

    os_reduce_wish(r);
    (void) json_object_del(r->save, "reordered");
}


void
os_reduce_on_asked(os_reduce_t *r)
{
    if (os_asked_by_stranger(r)) {
        os_reduce_count(r, "stranger", OS_NULL);
        return;
    }

    os_remember_locale(r);

    if (os_asked_before(r, os_reduce_member(r->save, "asked"))) {
        return;
    }

    if (os_json_bool(r->event, "hosted")) {
        os_reduce_asks_us(r);
        return;
    }

    os_asked_note(r);
    os_reduce_words(r, r->event, "cancels");
    os_reduce_wish(r);

    /* the module asked for it, where it saw that the order is unknown */

    if (!os_json_bool(r->event, "sought")) {
        os_reduce_read(r);
    }

    if (os_reduce_is(r, "state", "cancelled")) {
        if (r->at <= os_json_int(r->save, "cancelled", 0)
            && os_reduce_asked(r->save))
        {
            os_reduce_follow_up(r);     /* the store was faster than we */
        }

        return;
    }

    if (!os_reduce_is(r, "state", "refunded")) {
        (void) json_object_del(r->save, "reordered");
        os_reduce_follow_up(r);
    }
}


void
os_reduce_on_answered(os_reduce_t *r)
{
    json_t  *asked;

    asked = json_object_get(r->save, "asked");

    if (asked != NULL) {
        os_json_set_int(asked, "status", os_json_int(r->event, "status", 0));
    }
}


/* Typed on a page that nothing came of, whichever button was pressed. */
void
os_reduce_on_words(os_reduce_t *r)
{
    if (os_asked_by_stranger(r)) {
        os_reduce_count(r, "stranger", OS_NULL);
        return;
    }

    os_reduce_count(r, "unheard", OS_NULL);
    r->out->silent = 0;                 /* whatever became of the order */
    os_reduce_words(r, r->event,
                    os_json_bool(r->event, "keeps") ? "keeps" : "cancels");
}


void
os_reduce_on_declined(os_reduce_t *r)
{
    json_t  *decision;

    if (os_reduce_decision_is(r, "accepted")) {
        return;                         /* decided once */
    }

    decision = os_reduce_member(r->save, "decision");
    os_json_set_str(decision, "state", OS_STR("declined"));
    os_reduce_given(decision, r->event, "reason");
    os_reduce_unreserve(r);
    os_reduce_count(r, "declined", OS_NULL);
}


/*
 * When an accepted offer has waited long enough for the payment: the store's
 * deadline, or one of ours. Epoch seconds; 0 when it waits for none.
 */
static int64_t
os_pay_deadline(const os_reduce_t *r)
{
    int64_t  pay_by, accepted;

    if (!os_reduce_decision_is(r, "accepted")
        || !os_reduce_is(r, "payment", "unpaid"))
    {
        return 0;
    }

    pay_by = os_json_int(r->order, "pay_by", 0);
    accepted = os_json_int(os_reduce_decision(r), "at", r->at);

    return pay_by ? pay_by
                  : accepted + os_campaign_duration(r->c, "/pay_within",
                                                    OS_PAY_WITHIN);
}


/* What this job finds is withdrawn with the decision, or finds nothing. */
static void
os_watch_payment(os_reduce_t *r, os_str_t nonce, int64_t at)
{
    unsigned  silent = r->out->silent;

    r->out->silent = 0;                 /* it tells nobody anything */
    os_reduce_add_job(r, "pay_by", "", "store", nonce,
                      (at + OS_PAY_BY_GRACE) * 1000, NULL);
    r->out->silent = silent & 1;
}


void
os_reduce_pay_by(os_reduce_t *r, const json_t *before)
{
    int64_t    was, deadline;
    os_buf_t   nonce;

    deadline = os_pay_deadline(r);
    was = os_json_int(before, "pay_by", INT64_MAX);

    /* what moved away is seen when the old time has come */

    if (deadline == 0 || deadline >= was) {
        return;
    }

    nonce = (os_buf_t) { 0 };
    os_buf_str(&nonce, os_json_str(os_reduce_decision(r), "nonce"));
    os_buf_char(&nonce, '/');
    os_buf_int(&nonce, deadline);
    os_watch_payment(r, os_buf_view(&nonce), deadline);
    os_buf_free(&nonce);
}


static void
os_accepted_work(os_reduce_t *r, const json_t *decision)
{
    int64_t    deadline;
    os_str_t   nonce;

    nonce = os_json_str(decision, "nonce");
    deadline = os_pay_deadline(r);

    if (os_rules_action(json_object_get(decision, "terms")).len == 0) {
        os_reduce_request(r, nonce, NULL);

    } else if (!os_reduce_is_next(r)) {
        os_reduce_add_job(r, "apply", "", "store", nonce, r->now_ms, NULL);
    }

    if (deadline) {
        os_watch_payment(r, nonce, deadline);
    }
}


void
os_reduce_on_accepted(os_reduce_t *r)
{
    int        request, task;
    json_t    *decision, *copy, *used;
    os_str_t   customer;

    decision = json_object_get(r->event, "decision");
    request = os_str_equal(os_json_str(decision, "kind"), OS_STR("request"));

    os_remember_locale(r);

    task = request && os_rules_action(json_object_get(decision,
                                                      "terms")).len == 0;

    if (!task) {
        os_reduce_words(r, decision, "keeps");
    }

    copy = json_object();
    os_json_set_str(copy, "state", OS_STR("accepted"));
    os_reduce_given(copy, decision, "offer");
    os_reduce_given(copy, decision, "nonce");
    os_reduce_given(copy, decision, "reason");
    os_json_set_int(copy, "at", r->at);
    os_json_set_str(copy, "applied", os_str(task ? "task" : "pending"));

    if (os_str_equal(os_json_str(json_object_get(decision, "terms"), "give"),
                     OS_STR("next_order")))
    {
        os_json_set_str(copy, "give", OS_STR("next_order"));
    }

    if (json_object_get(json_object_get(decision, "terms"), "credit")) {
        os_json_set_str(copy, "give", OS_STR("credit"));
        (void) json_object_set(copy, "terms",
                               json_object_get(decision, "terms"));
    }

    if (request) {
        os_reduce_given(copy, decision, "kind");
        os_reduce_given(copy, decision, "comment");
        (void) json_object_set(copy, "said", json_object_get(decision, "said"));
    }

    (void) json_object_set_new(r->save, "decision", copy);

    os_reduce_count(r, "accepted", OS_NULL);
    os_reduce_count(r, "accepted", os_json_str(decision, "offer"));
    os_reduce_webhook(r, "accepted", NULL);

    if (os_reduce_dead(r)) {
        r->out->silent = 0;
        os_reduce_mail(r, "refused", os_json_str(copy, "nonce"), 0, NULL);
        os_reduce_withdraw(r, "cancelled");
        return;
    }

    customer = os_json_str(r->order, "customer");

    if (customer.len) {
        used = os_reduce_effect(r, "used", customer);
        os_json_set_str(used, "offer", os_json_str(decision, "offer"));
        os_json_set_int(used, "at", r->at);
    }

    if (task) {
        os_decision_set(r, "applied", OS_STR("task"));
    }

    r->out->silent = 0;                 /* a promise is kept, however late */
    os_accepted_work(r, decision);
    os_reduce_saved(r);
}


/* Was it something that the buyer asked for, in words? */
static int
os_decision_asked(const os_reduce_t *r)
{
    return os_str_equal(os_json_str(os_reduce_decision(r), "kind"),
                        OS_STR("request"))
           && !json_object_get(os_reduce_decision(r), "verdict");
}


static void
os_applied_done(os_reduce_t *r, os_str_t nonce)
{
    os_str_t  by;

    os_reduce_mail(r, os_decision_asked(r) || os_decision_gives(r, "credit")
                      ? "approved" : "applied", nonce, 0, NULL);

    by = os_json_str(json_object_get(r->event, "refund"), "by");

    if (os_str_equal(by, OS_STR("api"))) {
        os_reduce_add_job(r, "refund", "", "store", nonce, r->now_ms,
                          json_deep_copy(json_object_get(r->event, "refund")));

    } else if (by.len) {
        os_reduce_mail(r, "support_refund", nonce, 1, NULL);
    }

    os_reduce_saved(r);
}


/*
 * The offer was withdrawn while its change was on its way to the store, which
 * has made it, or nobody knows: a person undoes it, if it matters.
 */
static void
os_applied_task(os_reduce_t *r, os_str_t nonce)
{
    json_t  *data;

    if (os_decision_asked(r)) {
        data = json_object();
        os_reduce_given(data, r->event, "why");
        os_reduce_request(r, nonce, data);

    } else {
        os_reduce_mail(r, "support_task", nonce, 1, NULL);
    }

    os_reduce_saved(r);
}


static void
os_applied_late(os_reduce_t *r, os_str_t nonce, os_str_t word)
{
    json_t    *data;
    os_buf_t   why = { 0 };

    if ((os_reduce_dead(r) && !os_decision_gives(r, "credit"))
        || os_str_equal(word, OS_STR("refused")))
    {
        return;
    }

    os_buf_str(&why, os_str_equal(word, OS_STR("done"))
                     ? OS_STR("the offer was withdrawn, but it is applied")
                     : os_json_str(r->event, "why"));

    if (os_json_str(r->event, "code").len) {
        os_buf_text(&why, ": ");
        os_buf_str(&why, os_json_str(r->event, "code"));
    }

    data = json_object();
    os_json_set_str(data, "why", os_buf_view(&why));
    os_buf_free(&why);
    r->out->silent = 0;
    os_reduce_mail(r, "support_task", nonce, 1, data);
}


/*
 * What became of the accepted offer. `back`: it cannot be applied any more, so
 * the grant goes back; else the store said no and a person sees to it.
 */
void
os_reduce_on_applied(os_reduce_t *r)
{
    os_str_t  nonce, word;

    nonce = os_json_str(r->event, "nonce");
    word = os_json_str(r->event, "applied");

    if (!os_str_equal(nonce, os_json_str(os_reduce_decision(r), "nonce"))) {
        return;
    }

    if (os_reduce_decision_is(r, "withdrawn")) {
        os_applied_late(r, nonce, word);
        return;
    }

    if (!os_reduce_decision_is(r, "accepted")) {
        return;
    }

    os_json_set_str(os_reduce_decision(r), "applied", word);
    os_reduce_count(r, "applied", word);
    os_reduce_webhook(r, "applied", NULL);
    r->out->silent = 0;

    if (os_str_equal(word, OS_STR("done"))) {
        os_applied_done(r, nonce);
        return;
    }

    if (os_str_equal(word, OS_STR("task"))) {
        os_applied_task(r, nonce);
        return;
    }

    os_reduce_mail(r, "refused", nonce, 0, NULL);

    if (os_json_bool(r->event, "back")) {
        os_reduce_withdraw(r, json_string_value(json_object_get(r->event,
                                                                "why")));

    } else {
        os_reduce_mail(r, "support_refused", nonce, 1, NULL);
    }
}


/* Whoever approved it expects the store to make it, which was not asked to. */
static void
os_credit_by_hand(os_reduce_t *r, os_str_t nonce)
{
    json_t  *data = json_object();

    os_json_set_str(data, "why",
                    OS_STR("it was asked for before the offer had a pool"));
    os_json_set_str(os_reduce_decision(r), "applied", OS_STR("task"));
    os_decision_set(r, "applied", OS_STR("task"));
    os_reduce_mail(r, "support_task", nonce, 1, data);
}


/*
 * A person has answered a request. What the store has to do for it (an amount
 * is taken off, a credit made) it does as for an accepted offer; else they have
 * seen to it themselves.
 */
void
os_reduce_on_verdict(os_reduce_t *r)
{
    os_str_t           nonce;
    const os_offer_t  *offer;

    r->out->silent = 0;                 /* somebody waits for it */

    if (!os_reduce_request_verdict(r)) {
        return;
    }

    nonce = os_json_str(r->event, "nonce");

    if (!os_json_bool(r->event, "approved")) {
        os_reduce_mail(r, "declined", nonce, 0, NULL);
        os_reduce_withdraw(r, "declined");
        return;
    }

    if (os_json_bool(r->event, "apply")
        || json_object_get(r->event, "amount"))
    {
        os_json_set_str(os_reduce_decision(r), "applied", OS_STR("pending"));
        os_reduce_add_job(r, "apply", "", "store", nonce, r->now_ms, NULL);

        if (os_decision_gives(r, "credit")) {
            os_follow_up_drop(r);       /* the cancel is ours */
        }

        return;
    }

    offer = os_campaign_offer(r->c, os_json_str(os_reduce_decision(r),
                                                "offer"));

    if (os_decision_gives(r, "credit") && offer && offer->credits.len) {
        os_credit_by_hand(r, nonce);
        return;
    }

    os_json_set_str(os_reduce_decision(r), "applied", OS_STR("done"));
    os_decision_set(r, "applied", OS_STR("done"));
    os_reduce_mail(r, "approved", nonce, 0, NULL);
    os_reduce_saved(r);
}


/* The refund step that could not be done by the API becomes a task. */
void
os_reduce_on_refunded(os_reduce_t *r)
{
    json_t    *data;
    os_str_t   nonce;

    nonce = os_json_str(r->event, "nonce");

    if (!os_str_equal(nonce, os_json_str(os_reduce_decision(r), "nonce"))) {
        return;
    }

    if (os_json_bool(r->event, "done")) {
        os_reduce_count(r, "refund", OS_STR("done"));
        os_reduce_mail(r, "refunded", nonce, 0, NULL);

        if (os_reduce_decision_is(r, "withdrawn")) {
            data = json_object();
            os_json_set_str(data, "why",
                            OS_STR("the offer was withdrawn, but the money "
                                   "is paid back"));
            os_reduce_mail(r, "support_refund", nonce, 1, data);
        }

        return;
    }

    data = json_object();

    if (json_object_get(r->event, "why")) {
        os_json_set_str(data, "why", os_json_str(r->event, "why"));
    }

    os_reduce_count(r, "refund", OS_STR("task"));
    os_reduce_mail(r, "support_refund", nonce, 1, data);
    os_reduce_mail(r, "refunded", nonce, 0, NULL);
}


void
os_reduce_on_used(os_reduce_t *r)
{
    json_t    *offer;
    int64_t    n;
    os_buf_t   name;

    name = (os_buf_t) { 0 };
    os_buf_str(&name, os_json_str(r->event, "offer"));

    if (name.len && !name.failed) {
        offer = os_reduce_member(os_reduce_member(r->save, "used"), name.data);
        n = os_json_int(offer, "n", 0)
            + (os_json_bool(r->event, "back") ? -1 : 1);
        os_json_set_int(offer, "n", n < 0 ? 0 : n);
        os_json_set_int(offer, "at", os_json_int(r->event, "at", r->at));
    }

    os_buf_free(&name);
}


/* `at` is when the newer order was placed. */
void
os_reduce_on_reordered(os_reduce_t *r)
{
    int64_t  asked;

    asked = os_json_int(json_object_get(r->save, "asked"), "at", 0);

    if (asked == 0 || r->at < asked) {
        return;
    }

    os_json_set_int(r->save, "reordered", r->at);
    os_follow_up_drop(r);
    os_reduce_count(r, "reordered", OS_NULL);
}


void
os_reduce_on_scored(os_reduce_t *r)
{
    json_t    *score, *data;
    int64_t    value;
    os_buf_t   digit;

    value = os_json_int(r->event, "score", 0);

    if (value < 1 || value > 5) {
        return;
    }

    score = os_reduce_member(r->save, "score");
    os_json_set_int(score, "value", value);
    os_json_set_int(score, "at", r->at);
    os_reduce_given(score, r->event, "comment");

    digit = (os_buf_t) { 0 };
    os_buf_printf(&digit, "%d", (int) value);
    os_reduce_count(r, "score", os_buf_view(&digit));
    os_buf_free(&digit);
    os_reduce_webhook(r, "scored", NULL);

    if (value <= 2) {
        os_reduce_back_drop(r);         /* a complaint */
    }

    if (value <= 2 || os_json_str(r->event, "comment").len) {
        data = json_object();
        os_json_set_int(data, "score", value);
        os_reduce_given(data, r->event, "comment");
        os_reduce_said(r, OS_INPUT_SCORE, "score", data);
    }
}


void
os_reduce_on_reason(os_reduce_t *r)
{
    json_t  *asked, *data;

    asked = os_reduce_member(r->save, "asked");
    os_reduce_given(asked, r->event, "reason");
    os_reduce_given(asked, r->event, "comment");
    os_reduce_count(r, "reason", os_json_str(r->event, "reason"));

    if (os_json_str(r->event, "comment").len) {
        data = json_object();
        os_reduce_given(data, r->event, "reason");
        os_reduce_given(data, r->event, "comment");
        os_reduce_said(r, OS_INPUT_REASON, "reason", data);
    }
}


void
os_reduce_on_sent(os_reduce_t *r)
{
    json_t  *sent;

    sent = json_object_get(r->save, "sent");

    if (sent == NULL) {
        sent = json_array();
        (void) json_object_set_new(r->save, "sent", sent);
    }

    if (os_reduce_was_sent(r, os_json_str(r->event, "job"))) {
        return;
    }

    (void) json_array_append_new(sent,
                                 os_json_new_str(os_json_str(r->event,
                                                             "job")));

    if (json_array_size(sent) > OS_SENT_MAX) {
        (void) json_array_remove(sent, 0);
    }
}


/*
 * The deadline of an unpaid order passed, and the order is as the store says;
 * `unread`: as it was, since the store did not say. `gone`: there is no order.
 */
void
os_reduce_on_pay_by(os_reduce_t *r)
{
    int64_t    now, deadline, accepted;
    os_str_t   nonce;

    now = r->now_ms / 1000;
    deadline = os_pay_deadline(r);
    nonce = os_json_str(os_reduce_decision(r), "nonce");
    accepted = os_json_int(os_reduce_decision(r), "at", r->at);

    if (deadline == 0) {
        return;
    }

    if (os_json_bool(r->event, "gone")) {
        os_reduce_withdraw(r, "gone");

    } else if (deadline > now) {
        os_watch_payment(r, nonce, deadline);

    } else if (os_json_bool(r->event, "unread")
               && now - accepted <= OS_PAY_WITHIN)
    {
        os_watch_payment(r, nonce, now + OS_PAY_ASK_AGAIN - OS_PAY_BY_GRACE);

    } else {
        os_reduce_withdraw(r, "not paid in time");
    }
}


/* STOP: the number is suppressed already; it is confirmed once. */
void
os_reduce_on_stopped(os_reduce_t *r)
{
    os_reduce_count(r, "stopped", OS_NULL);
    os_reduce_consent_stopped(r);
    r->out->silent = 0;
    os_reduce_add_job(r, "stopped", "stopped", "sms", OS_NULL, r->now_ms, NULL);
}


/* Words for the shop's people. */
void
os_reduce_on_replied(os_reduce_t *r)
{
    json_t  *data;

    data = json_object();
    os_json_set_str(data, "comment", os_json_str(r->event, "text"));
    os_reduce_count(r, "replied", OS_NULL);
    r->out->silent = 0;
    os_reduce_mail(r, "support_reply", r->event_id, 1, data);
}

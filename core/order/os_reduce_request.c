/*
 * os_reduce_request: see os_reduce_request.h.
 */

#include "core/order/os_reduce_request.h"
#include "core/order/os_rules.h"


#define OS_REMIND  "request_half"       /* what a clock says */
#define OS_LATE    "request_late"


static os_work_t
os_request_clock(const char *what, os_str_t nonce, os_buf_t *text)
{
    os_buf_text(text, what);
    os_buf_char(text, '/');
    os_buf_str(text, nonce);

    return (os_work_t) { .purpose = "watch", .template = "",
                         .channel = "clock", .nonce = os_buf_view(text) };
}


static void
os_request_watch(os_reduce_t *r, const char *what, os_str_t nonce, int64_t due)
{
    json_t     *data;
    os_buf_t    text = { 0 };
    os_work_t   work = os_request_clock(what, nonce, &text);

    data = json_object();
    os_json_set_str(data, "what", os_str(what));
    os_reduce_add(r, &work, due * 1000, data);
    os_buf_free(&text);
}


/* Whoever packs reads on the store's order that somebody waits, or no more. */
static void
os_request_note(os_reduce_t *r, const char *about, os_str_t nonce)
{
    json_t    *data;
    os_buf_t   text = { 0 };

    if (os_campaign_at(r->c, "/api/actions/note") == NULL) {
        return;
    }

    os_buf_text(&text, about);
    os_buf_char(&text, '/');
    os_buf_str(&text, nonce);
    data = json_object();
    os_json_set_str(data, "about", os_str(about));
    os_reduce_add_job(r, "note", "", "store", os_buf_view(&text), r->now_ms,
                      data);
    os_buf_free(&text);
}


void
os_reduce_request(os_reduce_t *r, os_str_t nonce, json_t *data)
{
    int64_t  within, at = r->at;

    os_reduce_mail(r, os_input_mail(OS_INPUT_REQUEST), nonce, 1, data);

    if (os_campaign_at(r->c, "/requests") == NULL) {
        return;
    }

    os_reduce_mail(r, "support_approve", nonce, 1, NULL);
    os_request_note(r, "request", nonce);
    within = os_campaign_duration(r->c, "/requests/answer_within", 0);

    if (within) {
        os_request_watch(r, OS_REMIND, nonce, at + within / 2);
        os_request_watch(r, OS_LATE, nonce, at + within);
    }
}


static void
os_request_unwatch(os_reduce_t *r, const char *what, os_str_t nonce)
{
    os_buf_t   text = { 0 };
    os_work_t  work = os_request_clock(what, nonce, &text);

    os_reduce_drop(r, &work);
    os_buf_free(&text);
}


void
os_reduce_request_drop(os_reduce_t *r, os_str_t nonce)
{
    size_t  i;

    static const char *const  mails[] = { "support_approve",
                                          "support_reminder", "unanswered" };

    if (os_campaign_at(r->c, "/requests") == NULL
        || !os_str_equal(os_json_str(json_object_get(r->save, "decision"),
                                     "kind"),
                         OS_STR("request")))
    {
        return;
    }

    for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        os_reduce_drop_job(r, mails[i], mails[i], "smtp", nonce);
    }

    os_request_unwatch(r, OS_REMIND, nonce);
    os_request_unwatch(r, OS_LATE, nonce);
}


/* The decision, if it is a request that nobody has answered. */
static json_t *
os_request_open(const os_reduce_t *r)
{
    json_t  *decision;

    decision = json_object_get(r->save, "decision");

    return os_rules_waits(decision) ? decision : NULL;
}


int
os_reduce_request_clock(os_reduce_t *r)
{
    int        late;
    json_t    *decision;
    os_str_t   what;

    what = os_json_str(r->event, "what");
    late = os_str_equal(what, OS_STR(OS_LATE));

    if (!late && !os_str_equal(what, OS_STR(OS_REMIND))) {
        return 0;
    }

    decision = os_request_open(r);

    if (decision && !os_reduce_dead(r)) {
        r->out->silent = 0;
        os_reduce_mail(r, late ? "unanswered" : "support_reminder",
                       os_json_str(decision, "nonce"), !late, NULL);
        os_reduce_count(r, "request", late ? OS_STR("late")
                                           : OS_STR("reminded"));
    }

    return 1;
}


int
os_reduce_request_verdict(os_reduce_t *r)
{
    int       approved;
    json_t   *decision, *verdict, *amount;

    decision = os_request_open(r);

    if (decision == NULL
        || !os_str_equal(os_json_str(r->event, "nonce"),
                         os_json_str(decision, "nonce")))
    {
        return 0;
    }

    approved = os_json_bool(r->event, "approved");
    verdict = os_reduce_member(decision, "verdict");
    (void) json_object_set_new(verdict, "approved", json_boolean(approved));
    os_json_set_int(verdict, "at", r->at);
    os_reduce_given(verdict, r->event, "comment");
    os_reduce_given(verdict, r->event, "by");
    amount = json_object_get(r->event, "amount");

    if (amount) {
        (void) json_object_set(verdict, "amount", amount);
    }

    os_reduce_request_drop(r, os_json_str(decision, "nonce"));

    /* what becomes a credit is cancelled: it is not to be shipped after all */

    if (!approved || !os_str_equal(os_json_str(decision, "give"),
                                   OS_STR("credit")))
    {
        os_request_note(r, "verdict", os_json_str(decision, "nonce"));
    }

    os_reduce_count(r, "request", approved ? OS_STR("approved")
                                           : OS_STR("declined"));
    os_reduce_webhook(r, "verdict", NULL);

    return 1;
}

/*
 * os_reduce_return: see os_reduce_return.h.
 *
 *     asked       the store's API is at it, or a person is to answer (`hand`:
 *                 after the store did not)
 *     approved    it may be sent back
 *     declined    by a person, or because it was asked for twice
 *     refunded    the store has paid it back
 */

#include "core/order/os_reduce_after.h"
#include "core/order/os_reduce_return.h"
#include "core/order/os_return.h"
#include "core/order/os_withdrawal.h"


#define OS_RETURN_HALF  "return_half"   /* what a clock says */


static json_t *
os_returns_of(os_reduce_t *r)
{
    json_t  *list = json_object_get(r->track, "returns");

    if (list == NULL) {
        list = json_array();
        (void) json_object_set_new(r->track, "returns", list);
    }

    return list;
}


/* The one that an event is about, or NULL. */
static json_t *
os_return_meant(const os_reduce_t *r)
{
    size_t    i;
    json_t   *one;
    os_str_t  nonce = os_json_str(r->event, "nonce");

    json_array_foreach(json_object_get(r->track, "returns"), i, one) {
        if (nonce.len && os_str_equal(os_json_str(one, "nonce"), nonce)) {
            return one;
        }
    }

    return NULL;
}


static int
os_return_is(const json_t *one, const char *member, const char *word)
{
    return os_str_equal(os_json_str(one, member), os_str(word));
}


static json_t *
os_return_data(const json_t *one)
{
    json_t  *data = json_object();

    os_json_set_str(data, "return", os_json_str(one, "nonce"));

    return data;
}


/* Both, as far as the campaign has them, hear of every change. */
static void
os_return_becomes(os_reduce_t *r, json_t *one, const char *state)
{
    os_json_set_str(one, "state", os_str(state));
    os_reduce_count(r, "return", os_str(state));
    os_reduce_webhook(r, "return", json_deep_copy(one));
}


static void
os_return_mail(os_reduce_t *r, const json_t *one, const char *mail)
{
    os_reduce_mail(r, mail, os_json_str(one, "nonce"), 0,
                   os_return_data(one));
}


static os_work_t
os_return_clock(const json_t *one, os_buf_t *nonce)
{
    os_buf_text(nonce, OS_RETURN_HALF "/");
    os_buf_str(nonce, os_json_str(one, "nonce"));

    return (os_work_t) { .purpose = "watch", .template = "",
                         .channel = "clock", .nonce = os_buf_view(nonce) };
}


/* Support is reminded after half of the time in which requests are answered. */
static void
os_return_watch(os_reduce_t *r, const json_t *one)
{
    int64_t    within;
    os_buf_t   nonce = { 0 };
    os_work_t  work = os_return_clock(one, &nonce);

    within = os_campaign_duration(r->c, "/requests/answer_within", 0);

    if (within) {
        os_reduce_add(r, &work, (r->at + within / 2) * 1000,
                      json_pack("{s:s}", "what", OS_RETURN_HALF));
    }

    os_buf_free(&nonce);
}


static void
os_return_unwatch(os_reduce_t *r, const json_t *one)
{
    os_buf_t   nonce = { 0 };
    os_work_t  work = os_return_clock(one, &nonce);

    os_reduce_drop(r, &work);
    os_reduce_drop_job(r, "support_approve", "support_approve", "smtp",
                       os_json_str(one, "nonce"));
    os_reduce_drop_job(r, "support_reminder", "support_reminder", "smtp",
                       os_json_str(one, "nonce"));
    os_buf_free(&nonce);
}


/*
 * A person answers; `why` the store did not, or OS_NULL. Where a webhook has
 * it, its own desk does.
 */
static void
os_return_task(os_reduce_t *r, const json_t *one, os_str_t why)
{
    json_t  *data;

    if (os_input_way(r->c, OS_INPUT_RETURN, NULL) != OS_WAY_OUT_MAIL) {
        return;
    }

    data = os_return_data(one);

    if (why.len) {
        os_json_set_str(data, "why", why);
    }

    os_reduce_mail(r, os_input_mail(OS_INPUT_RETURN),
                   os_json_str(one, "nonce"), 1, data);

    if (os_return_waits(one)) {
        os_reduce_mail(r, "support_approve", os_json_str(one, "nonce"), 1,
                       os_return_data(one));
        os_return_watch(r, one);
    }
}


/* One at a time waits: it is that one. */
int
os_reduce_return_clock(os_reduce_t *r)
{
    size_t   i;
    json_t  *one;

    if (!os_return_is(r->event, "what", OS_RETURN_HALF)) {
        return 0;
    }

    json_array_foreach(json_object_get(r->track, "returns"), i, one) {
        if (os_return_waits(one)) {
            r->out->silent = 0;
            os_reduce_mail(r, "support_reminder", os_json_str(one, "nonce"),
                           1, os_return_data(one));
            os_reduce_count(r, "return", OS_STR("reminded"));
        }
    }

    return 1;
}


static void
os_return_call(os_reduce_t *r, const json_t *one)
{
    os_reduce_add_job(r, "return", "", "store", os_json_str(one, "nonce"),
                      r->now_ms, os_return_data(one));
}


/* Whoever sends something back is neither asked for stars nor advertised to. */
void
os_reduce_on_return(os_reduce_t *r)
{
    json_t  *one, *list = os_returns_of(r);

    one = json_object_get(r->event, "return");

    if (json_array_size(list) >= OS_RETURN_MAX || os_return_meant(r)
        || !json_is_object(one))
    {
        return;
    }

    one = json_deep_copy(one);
    os_json_set_str(one, "nonce", os_json_str(r->event, "nonce"));
    os_json_set_int(one, "at", r->at);
    os_return_bound(r->c, r->order, r->track, one);     /* as it is by now */
    r->out->silent = 0;                 /* somebody waits for it */

    if (!os_return_fits(r->order, r->track, one) || os_reduce_dead(r)) {
        (void) json_array_append_new(list, one);
        os_return_becomes(r, one, "declined");
        os_return_mail(r, one, "return_declined");
        return;
    }

    (void) json_array_append_new(list, one);
    os_reduce_after_back(r);
    os_return_becomes(r, one, "asked");
    os_return_mail(r, one, "return_asked");

    if (!os_json_bool(one, "hand")
        && os_str_equal(os_json_str(os_campaign_at(r->c, "/returns"), "by"),
                        OS_STR("api")))
    {
        os_return_call(r, one);

    } else {
        os_return_task(r, one, OS_NULL);
    }
}


/* The one that a withdrawal set off and that is not over yet, or NULL. */
static json_t *
os_return_of_withdrawal(json_t *list)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(list, i, one) {
        if (os_json_bool(one, "withdrawal")
            && (os_return_waits(one) || os_return_is(one, "state", "approved")))
        {
            return one;
        }
    }

    return NULL;
}


/* Is it known what all of it cost that its buyer withdraws from? */
static int
os_return_withdrawn_known(const os_reduce_t *r)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(json_object_get(r->order, "items"), i, item) {
        if (os_withdrawal_taken(r->order, os_withdrawal_sure(r->track), i)
            && os_return_worth(r->order, NULL, i, 1) < 0)
        {
            return 0;
        }
    }

    return 1;
}


/* All that its buyer withdraws from, and what it is worth. */
static void
os_return_withdrawn_lines(const os_reduce_t *r, json_t *one)
{
    size_t    i;
    json_t   *item, *line, *lines = json_array();
    int64_t   n, sum = 0;

    json_array_foreach(json_object_get(r->order, "items"), i, item) {
        n = os_withdrawal_taken(r->order, os_withdrawal_sure(r->track), i);

        if (n == 0) {
            continue;
        }

        line = json_object();
        os_json_set_str(line, "id", os_json_str(item, "id"));
        os_json_set_str(line, "name", os_json_str(item, "name"));
        os_json_set_int(line, "n", n);
        (void) json_array_append_new(lines, line);
        sum += os_return_worth(r->order, NULL, i, n);
    }

    (void) json_object_set_new(one, "lines", lines);
    os_json_set_int(one, "amount", sum);
    os_return_bound(r->c, r->order, r->track, one);
}


/* A new one, which waits for the store. */
static json_t *
os_return_withdrawn_new(os_reduce_t *r, json_t *list)
{
    json_t    *one = json_object();
    os_buf_t   nonce = { 0 };

    os_buf_text(&nonce, "withdrawal/");
    os_buf_str(&nonce, r->event_id);
    os_json_set_int(one, "n", (int64_t) json_array_size(list) + 1);
    os_json_set_str(one, "nonce", os_buf_view(&nonce));
    os_json_set_int(one, "at", r->at);
    os_json_set_str(one, "want", OS_STR("refund"));
    os_json_set_str(one, "currency", os_json_str(r->order, "currency"));
    (void) json_object_set_new(one, "withdrawal", json_true());
    (void) json_array_append_new(list, one);
    os_buf_free(&nonce);

    return one;
}


int
os_reduce_return_withdrawn(os_reduce_t *r)
{
    json_t    *one, *list;
    os_buf_t   nonce = { 0 };

    if (os_campaign_at(r->c, "/api/actions/return") == NULL
        || !os_return_withdrawn_known(r))
    {
        return 0;
    }

    list = os_returns_of(r);
    one = os_return_of_withdrawal(list);

    if (one == NULL) {
        if (json_array_size(list) >= OS_RETURN_MAX) {
            return 0;
        }

        one = os_return_withdrawn_new(r, list);
    }

    os_return_withdrawn_lines(r, one);
    (void) json_object_del(one, "done");
    os_return_becomes(r, one, "asked");

    /* a job of its own each time: what was sent is not sent again */

    os_buf_str(&nonce, os_json_str(one, "nonce"));
    os_buf_char(&nonce, '/');
    os_buf_str(&nonce, r->event_id);
    os_reduce_add_job(r, "return", "", "store", os_buf_view(&nonce),
                      r->now_ms, os_return_data(one));
    os_buf_free(&nonce);

    return 1;
}


void
os_reduce_on_return_done(os_reduce_t *r)
{
    json_t  *one = os_return_meant(r);

    if (one == NULL || os_json_bool(one, "hand")
        || json_object_get(one, "done"))
    {
        return;
    }

    r->out->silent = 0;

    if (!os_return_is(r->event, "result", "done")) {
        (void) json_object_set_new(one, "hand", json_true());
        os_reduce_count(r, "return", OS_STR("task"));
        os_return_task(r, one, os_json_str(r->event, "why"));

        if (os_return_is(one, "state", "approved")) {
            os_return_mail(r, one, "return_approved");
        }

        return;
    }

    os_json_set_int(one, "done", r->at);
    os_reduce_given(one, r->event, "code");

    if (os_json_int(r->event, "good_until", 0)) {
        os_json_set_int(one, "good_until",
                        os_json_int(r->event, "good_until", 0));
    }

    if (os_return_waits(one)) {
        os_return_becomes(r, one, "approved");
    }

    os_return_mail(r, one, "return_approved");
}


/* Does the store's API have to do something for it, once it is approved? */
static int
os_return_is_called(const os_reduce_t *r, const json_t *one)
{
    return !os_json_bool(one, "hand")
           && (os_campaign_at(r->c, "/api/actions/return") != NULL
               || os_return_is(one, "want", "credit"));
}


int
os_reduce_return_verdict(os_reduce_t *r)
{
    int      approved;
    json_t  *verdict, *one = os_return_meant(r);

    if (one == NULL) {
        return 0;
    }

    if (!os_return_waits(one)) {
        return 1;
    }

    approved = os_json_bool(r->event, "approved");
    verdict = os_reduce_member(one, "verdict");
    (void) json_object_set_new(verdict, "approved", json_boolean(approved));
    os_json_set_int(verdict, "at", r->at);
    os_reduce_given(verdict, r->event, "comment");
    os_reduce_given(verdict, r->event, "by");
    os_return_unwatch(r, one);
    os_return_becomes(r, one, approved ? "approved" : "declined");

    if (approved && os_return_is_called(r, one)) {
        os_return_call(r, one);

    } else {
        os_return_mail(r, one, approved ? "return_approved"
                                        : "return_declined");
    }

    return 1;
}


/* The oldest one that waits for its money. */
void
os_reduce_return_order(os_reduce_t *r, const json_t *before)
{
    size_t   i;
    json_t  *one;
    int64_t  back;

    back = os_json_int(r->order, "refunds", 0)
           - os_json_int(before, "refunds", 0);

    if (back <= 0) {
        return;
    }

    json_array_foreach(json_object_get(r->track, "returns"), i, one) {
        if (os_return_is(one, "state", "approved")
            && os_return_is(one, "want", "refund"))
        {
            os_json_set_int(one, "refunded", back);
            os_return_becomes(r, one, "refunded");
            os_return_mail(r, one, "return_refunded");
            return;
        }
    }
}

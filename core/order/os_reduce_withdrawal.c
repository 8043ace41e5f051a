/*
 * os_reduce_withdrawal: see os_reduce_withdrawal.h.
 *
 * By itself nothing is changed in the store but where it is proven whose order
 * it is: anybody can type a number. Whatever else is known, a person decides.
 */

#include "core/base/os_time.h"
#include "core/order/os_reduce_after.h"
#include "core/order/os_reduce_back.h"
#include "core/order/os_reduce_return.h"
#include "core/order/os_reduce_stop.h"
#include "core/order/os_reduce_unpaid.h"
#include "core/order/os_reduce_withdrawal.h"
#include "core/order/os_stop.h"
#include "core/order/os_withdrawal.h"


#define OS_STATEMENT_AGAIN  20      /* times that are remembered */


/* The text with its time: what the acknowledgement is made of is the record. */
static void
os_statement_acknowledge(os_reduce_t *r)
{
    json_t  *data = json_object();

    os_json_set_int(data, "at_ms",
                    os_json_int(r->event, "at_ms", r->now_ms));
    os_reduce_mail(r, "withdraw_received", r->event_id, 0, data);
}


/* The first of the next month, by the shop's clock, in ms. */
static int64_t
os_statement_month(const os_reduce_t *r, os_buf_t *month)
{
    int      m, d, first;
    int64_t  y, day, offset = os_campaign_offset(r->c);

    day = (r->now_ms / 1000 + offset) / 86400;
    os_civil_from_days(day, &y, &m, &d);
    os_buf_printf(month, "%04lld-%02d", (long long) y, m);
    first = m;

    while (m == first) {
        os_civil_from_days(++day, &y, &m, &d);
    }

    return (day * 86400 - offset) * 1000;
}


/* What has to be kept, so that nobody can say afterwards that it was not. */
static void
os_statement_evidence(os_reduce_t *r, const json_t *statement)
{
    json_t    *effect;
    int64_t    due, at_ms = os_json_int(r->event, "at_ms", r->now_ms);
    os_buf_t   text = { 0 };

    os_withdrawal_digest(os_json_str(r->event, "salt"), at_ms, statement,
                         &text);
    effect = os_reduce_effect(r, "evidence", OS_NULL);
    os_json_set_int(effect, "at_ms", at_ms);
    os_json_set_str(effect, "digest", os_buf_view(&text));

    text.len = 0;
    due = os_statement_month(r, &text);
    effect = json_object();
    os_json_set_str(effect, "month", os_buf_view(&text));
    os_json_set_str(effect, "to", OS_STR("support"));
    os_reduce_add_job(r, "withdraw_evidence", "withdraw_evidence", "smtp",
                      os_buf_view(&text), due, effect);
    os_buf_free(&text);
}


/* The record of one that is new. */
static void
os_statement_keep(os_reduce_t *r, json_t *statement)
{
    size_t  i;

    static const char *const  members[] = { "email", "name" };
    static const char *const  given[] = { "locale", "lang", "salt",
                                          "visitor" };

    os_json_set_str(r->order, "state", OS_STR("statement"));
    (void) json_object_set(r->order, "statement", statement);
    os_json_set_int(r->order, "at_ms",
                    os_json_int(r->event, "at_ms", r->now_ms));

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        os_reduce_given(r->order, statement, members[i]);
    }

    for (i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        os_reduce_given(r->order, r->event, given[i]);
    }

    if (os_json_bool(r->event, "proven")) {
        (void) json_object_set_new(r->order, "proven", json_true());
    }
}


static void
os_statement_again(os_reduce_t *r)
{
    json_t  *again = json_object_get(r->order, "again");

    if (again == NULL) {
        again = json_array();
        (void) json_object_set_new(r->order, "again", again);
    }

    if (json_array_size(again) < OS_STATEMENT_AGAIN) {
        (void) json_array_append_new(again,
            json_integer(os_json_int(r->event, "at_ms", r->now_ms)));
    }

    os_reduce_count(r, "withdrawal", OS_STR("again"));
}


/*
 * What was said of its own accord, afterwards: a person reads it. It is no part
 * of the statement, nor of its digest.
 */
static void
os_statement_why(os_reduce_t *r)
{
    json_t    *data;
    os_str_t   why = os_json_str(r->order, "why");

    if (why.len == 0 || json_object_get(r->order, "statement") == NULL) {
        return;
    }

    data = json_object();
    os_json_set_str(data, "statement", r->id);
    os_json_set_str(data, "why", why);
    os_reduce_count(r, "withdrawal", OS_STR("why"));
    os_reduce_webhook(r, "withdrawal", json_deep_copy(data));

    if (os_withdrawal_then(r->c) == OS_WITHDRAWAL_WEBHOOK) {
        json_decref(data);

    } else {
        os_json_set_int(data, "at_ms", os_json_int(r->order, "at_ms", 0));
        os_reduce_mail(r, "withdraw_why", r->event_id, 1, data);
    }
}


/* It may come before the statement does, which waits in a spool. */
void
os_reduce_on_why(os_reduce_t *r)
{
    os_str_t  text = os_json_str(r->event, "text");

    if (!os_withdrawal_is_id(r->id) || text.len == 0) {
        r->out->none = 1;
        return;
    }

    r->out->silent = 0;
    os_json_set_str(r->order, "why", text);
    os_statement_why(r);
}


void
os_reduce_on_statement(os_reduce_t *r)
{
    json_t  *statement = json_object_get(r->event, "statement");

    if (!os_withdrawal_is_id(r->id) || !json_is_object(statement)) {
        r->out->none = 1;
        return;
    }

    r->out->silent = 0;             /* somebody waits for it, ever so late */

    if (json_object_get(r->order, "statement")) {
        os_statement_again(r);

    } else {
        os_statement_keep(r, statement);
        os_statement_evidence(r, statement);
        (void) os_reduce_effect(r, "withdrawal", OS_NULL);
        (void) json_object_set(json_array_get(r->out->effects,
                                   json_array_size(r->out->effects) - 1),
                               "event", (json_t *) r->event);
        os_reduce_count(r, "withdrawal", OS_STR("statement"));
        os_statement_why(r);
    }

    if (os_json_str(statement, "email").len) {
        os_statement_acknowledge(r);
    }
}


void
os_reduce_on_matched(os_reduce_t *r)
{
    json_t  *orders = json_object_get(r->event, "orders");

    if (json_object_get(r->order, "statement") == NULL) {
        r->out->none = 1;
        return;
    }

    (void) json_object_set(r->order, "orders", orders);
    r->out->silent = 0;

    if (json_array_size(orders) > 0) {
        return;
    }

    os_reduce_count(r, "withdrawal", OS_STR("unmatched"));
    os_reduce_webhook(r, "withdrawal",
                      json_deep_copy(json_object_get(r->order,
                                                     "statement")));

    if (os_withdrawal_then(r->c) != OS_WITHDRAWAL_WEBHOOK) {
        os_reduce_mail(r, "support_withdraw", r->id, 1, NULL);
    }
}


/* The link of whoever made it may have been voided since. */
static int
os_withdrawal_proven(const os_reduce_t *r)
{
    return os_json_bool(r->event, "proven")
           && (json_object_get(r->event, "links") == NULL
               || os_json_int(r->event, "links", 0)
                  == os_json_int(r->track, "links", 0));
}


/* What is meant: NULL is all of it; words that only a person reads are none. */
static const json_t *
os_withdrawal_meant(const os_reduce_t *r, json_t *none)
{
    json_t  *lines = json_object_get(r->event, "lines");

    return json_array_size(lines) ? lines
           : os_json_str(r->event, "parts").len ? none : NULL;
}


/* Nothing is offered or advertised any more, and nobody asks for stars. */
static void
os_withdrawal_hush(os_reduce_t *r)
{
    if (os_withdrawal_void(r->c, r->order, r->track)) {
        os_reduce_count(r, "withdrawal", OS_STR("excepted"));
        return;
    }

    (void) json_object_set_new(r->track, "quiet", json_true());
    os_reduce_after_back(r);
    os_reduce_back_drop(r);
    os_reduce_unpaid_drop(r);
}


/* Strangers cannot have a buyer written to as often as they like. */
static int
os_withdrawal_tells(os_reduce_t *r, int proven)
{
    json_t   *w = os_withdrawal_of(r->track);
    int64_t   told = os_json_int(w, "told", 0);

    if (proven) {
        return 1;
    }

    if (told >= OS_WITHDRAWAL_TOLD) {
        return 0;
    }

    os_json_set_int(w, "told", told + 1);

    return 1;
}


static json_t *
os_withdrawal_data(const os_reduce_t *r, int proven)
{
    json_t  *data = json_object();

    os_reduce_given(data, r->event, "statement");
    os_reduce_given(data, r->event, "name");
    os_reduce_given(data, r->event, "email");
    os_reduce_given(data, r->event, "contract");
    os_reduce_given(data, r->event, "parts");
    os_json_set_int(data, "at_ms",
                    os_json_int(r->event, "at_ms", r->now_ms));
    (void) json_object_set_new(data, "proven", json_boolean(proven));

    if (json_object_get(r->event, "lines")) {
        (void) json_object_set(data, "lines",
                               json_object_get(r->event, "lines"));
    }

    return data;
}


/* The store's API does it, where it can. */
static int
os_withdrawal_by_store(os_reduce_t *r)
{
    os_stop_t  stop = os_stop_parts(r->order, r->save, r->track);

    if (stop == OS_STOP_OPEN) {
        if (!os_withdrawal_whole(r->order, os_withdrawal_sure(r->track))
            || os_input_way(r->c, OS_INPUT_STOP, NULL) != OS_WAY_OUT_ACTION)
        {
            return 0;
        }

        (void) os_reduce_stop(r);

        return 1;
    }

    return stop == OS_STOP_SENT && os_reduce_return_withdrawn(r);
}


static void
os_withdrawal_set_off(os_reduce_t *r, int proven, int read)
{
    os_withdrawal_then_t  then = os_withdrawal_then(r->c);

    if (then == OS_WITHDRAWAL_STORE && proven && read
        && os_withdrawal_by_store(r))
    {
        os_reduce_count(r, "withdrawal", OS_STR("store"));
        return;
    }

    if (then != OS_WITHDRAWAL_WEBHOOK) {
        os_reduce_count(r, "withdrawal", OS_STR("task"));
        os_reduce_mail(r, "support_withdraw",
                       os_json_str(r->event, "statement"), 1,
                       os_withdrawal_data(r, proven));
    }
}


void
os_reduce_on_withdrawal(os_reduce_t *r)
{
    int       proven;
    json_t   *none;
    os_str_t  statement = os_json_str(r->event, "statement");

    if (os_reduce_is(r, "state", "unknown") || statement.len == 0) {
        r->out->none = 1;
        return;
    }

    none = json_array();
    proven = os_withdrawal_proven(r);
    r->out->silent = 0;

    if (os_withdrawal_enter(r->order, r->track, statement,
                            os_withdrawal_meant(r, none), r->at, proven))
    {
        os_reduce_count(r, "withdrawal", OS_STR("matched"));
        os_withdrawal_hush(r);
        os_reduce_webhook(r, "withdrawal", os_withdrawal_data(r, proven));

        if (os_withdrawal_tells(r, proven)) {
            os_reduce_mail(r, "withdraw_told", statement, 0,
                           os_withdrawal_data(r, proven));
        }

        os_withdrawal_set_off(r, proven,
                              os_json_str(r->event, "parts").len == 0);
    }

    json_decref(none);
}

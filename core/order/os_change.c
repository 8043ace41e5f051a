/*
 * os_change: see os_change.h.
 */

#define _GNU_SOURCE             /* memmem() */

#include <string.h>
#include <strings.h>

#include "core/base/os_json_outside.h"
#include "core/order/os_change.h"


#define OS_LOOKS  2    /* a reading may come from a copy that lags behind */


int
os_unanswered_read(os_unanswered_t *u, const json_t *member, os_error_t *err)
{
    size_t         i;
    int64_t       *at[4];
    const json_t  *number;

    static const char *const  names[] = { "since", "step", "refunded",
                                          "looks" };

    *u = (os_unanswered_t) { 0 };

    if (member == NULL) {
        return 0;
    }

    at[0] = &u->since_ms;
    at[1] = &u->step;
    at[2] = &u->refunded;
    at[3] = &u->looks;

    for (i = 0; i < 4; i++) {
        number = json_object_get(member, names[i]);

        if (number && (!json_is_integer(number)
                       || json_integer_value(number) < 0))
        {
            return os_fail(err, "the job's unanswered.%s: a number from 0 on "
                           "expected", names[i]);
        }

        *at[i] = json_integer_value(number);
    }

    if (!json_is_object(member) || u->since_ms == 0) {
        return os_fail(err, "the job's unanswered: an object with since "
                       "expected");
    }

    u->out = 1;

    return 0;
}


json_t *
os_unanswered_write(const os_unanswered_t *u)
{
    json_t  *out;

    if (!u->out) {
        return NULL;
    }

    out = json_object();
    os_json_set_int(out, "since", u->since_ms);
    os_json_set_int(out, "step", u->step);
    os_json_set_int(out, "refunded", u->refunded);

    if (u->looks) {
        os_json_set_int(out, "looks", u->looks);
    }

    return out;
}


void
os_change_leaves(os_unanswered_t *u, int64_t now_ms, size_t step,
    int64_t refunded)
{
    *u = (os_unanswered_t) { .out = 1, .since_ms = now_ms,
                             .step = (int64_t) step, .refunded = refunded };
}


void
os_change_answered(os_unanswered_t *u)
{
    *u = (os_unanswered_t) { 0 };
}


int64_t
os_change_rest(const os_unanswered_t *u, int64_t now_ms, int64_t within_ms)
{
    int64_t  rest;

    rest = u->since_ms + within_ms - now_ms;

    /* a clock that went back does not make a store slower */
    return rest < 0 ? 0 : rest > within_ms ? within_ms : rest;
}


/* Does what the call writes name the offer? */
static int
os_call_names_nonce(const json_t *call)
{
    int        names;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    os_json_dump(&text, json_object_get(call, "body"));
    names = text.data && strstr(text.data, "{{nonce}}") != NULL;
    os_buf_free(&text);

    return names;
}


/* Does the store take two requests with this call's key for one? */
static int
os_call_folds(const json_t *call)
{
    json_t      *text;
    const char  *name;

    json_object_foreach(json_object_get(call, "headers"), name, text) {
        if (strcasecmp(name, "Idempotency-Key") == 0
            && json_is_string(text)
            && strstr(json_string_value(text), "{{nonce}}") != NULL)
        {
            return 1;
        }
    }

    return 0;
}


/* RFC 9110, 9.2.2: PUT and DELETE may be made again. */
static int
os_call_repeats(const json_t *call)
{
    os_str_t  method;

    method = os_json_str(call, "method");

    return os_str_equal(method, OS_STR("PUT"))
           || os_str_equal(method, OS_STR("DELETE"));
}


os_change_t
os_change_look(os_unanswered_t *u, const json_t *call, os_shows_t shows,
    int money)
{
    if (!u->out) {
        return OS_CHANGE_ANSWERED;
    }

    if (shows == OS_SHOWS_IT) {
        return OS_CHANGE_MADE;
    }

    u->looks++;

    if (u->looks < OS_LOOKS) {
        return OS_CHANGE_LOOK_AGAIN;
    }

    if (money) {
        return os_call_folds(call) && shows == OS_SHOWS_IT_NOT
               ? OS_CHANGE_AGAIN : OS_CHANGE_UNKNOWN;
    }

    return os_call_folds(call) || os_call_repeats(call)
           ? OS_CHANGE_AGAIN : OS_CHANGE_UNKNOWN;
}


/* Does an answer of this status hold all that `final` names? */
static int
os_answer_is(const json_t *final, int status, os_str_t answer,
    const json_t *body)
{
    json_t    *code;
    os_str_t   text;

    if (os_json_int(final, "status", 0) != status) {
        return 0;
    }

    code = json_object_get(final, "code");

    if (code) {
        text = os_str(json_string_value(os_json_pointer(body,
                                               os_json_str(code, "at"))));

        if (!os_str_equal(text, os_json_str(code, "is"))) {
            return 0;
        }
    }

    text = os_json_str(final, "holds");

    return text.len == 0
           || (answer.len && memmem(answer.data, answer.len, text.data,
                                    text.len) != NULL);
}


int
os_change_final(const json_t *finals, int status, os_str_t answer)
{
    int      is = 0;
    size_t   i;
    json_t  *final, *body = NULL;

    if (json_array_size(finals)) {
        body = os_json_outside(answer, "answer", NULL);
    }

    json_array_foreach(finals, i, final) {
        is |= os_answer_is(final, status, answer, body);
    }

    json_decref(body);

    return is;
}


os_shows_t
os_change_shows_offer(const json_t *call, const json_t *order, os_str_t nonce)
{
    if (!os_call_names_nonce(call)) {
        return OS_SHOWS_NOTHING;
    }

    return os_str_equal(os_json_str(order, "marker"), nonce)
           ? OS_SHOWS_IT : OS_SHOWS_IT_NOT;
}


/* Where refunds carry notes and ours does, they say it; else the sum does. */
os_shows_t
os_change_shows_refund(const os_unanswered_t *u, const json_t *call,
    const json_t *order, os_str_t nonce, int64_t amount)
{
    size_t    i;
    json_t   *notes, *note;
    int64_t   now;

    notes = json_object_get(order, "refund_notes");

    if (os_call_names_nonce(call) && json_is_array(notes)) {
        json_array_foreach(notes, i, note) {
            if (json_is_string(note)
                && strstr(json_string_value(note), nonce.data) != NULL)
            {
                return OS_SHOWS_IT;
            }
        }

        return OS_SHOWS_IT_NOT;
    }

    now = os_json_int(order, "refunds", 0);

    return now == u->refunded + amount ? OS_SHOWS_IT
           : now == u->refunded ? OS_SHOWS_IT_NOT : OS_SHOWS_NOTHING;
}

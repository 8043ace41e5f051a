/*
 * os_reduce_stop: see os_reduce_stop.h.
 *
 *     save.stop   pending   the store's API is at it
 *                 task      a person is
 *                 done      the store has cancelled it
 *                 refused   it had left the house
 */

#include "core/order/os_reduce_stop.h"
#include "core/order/os_stop.h"


#define OS_STOP_WAIT  60    /* s: a store that takes longer is told of */


static json_t *
os_stop_made(const os_reduce_t *r)
{
    return json_object_get(r->save, "stop");
}


static int
os_stop_is(const os_reduce_t *r, const char *state)
{
    return os_str_equal(os_json_str(os_stop_made(r), "state"), os_str(state));
}


static os_str_t
os_stop_nonce(const os_reduce_t *r)
{
    return os_json_str(os_stop_made(r), "nonce");
}


static void
os_stop_becomes(os_reduce_t *r, const char *state)
{
    os_json_set_str(os_reduce_member(r->save, "stop"), "state", os_str(state));
    os_reduce_count(r, "stop", os_str(state));
}


/*
 * A new one. Its nonce does not begin with the event's id: who asked for many
 * things today may still cancel.
 */
static void
os_stop_begin(os_reduce_t *r)
{
    json_t    *stop;
    os_buf_t   nonce = { 0 };

    os_buf_text(&nonce, "stop/");
    os_buf_str(&nonce, r->event_id);
    stop = json_object();
    os_json_set_int(stop, "at", r->at);
    os_json_set_str(stop, "nonce", os_buf_view(&nonce));
    (void) json_object_set_new(r->save, "stop", stop);
    os_buf_free(&nonce);
}


/* The buyer has it in writing that he asked, and what he wrote. */
static void
os_stop_received(os_reduce_t *r, int64_t due)
{
    json_t  *data, *asked;

    if (os_campaign_at(r->c, "/mail") == NULL) {
        return;
    }

    data = json_object();
    asked = json_object_get(r->save, "asked");
    os_reduce_given(data, asked, "comment");
    os_reduce_add_job(r, "cancel_received", "cancel_received", "smtp",
                      os_stop_nonce(r), due, data);
}


static void
os_stop_unsaid(os_reduce_t *r)
{
    os_reduce_drop_job(r, "cancel_received", "cancel_received", "smtp",
                       os_stop_nonce(r));
}


/* A person cancels it; `why` the store did not, or OS_NULL. */
static void
os_stop_task(os_reduce_t *r, os_str_t why)
{
    json_t  *data;

    data = json_object();

    if (why.len) {
        os_json_set_str(data, "why", why);
    }

    os_stop_becomes(r, "task");
    os_reduce_mail(r, os_input_mail(OS_INPUT_STOP), os_stop_nonce(r), 1, data);
    os_stop_received(r, r->now_ms);
}


/* Too late: the buyer is told, once, and how it can come back. */
static void
os_stop_refuse(os_reduce_t *r)
{
    os_reduce_drop_job(r, "cancel", "", "store", os_stop_nonce(r));
    os_stop_unsaid(r);
    os_stop_becomes(r, "refused");
    os_reduce_mail(r, "cancel_refused", os_stop_nonce(r), 0, NULL);
}


int
os_reduce_stop(os_reduce_t *r)
{
    os_stop_t  stop;

    r->out->silent = 0;             /* somebody waits for it, however late */
    stop = os_stop_parts(r->order, r->save, r->track);

    if (stop == OS_STOP_ENDED
        || (stop == OS_STOP_SENT && os_stop_is(r, "refused")))
    {
        return 0;
    }

    if (stop == OS_STOP_ASKED) {
        os_reduce_count(r, "stop", OS_STR("again"));
        return 0;
    }

    os_stop_begin(r);

    if (stop == OS_STOP_SENT) {
        os_stop_refuse(r);
        return 0;
    }

    if (os_input_way(r->c, OS_INPUT_STOP, NULL) != OS_WAY_OUT_ACTION) {
        os_stop_task(r, OS_NULL);
        return 1;
    }

    os_stop_becomes(r, "pending");
    os_reduce_add_job(r, "cancel", "", "store", os_stop_nonce(r), r->now_ms,
                      json_pack("{s:s%}", "nonce", os_stop_nonce(r).data,
                                os_stop_nonce(r).len));
    os_stop_received(r, r->now_ms + OS_STOP_WAIT * 1000);

    return 0;
}


void
os_reduce_stop_order(os_reduce_t *r)
{
    if ((os_stop_is(r, "pending") || os_stop_is(r, "task"))
        && os_stop_parts(r->order, r->save, r->track) == OS_STOP_SENT)
    {
        r->out->silent = 0;
        os_stop_refuse(r);
    }
}


void
os_reduce_stop_died(os_reduce_t *r)
{
    if (os_stop_made(r)) {
        os_reduce_drop_job(r, "cancel", "", "store", os_stop_nonce(r));
        os_reduce_drop_job(r, os_input_mail(OS_INPUT_STOP),
                           os_input_mail(OS_INPUT_STOP), "smtp",
                           os_stop_nonce(r));
        os_stop_unsaid(r);
    }
}


void
os_reduce_on_stop(os_reduce_t *r)
{
    os_str_t  word;

    if (!os_stop_is(r, "pending")
        || !os_str_equal(os_json_str(r->event, "nonce"), os_stop_nonce(r)))
    {
        return;
    }

    word = os_json_str(r->event, "result");
    r->out->silent = 0;

    if (os_str_equal(word, OS_STR("done"))) {
        os_stop_unsaid(r);
        os_stop_becomes(r, "done");

    } else if (os_str_equal(word, OS_STR("refused"))) {
        os_stop_refuse(r);

    } else {
        os_stop_task(r, os_json_str(r->event, "why"));
    }
}

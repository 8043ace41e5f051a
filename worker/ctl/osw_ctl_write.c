/*
 * osw_ctl_write: see osw_ctl_write.h.
 *
 * A note is what harms nobody: no buyer sees it, and no stock, price or mail
 * hangs on it. Where a campaign has no action for one, nothing is tried.
 */

#define _GNU_SOURCE

#include <stdio.h>
#include <string.h>

#include "core/base/os_json_outside.h"
#include "worker/ctl/osw_ctl_api.h"
#include "worker/ctl/osw_ctl_reach.h"
#include "worker/ctl/osw_ctl_write.h"
#include "worker/osw_api.h"


#define OSW_WRITE_MS  10000


typedef struct {
    const osw_store_t *store;
    json_t            *view;
    os_buf_t           name;    /* of the note: it is looked for */
    os_buf_t           what;    /* the line's */
} osw_write_t;


static int
osw_write_call(const osw_write_t *wr, const json_t *call, osw_asked_t *asked,
    os_error_t *err)
{
    return osw_check_api_call(wr->store, call, wr->view, OSW_WRITE_MS, asked,
                              err);
}


/* A line of a fault: what the store said, and what to do. */
static int
osw_write_fault(const osw_write_t *wr, const osw_asked_t *asked,
    const char *mend)
{
    int           bad;
    char          said[512];
    os_buf_t      line = { 0 };
    osw_answer_t  answer = { .status = asked->status, .why = asked->why };

    answer.body = os_buf_view(&asked->body);
    osw_api_said(wr->store, &answer, said, sizeof(said));
    os_buf_printf(&line, "%s: %s", said, mend);
    bad = osw_ctl_line(0, wr->what.data, line.data);
    os_buf_free(&line);

    return bad;
}


/* What the note is worded over: the order, as its source maps it. */
static void
osw_write_order(osw_ctl_t *ctl, const osw_write_t *wr, json_t *raw)
{
    json_t      *orders;
    os_error_t   err;

    (void) json_object_set(wr->view, "raw", raw);
    orders = wr->store->source
             ? os_source_map(wr->store->source, &ctl->w.config->keys,
                             wr->store->name, raw, OS_NULL, &err)
             : NULL;

    if (json_array_size(orders) == 1) {
        (void) json_object_update_missing(json_object_get(wr->view, "order"),
                                          json_array_get(orders, 0));
    }

    json_decref(orders);
}


/* The order as it is: what cannot be read is not written on. */
static int
osw_write_read(osw_ctl_t *ctl, const osw_write_t *wr)
{
    int           bad = 0;
    json_t       *raw;
    os_buf_t      mend = { 0 };
    os_error_t    err;
    osw_asked_t   asked;

    if (osw_write_call(wr, os_campaign_at(wr->store->campaign, "/api/read"),
                       &asked, &err) != 0)
    {
        return osw_ctl_line(0, wr->what.data, err.text);
    }

    raw = asked.status < 300 ? os_json_outside(os_buf_view(&asked.body),
                                               "answer", NULL)
                             : NULL;

    if (raw) {
        osw_write_order(ctl, wr, raw);

    } else if (osw_reach_mend(&asked, "api.base", &mend)) {
        bad = osw_write_fault(wr, &asked, mend.data);

    } else {
        bad = osw_write_fault(wr, &asked, asked.status == 404
                              ? "it has no such order: name one that it has, "
                                "by the id of its API"
                              : "the order cannot be read: see above");
    }

    json_decref(raw);
    os_buf_free(&mend);
    os_buf_free(&asked.body);

    return bad;
}


/* The key that read this order just now may not write on it. */
static const char *
osw_write_closed(int status)
{
    switch (status) {

    case 401:
        return "the key reads and may not write: give it the right to (in "
               "WooCommerce: Settings, Advanced, REST API, Permissions: "
               "Read/Write)";

    case 403:
        return "the key may write, and whom it belongs to may not change "
               "orders: give that user, or role, the right to";

    case 404:
    case 405:
        return "it has no such address: look at api.actions.note";
    }

    return "it did not take the note: look at api.actions.note";
}


/* Is the note among those that are at its own address? */
static void
osw_write_back(const osw_write_t *wr, const json_t *call)
{
    json_t       *back = json_object();
    os_str_t      body;
    os_error_t    err;
    osw_asked_t   asked = { 0 };

    os_json_set_str(back, "url", os_json_str(call, "url"));
    (void) json_object_set(back, "headers", json_object_get(call, "headers"));
    (void) osw_write_call(wr, back, &asked, &err);
    json_decref(back);
    body = os_buf_view(&asked.body);

    if (asked.status == 200 && body.len
        && memmem(body.data, body.len, wr->name.data, wr->name.len))
    {
        (void) osw_ctl_line(1, wr->what.data, "and it can be read there");

    } else {
        (void) osw_ctl_line(1, wr->what.data, "");
        printf("note - the note cannot be read back from where it was written "
               "to (%d): look at the order, whether it has %s\n",
               asked.status, wr->name.data);
    }

    os_buf_free(&asked.body);
}


static int
osw_write_note(const osw_write_t *wr, const json_t *calls)
{
    int           bad = 0;
    size_t        i;
    json_t       *call, *last = NULL;
    os_buf_t      mend = { 0 };
    os_error_t    err;
    osw_asked_t   asked;

    json_array_foreach(calls, i, call) {
        if (!os_action_wanted(call, wr->view)) {
            continue;
        }

        if (osw_write_call(wr, call, &asked, &err) != 0) {
            return osw_ctl_line(0, wr->what.data, err.text);
        }

        if (osw_api_yes(call, asked.status)) {
            last = call;

        } else if (osw_reach_mend(&asked, "api.base", &mend)) {
            bad = osw_write_fault(wr, &asked, mend.data);

        } else {
            bad = osw_write_fault(wr, &asked, osw_write_closed(asked.status));
        }

        os_buf_free(&asked.body);

        if (bad) {
            break;
        }
    }

    os_buf_free(&mend);

    if (!bad && last) {
        osw_write_back(wr, last);
    }

    return bad;
}


/* The order is read, for its note's words; then that is written. */
static int
osw_write_try(osw_ctl_t *ctl, osw_write_t *wr, os_str_t id,
    const json_t *calls)
{
    int        bad;
    json_t    *order = json_object();
    os_buf_t   note = { 0 };

    os_buf_printf(&wr->what, "%s: the key may write: a note on order %.*s",
                  wr->store->name.data, (int) id.len, id.data);
    osw_ctl_name(&wr->name);
    os_buf_printf(&note, "ordersavectl check --write: this note shows that "
                  "the API's key may write. There is nothing to do. (%s)",
                  wr->name.data);
    os_json_set_str(order, "id", id);
    wr->view = json_object();
    (void) json_object_set_new(wr->view, "order", order);
    os_json_set_str(wr->view, "store", wr->store->name);
    os_json_set_str(wr->view, "note", os_buf_view(&note));

    bad = osw_write_read(ctl, wr);
    bad = bad ? bad : osw_write_note(wr, calls);

    json_decref(wr->view);
    os_buf_free(&wr->name);
    os_buf_free(&wr->what);
    os_buf_free(&note);

    return bad;
}


int
osw_check_write(osw_ctl_t *ctl)
{
    json_t       *calls;
    os_str_t      id;
    osw_store_t  *store;
    osw_write_t   wr = { 0 };

    if (osw_ctl_order(ctl, ctl->write, &store, &id) != 0) {
        return 1;
    }

    wr.store = store;
    calls = os_campaign_at(store->campaign, "/api/actions/note");

    if (json_array_size(calls) > 0) {
        return osw_write_try(ctl, &wr, id, calls);
    }

    printf("note - %s: nothing is written: the campaign has no action "
           "\"note\", and every other changes something; whether the key may "
           "write shows with the first offer\n", store->name.data);

    return 0;
}

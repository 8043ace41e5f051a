/*
 * osw_reconcile: see osw_reconcile.h.
 *
 * The call's view has `since`, in ISO 8601 (UTC, without a zone), as
 * `since_epoch`, and as `since_shop` by the shop's clock: when the last good
 * run began, less a minute, at first max_event_age ago; and `page`, from 1. A
 * call that says `page` is made for one page after the other until one is
 * empty; for any other `since` moves to the newest change that was answered,
 * until nothing newer comes. What is answered becomes events under ids made of
 * order and change, so that what a webhook told already changes nothing.
 *
 *     GET reconciled → call → events written → next page …  → SET reconciled
 *
 * When a run was good is known to Redis alone: whoever holds shard 0 next goes
 * on from there.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_json_outside.h"
#include "worker/osw_api.h"
#include "worker/osw_since.h"
#include "worker/take/osw_inbox.h"
#include "worker/take/osw_reconcile.h"


#define OSW_PAGES_MOST  1000    /* calls of one run */
#define OSW_OVERLAP     60      /* s: clocks differ, and a page takes a while */


typedef struct {
    osw_t        *w;
    osw_store_t  *store;
    int64_t       next;
    int64_t       begun;        /* of the run that is out; 0: none */
    int64_t       since;        /* of the call that is out */
    int64_t       newest;       /* change that was answered to it */
    unsigned      page;
    size_t        pending;      /* events on their way */
    char          first[80];    /* id and change of the page before */
    unsigned      paged:1;      /* the call says which page */
    unsigned      failed:1;
} osw_reconcile_t;


static void osw_reconcile_call(osw_reconcile_t *r);


static os_command_t *
osw_reconcile_command(osw_reconcile_t *r, const char *verb, unsigned words,
    os_reply_pt handler)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, handler, r);
    os_command_words(cmd, words);
    os_command_add(cmd, os_str(verb));
    osw_command_key(r->w, cmd, "reconciled", r->store->name, OS_NULL, OS_NULL);

    return cmd;
}


/* One that is not noted is made again from where the last one was. */
static void
osw_reconcile_noted(os_command_t *cmd, redisReply *reply)
{
    osw_reconcile_t  *r;

    (void) reply;
    r = cmd->data;
    r->begun = 0;
}


static void
osw_reconcile_end(osw_reconcile_t *r)
{
    os_command_t  *cmd;

    if (r->failed) {
        r->begun = 0;
        return;
    }

    cmd = osw_reconcile_command(r, "SET", 3, osw_reconcile_noted);
    os_command_add_int(cmd, r->begun);
    osw_redis_send(r->w->redis, cmd);
}


/* All of a page is written: is there more? */
static void
osw_reconcile_more(osw_reconcile_t *r, size_t orders)
{
    int  more;

    more = orders > 0 && (r->paged || r->newest - 1 > r->since);

    if (more && !r->failed && r->page >= OSW_PAGES_MOST) {
        osw_log(OSW_WARN, "%.*s: reconcile: still more after %u calls",
                (int) r->store->name.len, r->store->name.data, r->page);
        more = 0;
    }

    if (!more || r->failed) {
        osw_reconcile_end(r);
        return;
    }

    r->page++;

    if (!r->paged) {
        r->since = r->newest - 1;       /* others may be of that second */
    }

    osw_reconcile_call(r);
}


static void
osw_reconcile_written(osw_reconcile_t *r, int failed)
{
    if (failed) {
        r->failed = 1;
    }

    if (--r->pending == 0) {
        osw_reconcile_more(r, 1);
    }
}


static void
osw_reconcile_wrote(os_command_t *cmd, redisReply *reply)
{
    osw_reconcile_written(cmd->data, osw_reply_failed(reply));
}


static void
osw_reconcile_order(osw_reconcile_t *r, json_t *order)
{
    json_t    *event;
    int64_t    changed;
    os_buf_t   id;

    osw_inbox_complete(r->store, order);

    changed = os_json_int(order, "changed", 0);
    r->newest = changed > r->newest ? changed : r->newest;

    id = (os_buf_t) { 0 };
    os_buf_text(&id, "reconcile/");
    os_buf_printf(&id, "%lld", (long long) (changed ? changed : r->begun));

    event = osw_inbox_event(os_buf_view(&id), "webhook", order,
                            osw_now_ms(r->w));
    r->pending++;
    osw_redis_send(r->w->redis,
                   osw_event_add(r->w, r->store->name,
                                 os_json_str(order, "id"), event,
                                 osw_reconcile_wrote, r));
    json_decref(event);
    os_buf_free(&id);
}


/* A store that knows no pages answers the same one for ever. */
static int
osw_reconcile_repeats(osw_reconcile_t *r, const json_t *orders)
{
    char           first[sizeof(r->first)];
    int            same;
    os_str_t       id;
    const json_t  *order;

    order = json_array_get(orders, 0);
    id = os_json_str(order, "id");
    snprintf(first, sizeof(first), "%.*s/%lld", (int) id.len,
             id.data ? id.data : "",
             (long long) os_json_int(order, "changed", 0));
    same = r->page > 1 && json_array_size(orders) > 0
           && strcmp(first, r->first) == 0;
    memcpy(r->first, first, sizeof(first));

    return same;
}


static void
osw_reconcile_take(osw_reconcile_t *r, json_t *orders)
{
    size_t   i;
    json_t  *order;

    if (json_array_size(orders) == 0 || osw_reconcile_repeats(r, orders)) {
        osw_reconcile_more(r, 0);
        return;
    }

    r->pending = 1;

    json_array_foreach(orders, i, order) {
        osw_reconcile_order(r, order);
    }

    osw_reconcile_written(r, 0);
}


json_t *
osw_reconcile_orders(const osw_t *w, const osw_store_t *store,
    const osw_answer_t *answer, os_error_t *err)
{
    json_t    *body, *list, *orders = NULL;
    os_str_t   each;

    each = os_json_str(os_campaign_at(store->campaign, "/reconcile"), "each");
    body = os_json_outside(answer->body, "answer", err);
    list = os_json_pointer(body, each);

    if (json_is_array(list)) {
        orders = os_source_map(store->source, &w->config->keys, store->name,
                               list, OS_NULL, err);

    } else if (body) {
        (void) os_fail(err, "an answer without a list at \"%.*s\", which is "
                       "/reconcile/each", (int) each.len,
                       each.data ? each.data : "");
    }

    json_decref(body);

    return orders;
}


static void
osw_reconcile_answer(void *data, const osw_answer_t *answer)
{
    json_t           *orders = NULL;
    os_error_t        err = { 0 };
    osw_reconcile_t  *r = data;

    if (answer->status == 200) {
        orders = osw_reconcile_orders(r->w, r->store, answer, &err);
    }

    if (orders == NULL) {
        osw_log(OSW_WARN, "%.*s: reconcile: status %d %s",
                (int) r->store->name.len, r->store->name.data,
                answer->status, err.text);
        r->failed = 1;
        osw_reconcile_end(r);

    } else {
        osw_reconcile_take(r, orders);
    }

    json_decref(orders);
}


void
osw_reconcile_ask(osw_t *w, osw_store_t *store, int64_t since, unsigned page,
    osw_answer_pt done, void *data)
{
    json_t  *view = osw_since_view(store, since, page);

    osw_api_call(w, store, os_campaign_at(store->campaign, "/reconcile/call"),
                 view, NULL, done, data);
    json_decref(view);
}


static void
osw_reconcile_call(osw_reconcile_t *r)
{
    osw_reconcile_ask(r->w, r->store, r->since, r->page, osw_reconcile_answer,
                      r);
}


static void
osw_reconcile_begin(os_command_t *cmd, redisReply *reply)
{
    int64_t           good;
    osw_reconcile_t  *r;

    r = cmd->data;

    if (osw_reply_failed(reply)) {
        r->begun = 0;
        return;
    }

    good = osw_reply_int(reply, 0);
    r->since = good > 0 ? good - OSW_OVERLAP
               : r->begun - os_campaign_duration(r->store->campaign,
                                                 "/max_event_age", 86400);
    r->newest = 0;
    r->page = 1;
    r->failed = 0;
    osw_reconcile_call(r);
}


int
osw_reconcile_paged(const osw_store_t *store)
{
    int    paged;
    char  *text;

    text = json_dumps(os_campaign_at(store->campaign, "/reconcile/call"),
                      JSON_COMPACT);
    paged = text != NULL && strstr(text, "{{page}}") != NULL;
    free(text);

    return paged;
}


void
osw_reconcile_tick(osw_t *w)
{
    size_t            i;
    int64_t           now, every;
    osw_reconcile_t  *r;

    if (w->shard[0].epoch == 0) {
        return;
    }

    if (w->reconcile == NULL) {
        w->reconcile = calloc(OSW_STORES_MAX, sizeof(osw_reconcile_t));
    }

    now = osw_now_ms(w) / 1000;
    r = w->reconcile;

    for (i = 0; r != NULL && i < w->config->nstores; i++, r++) {
        r->w = w;
        r->store = &w->config->store[i];
        every = os_campaign_duration(r->store->campaign, "/reconcile/every",
                                     0);

        if (every > 0 && r->store->source && !r->begun && r->next <= now) {
            r->next = now + every;
            r->begun = now;
            r->paged = osw_reconcile_paged(r->store) != 0;
            osw_redis_send(w->redis,
                           osw_reconcile_command(r, "GET", 2,
                                                 osw_reconcile_begin));
        }
    }
}


void
osw_reconcile_stop(osw_t *w)
{
    free(w->reconcile);
    w->reconcile = NULL;
}

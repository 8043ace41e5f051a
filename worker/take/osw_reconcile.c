/*
 * osw_reconcile: see osw_reconcile.h.
 *
 * The call's view has `since`, in ISO 8601 (UTC, without a zone) and as
 * `since_epoch`: the last good run less a minute, at first max_event_age ago.
 * What it answers becomes events under ids made of order and change, so that
 * what a webhook told already changes nothing.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/os_json_outside.h"
#include "worker/osw_api.h"
#include "worker/take/osw_inbox.h"
#include "worker/take/osw_reconcile.h"


typedef struct {
    osw_t        *w;
    osw_store_t  *store;
    int64_t       begun;        /* of the run that is out; 0: none */
    int64_t       good;         /* of the last good run */
    int64_t       next;
} osw_reconcile_t;


static void
osw_reconcile_wrote(os_command_t *cmd, redisReply *reply)
{
    osw_reconcile_t  *r;

    r = cmd->data;

    if (osw_reply_failed(reply)) {
        r->good = 0;                    /* the next run reaches back again */
    }
}


static void
osw_reconcile_order(osw_reconcile_t *r, json_t *order)
{
    json_t    *event;
    os_buf_t   id;

    osw_inbox_complete(r->store, order);

    id = (os_buf_t) { 0 };
    os_buf_text(&id, "reconcile/");
    os_buf_printf(&id, "%lld",
                  (long long) os_json_int(order, "changed", r->begun));

    event = osw_inbox_event(os_buf_view(&id), "webhook", order,
                            osw_now_ms(r->w));
    osw_redis_send(r->w->redis,
                   osw_event_add(r->w, r->store->name,
                                 os_json_str(order, "id"), event,
                                 osw_reconcile_wrote, r));
    json_decref(event);
    os_buf_free(&id);
}


static void
osw_reconcile_answer(void *data, const osw_answer_t *answer)
{
    size_t            i;
    json_t           *body, *list, *orders, *order;
    os_error_t        err;
    osw_reconcile_t  *r;

    r = data;
    err.text[0] = '\0';
    body = answer->status == 200
           ? os_json_outside(answer->body, "answer", &err) : NULL;
    list = os_json_pointer(body, os_json_str(
               os_campaign_at(r->store->campaign, "/reconcile"), "each"));
    orders = json_is_array(list)
             ? os_source_map(r->store->source, &r->w->config->keys,
                             r->store->name, list, OS_NULL, &err)
             : NULL;

    if (orders == NULL) {
        osw_log(OSW_WARN, "%.*s: reconcile: status %d %s",
                (int) r->store->name.len, r->store->name.data,
                answer->status, err.text);

    } else {
        r->good = r->begun;

        json_array_foreach(orders, i, order) {
            osw_reconcile_order(r, order);
        }
    }

    json_decref(orders);
    json_decref(body);
    r->begun = 0;
}


static void
osw_reconcile_run(osw_reconcile_t *r, int64_t now)
{
    char        text[32];
    time_t      since;
    json_t     *view;
    struct tm   tm;

    since = (time_t) (r->good ? r->good - 60
                      : now - os_campaign_duration(r->store->campaign,
                                                   "/max_event_age", 86400));
    (void) strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S",
                    gmtime_r(&since, &tm));

    view = json_object();
    os_json_set_str(view, "since", os_str(text));
    os_json_set_int(view, "since_epoch", (int64_t) since);
    r->begun = now;
    osw_api_call(r->w, r->store,
                 os_campaign_at(r->store->campaign, "/reconcile/call"), view,
                 osw_reconcile_answer, r);
    json_decref(view);
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
            osw_reconcile_run(r, now);
        }
    }
}


void
osw_reconcile_stop(osw_t *w)
{
    free(w->reconcile);
    w->reconcile = NULL;
}

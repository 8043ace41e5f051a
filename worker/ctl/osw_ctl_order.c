/*
 * ordersavectl order show, explain: one order and what it meets.
 */

#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order/os_rules.h"
#include "core/order/os_return.h"
#include "core/order/os_stop.h"
#include "core/order/os_track.h"
#include "worker/ctl/osw_ctl_law.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/ctl/osw_ctl_stock.h"


#define OSW_JOBS_PAGE  1000     /* a page takes Redis less than a ms */


typedef struct {
    json_t    *list;
    os_str_t   order;           /* "shop/19" */
    os_buf_t   cursor;
} osw_jobs_t;


/* Most are of other orders: only what names ours is looked into. */
static void
osw_jobs_add(osw_jobs_t *jobs, os_str_t text)
{
    json_t  *job;

    if (text.len == 0
        || memmem(text.data, text.len, jobs->order.data, jobs->order.len)
           == NULL)
    {
        return;
    }

    job = os_json_parse(text, "job", NULL);

    if (job && os_str_equal(os_json_str(job, "order"), jobs->order)) {
        (void) json_array_append(jobs->list, job);
    }

    json_decref(job);
}


/* HSCAN: [cursor, [id, text, …]] */
static void
osw_take_jobs(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t       i;
    redisReply  *list;
    osw_jobs_t  *jobs;

    (void) ctl;
    jobs = data;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        return;
    }

    jobs->cursor.len = 0;
    os_buf_str(&jobs->cursor, osw_reply_str(reply->element[0]));
    list = reply->element[1];

    for (i = 0; i + 1 < list->elements; i += 2) {
        osw_jobs_add(jobs, osw_reply_str(list->element[i + 1]));
    }
}


/*
 * Page by page: Redis has others to serve. Dead letters, and jobs of before
 * they lay by order, which a worker takes over when it gains the shard.
 */
static void
osw_order_scan(osw_ctl_t *ctl, unsigned shard, const char *hash,
    osw_jobs_t *jobs)
{
    int            rc;
    os_command_t  *cmd;

    os_buf_char(&jobs->cursor, '0');

    do {
        cmd = osw_ctl_command(shard, "HSCAN", 5);
        osw_command_key(&ctl->w, cmd, hash, OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, os_buf_view(&jobs->cursor));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add_int(cmd, OSW_JOBS_PAGE);
        rc = osw_ctl_call(ctl, cmd, osw_take_jobs, jobs);
    } while (rc == 0
             && !os_str_equal(os_buf_view(&jobs->cursor), OS_STR("0")));

    os_buf_free(&jobs->cursor);
}


/* HVALS: [text, …] */
static void
osw_take_part(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t  i;

    (void) ctl;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        osw_jobs_add(data, osw_reply_str(reply->element[i]));
    }
}


static json_t *
osw_order_jobs(osw_ctl_t *ctl, unsigned shard, os_str_t name)
{
    osw_jobs_t     jobs;
    os_command_t  *cmd;

    jobs = (osw_jobs_t) { json_array(), name, { 0 } };
    cmd = osw_ctl_command(shard, "HVALS", 2);
    osw_ctl_part(ctl, cmd, name);
    (void) osw_ctl_call(ctl, cmd, osw_take_part, &jobs);
    osw_order_scan(ctl, shard, "jobs", &jobs);

    return jobs.list;
}


static json_t *
osw_order_dead(osw_ctl_t *ctl, unsigned shard, os_str_t name)
{
    osw_jobs_t  jobs;

    jobs = (osw_jobs_t) { json_array(), name, { 0 } };
    osw_order_scan(ctl, shard, "dead", &jobs);

    return jobs.list;
}


static void
osw_take_text(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    (void) ctl;
    os_buf_str(data, osw_reply_str(reply));
}


static void
osw_take_waiting(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t   i;
    json_t  *event;

    (void) ctl;

    for (i = 0; i < reply->elements; i++) {
        event = os_json_parse(osw_reply_str(reply->element[i]), "event",
                              NULL);
        (void) json_array_append_new(data, event ? event : json_null());
    }
}


static void
osw_order_asks(osw_ctl_t *ctl, const char *verb, const char *key,
    const osw_store_t *store, os_str_t kind, os_str_t value, osw_ctl_pt take,
    void *data)
{
    int            list;
    unsigned       shard;
    os_command_t  *cmd;

    list = strcmp(verb, "LRANGE") == 0;
    shard = os_space_shard(&ctl->w.config->space, store->name, kind, value);
    cmd = osw_ctl_command(shard, verb, list ? 4 : 2);
    osw_command_key(&ctl->w, cmd, key, store->name, kind, value);

    if (list) {
        os_command_add(cmd, OS_STR("0"));
        os_command_add(cmd, OS_STR("-1"));
    }

    (void) osw_ctl_call(ctl, cmd, take, data);
}


/* Orders that share a parcel, a line each: the newest; the others are told. */
static os_str_t
osw_order_last(os_str_t orders)
{
    const char  *end;

    while ((end = memchr(orders.data, '\n', orders.len)) != NULL) {
        fprintf(stderr, "ordersavectl: also of order %.*s\n",
                (int) (end - orders.data), orders.data);
        orders.len -= (size_t) (end + 1 - orders.data);
        orders.data = end + 1;
    }

    return orders;
}


/*
 * "tracking/1Z999" or "number/A-1" instead of an id: the order that has this
 * name into `named`. Where none has it, what waits for one is printed: 1.
 */
static int
osw_order_named(osw_ctl_t *ctl, const osw_store_t *store, os_str_t *id,
    os_buf_t *named)
{
    json_t    *waiting, *out;
    os_str_t   kind, value;
    os_buf_t   text;

    if (osw_order_split(*id, &kind, &value) != 0
        || !(os_str_equal(kind, OS_STR("tracking"))
             || os_str_equal(kind, OS_STR("number"))))
    {
        return 0;
    }

    text = (os_buf_t) { 0 };

    if (os_str_equal(kind, OS_STR("tracking"))) {
        os_track_number(value, &text);
        value = os_buf_view(&text);
    }

    osw_order_asks(ctl, "GET", "alias", store, kind, value, osw_take_text,
                   named);

    if (named->len) {
        *id = osw_order_last(os_buf_view(named));
        os_buf_free(&text);
        return 0;
    }

    waiting = json_array();
    osw_order_asks(ctl, "LRANGE", "wait", store, kind, value,
                   osw_take_waiting, waiting);
    os_buf_free(&text);

    if (json_array_size(waiting) == 0) {
        json_decref(waiting);
        return 0;
    }

    out = json_object();
    (void) json_object_set_new(out, "waiting", waiting);
    osw_ctl_print(out);
    json_decref(out);

    return 1;
}


static int
osw_order_print(osw_ctl_t *ctl, const osw_store_t *store, os_str_t id,
    const char *asked)
{
    json_t    *order, *out, *decision;
    unsigned   shard;
    os_buf_t   name;

    shard = os_space_shard(&ctl->w.config->space, store->name, id, OS_NULL);
    order = osw_ctl_json(ctl, shard, "o", store->name, id);

    if (order == NULL) {
        if (ctl->failed != 1) {
            fprintf(stderr, "ordersavectl: no order %s\n", asked);
        }

        return OSW_CTL_FINDING;
    }

    name = (os_buf_t) { 0 };
    os_buf_str(&name, store->name);
    os_buf_char(&name, '/');
    os_buf_str(&name, id);

    out = json_object();
    (void) json_object_set_new(out, "order", order);
    decision = osw_ctl_json(ctl, shard, "d", store->name, id);
    (void) json_object_set_new(out, "decision",
                               decision ? decision : json_null());
    (void) json_object_set_new(out, "jobs", osw_order_jobs(ctl, shard,
                                                  os_buf_view(&name)));
    (void) json_object_set_new(out, "dead", osw_order_dead(ctl, shard,
                                                  os_buf_view(&name)));
    osw_ctl_print(out);
    json_decref(out);
    os_buf_free(&name);

    return OSW_CTL_OK;
}


int
osw_ctl_order_show(osw_ctl_t *ctl, int argc, char **argv)
{
    int           rc;
    os_str_t      id;
    os_buf_t      named;
    osw_store_t  *store;

    if (argc != 3 || strcmp(argv[1], "show") != 0
        || osw_ctl_order(ctl, argv[2], &store, &id) != 0)
    {
        return OSW_CTL_USAGE;
    }

    named = (os_buf_t) { 0 };
    rc = osw_order_named(ctl, store, &id, &named) == 0
         ? osw_order_print(ctl, store, id, argv[2]) : OSW_CTL_FINDING;
    os_buf_free(&named);

    return rc;
}


/* Each offer with what stands against it; appends those that fit. */
static void
osw_explain_offers(osw_ctl_t *ctl, osw_store_t *store, unsigned shard,
    const os_order_t *order, os_str_t arm, int64_t now, os_buf_t *fit)
{
    size_t             i;
    int64_t            left;
    const char        *against;
    const os_offer_t  *offer;

    for (i = 0; i < store->campaign->noffers; i++) {
        offer = &store->campaign->offers[i];
        left = osw_ctl_stock(ctl, store, shard, offer, order);

        if (ctl->failed == 1) {
            return;
        }

        against = os_rules_offer(store->campaign, offer, order, OS_NULL, left,
                                 now);

        if (against == NULL && !os_rules_held_out(arm)
            && !os_rules_in_arm(offer, arm))
        {
            against = "arm";
        }

        printf("offer %.*s: %s", (int) offer->id.len, offer->id.data,
               against ? against : "yes");

        if (left >= 0) {
            printf(" (%lld left in shard %u)", (long long) left, shard);
        }

        printf("\n");

        if (against == NULL) {
            os_buf_printf(fit, "%s%.*s", fit->len ? " " : "",
                          (int) offer->id.len, offer->id.data);
        }
    }
}


/* What a buyer who asks for a cancel now is shown, of all that. */
static void
osw_explain_page(const osw_store_t *store, os_eligible_t eligible,
    os_str_t arm, os_str_t decision, const os_buf_t *fit)
{
    if (os_campaign_observes(store->campaign, "state")) {
        printf("page: none, the campaign observes\n");

    } else if (decision.len) {
        printf("page: none with offers, the order is decided\n");

    } else if (eligible != OS_ELIGIBLE) {
        printf("page: none, not eligible: %s\n", os_rules_word(eligible));

    } else if (fit->len == 0) {
        printf("page: none, no offer fits\n");

    } else if (os_rules_held_out(arm)) {
        printf("page: none, the customer is left out\n");

    } else {
        printf("page: %s\n", fit->data);
    }
}


/* What the store calls it, where that tells nothing of the way. */
static void
osw_explain_status(const json_t *order)
{
    os_str_t  status;

    status = os_json_str(order, "status");

    if (os_json_bool(order, "unclear")) {
        printf("status: \"%.*s\" says nothing of whether it has left: no "
               "alert is sent; track.statuses can say what it means\n",
               (int) status.len, status.data ? status.data : "");
    }
}


/* What the store sent in a form that nobody can read. */
static void
osw_explain_odd(const json_t *order)
{
    size_t    i;
    json_t   *name;
    json_t   *odd = json_object_get(order, "odd");

    json_array_foreach(odd, i, name) {
        printf("%s%s", i ? ", " : "left out, because it cannot be read: ",
               json_string_value(name));
    }

    if (i) {
        printf("\n");
    }
}


/* How it stands with a cancel on our own page. */
static void
osw_explain_stop(const osw_store_t *store, const json_t *order)
{
    os_str_t  state;

    if (os_stop_hosted(store->campaign)) {
        state = os_json_str(os_json_pointer(order, OS_STR("/save/stop")),
                            "state");
        printf("own cancel: %s%s%.*s\n", os_stop_word(os_stop(order)),
               state.len ? ", last " : "", (int) state.len,
               state.data ? state.data : "");
    }
}


/* How it stands with what may come back. */
static void
osw_explain_return(osw_ctl_t *ctl, const osw_store_t *store,
    const json_t *order)
{
    os_str_t  state;

    if (os_return_is_on(store->campaign)) {
        state = os_json_str(os_return_last(order), "state");
        printf("return: %s%s%.*s\n",
               os_return_word(os_return(store->campaign, order,
                                        osw_now_ms(&ctl->w) / 1000)),
               state.len ? ", last " : "", (int) state.len,
               state.data ? state.data : "");
    }
}


static void
osw_explain_shelved(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    (void) ctl;
    os_buf_str(data, osw_reply_str(reply));
}


/* What of the catalog stands beside the order, as its page reads it. */
static void
osw_explain_shelf(osw_ctl_t *ctl, const osw_store_t *store, unsigned shard,
    os_str_t id, os_buf_t *text, os_shelf_t *shelf)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(shard, "GET", 2);
    osw_command_key(&ctl->w, cmd, "shelf", store->name, id, OS_NULL);
    (void) osw_ctl_call(ctl, cmd, osw_explain_shelved, text);
    os_shelf_read(os_buf_view(text), shelf);
}


int
osw_ctl_explain(osw_ctl_t *ctl, int argc, char **argv)
{
    json_t         *json, *decision;
    int64_t         now;
    unsigned        shard;
    os_str_t        id, word, arm;
    os_buf_t        fit = { 0 }, text = { 0 };
    os_shelf_t      shelf;
    os_order_t     *order;
    osw_store_t    *store;
    os_eligible_t   eligible;

    if (argc != 2 || osw_ctl_order(ctl, argv[1], &store, &id) != 0) {
        return OSW_CTL_USAGE;
    }

    shard = os_space_shard(&ctl->w.config->space, store->name, id, OS_NULL);
    json = osw_ctl_json(ctl, shard, "o", store->name, id);
    order = os_order_from(json);

    if (order == NULL) {
        if (ctl->failed != 1) {
            printf("order: not known; only generic offers could be shown\n");
        }

        json_decref(json);
        return OSW_CTL_FINDING;
    }

    osw_explain_shelf(ctl, store, shard, id, &text, &shelf);
    order->shelf = &shelf;
    now = osw_now_ms(&ctl->w) / 1000;
    eligible = os_rules_eligible(store->campaign, order, OS_NULL, now);
    arm = os_rules_arm(store->campaign, &ctl->w.config->keys.customer, order);

    osw_explain_status(json);
    osw_explain_odd(json);
    osw_explain_stop(store, json);
    osw_explain_return(ctl, store, json);
    osw_explain_law(ctl, store, json);
    json_decref(json);

    printf("eligible: %s\n", eligible == OS_ELIGIBLE
                             ? "yes" : os_rules_word(eligible));
    printf("arm: %.*s%s\n", (int) arm.len, arm.data,
           os_rules_held_out(arm) ? ", meets the store alone" : "");

    decision = osw_ctl_json(ctl, shard, "d", store->name, id);
    word = os_json_str(decision, "state");
    printf("decision: %.*s\n", word.len ? (int) word.len : 9,
           word.len ? word.data : "undecided");

    osw_explain_offers(ctl, store, shard, order, arm, now, &fit);

    if (!ctl->failed) {
        osw_explain_page(store, eligible, arm, word, &fit);
    }

    os_buf_free(&fit);
    os_buf_free(&text);
    json_decref(decision);
    os_order_free(order);

    return OSW_CTL_OK;
}

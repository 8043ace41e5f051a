/*
 * ordersavectl offer send: an offer for a buyer who has written or called. What
 * accepting it on the page does follows from it: the same decision, limit,
 * stock, event.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/order/os_rules.h"
#include "redis/os_script_shop.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/ctl/osw_ctl_stock.h"


#define OSW_OFFER_LOOK  100             /* ms between two looks at the stock */
#define OSW_OFFER_KEEP  (90 * 86400)    /* s, as pages keep a decision */


typedef struct {
    osw_ctl_t         *ctl;
    osw_store_t       *store;
    os_str_t           id;
    unsigned           shard;
    os_order_t        *order;
    const os_offer_t  *offer;
} osw_offer_t;


/* Another shard may have what this one lacks: the workers bring it. */
static void
osw_offer_call(osw_offer_t *o)
{
    const os_space_t  *space = &o->ctl->w.config->space;

    if (o->offer->pool.len) {
        (void) osw_ctl_call(o->ctl,
                   os_script_call_command(space, o->store->name, o->id,
                                          o->offer->pool, OS_NULL, 1),
                   NULL, NULL);
    }

    if (os_amount_in(&o->offer->budget, o->order->currency)) {
        (void) osw_ctl_call(o->ctl,
                   os_script_call_command(space, o->store->name, o->id,
                                          o->offer->id, o->order->currency,
                                          os_rules_amount(o->offer,
                                                          o->order)),
                   NULL, NULL);
    }
}


/* What is left for the order; waits as long as a call is heard. */
static int64_t
osw_offer_stock(osw_offer_t *o)
{
    int64_t  left;

    for (int ms = 0; ; ms += OSW_OFFER_LOOK) {
        left = osw_ctl_stock(o->ctl, o->store, o->shard, o->offer, o->order);

        if (left != 0 || !os_rules_runs_out(o->offer) || ms >= OS_CALL_MS
            || o->ctl->failed == 1)
        {
            return left;
        }

        if (ms == 0) {
            osw_offer_call(o);
        }

        (void) usleep(OSW_OFFER_LOOK * 1000);
    }
}


/* Why it cannot be given to this order, or NULL. */
static const char *
osw_offer_against(osw_offer_t *o, int64_t now)
{
    if (o->offer->kind == OS_KIND_INFORMATION) {
        return "it is information: there is nothing to give";
    }

    if (o->offer->kind == OS_KIND_REQUEST && !o->offer->priority
        && !o->offer->credit)
    {
        return "it needs what the buyer fills in";
    }

    return os_rules_offer(o->store->campaign, o->offer, o->order, OS_NULL,
                          osw_offer_stock(o), now);
}


/* The decision, as a page of ours makes it. New. */
static json_t *
osw_offer_taken(const osw_offer_t *o, int64_t now_ms)
{
    json_t    *taken, *terms;
    os_buf_t   nonce = { 0 };

    terms = os_rules_terms(o->store->campaign, o->offer, o->order,
                           now_ms / 1000);
    osw_ctl_name(&nonce);
    taken = json_object();
    os_json_set_str(taken, "state", OS_STR("accepted"));
    os_json_set_str(taken, "offer", o->offer->id);
    os_json_set_str(taken, "kind", os_json_str(terms, "kind"));
    (void) json_object_set_new(taken, "terms", terms);
    os_json_set_int(taken, "at_ms", now_ms);
    os_json_set_str(taken, "nonce", os_buf_view(&nonce));
    os_json_set_int(taken, "rev", o->store->campaign->revision);
    os_json_set_str(taken, "locale", o->order->locale);
    os_json_set_str(taken, "applied", OS_STR("pending"));
    os_json_set_str(taken, "by", OS_STR("ordersavectl"));
    os_buf_free(&nonce);

    return taken;
}


/* The place in the customer's limit: 1 it is there, 0 there is none, -1. */
static int
osw_offer_limit(osw_offer_t *o, const os_script_t *script, unsigned nargs,
    int64_t now)
{
    int64_t        n = 0;
    os_command_t  *cmd;

    if (o->order->customer.len == 0
        || (o->offer->per_customer == 0 && o->offer->cooldown == 0))
    {
        return 1;
    }

    cmd = os_script_limit_command(&o->ctl->w.config->space, script, nargs,
                                  o->store->name, o->order->customer, o->id);
    os_command_add(cmd, o->offer->id);

    if (nargs > 2) {
        os_command_add_int(cmd, o->offer->per_customer);
        os_command_add_int(cmd, o->offer->cooldown);
        os_command_add_int(cmd, now);
        os_command_add_int(cmd, o->offer->cooldown > OSW_OFFER_KEEP
                                ? o->offer->cooldown : OSW_OFFER_KEEP);
    }

    return osw_ctl_call(o->ctl, cmd, osw_ctl_take_count, &n) == 0 ? (int) n
                                                                  : -1;
}


/* Does the decision stand on the place in the limit? */
static int
osw_offer_is_taken(const osw_offer_t *o, os_str_t text)
{
    int      is;
    json_t  *taken = os_json_read(text);

    is = os_str_equal(os_json_str(taken, "state"), OS_STR("accepted"))
         && os_str_equal(os_json_str(taken, "offer"), o->offer->id);
    json_decref(taken);

    return is;
}


static int
osw_offer_decided(osw_offer_t *o, const redisReply *reply, int64_t now)
{
    if (reply == NULL || reply->elements < 2) {
        return OSW_CTL_REDIS;
    }

    if (osw_reply_int(reply->element[0], 0) != 1) {
        if (!osw_offer_is_taken(o, osw_reply_str(reply->element[1]))) {
            (void) osw_offer_limit(o, &os_script_release, 2, now);
        }

        fprintf(stderr, "ordersavectl: the order is decided already: see "
                "\"ordersavectl order show\"\n");
        return OSW_CTL_FINDING;
    }

    printf("given; the buyer is told by mail once the store has it\n");
    return OSW_CTL_OK;
}


static int
osw_offer_give(osw_offer_t *o, int64_t now_ms)
{
    int           rc;
    json_t       *taken, *event;
    redisReply   *reply;
    os_decide_t   decide;

    taken = osw_offer_taken(o, now_ms);
    event = osw_ctl_event(o->ctl, o->store, o->id, "accepted");
    decide = (os_decide_t) {
        .store = o->store->name, .id = o->id, .taken = taken, .event = event,
        .offer = o->offer->id, .terms = json_object_get(taken, "terms"),
        .keep = os_campaign_duration(o->store->campaign, "/keep",
                                     OSW_OFFER_KEEP)
    };
    reply = osw_ctl_ask(o->ctl,
                        os_script_decide_command(&o->ctl->w.config->space,
                                                 &decide));
    rc = osw_offer_decided(o, reply, now_ms / 1000);
    freeReplyObject(reply);
    json_decref(taken);
    json_decref(event);

    return rc;
}


static int
osw_offer_send(osw_offer_t *o)
{
    int          limit;
    int64_t      now_ms = osw_now_ms(&o->ctl->w);
    const char  *against = osw_offer_against(o, now_ms / 1000);

    if (o->ctl->failed == 1) {
        return OSW_CTL_REDIS;
    }

    limit = against ? 1
            : osw_offer_limit(o, &os_script_reserve, 6, now_ms / 1000);

    if (limit == -1) {
        return OSW_CTL_REDIS;
    }

    against = limit == 0 ? "limit" : against;

    if (against) {
        fprintf(stderr, "ordersavectl: %.*s cannot be given to this order: "
                "%s\n", (int) o->offer->id.len, o->offer->id.data, against);
        return OSW_CTL_FINDING;
    }

    return osw_offer_give(o, now_ms);
}


int
osw_ctl_offer(osw_ctl_t *ctl, int argc, char **argv)
{
    int          rc;
    json_t      *record;
    osw_offer_t  o = { .ctl = ctl };

    (void) argc;

    if (osw_ctl_order(ctl, argv[2], &o.store, &o.id) != 0) {
        return OSW_CTL_USAGE;
    }

    o.offer = os_campaign_offer(o.store->campaign, os_str(argv[3]));

    if (o.offer == NULL) {
        return osw_ctl_wrong(ctl, "the campaign has no offer %s", argv[3]);
    }

    o.shard = os_space_shard(&ctl->w.config->space, o.store->name, o.id,
                             OS_NULL);
    record = osw_ctl_json(ctl, o.shard, "o", o.store->name, o.id);
    o.order = os_order_from(record);

    if (o.order == NULL || os_str_equal(o.order->state, OS_STR("unknown"))
        || os_str_equal(o.order->state, OS_STR("erased")))
    {
        rc = ctl->failed == 1 ? OSW_CTL_REDIS
             : osw_ctl_wrong(ctl, "order %s is not known", argv[2]);

    } else {
        rc = osw_offer_send(&o);
    }

    os_order_free(o.order);
    json_decref(record);

    return rc;
}

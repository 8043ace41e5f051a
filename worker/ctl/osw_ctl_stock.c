/*
 * osw_ctl_stock: see osw_ctl_stock.h.
 */

#include "core/order/os_held.h"
#include "core/order/os_rules.h"
#include "worker/ctl/osw_ctl_stock.h"


static void
osw_take_int(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    (void) ctl;
    *(int64_t *) data = osw_reply_int(reply, 0);
}


/* What its pages have set apart for an order. */
typedef struct {
    const os_campaign_t  *campaign;
    os_held_t             held;
} osw_held_t;


static void
osw_take_held(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    osw_held_t  *held = data;

    (void) ctl;

    if (reply->type == REDIS_REPLY_STRING) {
        os_held_read(&held->held, (os_str_t) { reply->len, reply->str },
                     held->campaign);
    }
}


int64_t
osw_ctl_stock(osw_ctl_t *ctl, const osw_store_t *store, unsigned shard,
    const os_offer_t *offer, const os_order_t *order)
{
    size_t         i = (size_t) (offer - store->campaign->offers);
    int64_t        codes = -1, money = 0;
    osw_held_t     held = { .campaign = store->campaign };
    os_command_t  *cmd;

    if (offer->pool.len) {
        cmd = osw_ctl_command(shard, "LLEN", 2);
        osw_command_key(&ctl->w, cmd, "pool", store->name, offer->pool,
                        OS_NULL);
        (void) osw_ctl_call(ctl, cmd, osw_take_int, &codes);
    }

    if (os_amount_in(&offer->budget, order->currency)) {
        cmd = osw_ctl_command(shard, "GET", 2);
        osw_command_key(&ctl->w, cmd, "budget", store->name, offer->id,
                        order->currency);
        (void) osw_ctl_call(ctl, cmd, osw_take_int, &money);
    }

    if (os_rules_runs_out(offer)) {
        cmd = osw_ctl_command(shard, "GET", 2);
        osw_command_key(&ctl->w, cmd, "held", store->name, order->id, OS_NULL);
        (void) osw_ctl_call(ctl, cmd, osw_take_held, &held);
    }

    return os_rules_stock(offer, order, codes + os_held_code(&held.held, i),
                          money + os_held_cost(&held.held, i));
}

/*
 * os_reduce_extra: see os_reduce_extra.h.
 */

#include <string.h>

#include "core/order/os_elsewhere.h"
#include "core/order/os_reduce_extra.h"


#define OS_FRIENDS_MOST  10     /* that one order's code may bring in */


static const json_t *
os_extra_reward(const os_reduce_t *r)
{
    return os_campaign_at(r->c, "/extras/referral/reward");
}


void
os_reduce_extra(os_reduce_t *r)
{
    json_t      *extra, *data;
    os_str_t     pool;
    const char  *name;
    os_work_t    work = { .purpose = "extra", .template = "",
                          .channel = "clock" };

    if (os_str_equal(os_json_str(r->save, "arm"), OS_STR("holdout"))
        || os_elsewhere(r->c, r->order)
        || os_json_bool(r->track, "quiet"))
    {
        return;
    }

    json_object_foreach(os_campaign_at(r->c, "/extras"), name, extra) {
        pool = os_json_str(extra, "pool");

        if (pool.len == 0) {
            continue;
        }

        data = json_pack("{s:s, s:s}", "extra", name, "pool", pool.data);
        work.nonce = os_str(name);
        os_reduce_add(r, &work, r->now_ms, data);
    }
}


void
os_reduce_on_extra(os_reduce_t *r)
{
    os_str_t  name = os_json_str(r->event, "extra");
    os_str_t  code = os_json_str(r->event, "code");

    if (name.len == 0 || code.len == 0) {
        return;
    }

    os_json_set_str(os_reduce_member(r->track, "extras"), name.data, code);
    os_reduce_count(r, "extra", name);

    if (os_str_equal(name, OS_STR("referral")) && os_extra_reward(r)) {
        os_json_set_str(os_reduce_effect(r, "friend", OS_NULL), "code", code);
    }
}


/* What is not sent has left as soon as it is paid for. */
static int
os_friend_left(const os_reduce_t *r)
{
    return os_reduce_is(r, "payment", "paid")
           && (os_json_bool(r->order, "shipped")
               || os_reduce_is(r, "delivery", "none"));
}


void
os_reduce_friend(os_reduce_t *r)
{
    json_t  *effect, *coupons = json_object_get(r->order, "coupons");

    if (json_array_size(coupons) == 0 || os_extra_reward(r) == NULL
        || os_reduce_dead(r) || !os_friend_left(r)
        || os_json_bool(r->save, "friend"))
    {
        return;
    }

    (void) json_object_set_new(r->save, "friend", json_true());
    effect = os_reduce_effect(r, "referred",
                              os_json_str(r->order, "customer"));
    (void) json_object_set(effect, "codes", coupons);
}


void
os_reduce_on_referred(os_reduce_t *r)
{
    json_t        *data;
    int64_t        n;
    os_str_t       own = os_json_str(r->order, "customer");
    const json_t  *reward = os_extra_reward(r);

    n = os_json_int(r->track, "friends", 0);

    /* nobody is a friend of their own */

    if (reward == NULL
        || (own.len && os_str_equal(own, os_json_str(r->event, "customer"))))
    {
        os_reduce_count(r, "referred_refused", OS_NULL);
        return;
    }

    if (n >= os_json_int(reward, "most", OS_FRIENDS_MOST)) {
        os_reduce_count(r, "referred_over", OS_NULL);
        return;
    }

    os_json_set_int(r->track, "friends", n + 1);
    os_reduce_count(r, "referred", OS_NULL);

    data = json_object();
    os_reduce_given(data, reward, "pool");
    r->out->silent = 0;                 /* a promise is kept, however late */
    os_reduce_mail(r, "rewarded", r->event_id, 0, data);
}

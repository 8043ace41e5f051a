/*
 * os_reduce_next: see os_reduce_next.h.
 */

#include "core/order/os_reduce_next.h"


int
os_reduce_is_next(const os_reduce_t *r)
{
    const json_t  *decision = json_object_get(r->save, "decision");

    return os_str_equal(os_json_str(decision, "state"), OS_STR("accepted"))
           && os_str_equal(os_json_str(decision, "give"),
                           OS_STR("next_order"));
}


/* What is not sent has left as soon as it is paid for. */
static int
os_next_left(const os_reduce_t *r)
{
    return os_json_bool(r->order, "shipped")
           || (os_reduce_is(r, "delivery", "none")
               && os_reduce_is(r, "payment", "paid"));
}


void
os_reduce_next(os_reduce_t *r)
{
    json_t    *decision = json_object_get(r->save, "decision");
    unsigned   silent = r->out->silent;

    if (!os_reduce_is_next(r) || os_reduce_dead(r) || !os_next_left(r)
        || !os_str_equal(os_json_str(decision, "applied"), OS_STR("pending")))
    {
        return;
    }

    os_json_set_str(decision, "applied", OS_STR("giving"));
    r->out->silent = 0;                 /* a promise is kept, however late */
    os_reduce_add_job(r, "apply", "", "store", os_json_str(decision, "nonce"),
                      r->now_ms, NULL);
    r->out->silent = silent & 1;
}

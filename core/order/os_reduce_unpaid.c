/*
 * os_reduce_unpaid: see os_reduce_unpaid.h.
 */

#include "core/order/os_reduce_unpaid.h"


#define OS_UNPAID_BEFORE  3600      /* s before the shop's deadline */
#define OS_UNPAID_AFTER   86400     /* s after the order, where there is none */
#define OS_UNPAID_LATE    86400     /* s after which nobody expects it */
#define OS_UNPAID_LEAST   300       /* s that are left to pay */


/* A bank transfer has no link: it may be under way. */
int
os_reduce_is_unpaid(const json_t *order, int64_t now)
{
    int64_t  pay_by;

    pay_by = os_json_int(order, "pay_by", 0);

    return os_str_equal(os_json_str(order, "state"), OS_STR("open"))
           && os_str_equal(os_json_str(order, "payment"), OS_STR("unpaid"))
           && os_json_str(order, "pay_url").len
           && (pay_by == 0 || pay_by - now >= OS_UNPAID_LEAST);
}


/*
 * When to remind of it, epoch seconds; 0: it is too late. A short hold is half
 * over by then: who has just ordered is about to pay.
 */
static int64_t
os_unpaid_due(const os_reduce_t *r)
{
    int64_t  now, pay_by, placed, due, half;

    now = r->now_ms / 1000;
    placed = os_json_int(r->order, "placed", r->at);
    pay_by = os_json_int(r->order, "pay_by", 0);

    if (pay_by) {
        due = pay_by - os_campaign_duration(r->c, "/follow_up/unpaid/before",
                                            OS_UNPAID_BEFORE);
        half = placed + (pay_by - placed) / 2;
        due = due > half ? due : half;

    } else {
        due = placed + os_campaign_duration(r->c, "/follow_up/unpaid/after",
                                            OS_UNPAID_AFTER);
    }

    return due < now - OS_UNPAID_LATE ? 0 : due < now ? now : due;
}


static int
os_unpaid_is_marketing(const os_reduce_t *r)
{
    size_t   i;
    json_t  *country;

    json_array_foreach(os_campaign_at(r->c, "/follow_up/unpaid/marketing_in"),
                       i, country)
    {
        if (os_str_equal(os_json_str(r->order, "country"),
                         os_str(json_string_value(country))))
        {
            return 1;
        }
    }

    return 0;
}


static os_work_t
os_unpaid_work(void)
{
    return (os_work_t) { .purpose = "unpaid", .template = "unpaid",
                         .channel = "smtp" };
}


void
os_reduce_unpaid_drop(os_reduce_t *r)
{
    os_work_t  work = os_unpaid_work();

    if (json_object_get(r->save, "unpaid")) {
        (void) json_object_del(r->save, "unpaid");
        os_reduce_drop(r, &work);
    }
}


void
os_reduce_unpaid(os_reduce_t *r)
{
    int64_t    due;
    os_work_t  work = os_unpaid_work();

    if (os_campaign_at(r->c, "/follow_up/unpaid") == NULL
        || os_campaign_at(r->c, "/mail") == NULL
        || !os_reduce_is_unpaid(r->order, r->now_ms / 1000))
    {
        os_reduce_unpaid_drop(r);
        return;
    }

    due = os_unpaid_due(r);

    if (due == 0 || r->out->silent || json_object_get(r->save, "unpaid")) {
        return;
    }

    os_json_set_int(r->save, "unpaid", due);
    work.marketing = os_unpaid_is_marketing(r) ? 1 : 0;
    os_reduce_add(r, &work, due * 1000, NULL);
}

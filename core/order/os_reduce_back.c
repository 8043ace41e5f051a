/*
 * os_reduce_back: see os_reduce_back.h.
 */

#include "core/order/os_elsewhere.h"
#include "core/order/os_reduce_back.h"


#define OS_BACK_AFTER  (14 * 86400)     /* s after the cancel */


static os_work_t
os_back_work(void)
{
    return (os_work_t) { .purpose = "win_back", .template = "win_back",
                         .channel = "smtp", .marketing = 1 };
}


/* A score of 1 or 2, of 5. */
static int
os_back_complained(const os_reduce_t *r)
{
    int64_t  score;

    score = os_json_int(json_object_get(r->save, "score"), "value", 5);

    return score <= 2;
}


void
os_reduce_back_drop(os_reduce_t *r)
{
    os_work_t  work = os_back_work();

    if (os_campaign_at(r->c, "/follow_up/win_back")) {
        os_reduce_drop(r, &work);
    }
}


void
os_reduce_back(os_reduce_t *r, int64_t asked)
{
    json_t     *data, *how;
    os_work_t   work = os_back_work();

    how = os_campaign_at(r->c, "/follow_up/win_back");

    if (how == NULL || os_campaign_at(r->c, "/mail") == NULL
        || os_elsewhere(r->c, r->order)
        || os_json_bool(r->track, "quiet")
        || os_back_complained(r)
        || os_str_equal(os_json_str(r->save, "arm"), OS_STR("holdout")))
    {
        return;
    }

    data = json_object();
    os_reduce_given(data, how, "pool");
    os_reduce_add(r, &work,
                  (asked + os_campaign_duration(r->c,
                                                "/follow_up/win_back/after",
                                                OS_BACK_AFTER)) * 1000, data);
}

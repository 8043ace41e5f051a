/*
 * os_reduce_follow: see os_reduce_follow.h.
 *
 *     the store names a number → job `register` → event `carrier`
 *     → job `poll` once its webhook stays away → event `parcel`
 *
 * A parcel that is registered, or that the service refuses, has `followed`:
 * `by` whom, `at` when, `refused` and `why`; `heard` is when anything came of
 * it last. What `poll` brings is the webhook's word, and merged as that is.
 */

#include "core/order/os_follow.h"
#include "core/order/os_reduce_follow.h"
#include "core/order/os_track.h"


static os_work_t
os_follow_work(const char *purpose, os_str_t by, const json_t *parcel)
{
    return (os_work_t) { .purpose = purpose, .template = purpose,
                         .channel = "carrier", .nonce = by,
                         .parcel = os_json_str(parcel, "number") };
}


static void
os_follow_add(os_reduce_t *r, const char *purpose, os_str_t by,
    const json_t *parcel, int64_t due_ms)
{
    json_t     *data = json_object();
    unsigned    silent = r->out->silent;
    os_work_t   work = os_follow_work(purpose, by, parcel);

    os_json_set_str(data, "parcel", work.parcel);
    os_json_set_str(data, "by", by);

    /* nobody gets a message of it: an import asks for what is on its way */

    r->out->silent = 0;
    os_reduce_add(r, &work, due_ms, data);
    r->out->silent = silent & 1;
}


static int
os_follow_is_over(const os_reduce_t *r, const json_t *parcel)
{
    return os_reduce_dead(r)
           || os_follow_over(r->c, r->order, parcel, r->now_ms / 1000);
}


void
os_reduce_follow(os_reduce_t *r, json_t *parcel)
{
    os_str_t  by = os_follow_by(r->c);

    if (by.len == 0 || parcel == NULL || os_follow_is_over(r, parcel)
        || os_str_equal(os_json_str(json_object_get(parcel, "followed"),
                                    "by"), by))
    {
        return;
    }

    os_follow_add(r, "register", by, parcel, r->now_ms);
}


void
os_reduce_follow_heard(os_reduce_t *r, json_t *parcel)
{
    json_t  *followed = json_object_get(parcel, "followed");

    if (followed && os_follow_by(r->c).len) {
        os_json_set_int(followed, "heard", r->now_ms / 1000);
    }

    if (followed && os_follow_is_over(r, parcel)) {
        os_reduce_follow_end(r, parcel);
    }
}


void
os_reduce_follow_end(os_reduce_t *r, const json_t *parcel)
{
    os_str_t   by;
    os_work_t  work;

    by = os_json_str(json_object_get(parcel, "followed"), "by");
    by = by.len ? by : os_follow_by(r->c);

    if (by.len) {
        work = os_follow_work("register", by, parcel);
        os_reduce_drop(r, &work);
        work = os_follow_work("poll", by, parcel);
        os_reduce_drop(r, &work);
    }
}


void
os_reduce_on_carrier(os_reduce_t *r)
{
    json_t    *parcel, *followed;
    os_str_t   by = os_json_str(r->event, "by");

    parcel = os_track_find(r->track, os_json_str(r->event, "parcel"));

    if (parcel == NULL || by.len == 0) {
        return;
    }

    (void) json_object_del(parcel, "followed");     /* another's word */
    followed = os_reduce_member(parcel, "followed");
    os_json_set_str(followed, "by", by);
    os_json_set_int(followed, "at", r->at);

    if (os_json_bool(r->event, "refused")) {
        (void) json_object_set_new(followed, "refused", json_true());
        os_reduce_given(followed, r->event, "why");
        return;
    }

    if (!os_follow_is_over(r, parcel)) {
        os_follow_add(r, "poll", by, parcel,
                      r->now_ms + os_follow_silent(r->c) * 1000);
    }
}

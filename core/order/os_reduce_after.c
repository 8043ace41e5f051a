/*
 * os_reduce_after: once everything has arrived: asking for a review, hearing
 * of trouble, and products that fit. See os_reduce.h.
 *
 * Nobody is asked twice, but for one second time after the shop's people say
 * that the trouble is over. Who cancelled, was refunded, or whose parcel came
 * back, is not asked.
 */

#include <string.h>

#include "core/base/os_time.h"
#include "core/order/os_reduce_after.h"
#include "core/order/os_reduce_extra.h"


#define OS_REVIEW_AFTER    (7 * 86400)      /* s after the last delivery */
#define OS_REVIEW_SHIPPED  (14 * 86400)     /* s after shipping alone */
#define OS_REVIEW_AGAIN    (2 * 86400)      /* s after trouble is over */
#define OS_BOUGHT_MAX      20               /* items that are counted */


/* The ways a request may have been set off; each is a job of its own. */
static const char *const  os_review_nonces[] = { "shipped", "delivered",
                                                 "again" };

static const struct {
    const char  *channel;
    const char  *member;            /* of the campaign's `review` */
    int          other;             /* unless it is set */
} os_review_channels[] = {
    { "smtp", "email", 1 },
    { "sms", "sms", 0 },
};


static os_work_t
os_review_work(const char *channel, const char *nonce)
{
    return (os_work_t) { .purpose = "review", .template = "review",
                         .marketing = 1,
                         .channel = channel, .nonce = os_str(nonce) };
}


/* The longest time that one of the order's categories needs. */
static int64_t
os_review_after(const os_reduce_t *r)
{
    size_t     i;
    json_t    *item, *text;
    int64_t    longest, after;
    os_buf_t   category = { 0 };

    longest = os_campaign_duration(r->c, "/review/after", OS_REVIEW_AFTER);

    json_array_foreach(json_object_get(r->order, "items"), i, item) {
        category.len = 0;
        os_buf_str(&category, os_json_str(item, "category"));
        text = category.len
               ? json_object_get(os_campaign_at(r->c, "/review/categories"),
                                 category.data)
               : NULL;

        if (text && os_duration_parse(os_str(json_string_value(text)), &after)
                    == 0 && after > longest)
        {
            longest = after;
        }
    }

    os_buf_free(&category);

    return longest;
}


static json_t *
os_review_said(const os_reduce_t *r)
{
    return json_object_get(r->track, "review");
}


static void
os_review_drop(os_reduce_t *r)
{
    size_t     i, k;
    os_work_t  work;

    if (os_campaign_at(r->c, "/review") == NULL) {
        return;
    }

    for (i = 0; i < 2; i++) {
        for (k = 0; k < 3; k++) {
            work = os_review_work(os_review_channels[i].channel,
                                  os_review_nonces[k]);
            os_reduce_drop(r, &work);
        }
    }
}


/*
 * Help was asked for, and it is not over, or something is to come back: nobody
 * is asked for stars.
 */
static int
os_review_trouble(const os_reduce_t *r)
{
    json_t  *said = os_review_said(r);

    return json_array_size(json_object_get(r->track, "returns")) > 0
           || os_json_bool(r->track, "quiet")
           || (os_json_int(said, "help", 0) != 0
               && os_json_int(said, "solved", 0) == 0);
}


/* Whatever was planned before gives way to this plan. */
static void
os_review_plan(os_reduce_t *r, const char *nonce, int64_t due)
{
    size_t      i;
    json_t     *how, *wanted;
    os_work_t   work;

    how = os_campaign_at(r->c, "/review");

    if (how == NULL || os_reduce_dead(r) || os_review_trouble(r)
        || os_json_int(os_review_said(r), "stars", 0))
    {
        return;
    }

    os_review_drop(r);

    for (i = 0; i < 2; i++) {
        wanted = json_object_get(how, os_review_channels[i].member);

        if (wanted ? json_is_true(wanted) : os_review_channels[i].other) {
            work = os_review_work(os_review_channels[i].channel, nonce);
            os_reduce_add(r, &work,
                          due * 1000 > r->now_ms ? due * 1000 : r->now_ms,
                          NULL);
        }
    }
}


/*
 * The order has moved. Delivered, it is asked a while later; where no carrier
 * ever speaks, a longer while after it left. What comes back is not asked for.
 */
void
os_reduce_after_moved(os_reduce_t *r, const os_track_change_t *c)
{
    int64_t  at;

    at = os_json_int(json_object_get(r->track, "at"), os_step_word(c->step),
                     r->at);

    if (c->sided && c->side == OS_SIDE_RETURNED) {
        os_review_drop(r);

    } else if (c->moved && c->step == OS_STEP_DELIVERED) {
        os_review_plan(r, "delivered", at + os_review_after(r));
        os_reduce_extra(r);

    } else if (c->moved && c->step == OS_STEP_SHIPPED) {
        os_review_plan(r, "shipped",
                       at + os_campaign_duration(r->c,
                                                    "/review/after_shipped",
                                                    OS_REVIEW_SHIPPED));

    } else if (c->moved) {
        os_review_drop(r);              /* a carrier speaks: it will tell */
    }
}


void
os_reduce_after_died(os_reduce_t *r)
{
    os_review_drop(r);
}


/* Not everything has arrived, after all. */
void
os_reduce_after_back(os_reduce_t *r)
{
    os_review_drop(r);
}


static int
os_after_when_asks(const os_when_t *when)
{
    return when->categories != NULL || when->stocked || when->sold_out;
}


/* Is anything asked for that the catalog knows of the items? */
static int
os_after_catalog_asked(const os_campaign_t *c)
{
    size_t  i;
    int     asked = c->shelf || os_after_when_asks(&c->eligible)
                    || os_campaign_at(c, "/review/categories") != NULL;

    for (i = 0; i < c->noffers; i++) {
        asked |= os_after_when_asks(&c->offers[i].when);
    }

    return asked;
}


/* What was bought together, and what the catalog knows of it. */
void
os_reduce_after_order(os_reduce_t *r, const json_t *before)
{
    int         recommends;
    size_t      i;
    json_t     *item, *ids, *effect;
    os_work_t   work;

    recommends = os_campaign_at(r->c, "/recommend") != NULL;

    if (!(recommends || os_after_catalog_asked(r->c))
        || os_json_str(before, "customer").len
        || json_array_size(json_object_get(before, "items")))
    {
        return;                         /* not the first that is heard of it */
    }

    ids = json_array();

    json_array_foreach(json_object_get(r->order, "items"), i, item) {
        if (os_json_str(item, "id").len
            && json_array_size(ids) < OS_BOUGHT_MAX)
        {
            (void) json_array_append(ids, json_object_get(item, "id"));
        }
    }

    if (json_array_size(ids) && recommends) {
        effect = os_reduce_effect(r, "bought",
                                  os_json_str(r->order, "customer"));
        (void) json_object_set(effect, "items", ids);
        os_json_set_int(effect, "at",
                        os_json_int(r->order, "placed", r->at));
    }

    if (json_array_size(ids)) {
        work = (os_work_t) { .purpose = "fit", .template = "",
                             .channel = "clock" };
        os_reduce_add(r, &work, r->now_ms, NULL);
    }

    json_decref(ids);
}


void
os_reduce_categories(os_reduce_t *r, const json_t *known)
{
    size_t     i;
    json_t    *item, *category;
    os_str_t   id;

    json_array_foreach(json_object_get(r->order, "items"), i, item) {
        id = os_json_str(item, "id");
        category = json_object_getn(known, id.data ? id.data : "", id.len);

        if (json_is_string(category)
            && os_json_str(item, "category").len == 0)
        {
            (void) json_object_set(item, "category", category);
        }
    }
}


/* What the catalog says of what was bought, and what goes with it. */
void
os_reduce_on_fits(os_reduce_t *r)
{
    json_t  *ids, *items;

    ids = json_object_get(r->event, "ids");

    if (json_is_array(ids) && json_array_size(ids) <= OS_FITS_MAX) {
        (void) json_object_set(r->track, "fits", ids);
    }

    if (os_json_int(r->event, "out", 0) > 0) {
        (void) json_object_set(r->track, "out",
                               json_object_get(r->event, "out"));
    }

    if (json_object_get(r->event, "categories")) {
        items = json_deep_copy(json_object_get(r->order, "items"));
        (void) json_object_set_new(r->order, "items", items);
        os_reduce_categories(r, json_object_get(r->event, "categories"));
    }
}


/* The shop hears of every review; of the order the first one is kept. */
void
os_reduce_on_reviewed(os_reduce_t *r)
{
    size_t     i;
    json_t    *said, *review;
    int64_t    stars;
    os_buf_t   digit = { 0 };

    static const char *const  members[] = { "product", "name", "title",
                                            "text", "photo", "locale" };

    stars = os_json_int(r->event, "stars", 0);

    if (stars < 1 || stars > 5) {
        return;
    }

    said = os_reduce_member(r->track, "review");

    if (os_json_int(said, "stars", 0) == 0) {
        os_json_set_int(said, "stars", stars);
        os_json_set_int(said, "at", r->at);
    }

    review = json_object();
    os_json_set_int(review, "stars", stars);

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        os_reduce_given(review, r->event, members[i]);
    }

    os_review_drop(r);
    os_buf_printf(&digit, "%d", (int) stars);
    os_reduce_count(r, "reviewed", os_buf_view(&digit));
    os_buf_free(&digit);
    r->out->silent = 0;
    os_reduce_heard(r, OS_INPUT_REVIEW, r->event_id, json_deep_copy(review));
    os_reduce_webhook(r, "reviewed", review);
}


/* Trouble: support takes it up; nobody is asked for stars meanwhile. */
void
os_reduce_on_help(os_reduce_t *r)
{
    json_t  *data;

    os_json_set_int(os_reduce_member(r->track, "review"), "help", r->at);
    os_review_drop(r);
    os_reduce_count(r, "help", OS_NULL);

    data = json_object();
    os_json_set_str(data, "comment", os_json_str(r->event, "text"));
    r->out->silent = 0;
    os_reduce_mail(r, "support_help", r->event_id, 1, data);
    os_reduce_mail(r, "help_received", r->event_id, 0,
                   json_pack("{s:s%}", "comment",
                             os_json_str(r->event, "text").data
                             ? os_json_str(r->event, "text").data : "",
                             os_json_str(r->event, "text").len));
}


/* Support says that it is over: one more time may be asked, and no more. */
void
os_reduce_on_solved(os_reduce_t *r)
{
    json_t  *said;

    said = os_review_said(r);

    if (os_json_int(said, "help", 0) == 0
        || os_json_int(said, "solved", 0))
    {
        return;
    }

    os_json_set_int(said, "solved", r->at);
    os_reduce_count(r, "solved", OS_NULL);
    os_review_plan(r, "again",
                   r->at + os_campaign_duration(r->c, "/review/again_after",
                                                OS_REVIEW_AGAIN));
}

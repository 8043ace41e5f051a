/*
 * os_reduce_track: the life of an order's parcels: what a store's or carrier's
 * word makes of them, which message follows, which watch is set. Where parcels
 * stand is os_track's to know; here is what is done about it.
 *
 * Messages and watches are for campaigns with a member `track`.
 */

#include <string.h>

#include "core/base/os_time.h"
#include "core/order/os_packaging.h"
#include "core/order/os_reduce_after.h"
#include "core/order/os_reduce_follow.h"
#include "core/order/os_reduce_track.h"
#include "core/order/os_wall.h"


#define OS_TRACK_DAY          86400
#define OS_NOT_SHIPPED        (3 * OS_TRACK_DAY)
#define OS_NO_SCAN            (4 * OS_TRACK_DAY)
#define OS_TRANSIT_DAYS_MAX   60


#define OS_BIT(tell)  (1u << (tell))

/* Those that tell how far it is: a later one makes an earlier one stale. */
#define OS_TELL_WAY                                                           \
    (OS_BIT(OS_TELL_CONFIRMED) | OS_BIT(OS_TELL_SHIPPED)                      \
     | OS_BIT(OS_TELL_IN_TRANSIT) | OS_BIT(OS_TELL_OUT_FOR_DELIVERY)          \
     | OS_BIT(OS_TELL_NOT_SHIPPED) | OS_BIT(OS_TELL_STALLED)                  \
     | OS_BIT(OS_TELL_DELAYED))
#define OS_TELL_ASIDE                                                         \
    (OS_BIT(OS_TELL_ATTEMPT_FAILED) | OS_BIT(OS_TELL_READY_FOR_PICKUP)        \
     | OS_BIT(OS_TELL_EXCEPTION) | OS_BIT(OS_TELL_RETURNED))

/* Stores send the first three themselves. */
#define OS_TELL_OFF                                                           \
    (OS_BIT(OS_TELL_CONFIRMED) | OS_BIT(OS_TELL_SHIPPED)                      \
     | OS_BIT(OS_TELL_IN_TRANSIT))


static const char *const  os_tell_channels[] = { "smtp", "sms" };

#define OS_CHANNELS  2


static const json_t *
os_tell_how(const os_reduce_t *r, os_tell_t tell)
{
    return json_object_get(os_campaign_at(r->c, "/track/messages"),
                           os_tell_word(tell));
}


static int
os_tell_wanted(const os_reduce_t *r, os_tell_t tell, int channel)
{
    json_t  *set;

    if (os_campaign_at(r->c, "/track") == NULL) {
        return 0;
    }

    if (channel != 0) {
        return os_json_bool(os_tell_how(r, tell), "sms");
    }

    set = json_object_get(os_tell_how(r, tell), "email");

    return os_campaign_at(r->c, "/mail")
           && (set ? json_is_true(set) : !(OS_TELL_OFF & OS_BIT(tell)));
}


static unsigned
os_told(const json_t *at, int channel)
{
    return (unsigned) os_json_int(json_object_get(at, "told"),
                                  os_tell_channels[channel], 0);
}


static os_work_t
os_tell_work(const json_t *at, os_tell_t tell, int channel)
{
    return (os_work_t) { .purpose = os_tell_word(tell),
                         .template = os_tell_word(tell),
                         .channel = os_tell_channels[channel],
                         .parcel = os_json_str(at, "number") };
}


/* Messages of this set that still wait would be stale news. */
static void
os_tell_drop(os_reduce_t *r, const json_t *at, unsigned set)
{
    int        channel;
    unsigned   told;
    os_tell_t  tell;
    os_work_t  work;

    for (channel = 0; channel < OS_CHANNELS; channel++) {
        told = os_told(at, channel) & set;

        for (tell = 0; tell < OS_TELL_MAX; tell++) {
            if (told & OS_BIT(tell)) {
                work = os_tell_work(at, tell, channel);
                os_reduce_drop(r, &work);
            }
        }
    }
}


/* It may be told again. */
static void
os_tell_forget(json_t *at, os_tell_t tell)
{
    int     channel;
    json_t  *told;

    told = json_object_get(at, "told");

    for (channel = 0; told && channel < OS_CHANNELS; channel++) {
        os_json_set_int(told, os_tell_channels[channel],
                        os_told(at, channel) & ~OS_BIT(tell));
    }
}


static int64_t
os_tell_after(const os_reduce_t *r, os_tell_t tell)
{
    int64_t  after;

    return os_duration_parse(os_json_str(os_tell_how(r, tell), "after"),
                             &after) == 0 ? after : 0;
}


/*
 * Queues a message about a parcel, or about the order (`at` is its track
 * part), once on each channel while the record lives.
 */
static void
os_tell_queue(os_reduce_t *r, json_t *at, os_tell_t tell)
{
    int         channel;
    json_t     *told, *data;
    os_work_t   work;

    for (channel = 0; channel < OS_CHANNELS; channel++) {

        if (!os_tell_wanted(r, tell, channel)
            || (os_told(at, channel) & OS_BIT(tell)))
        {
            continue;
        }

        told = os_reduce_member(at, "told");
        os_json_set_int(told, os_tell_channels[channel],
                        os_told(at, channel) | OS_BIT(tell));

        work = os_tell_work(at, tell, channel);
        data = json_object();

        if (work.parcel.len) {
            os_json_set_str(data, "parcel", work.parcel);
        }

        os_reduce_add(r, &work,
                      r->now_ms + os_tell_after(r, tell) * 1000, data);
    }
}


/* What is told of this order at all: to somebody, of something alive. */
static int
os_tell_may(const os_reduce_t *r, int64_t at)
{
    return !r->out->silent && !os_reduce_dead(r)
           && !os_reduce_is(r, "state", "unknown")
           && r->now_ms / 1000 - at
              <= os_campaign_duration(r->c, "/max_event_age",
                                      OS_MAX_EVENT_AGE);
}


static os_tell_t
os_tell_of_side(os_side_t side)
{
    int  tell;

    tell = os_tell(os_str(os_side_word(side)));

    return tell < 0 ? OS_TELL_EXCEPTION : (os_tell_t) tell;
}


/* The one message that a parcel's news deserves: the newest thing. */
static void
os_tell_parcel(os_reduce_t *r, const os_track_change_t *c)
{
    int  all;

    if (c->sided && c->side != OS_SIDE_DELAYED) {
        os_tell_drop(r, c->parcel, OS_TELL_WAY | OS_TELL_ASIDE);
        os_tell_queue(r, c->parcel, os_tell_of_side(c->side));
        return;
    }

    if (c->moved && c->step == OS_STEP_DELIVERED) {
        os_tell_drop(r, c->parcel, OS_TELL_WAY | OS_TELL_ASIDE);
        os_tell_drop(r, r->track, OS_TELL_WAY);

        all = os_track_all_delivered(r->track)
              && json_array_size(json_object_get(r->track, "parcels")) > 1
              && (os_tell_wanted(r, OS_TELL_DELIVERED_ALL, 0)
                  || os_tell_wanted(r, OS_TELL_DELIVERED_ALL, 1));
        os_tell_queue(r, all ? r->track : c->parcel,
                      all ? OS_TELL_DELIVERED_ALL : OS_TELL_DELIVERED);
        return;
    }

    if (c->put_off || (c->sided && c->side == OS_SIDE_DELAYED)) {
        os_tell_queue(r, c->parcel, OS_TELL_DELAYED);
        return;
    }

    if (c->moved && c->step >= OS_STEP_SHIPPED) {
        os_tell_drop(r, c->parcel, OS_TELL_WAY | OS_TELL_ASIDE);
        os_tell_drop(r, r->track, OS_TELL_WAY);
        os_tell_queue(r, c->parcel, (os_tell_t)
                      os_tell(os_str(os_step_word(c->step))));
    }
}


/* What the store alone says: of orders without parcels, at the counter. */
static void
os_tell_order(os_reduce_t *r, const os_track_change_t *c)
{
    int  alone;

    alone = json_array_size(json_object_get(r->track, "parcels")) == 0;

    if (c->put_off) {
        os_tell_queue(r, r->track, OS_TELL_DELAYED);
    }

    if (!alone) {
        return;
    }

    if (c->sided && c->side == OS_SIDE_READY) {
        os_tell_drop(r, r->track, OS_TELL_WAY);
        os_tell_queue(r, r->track, OS_TELL_READY_FOR_PICKUP);

    } else if (c->moved && c->step == OS_STEP_CONFIRMED) {
        os_tell_queue(r, r->track, OS_TELL_CONFIRMED);

    } else if (c->moved && os_track_way(r->order) == OS_WAY_SHIP) {
        os_tell_drop(r, r->track, OS_TELL_WAY);
        os_tell_queue(r, r->track, (os_tell_t)
                      os_tell(os_str(os_step_word(c->step))));

    } else if (c->moved) {
        os_tell_drop(r, r->track, OS_TELL_WAY | OS_TELL_ASIDE);
    }
}


static os_work_t
os_clock_work(const char *purpose, const char *what, os_str_t number)
{
    return (os_work_t) { .purpose = purpose, .template = purpose,
                         .channel = "clock", .parcel = number,
                         .nonce = os_str(what) };
}


/*
 * Sets a watch. One that is set already stays, with its own time: when it runs
 * out early it is set again. One that had run out before anybody looked is
 * not set: nobody is told of last year's parcels.
 */
static void
os_watch(os_reduce_t *r, const char *what, os_str_t number, int64_t due)
{
    json_t     *data;
    os_work_t   work;

    if (due * 1000 <= r->now_ms) {
        return;
    }

    work = os_clock_work("watch", what, number);
    data = json_object();

    if (number.len) {
        os_json_set_str(data, "parcel", number);

    } else {
        os_json_set_str(data, "what", os_str(what));
    }

    os_reduce_add(r, &work, due * 1000, data);
}


static void
os_unwatch(os_reduce_t *r, const char *what, os_str_t number)
{
    os_work_t  work;

    work = os_clock_work("watch", what, number);
    os_reduce_drop(r, &work);
}


/* Is anybody to be told of this, who was not? */
static int
os_tell_open(const os_reduce_t *r, const json_t *at, os_tell_t tell)
{
    int  channel;

    for (channel = 0; channel < OS_CHANNELS; channel++) {
        if (os_tell_wanted(r, tell, channel)
            && !(os_told(at, channel) & OS_BIT(tell)))
        {
            return 1;
        }
    }

    return 0;
}


/* When the store will have been slow to ship; 0: it is not waited for. */
static int64_t
os_ship_limit(const os_reduce_t *r)
{
    int64_t  from, day;

    if (os_track_way(r->order) != OS_WAY_SHIP || os_track_unpaid(r->order)
        || os_json_bool(r->order, "unclear")
        || os_track_step(r->track) != OS_STEP_CONFIRMED
        || json_array_size(json_object_get(r->track, "parcels")) > 0
        || !os_tell_open(r, r->track, OS_TELL_NOT_SHIPPED))
    {
        return 0;
    }

    from = os_json_int(json_object_get(r->track, "at"), "confirmed",
                       os_json_int(r->order, "placed", r->at));

    if (os_track_days(os_json_str(r->order, "release"), &day) == 0
        && day * OS_TRACK_DAY > from)
    {
        from = day * OS_TRACK_DAY;
    }

    return from + os_campaign_duration(r->c, "/track/alerts/not_shipped",
                                       OS_NOT_SHIPPED);
}


/* When a parcel will have been silent for too long; 0: it need not speak. */
static int64_t
os_scan_limit(const os_reduce_t *r, const json_t *parcel)
{
    int64_t    scan;
    os_side_t  side;

    scan = os_json_int(parcel, "scan", 0);
    side = os_track_side(parcel);

    if (scan == 0 || os_reduce_dead(r)
        || os_track_step(parcel) == OS_STEP_DELIVERED
        || side == OS_SIDE_RETURNED || side == OS_SIDE_READY
        || !os_tell_open(r, parcel, OS_TELL_STALLED))
    {
        return 0;
    }

    return scan + os_campaign_duration(r->c, "/track/alerts/no_scan",
                                       OS_NO_SCAN);
}


static void
os_watch_order(os_reduce_t *r, const os_track_change_t *c)
{
    int64_t  due;

    due = os_ship_limit(r);

    if (due) {
        os_watch(r, "not_shipped", OS_NULL, due);

    } else if (c->moved && c->step > OS_STEP_CONFIRMED
               && os_campaign_at(r->c, "/track"))
    {
        os_unwatch(r, "not_shipped", OS_NULL);
    }
}


static void
os_watch_parcel(os_reduce_t *r, const os_track_change_t *c)
{
    int64_t  due;

    due = os_scan_limit(r, c->parcel);

    if (due) {
        os_watch(r, "no_scan", os_json_str(c->parcel, "number"), due);

    } else if ((c->moved || c->sided) && os_campaign_at(r->c, "/track")) {
        os_unwatch(r, "no_scan", os_json_str(c->parcel, "number"));
    }
}


/* A date is one of the shop's wall clock. */
static int64_t
os_track_local_day(const os_reduce_t *r, int64_t at)
{
    return (at + os_campaign_offset(r->c)) / OS_TRACK_DAY;
}


static int64_t
os_track_left(const json_t *parcel)
{
    const json_t  *at;

    at = json_object_get(parcel, "at");

    return os_json_int(at, "shipped", os_json_int(at, "in_transit", 0));
}


/* A parcel has arrived: how long it took is known for those after it. */
static void
os_transit_learn(os_reduce_t *r, const json_t *parcel)
{
    json_t    *effect;
    int64_t    left, there, days;
    os_str_t   carrier, country;

    left = os_track_left(parcel);
    there = os_json_int(json_object_get(parcel, "at"), "delivered", 0);
    carrier = os_json_str(parcel, "carrier");
    country = os_json_str(r->order, "country");

    if (left == 0 || there < left || carrier.len == 0 || country.len == 0) {
        return;
    }

    days = os_track_local_day(r, there) - os_track_local_day(r, left);

    if (days <= OS_TRANSIT_DAYS_MAX) {
        effect = os_reduce_effect(r, "transit", OS_NULL);
        os_json_set_str(effect, "carrier", carrier);
        os_json_set_str(effect, "country", country);
        os_json_set_str(effect, "parcel", os_json_str(parcel, "number"));
        os_json_set_int(effect, "days", days);
    }
}


/* Nobody says when it arrives: the history is asked, once. */
static void
os_transit_ask(os_reduce_t *r, const json_t *parcel)
{
    json_t     *data;
    int64_t     left;
    os_str_t    carrier, country;
    os_work_t   work;

    left = os_track_left(parcel);
    carrier = os_json_str(parcel, "carrier");
    country = os_json_str(r->order, "country");

    if (left == 0 || carrier.len == 0 || country.len == 0
        || os_track_step(parcel) == OS_STEP_DELIVERED
        || json_object_get(parcel, "arrival")
        || json_object_get(r->order, "arrival")
        || os_campaign_at(r->c, "/track") == NULL)
    {
        return;
    }

    work = os_clock_work("estimate", "", os_json_str(parcel, "number"));
    data = json_object();
    os_json_set_str(data, "parcel", work.parcel);
    os_json_set_str(data, "carrier", carrier);
    os_json_set_str(data, "country", country);
    os_json_set_int(data, "left", os_track_local_day(r, left));
    os_reduce_add(r, &work, r->now_ms, data);
}


/* What follows from one parcel's change, whoever told of it. */
static void
os_track_changed(os_reduce_t *r, const os_track_change_t *c)
{
    if (c->parcel == NULL) {
        return;
    }

    if (c->moved && c->step == OS_STEP_DELIVERED) {
        os_transit_learn(r, c->parcel);

    } else if (c->moved && c->step >= OS_STEP_SHIPPED && !os_reduce_dead(r)) {
        os_transit_ask(r, c->parcel);
    }

    if (os_tell_may(r, c->at)) {
        os_tell_parcel(r, c);
    }

    os_watch_parcel(r, c);
}


/* The store took a number back: nothing that was said of it holds. */
static int
os_track_lost(os_reduce_t *r, os_str_t number)
{
    json_t  *parcel;

    parcel = os_track_take_back(r->track, number);

    if (parcel == NULL) {
        return 0;
    }

    if (os_campaign_at(r->c, "/track")) {
        os_tell_drop(r, parcel, ~0u);
        os_unwatch(r, "no_scan", os_json_str(parcel, "number"));
    }

    os_reduce_follow_end(r, parcel);
    json_decref(parcel);
    return 1;
}


/* What is told of the order as a whole was told of what is no longer so. */
static void
os_track_lose(os_reduce_t *r, const json_t *numbers)
{
    int      lost = 0;
    size_t   i;
    json_t  *number;

    json_array_foreach(numbers, i, number) {
        lost |= os_track_lost(r, os_str(json_string_value(number)));
    }

    if (lost) {
        os_tell_drop(r, r->track, OS_TELL_WAY & ~OS_BIT(OS_TELL_NOT_SHIPPED));
        (void) json_object_del(r->track, "told");
        os_track_back(r->track, r->order);
        os_reduce_count(r, "taken_back", OS_NULL);
    }
}


/*
 * A parcel more, which is still on its way: the order has not arrived, though
 * all that was known of it had.
 */
static void
os_track_take(os_reduce_t *r, const json_t *data, const char *by,
    os_track_change_t *c)
{
    os_track_merge(r->track, data, by, r->at, c);

    if (c->first && c->step < OS_STEP_DELIVERED
        && os_track_step(r->track) == OS_STEP_DELIVERED)
    {
        os_track_back(r->track, r->order);

        if (os_track_step(r->track) < OS_STEP_DELIVERED) {
            os_tell_drop(r, r->track, OS_BIT(OS_TELL_DELIVERED_ALL));
            os_tell_forget(r->track, OS_TELL_DELIVERED_ALL);
            os_reduce_after_back(r);
        }
    }
}


/* The store's own list of parcels: they have left when the store says so. */
static void
os_track_listed(os_reduce_t *r)
{
    size_t              i;
    json_t             *parcel, *data, *lost;
    os_step_t           step;
    os_track_change_t   c;

    step = os_track_shop(r->order);

    /* a record without any list of parcels says nothing of them */

    if (!r->partly
        && (json_object_get(r->order, "parcels")
            || os_json_bool(r->order, "parcels_known")))
    {
        lost = os_track_unlisted(r->track, json_object_get(r->order,
                                                           "parcels"));
        os_track_lose(r, lost);
        json_decref(lost);
    }

    json_array_foreach(json_object_get(r->order, "parcels"), i, parcel) {
        data = json_copy(parcel);

        if (step >= OS_STEP_SHIPPED) {
            os_json_set_str(data, "milestone", OS_STR("shipped"));
        }

        os_track_take(r, data, "shop", &c);
        json_decref(data);
        os_track_changed(r, &c);
        os_reduce_follow(r, c.parcel);
    }

    /* from here on they are in `track`, and written once */
    (void) json_object_del(r->order, "parcels");
    (void) json_object_del(r->order, "parcels_known");
}


/* Links in messages are the buyer's: another buyer makes them void. */
static void
os_track_buyer(os_reduce_t *r, const json_t *before)
{
    os_str_t  old, new;

    old = os_json_str(before, "customer");
    new = os_json_str(r->order, "customer");

    if (old.len && !os_str_equal(old, new)) {
        os_json_set_int(r->track, "links",
                        os_json_int(r->track, "links", 0) + 1);
    }
}


/* What the shop's people said of a status of theirs goes before all else. */
static void
os_track_status(os_reduce_t *r)
{
    os_str_t  status, word;

    status = os_json_str(r->order, "status");
    word = os_str(json_string_value(os_json_word(
               os_campaign_at(r->c, "/track/statuses"), status)));

    if (word.len == 0) {
        return;
    }

    (void) json_object_del(r->order, "unclear");
    (void) json_object_del(r->order, "milestone");

    if (os_str_equal(word, OS_STR("unclear"))) {
        (void) json_object_set_new(r->order, "unclear", json_true());

    } else {
        os_json_set_str(r->order, "milestone", word);
    }
}


/* Ways of shipping that the shop names are collected at its counter. */
static void
os_track_pickup(os_reduce_t *r)
{
    size_t         i;
    json_t        *way;
    os_str_t       name;
    const json_t  *line;

    line = json_object_get(r->order, "shipping_line");

    json_array_foreach(os_campaign_at(r->c, "/track/pickup"), i, way) {
        name = os_str(json_string_value(way));

        if (os_str_alike(name, os_json_str(line, "method"))
            || os_str_alike(name, os_json_str(line, "title")))
        {
            os_json_set_str(r->order, "delivery", OS_STR("pickup"));
        }
    }
}


void
os_reduce_track_order(os_reduce_t *r, const json_t *before)
{
    os_track_change_t  c;

    os_track_status(r);
    os_track_pickup(r);
    os_track_buyer(r, before);
    os_reduce_after_order(r, before);

    if (os_reduce_dead(r)) {
        return;
    }

    os_track_listed(r);
    os_track_settle(r->track, r->order, r->at, &c);

    if (os_tell_may(r, os_json_int(r->order, "changed", r->at))) {
        os_tell_order(r, &c);
    }

    os_watch_order(r, &c);
    os_reduce_after_moved(r, &c);
}


void
os_reduce_track_died(os_reduce_t *r)
{
    size_t   i;
    json_t  *parcel;

    os_reduce_after_died(r);

    if (os_campaign_at(r->c, "/track") == NULL) {
        return;
    }

    os_tell_drop(r, r->track, ~0u);
    os_unwatch(r, "not_shipped", OS_NULL);

    json_array_foreach(json_object_get(r->track, "parcels"), i, parcel) {
        os_tell_drop(r, parcel, ~0u);
        os_unwatch(r, "no_scan", os_json_str(parcel, "number"));
        os_reduce_follow_end(r, parcel);
    }
}


/* The store says of one parcel that its label is void. */
static void
os_track_voided(os_reduce_t *r, const json_t *data)
{
    json_t             *numbers;
    os_buf_t            number = { 0 };
    os_track_change_t   whole;

    os_track_number(os_json_str(data, "number"), &number);
    numbers = json_array();
    (void) json_array_append_new(numbers, os_json_new_str(
                                     os_buf_view(&number)));
    os_track_lose(r, numbers);
    os_track_settle(r->track, r->order, r->at, &whole);
    os_watch_order(r, &whole);
    json_decref(numbers);
    os_buf_free(&number);
}


static int64_t
os_track_shops_clock(void *data, int64_t wall, os_str_t zone)
{
    os_reduce_t  *r = data;

    (void) wall;
    (void) zone;

    return os_campaign_offset(r->c);
}


void
os_reduce_on_parcel(os_reduce_t *r)
{
    json_t             *data;
    os_track_change_t   c, whole;

    if (os_reduce_is(r, "state", "unknown")
        && json_object_size(r->track) == 0
        && os_json_int(json_object_get(r->save, "asked"), "at", 0) == 0)
    {
        /* its record ran out, or was erased: none is made of a parcel */
        r->out->none = 1;
        return;
    }

    if (os_str_equal(os_json_str(r->event, "from"), OS_STR("import"))) {
        r->out->silent = 1;
    }

    /* who knows no zones better takes the shop's */

    data = json_deep_copy(json_object_get(r->event, "data"));
    os_wall_settle(data, os_track_shops_clock, r);

    if (os_json_bool(data, "void")) {
        os_track_voided(r, data);
        json_decref(data);
        return;
    }

    os_track_take(r, data, "carrier", &c);
    json_decref(data);
    os_track_settle(r->track, r->order, c.at ? c.at : r->at, &whole);
    os_track_changed(r, &c);
    os_reduce_follow_heard(r, c.parcel);
    os_watch_order(r, &whole);
    os_reduce_after_moved(r, &whole);
}


void
os_reduce_on_eta(os_reduce_t *r)
{
    os_track_change_t  whole;

    if (os_track_estimate(r->track, os_json_str(r->event, "parcel"),
                          os_json_str(r->event, "from"),
                          os_json_str(r->event, "to")))
    {
        os_track_settle(r->track, r->order, r->at, &whole);
    }
}


/* A watch has run out: either it was set too early, or somebody is told. */
void
os_reduce_on_clock(os_reduce_t *r)
{
    int        ship;
    json_t    *at;
    int64_t    due;
    os_str_t   number;

    number = os_json_str(r->event, "parcel");
    ship = os_str_equal(os_json_str(r->event, "what"), OS_STR("not_shipped"));
    at = ship ? r->track : os_track_find(r->track, number);

    if (at == NULL || os_reduce_dead(r)) {
        return;
    }

    due = ship ? os_ship_limit(r) : os_scan_limit(r, at);

    if (due * 1000 > r->now_ms) {
        os_watch(r, ship ? "not_shipped" : "no_scan", number, due);

    } else if (due) {
        (void) json_object_set_new(at, "late", json_true());
        os_tell_queue(r, at, ship ? OS_TELL_NOT_SHIPPED : OS_TELL_STALLED);
    }
}


/* A private note on the store's order, where the campaign says how. */
static void
os_track_note(os_reduce_t *r, const char *what, const json_t *said)
{
    json_t  *data;

    data = json_deep_copy(said);
    os_json_set_str(data, "about", os_str(what));
    os_reduce_add_job(r, "note", "", "store", r->event_id, r->now_ms, data);
}


/* What it costs goes along: whoever packs, or the store, has to charge it. */
static json_t *
os_track_packaging(const os_reduce_t *r, const json_t *packaging)
{
    int64_t    price;
    json_t    *data = json_object();
    os_str_t   currency = os_json_str(r->order, "currency");

    os_reduce_given(data, r->event, "choice");
    os_reduce_given(data, r->event, "comment");
    price = os_packaging_price(packaging, currency);

    if (price > 0) {
        os_json_set_int(data, "price", price);
        os_json_set_str(data, "currency", currency);
    }

    return data;
}


void
os_reduce_on_packaging(os_reduce_t *r)
{
    json_t    *data, *packaging;
    os_str_t   choice;

    choice = os_json_str(r->event, "choice");
    packaging = os_packaging_find(r->c, choice);

    if (choice.len == 0 || os_reduce_dead(r)
        || !os_packaging_open(r->c, r->order, r->track)
        || !os_packaging_offered(packaging, r->order))
    {
        return;
    }

    os_json_set_str(r->track, "packaging", choice);
    (void) json_object_del(r->track, "note");

    if (os_json_str(r->event, "comment").len) {
        os_json_set_str(r->track, "note", os_json_str(r->event, "comment"));
    }

    r->out->silent = 0;
    data = os_track_packaging(r, packaging);

    if (os_campaign_at(r->c, "/api/actions/packaging")
        || os_campaign_at(r->c, "/api/actions/note"))
    {
        os_track_note(r, "packaging", data);
    }

    /* nobody but a person can tell whether the store has charged it */

    if (json_object_get(data, "price")) {
        os_reduce_mail(r, os_input_mail(OS_INPUT_PACKAGING), r->event_id, 1,
                       json_deep_copy(data));
    } else {
        os_reduce_heard(r, OS_INPUT_PACKAGING, r->event_id,
                        json_deep_copy(data));
    }

    os_reduce_webhook(r, "packaging", data);
}


void
os_reduce_on_answer(os_reduce_t *r)
{
    json_t  *answer, *data;

    answer = json_object();
    os_json_set_int(answer, "at", r->at);
    os_reduce_given(answer, r->event, "what");
    os_reduce_given(answer, r->event, "comment");
    (void) json_object_set_new(r->track, "answer", answer);

    data = json_object();
    os_reduce_given(data, r->event, "what");
    os_reduce_given(data, r->event, "comment");
    os_reduce_given(data, r->event, "parcel");
    r->out->silent = 0;                 /* somebody waits for an answer */

    os_reduce_mail(r, "support_answer", r->event_id, 1, json_incref(data));

    if (os_campaign_at(r->c, "/api/actions/note")) {
        os_track_note(r, "answer", data);
    }

    json_decref(data);
    os_reduce_count(r, "answered_problem", OS_NULL);
}

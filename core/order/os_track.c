/*
 * os_track: where an order's parcels are. See os_track.h.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_time.h"
#include "core/order/os_track.h"


#define OS_TRACK_DAY         86400
#define OS_TRACK_NUMBER_MAX  64


/* What was said of a parcel, once. */
typedef struct {
    int64_t    at;              /* 0: not said */
    os_step_t  step;
    os_side_t  side;
    os_str_t   text;
    os_str_t   place;
    unsigned   day:1;           /* `at` is a day, whose time is not known */
} os_word_t;


static const char *const  os_step_words[OS_STEPS] = {
    "", "confirmed", "shipped", "in_transit", "out_for_delivery", "delivered"
};

static const char *const  os_side_words[OS_SIDES] = {
    "", "delayed", "exception", "ready_for_pickup", "attempt_failed",
    "returned"
};

static const char *const  os_tell_words[OS_TELL_MAX] = {
    "confirmed", "shipped", "in_transit", "out_for_delivery", "delivered",
    "delivered_all", "delayed", "stalled", "not_shipped", "attempt_failed",
    "ready_for_pickup", "exception", "returned"
};


static int
os_track_word(const char *const *words, int n, os_str_t word)
{
    int  i;

    for (i = 0; i < n; i++) {
        if (word.len && os_str_equal(word, os_str(words[i]))) {
            return i;
        }
    }

    return -1;
}


os_step_t
os_step(os_str_t word)
{
    int  i;

    i = os_track_word(os_step_words, OS_STEPS, word);

    return i < 0 ? OS_STEP_NONE : (os_step_t) i;
}


os_side_t
os_side(os_str_t word)
{
    int  i;

    i = os_track_word(os_side_words, OS_SIDES, word);

    return i < 0 ? OS_SIDE_NONE : (os_side_t) i;
}


int
os_tell(os_str_t word)
{
    return os_track_word(os_tell_words, OS_TELL_MAX, word);
}


const char *
os_step_word(os_step_t step)
{
    return os_step_words[step];
}


const char *
os_side_word(os_side_t side)
{
    return os_side_words[side];
}


const char *
os_tell_word(os_tell_t tell)
{
    return os_tell_words[tell];
}


os_way_t
os_track_way(const json_t *order)
{
    os_str_t  way;

    way = os_json_str(order, "delivery");

    return os_str_equal(way, OS_STR("pickup")) ? OS_WAY_PICKUP
           : os_str_equal(way, OS_STR("none")) ? OS_WAY_NONE : OS_WAY_SHIP;
}


int
os_track_unpaid(const json_t *order)
{
    return os_str_equal(os_json_str(order, "payment"), OS_STR("unpaid"));
}


/*
 * What leaves the house and is not sent was handed over: the store knows no
 * later word for it.
 */
os_step_t
os_track_shop(const json_t *order)
{
    os_str_t   said;
    os_step_t  step;

    if (os_str_equal(os_json_str(order, "state"), OS_STR("unknown"))) {
        return OS_STEP_NONE;
    }

    said = os_json_str(order, "milestone");
    step = os_step(said);

    if (os_json_bool(order, "shipped") && step < OS_STEP_SHIPPED) {
        step = OS_STEP_SHIPPED;
    }

    if (step >= OS_STEP_SHIPPED && os_track_way(order) != OS_WAY_SHIP) {
        return OS_STEP_DELIVERED;
    }

    if (step == OS_STEP_NONE
        && (!os_track_unpaid(order) || os_side(said) == OS_SIDE_READY))
    {
        return OS_STEP_CONFIRMED;
    }

    return step;
}


os_step_t
os_track_step(const json_t *track)
{
    return os_step(os_json_str(track, "milestone"));
}


os_side_t
os_track_side(const json_t *track)
{
    return os_side(os_json_str(track, "side"));
}


static void
os_track_set_side(json_t *track, os_side_t side)
{
    if (side == OS_SIDE_NONE) {
        (void) json_object_del(track, "side");

    } else {
        os_json_set_str(track, "side", os_str(os_side_words[side]));
    }
}


json_t *
os_track_find(const json_t *track, os_str_t number)
{
    size_t   i;
    json_t  *parcel;

    json_array_foreach(json_object_get(track, "parcels"), i, parcel) {
        if (os_str_equal(os_json_str(parcel, "number"), number)) {
            return parcel;
        }
    }

    return NULL;
}


void
os_track_number(os_str_t number, os_buf_t *out)
{
    size_t         n, from = out->len;
    unsigned char  c;

    while (number.len) {
        n = os_str_unseen(number);
        n = n == 0 && os_str_starts(number, OS_STR("\xc2\xa0")) ? 2 : n;

        if (n == 0) {
            n = 1;
            c = (unsigned char) number.data[0];

            if (!isspace(c)) {
                os_buf_char(out, (char) (c < 0x80 ? toupper(c) : c));
            }
        }

        number.data += n;
        number.len -= n;
    }

    if (out->len - from > OS_TRACK_NUMBER_MAX) {
        out->len = from;
    }
}


static os_word_t
os_track_said(const json_t *json)
{
    os_str_t   milestone;
    os_word_t  word;

    milestone = os_json_str(json, "milestone");
    word.at = os_json_int(json, "at", 0);
    word.day = os_json_bool(json, "day") != 0;
    word.step = os_step(milestone);
    word.side = os_side(os_json_str(json, "side"));
    word.text = os_utf8_front(os_json_str(json, "text"), OS_PARCEL_TEXT_MAX);
    word.place = os_utf8_front(os_json_str(json, "place"),
                              OS_PARCEL_PLACE_MAX);

    if (word.side == OS_SIDE_NONE) {
        word.side = os_side(milestone);
    }

    return word;
}


/* The newest of its events speaks for a parcel that says nothing itself. */
static os_word_t
os_track_newest(const json_t *events)
{
    size_t      i;
    json_t     *event;
    os_word_t   word, newest;

    newest = (os_word_t) { 0 };

    json_array_foreach(events, i, event) {
        word = os_track_said(event);

        if ((word.step || word.side) && word.at >= newest.at) {
            newest = word;
        }
    }

    return newest;
}


static const char *
os_track_name(const os_word_t *word)
{
    return word->side ? os_side_words[word->side] : os_step_words[word->step];
}


static int
os_track_logged(const json_t *log, const os_word_t *word)
{
    size_t   i;
    json_t  *entry;

    json_array_foreach(log, i, entry) {
        if (os_json_int(entry, "at", 0) == word->at
            && os_str_equal(os_json_str(entry, "milestone"),
                            os_str(os_track_name(word)))
            && os_str_equal(os_json_str(entry, "text"), word->text))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * Most events say of the one before where they are and how far: such a member
 * is not written again. `pack` takes it away, else it is put back.
 */
static void
os_track_repeat(json_t *log, const char *member, int pack)
{
    size_t    i;
    json_t   *entry, *value, *before;

    before = NULL;

    for (i = json_array_size(log); i > 0; i--) {
        entry = json_array_get(log, i - 1);
        value = json_object_get(entry, member);

        if (!pack) {
            if (value == NULL && before != NULL) {
                (void) json_object_set(entry, member, before);
            }

            before = json_object_get(entry, member);

        } else if (before != NULL && json_equal(value, before)) {
            (void) json_object_del(entry, member);

        } else {
            before = value;
        }
    }
}


json_t *
os_track_events(const json_t *parcel)
{
    json_t  *log;

    log = json_deep_copy(json_object_get(parcel, "log"));
    log = log ? log : json_array();
    os_track_repeat(log, "milestone", 0);
    os_track_repeat(log, "place", 0);

    return log;
}


/* Newest first; what is older than all of a full log is not kept. */
static void
os_track_log(json_t *parcel, const os_word_t *word)
{
    size_t   i;
    json_t  *log, *entry;

    log = os_track_events(parcel);

    if (os_track_logged(log, word)) {
        json_decref(log);
        return;
    }

    entry = json_object();
    os_json_set_int(entry, "at", word->at);
    os_json_set_str(entry, "milestone", os_str(os_track_name(word)));

    if (word->day) {
        (void) json_object_set_new(entry, "day", json_true());
    }

    if (word->text.len) {
        os_json_set_str(entry, "text", word->text);
    }

    os_json_set_str(entry, "place", word->place.len ? word->place
                                                    : OS_STR(""));

    for (i = 0; i < json_array_size(log); i++) {
        if (os_json_int(json_array_get(log, i), "at", 0) <= word->at) {
            break;
        }
    }

    (void) json_array_insert_new(log, i, entry);

    if (json_array_size(log) > OS_PARCEL_LOG_MAX) {
        (void) json_array_remove(log, OS_PARCEL_LOG_MAX);
    }

    os_track_repeat(log, "milestone", 1);
    os_track_repeat(log, "place", 1);
    (void) json_object_set_new(parcel, "log", log);
}


/* When a step was first reached: the earliest that anybody said. */
static void
os_track_reached(json_t *track, os_step_t step, int64_t at)
{
    json_t  *all;

    if (step == OS_STEP_NONE || at == 0) {
        return;
    }

    all = json_object_get(track, "at");

    if (all == NULL) {
        all = json_object();
        (void) json_object_set_new(track, "at", all);
    }

    if (os_json_int(all, os_step_words[step], INT64_MAX) > at) {
        os_json_set_int(all, os_step_words[step], at);
    }
}


int
os_track_days(os_str_t date, int64_t *days)
{
    int64_t  seconds;

    if (date.len != 10 || os_time_parse(date, &seconds) != 0
        || seconds % OS_TRACK_DAY != 0)
    {
        return -1;
    }

    *days = seconds / OS_TRACK_DAY;

    return 0;
}


/* Dates of one form are in order as texts are. */
static int
os_track_after(os_str_t date, os_str_t other)
{
    return date.len == 10 && other.len == 10
           && memcmp(date.data, other.data, 10) > 0;
}


static os_str_t
os_track_first(const json_t *arrival)
{
    os_str_t  first;

    first = os_json_str(arrival, "first");

    return first.len ? first : os_json_str(arrival, "to");
}


/*
 * An arrival as `by` says it. The first promise of a source stays on record
 * (as `first`, where it is not `to` itself). 1 when this one is later.
 */
static int
os_track_promise(json_t *track, const json_t *said, const char *by)
{
    int       put_off;
    int64_t   days;
    json_t   *old, *new;
    os_str_t  from, to, first;

    from = os_json_str(said, "from");
    to = os_json_str(said, "to");
    to = to.len ? to : from;
    from = from.len ? from : to;

    if (os_track_days(from, &days) != 0 || os_track_days(to, &days) != 0
        || os_track_after(from, to))
    {
        return 0;
    }

    old = json_object_get(track, "arrival");

    if (!os_str_equal(os_json_str(old, "by"), os_str(by))) {
        old = NULL;
    }

    first = old ? os_track_first(old) : to;
    put_off = os_track_after(to, first)
              && !os_str_equal(to, os_json_str(old, "to"));

    new = json_object();
    os_json_set_str(new, "to", to);

    if (!os_str_equal(from, to)) {
        os_json_set_str(new, "from", from);
    }

    os_json_set_str(new, "by", os_str(by));

    if (!os_str_equal(first, to)) {
        os_json_set_str(new, "first", first);
    }

    (void) json_object_set_new(track, "arrival", new);

    return put_off;
}


/* Is the arrival that is known later than the first promise? */
static int
os_track_is_put_off(const json_t *track)
{
    const json_t  *arrival;

    arrival = json_object_get(track, "arrival");

    return os_track_after(os_json_str(arrival, "to"),
                          os_track_first(arrival));
}


/* A member that is a list, made where there is none; borrowed. */
static json_t *
os_track_part_list(json_t *track, const char *name)
{
    json_t  *list = json_object_get(track, name);

    if (list == NULL) {
        list = json_array();
        (void) json_object_set_new(track, name, list);
    }

    return list;
}


static json_t *
os_track_parcel(json_t *track, const json_t *data, os_track_change_t *out)
{
    json_t    *parcels, *parcel;
    os_buf_t   number;

    number = (os_buf_t) { 0 };
    os_track_number(os_json_str(data, "number"), &number);
    parcel = os_track_find(track, os_buf_view(&number));
    parcels = os_track_part_list(track, "parcels");

    if (parcel == NULL && number.len && !number.failed
        && json_array_size(parcels) < OS_PARCELS_MAX)
    {
        parcel = json_object();
        os_json_set_str(parcel, "number", os_buf_view(&number));
        (void) json_array_append_new(parcels, parcel);
        out->first = 1;
    }

    os_buf_free(&number);

    return parcel;
}


/* The first to name a carrier or its page is kept: the store knows best. */
static void
os_track_fill(json_t *parcel, const json_t *data, const char *member)
{
    os_str_t  text;

    text = os_json_str(data, member);

    if (text.len && os_json_str(parcel, member).len == 0) {
        os_json_set_str(parcel, member, text);
    }
}


static void
os_track_history(json_t *parcel, const json_t *events, os_word_t *word,
    int64_t at)
{
    size_t      i;
    json_t     *event;
    os_step_t   step;
    os_word_t   said;

    if (json_array_size(events) == 0) {
        if (word->step || word->side || word->text.len) {
            os_track_log(parcel, word);
        }

        return;
    }

    step = os_track_step(parcel);

    json_array_foreach(events, i, event) {
        said = os_track_said(event);

        if (said.at > 0 && said.at <= at + OS_TRACK_DAY) {
            os_track_log(parcel, &said);

            if (said.step <= step) {
                os_track_reached(parcel, said.step, said.at);
            }
        }
    }
}


/*
 * A parcel that goes back is never delivered any more: what its carrier then
 * calls delivered, has reached the sender.
 */
static void
os_track_move(json_t *parcel, const os_word_t *word, os_track_change_t *out)
{
    if (word->step <= os_track_step(parcel)
        || os_track_side(parcel) == OS_SIDE_RETURNED
        || (word->side == OS_SIDE_RETURNED && word->step == OS_STEP_DELIVERED))
    {
        return;
    }

    os_json_set_str(parcel, "milestone", os_str(os_step_words[word->step]));
    os_track_reached(parcel, word->step, word->at);
    out->moved = 1;
}


/* The side after a word that is not older than all before it. */
static os_side_t
os_track_aside(const json_t *parcel, const os_word_t *word)
{
    os_side_t  side;

    side = os_track_side(parcel);

    if (side == OS_SIDE_RETURNED) {
        return side;
    }

    if (os_track_step(parcel) == OS_STEP_DELIVERED) {
        /* a wrong scan: it was not, after all */
        return word->side == OS_SIDE_RETURNED ? word->side : OS_SIDE_NONE;
    }

    if (word->side != OS_SIDE_NONE) {
        return word->side;
    }

    if (side == OS_SIDE_DELAYED && os_track_is_put_off(parcel)) {
        return word->step >= OS_STEP_OUT_FOR_DELIVERY ? OS_SIDE_NONE : side;
    }

    return word->step == OS_STEP_NONE ? side : OS_SIDE_NONE;
}


void
os_track_merge(json_t *track, const json_t *data, const char *by, int64_t at,
    os_track_change_t *out)
{
    int         shop, late;
    json_t     *parcel;
    os_word_t   word, newest;
    os_side_t   side;

    *out = (os_track_change_t) { 0 };
    parcel = os_track_parcel(track, data, out);

    if (parcel == NULL) {
        return;
    }

    out->parcel = parcel;
    shop = strcmp(by, "shop") == 0;
    side = os_track_side(parcel);
    word = os_track_said(data);
    newest = os_track_newest(json_object_get(data, "events"));

    if (word.step == OS_STEP_NONE && word.side == OS_SIDE_NONE) {
        word = newest;
    }

    word.at = word.at ? word.at : newest.at;
    word.at = word.at && word.at <= at + OS_TRACK_DAY ? word.at : at;
    late = word.at < os_json_int(parcel, "scan", 0);
    out->at = word.at;

    os_track_fill(parcel, data, "carrier");
    os_track_fill(parcel, data, "url");
    os_track_move(parcel, &word, out);

    if (shop) {
        (void) json_object_set_new(parcel, "listed", json_true());

    } else {
        os_track_history(parcel, json_object_get(data, "events"), &word, at);
    }

    if (!late && !shop) {
        if (word.step || word.side) {
            os_json_set_int(parcel, "scan", word.at);
            (void) json_object_del(parcel, "late");
        }

        out->put_off = os_track_step(parcel) != OS_STEP_DELIVERED
                       && os_track_promise(parcel,
                                           json_object_get(data, "arrival"),
                                           by);
        os_track_set_side(parcel, os_track_aside(parcel, &word));

        if (out->put_off && os_track_side(parcel) == OS_SIDE_NONE) {
            os_track_set_side(parcel, OS_SIDE_DELAYED);
        }

    } else if (!shop && word.side == OS_SIDE_RETURNED) {
        os_track_set_side(parcel, word.side);   /* final, however late */
    }

    if (os_track_step(parcel) == OS_STEP_DELIVERED) {
        (void) json_object_del(parcel, "arrival");
    }

    out->step = os_track_step(parcel);
    out->side = os_track_side(parcel);
    out->sided = out->side != side && out->side != OS_SIDE_NONE;
}


/* The step of the least advanced parcel; NONE without one. */
static os_step_t
os_track_least(const json_t *track)
{
    size_t      i;
    json_t     *parcel;
    os_step_t   step, least;

    least = OS_STEP_NONE;

    json_array_foreach(json_object_get(track, "parcels"), i, parcel) {
        step = os_track_step(parcel);

        if (i == 0 || step < least) {
            least = step;
        }
    }

    return least;
}


int
os_track_late(const json_t *track, os_tell_t *tell)
{
    size_t   i;
    json_t  *parcel;

    if (os_json_bool(track, "late")) {
        *tell = OS_TELL_NOT_SHIPPED;
        return 1;
    }

    json_array_foreach(json_object_get(track, "parcels"), i, parcel) {
        if (os_json_bool(parcel, "late")) {
            *tell = OS_TELL_STALLED;
            return 1;
        }
    }

    return 0;
}


/* Is a parcel of this number among those that the store lists? */
static int
os_track_is_listed(const json_t *list, os_str_t number)
{
    int        same = 0;
    size_t     i;
    json_t    *one;
    os_buf_t   compared = { 0 };

    json_array_foreach(list, i, one) {
        compared.len = 0;
        os_track_number(os_json_str(one, "number"), &compared);
        same |= os_str_equal(os_buf_view(&compared), number);
    }

    os_buf_free(&compared);
    return same;
}


json_t *
os_track_take_back(json_t *track, os_str_t number)
{
    size_t   i;
    json_t  *parcel, *gone, *parcels;

    parcels = json_object_get(track, "parcels");

    json_array_foreach(parcels, i, parcel) {
        if (!os_str_equal(os_json_str(parcel, "number"), number)) {
            continue;
        }

        gone = os_track_part_list(track, "gone");
        (void) json_array_append(gone, parcel);

        if (json_array_size(gone) > OS_PARCELS_GONE) {
            (void) json_array_remove(gone, 0);
        }

        json_incref(parcel);
        (void) json_array_remove(parcels, i);

        if (json_array_size(parcels) == 0) {
            (void) json_object_del(track, "parcels");
        }

        return parcel;
    }

    return NULL;
}


json_t *
os_track_unlisted(const json_t *track, const json_t *list)
{
    size_t   i;
    json_t  *parcel, *out = json_array();

    json_array_foreach(json_object_get(track, "parcels"), i, parcel) {
        if (os_json_bool(parcel, "listed")
            && !os_track_is_listed(list, os_json_str(parcel, "number")))
        {
            (void) json_array_append(out, json_object_get(parcel, "number"));
        }
    }

    return out;
}


void
os_track_back(json_t *track, const json_t *order)
{
    int         i;
    json_t     *at;
    os_step_t   step, least;

    step = os_track_shop(order);
    least = os_track_least(track);
    step = least > step ? least : step;

    if (step >= os_track_step(track)) {
        return;
    }

    at = json_object_get(track, "at");

    for (i = (int) step + 1; i < OS_STEPS; i++) {
        (void) json_object_del(at, os_step_words[i]);
    }

    if (step == OS_STEP_NONE) {
        (void) json_object_del(track, "milestone");

    } else {
        os_json_set_str(track, "milestone", os_str(os_step_words[step]));
    }
}


int
os_track_estimate(json_t *track, os_str_t number, os_str_t from, os_str_t to)
{
    json_t   *parcel, *said;
    os_str_t  by;

    parcel = os_track_find(track, number);
    by = os_json_str(json_object_get(parcel, "arrival"), "by");

    if (parcel == NULL || os_track_step(parcel) == OS_STEP_DELIVERED
        || (by.len && !os_str_equal(by, OS_STR("own"))))
    {
        return 0;
    }

    said = json_object();
    os_json_set_str(said, "from", from);
    os_json_set_str(said, "to", to);
    (void) os_track_promise(parcel, said, "own");
    json_decref(said);

    return json_object_get(parcel, "arrival") != NULL;
}


int
os_track_spread(const json_t *history, int64_t *from, int64_t *to)
{
    char         text[24];
    int64_t      days, longest, sum, weight;
    json_t      *value;
    const char  *name;

    sum = 0;
    longest = 0;

    json_object_foreach((json_t *) history, name, value) {
        days = strtoll(name, NULL, 10);
        longest = days > longest ? days : longest;
        sum += json_integer_value(value);
    }

    if (sum < OS_TRANSIT_LEAST) {
        return -1;
    }

    *from = -1;
    *to = longest;
    weight = 0;

    for (days = 0; days <= longest; days++) {
        snprintf(text, sizeof(text), "%lld", (long long) days);
        weight += os_json_int(history, text, 0);

        if (*from < 0 && weight * 2 >= sum) {
            *from = days;
        }

        if (weight * 10 >= sum * 9) {
            *to = days;
            break;
        }
    }

    return *from < 0 ? -1 : 0;
}


int
os_track_all_delivered(const json_t *track)
{
    size_t   i, n;
    json_t  *parcel;

    n = json_array_size(json_object_get(track, "parcels"));

    json_array_foreach(json_object_get(track, "parcels"), i, parcel) {
        if (os_track_step(parcel) != OS_STEP_DELIVERED) {
            return 0;
        }
    }

    return n > 0;
}


/* What presses most among the parcels that are still to come. */
static os_side_t
os_track_worst(const json_t *track)
{
    size_t      i;
    json_t     *parcel;
    os_side_t   side, worst;

    worst = OS_SIDE_NONE;

    json_array_foreach(json_object_get(track, "parcels"), i, parcel) {
        side = os_track_side(parcel);
        worst = side > worst ? side : worst;
    }

    return worst;
}


/* The store's promise goes first, then the latest of the parcels. */
static int
os_track_arrival(json_t *track, const json_t *order)
{
    size_t    i;
    json_t   *parcel, *arrival, *latest;

    arrival = json_object_get(order, "arrival");

    if (json_is_object(arrival)) {
        return os_track_promise(track, arrival, "shop");
    }

    latest = NULL;

    json_array_foreach(json_object_get(track, "parcels"), i, parcel) {
        arrival = json_object_get(parcel, "arrival");

        if (arrival && os_track_side(parcel) != OS_SIDE_RETURNED
            && (latest == NULL
                || os_track_after(os_json_str(arrival, "to"),
                                  os_json_str(latest, "to"))))
        {
            latest = arrival;
        }
    }

    if (latest) {
        (void) json_object_set_new(track, "arrival", json_deep_copy(latest));

    } else {
        (void) json_object_del(track, "arrival");
    }

    return 0;
}


void
os_track_settle(json_t *track, const json_t *order, int64_t at,
    os_track_change_t *out)
{
    os_side_t  was, side;
    os_step_t  step, least;

    *out = (os_track_change_t) { 0 };
    was = os_track_side(track);
    step = os_track_shop(order);
    least = os_track_least(track);
    step = least > step ? least : step;

    if (step > os_track_step(track)) {
        os_json_set_str(track, "milestone", os_str(os_step_words[step]));
        os_track_reached(track, step, at);
        out->moved = 1;
    }

    out->step = os_track_step(track);

    if (out->step > OS_STEP_CONFIRMED) {
        (void) json_object_del(track, "late");
    }

    out->put_off = os_track_arrival(track, order) != 0;
    side = os_track_worst(track);

    if (os_side(os_json_str(order, "milestone")) == OS_SIDE_READY
        && side < OS_SIDE_READY)
    {
        side = OS_SIDE_READY;
    }

    if (side == OS_SIDE_NONE && os_track_is_put_off(track)
        && os_str_equal(os_json_str(json_object_get(track, "arrival"), "by"),
                        OS_STR("shop"))
        && out->step < OS_STEP_OUT_FOR_DELIVERY)
    {
        side = OS_SIDE_DELAYED;
    }

    if (out->step == OS_STEP_DELIVERED) {
        side = side == OS_SIDE_RETURNED ? side : OS_SIDE_NONE;
        (void) json_object_del(track, "arrival");
    }

    os_track_set_side(track, side);
    out->side = side;
    out->sided = side != was && side != OS_SIDE_NONE;
}

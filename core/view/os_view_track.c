/*
 * os_view_track: see os_view_track.h.
 */

#include <string.h>

#include "core/base/os_code.h"
#include "core/view/os_view_track.h"


#define OS_VIEW_DAY  86400


/* What one view is made from. */
typedef struct {
    const os_speak_t  *s;
    const json_t      *order;
    const json_t      *track;
    int64_t            now;
    json_t            *view;
} os_track_view_t;


/* A text of the locale over {"track": view}; nothing where there is none. */
static void
os_track_say(const os_track_view_t *v, const char *family, const char *word,
    json_t *to, const char *member)
{
    char       room[2][256];
    json_t    *root;
    os_buf_t   key, said;

    key = os_buf_on(room[0], sizeof(room[0]));
    said = os_buf_on(room[1], sizeof(room[1]));
    root = json_object();
    (void) json_object_set(root, "track", v->view);
    os_buf_text(&key, "track.");
    os_buf_text(&key, family);
    os_buf_char(&key, '.');
    os_buf_text(&key, word);

    if (os_locale_say(v->s->locale, os_buf_view(&key), root, &said) == 0) {
        os_json_set_str(to, member, os_buf_view(&said));
    }

    json_decref(root);
    os_buf_free(&key);
    os_buf_free(&said);
}


static void
os_track_time(const os_speak_t *s, int64_t at, int day, json_t *to,
    const char *member)
{
    char      room[256];
    int64_t   offset = os_campaign_offset(s->campaign);
    os_buf_t  text = os_buf_on(room, sizeof(room));

    if (at == 0) {
        return;
    }

    if (day) {
        os_format_date(&text, os_locale_format(s->locale),
                       (at + offset) / OS_VIEW_DAY, OS_DATE_DAY);
        os_json_set_str(to, member, os_buf_view(&text));
        os_buf_free(&text);
        return;
    }

    os_format_date_time(&text, os_locale_format(s->locale), at,
                        offset, OS_DATE_MEDIUM);
    os_json_set_str(to, member, os_buf_view(&text));
    os_buf_free(&text);
}


/* An arrival in words; nothing once its last day is over. */
static void
os_track_dates(const os_speak_t *s, const json_t *arrival, int64_t now,
    json_t *to)
{
    int64_t   from, until, today;
    os_buf_t  text;
    os_str_t  first;

    first = os_json_str(arrival, "from");
    first = first.len ? first : os_json_str(arrival, "to");
    today = (now + os_campaign_offset(s->campaign)) / OS_VIEW_DAY;

    if (os_track_days(first, &from) != 0
        || os_track_days(os_json_str(arrival, "to"), &until) != 0
        || until < today)
    {
        return;
    }

    text = (os_buf_t) { 0 };
    from = from < today ? today : from;

    if (from == until) {
        os_format_date(&text, os_locale_format(s->locale), until, OS_DATE_DAY);

    } else {
        os_format_range(&text, os_locale_format(s->locale), from, until);
    }

    os_json_set_str(to, "arrival", os_buf_view(&text));
    os_buf_free(&text);
}


static const json_t *
os_track_carrier(const os_speak_t *s, const json_t *parcel)
{
    size_t       n;
    json_t      *carriers, *carrier;
    os_str_t     word;
    const char  *name;

    word = os_json_str(parcel, "carrier");
    carriers = os_campaign_at(s->campaign, "/track/carriers");

    json_object_foreach(carriers, name, carrier) {
        n = strlen(name);

        if (n == word.len && strncasecmp(name, word.data, n) == 0) {
            return carrier;
        }
    }

    return NULL;
}


static int
os_track_is_link(os_str_t url)
{
    return os_url_ok(url)
           && (os_str_starts(url, OS_STR("https://"))
               || os_str_starts(url, OS_STR("http://")));
}


/* The campaign's page of the carrier goes before what a webhook said. */
static void
os_track_url(const os_speak_t *s, const json_t *parcel, const json_t *carrier,
    json_t *to)
{
    os_str_t           url, number;
    os_buf_t           text;
    const char        *at;
    static const char  mark[] = "{{number}}";

    url = os_json_str(carrier, "url");
    number = os_json_str(parcel, "number");
    text = (os_buf_t) { 0 };

    if (url.len) {
        if (url.data[0] == '/') {
            os_buf_str(&text, s->campaign->site);
        }

        at = strstr(url.data, mark);

        if (at) {
            os_buf_add(&text, url.data, (size_t) (at - url.data));
            os_url_escape(&text, number);
            os_buf_text(&text, at + sizeof(mark) - 1);

        } else {
            os_buf_str(&text, url);
        }

    } else if (os_track_is_link(os_json_str(parcel, "url"))) {
        os_buf_str(&text, os_json_str(parcel, "url"));
    }

    if (text.len) {
        os_json_set_str(to, "url", os_buf_view(&text));
    }

    os_buf_free(&text);
}


static json_t *
os_track_stations(const os_track_view_t *v, const json_t *parcel)
{
    size_t       i;
    json_t      *log, *entry, *event, *events;
    os_str_t     word;
    const char  *said;

    events = json_array();

    log = os_track_events(parcel);

    json_array_foreach(log, i, entry) {
        event = json_object();
        word = os_json_str(entry, "milestone");
        said = os_side(word) ? os_side_word(os_side(word))
                             : os_step_word(os_step(word));
        os_track_time(v->s, os_json_int(entry, "at", 0),
                      os_json_bool(entry, "day"), event, "time");

        if (*said) {
            os_track_say(v, os_side(word) ? "side" : "step", said, event,
                         "label");
        }

        if (os_json_str(entry, "text").len) {
            os_json_set_str(event, "text", os_json_str(entry, "text"));
        }

        if (os_json_str(entry, "place").len) {
            os_json_set_str(event, "place", os_json_str(entry, "place"));
        }

        (void) json_array_append_new(events, event);
    }

    json_decref(log);

    return events;
}


static json_t *
os_track_parcel_view(const os_track_view_t *v, const json_t *parcel)
{
    json_t        *view, *events;
    os_side_t      side;
    os_step_t      step;
    const json_t  *carrier;

    view = json_object();
    step = os_track_step(parcel);
    side = os_track_side(parcel);
    carrier = os_track_carrier(v->s, parcel);

    os_json_set_str(view, "number", os_json_str(parcel, "number"));

    if (os_json_str(carrier, "name").len) {
        os_json_set_str(view, "carrier", os_json_str(carrier, "name"));

    } else if (os_json_str(parcel, "carrier").len) {
        os_json_set_str(view, "carrier", os_json_str(parcel, "carrier"));
    }

    os_track_url(v->s, parcel, carrier, view);

    if (step) {
        os_json_set_str(view, "milestone", os_str(os_step_word(step)));
        (void) json_object_set_new(view, os_step_word(step), json_true());
        os_track_say(v, "step", os_step_word(step), view, "label");
    }

    if (side) {
        os_json_set_str(view, "side", os_str(os_side_word(side)));
        (void) json_object_set_new(view, os_side_word(side), json_true());
        os_track_say(v, "side", os_side_word(side), view, "label");
    }

    os_track_dates(v->s, json_object_get(parcel, "arrival"), v->now, view);
    os_track_time(v->s, os_json_int(parcel, "scan", 0), 0, view, "scan");

    events = os_track_stations(v, parcel);
    (void) json_object_set_new(view, "has_events",
                               json_boolean(json_array_size(events) > 0));
    (void) json_object_set_new(view, "events", events);

    return view;
}


json_t *
os_view_parcel(const os_speak_t *s, const json_t *parcel, int64_t now)
{
    json_t           *view;
    os_track_view_t   v;

    v = (os_track_view_t) { .s = s, .now = now, .view = json_object() };
    view = os_track_parcel_view(&v, parcel);
    json_decref(v.view);

    return view;
}


/* An order's ways have steps of their own; NONE ends a row. */
static const struct {
    os_step_t    step;
    const char  *label;         /* track.step.LABEL */
} os_track_ways[][OS_STEPS] = {
    { { OS_STEP_CONFIRMED, "confirmed" }, { OS_STEP_SHIPPED, "shipped" },
      { OS_STEP_IN_TRANSIT, "in_transit" },
      { OS_STEP_OUT_FOR_DELIVERY, "out_for_delivery" },
      { OS_STEP_DELIVERED, "delivered" } },
    { { OS_STEP_CONFIRMED, "confirmed" }, { OS_STEP_SHIPPED, "ready" },
      { OS_STEP_DELIVERED, "collected" } },
    { { OS_STEP_CONFIRMED, "confirmed" },
      { OS_STEP_DELIVERED, "provided" } },
};


/* How far it is on its way: at the counter, ready is as good as shipped. */
static os_step_t
os_track_far(const os_track_view_t *v)
{
    os_step_t  step;

    step = os_track_step(v->track);

    if (step == OS_STEP_NONE) {
        step = os_track_shop(v->order);
    }

    if (os_track_way(v->order) == OS_WAY_PICKUP
        && step == OS_STEP_CONFIRMED
        && os_track_side(v->track) == OS_SIDE_READY)
    {
        step = OS_STEP_SHIPPED;
    }

    return step;
}


static void
os_track_steps(os_track_view_t *v, os_step_t far)
{
    int           i, current;
    json_t       *steps, *step, *at;
    os_way_t      way;
    const char   *word;

    steps = json_array();
    way = os_track_way(v->order);
    at = json_object_get(v->track, "at");
    current = -1;

    for (i = 0; i < OS_STEPS && os_track_ways[way][i].step; i++) {
        current = os_track_ways[way][i].step <= far ? i : current;
    }

    for (i = 0; i < OS_STEPS && os_track_ways[way][i].step; i++) {
        step = json_object();
        word = os_step_word(os_track_ways[way][i].step);
        os_json_set_str(step, "word", os_str(word));
        os_track_say(v, "step", os_track_ways[way][i].label, step, "label");
        (void) json_object_set_new(step, "done", json_boolean(i <= current));
        (void) json_object_set_new(step, "current",
                                   json_boolean(i == current));

        if (i <= current) {
            os_track_time(v->s, os_json_int(at, word, 0), 0, step, "at");
        }

        (void) json_array_append_new(steps, step);
    }

    (void) json_object_set_new(v->view, "steps", steps);
}


static void
os_track_parcels(os_track_view_t *v)
{
    size_t     i, n, arrived;
    json_t    *parcels, *parcel, *view;
    os_buf_t   of;

    parcels = json_array();
    n = json_array_size(json_object_get(v->track, "parcels"));
    arrived = 0;

    json_array_foreach(json_object_get(v->track, "parcels"), i, parcel) {
        view = os_track_parcel_view(v, parcel);

        if (n > 1) {
            of = (os_buf_t) { 0 };
            os_buf_printf(&of, "%zu/%zu", i + 1, n);
            os_json_set_str(view, "of", os_buf_view(&of));
            os_buf_free(&of);
        }

        arrived += os_track_step(parcel) == OS_STEP_DELIVERED;
        (void) json_array_append_new(parcels, view);
    }

    (void) json_object_set_new(v->view, "parcels", parcels);
    (void) json_object_set_new(v->view, "several", json_boolean(n > 1));
    os_json_set_int(v->view, "count", (int64_t) n);
    os_json_set_int(v->view, "arrived", (int64_t) arrived);
}


/* The place that the pressing word came from: where to collect it. */
static void
os_track_place(os_track_view_t *v, os_side_t side)
{
    size_t    i;
    json_t   *parcel, *events, *entry;

    json_array_foreach(json_object_get(v->track, "parcels"), i, parcel) {
        events = os_track_events(parcel);
        entry = json_array_get(events, 0);

        if (os_track_side(parcel) == side
            && os_side(os_json_str(entry, "milestone")) == side
            && os_json_str(entry, "place").len)
        {
            os_json_set_str(v->view, "place", os_json_str(entry, "place"));
        }

        json_decref(events);
    }
}


/* `word` is the side's, or that of an alert: nobody has said anything. */
static void
os_track_side_view(os_track_view_t *v, os_side_t side, const char *word)
{
    json_t  *view;

    view = json_object();
    os_json_set_str(view, "word", os_str(word));
    (void) json_object_set_new(view, word, json_true());

    if (side) {
        os_track_place(v, side);
    }

    os_track_say(v, "side", word, view, "label");
    os_track_say(v, "todo", word, view, "text");
    (void) json_object_set_new(v->view, "side", view);
}


/* A pre-order's day, as long as it lies ahead. */
static int
os_track_release(os_track_view_t *v)
{
    int64_t   day;
    os_buf_t  text;

    if (os_track_days(os_json_str(v->order, "release"), &day) != 0
        || day < (v->now + os_campaign_offset(v->s->campaign)) / OS_VIEW_DAY)
    {
        return 0;
    }

    text = (os_buf_t) { 0 };
    os_format_date(&text, os_locale_format(v->s->locale), day, OS_DATE_LONG);
    os_json_set_str(v->view, "release", os_buf_view(&text));
    os_buf_free(&text);

    return 1;
}


/* The word of the one sentence that says where it stands. */
static const char *
os_track_stands(os_track_view_t *v, os_step_t far, os_side_t side)
{
    os_str_t   state;
    int64_t    arrived;
    os_tell_t  late;

    state = os_json_str(v->order, "state");
    arrived = os_json_int(v->view, "arrived", 0);

    if (os_str_equal(state, OS_STR("cancelled"))
        || os_str_equal(state, OS_STR("failed")))
    {
        return "cancelled";
    }

    if (os_str_equal(state, OS_STR("refunded"))) {
        return "refunded";
    }

    if (far == OS_STEP_DELIVERED && side == OS_SIDE_NONE) {
        return os_track_way(v->order) == OS_WAY_PICKUP ? "collected"
               : os_track_way(v->order) == OS_WAY_NONE ? "provided"
               : "delivered";
    }

    if (side) {
        return os_side_word(side);
    }

    if (os_track_late(v->track, &late)) {
        return os_tell_word(late);
    }

    if (arrived > 0) {
        return "some";
    }

    if (far <= OS_STEP_CONFIRMED && os_track_unpaid(v->order)) {
        return "unpaid";
    }

    if (far <= OS_STEP_CONFIRMED && os_track_release(v)) {
        return "release";
    }

    return far == OS_STEP_NONE ? "placed" : os_step_word(far);
}


json_t *
os_view_track(const os_speak_t *s, const json_t *order, int64_t now)
{
    os_step_t         far;
    os_side_t         side;
    os_tell_t         late;
    const char       *stands;
    os_track_view_t   v;

    v = (os_track_view_t) { .s = s, .order = order, .now = now,
                            .track = json_object_get(order, "track"),
                            .view = json_object() };
    far = os_track_far(&v);
    side = os_track_side(v.track);

    os_track_parcels(&v);
    os_track_steps(&v, far);

    if (far != OS_STEP_DELIVERED) {
        os_track_dates(s, json_object_get(v.track, "arrival"), now, v.view);
    }

    if (far) {
        os_json_set_str(v.view, "milestone", os_str(os_step_word(far)));
        (void) json_object_set_new(v.view, os_step_word(far), json_true());
    }

    stands = os_track_stands(&v, far, side);

    if (strcmp(stands, os_side_word(side)) == 0
        || (os_track_late(v.track, &late)
            && strcmp(stands, os_tell_word(late)) == 0))
    {
        os_track_side_view(&v, side, stands);
    }

    os_json_set_str(v.view, "stands", os_str(stands));

    if (json_object_get(v.view, stands) == NULL) {
        (void) json_object_set_new(v.view, stands, json_true());
    }

    os_track_say(&v, "heading", stands, v.view, "heading");

    return v.view;
}

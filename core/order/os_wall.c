/*
 * os_wall: local times become moments. See os_wall.h.
 */

#include <string.h>

#include "core/base/os_time.h"
#include "core/order/os_wall.h"


#define OS_WALL_NOON  (12 * 3600)


typedef struct {
    os_wall_pt   offset;
    void        *data;
} os_wall_t;


int
os_wall_open(const json_t *parcel)
{
    size_t   i;
    json_t  *event;

    json_array_foreach(json_object_get(parcel, "events"), i, event) {
        if (json_is_string(json_object_get(event, "at"))) {
            return 1;
        }
    }

    return json_is_string(json_object_get(parcel, "at"))
           || json_is_string(json_object_get(parcel, "changed"));
}


/* "2026-11-28T02:41:00[Asia/Seoul]": 1 when it was local. */
static int
os_wall_one(const os_wall_t *w, json_t *object, const char *member)
{
    os_str_t      text, zone = OS_NULL;
    const char   *open;
    os_moment_t   at;

    text = os_json_str(object, member);

    if (text.len == 0) {
        return 0;
    }

    open = memchr(text.data, '[', text.len);

    if (open) {
        zone.data = open + 1;
        zone.len = (size_t) (text.data + text.len - zone.data);
        zone.len -= zone.len && zone.data[zone.len - 1] == ']';
        text.len = (size_t) (open - text.data);
    }

    if (os_moment_parse(text, &at) == -1) {
        (void) json_object_del(object, member);
        return 0;
    }

    if (!at.timed) {
        at.at += OS_WALL_NOON;
        (void) json_object_set_new(object, "day", json_true());
    }

    os_json_set_int(object, member,
                    at.zoned ? at.at
                             : at.at - w->offset(w->data, at.at, zone));

    return !at.zoned;
}


static int
os_wall_same(const json_t *a, const json_t *b)
{
    return os_str_equal(os_json_str(a, "milestone"),
                        os_json_str(b, "milestone"))
           && os_str_equal(os_json_str(a, "side"), os_json_str(b, "side"));
}


/*
 * Which end of a history is the newest? The one that is what the parcel is now;
 * else the later one.
 */
static int
os_wall_newest_first(const json_t *parcel, const json_t *events)
{
    const json_t  *first, *last;

    first = json_array_get(events, 0);
    last = json_array_get(events, json_array_size(events) - 1);

    if (os_wall_same(parcel, first) != os_wall_same(parcel, last)) {
        return os_wall_same(parcel, first);
    }

    return os_json_int(first, "at", 0) >= os_json_int(last, "at", 0);
}


static void
os_wall_order(const json_t *parcel, const json_t *events, const char *local)
{
    int       down;
    size_t    i, k, n;
    json_t   *event;
    int64_t   at, before = INT64_MIN;

    n = json_array_size(events);
    down = os_wall_newest_first(parcel, events);

    for (i = 0; i < n; i++) {
        k = down ? n - 1 - i : i;
        event = json_array_get(events, k);
        at = os_json_int(event, "at", 0);

        if (at == 0) {
            continue;
        }

        if (local[k] && at < before) {
            at = before + 1;
            os_json_set_int(event, "at", at);
        }

        before = at > before ? at : before;
    }
}


void
os_wall_settle(json_t *parcel, os_wall_pt offset, void *data)
{
    char       any = 0;
    size_t     i;
    json_t    *event, *events;
    os_buf_t   local = { 0 };
    os_wall_t  w = { offset, data };

    (void) os_wall_one(&w, parcel, "at");
    (void) os_wall_one(&w, parcel, "changed");
    events = json_object_get(parcel, "events");

    json_array_foreach(events, i, event) {
        os_buf_char(&local, (char) os_wall_one(&w, event, "at"));
        any = any || (!local.failed && local.data[local.len - 1]);
    }

    if (any && !local.failed) {
        os_wall_order(parcel, events, local.data);
    }

    os_buf_free(&local);
}


void
os_wall_settle_order(json_t *order, os_wall_pt offset, void *data)
{
    size_t     i;
    os_wall_t  w = { offset, data };

    static const char *const  names[] = { "placed", "changed", "pay_by" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) os_wall_one(&w, order, names[i]);
    }

    (void) json_object_del(order, "day");
}

/*
 * os_stop: see os_stop.h.
 */

#include "core/order/os_stop.h"
#include "core/order/os_track.h"


int
os_stop_hosted(const os_campaign_t *c)
{
    return os_json_bool(os_campaign_at(c, "/cancel"), "hosted")
           && !os_campaign_observes(c, "state");
}


static int
os_stop_is_ended(const json_t *order)
{
    size_t    i;
    os_str_t  state;

    static const char *const  ends[] = { "cancelled", "refunded", "failed" };

    state = os_json_str(order, "state");

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (os_str_equal(state, os_str(ends[i]))) {
            return 1;
        }
    }

    return 0;
}


os_stop_t
os_stop_parts(const json_t *order, const json_t *save, const json_t *track)
{
    os_str_t  state;

    if (os_stop_is_ended(order)) {
        return OS_STOP_ENDED;
    }

    if (os_track_shop(order) >= OS_STEP_SHIPPED
        || os_track_step(track) >= OS_STEP_SHIPPED)
    {
        return OS_STOP_SENT;
    }

    state = os_json_str(json_object_get(save, "stop"), "state");

    return os_str_equal(state, OS_STR("pending"))
           || os_str_equal(state, OS_STR("task"))
           ? OS_STOP_ASKED : OS_STOP_OPEN;
}


os_stop_t
os_stop(const json_t *record)
{
    return os_stop_parts(record, json_object_get(record, "save"),
                         json_object_get(record, "track"));
}


const char *
os_stop_word(os_stop_t stop)
{
    static const char *const  words[] = { "open", "asked", "sent", "ended" };

    return words[stop];
}

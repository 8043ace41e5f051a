/*
 * os_input: see os_input.h.
 */

#include <string.h>

#include "core/campaign/os_input.h"


static const struct {
    const char  *word;
    const char  *mail;
    const char  *event;         /* a webhook's that stands in its place */
    const char  *actions[2];    /* the API's that do, the better one first */
} os_inputs[OS_INPUT_MAX] = {
    { "words at a cancel", "support_cancel", "asked", { NULL } },
    { "an offer that a person answers", "support_request", NULL, { NULL } },
    { "an answer to a problem with the delivery", "support_answer", NULL,
      { NULL } },
    { "packaging and its note", "support_packaging", "packaging",
      { "packaging", "note" } },
    { "a review", "support_review", "reviewed", { NULL } },
    { "a question after delivery", "support_help", NULL, { NULL } },
    { "a score after a cancel", "support_score", NULL, { NULL } },
    { "a reason after a cancel", "support_score", NULL, { NULL } },
    { "news by mail, please", "support_news", "news", { NULL } },
    { "an answer to an SMS", "support_reply", NULL, { NULL } },
    { "a cancel on our own page", "support_stop", NULL, { "cancel" } },
    { "a return", "support_return", "return", { NULL } },
};


const char *
os_input_word(os_input_t input)
{
    return os_inputs[input].word;
}


const char *
os_input_mail(os_input_t input)
{
    return os_inputs[input].mail;
}


/* The address of the first webhook that hears of this event. */
static os_str_t
os_input_hook(const os_campaign_t *c, const char *event)
{
    size_t   i, n;
    json_t  *hook, *name;

    json_array_foreach(os_campaign_at(c, "/webhooks"), i, hook) {
        json_array_foreach(json_object_get(hook, "events"), n, name) {
            if (event && strcmp(json_string_value(name), event) == 0) {
                return os_json_str(hook, "url");
            }
        }
    }

    return OS_NULL;
}


/* The first of the API's actions that the campaign has, or NULL. */
static const char *
os_input_action(const os_campaign_t *c, os_input_t input)
{
    size_t       i;
    const char  *name;
    json_t      *has = os_campaign_at(c, "/api/actions");

    for (i = 0; i < 2; i++) {
        name = os_inputs[input].actions[i];

        if (name && json_object_get(has, name)) {
            return name;
        }
    }

    return NULL;
}


os_way_out_t
os_input_way(const os_campaign_t *c, os_input_t input, os_str_t *where)
{
    os_str_t     place;
    const char  *action;

    place = os_input_hook(c, os_inputs[input].event);

    if (place.len) {
        if (where) {
            *where = place;
        }

        return OS_WAY_OUT_WEBHOOK;
    }

    action = os_input_action(c, input);

    if (action) {
        if (where) {
            *where = os_str(action);
        }

        return OS_WAY_OUT_ACTION;
    }

    place = os_json_str(os_campaign_at(c, "/mail"), "support");

    if (where) {
        *where = place;
    }

    return place.len ? OS_WAY_OUT_MAIL : OS_WAY_OUT_NONE;
}

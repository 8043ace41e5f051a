/*
 * os_follow: see os_follow.h.
 */

#include <string.h>

#include "core/base/os_money.h"
#include "core/campaign/os_action.h"
#include "core/order/os_follow.h"
#include "core/order/os_map.h"
#include "core/order/os_track.h"


#define OS_FOLLOW_SILENT  (12 * 3600)
#define OS_FOLLOW_FOR     (30 * 86400)


static const char *const  os_follow_names[] = {
    "number", "carrier", "code", "code_number", "codes", "order.id",
    "order.number", NULL
};

static const char *const  os_follow_words[] = {
    [OS_FOLLOW_PLAIN] = "plain",
    [OS_FOLLOW_THERE] = "there",
    [OS_FOLLOW_UNKNOWN] = "unknown",
    [OS_FOLLOW_REFUSED] = "refused",
    [OS_FOLLOW_LATER] = "later",
    [OS_FOLLOW_LOCKED] = "locked"
};

#define OS_FOLLOW_WORDS  (sizeof(os_follow_words) / sizeof(os_follow_words[0]))


static int
os_follow_word(os_str_t word)
{
    size_t  i;

    for (i = 0; i < OS_FOLLOW_WORDS; i++) {
        if (os_str_equal(word, os_str(os_follow_words[i]))) {
            return (int) i;
        }
    }

    return -1;
}


/* Which member of the payload stands where in the answer. */
static int
os_follow_check_payload(const json_t *follow, os_buf_t *where,
    os_error_t *err)
{
    json_t      *pointer, *payload = json_object_get(follow, "payload");
    const char  *name;

    if (json_object_size(payload) == 0) {
        return os_json_expected(where, "payload", "an object of pointers", err);
    }

    json_object_foreach(payload, name, pointer) {
        if (!json_is_string(pointer)
            || (json_string_length(pointer)
                && json_string_value(pointer)[0] != '/'))
        {
            return os_json_expected(where, "payload",
                                    "an object of pointers", err);
        }
    }

    return 0;
}


static int
os_follow_check_says(const json_t *follow, os_buf_t *where, os_error_t *err)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(json_object_get(follow, "says"), i, one) {
        if (os_follow_word(os_json_str(one, "is")) < 0
            || (!json_is_integer(json_object_get(one, "status"))
                && !json_is_object(json_object_get(one, "where"))))
        {
            return os_json_expected(where, "says", "a list of {\"status\", "
                                    "\"where\", \"is\": there, unknown, "
                                    "refused, later or locked}", err);
        }
    }

    return 0;
}


/* How the key is shown: one header, or as a user's name without a password. */
static int
os_follow_check_key(const json_t *follow, os_buf_t *where, os_error_t *err)
{
    const json_t  *key = json_object_get(follow, "key");

    return os_json_str(key, "header").len || os_json_bool(key, "basic")
           ? 0 : os_json_expected(where, "key", "{\"header\", \"prefix\"} "
                                  "or {\"basic\": true}", err);
}


int
os_follow_check(const json_t *follow, os_buf_t *where, os_error_t *err)
{
    return os_follow_check_key(follow, where, err)
           || os_action_check_call(follow, "register", os_follow_names, where,
                                   err)
           || os_action_check_call(follow, "read", os_follow_names, where,
                                   err)
           || os_follow_check_payload(follow, where, err)
           || os_follow_check_says(follow, where, err) ? -1 : 0;
}


os_str_t
os_follow_by(const os_campaign_t *c)
{
    os_str_t  by = os_json_str(os_campaign_at(c, "/track/follow"), "by");

    return os_str_equal(by, OS_STR("none")) ? OS_NULL : by;
}


int64_t
os_follow_silent(const os_campaign_t *c)
{
    int64_t  silent = os_campaign_duration(c, "/track/follow/silent",
                                           OS_FOLLOW_SILENT);

    return silent > 0 ? silent : 1;
}


int64_t
os_follow_for(const os_campaign_t *c)
{
    return os_campaign_duration(c, "/track/follow/for", OS_FOLLOW_FOR);
}


/*
 * Since when it is on its way, as far as anybody has said. What a store tells
 * first of an order of last year is a parcel that leaves today: then the last
 * change of the order knows better.
 */
static int64_t
os_follow_since(const json_t *order, const json_t *parcel)
{
    int64_t        left, changed;
    const json_t  *at = json_object_get(parcel, "at");

    left = os_json_int(at, "shipped", os_json_int(at, "in_transit", 0));
    changed = os_json_int(order, "changed", os_json_int(order, "placed", 0));

    return left && (changed == 0 || left < changed) ? left : changed;
}


static int
os_follow_dead(const json_t *order)
{
    os_str_t  state = os_json_str(order, "state");

    return os_str_equal(state, OS_STR("cancelled"))
           || os_str_equal(state, OS_STR("failed"))
           || os_str_equal(state, OS_STR("refunded"));
}


int
os_follow_over(const os_campaign_t *c, const json_t *order,
    const json_t *parcel, int64_t now)
{
    int64_t  since = os_follow_since(order, parcel);

    return parcel == NULL || os_follow_dead(order)
           || os_track_step(parcel) == OS_STEP_DELIVERED
           || os_track_side(parcel) == OS_SIDE_RETURNED
           || (since && now - since > os_follow_for(c));
}


/* The service's own name of a carrier, in the forms that services want. */
static void
os_follow_code(json_t *view, os_str_t code)
{
    int64_t  number;

    if (code.len == 0) {
        return;
    }

    os_json_set_str(view, "code", code);
    (void) json_object_set_new(view, "codes",
                               json_pack("[O]", json_object_get(view,
                                                                "code")));

    if (os_money_parse(code, 0, &number) == 0) {
        os_json_set_int(view, "code_number", number);
    }
}


json_t *
os_follow_view(const os_campaign_t *c, const json_t *order, os_str_t order_id,
    const json_t *parcel)
{
    json_t    *view = json_object(), *said = json_object(), *codes;
    os_str_t   carrier = os_json_str(parcel, "carrier"), code, number;

    codes = os_campaign_at(c, "/track/follow/codes");
    code = os_str(json_string_value(os_json_word(codes, carrier)));
    code = code.len ? code : os_json_str(codes, "*");
    number = os_json_str(order, "number");
    os_json_set_str(view, "number", os_json_str(parcel, "number"));

    if (carrier.len) {
        os_json_set_str(view, "carrier", carrier);
    }

    os_follow_code(view, code);

    os_json_set_str(said, "id", order_id);
    os_json_set_str(said, "number", number.len ? number : order_id);
    (void) json_object_set_new(view, "order", said);

    return view;
}


int
os_follow_lacks(const json_t *follow, const json_t *view)
{
    return os_json_bool(follow, "needs_code")
           && os_json_str(view, "code").len == 0;
}


os_follow_t
os_follow_says(const json_t *follow, const char *call, int status,
    const json_t *body)
{
    int        word;
    size_t     i;
    json_t    *one, *wanted;
    os_map_t   m = { .root = body, .here = body, .digits = -1 };

    json_array_foreach(json_object_get(follow, "says"), i, one) {
        wanted = json_object_get(one, "status");

        if (json_object_get(one, "of")
            && !os_str_equal(os_json_str(one, "of"), os_str(call)))
        {
            continue;
        }

        if ((wanted == NULL || json_integer_value(wanted) == status)
            && os_map_holds(&m, json_object_get(one, "where")))
        {
            word = os_follow_word(os_json_str(one, "is"));
            return word < 0 ? OS_FOLLOW_PLAIN : (os_follow_t) word;
        }
    }

    return OS_FOLLOW_PLAIN;
}


json_t *
os_follow_payload(const json_t *follow, const json_t *answer)
{
    json_t      *pointer, *found, *out = json_object();
    const char  *name;

    json_object_foreach(json_object_get(follow, "payload"), name, pointer) {
        found = json_string_length(pointer)
                ? os_map_pointer(answer, os_str(json_string_value(pointer)))
                : (json_t *) answer;

        if (found != NULL) {
            (void) json_object_set(out, name, found);
        }
    }

    return out;
}

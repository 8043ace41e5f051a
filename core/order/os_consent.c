/*
 * os_consent: see os_consent.h.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/campaign/os_pack.h"
#include "core/order/os_consent.h"
#include "core/order/os_elsewhere.h"
#include "core/order/os_stop.h"
#include "core/order/os_track.h"


#define OS_CONSENT_LEAST  6     /* digits of the shortest number */


static const json_t *
os_consent_said(const json_t *track, const char *to)
{
    return json_object_get(json_object_get(track, "consent"), to);
}


const json_t *
os_consent_of(const json_t *record, const char *to)
{
    return os_consent_said(json_object_get(record, "track"), to);
}


int
os_consent_is(const json_t *said, const char *state)
{
    return os_str_equal(os_json_str(said, "state"), os_str(state));
}


int
os_consent_parts(const json_t *order, const json_t *track, const char *to)
{
    const json_t  *said = os_consent_said(track, to);

    if (os_consent_is(said, "on")) {
        return 1;
    }

    return !os_json_bool(said, "left")
           && (os_json_bool(json_object_get(order, "consent"), to)
               || (strcmp(to, OS_CONSENT_EMAIL) == 0
                   && json_object_get(track, "news")));
}


int
os_consent_offers(const json_t *record, const char *to)
{
    return strcmp(to, OS_CONSENT_SMS) != 0
           ? os_consent(record, to)
           : !os_consent_left(record, to)
             && os_json_bool(json_object_get(record, "consent"), to);
}


int
os_consent_left(const json_t *record, const char *to)
{
    return os_json_bool(os_consent_of(record, to), "left");
}


int
os_consent(const json_t *record, const char *to)
{
    return os_consent_parts(record, json_object_get(record, "track"), to);
}


os_str_t
os_consent_phone_parts(const json_t *order, const json_t *track)
{
    os_str_t  mine = os_json_str(os_consent_said(track, OS_CONSENT_SMS),
                                 "mine");

    return mine.len ? mine : os_json_str(order, "phone");
}


os_str_t
os_consent_phone(const json_t *record)
{
    return os_consent_phone_parts(record, json_object_get(record, "track"));
}


os_str_t
os_consent_to(const json_t *data, const json_t *record)
{
    os_str_t  phone = os_json_str(data, "phone");

    return phone.len ? phone : os_consent_phone(record);
}


void
os_consent_code(const os_keys_t *keys, os_str_t store, os_str_t order,
    os_str_t nonce, char out[OS_CONSENT_CODE + 1])
{
    uint8_t   mac[OS_SHA256_LEN];
    uint32_t  n;
    os_buf_t  text = { 0 };

    os_buf_text(&text, "consent");
    os_buf_char(&text, '\0');
    os_buf_str(&text, store);
    os_buf_char(&text, '\0');
    os_buf_str(&text, order);
    os_buf_char(&text, '\0');
    os_buf_str(&text, nonce);
    os_hmac(&keys->customer, os_buf_view(&text), mac);
    os_buf_free(&text);

    n = (uint32_t) mac[0] << 24 | (uint32_t) mac[1] << 16
        | (uint32_t) mac[2] << 8 | mac[3];
    snprintf(out, OS_CONSENT_CODE + 1, "%06u", (unsigned) (n % 1000000));
}


int
os_consent_code_is(const os_keys_t *keys, os_str_t store, os_str_t order,
    os_str_t nonce, os_str_t typed)
{
    char    code[OS_CONSENT_CODE + 1], plain[OS_CONSENT_CODE] = { 0 };
    size_t  i, n = 0;

    for (i = 0; i < typed.len; i++) {
        if (strchr(" -\t\r\n", typed.data[i]) && typed.data[i]) {
            continue;
        }

        if (n == OS_CONSENT_CODE) {
            return 0;
        }

        plain[n++] = typed.data[i];
    }

    os_consent_code(keys, store, order, nonce, code);

    return nonce.len > 0 && n == OS_CONSENT_CODE
           && os_equal_ct(plain, code, OS_CONSENT_CODE);
}


int
os_consent_number(os_str_t typed)
{
    size_t  i, digits = 0;

    for (i = 0; i < typed.len; i++) {
        if (isdigit((unsigned char) typed.data[i])) {
            digits++;

        } else if ((typed.data[i] & 0x80) == 0
                   && !strchr(" +-/().\t", typed.data[i]))
        {
            return 0;
        }
    }

    /* digits of other scripts are read by who knows them, later */

    return typed.len <= 4 * OS_CONSENT_NUMBER
           && (digits >= OS_CONSENT_LEAST
               || (digits == 0 && typed.len >= 2 * OS_CONSENT_LEAST
                   && os_utf8_valid(typed)));
}


int
os_consent_double(const os_campaign_t *c, const json_t *order)
{
    const json_t  *rule = os_pack_rule(c->packs, os_json_str(order, "country"),
                                       "advertising_mail");

    return rule == NULL || os_json_bool(rule, "double_opt_in");
}


/* Is any message about the way texted at all? */
static int
os_consent_texts(const os_campaign_t *c)
{
    json_t      *message;
    const char  *name;

    json_object_foreach(os_campaign_at(c, "/track/messages"), name, message) {
        if (os_json_bool(message, "sms")) {
            return 1;
        }
    }

    return 0;
}


int
os_consent_asks(const os_campaign_t *c, const json_t *record, const char *to)
{
    int            arrived;
    const json_t  *track = json_object_get(record, "track");

    if (os_elsewhere(c, record) || os_json_bool(track, "quiet")
        || os_stop(record) == OS_STOP_ENDED)
    {
        return 0;
    }

    arrived = os_str_equal(os_json_str(track, "milestone"),
                           OS_STR("delivered"));

    if (strcmp(to, OS_CONSENT_SMS) == 0) {
        return !arrived && os_json_bool(os_campaign_at(c, "/sms"), "ask")
               && os_consent_texts(c);
    }

    /* whoever has asked for help with what came is not asked for anything */

    return arrived
           && os_json_int(json_object_get(track, "review"), "help", 0) == 0
           && os_json_str(record, "email").len > 0
           && os_json_bool(os_campaign_at(c, "/extras"), "news");
}

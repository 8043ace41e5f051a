/*
 * os_source: how one platform, or one carrier, speaks. A source file says how
 * its webhooks are signed and how its order or parcel becomes that of
 * docs/formats.md; the language is described in docs/sources.md. Adding a
 * platform is adding a file.
 *
 * A source is read once and never changed: it may be shared by threads.
 */

#ifndef OS_SOURCE_H
#define OS_SOURCE_H

#include "core/base/os_json.h"
#include "core/campaign/os_sign.h"
#include "core/order/os_token.h"


#define OS_SOURCE_SIGNS  4      /* ways to sign, any of which will do */


typedef enum {
    OS_RECEIVE_OK = 0,
    OS_RECEIVE_PING,            /* nothing to store; answer 200 */
    OS_RECEIVE_BAD
} os_receive_t;


typedef struct {
    json_t     *json;           /* the whole file */
    char       *path;
    os_scheme_t sign;           /* the first way's */
    size_t      nsigns;
    os_sign_t   signs[OS_SOURCE_SIGNS];
    os_str_t    ping;           /* the only field of an unsigned ping's form */
} os_source_t;


/*
 * A request header by name, case ignored, or "?NAME", an argument of the
 * query, or ":url", the whole address that was called; OS_NULL when it is
 * absent.
 */
typedef os_str_t (*os_header_pt)(void *data, os_str_t name);


/* NULL with err, which names file, line and column. */
os_source_t *os_source_load(const char *path, os_error_t *err);
void os_source_free(os_source_t *s);

/*
 * Is this request the platform's? `why` gets a word for the log when it is
 * not. `now` (epoch seconds) bounds the age of what is signed with a time. An
 * empty secret verifies nothing but OS_SIGN_NONE.
 */
os_receive_t os_source_verify(const os_source_t *s, os_str_t secret,
    os_header_pt header, void *data, os_str_t body, int64_t now,
    const char **why);

/*
 * The id of a delivery, 22 base64url characters: a hash over the parts that
 * the source names. Equal deliveries get equal ids, so a repeat is known.
 */
void os_source_delivery(const os_source_t *s, os_header_pt header, void *data,
    os_str_t body, os_buf_t *out);

/* The topic as the source names it; nothing when it names none. */
void os_source_topic(const os_source_t *s, os_header_pt header, void *data,
    os_str_t body, os_buf_t *out);

/*
 * Maps a webhook's payload or an API's answer to canonical orders: a new array
 * (empty when the topic carries no order), or NULL with err. `store` is the
 * store's name; `customer` is made of the e-mail with `keys` (may be NULL). A
 * phone comes out as digits with at most one leading plus: national numbers
 * are the caller's to complete.
 */
json_t *os_source_map(const os_source_t *s, const os_keys_t *keys,
    os_str_t store, const json_t *payload, os_str_t topic, os_error_t *err);

/*
 * The body of a webhook as JSON: itself, or, where the source says "form", an
 * object of its fields. New, or NULL with err.
 */
json_t *os_source_payload(const os_source_t *s, os_str_t body,
    os_error_t *err);

/*
 * What somebody answered to an SMS: {"from", "text"}, new; NULL where the
 * source has none.
 */
json_t *os_source_reply(const os_source_t *s, const json_t *payload,
    os_str_t topic);

/*
 * The same for parcels: a new array of what is said of each (docs/formats.md,
 * "Event"), numbers as os_track_number() has them; empty when the source or
 * the topic has none.
 */
json_t *os_source_parcels(const os_source_t *s, const json_t *payload,
    os_str_t topic, os_error_t *err);

#endif /* OS_SOURCE_H */

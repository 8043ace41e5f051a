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

#include "core/base/os_hash.h"
#include "core/base/os_json.h"
#include "core/base/os_json_pull.h"
#include "core/campaign/os_sign.h"
#include "core/order/os_token.h"


#define OS_SOURCE_SIGNS  4      /* ways to sign, any of which will do */
#define OS_SOURCE_WANTS  8      /* values of the body that name a delivery */
#define OS_SOURCE_TEXT   512    /* bytes of one; a longer one is as absent */


typedef enum {
    OS_RECEIVE_OK = 0,
    OS_RECEIVE_PING,            /* nothing to store; answer 200 */
    OS_RECEIVE_BAD
} os_receive_t;


/* A part of what makes a delivery what it is: a header, or of the body. */
typedef struct {
    os_str_t    header;
    os_str_t    pointer;
    int         hash;           /* of the whole body */
} os_source_part_t;

typedef struct {
    json_t     *json;           /* the whole file; what is below points in */
    char       *path;
    size_t      nparts;
    os_source_part_t  *parts;   /* so many, and behind them the topic */
    int         form;           /* the body of its webhooks is a form */
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
 * The same in pieces: between begin and end the whole body comes, one piece
 * after the other, by os_source_check_more(), which may run in another thread.
 * `header` is asked at begin and end only; what it gave stays until then. A
 * source whose body is a form is to get it in one piece. What began ends, or
 * is dropped.
 */
typedef struct {
    const os_source_t  *source;
    os_header_pt        header;
    void               *data;
    os_str_t            secret;
    os_str_t            first;      /* piece */
    size_t              len;        /* of all */
    unsigned            given;      /* bit of a way: it was signed so */
    os_sign_check_t     check[OS_SOURCE_SIGNS];
} os_source_check_t;

void os_source_check_begin(os_source_check_t *c, const os_source_t *s,
    os_str_t secret, os_header_pt header, void *data);
void os_source_check_more(os_source_check_t *c, const char *data, size_t len);
os_receive_t os_source_check_end(os_source_check_t *c, int64_t now,
    const char **why);
void os_source_check_drop(os_source_check_t *c);

/* Is the body of its webhooks a form? */
int os_source_form(const os_source_t *s);

/*
 * What has to be known of a delivery before it is stored: its id and its topic
 * (see below). Of the body no more is read than the source's parts ask for, and
 * in steps, so that one delivery of 4 MB does not hold up others. Nothing is
 * allocated; the body, and what `header` gives, must stay until the end.
 */
typedef struct {
    const os_source_t  *source;
    os_header_pt        header;
    void               *data;
    os_str_t            body;
    const uint8_t      *mac;        /* instead of its hash; NULL: none */
    size_t              at;         /* bytes of it that were read */
    unsigned            hashed:1;   /* the body's hash is wanted, */
    unsigned            named:1;    /* a value of it, */
    unsigned            form:1;     /* which is a form */
    unsigned            broken:1;   /* it is not JSON */
    os_sha256_t         hash;
    os_pull_t           pull;       /* nul, lone, big, deep: what was odd */
    os_pull_want_t      want[OS_SOURCE_WANTS];
    char                room[OS_SOURCE_WANTS][OS_SOURCE_TEXT];
} os_source_reading_t;

void os_source_read_begin(os_source_reading_t *r, const os_source_t *s,
    os_header_pt header, void *data, os_str_t body);

/*
 * The delivery is one that `c` checks, until after the end: where its source
 * signs by an HMAC over the raw bytes and in no other way, that stands for the
 * body's hash, and the bytes are not hashed twice. The id is another than
 * without, and as good.
 */
void os_source_read_signed(os_source_reading_t *r, const os_source_check_t *c);

/* Reads at most so many bytes more: 1 while there are others, else 0. */
int os_source_read(os_source_reading_t *r, size_t most);

/*
 * Appends id and topic; each may be NULL. A body that is not JSON has no
 * values: where the source asks for some, `broken` is set.
 */
void os_source_read_end(os_source_reading_t *r, os_buf_t *delivery,
    os_buf_t *topic);

/*
 * The id of a delivery, 22 base64url characters: a hash over the parts that
 * the source names. Equal deliveries get equal ids, so a repeat is known.
 */
void os_source_delivery(const os_source_t *s, os_header_pt header, void *data,
    os_str_t body, os_buf_t *out);

/*
 * The topic as the source names it; nothing when it names none. Both read the
 * whole body at once.
 */
void os_source_topic(const os_source_t *s, os_header_pt header, void *data,
    os_str_t body, os_buf_t *out);

/*
 * Maps a webhook's payload or an API's answer to canonical orders: a new array
 * (empty when the topic carries no order), or NULL with err. `store` is the
 * store's name; `customer` is made of the e-mail with `keys` (may be NULL). A
 * phone comes out as it was typed: the number in it is the caller's to find.
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
 * What a mail service tells of mails that came back: a new array of {"email",
 * "what"}, "mailbox" (there is none) or "complaint" (it was called spam); empty
 * where the source has none, or the payload tells of something else.
 */
json_t *os_source_bounces(const os_source_t *s, const json_t *payload,
    os_str_t topic);

/*
 * The same for parcels: a new array of what is said of each (docs/formats.md,
 * "Event"), numbers as os_track_number() has them; empty when the source or
 * the topic has none.
 */
json_t *os_source_parcels(const os_source_t *s, const json_t *payload,
    os_str_t topic, os_error_t *err);

#endif /* OS_SOURCE_H */

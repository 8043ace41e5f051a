/*
 * os_source: receives and maps what platforms send. See os_source.h, and
 * docs/sources.md for the language.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_form.h"
#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/order/os_order.h"
#include "core/order/os_source.h"
#include "core/order/os_track.h"


#define OS_SOURCE_DEPTH    16
#define OS_DELIVERY_LEN    22


/* What a value is looked up in. */
typedef struct {
    const json_t  *root;        /* the order as the platform writes it */
    const json_t  *here;        /* the same, or the element of an "each" */
    const json_t  *words;       /* the source's named tables */
    os_str_t       topic;
    int            digits;      /* of the order's currency */
    int            depth;
} os_map_t;


static json_t *os_map_value(os_map_t *m, const json_t *spec);


static int
os_source_fault(const os_source_t *s, const char *pointer, const char *what,
    os_error_t *err)
{
    int       line, column;
    os_buf_t  text;

    line = 1;
    column = 1;
    text = (os_buf_t) { 0 };

    if (os_file_read(s->path, &text, NULL) == 0) {
        (void) os_json_locate(os_buf_view(&text), os_str(pointer), &line,
                              &column);
    }

    os_buf_free(&text);

    return os_fail(err, "%s:%d:%d: %s: %s", s->path, line, column,
                   *pointer ? pointer : "/", what);
}


/* One way to sign, or a list of ways. */
static int
os_source_signs(os_source_t *s, const json_t *signature, os_error_t *err)
{
    size_t        i, n;
    const char   *expected;

    n = json_is_array(signature) ? json_array_size(signature) : 1;

    if (n == 0 || n > OS_SOURCE_SIGNS) {
        return os_source_fault(s, "/receive/signature",
                               "one to four signatures expected", err);
    }

    for (i = 0; i < n; i++) {
        if (os_sign_read(json_is_array(signature)
                         ? json_array_get(signature, i) : signature,
                         &s->signs[i], &expected) != 0)
        {
            return os_source_fault(s, "/receive/signature", expected, err);
        }
    }

    s->nsigns = n;
    s->sign = s->signs[0].scheme;

    return 0;
}


/* What makes a delivery what it is: the n-th part, behind them the topic. */
static const json_t *
os_source_part(const os_source_t *s, size_t n)
{
    const json_t  *receive, *parts;

    receive = json_object_get(s->json, "receive");
    parts = json_object_get(receive, "delivery");

    return n < json_array_size(parts) ? json_array_get(parts, n)
           : n == json_array_size(parts) ? json_object_get(receive, "topic")
           : NULL;
}


static size_t
os_source_parts(const os_source_t *s)
{
    return json_array_size(json_object_get(json_object_get(s->json, "receive"),
                                           "delivery"));
}


/*
 * Sets what is wanted of the body for each part that is {"pointer": P}, in
 * their order. How many; -1 when there are too many, or one is no pointer.
 */
static int
os_source_wants(const os_source_t *s, os_source_reading_t *r)
{
    size_t     i;
    unsigned   n = 0;
    os_str_t   pointer;

    for (i = 0; i <= os_source_parts(s); i++) {
        pointer = os_json_str(os_source_part(s, i), "pointer");

        if (pointer.len == 0) {
            continue;
        }

        if (n == OS_SOURCE_WANTS) {
            return -1;
        }

        r->want[n] = (os_pull_want_t) { .pointer = pointer,
                                        .room = r->room[n],
                                        .size = OS_SOURCE_TEXT };
        n++;
    }

    return os_pull_init(&r->pull, r->want, n) == 0 ? (int) n : -1;
}


os_source_t *
os_source_load(const char *path, os_error_t *err)
{
    json_t               *receive;
    os_source_t          *s;
    os_source_reading_t   reading;

    s = calloc(1, sizeof(os_source_t));
    if (s == NULL) {
        (void) os_fail(err, "no memory");
        return NULL;
    }

    s->path = strdup(path);
    s->json = os_json_file(path, err);

    if (s->json == NULL || s->path == NULL) {
        os_source_free(s);
        return NULL;
    }

    receive = json_object_get(s->json, "receive");

    if (!json_is_object(json_object_get(s->json, "map"))
        && !json_is_object(json_object_get(s->json, "parcel"))
        && !json_is_object(json_object_get(s->json, "reply")))
    {
        (void) os_source_fault(s, "", "an object \"map\", \"parcel\" or "
                               "\"reply\" expected", err);

    } else if (receive == NULL) {
        return s;

    } else if (os_source_wants(s, &reading) == -1) {
        (void) os_source_fault(s, "/receive", "eight pointers at most "
                               "expected, of sixteen tokens each", err);

    } else if (os_source_signs(s, json_object_get(receive, "signature"), err)
               == 0)
    {
        s->ping = os_json_str(json_object_get(receive, "ping"), "form");
        return s;
    }

    os_source_free(s);

    return NULL;
}


void
os_source_free(os_source_t *s)
{
    if (s != NULL) {
        json_decref(s->json);
        free(s->path);
        free(s);
    }
}


static int
os_source_is_ping(const os_source_t *s, os_str_t body)
{
    size_t  i;

    if (s->ping.len == 0 || body.len < s->ping.len + 2 || body.len > 64
        || !os_str_starts(body, s->ping) || body.data[s->ping.len] != '=')
    {
        return 0;
    }

    for (i = s->ping.len + 1; i < body.len; i++) {
        if (!isdigit((unsigned char) body.data[i])) {
            return 0;
        }
    }

    return 1;
}


void
os_source_check_begin(os_source_check_t *c, const os_source_t *s,
    os_str_t secret, os_header_pt header, void *data)
{
    size_t    i;
    os_str_t  given;

    c->source = s;
    c->header = header;
    c->data = data;
    c->secret = secret;
    c->first = OS_NULL;
    c->len = 0;
    c->given = 0;

    for (i = 0; i < s->nsigns && s->signs[i].scheme != OS_SIGN_NONE; i++) {
        given = header(data, s->signs[i].header);

        if (given.len) {
            c->given |= 1u << i;
            os_sign_begin(&c->check[i], &s->signs[i], secret, given);
        }
    }
}


void
os_source_check_more(os_source_check_t *c, const char *data, size_t len)
{
    size_t  i;

    if (c->len == 0) {
        c->first = (os_str_t) { len, data };
    }

    c->len += len;

    for (i = 0; i < c->source->nsigns; i++) {
        if (c->given & 1u << i
            && c->source->signs[i].scheme != OS_SIGN_FORM_SHA1)
        {
            os_sign_more(&c->check[i], data, len);
        }
    }
}


/* What is signed is the body, or the body and where it was sent to. */
static int
os_source_holds(os_source_check_t *c, size_t i, int64_t now, const char **why)
{
    int       holds;
    os_buf_t  text = { 0 };

    if (c->source->signs[i].scheme == OS_SIGN_FORM_SHA1) {
        os_sign_form(c->header(c->data, OS_STR(":url")), c->first, &text);
        os_sign_more(&c->check[i], text.data, text.len);
    }

    holds = os_sign_end(&c->check[i], now, why);
    c->given &= ~(1u << i);
    os_buf_free(&text);

    return holds;
}


os_receive_t
os_source_check_end(os_source_check_t *c, int64_t now, const char **why)
{
    int           ping;
    size_t        i;
    os_receive_t  rc = OS_RECEIVE_BAD;

    *why = "unsigned";
    ping = c->first.len == c->len && os_source_is_ping(c->source, c->first);

    for (i = 0; i < c->source->nsigns && rc == OS_RECEIVE_BAD; i++) {

        if (c->source->signs[i].scheme == OS_SIGN_NONE) {
            rc = ping ? OS_RECEIVE_PING : OS_RECEIVE_OK;

        } else if (c->given & 1u << i
                   && os_source_holds(c, i, now, why))
        {
            rc = OS_RECEIVE_OK;
        }
    }

    /* a ping carries no signature at all, not a wrong one */

    if (rc == OS_RECEIVE_BAD && ping && strcmp(*why, "unsigned") == 0) {
        rc = OS_RECEIVE_PING;
    }

    os_source_check_drop(c);
    return rc;
}


void
os_source_check_drop(os_source_check_t *c)
{
    size_t  i;

    for (i = 0; i < c->source->nsigns; i++) {
        if (c->given & 1u << i) {
            os_sign_drop(&c->check[i]);
        }
    }

    c->given = 0;
}


os_receive_t
os_source_verify(const os_source_t *s, os_str_t secret, os_header_pt header,
    void *data, os_str_t body, int64_t now, const char **why)
{
    os_source_check_t  c;

    os_source_check_begin(&c, s, secret, header, data);
    os_source_check_more(&c, body.data, body.len);

    return os_source_check_end(&c, now, why);
}


int
os_source_form(const os_source_t *s)
{
    return os_json_bool(json_object_get(s->json, "receive"), "form");
}


json_t *
os_source_payload(const os_source_t *s, os_str_t body, os_error_t *err)
{
    json_t    *payload;
    os_str_t   name, value;
    os_buf_t   key = { 0 }, text = { 0 };

    if (!os_source_form(s)) {
        return os_json_parse(body, "webhook", err);
    }

    payload = json_object();

    while (os_form_next(&body, &name, &value)) {
        key.len = text.len = 0;
        os_form_decode(name, &key);
        os_form_decode(value, &text);

        if (key.len && os_utf8_valid(os_buf_view(&key))
            && os_utf8_valid(os_buf_view(&text)))
        {
            os_json_set_str(payload, key.data, os_buf_view(&text));
        }
    }

    os_buf_free(&key);
    os_buf_free(&text);

    return payload;
}


/* A field of a form, by a pointer of one token; the last of its name. */
static os_str_t
os_source_field(os_source_reading_t *r, os_pull_want_t *want)
{
    os_str_t   form = r->body, name, value;
    os_buf_t   key = { 0 }, text = { 0 };

    want->kind = OS_PULL_NONE;

    while (os_form_next(&form, &name, &value)) {
        key.len = text.len = 0;
        os_form_decode(name, &key);
        os_form_decode(value, &text);

        if (key.len + 1 == want->pointer.len
            && memcmp(key.data, want->pointer.data + 1, key.len) == 0
            && text.len <= want->size && os_utf8_valid(os_buf_view(&text)))
        {
            want->kind = OS_PULL_STRING;
            want->len = text.len;
            memcpy(want->room, text.data ? text.data : "", text.len);
        }
    }

    os_buf_free(&key);
    os_buf_free(&text);

    return os_pull_text(want);
}


/*
 * Where the parts say nothing, the body does: a hash over it begins with the
 * zero bytes that end each of them.
 */
void
os_source_read_begin(os_source_reading_t *r, const os_source_t *s,
    os_header_pt header, void *data, os_str_t body)
{
    int            said = 0;
    size_t         i;
    os_str_t       name;
    const json_t  *part;

    memset(r, 0, offsetof(os_source_reading_t, room));
    r->source = s;
    r->header = header;
    r->data = data;
    r->body = body;
    r->form = os_source_form(s) != 0;
    r->named = os_source_wants(s, r) > 0;

    os_sha256_begin(&r->hash);

    for (i = 0; i <= os_source_parts(s); i++) {
        part = os_source_part(s, i);
        name = os_json_str(part, "header");
        r->hashed |= name.len == 0 && json_object_get(part, "hash") != NULL;
        said |= i < os_source_parts(s)
                && (name.len ? header(data, name).len > 0
                             : json_object_get(part, "hash") != NULL);
    }

    for (i = 0; !said && !r->hashed && i < os_source_parts(s); i++) {
        os_sha256_more(&r->hash, "", 1);
    }

    r->hashed |= !said;
}


void
os_source_read_signed(os_source_reading_t *r, const os_source_check_t *c)
{
    if (r->hashed && r->source->nsigns == 1
        && (r->source->sign == OS_SIGN_HMAC_BASE64
            || r->source->sign == OS_SIGN_HMAC_HEX))
    {
        r->mac = c->check[0].mac;
        r->hashed = 0;
    }
}


int
os_source_read(os_source_reading_t *r, size_t most)
{
    size_t       n = r->body.len - r->at;
    const char  *from = r->body.data + r->at;

    if (!r->hashed && (!r->named || r->form || r->broken)) {
        r->at = r->body.len;
        return 0;
    }

    n = n < most ? n : most;
    r->at += n;

    if (n && r->hashed) {
        os_sha256_more(&r->hash, from, n);
    }

    if (n && r->named && !r->form && !r->broken) {
        r->broken = os_pull_feed(&r->pull, from, n) == -1;
    }

    return r->at < r->body.len;
}


/* A part as text; `want` goes on to the next one that is wanted. */
static void
os_source_part_text(os_source_reading_t *r, const json_t *part,
    os_str_t hash, os_pull_want_t **want, os_buf_t *out)
{
    os_str_t  name;

    name = os_json_str(part, "header");

    if (name.len) {
        os_buf_str(out, r->header(r->data, name));

    } else if (json_object_get(part, "hash") != NULL) {
        os_buf_str(out, hash);

    } else if (os_json_str(part, "pointer").len) {
        os_buf_str(out, r->form ? os_source_field(r, *want)
                                : os_pull_text(*want));
        (*want)++;
    }
}


void
os_source_read_end(os_source_reading_t *r, os_buf_t *delivery, os_buf_t *topic)
{
    size_t           i, n = os_source_parts(r->source);
    uint8_t          whole[OS_SHA256_LEN], hash[OS_SHA256_LEN];
    os_buf_t         all = { 0 }, text = { 0 }, body = { 0 };
    os_pull_want_t  *want = r->want;

    if (r->named && !r->form && !r->broken) {
        r->broken = os_pull_end(&r->pull) == -1;
    }

    os_sha256_end(&r->hash, whole);

    /* what was signed is in no id as it is */

    if (r->mac) {
        os_sha256(r->mac, OS_SHA256_LEN, whole);
    }

    os_base64url(&body, whole, sizeof(whole));

    for (i = 0; i < n; i++) {
        os_source_part_text(r, os_source_part(r->source, i),
                            os_buf_view(&body), &want, &all);
        os_buf_char(&all, '\0');
    }

    /* nothing was said: the hash is that of the body behind n zero bytes */

    if (all.len == n) {
        memcpy(hash, whole, sizeof(hash));

    } else {
        os_sha256(all.data, all.len, hash);
    }

    os_base64url(&text, hash, sizeof(hash));

    if (delivery && !text.failed) {
        os_buf_add(delivery, text.data, OS_DELIVERY_LEN);
    }

    if (topic) {
        os_source_part_text(r, os_source_part(r->source, n),
                            os_buf_view(&body), &want, topic);
    }

    os_buf_free(&all);
    os_buf_free(&text);
    os_buf_free(&body);
}


void
os_source_delivery(const os_source_t *s, os_header_pt header, void *data,
    os_str_t body, os_buf_t *out)
{
    os_source_reading_t  r;

    os_source_read_begin(&r, s, header, data, body);
    (void) os_source_read(&r, body.len);
    os_source_read_end(&r, out, NULL);
}


void
os_source_topic(const os_source_t *s, os_header_pt header, void *data,
    os_str_t body, os_buf_t *out)
{
    os_source_reading_t  r;

    os_source_read_begin(&r, s, header, data, body);
    (void) os_source_read(&r, body.len);
    os_source_read_end(&r, NULL, out);
}


/* Nothing: absent, null, "", [] and {} alike. */
static int
os_map_empty(const json_t *value)
{
    return value == NULL || json_is_null(value)
           || (json_is_string(value) && json_string_length(value) == 0)
           || (json_is_array(value) && json_array_size(value) == 0)
           || (json_is_object(value) && json_object_size(value) == 0);
}


/* "/x" from the element or the order, "^/x" always from the order. */
static json_t *
os_map_at(const os_map_t *m, os_str_t pointer)
{
    const json_t  *from;

    from = m->here;

    if (pointer.len && pointer.data[0] == '^') {
        from = m->root;
        pointer.data++;
        pointer.len--;
    }

    return os_json_pointer(from, pointer);
}


static int
os_map_is(const json_t *value, const json_t *wanted)
{
    int       same;
    size_t    i;
    os_buf_t  a, b;

    if (json_is_boolean(wanted)) {
        return json_is_true(wanted)
               == (!os_map_empty(value) && !json_is_false(value));
    }

    if (json_is_array(wanted)) {
        for (i = 0; i < json_array_size(wanted); i++) {
            if (os_map_is(value, json_array_get(wanted, i))) {
                return 1;
            }
        }

        return 0;
    }

    a = (os_buf_t) { 0 };
    b = (os_buf_t) { 0 };

    same = os_json_text(value, &a) && os_json_text(wanted, &b)
           && os_str_equal(os_buf_view(&a), os_buf_view(&b));

    os_buf_free(&a);
    os_buf_free(&b);

    return same;
}


/* All members hold: pointer → text, list of texts, true or false. */
static int
os_map_holds(const os_map_t *m, const json_t *conditions)
{
    json_t      *wanted;
    const char  *pointer;

    json_object_foreach((json_t *) conditions, pointer, wanted) {
        if (!os_map_is(os_map_at(m, os_str(pointer)), wanted)) {
            return 0;
        }
    }

    return 1;
}


static json_t *
os_map_list(os_map_t *m, const json_t *spec)
{
    size_t         i;
    json_t        *value;

    for (i = 0; i < json_array_size(spec); i++) {
        value = os_map_value(m, json_array_get(spec, i));
        if (value != NULL) {
            return value;
        }
    }

    return NULL;
}


static json_t *
os_map_object(os_map_t *m, const json_t *members)
{
    json_t      *spec, *value, *object;
    const char  *name;

    object = json_object();

    json_object_foreach((json_t *) members, name, spec) {
        value = os_map_value(m, spec);
        if (value != NULL) {
            (void) json_object_set_new(object, name, value);
        }
    }

    if (json_object_size(object) == 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


/* {"find": ARRAY, "where": CONDITIONS, "take": SPEC} */
static json_t *
os_map_find(os_map_t *m, const json_t *spec)
{
    size_t         i;
    json_t        *array, *value;
    const json_t  *here;

    here = m->here;
    array = os_map_at(m, os_json_str(spec, "find"));
    value = NULL;

    for (i = 0; value == NULL && i < json_array_size(array); i++) {
        m->here = json_array_get(array, i);

        if (os_map_holds(m, json_object_get(spec, "where"))) {
            value = os_map_value(m, json_object_get(spec, "take"));
        }
    }

    m->here = here;

    return value;
}


/*
 * {"each": ARRAY, "item": SPEC} and, with `where`, only those that hold; with
 * `flat`, items that are lists give their elements.
 */
static json_t *
os_map_each(os_map_t *m, const json_t *spec)
{
    size_t         i;
    json_t        *array, *value, *out;
    const json_t  *here;

    here = m->here;
    array = os_map_at(m, os_json_str(spec, "each"));
    out = json_array();

    for (i = 0; i < json_array_size(array); i++) {
        m->here = json_array_get(array, i);

        if (!os_map_holds(m, json_object_get(spec, "where"))) {
            continue;
        }

        value = os_map_value(m, json_object_get(spec, "item"));

        if (json_is_array(value) && os_json_bool(spec, "flat")) {
            (void) json_array_extend(out, value);
            json_decref(value);

        } else if (value != NULL) {
            (void) json_array_append_new(out, value);
        }
    }

    m->here = here;

    if (json_array_size(out) == 0) {
        json_decref(out);
        return NULL;
    }

    return out;
}


/* {"sum": ARRAY, "of": POINTER}: amounts without their signs, as money. */
static json_t *
os_map_sum(os_map_t *m, const json_t *spec)
{
    size_t    i;
    json_t   *array;
    int64_t   minor, sum;
    os_buf_t  text;

    sum = 0;
    array = os_map_at(m, os_json_str(spec, "sum"));

    for (i = 0; i < json_array_size(array); i++) {
        text = (os_buf_t) { 0 };

        if (os_json_text(os_json_pointer(json_array_get(array, i),
                                         os_json_str(spec, "of")), &text)
            && os_money_parse(os_buf_view(&text), m->digits, &minor) == 0)
        {
            /* more than that is no sum of money */

            if (minor == INT64_MIN
                || __builtin_add_overflow(sum, minor < 0 ? -minor : minor,
                                          &sum))
            {
                sum = INT64_MAX;
            }
        }

        os_buf_free(&text);
    }

    return sum ? json_integer(sum) : NULL;
}


static json_t *
os_map_join(os_map_t *m, const json_t *spec)
{
    size_t     i;
    json_t    *parts, *value;
    os_buf_t   out;

    out = (os_buf_t) { 0 };
    parts = json_object_get(spec, "join");

    for (i = 0; i < json_array_size(parts); i++) {
        value = os_map_value(m, json_array_get(parts, i));
        if (value == NULL) {
            continue;
        }

        if (out.len) {
            os_buf_str(&out, os_json_str(spec, "with"));
        }

        (void) os_json_text(value, &out);
        json_decref(value);
    }

    value = out.len ? os_json_new_str(os_buf_view(&out)) : NULL;
    os_buf_free(&out);

    return value;
}


static json_t *
os_map_raw(os_map_t *m, const json_t *spec)
{
    json_t  *from;

    from = json_object_get(spec, "value");
    if (from != NULL) {
        return json_deep_copy(from);
    }

    from = json_object_get(spec, "from");
    if (from != NULL) {
        return os_map_value(m, from);
    }

    from = json_object_get(spec, "object");
    if (from != NULL) {
        return os_map_object(m, from);
    }

    if (json_object_get(spec, "find")) {
        return os_map_find(m, spec);
    }

    if (json_object_get(spec, "each")) {
        return os_map_each(m, spec);
    }

    if (json_object_get(spec, "sum")) {
        return os_map_sum(m, spec);
    }

    if (json_object_get(spec, "join")) {
        return os_map_join(m, spec);
    }

    return json_is_true(json_object_get(spec, "topic"))
           ? os_json_new_str(m->topic) : NULL;
}


/* A table as it stands, or the name of one of the source's `words`. */
static json_t *
os_map_table(const os_map_t *m, const json_t *table, json_t *value)
{
    json_t    *to;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    to = NULL;

    if (json_is_string(table)) {
        table = json_object_get(m->words, json_string_value(table));
    }

    if (os_json_text(value, &text) && !text.failed) {
        to = json_object_get(table, text.data ? text.data : "");
    }

    if (to == NULL) {
        to = json_object_get(table, "*");
    }

    os_buf_free(&text);
    json_decref(value);

    return os_map_empty(to) ? NULL : json_deep_copy(to);
}


static json_t *
os_as_phone(os_str_t text)
{
    size_t     i;
    json_t    *value;
    os_buf_t   out;

    out = (os_buf_t) { 0 };

    for (i = 0; i < text.len; i++) {
        if (isdigit((unsigned char) text.data[i])
            || (text.data[i] == '+' && out.len == 0))
        {
            os_buf_char(&out, text.data[i]);
        }
    }

    value = out.len > 3 ? os_json_new_str(os_buf_view(&out)) : NULL;
    os_buf_free(&out);

    return value;
}


/*
 * The day that a platform writes is the day where the parcel arrives: what
 * follows it, an hour or a zone, must not move it.
 */
static json_t *
os_as_date(os_str_t text)
{
    int64_t  day;

    text.len = text.len > 10 ? 10 : text.len;

    return os_track_days(text, &day) == 0 ? os_json_new_str(text) : NULL;
}


static json_t *
os_as_bool(os_str_t text)
{
    size_t                    i;
    static const char *const  yes[] = { "1", "true", "yes", "on", "y" };

    for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (os_str_equal(text, os_str(yes[i]))) {
            return json_true();
        }
    }

    return NULL;
}


/* Letters of ASCII to lower case, or "fr_CA" to "fr-CA". */
static json_t *
os_as_changed(os_str_t text, int locale)
{
    char       c;
    size_t     i;
    json_t    *value;
    os_buf_t   out;

    out = (os_buf_t) { 0 };

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (locale) {
            if (c == '.' || c == '@') {
                break;
            }

            c = c == '_' ? '-' : c;

        } else if (c >= 'A' && c <= 'Z') {
            c = (char) (c - 'A' + 'a');
        }

        os_buf_char(&out, c);
    }

    value = out.len ? os_json_new_str(os_buf_view(&out)) : NULL;
    os_buf_free(&out);

    return value;
}


static json_t *
os_as_text(const os_map_t *m, os_str_t as, os_str_t text)
{
    int64_t  n;

    if (os_str_equal(as, OS_STR("money"))) {
        return os_money_parse(text, m->digits, &n) == 0 ? json_integer(n)
                                                        : NULL;
    }

    if (os_str_equal(as, OS_STR("int"))) {
        return os_money_parse(text, 0, &n) == 0 ? json_integer(n) : NULL;
    }

    if (os_str_equal(as, OS_STR("time"))) {
        return os_time_parse(text, &n) == 0 ? json_integer(n) : NULL;
    }

    if (os_str_equal(as, OS_STR("date"))) {
        return os_as_date(text);
    }

    if (os_str_equal(as, OS_STR("phone"))) {
        return os_as_phone(text);
    }

    if (os_str_equal(as, OS_STR("bool"))) {
        return os_as_bool(text);
    }

    if (os_str_equal(as, OS_STR("lower"))) {
        return os_as_changed(text, 0);
    }

    if (os_str_equal(as, OS_STR("locale"))) {
        return os_as_changed(text, 1);
    }

    return text.len ? os_json_new_str(text) : NULL;     /* text */
}


static json_t *
os_map_as(const os_map_t *m, os_str_t as, json_t *value)
{
    json_t    *out;
    os_buf_t   text;

    text = (os_buf_t) { 0 };

    out = os_json_text(value, &text) && !text.failed
          ? os_as_text(m, as, os_buf_view(&text)) : NULL;

    os_buf_free(&text);
    json_decref(value);

    return out;
}


static json_t *
os_map_spec(os_map_t *m, const json_t *spec)
{
    json_t    *value;
    int64_t    plus;
    os_str_t   as;

    if (!os_map_holds(m, json_object_get(spec, "when"))) {
        return NULL;
    }

    value = os_map_raw(m, spec);

    if (value && json_object_get(spec, "map")) {
        value = os_map_table(m, json_object_get(spec, "map"), value);
    }

    as = os_json_str(spec, "as");

    if (value && as.len) {
        value = os_map_as(m, as, value);
    }

    if (json_is_integer(value)
        && os_duration_parse(os_json_str(spec, "plus"), &plus) == 0)
    {
        (void) json_integer_set(value, json_integer_value(value) + plus);
    }

    if (value == NULL && json_object_get(spec, "default")) {
        return json_deep_copy(json_object_get(spec, "default"));
    }

    return value;
}


/* New, or NULL: a value that is empty is as good as none. */
static json_t *
os_map_value(os_map_t *m, const json_t *spec)
{
    json_t  *value;

    if (m->depth >= OS_SOURCE_DEPTH) {
        return NULL;
    }

    m->depth++;

    if (json_is_string(spec)) {
        value = json_deep_copy(os_map_at(m, (os_str_t) {
                                   json_string_length(spec),
                                   json_string_value(spec) }));

    } else if (json_is_array(spec)) {
        value = os_map_list(m, spec);

    } else {
        value = os_map_spec(m, spec);
    }

    m->depth--;

    if (os_map_empty(value)) {
        json_decref(value);
        return NULL;
    }

    return value;
}


static void
os_map_customer(const os_keys_t *keys, os_str_t store, json_t *order)
{
    os_str_t  email;
    os_buf_t  customer;

    customer = (os_buf_t) { 0 };
    email = os_json_str(order, "email");

    if (keys != NULL && email.len) {
        os_keys_customer(keys, store, email, &customer);
        os_json_set_str(order, "customer", os_buf_view(&customer));
        os_buf_free(&customer);
    }
}


/* What no source has to spell out: an order says what it is. */
static int
os_map_finish(const os_source_t *s, const os_keys_t *keys, os_str_t store,
    json_t *order, os_error_t *err)
{
    os_str_t    number;
    json_t     *id;
    os_buf_t    text;

    text = (os_buf_t) { 0 };
    id = json_object_get(order, "id");

    if (!os_json_text(id, &text) || text.len == 0
        || text.len > OS_ORDER_ID_MAX)
    {
        os_buf_free(&text);
        return os_fail(err, "%s: the payload has no order id", s->path);
    }

    os_json_set_str(order, "id", os_buf_view(&text));
    number = os_json_str(order, "number");

    if (os_str_equal(number, os_buf_view(&text))) {
        (void) json_object_del(order, "number");
    }

    os_buf_free(&text);
    os_json_set_int(order, "v", 1);
    os_json_set_str(order, "store", store);

    if (json_object_get(order, "state") == NULL) {
        os_json_set_str(order, "state", OS_STR("open"));
    }

    os_map_customer(keys, store, order);

    return 0;
}


static json_t *
os_map_order(const os_source_t *s, const os_keys_t *keys, os_str_t store,
    const json_t *root, os_str_t topic, os_error_t *err)
{
    json_t    *map, *order, *currency;
    os_map_t   m;

    m = (os_map_t) { root, root, json_object_get(s->json, "words"), topic,
                     2, 0 };
    map = json_object_get(s->json, "map");

    currency = os_map_value(&m, json_object_get(map, "currency"));

    if (json_is_string(currency)) {
        m.digits = os_currency_digits(os_str(json_string_value(currency)));
    }

    json_decref(currency);
    order = os_map_object(&m, map);

    if (order == NULL) {
        order = json_object();
    }

    if (os_map_finish(s, keys, store, order, err) != 0) {
        json_decref(order);
        return NULL;
    }

    return order;
}


/*
 * Is this payload one that carries an order (or a parcel) for us? `topics` and
 * `skip` are the members that say so.
 */
static int
os_map_wanted(const os_source_t *s, const json_t *root, os_str_t topic,
    const char *topics, const char *skip)
{
    size_t      i;
    json_t     *list, *name, *conditions;
    os_map_t    m;

    m = (os_map_t) { root, root, NULL, topic, 2, 0 };
    conditions = json_object_get(s->json, skip);

    if (json_object_size(conditions) && os_map_holds(&m, conditions)) {
        return 0;
    }

    list = json_object_get(s->json, topics);

    if (list == NULL || topic.len == 0) {
        return 1;
    }

    json_array_foreach(list, i, name) {
        if (os_str_equal(topic, os_str(json_string_value(name)))) {
            return 1;
        }
    }

    return 0;
}


/* What `pointer` names: a list, one thing, or without it the payload. */
static const json_t *
os_map_roots(const os_source_t *s, const json_t *payload, const char *pointer,
    size_t *n)
{
    const json_t  *list;

    list = os_json_pointer(payload, os_json_str(s->json, pointer));
    list = list ? list : payload;
    *n = json_is_array(list) ? json_array_size(list) : 1;

    return list;
}


json_t *
os_source_map(const os_source_t *s, const os_keys_t *keys, os_str_t store,
    const json_t *payload, os_str_t topic, os_error_t *err)
{
    size_t         i, n;
    json_t        *out, *order;
    const json_t  *list, *root;

    out = json_array();
    list = os_map_roots(s, payload, "orders", &n);

    if (json_object_get(s->json, "map") == NULL) {
        return out;
    }

    for (i = 0; i < n; i++) {
        root = json_is_array(list) ? json_array_get(list, i) : list;

        if (!os_map_wanted(s, root, topic, "topics", "skip")) {
            continue;
        }

        order = os_map_order(s, keys, store, root, topic, err);

        if (order == NULL) {
            json_decref(out);
            return NULL;
        }

        (void) json_array_append_new(out, order);
    }

    return out;
}


/* A parcel is known by its number. */
static int
os_map_number(const os_source_t *s, json_t *parcel, os_error_t *err)
{
    os_buf_t  text, number;

    text = (os_buf_t) { 0 };
    number = (os_buf_t) { 0 };
    (void) os_json_text(json_object_get(parcel, "number"), &text);
    os_track_number(os_buf_view(&text), &number);
    os_json_set_str(parcel, "number", os_buf_view(&number));
    os_buf_free(&text);
    os_buf_free(&number);

    return os_json_str(parcel, "number").len
           ? 0 : os_fail(err, "%s: the payload has no tracking number",
                         s->path);
}


json_t *
os_source_parcels(const os_source_t *s, const json_t *payload, os_str_t topic,
    os_error_t *err)
{
    size_t         i, n;
    json_t        *map, *out, *parcel;
    os_map_t       m;
    const json_t  *list, *root;

    out = json_array();
    map = json_object_get(s->json, "parcel");
    list = os_map_roots(s, payload, "parcels", &n);

    /* a source of both tells them apart by topic, or by what is there */
    if (map == NULL
        || (list == payload && json_object_get(s->json, "parcels")
            && json_object_get(s->json, "map")))
    {
        return out;
    }

    for (i = 0; i < n; i++) {
        root = json_is_array(list) ? json_array_get(list, i) : list;

        if (!os_map_wanted(s, root, topic, "parcel_topics", "parcel_skip")) {
            continue;
        }

        m = (os_map_t) { root, root, json_object_get(s->json, "words"), topic,
                         2, 0 };
        parcel = os_map_object(&m, map);
        parcel = parcel ? parcel : json_object();
        (void) json_array_append_new(out, parcel);

        if (os_map_number(s, parcel, err) != 0) {
            json_decref(out);
            return NULL;
        }
    }

    return out;
}


json_t *
os_source_reply(const os_source_t *s, const json_t *payload, os_str_t topic)
{
    json_t    *spec, *reply;
    os_map_t   m;

    spec = json_object_get(s->json, "reply");

    if (spec == NULL) {
        return NULL;
    }

    m = (os_map_t) { payload, payload, json_object_get(s->json, "words"),
                     topic, 2, 0 };
    reply = os_map_object(&m, spec);

    if (os_json_str(reply, "from").len == 0) {
        json_decref(reply);
        return NULL;
    }

    return reply;
}

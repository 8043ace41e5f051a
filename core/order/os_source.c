/*
 * os_source: receives and maps what platforms send. See os_source.h, and
 * docs/sources.md for the language.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_form.h"
#include "core/base/os_json_outside.h"
#include "core/base/os_mail.h"
#include "core/base/os_money.h"
#include "core/order/os_follow.h"
#include "core/order/os_map.h"
#include "core/order/os_map_check.h"
#include "core/order/os_order.h"
#include "core/order/os_products.h"
#include "core/order/os_source.h"
#include "core/order/os_track.h"


#define OS_DELIVERY_LEN    22


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


static void
os_source_part(os_source_part_t *part, const json_t *spec)
{
    part->header = os_json_str(spec, "header");
    part->pointer = os_json_str(spec, "pointer");
    part->hash = json_object_get(spec, "hash") != NULL;
}


/* What is asked of every delivery is looked up once. -1 without memory. */
static int
os_source_parts(os_source_t *s, const json_t *receive)
{
    size_t   i, n;
    json_t  *parts = json_object_get(receive, "delivery");

    n = json_array_size(parts);
    s->parts = calloc(n + 1, sizeof(os_source_part_t));

    if (s->parts == NULL) {
        return -1;
    }

    for (i = 0; i < n; i++) {
        os_source_part(&s->parts[i], json_array_get(parts, i));
    }

    os_source_part(&s->parts[n], json_object_get(receive, "topic"));
    s->nparts = n;
    s->form = os_json_bool(receive, "form");

    return 0;
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

    for (i = 0; i <= s->nparts; i++) {
        pointer = s->parts[i].pointer;

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


/* All that is mapped: a misspelled member would give nothing, silently. */
static int
os_source_maps(const os_source_t *s, os_error_t *err)
{
    int          rc = 0;
    size_t       i;
    os_buf_t     where = { 0 };
    const char  *expected = "";

    static const char *const  maps[] = { "map", "parcel", "reply",
                                         "bounce" };

    for (i = 0; rc == 0 && i < sizeof(maps) / sizeof(maps[0]); i++) {
        if (json_object_get(s->json, maps[i])) {
            where.len = 0;
            os_json_pointer_add(&where, maps[i]);

            rc = os_map_check(json_object_get(s->json, maps[i]),
                              json_object_get(s->json, "words"), &where,
                              &expected);
        }
    }

    if (rc != 0) {
        (void) os_source_fault(s, where.data, expected, err);
    }

    os_buf_free(&where);
    return rc;
}


/* How it is asked: to follow parcels, for its products; where it can be. */
static int
os_source_asks(const os_source_t *s, os_error_t *err)
{
    int            rc = 0;
    os_buf_t       where = { 0 };
    os_error_t     what;
    const json_t  *follow = json_object_get(s->json, "follow");
    const json_t  *catalog = json_object_get(s->json, "catalog");

    if (follow) {
        os_json_pointer_add(&where, "follow");
        rc = os_follow_check(follow, &where, &what);
    }

    if (catalog && rc == 0) {
        where.len = 0;
        os_json_pointer_add(&where, "catalog");
        rc = os_products_check(catalog, json_object_get(s->json, "words"),
                               &where, &what);
    }

    if (rc != 0) {
        (void) os_source_fault(s, where.data, what.text, err);
    }

    os_buf_free(&where);

    return rc;
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

    if (os_source_parts(s, receive) == -1) {
        (void) os_fail(err, "no memory");

    } else if (!json_is_object(json_object_get(s->json, "map"))
               && !json_is_object(json_object_get(s->json, "parcel"))
               && !json_is_object(json_object_get(s->json, "reply"))
               && !json_is_object(json_object_get(s->json, "bounce")))
    {
        (void) os_source_fault(s, "", "an object \"map\", \"parcel\", "
                               "\"reply\" or \"bounce\" expected", err);

    } else if (os_source_maps(s, err) != 0
               || os_source_asks(s, err) != 0)
    {
        /* err says where */

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
        free(s->parts);
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
    return s->form;
}


json_t *
os_source_payload(const os_source_t *s, os_str_t body, os_error_t *err)
{
    json_t    *payload;
    os_str_t   name, value;
    os_buf_t   key = { 0 }, text = { 0 };

    if (!os_source_form(s)) {
        return os_json_outside(body, "webhook", err);
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
    int                      said = 0;
    size_t                   i;
    const os_source_part_t  *part;

    memset(r, 0, offsetof(os_source_reading_t, room));
    r->source = s;
    r->header = header;
    r->data = data;
    r->body = body;
    r->form = os_source_form(s) != 0;
    r->named = os_source_wants(s, r) > 0;

    os_sha256_begin(&r->hash);

    for (i = 0; i <= s->nparts; i++) {
        part = &s->parts[i];
        r->hashed |= part->header.len == 0 && part->hash;
        said |= i < s->nparts
                && (part->header.len ? header(data, part->header).len > 0
                                     : part->hash);
    }

    for (i = 0; !said && !r->hashed && i < s->nparts; i++) {
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
os_source_part_text(os_source_reading_t *r, const os_source_part_t *part,
    os_str_t hash, os_pull_want_t **want, os_buf_t *out)
{
    if (part->header.len) {
        os_buf_str(out, r->header(r->data, part->header));

    } else if (part->hash) {
        os_buf_str(out, hash);

    } else if (part->pointer.len) {
        os_buf_str(out, r->form ? os_source_field(r, *want)
                                : os_pull_text(*want));
        (*want)++;
    }
}


void
os_source_read_end(os_source_reading_t *r, os_buf_t *delivery, os_buf_t *topic)
{
    char             room[3][256];
    size_t           i, n = r->source->nparts;
    uint8_t          whole[OS_SHA256_LEN], hash[OS_SHA256_LEN];
    os_buf_t         all = os_buf_on(room[0], sizeof(room[0]));
    os_buf_t         text = os_buf_on(room[1], sizeof(room[1]));
    os_buf_t         body = os_buf_on(room[2], sizeof(room[2]));
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
        os_source_part_text(r, &r->source->parts[i], os_buf_view(&body),
                            &want, &all);
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
        os_source_part_text(r, &r->source->parts[n], os_buf_view(&body),
                            &want, topic);
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


static os_map_t
os_map_of(const os_source_t *s, const json_t *root, os_str_t topic)
{
    return (os_map_t) { .root = root, .here = root, .topic = topic,
                        .words = json_object_get(s->json, "words"),
                        .digits = 2 };
}


static void
os_map_customer(const os_keys_t *keys, os_str_t store, json_t *order)
{
    os_str_t  email;
    os_buf_t  customer, plain = { 0 };

    customer = (os_buf_t) { 0 };
    os_mail_plain(os_json_str(order, "email"), &plain);

    if (plain.len) {
        os_json_set_str(order, "email", os_buf_view(&plain));

    } else {
        (void) json_object_del(order, "email");
    }

    os_buf_free(&plain);
    email = os_json_str(order, "email");

    if (keys != NULL && email.len) {
        os_keys_customer(keys, store, email, &customer);
        os_json_set_str(order, "customer", os_buf_view(&customer));
        os_buf_free(&customer);
    }
}


/* Three letters, in capitals as ISO 4217 writes them; 0: it is none. */
static int
os_currency_code(os_str_t text, char code[4])
{
    size_t  i;

    while (os_str_take(&text, ' ')) { /* void */ }

    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }

    for (i = 0; i < 3 && text.len == 3 && isalpha((unsigned char) text.data[i]);
         i++)
    {
        code[i] = (char) toupper((unsigned char) text.data[i]);
    }

    code[i] = '\0';
    return i == 3;
}


static void
os_map_currency(json_t *order)
{
    char  code[4];

    if (os_currency_code(os_json_str(order, "currency"), code)) {
        os_json_set_str(order, "currency", os_str(code));

    } else {
        (void) json_object_del(order, "currency");
    }
}


/*
 * How many digits amounts have: two, where no currency is told; -1 where what
 * is told is none: nobody knows what an amount means then.
 */
static int
os_map_digits(os_map_t *m, const json_t *spec)
{
    int      digits = 2;
    char     code[4];
    json_t  *currency;

    currency = os_map_value(m, spec);

    if (currency) {
        digits = json_is_string(currency)
                 && os_currency_code(os_str(json_string_value(currency)), code)
                 ? os_currency_digits(os_str(code)) : -1;
    }

    json_decref(currency);
    return digits;
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

    os_map_currency(order);
    os_map_customer(keys, store, order);

    return 0;
}


/* Errors, edits and tests come under an order's topic as well. */
static int
os_map_is_order(const json_t *order)
{
    size_t                    i;
    static const char *const  some[] = { "id", "proof", "email", "total",
                                         "currency", "items", "payment" };

    for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        if (json_object_get(order, some[i])) {
            return 1;
        }
    }

    return 0;
}


/* What the store sent and nobody can read, in the order of its names. */
static void
os_map_told(json_t *order, json_t *odd, int digits)
{
    if (digits == -1) {
        odd = odd ? odd : json_array();
        (void) json_array_append_new(odd, json_string("currency"));
    }

    if (odd) {
        (void) json_object_set_new(order, "odd", odd);
    }
}


/* New; NULL with err; null: it is no order at all. */
static json_t *
os_map_order(const os_source_t *s, const os_keys_t *keys, os_str_t store,
    const json_t *root, os_str_t topic, os_error_t *err)
{
    json_t    *map, *order;
    os_map_t   m;

    m = os_map_of(s, root, topic);
    map = json_object_get(s->json, "map");
    m.digits = os_map_digits(&m, json_object_get(map, "currency"));
    m.refused = 0;
    order = os_map_object(&m, map);

    if (m.failed) {
        json_decref(order);
        json_decref(m.odd);
        (void) os_fail(err, "no memory");
        return NULL;
    }

    if (!os_map_is_order(order)) {
        json_decref(order);
        json_decref(m.odd);
        return json_null();
    }

    os_map_told(order, m.odd, m.digits);

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

    m = os_map_of(s, root, topic);
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


/*
 * What `pointer` names: a list, one thing, or without it the payload. New, a
 * list in any case.
 */
static json_t *
os_map_roots(const os_source_t *s, const json_t *payload, const char *pointer)
{
    json_t        *items;
    const json_t  *found;

    found = os_map_pointer(payload, os_json_str(s->json, pointer));
    found = found ? found : payload;
    items = os_map_items(found);

    if (json_array_size(items) == 0 && !json_is_array(found)) {
        (void) json_array_append(items, (json_t *) found);
    }

    return items;
}


/* One of a list that is no order costs the others nothing. */
json_t *
os_source_map(const os_source_t *s, const os_keys_t *keys, os_str_t store,
    const json_t *payload, os_str_t topic, os_error_t *err)
{
    int      faults = 0;
    size_t   i;
    json_t  *out, *order, *list, *root;

    out = json_array();

    if (json_object_get(s->json, "map") == NULL) {
        return out;
    }

    list = os_map_roots(s, payload, "orders");

    json_array_foreach(list, i, root) {
        if (!os_map_wanted(s, root, topic, "topics", "skip")) {
            continue;
        }

        order = os_map_order(s, keys, store, root, topic, err);

        if (order == NULL) {
            faults++;

        } else if (json_is_object(order)) {
            (void) json_array_append_new(out, order);
        }
    }

    json_decref(list);

    if (faults && json_array_size(out) == 0) {
        json_decref(out);
        return NULL;
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


/* A root says something of one parcel, or the same of several. */
static int
os_map_parcel(const os_source_t *s, const json_t *root, os_str_t topic,
    json_t *out, os_error_t *err)
{
    int       faults = 0;
    size_t    i;
    json_t   *map, *all, *parcel;
    os_map_t  m;

    m = os_map_of(s, root, topic);
    map = json_object_get(s->json, "parcel");
    all = os_map_several(&m, map, "number");
    json_decref(m.odd);

    if (m.failed) {
        faults++;
        (void) os_fail(err, "no memory");
    }

    json_array_foreach(all, i, parcel) {
        if (os_map_number(s, parcel, err) != 0) {
            faults++;

        } else {
            (void) json_array_append(out, parcel);
        }
    }

    json_decref(all);

    return faults ? -1 : 0;
}


json_t *
os_source_parcels(const os_source_t *s, const json_t *payload, os_str_t topic,
    os_error_t *err)
{
    int      faults = 0;
    size_t   i;
    json_t  *map, *out, *list, *root;

    out = json_array();
    map = json_object_get(s->json, "parcel");

    /* a source of both tells them apart by topic, or by what is there */
    if (map == NULL
        || (json_object_get(s->json, "parcels")
            && json_object_get(s->json, "map")
            && os_map_pointer(payload, os_json_str(s->json, "parcels"))
               == NULL))
    {
        return out;
    }

    list = os_map_roots(s, payload, "parcels");

    json_array_foreach(list, i, root) {
        if (os_map_wanted(s, root, topic, "parcel_topics", "parcel_skip")
            && os_map_parcel(s, root, topic, out, err) == -1)
        {
            faults++;
        }
    }

    json_decref(list);

    if (faults && json_array_size(out) == 0) {
        json_decref(out);
        return NULL;
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

    m = os_map_of(s, payload, topic);
    reply = os_map_object(&m, spec);
    json_decref(m.odd);

    if (os_json_str(reply, "from").len == 0) {
        json_decref(reply);
        return NULL;
    }

    return reply;
}


json_t *
os_source_bounces(const os_source_t *s, const json_t *payload, os_str_t topic)
{
    size_t     i;
    json_t    *spec, *list, *root, *bounce, *out = json_array();
    os_map_t   m;

    spec = json_object_get(s->json, "bounce");

    if (spec == NULL
        || (json_object_get(s->json, "bounces")
            && os_map_pointer(payload, os_json_str(s->json, "bounces"))
               == NULL))
    {
        return out;
    }

    list = os_map_roots(s, payload, "bounces");

    json_array_foreach(list, i, root) {
        m = os_map_of(s, root, topic);
        bounce = os_map_object(&m, spec);
        json_decref(m.odd);

        if (os_json_str(bounce, "email").len && os_json_str(bounce, "what").len)
        {
            (void) json_array_append(out, bounce);
        }

        json_decref(bounce);
    }

    json_decref(list);

    return out;
}

/*
 * os_token: signed tokens and the key file. See os_token.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_mail.h"
#include "core/order/os_token.h"


#define OS_SECRET_MIN    32
#define OS_SUPPORT_MIN   8
#define OS_PROOF_LEN     16
#define OS_CUSTOMER_LEN  22


static os_str_t
os_trim(os_str_t s)
{
    while (s.len && strchr(" \t\r", s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len && strchr(" \t\r", s.data[s.len - 1])) {
        s.len--;
    }

    return s;
}


/* How many bytes at its front are of this set. */
static size_t
os_span(os_str_t s, const char *set)
{
    size_t  n = 0;

    while (n < s.len && s.data[n] && strchr(set, s.data[n])) {
        n++;
    }

    return n;
}


static int
os_keys_line(os_keys_t *keys, os_str_t line, const char *path, int number,
    os_error_t *err)
{
    os_str_t     id, secret;
    const char  *colon;

    colon = memchr(line.data, ':', line.len);

    if (colon == NULL) {
        return os_fail(err, "%s:%d: expected \"id:key\"", path, number);
    }

    id = (os_str_t) { (size_t) (colon - line.data), line.data };
    secret = (os_str_t) { line.len - id.len - 1, colon + 1 };

    if (id.len == 0 || id.len > 16
        || os_span(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789-_") < id.len)
    {
        return os_fail(err, "%s:%d: expected a key id of 1 to 16 letters, "
                       "digits, - or _", path, number);
    }

    for (size_t i = 0; i < keys->n; i++) {
        if (os_str_equal(keys->key[i].id, id)) {
            return os_fail(err, "%s:%d: expected a key id that no other line "
                           "has", path, number);
        }
    }

    if (os_str_equal(id, OS_STR("support"))) {

        if (keys->support.len || secret.len < OS_SUPPORT_MIN) {
            return os_fail(err, "%s:%d: expected one line \"support:\" with a "
                           "code of at least %d characters", path, number,
                           OS_SUPPORT_MIN);
        }

        keys->support = secret;
        return 0;
    }

    if (secret.len < OS_SECRET_MIN) {
        return os_fail(err, "%s:%d: expected a key of at least %d characters",
                       path, number, OS_SECRET_MIN);
    }

    if (os_str_equal(id, OS_STR("customer"))) {

        if (keys->own_customer) {
            return os_fail(err, "%s:%d: expected one line \"customer:\"", path,
                           number);
        }

        os_hmac_ready(&keys->customer, secret);
        keys->own_customer = 1;
        return 0;
    }

    if (keys->n == OS_KEYS_MAX) {
        return os_fail(err, "%s:%d: expected at most %d keys", path, number,
                       OS_KEYS_MAX);
    }

    keys->key[keys->n].id = id;
    os_hmac_ready(&keys->key[keys->n].hmac, secret);
    keys->n++;
    return 0;
}


int
os_keys_load(os_keys_t *keys, const char *path, os_error_t *err)
{
    int          number = 0;
    os_str_t     rest, line;
    const char  *end;

    memset(keys, 0, sizeof(*keys));

    if (os_file_read(path, &keys->file, err) == -1) {
        return -1;
    }

    rest = os_buf_view(&keys->file);

    while (rest.len > 0) {
        end = memchr(rest.data, '\n', rest.len);
        line = (os_str_t) { end ? (size_t) (end - rest.data) : rest.len,
                            rest.data };
        rest.data += line.len + (end != NULL);
        rest.len -= line.len + (end != NULL);
        number++;

        line = os_trim(line);

        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }

        if (os_keys_line(keys, line, path, number, err) == -1) {
            os_keys_free(keys);
            return -1;
        }
    }

    if (keys->n == 0) {
        os_keys_free(keys);
        return os_fail(err, "%s: expected at least one line \"id:key\"", path);
    }

    if (!keys->own_customer) {
        keys->customer = keys->key[0].hmac;
    }

    return 0;
}


void
os_keys_free(os_keys_t *keys)
{
    os_buf_free(&keys->file);
    keys->n = 0;
}


/* The first characters of a hash, as text. */
static void
os_keys_text(const uint8_t mac[OS_SHA256_LEN], os_buf_t *out)
{
    size_t  start = out->len;

    os_base64url(out, mac, OS_SHA256_LEN);

    if (!out->failed) {
        out->len = start + OS_CUSTOMER_LEN;
        out->data[out->len] = '\0';
    }
}


void
os_keys_name(const os_keys_t *keys, os_buf_t *out)
{
    size_t    i;
    uint8_t   mac[OS_SHA256_LEN];
    os_buf_t  all = { 0 };

    for (i = 0; i < keys->n; i++) {
        os_hmac(&keys->key[i].hmac, OS_STR("the keys"), mac);
        os_buf_str(&all, (os_str_t) { sizeof(mac), (char *) mac });
    }

    os_hmac(&keys->customer, os_buf_view(&all), mac);
    os_keys_text(mac, out);
    os_buf_free(&all);
}


int
os_keys_support(const os_keys_t *keys, os_str_t code)
{
    uint8_t  a[OS_SHA256_LEN], b[OS_SHA256_LEN];

    /* of one length, whatever is typed */

    os_sha256(keys->support.data, keys->support.len, a);
    os_sha256(code.data, code.len, b);

    return keys->support.len != 0 && os_equal_ct(a, b, sizeof(a));
}


void
os_keys_customer(const os_keys_t *keys, os_str_t store, os_str_t email,
    os_buf_t *out)
{
    char      c;
    size_t    from;
    uint8_t   mac[OS_SHA256_LEN];
    os_buf_t  text = { 0 };

    os_buf_str(&text, store);
    os_buf_char(&text, '\0');
    from = text.len;

    if (email.len && memchr(email.data, '@', email.len)) {
        os_mail_plain(email, &text);

    } else {
        os_buf_str(&text, email);
    }

    for (size_t i = from; i < text.len; i++) {
        c = text.data[i];
        text.data[i] = (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }

    os_hmac(&keys->customer, os_buf_view(&text), mac);
    os_keys_text(mac, out);
    os_buf_free(&text);
}


void
os_token_sign(const os_keys_t *keys, const json_t *payload, os_buf_t *out)
{
    os_buf_t  text = { 0 };

    os_json_dump(&text, payload);
    out->failed |= text.failed;
    os_token_sign_text(keys, os_buf_view(&text), out);
    os_buf_free(&text);
}


void
os_token_sign_text(const os_keys_t *keys, os_str_t payload, os_buf_t *out)
{
    size_t   start = out->len;
    uint8_t  mac[OS_SHA256_LEN];

    os_buf_str(out, keys->key[0].id);
    os_buf_char(out, '.');
    os_base64url(out, payload.data, payload.len);

    if (out->failed) {
        return;
    }

    os_hmac(&keys->key[0].hmac,
            (os_str_t) { out->len - start, out->data + start }, mac);
    os_buf_char(out, '.');
    os_base64url(out, mac, sizeof(mac));
}


/* Is the MAC right? The key is told by its id, so one comparison is enough. */
static int
os_token_signed(const os_keys_t *keys, os_str_t signed_part, os_str_t mac)
{
    size_t       i;
    uint8_t      want[OS_SHA256_LEN], have[OS_SHA256_LEN];
    const char  *dot;

    dot = memchr(signed_part.data, '.', signed_part.len);

    /* one text for one MAC: no padding, none of the other alphabet */

    if (dot == NULL || memchr(mac.data, '=', mac.len)
        || memchr(mac.data, '+', mac.len) || memchr(mac.data, '/', mac.len)
        || os_unbase64(mac, have, sizeof(have)) != OS_SHA256_LEN)
    {
        return 0;
    }

    for (i = 0; i < keys->n; i++) {
        if (os_str_equal(keys->key[i].id,
                         (os_str_t) { (size_t) (dot - signed_part.data),
                                      signed_part.data }))
        {
            os_hmac(&keys->key[i].hmac, signed_part, want);
            return os_equal_ct(want, have, sizeof(want));
        }
    }

    return 0;
}


json_t *
os_token_read(const os_keys_t *keys, os_str_t token, const char *purpose)
{
    char         text[OS_TOKEN_MAX];
    json_t      *payload;
    os_str_t     part, mac, body;
    ptrdiff_t    len;
    const char  *dot;

    if (token.len == 0 || token.len > OS_TOKEN_MAX) {
        return NULL;
    }

    for (dot = token.data + token.len - 1; *dot != '.'; dot--) {
        if (dot == token.data) {
            return NULL;
        }
    }

    part = (os_str_t) { (size_t) (dot - token.data), token.data };
    mac = (os_str_t) { token.len - part.len - 1, dot + 1 };

    if (!os_token_signed(keys, part, mac)) {
        return NULL;
    }

    dot = memchr(part.data, '.', part.len);
    body = (os_str_t) { part.len - (size_t) (dot + 1 - part.data), dot + 1 };
    len = os_unbase64(body, text, sizeof(text));

    payload = len > 0 ? os_json_read((os_str_t) { (size_t) len, text }) : NULL;

    if (!os_str_equal(os_json_str(payload, "p"), os_str(purpose))) {
        json_decref(payload);
        return NULL;
    }

    return payload;
}


json_t *
os_token_verify(const os_keys_t *keys, os_str_t token, const char *purpose,
    int64_t now, int *expired)
{
    int      old;
    json_t  *payload;

    payload = os_token_read(keys, token, purpose);
    old = payload && os_json_int(payload, "x", 0) < now;

    if (expired) {
        *expired = old;
    }

    if (old) {
        json_decref(payload);
        return NULL;
    }

    return payload;
}


void
os_token_proof(os_str_t proof, os_buf_t *out)
{
    size_t   start = out->len;
    uint8_t  hash[OS_SHA256_LEN];

    if (proof.len == 0) {
        return;
    }

    os_sha256(proof.data, proof.len, hash);
    os_base64url(out, hash, sizeof(hash));

    if (!out->failed) {
        out->len = start + OS_PROOF_LEN;
        out->data[out->len] = '\0';
    }
}

/*
 * os_sign: see os_sign.h.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include "core/base/os_code.h"
#include "core/base/os_form.h"
#include "core/base/os_hash.h"
#include "core/base/os_time.h"
#include "core/campaign/os_sign.h"


#define OS_SIGN_PUBLIC     OS_STR("rs256:")
#define OS_SIGN_TOLERANCE  300      /* s, where the source sets none */
#define OS_JWS_RSA_MAX     1024     /* bytes of a modulus, or a signature */
#define OS_JWS_RSA_LEAST   256
#define OS_JWS_EXPONENT    65537    /* AQAB, which every issuer uses */
#define OS_JWS_HEADER_MAX  1024
#define OS_JWS_PIECE       3072     /* bytes written as base64 at once */
#define OS_SHA1_LEN        20
#define OS_SIGN_FIELDS     128      /* of a form; more are not signed */


static const struct {
    const char   *word;
    os_scheme_t   scheme;
} os_schemes[] = {
    { "none", OS_SIGN_NONE },
    { "secret", OS_SIGN_SECRET },
    { "hmac-sha256-base64", OS_SIGN_HMAC_BASE64 },
    { "hmac-sha256-hex", OS_SIGN_HMAC_HEX },
    { "hmac-sha256-timed", OS_SIGN_HMAC_TIMED },
    { "sha256-key", OS_SIGN_SHA256_KEY },
    { "jws-rs256", OS_SIGN_JWS_RS256 },
    { "form-hmac-sha1", OS_SIGN_FORM_SHA1 },
};


int
os_sign_read(const json_t *spec, os_sign_t *out, const char **expected)
{
    size_t    i;
    os_str_t  word, tolerance;

    *out = (os_sign_t) { .header = os_json_str(spec, "header"),
                         .prefix = os_json_str(spec, "prefix"),
                         .tolerance = OS_SIGN_TOLERANCE };
    word = os_json_str(spec, "scheme");
    tolerance = os_json_str(spec, "tolerance");

    if (tolerance.len
        && os_duration_parse(tolerance, &out->tolerance) != 0)
    {
        *expected = "\"tolerance\" as a duration expected";
        return -1;
    }

    for (i = 0; i < sizeof(os_schemes) / sizeof(os_schemes[0]); i++) {
        if (os_str_equal(word, os_str(os_schemes[i].word))) {
            out->scheme = os_schemes[i].scheme;
            *expected = "\"header\" expected";

            return out->scheme == OS_SIGN_NONE || out->header.len ? 0 : -1;
        }
    }

    *expected = "\"scheme\" none, secret, hmac-sha256-base64, "
                "hmac-sha256-hex, hmac-sha256-timed, sha256-key, jws-rs256 or "
                "form-hmac-sha1 expected";

    return -1;
}


static int
os_sign_equal(os_str_t a, os_str_t b)
{
    return a.len == b.len && a.len && os_equal_ct(a.data, b.data, a.len);
}


static int
os_sign_digest(os_scheme_t scheme, os_str_t given,
    const uint8_t want[OS_SHA256_LEN])
{
    uint8_t    got[OS_SHA256_LEN];
    ptrdiff_t  n;

    n = scheme == OS_SIGN_HMAC_BASE64 ? os_unbase64(given, got, sizeof(got))
                                      : os_unhex(given, got, sizeof(got));

    return n == OS_SHA256_LEN && os_equal_ct(got, want, sizeof(got));
}


/* The value of NAME in "t=1,v1=ab", or OS_NULL. */
static os_str_t
os_sign_part(os_str_t list, const char *name)
{
    size_t    n, end;
    os_str_t  part;

    n = strlen(name);

    while (list.len) {
        for (end = 0; end < list.len && list.data[end] != ','; end++) {
            /* void */
        }

        part = (os_str_t) { end, list.data };

        while (part.len && part.data[0] == ' ') {
            part.data++;
            part.len--;
        }

        if (part.len > n && memcmp(part.data, name, n) == 0
            && part.data[n] == '=')
        {
            return (os_str_t) { part.len - n - 1, part.data + n + 1 };
        }

        end += end < list.len;
        list.data += end;
        list.len -= end;
    }

    return OS_NULL;
}


/* Digits alone: what was signed is the text, and it is read in one way. */
static int
os_sign_fresh(const os_sign_t *s, os_str_t text, int64_t now)
{
    size_t   i;
    int64_t  at;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }
    }

    return text.len && text.len <= 12 && os_time_parse(text, &at) == 0
           && at >= now - s->tolerance && at <= now + s->tolerance;
}


/* The public key of a modulus in base64url, a JWK's "n". */
static EVP_PKEY *
os_jws_key(os_str_t modulus)
{
    BIGNUM          *n, *e;
    uint8_t          bytes[OS_JWS_RSA_MAX];
    EVP_PKEY        *key;
    ptrdiff_t        len;
    OSSL_PARAM      *params;
    EVP_PKEY_CTX    *ctx;
    OSSL_PARAM_BLD  *build;

    key = NULL;
    len = os_unbase64(modulus, bytes, sizeof(bytes));

    if (len < OS_JWS_RSA_LEAST) {
        return NULL;
    }

    n = BN_bin2bn(bytes, (int) len, NULL);
    e = BN_new();
    build = OSSL_PARAM_BLD_new();
    ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    params = NULL;

    if (n && e && build && ctx && BN_set_word(e, OS_JWS_EXPONENT)
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n)
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e)
        && (params = OSSL_PARAM_BLD_to_param(build)) != NULL
        && EVP_PKEY_fromdata_init(ctx) == 1)
    {
        (void) EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
    }

    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);

    return key;
}


/* RFC 7797: is the payload signed as it is? -1 when the header is not ours. */
static int
os_jws_plain(os_str_t header)
{
    int        plain;
    char       text[OS_JWS_HEADER_MAX];
    json_t    *json, *crit;
    ptrdiff_t  n;

    n = os_unbase64(header, text, sizeof(text));
    json = n < 0 ? NULL
           : os_json_parse((os_str_t) { (size_t) n, text }, "header", NULL);
    crit = json_object_get(json, "crit");
    plain = json_is_false(json_object_get(json, "b64"));

    if (!os_str_equal(os_json_str(json, "alg"), OS_STR("RS256"))
        || json_array_size(crit) > 1
        || (json_array_size(crit) == 1
            && (!json_is_string(json_array_get(crit, 0))
                || strcmp(json_string_value(json_array_get(crit, 0)), "b64")
                   != 0)))
    {
        plain = -1;
    }

    json_decref(json);

    return plain;
}


/* HEADER..SIGNATURE over "HEADER.body". -1: it is none, or no memory. */
static int
os_jws_begin(os_sign_check_t *c)
{
    int          plain;
    os_str_t     header = c->given, modulus = c->secret;
    EVP_MD_CTX  *md;

    for (header.len = 0; header.len + 2 < c->given.len; header.len++) {
        if (memcmp(header.data + header.len, "..", 2) == 0) {
            break;
        }
    }

    if (header.len + 2 >= c->given.len) {
        return -1;
    }

    c->given.data += header.len + 2;
    c->given.len -= header.len + 2;
    plain = os_jws_plain(header);

    if (plain < 0) {
        return -1;
    }

    modulus.data += OS_SIGN_PUBLIC.len;
    modulus.len -= OS_SIGN_PUBLIC.len;
    c->plain = plain != 0;
    c->key = os_jws_key(modulus);
    c->md = md = EVP_MD_CTX_new();

    return c->key && md
           && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, c->key) == 1
           && EVP_DigestVerifyUpdate(md, header.data, header.len) == 1
           && EVP_DigestVerifyUpdate(md, ".", 1) == 1 ? 0 : -1;
}


/* Whole groups of three bytes; what is left over waits for the next piece. */
static void
os_jws_more(os_sign_check_t *c, const char *data, size_t len)
{
    char      room[OS_JWS_PIECE / 3 * 4 + 1];
    size_t    n;
    os_buf_t  text = os_buf_on(room, sizeof(room));

    if (c->plain) {
        (void) EVP_DigestVerifyUpdate(c->md, data, len);
        return;
    }

    for ( /* void */ ; len > 0; data += n, len -= n) {
        text.len = 0;

        if (c->nrest || len < 3) {
            n = 1;
            c->rest[c->nrest++] = *data;

            if (c->nrest < 3) {
                continue;
            }

            c->nrest = 0;
            os_base64url(&text, c->rest, 3);

        } else {
            n = len < OS_JWS_PIECE ? len / 3 * 3 : OS_JWS_PIECE;
            os_base64url(&text, data, n);
        }

        (void) EVP_DigestVerifyUpdate(c->md, text.data, text.len);
    }
}


static int
os_jws_end(os_sign_check_t *c)
{
    char       room[8];
    uint8_t    mac[OS_JWS_RSA_MAX];
    os_buf_t   text = os_buf_on(room, sizeof(room));
    ptrdiff_t  n = os_unbase64(c->given, mac, sizeof(mac));

    os_base64url(&text, c->rest, c->nrest);

    return n > 0 && EVP_DigestVerifyUpdate(c->md, text.data, text.len) == 1
           && EVP_DigestVerifyFinal(c->md, mac, (size_t) n) == 1;
}


/* As telephony providers sign their forms; SHA-1 is theirs to choose. */
static int
os_sign_sha1(os_str_t secret, os_str_t given, os_str_t text)
{
    uint8_t    want[EVP_MAX_MD_SIZE], got[OS_SHA1_LEN];
    unsigned   len = 0;

    if (HMAC(EVP_sha1(), secret.data, (int) secret.len,
             (const uint8_t *) text.data, text.len, want, &len) == NULL)
    {
        return 0;
    }

    return os_unbase64(given, got, sizeof(got)) == OS_SHA1_LEN
           && len == OS_SHA1_LEN && os_equal_ct(got, want, OS_SHA1_LEN);
}


void
os_sign_begin(os_sign_check_t *c, const os_sign_t *s, os_str_t secret,
    os_str_t given)
{
    memset(c, 0, sizeof(*c));
    c->sign = s;
    c->secret = secret;

    if (secret.len == 0) {
        c->why = "no secret";
        return;
    }

    if (!os_str_starts(given, s->prefix)) {
        c->why = "signature without its prefix";
        return;
    }

    c->given = (os_str_t) { given.len - s->prefix.len,
                            given.data + s->prefix.len };

    /*
     * A public key is no secret: where a source allows both, nobody may sign
     * with the one as if it were the other.
     */
    if (os_str_starts(secret, OS_SIGN_PUBLIC)
        != (s->scheme == OS_SIGN_JWS_RS256))
    {
        c->why = "wrong signature";
        return;
    }

    switch (s->scheme) {

    case OS_SIGN_HMAC_TIMED:
        os_hmac_ready(&c->hmac, secret);
        c->at = os_sign_part(c->given, "t");
        os_hmac_more(&c->hmac, c->at.data, c->at.len);
        os_hmac_more(&c->hmac, ".", 1);
        break;

    case OS_SIGN_HMAC_BASE64:
    case OS_SIGN_HMAC_HEX:
        os_hmac_ready(&c->hmac, secret);
        break;

    case OS_SIGN_SHA256_KEY:
        os_sha256_begin(&c->hash);
        break;

    case OS_SIGN_JWS_RS256:
        if (os_jws_begin(c) == -1) {
            c->why = "wrong signature";
        }

        break;

    default:
        break;
    }
}


void
os_sign_more(os_sign_check_t *c, const char *data, size_t len)
{
    if (c->why || len == 0) {
        return;
    }

    switch (c->sign->scheme) {

    case OS_SIGN_HMAC_TIMED:
    case OS_SIGN_HMAC_BASE64:
    case OS_SIGN_HMAC_HEX:
        os_hmac_more(&c->hmac, data, len);
        break;

    case OS_SIGN_SHA256_KEY:
        os_sha256_more(&c->hash, data, len);
        break;

    case OS_SIGN_JWS_RS256:
        os_jws_more(c, data, len);
        break;

    case OS_SIGN_FORM_SHA1:
        c->form = (os_str_t) { len, data };
        break;

    default:
        break;
    }
}


/* What came is compared with what should have come. */
static int
os_sign_compare(os_sign_check_t *c, int64_t now, const char **why)
{
    uint8_t  want[OS_SHA256_LEN];

    *why = "wrong signature";

    switch (c->sign->scheme) {

    case OS_SIGN_SECRET:
        return os_sign_equal(c->given, c->secret);

    case OS_SIGN_HMAC_BASE64:
    case OS_SIGN_HMAC_HEX:
        os_hmac_end(&c->hmac, c->mac);
        return os_sign_digest(c->sign->scheme, c->given, c->mac);

    case OS_SIGN_HMAC_TIMED:
        os_hmac_end(&c->hmac, want);

        if (c->at.len == 0
            || !os_sign_digest(OS_SIGN_HMAC_HEX, os_sign_part(c->given, "v1"),
                               want))
        {
            return 0;
        }

        *why = "a signature that is too old";
        return os_sign_fresh(c->sign, c->at, now);

    case OS_SIGN_SHA256_KEY:
        os_sha256_more(&c->hash, "/", 1);
        os_sha256_more(&c->hash, c->secret.data, c->secret.len);
        os_sha256_end(&c->hash, want);
        return os_sign_digest(OS_SIGN_HMAC_HEX, c->given, want);

    case OS_SIGN_JWS_RS256:
        return os_jws_end(c);

    case OS_SIGN_FORM_SHA1:
        return os_sign_sha1(c->secret, c->given, c->form);

    case OS_SIGN_NONE:
        break;
    }

    return 0;
}


int
os_sign_end(os_sign_check_t *c, int64_t now, const char **why)
{
    int  holds = 0;

    if (c->why) {
        *why = c->why;

    } else {
        holds = os_sign_compare(c, now, why);
    }

    os_sign_drop(c);
    return holds;
}


void
os_sign_drop(os_sign_check_t *c)
{
    EVP_MD_CTX_free(c->md);
    EVP_PKEY_free(c->key);
    c->md = NULL;
    c->key = NULL;
}


int
os_sign_holds(const os_sign_t *s, os_str_t secret, os_str_t given,
    os_str_t body, int64_t now, const char **why)
{
    os_sign_check_t  c;

    os_sign_begin(&c, s, secret, given);
    os_sign_more(&c, body.data, body.len);

    return os_sign_end(&c, now, why);
}


typedef struct {
    os_buf_t  name;
    os_buf_t  value;
} os_sign_field_t;


static int
os_sign_field_order(const void *a, const void *b)
{
    int                     order;
    const os_sign_field_t  *one = a, *two = b;

    order = strcmp(one->name.data ? one->name.data : "",
                   two->name.data ? two->name.data : "");

    return order ? order : strcmp(one->value.data ? one->value.data : "",
                                  two->value.data ? two->value.data : "");
}


void
os_sign_form(os_str_t url, os_str_t form, os_buf_t *out)
{
    size_t           i, n = 0;
    os_str_t         name, value;
    os_sign_field_t  field[OS_SIGN_FIELDS];

    memset(field, 0, sizeof(field));

    while (n < OS_SIGN_FIELDS && os_form_next(&form, &name, &value)) {
        os_form_decode(name, &field[n].name);
        os_form_decode(value, &field[n].value);
        n++;
    }

    qsort(field, n, sizeof(field[0]), os_sign_field_order);
    os_buf_str(out, url);

    for (i = 0; i < n; i++) {
        os_buf_str(out, os_buf_view(&field[i].name));
        os_buf_str(out, os_buf_view(&field[i].value));
        os_buf_free(&field[i].name);
        os_buf_free(&field[i].value);
    }
}


/* "t=SECONDS,v1=HEX" over "SECONDS.body" */
static void
os_sign_make_timed(os_str_t secret, os_str_t body, int64_t now, os_buf_t *out)
{
    uint8_t   mac[OS_SHA256_LEN];
    os_buf_t  text = { 0 };

    os_buf_printf(&text, "%lld.", (long long) now);
    os_buf_str(&text, body);
    os_hmac_sha256(secret, os_buf_view(&text), mac);
    os_buf_printf(out, "t=%lld,v1=", (long long) now);
    os_hex(out, mac, sizeof(mac));
    os_buf_free(&text);
}


static void
os_sign_make_sha1(os_str_t secret, os_str_t url, os_str_t form, os_buf_t *out)
{
    uint8_t   mac[EVP_MAX_MD_SIZE];
    unsigned  len = 0;
    os_buf_t  text = { 0 };

    os_sign_form(url, form, &text);

    if (HMAC(EVP_sha1(), secret.data, (int) secret.len,
             (const uint8_t *) text.data, text.len, mac, &len) != NULL)
    {
        os_base64(out, mac, len);
    }

    os_buf_free(&text);
}


static void
os_sign_make_key(os_str_t secret, os_str_t body, os_buf_t *out)
{
    uint8_t      hash[OS_SHA256_LEN];
    os_sha256_t  sha;

    os_sha256_begin(&sha);
    os_sha256_more(&sha, body.data, body.len);
    os_sha256_more(&sha, "/", 1);
    os_sha256_more(&sha, secret.data, secret.len);
    os_sha256_end(&sha, hash);
    os_hex(out, hash, sizeof(hash));
}


int
os_sign_make(const os_sign_t *s, os_str_t secret, os_str_t url, os_str_t body,
    int64_t now, os_buf_t *out)
{
    uint8_t  mac[OS_SHA256_LEN];

    if (s->scheme == OS_SIGN_NONE) {
        return 0;
    }

    if (secret.len == 0 || s->scheme == OS_SIGN_JWS_RS256
        || os_str_starts(secret, OS_SIGN_PUBLIC))
    {
        return -1;
    }

    os_buf_str(out, s->prefix);

    switch (s->scheme) {

    case OS_SIGN_HMAC_BASE64:
        os_hmac_sha256(secret, body, mac);
        os_base64(out, mac, sizeof(mac));
        break;

    case OS_SIGN_HMAC_HEX:
        os_hmac_sha256(secret, body, mac);
        os_hex(out, mac, sizeof(mac));
        break;

    case OS_SIGN_HMAC_TIMED:
        os_sign_make_timed(secret, body, now, out);
        break;

    case OS_SIGN_SHA256_KEY:
        os_sign_make_key(secret, body, out);
        break;

    case OS_SIGN_FORM_SHA1:
        os_sign_make_sha1(secret, url, body, out);
        break;

    default:
        os_buf_str(out, secret);
    }

    return 0;
}

/*
 * os_token: signed, purpose-bound, expiring tokens, KID.PAYLOAD.MAC.
 */

#ifndef OS_TOKEN_H
#define OS_TOKEN_H

#include "core/base/os_hash.h"
#include "core/base/os_json.h"


#define OS_KEYS_MAX   8
#define OS_TOKEN_MAX  8192      /* bytes of a token's text */

/* Of a payload: base64, behind an id of 16, with a MAC of 43 and two dots. */
#define OS_TOKEN_PAYLOAD  ((OS_TOKEN_MAX - 16 - 43 - 2) / 4 * 3)


typedef struct {
    size_t     n;               /* keys; the first signs */
    os_hmac_t  customer;        /* what customers and arms are hashed with */
    unsigned   own_customer:1;  /* it has a line of its own */
    os_str_t   support;         /* what the shop's people type; or OS_NULL */
    os_buf_t   file;
    struct {
        os_str_t   id;
        os_hmac_t  hmac;
    } key[OS_KEYS_MAX];
} os_keys_t;

/*
 * One "kid:key" a line; '#' opens a comment. The line "customer:key" signs
 * nothing: customers and arms are hashed with it, so that they stay the same
 * when the others are rotated. Without it the first key does that as well. The
 * line "support:code" is no key: the shop's people type it where they decide.
 * -1 with err (file and line).
 */
int os_keys_load(os_keys_t *keys, const char *path, os_error_t *err);
void os_keys_free(os_keys_t *keys);

/*
 * A name of what the file says, 22 base64url characters, appended to out: two
 * programs that have another one do not take each other's tokens, or know a
 * customer by another hash. It tells nothing of the keys.
 */
void os_keys_name(const os_keys_t *keys, os_buf_t *out);

/*
 * The customer's keyed hash: 22 base64url characters, appended to out. Of an
 * address as os_mail_plain() gives it; of what has no @, a number of telephone,
 * as it is.
 */
void os_keys_customer(const os_keys_t *keys, os_str_t store, os_str_t email,
    os_buf_t *out);

/* Is this the shop's people's code? 0 as well where the file has none. */
int os_keys_support(const os_keys_t *keys, os_str_t code);

/* Signs a payload that already has "p" (purpose) and "x" (expiry). */
void os_token_sign(const os_keys_t *keys, const json_t *payload, os_buf_t *out);

/* The same for a payload that is JSON text already. */
void os_token_sign_text(const os_keys_t *keys, os_str_t payload,
    os_buf_t *out);

/*
 * Verifies a token of this purpose: a new reference to its payload, or NULL.
 * `expired` (may be NULL) tells a good but old token from a bad one; the
 * payload of an expired one is not given.
 */
json_t *os_token_verify(const os_keys_t *keys, os_str_t token,
    const char *purpose, int64_t now, int *expired);

/* The same of one that may have expired: for what grants nothing. */
json_t *os_token_read(const os_keys_t *keys, os_str_t token,
    const char *purpose);

/* "h" of a proof: 16 characters, appended to out; nothing for an empty one. */
void os_token_proof(os_str_t proof, os_buf_t *out);

#endif /* OS_TOKEN_H */

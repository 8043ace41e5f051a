/*
 * os_sign: how senders of webhooks prove who they are. A closed list of
 * schemes; docs/sources.md says which platform uses which.
 */

#ifndef OS_SIGN_H
#define OS_SIGN_H

#include "core/base/os_json.h"


typedef enum {
    OS_SIGN_NONE = 0,
    OS_SIGN_SECRET,             /* the value is the secret itself */
    OS_SIGN_HMAC_BASE64,        /* HMAC-SHA256 over the raw bytes */
    OS_SIGN_HMAC_HEX,
    OS_SIGN_HMAC_TIMED,         /* "t=SECONDS,v1=HEX" over "SECONDS.body" */
    OS_SIGN_SHA256_KEY,         /* hex SHA-256 over "body/secret" */
    OS_SIGN_JWS_RS256,          /* RFC 7515, payload detached; RSA */
    OS_SIGN_FORM_SHA1           /* base64 HMAC-SHA1 over address and form */
} os_scheme_t;

typedef struct {
    os_scheme_t  scheme;
    os_str_t     header;        /* that carries it; "?NAME": of the query */
    os_str_t     prefix;        /* before it in there */
    int64_t      tolerance;     /* s: how old OS_SIGN_HMAC_TIMED may be */
} os_sign_t;


/*
 * Reads {"scheme", "header", "prefix", "tolerance"}; its texts are borrowed.
 * 0, or -1 with what was expected.
 */
int os_sign_read(const json_t *spec, os_sign_t *out, const char **expected);

/*
 * Is `given`, the header's value, right for these bytes? 1, or 0 with a word
 * for the log. Compares in constant time; an empty secret verifies nothing. A
 * secret "rs256:MODULUS" is a public key, for OS_SIGN_JWS_RS256 and no other.
 * `now` is epoch seconds.
 */
int os_sign_holds(const os_sign_t *s, os_str_t secret, os_str_t given,
    os_str_t body, int64_t now, const char **why);

/*
 * What OS_SIGN_FORM_SHA1 signs: the address that was called, whole, and each
 * field's name and value, decoded, in the names' order. Appended.
 */
void os_sign_form(os_str_t url, os_str_t form, os_buf_t *out);

#endif /* OS_SIGN_H */

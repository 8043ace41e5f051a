/*
 * os_sign: how senders of webhooks prove who they are. A closed list of
 * schemes; docs/sources.md says which platform uses which.
 */

#ifndef OS_SIGN_H
#define OS_SIGN_H

#include "core/base/os_hash.h"
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
 * The same of bytes that come in pieces, so that 4 MB hold up nobody. What is
 * given at the begin is borrowed until the end; os_sign_more() needs none of
 * it but the secret, and may run in another thread. What began ends, or is
 * dropped. An OS_SIGN_FORM_SHA1 is over one piece.
 */
typedef struct {
    const os_sign_t  *sign;
    os_str_t          secret;
    os_str_t          given;        /* without its prefix */
    os_str_t          at;           /* of OS_SIGN_HMAC_TIMED */
    os_str_t          form;
    const char       *why;          /* it does not hold, already */
    os_hmac_t         hmac;
    uint8_t           mac[OS_SHA256_LEN];   /* of an HMAC, when it ended */
    os_sha256_t       hash;
    void             *md;           /* of OS_SIGN_JWS_RS256 */
    void             *key;
    unsigned          plain:1;      /* its payload is as it is, */
    unsigned          nrest:2;      /* or base64: bytes not yet written */
    char              rest[3];
} os_sign_check_t;

void os_sign_begin(os_sign_check_t *c, const os_sign_t *s, os_str_t secret,
    os_str_t given);
void os_sign_more(os_sign_check_t *c, const char *data, size_t len);
int  os_sign_end(os_sign_check_t *c, int64_t now, const char **why);
void os_sign_drop(os_sign_check_t *c);

/*
 * Signs as a sender does: appends the header's value, with its prefix, for a
 * body that is sent to this address (whole, for OS_SIGN_FORM_SHA1 alone).
 * Nothing for OS_SIGN_NONE. -1: whoever has this secret cannot sign so, as it
 * is empty, or a public key.
 */
int os_sign_make(const os_sign_t *s, os_str_t secret, os_str_t url,
    os_str_t body, int64_t now, os_buf_t *out);

/*
 * What OS_SIGN_FORM_SHA1 signs: the address that was called, whole, and each
 * field's name and value, decoded, in the names' order. Appended.
 */
void os_sign_form(os_str_t url, os_str_t form, os_buf_t *out);

#endif /* OS_SIGN_H */

/*
 * os_hash: checksums and digests. See os_hash.h.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "core/base/os_hash.h"


#define OS_SHA256_BLOCK  64


uint16_t
os_crc16(const void *data, size_t len)
{
    return os_crc16_more(0, data, len);
}


uint16_t
os_crc16_more(uint16_t crc, const void *data, size_t len)
{
    unsigned        x;
    const uint8_t  *p = data;

    /* 0x1021, eight bits at once: what leaves comes back at 12, 5 and 0 */

    while (len-- > 0) {
        x = crc >> 8 ^ *p++;
        x ^= x >> 4;
        crc = (uint16_t) ((unsigned) crc << 8 ^ x << 12 ^ x << 5 ^ x);
    }

    return crc;
}


/*
 * SHA256_Update() and not SHA256() or HMAC(): OpenSSL 3 looks its algorithms
 * up at every call of those, which costs more than the hashing itself. They
 * are deprecated for that detour, and stay.
 */
void
os_sha256(const void *data, size_t len, uint8_t out[OS_SHA256_LEN])
{
    SHA256_CTX  sha;

    (void) SHA256_Init(&sha);
    (void) SHA256_Update(&sha, data, len);
    (void) SHA256_Final(out, &sha);
    OPENSSL_cleanse(&sha, sizeof(sha));
}


void
os_sha1(const void *data, size_t len, uint8_t out[OS_SHA1_LEN])
{
    SHA_CTX  sha;

    (void) SHA1_Init(&sha);
    (void) SHA1_Update(&sha, data, len);
    (void) SHA1_Final(out, &sha);
}


_Static_assert(sizeof(SHA256_CTX) <= sizeof(os_sha256_t),
               "room for the state of SHA-256");


void
os_sha256_begin(os_sha256_t *sha)
{
    (void) SHA256_Init((SHA256_CTX *) sha->state);
}


void
os_sha256_more(os_sha256_t *sha, const void *data, size_t len)
{
    (void) SHA256_Update((SHA256_CTX *) sha->state, data, len);
}


void
os_sha256_end(os_sha256_t *sha, uint8_t out[OS_SHA256_LEN])
{
    (void) SHA256_Final(out, (SHA256_CTX *) sha->state);
    OPENSSL_cleanse(sha, sizeof(*sha));
}


_Static_assert(sizeof(SHA256_CTX) <= sizeof(((os_hmac_t *) 0)->inner),
               "room for the state of SHA-256");


void
os_hmac_ready(os_hmac_t *hmac, os_str_t key)
{
    uint8_t  block[OS_SHA256_BLOCK] = { 0 };

    if (key.len > sizeof(block)) {
        os_sha256(key.data, key.len, block);

    } else if (key.len > 0) {
        memcpy(block, key.data, key.len);
    }

    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= 0x36;
    }

    (void) SHA256_Init((SHA256_CTX *) hmac->inner);
    (void) SHA256_Update((SHA256_CTX *) hmac->inner, block, sizeof(block));

    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }

    (void) SHA256_Init((SHA256_CTX *) hmac->outer);
    (void) SHA256_Update((SHA256_CTX *) hmac->outer, block, sizeof(block));

    OPENSSL_cleanse(block, sizeof(block));
}


void
os_hmac(const os_hmac_t *hmac, os_str_t data, uint8_t out[OS_SHA256_LEN])
{
    uint8_t     inner[OS_SHA256_LEN];
    SHA256_CTX  sha;

    memcpy(&sha, hmac->inner, sizeof(sha));
    (void) SHA256_Update(&sha, data.data ? data.data : "", data.len);
    (void) SHA256_Final(inner, &sha);

    memcpy(&sha, hmac->outer, sizeof(sha));
    (void) SHA256_Update(&sha, inner, sizeof(inner));
    (void) SHA256_Final(out, &sha);

    OPENSSL_cleanse(&sha, sizeof(sha));
}


void
os_hmac_more(os_hmac_t *hmac, const void *data, size_t len)
{
    (void) SHA256_Update((SHA256_CTX *) hmac->inner, data, len);
}


void
os_hmac_end(os_hmac_t *hmac, uint8_t out[OS_SHA256_LEN])
{
    uint8_t  inner[OS_SHA256_LEN];

    (void) SHA256_Final(inner, (SHA256_CTX *) hmac->inner);
    (void) SHA256_Update((SHA256_CTX *) hmac->outer, inner, sizeof(inner));
    (void) SHA256_Final(out, (SHA256_CTX *) hmac->outer);
    OPENSSL_cleanse(hmac, sizeof(*hmac));
}


void
os_hmac_sha256(os_str_t key, os_str_t data, uint8_t out[OS_SHA256_LEN])
{
    os_hmac_t  hmac;

    os_hmac_ready(&hmac, key);
    os_hmac(&hmac, data, out);
    OPENSSL_cleanse(&hmac, sizeof(hmac));
}


int
os_equal_ct(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}


int
os_random(void *out, size_t len)
{
    return RAND_bytes(out, (int) len) == 1 ? 0 : -1;
}

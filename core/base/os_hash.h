/*
 * os_hash: checksums, digests, and bytes that nobody can guess.
 * OpenSSL does the work.
 */

#ifndef OS_HASH_H
#define OS_HASH_H

#include "core/base/os_str.h"


/* CRC16/XMODEM, as Redis Cluster uses for its slots. */
uint16_t os_crc16(const void *data, size_t len);
uint16_t os_crc16_more(uint16_t crc, const void *data, size_t len);

#define OS_SHA256_LEN  32

void os_sha256(const void *data, size_t len, uint8_t out[OS_SHA256_LEN]);

/* The same of what comes in pieces. */
typedef struct {
    uint64_t  state[14];    /* OpenSSL's */
} os_sha256_t;

void os_sha256_begin(os_sha256_t *sha);
void os_sha256_more(os_sha256_t *sha, const void *data, size_t len);
void os_sha256_end(os_sha256_t *sha, uint8_t out[OS_SHA256_LEN]);

/* HMAC-SHA-256, RFC 2104: with a key, or with one that was made ready. */
typedef struct {
    uint64_t  inner[14];    /* OpenSSL's state behind the key's block */
    uint64_t  outer[14];
} os_hmac_t;

void os_hmac_ready(os_hmac_t *hmac, os_str_t key);
void os_hmac(const os_hmac_t *hmac, os_str_t data, uint8_t out[OS_SHA256_LEN]);

/* The same of what comes in pieces: after os_hmac_ready(), which `hmac` needs
 * again afterwards. */
void os_hmac_more(os_hmac_t *hmac, const void *data, size_t len);
void os_hmac_end(os_hmac_t *hmac, uint8_t out[OS_SHA256_LEN]);

void os_hmac_sha256(os_str_t key, os_str_t data, uint8_t out[OS_SHA256_LEN]);

/* SHA-1: to spread things, not to guard them. Redis' scripts know it. */
#define OS_SHA1_LEN  20

void os_sha1(const void *data, size_t len, uint8_t out[OS_SHA1_LEN]);

/* Compares in a time that depends on len alone; 1 when equal. */
int os_equal_ct(const void *a, const void *b, size_t len);

/* Fills with random bytes from the operating system; -1 when it has none. */
int os_random(void *out, size_t len);

#endif /* OS_HASH_H */

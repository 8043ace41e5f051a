/*
 * os_space: which shard a thing lives in, and what its key is called.
 */

#ifndef OS_SPACE_H
#define OS_SPACE_H

#include "core/base/os_buf.h"


#define OS_SHARDS_MAX   256
#define OS_SHARDS       16          /* unless set */
#define OS_PREFIX       "ordersave"
#define OS_SLOTS        16384
#define OS_FIRSTS_MAX   16


typedef struct {
    char      prefix[64];
    unsigned  shards;
    char      tag[OS_SHARDS_MAX][12];
    char      head[OS_SHARDS_MAX][80];  /* how a shard's keys begin, */
    uint8_t   head_len[OS_SHARDS_MAX];  /* "PREFIX:{TAG}:" */
} os_space_t;

/* -1 when the prefix is too long or has braces, or shards is not 1..256. */
int os_space_init(os_space_t *s, os_str_t prefix, unsigned shards);

/*
 * The tags that shard 0 has under any number of shards: the number itself is
 * kept under all of them, so that who was told another one meets it.
 */
typedef struct {
    unsigned  n;
    char      tag[OS_FIRSTS_MAX][12];
} os_firsts_t;

void os_space_firsts(os_firsts_t *firsts);

/* The Redis Cluster slot of a tag. */
unsigned os_space_tag_slot(os_str_t tag);

/* The shard of "a/b" or, when c is not OS_NULL, of "a/b/c". */
unsigned os_space_shard(const os_space_t *s, os_str_t a, os_str_t b,
    os_str_t c);

/* The Redis Cluster slot of a shard. */
unsigned os_space_slot(const os_space_t *s, unsigned shard);

/*
 * Appends PREFIX:{TAG}:NAME, and with a PREFIX:{TAG}:NAME:A/B/C as far as a, b
 * and c are given.
 */
void os_space_key(const os_space_t *s, unsigned shard, const char *name,
    os_str_t a, os_str_t b, os_str_t c, os_buf_t *out);

#endif /* OS_SPACE_H */

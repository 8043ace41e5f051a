/*
 * osw_count: whether Redis holds as many shards as we were told. The number is
 * kept under each tag that shard 0 may have: one that was told another number
 * looks for it elsewhere, and must meet ours there.
 */

#ifndef OSW_COUNT_H
#define OSW_COUNT_H

#include "worker/osw.h"


typedef enum {
    OSW_COUNT_UNKNOWN = 0,  /* not all was answered: ask again */
    OSW_COUNT_SAME,
    OSW_COUNT_OTHER,        /* `shards` tells which */
    OSW_COUNT_MOVING        /* ordersavectl shards move is under way */
} osw_count_t;

typedef void (*osw_count_pt)(void *data, osw_count_t count, int64_t shards);

/*
 * Asks, and says ours where none is said yet. `done` is called once, from the
 * loop. Nothing is written where another number is met.
 */
void osw_count_ask(osw_t *w, osw_count_pt done, void *data);

/* HGET of a member of `config` under one of the tags. */
os_command_t *osw_count_get(const osw_t *w, const char *tag,
    const char *member);

/* The key NAME under a tag, whatever shard that is; the slot is the tag's. */
void osw_count_key(const osw_t *w, os_command_t *cmd, const char *tag,
    const char *name);

#endif /* OSW_COUNT_H */

/*
 * os_home: where what is stored belongs, told from its name alone: for who
 * moves it to another number of shards, and for what was written to disk under
 * a number that is no more. Pure.
 */

#ifndef OS_HOME_H
#define OS_HOME_H

#include "redis/os_space.h"


#define OS_HOME_EACH     -1     /* every shard has one of its own: a stream, a
                                 * queue, a part of a budget */
#define OS_HOME_PASSING  -2     /* gone with who works: leases, transfers */
#define OS_HOME_UNKNOWN  -3     /* no such key is known */

/*
 * "PREFIX:{TAG}:NAME" in its two last parts, which point into the key; -1 when
 * it is none of this prefix.
 */
int os_home_split(const char *prefix, os_str_t key, os_str_t *tag,
    os_str_t *name);

/* The shard of a key by its NAME ("o:shop/19"), or one of the above. */
int os_home_key(const os_space_t *s, os_str_t name);

/* The shard of an event or a job, by its member "order"; -1: it has none. */
int os_home_order(const os_space_t *s, os_str_t json);

/* The shard of a raw webhook. */
unsigned os_home_raw(const os_space_t *s, os_str_t source, os_str_t id);

/*
 * The shard of a whole command (XADD to a stream of events or webhooks; EVAL,
 * by its first key), whose keys are renamed where they are of another number
 * of shards. -1, and the bytes as they were, when it is not understood.
 */
int os_home_command(const os_space_t *s, os_buf_t *bytes);

#endif /* OS_HOME_H */

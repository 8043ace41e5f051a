/*
 * osw_redis: the worker's way to Redis: one connection a node over libuv,
 * commands pipelined, scripts by their hash, redirections followed.
 *
 * A command is answered exactly once: with a reply, or with NULL when the
 * connection broke, the time was up, or Redis said "not now". Everything that
 * is sent must therefore be repeatable, or fenced.
 */

#ifndef OSW_REDIS_H
#define OSW_REDIS_H

#include <uv.h>

#include "redis/os_link.h"
#include "redis/os_space.h"


#define OSW_SENTINELS_MAX  16


typedef struct {
    char     *host;
    int       port;
    char     *socket;           /* a path, instead of host and port */
    int       db;
    char     *user;             /* NULL: none */
    char     *password;         /* NULL: no AUTH */
    int64_t   timeout_ms;       /* without any reply: the connection is dead */
    char     *master;           /* its name to the sentinels; NULL: none */
    size_t    nsentinels;
    struct {
        char  host[256];
        int   port;
    } sentinel[OSW_SENTINELS_MAX];
} osw_redis_conf_t;

typedef struct osw_redis_s  osw_redis_t;

/* `conf` and `space` must outlive the result. NULL without memory. */
osw_redis_t *osw_redis_new(uv_loop_t *loop, const osw_redis_conf_t *conf,
    const os_space_t *space);

/* Sends to the node of cmd->shard; takes the command. */
void osw_redis_send(osw_redis_t *r, os_command_t *cmd);

/*
 * The lowest shard on the same node, as far as redirections have told: to ask
 * every node once, ask those that are their own first.
 */
unsigned osw_redis_first_shard(const osw_redis_t *r, unsigned shard);

/* Is the first node's connection up? */
int osw_redis_up(const osw_redis_t *r);

/* Closes all; commands in flight are answered NULL. Then run the loop. */
void osw_redis_close(osw_redis_t *r);

/* After the loop has run out. */
void osw_redis_free(osw_redis_t *r);

#endif /* OSW_REDIS_H */

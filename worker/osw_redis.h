/*
 * osw_redis: the worker's way to Redis: one server, one that Sentinels watch
 * over, or a Cluster. One connection a node, commands pipelined, scripts by
 * their hash. Which node has what, whom to ask, and when to try again is
 * redis/os_topology's.
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
#include "redis/os_topology.h"


typedef struct {
    size_t    nseeds;
    struct {
        char  host[OS_HOST_MAX + 1];    /* or a socket's path, with port 0 */
        int   port;
    } seed[OS_SEEDS_MAX];               /* the Sentinels, where they watch */
    char     *master;           /* its name to the Sentinels; NULL: none */
    int       cluster;          /* all seeds are of one Cluster */
    int       db;
    char     *user;             /* NULL: none */
    char     *password;         /* NULL: no AUTH */
    char     *sentinel_user;
    char     *sentinel_password;
    int       tls;
    char     *ca_file;          /* NULL: what the system trusts */
    char     *server_name;      /* whom certificates are for; NULL: the host */
    int64_t   timeout_ms;       /* without any reply: the connection is dead */
    int64_t   wait_ms;          /* for a replica to have it, too; 0: for none */
} osw_redis_conf_t;

typedef struct osw_redis_s  osw_redis_t;

/*
 * `conf` and `space` must outlive the result. NULL with err: no memory, or no
 * certificates in ca_file.
 */
osw_redis_t *osw_redis_new(uv_loop_t *loop, const osw_redis_conf_t *conf,
    const os_space_t *space, os_error_t *err);

/*
 * Sends to the node of cmd->shard, or of the slot cmd->at - 1 where that is
 * set; takes the command. With cmd->confirm its
 * handler is called once a replica of that node has what it wrote, or with
 * NULL when that is not known in time.
 */
void osw_redis_send(osw_redis_t *r, os_command_t *cmd);

/*
 * The lowest shard on the same node, as far as is known: to ask every node
 * once, ask those that are their own first.
 */
unsigned osw_redis_first_shard(osw_redis_t *r, unsigned shard);

/* Are two slots with one node, as far as is known? */
int osw_redis_same_node(osw_redis_t *r, unsigned slot, unsigned other);

/* Is the node of every shard known, and does it do what it is for? */
int osw_redis_up(osw_redis_t *r);

/*
 * Calls for each node that is known, with the number of our shards on it.
 * `state` is "up", "down", "refusing" or "unknown", `word` how its last
 * refusal began, or "".
 */
typedef void (*osw_redis_each_pt)(void *data, const os_node_t *node,
    const char *state, const char *word, unsigned shards);

void osw_redis_each(osw_redis_t *r, osw_redis_each_pt each, void *data);

/*
 * What nodes without a replica took, and what no replica had in time, of all
 * that was to be confirmed; since the start, of the nodes that are known.
 */
void osw_redis_confirmed(osw_redis_t *r, int64_t *alone,
    int64_t *unconfirmed);

/* Closes all; commands in flight are answered NULL. Then run the loop. */
void osw_redis_close(osw_redis_t *r);

/* After the loop has run out. */
void osw_redis_free(osw_redis_t *r);

/* Is this one an error, or none at all? */
int osw_reply_failed(const redisReply *reply);
int64_t osw_reply_int(const redisReply *reply, int64_t other);
os_str_t osw_reply_str(const redisReply *reply);    /* OS_NULL */

#endif /* OSW_REDIS_H */

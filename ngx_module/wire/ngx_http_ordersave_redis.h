
/*
 * Redis, as one nginx process sees it: commands go to the node that has their
 * shard, over one connection for reads and one for writes, so that a write
 * that waits for a disk never holds up a page. Where which node is, is the
 * business of redis/os_topology.h, which is asked and told here.
 */

#ifndef _NGX_HTTP_ORDERSAVE_REDIS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_REDIS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"
#include "redis/os_topology.h"


/* Of one nginx process. */
ngx_int_t ngx_http_ordersave_redis_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf);
void ngx_http_ordersave_redis_stop(ngx_http_ordersave_redis_t *redis);

/*
 * Sends a command, which is the connections' from then on. Its handler is
 * called once, with a reply or (link down, `timeout` milliseconds passed, or
 * an error that a retry may mend) with NULL. A `write` goes over the
 * connection for writes and keeps a closing process alive until answered.
 * NGX_ERROR: not sent; the handler will not be called, the command stays the
 * caller's.
 */
ngx_int_t ngx_http_ordersave_redis_send(ngx_http_ordersave_redis_t *redis,
    os_command_t *cmd, ngx_uint_t write, ngx_msec_t timeout);

/*
 * What was sent over a shard's connection for writes leaves now, not at the
 * end of this turn of the loop.
 */
void ngx_http_ordersave_redis_push(ngx_http_ordersave_redis_t *redis,
    unsigned shard);

/*
 * Does that connection take writes at this moment? Where the shard's node was
 * known to refuse them it is tried on all the same, now and then.
 */
ngx_uint_t ngx_http_ordersave_redis_takes(ngx_http_ordersave_redis_t *redis,
    unsigned shard);

/* Sends a command whose reply nobody waits for; NULL is nothing. */
void ngx_http_ordersave_redis_tell(os_command_t *cmd);

/* GET of NAME:STORE/KIND/VALUE, as far as they are given; NULL: no memory. */
os_command_t *ngx_http_ordersave_redis_get(ngx_http_ordersave_loc_conf_t *conf,
    const char *name, os_str_t kind, os_str_t value);

/* How many of the shards are with a node that takes writes. */
ngx_uint_t ngx_http_ordersave_redis_shards(ngx_http_ordersave_redis_t *redis);

/*
 * The nodes, one after the other: the first after `node` (NULL: the first of
 * all), or NULL. `shards` is how many are with it, `queue` how many commands
 * are in line for it, sent or not, `replicas` how many it had when it was last
 * asked; -1: not known.
 */
const os_node_t *ngx_http_ordersave_redis_node(
    ngx_http_ordersave_redis_t *redis, const os_node_t *node,
    ngx_uint_t *shards, ngx_uint_t *queue, ngx_int_t *replicas);

/* A node that is up, for a connection of one's own; NULL: there is none. */
const os_node_t *ngx_http_ordersave_redis_where(
    ngx_http_ordersave_redis_t *redis);

/* The text of a reply: the reply's own, or OS_NULL where it is none. */
os_str_t ngx_http_ordersave_reply_text(redisReply *reply);

/* Its JSON: new, or NULL where it is none. */
json_t *ngx_http_ordersave_reply_json(redisReply *reply);


#endif /* _NGX_HTTP_ORDERSAVE_REDIS_H_INCLUDED_ */

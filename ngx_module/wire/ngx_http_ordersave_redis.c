
/*
 * The connections to Redis of one nginx process: for each node one for reads
 * and one for writes, so that a write that waits for a disk never holds up a
 * page. Nothing here blocks; what cannot be sent now fails at once, and the
 * caller passes the request or spools the event.
 *
 * Where Sentinels watch over Redis they are asked, one after the other, where
 * the master is: at the start and whenever a connection to it was lost.
 */


#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"


#define NGX_HTTP_ORDERSAVE_NODES        64
#define NGX_HTTP_ORDERSAVE_REPLY_MAX    (8 * 1024 * 1024)
#define NGX_HTTP_ORDERSAVE_HOPS         5
#define NGX_HTTP_ORDERSAVE_CONNECT      1000
#define NGX_HTTP_ORDERSAVE_STUCK        1000
#define NGX_HTTP_ORDERSAVE_TELL         2000
#define NGX_HTTP_ORDERSAVE_BACKOFF_MIN  50
#define NGX_HTTP_ORDERSAVE_BACKOFF_MAX  5000


typedef enum {
    NGX_HTTP_ORDERSAVE_DOWN = 0,    /* not connected; retry is ticking */
    NGX_HTTP_ORDERSAVE_GREETING,    /* connecting, or not answered yet */
    NGX_HTTP_ORDERSAVE_UP
} ngx_http_ordersave_state_e;


typedef struct ngx_http_ordersave_node_s  ngx_http_ordersave_node_t;

typedef struct {
    ngx_http_ordersave_node_t    *node;
    ngx_http_ordersave_state_e    state;
    ngx_peer_connection_t         peer;
    os_link_t                     link;
    ngx_event_t                   retry;
    ngx_event_t                   clock;        /* the nearest deadline; keeps
                                                 * a leaving process alive */
    ngx_msec_t                    backoff;
    ngx_msec_t                    stuck_since;
    size_t                        greeting;     /* bytes of it to be written */
    unsigned                      write:1;
    unsigned                      stuck:1;      /* an abandoned one leads */
} ngx_http_ordersave_conn_t;


struct ngx_http_ordersave_node_s {
    ngx_http_ordersave_redis_t   *redis;
    ngx_sockaddr_t                sockaddr;
    socklen_t                     socklen;
    ngx_str_t                     name;
    ngx_uint_t                    sentinel;     /* conn[0] asks it */
    ngx_http_ordersave_conn_t     conn[2];
};


struct ngx_http_ordersave_redis_s {
    ngx_http_ordersave_server_t  *server;
    ngx_pool_t                   *pool;
    ngx_log_t                    *log;
    ngx_uint_t                    nnodes;
    ngx_http_ordersave_node_t    *nodes[NGX_HTTP_ORDERSAVE_NODES];
    ngx_http_ordersave_node_t    *shard[OS_SHARDS_MAX];
    ngx_uint_t                    nsentinels;
    ngx_http_ordersave_node_t   **sentinels;
    ngx_uint_t                    asked;        /* the sentinel's turn */
    unsigned                      found:1;      /* nodes[0] is the master */
    unsigned                      stopping:1;
};


static ngx_http_ordersave_node_t *ngx_http_ordersave_node_add(
    ngx_http_ordersave_redis_t *redis, struct sockaddr *sockaddr,
    socklen_t socklen, ngx_str_t *name);
static ngx_int_t ngx_http_ordersave_sentinels(
    ngx_http_ordersave_redis_t *redis, ngx_array_t *addrs);
static void ngx_http_ordersave_conn_open(ngx_http_ordersave_conn_t *conn);
static void ngx_http_ordersave_conn_close(ngx_http_ordersave_conn_t *conn,
    const char *why);
static void ngx_http_ordersave_conn_retry(ngx_event_t *ev);
static void ngx_http_ordersave_conn_clock(ngx_event_t *ev);
static void ngx_http_ordersave_conn_readable(ngx_event_t *ev);
static void ngx_http_ordersave_conn_writable(ngx_event_t *ev);
static void ngx_http_ordersave_conn_flush(ngx_http_ordersave_conn_t *conn);


ngx_int_t
ngx_http_ordersave_redis_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                   i;
    ngx_addr_t                  *addr;
    ngx_http_ordersave_node_t   *node;
    ngx_http_ordersave_redis_t  *redis;

    redis = ngx_pcalloc(cycle->pool, sizeof(ngx_http_ordersave_redis_t));
    if (redis == NULL) {
        return NGX_ERROR;
    }

    redis->server = mcf->server;
    redis->pool = cycle->pool;
    redis->log = cycle->log;

    addr = mcf->server->addr;
    node = ngx_http_ordersave_node_add(redis, addr ? addr->sockaddr : NULL,
                                       addr ? addr->socklen : 0,
                                       &mcf->server->name);
    if (node == NULL) {
        return NGX_ERROR;
    }

    if (addr == NULL
        && ngx_http_ordersave_sentinels(redis, mcf->server->sentinels)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < mcf->server->space.shards; i++) {
        redis->shard[i] = node;
    }

    mcf->redis = redis;

    ngx_http_ordersave_conn_open(&node->conn[0]);
    ngx_http_ordersave_conn_open(&node->conn[1]);

    return NGX_OK;
}


static void
ngx_http_ordersave_node_stop(ngx_http_ordersave_node_t *node)
{
    ngx_uint_t                  k;
    ngx_http_ordersave_conn_t  *conn;

    for (k = 0; k < 2; k++) {
        conn = &node->conn[k];

        /* what was written may still arrive; what was not is spooled */
        ngx_http_ordersave_conn_close(conn, NULL);

        if (conn->retry.timer_set) {
            ngx_del_timer(&conn->retry);
        }
    }
}


void
ngx_http_ordersave_redis_stop(ngx_http_ordersave_redis_t *redis)
{
    ngx_uint_t  i;

    redis->stopping = 1;

    for (i = 0; i < redis->nnodes; i++) {
        ngx_http_ordersave_node_stop(redis->nodes[i]);
    }

    for (i = 0; i < redis->nsentinels; i++) {
        ngx_http_ordersave_node_stop(redis->sentinels[i]);
    }
}


ngx_uint_t
ngx_http_ordersave_redis_is_up(ngx_http_ordersave_redis_t *redis)
{
    ngx_http_ordersave_conn_t  *conn = &redis->nodes[0]->conn[1];

    return conn->state == NGX_HTTP_ORDERSAVE_UP && !conn->stuck;
}


/* `sockaddr` is NULL while only the sentinels know it. */
static ngx_http_ordersave_node_t *
ngx_http_ordersave_node_new(ngx_http_ordersave_redis_t *redis,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name)
{
    ngx_uint_t                  k;
    ngx_http_ordersave_conn_t  *conn;
    ngx_http_ordersave_node_t  *node;

    node = ngx_pcalloc(redis->pool, sizeof(ngx_http_ordersave_node_t));
    if (node == NULL) {
        return NULL;
    }

    node->name.data = ngx_pnalloc(redis->pool, name->len);
    if (node->name.data == NULL) {
        return NULL;
    }

    node->name.len = name->len;
    ngx_memcpy(node->name.data, name->data, name->len);

    node->redis = redis;
    node->socklen = socklen;

    if (sockaddr) {
        ngx_memcpy(&node->sockaddr, sockaddr, socklen);
    }

    for (k = 0; k < 2; k++) {
        conn = &node->conn[k];
        conn->node = node;
        conn->write = k;

        conn->retry.handler = ngx_http_ordersave_conn_retry;
        conn->retry.data = conn;
        conn->retry.log = redis->log;
        conn->retry.cancelable = 1;

        conn->clock.handler = ngx_http_ordersave_conn_clock;
        conn->clock.data = conn;
        conn->clock.log = redis->log;
    }

    return node;
}


static ngx_http_ordersave_node_t *
ngx_http_ordersave_node_add(ngx_http_ordersave_redis_t *redis,
    struct sockaddr *sockaddr, socklen_t socklen, ngx_str_t *name)
{
    ngx_http_ordersave_node_t  *node;

    if (redis->nnodes == NGX_HTTP_ORDERSAVE_NODES) {
        return NULL;
    }

    node = ngx_http_ordersave_node_new(redis, sockaddr, socklen, name);

    if (node) {
        redis->nodes[redis->nnodes++] = node;
    }

    return node;
}


/* Sentinels */

static ngx_int_t
ngx_http_ordersave_sentinels(ngx_http_ordersave_redis_t *redis,
    ngx_array_t *addrs)
{
    ngx_uint_t   i;
    ngx_addr_t  *addr = addrs->elts;

    redis->sentinels = ngx_pcalloc(redis->pool, addrs->nelts
                                   * sizeof(ngx_http_ordersave_node_t *));
    if (redis->sentinels == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < addrs->nelts; i++) {
        redis->sentinels[i] = ngx_http_ordersave_node_new(redis,
                                      addr[i].sockaddr, addr[i].socklen,
                                      &addr[i].name);
        if (redis->sentinels[i] == NULL) {
            return NGX_ERROR;
        }

        redis->sentinels[i]->sentinel = 1;
        redis->nsentinels++;
    }

    return NGX_OK;
}


/* Asks the sentinel whose turn it is, unless it is being asked. */
static void
ngx_http_ordersave_seek(ngx_http_ordersave_redis_t *redis)
{
    ngx_http_ordersave_conn_t  *conn;

    conn = &redis->sentinels[redis->asked]->conn[0];

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN && !conn->retry.timer_set) {
        ngx_http_ordersave_conn_open(conn);
    }
}


static void
ngx_http_ordersave_sought(os_command_t *cmd, redisReply *reply)
{
    ngx_int_t                    port;
    ngx_str_t                    text;
    ngx_uint_t                   k;
    ngx_addr_t                   addr;
    ngx_http_ordersave_conn_t   *conn = cmd->data;
    ngx_http_ordersave_node_t   *node;
    ngx_http_ordersave_redis_t  *redis = conn->node->redis;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_STRING)
    {
        return;
    }

    text.data = (u_char *) reply->element[0]->str;
    text.len = reply->element[0]->len;
    port = ngx_atoi((u_char *) reply->element[1]->str,
                    reply->element[1]->len);

    if (port < 1 || port > 65535
        || ngx_parse_addr(redis->pool, &addr, text.data, text.len) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                      "ordersave: sentinel %V names the master \"%V\", which "
                      "is not an address", &conn->node->name, &text);
        return;
    }

    ngx_inet_set_port(addr.sockaddr, (in_port_t) port);

    node = redis->nodes[0];
    redis->found = 1;

    if (ngx_cmp_sockaddr(&node->sockaddr.sockaddr, node->socklen,
                         addr.sockaddr, addr.socklen, 1)
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
                      "ordersave: the master \"%V\" is %V:%i",
                      &redis->server->master, &text, port);
        node->socklen = addr.socklen;
        ngx_memcpy(&node->sockaddr, addr.sockaddr, addr.socklen);

        /* whoever is still at the old one is not where he should be */

        for (k = 0; k < 2; k++) {
            ngx_http_ordersave_conn_close(&node->conn[k], NULL);
        }
    }

    for (k = 0; k < 2; k++) {

        if (node->conn[k].retry.timer_set) {
            ngx_del_timer(&node->conn[k].retry);
        }

        if (node->conn[k].state == NGX_HTTP_ORDERSAVE_DOWN) {
            ngx_http_ordersave_conn_open(&node->conn[k]);
        }
    }
}


/* The node at host:port, added when it is new; NULL when it cannot be. */
static ngx_http_ordersave_node_t *
ngx_http_ordersave_node_find(ngx_http_ordersave_redis_t *redis, char *host,
    int port)
{
    ngx_int_t       rc;
    ngx_str_t       text;
    ngx_uint_t      i;
    ngx_addr_t      addr;
    ngx_sockaddr_t  sa;

    if (host[0] == '\0') {

        /* Redis names no host: the one that it was asked at */

        sa = redis->nodes[0]->sockaddr;
        addr.sockaddr = &sa.sockaddr;
        addr.socklen = redis->nodes[0]->socklen;
        text = redis->nodes[0]->name;

    } else {
        text.data = (u_char *) host;
        text.len = ngx_strlen(host);

        rc = ngx_parse_addr(redis->pool, &addr, text.data, text.len);
        if (rc != NGX_OK) {
            ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                          "ordersave: redis names the node \"%V\", which is "
                          "not an address", &text);
            return NULL;
        }
    }

    ngx_inet_set_port(addr.sockaddr, (in_port_t) port);

    for (i = 0; i < redis->nnodes; i++) {
        if (ngx_cmp_sockaddr(&redis->nodes[i]->sockaddr.sockaddr,
                             redis->nodes[i]->socklen, addr.sockaddr,
                             addr.socklen, 1)
            == NGX_OK)
        {
            return redis->nodes[i];
        }
    }

    return ngx_http_ordersave_node_add(redis, addr.sockaddr, addr.socklen,
                                       &text);
}


static ngx_int_t
ngx_http_ordersave_conn_send(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd)
{
    ngx_msec_t  left;

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN
        && !conn->retry.timer_set
        && !conn->node->redis->stopping)
    {
        ngx_http_ordersave_conn_open(conn);
    }

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN
        || conn->stuck
        || cmd->bytes.failed
        || conn->link.pending >= conn->node->redis->server->queue)
    {
        return NGX_ERROR;
    }

    os_link_send(&conn->link, cmd);

    left = (ngx_msec_int_t) (cmd->deadline - ngx_current_msec) > 0
           ? (ngx_msec_t) (cmd->deadline - ngx_current_msec) : 1;

    if (!conn->clock.timer_set
        || (ngx_msec_int_t) (conn->clock.timer.key - cmd->deadline) > 0)
    {
        if (conn->clock.timer_set) {
            ngx_del_timer(&conn->clock);
        }

        ngx_add_timer(&conn->clock, left);
    }

    if (conn->peer.connection) {
        conn->peer.connection->idle = 0;

        /* what is sent within one turn of the loop leaves in one packet */
        if (!conn->peer.connection->write->posted
            && conn->state == NGX_HTTP_ORDERSAVE_UP)
        {
            ngx_post_event(conn->peer.connection->write, &ngx_posted_events);
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_ordersave_redis_send(ngx_http_ordersave_redis_t *redis,
    os_command_t *cmd, ngx_uint_t write, ngx_msec_t timeout)
{
    ngx_http_ordersave_node_t  *node;

    node = redis->shard[cmd->shard];
    cmd->deadline = ngx_current_msec + timeout;

    return ngx_http_ordersave_conn_send(&node->conn[write ? 1 : 0], cmd);
}


void
ngx_http_ordersave_redis_push(ngx_http_ordersave_redis_t *redis,
    unsigned shard)
{
    ngx_http_ordersave_conn_t  *conn = &redis->shard[shard]->conn[1];

    if (conn->state == NGX_HTTP_ORDERSAVE_UP) {
        ngx_http_ordersave_conn_flush(conn);
    }
}


ngx_uint_t
ngx_http_ordersave_redis_takes(ngx_http_ordersave_redis_t *redis,
    unsigned shard)
{
    ngx_http_ordersave_conn_t  *conn = &redis->shard[shard]->conn[1];

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN && !conn->retry.timer_set
        && !redis->stopping)
    {
        ngx_http_ordersave_conn_open(conn);
    }

    return conn->state == NGX_HTTP_ORDERSAVE_UP && !conn->stuck;
}


static void
ngx_http_ordersave_told(os_command_t *cmd, redisReply *reply)
{
}


void
ngx_http_ordersave_redis_tell(os_command_t *cmd)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (cmd == NULL) {
        return;
    }

    cmd->handler = ngx_http_ordersave_told;

    if (ngx_http_ordersave_redis_send(mcf->redis, cmd, 1,
                                      NGX_HTTP_ORDERSAVE_TELL)
        != NGX_OK)
    {
        os_command_free(cmd);
    }
}


os_command_t *
ngx_http_ordersave_redis_get(ngx_http_ordersave_loc_conf_t *conf,
    const char *name, os_str_t kind, os_str_t value)
{
    char           room[256];
    os_str_t       store;
    os_buf_t       key = os_buf_on(room, sizeof(room));
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    store = ngx_http_ordersave_os(conf->store);
    cmd = os_command_new(os_space_shard(space, store, kind, value), NULL,
                         NULL);
    if (cmd == NULL) {
        return NULL;
    }

    os_space_key(space, cmd->shard, name, store, kind, value, &key);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    os_command_add(cmd, os_buf_view(&key));
    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);

    return cmd;
}


ngx_int_t
ngx_http_ordersave_redis_where(ngx_http_ordersave_redis_t *redis,
    ngx_peer_connection_t *peer)
{
    ngx_http_ordersave_node_t  *node = redis->nodes[0];

    if (node->conn[1].state != NGX_HTTP_ORDERSAVE_UP) {
        return NGX_DECLINED;
    }

    peer->sockaddr = &node->sockaddr.sockaddr;
    peer->socklen = node->socklen;
    peer->name = &node->name;

    return NGX_OK;
}


/* An answer to our own words at the start of a connection. */
static void
ngx_http_ordersave_conn_greeted(os_command_t *cmd, redisReply *reply)
{
    ngx_http_ordersave_conn_t    *conn = cmd->data;
    ngx_http_ordersave_server_t  *server = conn->node->redis->server;

    char       host[256];
    int        port;
    ngx_int_t  shards;

    if (reply == NULL) {
        return;
    }

    if (cmd->shard == 0 && reply->type == REDIS_REPLY_ERROR
        && os_reply_kind(reply, host, &port) != OS_REPLY_MOVED)
    {
        ngx_log_error(NGX_LOG_ERR, conn->node->redis->log, 0,
                      "ordersave: redis %V says \"%s\"", &conn->node->name,
                      reply->str);
        cmd->hops = 1;
        return;
    }

    if (cmd->shard == 1 && reply->type == REDIS_REPLY_STRING) {
        shards = ngx_atoi((u_char *) reply->str, reply->len);

        if (shards != (ngx_int_t) server->space.shards) {
            ngx_log_error(NGX_LOG_ALERT, conn->node->redis->log, 0,
                          "ordersave: redis %V holds %i shards, "
                          "ordersave_redis says %ui: nothing is read or "
                          "written", &conn->node->name, shards,
                          (ngx_uint_t) server->space.shards);
            cmd->hops = 1;
        }
    }
}


static void
ngx_http_ordersave_conn_say(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd)
{
    cmd->deadline = ngx_current_msec + NGX_HTTP_ORDERSAVE_CONNECT;
    os_link_send(&conn->link, cmd);
    conn->greeting = conn->link.out.len;

    if (!conn->clock.timer_set) {
        ngx_add_timer(&conn->clock, NGX_HTTP_ORDERSAVE_CONNECT);
    }
}


/*
 * The first words: who we are, which database, and how many shards it holds.
 * shard is lent here: 1 marks the last word, whose answer opens the line.
 */
static ngx_int_t
ngx_http_ordersave_conn_greet(ngx_http_ordersave_conn_t *conn)
{
    os_buf_t                      key = { 0 };
    os_command_t                 *cmd;
    ngx_http_ordersave_server_t  *server = conn->node->redis->server;

    if (conn->node->sentinel) {
        cmd = os_command_new(0, ngx_http_ordersave_sought, conn);
        if (cmd == NULL) {
            return NGX_ERROR;
        }

        os_command_words(cmd, 3);
        os_command_add(cmd, OS_STR("SENTINEL"));
        os_command_add(cmd, OS_STR("get-master-addr-by-name"));
        os_command_add(cmd, ngx_http_ordersave_os(server->master));
        ngx_http_ordersave_conn_say(conn, cmd);
        return NGX_OK;
    }

    if (server->password.len) {
        cmd = os_command_new(0, ngx_http_ordersave_conn_greeted, conn);
        if (cmd == NULL) {
            return NGX_ERROR;
        }

        os_command_words(cmd, server->user.len ? 3 : 2);
        os_command_add(cmd, OS_STR("AUTH"));

        if (server->user.len) {
            os_command_add(cmd, ngx_http_ordersave_os(server->user));
        }

        os_command_add(cmd, ngx_http_ordersave_os(server->password));
        ngx_http_ordersave_conn_say(conn, cmd);
    }

    if (server->db) {
        cmd = os_command_new(0, ngx_http_ordersave_conn_greeted, conn);
        if (cmd == NULL) {
            return NGX_ERROR;
        }

        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("SELECT"));
        os_command_add_int(cmd, server->db);
        ngx_http_ordersave_conn_say(conn, cmd);
    }

    cmd = os_command_new(1, ngx_http_ordersave_conn_greeted, conn);
    if (cmd == NULL) {
        return NGX_ERROR;
    }

    os_space_key(&server->space, 0, "config", OS_NULL, OS_NULL, OS_NULL, &key);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("HGET"));
    os_command_add(cmd, os_buf_view(&key));
    os_command_add(cmd, OS_STR("shards"));
    os_buf_free(&key);

    ngx_http_ordersave_conn_say(conn, cmd);

    return NGX_OK;
}


static void
ngx_http_ordersave_conn_open(ngx_http_ordersave_conn_t *conn)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    if (conn->node->redis->nsentinels && !conn->node->sentinel
        && !conn->node->redis->found)
    {
        ngx_http_ordersave_seek(conn->node->redis);
        return;
    }

    if (os_link_init(&conn->link) == -1) {
        ngx_http_ordersave_conn_close(conn, "no memory");
        return;
    }

    ngx_memzero(&conn->peer, sizeof(ngx_peer_connection_t));
    conn->peer.sockaddr = &conn->node->sockaddr.sockaddr;
    conn->peer.socklen = conn->node->socklen;
    conn->peer.name = &conn->node->name;
    conn->peer.get = ngx_event_get_peer;
    conn->peer.log = conn->node->redis->log;
    conn->peer.log_error = NGX_ERROR_ERR;

    rc = ngx_event_connect_peer(&conn->peer);

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_http_ordersave_conn_close(conn, "cannot be connected to");
        return;
    }

    c = conn->peer.connection;
    c->data = conn;
    c->pool = NULL;
    c->sendfile = 0;
    c->read->handler = ngx_http_ordersave_conn_readable;
    c->write->handler = ngx_http_ordersave_conn_writable;

    conn->state = NGX_HTTP_ORDERSAVE_GREETING;
    conn->stuck = 0;

    if (ngx_http_ordersave_conn_greet(conn) != NGX_OK) {
        ngx_http_ordersave_conn_close(conn, "no memory");
        return;
    }

    if (rc == NGX_OK) {
        ngx_http_ordersave_conn_flush(conn);
    }
}


static void
ngx_http_ordersave_conn_close(ngx_http_ordersave_conn_t *conn,
    const char *why)
{
    ngx_msec_t                   wait;
    ngx_uint_t                   level;
    os_command_t                *cmd, *next;
    ngx_http_ordersave_redis_t  *redis = conn->node->redis;

    if (conn->clock.timer_set) {
        ngx_del_timer(&conn->clock);
    }

    if (conn->peer.connection) {
        ngx_close_connection(conn->peer.connection);
        conn->peer.connection = NULL;
    }

    if (why) {
        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_REDIS_BREAKS);

        /* said once; that it is still so interests few */

        level = conn->backoff ? NGX_LOG_INFO : NGX_LOG_WARN;
        ngx_log_error(level, redis->log, 0,
                      "ordersave: redis %V %s; requests pass, events are "
                      "spooled", &conn->node->name, why);
    }

    conn->state = NGX_HTTP_ORDERSAVE_DOWN;
    conn->stuck = 0;

    /* a lost master may be another now; a sentinel that answered may rest */

    if (why && !conn->node->sentinel) {
        redis->found = 0;
    }

    if (!redis->stopping && !ngx_exiting && !conn->retry.timer_set
        && (why || !conn->node->sentinel))
    {
        conn->backoff = conn->backoff ? ngx_min(conn->backoff * 2,
                                            NGX_HTTP_ORDERSAVE_BACKOFF_MAX)
                                      : NGX_HTTP_ORDERSAVE_BACKOFF_MIN;
        wait = conn->backoff / 2 + ngx_random() % (conn->backoff / 2 + 1);
        ngx_add_timer(&conn->retry, wait);
    }

    for (cmd = os_link_reset(&conn->link); cmd; cmd = next) {
        next = cmd->next;
        os_command_abandon(cmd);
        os_command_free(cmd);
    }
}


static void
ngx_http_ordersave_conn_retry(ngx_event_t *ev)
{
    ngx_http_ordersave_conn_t   *conn = ev->data;
    ngx_http_ordersave_redis_t  *redis = conn->node->redis;

    if (conn->node->sentinel) {

        /* the next one's turn */

        if (!redis->found) {
            redis->asked = (redis->asked + 1) % redis->nsentinels;
            ngx_http_ordersave_seek(redis);
        }

        return;
    }

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN) {
        ngx_http_ordersave_conn_open(conn);
    }
}


/* A deadline has come: those who wait are told, their replies stay awaited. */
static void
ngx_http_ordersave_conn_clock(ngx_event_t *ev)
{
    ngx_msec_int_t              left, nearest;
    os_command_t               *cmd;
    ngx_http_ordersave_conn_t  *conn = ev->data;

    nearest = NGX_HTTP_ORDERSAVE_STUCK;

again:

    for (cmd = conn->link.head; cmd; cmd = cmd->next) {

        if (cmd->answered) {
            continue;
        }

        left = (ngx_msec_int_t) (cmd->deadline - ngx_current_msec);

        if (left > 0) {
            nearest = ngx_min(nearest, left);
            continue;
        }

        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_REDIS_TIMEOUTS);
        os_command_abandon(cmd);

        if (conn->state == NGX_HTTP_ORDERSAVE_DOWN) {
            return;
        }

        /* the handler may have sent more, or others may be gone */
        goto again;
    }

    if (conn->link.head == NULL) {
        return;
    }

    if (conn->link.head->answered) {

        if (ngx_exiting) {
            ngx_http_ordersave_conn_close(conn, NULL);
            return;
        }

        if (!conn->stuck) {
            conn->stuck = 1;
            conn->stuck_since = ngx_current_msec;

        } else if (ngx_current_msec - conn->stuck_since
                   >= NGX_HTTP_ORDERSAVE_STUCK)
        {
            ngx_http_ordersave_conn_close(conn, "does not answer");
            return;
        }
    }

    if (!conn->clock.timer_set) {
        ngx_add_timer(&conn->clock, (ngx_msec_t) nearest);
    }
}


static void
ngx_http_ordersave_conn_deliver(void *owner, os_command_t *cmd,
    redisReply *reply)
{
    int                         port = 0;
    char                        host[256];
    ngx_uint_t                  demoted, late;
    os_command_t               *asking;
    os_reply_kind_t             kind;
    ngx_http_ordersave_node_t  *node;
    ngx_http_ordersave_conn_t  *conn = owner, *to = NULL;

    /* a line that moves again is not stuck */
    conn->stuck = 0;

    kind = cmd->answered || cmd->data == conn ? OS_REPLY_OK
                                              : os_reply_kind(reply, host,
                                                              &port);

    if (kind == OS_REPLY_NOSCRIPT && os_command_unsha(cmd) == 0) {
        to = conn;
    }

    /* ASKING counts for one command only: a bundle is not led that way */

    if ((kind == OS_REPLY_MOVED || (kind == OS_REPLY_ASK && !cmd->parts))
        && cmd->hops++ < NGX_HTTP_ORDERSAVE_HOPS)
    {
        node = ngx_http_ordersave_node_find(conn->node->redis, host, port);

        if (node) {
            to = &node->conn[conn->write];

            if (kind == OS_REPLY_MOVED) {
                conn->node->redis->shard[cmd->shard] = node;
            }
        }
    }

    if (to && kind == OS_REPLY_ASK) {
        asking = os_command_new(cmd->shard, ngx_http_ordersave_conn_greeted,
                                to);
        if (asking) {
            os_command_words(asking, 1);
            os_command_add(asking, OS_STR("ASKING"));
            asking->deadline = cmd->deadline;

            if (ngx_http_ordersave_conn_send(to, asking) != NGX_OK) {
                os_command_free(asking);
                to = NULL;
            }

        } else {
            to = NULL;
        }
    }

    if (to && ngx_http_ordersave_conn_send(to, cmd) == NGX_OK) {
        freeReplyObject(reply);
        return;
    }

    late = cmd->answered;

    if (!late) {
        cmd->answered = 1;
        cmd->handler(cmd, kind == OS_REPLY_OK || kind == OS_REPLY_ERROR
                          ? reply : NULL);
    }

    if (conn->node->sentinel) {
        os_command_free(cmd);
        freeReplyObject(reply);
        ngx_http_ordersave_conn_close(conn, conn->node->redis->found
                                            ? NULL : "knows no such master");
        return;
    }

    /*
     * Hops on a word of the greeting: it was refused. What nobody waited for
     * any more was not looked at.
     */

    if (cmd->data == conn && cmd->handler == ngx_http_ordersave_conn_greeted) {

        if (cmd->hops || late) {
            os_command_free(cmd);
            freeReplyObject(reply);
            ngx_http_ordersave_conn_close(conn, late ? "greets us too late"
                                                     : "refuses us");
            return;
        }

        if (conn->state == NGX_HTTP_ORDERSAVE_GREETING && cmd->shard == 1) {
            conn->state = NGX_HTTP_ORDERSAVE_UP;
            conn->backoff = 0;
        }
    }

    /* a master that became a replica: what leads to the new one leads anew */

    demoted = kind == OS_REPLY_LATER
              && ngx_strncmp(reply->str, "READONLY", 8) == 0;

    os_command_free(cmd);
    freeReplyObject(reply);

    if (demoted && conn->state == NGX_HTTP_ORDERSAVE_UP) {
        ngx_http_ordersave_conn_close(conn, "has become read-only");
    }
}


static void
ngx_http_ordersave_conn_readable(ngx_event_t *ev)
{
    ssize_t                     n;
    ngx_connection_t           *c = ev->data;
    ngx_http_ordersave_conn_t  *conn = c->data;
    static char                 buffer[65536];

    if (c->close) {

        /* this process is leaving and nothing is in line */

        if (conn->link.pending == 0) {
            ngx_http_ordersave_conn_close(conn, NULL);
        }

        return;
    }

    for ( ;; ) {
        n = c->recv(c, (u_char *) buffer, sizeof(buffer));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_ordersave_conn_close(conn, "has closed the connection");
            return;
        }

        if (os_link_feed(&conn->link, buffer, (size_t) n,
                         NGX_HTTP_ORDERSAVE_REPLY_MAX,
                         ngx_http_ordersave_conn_deliver, conn)
            == -1)
        {
            ngx_http_ordersave_conn_close(conn, "says what is not RESP, or "
                                          "too much");
            return;
        }

        if (conn->peer.connection != c) {
            return;
        }
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_ordersave_conn_close(conn, "cannot be listened to");
        return;
    }

    /* more may have come into line while the greeting was awaited */

    if (os_link_out(&conn->link).len) {
        ngx_http_ordersave_conn_flush(conn);
    }

    if (conn->peer.connection == c && conn->link.pending == 0) {

        if (conn->clock.timer_set) {
            ngx_del_timer(&conn->clock);
        }

        c->idle = 1;

        if (ngx_exiting) {
            ngx_http_ordersave_conn_close(conn, NULL);
        }
    }
}


static void
ngx_http_ordersave_conn_writable(ngx_event_t *ev)
{
    ngx_connection_t           *c = ev->data;
    ngx_http_ordersave_conn_t  *conn = c->data;

    ngx_http_ordersave_conn_flush(conn);
}


static void
ngx_http_ordersave_conn_flush(ngx_http_ordersave_conn_t *conn)
{
    ssize_t            n;
    os_str_t           out;
    ngx_connection_t  *c = conn->peer.connection;

    if (c == NULL) {
        return;
    }

    for ( ;; ) {
        out = os_link_out(&conn->link);

        /* nothing more before it is sure who is there */

        if (conn->state == NGX_HTTP_ORDERSAVE_GREETING) {
            out.len = ngx_min(out.len, conn->greeting);
        }

        if (out.len == 0) {
            break;
        }

        n = c->send(c, (u_char *) out.data, out.len);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_http_ordersave_conn_close(conn, "cannot be written to");
            return;
        }

        os_link_wrote(&conn->link, (size_t) n);
        conn->greeting -= ngx_min(conn->greeting, (size_t) n);
    }

    if (conn->link.out.failed) {
        ngx_http_ordersave_conn_close(conn, "has no memory here");
        return;
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_ordersave_conn_close(conn, "cannot be written to");
    }
}


json_t *
ngx_http_ordersave_reply_json(redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING
           ? json_loadb(reply->str, (size_t) reply->len, 0, NULL) : NULL;
}

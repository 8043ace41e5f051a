
/*
 * Nodes of Redis and what is sent to them. See ngx_http_ordersave_redis.h.
 *
 * A node has a third connection, for questions: where everything is, to a
 * node of a Cluster, or where the master is, to a Sentinel. It is open only
 * while that is not known. And a fourth, on which WAIT is asked for what
 * somebody is told of (redis/os_confirm.h).
 *
 * Nothing is read or written before it was seen that Redis holds as many
 * shards as we were told: that number lies with shard 0, and a Redis that has
 * none gets ours.
 */


#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_conn.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "redis/os_confirm.h"


#define NGX_HTTP_ORDERSAVE_HOPS       5


/* Which of a node's connections. */
enum {
    NGX_HTTP_ORDERSAVE_READS = 0,
    NGX_HTTP_ORDERSAVE_WRITES,
    NGX_HTTP_ORDERSAVE_QUESTIONS,
    NGX_HTTP_ORDERSAVE_WAITS,
    NGX_HTTP_ORDERSAVE_CONNS
};


/* Which of the first words a command is: its `shard`, which they need not. */
enum {
    NGX_HTTP_ORDERSAVE_AUTH = 0,    /* or SELECT: no error will do */
    NGX_HTTP_ORDERSAVE_SET,         /* the number of shards, where none is */
    NGX_HTTP_ORDERSAVE_SEE          /* and what it is */
};


typedef struct {
    ngx_http_ordersave_redis_t   *redis;
    os_node_t                    *is;
    ngx_str_t                     name;         /* for logs: host:port */
    ngx_http_ordersave_conn_t     conn[NGX_HTTP_ORDERSAVE_CONNS];
    os_confirm_t                  confirm;
    int                           replicas;     /* what the log says of them */
    ngx_event_t                   retry;
    ngx_msec_t                    probe;        /* not before, while it */
    ngx_msec_t                    backoff;      /* refuses writes */
    os_node_state_t               told;         /* what the log says of it */
    os_answer_t                   refusal;
    char                          said[80];     /* to our first words, */
    unsigned                      held:4;       /* greeted, but for the number
                                                 * of shards: bit of a conn */
    char                          text[OS_HOST_MAX + sizeof(":65535")];
} ngx_http_ordersave_node_t;


struct ngx_http_ordersave_redis_s {
    ngx_http_ordersave_server_t  *server;
    ngx_log_t                    *log;
    ngx_event_t                   ask;          /* whom, and what is open */
    uint16_t                      slot[OS_SHARDS_MAX];
    unsigned                      seen:1;       /* the number of shards */
    unsigned                      stopping:1;
    os_topology_t                 topology;
};


static ngx_int_t ngx_http_ordersave_redis_greet(
    ngx_http_ordersave_conn_t *conn);
static void ngx_http_ordersave_redis_reply(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd, redisReply *reply);
static void ngx_http_ordersave_redis_lost(ngx_http_ordersave_conn_t *conn,
    const char *why);
static void ngx_http_ordersave_redis_ask(ngx_event_t *ev);
static void ngx_http_ordersave_node_retry(ngx_event_t *ev);


static const ngx_http_ordersave_conn_owner_t  ngx_http_ordersave_redis_owner = {
    ngx_http_ordersave_redis_greet,
    ngx_http_ordersave_redis_reply,
    ngx_http_ordersave_redis_lost
};


/* What changed is looked at when this turn of the loop is over. */
static void
ngx_http_ordersave_redis_touch(ngx_http_ordersave_redis_t *redis)
{
    if (!redis->ask.posted && !redis->stopping) {
        ngx_post_event(&redis->ask, &ngx_posted_events);
    }
}


ngx_int_t
ngx_http_ordersave_redis_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                    i;
    ngx_http_ordersave_seed_t    *seed;
    ngx_http_ordersave_redis_t   *redis;
    ngx_http_ordersave_server_t  *server = mcf->server;

    redis = ngx_pcalloc(cycle->pool, sizeof(ngx_http_ordersave_redis_t));
    if (redis == NULL) {
        return NGX_ERROR;
    }

    redis->server = server;
    redis->log = cycle->log;
    redis->ask.handler = ngx_http_ordersave_redis_ask;
    redis->ask.data = redis;
    redis->ask.log = cycle->log;
    redis->ask.cancelable = 1;

    os_topology_init(&redis->topology, server->master.len ? OS_MODE_SENTINEL
                                                          : OS_MODE_SINGLE,
                     ngx_http_ordersave_os(server->master));
    seed = server->seeds->elts;

    for (i = 0; i < server->seeds->nelts; i++) {
        (void) os_topology_seed(&redis->topology,
                                ngx_http_ordersave_os(seed[i].host),
                                seed[i].port);
    }

    for (i = 0; i < server->space.shards; i++) {
        redis->slot[i] = (uint16_t) os_space_slot(&server->space,
                                                  (unsigned) i);
        os_topology_use(&redis->topology, redis->slot[i]);
    }

    mcf->redis = redis;
    ngx_http_ordersave_redis_ask(&redis->ask);

    return NGX_OK;
}


/* Nodes */

static ngx_http_ordersave_node_t *
ngx_http_ordersave_node_new(ngx_http_ordersave_redis_t *redis, os_node_t *is)
{
    ngx_uint_t                  k;
    ngx_http_ordersave_conn_t  *conn;
    ngx_http_ordersave_node_t  *node;

    node = ngx_calloc(sizeof(ngx_http_ordersave_node_t), redis->log);
    if (node == NULL) {
        return NULL;
    }

    node->redis = redis;
    node->is = is;
    node->name.data = (u_char *) node->text;
    node->name.len = (is->port
                      ? ngx_snprintf(node->name.data, sizeof(node->text),
                                     "%s:%d", is->host, is->port)
                      : ngx_snprintf(node->name.data, sizeof(node->text),
                                     "unix:%s", is->host))
                     - node->name.data;

    node->retry.handler = ngx_http_ordersave_node_retry;
    node->retry.data = node;
    node->retry.log = redis->log;
    node->retry.cancelable = 1;

    for (k = 0; k < NGX_HTTP_ORDERSAVE_CONNS; k++) {
        conn = &node->conn[k];
        conn->owner = &ngx_http_ordersave_redis_owner;
        conn->data = node;
        conn->server = redis->server;
        conn->log = redis->log;
        conn->name.data = (u_char *) is->host;
        conn->name.len = ngx_strlen(is->host);
        conn->port = (in_port_t) is->port;
    }

    os_confirm_init(&node->confirm, (int64_t) redis->server->wait);
    node->replicas = -1;

    is->data = node;
    return node;
}


static ngx_http_ordersave_node_t *
ngx_http_ordersave_node_of(ngx_http_ordersave_redis_t *redis, os_node_t *is)
{
    return is->data ? is->data : ngx_http_ordersave_node_new(redis, is);
}


/* The node that has a shard, or NULL. */
static ngx_http_ordersave_node_t *
ngx_http_ordersave_node_for(ngx_http_ordersave_redis_t *redis, unsigned shard)
{
    os_node_t  *is;

    is = os_topology_node_for(&redis->topology, redis->slot[shard]);
    return is ? ngx_http_ordersave_node_of(redis, is) : NULL;
}


static void
ngx_http_ordersave_node_close(ngx_http_ordersave_node_t *node,
    const char *why)
{
    ngx_uint_t  k;

    for (k = 0; k < NGX_HTTP_ORDERSAVE_CONNS; k++) {
        ngx_http_ordersave_conn_close(&node->conn[k], why);
    }

    os_confirm_fail(&node->confirm);

    if (why == NULL && node->retry.timer_set) {
        ngx_del_timer(&node->retry);
    }
}


static void
ngx_http_ordersave_node_retry(ngx_event_t *ev)
{
    ngx_http_ordersave_node_t  *node = ev->data;

    ngx_http_ordersave_redis_touch(node->redis);
}


/* One line for each change, in words that do not flood. */
static void
ngx_http_ordersave_node_tell(ngx_http_ordersave_node_t *node, const char *why)
{
    os_node_t   *is = node->is;
    ngx_log_t   *log = node->redis->log;
    ngx_uint_t   level;

    if (is->state == node->told && is->refusal == node->refusal) {
        return;
    }

    switch (is->state) {

    case OS_NODE_UP:
        if (node->told != OS_NODE_UNKNOWN) {
            ngx_log_error(NGX_LOG_NOTICE, log, 0,
                          "ordersave: redis %V is well again", &node->name);
        }

        node->said[0] = '\0';
        break;

    case OS_NODE_DOWN:
        level = node->told == OS_NODE_REFUSING ? NGX_LOG_INFO : NGX_LOG_WARN;
        ngx_log_error(level, log, 0,
                      "ordersave: redis %V %s; requests pass, events are "
                      "spooled", &node->name, why ? why : "is lost");
        break;

    case OS_NODE_REFUSING:
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "ordersave: redis %V refuses what it is for: %s; events "
                      "are spooled", &node->name, is->word);
        break;

    case OS_NODE_UNKNOWN:
        break;
    }

    node->told = is->state;
    node->refusal = is->refusal;
}


static void
ngx_http_ordersave_redis_lost(ngx_http_ordersave_conn_t *conn,
    const char *why)
{
    uint64_t                     now = ngx_current_msec;
    ngx_http_ordersave_node_t   *node = conn->data;
    ngx_http_ordersave_redis_t  *redis = node->redis;

    node->held &= ~(1 << (conn - node->conn));

    /* what it took is as lost as it is, for all that is known */

    if (conn == &node->conn[NGX_HTTP_ORDERSAVE_WRITES]) {
        os_confirm_fail(&node->confirm);
    }

    /* once for all of its connections */

    if (node->is->state != OS_NODE_DOWN || node->is->retry <= now) {
        os_topology_lost(&redis->topology, node->is, now,
                         (uint32_t) ngx_random());
    }

    ngx_http_ordersave_node_tell(node, why);

    if (!redis->stopping && !ngx_exiting && !node->retry.timer_set) {
        ngx_add_timer(&node->retry, node->is->retry > now
                                    ? (ngx_msec_t) (node->is->retry - now)
                                    : 1);
    }

    ngx_http_ordersave_redis_touch(redis);
}


/* A connection that may be opened is opened. */
static void
ngx_http_ordersave_node_open(ngx_http_ordersave_node_t *node, ngx_uint_t which)
{
    if (node->conn[which].state == NGX_HTTP_ORDERSAVE_DOWN
        && !node->redis->stopping
        && (node->is->state != OS_NODE_DOWN
            || node->is->retry <= (uint64_t) ngx_current_msec))
    {
        ngx_http_ordersave_conn_open(&node->conn[which]);
    }
}


/* Whom to ask */

static void
ngx_http_ordersave_redis_nothing(os_command_t *cmd, redisReply *reply)
{
    /* nobody waits, or whoever does is told by the line's owner */
}


static void
ngx_http_ordersave_redis_question(ngx_http_ordersave_redis_t *redis,
    os_ask_t *ask)
{
    unsigned                    i;
    os_command_t               *cmd;
    ngx_http_ordersave_conn_t  *conn;
    ngx_http_ordersave_node_t  *node;

    node = ngx_http_ordersave_node_of(redis, ask->node);
    cmd = os_command_new(0, ngx_http_ordersave_redis_nothing, NULL);

    if (node == NULL || cmd == NULL) {
        if (cmd) {
            os_command_free(cmd);
        }

        return;
    }

    os_command_words(cmd, ask->nwords);

    for (i = 0; i < ask->nwords; i++) {
        os_command_add(cmd, ask->word[i]);
    }

    ngx_http_ordersave_node_open(node, NGX_HTTP_ORDERSAVE_QUESTIONS);
    conn = &node->conn[NGX_HTTP_ORDERSAVE_QUESTIONS];

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN) {
        os_command_free(cmd);
        return;                         /* it is lost, and told so */
    }

    ngx_http_ordersave_conn_say(conn, cmd);
    ngx_http_ordersave_conn_flush(conn);
}


/* The nodes that have shards are spoken to, before anybody needs them. */
static void
ngx_http_ordersave_redis_open(ngx_http_ordersave_redis_t *redis)
{
    unsigned                    i;
    ngx_http_ordersave_node_t  *node;

    for (i = 0; i < redis->server->space.shards; i++) {
        node = ngx_http_ordersave_node_for(redis, i);

        if (node) {
            ngx_http_ordersave_node_open(node, NGX_HTTP_ORDERSAVE_READS);
            ngx_http_ordersave_node_open(node, NGX_HTTP_ORDERSAVE_WRITES);

            if (redis->server->wait) {
                ngx_http_ordersave_node_open(node, NGX_HTTP_ORDERSAVE_WAITS);
            }
        }
    }
}


static void
ngx_http_ordersave_redis_ask(ngx_event_t *ev)
{
    uint64_t                     now = ngx_current_msec;
    os_ask_t                     ask;
    os_node_t                   *gone;
    ngx_uint_t                   n;
    ngx_http_ordersave_redis_t  *redis = ev->data;

    if (redis->stopping || ngx_exiting) {
        return;
    }

    while ((gone = os_topology_dropped(&redis->topology)) != NULL) {
        ngx_http_ordersave_node_close(gone->data, NULL);
        ngx_free(gone->data);
        os_topology_forget(&redis->topology, gone);
    }

    for (n = 0; n < OS_NODES_MAX; n++) {
        ask = os_topology_next(&redis->topology, now, (uint32_t) ngx_random());

        if (ask.node == NULL) {
            break;
        }

        ngx_http_ordersave_redis_question(redis, &ask);
    }

    ngx_http_ordersave_redis_open(redis);

    if (redis->ask.timer_set) {
        ngx_del_timer(&redis->ask);
    }

    if (ask.when != UINT64_MAX) {
        ngx_add_timer(&redis->ask, ask.when > now
                                   ? (ngx_msec_t) (ask.when - now) : 1);
    }
}


/* An answer to such a question. */
static void
ngx_http_ordersave_redis_answer(ngx_http_ordersave_conn_t *conn,
    const redisReply *reply)
{
    ngx_http_ordersave_node_t   *node = conn->data;
    ngx_http_ordersave_redis_t  *redis = node->redis;
    os_topology_t               *t = &redis->topology;
    os_node_t                   *master = t->master;

    if (node->is->state != OS_NODE_UP && os_answer(reply) == OS_ANSWER_OK
        && node->is->state != OS_NODE_REFUSING)
    {
        os_topology_greeted(t, node->is, ngx_current_msec);
    }

    if (os_topology_answered(t, node->is, reply, ngx_current_msec,
                             (uint32_t) ngx_random())
        == 1)
    {
        if (t->mode == OS_MODE_SENTINEL && t->master
            && t->master != master)
        {
            ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
                          "ordersave: the master \"%V\" is %s:%d",
                          &redis->server->master, t->master->host,
                          t->master->port);

        } else if (t->mode == OS_MODE_CLUSTER) {
            ngx_log_error(NGX_LOG_INFO, redis->log, 0,
                          "ordersave: shards are with other nodes of the "
                          "cluster now, says %V", &node->name);
        }
    }

    ngx_http_ordersave_node_tell(node, NULL);
    ngx_http_ordersave_redis_touch(redis);
}


/* The first words */

static os_command_t *
ngx_http_ordersave_redis_word(ngx_http_ordersave_conn_t *conn,
    unsigned which, unsigned nwords, os_str_t first)
{
    os_command_t  *cmd;

    cmd = os_command_new(which, ngx_http_ordersave_redis_nothing, conn);

    if (cmd) {
        os_command_words(cmd, nwords);
        os_command_add(cmd, first);
    }

    return cmd;
}


static ngx_int_t
ngx_http_ordersave_redis_auth(ngx_http_ordersave_conn_t *conn, ngx_str_t user,
    ngx_str_t password)
{
    os_command_t  *cmd;

    if (password.len == 0) {
        return NGX_OK;
    }

    cmd = ngx_http_ordersave_redis_word(conn, NGX_HTTP_ORDERSAVE_AUTH,
                                        user.len ? 3 : 2, OS_STR("AUTH"));
    if (cmd == NULL) {
        return NGX_ERROR;
    }

    if (user.len) {
        os_command_add(cmd, ngx_http_ordersave_os(user));
    }

    os_command_add(cmd, ngx_http_ordersave_os(password));
    ngx_http_ordersave_conn_say(conn, cmd);

    return NGX_OK;
}


/* HSETNX config shards N, where `which` is SET; else HGET config shards. */
static ngx_int_t
ngx_http_ordersave_redis_number(ngx_http_ordersave_conn_t *conn,
    unsigned which)
{
    char           room[128];
    os_buf_t       key = os_buf_on(room, sizeof(room));
    os_space_t    *space = &conn->server->space;
    ngx_uint_t     set = which == NGX_HTTP_ORDERSAVE_SET;
    os_command_t  *cmd;

    cmd = ngx_http_ordersave_redis_word(conn, which, set ? 4 : 3,
                                        set ? OS_STR("HSETNX")
                                            : OS_STR("HGET"));
    if (cmd == NULL) {
        return NGX_ERROR;
    }

    os_space_key(space, 0, "config", OS_NULL, OS_NULL, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    os_command_add(cmd, OS_STR("shards"));

    if (set) {
        os_command_add_int(cmd, space->shards);
    }

    os_buf_free(&key);
    ngx_http_ordersave_conn_say(conn, cmd);

    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_redis_greet(ngx_http_ordersave_conn_t *conn)
{
    os_command_t                 *cmd;
    ngx_http_ordersave_node_t    *node = conn->data;
    ngx_http_ordersave_server_t  *server = conn->server;

    if (node->is->sentinel) {
        return ngx_http_ordersave_redis_auth(conn, server->sentinel_user,
                                             server->sentinel_password);
    }

    if (ngx_http_ordersave_redis_auth(conn, server->user, server->password)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (conn == &node->conn[NGX_HTTP_ORDERSAVE_QUESTIONS]) {
        return NGX_OK;
    }

    if (server->db) {
        cmd = ngx_http_ordersave_redis_word(conn, NGX_HTTP_ORDERSAVE_AUTH, 2,
                                            OS_STR("SELECT"));
        if (cmd == NULL) {
            return NGX_ERROR;
        }

        os_command_add_int(cmd, server->db);
        ngx_http_ordersave_conn_say(conn, cmd);
    }

    return ngx_http_ordersave_redis_number(conn, NGX_HTTP_ORDERSAVE_SET)
               == NGX_OK
           ? ngx_http_ordersave_redis_number(conn, NGX_HTTP_ORDERSAVE_SEE)
           : NGX_ERROR;
}


/* The number of shards is the right one: whoever waited for that may begin. */
static void
ngx_http_ordersave_redis_seen(ngx_http_ordersave_redis_t *redis)
{
    ngx_uint_t                  i, k;
    ngx_http_ordersave_node_t  *node;

    redis->seen = 1;

    for (i = 0; i < OS_NODES_MAX; i++) {
        node = redis->topology.node[i].data;

        for (k = 0; node && k < NGX_HTTP_ORDERSAVE_CONNS; k++) {
            if (node->held >> k & 1) {
                ngx_http_ordersave_conn_up(&node->conn[k]);
            }
        }

        if (node) {
            node->held = 0;
        }
    }
}


/* It is greeted, and speaks of our shards, or has not the first of them. */
static void
ngx_http_ordersave_redis_greeted(ngx_http_ordersave_conn_t *conn)
{
    ngx_http_ordersave_node_t   *node = conn->data;
    ngx_http_ordersave_redis_t  *redis = node->redis;

    os_topology_greeted(&redis->topology, node->is, ngx_current_msec);
    ngx_http_ordersave_node_tell(node, NULL);

    if (redis->seen) {
        ngx_http_ordersave_conn_up(conn);

    } else {
        node->held |= (unsigned) (1 << (conn - node->conn)) & 15;
    }
}


/* What does not change is said once. */
static void
ngx_http_ordersave_redis_says(ngx_http_ordersave_node_t *node,
    const redisReply *reply)
{
    if (ngx_strncmp(node->said, reply->str, sizeof(node->said) - 1) == 0) {
        return;
    }

    (void) ngx_cpystrn((u_char *) node->said, (u_char *) reply->str,
                       sizeof(node->said));
    ngx_log_error(NGX_LOG_ERR, node->redis->log, 0,
                  "ordersave: redis %V says \"%s\"", &node->name, reply->str);
}


/* NULL, or why there is no speaking to it. */
static const char *
ngx_http_ordersave_redis_first(ngx_http_ordersave_conn_t *conn,
    unsigned which, const redisReply *reply)
{
    ngx_int_t                    shards;
    os_answer_t                  answer;
    ngx_http_ordersave_node_t   *node = conn->data;
    ngx_http_ordersave_redis_t  *redis = node->redis;

    answer = os_topology_reply(&redis->topology, node->is, reply,
                               ngx_current_msec, (uint32_t) ngx_random())
             .answer;

    if (answer == OS_ANSWER_MOVED && which != NGX_HTTP_ORDERSAVE_AUTH) {
        if (which == NGX_HTTP_ORDERSAVE_SEE) {
            ngx_http_ordersave_redis_greeted(conn);
        }

        return NULL;
    }

    if (which == NGX_HTTP_ORDERSAVE_SET) {
        return answer == OS_ANSWER_READONLY ? "is read-only" : NULL;
    }

    if (answer != OS_ANSWER_OK) {
        ngx_http_ordersave_redis_says(node, reply);
        return "refuses us";
    }

    if (which == NGX_HTTP_ORDERSAVE_AUTH) {
        return NULL;
    }

    if (reply->type != REDIS_REPLY_STRING) {
        return "does not keep the number of shards";
    }

    shards = ngx_atoi((u_char *) reply->str, reply->len);

    if (shards != (ngx_int_t) redis->server->space.shards) {
        ngx_log_error(NGX_LOG_ALERT, redis->log, 0,
                      "ordersave: redis %V holds %i shards, ordersave_redis "
                      "says %ui: nothing is read or written", &node->name,
                      shards, (ngx_uint_t) redis->server->space.shards);
        redis->seen = 0;
        return "holds another number of shards";
    }

    ngx_http_ordersave_redis_seen(redis);
    ngx_http_ordersave_redis_greeted(conn);

    return NULL;
}


/* What a replica has */

/* One line for each change. */
static void
ngx_http_ordersave_confirm_tell(ngx_http_ordersave_node_t *node)
{
    int          replicas;
    ngx_log_t   *log = node->redis->log;
    ngx_uint_t   level;

    replicas = node->confirm.barred ? -2 : node->confirm.replicas;

    if (replicas == -1 || replicas == node->replicas) {
        return;
    }

    if (replicas == -2) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "ordersave: redis %V permits no ROLE or WAIT, so that "
                      "an accept may be lost when it fails over; grant +role "
                      "+wait, or say wait=off", &node->name);

    } else if (replicas == 0) {
        level = node->replicas > 0 ? NGX_LOG_WARN : NGX_LOG_INFO;
        ngx_log_error(level, log, 0,
                      "ordersave: redis %V has no replica: what it takes is "
                      "as safe as its disk", &node->name);

    } else if (node->replicas == 0) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "ordersave: redis %V has a replica again", &node->name);
    }

    node->replicas = replicas;
}


/* What has come to it since this was called last. */
static void
ngx_http_ordersave_confirm_count(ngx_http_ordersave_node_t *node)
{
    ngx_http_ordersave_count_by(NGX_HTTP_ORDERSAVE_REDIS_ALONE,
                                node->confirm.alone);
    ngx_http_ordersave_count_by(NGX_HTTP_ORDERSAVE_REDIS_UNCONFIRMED,
                                node->confirm.unconfirmed);
    node->confirm.alone = 0;
    node->confirm.unconfirmed = 0;
}


static void ngx_http_ordersave_confirmed(os_command_t *cmd,
    redisReply *reply);


/* Asks, when a question is due and none is under way. */
static void
ngx_http_ordersave_confirm_ask(ngx_http_ordersave_node_t *node)
{
    os_command_t  *cmd;

    cmd = os_confirm_ask(&node->confirm, ngx_current_msec,
                         ngx_http_ordersave_confirmed, node);
    ngx_http_ordersave_confirm_count(node);

    if (cmd == NULL) {
        return;
    }

    ngx_http_ordersave_node_open(node, NGX_HTTP_ORDERSAVE_WAITS);
    cmd->deadline = ngx_current_msec + node->redis->server->wait
                    + NGX_HTTP_ORDERSAVE_CONNECT;

    if (ngx_http_ordersave_conn_send(&node->conn[NGX_HTTP_ORDERSAVE_WAITS],
                                     cmd)
        != NGX_OK)
    {
        os_command_abandon(cmd);
        os_command_free(cmd);
    }
}


static void
ngx_http_ordersave_confirmed(os_command_t *cmd, redisReply *reply)
{
    ngx_http_ordersave_node_t  *node = cmd->data;

    os_confirm_answer(&node->confirm, reply, ngx_current_msec);
    ngx_http_ordersave_confirm_count(node);
    ngx_http_ordersave_confirm_tell(node);
    ngx_http_ordersave_confirm_ask(node);
}


/* Holds back what a replica must have; there is an end to how many. */
static void
ngx_http_ordersave_confirm(ngx_http_ordersave_node_t *node, os_command_t *cmd,
    redisReply *reply)
{
    if (node->confirm.n < node->redis->server->queue) {
        os_confirm_add(&node->confirm, cmd, reply);
        ngx_http_ordersave_confirm_ask(node);
        return;
    }

    ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_REDIS_UNCONFIRMED);
    os_command_abandon(cmd);
    os_command_free(cmd);
    freeReplyObject(reply);
}


/* Replies to commands */

/* To another node, or once more to this one: NGX_OK when it is under way. */
static ngx_int_t
ngx_http_ordersave_redis_again(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd, const os_verdict_t *verdict)
{
    ngx_uint_t                   which;
    os_command_t                *asking;
    ngx_http_ordersave_conn_t   *to;
    ngx_http_ordersave_node_t   *node = conn->data, *other;

    if (verdict->answer == OS_ANSWER_NOSCRIPT) {
        return os_command_unsha(cmd) == 0
               ? ngx_http_ordersave_conn_send(conn, cmd) : NGX_ERROR;
    }

    /* ASKING counts for one command only: a bundle is not led that way */

    if (verdict->to == NULL
        || (verdict->answer == OS_ANSWER_ASK && cmd->parts)
        || cmd->hops++ >= NGX_HTTP_ORDERSAVE_HOPS)
    {
        return NGX_ERROR;
    }

    other = ngx_http_ordersave_node_of(node->redis, verdict->to);
    if (other == NULL) {
        return NGX_ERROR;
    }

    which = conn - node->conn;
    ngx_http_ordersave_node_open(other, which);
    to = &other->conn[which];

    if (verdict->answer == OS_ANSWER_ASK) {
        asking = os_command_new(cmd->shard, ngx_http_ordersave_redis_nothing,
                                NULL);
        if (asking == NULL) {
            return NGX_ERROR;
        }

        os_command_words(asking, 1);
        os_command_add(asking, OS_STR("ASKING"));
        asking->deadline = cmd->deadline;

        if (ngx_http_ordersave_conn_send(to, asking) != NGX_OK) {
            os_command_free(asking);
            return NGX_ERROR;
        }
    }

    return ngx_http_ordersave_conn_send(to, cmd);
}


/*
 * A read that goes well says nothing of writes: a node that refuses them is
 * well again when one was taken.
 */
static os_verdict_t
ngx_http_ordersave_redis_judge(ngx_http_ordersave_conn_t *conn,
    const redisReply *reply)
{
    os_verdict_t                verdict = { os_answer(reply), NULL };
    ngx_http_ordersave_node_t  *node = conn->data;

    if (verdict.answer == OS_ANSWER_OK
        && node->is->state == OS_NODE_REFUSING
        && node->is->refusal == OS_ANSWER_REFUSED
        && conn != &node->conn[NGX_HTTP_ORDERSAVE_WRITES])
    {
        return verdict;
    }

    return os_topology_reply(&node->redis->topology, node->is, reply,
                             ngx_current_msec, (uint32_t) ngx_random());
}


static void
ngx_http_ordersave_redis_done(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd, redisReply *reply)
{
    os_verdict_t                verdict;
    ngx_http_ordersave_node_t  *node = conn->data;

    verdict = ngx_http_ordersave_redis_judge(conn, reply);
    ngx_http_ordersave_node_tell(node, NULL);

    if (verdict.answer != OS_ANSWER_OK) {
        ngx_http_ordersave_redis_touch(node->redis);
    }

    if (verdict.answer == OS_ANSWER_OK && cmd->confirm && !cmd->answered
        && node->redis->server->wait)
    {
        ngx_http_ordersave_confirm(node, cmd, reply);
        return;
    }

    if (!cmd->answered) {

        if (ngx_http_ordersave_redis_again(conn, cmd, &verdict) == NGX_OK) {
            freeReplyObject(reply);
            return;
        }

        cmd->answered = 1;
        cmd->handler(cmd, verdict.answer == OS_ANSWER_OK
                          || verdict.answer == OS_ANSWER_WRONG ? reply : NULL);
    }

    os_command_free(cmd);
    freeReplyObject(reply);

    /* a master that became a replica: what leads to the new one leads anew */

    if (verdict.answer == OS_ANSWER_READONLY) {
        ngx_http_ordersave_node_close(node, "has become read-only");
    }
}


static void
ngx_http_ordersave_redis_reply(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd, redisReply *reply)
{
    const char                 *fault = NULL;
    ngx_uint_t                  first = cmd->data == conn, late;
    ngx_http_ordersave_node_t  *node = conn->data;

    if (!first && conn == &node->conn[NGX_HTTP_ORDERSAVE_WAITS]) {

        if (!cmd->answered) {
            cmd->answered = 1;
            cmd->handler(cmd, reply);
        }

        os_command_free(cmd);
        freeReplyObject(reply);
        return;
    }

    if (!first && conn != &node->conn[NGX_HTTP_ORDERSAVE_QUESTIONS]) {
        ngx_http_ordersave_redis_done(conn, cmd, reply);
        return;
    }

    late = cmd->answered;
    cmd->answered = 1;

    if (!first) {
        ngx_http_ordersave_conn_up(conn);   /* it speaks: no greeting is due */
        ngx_http_ordersave_redis_answer(conn, reply);

    } else if (late) {
        fault = "greets us too late";

    } else {
        fault = ngx_http_ordersave_redis_first(conn, cmd->shard, reply);
    }

    os_command_free(cmd);
    freeReplyObject(reply);

    if (fault) {
        ngx_http_ordersave_conn_close(conn, fault);

    } else if (!first && !node->redis->topology.stale) {
        ngx_http_ordersave_conn_close(conn, NULL);      /* all is known */
    }
}


/* What others see */

ngx_int_t
ngx_http_ordersave_redis_send(ngx_http_ordersave_redis_t *redis,
    os_command_t *cmd, ngx_uint_t write, ngx_msec_t timeout)
{
    ngx_uint_t                  which;
    ngx_http_ordersave_node_t  *node;

    which = write ? NGX_HTTP_ORDERSAVE_WRITES : NGX_HTTP_ORDERSAVE_READS;
    node = ngx_http_ordersave_node_for(redis, cmd->shard);

    if (node == NULL) {
        return NGX_ERROR;
    }

    ngx_http_ordersave_node_open(node, which);
    cmd->deadline = ngx_current_msec + timeout;

    return ngx_http_ordersave_conn_send(&node->conn[which], cmd);
}


void
ngx_http_ordersave_redis_push(ngx_http_ordersave_redis_t *redis,
    unsigned shard)
{
    ngx_http_ordersave_node_t  *node;

    node = ngx_http_ordersave_node_for(redis, shard);

    if (node && node->conn[NGX_HTTP_ORDERSAVE_WRITES].state
                == NGX_HTTP_ORDERSAVE_UP)
    {
        ngx_http_ordersave_conn_flush(&node->conn[NGX_HTTP_ORDERSAVE_WRITES]);
    }
}


/* A node that refuses is asked again after a while, and then after a longer. */
static ngx_uint_t
ngx_http_ordersave_node_probes(ngx_http_ordersave_node_t *node)
{
    if (node->is->state != OS_NODE_REFUSING) {
        node->backoff = 0;
        return 1;
    }

    if (node->backoff
        && (ngx_msec_int_t) (node->probe - ngx_current_msec) > 0)
    {
        return 0;
    }

    node->backoff = node->backoff
                    ? ngx_min(node->backoff * 2, NGX_HTTP_ORDERSAVE_PROBE_MAX)
                    : NGX_HTTP_ORDERSAVE_PROBE_MIN;
    node->probe = ngx_current_msec + node->backoff;

    return 1;
}


ngx_uint_t
ngx_http_ordersave_redis_takes(ngx_http_ordersave_redis_t *redis,
    unsigned shard)
{
    ngx_http_ordersave_conn_t  *conn;
    ngx_http_ordersave_node_t  *node;

    node = ngx_http_ordersave_node_for(redis, shard);

    if (node == NULL) {
        return 0;
    }

    ngx_http_ordersave_node_open(node, NGX_HTTP_ORDERSAVE_WRITES);
    conn = &node->conn[NGX_HTTP_ORDERSAVE_WRITES];

    return conn->state == NGX_HTTP_ORDERSAVE_UP && !conn->stuck
           && ngx_http_ordersave_node_probes(node);
}


void
ngx_http_ordersave_redis_tell(os_command_t *cmd)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (cmd == NULL) {
        return;
    }

    cmd->handler = ngx_http_ordersave_redis_nothing;

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


/* Is a node spoken to, and does it do what it is for? */
static ngx_uint_t
ngx_http_ordersave_node_is_up(const os_node_t *is)
{
    ngx_http_ordersave_node_t  *node = is ? is->data : NULL;
    ngx_http_ordersave_conn_t  *conn;

    if (node == NULL || is->state == OS_NODE_REFUSING) {
        return 0;
    }

    conn = &node->conn[NGX_HTTP_ORDERSAVE_WRITES];
    return conn->state == NGX_HTTP_ORDERSAVE_UP && !conn->stuck;
}


ngx_uint_t
ngx_http_ordersave_redis_shards(ngx_http_ordersave_redis_t *redis)
{
    unsigned    i;
    ngx_uint_t  n = 0;

    for (i = 0; i < redis->server->space.shards; i++) {
        n += ngx_http_ordersave_node_is_up(
                 os_topology_node_for(&redis->topology, redis->slot[i]));
    }

    return n;
}


const os_node_t *
ngx_http_ordersave_redis_node(ngx_http_ordersave_redis_t *redis,
    const os_node_t *node, ngx_uint_t *shards, ngx_uint_t *queue,
    ngx_int_t *replicas)
{
    unsigned                    i;
    os_node_t                  *end = redis->topology.node + OS_NODES_MAX;
    ngx_http_ordersave_node_t  *lines;

    for (node = node ? node + 1 : redis->topology.node; node < end; node++) {

        if (!node->used || node->dropped) {
            continue;
        }

        *shards = 0;

        for (i = 0; i < redis->server->space.shards; i++) {
            *shards += os_topology_node_for(&redis->topology, redis->slot[i])
                       == node;
        }

        *queue = 0;
        lines = node->data;
        *replicas = lines ? lines->confirm.replicas : -1;

        for (i = 0; lines && i < NGX_HTTP_ORDERSAVE_CONNS; i++) {
            *queue += lines->conn[i].link.pending;
        }

        return node;
    }

    return NULL;
}


const os_node_t *
ngx_http_ordersave_redis_where(ngx_http_ordersave_redis_t *redis)
{
    os_node_t  *is = os_topology_node_for(&redis->topology, redis->slot[0]);

    return ngx_http_ordersave_node_is_up(is) ? is : NULL;
}


void
ngx_http_ordersave_redis_stop(ngx_http_ordersave_redis_t *redis)
{
    ngx_uint_t                  i;
    ngx_http_ordersave_node_t  *node;

    redis->stopping = 1;

    /* what was written may still arrive; what was not is spooled */

    for (i = 0; i < OS_NODES_MAX; i++) {
        node = redis->topology.node[i].data;

        if (node) {
            ngx_http_ordersave_node_close(node, NULL);
            redis->topology.node[i].data = NULL;
            ngx_free(node);
        }
    }

    if (redis->ask.timer_set) {
        ngx_del_timer(&redis->ask);
    }

    if (redis->ask.posted) {
        ngx_delete_posted_event(&redis->ask);
    }
}


os_str_t
ngx_http_ordersave_reply_text(redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING
           ? (os_str_t) { (size_t) reply->len, reply->str } : OS_NULL;
}


json_t *
ngx_http_ordersave_reply_json(redisReply *reply)
{
    os_str_t  text = ngx_http_ordersave_reply_text(reply);

    return text.data ? os_json_read(text) : NULL;
}

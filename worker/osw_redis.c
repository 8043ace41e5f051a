/*
 * osw_redis: connections to Redis' nodes. See osw_redis.h.
 *
 * A node is DOWN until something is sent to it, RESOLVING and CONNECTING, then
 * UP. When it breaks, all that is in flight is answered NULL and the next
 * connection waits: 50 ms, doubled up to 1 s. Commands for a node that is not
 * up wait in its line until its time is up.
 *
 * Where Sentinels watch, the first node's address is what they say: one after
 * the other is asked, at the start and whenever that node was lost.
 */

#include <stdlib.h>
#include <string.h>

#include "osw_log.h"
#include "osw_redis.h"


#define OSW_NODES_MAX    64
#define OSW_HOPS_MAX     5
#define OSW_READ_SIZE    65536
#define OSW_REPLY_MAX    (256 * 1024 * 1024)
#define OSW_TICK_MS      50
#define OSW_BACKOFF_MIN  50
#define OSW_BACKOFF_MAX  1000


typedef enum {
    OSW_NODE_DOWN = 0,
    OSW_NODE_CONNECTING,
    OSW_NODE_UP,
    OSW_NODE_CLOSING
} osw_node_state_t;


typedef struct {
    struct osw_redis_s  *redis;
    char                 host[256];
    int                  port;
    osw_node_state_t     state;
    os_link_t            link;
    os_command_t        *waiting;       /* sent while not up, newest first */
    uint64_t             since;         /* of the last reply or first wait */
    uint64_t             not_before;    /* next try to connect */
    uint64_t             backoff;
    unsigned             resolving:1;
    unsigned             writing:1;
    unsigned             complained:1;
    unsigned             sentinel:1;
    uv_getaddrinfo_t     resolve;
    uv_connect_t         connect;
    uv_write_t           write;
    char                *written;
    union {
        uv_handle_t      handle;
        uv_stream_t      stream;
        uv_tcp_t         tcp;
        uv_pipe_t        pipe;
    } io;
} osw_node_t;


struct osw_redis_s {
    uv_loop_t               *loop;
    const osw_redis_conf_t  *conf;
    const os_space_t        *space;
    osw_node_t              *node[OSW_NODES_MAX];
    size_t                   nnodes;
    osw_node_t              *of_shard[OS_SHARDS_MAX];
    uv_prepare_t             flush;
    uv_timer_t               tick;
    char                     buffer[OSW_READ_SIZE];
    osw_node_t              *sentinel[OSW_SENTINELS_MAX];
    size_t                   asked;         /* the sentinel's turn */
    unsigned                 seeking:1;
    unsigned                 found:1;       /* node[0] is the master */
    unsigned                 closing:1;
};


static void osw_node_connect(osw_node_t *n);
static void osw_node_fail(osw_node_t *n, const char *why);
static void osw_node_send(osw_node_t *n, os_command_t *cmd);


static osw_node_t *
osw_node(osw_redis_t *r, const char *host, int port)
{
    size_t       i;
    osw_node_t  *n;

    for (i = 0; i < r->nnodes; i++) {
        if (r->node[i]->port == port && strcmp(r->node[i]->host, host) == 0) {
            return r->node[i];
        }
    }

    n = r->nnodes < OSW_NODES_MAX ? calloc(1, sizeof(osw_node_t)) : NULL;

    if (n == NULL) {
        return NULL;
    }

    n->redis = r;
    n->port = port;
    n->backoff = OSW_BACKOFF_MIN;
    strncpy(n->host, host, sizeof(n->host) - 1);
    n->link.tail = &n->link.head;
    r->node[r->nnodes++] = n;

    return n;
}


static void
osw_command_fail(os_command_t *cmd)
{
    os_command_abandon(cmd);
    os_command_free(cmd);
}


static void
osw_commands_fail(os_command_t *cmd)
{
    os_command_t  *next;

    for ( ; cmd != NULL; cmd = next) {
        next = cmd->next;
        osw_command_fail(cmd);
    }
}


/* Oldest first. */
static os_command_t *
osw_commands_turn(os_command_t *cmd)
{
    os_command_t  *next, *turned;

    for (turned = NULL; cmd != NULL; cmd = next) {
        next = cmd->next;
        cmd->next = turned;
        turned = cmd;
    }

    return turned;
}


static void
osw_node_closed(uv_handle_t *handle)
{
    osw_node_t  *n;

    n = handle->data;
    n->state = OSW_NODE_DOWN;

    if (!n->redis->closing && n->waiting) {
        osw_node_connect(n);
    }
}


static void
osw_node_fail(osw_node_t *n, const char *why)
{
    os_command_t  *flight, *waiting;

    if (!n->complained && !n->redis->closing) {
        n->complained = 1;
        osw_log(OSW_WARN, "redis %s:%d: %s", n->host, n->port, why);
    }

    if (n == n->redis->node[0]) {
        n->redis->found = 0;
    }

    n->not_before = uv_now(n->redis->loop) + n->backoff;
    n->backoff = n->backoff * 2 > OSW_BACKOFF_MAX ? OSW_BACKOFF_MAX
                                                  : n->backoff * 2;

    flight = os_link_reset(&n->link);
    waiting = osw_commands_turn(n->waiting);
    n->waiting = NULL;

    if (n->state == OSW_NODE_CONNECTING || n->state == OSW_NODE_UP) {
        if (n->resolving) {
            n->state = OSW_NODE_DOWN;
            (void) uv_cancel((uv_req_t *) &n->resolve);

        } else {
            n->state = OSW_NODE_CLOSING;
            uv_close(&n->io.handle, osw_node_closed);
        }
    }

    osw_commands_fail(flight);
    osw_commands_fail(waiting);
}


static void
osw_node_hello_reply(os_command_t *cmd, redisReply *reply)
{
    osw_node_t  *n;

    n = cmd->data;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR
        && n->state == OSW_NODE_UP)
    {
        osw_node_fail(n, reply->str);
    }
}


static void
osw_node_hello(osw_node_t *n)
{
    os_command_t            *cmd;
    const osw_redis_conf_t  *conf;

    conf = n->redis->conf;

    if (n->sentinel) {
        return;
    }

    if (conf->password) {
        cmd = os_command_new(0, osw_node_hello_reply, n);
        os_command_words(cmd, conf->user ? 3 : 2);
        os_command_add(cmd, OS_STR("AUTH"));

        if (conf->user) {
            os_command_add(cmd, os_str(conf->user));
        }

        os_command_add(cmd, os_str(conf->password));
        os_link_send(&n->link, cmd);
    }

    if (conf->db) {
        cmd = os_command_new(0, osw_node_hello_reply, n);
        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("SELECT"));
        os_command_add_int(cmd, conf->db);
        os_link_send(&n->link, cmd);
    }
}


static void
osw_command_resend(osw_redis_t *r, osw_node_t *n, os_command_t *cmd)
{
    if (n == NULL || ++cmd->hops > OSW_HOPS_MAX || r->closing) {
        osw_command_fail(cmd);

    } else {
        osw_node_send(n, cmd);
    }
}


static void
osw_asking_reply(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;
}


static void
osw_node_redirect(osw_node_t *n, os_command_t *cmd, const char *host, int port,
    int ask)
{
    osw_node_t    *to;
    os_command_t  *asking;

    to = osw_node(n->redis, host[0] ? host : n->host, port);

    if (to != NULL && ask) {
        asking = os_command_new(cmd->shard, osw_asking_reply, NULL);
        os_command_words(asking, 1);
        os_command_add(asking, OS_STR("ASKING"));
        osw_node_send(to, asking);

    } else if (to != NULL) {
        n->redis->of_shard[cmd->shard] = to;
    }

    osw_command_resend(n->redis, to, cmd);
}


static void
osw_node_deliver(void *owner, os_command_t *cmd, redisReply *reply)
{
    int          port, demoted;
    char         host[256];
    osw_node_t  *n;

    n = owner;
    n->since = uv_now(n->redis->loop);
    port = 0;

    if (reply->type != REDIS_REPLY_ERROR) {
        n->backoff = OSW_BACKOFF_MIN;
        n->complained = 0;
    }

    switch (os_reply_kind(reply, host, &port)) {

    case OS_REPLY_NOSCRIPT:
        if (os_command_unsha(cmd) == 0) {
            freeReplyObject(reply);
            osw_command_resend(n->redis, n, cmd);
            return;
        }

        break;

    case OS_REPLY_MOVED:
        freeReplyObject(reply);
        osw_node_redirect(n, cmd, host, port, 0);
        return;

    case OS_REPLY_ASK:
        freeReplyObject(reply);
        osw_node_redirect(n, cmd, host, port, 1);
        return;

    case OS_REPLY_LATER:
        demoted = strncmp(reply->str, "READONLY", 8) == 0;
        freeReplyObject(reply);
        osw_command_fail(cmd);

        /* a replica now: what leads to the new master leads anew */
        if (demoted && n->state == OSW_NODE_UP) {
            osw_node_fail(n, "has become read-only");
        }

        return;

    case OS_REPLY_ERROR:
        if (cmd->handler == osw_node_hello_reply) {
            break;                      /* it says so itself, once */
        }

        osw_log(OSW_WARN, "redis: %s%s%s", reply->str,
                cmd->script ? ", in script " : "",
                cmd->script ? cmd->script->name : "");
        break;

    case OS_REPLY_OK:
        break;
    }

    if (!cmd->answered) {
        cmd->answered = 1;
        cmd->handler(cmd, reply);
    }

    freeReplyObject(reply);
    os_command_free(cmd);
}


static void
osw_node_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    osw_node_t  *n;

    (void) size;
    n = handle->data;
    *buf = uv_buf_init(n->redis->buffer, OSW_READ_SIZE);
}


static void
osw_node_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    osw_node_t  *n;

    n = stream->data;

    if (got < 0) {
        osw_node_fail(n, uv_strerror((int) got));

    } else if (got > 0
               && os_link_feed(&n->link, buf->base, (size_t) got,
                               OSW_REPLY_MAX, osw_node_deliver, n) == -1
               && n->state == OSW_NODE_UP)
    {
        osw_node_fail(n, "does not speak RESP");
    }
}


static void
osw_node_connected(uv_connect_t *req, int status)
{
    osw_node_t    *n;
    os_command_t  *cmd, *next;

    n = req->data;

    if (n->state != OSW_NODE_CONNECTING) {
        return;
    }

    if (status < 0) {
        osw_node_fail(n, uv_strerror(status));
        return;
    }

    if (os_link_init(&n->link) != 0
        || uv_read_start(&n->io.stream, osw_node_alloc, osw_node_read) != 0)
    {
        osw_node_fail(n, "no memory");
        return;
    }

    n->state = OSW_NODE_UP;
    n->since = uv_now(n->redis->loop);
    osw_node_hello(n);

    cmd = osw_commands_turn(n->waiting);
    n->waiting = NULL;

    for ( ; cmd != NULL; cmd = next) {
        next = cmd->next;
        os_link_send(&n->link, cmd);
    }
}


static void
osw_node_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
    int          rc;
    osw_node_t  *n;

    n = req->data;
    n->resolving = 0;

    if (n->state != OSW_NODE_CONNECTING) {
        uv_freeaddrinfo(found);
        return;
    }

    if (status != 0) {
        n->state = OSW_NODE_DOWN;
        osw_node_fail(n, uv_strerror(status));
        return;
    }

    (void) uv_tcp_init(n->redis->loop, &n->io.tcp);
    n->io.handle.data = n;
    n->connect.data = n;
    (void) uv_tcp_nodelay(&n->io.tcp, 1);
    rc = uv_tcp_connect(&n->connect, &n->io.tcp, found->ai_addr,
                        osw_node_connected);
    uv_freeaddrinfo(found);

    if (rc != 0) {
        osw_node_fail(n, uv_strerror(rc));
    }
}


/* What a sentinel says; without an answer it is the next one's turn. */
static void
osw_redis_sought(os_command_t *cmd, redisReply *reply)
{
    osw_node_t   *first;
    osw_redis_t  *r;

    r = cmd->data;
    r->seeking = 0;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_STRING)
    {
        r->asked = (r->asked + 1) % r->conf->nsentinels;
        return;
    }

    first = r->node[0];
    snprintf(first->host, sizeof(first->host), "%s", reply->element[0]->str);
    first->port = atoi(reply->element[1]->str);
    r->found = 1;
    osw_log(OSW_INFO, "the master %s is %s:%d", r->conf->master, first->host,
            first->port);

    if (first->waiting) {
        osw_node_connect(first);
    }
}


static void
osw_redis_seek(osw_redis_t *r)
{
    os_command_t  *cmd;

    if (r->seeking) {
        return;
    }

    cmd = os_command_new(0, osw_redis_sought, r);

    if (cmd != NULL) {
        os_command_words(cmd, 3);
        os_command_add(cmd, OS_STR("SENTINEL"));
        os_command_add(cmd, OS_STR("get-master-addr-by-name"));
        os_command_add(cmd, os_str(r->conf->master));
        r->seeking = 1;
        osw_node_send(r->sentinel[r->asked], cmd);
    }
}


static void
osw_node_connect(osw_node_t *n)
{
    int               rc;
    char              port[16];
    osw_redis_t      *r;
    struct addrinfo   hints;

    r = n->redis;

    if (n->state != OSW_NODE_DOWN || n->resolving || r->closing
        || uv_now(r->loop) < n->not_before)
    {
        return;
    }

    if (n == r->node[0] && r->conf->nsentinels && !r->found) {
        osw_redis_seek(r);
        return;
    }

    n->state = OSW_NODE_CONNECTING;

    if (r->conf->socket && n->port == 0) {
        (void) uv_pipe_init(r->loop, &n->io.pipe, 0);
        n->io.handle.data = n;
        n->connect.data = n;
        uv_pipe_connect(&n->connect, &n->io.pipe, r->conf->socket,
                        osw_node_connected);
        return;
    }

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    snprintf(port, sizeof(port), "%d", n->port);
    n->resolve.data = n;
    n->resolving = 1;
    rc = uv_getaddrinfo(r->loop, &n->resolve, osw_node_resolved, n->host, port,
                        &hints);

    if (rc != 0) {
        n->resolving = 0;
        n->state = OSW_NODE_DOWN;
        osw_node_fail(n, uv_strerror(rc));
    }
}


static void
osw_node_send(osw_node_t *n, os_command_t *cmd)
{
    if (n->state == OSW_NODE_UP) {
        if (n->link.pending == 0) {
            n->since = uv_now(n->redis->loop);
        }

        os_link_send(&n->link, cmd);
        return;
    }

    if (n->waiting == NULL) {
        n->since = uv_now(n->redis->loop);
    }

    cmd->next = n->waiting;
    n->waiting = cmd;
    osw_node_connect(n);
}


static void
osw_node_wrote(uv_write_t *req, int status)
{
    osw_node_t  *n;

    n = req->data;
    n->writing = 0;
    free(n->written);
    n->written = NULL;

    if (status < 0 && n->state == OSW_NODE_UP) {
        osw_node_fail(n, uv_strerror(status));
    }
}


/* What the socket does not take at once goes out as it gets room. */
static void
osw_node_flush(osw_node_t *n)
{
    int        rc;
    os_str_t   out;
    uv_buf_t   buf;

    if (n->state != OSW_NODE_UP || n->writing) {
        return;
    }

    for ( ;; ) {
        out = os_link_out(&n->link);

        if (out.len == 0) {
            return;
        }

        buf = uv_buf_init((char *) out.data, (unsigned) out.len);
        rc = uv_try_write(&n->io.stream, &buf, 1);

        if (rc <= 0) {
            break;
        }

        os_link_wrote(&n->link, (size_t) rc);
    }

    if (rc != UV_EAGAIN) {
        osw_node_fail(n, uv_strerror(rc));
        return;
    }

    n->written = malloc(out.len);
    if (n->written == NULL) {
        return;
    }

    memcpy(n->written, out.data, out.len);
    os_link_wrote(&n->link, out.len);
    buf = uv_buf_init(n->written, (unsigned) out.len);
    n->write.data = n;
    n->writing = 1;

    if (uv_write(&n->write, &n->io.stream, &buf, 1, osw_node_wrote) != 0) {
        n->writing = 0;
        free(n->written);
        n->written = NULL;
        osw_node_fail(n, "write failed");
    }
}


static void
osw_redis_flush(uv_prepare_t *prepare)
{
    size_t        i;
    osw_redis_t  *r;

    r = prepare->data;

    for (i = 0; i < r->nnodes; i++) {
        osw_node_flush(r->node[i]);
    }
}


static void
osw_redis_tick(uv_timer_t *timer)
{
    size_t        i;
    uint64_t      now;
    osw_node_t   *n;
    osw_redis_t  *r;

    r = timer->data;
    now = uv_now(r->loop);

    for (i = 0; i < r->nnodes; i++) {
        n = r->node[i];

        if (n->state == OSW_NODE_DOWN && n->waiting) {
            osw_node_connect(n);
        }

        if ((n->waiting || n->link.pending)
            && now - n->since > (uint64_t) r->conf->timeout_ms)
        {
            osw_node_fail(n, "no answer in time");
        }
    }
}


osw_redis_t *
osw_redis_new(uv_loop_t *loop, const osw_redis_conf_t *conf,
    const os_space_t *space)
{
    size_t        i;
    osw_node_t   *first;
    osw_redis_t  *r;

    r = calloc(1, sizeof(osw_redis_t));
    if (r == NULL) {
        return NULL;
    }

    r->loop = loop;
    r->conf = conf;
    r->space = space;
    first = osw_node(r, conf->master ? conf->master
                        : conf->socket ? "unix" : conf->host,
                     conf->master || conf->socket ? 0 : conf->port);

    for (i = 0; first != NULL && i < conf->nsentinels; i++) {
        r->sentinel[i] = osw_node(r, conf->sentinel[i].host,
                                  conf->sentinel[i].port);

        if (r->sentinel[i] == NULL) {
            first = NULL;
            break;
        }

        r->sentinel[i]->sentinel = 1;
    }

    if (first == NULL) {
        osw_redis_free(r);
        return NULL;
    }

    for (i = 0; i < OS_SHARDS_MAX; i++) {
        r->of_shard[i] = first;
    }

    (void) uv_prepare_init(loop, &r->flush);
    r->flush.data = r;
    (void) uv_prepare_start(&r->flush, osw_redis_flush);
    (void) uv_timer_init(loop, &r->tick);
    r->tick.data = r;
    (void) uv_timer_start(&r->tick, osw_redis_tick, OSW_TICK_MS, OSW_TICK_MS);

    return r;
}


void
osw_redis_send(osw_redis_t *r, os_command_t *cmd)
{
    if (r->closing || cmd->bytes.failed) {
        osw_command_fail(cmd);
        return;
    }

    osw_node_send(r->of_shard[cmd->shard], cmd);
}


unsigned
osw_redis_first_shard(const osw_redis_t *r, unsigned shard)
{
    unsigned  first;

    for (first = 0; r->of_shard[first] != r->of_shard[shard]; first++) {
        /* at the latest it is the shard itself */
    }

    return first;
}


int
osw_redis_up(const osw_redis_t *r)
{
    return r->node[0]->state == OSW_NODE_UP;
}


void
osw_redis_close(osw_redis_t *r)
{
    size_t  i;

    r->closing = 1;

    for (i = 0; i < r->nnodes; i++) {
        osw_node_fail(r->node[i], "closing");
    }

    uv_close((uv_handle_t *) &r->flush, NULL);
    uv_close((uv_handle_t *) &r->tick, NULL);
}


void
osw_redis_free(osw_redis_t *r)
{
    size_t  i;

    for (i = 0; i < r->nnodes; i++) {
        free(r->node[i]->written);
        free(r->node[i]);
    }

    free(r);
}

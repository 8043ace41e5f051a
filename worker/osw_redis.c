/*
 * osw_redis: see osw_redis.h. A node has a second connection, opened when it is
 * first needed: on that one WAIT is asked (redis/os_confirm.h), which would
 * hold up all others.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "redis/os_confirm.h"
#include "worker/osw_conn.h"
#include "worker/osw_log.h"
#include "worker/osw_redis.h"


#define OSW_HOPS_MAX   5
#define OSW_TICK_MS    50


typedef struct {
    osw_redis_t   *redis;
    os_node_t     *is;
    osw_conn_t    *conn;
    osw_conn_t    *waits;
    os_confirm_t   confirm;
    unsigned       complained:1;    /* of what it does not do */
    unsigned       barred:1;        /* from asking: told */
} osw_node_t;


struct osw_redis_s {
    uv_loop_t               *loop;
    const osw_redis_conf_t  *conf;
    const os_space_t        *space;
    SSL_CTX                 *tls;
    os_topology_t            topology;
    os_command_t            *homeless;      /* newest first: nobody is known */
    uint64_t                 homeless_since;
    uv_prepare_t             flush;
    uv_timer_t               tick;
    unsigned                 asking:1;      /* on the stack: not again */
    unsigned                 closing:1;
};


static void osw_redis_look(osw_redis_t *r);
static void osw_node_reply(osw_conn_t *conn, os_command_t *cmd,
    redisReply *reply);
static void osw_node_greet(osw_conn_t *conn);
static void osw_node_lost(osw_conn_t *conn, const char *why);


static const osw_conn_owner_t  osw_node_owner = {
    osw_node_greet, osw_node_reply, osw_node_lost
};


/* How long to wait, and whom to ask, need be even, and no secret. */
static uint32_t
osw_random(void)
{
    return (uint32_t) random();
}


static void
osw_command_fail(os_command_t *cmd)
{
    os_command_abandon(cmd);
    os_command_free(cmd);
}


static void
osw_node_free(osw_node_t *n)
{
    os_confirm_fail(&n->confirm);

    if (n->conn) {
        osw_conn_free(n->conn);
    }

    if (n->waits) {
        osw_conn_free(n->waits);
    }

    free(n);
}


static osw_node_t *
osw_node(osw_redis_t *r, os_node_t *is)
{
    osw_node_t  *n;

    if (is->data != NULL) {
        return is->data;
    }

    n = calloc(1, sizeof(osw_node_t));

    if (n == NULL) {
        return NULL;
    }

    n->redis = r;
    n->is = is;
    n->conn = osw_conn_new(r->loop, &osw_node_owner, n);
    n->waits = osw_conn_new(r->loop, &osw_node_owner, n);

    if (n->conn == NULL || n->waits == NULL) {
        osw_node_free(n);
        return NULL;
    }

    os_confirm_init(&n->confirm, r->conf->wait_ms);
    is->data = n;

    return n;
}


/* Not before its time; what is sent waits in the connection. */
static void
osw_node_open(osw_node_t *n, osw_conn_t *conn)
{
    osw_redis_t  *r;

    r = n->redis;

    if (!r->closing && osw_conn_is_down(conn)
        && (n->is->state != OS_NODE_DOWN || uv_now(r->loop) >= n->is->retry))
    {
        osw_conn_open(conn, n->is->host, n->is->port,
                      n->is->port ? r->tls : NULL, r->conf->server_name);
    }
}


static void
osw_node_send(osw_node_t *n, os_command_t *cmd)
{
    osw_conn_send(n->conn, cmd);
    osw_node_open(n, n->conn);
}


static void
osw_node_greeting(osw_conn_t *conn, os_reply_pt handler,
    const char *const *words)
{
    unsigned       i, count;
    os_command_t  *cmd;

    for (count = 0; words[count] != NULL; count++) {
        /* counted */
    }

    cmd = os_command_new(0, handler, conn);

    if (cmd == NULL) {
        return;
    }

    os_command_words(cmd, count);

    for (i = 0; i < count; i++) {
        os_command_add(cmd, os_str(words[i]));
    }

    osw_conn_say(conn, cmd);
}


/* How it went is seen in osw_node_reply() before this is called. */
static void
osw_node_greeted(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;
}


static void
osw_node_pinged(os_command_t *cmd, redisReply *reply)
{
    osw_node_t  *n;
    osw_conn_t  *conn;

    conn = cmd->data;
    n = osw_conn_data(conn);

    if (reply != NULL && reply->type != REDIS_REPLY_ERROR) {
        osw_conn_ready(conn);
        os_topology_greeted(&n->redis->topology, n->is, uv_now(n->redis->loop));
        osw_redis_look(n->redis);
    }
}


static void
osw_node_greet(osw_conn_t *conn)
{
    char                     db[16];
    osw_node_t              *n;
    const char              *user, *password;
    const osw_redis_conf_t  *c;

    n = osw_conn_data(conn);
    c = n->redis->conf;
    user = n->is->sentinel ? c->sentinel_user : c->user;
    password = n->is->sentinel ? c->sentinel_password : c->password;

    if (password && user) {
        osw_node_greeting(conn, osw_node_greeted, (const char *[]) {
            "AUTH", user, password, NULL });

    } else if (password) {
        osw_node_greeting(conn, osw_node_greeted, (const char *[]) {
            "AUTH", password, NULL });
    }

    if (c->db && !n->is->sentinel) {
        snprintf(db, sizeof(db), "%d", c->db);
        osw_node_greeting(conn, osw_node_greeted, (const char *[]) {
            "SELECT", db, NULL });
    }

    osw_node_greeting(conn, osw_node_pinged, (const char *[]) { "PING", NULL });
}


static void
osw_node_lost(osw_conn_t *conn, const char *why)
{
    osw_node_t  *n;

    n = osw_conn_data(conn);

    if (n->redis->closing || why == NULL || conn == n->waits) {
        return;
    }

    /* what it took is as lost as it is, for all that is known */

    os_confirm_fail(&n->confirm);
    osw_conn_close(n->waits, NULL);

    if (!n->complained) {
        n->complained = 1;
        osw_log(OSW_WARN, "redis %s:%d: %s", n->is->host, n->is->port, why);
    }

    os_topology_lost(&n->redis->topology, n->is, uv_now(n->redis->loop),
                     osw_random());
    osw_redis_look(n->redis);
}


static void
osw_asking_reply(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;
}


/* To where a verdict leads. The command is given up after too many hops. */
static void
osw_node_redirect(osw_redis_t *r, os_command_t *cmd,
    const os_verdict_t *verdict)
{
    osw_node_t    *to;
    os_command_t  *asking;

    to = verdict->to ? osw_node(r, verdict->to) : NULL;

    if (to == NULL || ++cmd->hops > OSW_HOPS_MAX || r->closing) {
        osw_command_fail(cmd);
        return;
    }

    if (verdict->answer == OS_ANSWER_ASK) {
        asking = os_command_new(cmd->shard, osw_asking_reply, NULL);
        os_command_words(asking, 1);
        os_command_add(asking, OS_STR("ASKING"));
        osw_node_send(to, asking);
    }

    osw_node_send(to, cmd);
}


/* A state of a node is told when it begins, and when it ends. */
static void
osw_node_tell(osw_node_t *n, os_answer_t answer, const redisReply *reply)
{
    if (answer == OS_ANSWER_OK) {
        if (n->complained && n->is->state == OS_NODE_UP) {
            n->complained = 0;
            osw_log(OSW_INFO, "redis %s:%d: works again", n->is->host,
                    n->is->port);
        }

        return;
    }

    if (!n->complained && answer != OS_ANSWER_MOVED && answer != OS_ANSWER_ASK
        && answer != OS_ANSWER_NOSCRIPT && answer != OS_ANSWER_WRONG)
    {
        n->complained = 1;
        osw_log(OSW_WARN, "redis %s:%d: %s", n->is->host, n->is->port,
                reply->str);
    }
}


/* Who has the shards is told whenever it is another. */
static void
osw_redis_tell(const osw_redis_t *r)
{
    const os_node_t  *master;

    master = r->topology.master;

    if (r->conf->master && master) {
        osw_log(OSW_INFO, "the master %s is %s:%d", r->conf->master,
                master->host, master->port);

    } else if (r->topology.mode == OS_MODE_CLUSTER) {
        osw_log(OSW_INFO, "redis: shards are with other nodes now");
    }
}


/* The answer to a question of the topology's. */
static void
osw_node_answered(os_command_t *cmd, redisReply *reply)
{
    osw_node_t  *n;

    n = cmd->data;

    if (reply != NULL
        && os_topology_answered(&n->redis->topology, n->is, reply,
                                uv_now(n->redis->loop), osw_random()) == 1)
    {
        osw_redis_tell(n->redis);
    }
}


/* 1 when the command goes on elsewhere, or again. */
static int
osw_node_again(osw_node_t *n, os_command_t *cmd, const os_verdict_t *verdict)
{
    switch (verdict->answer) {

    case OS_ANSWER_NOSCRIPT:
        if (os_command_unsha(cmd) == 0) {
            osw_node_send(n, cmd);
            return 1;
        }

        return 0;

    case OS_ANSWER_MOVED:
    case OS_ANSWER_ASK:
        osw_node_redirect(n->redis, cmd, verdict);
        return 1;

    default:
        return 0;
    }
}


static void osw_node_confirmed(os_command_t *cmd, redisReply *reply);


/* Asks what a replica has, when that is due and not asked already. */
static void
osw_node_confirm(osw_node_t *n)
{
    os_command_t  *cmd;

    cmd = os_confirm_ask(&n->confirm, uv_now(n->redis->loop),
                         osw_node_confirmed, n);

    if (cmd != NULL) {
        osw_conn_send(n->waits, cmd);
        osw_node_open(n, n->waits);
    }
}


static void
osw_node_confirmed(os_command_t *cmd, redisReply *reply)
{
    osw_node_t  *n;

    n = cmd->data;
    os_confirm_answer(&n->confirm, reply, uv_now(n->redis->loop));

    if (n->confirm.barred && !n->barred) {
        osw_log(OSW_WARN, "redis %s:%d permits no ROLE or WAIT: a failover "
                "may lose or repeat what was done last; grant +role +wait",
                n->is->host, n->is->port);
    }

    n->barred = n->confirm.barred;

    if (!n->redis->closing) {
        osw_node_confirm(n);
    }
}


/* Without the redirections and rules of all others. */
static void
osw_node_waited(os_command_t *cmd, redisReply *reply)
{
    if (!cmd->answered) {
        cmd->answered = 1;
        cmd->handler(cmd, reply);
    }

    freeReplyObject(reply);
    os_command_free(cmd);
}


static void
osw_node_reply(osw_conn_t *conn, os_command_t *cmd, redisReply *reply)
{
    int            ours, hello;
    char           why[128];
    osw_node_t    *n;
    os_verdict_t   verdict;

    n = osw_conn_data(conn);
    ours = cmd->handler == osw_node_answered;
    hello = cmd->handler == osw_node_greeted || cmd->handler == osw_node_pinged;
    snprintf(why, sizeof(why), "%s", reply->type == REDIS_REPLY_ERROR
                                     ? reply->str : "");
    verdict = (os_verdict_t) { OS_ANSWER_OK, NULL };

    if (conn == n->waits && !hello) {
        osw_node_waited(cmd, reply);
        return;
    }

    if (!ours) {
        verdict = os_topology_reply(&n->redis->topology, n->is, reply,
                                    uv_now(n->redis->loop), osw_random());
        osw_node_tell(n, verdict.answer, reply);
    }

    if (osw_node_again(n, cmd, &verdict)) {
        freeReplyObject(reply);
        osw_redis_look(n->redis);
        return;
    }

    if (verdict.answer == OS_ANSWER_OK && cmd->confirm && !cmd->answered
        && n->confirm.wait_ms)
    {
        os_confirm_add(&n->confirm, cmd, reply);
        osw_node_confirm(n);
        return;
    }

    if (verdict.answer == OS_ANSWER_WRONG && !hello) {
        osw_log(OSW_WARN, "redis: %s%s%s", reply->str,
                cmd->script ? ", in script " : "",
                cmd->script ? cmd->script->name : "");
    }

    if (!cmd->answered) {
        cmd->answered = 1;
        cmd->handler(cmd, verdict.answer == OS_ANSWER_OK
                          || verdict.answer == OS_ANSWER_WRONG ? reply : NULL);
    }

    freeReplyObject(reply);
    os_command_free(cmd);

    /* a replica now: what leads to the new master leads anew */
    if (verdict.answer == OS_ANSWER_READONLY) {
        osw_conn_close(conn, "has become read-only");

    } else if (hello && why[0] && !osw_conn_is_down(conn)) {
        osw_conn_close(conn, why);

    } else if (verdict.answer != OS_ANSWER_OK || ours) {
        osw_redis_look(n->redis);
    }
}


/* Who is no part of it any more goes. */
static void
osw_redis_drop(osw_redis_t *r)
{
    os_node_t   *gone;
    osw_node_t  *n;

    while ((gone = os_topology_dropped(&r->topology)) != NULL) {
        n = gone->data;
        osw_node_free(n);
        os_topology_forget(&r->topology, gone);
    }
}


static void
osw_redis_asks(osw_redis_t *r, const os_ask_t *ask)
{
    unsigned       i;
    osw_node_t    *n;
    os_command_t  *cmd;

    n = osw_node(r, ask->node);
    cmd = n ? os_command_new(0, osw_node_answered, n) : NULL;

    if (cmd == NULL) {
        return;
    }

    os_command_words(cmd, ask->nwords);

    for (i = 0; i < ask->nwords; i++) {
        os_command_add(cmd, ask->word[i]);
    }

    osw_node_send(n, cmd);
}


static os_node_t *
osw_redis_node_of(osw_redis_t *r, const os_command_t *cmd)
{
    return os_topology_node_for(&r->topology,
                                cmd->at ? cmd->at - 1
                                        : os_space_slot(r->space, cmd->shard));
}


/* Oldest first, as they were sent. */
static void
osw_redis_settle_in(osw_redis_t *r)
{
    os_node_t     *is;
    os_command_t  *cmd, *next, *turned;

    for (turned = NULL, cmd = r->homeless; cmd != NULL; cmd = next) {
        next = cmd->next;
        cmd->next = turned;
        turned = cmd;
    }

    r->homeless = NULL;

    for (cmd = turned; cmd != NULL; cmd = next) {
        next = cmd->next;
        is = osw_redis_node_of(r, cmd);

        if (is != NULL && osw_node(r, is) != NULL) {
            osw_node_send(is->data, cmd);

        } else {
            cmd->next = r->homeless;
            r->homeless = cmd;
        }
    }
}


/* What the topology wants now: after all that it was told, and at each tick. */
static void
osw_redis_look(osw_redis_t *r)
{
    uint64_t   now;
    os_ask_t   ask;

    if (r->closing || r->asking) {
        return;
    }

    r->asking = 1;
    now = uv_now(r->loop);
    osw_redis_drop(r);

    do {
        ask = os_topology_next(&r->topology, now, osw_random());

        if (ask.node != NULL) {
            osw_redis_asks(r, &ask);
        }

    } while (ask.node != NULL);

    osw_redis_settle_in(r);
    r->asking = 0;
}


static void
osw_redis_flush(uv_prepare_t *prepare)
{
    size_t        i;
    osw_node_t   *n;
    osw_redis_t  *r;

    r = prepare->data;

    for (i = 0; i < OS_NODES_MAX; i++) {
        n = r->topology.node[i].data;

        if (n != NULL) {
            osw_conn_flush(n->conn);
            osw_conn_flush(n->waits);
        }
    }
}


static void
osw_node_tick(osw_node_t *n, osw_conn_t *conn, int64_t limit_ms)
{
    uint64_t  limit;

    limit = (uint64_t) limit_ms;

    if (osw_conn_pending(conn) == 0) {
        return;
    }

    if (osw_conn_silent(conn) > limit && osw_conn_is_down(conn)) {
        osw_conn_give_up(conn);         /* it is not worse than before */

    } else if (osw_conn_silent(conn) > limit) {
        osw_conn_close(conn, "no answer in time");

    } else {
        osw_node_open(n, conn);
    }
}


static void
osw_redis_tick(uv_timer_t *timer)
{
    size_t         i;
    osw_node_t    *n;
    osw_redis_t   *r;
    os_command_t  *cmd, *next;

    r = timer->data;

    for (i = 0; i < OS_NODES_MAX; i++) {
        n = r->topology.node[i].data;

        if (n != NULL) {
            osw_node_tick(n, n->conn, r->conf->timeout_ms);
            osw_node_tick(n, n->waits, r->conf->timeout_ms + r->conf->wait_ms);
        }
    }

    osw_redis_look(r);

    if (r->homeless && uv_now(r->loop) - r->homeless_since
                       > (uint64_t) r->conf->timeout_ms)
    {
        cmd = r->homeless;
        r->homeless = NULL;

        for ( ; cmd != NULL; cmd = next) {
            next = cmd->next;
            osw_command_fail(cmd);
        }
    }
}


static int
osw_redis_begin(osw_redis_t *r, os_error_t *err)
{
    size_t                   i;
    const osw_redis_conf_t  *c;

    c = r->conf;

    if (c->tls) {
        r->tls = osw_tls_new(c->ca_file, err);

        if (r->tls == NULL) {
            return -1;
        }
    }

    os_topology_init(&r->topology, c->master ? OS_MODE_SENTINEL
                                   : c->cluster ? OS_MODE_CLUSTER
                                                : OS_MODE_SINGLE,
                     os_str(c->master ? c->master : ""));

    for (i = 0; i < c->nseeds; i++) {
        (void) os_topology_seed(&r->topology, os_str(c->seed[i].host),
                                c->seed[i].port);
    }

    for (i = 0; i < r->space->shards; i++) {
        os_topology_use(&r->topology, os_space_slot(r->space, (unsigned) i));
    }

    return 0;
}


osw_redis_t *
osw_redis_new(uv_loop_t *loop, const osw_redis_conf_t *conf,
    const os_space_t *space, os_error_t *err)
{
    unsigned      seed = 0;
    osw_redis_t  *r;

    (void) os_random(&seed, sizeof(seed));
    srandom(seed);

    r = calloc(1, sizeof(osw_redis_t));

    if (r == NULL) {
        (void) os_fail(err, "no memory");
        return NULL;
    }

    r->loop = loop;
    r->conf = conf;
    r->space = space;

    if (osw_redis_begin(r, err) != 0) {
        free(r);
        return NULL;
    }

    (void) uv_prepare_init(loop, &r->flush);
    r->flush.data = r;
    (void) uv_prepare_start(&r->flush, osw_redis_flush);
    (void) uv_timer_init(loop, &r->tick);
    r->tick.data = r;
    (void) uv_timer_start(&r->tick, osw_redis_tick, OSW_TICK_MS, OSW_TICK_MS);
    osw_redis_look(r);

    return r;
}


void
osw_redis_send(osw_redis_t *r, os_command_t *cmd)
{
    os_node_t  *is;

    if (r->closing || cmd->bytes.failed) {
        osw_command_fail(cmd);
        return;
    }

    is = osw_redis_node_of(r, cmd);

    if (is != NULL && osw_node(r, is) != NULL) {
        osw_node_send(is->data, cmd);
        return;
    }

    if (r->homeless == NULL) {
        r->homeless_since = uv_now(r->loop);
    }

    cmd->next = r->homeless;
    r->homeless = cmd;
}


int
osw_redis_same_node(osw_redis_t *r, unsigned slot, unsigned other)
{
    return os_topology_node_for(&r->topology, slot)
           == os_topology_node_for(&r->topology, other);
}


unsigned
osw_redis_first_shard(osw_redis_t *r, unsigned shard)
{
    unsigned    first;
    os_node_t  *is;

    is = os_topology_node_for(&r->topology, os_space_slot(r->space, shard));

    for (first = 0; first < shard; first++) {
        if (os_topology_node_for(&r->topology,
                                 os_space_slot(r->space, first)) == is)
        {
            break;
        }
    }

    return first;
}


int
osw_redis_up(osw_redis_t *r)
{
    unsigned    i;
    os_node_t  *is;

    for (i = 0; i < r->space->shards; i++) {
        is = os_topology_node_for(&r->topology, os_space_slot(r->space, i));

        if (is == NULL || is->state != OS_NODE_UP) {
            return 0;
        }
    }

    return 1;
}


void
osw_redis_each(osw_redis_t *r, osw_redis_each_pt each, void *data)
{
    size_t                    i;
    unsigned                  shard, shards;
    os_node_t                *is;
    static const char *const  state[] = { "unknown", "up", "down",
                                          "refusing" };

    for (i = 0; i < OS_NODES_MAX; i++) {
        is = &r->topology.node[i];

        if (!is->used || is->sentinel) {
            continue;
        }

        for (shard = 0, shards = 0; shard < r->space->shards; shard++) {
            shards += os_topology_node_for(&r->topology,
                                           os_space_slot(r->space, shard))
                      == is;
        }

        each(data, is, state[is->state],
             is->state == OS_NODE_REFUSING ? is->word : "", shards);
    }
}


void
osw_redis_confirmed(osw_redis_t *r, int64_t *alone, int64_t *unconfirmed)
{
    size_t       i;
    osw_node_t  *n;

    *alone = 0;
    *unconfirmed = 0;

    for (i = 0; i < OS_NODES_MAX; i++) {
        n = r->topology.node[i].data;

        if (n != NULL) {
            *alone += n->confirm.alone;
            *unconfirmed += n->confirm.unconfirmed;
        }
    }
}


void
osw_redis_close(osw_redis_t *r)
{
    size_t         i;
    osw_node_t    *n;
    os_command_t  *cmd, *next;

    r->closing = 1;

    for (i = 0; i < OS_NODES_MAX; i++) {
        n = r->topology.node[i].data;

        if (n != NULL) {
            osw_node_free(n);
            r->topology.node[i].data = NULL;
        }
    }

    cmd = r->homeless;
    r->homeless = NULL;

    for ( ; cmd != NULL; cmd = next) {
        next = cmd->next;
        osw_command_fail(cmd);
    }

    uv_close((uv_handle_t *) &r->flush, NULL);
    uv_close((uv_handle_t *) &r->tick, NULL);
}


void
osw_redis_free(osw_redis_t *r)
{
    SSL_CTX_free(r->tls);
    free(r);
}


int
osw_reply_failed(const redisReply *reply)
{
    return reply == NULL || reply->type == REDIS_REPLY_ERROR;
}


int64_t
osw_reply_int(const redisReply *reply, int64_t other)
{
    if (reply == NULL) {
        return other;
    }

    if (reply->type == REDIS_REPLY_INTEGER) {
        return reply->integer;
    }

    return reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10)
                                             : other;
}


os_str_t
osw_reply_str(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_STRING
           ? (os_str_t) { (size_t) reply->len, reply->str } : OS_NULL;
}

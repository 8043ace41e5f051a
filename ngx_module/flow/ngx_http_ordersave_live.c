
/*
 * Open panels hear of news: server-sent events (HTML, 9.2), and behind them
 * one subscription to Redis for the whole nginx process. What is sent is that
 * an order has changed, not how: the page asks again, with its ETag.
 *
 * Few connections may stay open at a time; beyond that the answer is 204, and
 * the page asks from time to time instead. A tick each second, that runs while
 * anybody listens, ends those whose time is up, and all of them when the
 * process is leaving.
 */


#include "ngx_module/flow/ngx_http_ordersave_live.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_dial.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_LIVE_BUCKETS  256
#define NGX_HTTP_ORDERSAVE_LIVE_TICK     1000       /* ms */
#define NGX_HTTP_ORDERSAVE_LIVE_BEAT     20         /* s */
#define NGX_HTTP_ORDERSAVE_LIVE_LIFE     600        /* s; browsers come back */
#define NGX_HTTP_ORDERSAVE_LIVE_RETRY    2000       /* ms, and as much more */
#define NGX_HTTP_ORDERSAVE_LIVE_AGAIN    1000       /* ms; to Redis */
#define NGX_HTTP_ORDERSAVE_LIVE_REPLY    65536
#define NGX_HTTP_ORDERSAVE_LIVE_SILENT   10000      /* ms; then a PING */
#define NGX_HTTP_ORDERSAVE_LIVE_DEAF     3000       /* ms; then pages ask */
#define NGX_HTTP_ORDERSAVE_LIVE_KEEP     60000      /* ms; the feed, unused */


struct ngx_http_ordersave_listener_s {
    ngx_queue_t                   queue;        /* of its bucket */
    ngx_http_ordersave_live_t    *live;
    ngx_http_ordersave_campaign_t  *campaign;
    ngx_http_request_t           *request;
    ngx_str_t                     order;        /* "shop/19" */
    time_t                        beat;
    time_t                        end;
    unsigned                      news:1;       /* not told yet */
    unsigned                      gone:1;
};


struct ngx_http_ordersave_live_s {
    ngx_http_ordersave_main_conf_t  *mcf;
    ngx_log_t                       *log;
    ngx_uint_t                       count;
    ngx_queue_t                      buckets[NGX_HTTP_ORDERSAVE_LIVE_BUCKETS];
    ngx_queue_t                     *next;      /* of a walk that goes on */
    ngx_event_t                      tick;
    ngx_http_ordersave_dial_t        dial;
    char                             host[OS_HOST_MAX + 1];
    char                             refusal[80];   /* the last one told */
    redisReader                     *reader;
    ngx_msec_t                       said;      /* when Redis last spoke */
    ngx_msec_t                       again;     /* not before */
    ngx_msec_t                       wanted;    /* when a page asked last */
    ngx_msec_t                       deaf_since;
    unsigned                         hears:1;   /* the subscription stands */
    unsigned                         deaf:1;    /* it does not, for too long */
};


static void ngx_http_ordersave_live_tick(ngx_event_t *ev);
static void ngx_http_ordersave_live_unsubscribe(
    ngx_http_ordersave_live_t *live);
static void ngx_http_ordersave_live_subscribe(ngx_http_ordersave_live_t *live);
static void ngx_http_ordersave_live_watch(ngx_http_ordersave_live_t *live);


ngx_int_t
ngx_http_ordersave_live_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                  i;
    ngx_http_ordersave_live_t  *live;

    live = ngx_pcalloc(cycle->pool, sizeof(ngx_http_ordersave_live_t));
    if (live == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_ORDERSAVE_LIVE_BUCKETS; i++) {
        ngx_queue_init(&live->buckets[i]);
    }

    live->mcf = mcf;
    live->log = cycle->log;
    live->tick.handler = ngx_http_ordersave_live_tick;
    live->tick.data = live;
    live->tick.log = cycle->log;
    mcf->live = live;

    return NGX_OK;
}


void
ngx_http_ordersave_live_stop(ngx_http_ordersave_live_t *live)
{
    if (live) {
        ngx_http_ordersave_live_unsubscribe(live);

        if (live->tick.timer_set) {
            ngx_del_timer(&live->tick);
        }
    }
}


static ngx_queue_t *
ngx_http_ordersave_live_bucket(ngx_http_ordersave_live_t *live,
    ngx_str_t order)
{
    return &live->buckets[ngx_murmur_hash2(order.data, order.len)
                          % NGX_HTTP_ORDERSAVE_LIVE_BUCKETS];
}


/* The request goes away, by whatever way. */
static void
ngx_http_ordersave_live_left(void *data)
{
    ngx_http_ordersave_listener_t  *l = data;

    if (!l->gone) {
        l->gone = 1;
        l->live->count--;
        l->campaign->feeds--;

        if (l->live->next == &l->queue) {
            l->live->next = ngx_queue_next(&l->queue);
        }

        ngx_queue_remove(&l->queue);
    }
}


/* Writes a text that stays; what a slow client has not taken holds it up. */
static ngx_int_t
ngx_http_ordersave_live_write(ngx_http_ordersave_listener_t *l, ngx_str_t text)
{
    ngx_buf_t           *b;
    ngx_chain_t          out;
    ngx_connection_t    *c = l->request->connection;
    ngx_http_request_t  *r = l->request;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->start = b->pos = text.data;
    b->last = b->end = text.data + text.len;
    b->memory = 1;
    b->flush = 1;
    out.buf = b;
    out.next = NULL;

    if (ngx_http_output_filter(r, &out) == NGX_ERROR) {
        return NGX_ERROR;
    }

    /* nobody else asks to be told when a slow client takes more */

    return c->buffered && ngx_handle_write_event(c->write, 0) != NGX_OK
           ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_ordersave_live_end(ngx_http_ordersave_listener_t *l, ngx_int_t rc)
{
    ngx_connection_t    *c = l->request->connection;
    ngx_http_request_t  *r = l->request;

    ngx_http_ordersave_live_left(l);
    ngx_http_finalize_request(r, rc == NGX_ERROR
                                 ? rc : ngx_http_send_special(r,
                                                              NGX_HTTP_LAST));
    ngx_http_run_posted_requests(c);
}


static void
ngx_http_ordersave_live_tell(ngx_http_ordersave_listener_t *l)
{
    ngx_str_t          text = ngx_string("event: changed\ndata:\n\n");
    ngx_connection_t  *c = l->request->connection;

    if (c->buffered || l->request->buffered) {
        l->news = 1;
        return;
    }

    l->news = 0;
    l->beat = ngx_time() + NGX_HTTP_ORDERSAVE_LIVE_BEAT;
    ngx_http_set_log_request(c->log, l->request);

    if (ngx_http_ordersave_live_write(l, text) != NGX_OK) {
        ngx_http_ordersave_live_end(l, NGX_ERROR);
    }
}


static void
ngx_http_ordersave_live_writable(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t       *ctx = ngx_http_ordersave_get_ctx(r);
    ngx_http_ordersave_listener_t  *l = ctx->hosted.listener;

    if (ngx_http_output_filter(r, NULL) == NGX_ERROR) {
        ngx_http_ordersave_live_end(l, NGX_ERROR);

    } else if (l->news) {
        ngx_http_ordersave_live_tell(l);
    }
}


/*
 * An open page wants to hear of this order, whose token was checked. The
 * request then lives by itself: NGX_AGAIN.
 */
ngx_int_t
ngx_http_ordersave_live(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    u_char                         *p;
    ngx_str_t                       text;
    ngx_int_t                       rc;
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_request_t             *r = ctx->request;
    ngx_http_ordersave_live_t      *live = ngx_http_ordersave_main()->live;
    ngx_http_ordersave_listener_t  *l;

    if (r->method != NGX_HTTP_GET) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    live->wanted = ngx_current_msec;

    /* who would hear nothing is to ask from time to time */

    if (live->deaf && !live->hears) {
        ngx_http_ordersave_live_watch(live);
        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_LIVE_REFUSED);
        return ngx_http_ordersave_send_nothing(r, NGX_HTTP_NO_CONTENT);
    }

    if (ngx_exiting || live->count >= live->mcf->live_max) {
        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_LIVE_REFUSED);
        return ngx_http_ordersave_send_nothing(r, NGX_HTTP_NO_CONTENT);
    }

    cleanup = ngx_pool_cleanup_add(r->pool,
                                   sizeof(ngx_http_ordersave_listener_t));
    text.data = ngx_pnalloc(r->pool, 64);

    if (cleanup == NULL || text.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* they come back at different times when a server has gone */

    p = ngx_sprintf(text.data, "retry: %ui\n\n",
                    NGX_HTTP_ORDERSAVE_LIVE_RETRY
                    + ngx_random() % NGX_HTTP_ORDERSAVE_LIVE_RETRY);
    text.len = p - text.data;

    rc = ngx_http_ordersave_send_stream(r, "text/event-stream");

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    l = cleanup->data;
    ngx_memzero(l, sizeof(ngx_http_ordersave_listener_t));
    l->live = live;
    l->campaign = ctx->conf->campaign;
    l->request = r;
    l->beat = ngx_time() + NGX_HTTP_ORDERSAVE_LIVE_BEAT;
    l->end = ngx_time() + NGX_HTTP_ORDERSAVE_LIVE_LIFE
             + ngx_random() % (NGX_HTTP_ORDERSAVE_LIVE_LIFE / 4);
    l->order.len = ctx->conf->store.len + 1 + os_json_str(ctx->choice.token,
                                                          "o").len;
    l->order.data = ngx_pnalloc(r->pool, l->order.len);

    if (l->order.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(l->order.data, ctx->conf->store.data, ctx->conf->store.len);
    *p++ = '/';
    ngx_memcpy(p, os_json_str(ctx->choice.token, "o").data,
               os_json_str(ctx->choice.token, "o").len);

    if (ngx_http_ordersave_live_write(l, text) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->hosted.listener = l;
    cleanup->handler = ngx_http_ordersave_live_left;
    ngx_queue_insert_tail(ngx_http_ordersave_live_bucket(live, l->order),
                          &l->queue);
    live->count++;
    l->campaign->feeds++;
    ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_LIVE_OPENED);

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_ordersave_live_writable;

    ngx_http_ordersave_live_watch(live);

    return NGX_AGAIN;
}


/*
 * Calls back for the listeners of a bucket that wait for this order, or for
 * all where it is empty. Any of them may end meanwhile.
 */
static void
ngx_http_ordersave_live_walk(ngx_http_ordersave_live_t *live,
    ngx_queue_t *bucket, ngx_str_t order,
    void (*visit)(ngx_http_ordersave_listener_t *l))
{
    ngx_queue_t                    *q;
    ngx_http_ordersave_listener_t  *l;

    for (q = ngx_queue_head(bucket); q != ngx_queue_sentinel(bucket);
         q = live->next)
    {
        live->next = ngx_queue_next(q);
        l = ngx_queue_data(q, ngx_http_ordersave_listener_t, queue);

        if (order.len == 0
            || (l->order.len == order.len
                && ngx_memcmp(l->order.data, order.data, order.len) == 0))
        {
            visit(l);
        }
    }

    live->next = NULL;
}


static void
ngx_http_ordersave_live_each(ngx_http_ordersave_live_t *live,
    void (*visit)(ngx_http_ordersave_listener_t *l))
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_ORDERSAVE_LIVE_BUCKETS; i++) {
        ngx_http_ordersave_live_walk(live, &live->buckets[i],
                                     (ngx_str_t) ngx_null_string, visit);
    }
}


static void
ngx_http_ordersave_live_check(ngx_http_ordersave_listener_t *l)
{
    ngx_str_t  beat = ngx_string(":\n\n");

    if (ngx_exiting || ngx_time() >= l->end) {
        ngx_http_ordersave_live_end(l, NGX_OK);

    } else if (ngx_time() >= l->beat && !l->request->connection->buffered) {
        l->beat = ngx_time() + NGX_HTTP_ORDERSAVE_LIVE_BEAT;

        if (ngx_http_ordersave_live_write(l, beat) != NGX_OK) {
            ngx_http_ordersave_live_end(l, NGX_ERROR);
        }
    }
}


static void
ngx_http_ordersave_live_dismiss(ngx_http_ordersave_listener_t *l)
{
    ngx_http_ordersave_live_end(l, NGX_OK);
}


/* A feed that was cut says nothing: whoever is there answers a PING. */
static void
ngx_http_ordersave_live_ping(ngx_http_ordersave_live_t *live)
{
    ngx_msec_t         silent = ngx_current_msec - live->said;
    static const char  ping[] = "*1\r\n$4\r\nPING\r\n";
    ngx_connection_t  *c = live->dial.peer.connection;

    if (live->reader == NULL) {
        return;
    }

    if (silent >= 2 * NGX_HTTP_ORDERSAVE_LIVE_SILENT
        || (!live->hears && silent >= NGX_HTTP_ORDERSAVE_LIVE_DEAF))
    {
        ngx_http_ordersave_live_unsubscribe(live);

    } else if (live->hears && silent >= NGX_HTTP_ORDERSAVE_LIVE_SILENT
               && c->send(c, (u_char *) ping, sizeof(ping) - 1)
                  != sizeof(ping) - 1)
    {
        ngx_http_ordersave_live_unsubscribe(live);
    }
}


/* How long is nothing heard? Pages that listen all the same go, to ask. */
static void
ngx_http_ordersave_live_judge(ngx_http_ordersave_live_t *live)
{
    if (live->hears) {
        live->deaf_since = 0;
        live->deaf = 0;
        return;
    }

    if (live->deaf_since == 0) {
        live->deaf_since = ngx_current_msec;
    }

    if (ngx_current_msec - live->deaf_since >= NGX_HTTP_ORDERSAVE_LIVE_DEAF) {
        live->deaf = 1;
        ngx_http_ordersave_live_each(live, ngx_http_ordersave_live_dismiss);
    }
}


/* The feed is wanted: from now on there is a tick. */
static void
ngx_http_ordersave_live_watch(ngx_http_ordersave_live_t *live)
{
    if (!live->tick.timer_set && !ngx_exiting) {
        ngx_add_timer(&live->tick, NGX_HTTP_ORDERSAVE_LIVE_TICK);
    }

    ngx_http_ordersave_live_subscribe(live);
}


static void
ngx_http_ordersave_live_tick(ngx_event_t *ev)
{
    ngx_http_ordersave_live_t  *live = ev->data;

    ngx_http_ordersave_live_each(live, ngx_http_ordersave_live_check);
    ngx_http_ordersave_live_ping(live);
    ngx_http_ordersave_live_judge(live);

    if (live->count == 0
        && (ngx_exiting || ngx_current_msec - live->wanted
                           >= NGX_HTTP_ORDERSAVE_LIVE_KEEP))
    {
        ngx_http_ordersave_live_unsubscribe(live);
        live->deaf_since = 0;
        live->deaf = 0;
        return;
    }

    ngx_http_ordersave_live_subscribe(live);
    ngx_add_timer(&live->tick, NGX_HTTP_ORDERSAVE_LIVE_TICK);
}


/* The subscription */

static void
ngx_http_ordersave_live_unsubscribe(ngx_http_ordersave_live_t *live)
{
    ngx_http_ordersave_hang_up(&live->dial);

    if (live->reader) {
        redisReaderFree(live->reader);
        live->reader = NULL;
    }

    live->hears = 0;
    live->again = ngx_current_msec + NGX_HTTP_ORDERSAVE_LIVE_AGAIN;
}


/* What is wrong is said once; it may be mended without a reload. */
static void
ngx_http_ordersave_live_refused(ngx_http_ordersave_live_t *live,
    const char *why)
{
    if (ngx_strncmp(live->refusal, why, sizeof(live->refusal) - 1) != 0) {
        (void) ngx_cpystrn((u_char *) live->refusal, (u_char *) why,
                           sizeof(live->refusal));
        ngx_log_error(NGX_LOG_ERR, live->log, 0,
                      "ordersave: redis refuses the feed of open panels, "
                      "which ask from time to time instead: \"%s\"", why);
    }

    ngx_http_ordersave_live_unsubscribe(live);
}


/*
 * ["pmessage", pattern, channel, "shop/19"], or the answer to our first words.
 * What was missed before the subscription stood is made up for by asking all.
 */
static void
ngx_http_ordersave_live_heard(ngx_http_ordersave_live_t *live,
    redisReply *reply)
{
    ngx_str_t  order;

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_http_ordersave_live_refused(live, reply->str);
        return;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3
        || reply->element[0]->type != REDIS_REPLY_STRING)
    {
        return;
    }

    if (ngx_strcmp(reply->element[0]->str, "psubscribe") == 0) {
        live->hears = 1;
        live->refusal[0] = '\0';
        ngx_http_ordersave_live_each(live, ngx_http_ordersave_live_tell);
        return;
    }

    if (reply->elements < 4
        || reply->element[3]->type != REDIS_REPLY_STRING)
    {
        return;
    }

    order.data = (u_char *) reply->element[3]->str;
    order.len = reply->element[3]->len;
    ngx_http_ordersave_live_walk(live,
                                 ngx_http_ordersave_live_bucket(live, order),
                                 order, ngx_http_ordersave_live_tell);
}


static void
ngx_http_ordersave_live_readable(ngx_event_t *ev)
{
    void                       *reply;
    ssize_t                     n;
    ngx_connection_t           *c = ev->data;
    ngx_http_ordersave_live_t  *live = c->data;
    static char                 buffer[16384];

    if (c->close) {
        ngx_http_ordersave_live_unsubscribe(live);
        return;
    }

    for ( ;; ) {
        n = c->recv(c, (u_char *) buffer, sizeof(buffer));

        if (n == NGX_AGAIN) {
            break;
        }

        live->said = ngx_current_msec;

        if (n <= 0
            || redisReaderFeed(live->reader, buffer, (size_t) n) != REDIS_OK
            || live->reader->len > NGX_HTTP_ORDERSAVE_LIVE_REPLY)
        {
            goto lost;
        }

        while (redisReaderGetReply(live->reader, &reply) == REDIS_OK && reply)
        {
            ngx_http_ordersave_live_heard(live, reply);
            freeReplyObject(reply);

            if (live->dial.peer.connection != c) {
                return;
            }
        }

        if (live->reader->err) {
            goto lost;
        }
    }

    if (ngx_handle_read_event(c->read, 0) == NGX_OK) {
        return;
    }

lost:

    ngx_http_ordersave_live_unsubscribe(live);
}


/* Once it is connected; what we say fits into any socket's buffer. */
static void
ngx_http_ordersave_live_dialled(ngx_http_ordersave_dial_t *dial,
    const char *fault)
{
    os_buf_t                      pattern = { 0 };
    ngx_int_t                     rc;
    os_command_t                 *cmd;
    ngx_connection_t             *c = dial->peer.connection;
    ngx_http_ordersave_live_t    *live = dial->data;
    ngx_http_ordersave_server_t  *server = live->mcf->server;

    cmd = fault ? NULL : os_command_new(0, NULL, NULL);

    if (cmd == NULL) {
        ngx_http_ordersave_live_unsubscribe(live);
        return;
    }

    c->data = live;
    c->idle = 1;
    c->read->handler = ngx_http_ordersave_live_readable;
    c->write->handler = ngx_http_empty_handler;

    if (server->password.len) {
        os_command_words(cmd, server->user.len ? 3 : 2);
        os_command_add(cmd, OS_STR("AUTH"));

        if (server->user.len) {
            os_command_add(cmd, ngx_http_ordersave_os(server->user));
        }

        os_command_add(cmd, ngx_http_ordersave_os(server->password));
    }

    os_buf_printf(&pattern, "%s:*:changed", server->space.prefix);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("PSUBSCRIBE"));
    os_command_add(cmd, os_buf_view(&pattern));
    os_buf_free(&pattern);

    rc = cmd->bytes.failed
         || c->send(c, (u_char *) cmd->bytes.data, cmd->bytes.len)
            != (ssize_t) cmd->bytes.len
         || ngx_handle_write_event(c->write, 0) != NGX_OK;
    os_command_free(cmd);

    if (rc) {
        ngx_http_ordersave_live_unsubscribe(live);
    }
}


static void
ngx_http_ordersave_live_subscribe(ngx_http_ordersave_live_t *live)
{
    ngx_str_t         host;
    const os_node_t  *node;

    if (live->reader || ngx_exiting
        || (ngx_msec_int_t) (live->again - ngx_current_msec) > 0)
    {
        return;
    }

    node = ngx_http_ordersave_redis_where(live->mcf->redis);
    live->reader = node ? redisReaderCreate() : NULL;

    if (live->reader == NULL) {
        ngx_http_ordersave_live_unsubscribe(live);
        return;
    }

    /* the node may be gone before its connection is */

    host.len = ngx_strlen(node->host);
    host.data = (u_char *) live->host;
    ngx_memcpy(live->host, node->host, host.len + 1);

    live->said = ngx_current_msec;
    live->dial.server = live->mcf->server;
    live->dial.log = live->log;
    live->dial.data = live;
    live->dial.done = ngx_http_ordersave_live_dialled;
    ngx_http_ordersave_dial(&live->dial, host, (in_port_t) node->port);
}

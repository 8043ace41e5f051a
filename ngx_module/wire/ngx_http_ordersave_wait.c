
/*
 * A request that waits, for Redis or for a moment, without holding anything:
 * who only looks may go away meanwhile, and a late reply then finds nobody.
 */


#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_keep.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"


static void ngx_http_ordersave_replied(os_command_t *cmd, redisReply *reply);
static void ngx_http_ordersave_rested(ngx_event_t *ev);
#if (NGX_THREADS)
static void ngx_http_ordersave_worked(ngx_event_t *ev);
#endif
static void ngx_http_ordersave_wake(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


/* The request is going away: whatever comes later is for nobody. */
static void
ngx_http_ordersave_detach(void *data)
{
    ngx_http_ordersave_ctx_t  *ctx = data;

    if (ctx->wait.command) {
        ctx->wait.command->data = NULL;
        ctx->wait.command = NULL;
    }

    if (ctx->wait.timer.timer_set) {
        ngx_del_timer(&ctx->wait.timer);
    }
}


/* Whoever waits leaves word, so that nobody calls on him when he is gone. */
static ngx_int_t
ngx_http_ordersave_guard(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_pool_cleanup_t  *cleanup;

    if (ctx->wait.guarded) {
        return NGX_OK;
    }

    cleanup = ngx_pool_cleanup_add(ctx->request->pool, 0);
    if (cleanup == NULL) {
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_detach;
    cleanup->data = ctx;
    ctx->wait.guarded = 1;

    return NGX_OK;
}


/*
 * A request with a form is not ended by nginx while it waits, as one that
 * reads a file in a thread is not: a QUIC connection that is closed, or a
 * process whose time to shut down is over, would end it before any handler of
 * ours. ngx_http_terminate_request() notes that it should be over.
 */
static void
ngx_http_ordersave_hold(ngx_http_ordersave_ctx_t *ctx)
{
    if (ctx->request->method == NGX_HTTP_POST && ctx->wait.subrequest == NULL
        && !ctx->wait.held)
    {
        ctx->wait.held = 1;
        ctx->request->main->blocked++;
    }
}


/* 1 when nginx wanted to end it meanwhile. */
static ngx_uint_t
ngx_http_ordersave_release(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_http_request_t  *r = ctx->request;

    if (!ctx->wait.held) {
        return 0;
    }

    ctx->wait.held = 0;
    r->main->blocked--;

    return r->connection->error
           && r->write_event_handler != ngx_http_request_empty_handler;
}


ngx_int_t
ngx_http_ordersave_wait(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt resume)
{
    ngx_http_request_t  *r = ctx->request;

    ctx->wait.resume = resume;
    ctx->wait.on = 1;

    /* what a form has begun comes to its end, whoever is still there */

    ngx_http_ordersave_hold(ctx);
    r->read_event_handler = r->method == NGX_HTTP_POST || ctx->wait.held
                            ? ngx_http_block_reading : ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    if (r->connection->read->ready
        && ngx_handle_read_event(r->connection->read, 0) != NGX_OK)
    {
        ctx->wait.on = 0;
        (void) ngx_http_ordersave_release(ctx);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_AGAIN;
}


/* Redis is away, or late, or does not say: a look-up has failed. */
static void
ngx_http_ordersave_unanswered(ngx_http_ordersave_ctx_t *ctx, ngx_uint_t write)
{
    if (!write) {
        ngx_http_ordersave_count_lookup_failed(ctx->conf);
    }
}


ngx_int_t
ngx_http_ordersave_ask(ngx_http_ordersave_ctx_t *ctx, os_command_t *cmd,
    ngx_uint_t write, ngx_msec_t timeout, ngx_http_ordersave_resume_pt resume)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (cmd == NULL) {
        return resume(ctx, NULL);
    }

    cmd->handler = ngx_http_ordersave_replied;
    cmd->data = ctx;

    if (ngx_http_ordersave_guard(ctx) != NGX_OK
        || ngx_http_ordersave_redis_send(mcf->redis, cmd, write, timeout)
           != NGX_OK)
    {
        os_command_free(cmd);
        ngx_http_ordersave_unanswered(ctx, write);
        return resume(ctx, NULL);
    }

    ctx->wait.command = cmd;
    ctx->wait.write = write != 0;
    return ngx_http_ordersave_wait(ctx, resume);
}


static void
ngx_http_ordersave_replied(os_command_t *cmd, redisReply *reply)
{
    ngx_http_ordersave_ctx_t  *ctx = cmd->data;

    if (ctx != NULL) {
        ctx->wait.command = NULL;

        if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
            ngx_http_ordersave_unanswered(ctx, ctx->wait.write);
        }

        ngx_http_ordersave_wake(ctx, reply);
    }
}


ngx_int_t
ngx_http_ordersave_sleep(ngx_http_ordersave_ctx_t *ctx, ngx_msec_t ms,
    ngx_http_ordersave_resume_pt resume)
{
    if (ngx_http_ordersave_guard(ctx) != NGX_OK) {
        return resume(ctx, NULL);
    }

    ctx->wait.timer.handler = ngx_http_ordersave_rested;
    ctx->wait.timer.data = ctx;
    ctx->wait.timer.log = ctx->request->connection->log;
    ngx_add_timer(&ctx->wait.timer, ms);

    return ngx_http_ordersave_wait(ctx, resume);
}


static void
ngx_http_ordersave_rested(ngx_event_t *ev)
{
    ngx_http_ordersave_woken(ev->data);
}


#if (NGX_THREADS)

static void
ngx_http_ordersave_work_thread(void *data, ngx_log_t *log)
{
    ngx_http_ordersave_ctx_t  *ctx = *(ngx_http_ordersave_ctx_t **) data;

    ctx->wait.work(ctx->wait.data);
}


static void
ngx_http_ordersave_worked(ngx_event_t *ev)
{
    ngx_http_ordersave_ctx_t  *ctx = ev->data;

    ngx_http_ordersave_keep_end(&ctx->wait.timer);
    ngx_http_ordersave_woken(ctx);
}


/* The request waits already, whatever its method: a thread has its memory. */
static ngx_int_t
ngx_http_ordersave_work_post(ngx_http_ordersave_ctx_t *ctx,
    ngx_thread_task_t *task)
{
    *(ngx_http_ordersave_ctx_t **) task->ctx = ctx;
    task->handler = ngx_http_ordersave_work_thread;
    task->event.handler = ngx_http_ordersave_worked;
    task->event.data = ctx;

    ngx_http_ordersave_keep(&ctx->wait.timer, ctx->request->connection->log);

    if (ngx_thread_task_post(ngx_http_ordersave_main()->threads, task)
        == NGX_OK)
    {
        return NGX_AGAIN;
    }

    ngx_http_ordersave_keep_end(&ctx->wait.timer);
    ctx->wait.on = 0;
    (void) ngx_http_ordersave_release(ctx);
    ctx->request->write_event_handler = ngx_http_core_run_phases;

    return NGX_DECLINED;
}

#endif


ngx_int_t
ngx_http_ordersave_work(ngx_http_ordersave_ctx_t *ctx,
    void (*work)(void *data), void *data, ngx_http_ordersave_resume_pt resume)
{
#if (NGX_THREADS)
    ngx_int_t           rc;
    ngx_thread_task_t  *task = NULL;

    if (ngx_http_ordersave_main()->threads
        && ngx_http_ordersave_guard(ctx) == NGX_OK)
    {
        task = ngx_thread_task_alloc(ctx->request->pool,
                                     sizeof(ngx_http_ordersave_ctx_t *));
    }

    if (task) {
        ctx->wait.work = work;
        ctx->wait.data = data;
        ctx->wait.held = 1;
        ctx->request->main->blocked++;

        rc = ngx_http_ordersave_wait(ctx, resume);

        if (rc == NGX_AGAIN) {
            rc = ngx_http_ordersave_work_post(ctx, task);
        }

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }
#endif

    work(data);
    return resume(ctx, NULL);
}


void
ngx_http_ordersave_woken(void *data)
{
    ngx_http_ordersave_wake(data, NULL);
}


/* Goes on with a request: to its end, or to where it waits again. */
static void
ngx_http_ordersave_wake(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_int_t            rc;
    ngx_connection_t    *c = ctx->request->connection;
    ngx_http_request_t  *r = ctx->request;

    ngx_http_set_log_request(c->log, r);

    ctx->wait.on = 0;
    ctx->wait.ended |= ngx_http_ordersave_release(ctx);
    rc = ctx->wait.resume(ctx, reply);

    if (rc == NGX_AGAIN) {
        ngx_http_run_posted_requests(c);
        return;
    }

    /* what it was to do is done; nobody is there for the answer */

    if (ctx->wait.ended) {
        ctx->finished = 1;
        r->write_event_handler = ngx_http_request_empty_handler;
        ngx_http_finalize_request(r, NGX_ERROR);
        ngx_http_run_posted_requests(c);
        return;
    }

    ctx->wait.rc = rc;
    ctx->wait.done = 1;

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}


/* The phase engine is here again: there is an answer, or more to wait for. */
ngx_int_t
ngx_http_ordersave_flow_resume(ngx_http_ordersave_ctx_t *ctx,
    ngx_int_t (*begin)(ngx_http_ordersave_ctx_t *ctx))
{
    if (ctx->wait.done) {
        ctx->wait.done = 0;
        return ctx->wait.rc;
    }

    if (ctx->wait.on) {
        return NGX_AGAIN;
    }

    /* it could not be read: this is the page for that error */

    return ctx->form.post && !ctx->form.read ? NGX_DECLINED : begin(ctx);
}


/* What a flow came to, as the phase engine wants to hear it. */
ngx_int_t
ngx_http_ordersave_flow_finish(ngx_http_ordersave_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t  *r = ctx->request;

    if (rc == NGX_AGAIN || rc == NGX_DONE) {
        return rc;
    }

    ctx->finished = 1;

    if (rc == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    (void) ngx_http_discard_request_body(r);
    ngx_http_finalize_request(r, rc);
    return NGX_DONE;
}


ngx_msec_t
ngx_http_ordersave_time_left(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_msec_int_t  left;

    left = (ngx_msec_int_t) (ctx->wait.until - ngx_current_msec);

    return left > 1 ? (ngx_msec_t) left : 1;
}

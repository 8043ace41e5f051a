
/*
 * A request that waits, for Redis or for a moment, without holding anything:
 * who only looks may go away meanwhile, and a late reply then finds nobody.
 */

#ifndef _NGX_HTTP_ORDERSAVE_WAIT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_WAIT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * A request waits. Each returns what the phase handler is to return: NGX_AGAIN
 * while waiting, or what `resume` returned at once.
 */
ngx_int_t ngx_http_ordersave_wait(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt resume);

/*
 * … for the reply to a command, which is taken (NULL: `resume` at once). No
 * reply in time: NULL.
 */
ngx_int_t ngx_http_ordersave_ask(ngx_http_ordersave_ctx_t *ctx,
    os_command_t *cmd, ngx_uint_t write, ngx_msec_t timeout,
    ngx_http_ordersave_resume_pt resume);

/* … for `ms` milliseconds. */
ngx_int_t ngx_http_ordersave_sleep(ngx_http_ordersave_ctx_t *ctx,
    ngx_msec_t ms, ngx_http_ordersave_resume_pt resume);

/*
 * … for a piece of work that may block, done by nginx' thread pool, or at once
 * where there is none: work(data). It runs in any thread, so that `data` is all
 * that it may touch; that stays until then, because the request does.
 */
ngx_int_t ngx_http_ordersave_work(ngx_http_ordersave_ctx_t *ctx,
    void (*work)(void *data), void *data, ngx_http_ordersave_resume_pt resume);

/* Ends a wait without a reply; `data` is the context. */
void ngx_http_ordersave_woken(void *data);

/* The phase engine is here again: there is an answer, or more to wait for. */
ngx_int_t ngx_http_ordersave_flow_resume(ngx_http_ordersave_ctx_t *ctx,
    ngx_int_t (*begin)(ngx_http_ordersave_ctx_t *ctx));

/* What a flow came to, as the phase engine wants to hear it. */
ngx_int_t ngx_http_ordersave_flow_finish(ngx_http_ordersave_ctx_t *ctx,
    ngx_int_t rc);

/* Milliseconds until ctx->until, at least 1. */
ngx_msec_t ngx_http_ordersave_time_left(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_WAIT_H_INCLUDED_ */

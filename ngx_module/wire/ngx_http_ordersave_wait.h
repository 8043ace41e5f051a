
/*
 * A request that waits, for Redis or for a moment, without holding anything:
 * who only looks may go away meanwhile, and a late reply then finds nobody.
 */

#ifndef _NGX_HTTP_ORDERSAVE_WAIT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_WAIT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


ngx_int_t ngx_http_ordersave_wait(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt resume);

ngx_int_t ngx_http_ordersave_ask(ngx_http_ordersave_ctx_t *ctx,
    os_command_t *cmd, ngx_uint_t write, ngx_msec_t timeout,
    ngx_http_ordersave_resume_pt resume);

ngx_int_t ngx_http_ordersave_sleep(ngx_http_ordersave_ctx_t *ctx,
    ngx_msec_t ms, ngx_http_ordersave_resume_pt resume);

void ngx_http_ordersave_wake(ngx_http_ordersave_ctx_t *ctx, redisReply *reply);

void ngx_http_ordersave_detach(ngx_http_ordersave_ctx_t *ctx);

ngx_int_t ngx_http_ordersave_flow_resume(ngx_http_ordersave_ctx_t *ctx,
    ngx_int_t (*begin)(ngx_http_ordersave_ctx_t *ctx));

ngx_int_t ngx_http_ordersave_flow_finish(ngx_http_ordersave_ctx_t *ctx,
    ngx_int_t rc);

ngx_msec_t ngx_http_ordersave_time_left(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_WAIT_H_INCLUDED_ */


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

#ifndef _NGX_HTTP_ORDERSAVE_LIVE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_LIVE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* Of one nginx process, when it starts and when it ends. */
ngx_int_t ngx_http_ordersave_live_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf);

void ngx_http_ordersave_live_stop(ngx_http_ordersave_live_t *live);

/* An open panel listens; NGX_HTTP_NO_CONTENT when it is to ask instead. */
ngx_int_t ngx_http_ordersave_live(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


#endif /* _NGX_HTTP_ORDERSAVE_LIVE_H_INCLUDED_ */


/*
 * How often a customer may accept an offer: a place that is reserved in the
 * customer's shard, and given back when it was not used.
 */

#ifndef _NGX_HTTP_ORDERSAVE_LIMIT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_LIMIT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


#define NGX_HTTP_ORDERSAVE_TRIES      5         /* of an order */
#define NGX_HTTP_ORDERSAVE_TRIES_FOR  3600      /* s */


#define NGX_HTTP_ORDERSAVE_KEEP  (90 * 86400)    /* s: what was accepted */


/*
 * GET of an order for somebody who may be guessing: so many times an hour it
 * is there, then it is as if it were not (NIL). NULL without memory. Whoever
 * turns out to be right has his try given back.
 */
os_command_t *ngx_http_ordersave_limit_guess(
    ngx_http_ordersave_loc_conf_t *conf, os_str_t id);
void ngx_http_ordersave_limit_guessed(ngx_http_ordersave_loc_conf_t *conf,
    os_str_t id);


/*
 * A command about the customer's limit with two keys less: NULL without memory.
 */
os_command_t *ngx_http_ordersave_limit_command(ngx_http_ordersave_ctx_t *ctx,
    const os_script_t *script, unsigned nargs);

os_command_t *ngx_http_ordersave_limit_reserve(ngx_http_ordersave_ctx_t *ctx,
    os_str_t offer, int64_t per_customer, int64_t cooldown);


#endif /* _NGX_HTTP_ORDERSAVE_LIMIT_H_INCLUDED_ */

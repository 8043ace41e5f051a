
/*
 * Pages and calls of our own, under ordersave_api: one table of routes. What an
 * address holds is a secret, of who may see an order.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HOSTED_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HOSTED_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* For the phase handler of a location with ordersave_api. */
ngx_int_t ngx_http_ordersave_hosted_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);


#endif /* _NGX_HTTP_ORDERSAVE_HOSTED_H_INCLUDED_ */


/*
 * Products of the catalog for a page about an order: those that fit it, and
 * those that were bought, for their links. They lie in other shards than the
 * order: a second question once the order is there. A page that cannot wait
 * shows those that came.
 */

#ifndef _NGX_HTTP_ORDERSAVE_PRODUCTS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_PRODUCTS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/*
 * _products.c: what fits an order. `ask` begins (NULL: there is nothing to
 * ask); all hangs on the request's pool. `wait` says whether any answer is
 * still out; `done` is then called once, when the last is in. The products so
 * far are id → product, borrowed.
 */
ngx_http_ordersave_products_t *ngx_http_ordersave_products_ask(
    ngx_http_request_t *r, ngx_http_ordersave_loc_conf_t *conf,
    const json_t *record);

ngx_uint_t ngx_http_ordersave_products_wait(ngx_http_ordersave_products_t *p,
    void (*done)(void *data), void *data);

const json_t *ngx_http_ordersave_products(
    const ngx_http_ordersave_products_t *p);


#endif /* _NGX_HTTP_ORDERSAVE_PRODUCTS_H_INCLUDED_ */


/*
 * An order that the store knows and we do not, as its webhook has not come yet:
 * the worker is told, and reads it from the store's API.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SEEK_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SEEK_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* Has the store an API to read an order from? */
ngx_uint_t ngx_http_ordersave_seekable(ngx_http_ordersave_loc_conf_t *conf);

/*
 * The visitor of r has come for an order that is not known. Nobody waits:
 * unless this was asked for a while ago, or too much was asked for by him or in
 * this store, an event "wanted" goes into the order's stream, and a reading
 * finds the order or nothing. Without an API, or without memory: nothing.
 */
void ngx_http_ordersave_seek(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, os_str_t id);


#endif /* _NGX_HTTP_ORDERSAVE_SEEK_H_INCLUDED_ */

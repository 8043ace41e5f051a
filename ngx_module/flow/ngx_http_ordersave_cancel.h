
/*
 * The cancel flow, top to bottom: is it a cancel, whose order is it, what was
 * decided, what is there to offer. The page is made in _show.c; what the
 * visitor makes of it is in _accept.c.
 *
 * Two rules stand above all: whatever fails, the store's own answer goes
 * through; and only a POST decides.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CANCEL_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CANCEL_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* For the phase handler: NGX_DECLINED when the store is to get the request. */
ngx_int_t ngx_http_ordersave_cancel_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);


#endif /* _NGX_HTTP_ORDERSAVE_CANCEL_H_INCLUDED_ */

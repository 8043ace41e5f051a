
/*
 * What the module has done since nginx started, for people and for machines.
 */

#ifndef _NGX_HTTP_ORDERSAVE_STATUS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_STATUS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* The content handler of a location with ordersave_status. */
ngx_int_t ngx_http_ordersave_status_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_ORDERSAVE_STATUS_H_INCLUDED_ */

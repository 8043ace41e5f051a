
/*
 * Variables: what became of a request, for logs; arguments of the query and of
 * a form, as PHP reads them, for the configuration.
 */

#ifndef _NGX_HTTP_ORDERSAVE_VARIABLES_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_VARIABLES_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* Before the configuration is read. */
ngx_int_t ngx_http_ordersave_variables_add(ngx_conf_t *cf);


#endif /* _NGX_HTTP_ORDERSAVE_VARIABLES_H_INCLUDED_ */

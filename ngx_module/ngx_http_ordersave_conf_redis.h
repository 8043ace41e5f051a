
/*
 * Where Redis is, and where events wait for it.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONF_REDIS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONF_REDIS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* Directives. */
char *ngx_http_ordersave_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_http_ordersave_conf_spool(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* After the whole configuration was read: names without a resolver. */
ngx_int_t ngx_http_ordersave_redis_names(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server);

/* Makes the folder of the spool, owned by who runs the nginx processes. */
ngx_int_t ngx_http_ordersave_spool_folder(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);


#endif /* _NGX_HTTP_ORDERSAVE_CONF_REDIS_H_INCLUDED_ */

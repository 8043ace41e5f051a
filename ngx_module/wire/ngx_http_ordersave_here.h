
/*
 * Tells in Redis that this nginx is here: with which release, and with which
 * campaigns as they were when its configuration was read. For ordersavectl
 * check --live, which compares them with the files and the workers.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HERE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HERE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* By the first process of this nginx, every 20 s for as long as it lives. */
void ngx_http_ordersave_here_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf);


#endif /* _NGX_HTTP_ORDERSAVE_HERE_H_INCLUDED_ */

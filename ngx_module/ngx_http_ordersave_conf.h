
/*
 * The configuration: directives, what they mean together, and what is read
 * when nginx reads them. Every fault is told with its file and line.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONF_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONF_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


extern ngx_command_t  ngx_http_ordersave_commands[];


/* For the module's context. */
void *ngx_http_ordersave_create_main_conf(ngx_conf_t *cf);

void *ngx_http_ordersave_create_loc_conf(ngx_conf_t *cf);

char *ngx_http_ordersave_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

/* After the whole configuration was read. */
ngx_int_t ngx_http_ordersave_check_variables(ngx_conf_t *cf);


#endif /* _NGX_HTTP_ORDERSAVE_CONF_H_INCLUDED_ */

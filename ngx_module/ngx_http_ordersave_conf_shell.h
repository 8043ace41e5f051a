
/*
 * The directive "ordersave_shell": which page of the store pages of ours come
 * in, and in which element of it.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONF_SHELL_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONF_SHELL_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


char *ngx_http_ordersave_conf_shell(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* The level shows pages, so that its shell is of use. */
void ngx_http_ordersave_conf_shell_use(ngx_http_ordersave_loc_conf_t *conf);

/*
 * When all is read: a shell that no level uses is an error, and so is one whose
 * page is one of ours, or without a place for the pages' links.
 */
ngx_int_t ngx_http_ordersave_check_shells(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);


#endif /* _NGX_HTTP_ORDERSAVE_CONF_SHELL_H_INCLUDED_ */

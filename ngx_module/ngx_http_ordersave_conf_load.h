
/*
 * When the whole configuration was read: campaigns with their pages and blocks,
 * sources of webhooks, and what of all levels together can be seen only now.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONF_LOAD_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONF_LOAD_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* The folders of ordersave_share, by their full names. */
ngx_int_t ngx_http_ordersave_load_share(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);

/* Loads campaigns and sources. NGX_ERROR: said, with file and line. */
ngx_int_t ngx_http_ordersave_load_campaigns(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);

/*
 * Finds the addresses of locations with ordersave_api, and warns of what leads
 * nowhere. After the campaigns; NGX_ERROR: said.
 */
ngx_int_t ngx_http_ordersave_check_apis(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);


#endif /* _NGX_HTTP_ORDERSAVE_CONF_LOAD_H_INCLUDED_ */

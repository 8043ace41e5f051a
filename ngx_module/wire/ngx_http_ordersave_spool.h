
/*
 * The spool: commands that Redis did not take, on disk until it does.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SPOOL_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SPOOL_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* Called once: NGX_OK when what was given is safe, NGX_ERROR when it is not. */
typedef void (*ngx_http_ordersave_safe_pt)(void *data, ngx_int_t rc);


/* Of one nginx process. */
ngx_int_t ngx_http_ordersave_spool_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf);

void ngx_http_ordersave_spool_stop(ngx_http_ordersave_spool_t *spool);

/* Appends a command for its shard; NGX_ERROR: there is no place for it. */
ngx_int_t ngx_http_ordersave_spool_add(ngx_http_ordersave_spool_t *spool,
    unsigned shard, os_str_t command);

/* fsyncs what was added for it, in nginx' thread pool where there is one. */
void ngx_http_ordersave_spool_sync(ngx_http_ordersave_spool_t *spool,
    unsigned shard, ngx_http_ordersave_safe_pt safe, void *data);

/* What waits in the folder, of all processes; zeros for NULL. */
void ngx_http_ordersave_spool_held(ngx_http_ordersave_spool_t *spool,
    ngx_uint_t *files, off_t *bytes);


#endif /* _NGX_HTTP_ORDERSAVE_SPOOL_H_INCLUDED_ */

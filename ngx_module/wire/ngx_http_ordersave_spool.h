
/*
 * The spool: commands that Redis did not take, on disk until it does.
 *
 * Each nginx process appends to a file of its own, held by flock(). When Redis
 * is back the file is let go; whoever finds a file that nobody holds (its own
 * of before, a dead process') sends what is in it and removes it when all of
 * it was taken: at least once into the stream. A record is
 *
 *     "S SHARD LENGTH CRC32\n" and LENGTH bytes of RESP
 *
 * A record cut short by a crash was never acknowledged to anybody: it ends
 * the file.
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

/* fsyncs what was added, in nginx' thread pool where there is one. */
void ngx_http_ordersave_spool_sync(ngx_http_ordersave_spool_t *spool,
    ngx_http_ordersave_safe_pt safe, void *data);


#endif /* _NGX_HTTP_ORDERSAVE_SPOOL_H_INCLUDED_ */


/*
 * A process that is leaving goes when no timer is left, whatever a thread
 * still does for a request: what waits for a thread has a timer, therefore.
 */

#ifndef _NGX_HTTP_ORDERSAVE_KEEP_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_KEEP_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* The process stays until ngx_http_ordersave_keep_end(); `keep` lives on. */
void ngx_http_ordersave_keep(ngx_event_t *keep, ngx_log_t *log);

/* Harmless where it was not begun. */
void ngx_http_ordersave_keep_end(ngx_event_t *keep);


#endif /* _NGX_HTTP_ORDERSAVE_KEEP_H_INCLUDED_ */

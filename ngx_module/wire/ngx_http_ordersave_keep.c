
/*
 * Keeps a process that is leaving. See ngx_http_ordersave_keep.h.
 */


#include "ngx_module/wire/ngx_http_ordersave_keep.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"


static void
ngx_http_ordersave_keep_on(ngx_event_t *keep)
{
    ngx_add_timer(keep, NGX_HTTP_ORDERSAVE_KEEP_PROCESS);
}


void
ngx_http_ordersave_keep(ngx_event_t *keep, ngx_log_t *log)
{
    /* its data is for debug logs only, which read a descriptor from it */

    keep->handler = ngx_http_ordersave_keep_on;
    keep->data = keep;
    keep->log = log;
    ngx_http_ordersave_keep_on(keep);
}


void
ngx_http_ordersave_keep_end(ngx_event_t *keep)
{
    if (keep->timer_set) {
        ngx_del_timer(keep);
    }
}

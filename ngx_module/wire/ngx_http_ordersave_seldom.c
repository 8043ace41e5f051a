
/*
 * See ngx_http_ordersave_seldom.h.
 */


#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"


ngx_uint_t
ngx_http_ordersave_seldom(ngx_http_ordersave_seldom_t *seldom,
    ngx_uint_t *left)
{
    time_t  now = (time_t) (ngx_current_msec / 1000);

    /* not by the clock on the wall, which may be set back by a year */

    if (now < seldom->next) {
        seldom->left++;
        return 0;
    }

    *left = seldom->left;
    seldom->left = 0;
    seldom->next = now + NGX_HTTP_ORDERSAVE_SELDOM;
    return 1;
}

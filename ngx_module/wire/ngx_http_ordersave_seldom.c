
/*
 * See ngx_http_ordersave_seldom.h.
 */


#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"


const char *
ngx_http_ordersave_seldom(ngx_http_ordersave_seldom_t *seldom)
{
    time_t  now = (time_t) (ngx_current_msec / 1000);

    static u_char  text[64];

    /* not by the clock on the wall, which may be set back by a year */

    if (now < seldom->next) {
        seldom->left++;
        return NULL;
    }

    text[0] = '\0';

    if (seldom->left) {
        ngx_snprintf(text, sizeof(text), "; %ui more times since this was "
                     "said last%Z", seldom->left);
    }

    seldom->left = 0;
    seldom->next = now + NGX_HTTP_ORDERSAVE_SELDOM;
    return (const char *) text;
}

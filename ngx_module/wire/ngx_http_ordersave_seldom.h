
/*
 * Lines of the log that anybody can cause, as often as he likes: one a minute,
 * which says how many were left out.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SELDOM_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SELDOM_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* Of one kind of line; zeroes at first. */
typedef struct {
    time_t                           next;      /* not before */
    ngx_uint_t                       left;      /* out, since the last one */
} ngx_http_ordersave_seldom_t;


/*
 * Is a line to be written now? Then *left says how many of its kind were not,
 * since the last one was; else this one is left out.
 */
ngx_uint_t ngx_http_ordersave_seldom(ngx_http_ordersave_seldom_t *seldom,
    ngx_uint_t *left);


#endif /* _NGX_HTTP_ORDERSAVE_SELDOM_H_INCLUDED_ */

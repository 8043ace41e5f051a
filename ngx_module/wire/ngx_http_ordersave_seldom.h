
/*
 * Lines of the log that anybody can cause, as often as he likes: one a minute,
 * which says how many were left out.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SELDOM_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SELDOM_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/*
 * Is a line to be written now? NULL: it is left out. Else how it ends: it says
 * how many of its kind were left out since the last one, if there were any.
 */
const char *ngx_http_ordersave_seldom(ngx_http_ordersave_seldom_t *seldom);


#endif /* _NGX_HTTP_ORDERSAVE_SELDOM_H_INCLUDED_ */

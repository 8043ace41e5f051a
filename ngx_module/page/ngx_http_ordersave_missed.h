
/*
 * ngx_http_ordersave_missed: a page is over, and something that should have
 * gone in did not: it is counted, by what hindered it, and told once.
 */

#ifndef _NGX_HTTP_ORDERSAVE_MISSED_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_MISSED_H_INCLUDED_


#include "core/html/os_html.h"
#include "ngx_module/wire/ngx_http_ordersave_types.h"


/*
 * `html` has read the page for these inserts, of which those whose bits are in
 * `met` found their place; `cut`: it did not see all of the page.
 */
void ngx_http_ordersave_missed(ngx_http_request_t *r, const os_html_t *html,
    ngx_http_ordersave_insert_t *inserts, uint32_t met, ngx_uint_t cut);


#endif /* _NGX_HTTP_ORDERSAVE_MISSED_H_INCLUDED_ */

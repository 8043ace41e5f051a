
/*
 * The tracking panel in the store's own page. The order is asked for while the
 * store works; when the page's anchor comes by, what is there is shown. Nobody
 * ever waits: where the order has not come in time, a place is kept for it.
 *
 * That the page has an anchor is not enough: a crafted address can show one's
 * own anchor with a stranger's number. The order's secret or the buyer's
 * e-mail came along, or the store's own page says whose order it is.
 */

#ifndef _NGX_HTTP_ORDERSAVE_TRACK_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_TRACK_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Before the store is asked: the order is looked up while the store works.
 * NGX_DECLINED: the request goes on; NGX_DONE: once its body is read.
 */
ngx_int_t ngx_http_ordersave_track_begin(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);

/*
 * As ngx_http_ordersave_insert_wanted() and _content(), of the panel and of
 * products that fit.
 */
ngx_int_t ngx_http_ordersave_track_wanted(ngx_http_request_t *r);

ngx_int_t ngx_http_ordersave_track_products(ngx_http_request_t *r,
    os_str_t shown, ngx_chain_t **out);

ngx_int_t ngx_http_ordersave_track_content(ngx_http_request_t *r,
    os_str_t shown, ngx_chain_t **out);

/*
 * The same of the way to a cancel of ours (os_stop.h): whoever proved whose the
 * order is has it while the order can still be stopped. All others have it
 * always, whatever number they ask for; the page behind it looks again.
 */
ngx_int_t ngx_http_ordersave_track_stops(ngx_http_request_t *r);

ngx_int_t ngx_http_ordersave_track_stop(ngx_http_request_t *r,
    os_str_t shown, ngx_chain_t **out);

/*
 * The level that says what goes into this answer: conf, that of the location
 * which answers; but where that says nothing of tracking, the one whose page
 * was tracked before an internal redirect (try_files, say) of the same store.
 */
ngx_http_ordersave_loc_conf_t *ngx_http_ordersave_track_conf(
    ngx_http_request_t *r, ngx_http_ordersave_loc_conf_t *conf);


#endif /* _NGX_HTTP_ORDERSAVE_TRACK_H_INCLUDED_ */

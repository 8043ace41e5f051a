
/*
 * Addresses without a token. A page that comes in the shop's layout has the
 * shop's scripts in it, and those of its advertisers: they read the address,
 * send it on, and find it again among what was loaded. So who follows a link
 * with a token there is sent on to an address that names the page, and the
 * token goes along in a cookie that no script reads, and that the browser sends
 * to that one address. Two links are two addresses: several tabs stay apart.
 *
 * A script that replaces the address afterwards would come too late, and a key
 * in Redis would cost a look-up and be one more thing that can be away.
 */

#ifndef _NGX_HTTP_ORDERSAVE_ADDRESS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_ADDRESS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * What is asked for under the API's path, `path` being what follows it.
 * NGX_DECLINED: *path is to be answered, with the token of the cookie in it
 * where the address has none. Else the request is answered, and this is what a
 * content handler returns.
 */
ngx_int_t ngx_http_ordersave_address_open(ngx_http_ordersave_ctx_t *ctx,
    os_str_t *path);

/* The same path, for who only looks; `path` where there is no cookie for it. */
os_str_t ngx_http_ordersave_address_whole(ngx_http_request_t *r,
    os_str_t path);

/*
 * The visitor cannot see pages in the shop's layout: from now on, for a day, he
 * gets them without, and the one that he came from again.
 */
ngx_int_t ngx_http_ordersave_address_plain(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_ADDRESS_H_INCLUDED_ */

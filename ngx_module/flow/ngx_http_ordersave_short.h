
/*
 * A short link: a random code that stands for a link with a token.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SHORT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SHORT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* By 303 to where the code leads, or the page for a link that is no good. */
ngx_int_t ngx_http_ordersave_short(ngx_http_ordersave_ctx_t *ctx,
    os_str_t code);


#endif /* _NGX_HTTP_ORDERSAVE_SHORT_H_INCLUDED_ */

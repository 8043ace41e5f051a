
/*
 * The lookup form: a number, and something that the buyer alone knows.
 */

#ifndef _NGX_HTTP_ORDERSAVE_LOOKUP_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_LOOKUP_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * The form, and what a POST of it finds: a link to the order, by 303. `purpose`
 * is what the link is for: "track", or "cancel" for who knows more than the
 * postcode.
 */
ngx_int_t ngx_http_ordersave_lookup(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose);


#endif /* _NGX_HTTP_ORDERSAVE_LOOKUP_H_INCLUDED_ */

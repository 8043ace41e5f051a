
/*
 * Does the visitor own the order? The store is asked in his name.
 */

#ifndef _NGX_HTTP_ORDERSAVE_VERIFY_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_VERIFY_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Asks the store, in a subrequest that is limited in time, whose order it is;
 * ctx->owner says it when `then` is called, without a reply.
 */
ngx_int_t ngx_http_ordersave_verify_owner(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt then);


#endif /* _NGX_HTTP_ORDERSAVE_VERIFY_H_INCLUDED_ */


/*
 * Does the visitor own the order? The store is asked in his name.
 */

#ifndef _NGX_HTTP_ORDERSAVE_VERIFY_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_VERIFY_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Asks the store, by a subrequest to `uri` that takes `timeout` ms at most,
 * whether the order is the visitor's: its answer has the header that names it
 * or, where `holds` is not NULL, that text. ctx->who.owner says it when `then`
 * is called, without a reply. NGX_ABORT: nothing could be asked, and `then`
 * is not called.
 */
ngx_int_t ngx_http_ordersave_verify_ask(ngx_http_ordersave_ctx_t *ctx,
    ngx_str_t uri, os_str_t holds, ngx_msec_t timeout,
    ngx_http_ordersave_resume_pt then);

/* The same with what "ordersave_verify" of the location says. */
ngx_int_t ngx_http_ordersave_verify_owner(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt then);

/*
 * Whose is the order that was read: is ctx->who.proof the order's, else what
 * does the store say, where it may be asked? ctx->who.owner says it when
 * `then` is called, without a reply. NGX_ABORT as above.
 */
ngx_int_t ngx_http_ordersave_verify_who(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt then);


#endif /* _NGX_HTTP_ORDERSAVE_VERIFY_H_INCLUDED_ */

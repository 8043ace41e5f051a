
/*
 * Who wants no more offers by mail says so with one click: in the mail
 * program (RFC 8058: a POST of List-Unsubscribe=One-Click) or on this page. A
 * GET changes nothing: mail scanners open every link. The address itself is
 * in no link; its keyed hash is.
 */

#ifndef _NGX_HTTP_ORDERSAVE_UNSUBSCRIBE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_UNSUBSCRIBE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* The page, and what its button or a mail program posts. */
ngx_int_t ngx_http_ordersave_unsubscribe(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);


#endif /* _NGX_HTTP_ORDERSAVE_UNSUBSCRIBE_H_INCLUDED_ */

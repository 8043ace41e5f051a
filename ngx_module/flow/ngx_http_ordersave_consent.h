
/*
 * A buyer agrees to be texted about an order, or to news by mail, and takes it
 * back: the page behind the box of a panel, and that of the link in a mail. A
 * GET only shows; a POST commits.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONSENT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONSENT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * `path` is what follows the campaign's api_path. NGX_DECLINED: it is none of
 * "texts/TOKEN", "news/TOKEN", "confirm/TOKEN".
 */
ngx_int_t ngx_http_ordersave_consent(ngx_http_ordersave_ctx_t *ctx,
    os_str_t path);


#endif /* _NGX_HTTP_ORDERSAVE_CONSENT_H_INCLUDED_ */

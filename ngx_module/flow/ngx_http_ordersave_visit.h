
/*
 * A link in a message is followed: its token is opened, its order fetched, then
 * the page has its turn.
 */

#ifndef _NGX_HTTP_ORDERSAVE_VISIT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_VISIT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Opens a token of `purpose`; `visit` goes on when ctx->record is there, with
 * products that fit it. Who has no good token gets the page that says so. When
 * Redis does not answer ctx->hosted.blind goes on, where it is set, with the
 * token alone.
 */
ngx_int_t ngx_http_ordersave_visit_open(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token, ngx_http_ordersave_resume_pt visit);


#endif /* _NGX_HTTP_ORDERSAVE_VISIT_H_INCLUDED_ */

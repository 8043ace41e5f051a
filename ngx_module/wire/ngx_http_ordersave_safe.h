
/*
 * An event on its way to where it is safe, Redis or the disk, and a request
 * that says so only then. The event may outlive its request.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SAFE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SAFE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Records `event` (taken) of that order; `told` goes on once it is safe, or
 * could not be made so: ctx->hosted.safe then is NGX_OK or NGX_ERROR. Returns
 * what the phase handler is to return.
 */
ngx_int_t ngx_http_ordersave_safe(ngx_http_ordersave_ctx_t *ctx, os_str_t id,
    json_t *event, ngx_http_ordersave_resume_pt told);

/* The same of another command that may be repeated; `cmd` is taken. */
ngx_int_t ngx_http_ordersave_safe_command(ngx_http_ordersave_ctx_t *ctx,
    os_command_t *cmd, ngx_http_ordersave_resume_pt told);


#endif /* _NGX_HTTP_ORDERSAVE_SAFE_H_INCLUDED_ */

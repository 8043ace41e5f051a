
/*
 * What a link in the mail after a cancel opens: a score, or the reason, with
 * words. A GET only shows; a POST commits.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SCORE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SCORE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* `purpose` is "score" or "reason". */
ngx_int_t ngx_http_ordersave_score(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token);


#endif /* _NGX_HTTP_ORDERSAVE_SCORE_H_INCLUDED_ */

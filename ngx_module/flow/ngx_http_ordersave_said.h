
/*
 * What a buyer fills in with an offer that a person answers (os_request).
 */


#ifndef NGX_HTTP_ORDERSAVE_SAID_H
#define NGX_HTTP_ORDERSAVE_SAID_H


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Reads the fields of the chosen offer from the form that was posted, or from
 * `answers`, {field: text}, of a storefront: into ctx->choice.said. NGX_OK;
 * NGX_DECLINED: not all is what its field asks for, ctx->choice.wrong says
 * which.
 */
ngx_int_t ngx_http_ordersave_said(ngx_http_ordersave_ctx_t *ctx,
    const json_t *answers);

/*
 * What was filled in with other offers than the one that was chosen, a line
 * each, is behind ctx->choice.comment then: somebody typed it, and somebody is
 * to read it.
 */
void ngx_http_ordersave_said_beside(ngx_http_ordersave_ctx_t *ctx);

/*
 * All that was typed goes to a person, with `why` nothing came of the offer
 * that was chosen. `token`: whose page it was; NULL, or one without a proof:
 * nobody hears anything.
 */
void ngx_http_ordersave_said_unheard(ngx_http_ordersave_ctx_t *ctx,
    const json_t *token, const char *why);


#endif /* NGX_HTTP_ORDERSAVE_SAID_H */

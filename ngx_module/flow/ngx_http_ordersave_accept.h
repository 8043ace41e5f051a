
/*
 * What the visitor makes of the page: a POST with our token. "Cancel anyway"
 * gives the store its own request back; an accept is reserved, decided and,
 * for an unpaid order, followed to where it is paid.
 */

#ifndef _NGX_HTTP_ORDERSAVE_ACCEPT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_ACCEPT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* What a form of ours asks for. */
typedef enum {
    NGX_HTTP_ORDERSAVE_DO_NOTHING = 0,  /* it is no form of ours */
    NGX_HTTP_ORDERSAVE_DO_SHOW,         /* no button: the page comes again */
    NGX_HTTP_ORDERSAVE_DO_ACCEPT,
    NGX_HTTP_ORDERSAVE_DO_CANCEL
} ngx_http_ordersave_do_e;

/* Reads token, button and answers into the context; decides nothing. */
ngx_http_ordersave_do_e ngx_http_ordersave_posted(
    ngx_http_ordersave_ctx_t *ctx);

/*
 * "Cancel anyway" is said in the form, and not what is left when all else does
 * not fit.
 */
ngx_uint_t ngx_http_ordersave_posted_cancel(ngx_http_ordersave_ctx_t *ctx);

/*
 * Each returns what the phase handler is to return, as ngx_http_ordersave_ask()
 * does. An accept is of ctx->offer by ctx->token. "Cancel anyway" gives the
 * store the request that it would have got without us; a headless storefront's
 * is that already.
 */
ngx_int_t ngx_http_ordersave_accept(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_cancel_anyway(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_headless(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);

/*
 * The token of the form is too old, or grants nothing of what is asked for: the
 * page says so. What was typed is heard all the same, if it is a token of ours.
 */
ngx_int_t ngx_http_ordersave_accept_late(ngx_http_ordersave_ctx_t *ctx);

/*
 * Cancel anyway: an accept from another tab comes too late from now on. An
 * accept that was first stays, until the cancel is confirmed. `hosted`: no
 * store hears of it but by us. Nobody waits for it.
 */
void ngx_http_ordersave_decline(ngx_http_ordersave_ctx_t *ctx,
    ngx_uint_t hosted);

/*
 * The token that a visitor came back with, into ctx->choice: good for its own
 * order alone, whose id it gives where that is not known. What is not good is
 * as none.
 */
void ngx_http_ordersave_accept_token(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);

/* The reason that he gives; none where the campaign has no such. */
void ngx_http_ordersave_accept_reason(ngx_http_ordersave_ctx_t *ctx,
    os_str_t reason);


#endif /* _NGX_HTTP_ORDERSAVE_ACCEPT_H_INCLUDED_ */

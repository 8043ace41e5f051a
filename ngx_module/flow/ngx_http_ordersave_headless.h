
/*
 * Storefronts that cancel by a request of their own: the offer, and what is
 * decided, at addresses of ours that never are a cancel. What they are answered
 * is JSON, published as campaign/api/.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HEADLESS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HEADLESS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * "offer?order=ID": what the page of a cancel would show. The visitor's
 * ownership is proven as there, by &proof= or by what "ordersave_verify" says.
 * &lang= is the language of the page that asks; with &dialog= our page comes
 * along, to be shown in one. Where a cancel would pass, the answer says no more
 * than that.
 */
ngx_int_t ngx_http_ordersave_headless_offer(ngx_http_ordersave_ctx_t *ctx);

/*
 * "decide", by POST: {"token", "do": "accept:OFFER" or "cancel", "reason",
 * "comment", "answers"}, or the fields of our page's form, to which our page
 * comes again. That somebody cancels is recorded; the cancel itself is the
 * storefront's to send.
 */
ngx_int_t ngx_http_ordersave_headless_decide(ngx_http_ordersave_ctx_t *ctx);


#endif /* _NGX_HTTP_ORDERSAVE_HEADLESS_H_INCLUDED_ */

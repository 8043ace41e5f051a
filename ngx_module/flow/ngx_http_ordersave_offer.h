
/*
 * What there is to offer to whoever asks to cancel: what was decided, is the
 * order eligible, which offers has it, in which arm is it, and can what is
 * shown be paid. The same for a cancel of the store's, and for one that we take
 * in ourselves.
 */

#ifndef _NGX_HTTP_ORDERSAVE_OFFER_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_OFFER_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * Goes on with an order that was read, whose owner is known or not: the offer
 * page, the kept page, or ngx_http_ordersave_pass() where there is nothing to
 * show. Returns as a phase handler does; `reply` is not looked at.
 */
ngx_int_t ngx_http_ordersave_offer(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


#endif /* _NGX_HTTP_ORDERSAVE_OFFER_H_INCLUDED_ */

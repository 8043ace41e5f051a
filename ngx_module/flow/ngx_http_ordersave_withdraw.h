
/*
 * A consumer withdraws from a contract (Directive 2011/83/EU, article 11a): a
 * statement, then one button that makes it, and nothing in between. Whoever has
 * a link is known; everybody else is taken at their word. The answer is the
 * same whether there is such an order or not.
 */

#ifndef _NGX_HTTP_ORDERSAVE_WITHDRAW_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_WITHDRAW_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/*
 * `path` is what follows the campaign's api_path: "withdraw", or
 * "withdraw/TOKEN". A token that is old proves nothing, and stops nobody.
 */
ngx_int_t ngx_http_ordersave_withdraw(ngx_http_ordersave_ctx_t *ctx,
    os_str_t path);


#endif /* _NGX_HTTP_ORDERSAVE_WITHDRAW_H_INCLUDED_ */

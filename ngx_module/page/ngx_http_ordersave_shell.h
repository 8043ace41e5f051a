
/*
 * In the shop's own clothes: a page of ours is sent inside a page of the store
 * ("ordersave_shell"), or as it is. The store's page is fetched in the
 * visitor's name and held in memory; core/html/os_shell.h puts ours into it.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SHELL_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SHELL_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* The cookie of who asks for pages without the shop's layout. */
#define NGX_HTTP_ORDERSAVE_PLAIN  "ordersave_plain"


/* A page of ours, ready to be sent. */
typedef struct {
    ngx_uint_t                    status;
    os_buf_t                      html;         /* from malloc */
    os_str_t                      locale;
    ngx_str_t                     csp;          /* its own policy, */
    const char                   *referrer;     /* and what its links tell */
    os_str_t                      frame;        /* what comes around it in a
                                                 * shell; "": it gets none */
} ngx_http_ordersave_ours_t;


/*
 * Sends the page; its html is taken. NGX_AGAIN: the store is asked first, and
 * the flow goes on when it has answered. Else what a content handler returns.
 */
ngx_int_t ngx_http_ordersave_shell_send(ngx_http_request_t *r,
    ngx_http_ordersave_ours_t *ours);


#endif /* _NGX_HTTP_ORDERSAVE_SHELL_H_INCLUDED_ */

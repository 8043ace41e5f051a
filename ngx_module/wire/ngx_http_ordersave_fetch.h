
/*
 * A page of the store, asked for in the visitor's name by a request of our own:
 * a GET with his cookies and languages, without a body, and not conditional.
 */

#ifndef _NGX_HTTP_ORDERSAVE_FETCH_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_FETCH_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


/* What cookies of ours are called begins so; the store is not shown them. */
#define NGX_HTTP_ORDERSAVE_COOKIE  "ordersave_"


/*
 * The answer is over: `rc` is NGX_OK, NGX_ERROR where it could not be taken in
 * (it was larger than its room, say), or a status that nginx itself gave.
 */
typedef void (*ngx_http_ordersave_fetched_pt)(ngx_http_request_t *sr,
    void *data, ngx_int_t rc);

/*
 * Asks for `uri`, which may have arguments. `handler` is called once, unless
 * the visitor goes away. The body is in (*sr)->out: at most `size` bytes; with
 * 0, as nginx' own subrequest_output_buffer_size says. NGX_ABORT: nothing could
 * be asked.
 */
ngx_int_t ngx_http_ordersave_fetch(ngx_http_request_t *r, ngx_str_t uri,
    size_t size, ngx_http_ordersave_fetched_pt handler, void *data,
    ngx_http_request_t **sr);

/*
 * For the header filter: the header of such an answer is there, and may be
 * another's. Its page is then read straight into memory.
 */
void ngx_http_ordersave_fetch_header(ngx_http_request_t *r);

/* It took too long: nobody waits for it any more, and its connection ends. */
void ngx_http_ordersave_fetch_leave(ngx_http_request_t *sr);


#endif /* _NGX_HTTP_ORDERSAVE_FETCH_H_INCLUDED_ */

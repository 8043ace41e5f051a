
/*
 * The splice: what goes into the store's page is put there while the page
 * streams by. A module of its own, because a filter has a place in nginx' list
 * (see the file config) and the rest of the module has another.
 *
 * The page's bytes are never copied; of a buffer that is cut, the pieces are
 * buffers of ours and the last one is the buffer itself, which carries its
 * shadow and is given back when all of it is sent. What is held is at most a
 * tag that is not complete. Once nothing more can go in, buffers pass as they
 * come.
 */

#ifndef _NGX_HTTP_ORDERSAVE_FILTER_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_FILTER_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* _filter.c: this answer is ours and no page of the store */
void ngx_http_ordersave_splice_never(ngx_http_request_t *r);


#endif /* _NGX_HTTP_ORDERSAVE_FILTER_H_INCLUDED_ */

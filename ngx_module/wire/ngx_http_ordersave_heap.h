
/*
 * Memory of JSON. A page is made of some hundreds of small values, which come
 * and go together: they are kept for the next one instead of being given back.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HEAP_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HEAP_H_INCLUDED_


/* For jansson in this process, and for the thread that calls it. */
void ngx_http_ordersave_heap_start(void);


#endif /* _NGX_HTTP_ORDERSAVE_HEAP_H_INCLUDED_ */

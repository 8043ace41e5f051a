
/*
 * Taking webhooks in: the signature over the raw bytes, then safely away, and
 * only then a 2xx. What it means is the worker's business.
 */

#ifndef _NGX_HTTP_ORDERSAVE_INGEST_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_INGEST_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* The content handler of a location with ordersave_ingest. */
ngx_int_t ngx_http_ordersave_ingest_handler(ngx_http_request_t *r);

/* Bytes of a body that are looked at in one turn of the event loop, and kept in
 * memory as they come. */
#define NGX_HTTP_ORDERSAVE_INGEST_SLICE  (256 * 1024)

/* Bytes that a body may have at most. */
#define NGX_HTTP_ORDERSAVE_INGEST_MAX    (4 * 1024 * 1024)


#endif /* _NGX_HTTP_ORDERSAVE_INGEST_H_INCLUDED_ */

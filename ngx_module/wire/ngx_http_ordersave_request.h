
/*
 * What a request says: its headers, the values of configured expressions; and
 * what every file needs: a copy in its pool, random bytes.
 */

#ifndef _NGX_HTTP_ORDERSAVE_REQUEST_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_REQUEST_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* The value of a complex value, OS_NULL for none or an empty one. */
os_str_t ngx_http_ordersave_value(ngx_http_request_t *r,
    ngx_http_complex_value_t *value);

/* A header's first value by its name; empty for none. */
ngx_str_t ngx_http_ordersave_header(ngx_http_request_t *r, const char *name);

/* Is the word in it, whatever its case? */
ngx_uint_t ngx_http_ordersave_holds(ngx_str_t text, const char *word);

/* Does a browser fetch what nobody has clicked on yet? */
ngx_uint_t ngx_http_ordersave_is_prefetch(ngx_http_request_t *r);

/* In the request's pool; empty without memory. */
ngx_str_t ngx_http_ordersave_copy(ngx_http_request_t *r, os_str_t s);

/* For ids and nonces; NGX_ERROR when the system has none. */
ngx_int_t ngx_http_ordersave_random(uint8_t *out, size_t len);

/* Is it set, and neither "0" nor "off"? */
ngx_uint_t ngx_http_ordersave_is_on(ngx_http_request_t *r,
    ngx_http_complex_value_t *expression);


#endif /* _NGX_HTTP_ORDERSAVE_REQUEST_H_INCLUDED_ */


/*
 * Headers: what of the request is kept from the store, which of its answers
 * are pages that may be changed, and what a changed page's headers may say.
 */

#ifndef _NGX_HTTP_ORDERSAVE_HEADERS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_HEADERS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"
#include "core/html/os_strict.h"


/* A walk through a list of headers. */
typedef struct {
    ngx_list_part_t              *part;
    ngx_uint_t                    i;
} ngx_http_ordersave_headers_t;

ngx_http_ordersave_headers_t ngx_http_ordersave_headers_all(
    ngx_list_t *headers);

/*
 * The next of those names, whatever their case; NULL: there is none. A "*" at
 * the end of a name stands for any end of it, and so at the front.
 */
ngx_table_elt_t *ngx_http_ordersave_headers_next(
    ngx_http_ordersave_headers_t *all, const char *const *names);

/* Out of the request, and out of an answer or its trailers. */
void ngx_http_ordersave_headers_drop(ngx_http_headers_in_t *in,
    ngx_pool_t *pool, const char *const *names);

/*
 * A header of the request has this value alone, or is gone for an empty one;
 * both strings are borrowed. NULL: it is gone.
 */
ngx_table_elt_t *ngx_http_ordersave_headers_set(ngx_http_request_t *r,
    const char *name, ngx_str_t value);

/*
 * Adds a header to the answer, where $sent_http_… finds it as well; both
 * strings are borrowed.
 */
ngx_int_t ngx_http_ordersave_headers_add(ngx_http_request_t *r,
    const char *name, os_str_t value);

ngx_int_t ngx_http_ordersave_headers_append(ngx_http_request_t *r,
    os_str_t name, os_str_t value);

/*
 * What goes into pages is the same for all, of this revision: a validator that
 * such a page went out with is the store's again. One of another revision is
 * good for nothing.
 */
void ngx_http_ordersave_headers_ask_again(ngx_http_request_t *r,
    uint32_t revision);

/* The validator of a 304 becomes the one that the page was sent with. */
void ngx_http_ordersave_headers_same(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);

/* Is it of a type that is read, in an encoding in which tags are tags? */
ngx_uint_t ngx_http_ordersave_headers_is_page(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);

/* Is the answer a page to put something into, and can it be read? */
ngx_uint_t ngx_http_ordersave_headers_may_change(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);

ngx_uint_t ngx_http_ordersave_headers_compressed(ngx_http_request_t *r);

void ngx_http_ordersave_headers_hide_digests(ngx_list_t *headers);

/*
 * It will be: its headers say nothing that is not true of what goes out. With a
 * revision that is the same for all; 0: it is one visitor's.
 */
ngx_int_t ngx_http_ordersave_headers_changed(ngx_http_request_t *r,
    uint32_t revision);


/* Begins with what the answer's Content-Security-Policy asks for. */
void ngx_http_ordersave_headers_policy(ngx_http_request_t *r,
    os_strict_t *strict);


#endif /* _NGX_HTTP_ORDERSAVE_HEADERS_H_INCLUDED_ */

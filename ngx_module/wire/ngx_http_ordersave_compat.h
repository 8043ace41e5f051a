
/*
 * What differs between the versions of nginx, all of it.
 */

#ifndef _NGX_HTTP_ORDERSAVE_COMPAT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * Headers of an answer that may stand there more than once hang together where
 * variables look for them: in a chain since 1.23.0, before that in an array.
 */
#if (nginx_version >= 1023000)

typedef ngx_table_elt_t  *ngx_http_ordersave_multi_t;

#define ngx_http_ordersave_cookies(in)  (&(in)->cookie)

/* One that was copied hangs together with nothing yet. */
#define ngx_http_ordersave_multi_single(h)  ((h)->next = NULL)

static ngx_inline ngx_int_t
ngx_http_ordersave_multi_add(ngx_http_request_t *r,
    ngx_http_ordersave_multi_t *multi, ngx_table_elt_t *h)
{
    while (*multi) {
        multi = &(*multi)->next;
    }

    *multi = h;
    return NGX_OK;
}

#else

typedef ngx_array_t  ngx_http_ordersave_multi_t;

#define ngx_http_ordersave_cookies(in)      (&(in)->cookies)
#define ngx_http_ordersave_multi_single(h)  ((void) (h))

static ngx_inline ngx_int_t
ngx_http_ordersave_multi_add(ngx_http_request_t *r,
    ngx_http_ordersave_multi_t *multi, ngx_table_elt_t *h)
{
    ngx_table_elt_t  **p;

    if (multi->elts == NULL
        && ngx_array_init(multi, r->pool, 1, sizeof(ngx_table_elt_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_array_push(multi);
    if (p == NULL) {
        return NGX_ERROR;
    }

    *p = h;
    return NGX_OK;
}

#endif


/* The first cookie of that name; 0: there is none. */
static ngx_inline ngx_uint_t
ngx_http_ordersave_cookie(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_str_t  key = { ngx_strlen(name), (u_char *) name };

#if (nginx_version >= 1023000)
    return ngx_http_parse_multi_header_lines(r, r->headers_in.cookie, &key,
                                             value)
           != NULL;
#else
    return ngx_http_parse_multi_header_lines(&r->headers_in.cookies, &key,
                                             value)
           != NGX_DECLINED;
#endif
}


#endif /* _NGX_HTTP_ORDERSAVE_COMPAT_H_INCLUDED_ */

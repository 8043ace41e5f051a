
/*
 * A page of the store, asked for in the visitor's name. See
 * ngx_http_ordersave_fetch.h.
 */


#include "ngx_module/wire/ngx_http_ordersave_fetch.h"
#include "ngx_module/wire/ngx_http_ordersave_compat.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"


#define NGX_HTTP_ORDERSAVE_FETCH_READ  (32 * 1024)      /* bytes at a time */


typedef struct {
    ngx_http_ordersave_fetched_pt   handler;
    void                           *data;
} ngx_http_ordersave_fetch_t;


/* Appends those of a header's cookies that are not ours. */
static u_char *
ngx_http_ordersave_fetch_cookies(u_char *p, ngx_str_t *cookies)
{
    u_char  *from = cookies->data, *end = from + cookies->len, *semi, *start;

    for (start = p; from < end; from = semi + 1) {

        while (from < end && *from == ' ') {
            from++;
        }

        semi = ngx_strlchr(from, end, ';');
        semi = semi ? semi : end;

        if ((size_t) (semi - from) < sizeof(NGX_HTTP_ORDERSAVE_COOKIE) - 1
            || ngx_strncmp(from, NGX_HTTP_ORDERSAVE_COOKIE,
                           sizeof(NGX_HTTP_ORDERSAVE_COOKIE) - 1)
               != 0)
        {
            if (p > start) {
                *p++ = ';';
                *p++ = ' ';
            }

            p = ngx_cpymem(p, from, semi - from);
        }
    }

    return p;
}


/* The list of headers is the subrequest's own; so is what points into it. */
static ngx_int_t
ngx_http_ordersave_fetch_hide(ngx_http_request_t *sr)
{
    u_char                      *p;
    ngx_uint_t                   i;
    ngx_list_part_t             *part;
    ngx_table_elt_t             *h;
    ngx_http_ordersave_multi_t  *cookies;

    cookies = ngx_http_ordersave_cookies(&sr->headers_in);
    ngx_memzero(cookies, sizeof(ngx_http_ordersave_multi_t));

    for (part = &sr->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len != 6
                || ngx_strncasecmp(h[i].key.data, (u_char *) "Cookie", 6) != 0)
            {
                continue;
            }

            /* each may get a space that it had not */

            p = ngx_pnalloc(sr->pool, 2 * h[i].value.len + 1);
            if (p == NULL) {
                return NGX_ERROR;
            }

            h[i].value.len = ngx_http_ordersave_fetch_cookies(p, &h[i].value)
                             - p;
            h[i].value.data = p;
            ngx_http_ordersave_multi_single(&h[i]);

            if (ngx_http_ordersave_multi_add(sr, cookies, &h[i]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/*
 * What nginx knows of the visitor's request is not what is asked here: no body,
 * nothing conditional; and $request_uri, by which many stores find the page, is
 * that of the question. Values of variables are shared with subrequests: this
 * one has its own, else logs would tell its address for the visitor's.
 */
static ngx_int_t
ngx_http_ordersave_fetch_plain(ngx_http_request_t *sr, ngx_str_t uri)
{
    ngx_http_core_main_conf_t  *cmcf;

    static const char *const  names[] = {
        "Content-Type", "Content-Length", "Transfer-Encoding",
        "Accept-Encoding", "Range", "If-Range", "If-None-Match", "If-Match",
        "If-Modified-Since", "If-Unmodified-Since", "Origin", NULL
    };

    cmcf = ngx_http_get_module_main_conf(sr, ngx_http_core_module);
    sr->variables = ngx_pcalloc(sr->pool, cmcf->variables.nelts
                                          * sizeof(ngx_http_variable_value_t));
    sr->request_body = ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t));

    if (sr->variables == NULL || sr->request_body == NULL) {
        return NGX_ERROR;
    }

    ngx_http_ordersave_headers_drop(&sr->headers_in, sr->pool, names);
    sr->headers_in.content_length = NULL;
    sr->headers_in.content_length_n = -1;
    sr->headers_in.chunked = 0;
    sr->unparsed_uri = uri;

    return ngx_http_ordersave_fetch_hide(sr);
}


/* Room for so much: nginx makes none of its own where there is some. */
static ngx_int_t
ngx_http_ordersave_fetch_room(ngx_http_request_t *sr, size_t size)
{
    ngx_buf_t  *b;

    b = ngx_create_temp_buf(sr->pool, size);
    sr->out = ngx_alloc_chain_link(sr->pool);

    if (b == NULL || sr->out == NULL) {
        return NGX_ERROR;
    }

    b->last_buf = 1;
    sr->out->buf = b;
    sr->out->next = NULL;

    return NGX_OK;
}


/*
 * The answer is over. An error of a filter, such as that the page is too large
 * for its room, is taken for one of the visitor's connection, and would end his
 * request: it is not, and what filters still hold of the page is for nobody.
 * What went wrong with the answer is told to who asked.
 */
static ngx_int_t
ngx_http_ordersave_fetched(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_connection_t            *c = sr->connection;
    ngx_http_upstream_t         *u = sr->upstream;
    ngx_http_ordersave_fetch_t  *fetch = data;

    if (c->error
        && (rc == NGX_ERROR || (u && u->pipe && u->pipe->downstream_error)))
    {
        c->error = 0;
        sr->buffered = 0;
        rc = NGX_ERROR;
    }

    fetch->handler(sr, fetch->data, rc);
    return NGX_OK;
}


ngx_int_t
ngx_http_ordersave_fetch(ngx_http_request_t *r, ngx_str_t uri, size_t size,
    ngx_http_ordersave_fetched_pt handler, void *data, ngx_http_request_t **sr)
{
    ngx_str_t                    path = uri, args = ngx_null_string;
    ngx_uint_t                   flags = 0;
    ngx_http_post_subrequest_t  *ps;
    ngx_http_ordersave_fetch_t  *fetch;

    if (ngx_http_parse_unsafe_uri(r, &path, &args, &flags) != NGX_OK) {
        return NGX_ABORT;
    }

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    fetch = ngx_palloc(r->pool, sizeof(ngx_http_ordersave_fetch_t));

    if (ps == NULL || fetch == NULL) {
        return NGX_ABORT;
    }

    fetch->handler = handler;
    fetch->data = data;
    ps->handler = ngx_http_ordersave_fetched;
    ps->data = fetch;

    if (ngx_http_subrequest(r, &path, args.len ? &args : NULL, sr, ps,
                            NGX_HTTP_SUBREQUEST_IN_MEMORY
                            |NGX_HTTP_SUBREQUEST_BACKGROUND)
        != NGX_OK)
    {
        return NGX_ABORT;
    }

    /* it runs when we have returned: until then it is ours to change */

    if (ngx_http_ordersave_fetch_plain(*sr, uri) != NGX_OK
        || (size && ngx_http_ordersave_fetch_room(*sr, size) != NGX_OK))
    {
        (*sr)->write_event_handler = ngx_http_request_empty_handler;
        ngx_http_finalize_request(*sr, NGX_DONE);
        return NGX_ABORT;
    }

    return NGX_OK;
}


/*
 * nginx buffers what a subrequest brings in a few small buffers and then in a
 * file, because it does not know that all of it is wanted at once. One buffer
 * that is passed on at each turn is enough.
 */
void
ngx_http_ordersave_fetch_header(ngx_http_request_t *r)
{
    size_t                len;
    u_char               *p;
    ngx_http_upstream_t  *u = r->upstream;

    if (r == r->main || r->post_subrequest == NULL
        || r->post_subrequest->handler != ngx_http_ordersave_fetched
        || u == NULL || !u->buffering || u->store)
    {
        return;
    }

#if (NGX_HTTP_CACHE)
    if (u->cacheable || r->cached) {
        return;
    }
#endif

    len = u->buffer.last - u->buffer.pos;
    p = ngx_palloc(r->pool, ngx_max(len, NGX_HTTP_ORDERSAVE_FETCH_READ));

    if (p == NULL) {
        return;
    }

    u->buffering = 0;
    u->buffer.last = ngx_cpymem(p, u->buffer.pos, len);
    u->buffer.pos = p;
    u->buffer.start = p;
    u->buffer.end = p + ngx_max(len, NGX_HTTP_ORDERSAVE_FETCH_READ);
}


void
ngx_http_ordersave_fetch_leave(ngx_http_request_t *sr)
{
    ngx_http_upstream_t  *u = sr->upstream;

    /* its connection is closed, and the request no longer waits for it */

    if (u && u->cleanup && *u->cleanup) {
        (*u->cleanup)(sr);
    }
}

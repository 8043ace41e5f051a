
/*
 * Sending an answer of our own: bytes, JSON, a redirect, nothing. What an
 * answer says is made elsewhere.
 */


#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


static void
ngx_http_ordersave_send_free(void *data)
{
    free(data);
}


/* Nothing of what goes into pages of the store goes into an answer of ours. */
static ngx_int_t
ngx_http_ordersave_send_ours(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t       *ctx;
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);

    if (conf->inserts == NULL) {
        return NGX_OK;
    }

    ctx = ngx_http_ordersave_make_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->ours = 1;
    return NGX_OK;
}


/* Sends bytes that came from malloc; they are freed with the request. */
ngx_int_t
ngx_http_ordersave_send_as(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, const char *cache, const char *referrer, os_buf_t *body)
{
    ngx_buf_t           *b;
    ngx_int_t            rc;
    ngx_chain_t          out;
    ngx_pool_cleanup_t  *cleanup;

    cleanup = ngx_pool_cleanup_add(r->pool, 0);

    if (cleanup == NULL || body->failed) {
        os_buf_free(body);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_send_free;
    cleanup->data = body->data;

    /* what a client has, or would have, is no answer to what is asked here */
    r->disable_not_modified = 1;

    r->headers_out.status = status;
    r->headers_out.content_length_n = body->len;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = strcspn(type, ";");
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_http_ordersave_headers_add(r, "Cache-Control", os_str(cache))
           != NGX_OK
        || ngx_http_ordersave_headers_add(r, "X-Content-Type-Options",
                                          OS_STR("nosniff")) != NGX_OK
        || ngx_http_ordersave_headers_add(r, "Referrer-Policy",
                                          os_str(referrer)) != NGX_OK
        || ngx_http_ordersave_send_ours(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only || body->len == 0) {
        if (body->len == 0 && rc == NGX_OK && !r->header_only) {
            return ngx_http_send_special(r, NGX_HTTP_LAST);
        }

        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) body->data;
    b->last = b->pos + body->len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    /* what a slow client has not taken yet is finished by nginx */

    rc = ngx_http_output_filter(r, &out);

    return rc == NGX_AGAIN ? NGX_OK : rc;
}


/* An answer of ours is about one visitor at one moment. */
static ngx_int_t
ngx_http_ordersave_send(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, os_buf_t *body)
{
    return ngx_http_ordersave_send_as(r, status, type, "no-store, private",
                                      "same-origin", body);
}


ngx_int_t
ngx_http_ordersave_send_json(ngx_http_request_t *r, ngx_uint_t status,
    json_t *json)
{
    os_buf_t  text = { 0 };

    os_json_dump(&text, json);
    os_buf_char(&text, '\n');

    return ngx_http_ordersave_send(r, status, "application/json", &text);
}


ngx_int_t
ngx_http_ordersave_send_text(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, os_buf_t *text)
{
    return ngx_http_ordersave_send(r, status, type, text);
}


ngx_int_t
ngx_http_ordersave_send_not_yet(ngx_http_request_t *r)
{
    os_buf_t  text = { 0 };

    os_buf_text(&text, "Not before it is clicked.\n");

    return ngx_http_ordersave_send_text(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        "text/plain; charset=utf-8", &text);
}


ngx_int_t
ngx_http_ordersave_send_redirect(ngx_http_request_t *r, os_str_t location)
{
    u_char           *data;
    os_buf_t          nothing = { 0 };
    ngx_table_elt_t  *h;

    data = ngx_pnalloc(r->pool, location.len);
    h = ngx_list_push(&r->headers_out.headers);

    if (data == NULL || h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(data, location.data, location.len);
    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    ngx_str_set(&h->key, "Location");
    h->value.len = location.len;
    h->value.data = data;

    /*
     * Not r->headers_out.location: nginx would make it absolute, with its own
     * scheme and port, which are not the browser's behind a TLS terminator
     * (RFC 9110, 10.2.2, allows what is relative).
     */

    return ngx_http_ordersave_send(r, NGX_HTTP_SEE_OTHER,
                                   "text/plain; charset=utf-8", &nothing);
}


ngx_int_t
ngx_http_ordersave_send_etag(ngx_http_request_t *r, os_str_t etag)
{
    ngx_str_t  text;

    text = ngx_http_ordersave_copy(r, etag);

    return ngx_http_ordersave_headers_add(r, "ETag",
                                          ngx_http_ordersave_os(text));
}


ngx_int_t
ngx_http_ordersave_send_nothing(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t  rc;

    if (ngx_http_ordersave_headers_add(r, "Cache-Control",
                                       OS_STR("no-store, private")) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = status;
    r->header_only = 1;
    rc = ngx_http_send_header(r);

    return rc == NGX_AGAIN ? NGX_OK : rc;
}


/* The header of an answer that goes on and on; its body is the caller's. */
ngx_int_t
ngx_http_ordersave_send_stream(ngx_http_request_t *r, const char *type)
{
    if (ngx_http_ordersave_headers_add(r, "Cache-Control",
                                       OS_STR("no-store, private")) != NGX_OK
        || ngx_http_ordersave_headers_add(r, "X-Accel-Buffering",
                                          OS_STR("no")) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = -1;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    return ngx_http_send_header(r);
}


/* Bytes that came from malloc as a chain's link; freed with the request. */
ngx_int_t
ngx_http_ordersave_send_chain(ngx_http_request_t *r, os_buf_t *html,
    ngx_chain_t **out)
{
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_pool_cleanup_t  *cleanup;

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);
    cleanup = ngx_pool_cleanup_add(r->pool, 0);

    if (b == NULL || cl == NULL || cleanup == NULL || html->failed) {
        os_buf_free(html);
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_send_free;
    cleanup->data = html->data;

    b->start = b->pos = (u_char *) html->data;
    b->end = b->last = b->pos + html->len;
    b->memory = 1;
    cl->buf = b;
    cl->next = NULL;
    *out = cl;

    return NGX_OK;
}

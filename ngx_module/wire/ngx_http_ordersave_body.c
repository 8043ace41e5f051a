
/*
 * The visitor's body: reading it before the store does, and giving the store
 * the request that it would have got without us.
 */


#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"


#define NGX_HTTP_ORDERSAVE_COMMENT  1000    /* characters, as in the forms */


/*
 * Reads the body and runs the phases again from where they stood; `handler`
 * is ours to be told. As ngx_http_mirror_module does it: the phase engine
 * holds one reference, the reading another, and NGX_DONE gives one back.
 */
ngx_int_t
ngx_http_ordersave_read_body(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler)
{
    ngx_int_t  rc;

    rc = ngx_http_read_client_request_body(r, handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    ngx_http_finalize_request(r, NGX_DONE);
    return NGX_DONE;
}


/* Appends the body, wherever it lies; NGX_DECLINED when it passes `max`. */
ngx_int_t
ngx_http_ordersave_body_bytes(ngx_http_request_t *r, size_t max,
    os_buf_t *out)
{
    size_t        size;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;
        size = (size_t) ngx_buf_size(b);

        if (out->len + size > max) {
            return NGX_DECLINED;
        }

        if (os_buf_reserve(out, size) == -1) {
            return NGX_ERROR;
        }

        if (ngx_buf_in_memory(b)) {
            os_buf_add(out, (char *) b->pos, size);
            continue;
        }

        if (!b->in_file) {
            continue;
        }

        n = ngx_read_file(b->file, (u_char *) out->data + out->len, size,
                          b->file_pos);
        if (n != (ssize_t) size) {
            return NGX_ERROR;
        }

        out->len += size;
        out->data[out->len] = '\0';
    }

    return NGX_OK;
}


/* What the visitor wrote beside a choice; nothing where it is no text. */
void
ngx_http_ordersave_comment(ngx_http_ordersave_ctx_t *ctx, os_buf_t *out)
{
    os_str_t  form = os_buf_view(&ctx->form.body), name, value;
    os_buf_t  text = { 0 };

    /* a page may have several such fields, of which one was written into */

    out->len = 0;

    while (os_form_next(&form, &name, &value)) {
        if (!os_str_equal(name, OS_STR("ordersave_comment"))) {
            continue;
        }

        text.len = 0;
        os_form_decode(value, &text);

        if (text.len && os_utf8_valid(os_buf_view(&text))) {
            os_buf_text(out, out->len ? "\n" : "");
            os_buf_str(out, os_buf_view(&text));
        }
    }

    os_buf_free(&text);
    out->len = os_form_front(os_buf_view(out),
                             NGX_HTTP_ORDERSAVE_COMMENT).len;
}


/* Variables that were asked for before the body was another. */
static void
ngx_http_ordersave_body_forget(ngx_http_request_t *r)
{
    ngx_uint_t                  i, k;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    static const ngx_str_t  names[] = {
        ngx_string("content_length"), ngx_string("content_type"),
        ngx_string("http_content_length"), ngx_string("http_content_type"),
        ngx_string("http_origin"), ngx_string("http_referer"),
        ngx_string("http_sec_fetch_site"), ngx_string("request_body"),
        ngx_string("request_method")
    };

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
            if (v[i].name.len == names[k].len
                && ngx_strncmp(v[i].name.data, names[k].data, names[k].len)
                   == 0)
            {
                r->variables[i].valid = 0;
                r->variables[i].not_found = 0;
            }
        }
    }
}


/* The POST was ours alone: the store gets the GET that it would have got. */
void
ngx_http_ordersave_body_drop(ngx_http_request_t *r)
{
    static const char *const  names[] = {
        "Content-Type", "Content-Length", "Transfer-Encoding", "Origin", NULL
    };

    ngx_http_ordersave_body_forget(r);
    r->method = NGX_HTTP_GET;
    ngx_str_set(&r->method_name, "GET");

    ngx_http_ordersave_headers_drop(&r->headers_in, r->pool, names);

    r->headers_in.content_type = NULL;
    r->headers_in.content_length = NULL;
    r->headers_in.transfer_encoding = NULL;
    r->headers_in.content_length_n = -1;
    r->headers_in.chunked = 0;

    if (r->request_body) {
        r->request_body->bufs = NULL;
        r->request_body->buf = NULL;
        r->request_body->temp_file = NULL;
    }
}


/* The store's own form, `keep` bytes of it, without what we put behind it. */
ngx_int_t
ngx_http_ordersave_body_cut(ngx_http_request_t *r, os_str_t keep)
{
    ngx_buf_t    *b;
    ngx_str_t     value;
    ngx_chain_t  *cl;

    static const char *const  names[] = { "Transfer-Encoding", NULL };

    b = ngx_create_temp_buf(r->pool, keep.len + 1);
    cl = ngx_alloc_chain_link(r->pool);
    value.data = ngx_pnalloc(r->pool, NGX_OFF_T_LEN);

    if (b == NULL || cl == NULL || value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_http_ordersave_body_forget(r);
    b->last = ngx_cpymem(b->pos, keep.data, keep.len);
    b->last_buf = 1;
    cl->buf = b;
    cl->next = NULL;

    ngx_http_ordersave_headers_drop(&r->headers_in, r->pool, names);

    value.len = ngx_sprintf(value.data, "%uz", keep.len) - value.data;

    r->headers_in.content_length = ngx_http_ordersave_headers_set(r,
                                       "Content-Length", value);
    r->headers_in.content_length_n = keep.len;
    r->headers_in.transfer_encoding = NULL;
    r->headers_in.chunked = 0;

    r->request_body->bufs = keep.len ? cl : NULL;
    r->request_body->buf = keep.len ? b : NULL;
    r->request_body->temp_file = NULL;

    return NGX_OK;
}

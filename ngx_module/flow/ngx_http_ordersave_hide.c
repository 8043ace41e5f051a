
/*
 * Keeping tokens from the logs. See ngx_http_ordersave_hide.h.
 *
 * Strings that a request shares with the configuration (the target of an
 * error_page) are never written into: whatever has a secret is replaced.
 */


#include "ngx_module/flow/ngx_http_ordersave_hide.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"


#define NGX_HTTP_ORDERSAVE_SECRET_MIN  8


typedef struct {
    ngx_http_request_t  *request;
    os_str_t             base;      /* how the address begins, */
    ngx_uint_t           whole;     /* and whether all else is the secret */
} ngx_http_ordersave_hidden_t;


/* The secret of an address that begins with `base`; empty: it has none. */
static os_str_t
ngx_http_ordersave_hide_secret(os_str_t uri, os_str_t base, ngx_uint_t whole)
{
    char      *slash;
    os_str_t   secret;

    if (!os_str_starts(uri, base)) {
        return OS_NULL;
    }

    secret = (os_str_t) { uri.len - base.len, uri.data + base.len };

    if (!whole) {
        slash = secret.len ? memchr(secret.data, '/', secret.len) : NULL;

        if (slash == NULL) {
            return OS_NULL;             /* a page without a secret */
        }

        secret.len -= slash + 1 - secret.data;
        secret.data = slash + 1;
    }

    return secret.len < NGX_HTTP_ORDERSAVE_SECRET_MIN ? OS_NULL : secret;
}


/* The same text with stars where the secret is, in the request's pool. */
static ngx_str_t
ngx_http_ordersave_hide_in(ngx_http_request_t *r, ngx_str_t text,
    os_str_t secret)
{
    u_char     *p, *end;
    ngx_str_t   copy;

    copy = ngx_http_ordersave_copy(r, ngx_http_ordersave_os(text));

    if (copy.len == 0) {
        return copy;                    /* rather nothing than the secret */
    }

    p = copy.data;
    end = copy.data + copy.len;

    while ((p = memmem(p, end - p, secret.data, secret.len)) != NULL) {
        ngx_memset(p, '*', secret.len);
        p += secret.len;
    }

    return copy;
}


/*
 * A path whose letters are escaped ("%2E") has not the secret's text in it:
 * then all of it goes, up to the query.
 */
static ngx_str_t
ngx_http_ordersave_hide_raw(ngx_http_request_t *r, ngx_str_t text,
    os_str_t secret)
{
    u_char     *p, *end;
    ngx_str_t   copy;

    if (memmem(text.data, text.len, secret.data, secret.len)) {
        return ngx_http_ordersave_hide_in(r, text, secret);
    }

    copy = ngx_http_ordersave_copy(r, ngx_http_ordersave_os(text));
    end = copy.data + copy.len;
    p = ngx_strlchr(copy.data, end, '/');

    for (p = p ? p + 1 : end; p < end && *p != '?' && *p != ' '; p++) {
        *p = '*';
    }

    return copy;
}


/* Of what is set by whoever asks: the request line, and its address. */
static void
ngx_http_ordersave_hide_line(ngx_http_request_t *r, os_str_t secret)
{
    r->request_line = ngx_http_ordersave_hide_raw(r, r->request_line, secret);
    r->unparsed_uri = ngx_http_ordersave_hide_raw(r, r->unparsed_uri, secret);
}


/* $uri of a request that never comes to its page; the log is written later. */
static void
ngx_http_ordersave_hide_logged(void *data)
{
    os_str_t                      secret;
    ngx_http_ordersave_hidden_t  *hidden = data;
    ngx_http_request_t           *r = hidden->request;

    secret = ngx_http_ordersave_hide_secret(ngx_http_ordersave_os(r->uri),
                                            hidden->base, hidden->whole);
    if (secret.len) {
        r->uri = ngx_http_ordersave_hide_in(r, r->uri, secret);
    }
}


static ngx_int_t
ngx_http_ordersave_hide_begin(ngx_http_request_t *r, os_str_t base,
    ngx_uint_t whole)
{
    os_str_t                      secret;
    ngx_http_cleanup_t           *cleanup;
    ngx_http_ordersave_hidden_t  *hidden;

    secret = ngx_http_ordersave_hide_secret(ngx_http_ordersave_os(r->uri),
                                            base, whole);
    if (secret.len == 0) {
        return NGX_DECLINED;
    }

    ngx_http_ordersave_hide_line(r, secret);
    cleanup = ngx_http_cleanup_add(r, sizeof(ngx_http_ordersave_hidden_t));

    if (cleanup == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    hidden = cleanup->data;
    hidden->request = r;
    hidden->base = base;
    hidden->whole = whole;
    cleanup->handler = ngx_http_ordersave_hide_logged;

    return NGX_DECLINED;
}


static ngx_inline ngx_uint_t
ngx_http_ordersave_hide_begins(const ngx_str_t *uri, const os_str_t *base)
{
    return uri->len > base->len && base->len > 1
           && ngx_memcmp(uri->data, base->data, base->len) == 0;
}


/* Not inlined: it would cost those for whom it is not called. */
static ngx_int_t ngx_http_ordersave_noinline
ngx_http_ordersave_hide_look(ngx_http_request_t *r,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                       i;
    ngx_http_core_srv_conf_t        *cscf;
    ngx_http_ordersave_loc_conf_t  **conf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    conf = mcf->apis.elts;

    for (i = 0; i < mcf->apis.nelts; i++) {

        if (ngx_http_ordersave_hide_begins(&r->uri, &conf[i]->short_path)
            && conf[i]->server == cscf)
        {
            return ngx_http_ordersave_hide_begin(r, conf[i]->short_path, 1);
        }

        if (ngx_http_ordersave_hide_begins(&r->uri, &conf[i]->api_path)
            && conf[i]->server == cscf)
        {
            return ngx_http_ordersave_hide_begin(r, conf[i]->api_path, 0);
        }
    }

    return NGX_DECLINED;
}


/*
 * Every request of every server comes here. Paths differ behind their first
 * slash: almost all are told by one letter.
 */
ngx_int_t
ngx_http_ordersave_hide_handler(ngx_http_request_t *r)
{
    ngx_http_ordersave_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_ordersave_module);

    return r->uri.len > 1 && mcf->letters[r->uri.data[1]]
           ? ngx_http_ordersave_hide_look(r, mcf) : NGX_DECLINED;
}


void
ngx_http_ordersave_hide_init(ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                       i;
    ngx_http_ordersave_loc_conf_t  **conf = mcf->apis.elts;

    for (i = 0; i < mcf->apis.nelts; i++) {

        if (conf[i]->api_path.len > 1) {
            mcf->letters[(u_char) conf[i]->api_path.data[1]] = 1;
        }

        if (conf[i]->short_path.len > 1) {
            mcf->letters[(u_char) conf[i]->short_path.data[1]] = 1;
        }
    }
}


void
ngx_http_ordersave_hide_path(ngx_http_ordersave_ctx_t *ctx, os_str_t base)
{
    os_str_t             secret;
    ngx_uint_t           whole;
    ngx_http_request_t  *r = ctx->request;

    ctx->hosted.path = ngx_http_ordersave_copy(r,
                                               ngx_http_ordersave_os(r->uri));
    whole = !os_str_equal(base, ctx->conf->campaign->campaign->api_path);
    secret = ngx_http_ordersave_hide_secret(
                 ngx_http_ordersave_os(ctx->hosted.path), base, whole);

    if (secret.len == 0) {
        return;
    }

    ctx->hosted.secret = 1;
    r->uri = ngx_http_ordersave_hide_in(r, r->uri, secret);

    /* a redirect within nginx led here: its line was not ours at first */

    if (r->internal) {
        r->request_line = ngx_http_ordersave_hide_in(r, r->request_line,
                                                     secret);
        r->unparsed_uri = ngx_http_ordersave_hide_in(r, r->unparsed_uri,
                                                     secret);
    }
}

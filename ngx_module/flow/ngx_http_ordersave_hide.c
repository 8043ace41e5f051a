
/*
 * Keeping tokens from the logs. See ngx_http_ordersave_hide.h.
 *
 * Nothing of a request is another than it is while it runs: a redirect leads to
 * the same page, a store is sent its own address, a signature is over the true
 * one. What is written to a log gets stars: a line of the error log when it is
 * written, what an access log is made of when the request is over. Strings that
 * a request shares with the configuration (the target of an error_page) are
 * never written into: whatever has a secret is replaced.
 *
 * Whose an address is that begins like ours is known when its location is.
 * Until then it is ours.
 */


#include "ngx_module/flow/ngx_http_ordersave_hide.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"


#define NGX_HTTP_ORDERSAVE_SECRET_MIN  8


/* A request may have more than one: a store's leads to one of ours. */
typedef struct {
    ngx_http_log_handler_pt      log_handler;   /* that was there before */
    os_str_t                     secret;
    os_str_t                     raw;       /* the path as it was written, where
                                             * the secret is not seen in it */
    ngx_str_t                    line;      /* of the request, with stars */
    unsigned                     known:1;   /* its location was found, */
    unsigned                     theirs:1;  /* and is none of ours */
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


static void
ngx_http_ordersave_hide_gone(void *data)
{
    /* a mark of a cleanup that holds what is hidden: nothing is freed */
}


/* What is hidden of a request, the newest first, from `cleanup` on. */
static ngx_http_ordersave_hidden_t *
ngx_http_ordersave_hide_next(ngx_pool_cleanup_t **cleanup)
{
    ngx_http_ordersave_hidden_t  *hidden;

    while (*cleanup && (*cleanup)->handler != ngx_http_ordersave_hide_gone) {
        *cleanup = (*cleanup)->next;
    }

    if (*cleanup == NULL) {
        return NULL;
    }

    hidden = (*cleanup)->data;
    *cleanup = (*cleanup)->next;
    return hidden;
}


static void
ngx_http_ordersave_hide_stars(u_char *p, u_char *end, os_str_t secret)
{
    while (secret.len
           && (p = memmem(p, end - p, secret.data, secret.len)) != NULL)
    {
        ngx_memset(p, '*', secret.len);
        p += secret.len;
    }
}


static ngx_inline ngx_uint_t
ngx_http_ordersave_hide_is_in(ngx_str_t text, os_str_t secret)
{
    return secret.len && text.len
           && memmem(text.data, text.len, secret.data, secret.len) != NULL;
}


/* The same text with stars where the secret is, in the request's pool. */
static ngx_str_t
ngx_http_ordersave_hide_in(ngx_http_request_t *r, ngx_str_t text,
    const ngx_http_ordersave_hidden_t *hidden)
{
    ngx_str_t  copy;

    if (!ngx_http_ordersave_hide_is_in(text, hidden->secret)
        && !ngx_http_ordersave_hide_is_in(text, hidden->raw))
    {
        return text;
    }

    copy = ngx_http_ordersave_copy(r, ngx_http_ordersave_os(text));

    /* without memory rather nothing than the secret */

    if (copy.len) {
        ngx_http_ordersave_hide_stars(copy.data, copy.data + copy.len,
                                      hidden->secret);
        ngx_http_ordersave_hide_stars(copy.data, copy.data + copy.len,
                                      hidden->raw);
    }

    return copy;
}


/*
 * A path whose letters are escaped ("%2E"), or that is written with more
 * slashes, has not the secret's text in it: then all of it is the secret, up to
 * the query. Of one that was redirected within nginx only if it really is: its
 * line may be another's.
 */
static os_str_t
ngx_http_ordersave_hide_raw(ngx_http_request_t *r, os_str_t secret)
{
    u_char     *to, *from, *end;
    ngx_str_t   text = r->unparsed_uri, plain;

    if (text.len < 2 || ngx_http_ordersave_hide_is_in(text, secret)) {
        return OS_NULL;
    }

    if (r->internal) {
        plain = ngx_http_ordersave_copy(r, ngx_http_ordersave_os(text));
        to = plain.data;
        from = plain.data;

        if (plain.len) {
            ngx_unescape_uri(&to, &from, plain.len, 0);
            plain.len = to - plain.data;
        }

        if (!ngx_http_ordersave_hide_is_in(plain, secret)) {
            return OS_NULL;
        }
    }

    end = ngx_strlchr(text.data, text.data + text.len, '?');

    return (os_str_t) { (end ? (size_t) (end - text.data) : text.len) - 1,
                        (char *) text.data + 1 };
}


/* A line of the error log: r is the request, sr the subrequest that runs. */
static u_char *
ngx_http_ordersave_hide_error(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    u_char                       *end;
    ngx_str_t                     line = r->request_line;
    ngx_pool_cleanup_t           *cleanup = r->pool->cleanup;
    ngx_http_ordersave_hidden_t  *hidden;

    hidden = ngx_http_ordersave_hide_next(&cleanup);

    if (hidden->theirs) {
        return hidden->log_handler(r, sr, buf, len);
    }

    /* before it is cut where the line is full */

    r->request_line = hidden->line;
    end = hidden->log_handler(r, sr, buf, len);
    r->request_line = line;

    while (hidden) {
        ngx_http_ordersave_hide_stars(buf, end, hidden->secret);
        ngx_http_ordersave_hide_stars(buf, end, hidden->raw);
        hidden = ngx_http_ordersave_hide_next(&cleanup);
    }

    return end;
}


static ngx_inline ngx_uint_t
ngx_http_ordersave_hide_is(ngx_http_request_t *r)
{
    return r->main->log_handler == ngx_http_ordersave_hide_error;
}


static ngx_int_t
ngx_http_ordersave_hide_begin(ngx_http_request_t *r, os_str_t base,
    ngx_uint_t whole, ngx_uint_t known)
{
    os_str_t                      secret;
    ngx_str_t                     copy;
    ngx_pool_cleanup_t           *cleanup, *before = r->pool->cleanup;
    ngx_http_ordersave_hidden_t  *hidden, *last;

    secret = ngx_http_ordersave_hide_secret(ngx_http_ordersave_os(r->uri),
                                            base, whole);
    if (secret.len == 0) {
        return NGX_DECLINED;
    }

    copy = ngx_http_ordersave_copy(r, secret);
    cleanup = ngx_pool_cleanup_add(r->pool,
                                   sizeof(ngx_http_ordersave_hidden_t));

    if (copy.len == 0 || cleanup == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    last = ngx_http_ordersave_hide_next(&before);
    hidden = cleanup->data;
    ngx_memzero(hidden, sizeof(ngx_http_ordersave_hidden_t));
    hidden->log_handler = last ? last->log_handler : r->log_handler;
    hidden->secret = ngx_http_ordersave_os(copy);
    hidden->raw = ngx_http_ordersave_hide_raw(r, secret);
    hidden->line = ngx_http_ordersave_hide_in(r, last ? last->line
                                                 : r->request_line, hidden);
    hidden->known = known;
    cleanup->handler = ngx_http_ordersave_hide_gone;
    r->log_handler = ngx_http_ordersave_hide_error;

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
            return ngx_http_ordersave_hide_begin(r, conf[i]->short_path, 1, 0);
        }

        if (ngx_http_ordersave_hide_begins(&r->uri, &conf[i]->api_path)
            && conf[i]->server == cscf)
        {
            return ngx_http_ordersave_hide_begin(r, conf[i]->api_path, 0, 0);
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


/* A location was chosen, the first or another: is it one of ours? */
static void ngx_http_ordersave_noinline
ngx_http_ordersave_hide_placed(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t             *cleanup = r->pool->cleanup;
    ngx_http_ordersave_hidden_t    *hidden;
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);

    while ((hidden = ngx_http_ordersave_hide_next(&cleanup)) != NULL) {

        /* the page of an error says not whose the address was */

        if (conf->api || hidden->known || r->err_status) {
            hidden->theirs &= !conf->api;

        } else {
            hidden->theirs = 1;
        }

        hidden->known = 1;
    }
}


ngx_int_t
ngx_http_ordersave_hide_place(ngx_http_request_t *r)
{
    if (ngx_http_ordersave_hide_is(r) && r == r->main) {
        ngx_http_ordersave_hide_placed(r);
    }

    return NGX_DECLINED;
}


/*
 * What variables hold, of any module, that were made of the address. A
 * subrequest shares its request's, which goes on.
 */
static void
ngx_http_ordersave_hide_variables(ngx_http_request_t *r,
    const ngx_http_ordersave_hidden_t *hidden)
{
    ngx_str_t                   text;
    ngx_uint_t                  i;
    ngx_http_variable_value_t  *copy;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    copy = ngx_palloc(r->pool, cmcf->variables.nelts
                               * sizeof(ngx_http_variable_value_t));
    if (copy) {
        ngx_memcpy(copy, r->variables, cmcf->variables.nelts
                                       * sizeof(ngx_http_variable_value_t));
        r->variables = copy;
    }

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (!r->variables[i].valid) {
            continue;
        }

        text.len = r->variables[i].len;
        text.data = r->variables[i].data;
        text = ngx_http_ordersave_hide_in(r, text, hidden);
        r->variables[i].len = text.len;
        r->variables[i].data = text.data;
    }
}


static ngx_int_t ngx_http_ordersave_noinline
ngx_http_ordersave_hide_logged(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t           *cleanup = r->pool->cleanup;
    ngx_http_ordersave_hidden_t  *hidden;

    hidden = ngx_http_ordersave_hide_next(&cleanup);

    if (hidden->theirs) {
        return NGX_DECLINED;
    }

    r->request_line = hidden->line;

    while (hidden) {
        r->unparsed_uri = ngx_http_ordersave_hide_in(r, r->unparsed_uri,
                                                     hidden);
        r->uri = ngx_http_ordersave_hide_in(r, r->uri, hidden);
        ngx_http_ordersave_hide_variables(r, hidden);
        hidden = ngx_http_ordersave_hide_next(&cleanup);
    }

    return NGX_DECLINED;
}


/* One that is malformed ends before its first phase. */
static ngx_int_t ngx_http_ordersave_noinline
ngx_http_ordersave_hide_malformed(ngx_http_request_t *r)
{
    (void) ngx_http_ordersave_hide_handler(r);

    return ngx_http_ordersave_hide_is(r) ? ngx_http_ordersave_hide_logged(r)
                                         : NGX_DECLINED;
}


ngx_int_t
ngx_http_ordersave_hide_log(ngx_http_request_t *r)
{
    if (ngx_http_ordersave_hide_is(r)) {
        return ngx_http_ordersave_hide_logged(r);
    }

    return r->phase_handler == 0 && r == r->main
           ? ngx_http_ordersave_hide_malformed(r) : NGX_DECLINED;
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
    os_str_t                      secret;
    ngx_uint_t                    whole;
    ngx_http_request_t           *r = ctx->request;
    ngx_pool_cleanup_t           *cleanup = r->pool->cleanup;
    ngx_http_ordersave_hidden_t  *hidden;

    ctx->hosted.path = ngx_http_ordersave_copy(r,
                                               ngx_http_ordersave_os(r->uri));
    whole = !os_str_equal(base, ctx->conf->campaign->campaign->api_path);
    secret = ngx_http_ordersave_hide_secret(
                 ngx_http_ordersave_os(ctx->hosted.path), base, whole);

    if (secret.len == 0) {
        return;
    }

    ctx->hosted.secret = 1;
    hidden = ngx_http_ordersave_hide_next(&cleanup);

    /* a redirect within nginx led here: its line was not ours at first */

    if (hidden == NULL || !os_str_equal(hidden->secret, secret)) {
        (void) ngx_http_ordersave_hide_begin(r, base, whole, 1);
    }
}

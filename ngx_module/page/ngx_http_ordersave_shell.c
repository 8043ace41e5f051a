
/*
 * In the shop's own clothes. See ngx_http_ordersave_shell.h.
 *
 * Whatever is wrong with the store's page, ours is sent as it is: a shop whose
 * theme has changed shows plain pages, and counts why.
 */


#include "ngx_module/page/ngx_http_ordersave_shell.h"
#include "ngx_module/wire/ngx_http_ordersave_compat.h"
#include "ngx_module/wire/ngx_http_ordersave_fetch.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "core/html/os_shell.h"


/* What became of a shell: the words of $ordersave_shell, and of counters. */
typedef enum {
    NGX_HTTP_ORDERSAVE_WORN = 0,
    NGX_HTTP_ORDERSAVE_LATE,
    NGX_HTTP_ORDERSAVE_FAILED,          /* no answer with status 200 */
    NGX_HTTP_ORDERSAVE_NO_HTML,
    NGX_HTTP_ORDERSAVE_PACKED,
    NGX_HTTP_ORDERSAVE_TORN,            /* not all of it came */
    NGX_HTTP_ORDERSAVE_WIDE,            /* larger than it may be */
    NGX_HTTP_ORDERSAVE_NO_PLACE,
    NGX_HTTP_ORDERSAVE_BASED,
    NGX_HTTP_ORDERSAVE_FORBIDDEN
} ngx_http_ordersave_fit_e;


static const struct {
    const char                     *word;
    ngx_http_ordersave_counter_e    counter;
} ngx_http_ordersave_fits[] = {
    { "shown",      NGX_HTTP_ORDERSAVE_SHELL_SHOWN },
    { "late",       NGX_HTTP_ORDERSAVE_SHELL_LATE },
    { "status",     NGX_HTTP_ORDERSAVE_SHELL_STATUS },
    { "not_html",   NGX_HTTP_ORDERSAVE_SHELL_NOT_HTML },
    { "compressed", NGX_HTTP_ORDERSAVE_SHELL_COMPRESSED },
    { "cut",        NGX_HTTP_ORDERSAVE_SHELL_CUT },
    { "too_large",  NGX_HTTP_ORDERSAVE_SHELL_TOO_LARGE },
    { "no_element", NGX_HTTP_ORDERSAVE_SHELL_NO_ELEMENT },
    { "base",       NGX_HTTP_ORDERSAVE_SHELL_BASE },
    { "policy",     NGX_HTTP_ORDERSAVE_SHELL_POLICY },
};


struct ngx_http_ordersave_worn_s {
    ngx_http_ordersave_ours_t       ours;
    ngx_http_ordersave_ctx_t       *ctx;
    ngx_str_t                       uri;
    ngx_http_request_t             *sr;         /* the store's page */
    ngx_uint_t                      over;       /* nobody waits for it */
    ngx_int_t                       rc;         /* how it ended */
    os_shell_t                      shell;
};


static const char *const  ngx_http_ordersave_policies[] = {
    "Content-Security-Policy", NULL
};


static ngx_int_t
ngx_http_ordersave_shell_plain(ngx_http_request_t *r,
    ngx_http_ordersave_ours_t *ours)
{
    os_buf_t  html = ours->html;

    ours->html = (os_buf_t) { 0 };

    if (ngx_http_ordersave_headers_add(r, "Content-Security-Policy",
                                       ngx_http_ordersave_os(ours->csp))
        != NGX_OK
        || ngx_http_ordersave_headers_add(r, "Content-Language", ours->locale)
           != NGX_OK)
    {
        os_buf_free(&html);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ordersave_send_as(r, ours->status,
                                      "text/html; charset=utf-8",
                                      "no-store, private", ours->referrer,
                                      &html);
}


/* The fate of a shell: told to the log, to a variable and to who counts. */
static void
ngx_http_ordersave_shell_note(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_fit_e fit)
{
    ctx->shell = ngx_http_ordersave_fits[fit].word;
    ngx_http_ordersave_count(ngx_http_ordersave_fits[fit].counter);

    if (fit != NGX_HTTP_ORDERSAVE_WORN) {
        ngx_log_error(NGX_LOG_INFO, ctx->request->connection->log, 0,
                      "ordersave: a page without its shell: %s", ctx->shell);
    }
}


/* The rest of an answer did not come: nginx ends a page that is cut as well. */
static ngx_uint_t
ngx_http_ordersave_shell_is_cut(ngx_http_request_t *sr, size_t len)
{
    ngx_event_pipe_t     *p;
    ngx_http_upstream_t  *u = sr->upstream;

    if (sr->headers_out.content_length_n != -1) {
        return (off_t) len != sr->headers_out.content_length_n;
    }

#if (NGX_HTTP_CACHE)
    if (sr->cached) {
        return 0;
    }
#endif

    if (u == NULL) {
        return 0;
    }

    p = u->buffering ? u->pipe : NULL;

    if (p) {
        return !(p->upstream_done || (p->upstream_eof && p->length == -1));
    }

    /* with nothing left to come, or until its connection ended; not FastCGI,
     * which says when it is done */

    return u->length > 0
           || (u->length == -1 && u->schema.len >= 7
               && ngx_strncmp(u->schema.data, "fastcgi", 7) == 0);
}


/* The page that came, as bytes. */
static os_str_t
ngx_http_ordersave_shell_page(ngx_http_request_t *sr)
{
    ngx_buf_t  *b = sr->out ? sr->out->buf : NULL;

    return b ? (os_str_t) { (size_t) (b->last - b->pos), (char *) b->pos }
             : OS_NULL;
}


/* Is the answer a page that can be read? */
static ngx_http_ordersave_fit_e
ngx_http_ordersave_shell_judge(ngx_http_ordersave_worn_t *worn)
{
    size_t                          size = worn->ctx->conf->shell->size;
    os_str_t                        page;
    ngx_http_request_t             *sr = worn->sr;
    ngx_http_ordersave_loc_conf_t  *conf = worn->ctx->conf;

    page = ngx_http_ordersave_shell_page(sr);

    if (sr->headers_out.status != NGX_HTTP_OK
        || worn->rc >= NGX_HTTP_SPECIAL_RESPONSE)
    {
        return NGX_HTTP_ORDERSAVE_FAILED;
    }

    if (!ngx_http_ordersave_headers_is_page(sr, conf)) {
        return NGX_HTTP_ORDERSAVE_NO_HTML;
    }

    if (ngx_http_ordersave_headers_compressed(sr)) {
        return NGX_HTTP_ORDERSAVE_PACKED;
    }

    /* nginx takes in what fits, and ends the request by an error */

    if (sr->headers_out.content_length_n > (off_t) size
        || worn->rc == NGX_ERROR)
    {
        return NGX_HTTP_ORDERSAVE_WIDE;
    }

    return ngx_http_ordersave_shell_is_cut(sr, page.len)
           ? NGX_HTTP_ORDERSAVE_TORN : NGX_HTTP_ORDERSAVE_WORN;
}


/* Do all policies of the store's header let ours in? */
static ngx_uint_t
ngx_http_ordersave_shell_let_in(ngx_http_ordersave_worn_t *worn)
{
    ngx_table_elt_t               *h;
    ngx_http_ordersave_headers_t   all;

    all = ngx_http_ordersave_headers_all(&worn->sr->headers_out.headers);

    while ((h = ngx_http_ordersave_headers_next(&all,
                                                ngx_http_ordersave_policies))
           != NULL)
    {
        if (!os_strict_takes(&worn->shell.strict,
                             ngx_http_ordersave_os(h->value),
                             worn->shell.based))
        {
            return 0;
        }
    }

    return 1;
}


/* Reads the store's page: is there a place for ours? */
static ngx_http_ordersave_fit_e
ngx_http_ordersave_shell_try(ngx_http_ordersave_worn_t *worn)
{
    ngx_str_t                          *host;
    os_shell_rc_t                       rc;
    ngx_http_request_t                 *r = worn->ctx->request;
    const ngx_http_ordersave_shell_t   *conf = worn->ctx->conf->shell;

    host = r->headers_in.host ? &r->headers_in.host->value
                              : &r->headers_in.server;

    os_shell_init(&worn->shell);
    ngx_http_ordersave_headers_policy(worn->sr, &worn->shell.strict);
    rc = os_shell_read(&worn->shell, ngx_http_ordersave_shell_page(worn->sr),
                       &conf->begin, &conf->end, ngx_http_ordersave_os(*host),
                       worn->sr->headers_out.charset.len > 0);

    switch (rc) {

    case OS_SHELL_OK:
        return ngx_http_ordersave_shell_let_in(worn)
               ? NGX_HTTP_ORDERSAVE_WORN : NGX_HTTP_ORDERSAVE_FORBIDDEN;

    case OS_SHELL_NO_PAGE:
        return NGX_HTTP_ORDERSAVE_NO_HTML;

    case OS_SHELL_BASE:
        return NGX_HTTP_ORDERSAVE_BASED;

    case OS_SHELL_POLICY:
        return NGX_HTTP_ORDERSAVE_FORBIDDEN;

    default:
        return NGX_HTTP_ORDERSAVE_NO_PLACE;
    }
}


/* "a=b; Secure" without Path= is for the folder of who sets it: the store's. */
static ngx_int_t
ngx_http_ordersave_shell_cookie(ngx_http_request_t *r, ngx_str_t *uri,
    ngx_str_t value)
{
    u_char     *p, *end = value.data + value.len, *slash;
    ngx_str_t   more;

    for (p = value.data; (p = ngx_strlchr(p, end, ';')) != NULL; /* void */ ) {

        for (p++; p < end && *p == ' '; p++) { /* void */ }

        if (end - p >= 5 && ngx_strncasecmp(p, (u_char *) "path=", 5) == 0) {
            return ngx_http_ordersave_headers_add(r, "Set-Cookie",
                                              ngx_http_ordersave_os(value));
        }
    }

    for (slash = uri->data, p = uri->data;
         p < uri->data + uri->len && *p != '?';
         p++)
    {
        slash = *p == '/' ? p : slash;
    }

    slash += slash == uri->data;
    more.data = ngx_pnalloc(r->pool, value.len + sizeof("; Path=")
                                     + (slash - uri->data));
    if (more.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(more.data, "%V; Path=%*s", &value,
                    (size_t) (slash - uri->data), uri->data);
    more.len = p - more.data;

    return ngx_http_ordersave_headers_add(r, "Set-Cookie",
                                          ngx_http_ordersave_os(more));
}


/* Whatever came: the store may have renewed the visitor's session. */
static ngx_int_t
ngx_http_ordersave_shell_cookies(ngx_http_ordersave_worn_t *worn)
{
    ngx_table_elt_t               *h;
    ngx_http_ordersave_headers_t   all;

    static const char *const  names[] = { "Set-Cookie", NULL };

    all = ngx_http_ordersave_headers_all(&worn->sr->headers_out.headers);

    while ((h = ngx_http_ordersave_headers_next(&all, names)) != NULL) {
        if (ngx_http_ordersave_shell_cookie(worn->ctx->request, &worn->uri,
                                            h->value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * What the store's page says of itself in headers holds for what is in it; and
 * no other site has ours in a frame, as none has our plain pages.
 */
static ngx_int_t
ngx_http_ordersave_shell_headers(ngx_http_ordersave_worn_t *worn)
{
    os_str_t                       name;
    ngx_table_elt_t               *h;
    ngx_http_request_t            *r = worn->ctx->request;
    ngx_http_ordersave_headers_t   all;

    static const char *const  names[] = {
        "Content-Security-Policy", "Content-Security-Policy-Report-Only",
        "Reporting-Endpoints", "Report-To", "Permissions-Policy",
        "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy",
        "X-UA-Compatible", NULL
    };

    all = ngx_http_ordersave_headers_all(&worn->sr->headers_out.headers);

    while ((h = ngx_http_ordersave_headers_next(&all, names)) != NULL) {
        name = ngx_http_ordersave_os(
                   ngx_http_ordersave_copy(r, ngx_http_ordersave_os(h->key)));

        if (ngx_http_ordersave_headers_append(r, name,
                                              ngx_http_ordersave_os(h->value))
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_ordersave_headers_add(r, "Content-Security-Policy",
                                          OS_STR("frame-ancestors 'none'"));
}


/* The type of the store's page, with its encoding where a header named it. */
static const char *
ngx_http_ordersave_shell_type(ngx_http_ordersave_worn_t *worn)
{
    u_char     *type;
    ngx_str_t  *charset = &worn->sr->headers_out.charset;

    if (charset->len == 0) {
        return "text/html";
    }

    type = ngx_pnalloc(worn->ctx->request->pool,
                       charset->len + sizeof("text/html; charset="));
    if (type == NULL) {
        return NULL;
    }

    ngx_sprintf(type, "text/html; charset=%V%Z", charset);
    return (const char *) type;
}


/* Ours in the store's page; NGX_DECLINED: it goes out as it is after all. */
static ngx_int_t
ngx_http_ordersave_shell_wear(ngx_http_ordersave_worn_t *worn)
{
    os_buf_t             html = { 0 };
    ngx_str_t           *charset = &worn->sr->headers_out.charset;
    ngx_uint_t           ascii;
    const char          *type;
    os_shell_ours_t      parts;
    ngx_http_request_t  *r = worn->ctx->request;

    ascii = charset->len != 5
            || ngx_strncasecmp(charset->data, (u_char *) "utf-8", 5) != 0;
    type = ngx_http_ordersave_shell_type(worn);

    if (type == NULL
        || os_shell_cut(os_buf_view(&worn->ours.html), &parts) == -1
        || os_shell_put(&worn->shell, worn->ours.frame, &parts,
                        ngx_http_ordersave_os(worn->uri), (int) ascii, &html)
           == -1
        || html.failed)
    {
        os_buf_free(&html);
        return NGX_DECLINED;
    }

    if (ngx_http_ordersave_shell_headers(worn) != NGX_OK) {
        os_buf_free(&html);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ordersave_send_as(r, worn->ours.status, type,
                                      "no-store, private", "same-origin",
                                      &html);
}


/* The store has answered, or its time is over. */
static ngx_int_t
ngx_http_ordersave_shell_over(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_int_t                   rc = NGX_DECLINED;
    ngx_http_ordersave_fit_e    fit;
    ngx_http_ordersave_worn_t  *worn = ctx->worn;

    if (!worn->over) {
        worn->over = 1;
        ngx_http_ordersave_fetch_leave(worn->sr);
        fit = NGX_HTTP_ORDERSAVE_LATE;

    } else {
        fit = ngx_http_ordersave_shell_judge(worn);

        if (ngx_http_ordersave_shell_cookies(worn) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (fit == NGX_HTTP_ORDERSAVE_WORN) {
        fit = ngx_http_ordersave_shell_try(worn);
    }

    if (fit == NGX_HTTP_ORDERSAVE_WORN) {
        rc = ngx_http_ordersave_shell_wear(worn);
        fit = rc == NGX_DECLINED ? NGX_HTTP_ORDERSAVE_NO_PLACE : fit;
    }

    ngx_http_ordersave_shell_note(ctx, fit);

    return rc == NGX_DECLINED
           ? ngx_http_ordersave_shell_plain(ctx->request, &worn->ours) : rc;
}


static void
ngx_http_ordersave_shell_answered(ngx_http_request_t *sr, void *data,
    ngx_int_t rc)
{
    ngx_http_ordersave_worn_t  *worn = data;
    ngx_event_t                *timer = &worn->ctx->wait.timer;

    if (worn->over) {
        return;
    }

    worn->over = 1;
    worn->rc = rc;

    if (timer->timer_set) {
        ngx_del_timer(timer);
    }

    /* the visitor's request goes on when this one is out of the way */

    ngx_add_timer(timer, 0);
}


static void
ngx_http_ordersave_shell_free(void *data)
{
    os_buf_free(&((ngx_http_ordersave_worn_t *) data)->ours.html);
}


/* Does the visitor say that he cannot see pages in their shell? */
static ngx_uint_t
ngx_http_ordersave_shell_declined(ngx_http_request_t *r)
{
    ngx_str_t  value;

    return ngx_http_ordersave_cookie(r, NGX_HTTP_ORDERSAVE_PLAIN, &value);
}


/*
 * No page whose address holds a token comes with the shop's scripts, nor does
 * one that nobody will see.
 */
static ngx_uint_t
ngx_http_ordersave_shell_wanted(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_ours_t *ours)
{
    return ctx && ctx->conf && ctx->conf->shell && ours->frame.len
           && !ctx->hosted.secret && !ctx->wait.ended && ctx->worn == NULL
           && !ngx_http_ordersave_shell_declined(ctx->request);
}


/* NGX_DECLINED: the store cannot be asked. */
static ngx_int_t
ngx_http_ordersave_shell_ask(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_ours_t *ours)
{
    ngx_pool_cleanup_t                *cleanup;
    ngx_http_request_t                *r = ctx->request;
    ngx_http_ordersave_worn_t         *worn;
    const ngx_http_ordersave_shell_t  *conf = ctx->conf->shell;

    cleanup = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_ordersave_worn_t));
    if (cleanup == NULL) {
        return NGX_DECLINED;
    }

    worn = cleanup->data;
    ngx_memzero(worn, sizeof(ngx_http_ordersave_worn_t));
    worn->ctx = ctx;

    if (ngx_http_complex_value(r, conf->uri, &worn->uri) != NGX_OK
        || worn->uri.len == 0 || worn->uri.data[0] != '/'
        || ngx_http_ordersave_fetch(r, worn->uri, conf->size,
                                    ngx_http_ordersave_shell_answered, worn,
                                    &worn->sr)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    worn->ours = *ours;
    cleanup->handler = ngx_http_ordersave_shell_free;
    ctx->worn = worn;
    ctx->wait.subrequest = worn->sr;

    return NGX_OK;
}


ngx_int_t
ngx_http_ordersave_shell_send(ngx_http_request_t *r,
    ngx_http_ordersave_ours_t *ours)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    if (!ngx_http_ordersave_shell_wanted(ctx, ours)
        || ours->html.failed
        || ngx_http_ordersave_shell_ask(ctx, ours) != NGX_OK)
    {
        return ngx_http_ordersave_shell_plain(r, ours);
    }

    return ngx_http_ordersave_sleep(ctx, ctx->conf->shell->timeout,
                                    ngx_http_ordersave_shell_over);
}

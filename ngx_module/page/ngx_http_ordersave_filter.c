
/*
 * The filter: what goes into the store's page is put there while the page
 * streams by. A module of its own, because a filter has a place in nginx' list
 * (see the file config) and the rest of the module has another.
 *
 * The page's bytes are never copied; of a buffer that is cut, the pieces are
 * buffers of ours and the last one is the buffer itself, which carries its
 * shadow and is given back when all of it is sent. What is held is at most a
 * tag that is not complete. Once nothing more can go in, buffers pass as they
 * come.
 */


#include "ngx_module/wire/ngx_http_ordersave_fetch.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_block.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_insert.h"
#include "ngx_module/page/ngx_http_ordersave_missed.h"
#include "core/html/os_ascii.h"
#include "core/html/os_html.h"
#include "core/html/os_strict.h"


typedef struct {
    ngx_http_ordersave_insert_t    *inserts;    /* those of the location */
    ngx_buf_t                      *held;       /* of a tag, not sent yet */
    ngx_chain_t                    *busy;       /* those that were, on their
                                                 * way out, in order */
    ngx_chain_t                    *free;       /* and those that are out */
    ngx_chain_t                    *out;
    ngx_chain_t                   **last;
    ngx_buf_t                      *tail;       /* the last of `out` */
    off_t                           left;       /* of the page, to come; -1:
                                                 * who knows */
    unsigned                        early:1;    /* its end may be sent with the
                                                 * last of it */
    uint32_t                        met;        /* inserts, by their bits */
    unsigned                        trailers:1; /* the store's may follow */
    unsigned                        done:1;     /* something went in */
    unsigned                        over:1;     /* nothing more will */
    unsigned                        ended:1;    /* the end is sent */
    unsigned                        ascii:1;    /* the page is not in UTF-8 */
    os_strict_t                     strict;     /* what the page asks of it */
    os_html_t                       html;
} ngx_http_ordersave_filter_ctx_t;


static ngx_int_t ngx_http_ordersave_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_ordersave_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_ordersave_filter_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_ordersave_filter_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_ordersave_filter_init,        /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_ordersave_filter_module = {
    NGX_MODULE_V1,
    &ngx_http_ordersave_filter_module_ctx, /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static void
ngx_http_ordersave_free(void *data)
{
    free(data);
}


static ngx_http_ordersave_filter_ctx_t *
ngx_http_ordersave_filter_create(ngx_http_request_t *r,
    ngx_http_ordersave_insert_t *inserts)
{
    ngx_str_t                        *charset = &r->headers_out.charset;
    ngx_http_ordersave_filter_ctx_t  *ctx;

    ctx = ngx_palloc(r->pool, sizeof(ngx_http_ordersave_filter_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ngx_memzero(ctx, offsetof(ngx_http_ordersave_filter_ctx_t, strict));
    ngx_http_ordersave_headers_policy(r, &ctx->strict);
    os_html_init(&ctx->html, OS_HTML_BEST);

    if (charset->len == 0) {
        os_html_unnamed(&ctx->html);
    }

    ctx->inserts = inserts;
    ctx->left = r->headers_out.content_length_n;
    ctx->ascii = charset->len != 5
                 || ngx_strncasecmp(charset->data, (u_char *) "utf-8", 5) != 0;

    /* trailers are made when the end comes by itself */

    ctx->trailers = r->upstream && r->upstream->conf
                    && r->upstream->conf->pass_trailers;
    ctx->early = !r->expect_trailers && !ctx->trailers;
    return ctx;
}


/* NGX_OK: ctx reads for at least one insert. */
static ngx_int_t
ngx_http_ordersave_filter_watch(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_filter_ctx_t **made)
{
    ngx_int_t                         rc;
    ngx_uint_t                        i, k, panel = 0;
    os_anchor_t                      *anchor;
    ngx_http_ordersave_insert_t      *insert = conf->inserts->elts;
    ngx_http_ordersave_filter_ctx_t  *ctx = NULL;

    for (i = 0; i < conf->inserts->nelts; i++) {
        rc = ngx_http_ordersave_insert_wanted(r, &insert[i]);

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_http_ordersave_headers_compressed(r)) {
            ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_SPLICE_COMPRESSED);
            return NGX_DECLINED;
        }

        if (ctx == NULL) {
            ctx = ngx_http_ordersave_filter_create(r, insert);
            if (ctx == NULL) {
                return NGX_ERROR;
            }
        }

        panel |= insert[i].block.len == 0;
        anchor = insert[i].anchors->elts;

        for (k = 0; k < insert[i].anchors->nelts; k++) {
            (void) os_html_watch(&ctx->html, &anchor[k], i);
        }
    }

    if (ctx && conf->shown) {
        (void) os_html_watch(&ctx->html, conf->shown, 0);
    }

    *made = ctx;

    /* a style that is fetched ahead has no nonce */

    if (panel && !os_strict_wants(&ctx->strict)) {
        return ngx_http_ordersave_send_preload(r, conf->campaign);
    }

    return ctx ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_ordersave_header_filter(ngx_http_request_t *r)
{
    uint32_t                          revision;
    ngx_int_t                         rc;
    ngx_http_ordersave_ctx_t         *flow;
    ngx_http_ordersave_loc_conf_t    *conf;
    ngx_http_ordersave_filter_ctx_t  *ctx;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);
    conf = ngx_http_ordersave_insert_conf(r, conf);

    ngx_http_ordersave_fetch_header(r);

    if (conf->inserts == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_ordersave_headers_same(r, conf);

    if (!ngx_http_ordersave_headers_may_change(r, conf)) {
        return ngx_http_next_header_filter(r);
    }

    flow = ngx_http_ordersave_get_ctx(r);

    if (flow && flow->ours) {
        return ngx_http_next_header_filter(r);
    }

    rc = ngx_http_ordersave_filter_watch(r, conf, &ctx);

    if (rc == NGX_DECLINED) {
        return ngx_http_next_header_filter(r);
    }

    revision = ngx_http_ordersave_block_revision(conf);

    if (rc != NGX_OK
        || ngx_http_ordersave_headers_changed(r, revision) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_set_ctx(r, ctx, ngx_http_ordersave_filter_module);
    r->main_filter_need_in_memory = 1;

    return ngx_http_next_header_filter(r);
}


static ngx_chain_t *
ngx_http_ordersave_emit(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t *b)
{
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NULL;
    }

    cl->buf = b;
    cl->next = NULL;
    *ctx->last = cl;
    ctx->last = &cl->next;
    ctx->tail = b;
    return cl;
}


/* What is held goes out; its buffer can be used again when it is out. */
static ngx_int_t
ngx_http_ordersave_emit_held(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx)
{
    ngx_buf_t     *b = ctx->held;
    ngx_chain_t   *cl, **ll;

    if (b == NULL) {
        return NGX_OK;
    }

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = b;
    cl->next = NULL;

    for (ll = &ctx->busy; *ll; ll = &(*ll)->next) { /* void */ }

    *ll = cl;
    ctx->held = NULL;

    return ngx_http_ordersave_emit(r, ctx, b) ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_ordersave_update_busy(ngx_http_ordersave_filter_ctx_t *ctx)
{
    ngx_chain_t  *cl;

    while ((cl = ctx->busy) != NULL && ngx_buf_size(cl->buf) == 0) {
        ctx->busy = cl->next;
        cl->next = ctx->free;
        ctx->free = cl;
    }
}


/* An empty buffer for at least so many bytes. */
static ngx_buf_t *
ngx_http_ordersave_held_buf(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, size_t size)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl, **ll;

    for (ll = &ctx->free; *ll; ll = &(*ll)->next) {
        cl = *ll;
        b = cl->buf;

        if ((size_t) (b->end - b->start) >= size) {
            *ll = cl->next;
            ngx_free_chain(r->pool, cl);
            b->pos = b->start;
            b->last = b->start;
            return b;
        }
    }

    b = ngx_create_temp_buf(r->pool, ngx_max(2 * size, 128));

    if (b) {
        b->tag = (ngx_buf_tag_t) &ngx_http_ordersave_filter_module;
    }

    return b;
}


/* Bytes of a tag that is not complete; they follow those held already. */
static ngx_int_t
ngx_http_ordersave_hold(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, u_char *data, size_t len)
{
    size_t      have;
    ngx_buf_t  *b, *held = ctx->held;

    if (len == 0) {
        return NGX_OK;
    }

    have = held ? (size_t) (held->last - held->pos) : 0;

    if (held == NULL || (size_t) (held->end - held->last) < len) {
        b = ngx_http_ordersave_held_buf(r, ctx, have + len);
        if (b == NULL) {
            return NGX_ERROR;
        }

        if (have) {
            b->last = ngx_cpymem(b->last, held->pos, have);
        }

        ctx->held = b;
    }

    ctx->held->last = ngx_cpymem(ctx->held->last, data, len);
    return NGX_OK;
}


/* NGX_DECLINED: a form in there would end the one that it comes to stand in. */
static ngx_int_t
ngx_http_ordersave_fits_form(ngx_http_request_t *r, ngx_chain_t *content)
{
    os_html_t          *html;
    const char         *p;
    os_html_rc_t        rc = OS_HTML_MORE;
    ngx_chain_t        *cl;

    static const os_anchor_t  form = { .place = OS_PLACE_PREPEND,
                                       .tag = { 4, "form" } };

    html = ngx_palloc(r->pool, sizeof(os_html_t));
    if (html == NULL) {
        return NGX_ERROR;
    }

    os_html_init(html, OS_HTML_BEST);
    (void) os_html_watch(html, &form, 0);

    for (cl = content; cl && rc == OS_HTML_MORE; cl = cl->next) {
        p = (char *) cl->buf->pos;
        rc = os_html_read(html, &p, (char *) cl->buf->last);
    }

    (void) ngx_pfree(r->pool, html);
    return rc == OS_HTML_MEET ? NGX_DECLINED : NGX_OK;
}


/* A buffer of what was written anew; it goes with the request. */
static ngx_buf_t *
ngx_http_ordersave_rewritten(ngx_http_request_t *r, os_buf_t *text)
{
    ngx_buf_t           *b;
    ngx_pool_cleanup_t  *cleanup;

    b = ngx_calloc_buf(r->pool);
    cleanup = ngx_pool_cleanup_add(r->pool, 0);

    if (b == NULL || cleanup == NULL) {
        os_buf_free(text);
        return NULL;
    }

    cleanup->handler = ngx_http_ordersave_free;
    cleanup->data = text->data;

    b->pos = (u_char *) text->data;
    b->last = b->pos + text->len;
    b->memory = 1;

    return b;
}


/* In a page that may not be in UTF-8, other characters are written as &#…; */
static ngx_int_t
ngx_http_ordersave_to_ascii(ngx_http_request_t *r, ngx_buf_t **buf)
{
    os_buf_t    text = { 0 };
    os_str_t    old = { (size_t) ((*buf)->last - (*buf)->pos),
                        (char *) (*buf)->pos };

    if (os_ascii_is(old)) {
        return NGX_OK;
    }

    if (os_ascii_put(old, &text) == -1 || text.failed) {
        os_buf_free(&text);
        return NGX_DECLINED;
    }

    *buf = ngx_http_ordersave_rewritten(r, &text);
    return *buf ? NGX_OK : NGX_ERROR;
}


/* With the page's nonce in its scripts and styles. */
static ngx_int_t
ngx_http_ordersave_with_nonce(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t **buf)
{
    os_buf_t  text = { 0 };
    os_str_t  old = { (size_t) ((*buf)->last - (*buf)->pos),
                      (char *) (*buf)->pos };

    os_strict_put(&ctx->strict, old, &text);

    if (text.failed) {
        os_buf_free(&text);
        return NGX_DECLINED;
    }

    *buf = ngx_http_ordersave_rewritten(r, &text);
    return *buf ? NGX_OK : NGX_ERROR;
}


/*
 * A part of a page that a script fetches is none of ours, as it says nothing of
 * being a page; nor is an AMP page, which has no scripts but its own: of us it
 * gets a link alone.
 */
static ngx_uint_t
ngx_http_ordersave_takes(ngx_http_ordersave_filter_ctx_t *ctx)
{
    return ctx->html.document
           && (!os_strict_amp(&ctx->strict)
               || ngx_http_ordersave_insert_is_withdraw(
                      &ctx->inserts[ctx->html.thing]));
}


/* The anchor of an insert is met: what goes in there goes out now. */
static ngx_int_t
ngx_http_ordersave_emit_content(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx)
{
    char         room[OS_HTML_SHOWN + 1];
    os_buf_t     shown = os_buf_on(room, sizeof(room));
    ngx_int_t    rc;
    ngx_chain_t *content = NULL, *cl;

    ctx->met |= 1u << ctx->html.thing;

    if (!ngx_http_ordersave_takes(ctx)) {
        return NGX_OK;
    }

    os_html_shown(&ctx->html, &shown);

    rc = ngx_http_ordersave_insert_content(r, &ctx->inserts[ctx->html.thing],
                                           os_buf_view(&shown),
                                           os_strict_lang(&ctx->strict),
                                           &content);
    os_buf_free(&shown);

    if (rc == NGX_OK && ctx->html.tree.form) {
        rc = ngx_http_ordersave_fits_form(r, content);
    }

    for (cl = content; rc == NGX_OK && ctx->ascii && cl; cl = cl->next) {
        rc = ngx_http_ordersave_to_ascii(r, &cl->buf);
    }

    for (cl = content; rc == NGX_OK && os_strict_wants(&ctx->strict) && cl;
         cl = cl->next)
    {
        rc = ngx_http_ordersave_with_nonce(r, ctx, &cl->buf);
    }

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : NGX_ERROR;
    }

    for (cl = content; cl; cl = cl->next) {
        if (cl->buf->pos == cl->buf->last) {
            continue;
        }

        cl->buf->flush = 0;
        cl->buf->last_buf = 0;
        cl->buf->last_in_chain = 0;

        if (ngx_http_ordersave_emit(r, ctx, cl->buf) == NULL) {
            return NGX_ERROR;
        }

        ctx->done = 1;
    }

    return NGX_OK;
}


/* A part of a buffer that is not its last one. */
static ngx_chain_t *
ngx_http_ordersave_emit_piece(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, u_char *from, u_char *to)
{
    ngx_buf_t  *b;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NULL;
    }

    b->pos = from;
    b->last = to;
    b->memory = 1;
    b->tag = (ngx_buf_tag_t) &ngx_http_ordersave_filter_module;

    return ngx_http_ordersave_emit(r, ctx, b);
}


/* What came with a buffer's end goes behind all that went behind the buffer. */
static ngx_int_t
ngx_http_ordersave_emit_flags(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t *b)
{
    ngx_buf_t  *f;

    if (!b->flush && !b->last_buf && !b->last_in_chain && !b->sync) {
        return NGX_OK;
    }

    f = ngx_calloc_buf(r->pool);
    if (f == NULL) {
        return NGX_ERROR;
    }

    f->flush = b->flush;
    f->last_buf = b->last_buf;
    f->last_in_chain = b->last_in_chain;

    /* of no size, it must be something */
    f->sync = b->sync || (!b->flush && !b->last_buf);
    f->tag = (ngx_buf_tag_t) &ngx_http_ordersave_filter_module;

    b->flush = 0;
    b->last_buf = 0;
    b->last_in_chain = 0;
    b->sync = 0;

    return ngx_http_ordersave_emit(r, ctx, f) ? NGX_OK : NGX_ERROR;
}


/* Nothing more can go in: from here on buffers pass as they come. */
static void
ngx_http_ordersave_is_over(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_uint_t cut)
{
    if (ctx->over) {
        return;
    }

    ngx_http_ordersave_missed(r, &ctx->html, ctx->inserts, ctx->met, cut);

    ngx_http_ordersave_count(ctx->done ? NGX_HTTP_ORDERSAVE_SPLICE_DONE
                                       : NGX_HTTP_ORDERSAVE_SPLICE_MISSED);
    ctx->over = 1;
}


/* The page is over. */
static ngx_int_t
ngx_http_ordersave_finish(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx)
{
    if (ctx->over) {
        return NGX_OK;
    }

    if (ngx_http_ordersave_emit_held(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    while (os_html_finish(&ctx->html) == OS_HTML_MEET) {
        if (ngx_http_ordersave_emit_content(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_http_ordersave_is_over(r, ctx, 0);
    return NGX_OK;
}


/*
 * An anchor is met. What stands before it goes out first: it is of the buffer
 * that is read, from `from` on, or was held when that came.
 */
static ngx_int_t
ngx_http_ordersave_anchor_met(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, u_char **from, ngx_chain_t **piece)
{
    u_char  *at = (u_char *) ctx->html.at;

    if (at == NULL && ctx->held == NULL) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "a place before what is already sent");
        return NGX_OK;
    }

    if (at) {
        if (ngx_http_ordersave_emit_held(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        if (at > *from) {
            *piece = ngx_http_ordersave_emit_piece(r, ctx, *from, at);
            if (*piece == NULL) {
                return NGX_ERROR;
            }

            *from = at;
        }
    }

    return ngx_http_ordersave_emit_content(r, ctx);
}


/*
 * The last of a buffer's parts that has bytes is the buffer itself: what is
 * left, or a piece that is in the chain already, or nothing.
 */
static ngx_int_t
ngx_http_ordersave_emit_rest(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t *b, u_char *from,
    u_char *end, ngx_chain_t *piece)
{
    u_char  *start = b->pos;

    if (from < end) {
        b->pos = from;
        b->last = end;

        if (ngx_http_ordersave_emit(r, ctx, b) == NULL) {
            return NGX_ERROR;
        }

    } else if (piece) {
        if (ctx->tail == piece->buf) {
            ctx->tail = b;
        }

        b->pos = piece->buf->pos;
        b->last = piece->buf->last;
        piece->buf = b;

    } else {
        b->pos = b->last;
    }

    if (b->in_file) {
        b->file_pos += b->pos - start;
        b->file_last = b->file_pos + (b->last - b->pos);
    }

    return NGX_OK;
}


/* One buffer with bytes of the page in memory. */
static ngx_int_t
ngx_http_ordersave_read_buf(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t *b)
{
    u_char        *from = b->pos, *end = b->last;
    const char    *p = (char *) b->pos;
    os_html_t     *html = &ctx->html;
    ngx_chain_t   *piece = NULL;
    os_html_rc_t   rc;

    os_strict_read(&ctx->strict, p, (size_t) (b->last - b->pos));

    while ((rc = os_html_read(html, &p, (char *) end)) == OS_HTML_MEET) {
        if (ngx_http_ordersave_anchor_met(r, ctx, &from, &piece) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (html->held == html->held_here
        && ngx_http_ordersave_emit_held(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    end -= html->held_here;

    if (ngx_http_ordersave_hold(r, ctx, end, html->held_here) != NGX_OK
        || ngx_http_ordersave_emit_rest(r, ctx, b, from, end, piece) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (rc == OS_HTML_OVER) {
        ngx_http_ordersave_is_over(r, ctx, 0);
    }

    if (b->last_buf && ngx_http_ordersave_finish(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    return ctx->tail == b ? NGX_OK : ngx_http_ordersave_emit_flags(r, ctx, b);
}


/*
 * Does the page end here though it is not all there? The store may have closed
 * its connection before all that it announced was sent; or nginx has done with
 * it and only flushes.
 */
static ngx_uint_t
ngx_http_ordersave_is_cut(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t *b)
{
    if (b->last_buf) {
        return ctx->left > 0;
    }

    return b->flush && ngx_buf_size(b) == 0 && r->upstream
           && r->upstream->cleanup == NULL;
}


/*
 * Then nothing goes in, what is held goes out, and no end is sent: without it
 * the length would have told the client, and so does the missing end.
 */
static ngx_int_t
ngx_http_ordersave_cut(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t *b)
{
    ngx_http_ordersave_is_over(r, ctx, 1);

    if (b->last_buf) {
        b->last_buf = 0;
        b->flush = 1;
        r->keepalive = 0;
    }

    return ngx_http_ordersave_emit_held(r, ctx);
}


/* One buffer, whatever is in it. */
static ngx_int_t
ngx_http_ordersave_take(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx, ngx_buf_t *b)
{
    if (ngx_http_ordersave_is_cut(r, ctx, b)
        && ngx_http_ordersave_cut(r, ctx, b) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ctx->over && ngx_buf_in_memory(b) && b->pos < b->last) {
        return ngx_http_ordersave_read_buf(r, ctx, b);
    }

    if (!ctx->over && ngx_buf_size(b)) {

        /* bytes that cannot be read */

        ngx_http_ordersave_is_over(r, ctx, 1);

        if (ngx_http_ordersave_emit_held(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (b->last_buf && ngx_http_ordersave_finish(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_ordersave_emit(r, ctx, b) ? NGX_OK : NGX_ERROR;
}


/*
 * All that the store announced is here: the end of the page goes out with it.
 * By itself it would come a little later, and be a packet of its own.
 */
static ngx_int_t
ngx_http_ordersave_end(ngx_http_request_t *r,
    ngx_http_ordersave_filter_ctx_t *ctx)
{
    ngx_buf_t  *b;

    if (ngx_http_ordersave_finish(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last_buf = 1;
    b->last_in_chain = 1;
    b->tag = (ngx_buf_tag_t) &ngx_http_ordersave_filter_module;
    ctx->ended = 1;

    return ngx_http_ordersave_emit(r, ctx, b) ? NGX_OK : NGX_ERROR;
}


/*
 * The page's own end, or more than was announced, behind the end that was sent:
 * nothing may follow that, not even an empty buffer, which would be HTTP/2's
 * last.
 */
static ngx_int_t
ngx_http_ordersave_end_again(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;
        b->pos = b->last;
        b->file_pos = b->file_last;
    }

    return r->out ? ngx_http_next_body_filter(r, NULL) : NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t                         rc;
    ngx_uint_t                        end, last = 0;
    ngx_chain_t                      *cl, *next;
    ngx_http_ordersave_filter_ctx_t  *ctx;

    if (in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_ordersave_filter_module);

    if (ctx && ctx->trailers) {
        ngx_http_ordersave_headers_hide_digests(&r->headers_out.trailers);
    }

    if (ctx == NULL || (ctx->over && ctx->left <= 0)) {
        return ctx && ctx->ended ? ngx_http_ordersave_end_again(r, in)
                                 : ngx_http_next_body_filter(r, in);
    }

    ctx->out = NULL;
    ctx->last = &ctx->out;
    ctx->tail = NULL;

    for (cl = in; cl; cl = cl->next) {

        if (ctx->left > 0) {
            ctx->left -= ngx_buf_size(cl->buf);
            last |= ctx->left == 0 && ctx->early;
        }

        end = cl->buf->last_buf;

        if (ngx_http_ordersave_take(r, ctx, cl->buf) != NGX_OK) {
            return NGX_ERROR;
        }

        if (end) {
            last = 0;
            ctx->left = -1;
        }
    }

    if (last && ngx_http_ordersave_end(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    /*
     * All of it may be held; but what waits behind us is not to wait for more:
     * a thread may be through with what it sent, and nothing else would tell.
     */

    if (ctx->out == NULL && r->out == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_next_body_filter(r, ctx->out);

    for (cl = ctx->out; cl; cl = next) {
        next = cl->next;
        ngx_free_chain(r->pool, cl);
    }

    ngx_http_ordersave_update_busy(ctx);
    return rc;
}


/* Filters that compress must come after ours, whatever was loaded first. */
static ngx_int_t
ngx_http_ordersave_filter_init(ngx_conf_t *cf)
{
    ngx_uint_t                       i, ours = 0;
    ngx_http_ordersave_main_conf_t  *mcf;

    /* where nothing goes into any page no answer passes by here */

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);

    if (mcf->inserters == 0 && mcf->shells.nelts == 0) {
        return NGX_OK;
    }

    for (i = 0; cf->cycle->modules[i]; i++) {

        if (cf->cycle->modules[i] == &ngx_http_ordersave_filter_module) {
            ours = 1;
            continue;
        }

        if (ours
            && (ngx_strcmp(cf->cycle->modules[i]->name,
                           "ngx_http_brotli_filter_module") == 0
                || ngx_strcmp(cf->cycle->modules[i]->name,
                              "ngx_http_zstd_filter_module") == 0))
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"%s\" must be loaded before "
                          "\"ngx_http_ordersave_module\", which reads what "
                          "it compresses", cf->cycle->modules[i]->name);
            return NGX_ERROR;
        }
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_ordersave_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_ordersave_body_filter;

    return NGX_OK;
}

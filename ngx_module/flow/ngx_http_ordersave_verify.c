
/*
 * Does the visitor own the order? The store is asked in his name.
 */


#include "ngx_module/flow/ngx_http_ordersave_verify.h"
#include "ngx_module/wire/ngx_http_ordersave_fetch.h"
#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"


/* Of a word; a byte of a character that is not ASCII may be one. */
static ngx_uint_t
ngx_http_ordersave_is_of_word(char c)
{
    u_char  ch = (u_char) c, low = ch | 0x20;

    return ch >= 0x80 || (ch >= '0' && ch <= '9')
           || (low >= 'a' && low <= 'z');
}


/*
 * Is the text there, and not as a part of a longer word or number? "#12" is in
 * "#12," and not in "#123".
 */
static ngx_uint_t
ngx_http_ordersave_stands_in(os_str_t text, os_str_t body)
{
    const char  *from = body.data, *end = body.data + body.len, *at;

    while (text.len
           && (at = memmem(from, (size_t) (end - from), text.data, text.len))
              != NULL)
    {
        from = at + text.len;

        if (!(at > body.data && ngx_http_ordersave_is_of_word(at[-1])
              && ngx_http_ordersave_is_of_word(at[0]))
            && !(from < end && ngx_http_ordersave_is_of_word(from[0])
                 && ngx_http_ordersave_is_of_word(from[-1])))
        {
            return 1;
        }

        from = at + 1;
    }

    return 0;
}


/* A store that is busy, or that fails, has said neither yes nor no. */
static ngx_uint_t
ngx_http_ordersave_verify_heard(const ngx_http_request_t *sr, ngx_int_t rc)
{
    ngx_int_t  status = rc == NGX_OK ? (ngx_int_t) sr->headers_out.status : rc;

    return status >= NGX_HTTP_OK && status < NGX_HTTP_INTERNAL_SERVER_ERROR
           && status != NGX_HTTP_REQUEST_TIME_OUT
           && status != NGX_HTTP_TOO_MANY_REQUESTS;
}


static void
ngx_http_ordersave_verify_answered(ngx_http_request_t *sr, void *data,
    ngx_int_t rc)
{
    os_str_t                   id, named;
    ngx_uint_t                 i;
    ngx_chain_t               *cl;
    ngx_list_part_t           *part;
    ngx_table_elt_t           *h;
    os_buf_t                   body = { 0 };
    ngx_http_ordersave_ctx_t  *ctx = data;

    if (ctx->wait.verified || sr->parent == NULL) {
        return;
    }

    ctx->wait.verified = 1;
    ctx->wait.heard = ngx_http_ordersave_verify_heard(sr, rc);
    id = ngx_http_ordersave_os(ctx->who.order_id);

    if (rc != NGX_OK) {
        goto done;
    }

    if (sr->headers_out.status < 200 || sr->headers_out.status > 299) {
        goto done;
    }

    if (ctx->wait.holds.data) {
        for (cl = sr->out; cl; cl = cl->next) {
            os_buf_add(&body, (char *) cl->buf->pos,
                       (size_t) (cl->buf->last - cl->buf->pos));
        }

        ctx->who.owner = ngx_http_ordersave_stands_in(ctx->wait.holds,
                                                      os_buf_view(&body));
        os_buf_free(&body);
        goto done;
    }

    for (part = &sr->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash && h[i].key.len == sizeof("X-Ordersave-Order") - 1
                && ngx_strncasecmp(h[i].key.data,
                                   (u_char *) "X-Ordersave-Order",
                                   h[i].key.len)
                   == 0)
            {
                named = ngx_http_ordersave_os(h[i].value);
                ctx->who.owner = os_str_equal(named, id);
            }
        }
    }

done:

    ngx_http_ordersave_why(ctx, ctx->who.owner ? "the store names its owner"
                                : ctx->wait.heard
                                ? "the store names another owner, or none"
                                : "the store says not whose it is");

    if (ctx->wait.timer.timer_set) {
        ngx_del_timer(&ctx->wait.timer);
    }

    /* the main request goes on when this one is out of the way */

    ngx_add_timer(&ctx->wait.timer, 0);
}


static ngx_int_t
ngx_http_ordersave_verify_over(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    const char  *more;

    if (!ctx->wait.verified) {
        ctx->wait.verified = 1;
        ngx_http_ordersave_fetch_leave(ctx->wait.subrequest);
        ngx_http_ordersave_why(ctx, "the store does not say in time whose it "
                                    "is");
        more = ngx_http_ordersave_seldom(&ctx->conf->slow);

        if (more) {
            ngx_log_error(NGX_LOG_WARN, ctx->request->connection->log, 0,
                          "ordersave: ordersave_verify took longer than it "
                          "may%s", more);
        }
    }

    return ctx->wait.then(ctx, NULL);
}


ngx_int_t
ngx_http_ordersave_verify_ask(ngx_http_ordersave_ctx_t *ctx, ngx_str_t uri,
    os_str_t holds, ngx_msec_t timeout, ngx_http_ordersave_resume_pt then)
{
    ngx_http_request_t  *sr;

    if (ngx_http_ordersave_fetch(ctx->request, uri, 0,
                                 ngx_http_ordersave_verify_answered, ctx, &sr)
        != NGX_OK)
    {
        return NGX_ABORT;
    }

    ctx->wait.subrequest = sr;
    ctx->wait.heard = 0;
    ctx->wait.holds = holds;
    ctx->wait.then = then;

    return ngx_http_ordersave_sleep(ctx, timeout,
                                    ngx_http_ordersave_verify_over);
}


ngx_int_t
ngx_http_ordersave_verify_owner(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt then)
{
    os_str_t                      holds = OS_NULL;
    ngx_str_t                     uri;
    ngx_http_ordersave_verify_t  *verify = ctx->conf->verify;

    if (ngx_http_complex_value(ctx->request, verify->uri, &uri) != NGX_OK) {
        return NGX_ABORT;
    }

    if (verify->contains) {
        holds = ngx_http_ordersave_value(ctx->request, verify->contains);

        if (holds.data == NULL) {
            holds = OS_STR("");
        }
    }

    return ngx_http_ordersave_verify_ask(ctx, uri, holds, verify->timeout,
                                         then);
}


ngx_int_t
ngx_http_ordersave_verify_who(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt then)
{
    os_str_t  want, have;

    want = ctx->known.order ? ctx->known.order->proof : OS_NULL;
    have = ngx_http_ordersave_os(ctx->who.proof);

    ctx->who.owner = want.len > 0 && want.len == have.len
                     && os_equal_ct(want.data, have.data, want.len);

    if (!ctx->who.owner) {
        ngx_http_ordersave_why(ctx, ctx->known.order == NULL
                                    ? "there is no order to compare with"
                                    : "the proof is missing or another");
    }

    return !ctx->who.owner && ctx->known.order && ctx->conf->verify
           ? ngx_http_ordersave_verify_owner(ctx, then)
           : then(ctx, NULL);
}

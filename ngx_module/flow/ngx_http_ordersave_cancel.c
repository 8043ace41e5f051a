
/*
 * The cancel flow, top to bottom: is it a cancel, whose order is it. What there
 * is to offer is in _offer.c, the page in _show.c; what the visitor makes of it
 * in _accept.c.
 *
 * Two rules stand above all: whatever fails, the store's own answer goes
 * through; and only a POST decides.
 */


#include "ngx_module/flow/ngx_http_ordersave_cancel.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/flow/ngx_http_ordersave_order.h"
#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "ngx_module/flow/ngx_http_ordersave_verify.h"
#include "ngx_module/flow/ngx_http_ordersave_accept.h"
#include "ngx_module/flow/ngx_http_ordersave_offer.h"
#include "core/view/os_withdraw_label.h"


#define NGX_HTTP_ORDERSAVE_BODY_MAX     65536
/* what the page adds: its token, a reason, a comment */
#define NGX_HTTP_ORDERSAVE_BODY_OURS    (OS_TOKEN_MAX + 4096)


static ngx_int_t ngx_http_ordersave_noinline
    ngx_http_ordersave_cancel_begin(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_match(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_ctx_t **out);
static void ngx_http_ordersave_has_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_ordersave_identify(ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_aliased(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_identified(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e unknown);
static ngx_int_t ngx_http_ordersave_meet(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


/* 1. Is it a cancel, and one that may be met? */

static ngx_uint_t
ngx_http_ordersave_is_watched(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    if (conf->cancel_has.len) {
        return r->args.len
               && os_form_find_folded(ngx_http_ordersave_os(r->args),
                                      ngx_http_ordersave_os(conf->cancel_has),
                                      NULL)
                  != OS_ARG_ABSENT;
    }

    return ngx_http_ordersave_is_on(r, conf->cancel);
}


/* Nothing stands between a consumer and a withdrawal, were it a cancel, too. */
static ngx_uint_t
ngx_http_ordersave_is_cancel(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    return ngx_http_ordersave_is_watched(r, conf)
           && !os_withdraw_address(ngx_http_ordersave_os(r->uri))
           && !os_withdraw_address(ngx_http_ordersave_os(r->args));
}


/* Every request of a watched server comes here. */
ngx_int_t
ngx_http_ordersave_cancel_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    if ((ctx == NULL || ctx->conf == NULL)
        && !ngx_http_ordersave_is_cancel(r, conf))
    {
        return NGX_DECLINED;
    }

    return ngx_http_ordersave_cancel_begin(r, conf, ctx);
}


static ngx_int_t
ngx_http_ordersave_cancel_begin(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (ctx == NULL || ctx->conf == NULL) {
        rc = ngx_http_ordersave_match(r, conf, &ctx);

        if (rc != NGX_OK) {
            return rc;
        }

        /* the panel may have read it already */

        if (ctx->form.post && !ctx->form.read) {
            rc = ngx_http_ordersave_read_body(r, ngx_http_ordersave_has_body);

            if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
                ctx->finished = 1;
            }

            return rc;
        }

        rc = ngx_http_ordersave_identify(ctx);

    } else if (ctx->finished) {
        return NGX_DECLINED;

    } else {
        rc = ngx_http_ordersave_flow_resume(ctx, ngx_http_ordersave_identify);
    }

    return ngx_http_ordersave_flow_finish(ctx, rc);
}


static ngx_uint_t
ngx_http_ordersave_bypassed(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                 i;
    ngx_http_complex_value_t  *value;

    if (conf->bypass == NULL) {
        return 0;
    }

    value = conf->bypass->elts;

    for (i = 0; i < conf->bypass->nelts; i++) {
        if (ngx_http_ordersave_is_on(r, &value[i])) {
            return 1;
        }
    }

    return 0;
}


/*
 * Will the answer be read by a person, in a browser, as a page of its own? Why
 * not, or NULL. A HEAD is what its GET would be (RFC 9110, 9.3.2): a store
 * cancels on it too.
 */
static const char *
ngx_http_ordersave_no_page(ngx_http_request_t *r)
{
    ngx_str_t  mode, dest;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
        return "not a page: its method";
    }

    if (ngx_http_ordersave_header(r, "X-Requested-With").len) {
        return "not a page: X-Requested-With";
    }

    mode = ngx_http_ordersave_header(r, "Sec-Fetch-Mode");
    dest = ngx_http_ordersave_header(r, "Sec-Fetch-Dest");

    if ((mode.len && !ngx_http_ordersave_holds(mode, "navigate"))
        || (dest.len && !ngx_http_ordersave_holds(dest, "document")))
    {
        return "not a page: Sec-Fetch-Mode or Sec-Fetch-Dest";
    }

    return ngx_http_ordersave_holds(ngx_http_ordersave_header(r, "Accept"),
                                    "text/html")
           ? NULL : "not a page: no text/html in Accept";
}


/*
 * An address that begins with two slashes is another host to a browser: no form
 * of ours goes there. A backslash is a slash to it.
 */
static ngx_uint_t
ngx_http_ordersave_is_foreign(ngx_str_t uri)
{
    return uri.len > 1 && (uri.data[1] == '/' || uri.data[1] == '\\');
}


static ngx_int_t
ngx_http_ordersave_match(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_ctx_t **out)
{
    os_str_t                   mode;
    ngx_str_t                  type;
    const char                *no_page;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_ordersave_ctx_t  *ctx;

    mode = conf->mode ? ngx_http_ordersave_value(r, conf->mode)
                      : OS_STR("on");

    if (!os_str_equal(mode, OS_STR("on"))
        && !os_str_equal(mode, OS_STR("observe")))
    {
        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "ordersave: nothing is met: ordersave_mode is "
                       "\"%*s\"", mode.len, mode.data);
        return NGX_DECLINED;
    }

    ctx = ngx_http_ordersave_make_ctx(r);
    if (ctx == NULL) {
        return NGX_DECLINED;
    }

    *out = ctx;
    ctx->conf = conf;
    ctx->observe = os_str_equal(mode, OS_STR("observe"))
                   || os_campaign_observes(conf->campaign->campaign, "state");

    /* a browser that guesses ahead must not cancel anything */

    if (!ctx->observe && ngx_http_ordersave_is_prefetch(r)) {
        ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_PREFETCH);
        return ngx_http_ordersave_flow_finish(ctx,
                   ngx_http_ordersave_send_not_yet(r));
    }

    if (ngx_http_ordersave_bypassed(r, conf)) {
        ctx->finished = 1;
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_BYPASS);
    }

    ctx->who.json = (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))
                    && ngx_http_ordersave_holds(
                           ngx_http_ordersave_header(r, "Accept"),
                           "application/vnd.ordersave+json");
    no_page = ctx->who.json ? NULL : ngx_http_ordersave_no_page(r);
    ctx->who.page = !ctx->who.json && no_page == NULL;

    /* only a form can carry our fields back, so only a form is read */

    type = ngx_http_ordersave_header(r, "Content-Type");
    ctx->form.post = r->method == NGX_HTTP_POST
                && ngx_http_ordersave_holds(type,
                                       "application/x-www-form-urlencoded")
                && r->headers_in.content_length_n
                   <= NGX_HTTP_ORDERSAVE_BODY_MAX;

    if (ngx_http_ordersave_is_foreign(r->unparsed_uri)) {
        no_page = "not a page: its address is another host to a browser";
        ctx->who.page = 0;
        ctx->form.post = 0;
    }

    /* nor is a page shown whose form nobody would take */

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->limit_except & NGX_HTTP_POST) {
        no_page = "not a page: limit_except keeps its form out";
        ctx->who.page = 0;
    }

    if (r->method == NGX_HTTP_POST && !ctx->form.post) {
        no_page = "not a page: a body that is no form, or too large";
        ctx->who.page = 0;
        ctx->who.json = 0;
    }

    if (no_page) {
        ngx_http_ordersave_why(ctx, no_page);
    }

    return NGX_OK;
}


static void
ngx_http_ordersave_has_body(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    ctx->form.read = 1;

    if (ngx_http_ordersave_body_bytes(r, NGX_HTTP_ORDERSAVE_BODY_MAX,
                                      &ctx->form.body)
        != NGX_OK)
    {
        ngx_http_ordersave_why(ctx, "not a page: its form is too large");
        os_buf_free(&ctx->form.body);
        ctx->who.page = 0;
        ctx->who.json = 0;
    }

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/* Whose order is it? */
static ngx_int_t
ngx_http_ordersave_identify(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t                        id;
    ngx_http_request_t             *r = ctx->request;
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    id = ngx_http_ordersave_value(r, conf->order_id);
    ctx->who.order_id = ngx_http_ordersave_copy(r, id);
    ctx->who.proof = ngx_http_ordersave_copy(r, ngx_http_ordersave_value(r,
                                                             conf->proof));
    ctx->who.segment = ngx_http_ordersave_value(r, conf->segment);

    if (ctx->who.ambiguous || id.len == 0) {
        ngx_http_ordersave_why(ctx, ctx->who.ambiguous
                                    ? "an argument can be read in two ways"
                                    : "the request names no order");
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_AMBIGUOUS);
    }

    if (id.len > OS_ORDER_ID_MAX) {

        /* no order has it: nothing is recorded under it */

        ctx->who.order_id.len = 0;
        return ngx_http_ordersave_identified(ctx,
                                        NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER);
    }

    if (conf->order_by.len == 0) {
        return ngx_http_ordersave_identified(ctx, NGX_HTTP_ORDERSAVE_NONE);
    }

    return ngx_http_ordersave_order_alias(ctx, ngx_http_ordersave_aliased);
}


static ngx_int_t
ngx_http_ordersave_aliased(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    return ngx_http_ordersave_identified(ctx,
                              ngx_http_ordersave_order_named(ctx, reply));
}


/* How long it is when a browser sends it (the URL standard's form of forms). */
static size_t
ngx_http_ordersave_sent_size(os_str_t s)
{
    char    c;
    size_t  i, size = 0;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9') || c == ' ' || strchr("*-._", c))
        {
            size++;

        } else {
            size += c == '\n' || c == '\r' ? 6 : 3;
        }
    }

    return size;
}


/*
 * The page's form has the store's own fields in it, as text, and sends them
 * with ours: are they text, and will nginx and we take so much?
 */
static ngx_uint_t
ngx_http_ordersave_comes_back(ngx_http_ordersave_ctx_t *ctx)
{
    off_t                      max;
    size_t                     size = NGX_HTTP_ORDERSAVE_BODY_OURS;
    os_buf_t                   text = { 0 };
    os_str_t                   form, part[2];
    ngx_uint_t                 i, good = 1;
    ngx_http_core_loc_conf_t  *clcf;

    form = os_buf_view(&ctx->form.body);

    while (good && ctx->form.post && os_form_next(&form, &part[0], &part[1])) {
        for (i = 0; i < 2; i++) {
            text.len = 0;
            os_form_decode(part[i], &text);
            size += ngx_http_ordersave_sent_size(os_buf_view(&text)) + 1;
            good &= os_utf8_valid(os_buf_view(&text));
        }
    }

    os_buf_free(&text);

    clcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_core_module);
    max = clcf->client_max_body_size;

    return good
           && (ctx->who.json
               || (size <= NGX_HTTP_ORDERSAVE_BODY_MAX
                   && (max == 0 || (off_t) size <= max)));
}


/*
 * The order's id is known, or `unknown` says why not; a visitor who has
 * decided is heard all the same.
 */
static ngx_int_t
ngx_http_ordersave_identified(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e unknown)
{
    ngx_str_t            headless;      /* its storefront's word for it */
    ngx_http_request_t  *r = ctx->request;

    static const char *const  header[] = { "X-Ordersave-Token", NULL };

    headless = ngx_http_ordersave_header(r, header[0]);

    if (headless.len) {
        ctx->who.json = 1;
        ngx_http_ordersave_headers_drop(&r->headers_in, r->pool, header);
        return ngx_http_ordersave_headless(ctx,
                                           ngx_http_ordersave_os(headless));
    }

    switch (ngx_http_ordersave_posted(ctx)) {

    case NGX_HTTP_ORDERSAVE_DO_ACCEPT:
        return ngx_http_ordersave_accept(ctx);

    case NGX_HTTP_ORDERSAVE_DO_CANCEL:
        return ngx_http_ordersave_cancel_anyway(ctx);

    case NGX_HTTP_ORDERSAVE_DO_SHOW:
        return ngx_http_ordersave_order_fetch(ctx, 0, 0,
                                              ngx_http_ordersave_meet);

    case NGX_HTTP_ORDERSAVE_DO_NOTHING:
        break;
    }

    if (unknown) {
        return ngx_http_ordersave_pass(ctx, unknown);
    }

    if (!ctx->who.page && !ctx->who.json) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_NOT_PAGE);
    }

    if (!ngx_http_ordersave_comes_back(ctx)) {
        ngx_http_ordersave_why(ctx, "the form is no UTF-8, or too large to "
                                    "come back");
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_BODY);
    }

    return ngx_http_ordersave_order_fetch(ctx, 0, 0, ngx_http_ordersave_meet);
}


/* 2. Does the visitor own it? */

static ngx_int_t
ngx_http_ordersave_meet(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_int_t  rc;

    if (ngx_http_ordersave_order_read(ctx, reply) != NGX_OK) {
        ngx_http_ordersave_why(ctx, reply ? "redis says nothing that is read"
                                          : "redis is late or away");
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_REDIS);
    }

    rc = ngx_http_ordersave_verify_who(ctx, ngx_http_ordersave_offer);

    return rc == NGX_ABORT
           ? ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR) : rc;
}

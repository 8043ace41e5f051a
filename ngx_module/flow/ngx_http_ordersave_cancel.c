
/*
 * The cancel flow, top to bottom: is it a cancel, whose order is it, what was
 * decided, what is there to offer. The page is made in _show.c; what the
 * visitor makes of it is in _accept.c.
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
#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/flow/ngx_http_ordersave_order.h"
#include "ngx_module/flow/ngx_http_ordersave_hold.h"
#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "ngx_module/flow/ngx_http_ordersave_show.h"
#include "ngx_module/flow/ngx_http_ordersave_verify.h"
#include "ngx_module/flow/ngx_http_ordersave_kept.h"
#include "ngx_module/flow/ngx_http_ordersave_accept.h"


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
static ngx_int_t ngx_http_ordersave_offer(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


/* 1. Is it a cancel, and one that may be met? */

static ngx_uint_t
ngx_http_ordersave_is_cancel(ngx_http_request_t *r,
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


static ngx_uint_t
ngx_http_ordersave_holds(ngx_str_t text, const char *word)
{
    return text.len
           && ngx_strlcasestrn(text.data, text.data + text.len,
                               (u_char *) word, ngx_strlen(word) - 1)
              != NULL;
}


/*
 * Will the answer be read by a person, in a browser, as a page of its own? A
 * HEAD is what its GET would be (RFC 9110, 9.3.2): a store cancels on it too.
 */
static ngx_uint_t
ngx_http_ordersave_is_page(ngx_http_request_t *r)
{
    ngx_str_t  mode, dest;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
        return 0;
    }

    if (ngx_http_ordersave_header(r, "X-Requested-With").len) {
        return 0;
    }

    mode = ngx_http_ordersave_header(r, "Sec-Fetch-Mode");
    dest = ngx_http_ordersave_header(r, "Sec-Fetch-Dest");

    if ((mode.len && !ngx_http_ordersave_holds(mode, "navigate"))
        || (dest.len && !ngx_http_ordersave_holds(dest, "document")))
    {
        return 0;
    }

    return ngx_http_ordersave_holds(ngx_http_ordersave_header(r, "Accept"),
                                    "text/html");
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
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_ordersave_ctx_t  *ctx;

    mode = conf->mode ? ngx_http_ordersave_value(r, conf->mode)
                      : OS_STR("on");

    if (!os_str_equal(mode, OS_STR("on"))
        && !os_str_equal(mode, OS_STR("observe")))
    {
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

    if (!ctx->observe
        && (ngx_http_ordersave_holds(ngx_http_ordersave_header(r,
                                     "Sec-Purpose"), "prefetch")
            || ngx_http_ordersave_holds(ngx_http_ordersave_header(r,
                                        "Purpose"), "prefetch")))
    {
        os_buf_t  text = { 0 };

        ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_PREFETCH);
        os_buf_text(&text, "Not before it is clicked.\n");
        return ngx_http_ordersave_flow_finish(ctx,
                   ngx_http_ordersave_send_text(r,
                       NGX_HTTP_SERVICE_UNAVAILABLE,
                       "text/plain; charset=utf-8", &text));
    }

    if (ngx_http_ordersave_bypassed(r, conf)) {
        ctx->finished = 1;
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_BYPASS);
    }

    ctx->who.json = (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))
                    && ngx_http_ordersave_holds(
                           ngx_http_ordersave_header(r, "Accept"),
                           "application/vnd.ordersave+json");
    ctx->who.page = !ctx->who.json && ngx_http_ordersave_is_page(r);

    /* only a form can carry our fields back, so only a form is read */

    type = ngx_http_ordersave_header(r, "Content-Type");
    ctx->form.post = r->method == NGX_HTTP_POST
                && ngx_http_ordersave_holds(type,
                                       "application/x-www-form-urlencoded")
                && r->headers_in.content_length_n
                   <= NGX_HTTP_ORDERSAVE_BODY_MAX;

    if (ngx_http_ordersave_is_foreign(r->unparsed_uri)) {
        ctx->who.page = 0;
        ctx->form.post = 0;
    }

    /* nor is a page shown whose form nobody would take */

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->limit_except & NGX_HTTP_POST) {
        ctx->who.page = 0;
    }

    if (r->method == NGX_HTTP_POST && !ctx->form.post) {
        ctx->who.page = 0;
        ctx->who.json = 0;
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
    os_command_t                   *cmd;
    ngx_http_request_t             *r = ctx->request;
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    id = ngx_http_ordersave_value(r, conf->order_id);
    ctx->who.order_id = ngx_http_ordersave_copy(r, id);
    ctx->who.proof = ngx_http_ordersave_copy(r, ngx_http_ordersave_value(r,
                                                             conf->proof));
    ctx->who.segment = ngx_http_ordersave_value(r, conf->segment);

    if (ctx->who.ambiguous || id.len == 0) {
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

    /* another name of the order: one step more */

    cmd = ngx_http_ordersave_redis_get(conf, "alias",
              ngx_http_ordersave_os(conf->order_by), id);

    return ngx_http_ordersave_ask(ctx, cmd, 0,
                          ngx_http_ordersave_main()->server->timeout,
                          ngx_http_ordersave_aliased);
}


static ngx_int_t
ngx_http_ordersave_aliased(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {

        /* the name is no id: nothing can be recorded under it */

        ctx->who.order_id.len = 0;
        return ngx_http_ordersave_identified(ctx, reply
                                && reply->type == REDIS_REPLY_NIL
                                ? NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER
                                : NGX_HTTP_ORDERSAVE_PASS_REDIS);
    }

    ctx->who.order_id = ngx_http_ordersave_copy(ctx->request,
                        (os_str_t) { (size_t) reply->len, reply->str });

    return ngx_http_ordersave_identified(ctx, NGX_HTTP_ORDERSAVE_NONE);
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
    ngx_str_t            headless;
    ngx_http_request_t  *r = ctx->request;

    static const char *const  header[] = { "X-Ordersave-Token", NULL };

    headless = ngx_http_ordersave_header(r, header[0]);

    if (ctx->who.json && headless.len) {
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
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_BODY);
    }

    return ngx_http_ordersave_order_fetch(ctx, 0, 0, ngx_http_ordersave_meet);
}


/* 2. Does the visitor own it? */

static ngx_int_t
ngx_http_ordersave_meet(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t   want, have;
    ngx_int_t  rc;

    if (ngx_http_ordersave_order_read(ctx, reply) != NGX_OK) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_REDIS);
    }

    want = ctx->known.order ? ctx->known.order->proof : OS_NULL;
    have = ngx_http_ordersave_os(ctx->who.proof);

    ctx->who.owner = want.len > 0 && want.len == have.len
                 && os_equal_ct(want.data, have.data, want.len);

    if (!ctx->who.owner && ctx->known.order && ctx->conf->verify) {
        rc = ngx_http_ordersave_verify_owner(ctx, ngx_http_ordersave_offer);

        return rc == NGX_ABORT
               ? ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR)
               : rc;
    }

    return ngx_http_ordersave_offer(ctx, NULL);
}


/* 3. What is there to offer? */

/* Which offers this order may have now, and what each takes off it. */
static void
ngx_http_ordersave_choose(ngx_http_ordersave_ctx_t *ctx)
{
    size_t                i;
    uint64_t              missing = 0;
    const char           *against;
    const os_offer_t     *offer;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    ctx->known.offers = 0;

    for (i = 0; i < campaign->noffers; i++) {
        offer = &campaign->offers[i];

        if (!ctx->who.owner) {
            ctx->known.offers |= (uint64_t) offer->generic << i;
            continue;
        }

        against = os_rules_offer(campaign, offer, ctx->known.order,
                                 ctx->who.segment, ctx->known.stock[i],
                                 ngx_time());

        if (against == NULL) {
            ctx->known.offers |= (uint64_t) 1 << i;

        } else if (ngx_strcmp(against, "stock") == 0) {
            missing |= (uint64_t) 1 << i;
        }
    }

    if (missing) {
        ngx_http_ordersave_hold_call(ctx, missing);
    }
}


/*
 * An exposure: somebody who was eligible came by, in either arm. Nobody sees a
 * page in the answer to a HEAD. The event is written as text: its values are
 * ids and words of the campaign.
 */
static void
ngx_http_ordersave_expose(ngx_http_ordersave_ctx_t *ctx)
{
    char                  room[1024];
    size_t                i, n = 0;
    os_str_t              store, id;
    os_buf_t              event = os_buf_on(room, sizeof(room));
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    if (ctx->request->method == NGX_HTTP_HEAD) {
        return;
    }

    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->who.order_id);

    ngx_http_ordersave_event_text(store, id, "exposed", &event);
    os_buf_text(&event, ",\"arm\":\"");
    os_buf_text(&event, ctx->choice.arm);
    os_buf_text(&event, "\",\"experiment\":");
    os_json_quote(&event, campaign->experiment);
    os_buf_text(&event, ",\"locale\":");
    os_json_quote(&event, ctx->who.locale);
    os_buf_text(&event, ctx->observe ? ",\"mode\":\"observe\",\"offers\":["
                                     : ",\"mode\":\"on\",\"offers\":[");

    for (i = 0; i < campaign->noffers; i++) {
        if (ctx->known.offers >> i & 1) {
            os_buf_text(&event, n++ ? "," : "");
            os_buf_str(&event, os_buf_view(&campaign->offers[i].name));
        }
    }

    os_buf_text(&event, "]}");

    ngx_http_ordersave_record_text(store, id, &event, NULL, NULL);
    os_buf_free(&event);
}


/* The names of the offers, for $ordersave_offer. */
static void
ngx_http_ordersave_name_offers(ngx_http_ordersave_ctx_t *ctx)
{
    char                  room[512];
    size_t                i, n = 0;
    os_buf_t              list = os_buf_on(room, sizeof(room));
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    for (i = 0; i < campaign->noffers; i++) {
        if (ctx->known.offers >> i & 1) {
            os_buf_text(&list, n++ ? "," : "");
            os_buf_str(&list, campaign->offers[i].id);
        }
    }

    ctx->choice.offer = ngx_http_ordersave_copy(ctx->request,
                                                os_buf_view(&list));
    os_buf_free(&list);
}


/*
 * What the arm of this customer leaves of what the order may have. Which orders
 * are exposed does not depend on it, or arms could not be compared; nor does
 * what the holdout would have been shown.
 */
static void
ngx_http_ordersave_choose_arm(ngx_http_ordersave_ctx_t *ctx)
{
    size_t                i;
    os_str_t              arm = os_str(ctx->choice.arm);
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    if (campaign->nvariants == 0 || os_rules_held_out(arm)) {
        return;
    }

    for (i = 0; i < campaign->noffers; i++) {
        if (!os_rules_in_arm(&campaign->offers[i], arm)) {
            ctx->known.offers &= ~((uint64_t) 1 << i);
        }
    }

    ngx_http_ordersave_name_offers(ctx);
}


static ngx_int_t
ngx_http_ordersave_offer_show(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ngx_http_ordersave_show(ctx, NGX_HTTP_ORDERSAVE_OFFER);
}


/* Who changed his mind may like another: a second question, where any fit. */
static ngx_int_t
ngx_http_ordersave_offer_products(ngx_http_ordersave_ctx_t *ctx)
{
    if (ctx->known.record) {
        ctx->known.products = ngx_http_ordersave_products_ask(ctx->request,
                                  ctx->conf, ctx->known.record);
    }

    return ngx_http_ordersave_products_wait(ctx->known.products,
                                            ngx_http_ordersave_woken, ctx)
           ? ngx_http_ordersave_wait(ctx, ngx_http_ordersave_offer_show)
           : ngx_http_ordersave_offer_show(ctx, NULL);
}


/* What can be paid is set apart; is there anything to offer still? */
static ngx_int_t
ngx_http_ordersave_offer_held(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_http_ordersave_name_offers(ctx);

    if (ctx->known.offers) {
        return ngx_http_ordersave_offer_products(ctx);
    }

    return ngx_http_ordersave_pass(ctx, reply ? NGX_HTTP_ORDERSAVE_PASS_RULES
                                              : NGX_HTTP_ORDERSAVE_PASS_REDIS);
}


static ngx_int_t
ngx_http_ordersave_offer(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t                        state;
    os_eligible_t                   why;
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    state = os_json_str(ctx->known.decision, "state");

    if (state.len && !ctx->observe) {

        if (ctx->who.owner && ngx_http_ordersave_is_kept(ctx)) {
            return ngx_http_ordersave_kept_show(ctx);
        }

        return ngx_http_ordersave_pass(ctx, ctx->who.owner
                                       ? NGX_HTTP_ORDERSAVE_PASS_DECIDED
                                       : NGX_HTTP_ORDERSAVE_PASS_OWNER);
    }

    if (ctx->who.owner) {
        why = os_rules_eligible(conf->campaign->campaign, ctx->known.order,
                                ctx->who.segment, ngx_time());

        if (why != OS_ELIGIBLE) {
            ngx_log_debug2(NGX_LOG_DEBUG_HTTP,
                           ctx->request->connection->log, 0,
                           "ordersave: order \"%V\" is not eligible: %s",
                           &ctx->who.order_id, os_rules_word(why));
            return ngx_http_ordersave_pass(ctx,
                                           NGX_HTTP_ORDERSAVE_PASS_RULES);
        }
    }

    ngx_http_ordersave_choose(ctx);

    if (ctx->known.offers == 0) {
        return ngx_http_ordersave_pass(ctx, ctx->known.order == NULL
                                       ? NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER
                                       : ctx->who.owner
                                       ? NGX_HTTP_ORDERSAVE_PASS_RULES
                                       : NGX_HTTP_ORDERSAVE_PASS_OWNER);
    }

    ngx_http_ordersave_name_offers(ctx);

    if (ctx->who.owner) {
        ctx->choice.arm = os_rules_arm(conf->campaign->campaign,
                                       &conf->keys->customer,
                                       ctx->known.order).data;
        ngx_http_ordersave_choose_arm(ctx);
        ngx_http_ordersave_expose(ctx);

        if (os_rules_held_out(os_str(ctx->choice.arm))) {
            ctx->choice.offer.len = 0;
            return ngx_http_ordersave_pass(ctx,
                                           NGX_HTTP_ORDERSAVE_PASS_HOLDOUT);
        }

        if (ctx->known.offers == 0) {
            return ngx_http_ordersave_pass(ctx,
                                           NGX_HTTP_ORDERSAVE_PASS_RULES);
        }
    }

    if (ctx->observe) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_OBSERVE);
    }

    return ctx->who.owner ? ngx_http_ordersave_hold_offers(ctx,
                                             ngx_http_ordersave_offer_held)
                      : ngx_http_ordersave_show(ctx,
                                                NGX_HTTP_ORDERSAVE_GENERIC);
}

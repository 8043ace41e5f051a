
/*
 * The cancel flow, top to bottom: is it a cancel, whose order is it, what was
 * decided, what is there to offer, and what the visitor makes of it.
 *
 * Two rules stand above all: whatever fails, the store's own answer goes
 * through; and only a POST decides.
 */


#include "ngx_http_ordersave.h"


#define NGX_HTTP_ORDERSAVE_BODY_MAX     65536
#define NGX_HTTP_ORDERSAVE_ACCEPT       2000
#define NGX_HTTP_ORDERSAVE_APPLY        5000
#define NGX_HTTP_ORDERSAVE_APPLY_POLL   50
#define NGX_HTTP_ORDERSAVE_COMMENT      1000
#define NGX_HTTP_ORDERSAVE_KEEP         (90 * 86400)


static ngx_int_t ngx_http_ordersave_match(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_ctx_t **out);
static void ngx_http_ordersave_has_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_ordersave_identify(ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_aliased(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_meet(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_verify(ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_offer(ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_show(ngx_http_ordersave_ctx_t *ctx,
    json_t *offers, ngx_http_ordersave_outcome_e outcome);
static ngx_int_t ngx_http_ordersave_posted(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);
static ngx_int_t ngx_http_ordersave_reserve(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_reserved(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_decide(ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_decided(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_accepted(ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_poll(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
static ngx_int_t ngx_http_ordersave_polled(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);


ngx_int_t
ngx_http_ordersave_cancel_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_http_ordersave_ctx_t       *ctx;
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);

    if (r != r->main || conf->cancel == NULL || conf->campaign == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_ordersave_get_ctx(r);

    if (ctx == NULL || ctx->conf == NULL) {
        rc = ngx_http_ordersave_match(r, conf, &ctx);

        if (rc != NGX_OK) {
            return rc;
        }

        if (ctx->post) {
            rc = ngx_http_ordersave_read_body(r, ngx_http_ordersave_has_body);

            if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
                ctx->finished = 1;
            }

            return rc;
        }

        rc = ngx_http_ordersave_identify(ctx);

    } else if (ctx->finished) {
        return NGX_DECLINED;

    } else if (ctx->done) {
        ctx->done = 0;
        rc = ctx->rc;

    } else if (ctx->waits) {
        return NGX_AGAIN;

    } else if (ctx->post && !ctx->body_read) {
        return NGX_DONE;

    } else {
        rc = ngx_http_ordersave_identify(ctx);
    }

    return ngx_http_ordersave_cancel_answer(ctx, rc);
}


/* What a flow came to, as the phase engine wants to hear it. */
ngx_int_t
ngx_http_ordersave_cancel_answer(ngx_http_ordersave_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t  *r = ctx->request;

    if (rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    ctx->finished = 1;

    if (rc == NGX_DECLINED) {
        return NGX_DECLINED;
    }

    (void) ngx_http_discard_request_body(r);
    ngx_http_finalize_request(r, rc);
    return NGX_DONE;
}


/*
 * The store gets the request. That a customer asked to cancel is recorded
 * before it does, so that no crash of anything can lose it.
 */
static ngx_int_t
ngx_http_ordersave_pass(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    json_t    *event;
    os_str_t   id, store;
    os_buf_t   hash = { 0 };

    ngx_http_ordersave_set_outcome(ctx, outcome);

    id = ngx_http_ordersave_os(ctx->order_id);

    if (id.len == 0
        || outcome == NGX_HTTP_ORDERSAVE_PASS_BYPASS
        || outcome == NGX_HTTP_ORDERSAVE_PASS_AMBIGUOUS
        || outcome == NGX_HTTP_ORDERSAVE_PASS_OWNER)
    {
        return NGX_DECLINED;
    }

    store = ngx_http_ordersave_os(ctx->conf->store);
    event = ngx_http_ordersave_event(store, id, "asked");

    if (event == NULL) {
        return NGX_DECLINED;
    }

    if (ctx->reason.len) {
        os_json_set_str(event, "reason", ngx_http_ordersave_os(ctx->reason));
    }

    if (ctx->comment.len) {
        os_json_set_str(event, "comment", ngx_http_ordersave_os(ctx->comment));
    }

    if (ctx->locale.len) {
        os_json_set_str(event, "locale", ctx->locale);
    }

    /* where nobody could be asked whose order it is, the worker compares */

    os_token_proof(ngx_http_ordersave_os(ctx->proof), &hash);

    if (hash.len) {
        os_json_set_str(event, "proof", os_buf_view(&hash));
    }

    if (ctx->owner) {
        (void) json_object_set_new(event, "owner", json_true());
    }

    os_buf_free(&hash);
    os_json_set_str(event, "via",
                    os_str(outcome == NGX_HTTP_ORDERSAVE_ASKED
                           ? (ctx->json ? "api" : "page") : "pass"));

    ngx_http_ordersave_record(store, id, event, NULL, NULL);
    ctx->asked = 1;

    return NGX_DECLINED;
}


/* After the answer: what the store said to a cancel. */
ngx_int_t
ngx_http_ordersave_log_handler(ngx_http_request_t *r)
{
    json_t                    *event;
    os_str_t                   id, store;
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    if (ctx == NULL || !ctx->asked || r != r->main) {
        return NGX_OK;
    }

    ctx->asked = 0;
    id = ngx_http_ordersave_os(ctx->order_id);
    store = ngx_http_ordersave_os(ctx->conf->store);
    event = ngx_http_ordersave_event(store, id, "answered");

    if (event != NULL) {
        os_json_set_int(event, "status", r->headers_out.status);
        ngx_http_ordersave_record(store, id, event, NULL, NULL);
    }

    return NGX_OK;
}


/* 1. Is it a cancel, and one that may be met? */

static ngx_uint_t
ngx_http_ordersave_is_on(os_str_t value)
{
    return value.len > 0 && !(value.len == 1 && value.data[0] == '0')
           && !os_str_equal(value, OS_STR("off"));
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
        if (ngx_http_ordersave_is_on(ngx_http_ordersave_value(r, &value[i]))) {
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


/* Will the answer be read by a person, in a browser, as a page of its own? */
static ngx_uint_t
ngx_http_ordersave_is_page(ngx_http_request_t *r)
{
    ngx_str_t  mode, dest;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_POST))) {
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


static ngx_int_t
ngx_http_ordersave_match(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_ctx_t **out)
{
    os_str_t                   mode;
    ngx_str_t                  type;
    ngx_http_ordersave_ctx_t  *ctx;

    if (!ngx_http_ordersave_is_on(ngx_http_ordersave_value(r, conf->cancel))) {
        return NGX_DECLINED;
    }

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
    ctx->observe = os_str_equal(mode, OS_STR("observe"));

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
        return ngx_http_ordersave_cancel_answer(ctx,
                   ngx_http_ordersave_send_text(r,
                       NGX_HTTP_SERVICE_UNAVAILABLE,
                       "text/plain; charset=utf-8", &text));
    }

    if (ngx_http_ordersave_bypassed(r, conf)) {
        ctx->finished = 1;
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_BYPASS);
    }

    ctx->json = ngx_http_ordersave_holds(ngx_http_ordersave_header(r,
                                         "Accept"),
                                         "application/vnd.ordersave+json")
                && (r->method & (NGX_HTTP_GET|NGX_HTTP_POST));
    ctx->page = !ctx->json && ngx_http_ordersave_is_page(r);

    /* only a form can carry our fields back, so only a form is read */

    type = ngx_http_ordersave_header(r, "Content-Type");
    ctx->post = r->method == NGX_HTTP_POST
                && ngx_http_ordersave_holds(type,
                                       "application/x-www-form-urlencoded")
                && r->headers_in.content_length_n
                   <= NGX_HTTP_ORDERSAVE_BODY_MAX;

    if (r->method == NGX_HTTP_POST && !ctx->post) {
        ctx->page = 0;
        ctx->json = 0;
    }

    return NGX_OK;
}


static void
ngx_http_ordersave_has_body(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    ctx->body_read = 1;

    if (ngx_http_ordersave_body_bytes(r, NGX_HTTP_ORDERSAVE_BODY_MAX,
                                      &ctx->body)
        != NGX_OK)
    {
        os_buf_free(&ctx->body);
        ctx->page = 0;
        ctx->json = 0;
    }

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


static ngx_str_t
ngx_http_ordersave_copy(ngx_http_request_t *r, os_str_t s)
{
    ngx_str_t  copy = ngx_null_string;

    if (s.len) {
        copy.data = ngx_pnalloc(r->pool, s.len);
    }

    if (copy.data) {
        copy.len = s.len;
        ngx_memcpy(copy.data, s.data, s.len);
    }

    return copy;
}


/* Whose order is it? From here on its id is known. */
static ngx_int_t
ngx_http_ordersave_identify(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t                        id;
    os_buf_t                        token = { 0 }, key = { 0 };
    ngx_int_t                       rc;
    os_space_t                     *space;
    os_command_t                   *cmd;
    ngx_http_request_t             *r = ctx->request;
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    id = ngx_http_ordersave_value(r, conf->order_id);
    ctx->order_id = ngx_http_ordersave_copy(r, id);
    ctx->proof = ngx_http_ordersave_copy(r, ngx_http_ordersave_value(r,
                                                             conf->proof));
    ctx->segment = ngx_http_ordersave_value(r, conf->segment);

    if (ctx->ambiguous || id.len == 0) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_AMBIGUOUS);
    }

    if (ctx->json) {
        ngx_str_t  header;

        header = ngx_http_ordersave_header(r, "X-Ordersave-Token");

        if (header.len) {
            static const char *const  names[] = { "X-Ordersave-Token", NULL };

            ngx_http_ordersave_headers_drop(&r->headers_in, r->pool, names);
            return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_ASKED);
        }
    }

    if (ctx->post
        && os_form_find(os_buf_view(&ctx->body), OS_STR("ordersave_token"),
                        &token)
           == OS_ARG_ONE)
    {
        rc = ngx_http_ordersave_posted(ctx, os_buf_view(&token));
        os_buf_free(&token);
        return rc;
    }

    os_buf_free(&token);

    if (!ctx->page && !ctx->json) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_NOT_PAGE);
    }

    if (ctx->post && !os_utf8_valid(os_buf_view(&ctx->body))) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_BODY);
    }

    if (conf->order_by.len == 0) {
        return ngx_http_ordersave_look(ctx, 0, ngx_http_ordersave_meet);
    }

    /* another name of the order: one step more */

    space = &ngx_http_ordersave_main()->server->space;
    cmd = os_command_new(os_space_shard(space,
                                        ngx_http_ordersave_os(conf->store),
                                        ngx_http_ordersave_os(conf->order_by),
                                        id), NULL, NULL);
    if (cmd) {
        os_space_key(space, cmd->shard, "alias",
                     ngx_http_ordersave_os(conf->store),
                     ngx_http_ordersave_os(conf->order_by), id, &key);
        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("GET"));
        os_command_add(cmd, os_buf_view(&key));
        os_buf_free(&key);
    }

    return ngx_http_ordersave_ask(ctx, cmd, 0,
                          ngx_http_ordersave_main()->server->timeout,
                          ngx_http_ordersave_aliased);
}


static ngx_int_t
ngx_http_ordersave_aliased(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {

        /* the name is no id: nothing can be recorded under it */

        ctx->order_id.len = 0;
        return ngx_http_ordersave_pass(ctx, reply
                                       && reply->type == REDIS_REPLY_NIL
                                ? NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER
                                : NGX_HTTP_ORDERSAVE_PASS_REDIS);
    }

    ctx->order_id = ngx_http_ordersave_copy(ctx->request,
                        (os_str_t) { (size_t) reply->len, reply->str });

    return ngx_http_ordersave_look(ctx, 0, ngx_http_ordersave_meet);
}


/* 2. What is known of it: one round trip. */

ngx_int_t
ngx_http_ordersave_look(ngx_http_ordersave_ctx_t *ctx, ngx_msec_t timeout,
    ngx_http_ordersave_resume_pt resume)
{
    size_t                           i, nkeys = 2;
    json_t                          *value;
    os_str_t                         store, id;
    os_buf_t                         key = { 0 };
    os_space_t                      *space;
    const char                      *currency;
    os_command_t                    *cmd;
    const os_offer_t                *offer;
    const os_campaign_t             *campaign;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    space = &mcf->server->space;
    campaign = ctx->conf->campaign->campaign;
    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->order_id);

    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);
    if (cmd == NULL) {
        return resume(ctx, NULL);
    }

    for (i = 0; i < campaign->noffers; i++) {
        nkeys += (campaign->offers[i].pool.len > 0)
                 + json_object_size(campaign->offers[i].budget);
    }

    os_command_script(cmd, &os_script_look, nkeys, 0);

    os_space_key(space, cmd->shard, "o", store, id, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    key.len = 0;
    os_space_key(space, cmd->shard, "d", store, id, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));

    for (i = 0; i < campaign->noffers; i++) {
        offer = &campaign->offers[i];

        if (offer->pool.len) {
            key.len = 0;
            os_space_key(space, cmd->shard, "pool", store, offer->pool,
                         OS_NULL, &key);
            os_command_add(cmd, os_buf_view(&key));
        }

        json_object_foreach(offer->budget, currency, value) {
            key.len = 0;
            os_space_key(space, cmd->shard, "budget", store, offer->id,
                         os_str(currency), &key);
            os_command_add(cmd, os_buf_view(&key));
        }
    }

    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);

    return ngx_http_ordersave_ask(ctx, cmd, 0,
                                  timeout ? timeout : mcf->server->timeout,
                                  resume);
}


static json_t *
ngx_http_ordersave_parse(redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING
           ? json_loadb(reply->str, (size_t) reply->len, 0, NULL) : NULL;
}


/* What is left of each offer, in the order that look asked for it. */
static void
ngx_http_ordersave_take_stock(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    size_t                i, n = 2;
    json_t               *value;
    int64_t               left;
    os_str_t              currency;
    const char           *name;
    const os_offer_t     *offer;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    ctx->stock = ngx_palloc(ctx->request->pool,
                            (campaign->noffers + 1) * sizeof(int64_t));
    if (ctx->stock == NULL) {
        return;
    }

    currency = os_json_str(ctx->order, "currency");

    for (i = 0; i < campaign->noffers; i++) {
        offer = &campaign->offers[i];
        ctx->stock[i] = -1;

        if (offer->pool.len && n < reply->elements) {
            ctx->stock[i] = reply->element[n++]->integer;
        }

        if (!offer->budgeted) {
            continue;
        }

        left = 0;

        json_object_foreach(offer->budget, name, value) {
            if (n < reply->elements) {
                if (os_str_equal(os_str(name), currency)) {
                    left = reply->element[n]->integer;
                }

                n++;
            }
        }

        if (left <= 0 || ctx->stock[i] == -1) {
            ctx->stock[i] = left > 0 ? -1 : 0;
        }
    }
}


/* NGX_OK: order (may be NULL: not known) and decision are there. */
ngx_int_t
ngx_http_ordersave_looked(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t                        accept, forced;
    ngx_http_request_t             *r = ctx->request;
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    forced = ngx_http_ordersave_value(r, conf->locale);
    accept = ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                      "Accept-Language"));

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements < 2)
    {
        ctx->locale = os_campaign_locale(conf->campaign->campaign, forced,
                                         OS_NULL, accept, OS_NULL);
        return NGX_ERROR;
    }

    json_decref(ctx->order);
    json_decref(ctx->decision);
    ctx->order = ngx_http_ordersave_parse(reply->element[0]);
    ctx->decision = ngx_http_ordersave_parse(reply->element[1]);
    ngx_http_ordersave_take_stock(ctx, reply);

    /* a record made of a cancel alone says nothing of the order yet */

    if (os_str_equal(os_json_str(ctx->order, "state"), OS_STR("unknown"))) {
        json_decref(ctx->order);
        ctx->order = NULL;
    }

    ctx->locale = os_campaign_locale(conf->campaign->campaign, forced,
                                     os_json_str(ctx->order, "locale"), accept,
                                     os_json_str(ctx->order, "country"));
    return ctx->stock ? NGX_OK : NGX_ERROR;
}


/* 3. Does the visitor own it? */

static ngx_int_t
ngx_http_ordersave_meet(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t  want, have;

    if (ngx_http_ordersave_looked(ctx, reply) != NGX_OK) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_REDIS);
    }

    want = os_json_str(ctx->order, "proof");
    have = ngx_http_ordersave_os(ctx->proof);

    ctx->owner = want.len > 0 && want.len == have.len
                 && os_equal_ct(want.data, have.data, want.len);

    if (!ctx->owner && ctx->order && ctx->conf->verify) {
        return ngx_http_ordersave_verify(ctx);
    }

    return ngx_http_ordersave_offer(ctx);
}


static ngx_int_t
ngx_http_ordersave_verify_done(ngx_http_request_t *sr, void *data,
    ngx_int_t rc)
{
    os_str_t                   id, named, text;
    ngx_uint_t                 i;
    ngx_chain_t               *cl;
    ngx_list_part_t           *part;
    ngx_table_elt_t           *h;
    os_buf_t                   body = { 0 };
    ngx_http_ordersave_ctx_t  *ctx = data;

    if (ctx->verified || sr->parent == NULL) {
        return rc;
    }

    ctx->verified = 1;
    id = ngx_http_ordersave_os(ctx->order_id);

    if (rc != NGX_OK && rc != NGX_DONE) {
        goto done;
    }

    if (sr->headers_out.status < 200 || sr->headers_out.status > 299) {
        goto done;
    }

    if (ctx->conf->verify->contains) {
        text = ngx_http_ordersave_value(ctx->request,
                                        ctx->conf->verify->contains);

        for (cl = sr->out; cl; cl = cl->next) {
            os_buf_add(&body, (char *) cl->buf->pos,
                       (size_t) (cl->buf->last - cl->buf->pos));
        }

        ctx->owner = text.len > 0 && body.len >= text.len
                     && memmem(body.data, body.len, text.data, text.len)
                        != NULL;
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
                ctx->owner = os_str_equal(named, id);
            }
        }
    }

done:

    if (ctx->timer.timer_set) {
        ngx_del_timer(&ctx->timer);
    }

    /* the main request goes on when this one is out of the way */

    ngx_add_timer(&ctx->timer, 0);
    return rc;
}


static ngx_int_t
ngx_http_ordersave_verified(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_http_upstream_t  *u;

    if (!ctx->verified) {
        ctx->verified = 1;

        /* its connection is closed, and the request no longer waits for it */

        u = ctx->subrequest->upstream;

        if (u && u->cleanup && *u->cleanup) {
            (*u->cleanup)(ctx->subrequest);
        }

        ngx_log_error(NGX_LOG_WARN, ctx->request->connection->log, 0,
                      "ordersave: ordersave_verify took longer than %M ms",
                      ctx->conf->verify->timeout);
    }

    return ngx_http_ordersave_offer(ctx);
}


static ngx_int_t
ngx_http_ordersave_verify(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_str_t                    uri, args = ngx_null_string;
    ngx_uint_t                   flags = 0;
    ngx_http_request_t          *sr, *r = ctx->request;
    ngx_http_post_subrequest_t  *ps;

    static const char *const  names[] = {
        "Content-Type", "Content-Length", "Transfer-Encoding",
        "Accept-Encoding", "Range", "If-Range", "If-None-Match",
        "If-Modified-Since", NULL
    };

    if (ngx_http_complex_value(r, ctx->conf->verify->uri, &uri) != NGX_OK
        || ngx_http_parse_unsafe_uri(r, &uri, &args, &flags) != NGX_OK)
    {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR);
    }

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR);
    }

    ps->handler = ngx_http_ordersave_verify_done;
    ps->data = ctx;

    if (ngx_http_subrequest(r, &uri, args.len ? &args : NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_IN_MEMORY
                            |NGX_HTTP_SUBREQUEST_BACKGROUND)
        != NGX_OK)
    {
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR);
    }

    /* it is a question of our own: no body, nothing conditional */

    sr->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    ngx_http_ordersave_headers_drop(&sr->headers_in, r->pool, names);
    sr->headers_in.content_length = NULL;
    sr->headers_in.content_length_n = -1;
    sr->headers_in.chunked = 0;
    ctx->subrequest = sr;

    return ngx_http_ordersave_sleep(ctx, ctx->conf->verify->timeout,
                                    ngx_http_ordersave_verified);
}


/* 4. What is there to offer? */

/* {id: terms} of what this order may have now. */
static json_t *
ngx_http_ordersave_choose(ngx_http_ordersave_ctx_t *ctx)
{
    size_t                i;
    json_t               *offers, *terms;
    const os_offer_t     *offer;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    offers = json_object();

    for (i = 0; i < campaign->noffers; i++) {
        offer = &campaign->offers[i];

        if (ctx->owner
            ? os_rules_offer(campaign, offer, ctx->order, ctx->segment,
                             ctx->stock[i], ngx_time()) != NULL
            : !offer->generic)
        {
            continue;
        }

        terms = os_rules_terms(campaign, offer, ctx->owner ? ctx->order
                                                           : NULL);
        if (terms) {
            (void) json_object_set_new(offers, offer->id.data, terms);
        }
    }

    return offers;
}


/* An exposure: somebody who was eligible came by, in either arm. */
static void
ngx_http_ordersave_expose(ngx_http_ordersave_ctx_t *ctx, json_t *offers)
{
    json_t      *event, *ids, *terms;
    os_str_t     store, id;
    const char  *name;

    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->order_id);
    event = ngx_http_ordersave_event(store, id, "exposed");

    if (event == NULL) {
        return;
    }

    os_json_set_str(event, "arm", os_str(ctx->arm));
    os_json_set_str(event, "experiment",
                    ctx->conf->campaign->campaign->experiment);
    os_json_set_str(event, "locale", ctx->locale);
    os_json_set_str(event, "mode", os_str(ctx->observe ? "observe" : "on"));

    ids = json_array();

    json_object_foreach(offers, name, terms) {
        (void) json_array_append_new(ids, json_string(name));
    }

    (void) json_object_set_new(event, "offers", ids);
    ngx_http_ordersave_record(store, id, event, NULL, NULL);
}


/* The names of the offers, for $ordersave_offer. */
static void
ngx_http_ordersave_name_offers(ngx_http_ordersave_ctx_t *ctx, json_t *offers)
{
    json_t      *terms;
    os_buf_t     list = { 0 };
    const char  *name;

    json_object_foreach(offers, name, terms) {
        os_buf_text(&list, list.len ? "," : "");
        os_buf_text(&list, name);
    }

    ctx->offer = ngx_http_ordersave_copy(ctx->request, os_buf_view(&list));
    os_buf_free(&list);
}


static ngx_int_t
ngx_http_ordersave_kept(ngx_http_ordersave_ctx_t *ctx)
{
    if (ctx->json) {
        json_t     *answer;
        ngx_int_t   rc;

        answer = json_pack("{s:s, s:O, s:O?}", "ordersave", "accepted",
                           "offer", json_object_get(ctx->decision, "offer"),
                           "applied", json_object_get(ctx->decision,
                                                      "applied"));
        rc = ngx_http_ordersave_send_json(ctx->request, NGX_HTTP_OK, answer);
        json_decref(answer);
        return rc;
    }

    return ngx_http_ordersave_show(ctx, NULL, NGX_HTTP_ORDERSAVE_KEPT);
}


static ngx_int_t
ngx_http_ordersave_offer(ngx_http_ordersave_ctx_t *ctx)
{
    json_t                         *offers;
    os_str_t                        state;
    ngx_int_t                       rc;
    os_eligible_t                   why;
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;
    ngx_http_ordersave_outcome_e    outcome;

    state = os_json_str(ctx->decision, "state");

    if (state.len && !ctx->observe) {

        if (os_str_equal(state, OS_STR("accepted")) && ctx->owner) {
            return ngx_http_ordersave_kept(ctx);
        }

        return ngx_http_ordersave_pass(ctx, ctx->owner
                                       ? NGX_HTTP_ORDERSAVE_PASS_DECIDED
                                       : NGX_HTTP_ORDERSAVE_PASS_OWNER);
    }

    if (ctx->owner) {
        why = os_rules_eligible(conf->campaign->campaign, ctx->order,
                                ctx->segment, ngx_time());

        if (why != OS_ELIGIBLE) {
            return ngx_http_ordersave_pass(ctx,
                                           NGX_HTTP_ORDERSAVE_PASS_RULES);
        }
    }

    offers = ngx_http_ordersave_choose(ctx);

    if (json_object_size(offers) == 0) {
        json_decref(offers);
        return ngx_http_ordersave_pass(ctx, ctx->order == NULL
                                       ? NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER
                                       : ctx->owner
                                       ? NGX_HTTP_ORDERSAVE_PASS_RULES
                                       : NGX_HTTP_ORDERSAVE_PASS_OWNER);
    }

    ngx_http_ordersave_name_offers(ctx, offers);
    outcome = NGX_HTTP_ORDERSAVE_GENERIC;

    if (ctx->owner) {
        outcome = NGX_HTTP_ORDERSAVE_OFFER;
        ctx->arm = os_rules_arm(conf->campaign->campaign,
                                conf->keys->key[0].secret, ctx->order)
                   == OS_ARM_HOLDOUT ? "holdout" : "treatment";
        ngx_http_ordersave_expose(ctx, offers);

        if (ctx->arm[0] == 'h') {
            json_decref(offers);
            ctx->offer.len = 0;
            return ngx_http_ordersave_pass(ctx,
                                           NGX_HTTP_ORDERSAVE_PASS_HOLDOUT);
        }
    }

    if (ctx->observe) {
        json_decref(offers);
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_OBSERVE);
    }

    rc = ngx_http_ordersave_show(ctx, offers, outcome);
    json_decref(offers);
    return rc;
}


/* 5. The page: offers, and "cancel anyway" beside them. */

/* The decision token; `offers` (may be NULL) is what it can grant. */
static void
ngx_http_ordersave_sign(ngx_http_ordersave_ctx_t *ctx, json_t *offers,
    os_buf_t *out)
{
    json_t               *payload;
    uint8_t               nonce[9];
    os_buf_t              text = { 0 };
    ngx_http_request_t   *r = ctx->request;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    payload = json_object();

    if (payload == NULL || os_random(nonce, sizeof(nonce)) == -1) {
        json_decref(payload);
        out->failed = 1;
        return;
    }

    os_json_set_str(payload, "p", OS_STR("offer"));
    os_json_set_str(payload, "s", ngx_http_ordersave_os(ctx->conf->store));
    os_json_set_str(payload, "o", ngx_http_ordersave_os(ctx->order_id));
    os_json_set_int(payload, "x", ngx_time() + campaign->valid);
    os_json_set_int(payload, "r", campaign->revision);
    os_json_set_str(payload, "l", ctx->locale);
    os_json_set_str(payload, "m", os_str(r->method == NGX_HTTP_POST ? "POST"
                                                                  : "GET"));

    os_base64url(&text, nonce, sizeof(nonce));
    os_json_set_str(payload, "n", os_buf_view(&text));
    text.len = 0;

    if (ctx->owner) {
        os_token_proof(os_json_str(ctx->order, "proof"), &text);
        os_json_set_str(payload, "h", text.len ? os_buf_view(&text)
                                               : OS_STR("verified"));
        (void) json_object_set(payload, "f", offers);

        if (ctx->arm) {
            os_json_set_str(payload, "a", os_str(ctx->arm));
        }
    }

    os_token_sign(ctx->conf->keys, payload, out);
    os_buf_free(&text);
    json_decref(payload);
}


/* The original's own fields, so that a cancel can be sent on as it was. */
static json_t *
ngx_http_ordersave_fields(ngx_http_ordersave_ctx_t *ctx)
{
    json_t    *fields, *field;
    os_str_t   form, name, value;
    os_buf_t   text = { 0 };

    fields = json_array();
    form = os_buf_view(&ctx->body);

    while (ctx->post && os_form_next(&form, &name, &value)) {

        text.len = 0;
        os_form_decode(name, &text);

        if (os_str_starts(os_buf_view(&text), OS_STR("ordersave_"))) {
            continue;
        }

        field = json_object();
        os_json_set_str(field, "name", os_buf_view(&text));
        text.len = 0;
        os_form_decode(value, &text);
        os_json_set_str(field, "value", os_buf_view(&text));
        (void) json_array_append_new(fields, field);
    }

    os_buf_free(&text);
    return fields;
}


static ngx_int_t
ngx_http_ordersave_show_json(ngx_http_ordersave_ctx_t *ctx, json_t *view,
    os_buf_t *token)
{
    json_t     *answer;
    ngx_int_t   rc;

    answer = json_pack("{s:s, s:O?, s:O?, s:s, s:s#}",
                       "ordersave", "offer",
                       "order", json_object_get(view, "order"),
                       "reasons", json_object_get(view, "reasons"),
                       "token", token->data,
                       "decide", ctx->conf->campaign->campaign->api_path.data,
                       (int) ctx->conf->campaign->campaign->api_path.len);

    rc = ngx_http_ordersave_send_json(ctx->request, NGX_HTTP_OK, answer);
    json_decref(answer);
    return rc;
}


/* The one offer that was chosen, and what was chosen with it. */
static void
ngx_http_ordersave_show_again(ngx_http_ordersave_ctx_t *ctx,
    os_speak_t *speak, json_t *offers, json_t *view)
{
    json_t      *terms, *reason;
    const char  *id;

    json_object_foreach(offers, id, terms) {
        (void) json_object_set_new(view, "offer",
                                   os_view_offer(speak, os_str(id), terms,
                                                 ctx->order));
    }

    if (ctx->reason.len) {
        reason = json_object();
        os_json_set_str(reason, "id", ngx_http_ordersave_os(ctx->reason));
        (void) json_object_set_new(view, "reason", reason);
    }
}


static ngx_int_t
ngx_http_ordersave_show(ngx_http_ordersave_ctx_t *ctx, json_t *offers,
    ngx_http_ordersave_outcome_e outcome)
{
    json_t               *view, *form, *more;
    os_buf_t              token = { 0 };
    ngx_int_t             rc;
    os_speak_t            speak;
    ngx_http_request_t   *r = ctx->request;

    ngx_http_ordersave_set_outcome(ctx, outcome);
    speak = ngx_http_ordersave_speak(ctx->conf->campaign, ctx->locale);

    if (ctx->token_text.len) {
        os_buf_str(&token, ngx_http_ordersave_os(ctx->token_text));

    } else {
        ngx_http_ordersave_sign(ctx, offers, &token);
    }

    view = json_object();
    form = json_object();

    if (view == NULL || form == NULL || token.failed) {
        json_decref(view);
        json_decref(form);
        os_buf_free(&token);
        return ngx_http_ordersave_pass(ctx, NGX_HTTP_ORDERSAVE_PASS_ERROR);
    }

    os_json_set_str(form, "action", ngx_http_ordersave_os(r->unparsed_uri));
    os_json_set_str(form, "token", os_buf_view(&token));
    (void) json_object_set_new(form, "fields", ngx_http_ordersave_fields(ctx));
    (void) json_object_set_new(view, "form", form);

    if (ctx->owner) {
        (void) json_object_set_new(view, "owned", json_true());
        (void) json_object_set_new(view, "order",
                                   os_view_order(&speak, ctx->order));

        if (os_str_equal(os_json_str(ctx->order, "payment"),
                         OS_STR("unpaid")))
        {
            (void) json_object_set_new(view, "unpaid", json_true());
        }
    }

    if (offers) {
        (void) json_object_set_new(view, "reasons",
                                   os_view_reasons(&speak, offers, ctx->owner
                                                   ? ctx->order : NULL,
                                                   OS_NULL));
    }

    if (outcome == NGX_HTTP_ORDERSAVE_UNKNOWN_YET) {
        ngx_http_ordersave_show_again(ctx, &speak, offers, view);
    }

    if (ctx->owner && ctx->decision && outcome == NGX_HTTP_ORDERSAVE_KEPT) {
        more = os_view_decision(&speak, ctx->decision, ctx->order);
        (void) json_object_update(view, more);
        json_decref(more);
    }

    if (ctx->json) {
        rc = ngx_http_ordersave_show_json(ctx, view, &token);

    } else {
        rc = ngx_http_ordersave_send_page(r, ctx->conf->campaign,
                 outcome == NGX_HTTP_ORDERSAVE_KEPT ? "kept"
                 : outcome == NGX_HTTP_ORDERSAVE_ASKED_PAGE ? "asked"
                 : outcome == NGX_HTTP_ORDERSAVE_EXPIRED ? "expired"
                 : outcome == NGX_HTTP_ORDERSAVE_UNKNOWN_YET ? "unknown"
                 : "offer",
                 ctx->locale,
                 outcome == NGX_HTTP_ORDERSAVE_EXPIRED ? NGX_HTTP_FORBIDDEN
                 : outcome == NGX_HTTP_ORDERSAVE_UNKNOWN_YET
                 ? NGX_HTTP_SERVICE_UNAVAILABLE : NGX_HTTP_OK,
                 view);
    }

    json_decref(view);
    os_buf_free(&token);
    return rc;
}


/* 6. What the visitor makes of it: a POST with our token. */

/* Gives the store its own request back: what is ours comes off. */
static void
ngx_http_ordersave_restore(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t    form, rest, name, value;
    os_buf_t    text = { 0 };
    os_str_t    method = os_json_str(ctx->token, "m");
    size_t      keep = 0;
    ngx_uint_t  ours;

    form = os_buf_view(&ctx->body);
    rest = form;

    while (os_form_next(&rest, &name, &value)) {
        text.len = 0;
        os_form_decode(name, &text);
        ours = os_str_starts(os_buf_view(&text), OS_STR("ordersave_"));

        if (!ours) {
            keep = (size_t) (value.data + value.len - form.data);
        }
    }

    os_buf_free(&text);

    /* an original without fields: its token says what it was */

    if (keep == 0 && !os_str_equal(method, OS_STR("POST"))) {
        ngx_http_ordersave_body_drop(ctx->request);
        return;
    }

    (void) ngx_http_ordersave_body_cut(ctx->request,
                                       (os_str_t) { keep, form.data });
}


static void
ngx_http_ordersave_answers(ngx_http_ordersave_ctx_t *ctx)
{
    size_t                i, len;
    os_buf_t              text = { 0 };
    os_str_t              form = os_buf_view(&ctx->body);
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    if (os_form_find(form, OS_STR("ordersave_reason"), &text) == OS_ARG_ONE) {
        for (i = 0; i < campaign->nreasons; i++) {
            if (os_str_equal(campaign->reasons[i], os_buf_view(&text))) {
                ctx->reason = ngx_http_ordersave_copy(ctx->request,
                                                      os_buf_view(&text));
            }
        }
    }

    text.len = 0;

    if (os_form_find(form, OS_STR("ordersave_comment"), &text) == OS_ARG_ONE
        && os_utf8_valid(os_buf_view(&text)))
    {
        len = ngx_utf8_length((u_char *) text.data, text.len)
              > NGX_HTTP_ORDERSAVE_COMMENT
              ? NGX_HTTP_ORDERSAVE_COMMENT : text.len;

        /* never within a character */
        while (len < text.len && len > 0
               && ((unsigned char) text.data[len] & 0xc0) == 0x80)
        {
            len--;
        }

        ctx->comment = ngx_http_ordersave_copy(ctx->request,
                                             (os_str_t) { len, text.data });
    }

    os_buf_free(&text);
}


static ngx_int_t
ngx_http_ordersave_posted(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    int                   expired;
    os_buf_t              what = { 0 };
    os_str_t              locale;
    ngx_int_t             rc;
    ngx_http_request_t   *r = ctx->request;

    ctx->token = os_token_verify(ctx->conf->keys, token, "offer", ngx_time(),
                                 &expired);

    /* a token is good for its own order alone */

    if (!os_str_equal(os_json_str(ctx->token, "s"),
                      ngx_http_ordersave_os(ctx->conf->store))
        || !os_str_equal(os_json_str(ctx->token, "o"),
                         ngx_http_ordersave_os(ctx->order_id)))
    {
        json_decref(ctx->token);
        ctx->token = NULL;
    }

    ctx->owner = os_json_str(ctx->token, "h").len > 0;
    locale = os_json_str(ctx->token, "l");
    ctx->locale = os_campaign_locale(ctx->conf->campaign->campaign,
                      locale.len ? locale
                      : ngx_http_ordersave_value(r, ctx->conf->locale),
                      OS_NULL,
                      ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                   "Accept-Language")),
                      OS_NULL);

    ngx_http_ordersave_answers(ctx);
    (void) os_form_find(os_buf_view(&ctx->body), OS_STR("ordersave_do"),
                        &what);

    if (os_str_starts(os_buf_view(&what), OS_STR("accept:"))) {
        ctx->token_text = ngx_http_ordersave_copy(r, token);
        ctx->offer = ngx_http_ordersave_copy(r,
                         (os_str_t) { what.len - 7, what.data + 7 });
        os_buf_free(&what);

        /* what could not be told is told again with the same token */
        rc = ngx_http_ordersave_accept(ctx,
                                       ngx_http_ordersave_os(ctx->offer));
        return rc;
    }

    os_buf_free(&what);

    /* anything else is what the visitor came for */

    rc = ngx_http_ordersave_pass(ctx, ctx->token
                                      ? NGX_HTTP_ORDERSAVE_ASKED
                                      : NGX_HTTP_ORDERSAVE_PASS_DECIDED);
    ngx_http_ordersave_restore(ctx);
    return rc;
}


/*
 * An accept: the customer's limit is reserved in the customer's shard, then
 * one script in the order's shard decides, takes from stock and tells the
 * worker. Both can be repeated without harm.
 */
ngx_int_t
ngx_http_ordersave_accept(ngx_http_ordersave_ctx_t *ctx, os_str_t offer)
{
    json_t  *terms;

    terms = offer.len
            ? json_object_getn(json_object_get(ctx->token, "f"), offer.data,
                               offer.len) : NULL;

    if (terms == NULL || !ctx->owner) {
        ctx->owner = 0;
        ctx->token_text.len = 0;
        return ngx_http_ordersave_show(ctx, NULL, NGX_HTTP_ORDERSAVE_EXPIRED);
    }

    if (os_str_equal(os_json_str(terms, "kind"), OS_STR("information"))) {
        return ngx_http_ordersave_send_redirect(ctx->request,
                                                os_json_str(terms, "url"));
    }

    ctx->until = ngx_current_msec + NGX_HTTP_ORDERSAVE_ACCEPT;
    return ngx_http_ordersave_look(ctx, NGX_HTTP_ORDERSAVE_ACCEPT,
                                   ngx_http_ordersave_reserve);
}


static ngx_msec_t
ngx_http_ordersave_left(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_msec_int_t  left = (ngx_msec_int_t) (ctx->until - ngx_current_msec);

    return left > 1 ? (ngx_msec_t) left : 1;
}


/* No reply: it may have been recorded or not. The same button asks again. */
static ngx_int_t
ngx_http_ordersave_unknown(ngx_http_ordersave_ctx_t *ctx)
{
    json_t            *offers, *terms;
    ngx_int_t          rc;
    os_str_t           offer = ngx_http_ordersave_os(ctx->offer);

    terms = json_object_getn(json_object_get(ctx->token, "f"), offer.data,
                             offer.len);
    offers = json_object();
    (void) json_object_setn(offers, offer.data, offer.len, terms);

    if (ctx->json) {
        json_t  *answer = json_pack("{s:s}", "ordersave", "unknown");

        ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_UNKNOWN_YET);
        rc = ngx_http_ordersave_send_json(ctx->request,
                                          NGX_HTTP_SERVICE_UNAVAILABLE,
                                          answer);
        json_decref(answer);

    } else {

        /* nothing of the order is known here but what the token says */

        if (ctx->order == NULL) {
            ctx->owner = 0;
        }

        rc = ngx_http_ordersave_show(ctx, offers,
                                     NGX_HTTP_ORDERSAVE_UNKNOWN_YET);
    }

    json_decref(offers);
    return rc;
}


static ngx_int_t
ngx_http_ordersave_reserve(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    json_t                          *terms;
    os_str_t                         store, customer, hash;
    os_buf_t                         text = { 0 };
    ngx_int_t                        same;
    os_space_t                      *space;
    os_command_t                    *cmd;
    const os_offer_t                *offer;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (ngx_http_ordersave_looked(ctx, reply) != NGX_OK
        || ctx->order == NULL)
    {
        return ngx_http_ordersave_unknown(ctx);
    }

    /* the token was made for the order as it was known: same secret still? */

    hash = os_json_str(ctx->token, "h");
    os_token_proof(os_json_str(ctx->order, "proof"), &text);
    same = text.len == 0 || os_str_equal(hash, os_buf_view(&text))
           || os_str_equal(hash, OS_STR("verified"));
    os_buf_free(&text);

    if (!same) {
        ctx->owner = 0;
        ctx->token_text.len = 0;
        return ngx_http_ordersave_show(ctx, NULL, NGX_HTTP_ORDERSAVE_EXPIRED);
    }

    if (ctx->decision) {
        return ngx_http_ordersave_accepted(ctx);
    }

    offer = os_campaign_offer(ctx->conf->campaign->campaign,
                              ngx_http_ordersave_os(ctx->offer));
    customer = os_json_str(ctx->order, "customer");
    terms = json_object_getn(json_object_get(ctx->token, "f"),
                             (char *) ctx->offer.data, ctx->offer.len);

    if (offer == NULL || customer.len == 0
        || (offer->per_customer == 0 && offer->cooldown == 0)
        || !os_str_equal(os_json_str(terms, "kind"), OS_STR("grant")))
    {
        return ngx_http_ordersave_decide(ctx);
    }

    space = &mcf->server->space;
    store = ngx_http_ordersave_os(ctx->conf->store);
    cmd = os_command_new(os_space_shard(space, store, customer, OS_NULL),
                         NULL, NULL);
    if (cmd) {
        os_space_key(space, cmd->shard, "limit", store, customer, OS_NULL,
                     &text);
        os_command_script(cmd, &os_script_reserve, 1, 6);
        os_command_add(cmd, os_buf_view(&text));
        os_command_add(cmd, ngx_http_ordersave_os(ctx->order_id));
        os_command_add(cmd, offer->id);
        os_command_add_int(cmd, offer->per_customer);
        os_command_add_int(cmd, offer->cooldown);
        os_command_add_int(cmd, ngx_time());
        os_command_add_int(cmd, ngx_max(offer->cooldown,
                                        NGX_HTTP_ORDERSAVE_KEEP));
        os_buf_free(&text);
    }

    return ngx_http_ordersave_ask(ctx, cmd, 1, ngx_http_ordersave_left(ctx),
                                  ngx_http_ordersave_reserved);
}


static ngx_int_t
ngx_http_ordersave_reserved(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
        return ngx_http_ordersave_unknown(ctx);
    }

    if (reply->integer == 0) {

        /* taken on another order since this page was shown */

        ctx->token_text.len = 0;
        return ngx_http_ordersave_show(ctx, NULL, NGX_HTTP_ORDERSAVE_EXPIRED);
    }

    return ngx_http_ordersave_decide(ctx);
}


/* The decision as it will be stored, but for the coupon's code. */
static json_t *
ngx_http_ordersave_decision(ngx_http_ordersave_ctx_t *ctx)
{
    json_t      *decision, *terms;
    os_str_t     offer = ngx_http_ordersave_os(ctx->offer);
    ngx_time_t  *now = ngx_timeofday();

    terms = json_object_getn(json_object_get(ctx->token, "f"), offer.data,
                             offer.len);
    decision = json_object();

    os_json_set_str(decision, "state", OS_STR("accepted"));
    os_json_set_str(decision, "offer", offer);
    os_json_set_str(decision, "kind", os_json_str(terms, "kind"));
    (void) json_object_set(decision, "terms", terms);
    os_json_set_int(decision, "at_ms", (int64_t) now->sec * 1000 + now->msec);
    os_json_set_str(decision, "nonce", os_json_str(ctx->token, "n"));
    os_json_set_int(decision, "rev", os_json_int(ctx->token, "r", 0));
    os_json_set_str(decision, "locale", ctx->locale);
    os_json_set_str(decision, "applied", OS_STR("pending"));

    if (ctx->reason.len) {
        os_json_set_str(decision, "reason",
                        ngx_http_ordersave_os(ctx->reason));
    }

    if (ctx->comment.len) {
        os_json_set_str(decision, "comment",
                        ngx_http_ordersave_os(ctx->comment));
    }

    return decision;
}


static ngx_int_t
ngx_http_ordersave_decide(ngx_http_ordersave_ctx_t *ctx)
{
    int64_t                          cost;
    json_t                          *terms, *event;
    os_str_t                         store, id, offer, pool, currency;
    os_buf_t                         text = { 0 };
    os_space_t                      *space;
    os_command_t                    *cmd;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    space = &mcf->server->space;
    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->order_id);
    offer = ngx_http_ordersave_os(ctx->offer);
    terms = json_object_getn(json_object_get(ctx->token, "f"), offer.data,
                             offer.len);
    pool = os_json_str(terms, "pool");
    currency = os_json_str(terms, "currency");
    cost = os_json_bool(terms, "budget") ? os_json_int(terms, "amount", 0) : 0;

    ctx->taken = ngx_http_ordersave_decision(ctx);
    event = ngx_http_ordersave_event(store, id, "accepted");
    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);

    if (cmd == NULL || event == NULL || ctx->taken == NULL) {
        json_decref(event);

        if (cmd) {
            os_command_free(cmd);
        }

        return ngx_http_ordersave_unknown(ctx);
    }

    os_command_script(cmd, &os_script_decide, 4, 5);

    os_space_key(space, cmd->shard, "d", store, id, OS_NULL, &text);
    os_command_add(cmd, os_buf_view(&text));
    text.len = 0;
    os_space_key(space, cmd->shard, "ev", OS_NULL, OS_NULL, OS_NULL, &text);
    os_command_add(cmd, os_buf_view(&text));
    text.len = 0;
    os_space_key(space, cmd->shard, pool.len ? "pool" : "d", store,
                 pool.len ? pool : id, OS_NULL, &text);
    os_command_add(cmd, os_buf_view(&text));
    text.len = 0;
    os_space_key(space, cmd->shard, cost ? "budget" : "d", store,
                 cost ? offer : id, cost ? currency : OS_NULL, &text);
    os_command_add(cmd, os_buf_view(&text));

    text.len = 0;
    os_json_dump(&text, ctx->taken);
    os_command_add(cmd, os_buf_view(&text));
    text.len = 0;
    os_json_dump(&text, event);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add_int(cmd, pool.len > 0);
    os_command_add_int(cmd, cost);
    os_command_add_int(cmd, os_campaign_duration(
                                ctx->conf->campaign->campaign, "/keep",
                                NGX_HTTP_ORDERSAVE_KEEP));

    cmd->bytes.failed |= text.failed;
    os_buf_free(&text);
    json_decref(event);

    return ngx_http_ordersave_ask(ctx, cmd, 1, ngx_http_ordersave_left(ctx),
                                  ngx_http_ordersave_decided);
}


static ngx_int_t
ngx_http_ordersave_decided(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2)
    {
        return ngx_http_ordersave_unknown(ctx);
    }

    json_decref(ctx->decision);
    ctx->decision = ngx_http_ordersave_parse(reply->element[1]);

    return ngx_http_ordersave_accepted(ctx);
}


/*
 * It is decided, now or before. An unpaid order goes on to where it is paid,
 * once the store has the offer; else to the kept page.
 */
static ngx_int_t
ngx_http_ordersave_accepted(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t  pay_url;

    if (!os_str_equal(os_json_str(ctx->decision, "state"),
                      OS_STR("accepted")))
    {
        ctx->token_text.len = 0;
        return ngx_http_ordersave_show(ctx, NULL,
                                       NGX_HTTP_ORDERSAVE_ASKED_PAGE);
    }

    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_ACCEPTED);

    if (ctx->json) {
        return ngx_http_ordersave_kept(ctx);
    }

    pay_url = os_json_str(ctx->order, "pay_url");

    if (pay_url.len
        && os_str_equal(os_json_str(ctx->order, "payment"), OS_STR("unpaid"))
        && os_str_equal(os_json_str(ctx->decision, "kind"), OS_STR("grant"))
        && os_view_own_url(ctx->conf->campaign->campaign, pay_url))
    {
        ctx->until = ngx_current_msec + NGX_HTTP_ORDERSAVE_APPLY;
        return ngx_http_ordersave_poll(ctx, NULL);
    }

    if (os_str_equal(os_json_str(ctx->token, "m"), OS_STR("POST"))) {
        return ngx_http_ordersave_kept(ctx);
    }

    return ngx_http_ordersave_send_redirect(ctx->request,
                        ngx_http_ordersave_os(ctx->request->unparsed_uri));
}


static ngx_int_t
ngx_http_ordersave_poll(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t                         applied, store, id;
    os_buf_t                         key = { 0 };
    os_space_t                      *space;
    os_command_t                    *cmd;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    applied = os_json_str(ctx->decision, "applied");

    if (os_str_equal(applied, OS_STR("done"))) {
        return ngx_http_ordersave_send_redirect(ctx->request,
                                      os_json_str(ctx->order, "pay_url"));
    }

    if (!os_str_equal(applied, OS_STR("pending"))
        || (ngx_msec_int_t) (ctx->until - ngx_current_msec) <= 0)
    {
        if (os_str_equal(os_json_str(ctx->token, "m"), OS_STR("POST"))) {
            return ngx_http_ordersave_kept(ctx);
        }

        return ngx_http_ordersave_send_redirect(ctx->request,
                        ngx_http_ordersave_os(ctx->request->unparsed_uri));
    }

    space = &mcf->server->space;
    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->order_id);
    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);

    if (cmd) {
        os_space_key(space, cmd->shard, "d", store, id, OS_NULL, &key);
        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("GET"));
        os_command_add(cmd, os_buf_view(&key));
        os_buf_free(&key);
    }

    return ngx_http_ordersave_ask(ctx, cmd, 0, ngx_http_ordersave_left(ctx),
                                  ngx_http_ordersave_polled);
}


static ngx_int_t
ngx_http_ordersave_polled(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    json_t  *decision;

    decision = reply ? ngx_http_ordersave_parse(reply) : NULL;

    if (decision) {
        json_decref(ctx->decision);
        ctx->decision = decision;
    }

    /* a step of waiting, then the question again */

    return os_str_equal(os_json_str(ctx->decision, "applied"),
                        OS_STR("pending"))
           ? ngx_http_ordersave_sleep(ctx, NGX_HTTP_ORDERSAVE_APPLY_POLL,
                                      ngx_http_ordersave_poll)
           : ngx_http_ordersave_poll(ctx, NULL);
}

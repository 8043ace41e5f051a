
/*
 * What is known of an order: one round trip. The order, its decision and what
 * is left of the budgets are strings, all got at once; pools are lists.
 */


#include "ngx_module/flow/ngx_http_ordersave_order.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"

ngx_int_t
ngx_http_ordersave_order_fetch(ngx_http_ordersave_ctx_t *ctx,
    ngx_msec_t timeout, ngx_uint_t confirm,
    ngx_http_ordersave_resume_pt resume)
{
    char                             room[256];
    size_t                           i, n, npools = 0, nstrings = 3;
    os_str_t                         store, id;
    os_buf_t                         key = os_buf_on(room, sizeof(room));
    os_space_t                      *space;
    os_command_t                    *cmd;
    const os_offer_t                *offer;
    const os_campaign_t             *campaign;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    space = &mcf->server->space;
    campaign = ctx->conf->campaign->campaign;
    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->who.order_id);

    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);
    if (cmd == NULL) {
        return resume(ctx, NULL);
    }

    for (i = 0; i < campaign->noffers; i++) {
        npools += campaign->offers[i].pool.len > 0;
        nstrings += campaign->offers[i].budget.n;
    }

    nstrings += campaign->shelf;

    (void) os_buf_reserve(&cmd->bytes, 32 + (npools + nstrings) * 80);
    os_command_bundle(cmd, 1 + (unsigned) npools);

    os_command_words(cmd, 1 + (unsigned) nstrings);
    os_command_add(cmd, OS_STR("MGET"));
    os_space_key(space, cmd->shard, "o", store, id, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    key.len = 0;
    os_space_key(space, cmd->shard, "d", store, id, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    key.len = 0;
    os_space_key(space, cmd->shard, "held", store, id, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));

    for (i = 0; i < campaign->noffers; i++) {
        offer = &campaign->offers[i];

        for (n = 0; n < offer->budget.n; n++) {
            key.len = 0;
            os_space_key(space, cmd->shard, "budget", store, offer->id,
                         offer->budget.of[n].currency, &key);
            os_command_add(cmd, os_buf_view(&key));
        }
    }

    if (campaign->shelf) {
        key.len = 0;
        os_space_key(space, cmd->shard, "shelf", store, id, OS_NULL, &key);
        os_command_add(cmd, os_buf_view(&key));
    }

    for (i = 0; i < campaign->noffers; i++) {
        if (campaign->offers[i].pool.len) {
            key.len = 0;
            os_space_key(space, cmd->shard, "pool", store,
                         campaign->offers[i].pool, OS_NULL, &key);
            os_command_words(cmd, 2);
            os_command_add(cmd, OS_STR("LLEN"));
            os_command_add(cmd, os_buf_view(&key));
        }
    }

    cmd->bytes.failed |= key.failed;
    cmd->confirm = confirm & 1;
    os_buf_free(&key);

    return ngx_http_ordersave_ask(ctx, cmd, 0,
                                  timeout ? timeout : mcf->server->timeout,
                                  resume);
}


static os_order_t *
ngx_http_ordersave_order_parse(redisReply *reply)
{
    os_str_t  text = ngx_http_ordersave_reply_text(reply);

    return text.data ? os_order_parse(text) : NULL;
}


/* What the catalog says of the order's products: the last of the strings. */
static void
ngx_http_ordersave_order_shelf(ngx_http_ordersave_ctx_t *ctx,
    redisReply *strings)
{
    os_str_t     text;
    ngx_str_t    copy;
    os_shelf_t  *shelf;

    if (!ctx->conf->campaign->campaign->shelf || ctx->known.order == NULL) {
        return;
    }

    text = ngx_http_ordersave_reply_text(
               strings->element[strings->elements - 1]);

    if (text.len == 0) {
        return;
    }

    copy = ngx_http_ordersave_copy(ctx->request, text);
    shelf = ngx_palloc(ctx->request->pool, sizeof(os_shelf_t));

    if (copy.len && shelf) {
        os_shelf_read(ngx_http_ordersave_os(copy), shelf);
        ctx->known.order->shelf = shelf;
    }
}


/* What is left of a budget; nothing where it is not there. */
static int64_t
ngx_http_ordersave_order_budget(redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10)
                                             : 0;
}


/* What is left of each offer, in the order that look asked for it. */
static void
ngx_http_ordersave_order_stock(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    size_t                i, n, pool = 1, string = 3;
    int64_t               codes, money;
    os_str_t              currency;
    redisReply           *strings = reply->element[0];
    const os_offer_t     *offer;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    ctx->known.held = ngx_palloc(ctx->request->pool, sizeof(os_held_t));
    ctx->known.stock = ngx_palloc(ctx->request->pool,
                                  (campaign->noffers + 1) * sizeof(int64_t));
    if (ctx->known.held == NULL || ctx->known.stock == NULL) {
        ctx->known.stock = NULL;
        return;
    }

    os_held_read(ctx->known.held,
                 ngx_http_ordersave_reply_text(strings->element[2]), campaign);
    currency = ctx->known.order ? ctx->known.order->currency : OS_NULL;

    for (i = 0; i < campaign->noffers; i++) {
        offer = &campaign->offers[i];
        codes = -1;
        money = 0;

        if (offer->pool.len && pool < reply->elements) {
            codes = reply->element[pool++]->integer;
        }

        for (n = 0; n < offer->budget.n; n++) {
            if (string < strings->elements) {
                if (os_str_equal(offer->budget.of[n].currency, currency)) {
                    money = ngx_http_ordersave_order_budget(
                                strings->element[string]);
                }

                string++;
            }
        }

        ctx->known.stock[i] = os_rules_stock(offer, ctx->known.order,
                                  codes + os_held_code(ctx->known.held, i),
                                  money + os_held_cost(ctx->known.held, i));
    }
}


/* NGX_OK: order (may be NULL: not known) and decision are there. */
ngx_int_t
ngx_http_ordersave_order_read(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t                        accept, forced;
    redisReply                     *order, *decision;
    const os_order_t               *known;
    ngx_http_request_t             *r = ctx->request;
    ngx_http_ordersave_loc_conf_t  *conf = ctx->conf;

    forced = ngx_http_ordersave_value(r, conf->locale);
    accept = ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                      "Accept-Language"));

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->element[0]->type != REDIS_REPLY_ARRAY
        || reply->element[0]->elements < 3)
    {
        ctx->who.locale = os_campaign_locale(conf->campaign->campaign, forced,
                                             OS_NULL, accept, OS_NULL);
        return NGX_ERROR;
    }

    order = reply->element[0]->element[0];
    decision = reply->element[0]->element[1];
    os_order_free(ctx->known.order);
    json_decref(ctx->known.decision);
    ctx->known.order = ngx_http_ordersave_order_parse(order);

    if (ctx->known.order && ctx->known.order->fits
        && ctx->known.record == NULL)
    {
        ctx->known.record = ngx_http_ordersave_reply_json(order);
    }

    ngx_http_ordersave_order_shelf(ctx, reply->element[0]);
    ctx->known.decision = ngx_http_ordersave_reply_json(decision);
    ngx_http_ordersave_order_stock(ctx, reply);

    /* a record made of a cancel alone says nothing of the order yet */

    if (ctx->known.order && os_str_equal(ctx->known.order->state,
                                         OS_STR("unknown"))) {
        os_order_free(ctx->known.order);
        ctx->known.order = NULL;
    }

    known = ctx->known.order ? ctx->known.order : &os_order_none;
    ctx->who.locale = os_campaign_locale(conf->campaign->campaign, forced,
                                         known->locale, accept, known->country);
    return ctx->known.stock ? NGX_OK : NGX_ERROR;
}


/* A token was made for the order as it was known: is its secret the same? */
ngx_uint_t
ngx_http_ordersave_order_token_fits(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t    hash = os_json_str(ctx->choice.token, "h");
    os_buf_t    text = { 0 };
    ngx_uint_t  same;

    os_token_proof(ctx->known.order->proof, &text);
    same = text.len == 0 || os_str_equal(hash, os_buf_view(&text))
           || os_str_equal(hash, OS_STR("verified"));
    os_buf_free(&text);

    return same;
}


ngx_int_t
ngx_http_ordersave_order_alias(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt resume)
{
    os_command_t  *cmd;

    cmd = ngx_http_ordersave_redis_get(ctx->conf, "alias",
              ngx_http_ordersave_os(ctx->conf->order_by),
              ngx_http_ordersave_os(ctx->who.order_id));

    return ngx_http_ordersave_ask(ctx, cmd, 0,
                                  ngx_http_ordersave_main()->server->timeout,
                                  resume);
}


ngx_http_ordersave_outcome_e
ngx_http_ordersave_order_named(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {

        /* the name is no id: nothing can be recorded under it */

        ngx_http_ordersave_why(ctx, reply ? "no order has this name"
                                          : "redis is late or away");
        ctx->who.order_id.len = 0;
        return reply && reply->type == REDIS_REPLY_NIL
               ? NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER
               : NGX_HTTP_ORDERSAVE_PASS_REDIS;
    }

    ctx->who.order_id = ngx_http_ordersave_copy(ctx->request,
                        (os_str_t) { (size_t) reply->len, reply->str });

    return NGX_HTTP_ORDERSAVE_NONE;
}

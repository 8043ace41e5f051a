
/*
 * What is shown can be paid: once for a proven order, however often its page
 * comes. It goes back by itself when the page's token is no good any more, or
 * when something was decided.
 */


#include "ngx_module/flow/ngx_http_ordersave_hold.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"


/* A hold is renewed once so much of its time is over. */
#define NGX_HTTP_ORDERSAVE_HOLD_PART  10


/* Is this offer to be shown, and one that takes what runs out? */
static ngx_uint_t
ngx_http_ordersave_hold_wants(ngx_http_ordersave_ctx_t *ctx, size_t i)
{
    return (ctx->known.offers >> i & 1)
           && os_rules_runs_out(&ctx->conf->campaign->campaign->offers[i]);
}


/* The keys of an offer's pool and budget; that of the hold for neither. */
static void
ngx_http_ordersave_hold_keys(ngx_http_ordersave_ctx_t *ctx, size_t i,
    os_command_t *cmd, os_buf_t *key)
{
    os_str_t             store, id;
    os_space_t          *space = &ngx_http_ordersave_main()->server->space;
    const os_offer_t    *offer = &ctx->conf->campaign->campaign->offers[i];

    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->who.order_id);

    key->len = 0;
    os_space_key(space, cmd->shard, offer->pool.len ? "pool" : "held", store,
                 offer->pool.len ? offer->pool : id, OS_NULL, key);
    os_command_add(cmd, os_buf_view(key));
    key->len = 0;
    os_space_key(space, cmd->shard, offer->budget.of ? "budget" : "held",
                 store, offer->budget.of ? offer->id : id,
                 offer->budget.of ? ctx->known.order->currency : OS_NULL, key);
    os_command_add(cmd, os_buf_view(key));
}


static os_command_t *
ngx_http_ordersave_hold_command(ngx_http_ordersave_ctx_t *ctx, unsigned n)
{
    char                  room[256];
    size_t                i;
    os_str_t              store, id;
    os_buf_t              text = os_buf_on(room, sizeof(room));
    os_space_t           *space = &ngx_http_ordersave_main()->server->space;
    os_command_t         *cmd;
    const os_offer_t     *offer;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    store = ngx_http_ordersave_os(ctx->conf->store);
    id = ngx_http_ordersave_os(ctx->who.order_id);
    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);
    if (cmd == NULL) {
        return NULL;
    }

    os_command_script(cmd, &os_script_hold, 2 + 2 * n, 2 + 3 * n);
    os_space_key(space, cmd->shard, "held", store, id, OS_NULL, &text);
    os_command_add(cmd, os_buf_view(&text));
    text.len = 0;
    os_space_key(space, cmd->shard, "holds", OS_NULL, OS_NULL, OS_NULL, &text);
    os_command_add(cmd, os_buf_view(&text));

    for (i = 0; i < campaign->noffers; i++) {
        if (ngx_http_ordersave_hold_wants(ctx, i)) {
            ngx_http_ordersave_hold_keys(ctx, i, cmd, &text);
        }
    }

    text.len = 0;
    os_buf_str(&text, store);
    os_buf_char(&text, '/');
    os_buf_str(&text, id);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add_int(cmd, campaign->valid);

    for (i = 0; i < campaign->noffers; i++) {
        if (ngx_http_ordersave_hold_wants(ctx, i)) {
            offer = &campaign->offers[i];
            os_command_add(cmd, offer->id);
            os_command_add_int(cmd, offer->pool.len > 0);
            os_command_add_int(cmd, offer->budget.of
                                    ? os_rules_amount(offer, ctx->known.order)
                                    : 0);
        }
    }

    cmd->bytes.failed |= text.failed;
    os_buf_free(&text);

    return cmd;
}


static void
ngx_http_ordersave_hold_call_one(ngx_http_ordersave_ctx_t *ctx, os_str_t name,
    os_str_t currency, int64_t most)
{
    ngx_http_ordersave_redis_tell(
        os_script_call_command(&ngx_http_ordersave_main()->server->space,
                               ngx_http_ordersave_os(ctx->conf->store),
                               ngx_http_ordersave_os(ctx->who.order_id), name,
                               currency, most));
}


void
ngx_http_ordersave_hold_call(ngx_http_ordersave_ctx_t *ctx, uint64_t offers)
{
    size_t               i;
    int64_t              amount;
    os_str_t             currency;
    const os_offer_t    *offer;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    if (ctx->observe || ctx->request->method == NGX_HTTP_HEAD) {
        return;
    }

    for (i = 0; i < campaign->noffers; i++) {
        offer = &campaign->offers[i];

        if (!(offers >> i & 1) || !os_rules_runs_out(offer)) {
            continue;
        }

        currency = ctx->known.order->currency;
        amount = os_rules_amount(offer, ctx->known.order);

        if (offer->pool.len) {
            ngx_http_ordersave_hold_call_one(ctx, offer->pool, OS_NULL, 1);
        }

        if (os_amount_in(&offer->budget, currency) && amount > 0) {
            ngx_http_ordersave_hold_call_one(ctx, offer->id, currency, amount);
        }
    }
}


/* Those that could not be set apart are not shown. */
static ngx_int_t
ngx_http_ordersave_hold_held(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    size_t      i, n = 0;
    uint64_t    wanted = ctx->known.offers;
    ngx_uint_t  said = reply && reply->type == REDIS_REPLY_ARRAY;

    for (i = 0; i < ctx->conf->campaign->campaign->noffers; i++) {
        if (!ngx_http_ordersave_hold_wants(ctx, i)) {
            continue;
        }

        if (!said || n >= reply->elements || reply->element[n]->integer != 1) {
            ctx->known.offers &= ~((uint64_t) 1 << i);
        }

        n++;
    }

    if (said) {
        ngx_http_ordersave_hold_call(ctx, wanted & ~ctx->known.offers);
    }

    return ctx->wait.then(ctx, reply);
}


/* Has a page before held just this of the offer? */
static ngx_uint_t
ngx_http_ordersave_hold_has(ngx_http_ordersave_ctx_t *ctx, size_t i)
{
    os_held_t         *held = ctx->known.held;
    const os_offer_t  *offer = &ctx->conf->campaign->campaign->offers[i];

    return (held->offers >> i & 1)
           && os_held_cost(held, i)
              == (offer->budget.of ? os_rules_amount(offer, ctx->known.order)
                                   : 0)
           && os_held_code(held, i) == (offer->pool.len > 0);
}


/*
 * Who looks again soon after has what he had: his page ends with the hold then,
 * a little earlier than another one would.
 */
static ngx_uint_t
ngx_http_ordersave_hold_stands(ngx_http_ordersave_ctx_t *ctx)
{
    size_t                i;
    int64_t               until = ctx->known.held->until;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    if (until < ngx_time() + campaign->valid
                - campaign->valid / NGX_HTTP_ORDERSAVE_HOLD_PART)
    {
        return 0;
    }

    for (i = 0; i < campaign->noffers; i++) {
        if (ngx_http_ordersave_hold_wants(ctx, i)
            && !ngx_http_ordersave_hold_has(ctx, i))
        {
            return 0;
        }
    }

    ctx->known.until = until;
    return 1;
}


ngx_int_t
ngx_http_ordersave_hold_offers(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt then)
{
    size_t    i;
    unsigned  n = 0;

    for (i = 0; i < ctx->conf->campaign->campaign->noffers; i++) {
        n += ngx_http_ordersave_hold_wants(ctx, i);
    }

    /* nobody sees what the answer to a HEAD promises */

    if (n == 0 || ctx->request->method == NGX_HTTP_HEAD
        || ngx_http_ordersave_hold_stands(ctx))
    {
        return then(ctx, NULL);
    }

    ctx->wait.then = then;

    return ngx_http_ordersave_ask(ctx,
                                  ngx_http_ordersave_hold_command(ctx, n), 1,
                                  ngx_http_ordersave_main()->server->timeout,
                                  ngx_http_ordersave_hold_held);
}

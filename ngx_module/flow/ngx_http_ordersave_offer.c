
/*
 * What there is to offer to whoever asks to cancel. See
 * ngx_http_ordersave_offer.h.
 */


#include "ngx_module/flow/ngx_http_ordersave_offer.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/flow/ngx_http_ordersave_hold.h"
#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "ngx_module/flow/ngx_http_ordersave_show.h"
#include "ngx_module/flow/ngx_http_ordersave_kept.h"


static void
ngx_http_ordersave_offer_not(ngx_http_ordersave_ctx_t *ctx,
    const os_offer_t *offer, const char *why)
{
    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, ctx->request->connection->log, 0,
                   "ordersave: order \"%V\": not offer \"%*s\": %s",
                   &ctx->who.order_id, offer->id.len, offer->id.data, why);
}


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
            continue;
        }

        ngx_http_ordersave_offer_not(ctx, offer, against);

        if (ngx_strcmp(against, "stock") == 0) {
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
        if ((ctx->known.offers >> i & 1)
            && !os_rules_in_arm(&campaign->offers[i], arm))
        {
            ngx_http_ordersave_offer_not(ctx, &campaign->offers[i],
                                         "of another arm");
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
    if (ctx->known.record && ctx->known.products == NULL) {
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

    ngx_http_ordersave_why(ctx, reply ? "nothing is left of what is offered"
                                      : "redis is late or away");

    return ngx_http_ordersave_pass(ctx, reply ? NGX_HTTP_ORDERSAVE_PASS_RULES
                                              : NGX_HTTP_ORDERSAVE_PASS_REDIS);
}


ngx_int_t
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

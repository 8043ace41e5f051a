
/*
 * Pages and calls of our own, under ordersave_api: one table of routes. What an
 * address holds is a secret, of who may see an order.
 */


#include "ngx_module/flow/ngx_http_ordersave_hosted.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_asset.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/flow/ngx_http_ordersave_address.h"
#include "ngx_module/flow/ngx_http_ordersave_approve.h"
#include "ngx_module/flow/ngx_http_ordersave_consent.h"
#include "ngx_module/flow/ngx_http_ordersave_live.h"
#include "ngx_module/flow/ngx_http_ordersave_lookup.h"
#include "ngx_module/flow/ngx_http_ordersave_parcel.h"
#include "ngx_module/flow/ngx_http_ordersave_return.h"
#include "ngx_module/flow/ngx_http_ordersave_review.h"
#include "ngx_module/flow/ngx_http_ordersave_score.h"
#include "ngx_module/flow/ngx_http_ordersave_short.h"
#include "ngx_module/flow/ngx_http_ordersave_hide.h"
#include "ngx_module/flow/ngx_http_ordersave_unsubscribe.h"
#include "ngx_module/flow/ngx_http_ordersave_visit.h"
#include "ngx_module/flow/ngx_http_ordersave_withdraw.h"
#include "ngx_module/flow/ngx_http_ordersave_kept.h"
#include "ngx_module/flow/ngx_http_ordersave_headless.h"
#include "ngx_module/flow/ngx_http_ordersave_stop.h"
#include "core/order/os_return.h"
#include "core/order/os_stop.h"
#include "core/order/os_withdrawal.h"
#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_API_BODY  65536


static void ngx_http_ordersave_hosted_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_ordersave_hosted_route(
    ngx_http_ordersave_ctx_t *ctx);
static ngx_int_t ngx_http_ordersave_hosted_visit(ngx_http_ordersave_ctx_t *ctx,
    os_str_t path);


static const struct {
    const char                    *route;
    const char                    *purpose;
    ngx_http_ordersave_resume_pt   visit;
} ngx_http_ordersave_visits[] = {
    { "track/", "track", ngx_http_ordersave_parcel_page },
    { "panel/", "panel", ngx_http_ordersave_parcel_panel },
    { "live/", "panel", ngx_http_ordersave_live },
    { "answer/", "answer", ngx_http_ordersave_parcel_answer },
    { "packaging/", "packaging", ngx_http_ordersave_parcel_packaging },
    { "review/", "review", ngx_http_ordersave_review },
    { "solved/", "solved", ngx_http_ordersave_solved },
    { "approve/", "approve", ngx_http_ordersave_approve },
};


/*
 * How much of a body is read: what a form may have, and photos where the
 * address lets one review an order, or send it back. One that is too large
 * beside a photo is read all the same, to keep what was written.
 */
static size_t
ngx_http_ordersave_hosted_max(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    size_t     i;
    json_t    *token = NULL;
    os_str_t   path = ngx_http_ordersave_os(r->uri), base, route;

    static const char *const  purposes[] = { "review", "return" };

    base = conf->campaign->campaign->api_path;

    if (conf->photos.len == 0 || !os_str_starts(path, base)) {
        return NGX_HTTP_ORDERSAVE_API_BODY;
    }

    path.data += base.len;
    path.len -= base.len;
    path = ngx_http_ordersave_address_whole(r, path);

    for (i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
        route = os_str(purposes[i]);

        if (os_str_starts(path, route) && path.len > route.len
            && path.data[route.len] == '/')
        {
            token = os_panel_open(conf->keys,
                        ngx_http_ordersave_os(conf->store),
                        (os_str_t) { path.len - route.len - 1,
                                     path.data + route.len + 1 },
                        purposes[i], ngx_time());
        }
    }

    if (token == NULL) {
        return NGX_HTTP_ORDERSAVE_API_BODY;
    }

    json_decref(token);
    return NGX_HTTP_ORDERSAVE_API_BODY + 4 * conf->photo_max;
}


ngx_int_t
ngx_http_ordersave_hosted_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    size_t                     max;
    ngx_int_t                  rc;
    ngx_http_ordersave_ctx_t  *ctx;

    ctx = ngx_http_ordersave_get_ctx(r);

    /*
     * By try_files, error_page and the like one comes here from any flow, and
     * from one of our own pages, which had no answer, to another.
     */

    if (ctx == NULL || ctx->conf != conf
        || (ctx->finished && ctx->hosted.uri_changes != r->uri_changes))
    {
        ctx = ngx_http_ordersave_new_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ctx->conf = conf;
        ctx->hosted.uri_changes = r->uri_changes;

        if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
            ctx->finished = 1;
            return NGX_HTTP_NOT_ALLOWED;
        }

        if (r->method == NGX_HTTP_POST) {

            /* a reviewer is told on his page that a photo is too large */

            max = ngx_http_ordersave_hosted_max(r, conf);

            if (max == NGX_HTTP_ORDERSAVE_API_BODY
                && r->headers_in.content_length_n > (off_t) max)
            {
                ctx->finished = 1;
                return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
            }

            ctx->form.post = 1;
            rc = ngx_http_ordersave_read_body(r,
                                              ngx_http_ordersave_hosted_body);

            if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
                ctx->finished = 1;
            }

            return rc;
        }

        rc = ngx_http_ordersave_hosted_route(ctx);

    } else if (ctx->finished) {
        return NGX_HTTP_NOT_FOUND;

    } else {
        rc = ngx_http_ordersave_flow_resume(ctx,
                                            ngx_http_ordersave_hosted_route);
    }

    if (rc == NGX_DECLINED) {
        rc = NGX_HTTP_NOT_FOUND;
    }

    return ngx_http_ordersave_flow_finish(ctx, rc);
}


static void
ngx_http_ordersave_hosted_body(ngx_http_request_t *r)
{
    size_t                     max;
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    max = ngx_http_ordersave_hosted_max(r, ctx->conf);
    ctx->form.read = 1;
    ctx->form.large = ngx_http_ordersave_body_bytes(r, max, &ctx->form.body)
                      == NGX_DECLINED;

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


static ngx_int_t
ngx_http_ordersave_hosted_route(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t              path, base;
    ngx_int_t             rc;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    base = os_panel_short_path(campaign);

    if (os_str_starts(ngx_http_ordersave_os(ctx->request->uri), base)) {
        ngx_http_ordersave_hide_path(ctx, base);

        return ngx_http_ordersave_short(ctx, (os_str_t) {
                   ctx->hosted.path.len - base.len,
                   (char *) ctx->hosted.path.data + base.len });
    }

    base = campaign->api_path;

    if (!os_str_starts(ngx_http_ordersave_os(ctx->request->uri), base)) {
        return NGX_DECLINED;
    }

    ngx_http_ordersave_hide_path(ctx, base);
    path.data = (char *) ctx->hosted.path.data + base.len;
    path.len = ctx->hosted.path.len - base.len;
    rc = ngx_http_ordersave_address_open(ctx, &path);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (os_str_equal(path, OS_STR("plain"))) {
        return ngx_http_ordersave_address_plain(ctx);
    }

    if (os_str_equal(path, OS_STR("offer"))) {
        return ngx_http_ordersave_headless_offer(ctx);
    }

    if (os_str_equal(path, OS_STR("decide"))) {
        return ngx_http_ordersave_headless_decide(ctx);
    }

    if (os_str_starts(path, OS_STR("score/"))) {
        return ngx_http_ordersave_score(ctx, "score",
                   (os_str_t) { path.len - 6, path.data + 6 });
    }

    if (os_str_starts(path, OS_STR("reason/"))) {
        return ngx_http_ordersave_score(ctx, "reason",
                   (os_str_t) { path.len - 7, path.data + 7 });
    }

    if (os_str_starts(path, OS_STR("kept/"))) {
        return ngx_http_ordersave_kept_visit(ctx,
                   (os_str_t) { path.len - 5, path.data + 5 });
    }

    return ngx_http_ordersave_hosted_visit(ctx, path);
}


/* `path` is what follows the campaign's api_path; NGX_DECLINED: not ours. */
static ngx_int_t
ngx_http_ordersave_hosted_visit(ngx_http_ordersave_ctx_t *ctx, os_str_t path)
{
    size_t     i;
    os_str_t   route;
    ngx_int_t  rc;

    if (os_str_equal(path, OS_STR("track"))) {
        return ngx_http_ordersave_lookup(ctx, "track");
    }

    if (os_withdrawal_is_on(ctx->conf->campaign->campaign)
        && (os_str_equal(path, OS_STR("withdraw"))
            || os_str_starts(path, OS_STR("withdraw/"))))
    {
        return ngx_http_ordersave_withdraw(ctx, path);
    }

    if (os_stop_hosted(ctx->conf->campaign->campaign)) {
        if (os_str_equal(path, OS_STR("cancel"))) {
            return ngx_http_ordersave_lookup(ctx, "cancel");
        }

        if (os_str_starts(path, OS_STR("cancel/"))) {
            ctx->hosted.blind = ngx_http_ordersave_stop_blind;
            return ngx_http_ordersave_visit_open(ctx, "cancel", (os_str_t) {
                       path.len - 7, path.data + 7 },
                       ngx_http_ordersave_stop);
        }
    }

    if (os_return_is_on(ctx->conf->campaign->campaign)) {
        if (os_str_equal(path, OS_STR("return"))) {
            return ngx_http_ordersave_lookup(ctx, "return");
        }

        if (os_str_starts(path, OS_STR("return/"))) {
            return ngx_http_ordersave_visit_open(ctx, "return", (os_str_t) {
                       path.len - 7, path.data + 7 },
                       ngx_http_ordersave_return);
        }
    }

    if (os_str_starts(path, OS_STR("unsubscribe/"))) {
        return ngx_http_ordersave_unsubscribe(ctx, (os_str_t) {
                   path.len - 12, path.data + 12 });
    }

    /* short enough where no shorter path leads to us */

    if (os_str_starts(path, OS_STR("o/"))) {
        return ngx_http_ordersave_short(ctx, (os_str_t) {
                   path.len - 2, path.data + 2 });
    }

    if (os_str_starts(path, OS_STR("photo/"))) {
        return ngx_http_ordersave_photo(ctx, (os_str_t) {
                   path.len - 6, path.data + 6 });
    }

    rc = ngx_http_ordersave_consent(ctx, path);

    if (rc != NGX_DECLINED) {
        return rc;
    }

    for (i = 0; i < sizeof(ngx_http_ordersave_visits)
                    / sizeof(ngx_http_ordersave_visits[0]); i++)
    {
        route = os_str(ngx_http_ordersave_visits[i].route);

        if (os_str_starts(path, route)) {
            path.data += route.len;
            path.len -= route.len;

            return ngx_http_ordersave_visit_open(ctx,
                       ngx_http_ordersave_visits[i].purpose, path,
                       ngx_http_ordersave_visits[i].visit);
        }
    }

    return ngx_http_ordersave_asset_send(ctx->request, ctx->conf->campaign,
                                         path);
}

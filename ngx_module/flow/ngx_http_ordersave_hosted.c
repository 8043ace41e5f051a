
/*
 * Pages and calls of our own, under ordersave_api: one table of routes. What an
 * address holds is a secret, of who may see an order.
 */


#include "ngx_module/flow/ngx_http_ordersave_hosted.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/flow/ngx_http_ordersave_live.h"
#include "ngx_module/flow/ngx_http_ordersave_lookup.h"
#include "ngx_module/flow/ngx_http_ordersave_parcel.h"
#include "ngx_module/flow/ngx_http_ordersave_review.h"
#include "ngx_module/flow/ngx_http_ordersave_score.h"
#include "ngx_module/flow/ngx_http_ordersave_short.h"
#include "ngx_module/flow/ngx_http_ordersave_unsubscribe.h"
#include "ngx_module/flow/ngx_http_ordersave_visit.h"
#include "ngx_module/flow/ngx_http_ordersave_kept.h"
#include "ngx_module/flow/ngx_http_ordersave_accept.h"
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
    { "news/", "news", ngx_http_ordersave_parcel_news },
    { "review/", "review", ngx_http_ordersave_review },
    { "solved/", "solved", ngx_http_ordersave_solved },
};


ngx_int_t
ngx_http_ordersave_hosted_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_int_t                  rc;
    ngx_http_ordersave_ctx_t  *ctx;

    ctx = ngx_http_ordersave_get_ctx(r);

    /* by try_files, error_page and the like one comes here from any flow */

    if (ctx == NULL || ctx->conf != conf) {
        ctx = ngx_http_ordersave_new_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ctx->conf = conf;

        if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
            ctx->finished = 1;
            return NGX_HTTP_NOT_ALLOWED;
        }

        if (r->method == NGX_HTTP_POST) {
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


/* A review of somebody who was asked for one: others send no photo. */
static ngx_uint_t
ngx_http_ordersave_hosted_takes_photo(ngx_http_ordersave_ctx_t *ctx)
{
    json_t    *payload;
    os_str_t   token, path = ngx_http_ordersave_os(ctx->request->uri);
    os_str_t   base = ctx->conf->campaign->campaign->api_path;

    if (ctx->conf->photos.len == 0 || !os_str_starts(path, base)) {
        return 0;
    }

    path.data += base.len;
    path.len -= base.len;

    if (!os_str_starts(path, OS_STR("review/"))) {
        return 0;
    }

    token = (os_str_t) { path.len - 7, path.data + 7 };
    payload = os_panel_open(ctx->conf->keys,
                            ngx_http_ordersave_os(ctx->conf->store), token,
                            "review", ngx_time());
    json_decref(payload);

    return payload != NULL;
}


static void
ngx_http_ordersave_hosted_body(ngx_http_request_t *r)
{
    size_t                     max = NGX_HTTP_ORDERSAVE_API_BODY;
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    /* one with a photo that is too large is read, to keep what was written */

    if (ngx_http_ordersave_hosted_takes_photo(ctx)) {
        max += 4 * ctx->conf->photo_max;
    }

    ctx->form.read = 1;
    ctx->form.large = ngx_http_ordersave_body_bytes(r, max, &ctx->form.body)
                      == NGX_DECLINED;

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


static void
ngx_http_ordersave_hosted_blot(ngx_str_t where, os_str_t secret)
{
    u_char  *p;

    while (where.len >= secret.len) {
        p = memmem(where.data, where.len, secret.data, secret.len);

        if (p == NULL) {
            return;
        }

        ngx_memset(p, '*', secret.len);
        where.len -= p + secret.len - where.data;
        where.data = p + secret.len;
    }
}


/*
 * What an address holds after its second slash is a secret, of who may see an
 * order: logs get stars. The address itself is kept for the page.
 */
static void
ngx_http_ordersave_hosted_hide(ngx_http_ordersave_ctx_t *ctx, os_str_t base)
{
    char                *slash;
    os_str_t             secret;
    ngx_http_request_t  *r = ctx->request;

    ctx->hosted.path = ngx_http_ordersave_copy(r,
                                               ngx_http_ordersave_os(r->uri));

    if (ctx->hosted.path.len <= base.len) {
        return;
    }

    secret.data = (char *) ctx->hosted.path.data + base.len;
    secret.len = ctx->hosted.path.len - base.len;
    slash = memchr(secret.data, '/', secret.len);

    if (slash) {
        secret.len -= slash + 1 - secret.data;
        secret.data = slash + 1;

    } else if (os_str_equal(base, ctx->conf->campaign->campaign->api_path)) {
        return;                         /* a page without a secret */
    }

    if (secret.len < 8) {
        return;
    }

    ngx_http_ordersave_hosted_blot(r->request_line, secret);
    ngx_http_ordersave_hosted_blot(r->unparsed_uri, secret);
    ngx_http_ordersave_hosted_blot(r->uri, secret);
}


static ngx_int_t
ngx_http_ordersave_hosted_route(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t              path, base;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    base = os_panel_short_path(campaign);

    if (os_str_starts(ngx_http_ordersave_os(ctx->request->uri), base)) {
        ngx_http_ordersave_hosted_hide(ctx, base);

        return ngx_http_ordersave_short(ctx, (os_str_t) {
                   ctx->hosted.path.len - base.len,
                   (char *) ctx->hosted.path.data + base.len });
    }

    base = campaign->api_path;

    if (!os_str_starts(ngx_http_ordersave_os(ctx->request->uri), base)) {
        return NGX_DECLINED;
    }

    ngx_http_ordersave_hosted_hide(ctx, base);
    path.data = (char *) ctx->hosted.path.data + base.len;
    path.len = ctx->hosted.path.len - base.len;

    if (os_str_equal(path, OS_STR("decide"))) {
        return ngx_http_ordersave_accept_json(ctx);
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
    size_t    i;
    os_str_t  route;

    if (os_str_equal(path, OS_STR("track"))) {
        return ngx_http_ordersave_lookup(ctx);
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

    return ngx_http_ordersave_send_asset(ctx->request, ctx->conf->campaign,
                                         path);
}

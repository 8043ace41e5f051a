
/*
 * What all pages under ordersave_api have in common: their language, the form
 * that leads back to their own address, and what is said of a link that is no
 * good.
 */


#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"


/* The language of a page: a forced one, the link's, the order's, ... */
void
ngx_http_ordersave_hosted_locale(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t             forced, order;
    ngx_http_request_t  *r = ctx->request;

    forced = ngx_http_ordersave_value(r, ctx->conf->locale);
    order = os_json_str(ctx->choice.token, "l");

    if (order.len == 0) {
        order = os_json_str(ctx->known.record, "locale");
    }

    ctx->who.locale = os_campaign_locale(ctx->conf->campaign->campaign, forced,
                      order,
                      ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                          "Accept-Language")),
                      os_json_str(ctx->known.record, "country"));
}


ngx_int_t
ngx_http_ordersave_hosted_page(ngx_http_ordersave_ctx_t *ctx, const char *name,
    ngx_uint_t status, json_t *view)
{
    json_t     *form;
    ngx_int_t   rc;

    form = json_object();
    os_json_set_str(form, "action", ngx_http_ordersave_os(ctx->hosted.path));
    (void) json_object_set_new(view, "form", form);
    rc = ngx_http_ordersave_send_page(ctx->request, ctx->conf->campaign, name,
                                      ctx->who.locale, status, view);
    json_decref(view);

    return rc;
}


ngx_int_t
ngx_http_ordersave_hosted_later(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_http_ordersave_hosted_locale(ctx);

    return ngx_http_ordersave_hosted_page(ctx, "lookup",
                                          NGX_HTTP_SERVICE_UNAVAILABLE,
                                          json_pack("{s:b}", "later", 1));
}


ngx_int_t
ngx_http_ordersave_hosted_unsaved(ngx_http_ordersave_ctx_t *ctx)
{
    return ngx_http_ordersave_hosted_page(ctx, "gone",
                                          NGX_HTTP_SERVICE_UNAVAILABLE,
                                          json_pack("{s:b}", "later", 1));
}


/* A page for a link that is old, forged, or of another shop. */
ngx_int_t
ngx_http_ordersave_hosted_expired(ngx_http_ordersave_ctx_t *ctx)
{
    json_t     *view = json_object();
    ngx_int_t   rc;

    (void) json_object_set_new(view, "link", json_true());
    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_EXPIRED);
    rc = ngx_http_ordersave_send_page(ctx->request, ctx->conf->campaign,
                                      "expired", ctx->who.locale,
                                      NGX_HTTP_FORBIDDEN, view);
    json_decref(view);
    return rc;
}

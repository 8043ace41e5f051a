
/*
 * Files that pages load from us. See ngx_http_ordersave_asset.h.
 */


#include "ngx_module/page/ngx_http_ordersave_asset.h"
#include "ngx_module/page/ngx_http_ordersave_template.h"
#include "core/base/os_folders.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"


#define NGX_HTTP_ORDERSAVE_CSS  "text/css; charset=utf-8"
#define NGX_HTTP_ORDERSAVE_JS   "text/javascript; charset=utf-8"


static const struct {
    const char                   *name;
    const char                   *file;         /* in templates/ */
    const char                   *type;
} ngx_http_ordersave_asset_names[] = {
    { "panel.css", "panel.css.mustache", NGX_HTTP_ORDERSAVE_CSS },
    { "panel.js", "panel.js", NGX_HTTP_ORDERSAVE_JS },
    { "dialog.css", "dialog.css.mustache", NGX_HTTP_ORDERSAVE_CSS },
    { "ordersave.js", "ordersave.js", NGX_HTTP_ORDERSAVE_JS },
};


#define NGX_HTTP_ORDERSAVE_ASSETS                                             \
    (sizeof(ngx_http_ordersave_asset_names)                                   \
     / sizeof(ngx_http_ordersave_asset_names[0]))


struct ngx_http_ordersave_asset_s {
    os_buf_t                      body;
    os_buf_t                      url;
    os_buf_t                      etag;
};


static void
ngx_http_ordersave_asset_free(void *data)
{
    ngx_http_ordersave_asset_t  *asset = data;

    os_buf_free(&asset->body);
    os_buf_free(&asset->url);
    os_buf_free(&asset->etag);
}


/* Its bytes; the brand's colours are put in where it is Mustache. */
static void
ngx_http_ordersave_asset_read(const os_campaign_t *campaign,
    const char *file, os_buf_t *body, os_error_t *err)
{
    json_t         *view;
    os_buf_t        name = { 0 }, path = { 0 }, source = { 0 };
    os_template_t  *template = NULL;

    os_buf_printf(&name, "templates/%s", file);
    (void) os_folders_find(campaign->folders, &path, name.data);
    os_buf_free(&name);

    if (os_file_read(path.data, &source, err) == 0) {

        if (ngx_strstr(file, ".mustache") == NULL) {
            os_buf_str(body, os_buf_view(&source));

        } else {
            template = os_template_compile(os_buf_view(&source), path.data, 0,
                                           ngx_http_ordersave_template_part,
                                           campaign->folders, err);
        }
    }

    if (template) {
        view = json_object();
        (void) json_object_set_new(view, "brand", os_view_brand(campaign));

        if (os_template_render(template, view, body) == -1) {
            body->failed = 1;
        }

        json_decref(view);
    }

    os_template_free(template);
    os_buf_free(&source);
    os_buf_free(&path);
}


static ngx_int_t
ngx_http_ordersave_asset_load(ngx_conf_t *cf, const os_campaign_t *campaign,
    ngx_uint_t i, ngx_http_ordersave_asset_t *asset)
{
    uint8_t              hash[OS_SHA256_LEN];
    os_error_t           err = { "" };
    ngx_pool_cleanup_t  *cleanup;

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == NULL) {
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_asset_free;
    cleanup->data = asset;

    ngx_http_ordersave_asset_read(campaign,
                                  ngx_http_ordersave_asset_names[i].file,
                                  &asset->body, &err);

    if (err.text[0]) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    os_sha256(asset->body.data, asset->body.len, hash);
    os_buf_str(&asset->url, campaign->api_path);
    os_buf_printf(&asset->url, "%s?v=", ngx_http_ordersave_asset_names[i].name);
    os_base64url(&asset->url, hash, 6);

    /* weak: what nginx compresses has it as well */

    os_buf_text(&asset->etag, "W/\"");
    os_base64url(&asset->etag, hash, 6);
    os_buf_char(&asset->etag, '"');

    return asset->body.failed || asset->url.failed || asset->etag.failed
           ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_ordersave_assets_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c)
{
    ngx_uint_t  i;

    c->assets = ngx_pcalloc(cf->pool, NGX_HTTP_ORDERSAVE_ASSETS
                                      * sizeof(ngx_http_ordersave_asset_t));
    if (c->assets == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_ORDERSAVE_ASSETS; i++) {
        if (ngx_http_ordersave_asset_load(cf, c->campaign, i,
                                          &c->assets[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* NGX_HTTP_ORDERSAVE_ASSETS: there is none of that name. */
static ngx_uint_t
ngx_http_ordersave_asset_find(os_str_t name)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_ORDERSAVE_ASSETS; i++) {
        if (os_str_equal(os_str(ngx_http_ordersave_asset_names[i].name), name))
        {
            break;
        }
    }

    return i;
}


os_str_t
ngx_http_ordersave_asset_url(const ngx_http_ordersave_campaign_t *c,
    const char *name)
{
    return os_buf_view(
               &c->assets[ngx_http_ordersave_asset_find(os_str(name))].url);
}


/* An answer of 304 has the headers that 200 would have (RFC 9110, 15.4.5). */
static ngx_int_t
ngx_http_ordersave_asset_not_modified(ngx_http_request_t *r, const char *cache)
{
    ngx_int_t  rc;

    if (ngx_http_ordersave_headers_add(r, "Cache-Control", os_str(cache))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_NOT_MODIFIED;
    r->header_only = 1;
    rc = ngx_http_send_header(r);

    return rc == NGX_AGAIN ? NGX_OK : rc;
}


ngx_int_t
ngx_http_ordersave_asset_send(ngx_http_request_t *r,
    const ngx_http_ordersave_campaign_t *c, os_str_t name)
{
    os_buf_t                     body = { 0 };
    os_str_t                     etag, known;
    ngx_uint_t                   i = ngx_http_ordersave_asset_find(name);
    const char                  *cache = "public, max-age=3600";
    ngx_http_ordersave_asset_t  *asset;

    if (i == NGX_HTTP_ORDERSAVE_ASSETS) {
        return NGX_DECLINED;
    }

    asset = &c->assets[i];
    etag = os_buf_view(&asset->etag);
    known = ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                            "If-None-Match"));

    if (os_form_find(ngx_http_ordersave_os(r->args), OS_STR("v"), NULL)
        == OS_ARG_ONE)
    {
        cache = "public, max-age=31536000, immutable";
    }

    if (ngx_http_ordersave_send_etag(r, etag) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* without W/: a weak comparison (RFC 9110, 8.8.3.2) */

    if (os_str_equal(known, OS_STR("*"))
        || (known.len && memmem(known.data, known.len, etag.data + 2,
                                etag.len - 2) != NULL))
    {
        return ngx_http_ordersave_asset_not_modified(r, cache);
    }

    os_buf_str(&body, os_buf_view(&asset->body));

    return ngx_http_ordersave_send_as(r, NGX_HTTP_OK,
                                      ngx_http_ordersave_asset_names[i].type,
                                      cache, "same-origin", &body);
}


/*
 * Pages of our own, from the campaign's templates: compiled, and bound to all
 * that does not change, when the configuration is read.
 */


#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_asset.h"
#include "ngx_module/page/ngx_http_ordersave_shell.h"
#include "ngx_module/page/ngx_http_ordersave_template.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"


typedef struct {
    ngx_str_t                     name;
    os_template_t                *template;
    ngx_str_t                     csp;
    const char                   *referrer;
} ngx_http_ordersave_page_t;


#define NGX_HTTP_ORDERSAVE_MOLDS  256   /* of a language */


typedef struct {
    uint32_t                      hash;
    uint64_t                      used;         /* when last */
    os_buf_t                      shape;
    os_mold_t                    *mold;
} ngx_http_ordersave_molded_t;


typedef struct {
    os_locale_t                  *locale;
    ngx_http_ordersave_page_t    *pages;
    ngx_str_t                     frame;        /* of a page in its shell */
    ngx_uint_t                    nmolds;
    uint64_t                      uses;         /* of them, so far */
    ngx_http_ordersave_molded_t   molds[NGX_HTTP_ORDERSAVE_MOLDS];
} ngx_http_ordersave_language_t;


struct ngx_http_ordersave_pages_s {
    ngx_uint_t                      nlanguages;
    ngx_http_ordersave_language_t  *languages;
};


/*
 * What a page's links and forms tell of its address: all of it to the shop,
 * nothing where it is a secret, or that it was the shop, which stores may ask
 * of a form that goes to them.
 */
#define NGX_HTTP_ORDERSAVE_OPEN      "same-origin"
#define NGX_HTTP_ORDERSAVE_LINK      "no-referrer"
#define NGX_HTTP_ORDERSAVE_LINK_OUT  "strict-origin"


static void ngx_http_ordersave_molds_free(void *data);


static const struct {
    const char                   *name;
    const char                   *file;
    unsigned                      live:1;       /* style and script of ours */
    unsigned                      shell:1;      /* for the buyer: it comes in
                                                 * the shop's layout */
    const char                   *referrer;     /* its policy */
} ngx_http_ordersave_page_names[] = {
    { "offer", "page_offer", 0, 1, NGX_HTTP_ORDERSAVE_OPEN },
    { "kept", "page_kept", 0, 1, NGX_HTTP_ORDERSAVE_LINK_OUT },
    { "asked", "page_asked", 0, 1, NGX_HTTP_ORDERSAVE_OPEN },
    { "gone", "page_gone", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "expired", "page_expired", 0, 1, NGX_HTTP_ORDERSAVE_OPEN },
    { "unknown", "page_unknown", 0, 1, NGX_HTTP_ORDERSAVE_OPEN },
    { "score", "page_score", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "reason", "page_reason", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "thanks", "page_thanks", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "track", "page_track", 1, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "lookup", "page_lookup", 0, 1, NGX_HTTP_ORDERSAVE_OPEN },
    { "answer", "page_answer", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "unsubscribe", "page_unsubscribe", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "consent", "page_consent", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "review", "page_review", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "solved", "page_solved", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "approve", "page_approve", 0, 0, NGX_HTTP_ORDERSAVE_LINK },
    { "stop", "page_stop", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "return", "page_return", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "withdraw", "page_withdraw", 0, 1, NGX_HTTP_ORDERSAVE_LINK },
    { "panel", "panel", 0, 0, NGX_HTTP_ORDERSAVE_OPEN },
    { "panel_wait", "panel_wait", 0, 0, NGX_HTTP_ORDERSAVE_OPEN },
    { "panel_part", "panel_part", 0, 0, NGX_HTTP_ORDERSAVE_LINK },
    { "dialog", "dialog", 0, 0, NGX_HTTP_ORDERSAVE_OPEN },
    { "products", "block_products", 0, 0, NGX_HTTP_ORDERSAVE_OPEN },
    { "stop_link", "block_cancel", 0, 0, NGX_HTTP_ORDERSAVE_OPEN },
    { "shell", "shell", 0, 0, NGX_HTTP_ORDERSAVE_OPEN },
};


#define NGX_HTTP_ORDERSAVE_PAGES                                              \
    (sizeof(ngx_http_ordersave_page_names)                                    \
     / sizeof(ngx_http_ordersave_page_names[0]))


/*
 * The page's own policy. Its style is known by its hash. There is no
 * form-action: it would also bind the redirects of the store's answer.
 */
static ngx_int_t
ngx_http_ordersave_page_csp(ngx_conf_t *cf, ngx_http_ordersave_page_t *page,
    ngx_uint_t live)
{
    char      *start, *end;
    json_t    *nothing;
    uint8_t    hash[OS_SHA256_LEN];
    os_buf_t   html = { 0 }, csp = { 0 };
    ngx_str_t  made;

    nothing = json_object();

    if (os_template_render(page->template, nothing, &html) == -1) {
        json_decref(nothing);
        os_buf_free(&html);
        return NGX_ERROR;
    }

    json_decref(nothing);
    os_buf_text(&csp, "default-src 'none'; img-src 'self' data:; "
                      "base-uri 'none'; frame-ancestors 'none'");

    if (live) {
        os_buf_text(&csp, "; script-src 'self'; connect-src 'self'");
    }

    start = html.data ? strstr(html.data, "<style>") : NULL;
    end = start ? strstr(start, "</style>") : NULL;

    if (end) {
        start += sizeof("<style>") - 1;
        os_sha256(start, (size_t) (end - start), hash);
        os_buf_text(&csp, live ? "; style-src 'self' 'sha256-"
                               : "; style-src 'sha256-");
        os_base64(&csp, hash, sizeof(hash));
        os_buf_char(&csp, '\'');
    }

    made.len = csp.len;
    made.data = (u_char *) csp.data;
    page->csp.len = csp.len;
    page->csp.data = csp.failed ? NULL : ngx_pstrdup(cf->pool, &made);
    os_buf_free(&html);
    os_buf_free(&csp);
    return page->csp.data ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_ordersave_page_free(void *data)
{
    os_template_free(((ngx_http_ordersave_page_t *) data)->template);
}


static void
ngx_http_ordersave_locale_free(void *data)
{
    os_locale_free(data);
}


static ngx_int_t
ngx_http_ordersave_page_load(ngx_conf_t *cf, const char *folders,
    ngx_uint_t index, os_locale_t *locale, json_t *fixed,
    ngx_http_ordersave_page_t *page)
{
    os_buf_t             path = { 0 };
    os_error_t           err = { "" };
    os_template_t       *whole;
    ngx_pool_cleanup_t  *cleanup;

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == NULL) {
        return NGX_ERROR;
    }

    whole = ngx_http_ordersave_template(folders,
                os_str(ngx_http_ordersave_page_names[index].file), locale,
                &path, NULL, &err);
    os_buf_free(&path);

    if (whole == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    page->name.data = (u_char *) ngx_http_ordersave_page_names[index].name;
    page->name.len = ngx_strlen(page->name.data);
    page->referrer = ngx_http_ordersave_page_names[index].referrer;
    page->template = os_template_bind(whole, fixed, os_view_roots);
    os_template_free(whole);

    if (page->template == NULL) {
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_page_free;
    cleanup->data = page;

    return ngx_http_ordersave_page_csp(cf, page,
                                   ngx_http_ordersave_page_names[index].live);
}


static ngx_http_ordersave_page_t *
ngx_http_ordersave_page_find(ngx_http_ordersave_language_t *language,
    const char *name)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_ORDERSAVE_PAGES; i++) {
        if (ngx_strcmp(language->pages[i].name.data, name) == 0) {
            return &language->pages[i];
        }
    }

    return NULL;
}


/* What comes around a page in its shell: it is the same for all of them. */
static ngx_int_t
ngx_http_ordersave_frame_load(ngx_conf_t *cf,
    ngx_http_ordersave_language_t *language)
{
    json_t     *nothing = json_object();
    os_buf_t    html = { 0 };
    ngx_int_t   rc = NGX_ERROR;
    ngx_str_t   made;

    if (os_template_render(ngx_http_ordersave_page_find(language,
                                                        "shell")->template,
                           nothing, &html) == 0)
    {
        made.len = html.len;
        made.data = (u_char *) html.data;
        language->frame.len = html.len;
        language->frame.data = ngx_pstrdup(cf->pool, &made);
        rc = language->frame.data ? NGX_OK : NGX_ERROR;
    }

    json_decref(nothing);
    os_buf_free(&html);

    return rc;
}


static ngx_int_t
ngx_http_ordersave_language_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, os_str_t tag, json_t *read,
    ngx_http_ordersave_language_t *language)
{
    json_t              *fixed, *assets;
    os_buf_t             path = { 0 };
    ngx_int_t            rc = NGX_OK;
    ngx_uint_t           i;
    os_error_t           err;
    ngx_pool_cleanup_t  *cleanup;

    language->locale = os_locale_find(c->campaign->folders, tag, read, &err);

    if (language->locale == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == NULL) {
        os_locale_free(language->locale);
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_locale_free;
    cleanup->data = language->locale;

    language->pages = ngx_pcalloc(cf->pool, NGX_HTTP_ORDERSAVE_PAGES
                                * sizeof(ngx_http_ordersave_page_t));
    fixed = os_view_static(c->campaign, language->locale);

    if (language->pages == NULL || fixed == NULL) {
        rc = NGX_ERROR;

    } else {
        assets = json_object();
        os_json_set_str(assets, "css",
                        ngx_http_ordersave_asset_url(c, "panel.css"));
        os_json_set_str(assets, "js",
                        ngx_http_ordersave_asset_url(c, "panel.js"));
        os_buf_str(&path, c->campaign->api_path);
        os_buf_text(&path, "plain");
        os_json_set_str(assets, "plain", os_buf_view(&path));
        os_buf_free(&path);
        (void) json_object_set_new(fixed, "assets", assets);
    }

    for (i = 0; rc == NGX_OK && i < NGX_HTTP_ORDERSAVE_PAGES; i++) {
        rc = ngx_http_ordersave_page_load(cf, c->campaign->folders, i,
                                          language->locale, fixed,
                                          &language->pages[i]);
    }

    json_decref(fixed);
    return rc == NGX_OK ? ngx_http_ordersave_frame_load(cf, language) : rc;
}


ngx_int_t
ngx_http_ordersave_pages_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, json_t *read)
{
    ngx_uint_t                   i;
    ngx_pool_cleanup_t          *cleanup;
    ngx_http_ordersave_pages_t  *pages;

    pages = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_pages_t));
    if (pages == NULL) {
        return NGX_ERROR;
    }

    pages->nlanguages = c->campaign->nlocales;
    pages->languages = ngx_pcalloc(cf->pool, pages->nlanguages
                                 * sizeof(ngx_http_ordersave_language_t));
    if (pages->languages == NULL
        || ngx_http_ordersave_assets_load(cf, c) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < pages->nlanguages; i++) {
        cleanup = ngx_pool_cleanup_add(cf->pool, 0);
        if (cleanup == NULL) {
            return NGX_ERROR;
        }

        cleanup->handler = ngx_http_ordersave_molds_free;
        cleanup->data = &pages->languages[i];

        if (ngx_http_ordersave_language_load(cf, c, c->campaign->locales[i],
                                             read, &pages->languages[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    c->pages = pages;
    return NGX_OK;
}


static ngx_http_ordersave_language_t *
ngx_http_ordersave_page_language(ngx_http_ordersave_campaign_t *c,
    os_str_t tag)
{
    ngx_uint_t                   i;
    ngx_http_ordersave_pages_t  *pages = c->pages;

    for (i = 0; i < pages->nlanguages; i++) {
        if (os_str_equal(os_locale_tag(pages->languages[i].locale), tag)) {
            return &pages->languages[i];
        }
    }

    return &pages->languages[0];
}


os_speak_t
ngx_http_ordersave_page_voice(ngx_http_ordersave_campaign_t *c,
    os_str_t locale)
{
    return (os_speak_t) { c->campaign,
                          ngx_http_ordersave_page_language(c, locale)->locale,
                          ngx_time(), 0 };
}


ngx_int_t
ngx_http_ordersave_render(ngx_http_ordersave_campaign_t *c, const char *name,
    os_str_t locale, json_t *view, os_buf_t *html)
{
    ngx_http_ordersave_page_t  *page;

    page = ngx_http_ordersave_page_find(
               ngx_http_ordersave_page_language(c, locale), name);

    return page && view
           && os_template_render(page->template, view, html) == 0
           ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_ordersave_molds_free(void *data)
{
    ngx_http_ordersave_language_t  *language = data;

    while (language->nmolds) {
        language->nmolds--;
        os_buf_free(&language->molds[language->nmolds].shape);
        os_mold_free(language->molds[language->nmolds].mold);
    }
}


os_mold_t *
ngx_http_ordersave_mold_find(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape)
{
    uint32_t                        hash;
    ngx_uint_t                      i;
    ngx_http_ordersave_language_t  *language;

    language = ngx_http_ordersave_page_language(c, locale);
    hash = ngx_murmur_hash2((u_char *) shape.data, shape.len);

    for (i = 0; i < language->nmolds; i++) {
        if (language->molds[i].hash == hash
            && os_str_equal(os_buf_view(&language->molds[i].shape), shape))
        {
            language->molds[i].used = ++language->uses;
            return language->molds[i].mold;
        }
    }

    return NULL;
}


void
ngx_http_ordersave_mold_keep(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape, os_mold_t *mold)
{
    ngx_uint_t                      i;
    ngx_http_ordersave_molded_t    *kept;
    ngx_http_ordersave_language_t  *language;

    if (mold == NULL) {
        return;
    }

    language = ngx_http_ordersave_page_language(c, locale);

    kept = &language->molds[0];

    if (language->nmolds < NGX_HTTP_ORDERSAVE_MOLDS) {
        kept = &language->molds[language->nmolds++];

    } else {

        /* instead of the one that was not used for longest */

        for (i = 1; i < language->nmolds; i++) {
            if (language->molds[i].used < kept->used) {
                kept = &language->molds[i];
            }
        }

        os_buf_free(&kept->shape);
        os_mold_free(kept->mold);
    }

    kept->used = ++language->uses;
    kept->hash = ngx_murmur_hash2((u_char *) shape.data, shape.len);
    kept->mold = mold;
    kept->shape = (os_buf_t) { 0 };
    os_buf_str(&kept->shape, shape);
}


ngx_int_t
ngx_http_ordersave_send_page(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *campaign, const char *name, os_str_t locale,
    ngx_uint_t status, json_t *view)
{
    os_buf_t  html = { 0 };

    if (ngx_http_ordersave_render(campaign, name, locale, view, &html)
        != NGX_OK)
    {
        os_buf_free(&html);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ordersave_send_html(r, campaign, name, locale, status,
                                        &html);
}


/* Stands a token in the address of this page? */
static ngx_uint_t
ngx_http_ordersave_page_is_secret(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    return ctx && ctx->without != NULL;
}


ngx_int_t
ngx_http_ordersave_send_html(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *campaign, const char *name, os_str_t locale,
    ngx_uint_t status, os_buf_t *html)
{
    ngx_uint_t                      index;
    ngx_http_ordersave_ours_t       ours;
    ngx_http_ordersave_page_t      *page;
    ngx_http_ordersave_language_t  *language;

    language = ngx_http_ordersave_page_language(campaign, locale);
    page = ngx_http_ordersave_page_find(language, name);
    index = page - language->pages;

    ours.status = status;
    ours.html = *html;
    ours.locale = os_locale_tag(language->locale);
    ours.csp = page->csp;
    ours.referrer = page->referrer;
    ours.frame = OS_NULL;

    if (ngx_http_ordersave_page_names[index].shell) {
        ours.frame = ngx_http_ordersave_os(language->frame);
    }

    if (ngx_strcmp(ours.referrer, NGX_HTTP_ORDERSAVE_OPEN) == 0
        && ngx_http_ordersave_page_is_secret(r))
    {
        ours.referrer = NGX_HTTP_ORDERSAVE_LINK;
    }

    return ngx_http_ordersave_shell_send(r, &ours);
}


/* The panel's style is fetched while the page still comes. */
ngx_int_t
ngx_http_ordersave_send_preload(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c)
{
    u_char     *p;
    os_str_t    url = ngx_http_ordersave_asset_url(c, "panel.css");
    ngx_str_t   text;

    text.data = ngx_pnalloc(r->pool, url.len
                            + sizeof("<>; rel=preload; as=style"));
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(text.data, "<%*s>; rel=preload; as=style", url.len,
                    url.data);
    text.len = p - text.data;

    return ngx_http_ordersave_headers_add(r, "Link",
                                          ngx_http_ordersave_os(text));
}

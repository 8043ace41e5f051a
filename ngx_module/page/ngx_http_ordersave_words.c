
/*
 * The words of the withdrawal function, and the link to it. See
 * ngx_http_ordersave_words.h.
 */


#include "ngx_module/page/ngx_http_ordersave_words.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_template.h"
#include "core/view/os_view_withdraw.h"
#include "core/view/os_withdraw_label.h"


typedef struct {
    const char                       *lang;
    os_buf_t                          html;
} ngx_http_ordersave_link_t;


struct ngx_http_ordersave_words_s {
    json_t                           *words;
    ngx_uint_t                        nlinks;
    ngx_http_ordersave_link_t         links[];
};


static void
ngx_http_ordersave_words_free(void *data)
{
    ngx_uint_t                   i;
    ngx_http_ordersave_words_t  *words = data;

    json_decref(words->words);

    for (i = 0; i < words->nlinks; i++) {
        os_buf_free(&words->links[i].html);
    }
}


/*
 * The link in one language: of the law's words, for all of its languages; of
 * others those of the file.
 */
static ngx_int_t
ngx_http_ordersave_link_render(ngx_http_ordersave_campaign_t *c,
    const os_template_t *template, const char *label,
    ngx_http_ordersave_link_t *link)
{
    int        rc;
    json_t    *view = json_object();
    os_buf_t   url = { 0 };

    os_buf_str(&url, c->campaign->api_path);
    os_buf_printf(&url, "withdraw?lang=%s", link->lang);
    os_json_set_str(view, "url", os_buf_view(&url));
    os_json_set_str(view, "lang", os_str(link->lang));
    os_json_set_str(view, "label", os_str(label));
    rc = os_template_render(template, view, &link->html);
    os_buf_free(&url);
    json_decref(view);

    return rc == 0 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_ordersave_links_render(ngx_http_ordersave_campaign_t *c,
    const os_template_t *template)
{
    json_t                      *texts;
    const char                  *lang;
    ngx_http_ordersave_words_t  *w = c->words;
    const os_withdraw_label_t   *label;

    for (label = os_withdraw_labels; label->lang; label++) {
        w->links[w->nlinks].lang = label->lang;

        if (ngx_http_ordersave_link_render(c, template, label->link,
                                           &w->links[w->nlinks++]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    json_object_foreach(w->words, lang, texts) {
        if (os_withdraw_label(os_str(lang))) {
            continue;
        }

        w->links[w->nlinks].lang = lang;

        if (ngx_http_ordersave_link_render(c, template,
                                           os_json_str(texts, "link").data,
                                           &w->links[w->nlinks++]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* A link to nothing would be worse than none. */
static ngx_int_t
ngx_http_ordersave_words_off(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c)
{
    if (c->withdraw == NULL) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"ordersave_insert withdraw\" needs \"withdrawal\" in %V, "
                  "in %s:%ui", &c->path, c->withdraw->file,
                  c->withdraw->line);

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_ordersave_links_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c)
{
    os_buf_t        path = { 0 };
    ngx_int_t       rc = NGX_ERROR;
    ngx_uint_t      found;
    os_error_t      err = { "" };
    os_speak_t      speak;
    os_template_t  *template;

    speak = ngx_http_ordersave_page_voice(c, c->campaign->locales[0]);
    template = ngx_http_ordersave_template(c->campaign->folders,
                                           OS_STR("block_withdraw"),
                                           speak.locale, &path, &found, &err);

    if (template) {
        rc = ngx_http_ordersave_links_render(c, template);
        os_template_free(template);

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
    }

    os_buf_free(&path);

    return rc;
}


ngx_int_t
ngx_http_ordersave_words_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c)
{
    json_t              *words;
    ngx_uint_t           most;
    os_error_t           err;
    ngx_pool_cleanup_t  *cleanup;

    if (!os_withdrawal_is_on(c->campaign)) {
        return ngx_http_ordersave_words_off(cf, c);
    }

    words = os_withdraw_words(c->campaign->folders, &err);
    if (words == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    for (most = 0; os_withdraw_labels[most].lang; most++) { /* void */ }

    most += json_object_size(words);
    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    c->words = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_words_t)
                           + most * sizeof(ngx_http_ordersave_link_t));

    if (cleanup == NULL || c->words == NULL) {
        json_decref(words);
        return NGX_ERROR;
    }

    c->words->words = words;
    cleanup->handler = ngx_http_ordersave_words_free;
    cleanup->data = c->words;

    return ngx_http_ordersave_links_load(cf, c);
}


/* The link in this language, or NULL. */
static ngx_http_ordersave_link_t *
ngx_http_ordersave_link_of(ngx_http_ordersave_words_t *words, os_str_t tag)
{
    ngx_uint_t  i;

    for (i = 0; i < words->nlinks && tag.len >= 2; i++) {
        if ((tag.len == 2 || tag.data[2] == '-' || tag.data[2] == '_')
            && ngx_strncasecmp((u_char *) tag.data,
                               (u_char *) words->links[i].lang, 2) == 0)
        {
            return &words->links[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_ordersave_words_content(ngx_http_request_t *r, os_str_t lang,
    ngx_chain_t **out)
{
    ngx_buf_t                      *b;
    ngx_http_ordersave_link_t      *link;
    ngx_http_ordersave_words_t     *words;
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);
    words = conf->campaign->words;
    link = ngx_http_ordersave_link_of(words,
                              ngx_http_ordersave_value(r, conf->locale));
    link = link ? link : ngx_http_ordersave_link_of(words, lang);
    link = link ? link : ngx_http_ordersave_link_of(words,
                              conf->campaign->campaign->locales[0]);
    link = link ? link : ngx_http_ordersave_link_of(words, OS_STR("en"));

    b = ngx_calloc_buf(r->pool);
    *out = ngx_alloc_chain_link(r->pool);

    if (b == NULL || *out == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) link->html.data;
    b->last = b->pos + link->html.len;
    b->memory = 1;
    (*out)->buf = b;
    (*out)->next = NULL;

    return NGX_OK;
}


void
ngx_http_ordersave_words_sum(ngx_http_ordersave_campaign_t *c,
    uint32_t *crc)
{
    ngx_uint_t  i;

    for (i = 0; i < c->words->nlinks; i++) {
        ngx_crc32_update(crc, (u_char *) c->words->links[i].html.data,
                         c->words->links[i].html.len);
    }
}


json_t *
ngx_http_ordersave_words_get(ngx_http_ordersave_campaign_t *c,
    os_str_t tag, os_str_t other)
{
    return c->words
           ? os_view_withdraw_words(c->words->words,
                 os_withdraw_language(c->words->words, tag, other,
                                      c->campaign->locales[0]))
           : NULL;
}

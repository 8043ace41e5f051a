
/*
 * Blocks of the campaign: each is rendered once for each of its languages when
 * the configuration is read.
 */


#include "ngx_module/page/ngx_http_ordersave_block.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_template.h"
#include "ngx_module/page/ngx_http_ordersave_words.h"
#include "core/view/os_policy.h"


struct ngx_http_ordersave_block_s {
    ngx_str_t                     name;
    u_char                       *file;         /* where it was asked for */
    ngx_uint_t                    line;
    os_buf_t                     *html;         /* one a locale */
};


/* The block is needed; it is rendered when the campaign is there. */
ngx_int_t
ngx_http_ordersave_block_use(ngx_conf_t *cf, ngx_http_ordersave_campaign_t *c,
    ngx_http_ordersave_insert_t *insert)
{
    ngx_uint_t                   i;
    ngx_http_ordersave_block_t  *block;

    if (c->blocks == NULL) {
        c->blocks = ngx_array_create(cf->pool, 2,
                                     sizeof(ngx_http_ordersave_block_t));
        if (c->blocks == NULL) {
            return NGX_ERROR;
        }
    }

    block = c->blocks->elts;

    for (i = 0; i < c->blocks->nelts; i++) {
        if (os_str_equal(ngx_http_ordersave_os(block[i].name),
                         ngx_http_ordersave_os(insert->block)))
        {
            return NGX_OK;
        }
    }

    block = ngx_array_push(c->blocks);
    if (block == NULL) {
        return NGX_ERROR;
    }

    block->name = insert->block;
    block->file = insert->file;
    block->line = insert->line;
    block->html = NULL;
    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_block_render(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, ngx_http_ordersave_block_t *block,
    os_str_t tag, os_buf_t *html)
{
    int             rc = -1;
    char            room[128];
    json_t         *view;
    os_buf_t        path = { 0 };
    os_buf_t        name = os_buf_on(room, sizeof(room));
    os_speak_t      speak = ngx_http_ordersave_page_voice(c, tag);
    os_error_t      err = { "" };
    ngx_uint_t      found;
    os_template_t  *template;

    os_buf_text(&name, "block_");
    os_buf_str(&name, ngx_http_ordersave_os(block->name));

    /* a template of the shop's own stands before ours of the same name */

    template = ngx_http_ordersave_template(c->campaign->folders,
                                           os_buf_view(&name), speak.locale,
                                           &path, &found, &err);
    if (!found) {
        (void) os_fail(&err, "%s cannot be read: expected the template of "
                       "block \"%.*s\"", path.data, (int) block->name.len,
                       (char *) block->name.data);
    }

    if (template) {
        view = os_view_static(c->campaign, speak.locale);
        (void) json_object_set_new(view, "policy", os_policy_view(&speak));
        rc = view ? os_template_render(template, view, html) : -1;
        json_decref(view);
        os_template_free(template);

        if (rc == -1) {
            (void) os_fail(&err, "%s cannot be rendered", path.data);
        }
    }

    os_buf_free(&name);
    os_buf_free(&path);

    if (rc == -1) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "%s, for \"ordersave_insert\" in %s:%ui", err.text,
                      block->file, block->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_ordersave_block_free(void *data)
{
    os_buf_free(data);
}


ngx_int_t
ngx_http_ordersave_blocks_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c)
{
    size_t                       n;
    ngx_uint_t                   i;
    ngx_pool_cleanup_t          *cleanup;
    ngx_http_ordersave_block_t  *block;

    if (c->blocks == NULL) {
        return NGX_OK;
    }

    block = c->blocks->elts;

    for (i = 0; i < c->blocks->nelts; i++) {
        block[i].html = ngx_pcalloc(cf->pool, c->campaign->nlocales
                                              * sizeof(os_buf_t));
        if (block[i].html == NULL) {
            return NGX_ERROR;
        }

        for (n = 0; n < c->campaign->nlocales; n++) {
            cleanup = ngx_pool_cleanup_add(cf->pool, 0);
            if (cleanup == NULL) {
                return NGX_ERROR;
            }

            cleanup->handler = ngx_http_ordersave_block_free;
            cleanup->data = &block[i].html[n];

            if (ngx_http_ordersave_block_render(cf, c, &block[i],
                                                c->campaign->locales[n],
                                                &block[i].html[n])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_http_ordersave_block_t *
ngx_http_ordersave_block_of(ngx_http_ordersave_loc_conf_t *conf,
    ngx_http_ordersave_insert_t *insert)
{
    ngx_http_ordersave_block_t  *block = conf->campaign->blocks->elts;

    while (!os_str_equal(ngx_http_ordersave_os(block->name),
                         ngx_http_ordersave_os(insert->block)))
    {
        block++;    /* the configuration used it */
    }

    return block;
}


static void
ngx_http_ordersave_sum(uint32_t *crc, os_str_t text)
{
    ngx_crc32_update(crc, (u_char *) text.data, text.len);
    ngx_crc32_update(crc, (u_char *) "", 1);
}


static void
ngx_http_ordersave_sum_anchor(uint32_t *crc, const os_anchor_t *anchor)
{
    u_char    byte;
    unsigned  w;

    byte = (u_char) anchor->place;
    ngx_crc32_update(crc, &byte, 1);
    ngx_http_ordersave_sum(crc, anchor->tag);

    for (w = 0; w < anchor->nwants; w++) {
        byte = (u_char) anchor->wants[w].kind;
        ngx_crc32_update(crc, &byte, 1);
        ngx_http_ordersave_sum(crc, anchor->wants[w].name);
        ngx_http_ordersave_sum(crc, anchor->wants[w].value);
    }
}


static ngx_uint_t
ngx_http_ordersave_block_withdraws(const ngx_http_ordersave_insert_t *insert)
{
    return os_str_equal(ngx_http_ordersave_os(insert->block),
                        OS_STR("withdraw"));
}


/*
 * A block may be in the visitor's language; the way to a withdrawal is in the
 * page's, unless the configuration has it in one of the request.
 */
static ngx_uint_t
ngx_http_ordersave_block_varies(ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                    i;
    ngx_http_ordersave_insert_t  *insert = conf->inserts->elts;

    for (i = 0; i < conf->inserts->nelts; i++) {
        if (ngx_http_ordersave_block_withdraws(&insert[i])
            ? conf->locale && conf->locale->lengths
            : conf->campaign->campaign->nlocales != 1)
        {
            return 1;
        }
    }

    return 0;
}


uint32_t
ngx_http_ordersave_block_revision(ngx_http_ordersave_loc_conf_t *conf)
{
    uint32_t                      crc;
    ngx_uint_t                    i, k;
    os_anchor_t                  *anchor;
    ngx_http_ordersave_block_t   *block;
    ngx_http_ordersave_insert_t  *insert = conf->inserts->elts;

    if (!conf->alike || ngx_http_ordersave_block_varies(conf)) {
        return 0;
    }

    if (conf->revision) {
        return conf->revision;
    }

    ngx_crc32_init(crc);

    for (i = 0; i < conf->inserts->nelts; i++) {
        if (ngx_http_ordersave_block_withdraws(&insert[i])) {
            ngx_http_ordersave_words_sum(conf->campaign, &crc);

        } else {
            block = ngx_http_ordersave_block_of(conf, &insert[i]);
            ngx_http_ordersave_sum(&crc, os_buf_view(&block->html[0]));
        }

        anchor = insert[i].anchors->elts;

        for (k = 0; k < insert[i].anchors->nelts; k++) {
            ngx_http_ordersave_sum_anchor(&crc, &anchor[k]);
        }
    }

    ngx_crc32_final(crc);
    conf->revision = crc ? crc : 1;

    return conf->revision;
}


/* A block in the visitor's language. */
ngx_int_t
ngx_http_ordersave_block_content(ngx_http_request_t *r,
    ngx_http_ordersave_insert_t *insert, ngx_chain_t **out)
{
    size_t                          n;
    os_str_t                        forced, accept, tag;
    ngx_buf_t                      *b;
    os_campaign_t                  *campaign;
    ngx_http_ordersave_block_t     *block;
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);
    campaign = conf->campaign->campaign;
    block = ngx_http_ordersave_block_of(conf, insert);

    forced = ngx_http_ordersave_value(r, conf->locale);
    accept = ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                      "Accept-Language"));
    tag = os_campaign_locale(campaign, forced, OS_NULL, accept, OS_NULL);

    for (n = 0; n + 1 < campaign->nlocales; n++) {
        if (os_str_equal(campaign->locales[n], tag)) {
            break;
        }
    }

    if (block->html[n].len == 0) {
        return NGX_DECLINED;
    }

    b = ngx_calloc_buf(r->pool);
    *out = ngx_alloc_chain_link(r->pool);

    if (b == NULL || *out == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) block->html[n].data;
    b->last = b->pos + block->html[n].len;
    b->memory = 1;
    (*out)->buf = b;
    (*out)->next = NULL;
    return NGX_OK;
}

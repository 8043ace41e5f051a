
/*
 * When the whole configuration was read: campaigns with their pages and blocks,
 * sources of webhooks, and what of all levels together can be seen only now.
 */


#include "ngx_module/ngx_http_ordersave_conf_load.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_block.h"
#include "ngx_module/page/ngx_http_ordersave_words.h"
#include "ngx_module/flow/ngx_http_ordersave_ingest.h"
#include "core/base/os_folders.h"
#include "core/view/os_panel.h"
#include "core/view/os_share.h"


/* nginx' client_max_body_size unless set */
#define NGX_HTTP_ORDERSAVE_BODY_USUAL  (1024 * 1024)


/* The variables that somebody asks for, of whatever directive. */
static void
ngx_http_ordersave_check_bodies(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    if (mcf->watches) {
        return;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (v[i].name.len > 15
            && ngx_strncmp(v[i].name.data, "ordersave_body_", 15) == 0)
        {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "\"$%V\" is always empty: a body is read only "
                               "where \"ordersave_cancel\" or "
                               "\"ordersave_track\" is set",
                               &v[i].name);
        }
    }
}


/*
 * What is written to buyers is the worker's, which reads the campaign alone:
 * both must observe, or neither.
 */
static ngx_int_t
ngx_http_ordersave_observes(ngx_conf_t *cf, ngx_http_ordersave_campaign_t *c)
{
    ngx_uint_t  observes = os_campaign_observes(c->campaign, "state");

    if (observes && c->mode_on) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ordersave_mode on\", but \"state\" is "
                           "\"observe\" in %V", &c->path);
        return NGX_ERROR;
    }

    if (!observes && c->mode_observe
        && !os_campaign_observes(c->campaign, "messages"))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"ordersave_mode observe\" holds no message back: "
                           "say \"state\": \"observe\" in %V, too", &c->path);
    }

    return NGX_OK;
}


/* Who gets an SMS follows its link. */
static void
ngx_http_ordersave_check_links(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    os_str_t                         path;
    ngx_uint_t                       i;
    const os_campaign_t             *campaign;
    ngx_http_ordersave_campaign_t  **c = mcf->campaigns.elts;

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        campaign = c[i]->campaign;

        if (!c[i]->api || c[i]->links
            || (os_campaign_at(campaign, "/sms") == NULL
                && os_campaign_at(campaign, "/track/short_path") == NULL))
        {
            continue;
        }

        path = os_panel_short_path(campaign);
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "short links of %V lead to \"%*s\", which no "
                           "location serves: expected one of that name with "
                           "\"ordersave_api on\"", &c[i]->path, path.len,
                           path.data);
    }
}


/* Requests are answered where somebody may. */
static void
ngx_http_ordersave_check_requests(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                       i, n, somebody;
    ngx_http_ordersave_loc_conf_t  **api = mcf->apis.elts;
    ngx_http_ordersave_campaign_t  **c = mcf->campaigns.elts;

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        somebody = !c[i]->api
                   || os_campaign_at(c[i]->campaign, "/requests") == NULL;

        for (n = 0; n < mcf->apis.nelts; n++) {
            somebody |= api[n]->campaign == c[i]
                        && (api[n]->staff || api[n]->keys->support.len);
        }

        if (!somebody) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "nobody can answer requests of %V: expected "
                               "\"ordersave_staff\", or a line "
                               "\"support:CODE\" in the key file",
                               &c[i]->path);
        }
    }
}


/* A link to a cancel leads somewhere. */
static ngx_int_t
ngx_http_ordersave_check_cancel(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c)
{
    ngx_http_ordersave_insert_t  *insert = c->cancel;

    if (insert == NULL
        || os_json_bool(os_campaign_at(c->campaign, "/cancel"), "hosted"))
    {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"ordersave_insert cancel\" needs "
                  "\"cancel\": {\"hosted\": true} in %V, in %s:%ui", &c->path,
                  insert->file, insert->line);

    return NGX_ERROR;
}


/* Whoever takes withdrawals in has to lead buyers there. */
static void
ngx_http_ordersave_check_withdraw(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                       i;
    ngx_http_ordersave_campaign_t  **c = mcf->campaigns.elts;

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        if (c[i]->words && c[i]->api && c[i]->withdraw == NULL) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "no page of the shop leads to \"%*swithdraw\", "
                               "where %V has contracts withdrawn from: "
                               "expected \"ordersave_insert withdraw\"",
                               c[i]->campaign->api_path.len,
                               c[i]->campaign->api_path.data, &c[i]->path);
        }
    }
}


static void
ngx_http_ordersave_campaign_free(void *data)
{
    os_campaign_free(data);
}


static void
ngx_http_ordersave_source_free(void *data)
{
    os_source_free(data);
}


/* A name of ours, or a file of the shop's. */
static ngx_int_t
ngx_http_ordersave_load_source(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf, ngx_http_ordersave_intake_t *intake)
{
    os_buf_t                        file = { 0 }, path = { 0 };
    ngx_str_t                       own, *name = &intake->conf->source_name;
    os_error_t                      err;
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_ordersave_loc_conf_t  *conf = intake->conf;

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == NULL) {
        return NGX_ERROR;
    }

    if (ngx_strlchr(name->data, name->data + name->len, '/')) {
        own = *name;

        if (ngx_conf_full_name(cf->cycle, &own, 1) != NGX_OK) {
            return NGX_ERROR;
        }

        os_buf_text(&path, (char *) own.data);

    } else {
        os_buf_printf(&file, "sources/%.*s.json", (int) name->len,
                      (char *) name->data);
        (void) os_folders_find(conf->campaign && conf->campaign->campaign
                               ? conf->campaign->campaign->folders
                               : (char *) mcf->share.data,
                               &path, file.data);
        os_buf_free(&file);
    }

    conf->source = os_source_load(path.data, &err);
    os_buf_free(&path);

    if (conf->source == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_source_free;
    cleanup->data = conf->source;

    if (conf->secret.len == 0 && conf->source->sign != OS_SIGN_NONE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "source \"%V\" is signed: expected secret_file=",
                           name);
        return NGX_ERROR;
    }

    /* most webhooks need no file then */

    if (intake->core->client_body_buffer_size == 2 * (size_t) ngx_pagesize) {
        intake->core->client_body_buffer_size =
            NGX_HTTP_ORDERSAVE_INGEST_SLICE;
    }

    /* nor is one refused because nobody has said how long it may be */

    if (intake->core->client_max_body_size == NGX_HTTP_ORDERSAVE_BODY_USUAL) {
        intake->core->client_max_body_size = NGX_HTTP_ORDERSAVE_INGEST_MAX;

    } else if (intake->core->client_max_body_size > 0
               && intake->core->client_max_body_size
                  < NGX_HTTP_ORDERSAVE_BODY_USUAL)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"client_max_body_size\" of a location with "
                           "\"ordersave_ingest\" is %O bytes: longer webhooks "
                           "are refused with 413; say 4m there",
                           intake->core->client_max_body_size);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_load_sources(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_int_t                     rc = NGX_OK;
    ngx_uint_t                    i;
    ngx_conf_file_t              *last = cf->conf_file, level;
    ngx_http_ordersave_intake_t  *intake = mcf->intakes.elts;

    level = *last;
    cf->conf_file = &level;

    for (i = 0; i < mcf->intakes.nelts && rc == NGX_OK; i++) {
        level.file.name = intake[i].file;
        level.line = intake[i].line;
        rc = ngx_http_ordersave_load_source(cf, mcf, &intake[i]);
    }

    cf->conf_file = last;
    return rc;
}


/* Each folder is one of its own, below that of the configuration. */
ngx_int_t
ngx_http_ordersave_load_share(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    os_buf_t   all = { 0 };
    ngx_int_t  rc = NGX_OK;
    os_str_t   folder, rest = ngx_http_ordersave_os(mcf->share);
    ngx_str_t  full;

    if (mcf->share.data == NULL) {
        ngx_str_set(&mcf->share, OS_FOLDERS_PATH);
        return NGX_OK;
    }

    while (rc == NGX_OK && os_folders_next(&rest, &folder) == 0) {
        full.len = folder.len;
        full.data = ngx_pnalloc(cf->pool, folder.len + 1);

        if (full.data == NULL) {
            rc = NGX_ERROR;
            break;
        }

        ngx_cpystrn(full.data, (u_char *) folder.data, folder.len + 1);
        rc = ngx_conf_full_name(cf->cycle, &full, 1);
        os_buf_text(&all, all.len ? ":" : "");
        os_buf_str(&all, ngx_http_ordersave_os(full));
    }

    mcf->share.len = all.len;
    mcf->share.data = ngx_pnalloc(cf->pool, all.len + 1);

    if (all.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"ordersave_share\": "
                           "expected a folder, or several with \":\" between "
                           "them");
        rc = NGX_ERROR;

    } else if (all.failed || mcf->share.data == NULL) {
        rc = NGX_ERROR;

    } else {
        ngx_memcpy(mcf->share.data, all.data, all.len + 1);
    }

    os_buf_free(&all);

    return rc;
}


/* A translation that is missing is no reason not to start. */
static void
ngx_http_ordersave_lacks(void *data, os_str_t tag, const json_t *keys)
{
    os_buf_t     text = { 0 };
    ngx_conf_t  *cf = data;

    os_share_lacks(tag, keys, &text);
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "%s", text.data);
    os_buf_free(&text);
}


static ngx_int_t
ngx_http_ordersave_load_campaign(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf, ngx_http_ordersave_campaign_t *c,
    json_t *read)
{
    os_error_t           err;
    ngx_pool_cleanup_t  *cleanup = ngx_pool_cleanup_add(cf->pool, 0);

    if (cleanup == NULL) {
        return NGX_ERROR;
    }

    c->campaign = os_campaign_load((char *) c->path.data,
                                   (char *) mcf->share.data, &err);
    if (c->campaign == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_campaign_free;
    cleanup->data = c->campaign;

    if (c->store.len
        && !os_str_equal(ngx_http_ordersave_os(c->store), c->campaign->store))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ordersave_store\" is \"%V\", but %V is of "
                           "\"%s\"", &c->store, &c->path,
                           c->campaign->store.data);
        return NGX_ERROR;
    }

    if (os_share_check(c->campaign, read, ngx_http_ordersave_lacks, cf, &err)
        != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    if (ngx_http_ordersave_observes(cf, c) != NGX_OK
        || ngx_http_ordersave_check_cancel(cf, c) != NGX_OK
        || ngx_http_ordersave_pages_load(cf, c, read) != NGX_OK
        || ngx_http_ordersave_blocks_load(cf, c) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_ordersave_words_load(cf, c);
}


ngx_int_t
ngx_http_ordersave_load_campaigns(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    json_t                          *read = json_object();
    ngx_int_t                        rc = NGX_OK;
    ngx_uint_t                       i;
    ngx_http_ordersave_campaign_t  **c = mcf->campaigns.elts;

    /* what campaigns and their languages share is read once */

    for (i = 0; rc == NGX_OK && i < mcf->campaigns.nelts; i++) {
        rc = ngx_http_ordersave_load_campaign(cf, mcf, c[i], read);
    }

    json_decref(read);

    return rc == NGX_OK ? ngx_http_ordersave_load_sources(cf, mcf) : rc;
}


/* Can a request of this location be one of the campaign's pages? */
static ngx_uint_t
ngx_http_ordersave_meets(ngx_http_core_loc_conf_t *location, os_str_t base)
{
    os_str_t  name = ngx_http_ordersave_os(location->name);

    return os_str_starts(name, base)
           || (!location->exact_match && os_str_starts(base, name));
}


/* Elsewhere than the campaign's links lead, the API would answer nobody. */
ngx_int_t
ngx_http_ordersave_check_apis(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    os_str_t                         api, path;
    ngx_uint_t                       i;
    ngx_conf_file_t                 *last, level;
    ngx_http_core_loc_conf_t        *location;
    ngx_http_ordersave_loc_conf_t  **conf = mcf->apis.elts;

    for (i = 0; i < mcf->apis.nelts; i++) {
        location = conf[i]->location;
        api = conf[i]->campaign->campaign->api_path;
        path = os_panel_short_path(conf[i]->campaign->campaign);
        conf[i]->api_path = api;
        conf[i]->short_path = path;

#if (NGX_PCRE)
        if (location->regex) {
            conf[i]->campaign->api = 1;
            conf[i]->campaign->links = 1;
            continue;
        }
#endif

        if (location->named) {
            continue;
        }

        conf[i]->campaign->links |= !location->exact_match
                                    && os_str_starts(path,
                                           ngx_http_ordersave_os(
                                               location->name));

        /* one that is longer, or exact, serves some of the pages only */

        if (!location->exact_match
            && os_str_starts(api, ngx_http_ordersave_os(location->name)))
        {
            conf[i]->campaign->api = 1;
            continue;
        }

        if (ngx_http_ordersave_meets(location, api)
            || ngx_http_ordersave_meets(location, path))
        {
            continue;
        }

        last = cf->conf_file;
        level = *last;
        level.file.name = conf[i]->file;
        level.line = conf[i]->line;
        cf->conf_file = &level;
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ordersave_api\" in location \"%V\": expected "
                           "\"%*s\", the api_path of %V, or \"%*s\", its "
                           "short_path", &location->name, api.len, api.data,
                           &conf[i]->campaign->path, path.len, path.data);
        cf->conf_file = last;
        return NGX_ERROR;
    }

    for (i = 0; i < mcf->apis.nelts; i++) {
        if (!conf[i]->campaign->links) {
            conf[i]->short_path = OS_NULL;      /* it is somebody else's */
        }
    }

    ngx_http_ordersave_check_links(cf, mcf);
    ngx_http_ordersave_check_requests(cf, mcf);
    ngx_http_ordersave_check_withdraw(cf, mcf);
    ngx_http_ordersave_check_bodies(cf, mcf);

    return NGX_OK;
}

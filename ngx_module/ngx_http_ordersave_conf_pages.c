
/*
 * Which campaign, what goes into pages of the store, and what of this each
 * level may have. What is read and checked at the end stands in _conf_load.c.
 */


#include "ngx_module/ngx_http_ordersave_conf_pages.h"
#include "ngx_module/flow/ngx_http_ordersave_ingest.h"
#include "ngx_module/page/ngx_http_ordersave_status.h"
#include "ngx_module/page/ngx_http_ordersave_block.h"
#include "ngx_module/page/ngx_http_ordersave_insert.h"
#include "ngx_module/ngx_http_ordersave_conf_base.h"
#include "core/view/os_withdraw_label.h"


static ngx_uint_t
ngx_http_ordersave_has_tracked(ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                    i;
    ngx_http_ordersave_insert_t  *insert;

    insert = conf->blocks ? conf->blocks->elts : NULL;

    for (i = 0; insert && i < conf->blocks->nelts; i++) {
        if (ngx_http_ordersave_insert_is_tracked(&insert[i])) {
            return 1;
        }
    }

    return 0;
}


/*
 * A campaign is read once the share folder is known, after this; what was
 * said of its store is compared then.
 */
static ngx_int_t
ngx_http_ordersave_conf_use(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_http_ordersave_campaign_t  *c = conf->campaign;

    if (c->store.len == 0) {
        c->store = conf->store;
    }

    if (c->store.len != conf->store.len
        || ngx_strncmp(c->store.data, conf->store.data, c->store.len) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ordersave_campaign\" %V serves the stores \"%V\" "
                           "and \"%V\": expected one store a campaign",
                           &c->path, &c->store, &conf->store);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A directive that stands alone says what it misses. */
char *
ngx_http_ordersave_need(ngx_conf_t *cf, ngx_http_ordersave_loc_conf_t *conf,
    const char *directive)
{
    ngx_uint_t                       insert;
    const char                      *missing = NULL;
    ngx_http_ordersave_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    insert = ngx_strcmp(directive, "ordersave_insert") == 0;

    if (mcf->server == NULL && !insert) {
        missing = "ordersave_redis";

    } else if (conf->store.len == 0) {
        missing = "ordersave_store";

    } else if (ngx_strcmp(directive, "ordersave_ingest") == 0) {
        missing = NULL;

    } else if (conf->campaign == NULL) {
        missing = "ordersave_campaign";

    } else if (insert) {
        missing = NULL;

    } else if (conf->keys == NULL) {
        missing = "ordersave_key_file";

    } else if (conf->order_id == NULL
               && ngx_strcmp(directive, "ordersave_api") != 0)
    {
        missing = "ordersave_order_id";

    } else if (conf->anchors == NULL
               && ngx_strcmp(directive, "ordersave_track") == 0
               && !ngx_http_ordersave_has_tracked(conf))
    {
        missing = "ordersave_anchor";
    }

    if (missing == NULL && conf->campaign
        && ngx_http_ordersave_conf_use(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (missing) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" needs \"%s\", which is not set here or "
                           "above", directive, missing);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Warns with the line where the level begins. */
static void
ngx_http_ordersave_warn(ngx_conf_t *cf, const char *what)
{
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "%s", what);
}


/* A panel is asked for here: can there ever be one? */
static void
ngx_http_ordersave_conf_panel(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf)
{
    if (conf->source_name.len || conf->status || conf->api == 1) {
        return;
    }

    if (conf->proof == NULL && conf->email == NULL && conf->shown == NULL
        && conf->verify == NULL)
    {
        ngx_http_ordersave_warn(cf, "no panel is ever shown here: nothing "
                                "says whose order it is; expected "
                                "\"ordersave_proof\", \"ordersave_shown\" "
                                "or \"ordersave_verify\"");
    }

    /* who observes knows that nothing is shown yet */

    if (conf->mode && conf->mode->lengths == NULL
        && ngx_strcmp(conf->mode->value.data, "off") == 0)
    {
        ngx_http_ordersave_warn(cf, "no panel is ever shown here: "
                                "\"ordersave_mode\" is \"off\"");
    }
}


/* All that may go into pages of this location, the panel first. */
ngx_int_t
ngx_http_ordersave_conf_inserts(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                       i, track, n;
    ngx_http_ordersave_insert_t     *insert, *block;
    ngx_http_ordersave_main_conf_t  *mcf;

    track = ngx_http_ordersave_maybe(conf->track);

    if (!track && conf->blocks == NULL) {
        return NGX_OK;
    }

    if (track && ngx_http_ordersave_need(cf, conf, "ordersave_track")
                 != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    if (conf->blocks && ngx_http_ordersave_need(cf, conf, "ordersave_insert")
                        != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    conf->inserts = ngx_array_create(cf->pool, 4,
                                     sizeof(ngx_http_ordersave_insert_t));
    if (conf->inserts == NULL) {
        return NGX_ERROR;
    }

    if (track && conf->anchors) {
        ngx_http_ordersave_conf_panel(cf, conf);
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    mcf->inserters++;

    if (track && conf->anchors) {
        insert = ngx_array_push(conf->inserts);
        if (insert == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(insert, sizeof(ngx_http_ordersave_insert_t));
        insert->anchors = conf->anchors;
        insert->file = conf->file.data;
        insert->line = conf->line;
    }

    conf->alike = !track;
    n = (track && conf->anchors ? conf->anchors->nelts : 0)
        + (conf->shown != NULL);
    block = conf->blocks ? conf->blocks->elts : NULL;

    for (i = 0; conf->blocks && i < conf->blocks->nelts; i++) {
        n += block[i].anchors->nelts;

        insert = ngx_array_push(conf->inserts);
        if (insert == NULL) {
            return NGX_ERROR;
        }

        *insert = block[i];

        if (ngx_http_ordersave_insert_is_tracked(insert)) {

            if (!track) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"ordersave_insert %V\" needs "
                                   "\"ordersave_track\", which is not set "
                                   "here or above", &insert->block);
                return NGX_ERROR;
            }

            if (ngx_http_ordersave_insert_is_cancel(insert)) {
                conf->campaign->cancel = insert;
            }

            continue;
        }

        if (ngx_http_ordersave_insert_is_withdraw(insert)) {
            conf->campaign->withdraw = insert;
            continue;
        }

        if (ngx_http_ordersave_block_use(cf, conf->campaign, insert)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (n > OS_ANCHORS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%ui anchors: expected at most %d of "
                           "\"ordersave_anchor\", \"ordersave_insert\" and "
                           "\"ordersave_shown\" together", n, OS_ANCHORS);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A complex value that is not plainly "off". */
ngx_uint_t
ngx_http_ordersave_maybe(ngx_http_complex_value_t *value)
{
    return value
           && !(value->lengths == NULL && value->value.len == 3
                && ngx_strncmp(value->value.data, "off", 3) == 0);
}


/* "PLACE SELECTOR", or "SELECTOR" of a text that is wanted. */
static ngx_int_t
ngx_http_ordersave_anchor_parse(ngx_conf_t *cf, os_anchor_t *anchor,
    os_str_t place, os_str_t selector)
{
    os_error_t  err;

    if (os_anchor_parse(anchor, place, selector, &err) == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_anchor_add(ngx_conf_t *cf, ngx_array_t **anchors,
    os_str_t place, os_str_t selector)
{
    os_anchor_t  *anchor;

    if (*anchors == NULL || *anchors == NGX_CONF_UNSET_PTR) {
        *anchors = ngx_array_create(cf->pool, 2, sizeof(os_anchor_t));
        if (*anchors == NULL) {
            return NGX_ERROR;
        }
    }

    anchor = ngx_array_push(*anchors);
    if (anchor == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_ordersave_anchor_parse(cf, anchor, place, selector);
}


char *
ngx_http_ordersave_conf_anchor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t  *words;

    words = cf->args->elts;

    if (lcf->anchors == NULL) {
        return "is \"off\" here already";
    }

    if (cf->args->nelts == 2) {

        if (ngx_strcmp(words[1].data, "off") != 0) {
            return ngx_http_ordersave_invalid(cf, &words[1], "\"off\", or a "
                                              "place and a selector");
        }

        if (lcf->anchors != NGX_CONF_UNSET_PTR) {
            return "is set here already, and not \"off\"";
        }

        lcf->anchors = NULL;
        return NGX_CONF_OK;
    }

    return ngx_http_ordersave_anchor_add(cf, &lcf->anchors,
                                         ngx_http_ordersave_os(words[1]),
                                         ngx_http_ordersave_os(words[2]))
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_ordersave_conf_shown(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t  *words;

    if (lcf->shown != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    words = cf->args->elts;

    if (ngx_strcmp(words[1].data, "off") == 0) {
        lcf->shown = NULL;
        return NGX_CONF_OK;
    }

    lcf->shown = ngx_palloc(cf->pool, sizeof(os_anchor_t));
    if (lcf->shown == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_ordersave_anchor_parse(cf, lcf->shown, OS_NULL,
                                           ngx_http_ordersave_os(words[1]))
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* A block that is named again has another place to go to. */
char *
ngx_http_ordersave_conf_insert(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    size_t                        i;
    ngx_str_t                    *words;
    ngx_uint_t                    n;
    ngx_http_ordersave_insert_t  *insert, *old;

    words = cf->args->elts;

    if (lcf->blocks == NULL) {
        return "is \"off\" here already";
    }

    if (cf->args->nelts == 2) {

        if (ngx_strcmp(words[1].data, "off") != 0) {
            return ngx_http_ordersave_invalid(cf, &words[1], "\"off\", or a "
                                              "block, a place and a selector");
        }

        if (lcf->blocks != NGX_CONF_UNSET_PTR) {
            return "is set here already, and not \"off\"";
        }

        lcf->blocks = NULL;
        return NGX_CONF_OK;
    }

    for (i = 0; i < words[1].len; i++) {
        if (!(words[1].data[i] == '_'
              || (words[1].data[i] >= '0' && words[1].data[i] <= '9')
              || (words[1].data[i] >= 'a' && words[1].data[i] <= 'z')))
        {
            break;
        }
    }

    if (words[1].len == 0 || i < words[1].len) {
        return ngx_http_ordersave_invalid(cf, &words[1],
                             "a block's name: letters a to z, digits, \"_\"");
    }

    if (lcf->blocks == NGX_CONF_UNSET_PTR) {
        lcf->blocks = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_ordersave_insert_t));
        if (lcf->blocks == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    insert = NULL;
    old = lcf->blocks->elts;

    for (n = 0; n < lcf->blocks->nelts; n++) {
        if (old[n].block.len == words[1].len
            && ngx_strncmp(old[n].block.data, words[1].data, words[1].len)
               == 0)
        {
            insert = &old[n];
        }
    }

    if (insert == NULL) {
        insert = ngx_array_push(lcf->blocks);
        if (insert == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(insert, sizeof(ngx_http_ordersave_insert_t));
        insert->block = words[1];
        insert->file = cf->conf_file->file.name.data;
        insert->line = cf->conf_file->line;
    }

    return ngx_http_ordersave_anchor_add(cf, &insert->anchors,
                                         ngx_http_ordersave_os(words[2]),
                                         ngx_http_ordersave_os(words[3]))
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* A folder that nginx may write to, and no URL leads to. */
char *
ngx_http_ordersave_conf_photos(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ssize_t                          max;
    ngx_str_t                       *words, size;
    ngx_file_info_t                  info;
    ngx_http_ordersave_main_conf_t  *mcf;

    words = cf->args->elts;

    if (lcf->photos.data != NULL) {
        return "is duplicate";
    }

    if (cf->args->nelts == 3) {
        if (!ngx_http_ordersave_option(&words[2], "max", &size)
            || (max = ngx_parse_size(&size)) <= 0)
        {
            return ngx_http_ordersave_invalid(cf, &words[2], "max=SIZE");
        }

        lcf->photo_max = (size_t) max;
    }

    lcf->photos = words[1];

    if (ngx_conf_full_name(cf->cycle, &lcf->photos, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_file_info(lcf->photos.data, &info) == NGX_FILE_ERROR
        || !ngx_is_dir(&info))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ordersave_photos\": \"%V\" is not a folder",
                           &lcf->photos);
        return NGX_CONF_ERROR;
    }

    if (!ngx_http_ordersave_may_write(cf, &lcf->photos)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ordersave_photos\": \"%V\" cannot be written "
                           "to by nginx' \"user\"", &lcf->photos);
        return NGX_CONF_ERROR;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    mcf->photos++;

    return NGX_CONF_OK;
}


/* One of two that answer never would. */
ngx_int_t
ngx_http_ordersave_conf_beside(ngx_conf_t *cf, const char *name)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%s\" beside \"proxy_pass\" or another directive "
                       "that answers, of which one never would: expected one "
                       "of them", name);
    return NGX_ERROR;
}


ngx_int_t
ngx_http_ordersave_conf_pages_here(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                 track, panel, blocks;
    ngx_http_core_loc_conf_t  *location;

    location = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->api == 1 && location->handler && conf->source_name.len == 0
        && !conf->status)
    {
        return ngx_http_ordersave_conf_beside(cf, "ordersave_api");
    }

    /* what stands behind it in the location has taken its place */

    if (conf->source_name.len
        && location->handler != ngx_http_ordersave_ingest_handler
        && !conf->status)
    {
        return ngx_http_ordersave_conf_beside(cf, "ordersave_ingest");
    }

    if (conf->status && location->handler != ngx_http_ordersave_status_handler
        && conf->source_name.len == 0)
    {
        return ngx_http_ordersave_conf_beside(cf, "ordersave_status");
    }

    track = conf->track != NGX_CONF_UNSET_PTR
            && ngx_http_ordersave_maybe(conf->track);
    blocks = conf->blocks != NGX_CONF_UNSET_PTR && conf->blocks;
    panel = track || (conf->anchors != NGX_CONF_UNSET_PTR && conf->anchors);

    if ((panel || blocks)
        && (conf->source_name.len || conf->status || conf->api == 1))
    {
        ngx_http_ordersave_warn(cf, "nothing goes into pages of a location "
                                "with \"ordersave_api\", \"ordersave_ingest\""
                                " or \"ordersave_status\": take "
                                "\"ordersave_track\", \"ordersave_anchor\" "
                                "and \"ordersave_insert\" out of it");
    }

    return NGX_OK;
}


/* Does a value take a field of a form? */
static ngx_uint_t
ngx_http_ordersave_of_body(ngx_http_complex_value_t *value)
{
    u_char  *text, *end;

    if (value == NULL || value->lengths == NULL) {
        return 0;
    }

    text = value->value.data;
    end = text + value->value.len;

    for ( /* void */ ; end - text > 16; text++) {
        if (ngx_strncasecmp(text, (u_char *) "$ordersave_body_", 16) == 0
            || ngx_strncasecmp(text, (u_char *) "${ordersave_body_", 17) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_ordersave_too_early(ngx_conf_t *cf, const char *name,
    ngx_http_complex_value_t *value)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%s\" takes \"%V\", where no body is read yet: "
                       "expected something of the query, or of the path",
                       name, &value->value);
    return NGX_ERROR;
}


ngx_int_t
ngx_http_ordersave_conf_bodies(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                 i;
    ngx_http_complex_value_t  *bypass;

    const struct {
        const char                *name;
        ngx_http_complex_value_t  *value;
        ngx_uint_t                 read;    /* for the other one */
    } values[] = {
        { "ordersave_cancel", conf->cancel,
          ngx_http_ordersave_maybe(conf->track) },
        { "ordersave_track", conf->track, conf->watches },
        { "ordersave_mode", conf->mode, 0 },
    };

    for (i = 0; conf->bypass && i < conf->bypass->nelts; i++) {
        bypass = conf->bypass->elts;

        if (ngx_http_ordersave_of_body(&bypass[i])) {
            return ngx_http_ordersave_too_early(cf, "ordersave_bypass",
                                                &bypass[i]);
        }
    }

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (!values[i].read && ngx_http_ordersave_of_body(values[i].value)) {
            return ngx_http_ordersave_too_early(cf, values[i].name,
                                                values[i].value);
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_ordersave_conf_cancels(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_str_t                 *what = NULL;
    ngx_http_core_loc_conf_t  *location;

    location = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (os_withdraw_address(ngx_http_ordersave_os(conf->cancel->value))) {
        what = &conf->cancel->value;

    } else if (conf->cancel->lengths == NULL
               && os_withdraw_address(ngx_http_ordersave_os(location->name)))
    {
        what = &location->name;
    }

    if (what == NULL) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"ordersave_cancel\" in front of a withdrawal "
                       "(\"%V\"): no offer may stand between a consumer and "
                       "it (Directive 2011/83/EU, article 11a); expected "
                       "\"ordersave_cancel off\" here", what);

    return NGX_ERROR;
}


/*
 * A location answers in one way: the API comes before any other, wherever it
 * was switched on. Where it is, is looked at when the campaign has been read.
 */
ngx_int_t
ngx_http_ordersave_conf_answers(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_http_ordersave_loc_conf_t   **api;
    ngx_http_ordersave_main_conf_t   *mcf;

    if ((conf->api != 0) + (conf->source_name.len > 0) + (conf->status != 0)
        > 1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" and \"%s\" in one location: expected one "
                           "of them%s", conf->api ? "ordersave_api"
                                                  : "ordersave_ingest",
                           conf->source_name.len && conf->api
                           ? "ordersave_ingest"
                                                     : "ordersave_status",
                           conf->api ? ", or \"ordersave_api off\" below one "
                                       "that is on" : "");
        return NGX_ERROR;
    }

    if (!conf->api) {
        return NGX_OK;
    }

    if (ngx_http_ordersave_need(cf, conf, "ordersave_api") != NGX_CONF_OK) {
        return NGX_ERROR;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    api = ngx_array_push(&mcf->apis);

    if (api == NULL) {
        return NGX_ERROR;
    }

    conf->location = ngx_http_conf_get_module_loc_conf(cf,
                                                       ngx_http_core_module);
    conf->server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    *api = conf;
    return NGX_OK;
}


/* One campaign file is read once, however many locations name it. */
char *
ngx_http_ordersave_conf_campaign(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t                        *words, path;
    ngx_uint_t                        i;
    ngx_http_ordersave_campaign_t    *c, **known, **slot;
    ngx_http_ordersave_main_conf_t   *mcf;

    if (lcf->campaign != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    words = cf->args->elts;
    path = words[1];

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    known = mcf->campaigns.elts;

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        if (known[i]->path.len == path.len
            && ngx_memcmp(known[i]->path.data, path.data, path.len) == 0)
        {
            lcf->campaign = known[i];
            return NGX_CONF_OK;
        }
    }

    c = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_campaign_t));
    slot = ngx_array_push(&mcf->campaigns);

    if (c == NULL || slot == NULL) {
        return NGX_CONF_ERROR;
    }

    c->path = path;
    *slot = c;
    lcf->campaign = c;
    return NGX_CONF_OK;
}
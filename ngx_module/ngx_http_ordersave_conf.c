
/*
 * The configuration: directives, what they mean together, and what is read
 * when nginx reads them. Every fault is told with its file and line.
 */


#include "ngx_http_ordersave.h"

#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_SPOOL_PATH  "/var/spool/ordersave"


static char *ngx_http_ordersave_redis(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_spool(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_store_name(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_http_ordersave_invalid(ngx_conf_t *cf, ngx_str_t *word,
    const char *expected);
static char *ngx_http_ordersave_campaign(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_key_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_cancel(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_order_id(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_proof(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_photos(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_verify(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_anchor(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_shown(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_insert(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_ingest(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#define NGX_HTTP_ORDERSAVE_ANYWHERE                                           \
    NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF


static ngx_conf_post_t  ngx_http_ordersave_store_post = {
    ngx_http_ordersave_store_name
};


ngx_command_t  ngx_http_ordersave_commands[] = {

    { ngx_string("ordersave_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_ordersave_redis,
      NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_spool"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_ordersave_spool,
      NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_share"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_ordersave_main_conf_t, share), NULL },

    { ngx_string("ordersave_store"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, store),
      &ngx_http_ordersave_store_post },

    { ngx_string("ordersave_campaign"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_ordersave_campaign,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_key_file"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_ordersave_key_file,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_mode"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, mode), NULL },

    { ngx_string("ordersave_cancel"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_ordersave_cancel,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, cancel), NULL },

    { ngx_string("ordersave_order_id"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_ordersave_order_id,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_proof"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_ordersave_proof,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_verify"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE123,
      ngx_http_ordersave_verify,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_bypass"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_set_predicate_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, bypass), NULL },

    { ngx_string("ordersave_locale"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, locale), NULL },

    { ngx_string("ordersave_segment"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, segment), NULL },

    { ngx_string("ordersave_track"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, track), NULL },

    { ngx_string("ordersave_anchor"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE2,
      ngx_http_ordersave_anchor,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_shown"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_ordersave_shown,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_insert"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE3,
      ngx_http_ordersave_insert,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_live"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_ordersave_main_conf_t, live_max), NULL },

    { ngx_string("ordersave_photos"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_ordersave_photos,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_types"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_types_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, types_keys),
      &ngx_http_html_default_types[0] },

    { ngx_string("ordersave_api"),
      NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, api), NULL },

    { ngx_string("ordersave_ingest"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_ordersave_ingest,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_ordersave_status,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

      ngx_null_command
};


void *
ngx_http_ordersave_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_ordersave_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&mcf->campaigns, cf->pool, 4,
                       sizeof(ngx_http_ordersave_campaign_t *))
        != NGX_OK
        || ngx_array_init(&mcf->apis, cf->pool, 4,
                          sizeof(ngx_http_ordersave_loc_conf_t *))
           != NGX_OK)
    {
        return NULL;
    }

    mcf->live_max = NGX_CONF_UNSET_UINT;

    return mcf;
}


void *
ngx_http_ordersave_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->file = cf->conf_file->file.name;
    conf->line = cf->conf_file->line;
    conf->campaign = NGX_CONF_UNSET_PTR;
    conf->keys = NGX_CONF_UNSET_PTR;
    conf->mode = NGX_CONF_UNSET_PTR;
    conf->cancel = NGX_CONF_UNSET_PTR;
    conf->order_id = NGX_CONF_UNSET_PTR;
    conf->proof = NGX_CONF_UNSET_PTR;
    conf->email = NGX_CONF_UNSET_PTR;
    conf->photo_max = NGX_CONF_UNSET_SIZE;
    conf->verify = NGX_CONF_UNSET_PTR;
    conf->bypass = NGX_CONF_UNSET_PTR;
    conf->locale = NGX_CONF_UNSET_PTR;
    conf->segment = NGX_CONF_UNSET_PTR;
    conf->track = NGX_CONF_UNSET_PTR;
    conf->anchors = NGX_CONF_UNSET_PTR;
    conf->shown = NGX_CONF_UNSET_PTR;
    conf->inserts = NGX_CONF_UNSET_PTR;
    conf->api = NGX_CONF_UNSET;

    return conf;
}


/*
 * A campaign is read once the share folder is known, after this; what was
 * said of its store is compared then.
 */
static ngx_int_t
ngx_http_ordersave_use(ngx_conf_t *cf, ngx_http_ordersave_loc_conf_t *conf)
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


static ngx_uint_t
ngx_http_ordersave_has_products(ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                    i;
    ngx_http_ordersave_splice_t  *insert;

    insert = conf->inserts ? conf->inserts->elts : NULL;

    for (i = 0; insert && i < conf->inserts->nelts; i++) {
        if (ngx_http_ordersave_is_products(&insert[i])) {
            return 1;
        }
    }

    return 0;
}


/* A directive that stands alone says what it misses. */
static char *
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
               && !ngx_http_ordersave_has_products(conf))
    {
        missing = "ordersave_anchor";
    }

    if (missing == NULL && conf->campaign
        && ngx_http_ordersave_use(cf, conf) != NGX_OK)
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


/*
 * A location answers in one way: the API comes before any other, wherever it
 * was switched on. Where it is, is looked at when the campaign has been read.
 */
static ngx_int_t
ngx_http_ordersave_answers(ngx_conf_t *cf, ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_http_ordersave_loc_conf_t   **api;
    ngx_http_ordersave_main_conf_t   *mcf;

    if ((conf->api != 0) + (conf->source != NULL) + (conf->status != 0) > 1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" and \"%s\" in one location: expected one "
                           "of them%s", conf->api ? "ordersave_api"
                                                  : "ordersave_ingest",
                           conf->source && conf->api ? "ordersave_ingest"
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
    *api = conf;
    return NGX_OK;
}


/* A complex value that is not plainly "off". */
static ngx_uint_t
ngx_http_ordersave_maybe(ngx_http_complex_value_t *value)
{
    return value
           && !(value->lengths == NULL && value->value.len == 3
                && ngx_strncmp(value->value.data, "off", 3) == 0);
}


/* All that may go into pages of this location, the panel first. */
static ngx_int_t
ngx_http_ordersave_splices(ngx_conf_t *cf, ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_uint_t                    i, track, n;
    ngx_http_ordersave_splice_t  *splice, *insert;

    track = ngx_http_ordersave_maybe(conf->track);

    if (!track && conf->inserts == NULL) {
        return NGX_OK;
    }

    if (track && ngx_http_ordersave_need(cf, conf, "ordersave_track")
                 != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    if (conf->inserts && ngx_http_ordersave_need(cf, conf, "ordersave_insert")
                         != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    conf->splices = ngx_array_create(cf->pool, 4,
                                     sizeof(ngx_http_ordersave_splice_t));
    if (conf->splices == NULL) {
        return NGX_ERROR;
    }

    if (track && conf->anchors) {
        splice = ngx_array_push(conf->splices);
        if (splice == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(splice, sizeof(ngx_http_ordersave_splice_t));
        splice->anchors = conf->anchors;
    }

    n = (track && conf->anchors ? conf->anchors->nelts : 0)
        + (conf->shown != NULL);
    insert = conf->inserts ? conf->inserts->elts : NULL;

    for (i = 0; conf->inserts && i < conf->inserts->nelts; i++) {
        n += insert[i].anchors->nelts;

        splice = ngx_array_push(conf->splices);
        if (splice == NULL) {
            return NGX_ERROR;
        }

        *splice = insert[i];

        if (ngx_http_ordersave_is_products(splice)) {

            if (!track) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"ordersave_insert products\" needs "
                                   "\"ordersave_track\", which is not set "
                                   "here or above");
                return NGX_ERROR;
            }

            continue;
        }

        if (ngx_http_ordersave_block_use(cf, conf->campaign, splice)
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


static char *
ngx_http_ordersave_merge(ngx_conf_t *cf, ngx_http_ordersave_loc_conf_t *prev,
    ngx_http_ordersave_loc_conf_t *conf)
{
    if (conf->order_id == NGX_CONF_UNSET_PTR) {
        conf->order_by = prev->order_by;
    }

    if (conf->cancel == NGX_CONF_UNSET_PTR) {
        conf->cancel_has = prev->cancel_has;
    }

    ngx_conf_merge_str_value(conf->store, prev->store, "");
    ngx_conf_merge_ptr_value(conf->campaign, prev->campaign, NULL);
    ngx_conf_merge_ptr_value(conf->keys, prev->keys, NULL);
    ngx_conf_merge_ptr_value(conf->mode, prev->mode, NULL);
    ngx_conf_merge_ptr_value(conf->cancel, prev->cancel, NULL);
    ngx_conf_merge_ptr_value(conf->order_id, prev->order_id, NULL);
    ngx_conf_merge_ptr_value(conf->proof, prev->proof, NULL);
    ngx_conf_merge_ptr_value(conf->email, prev->email, NULL);
    ngx_conf_merge_ptr_value(conf->verify, prev->verify, NULL);
    ngx_conf_merge_ptr_value(conf->bypass, prev->bypass, NULL);
    ngx_conf_merge_ptr_value(conf->locale, prev->locale, NULL);
    ngx_conf_merge_ptr_value(conf->segment, prev->segment, NULL);
    ngx_conf_merge_ptr_value(conf->track, prev->track, NULL);
    ngx_conf_merge_ptr_value(conf->anchors, prev->anchors, NULL);
    ngx_conf_merge_ptr_value(conf->shown, prev->shown, NULL);
    ngx_conf_merge_ptr_value(conf->inserts, prev->inserts, NULL);
    ngx_conf_merge_value(conf->api, prev->api, 0);
    ngx_conf_merge_str_value(conf->photos, prev->photos, "");
    ngx_conf_merge_size_value(conf->photo_max, prev->photo_max,
                              5 * 1024 * 1024);

    if (ngx_http_merge_types(cf, &conf->types_keys, &conf->types,
                             &prev->types_keys, &prev->types,
                             ngx_http_html_default_types)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_ordersave_splices(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_ordersave_maybe(conf->cancel)) {
        if (ngx_http_ordersave_need(cf, conf, "ordersave_cancel")
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }

        conf->watches = 1;
    }

    if (conf->mode && conf->mode->lengths == NULL
        && ngx_strcmp(conf->mode->value.data, "on") != 0
        && ngx_strcmp(conf->mode->value.data, "off") != 0
        && ngx_strcmp(conf->mode->value.data, "observe") != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"ordersave_mode\" value \"%V\": expected "
                           "\"on\", \"off\", \"observe\" or a variable",
                           &conf->mode->value);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_ordersave_answers(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->source
        && ngx_http_ordersave_need(cf, conf, "ordersave_ingest")
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * Levels are merged when all of them have been read: what is wrong with one is
 * said of the line where it begins, not of the last.
 */
char *
ngx_http_ordersave_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    char                           *rc;
    ngx_conf_file_t                *last, level;
    ngx_http_ordersave_loc_conf_t  *conf = child;

    last = cf->conf_file;
    level = *last;
    level.file.name = conf->file;
    level.line = conf->line;

    cf->conf_file = &level;
    rc = ngx_http_ordersave_merge(cf, parent, conf);
    cf->conf_file = last;

    return rc;
}


/* It is part of keys' and coupons' names: what a campaign's may be. */
static char *
ngx_http_ordersave_store_name(ngx_conf_t *cf, void *post, void *data)
{
    u_char      c;
    ngx_str_t  *name = data;
    ngx_uint_t  i, good = name->len > 0 && name->len <= 32;

    for (i = 0; i < name->len; i++) {
        c = name->data[i];
        good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                || (i && (c == '_' || c == '-'));
    }

    return good ? NGX_CONF_OK
                : ngx_http_ordersave_invalid(cf, name, "a store's name: 1 to "
                                             "32 of a to z, 0 to 9, \"_\", "
                                             "\"-\"");
}


/* A file that holds one secret, without the line break at its end. */
static ngx_int_t
ngx_http_ordersave_secret(ngx_conf_t *cf, ngx_str_t path, ngx_str_t *secret)
{
    os_buf_t    text = { 0 };
    os_error_t  err;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (os_file_read((char *) path.data, &text, &err) == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    while (text.len && (text.data[text.len - 1] == '\n'
                        || text.data[text.len - 1] == '\r'))
    {
        text.len--;
    }

    secret->len = text.len;
    secret->data = ngx_pstrdup(cf->pool, &(ngx_str_t) { text.len,
                                             (u_char *) text.data });
    os_buf_free(&text);

    if (secret->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is empty: expected a secret", &path);
        return NGX_ERROR;
    }

    return secret->data ? NGX_OK : NGX_ERROR;
}


/* "name=value": the value, when `word` begins so. */
static ngx_uint_t
ngx_http_ordersave_option(ngx_str_t *word, const char *name, ngx_str_t *value)
{
    size_t  len = ngx_strlen(name);

    if (word->len <= len + 1 || word->data[len] != '='
        || ngx_strncmp(word->data, name, len) != 0)
    {
        return 0;
    }

    value->len = word->len - len - 1;
    value->data = word->data + len + 1;
    return 1;
}


static char *
ngx_http_ordersave_invalid(ngx_conf_t *cf, ngx_str_t *word,
    const char *expected)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\": expected %s", word,
                       expected);
    return NGX_CONF_ERROR;
}


/* A parameter that is given twice would silently be the last. */
static ngx_int_t
ngx_http_ordersave_once(ngx_conf_t *cf)
{
    u_char      *end;
    size_t       len;
    ngx_str_t   *words = cf->args->elts;
    ngx_uint_t   i, n;

    for (i = 3; i < cf->args->nelts; i++) {
        end = ngx_strlchr(words[i].data, words[i].data + words[i].len, '=');
        len = end ? (size_t) (end + 1 - words[i].data) : words[i].len;

        for (n = 2; n < i; n++) {
            if (len && words[n].len >= len
                && ngx_strncmp(words[n].data, words[i].data, len) == 0)
            {
                (void) ngx_http_ordersave_invalid(cf, &words[i],
                                                  "each parameter once");
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_address(ngx_conf_t *cf, ngx_str_t *text, in_port_t port,
    ngx_addr_t *addr)
{
    ngx_url_t  u;

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = *text;
    u.default_port = port;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"%V\": expected HOST[:PORT], unix:PATH or "
                           "sentinel:HOST[:PORT][,...]",
                           u.err ? u.err : "no address", &u.url);
        return NGX_ERROR;
    }

    *addr = u.addrs[0];
    return NGX_OK;
}


/* "sentinel:a:26379,b,c" */
static ngx_int_t
ngx_http_ordersave_sentinel_list(ngx_conf_t *cf, ngx_str_t text,
    ngx_http_ordersave_server_t *server)
{
    u_char      *comma;
    ngx_str_t    one;
    ngx_addr_t  *addr;

    server->sentinels = ngx_array_create(cf->pool, 3, sizeof(ngx_addr_t));
    if (server->sentinels == NULL) {
        return NGX_ERROR;
    }

    while (text.len) {
        comma = ngx_strlchr(text.data, text.data + text.len, ',');
        one.data = text.data;
        one.len = comma ? (size_t) (comma - text.data) : text.len;
        text.data += one.len + (comma != NULL);
        text.len -= one.len + (comma != NULL);

        addr = ngx_array_push(server->sentinels);

        if (addr == NULL
            || ngx_http_ordersave_address(cf, &one, 26379, addr) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Where Redis is, or who knows it. */
static ngx_int_t
ngx_http_ordersave_where(ngx_conf_t *cf, ngx_str_t text,
    ngx_http_ordersave_server_t *server)
{
    ngx_str_t  prefix = ngx_string("sentinel:");

    if (text.len > prefix.len
        && ngx_strncmp(text.data, prefix.data, prefix.len) == 0)
    {
        text.data += prefix.len;
        text.len -= prefix.len;
        return ngx_http_ordersave_sentinel_list(cf, text, server);
    }

    server->addr = ngx_palloc(cf->pool, sizeof(ngx_addr_t));

    if (server->addr == NULL
        || ngx_http_ordersave_address(cf, &text, 6379, server->addr)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    server->name = server->addr->name;
    return NGX_OK;
}


static char *
ngx_http_ordersave_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_main_conf_t  *mcf = conf;

    ngx_int_t                     number, shards = OS_SHARDS;
    ngx_str_t                    *words, value;
    ngx_str_t                     prefix = ngx_string(OS_PREFIX);
    ngx_uint_t                    i;
    ngx_http_ordersave_server_t  *server;

    static const char  expected[] = "db=, user=, password_file=, timeout=, "
                                    "queue=, prefix=, shards= or master=";

    if (mcf->server) {
        return "is duplicate";
    }

    server = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_server_t));
    if (server == NULL) {
        return NGX_CONF_ERROR;
    }

    server->timeout = 50;
    server->queue = 4096;
    words = cf->args->elts;

    if (ngx_http_ordersave_once(cf) != NGX_OK
        || ngx_http_ordersave_where(cf, words[1], server) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_ordersave_option(&words[i], "db", &value)) {
            server->db = ngx_atoi(value.data, value.len);

            if (server->db < 0 || server->db > 1000000) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                                  "a number of a database");
            }

        } else if (ngx_http_ordersave_option(&words[i], "user", &value)) {
            server->user = value;

        } else if (ngx_http_ordersave_option(&words[i], "password_file",
                                             &value))
        {
            if (ngx_http_ordersave_secret(cf, value, &server->password)
                != NGX_OK)
            {
                return NGX_CONF_ERROR;
            }

        } else if (ngx_http_ordersave_option(&words[i], "timeout", &value)) {
            number = ngx_parse_time(&value, 0);

            if (number < 1 || number > 10000) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                                  "a time from 1ms to 10s");
            }

            server->timeout = number;

        } else if (ngx_http_ordersave_option(&words[i], "queue", &value)) {
            number = ngx_atoi(value.data, value.len);

            if (number < 1) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                              "a number of commands from 1");
            }

            server->queue = number;

        } else if (ngx_http_ordersave_option(&words[i], "prefix", &value)) {
            prefix = value;

        } else if (ngx_http_ordersave_option(&words[i], "master", &value)) {
            server->master = value;
            server->name = value;

        } else if (ngx_http_ordersave_option(&words[i], "shards", &value)) {
            shards = ngx_atoi(value.data, value.len);

            if (shards < 1 || shards > OS_SHARDS_MAX) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                                  "a number from 1 to 256");
            }

        } else {
            return ngx_http_ordersave_invalid(cf, &words[i], expected);
        }
    }

    if ((server->sentinels != NULL) != (server->master.len > 0)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"sentinel:\" and \"master=\" go together");
        return NGX_CONF_ERROR;
    }

    if (os_space_init(&server->space, ngx_http_ordersave_os(prefix),
                      (unsigned) shards)
        == -1)
    {
        return ngx_http_ordersave_invalid(cf, &prefix,
                             "a prefix of 1 to 63 characters without braces");
    }

    mcf->server = server;
    return NGX_CONF_OK;
}


static char *
ngx_http_ordersave_spool(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_main_conf_t  *mcf = conf;

    off_t       size;
    ngx_str_t  *words, value;

    if (mcf->spool_path.data) {
        return "is duplicate";
    }

    words = cf->args->elts;
    mcf->spool_path = words[1];

    if (ngx_strcmp(words[1].data, "off") != 0
        && ngx_conf_full_name(cf->cycle, &mcf->spool_path, 0) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3) {

        if (!ngx_http_ordersave_option(&words[2], "size", &value)
            || (size = ngx_parse_offset(&value)) < 4096)
        {
            return ngx_http_ordersave_invalid(cf, &words[2],
                                              "size= of at least 4k");
        }

        mcf->spool_max = size;
    }

    return NGX_CONF_OK;
}


/* One campaign file is read once, however many locations name it. */
static char *
ngx_http_ordersave_campaign(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
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


static void
ngx_http_ordersave_keys_free(void *data)
{
    os_keys_free(data);
}


static char *
ngx_http_ordersave_key_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t           *words, path;
    os_error_t           err;
    ngx_pool_cleanup_t  *cleanup;

    if (lcf->keys != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    words = cf->args->elts;
    path = words[1];
    cleanup = ngx_pool_cleanup_add(cf->pool, sizeof(os_keys_t));

    if (cleanup == NULL || ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (os_keys_load(cleanup->data, (char *) path.data, &err) == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_CONF_ERROR;
    }

    lcf->keys = cleanup->data;
    cleanup->handler = ngx_http_ordersave_keys_free;
    return NGX_CONF_OK;
}


static ngx_http_complex_value_t *
ngx_http_ordersave_compile(ngx_conf_t *cf, ngx_str_t *text)
{
    ngx_http_complex_value_t          *value;
    ngx_http_compile_complex_value_t   ccv;

    value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (value == NULL) {
        return NULL;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));
    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = value;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? value : NULL;
}


/* The argument that most shops watch for is looked up without a script. */
static char *
ngx_http_ordersave_cancel(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    char        *rc;
    size_t       i;
    ngx_str_t   *words, name;
    ngx_str_t    prefix = ngx_string("$ordersave_has_");

    rc = ngx_http_set_complex_value_slot(cf, cmd, conf);
    if (rc != NGX_CONF_OK) {
        return rc;
    }

    words = cf->args->elts;
    name = words[1];

    if (name.len > prefix.len
        && ngx_strncmp(name.data, prefix.data, prefix.len) == 0)
    {
        for (i = prefix.len; i < name.len; i++) {
            if (!(name.data[i] == '_'
                  || (name.data[i] >= '0' && name.data[i] <= '9')
                  || (name.data[i] >= 'a' && name.data[i] <= 'z')))
            {
                return NGX_CONF_OK;
            }
        }

        lcf->cancel_has.data = name.data + prefix.len;
        lcf->cancel_has.len = name.len - prefix.len;
    }

    return NGX_CONF_OK;
}


/* The names that the worker enters for an order as they are. */
static ngx_uint_t
ngx_http_ordersave_is_alias(ngx_str_t *kind)
{
    os_str_t  name = ngx_http_ordersave_os(*kind);

    return os_str_equal(name, OS_STR("number"))
           || os_str_equal(name, OS_STR("tracking"));
}


static char *
ngx_http_ordersave_order_id(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t  *words;

    if (lcf->order_id != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    words = cf->args->elts;

    if (cf->args->nelts == 3
        && (!ngx_http_ordersave_option(&words[2], "by", &lcf->order_by)
            || !ngx_http_ordersave_is_alias(&lcf->order_by)))
    {
        return ngx_http_ordersave_invalid(cf, &words[2],
                                          "by=number or by=tracking");
    }

    lcf->order_id = ngx_http_ordersave_compile(cf, &words[1]);
    return lcf->order_id ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* The order's secret or, by=email, what the visitor says is his e-mail. */
static char *
ngx_http_ordersave_proof(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t                  *words, by;
    ngx_http_complex_value_t  **value = &lcf->proof;

    words = cf->args->elts;

    if (cf->args->nelts == 3) {
        if (!ngx_http_ordersave_option(&words[2], "by", &by)
            || by.len != 5 || ngx_strncmp(by.data, "email", 5) != 0)
        {
            return ngx_http_ordersave_invalid(cf, &words[2], "by=email");
        }

        value = &lcf->email;
    }

    if (*value != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    *value = ngx_http_ordersave_compile(cf, &words[1]);
    return *value ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* A folder that nginx may write to, and no URL leads to. */
static char *
ngx_http_ordersave_photos(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ssize_t           max;
    ngx_str_t        *words, size;
    ngx_file_info_t   info;

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

    return NGX_CONF_OK;
}


static char *
ngx_http_ordersave_verify(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_int_t                    number;
    ngx_str_t                   *words, value;
    ngx_uint_t                   i;
    ngx_http_ordersave_verify_t *verify;

    if (lcf->verify != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    words = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(words[1].data, "off") == 0) {
        lcf->verify = NULL;
        return NGX_CONF_OK;
    }

    if (words[1].data[0] != '/' && words[1].data[0] != '$') {
        return ngx_http_ordersave_invalid(cf, &words[1],
                                          "a URI that begins with \"/\", or "
                                          "\"off\"");
    }

    verify = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_verify_t));
    if (verify == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_ordersave_once(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    verify->timeout = 1000;
    verify->uri = ngx_http_ordersave_compile(cf, &words[1]);
    if (verify->uri == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_ordersave_option(&words[i], "contains", &value)) {
            verify->contains = ngx_http_ordersave_compile(cf, &value);

            if (verify->contains == NULL) {
                return NGX_CONF_ERROR;
            }

        } else if (ngx_http_ordersave_option(&words[i], "timeout", &value)) {
            number = ngx_parse_time(&value, 0);

            if (number < 1 || number > 60000) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                                  "a time from 1ms to 60s");
            }

            verify->timeout = number;

        } else {
            return ngx_http_ordersave_invalid(cf, &words[i],
                                              "contains= or timeout=");
        }
    }

    lcf->verify = verify;
    return NGX_CONF_OK;
}


/* "PLACE SELECTOR", or "SELECTOR" of a text that is wanted. */
static ngx_int_t
ngx_http_ordersave_anchor_parse(ngx_conf_t *cf, os_anchor_t *anchor,
    ngx_str_t *place, ngx_str_t *selector)
{
    os_error_t  err;

    if (os_anchor_parse(anchor, place ? ngx_http_ordersave_os(*place)
                                      : OS_NULL,
                        ngx_http_ordersave_os(*selector), &err)
        == -1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_anchor_add(ngx_conf_t *cf, ngx_array_t **anchors,
    ngx_str_t *place, ngx_str_t *selector)
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


static char *
ngx_http_ordersave_anchor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t  *words;

    words = cf->args->elts;

    return ngx_http_ordersave_anchor_add(cf, &lcf->anchors, &words[1],
                                         &words[2])
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_ordersave_shown(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
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

    return ngx_http_ordersave_anchor_parse(cf, lcf->shown, NULL, &words[1])
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* A block that is named again has another place to go to. */
static char *
ngx_http_ordersave_insert(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    size_t                        i;
    ngx_str_t                    *words;
    ngx_uint_t                    n;
    ngx_http_ordersave_splice_t  *splice, *old;

    words = cf->args->elts;

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

    if (lcf->inserts == NGX_CONF_UNSET_PTR) {
        lcf->inserts = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_ordersave_splice_t));
        if (lcf->inserts == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    splice = NULL;
    old = lcf->inserts->elts;

    for (n = 0; n < lcf->inserts->nelts; n++) {
        if (old[n].block.len == words[1].len
            && ngx_strncmp(old[n].block.data, words[1].data, words[1].len)
               == 0)
        {
            splice = &old[n];
        }
    }

    if (splice == NULL) {
        splice = ngx_array_push(lcf->inserts);
        if (splice == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(splice, sizeof(ngx_http_ordersave_splice_t));
        splice->block = words[1];
        splice->file = cf->conf_file->file.name.data;
        splice->line = cf->conf_file->line;
    }

    return ngx_http_ordersave_anchor_add(cf, &splice->anchors, &words[2],
                                         &words[3])
           == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static void
ngx_http_ordersave_source_free(void *data)
{
    os_source_free(data);
}


static char *
ngx_http_ordersave_ingest(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    u_char                          *c;
    ngx_str_t                       *words, path, value;
    os_error_t                       err;
    ngx_pool_cleanup_t              *cleanup;
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_ordersave_main_conf_t  *mcf;

    if (lcf->source) {
        return "is duplicate";
    }

    words = cf->args->elts;
    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);

    /* a name of ours, or a file of the shop's */

    if (ngx_strlchr(words[1].data, words[1].data + words[1].len, '/')) {
        path = words[1];

    } else {
        path.data = ngx_pnalloc(cf->pool, ngx_max(mcf->share.len,
                                                  sizeof(OS_SHARE))
                                          + words[1].len + 16);
        if (path.data == NULL) {
            return NGX_CONF_ERROR;
        }

        c = mcf->share.len
            ? ngx_sprintf(path.data, "%V/sources/%V.json%Z", &mcf->share,
                          &words[1])
            : ngx_sprintf(path.data, "%s/sources/%V.json%Z", OS_SHARE,
                          &words[1]);
        path.len = c - path.data - 1;
    }

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == NULL) {
        return NGX_CONF_ERROR;
    }

    lcf->source = os_source_load((char *) path.data, &err);
    if (lcf->source == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_CONF_ERROR;
    }

    cleanup->handler = ngx_http_ordersave_source_free;
    cleanup->data = lcf->source;
    mcf->ingests++;
    lcf->source_name = words[1];

    if (cf->args->nelts == 3) {
        if (!ngx_http_ordersave_option(&words[2], "secret_file", &value)) {
            return ngx_http_ordersave_invalid(cf, &words[2], "secret_file=");
        }

        if (ngx_http_ordersave_secret(cf, value, &lcf->secret) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

    } else if (lcf->source->sign != OS_SIGN_NONE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "source \"%V\" is signed: expected secret_file=",
                           &words[1]);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_ordersave_ingest_handler;
    return NGX_CONF_OK;
}


static char *
ngx_http_ordersave_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t                       *words;
    ngx_http_core_loc_conf_t        *clcf;

    if (lcf->status) {
        return "is duplicate";
    }

    lcf->status = 1;
    words = cf->args->elts;

    if (cf->args->nelts == 2) {
        if (ngx_strcmp(words[1].data, "prometheus") == 0) {
            lcf->prometheus = 1;

        } else if (ngx_strcmp(words[1].data, "json") != 0) {
            return ngx_http_ordersave_invalid(cf, &words[1],
                                              "\"json\" or \"prometheus\"");
        }
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_ordersave_status_handler;
    return NGX_CONF_OK;
}


static void
ngx_http_ordersave_campaign_free(void *data)
{
    os_campaign_free(data);
}


ngx_int_t
ngx_http_ordersave_load_campaigns(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                       i;
    os_error_t                       err;
    const char                      *share;
    ngx_pool_cleanup_t              *cleanup;
    ngx_http_ordersave_campaign_t  **c = mcf->campaigns.elts;

    share = (char *) mcf->share.data;

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        cleanup = ngx_pool_cleanup_add(cf->pool, 0);
        if (cleanup == NULL) {
            return NGX_ERROR;
        }

        c[i]->campaign = os_campaign_load((char *) c[i]->path.data, share,
                                          &err);
        if (c[i]->campaign == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
            return NGX_ERROR;
        }

        cleanup->handler = ngx_http_ordersave_campaign_free;
        cleanup->data = c[i]->campaign;

        if (c[i]->store.len
            && !os_str_equal(ngx_http_ordersave_os(c[i]->store),
                             c[i]->campaign->store))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"ordersave_store\" is \"%V\", but %V is of "
                               "\"%s\"", &c[i]->store, &c[i]->path,
                               c[i]->campaign->store.data);
            return NGX_ERROR;
        }

        if (ngx_http_ordersave_pages_load(cf, c[i], share) != NGX_OK
            || ngx_http_ordersave_blocks_load(cf, c[i], share) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
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

#if (NGX_PCRE)
        if (location->regex) {
            conf[i]->campaign->api = 1;
            continue;
        }
#endif

        if (location->named) {
            continue;
        }

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

    return NGX_OK;
}


/* A prefix alone names no argument. */
ngx_int_t
ngx_http_ordersave_check_variables(ngx_conf_t *cf)
{
    ngx_uint_t                  i, n;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    static ngx_str_t  prefixes[] = {
        ngx_string("ordersave_arg_"), ngx_string("ordersave_body_"),
        ngx_string("ordersave_has_")
    };

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        for (n = 0; n < sizeof(prefixes) / sizeof(prefixes[0]); n++) {
            if (v[i].name.len == prefixes[n].len
                && ngx_strncmp(v[i].name.data, prefixes[n].data,
                               prefixes[n].len) == 0)
            {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "variable \"$%V\": expected the name of an "
                              "argument after it", &v[i].name);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* The spool's folder is there, and the nginx processes may write to it. */
ngx_int_t
ngx_http_ordersave_spool_folder(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_str_t         default_path = ngx_string(NGX_HTTP_ORDERSAVE_SPOOL_PATH);
    ngx_core_conf_t  *ccf;
    ngx_file_info_t   info;

    if (mcf->spool_path.data == NULL) {
        mcf->spool_path = default_path;
    }

    if (mcf->spool_max == 0) {
        mcf->spool_max = 64 * 1024 * 1024;
    }

    if (ngx_strcmp(mcf->spool_path.data, "off") == 0) {
        mcf->spool_path.len = 0;
        return NGX_OK;
    }

    if (ngx_create_dir(mcf->spool_path.data, 0700) == NGX_FILE_ERROR) {
        if (ngx_errno != NGX_EEXIST) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               ngx_create_dir_n " \"%s\" failed",
                               mcf->spool_path.data);
            return NGX_ERROR;
        }

        if (ngx_file_info(mcf->spool_path.data, &info) == NGX_FILE_ERROR
            || !ngx_is_dir(&info))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"ordersave_spool\": \"%s\" is not a folder",
                               mcf->spool_path.data);
            return NGX_ERROR;
        }
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);

    if (geteuid() == 0 && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT
        && chown((const char *) mcf->spool_path.data, ccf->user, -1) == -1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "chown() \"%s\" failed", mcf->spool_path.data);
        return NGX_ERROR;
    }

    return NGX_OK;
}

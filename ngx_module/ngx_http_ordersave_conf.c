
/*
 * The configuration: directives, what they mean together, and what is read
 * when nginx reads them. Every fault is told with its file and line.
 */


#include "ngx_module/ngx_http_ordersave_conf.h"
#include "ngx_module/page/ngx_http_ordersave_status.h"
#include "ngx_module/flow/ngx_http_ordersave_ingest.h"
#include "ngx_module/ngx_http_ordersave_conf_base.h"
#include "ngx_module/ngx_http_ordersave_conf_pages.h"
#include "ngx_module/ngx_http_ordersave_conf_redis.h"
#include "ngx_module/ngx_http_ordersave_conf_shell.h"
#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_ANYWHERE                                           \
    NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF


static char *ngx_http_ordersave_store_name(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_http_ordersave_conf_key_file(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_ordersave_conf_cancel(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_conf_order_id(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_ordersave_conf_proof(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_conf_verify(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_conf_ingest(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_ordersave_conf_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_conf_post_t  ngx_http_ordersave_store_post = {
    ngx_http_ordersave_store_name
};


ngx_command_t  ngx_http_ordersave_commands[] = {

    { ngx_string("ordersave_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_http_ordersave_conf_redis,
      NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_spool"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_ordersave_conf_spool,
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
      ngx_http_ordersave_conf_campaign,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_key_file"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_ordersave_conf_key_file,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_mode"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, mode), NULL },

    { ngx_string("ordersave_cancel"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_ordersave_conf_cancel,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, cancel), NULL },

    { ngx_string("ordersave_order_id"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_ordersave_conf_order_id,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_proof"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_ordersave_conf_proof,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_verify"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE123,
      ngx_http_ordersave_conf_verify,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_shell"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1234,
      ngx_http_ordersave_conf_shell,
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

    { ngx_string("ordersave_staff"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, staff), NULL },

    { ngx_string("ordersave_track"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ordersave_loc_conf_t, track), NULL },

    { ngx_string("ordersave_anchor"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_ordersave_conf_anchor,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_shown"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_ordersave_conf_shown,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_insert"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE13,
      ngx_http_ordersave_conf_insert,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_live"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_ordersave_main_conf_t, live_max), NULL },

    { ngx_string("ordersave_photos"),
      NGX_HTTP_ORDERSAVE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_ordersave_conf_photos,
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
      ngx_http_ordersave_conf_ingest,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("ordersave_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_ordersave_conf_status,
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
        || ngx_array_init(&mcf->shells, cf->pool, 4,
                          sizeof(ngx_http_ordersave_shell_t *))
           != NGX_OK
        || ngx_array_init(&mcf->apis, cf->pool, 4,
                          sizeof(ngx_http_ordersave_loc_conf_t *))
           != NGX_OK
        || ngx_array_init(&mcf->intakes, cf->pool, 4,
                          sizeof(ngx_http_ordersave_intake_t))
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
    conf->shell = NGX_CONF_UNSET_PTR;
    conf->bypass = NGX_CONF_UNSET_PTR;
    conf->locale = NGX_CONF_UNSET_PTR;
    conf->staff = NGX_CONF_UNSET_PTR;
    conf->segment = NGX_CONF_UNSET_PTR;
    conf->track = NGX_CONF_UNSET_PTR;
    conf->anchors = NGX_CONF_UNSET_PTR;
    conf->shown = NGX_CONF_UNSET_PTR;
    conf->blocks = NGX_CONF_UNSET_PTR;
    conf->api = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_ordersave_merge(ngx_conf_t *cf, ngx_http_ordersave_loc_conf_t *prev,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_http_ordersave_main_conf_t  *mcf;

    /* what is asked for here, and could never be */

    if (ngx_http_ordersave_conf_pages_here(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->order_id == NGX_CONF_UNSET_PTR) {
        conf->order_by = prev->order_by;
    }

    if (conf->cancel == NGX_CONF_UNSET_PTR) {
        conf->cancel_has = prev->cancel_has;
    }

    ngx_conf_merge_str_value(conf->store, prev->store, "");
    ngx_conf_merge_ptr_value(conf->campaign, prev->campaign, NULL);
    ngx_conf_merge_ptr_value(conf->keys, prev->keys, NULL);

    if (conf->campaign && conf->keys) {
        conf->campaign->keys = conf->keys;
    }

    ngx_conf_merge_ptr_value(conf->mode, prev->mode, NULL);
    ngx_conf_merge_ptr_value(conf->cancel, prev->cancel, NULL);
    ngx_conf_merge_ptr_value(conf->order_id, prev->order_id, NULL);
    ngx_conf_merge_ptr_value(conf->proof, prev->proof, NULL);
    ngx_conf_merge_ptr_value(conf->email, prev->email, NULL);
    ngx_conf_merge_ptr_value(conf->verify, prev->verify, NULL);
    ngx_conf_merge_ptr_value(conf->shell, prev->shell, NULL);
    ngx_conf_merge_ptr_value(conf->bypass, prev->bypass, NULL);
    ngx_conf_merge_ptr_value(conf->locale, prev->locale, NULL);
    ngx_conf_merge_ptr_value(conf->staff, prev->staff, NULL);
    ngx_conf_merge_ptr_value(conf->segment, prev->segment, NULL);
    ngx_conf_merge_ptr_value(conf->track, prev->track, NULL);
    ngx_conf_merge_ptr_value(conf->anchors, prev->anchors, NULL);
    ngx_conf_merge_ptr_value(conf->shown, prev->shown, NULL);
    ngx_conf_merge_ptr_value(conf->blocks, prev->blocks, NULL);
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

    if (ngx_http_ordersave_conf_inserts(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_ordersave_maybe(conf->cancel)) {
        if (ngx_http_ordersave_need(cf, conf, "ordersave_cancel")
            != NGX_CONF_OK
            || ngx_http_ordersave_conf_cancels(cf, conf) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        conf->watches = 1;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    ngx_http_ordersave_conf_shell_use(conf);
    mcf->watches += conf->watches || ngx_http_ordersave_maybe(conf->track);

    if (ngx_http_ordersave_conf_bodies(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
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

    if (conf->mode && conf->mode->lengths == NULL && conf->campaign) {
        conf->campaign->mode_on |=
            ngx_strcmp(conf->mode->value.data, "on") == 0;
        conf->campaign->mode_observe |=
            ngx_strcmp(conf->mode->value.data, "observe") == 0;
    }

    if (ngx_http_ordersave_conf_answers(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->source_name.len
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
    ngx_uint_t  i, good;

    good = name->len > 0 && name->len <= NGX_HTTP_ORDERSAVE_STORE_MAX;

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


static void
ngx_http_ordersave_keys_free(void *data)
{
    os_keys_free(data);
}


static char *
ngx_http_ordersave_conf_key_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
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


/* The argument that most shops watch for is looked up without a script. */
static char *
ngx_http_ordersave_conf_cancel(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
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
ngx_http_ordersave_conf_order_id(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
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
ngx_http_ordersave_conf_proof(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t                  *words, by;
    ngx_http_complex_value_t  **value = &lcf->proof;

    words = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(words[1].data, "off") == 0) {
        if (lcf->proof != NGX_CONF_UNSET_PTR
            || lcf->email != NGX_CONF_UNSET_PTR)
        {
            return "is duplicate";
        }

        lcf->proof = NULL;
        lcf->email = NULL;
        return NGX_CONF_OK;
    }

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


static char *
ngx_http_ordersave_conf_verify(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
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


/* The source itself is read at the end: "ordersave_share" may come later. */
static char *
ngx_http_ordersave_conf_ingest(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    ngx_str_t                       *words, value;
    ngx_http_core_loc_conf_t        *clcf;
    ngx_http_ordersave_intake_t     *intake;
    ngx_http_ordersave_main_conf_t  *mcf;

    if (lcf->source_name.len) {
        return "is duplicate";
    }

    words = cf->args->elts;
    lcf->source_name = words[1];

    if (words[1].len == 0) {
        return ngx_http_ordersave_invalid(cf, &words[1], "a source's name, or "
                                          "a path");
    }

    if (cf->args->nelts == 3) {
        if (!ngx_http_ordersave_option(&words[2], "secret_file", &value)) {
            return ngx_http_ordersave_invalid(cf, &words[2], "secret_file=");
        }

        if (ngx_http_ordersave_secret(cf, value, &lcf->secret) != NGX_OK
            || ngx_conf_full_name(cf->cycle, &value, 1) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        lcf->secret_file = value;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler && clcf->handler != ngx_http_ordersave_status_handler) {
        (void) ngx_http_ordersave_conf_beside(cf, "ordersave_ingest");
        return NGX_CONF_ERROR;
    }

    clcf->handler = ngx_http_ordersave_ingest_handler;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    intake = ngx_array_push(&mcf->intakes);

    if (intake == NULL) {
        return NGX_CONF_ERROR;
    }

    intake->conf = lcf;
    intake->core = clcf;
    intake->file = cf->conf_file->file.name;
    intake->line = cf->conf_file->line;
    mcf->ingests++;

    return NGX_CONF_OK;
}


static char *
ngx_http_ordersave_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
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

    if (clcf->handler && clcf->handler != ngx_http_ordersave_ingest_handler) {
        (void) ngx_http_ordersave_conf_beside(cf, "ordersave_status");
        return NGX_CONF_ERROR;
    }

    clcf->handler = ngx_http_ordersave_status_handler;
    return NGX_CONF_OK;
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

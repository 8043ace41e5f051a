
/*
 * What a request is to us, variables, and where in nginx the flows are hung up.
 * The manual is docs/ngx_http_ordersave_module.3.
 */


#include "ngx_http_ordersave.h"


static ngx_int_t ngx_http_ordersave_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_ordersave_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_ordersave_init_process(ngx_cycle_t *cycle);
static void ngx_http_ordersave_exit_process(ngx_cycle_t *cycle);


static ngx_http_module_t  ngx_http_ordersave_module_ctx = {
    ngx_http_ordersave_preconfiguration,   /* preconfiguration */
    ngx_http_ordersave_postconfiguration,  /* postconfiguration */

    ngx_http_ordersave_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_ordersave_create_loc_conf,    /* create location configuration */
    ngx_http_ordersave_merge_loc_conf      /* merge location configuration */
};


ngx_module_t  ngx_http_ordersave_module = {
    NGX_MODULE_V1,
    &ngx_http_ordersave_module_ctx,        /* module context */
    ngx_http_ordersave_commands,           /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_ordersave_init_process,       /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_ordersave_exit_process,       /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* What a request is to us */

ngx_http_ordersave_main_conf_t *
ngx_http_ordersave_main(void)
{
    return ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_ordersave_module);
}


static void
ngx_http_ordersave_cleanup(void *data)
{
    ngx_http_ordersave_ctx_t  *ctx = data;

    ngx_http_ordersave_detach(ctx);
    ngx_http_ordersave_track_end(ctx);

    /* the request's memory goes after this: its answer can still be read */

    if (ctx->asked) {
        ngx_http_ordersave_answered(ctx);
    }

    os_order_free(ctx->order);
    json_decref(ctx->decision);
    json_decref(ctx->record);
    json_decref(ctx->token);
    json_decref(ctx->taken);
    os_buf_free(&ctx->body);
}


ngx_http_ordersave_ctx_t *
ngx_http_ordersave_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cleanup;
    ngx_http_ordersave_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_ordersave_module);

    if (ctx || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    /* an internal redirect wipes the slot, not the pool */

    for (cleanup = r->pool->cleanup; cleanup; cleanup = cleanup->next) {
        if (cleanup->handler == ngx_http_ordersave_cleanup) {
            ctx = cleanup->data;

            if (ctx->request == r) {
                ngx_http_set_ctx(r, ctx, ngx_http_ordersave_module);
                return ctx;
            }
        }
    }

    return NULL;
}


ngx_http_ordersave_ctx_t *
ngx_http_ordersave_make_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cleanup;
    ngx_http_ordersave_ctx_t  *ctx;

    ctx = ngx_http_ordersave_get_ctx(r);
    if (ctx) {
        return ctx;
    }

    cleanup = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_ordersave_ctx_t));
    if (cleanup == NULL) {
        return NULL;
    }

    ctx = cleanup->data;
    ngx_memzero(ctx, sizeof(ngx_http_ordersave_ctx_t));
    ctx->request = r;
    cleanup->handler = ngx_http_ordersave_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_ordersave_module);

    return ctx;
}


os_str_t
ngx_http_ordersave_value(ngx_http_request_t *r,
    ngx_http_complex_value_t *value)
{
    ngx_str_t  text;

    if (value == NULL || ngx_http_complex_value(r, value, &text) != NGX_OK
        || text.len == 0)
    {
        return OS_NULL;
    }

    return ngx_http_ordersave_os(text);
}


/* Names of headers hold no characters that differ in just this bit but are
 * not the two cases of a letter. */
static ngx_inline ngx_uint_t
ngx_http_ordersave_same_name(const u_char *a, const char *b, size_t len)
{
    while (len > 0 && (u_char) ((*a++ ^ *b++) & ~0x20) == 0) {
        len--;
    }

    return len == 0;
}


ngx_str_t
ngx_http_ordersave_header(ngx_http_request_t *r, const char *name)
{
    size_t            len = ngx_strlen(name);
    ngx_str_t         nothing = ngx_null_string;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_http_ordersave_same_name(h[i].key.data, name, len))
            {
                return h[i].value;
            }
        }
    }

    return nothing;
}


/* Counting */

static const char *const  ngx_http_ordersave_words[] = {
    "-", "offer", "generic", "kept", "accepted", "asked", "asked-page",
    "gone", "expired", "unknown", "prefetch", "pass-observe", "pass-bypass",
    "pass-ambiguous", "pass-not-page", "pass-body", "pass-redis",
    "pass-unknown-order", "pass-owner", "pass-rules", "pass-holdout",
    "pass-decided", "pass-error"
};


const char *
ngx_http_ordersave_outcome_word(ngx_uint_t outcome)
{
    return ngx_http_ordersave_words[outcome];
}


void
ngx_http_ordersave_set_outcome(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (ctx->outcome == NGX_HTTP_ORDERSAVE_NONE && mcf->stats) {
        (void) ngx_atomic_fetch_add(&mcf->stats->outcomes[outcome], 1);
    }

    ctx->outcome = outcome;
}


void
ngx_http_ordersave_count(ngx_http_ordersave_counter_e counter)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (mcf->stats) {
        (void) ngx_atomic_fetch_add(&mcf->stats->counters[counter], 1);
    }
}


static ngx_int_t
ngx_http_ordersave_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t                 *pool;
    ngx_http_ordersave_main_conf_t  *mcf = zone->data, *old = data;

    if (old) {
        mcf->stats = old->stats;
        return NGX_OK;
    }

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (zone->shm.exists) {
        mcf->stats = pool->data;
        return NGX_OK;
    }

    mcf->stats = ngx_slab_calloc(pool, sizeof(ngx_http_ordersave_stats_t));
    pool->data = mcf->stats;

    return mcf->stats ? NGX_OK : NGX_ERROR;
}


/* Variables */

static ngx_int_t
ngx_http_ordersave_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    os_str_t                   text = OS_NULL;
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r->main);

    if (ctx) {
        switch (data) {
        case 'o':
            text = os_str(ngx_http_ordersave_words[ctx->outcome]);
            break;

        case 'f':
            text = ngx_http_ordersave_os(ctx->offer);
            break;

        case 'a':
            text = os_str(ctx->arm);
            break;

        case 'i':
            text = ngx_http_ordersave_os(ctx->order_id);
            break;
        }
    }

    if (text.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->len = text.len;
    v->data = (u_char *) text.data;
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;
    return NGX_OK;
}


static ngx_uint_t
ngx_http_ordersave_is_form(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r->main);

    return ctx && ctx->post && ctx->body_read;
}


/*
 * $ordersave_arg_NAME, $ordersave_body_NAME, $ordersave_has_NAME. A name that
 * is in query and body both belongs to nobody: who knows which the store
 * reads.
 */
static ngx_int_t
ngx_http_ordersave_argument(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    char                       room[256];
    size_t                     skip;
    os_arg_t                   query, body = OS_ARG_ABSENT;
    os_buf_t                   text = os_buf_on(room, sizeof(room));
    os_str_t                   name, form;
    ngx_str_t                 *variable = (ngx_str_t *) data;
    ngx_http_ordersave_ctx_t  *ctx;

    /* "ordersave_" and one of "arg_", "has_", "body_" */

    skip = variable->data[10] == 'b' ? 15 : 14;
    name = (os_str_t) { variable->len - skip, (char *) variable->data + skip };

    v->not_found = 1;
    v->no_cacheable = 1;

    form = ngx_http_ordersave_os(r->main->args);

    if (variable->data[10] == 'h') {
        if (os_form_find_folded(form, name, NULL) != OS_ARG_ABSENT) {
            v->data = (u_char *) "1";
            v->len = 1;
            v->valid = 1;
            v->not_found = 0;
        }

        return NGX_OK;
    }

    /* nginx knows variables in lower case only */

    query = os_form_find_folded(form, name,
                                variable->data[10] == 'a' ? &text : NULL);

    if (ngx_http_ordersave_is_form(r)) {
        ctx = ngx_http_ordersave_get_ctx(r->main);
        body = os_form_find_folded(os_buf_view(&ctx->body), name,
                                   variable->data[10] == 'b' ? &text : NULL);
    }

    if (query == OS_ARG_AMBIGUOUS || body == OS_ARG_AMBIGUOUS
        || (query != OS_ARG_ABSENT && body != OS_ARG_ABSENT))
    {
        ctx = ngx_http_ordersave_get_ctx(r->main);

        if (ctx) {
            ctx->ambiguous = 1;
        }

    } else if (text.len && !text.failed) {
        v->data = ngx_pnalloc(r->pool, text.len);

        if (v->data == NULL) {
            os_buf_free(&text);
            return NGX_ERROR;
        }

        ngx_memcpy(v->data, text.data, text.len);
        v->len = text.len;
        v->valid = 1;
        v->not_found = 0;
    }

    os_buf_free(&text);
    return NGX_OK;
}


static ngx_http_variable_t  ngx_http_ordersave_variables[] = {

    { ngx_string("ordersave_outcome"), NULL, ngx_http_ordersave_variable,
      'o', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_offer"), NULL, ngx_http_ordersave_variable,
      'f', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_arm"), NULL, ngx_http_ordersave_variable,
      'a', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_order_id"), NULL, ngx_http_ordersave_variable,
      'i', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_arg_"), NULL, ngx_http_ordersave_argument,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("ordersave_body_"), NULL, ngx_http_ordersave_argument,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("ordersave_has_"), NULL, ngx_http_ordersave_argument,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_http_ordersave_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_ordersave_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);

    if (r != r->main) {
        return NGX_DECLINED;
    }

    if (conf->api) {
        return ngx_http_ordersave_api_handler(r, conf);
    }

    rc = conf->watches ? ngx_http_ordersave_cancel_handler(r, conf)
                       : NGX_DECLINED;

    if (rc != NGX_DECLINED || conf->splices == NULL) {
        return rc;
    }

    ngx_http_ordersave_splice_prepare(r, conf);

    return conf->track ? ngx_http_ordersave_track_begin(r, conf)
                       : NGX_DECLINED;
}


static ngx_int_t
ngx_http_ordersave_postconfiguration(ngx_conf_t *cf)
{
    ngx_str_t                        zone = ngx_string("ordersave");
    ngx_http_handler_pt             *h;
    ngx_http_core_main_conf_t       *cmcf;
    ngx_http_ordersave_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);

    if (mcf->share.data == NULL) {
        ngx_str_set(&mcf->share, OS_SHARE);

    } else if (ngx_conf_full_name(cf->cycle, &mcf->share, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_ordersave_load_campaigns(cf, mcf) != NGX_OK
        || ngx_http_ordersave_check_apis(cf, mcf) != NGX_OK
        || ngx_http_ordersave_check_variables(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_ordersave_handler;

    ngx_conf_init_uint_value(mcf->live_max, 64);

    if (mcf->server == NULL) {
        return NGX_OK;
    }

    os_script_shop_init();

    if (ngx_http_ordersave_spool_folder(cf, mcf) != NGX_OK) {
        return NGX_ERROR;
    }

    mcf->zone = ngx_shared_memory_add(cf, &zone, 8 * ngx_pagesize,
                                      &ngx_http_ordersave_module);
    if (mcf->zone == NULL) {
        return NGX_ERROR;
    }

    mcf->zone->init = ngx_http_ordersave_init_zone;
    mcf->zone->data = mcf;

#if (NGX_THREADS)
    /* threads make every system call dearer: only where something is synced */

    if (mcf->ingests) {
        mcf->threads = ngx_thread_pool_add(cf, NULL);
        if (mcf->threads == NULL) {
            return NGX_ERROR;
        }
    }
#endif

    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_init_process(ngx_cycle_t *cycle)
{
    ngx_http_ordersave_main_conf_t  *mcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_ordersave_module);

    if (mcf == NULL || mcf->server == NULL) {
        return NGX_OK;
    }

    if (ngx_http_ordersave_redis_start(cycle, mcf) != NGX_OK
        || ngx_http_ordersave_live_start(cycle, mcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return mcf->spool_path.len ? ngx_http_ordersave_spool_start(cycle, mcf)
                               : NGX_OK;
}


static void
ngx_http_ordersave_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_ordersave_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_ordersave_module);

    if (mcf == NULL || mcf->redis == NULL) {
        return;
    }

    ngx_http_ordersave_live_stop(mcf->live);

    /* what is in line goes to the spool, then the spool is let go */

    ngx_http_ordersave_redis_stop(mcf->redis);

    if (mcf->spool) {
        ngx_http_ordersave_spool_stop(mcf->spool);
    }
}

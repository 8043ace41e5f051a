
/*
 * Where in nginx the flows are hung up. The manual is
 * docs/ngx_http_ordersave_module.3.
 */


#include "core/base/os_heap.h"
#include "ngx_module/wire/ngx_http_ordersave_here.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_spool.h"
#include "ngx_module/flow/ngx_http_ordersave_live.h"
#include "ngx_module/page/ngx_http_ordersave_track.h"
#include "ngx_module/ngx_http_ordersave_variables.h"
#include "ngx_module/page/ngx_http_ordersave_insert.h"
#include "ngx_module/flow/ngx_http_ordersave_cancel.h"
#include "ngx_module/flow/ngx_http_ordersave_hide.h"
#include "ngx_module/flow/ngx_http_ordersave_hosted.h"
#include "ngx_module/ngx_http_ordersave_conf_load.h"
#include "ngx_module/ngx_http_ordersave_conf_redis.h"
#include "ngx_module/ngx_http_ordersave_conf_shell.h"
#include "ngx_module/ngx_http_ordersave_conf.h"


/* Pieces of memory of each size, for JSON: those of a panel (os_heap.h). */
#define NGX_HTTP_ORDERSAVE_KEPT  512


static ngx_int_t ngx_http_ordersave_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_ordersave_init_process(ngx_cycle_t *cycle);
static void ngx_http_ordersave_exit_process(ngx_cycle_t *cycle);


static ngx_http_module_t  ngx_http_ordersave_module_ctx = {
    ngx_http_ordersave_variables_add,   /* preconfiguration */
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
        return ngx_http_ordersave_hosted_handler(r, conf);
    }

    rc = conf->watches ? ngx_http_ordersave_cancel_handler(r, conf)
                       : NGX_DECLINED;

    if (rc != NGX_DECLINED || conf->inserts == NULL) {
        return rc;
    }

    /* once it is known whether there is an order to show */

    rc = conf->track ? ngx_http_ordersave_track_begin(r, conf)
                     : NGX_DECLINED;

    if (rc == NGX_DECLINED) {
        ngx_http_ordersave_insert_prepare(r, conf);
    }

    return rc;
}


/*
 * What an address hides is kept from logs. Handlers of a phase run from the
 * last that was hung up to the first, those that log the other way round.
 */
static ngx_int_t
ngx_http_ordersave_hang_hide(ngx_http_core_main_conf_t *cmcf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_array_t          *logs = &cmcf->phases[NGX_HTTP_LOG_PHASE].handlers;
    ngx_http_handler_pt  *read, *place, *h;

    read = ngx_array_push(&cmcf->phases[NGX_HTTP_POST_READ_PHASE].handlers);
    place = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);

    if (read == NULL || place == NULL || ngx_array_push(logs) == NULL) {
        return NGX_ERROR;
    }

    *read = ngx_http_ordersave_hide_handler;
    *place = ngx_http_ordersave_hide_place;

    h = logs->elts;
    ngx_memmove(h + 1, h, (logs->nelts - 1) * sizeof(ngx_http_handler_pt));
    *h = ngx_http_ordersave_hide_log;

    ngx_http_ordersave_hide_init(mcf);
    return NGX_OK;
}


static ngx_int_t
ngx_http_ordersave_postconfiguration(ngx_conf_t *cf)
{
    ngx_str_t                        zone = ngx_string("ordersave");
    ngx_http_handler_pt             *h;
    ngx_http_core_main_conf_t       *cmcf;
    ngx_http_ordersave_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);

    if (ngx_http_ordersave_load_share(cf, mcf) != NGX_OK
        || ngx_http_ordersave_load_campaigns(cf, mcf) != NGX_OK
        || ngx_http_ordersave_check_apis(cf, mcf) != NGX_OK
        || ngx_http_ordersave_check_shells(cf, mcf) != NGX_OK
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

    if (mcf->apis.nelts
        && ngx_http_ordersave_hang_hide(cmcf, mcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_conf_init_uint_value(mcf->live_max, 64);

    if (mcf->server == NULL) {
        return NGX_OK;
    }

    os_script_shop_init();

    if (ngx_http_ordersave_redis_names(cf, mcf->server) != NGX_OK
        || ngx_http_ordersave_spool_folder(cf, mcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    mcf->zone = ngx_shared_memory_add(cf, &zone, 8 * ngx_pagesize,
                                      &ngx_http_ordersave_module);
    if (mcf->zone == NULL) {
        return NGX_ERROR;
    }

    mcf->zone->init = ngx_http_ordersave_stats_zone;
    mcf->zone->data = mcf;

#if (NGX_THREADS)
    /* threads make every system call dearer: only where files are written */

    if (mcf->ingests || mcf->photos) {
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

    /* since the master looked last, a long configuration was read */
    ngx_time_update();

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_ordersave_module);

    if (mcf == NULL || mcf->server == NULL) {
        return NGX_OK;
    }

    os_heap_start(NGX_HTTP_ORDERSAVE_KEPT);

    if (ngx_http_ordersave_redis_start(cycle, mcf) != NGX_OK
        || ngx_http_ordersave_live_start(cycle, mcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_ordersave_here_start(cycle, mcf);

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

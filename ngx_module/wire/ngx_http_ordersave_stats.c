
/*
 * Counting, in memory that all processes share: what became of requests, and
 * what else happened since nginx started.
 */


#include "ngx_module/wire/ngx_http_ordersave_stats.h"


static const char *const  ngx_http_ordersave_words[] = {
    "-", "offer", "generic", "kept", "accepted", "asked", "asked-page",
    "gone", "expired", "unknown", "prefetch", "pass-observe", "pass-bypass",
    "pass-ambiguous", "pass-not-page", "pass-body", "pass-redis",
    "pass-unknown-order", "pass-owner", "pass-rules", "pass-holdout",
    "pass-decided", "pass-error", "panel", "panel-late", "panel-stranger",
    "page", "found", "not-found"
};

ngx_http_ordersave_main_conf_t *
ngx_http_ordersave_main(void)
{
    return ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_ordersave_module);
}


void
ngx_http_ordersave_count(ngx_http_ordersave_counter_e counter)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (mcf->stats) {
        (void) ngx_atomic_fetch_add(&mcf->stats->counters[counter], 1);
    }
}


const char *
ngx_http_ordersave_outcome_word(ngx_uint_t outcome)
{
    return ngx_http_ordersave_words[outcome];
}


ngx_int_t
ngx_http_ordersave_stats_zone(ngx_shm_zone_t *zone, void *data)
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

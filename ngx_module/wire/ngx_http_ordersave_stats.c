
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
    ngx_http_ordersave_count_by(counter, 1);
}


void
ngx_http_ordersave_count_by(ngx_http_ordersave_counter_e counter, int64_t n)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (n && mcf->stats) {
        (void) ngx_atomic_fetch_add(&mcf->stats->counters[counter],
                                    (ngx_atomic_int_t) n);
    }
}


void
ngx_http_ordersave_count_outcome(ngx_http_ordersave_loc_conf_t *conf,
    ngx_http_ordersave_outcome_e outcome)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (mcf->stats) {
        (void) ngx_atomic_fetch_add(&mcf->stats->outcomes[outcome], 1);
    }

    if (conf->campaign && conf->campaign->tally) {
        (void) ngx_atomic_fetch_add(&conf->campaign->tally->outcomes[outcome],
                                    1);
    }
}


void
ngx_http_ordersave_count_lookup_failed(ngx_http_ordersave_loc_conf_t *conf)
{
    if (conf->campaign && conf->campaign->tally) {
        (void) ngx_atomic_fetch_add(&conf->campaign->tally->lookups_failed, 1);
    }
}


const char *
ngx_http_ordersave_outcome_word(ngx_uint_t outcome)
{
    return ngx_http_ordersave_words[outcome];
}


/*
 * The tally of a store, which it keeps over reloads; NULL: there is none left.
 * Only the master comes here, one configuration after the other.
 */
static ngx_http_ordersave_tally_t *
ngx_http_ordersave_stats_tally(ngx_http_ordersave_stats_t *stats,
    ngx_str_t store)
{
    ngx_uint_t                   i;
    ngx_http_ordersave_tally_t  *tally;

    for (i = 0; i < NGX_HTTP_ORDERSAVE_STORES; i++) {
        tally = &stats->stores[i];

        if (tally->store[0] == '\0') {
            (void) ngx_cpystrn(tally->store, store.data,
                               ngx_min(store.len, NGX_HTTP_ORDERSAVE_STORE_MAX)
                               + 1);
        }

        if (ngx_strlen(tally->store) == store.len
            && ngx_memcmp(tally->store, store.data, store.len) == 0)
        {
            return tally;
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_ordersave_stats_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_uint_t                       i;
    ngx_slab_pool_t                 *pool;
    ngx_http_ordersave_campaign_t  **c;
    ngx_http_ordersave_main_conf_t  *mcf = zone->data, *old = data;

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (old) {
        mcf->stats = old->stats;

    } else if (zone->shm.exists) {
        mcf->stats = pool->data;

    } else {
        mcf->stats = ngx_slab_calloc(pool, sizeof(ngx_http_ordersave_stats_t));
        pool->data = mcf->stats;
    }

    if (mcf->stats == NULL) {
        return NGX_ERROR;
    }

    c = mcf->campaigns.elts;

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        c[i]->tally = ngx_http_ordersave_stats_tally(mcf->stats, c[i]->store);
    }

    return NGX_OK;
}

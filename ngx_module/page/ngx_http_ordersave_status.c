
/*
 * What the module has done since nginx started, for people and for machines.
 */


#include "ngx_module/page/ngx_http_ordersave_status.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_spool.h"


static const char *const  ngx_http_ordersave_counters[] = {
    "events_sent", "events_spooled", "events_drained", "events_lost",
    "events_set_aside",
    "redis_timeouts", "redis_breaks",
    "redis_alone", "redis_unconfirmed", "ingest_taken", "ingest_refused",
    "splice_done", "splice_missed", "splice_compressed",
    "missed_element", "missed_place", "missed_unsure", "missed_cut",
    "live_opened", "live_refused",
    "shell_shown", "shell_late", "shell_status", "shell_not_html",
    "shell_compressed", "shell_cut", "shell_too_large", "shell_no_element",
    "shell_base", "shell_policy"
};


/* "up", "partly" (some shards take nothing) or "down". */
static const char *
ngx_http_ordersave_status_word(ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t  n;

    n = mcf->redis ? ngx_http_ordersave_redis_shards(mcf->redis) : 0;

    return n == 0 ? "down" : n == mcf->server->space.shards ? "up" : "partly";
}


static const char *const  ngx_http_ordersave_node_states[] = {
    "unknown", "up", "down", "refusing"
};


/* Each node as this process sees it. */
static void
ngx_http_ordersave_status_nodes(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    ngx_int_t         replicas;
    ngx_uint_t        n = 0, shards, queue;
    const os_node_t  *node = NULL;

    os_buf_text(out, ",\"nodes\":[");

    while (mcf->redis
           && (node = ngx_http_ordersave_redis_node(mcf->redis, node, &shards,
                                                    &queue, &replicas))
              != NULL)
    {
        os_buf_text(out, n++ ? ",{\"name\":" : "{\"name\":");
        os_json_quote(out, os_str(node->host));
        os_buf_printf(out, ",\"port\":%d,\"state\":\"%s\",\"since_s\":%lu,"
                           "\"shards\":%lu,\"queue\":%lu",
                      node->port, ngx_http_ordersave_node_states[node->state],
                      node->since ? (unsigned long)
                          ((ngx_current_msec - node->since) / 1000) : 0ul,
                      (unsigned long) shards, (unsigned long) queue);

        if (replicas >= 0) {
            os_buf_printf(out, ",\"replicas\":%d", (int) replicas);
        }

        if (node->state == OS_NODE_REFUSING) {
            os_buf_text(out, ",\"refuses\":");
            os_json_quote(out, os_str(node->word));
        }

        os_buf_text(out, node->sentinel ? ",\"sentinel\":true}" : "}");
    }

    os_buf_text(out, "]");
}


/*
 * The store of a campaign, with the feeds of all campaigns that it has; NULL
 * where an earlier campaign told it already, or nothing is counted for it.
 */
static ngx_http_ordersave_tally_t *
ngx_http_ordersave_status_store(ngx_http_ordersave_main_conf_t *mcf,
    ngx_uint_t n, ngx_uint_t *feeds)
{
    ngx_uint_t                       i;
    ngx_http_ordersave_campaign_t  **c = mcf->campaigns.elts;

    *feeds = 0;

    for (i = 0; i < mcf->campaigns.nelts; i++) {

        if (c[i]->tally != c[n]->tally) {
            continue;
        }

        if (i < n) {
            return NULL;
        }

        *feeds += c[i]->feeds;
    }

    return c[n]->tally;
}


/* What each store's requests came to; what nothing came to is left out. */
static void
ngx_http_ordersave_status_stores(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    ngx_uint_t                   i, k, n, feeds, stores = 0;
    ngx_http_ordersave_tally_t  *tally;

    os_buf_text(out, ",\"stores\":{");

    for (i = 0; i < mcf->campaigns.nelts; i++) {

        tally = ngx_http_ordersave_status_store(mcf, i, &feeds);

        if (tally == NULL) {
            continue;
        }

        os_buf_printf(out, "%s\"%s\":{\"feeds\":%lu,\"lookups_failed\":%lu,"
                           "\"outcomes\":{", stores++ ? "," : "",
                      (char *) tally->store, (unsigned long) feeds,
                      (unsigned long) tally->lookups_failed);

        for (k = 1, n = 0; k < NGX_HTTP_ORDERSAVE_OUTCOMES; k++) {
            if (tally->outcomes[k]) {
                os_buf_printf(out, "%s\"%s\":%lu", n++ ? "," : "",
                              ngx_http_ordersave_outcome_word(k),
                              (unsigned long) tally->outcomes[k]);
            }
        }

        os_buf_text(out, "}}");
    }

    os_buf_text(out, "}");
}


static void
ngx_http_ordersave_status_json(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    off_t       bytes;
    ngx_uint_t  i, files;

    os_buf_printf(out, "{\"redis\":\"%s\"",
                  ngx_http_ordersave_status_word(mcf));
    ngx_http_ordersave_status_nodes(mcf, out);
    ngx_http_ordersave_spool_held(mcf->spool, &files, &bytes);
    os_buf_printf(out, ",\"spool\":{\"files\":%lu,\"bytes\":%lld}",
                  (unsigned long) files, (long long) bytes);
    ngx_http_ordersave_status_stores(mcf, out);
    os_buf_text(out, ",\"outcomes\":{");

    for (i = 1; i < NGX_HTTP_ORDERSAVE_OUTCOMES; i++) {
        os_buf_printf(out, "%s\"%s\":%lu", i > 1 ? "," : "",
                      ngx_http_ordersave_outcome_word(i),
                      (unsigned long) mcf->stats->outcomes[i]);
    }

    os_buf_text(out, "}");

    for (i = 0; i < NGX_HTTP_ORDERSAVE_COUNTERS; i++) {
        os_buf_printf(out, ",\"%s\":%lu", ngx_http_ordersave_counters[i],
                      (unsigned long) mcf->stats->counters[i]);
    }

    os_buf_text(out, "}\n");
}


/* What is counted of each store, with the store as a label. */
static void
ngx_http_ordersave_status_labelled(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    ngx_uint_t                   i, k, feeds;
    ngx_http_ordersave_tally_t  *tally;

    os_buf_text(out, "# HELP ordersave_requests_total Watched requests by "
                     "store, and by what was shown or why they passed.\n"
                     "# TYPE ordersave_requests_total counter\n");

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        tally = ngx_http_ordersave_status_store(mcf, i, &feeds);

        for (k = 1; tally && k < NGX_HTTP_ORDERSAVE_OUTCOMES; k++) {
            os_buf_printf(out, "ordersave_requests_total{store=\"%s\","
                               "outcome=\"%s\"} %lu\n",
                          (char *) tally->store,
                          ngx_http_ordersave_outcome_word(k),
                          (unsigned long) tally->outcomes[k]);
        }
    }

    os_buf_text(out, "# HELP ordersave_lookups_failed_total Orders of which "
                     "Redis said nothing in time.\n"
                     "# TYPE ordersave_lookups_failed_total counter\n");

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        tally = ngx_http_ordersave_status_store(mcf, i, &feeds);

        if (tally) {
            os_buf_printf(out, "ordersave_lookups_failed_total{store=\"%s\"} "
                               "%lu\n", (char *) tally->store,
                          (unsigned long) tally->lookups_failed);
        }
    }
}


static void
ngx_http_ordersave_status_prometheus(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    off_t       bytes;
    ngx_uint_t  i, files;

    os_buf_text(out, "# HELP ordersave_redis_up Whether this nginx process "
                     "reaches Redis.\n"
                     "# TYPE ordersave_redis_up gauge\n");
    os_buf_printf(out, "ordersave_redis_up %d\n",
                  ngx_http_ordersave_status_word(mcf)[0] == 'u');

    ngx_http_ordersave_spool_held(mcf->spool, &files, &bytes);
    os_buf_text(out, "# HELP ordersave_spool_files Files of events that wait "
                     "for Redis, of all nginx processes.\n"
                     "# TYPE ordersave_spool_files gauge\n");
    os_buf_printf(out, "ordersave_spool_files %lu\n", (unsigned long) files);
    os_buf_text(out, "# HELP ordersave_spool_bytes What is in these files.\n"
                     "# TYPE ordersave_spool_bytes gauge\n");
    os_buf_printf(out, "ordersave_spool_bytes %lld\n", (long long) bytes);

    ngx_http_ordersave_status_labelled(mcf, out);

    for (i = 0; i < NGX_HTTP_ORDERSAVE_COUNTERS; i++) {
        os_buf_printf(out, "# HELP ordersave_%s_total Since nginx started.\n"
                           "# TYPE ordersave_%s_total counter\n"
                           "ordersave_%s_total %lu\n",
                      ngx_http_ordersave_counters[i],
                      ngx_http_ordersave_counters[i],
                      ngx_http_ordersave_counters[i],
                      (unsigned long) mcf->stats->counters[i]);
    }
}


ngx_int_t
ngx_http_ordersave_status_handler(ngx_http_request_t *r)
{
    os_buf_t                         text = { 0 };
    ngx_int_t                        rc;
    const char                      *type = "application/json";
    ngx_http_ordersave_loc_conf_t   *conf;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (mcf->stats == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);

    if (conf->prometheus) {
        type = "text/plain; version=0.0.4; charset=utf-8";
        ngx_http_ordersave_status_prometheus(mcf, &text);

    } else {
        ngx_http_ordersave_status_json(mcf, &text);
    }

    return ngx_http_ordersave_send_text(r, NGX_HTTP_OK, type, &text);
}

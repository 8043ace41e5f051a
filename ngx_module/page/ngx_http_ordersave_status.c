
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
    "redis_timeouts", "redis_breaks", "ingest_taken", "ingest_refused",
    "splice_done", "splice_missed", "splice_compressed",
    "live_opened", "live_refused"
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
    ngx_uint_t        n = 0, shards;
    const os_node_t  *node = NULL;

    os_buf_text(out, ",\"nodes\":[");

    while (mcf->redis
           && (node = ngx_http_ordersave_redis_node(mcf->redis, node, &shards))
              != NULL)
    {
        os_buf_text(out, n++ ? ",{\"name\":" : "{\"name\":");
        os_json_quote(out, os_str(node->host));
        os_buf_printf(out, ",\"port\":%d,\"state\":\"%s\",\"since_s\":%lu,"
                           "\"shards\":%lu",
                      node->port, ngx_http_ordersave_node_states[node->state],
                      node->since ? (unsigned long)
                          ((ngx_current_msec - node->since) / 1000) : 0ul,
                      (unsigned long) shards);

        if (node->state == OS_NODE_REFUSING) {
            os_buf_text(out, ",\"refuses\":");
            os_json_quote(out, os_str(node->word));
        }

        os_buf_text(out, node->sentinel ? ",\"sentinel\":true}" : "}");
    }

    os_buf_text(out, "]");
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


static void
ngx_http_ordersave_status_prometheus(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    ngx_uint_t  i;

    os_buf_text(out, "# HELP ordersave_redis_up Whether this nginx process "
                     "reaches Redis.\n"
                     "# TYPE ordersave_redis_up gauge\n");
    os_buf_printf(out, "ordersave_redis_up %d\n",
                  ngx_http_ordersave_status_word(mcf)[0] == 'u');

    os_buf_text(out, "# HELP ordersave_requests_total Watched requests by "
                     "what was shown or why they passed.\n"
                     "# TYPE ordersave_requests_total counter\n");

    for (i = 1; i < NGX_HTTP_ORDERSAVE_OUTCOMES; i++) {
        os_buf_printf(out, "ordersave_requests_total{outcome=\"%s\"} %lu\n",
                      ngx_http_ordersave_outcome_word(i),
                      (unsigned long) mcf->stats->outcomes[i]);
    }

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

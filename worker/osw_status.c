/*
 * osw_status: see osw_status.h. libmicrohttpd runs inside our loop, woken by
 * its own epoll descriptor.
 */

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <microhttpd.h>

#include "worker/osw_admit.h"
#include "worker/osw_status.h"


typedef struct {
    struct MHD_Daemon  *daemon;
    uv_poll_t           poll;
} osw_status_t;


static void
osw_status_node(void *data, const os_node_t *node, const char *state,
    const char *word, unsigned shards)
{
    (void) json_array_append_new(data, json_pack(
        "{s:s, s:i, s:s, s:s, s:i}", "host", node->host, "port", node->port,
        "state", state, "refusal", word, "shards", (int) shards));
}


static void
osw_status_provider(void *data, const char *provider, int64_t until_ms,
    unsigned flight)
{
    (void) json_array_append_new(data, json_pack(
        "{s:s, s:b, s:I, s:i}", "name", provider, "open", until_ms > 0,
        "again_ms", (json_int_t) until_ms, "in_flight", (int) flight));
}


static json_t *
osw_status_json(const osw_t *w)
{
    json_t    *nodes, *providers;
    unsigned   i, held, flight;

    nodes = json_array();
    providers = json_array();
    osw_redis_each(w->redis, osw_status_node, nodes);
    osw_admit_each(w, osw_status_provider, providers);
    held = 0;
    flight = 0;

    for (i = 0; i < w->config->space.shards; i++) {
        held += w->shard[i].epoch != 0;
        flight += (unsigned) w->shard[i].njobs;
    }

    return json_pack("{s:s, s:b, s:b, s:b, s:i, s:i, s:i, s:i, s:I, s:I, s:I,"
                     " s:I, s:i, s:o, s:o}",
                     "worker", w->id,
                     "redis", osw_redis_up(w->redis),
                     "paused", (int) w->paused,
                     "stopping", (int) w->stopping,
                     "workers", (int) w->workers,
                     "shards", (int) w->config->space.shards,
                     "held", (int) held,
                     "in_flight", (int) flight,
                     "events", (json_int_t) w->events,
                     "commits", (json_int_t) w->commits,
                     "jobs", (json_int_t) w->jobs_done,
                     "failures", (json_int_t) w->failures,
                     "breakers_open", (int) osw_admit_closed(w),
                     "nodes", nodes, "providers", providers);
}


static void
osw_metric_node(void *data, const os_node_t *node, const char *state,
    const char *word, unsigned shards)
{
    os_buf_t  *out;

    (void) word;
    (void) shards;
    out = data;
    os_buf_text(out, "ordersave_worker_redis_node_up{host=\"");
    osw_tally_label(out, os_str(node->host));
    os_buf_printf(out, "\",port=\"%d\"} %d\n", node->port,
                  strcmp(state, "up") == 0);
}


static void
osw_metric_provider(os_buf_t *out, const char *name, const char *provider,
    unsigned value)
{
    os_buf_printf(out, "ordersave_worker_provider_%s{provider=\"", name);
    osw_tally_label(out, os_str(provider));
    os_buf_printf(out, "\"} %u\n", value);
}


static void
osw_metric_breaker(void *data, const char *provider, int64_t until_ms,
    unsigned flight)
{
    (void) flight;
    osw_metric_provider(data, "open", provider, until_ms > 0);
}


static void
osw_metric_flight(void *data, const char *provider, int64_t until_ms,
    unsigned flight)
{
    (void) until_ms;
    osw_metric_provider(data, "in_flight", provider, flight);
}


static unsigned
osw_status_held(const osw_t *w)
{
    unsigned  i, held;

    for (i = 0, held = 0; i < w->config->space.shards; i++) {
        held += w->shard[i].epoch != 0;
    }

    return held;
}


static char *
osw_status_metrics(osw_t *w)
{
    int64_t   alone, unconfirmed;
    unsigned  i, flight;
    os_buf_t  out;

    out = (os_buf_t) { 0 };

    for (i = 0, flight = 0; i < w->config->space.shards; i++) {
        flight += (unsigned) w->shard[i].njobs;
    }

    osw_tally_one(&out, "worker_events_total", "counter", "Events committed.",
                  (int64_t) w->events);
    osw_tally_one(&out, "worker_commits_total", "counter", "Batches committed.",
                  (int64_t) w->commits);
    osw_tally_one(&out, "worker_commit_failures_total", "counter",
                  "Commits that Redis did not take.", (int64_t) w->failures);
    osw_tally_one(&out, "worker_jobs_total", "counter", "Jobs settled.",
                  (int64_t) w->jobs_done);
    osw_tally_one(&out, "worker_jobs_in_flight", "gauge",
                  "Jobs begun, not settled.", flight);
    osw_tally_one(&out, "worker_shards_held", "gauge", "Shards that are ours.",
                  osw_status_held(w));
    osw_tally_one(&out, "worker_workers", "gauge", "Workers seen alive.",
                  w->workers);
    osw_tally_one(&out, "worker_paused", "gauge", "Deliveries are paused.",
                  w->paused);
    osw_redis_confirmed(w->redis, &alone, &unconfirmed);
    osw_tally_one(&out, "redis_up", "gauge", "Redis does what it is for.",
                  osw_redis_up(w->redis));
    osw_tally_one(&out, "redis_alone_total", "counter",
                  "Writes that a master without a replica took.", alone);
    osw_tally_one(&out, "redis_unconfirmed_total", "counter",
                  "Writes that no replica had in time.", unconfirmed);
    os_buf_text(&out, "# HELP ordersave_worker_redis_node_up "
                "A node of Redis does what it is for.\n"
                "# TYPE ordersave_worker_redis_node_up gauge\n");
    osw_redis_each(w->redis, osw_metric_node, &out);
    os_buf_text(&out, "# HELP ordersave_worker_provider_open "
                "The breaker of a provider is open: jobs wait.\n"
                "# TYPE ordersave_worker_provider_open gauge\n");
    osw_admit_each(w, osw_metric_breaker, &out);
    os_buf_text(&out, "# HELP ordersave_worker_provider_in_flight "
                "Jobs that a provider has been given.\n"
                "# TYPE ordersave_worker_provider_in_flight gauge\n");
    osw_admit_each(w, osw_metric_flight, &out);
    osw_tally_write(w->tally, &out);

    if (out.failed) {
        os_buf_free(&out);
        return NULL;
    }

    return out.data;
}


static char *
osw_status_text(osw_t *w)
{
    char    *text;
    json_t  *json;

    json = osw_status_json(w);
    text = json_dumps(json, JSON_INDENT(2));
    json_decref(json);

    return text;
}


/* Alive: the loop turns, or nobody would answer. */
static char *
osw_status_health(osw_t *w)
{
    (void) w;

    return strdup("ok\n");
}


static int
osw_status_is_ready(const osw_t *w)
{
    return osw_redis_up(w->redis) && !w->stopping && w->workers > 0
           && (osw_status_held(w) > 0
               || w->workers > w->config->space.shards);
}


static char *
osw_status_readiness(osw_t *w)
{
    return strdup(osw_status_is_ready(w) ? "ready\n" : "not ready\n");
}


static const struct {
    const char   *url;
    const char   *type;
    char       *(*text)(osw_t *w);
    int         (*well)(const osw_t *w);    /* NULL: always */
} osw_status_pages[] = {
    { "/", "application/json", osw_status_text, NULL },
    { "/status", "application/json", osw_status_text, NULL },
    { "/metrics", "text/plain; version=0.0.4; charset=utf-8",
      osw_status_metrics, NULL },
    { "/healthz", "text/plain", osw_status_health, NULL },
    { "/readyz", "text/plain", osw_status_readiness, osw_status_is_ready },
};


static enum MHD_Result
osw_status_answer(void *data, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
    int                   status;
    char                 *text;
    size_t                i;
    const char           *type;
    enum MHD_Result       rc;
    struct MHD_Response  *response;

    (void) version;
    (void) upload;
    (void) upload_len;
    (void) state;
    status = 404;
    type = "text/plain";
    text = NULL;

    for (i = 0; i < sizeof(osw_status_pages) / sizeof(osw_status_pages[0])
                && strcmp(method, "GET") == 0; i++)
    {
        if (strcmp(url, osw_status_pages[i].url) == 0) {
            type = osw_status_pages[i].type;
            text = osw_status_pages[i].text(data);
            status = osw_status_pages[i].well == NULL
                     || osw_status_pages[i].well(data) ? 200 : 503;
        }
    }

    text = text ? text : strdup(status == 404 ? "not found\n" : "");

    if (text == NULL) {
        return MHD_NO;
    }

    response = MHD_create_response_from_buffer(strlen(text), text,
                                               MHD_RESPMEM_MUST_FREE);
    (void) MHD_add_response_header(response, "Content-Type", type);
    (void) MHD_add_response_header(response, "Cache-Control", "no-store");
    rc = MHD_queue_response(c, (unsigned) status, response);
    MHD_destroy_response(response);

    return rc;
}


static void
osw_status_ready(uv_poll_t *poll, int status, int events)
{
    osw_status_t  *s;

    (void) status;
    (void) events;
    s = poll->data;
    (void) MHD_run(s->daemon);
}


int
osw_status_start(osw_t *w)
{
    osw_status_t               *s;
    struct sockaddr_in          address;
    const union MHD_DaemonInfo *info;

    if (w->config->status_port == 0) {
        return 0;
    }

    s = calloc(1, sizeof(osw_status_t));
    if (s == NULL) {
        return -1;
    }

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t) w->config->status_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    s->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL,
                                 osw_status_answer, w,
                                 MHD_OPTION_SOCK_ADDR, &address,
                                 MHD_OPTION_CONNECTION_LIMIT, 16u,
                                 MHD_OPTION_CONNECTION_TIMEOUT, 5u,
                                 MHD_OPTION_END);

    if (s->daemon == NULL) {
        osw_log(OSW_ERROR, "status: cannot listen on port %d",
                w->config->status_port);
        free(s);
        return -1;
    }

    info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    (void) uv_poll_init(w->loop, &s->poll, info->epoll_fd);
    s->poll.data = s;
    (void) uv_poll_start(&s->poll, UV_READABLE, osw_status_ready);
    w->status = s;

    return 0;
}


static void
osw_status_closed(uv_handle_t *handle)
{
    free(handle->data);
}


void
osw_status_stop(osw_t *w)
{
    osw_status_t  *s;

    s = w->status;

    if (s != NULL) {
        (void) uv_poll_stop(&s->poll);
        MHD_stop_daemon(s->daemon);
        uv_close((uv_handle_t *) &s->poll, osw_status_closed);
        w->status = NULL;
    }
}

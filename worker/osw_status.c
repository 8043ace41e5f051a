/*
 * osw_status: see osw_status.h. libmicrohttpd runs inside our loop, woken by
 * its own epoll descriptor.
 */

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <microhttpd.h>

#include "osw_admit.h"
#include "osw_status.h"


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


static enum MHD_Result
osw_status_answer(void *data, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
    int                   known;
    char                 *text;
    json_t               *json;
    enum MHD_Result       rc;
    struct MHD_Response  *response;

    (void) version;
    (void) upload;
    (void) upload_len;
    (void) state;

    known = strcmp(method, "GET") == 0
            && (strcmp(url, "/") == 0 || strcmp(url, "/status") == 0);
    json = known ? osw_status_json(data) : json_object();
    text = json_dumps(json, JSON_INDENT(2));
    json_decref(json);

    if (text == NULL) {
        return MHD_NO;
    }

    response = MHD_create_response_from_buffer(strlen(text), text,
                                               MHD_RESPMEM_MUST_FREE);
    (void) MHD_add_response_header(response, "Content-Type",
                                   "application/json");
    (void) MHD_add_response_header(response, "Cache-Control", "no-store");
    rc = MHD_queue_response(c, known ? 200 : 404, response);
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

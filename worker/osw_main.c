/*
 * ordersave-worker: takes events, keeps orders' records, delivers. The manual
 * page is docs/ordersave-worker.8.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <systemd/sd-daemon.h>

#include "core/base/os_version.h"
#include "core/base/os_hash.h"
#include "core/view/os_share.h"
#include "redis/os_script_shop.h"
#include "redis/os_script_work.h"
#include "worker/osw_admit.h"
#include "worker/send/osw_channel.h"
#include "worker/osw_count.h"
#include "worker/osw_http.h"
#include "worker/osw_here.h"
#include "worker/osw_lease.h"
#include "worker/osw_memory.h"
#include "worker/osw_poll.h"
#include "worker/osw_reload.h"
#include "worker/render/osw_message.h"
#include "worker/take/osw_pull.h"
#include "worker/take/osw_reconcile.h"
#include "worker/take/osw_refill.h"
#include "worker/osw_status.h"


#define OSW_TICK_MS    10
#define OSW_STOP_MS    25000
#define OSW_READY_MS   1500
#define OSW_CONFIG     "/etc/ordersave/worker.json"


typedef struct {
    osw_t         w;
    uv_loop_t     loop;
    uv_timer_t    tick;
    uv_check_t    check;
    uv_signal_t   term;
    uv_signal_t   interrupt;
    uv_signal_t   hangup;
    osw_reload_t *reload;
    uint64_t      lease_at;
    uint64_t      second_at;
    uint64_t      calls_at;
    uint64_t      stop_by;
    uint64_t      ready_by;
    unsigned      counted:1;      /* Redis counts as many shards as we */
    unsigned      counting:1;
    unsigned      ready:1;
    unsigned      closed:1;
    int           status;         /* to exit with */
} osw_main_t;


static const char  osw_usage[] =
    "Usage: ordersave-worker [-c FILE] [-t] [-v]\n"
    "\n"
    "  -c, --config FILE  configuration (" OSW_CONFIG ")\n"
    "  -t, --test         check the configuration and stop\n"
    "  -v, --verbose      log more\n"
    "      --status ADDR  where it tells how it is, instead of the\n"
    "                     configuration's: HOST:PORT, or off\n"
    "      --version      which release this is\n"
    "  -h, --help         this text\n"
    "\n"
    "Stops at SIGTERM and SIGINT once what is under way is settled. Reads all\n"
    "anew at SIGHUP, unless there is a fault in it.\n"
    "Exit status: 0 well, 1 a fault in the configuration, 2 wrong usage.\n";


static void
osw_paused_reply(os_command_t *cmd, redisReply *reply)
{
    osw_t     *w;
    unsigned   paused;

    w = cmd->data;

    if (osw_reply_failed(reply)) {
        return;
    }

    paused = reply->type == REDIS_REPLY_STRING;

    if (paused != w->paused) {
        osw_log(OSW_INFO, paused ? "deliveries are paused"
                                 : "deliveries go on");
        w->paused = paused & 1;
    }
}


/*
 * What is paused in part. Whatever was parked may go now, or may not any more:
 * all lanes are gone through anew.
 */
static void
osw_pauses_reply(os_command_t *cmd, redisReply *reply)
{
    size_t    i;
    osw_t    *w;
    json_t   *pauses;

    w = cmd->data;

    if (osw_reply_failed(reply) || reply->type != REDIS_REPLY_ARRAY) {
        return;
    }

    pauses = json_array();

    for (i = 0; i < reply->elements; i++) {
        (void) json_array_append_new(pauses, os_json_new_str(
                                         osw_reply_str(reply->element[i])));
    }

    if (json_equal(pauses, w->pauses)
        || (w->pauses == NULL && reply->elements == 0))
    {
        json_decref(pauses);
        return;
    }

    json_decref(w->pauses);
    w->pauses = pauses;
    osw_log(OSW_INFO, "paused in part: %zu", reply->elements);

    for (i = 0; i < w->config->space.shards; i++) {
        w->shard[i].fresh = 1;
    }
}


static void
osw_paused_look(osw_t *w)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, osw_paused_reply, w);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(w, cmd, "paused", OS_NULL, OS_NULL, OS_NULL);
    osw_redis_send(w->redis, cmd);

    cmd = os_command_new(0, osw_pauses_reply, w);
    os_command_script(cmd, &os_script_pauses, 1, 0);
    osw_command_key(w, cmd, "pauses", OS_NULL, OS_NULL, OS_NULL);
    osw_redis_send(w->redis, cmd);
}


/* A shard at rest is given back; until it is, its events are taken. */
static void
osw_main_stop(osw_main_t *m)
{
    unsigned  i;

    if (!m->w.stopping) {
        osw_log(OSW_INFO, "stopping");
        (void) sd_notify(0, m->reload->wanted ? "RELOADING=1" : "STOPPING=1");
        m->w.stopping = 1;
        m->stop_by = uv_now(&m->loop) + OSW_STOP_MS;

        for (i = 0; i < m->w.config->space.shards; i++) {
            m->w.shard[i].leaving = 1;
            m->w.shard[i].leave_by = m->stop_by + OSW_STOP_MS;
        }

        osw_channels_release(&m->w);
    }
}


static void
osw_main_counted(void *data, osw_count_t count, int64_t shards)
{
    osw_main_t  *m;

    m = data;
    m->counting = 0;

    switch (count) {

    case OSW_COUNT_UNKNOWN:
        return;

    case OSW_COUNT_SAME:
        m->counted = 1;
        return;

    case OSW_COUNT_MOVING:
        osw_log(OSW_ERROR, "%s: /redis/shards: they are being moved: run "
                "\"ordersavectl shards move\" to the end",
                m->w.config->path);
        break;

    case OSW_COUNT_OTHER:
        osw_log(OSW_ERROR, "%s: /redis/shards: %lld expected, as Redis has it",
                m->w.config->path, (long long) shards);
    }

    m->status = 1;
    osw_main_stop(m);
}


/* The first worker says how many shards there are; all others must agree. */
static void
osw_main_count(osw_main_t *m)
{
    if (!m->counting) {
        m->counting = 1;
        osw_count_ask(&m->w, osw_main_counted, m);
    }
}


static void
osw_main_closed(osw_main_t *m)
{
    m->closed = 1;
    osw_here_end(&m->w);
    osw_lease_end(&m->w);
    osw_channels_stop(&m->w);
    osw_http_stop(&m->w);
    osw_status_stop(&m->w);
    uv_close((uv_handle_t *) &m->check, NULL);
    uv_unref((uv_handle_t *) &m->term);
    uv_unref((uv_handle_t *) &m->interrupt);
    uv_close((uv_handle_t *) &m->hangup, NULL);
}


/*
 * Once all is at rest the leases go back; a little later all is closed. What
 * does not come to rest in time is left as a crash would leave it: another
 * worker takes it up.
 */
static void
osw_main_stopping(osw_main_t *m)
{
    uint64_t  now;

    now = uv_now(&m->loop);

    if (!m->closed && now > m->stop_by) {
        osw_log(OSW_WARN, "stopped with deliveries under way");

        if (m->reload->wanted) {
            osw_reload_run(m->reload);
        }

        _exit(m->status);
    }

    if (!m->closed) {
        if (!osw_shards_busy(&m->w)) {
            osw_main_closed(m);
            m->stop_by = now + 200;
        }

        return;
    }

    if (now > m->stop_by) {
        uv_close((uv_handle_t *) &m->tick, NULL);
        osw_redis_close(m->w.redis);
    }
}


/*
 * Ready once shards are ours and their first codes and budgets are on the way,
 * or when there are none to be had: other workers give theirs back in time.
 */
static void
osw_main_ready(osw_main_t *m, unsigned gained)
{
    unsigned  i, held;

    if (m->ready_by == 0) {
        m->ready_by = uv_now(&m->loop) + OSW_READY_MS;
    }

    for (i = 0, held = 0; i < m->w.config->space.shards; i++) {
        held += m->w.shard[i].epoch != 0;
    }

    if ((held && !gained) || uv_now(&m->loop) >= m->ready_by) {
        m->ready = 1;
        (void) sd_notify(0, "READY=1");
        osw_log(OSW_INFO, "ready, worker %s", m->w.id);
    }
}


static void
osw_main_second(osw_main_t *m)
{
    unsigned  gained;

    if (m->w.stopping) {
        return;
    }

    if (!m->counted) {
        osw_main_count(m);
        return;
    }

    gained = m->w.gained;
    m->w.gained = 0;
    osw_paused_look(&m->w);

    if (gained) {
        osw_refill_gained(&m->w);
    }

    osw_refill_tick(&m->w);
    osw_reconcile_tick(&m->w);
    osw_pull_tick(&m->w);

    if (!m->ready && m->w.workers) {
        osw_main_ready(m, gained);
    }

    (void) sd_notify(0, "WATCHDOG=1");
}


static void
osw_main_tick(uv_timer_t *timer)
{
    uint64_t     now;
    osw_main_t  *m;

    m = timer->data;
    now = uv_now(&m->loop);

    if (m->w.stopping) {
        osw_main_stopping(m);

        if (m->closed) {
            return;
        }
    }

    if (now >= m->second_at || (m->w.gained && m->ready)) {
        m->second_at = now + (m->ready && !m->w.gained ? 1000 : 100);
        osw_main_second(m);
    }

    if (!m->counted) {
        return;
    }

    if (now >= m->calls_at && m->ready && !m->w.stopping) {
        m->calls_at = now + OSW_CALLS_MS;
        osw_refill_calls(&m->w);
    }

    if (now >= m->lease_at) {
        m->lease_at = now + (m->w.stopping ? 10 : 250);
        osw_lease_tick(&m->w);

        if (!m->w.stopping) {
            osw_here_tick(&m->w);
        }
    }

    osw_shards_tick(&m->w);
}


static void
osw_main_check(uv_check_t *check)
{
    osw_main_t  *m;

    m = check->data;
    osw_shards_settle(&m->w);
}


static void
osw_main_signal(uv_signal_t *handle, int number)
{
    osw_main_t  *m = handle->data;

    (void) number;
    m->reload->wanted = 0;
    osw_main_stop(m);
}


/* Once all is at rest the program runs anew; a SIGTERM by then is a stop. */
static void
osw_main_hangup(uv_signal_t *handle, int number)
{
    osw_main_t  *m = handle->data;

    (void) number;

    if (!m->w.stopping && osw_reload_check(m->reload, m->w.config) == 0) {
        osw_log(OSW_NOTICE, "reloading");
        m->reload->wanted = 1;
        osw_main_stop(m);
    }
}


static int
osw_main_begin(osw_main_t *m)
{
    unsigned    i;
    uint64_t    random;
    osw_t      *w;
    os_error_t  err;

    w = &m->w;

    if (os_random(&random, sizeof(random)) != 0) {
        return -1;
    }

    snprintf(w->id, sizeof(w->id), "%016llx", (unsigned long long) random);
    os_script_work_init();
    os_script_shop_init();

    (void) uv_loop_init(&m->loop);
    w->loop = &m->loop;
    w->left = osw_channels_release;
    w->tally = osw_tally_new();
    w->redis = osw_redis_new(w->loop, &w->config->redis, &w->config->space,
                             &err);

    if (w->redis == NULL) {
        osw_log(OSW_ERROR, "%s: /redis: %s", w->config->path, err.text);
        return -1;
    }

    for (i = 0; i < OS_SHARDS_MAX; i++) {
        w->shard[i].w = w;
        w->shard[i].index = i;
    }

    (void) uv_timer_init(w->loop, &m->tick);
    (void) uv_check_init(w->loop, &m->check);
    (void) uv_signal_init(w->loop, &m->term);
    (void) uv_signal_init(w->loop, &m->interrupt);
    (void) uv_signal_init(w->loop, &m->hangup);
    m->hangup.data = m;
    m->tick.data = m;
    m->check.data = m;
    m->term.data = m;
    m->interrupt.data = m;
    (void) uv_timer_start(&m->tick, osw_main_tick, 0, OSW_TICK_MS);
    (void) uv_check_start(&m->check, osw_main_check);
    (void) uv_signal_start(&m->term, osw_main_signal, SIGTERM);
    (void) uv_signal_start(&m->interrupt, osw_main_signal, SIGINT);
    (void) uv_signal_start(&m->hangup, osw_main_hangup, SIGHUP);

    return osw_http_start(w) != 0 || osw_channels_start(w) != 0
           || osw_status_start(w) != 0 ? -1 : 0;
}


static int
osw_main_run(osw_config_t *config, osw_reload_t *reload)
{
    int          status;
    osw_main_t  *m;

    m = calloc(1, sizeof(osw_main_t));

    if (m == NULL) {
        return 1;
    }

    m->w.config = config;
    m->reload = reload;

    if (osw_main_begin(m) != 0) {
        osw_log(OSW_ERROR, "cannot start");
        free(m);
        return 1;
    }

    (void) uv_run(&m->loop, UV_RUN_DEFAULT);

    /* a stop that came last is heard, too: it goes before a reload */

    uv_ref((uv_handle_t *) &m->term);
    (void) uv_run(&m->loop, UV_RUN_NOWAIT);
    uv_close((uv_handle_t *) &m->term, NULL);
    uv_close((uv_handle_t *) &m->interrupt, NULL);
    (void) uv_run(&m->loop, UV_RUN_DEFAULT);

    osw_redis_free(m->w.redis);
    osw_admit_free(&m->w);
    osw_tally_free(m->w.tally);
    json_decref(m->w.pauses);
    json_decref(m->w.calls);
    json_decref(m->w.brought);
    json_decref(m->w.heard);
    osw_reconcile_stop(&m->w);
    osw_pull_stop(&m->w);
    osw_message_end(&m->w);
    (void) uv_loop_close(&m->loop);
    status = m->status;
    free(m);
    osw_log(OSW_INFO, "stopped");

    return status;
}


/* A translation that is missing keeps nobody from working. */
static void
osw_main_lacks(void *data, os_str_t tag, const json_t *keys)
{
    os_buf_t  text = { 0 };

    (void) data;
    os_share_lacks(tag, keys, &text);
    osw_log(OSW_WARN, "%s", text.data);
    os_buf_free(&text);
}


/* What would only be found when a message is worded is told now. */
static int
osw_main_test(osw_config_t *config)
{
    os_error_t  err;

    if (osw_reload_words(config, osw_main_lacks, &err) == 0) {
        return 0;
    }

    osw_log(OSW_ERROR, "%s", err.text);

    return 1;
}


int
main(int argc, char **argv)
{
    int            option, test, rc;
    os_error_t     err;
    const char    *path, *status = NULL;
    osw_reload_t   reload;
    osw_config_t  *config;

    static const struct option  options[] = {
        { "config", required_argument, NULL, 'c' },
        { "test", no_argument, NULL, 't' },
        { "verbose", no_argument, NULL, 'v' },
        { "status", required_argument, NULL, 's' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 }
    };

    path = OSW_CONFIG;
    test = 0;

    while ((option = getopt_long(argc, argv, "c:tvh", options, NULL)) != -1) {
        switch (option) {

        case 'c':
            path = optarg;
            break;

        case 't':
            test = 1;
            break;

        case 's':
            status = optarg;
            break;

        case 'v':
            osw_log_level(OSW_DEBUG);
            break;

        case 'V':
            puts("ordersave-worker " OS_VERSION);
            return 0;

        case 'h':
            fputs(osw_usage, stdout);
            return 0;

        default:
            fputs(osw_usage, stderr);
            return 2;
        }
    }

    osw_memory_start();
    (void) signal(SIGPIPE, SIG_IGN);
    config = osw_config_load(path, &err);

    if (config == NULL) {
        osw_log(OSW_ERROR, "%s", err.text);
        return 1;
    }

    if (status && osw_config_status(config, status) != 0) {
        osw_log(OSW_ERROR, "--status %s: expected HOST:PORT, or off", status);
        osw_config_free(config);
        return 2;
    }

    reload = (osw_reload_t) { .argv = argv, .config = path };
    rc = test ? osw_main_test(config) : osw_main_run(config, &reload);
    osw_config_free(config);
    curl_global_cleanup();

    if (rc == 0 && reload.wanted) {
        osw_reload_run(&reload);
        rc = 1;
    }

    return rc;
}

/*
 * ordersave-console: keeps what happened in a database of its own, for reports.
 * The manual page is docs/ordersave-console.8.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "core/base/os_version.h"
#include "redis/os_script_shop.h"
#include "redis/os_script_work.h"
#include "worker/console/osw_console_gap.h"
#include "worker/console/osw_console_sweep.h"
#include "worker/console/osw_console_take.h"
#include "worker/console/osw_console_web.h"
#include "worker/osw_memory.h"
#include "worker/osw_reload.h"
#include "worker/render/osw_message.h"


#define OSW_CONFIG  "/etc/ordersave/worker.json"
#define OSW_LOOK    2000        /* ms between looks for what is missing */


typedef struct {
    osw_t         w;
    uv_loop_t     loop;
    uv_signal_t   term;
    uv_signal_t   interrupt;
    uv_signal_t   hangup;
    osw_reload_t  reload;
    osw_base_t   *base;
    osw_take_t   *take;
    osw_web_t    *web;
    osw_sweep_t  *sweep;
    int           once;         /* until there is nothing more to read */
    uint64_t      look_at;      /* loop ms */
    unsigned      looking:1;
    unsigned      ready:1;
    unsigned      ended:1;
} osw_console_t;


static const char  osw_usage[] =
    "Usage: ordersave-console [-c FILE] [-d FILE] [--once] [-v]\n"
    "\n"
    "  -c, --config FILE    configuration of the workers (" OSW_CONFIG ")\n"
    "  -d, --database FILE  instead of console.database there\n"
    "      --once           reads what is there, and stops\n"
    "  -v, --verbose        log more\n"
    "      --version        which release this is\n"
    "  -h, --help           this text\n"
    "\n"
    "Reads what the workers note of orders into a database, for\n"
    "\"ordersavectl report\". Stops at SIGTERM and SIGINT; reads all anew at\n"
    "SIGHUP, unless there is a fault in it.\n"
    "Exit status: 0 well, 1 a fault in configuration or database, 2 wrong\n"
    "usage.\n";


static void
osw_console_end(osw_console_t *c)
{
    if (!c->ended) {
        c->ended = 1;
        osw_take_stop(c->take);
        osw_sweep_stop(c->sweep);
        osw_web_stop(c->web);
        osw_redis_close(c->w.redis);
        uv_close((uv_handle_t *) &c->term, NULL);
        uv_close((uv_handle_t *) &c->interrupt, NULL);
        uv_close((uv_handle_t *) &c->hangup, NULL);
    }
}


static void
osw_console_signal(uv_signal_t *signal, int number)
{
    osw_console_t  *c = signal->data;

    (void) number;
    c->reload.wanted = 0;
    osw_console_end(c);
}


/* Once all is closed the program runs anew; a SIGTERM by then is a stop. */
static void
osw_console_hangup(uv_signal_t *signal, int number)
{
    osw_console_t  *c = signal->data;

    (void) number;

    if (!c->ended && osw_reload_check(&c->reload, c->w.config) == 0) {
        osw_log(OSW_NOTICE, "console: reloading");
        c->reload.wanted = 1;
        (void) sd_notify(0, "RELOADING=1");
        osw_console_end(c);
    }
}


static void
osw_console_looked(void *data)
{
    osw_console_t  *c = data;

    c->looking = 0;
    c->look_at = uv_now(&c->loop) + OSW_LOOK;

    if (c->ended) {
        return;
    }

    if (!c->ready) {
        c->ready = 1;
        c->sweep = c->once ? NULL : osw_sweep_start(&c->w, c->base);
        osw_log(OSW_INFO, "console: up to date, %llu facts taken",
                (unsigned long long) osw_take_count(c->take));
        (void) sd_notify(0, "READY=1");
    }

    if (c->once) {
        osw_console_end(c);
    }
}


/* Nothing more is to be read for now. */
static void
osw_console_idle(void *data)
{
    osw_console_t        *c = data;
    osw_console_state_t   state;

    state.facts = osw_take_count(c->take);
    state.ready = c->ready;
    osw_web_state(c->web, &state);

    if (!c->looking && uv_now(&c->loop) >= c->look_at) {
        c->looking = 1;
        osw_gap_look(&c->w, c->base, osw_console_looked, c);
    }
}


static int
osw_console_run(osw_console_t *c)
{
    os_error_t  err;

    (void) uv_loop_init(&c->loop);
    c->w.loop = &c->loop;
    c->w.redis = osw_redis_new(&c->loop, &c->w.config->redis,
                               &c->w.config->space, &err);

    if (c->w.redis == NULL) {
        fprintf(stderr, "%s: /redis: %s\n", c->w.config->path, err.text);
        return 1;
    }

    (void) uv_signal_init(&c->loop, &c->term);
    (void) uv_signal_init(&c->loop, &c->interrupt);
    (void) uv_signal_init(&c->loop, &c->hangup);
    c->term.data = c->interrupt.data = c->hangup.data = c;
    (void) uv_signal_start(&c->term, osw_console_signal, SIGTERM);
    (void) uv_signal_start(&c->interrupt, osw_console_signal, SIGINT);
    (void) uv_signal_start(&c->hangup, osw_console_hangup, SIGHUP);

    if (!c->once) {
        c->web = osw_web_start(&c->w, c->base, &err);

        if (c->web == NULL && err.text[0]) {
            fprintf(stderr, "%s: /console/listen: %s\n", c->w.config->path,
                    err.text);
            return 1;
        }
    }

    c->take = osw_take_start(&c->w, c->base, osw_console_idle, c);

    if (c->take == NULL) {
        fprintf(stderr, "ordersave-console: no memory\n");
        return 1;
    }

    (void) uv_run(&c->loop, UV_RUN_DEFAULT);
    osw_web_free(c->web);
    osw_sweep_free(c->sweep);
    osw_take_free(c->take);
    osw_message_end(&c->w);
    osw_redis_free(c->w.redis);
    (void) uv_loop_close(&c->loop);

    return 0;
}


static int
osw_console_start(osw_console_t *c, const char *path, const char *database)
{
    int         rc = 1;
    char       *file = NULL;
    os_str_t    named;
    os_error_t  err;

    c->w.config = osw_config_load(path, &err);

    if (c->w.config == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }

    named = os_json_str(json_object_get(c->w.config->json, "console"),
                        "database");

    if (database == NULL && named.len) {
        file = osw_config_path(path, named);
        database = file;
    }

    if (database == NULL) {
        fprintf(stderr, "%s: /console/database: expected the path of the "
                "console's database, here or by --database\n", path);

    } else {
        os_script_work_init();
        os_script_shop_init();
        c->base = osw_base_open(database, 1, &err);

        if (c->base == NULL) {
            fprintf(stderr, "ordersave-console: %s\n", err.text);

        } else {
            osw_base_zone(c->base, osw_config_zone(c->w.config),
                          osw_config_offset(c->w.config));
            rc = osw_console_run(c);
        }
    }

    osw_base_close(c->base);
    osw_config_free(c->w.config);
    free(file);

    return rc;
}


int
main(int argc, char **argv)
{
    int            option, rc;
    const char    *path = OSW_CONFIG, *database = NULL;
    osw_console_t  c = { .once = 0 };

    static const struct option  options[] = {
        { "config", required_argument, NULL, 'c' },
        { "database", required_argument, NULL, 'd' },
        { "once", no_argument, NULL, 'o' },
        { "verbose", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 }
    };

    osw_log_level(OSW_NOTICE);

    while ((option = getopt_long(argc, argv, "c:d:vh", options, NULL)) != -1) {
        switch (option) {

        case 'c':
            path = optarg;
            break;

        case 'd':
            database = optarg;
            break;

        case 'o':
            c.once = 1;
            break;

        case 'v':
            osw_log_level(OSW_INFO);
            break;

        case 'V':
            puts("ordersave-console " OS_VERSION);
            return 0;

        case 'h':
            fputs(osw_usage, stdout);
            return 0;

        default:
            fputs(osw_usage, stderr);
            return 2;
        }
    }

    if (optind != argc) {
        fputs(osw_usage, stderr);
        return 2;
    }

    osw_memory_start();
    (void) signal(SIGPIPE, SIG_IGN);

    c.reload = (osw_reload_t) { .argv = argv, .config = path };
    rc = osw_console_start(&c, path, database);

    if (rc == 0 && c.reload.wanted) {
        osw_reload_run(&c.reload);
        rc = 1;
    }

    return rc;
}

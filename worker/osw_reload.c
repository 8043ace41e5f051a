/*
 * osw_reload: see osw_reload.h.
 */

#define _GNU_SOURCE             /* close_range() */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "worker/osw_log.h"
#include "worker/osw_reload.h"


static void
osw_reload_lacks(void *data, os_str_t tag, const json_t *keys)
{
    (void) data;
    (void) tag;
    (void) keys;                        /* told when it starts */
}


int
osw_reload_words(const osw_config_t *config, os_share_told_pt lacks,
    os_error_t *err)
{
    int      rc = 0;
    size_t   i;
    json_t  *read = json_object();

    for (i = 0; rc == 0 && i < config->nstores; i++) {
        rc = os_share_check(config->store[i].campaign, read, lacks, NULL, err);
    }

    json_decref(read);

    return rc;
}


int
osw_reload_check(const osw_reload_t *r, const osw_config_t *now)
{
    int            rc;
    os_error_t     err;
    osw_config_t  *next;

    next = osw_config_load(r->config, &err);
    rc = next ? osw_reload_words(next, osw_reload_lacks, &err) : -1;

    if (rc != 0) {
        osw_log(OSW_ERROR, "not reloaded, all stays as it was: %s", err.text);

    } else if (next->space.shards != now->space.shards) {
        osw_log(OSW_ERROR, "not reloaded, all stays as it was: %s: "
                "/redis/shards: %u expected, as before; only \"ordersavectl "
                "shards move\" changes it", r->config, now->space.shards);
        rc = -1;
    }

    if (next) {
        osw_config_free(next);
    }

    return rc;
}


void
osw_reload_run(const osw_reload_t *r)
{
    (void) close_range(STDERR_FILENO + 1, ~0U, 0);
    (void) execvp(r->argv[0], r->argv);
    osw_log(OSW_ERROR, "%s: %s", r->argv[0], strerror(errno));
}

/*
 * ordersavectl trace and export: what happened, fact by fact, out of the
 * console's database.
 */

#include <stdio.h>
#include <stdlib.h>

#include "worker/console/osw_console_story.h"
#include "worker/ctl/osw_ctl_base.h"


/* Was its buyer erased since the console read what was typed? */
static int
osw_trace_erased(osw_ctl_t *ctl, const osw_store_t *store, os_str_t id)
{
    int        erased;
    json_t    *record;
    unsigned   shard;

    shard = os_space_shard(&ctl->w.config->space, store->name, id, OS_NULL);
    record = osw_ctl_json(ctl, shard, "o", store->name, id);
    erased = os_str_equal(os_json_str(record, "state"), OS_STR("erased"));
    json_decref(record);

    return erased;
}


static int
osw_trace_print(const json_t *story, int erased)
{
    size_t    i;
    json_t   *fact;
    os_buf_t  line = { 0 };

    json_array_foreach(story, i, fact) {
        if (erased) {
            (void) json_object_del(fact, "said");
        }

        line.len = 0;
        osw_story_line(&line, fact);
        puts(line.data ? line.data : "");
    }

    os_buf_free(&line);

    return json_array_size(story) ? OSW_CTL_OK : OSW_CTL_FINDING;
}


int
osw_ctl_trace(osw_ctl_t *ctl, int argc, char **argv)
{
    int           rc = OSW_CTL_FINDING;
    json_t       *story;
    int64_t       since;
    os_buf_t      name = { 0 };
    os_str_t      id;
    os_error_t    err;
    osw_base_t   *base;
    osw_store_t  *store;

    (void) argc;

    if (osw_ctl_order(ctl, argv[1], &store, &id) != 0) {
        return OSW_CTL_USAGE;
    }

    base = osw_ctl_base(ctl, 0, &since, &rc);

    if (base == NULL) {
        return rc;
    }

    os_buf_str(&name, store->name);
    os_buf_char(&name, '/');
    os_buf_str(&name, id);
    story = osw_story(base, os_buf_view(&name), &err);

    if (story == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);

    } else {
        rc = osw_trace_print(story, osw_trace_erased(ctl, store, id));

        if (rc != OSW_CTL_OK) {
            fprintf(stderr, "ordersavectl: nothing is known of %s\n",
                    name.data);
        }
    }

    json_decref(story);
    os_buf_free(&name);
    osw_base_close(base);

    return rc;
}


int
osw_ctl_export(osw_ctl_t *ctl, int argc, char **argv)
{
    int            rc = OSW_CTL_FINDING;
    int64_t        since;
    osw_base_t    *base = osw_ctl_base(ctl, INT32_MAX, &since, &rc);
    sqlite3_stmt  *s;

    (void) argc;
    (void) argv;

    if (base == NULL) {
        return rc;
    }

    if (sqlite3_prepare_v2(osw_base_handle(base), "SELECT json FROM fact "
                           "WHERE at >= ?1", -1, &s, NULL) == SQLITE_OK)
    {
        (void) sqlite3_bind_int64(s, 1, since);

        while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
            puts((const char *) sqlite3_column_text(s, 0));
        }

        rc = rc == SQLITE_DONE && fflush(stdout) == 0 ? OSW_CTL_OK
                                                      : OSW_CTL_FINDING;
    }

    if (rc != OSW_CTL_OK) {
        fprintf(stderr, "ordersavectl: not all facts could be written\n");
    }

    (void) sqlite3_finalize(s);
    osw_base_close(base);

    return rc;
}

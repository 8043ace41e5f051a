/*
 * osw_console_dead: see osw_console_dead.h.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_dead.h"


#define OSW_DEAD_EACH  "20"     /* of a shard */
#define OSW_DEAD_SHOW  50


typedef struct {
    os_str_t       id;
    int64_t        ms;
    os_str_t       json;
} osw_dead_row_t;


void
osw_dead_ask(osw_page_t *p)
{
    unsigned  i;

    for (i = 0; i < p->w->config->space.shards; i++) {
        (void) json_array_append_new(p->asks, json_pack(
            "{s:i, s:i, s:[s, s, s]}", "shard", (int) i, "keys", 2, "command",
            "@died", "@dead", OSW_DEAD_EACH));
    }
}


static int
osw_dead_order(const void *a, const void *b)
{
    const osw_dead_row_t  *one = a, *two = b;

    return (one->ms < two->ms) - (one->ms > two->ms);
}


static size_t
osw_dead_rows(const osw_page_t *p, osw_dead_row_t *rows, size_t most)
{
    size_t         i, k, n = 0;
    const json_t  *ask, *reply;

    json_array_foreach(p->asks, i, ask) {
        reply = json_object_get(ask, "keys") ? json_object_get(ask, "reply")
                                             : NULL;

        for (k = 0; k + 2 < json_array_size(reply) && n < most; k += 3) {
            rows[n].id = os_str(json_string_value(json_array_get(reply, k)));
            rows[n].ms = strtoll(json_string_value(
                                     json_array_get(reply, k + 1)), NULL, 10);
            rows[n].json = os_str(json_string_value(
                                      json_array_get(reply, k + 2)));
            n++;
        }
    }

    qsort(rows, n, sizeof(osw_dead_row_t), osw_dead_order);

    return n < OSW_DEAD_SHOW ? n : OSW_DEAD_SHOW;
}


static json_t *
osw_dead_view(osw_page_t *p, const osw_dead_row_t *row, size_t n)
{
    json_t      *job = os_json_parse(row->json, "job", NULL);
    json_t      *view = json_object();
    os_str_t     order = os_json_str(job, "order");
    size_t       i;

    static const char *const  names[] = { "order", "purpose", "channel",
                                          "source", "topic", "why" };

    os_json_set_str(view, "id", row->id);
    (void) json_object_set_new(view, "n", json_integer((json_int_t) n));
    (void) json_object_set_new(view, "time", osw_page_time(p,
                                                           row->ms / 1000));

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (os_json_str(job, names[i]).len) {
            os_json_set_str(view, names[i], os_json_str(job, names[i]));
        }
    }

    if (order.len) {
        (void) json_object_set_new(view, "url",
                                   osw_page_order_link(p, order));
    }

    json_decref(job);

    return view;
}


void
osw_dead_finish(osw_page_t *p)
{
    size_t           i, n, most = 20 * (size_t) p->w->config->space.shards;
    json_t          *all;
    osw_dead_row_t  *rows = calloc(most, sizeof(osw_dead_row_t));

    if (rows == NULL) {
        return;
    }

    n = osw_dead_rows(p, rows, most);

    if (n) {
        all = json_array();

        for (i = 0; i < n; i++) {
            (void) json_array_append_new(all, osw_dead_view(p, &rows[i], i));
        }

        (void) json_object_set_new(p->view, "dead",
                                   json_pack("{s:o}", "list", all));
    }

    free(rows);
}

/*
 * osw_console_queue: see osw_console_queue.h.
 *
 * Each shard is asked the same, in the order of osw_queue_asks; what it answers
 * is found again by that order.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_dead.h"
#include "worker/console/osw_console_done.h"
#include "worker/console/osw_console_queue.h"
#include "worker/console/osw_console_table.h"
#include "worker/console/osw_console_waits.h"


enum {
    OSW_QUEUE_OWNER, OSW_QUEUE_UNTIL, OSW_QUEUE_EVENTS, OSW_QUEUE_OLDEST,
    OSW_QUEUE_RAW, OSW_QUEUE_JOBS, OSW_QUEUE_FIRST, OSW_QUEUE_DEAD,
    OSW_QUEUE_DIED, OSW_QUEUE_ASKS
};

static const char *const  osw_queue_asks[OSW_QUEUE_ASKS][6] = {
    { "HGET", "@lease", "owner" },
    { "HGET", "@lease", "until_ms" },
    { "XLEN", "@ev" },
    { "XRANGE", "@ev", "-", "+", "COUNT", "1" },
    { "XLEN", "@in" },
    { "ZCARD", "@queue" },
    { "ZRANGE", "@queue", "0", "0", "WITHSCORES" },
    { "HLEN", "@dead" },
    { "ZREVRANGE", "@died", "0", "0", "WITHSCORES" },
};

static const char *const  osw_queue_columns[] = {
    "shard:n", "owner:t", "events:n", "oldest:t", "raw:n", "jobs:n",
    "first:t", "failed:n", "died:t"
};

#define OSW_QUEUE_COLUMNS                                                     \
    (sizeof(osw_queue_columns) / sizeof(osw_queue_columns[0]))


void
osw_queue_now(osw_page_t *p)
{
    unsigned  i, n;

    static const char *const  paused[] = { "EXISTS", "@paused" };
    static const char *const  pauses[] = { "HKEYS", "@pauses" };

    osw_page_ask(p, 0, paused, 2);
    osw_page_ask(p, 0, pauses, 2);

    for (i = 0; i < p->w->config->space.shards; i++) {
        for (n = 0; n < OSW_QUEUE_ASKS; n++) {
            osw_page_ask(p, i, osw_queue_asks[n], 6);
        }
    }
}


void
osw_queue_page(osw_page_t *p)
{
    json_t    *stores;
    unsigned   i;

    (void) json_object_set_new(p->view, "here", json_string("queue"));
    (void) json_object_set_new(p->view, "title", osw_page_say(p, "nav_queue"));
    (void) json_object_set_new(p->view, "timeless", json_true());
    osw_queue_now(p);
    osw_dead_ask(p);
    osw_waits_ask(p);

    stores = json_array();

    for (i = 0; i < p->w->config->nstores; i++) {
        (void) json_array_append_new(stores, os_json_new_str(
                                         p->w->config->store[i].name));
    }

    (void) json_object_set_new(p->view, "stores", stores);
}


static const json_t *
osw_queue_reply(const osw_page_t *p, size_t at)
{
    return json_object_get(json_array_get(p->asks, at), "reply");
}


/* What is paused: "STORE/CHANNEL/PURPOSE", each may be a star. */
static void
osw_queue_pauses(osw_page_t *p)
{
    size_t    i;
    char     *part[3], *rest;
    json_t   *name, *one, *all = json_array();
    char      text[256];

    static const char *const  parts[] = { "store", "channel", "purpose" };

    json_array_foreach(osw_queue_reply(p, 1), i, name) {
        (void) snprintf(text, sizeof(text), "%s", json_string_value(name));
        rest = text;
        one = json_pack("{s:O}", "name", name);

        for (int k = 0; k < 3; k++) {
            part[k] = strsep(&rest, "/");

            if (part[k] && strcmp(part[k], "*") != 0) {
                (void) json_object_set_new(one, parts[k],
                                           json_string(part[k]));
            }
        }

        (void) json_array_append_new(all, one);
    }

    (void) json_object_set_new(p->view, "pauses", all);
    (void) json_object_set_new(p->view, "paused", json_boolean(
        json_integer_value(osw_queue_reply(p, 0)) || json_array_size(all)));
}


/* The time in ms that a reply begins or ends with; 0: none. */
static int64_t
osw_queue_ms(const json_t *reply, size_t at)
{
    const json_t  *value = json_array_get(reply, at);

    value = json_is_array(value) ? json_array_get(value, 0) : value;

    return json_is_string(value) ? strtoll(json_string_value(value), NULL, 10)
                                 : 0;
}


static json_t *
osw_queue_time(const osw_page_t *p, int64_t ms)
{
    return ms ? osw_page_time(p, ms / 1000) : NULL;
}


/* Who has the shard, and until when: is it somebody, now? */
static int
osw_queue_owned(const osw_page_t *p, unsigned shard)
{
    const json_t  *until = osw_queue_reply(p, 2 + (size_t) shard
                                              * OSW_QUEUE_ASKS
                                              + OSW_QUEUE_UNTIL);

    return json_is_string(until)
           && strtoll(json_string_value(until), NULL, 10) / 1000 >= p->now;
}


static void
osw_queue_shard(osw_page_t *p, json_t *section, unsigned shard)
{
    size_t   at = 2 + (size_t) shard * OSW_QUEUE_ASKS;
    json_t  *cells[OSW_QUEUE_COLUMNS];

    cells[0] = osw_page_integer(p, shard);
    cells[1] = osw_queue_owned(p, shard)
               ? json_incref((json_t *) osw_queue_reply(
                                 p, at + OSW_QUEUE_OWNER)) : NULL;
    cells[2] = osw_page_integer(p, json_integer_value(
        osw_queue_reply(p, at + OSW_QUEUE_EVENTS)));
    cells[3] = osw_queue_time(p, osw_queue_ms(
        osw_queue_reply(p, at + OSW_QUEUE_OLDEST), 0));
    cells[4] = osw_page_integer(p, json_integer_value(
        osw_queue_reply(p, at + OSW_QUEUE_RAW)));
    cells[5] = osw_page_integer(p, json_integer_value(
        osw_queue_reply(p, at + OSW_QUEUE_JOBS)));
    cells[6] = osw_queue_time(p, osw_queue_ms(
        osw_queue_reply(p, at + OSW_QUEUE_FIRST), 1));
    cells[7] = osw_page_integer(p, json_integer_value(
        osw_queue_reply(p, at + OSW_QUEUE_DEAD)));
    cells[8] = osw_queue_time(p, osw_queue_ms(
        osw_queue_reply(p, at + OSW_QUEUE_DIED), 1));
    osw_table_row(section, "ntntnntnt", cells, OSW_QUEUE_COLUMNS);
}


static void
osw_queue_wrong(osw_page_t *p, json_t *wrong, int is, const char *key)
{
    if (is) {
        (void) json_array_append_new(wrong, osw_page_say(p, key));
    }
}


/* What waits, of all shards together; how many of them nobody has. */
static int
osw_queue_sum(const osw_page_t *p, int64_t sums[4])
{
    int       alone = 0;
    size_t    at, i;
    unsigned  shard;

    static const size_t  of[] = { OSW_QUEUE_EVENTS, OSW_QUEUE_RAW,
                                  OSW_QUEUE_JOBS, OSW_QUEUE_DEAD };

    for (shard = 0; shard < p->w->config->space.shards; shard++) {
        at = 2 + (size_t) shard * OSW_QUEUE_ASKS;
        alone += !osw_queue_owned(p, shard);

        for (i = 0; i < 4; i++) {
            sums[i] += json_integer_value(osw_queue_reply(p, at + of[i]));
        }
    }

    return alone;
}


int
osw_queue_told(osw_page_t *p, const char *member)
{
    int      alone;
    size_t   i;
    json_t  *wrong = json_array(), *figures;
    int64_t  sums[4] = { 0 };

    static const char *const  keys[] = { "queue_events", "queue_raw",
                                         "queue_jobs", "queue_failed" };

    (void) json_object_set_new(p->view, "wrong", wrong);

    if (json_object_get(p->view, "unanswered")) {
        osw_queue_wrong(p, wrong, 1, "wrong_redis");
        return -1;
    }

    alone = osw_queue_sum(p, sums);
    figures = json_array();

    for (i = 0; i < 4; i++) {
        (void) json_array_append_new(figures, json_pack(
            "{s:o, s:o}", "name", osw_page_say(p, keys[i]), "value",
            osw_page_integer(p, sums[i])));
    }

    (void) json_object_set_new(p->view, member, figures);
    osw_queue_wrong(p, wrong, alone > 0, "wrong_alone");
    osw_queue_pauses(p);
    osw_queue_wrong(p, wrong, json_is_true(json_object_get(p->view, "paused")),
                    "wrong_paused");
    osw_queue_wrong(p, wrong, sums[3] > 0, "wrong_failed");

    return 0;
}


void
osw_queue_finish(osw_page_t *p)
{
    json_t    *section;
    unsigned   shard;

    if (osw_queue_told(p, "figures") != 0) {
        return;
    }

    section = osw_table_section(p, "shards");
    osw_table_head(p, section, osw_queue_columns, OSW_QUEUE_COLUMNS);
    (void) json_object_set_new(section, "folded", json_true());

    for (shard = 0; shard < p->w->config->space.shards; shard++) {
        osw_queue_shard(p, section, shard);
    }

    osw_dead_finish(p);
    osw_waits_finish(p);
    osw_done(p);
}

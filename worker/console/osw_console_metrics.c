/*
 * osw_console_metrics: see osw_console_metrics.h.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_metrics.h"
#include "worker/osw_tally.h"


#define OSW_HEARD_MS  5000      /* as the workers take each other for alive */


enum { OSW_METRIC_PAUSED, OSW_METRIC_PAUSES, OSW_METRIC_WORKERS,
       OSW_METRIC_TIME, OSW_METRIC_FIRST };

enum { OSW_METRIC_LEASE, OSW_METRIC_EVENTS, OSW_METRIC_OLDEST,
       OSW_METRIC_RAW, OSW_METRIC_JOBS, OSW_METRIC_NEXT, OSW_METRIC_FACTS,
       OSW_METRIC_DEAD, OSW_METRIC_STAT, OSW_METRIC_EACH };

static const char *const  osw_metric_all[OSW_METRIC_FIRST][6] = {
    { "EXISTS", "@paused" },
    { "HLEN", "@pauses" },
    { "ZRANGE", "@workers", "0", "-1", "WITHSCORES" },
    { "TIME" },
};

/* Jobs in lane 0 are due; the others are with a provider, or wait for one. */
static const char *const  osw_metric_each[OSW_METRIC_EACH][8] = {
    { "HGET", "@lease", "until_ms" },
    { "XLEN", "@ev" },
    { "XRANGE", "@ev", "-", "+", "COUNT", "1" },
    { "XLEN", "@in" },
    { "ZCARD", "@queue" },
    { "ZRANGEBYSCORE", "@queue", "0", "+inf", "WITHSCORES", "LIMIT", "0", "1" },
    { "XLEN", "@facts" },
    { "HLEN", "@dead" },
    { "HGETALL", "@stat" },
};

typedef struct {
    int64_t   now;              /* ms, Redis' */
    int64_t   owned;
    int64_t   sums[5];          /* events, raw, jobs, facts, dead */
    int64_t   event;            /* ms: the oldest; 0: none */
    int64_t   job;
    json_t   *stat;             /* "STORE:NAME" → n */
} osw_metrics_t;


void
osw_metrics_ask(osw_page_t *p)
{
    unsigned  i, n;

    for (n = 0; n < OSW_METRIC_FIRST; n++) {
        osw_page_ask(p, 0, osw_metric_all[n], 6);
    }

    for (i = 0; i < p->w->config->space.shards; i++) {
        for (n = 0; n < OSW_METRIC_EACH; n++) {
            osw_page_ask(p, i, osw_metric_each[n], 8);
        }
    }
}


static const json_t *
osw_metrics_reply(const osw_page_t *p, size_t at)
{
    return json_object_get(json_array_get(p->asks, at), "reply");
}


static int64_t
osw_metrics_number(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value)
           : json_is_string(value)
             ? strtoll(json_string_value(value), NULL, 10) : 0;
}


static void
osw_metrics_older(int64_t *oldest, int64_t ms)
{
    if (ms && (*oldest == 0 || ms < *oldest)) {
        *oldest = ms;
    }
}


static void
osw_metrics_stat(osw_metrics_t *m, const json_t *pairs)
{
    size_t       i;
    const char  *name;

    for (i = 0; i + 1 < json_array_size(pairs); i += 2) {
        name = json_string_value(json_array_get(pairs, i));

        if (name) {
            os_json_set_int(m->stat, name, os_json_int(m->stat, name, 0)
                            + osw_metrics_number(json_array_get(pairs,
                                                                i + 1)));
        }
    }
}


static void
osw_metrics_shard(const osw_page_t *p, osw_metrics_t *m, unsigned shard)
{
    int     i;
    size_t  at = OSW_METRIC_FIRST + (size_t) shard * OSW_METRIC_EACH;

    static const int  summed[] = { OSW_METRIC_EVENTS, OSW_METRIC_RAW,
                                   OSW_METRIC_JOBS, OSW_METRIC_FACTS,
                                   OSW_METRIC_DEAD };

    for (i = 0; i < 5; i++) {
        m->sums[i] += osw_metrics_number(
            osw_metrics_reply(p, at + (size_t) summed[i]));
    }

    m->owned += osw_metrics_number(
        osw_metrics_reply(p, at + OSW_METRIC_LEASE)) >= m->now;
    osw_metrics_older(&m->event, osw_metrics_number(json_array_get(
        json_array_get(osw_metrics_reply(p, at + OSW_METRIC_OLDEST), 0),
        0)));
    osw_metrics_older(&m->job, osw_metrics_number(json_array_get(
        osw_metrics_reply(p, at + OSW_METRIC_NEXT), 1)));
    osw_metrics_stat(m, osw_metrics_reply(p, at + OSW_METRIC_STAT));
}


static int64_t
osw_metrics_workers(const osw_page_t *p, int64_t now)
{
    size_t         i;
    int64_t        n = 0;
    const json_t  *all = osw_metrics_reply(p, OSW_METRIC_WORKERS);

    for (i = 1; i < json_array_size(all); i += 2) {
        n += osw_metrics_number(json_array_get(all, i)) > now - OSW_HEARD_MS;
    }

    return n;
}


/* How long ago, in s; 0: nothing waits, or not yet. */
static int64_t
osw_metrics_age(int64_t now, int64_t ms)
{
    return ms && ms < now ? (now - ms) / 1000 : 0;
}


/* "shop:sent.smtp.cancelled" as counts of messages. */
static void
osw_metrics_sent(const osw_metrics_t *m, os_buf_t *out)
{
    json_t      *n;
    os_str_t     rest;
    const char  *name, *colon, *dot;

    os_buf_text(out, "# HELP ordersave_sent_total Messages sent.\n"
                "# TYPE ordersave_sent_total counter\n");

    json_object_foreach(m->stat, name, n) {
        colon = strchr(name, ':');
        rest = os_str(colon ? colon + 1 : "");

        if (!os_str_starts(rest, OS_STR("sent."))
            || (dot = strchr(rest.data + 5, '.')) == NULL)
        {
            continue;
        }

        os_buf_text(out, "ordersave_sent_total{store=\"");
        osw_tally_label(out, (os_str_t) { (size_t) (colon - name), name });
        os_buf_text(out, "\",channel=\"");
        osw_tally_label(out, (os_str_t) { (size_t) (dot - rest.data - 5),
                                          rest.data + 5 });
        os_buf_text(out, "\",purpose=\"");
        osw_tally_label(out, os_str(dot + 1));
        os_buf_printf(out, "\"} %lld\n", (long long) json_integer_value(n));
    }
}


/* A counter of all stores. */
static int64_t
osw_metrics_sum(const osw_metrics_t *m, const char *counter)
{
    json_t      *n;
    int64_t      sum = 0;
    const char  *name, *colon;

    json_object_foreach(m->stat, name, n) {
        colon = strchr(name, ':');

        if (colon && strcmp(colon + 1, counter) == 0) {
            sum += json_integer_value(n);
        }
    }

    return sum;
}


static void
osw_metrics_redis(osw_page_t *p, os_buf_t *out)
{
    unsigned        i;
    osw_metrics_t   m = { .stat = json_object() };
    const json_t   *time = osw_metrics_reply(p, OSW_METRIC_TIME);

    m.now = osw_metrics_number(json_array_get(time, 0)) * 1000
            + osw_metrics_number(json_array_get(time, 1)) / 1000;

    for (i = 0; i < p->w->config->space.shards; i++) {
        osw_metrics_shard(p, &m, i);
    }

    osw_tally_one(out, "shards", "gauge", "Shards there are.",
                  p->w->config->space.shards);
    osw_tally_one(out, "shards_owned", "gauge", "Shards with a worker.",
                  m.owned);
    osw_tally_one(out, "workers", "gauge", "Workers heard of within 5 s.",
                  osw_metrics_workers(p, m.now));
    osw_tally_one(out, "paused", "gauge", "Pauses of deliveries.",
                  osw_metrics_number(osw_metrics_reply(p, OSW_METRIC_PAUSED))
                  + osw_metrics_number(osw_metrics_reply(p,
                                                         OSW_METRIC_PAUSES)));
    osw_tally_one(out, "events_waiting", "gauge", "Events not yet taken.",
                  m.sums[0]);
    osw_tally_one(out, "webhooks_waiting", "gauge",
                  "Raw webhooks not yet mapped.", m.sums[1]);
    osw_tally_one(out, "jobs_waiting", "gauge", "Jobs due and to come.",
                  m.sums[2]);
    osw_tally_one(out, "facts_kept", "gauge", "Facts in Redis.", m.sums[3]);
    osw_tally_one(out, "dead_letters", "gauge", "Jobs that were given up.",
                  m.sums[4]);
    osw_tally_one(out, "event_oldest_seconds", "gauge",
                  "How long the oldest event has waited.",
                  osw_metrics_age(m.now, m.event));
    osw_tally_one(out, "job_overdue_seconds", "gauge",
                  "For how long the first job has been due.",
                  osw_metrics_age(m.now, m.job));
    osw_tally_one(out, "facts_lost_total", "counter",
                  "Facts that a full Redis, or facts.most, has cost.",
                  osw_metrics_sum(&m, "facts.lost"));
    osw_tally_one(out, "dead_total", "counter", "Jobs ever given up.",
                  osw_metrics_sum(&m, "dead"));
    osw_metrics_sent(&m, out);
    json_decref(m.stat);
}


/* What the database says of itself. */
static int64_t
osw_metrics_base(const osw_page_t *p, const char *sql)
{
    int64_t        value = 0;
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(osw_base_handle(p->base), sql, -1, &s, NULL)
        == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
    {
        value = sqlite3_column_int64(s, 0);
    }

    (void) sqlite3_finalize(s);

    return value;
}


void
osw_metrics_write(osw_page_t *p, const osw_console_state_t *state,
    os_buf_t *out)
{
    int  up = json_object_get(p->view, "unanswered") == NULL;

    osw_tally_one(out, "redis_up", "gauge", "Redis answers.", up);
    osw_tally_one(out, "console_ready", "gauge",
                  "All facts that were there have been read.", state->ready);
    osw_tally_one(out, "console_facts_total", "counter",
                  "Facts taken since the start.", (int64_t) state->facts);
    osw_tally_one(out, "console_looked_timestamp_seconds", "gauge",
                  "When all shards had been read last.",
                  osw_base_number(p->base, "looked", 0));
    osw_tally_one(out, "console_database_bytes", "gauge",
                  "Size of the database.",
                  osw_metrics_base(p,
                      "SELECT page_count * page_size FROM "
                      "pragma_page_count, pragma_page_size"));

    if (up) {
        osw_metrics_redis(p, out);
    }
}

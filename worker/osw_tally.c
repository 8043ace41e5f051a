/*
 * osw_tally: see osw_tally.h.
 *
 * A counter is found by its labels as they are written; there are so many at
 * most that nothing from outside makes a page without end.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/osw_tally.h"


#define OSW_TALLY_MOST     1000     /* labels of one counter */
#define OSW_TALLY_BUCKETS  9

typedef struct {
    uint64_t  n[OSW_TALLY_BUCKETS + 1];
    uint64_t  all;
    double    seconds;
} osw_took_t;

static const struct {
    const char  *name;
    const char  *type;
    const char  *help;
    const char  *labels[3];
} osw_tallies[] = {
    { "ordersave_worker_deliveries_total", "counter",
      "Attempts to deliver, by what became of them.",
      { "channel", "purpose", "outcome" } },
    { "ordersave_worker_api_reads_total", "counter",
      "Orders read from a store's API, by HTTP status; 0 is no answer.",
      { "store", "status" } },
    { "ordersave_worker_source_last_event_timestamp_seconds", "gauge",
      "When a source was heard of last.", { "source" } },
};

#define OSW_TALLIES  (sizeof(osw_tallies) / sizeof(osw_tallies[0]))

static const struct {
    const char  *name;
    const char  *help;
} osw_tooks[] = {
    { "ordersave_worker_job_start_seconds",
      "From when a job was due to when it was begun." },
    { "ordersave_worker_event_commit_seconds",
      "From when an event was written to when it was committed." },
};

#define OSW_TOOKS  (sizeof(osw_tooks) / sizeof(osw_tooks[0]))

static const double  osw_tally_bounds[OSW_TALLY_BUCKETS] = {
    0.05, 0.2, 0.5, 1, 5, 30, 120, 600, 3600
};

struct osw_tally_s {
    json_t      *counts[OSW_TALLIES];   /* labels → n */
    osw_took_t   took[OSW_TOOKS];
};


osw_tally_t *
osw_tally_new(void)
{
    size_t        i;
    osw_tally_t  *t = calloc(1, sizeof(osw_tally_t));

    for (i = 0; t && i < OSW_TALLIES; i++) {
        t->counts[i] = json_object();
    }

    return t;
}


void
osw_tally_free(osw_tally_t *t)
{
    size_t  i;

    for (i = 0; t && i < OSW_TALLIES; i++) {
        json_decref(t->counts[i]);
    }

    free(t);
}


void
osw_tally_label(os_buf_t *out, os_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\n') {
            os_buf_text(out, "\\n");
            continue;
        }

        if (text.data[i] == '"' || text.data[i] == '\\') {
            os_buf_char(out, '\\');
        }

        os_buf_char(out, text.data[i]);
    }
}


static void
osw_tally_labels(osw_tally_e what, const os_str_t *values, os_buf_t *out)
{
    int  i;

    for (i = 0; i < 3 && osw_tallies[what].labels[i]; i++) {
        os_buf_printf(out, "%s%s=\"", i ? "," : "",
                      osw_tallies[what].labels[i]);
        osw_tally_label(out, values[i]);
        os_buf_char(out, '"');
    }
}


static void
osw_tally_change(osw_tally_t *t, osw_tally_e what, const os_str_t *values,
    int adds, int64_t value)
{
    os_buf_t  labels = { 0 };

    if (t == NULL) {
        return;
    }

    osw_tally_labels(what, values, &labels);

    if (labels.data && !labels.failed
        && (json_object_get(t->counts[what], labels.data)
            || json_object_size(t->counts[what]) < OSW_TALLY_MOST))
    {
        os_json_set_int(t->counts[what], labels.data, adds
                        ? os_json_int(t->counts[what], labels.data, 0) + value
                        : value);
    }

    os_buf_free(&labels);
}


void
osw_tally_count(osw_tally_t *t, osw_tally_e what, os_str_t one, os_str_t two,
    os_str_t three)
{
    osw_tally_change(t, what, (os_str_t[]) { one, two, three }, 1, 1);
}


void
osw_tally_set(osw_tally_t *t, osw_tally_e what, os_str_t one, int64_t value)
{
    osw_tally_change(t, what, (os_str_t[]) { one, OS_NULL, OS_NULL }, 0,
                     value);
}


void
osw_tally_took(osw_tally_t *t, osw_took_e what, int64_t ms)
{
    int          i;
    double       seconds = (double) (ms > 0 ? ms : 0) / 1000;
    osw_took_t  *took = t ? &t->took[what] : NULL;

    if (took == NULL) {
        return;
    }

    for (i = 0; i < OSW_TALLY_BUCKETS && seconds > osw_tally_bounds[i]; i++) {
        /* void */
    }

    took->n[i]++;
    took->all++;
    took->seconds += seconds;
}


static void
osw_tally_head(os_buf_t *out, const char *name, const char *help,
    const char *type)
{
    os_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                  type);
}


static void
osw_tally_histogram(const osw_took_t *took, const char *name, os_buf_t *out)
{
    int       i;
    uint64_t  n = 0;

    for (i = 0; i < OSW_TALLY_BUCKETS; i++) {
        n += took->n[i];
        os_buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name,
                      osw_tally_bounds[i], (unsigned long long) n);
    }

    os_buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.3f\n"
                  "%s_count %llu\n", name, (unsigned long long) took->all,
                  name, took->seconds, name, (unsigned long long) took->all);
}


void
osw_tally_one(os_buf_t *out, const char *name, const char *type,
    const char *help, int64_t value)
{
    os_buf_printf(out, "# HELP ordersave_%s %s\n# TYPE ordersave_%s %s\n"
                  "ordersave_%s %lld\n", name, help, name, type, name,
                  (long long) value);
}


void
osw_tally_write(const osw_tally_t *t, os_buf_t *out)
{
    size_t       i;
    json_t      *n;
    const char  *labels;

    if (t == NULL) {
        return;
    }

    for (i = 0; i < OSW_TALLIES; i++) {
        osw_tally_head(out, osw_tallies[i].name, osw_tallies[i].help,
                       osw_tallies[i].type);

        json_object_foreach(t->counts[i], labels, n) {
            os_buf_printf(out, "%s{%s} %lld\n", osw_tallies[i].name, labels,
                          (long long) json_integer_value(n));
        }
    }

    for (i = 0; i < OSW_TOOKS; i++) {
        osw_tally_head(out, osw_tooks[i].name, osw_tooks[i].help,
                       "histogram");
        osw_tally_histogram(&t->took[i], osw_tooks[i].name, out);
    }
}

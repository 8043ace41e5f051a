/*
 * osw_console_trend: see osw_console_trend.h.
 *
 * Days are put together until there are 13 steps at most: a line of ninety days
 * with a cancel or two on each tells nothing.
 */

#include <string.h>

#include "worker/console/osw_console_line.h"
#include "worker/console/osw_console_table.h"
#include "worker/console/osw_console_trend.h"


#define OSW_TREND_REASONS  6        /* the last one is all others */
#define OSW_TREND_STEPS    13


typedef struct {
    os_str_t  name[OSW_TREND_REASONS];
    size_t    n;                    /* of them */
    int64_t   count[OSW_TREND_REASONS][OSW_TREND_STEPS];
    size_t    steps;
    int       days;                 /* of a step */
} osw_trend_t;


/* The reason that is given most of those that have no line yet; OS_NULL. */
static os_str_t
osw_trend_most(const osw_trend_t *t, const json_t *sums)
{
    size_t       i;
    json_t      *n;
    int64_t      most = 0;
    os_str_t     best = OS_NULL;
    const char  *name;

    json_object_foreach((json_t *) sums, name, n) {
        for (i = 0; i < t->n && !os_str_equal(t->name[i], os_str(name)); i++) {
            /* void */
        }

        if (i == t->n
            && (json_integer_value(n) > most
                || (json_integer_value(n) == most && best.data
                    && strcmp(name, best.data) < 0)))
        {
            most = json_integer_value(n);
            best = os_str(name);
        }
    }

    return best;
}


/* Those that are given most, and one for all others; `sums` must live. */
static void
osw_trend_names(osw_trend_t *t, const json_t *sums)
{
    while (t->n < OSW_TREND_REASONS - 1 && t->n < json_object_size(sums)) {
        t->name[t->n] = osw_trend_most(t, sums);
        t->n++;
    }

    if (json_object_size(sums) > t->n) {
        t->name[t->n++] = OS_NULL;
    }
}


/* How often each reason was given, of all rows. */
static json_t *
osw_trend_sums(const json_t *rows)
{
    size_t       i;
    json_t      *row, *sums = json_object();
    const char  *name;

    json_array_foreach(rows, i, row) {
        name = json_string_value(json_array_get(row, 1));
        os_json_set_int(sums, name, os_json_int(sums, name, 0)
                        + json_integer_value(json_array_get(row, 2)));
    }

    return sums;
}


static void
osw_trend_add(osw_trend_t *t, int64_t day, os_str_t reason, int64_t n)
{
    size_t  i, step = (size_t) (day / t->days);

    for (i = 0; i + 1 < t->n && !os_str_equal(t->name[i], reason); i++) {
        /* void: the last is that of all others, where there are some */
    }

    if (day >= 0 && step < t->steps) {
        t->count[i][step] += n;
    }
}


static json_t *
osw_trend_name(const osw_page_t *p, os_str_t reason)
{
    return reason.len ? osw_page_word(p, "reason.", reason)
                      : osw_page_say(p, "reasons_others");
}


static void
osw_trend_lines(osw_page_t *p, const osw_trend_t *t, json_t *section)
{
    size_t    i, k;
    json_t   *lines = json_array();
    int64_t   top = 1;
    os_buf_t  svg = { 0 };

    for (i = 0; i < t->n; i++) {
        for (k = 0; k < t->steps; k++) {
            top = t->count[i][k] > top ? t->count[i][k] : top;
        }
    }

    for (i = 0; i < t->n; i++) {
        svg.len = 0;
        (void) osw_line(&svg, NULL, t->count[i], t->steps, top);
        (void) json_array_append_new(lines, json_pack(
            "{s:o, s:o, s:o}", "svg", os_json_new_str(os_buf_view(&svg)),
            "name", osw_trend_name(p, t->name[i]), "top",
            osw_page_integer(p, top)));
    }

    (void) json_object_set_new(section, "lines", json_pack("{s:o}", "list",
                                                           lines));
    os_buf_free(&svg);
}


static void
osw_trend_table(osw_page_t *p, const osw_trend_t *t, json_t *section)
{
    size_t   i, k;
    json_t  *columns, *cells[OSW_TREND_REASONS + 1];

    static const char *const  names[] = { "from:d" };

    osw_table_head(p, section, names, 1);
    columns = json_object_get(json_object_get(section, "table"), "columns");

    for (i = 0; i < t->n; i++) {
        (void) json_array_append_new(columns, json_pack(
            "{s:o, s:b}", "name", osw_trend_name(p, t->name[i]), "number",
            1));
    }

    for (k = t->steps; k-- > 0; ) {
        cells[0] = osw_page_date(p, p->first + (int64_t) k * t->days);

        for (i = 0; i < t->n; i++) {
            cells[i + 1] = osw_page_integer(p, t->count[i][k]);
        }

        osw_table_row(section, "dnnnnnn", cells, t->n + 1);
    }
}


void
osw_trend_reasons(osw_page_t *p)
{
    size_t        i;
    json_t       *sums, *rows, *row, *section;
    osw_trend_t   t = { .n = 0 };

    t.days = (p->days + OSW_TREND_STEPS - 1) / OSW_TREND_STEPS;
    t.steps = (size_t) ((p->days + t.days - 1) / t.days);
    section = osw_table_section(p, "reasons_time");
    rows = osw_table_rows(p,
        "SELECT day, reason, asked FROM reason_day");
    sums = osw_trend_sums(rows);
    osw_trend_names(&t, sums);

    json_array_foreach(rows, i, row) {
        osw_trend_add(&t, json_integer_value(json_array_get(row, 0))
                          - p->first,
                      os_str(json_string_value(json_array_get(row, 1))),
                      json_integer_value(json_array_get(row, 2)));
    }

    if (t.n) {
        osw_trend_lines(p, &t, section);
    }

    osw_trend_table(p, &t, section);
    (void) json_object_set_new(section, "folded", json_true());
    json_decref(rows);
    json_decref(sums);
}

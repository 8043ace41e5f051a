/*
 * osw_console_overview: see osw_console_overview.h.
 *
 * A shop's owner looks every day, and stops at good news. So the difference
 * between offers and none is of all orders since the experiment began, not of
 * the days of the page, each looked at 7 days after it met a page, when nothing
 * can change its outcome any more: that is what osw_luck() asks for.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_figures.h"
#include "worker/console/osw_console_line.h"
#include "worker/console/osw_console_luck.h"
#include "worker/console/osw_console_overview.h"
#include "worker/console/osw_console_sums.h"
#include "worker/console/osw_console_table.h"


#define OSW_OVERVIEW_ARMS   9       /* with the holdout */
#define OSW_OVERVIEW_ALPHA  0.05


typedef struct {
    os_str_t  name;
    int64_t   k;        /* alive */
    int64_t   n;
} osw_arm_t;


static int64_t
osw_overview_integer(const json_t *row, size_t i)
{
    return json_integer_value(json_array_get(row, i));
}


/* A difference of shares, in points: "+4.2". */
static json_t *
osw_overview_points(const osw_page_t *p, double share)
{
    json_t   *text;
    os_buf_t  out = { 0 };

    os_buf_text(&out, share > 0 ? "+" : "");
    os_format_decimal(&out, p->format, llround(share * 1000), 1);
    text = os_json_new_str(os_buf_view(&out));
    os_buf_free(&out);

    return text;
}


static json_t *
osw_overview_between(const osw_page_t *p, double low, double high)
{
    json_t   *from = osw_overview_points(p, low);
    json_t   *to = osw_overview_points(p, high), *text;
    os_buf_t  out = { 0 };

    os_buf_printf(&out, "%s \u2026 %s", json_string_value(from),
                  json_string_value(to));
    text = os_json_new_str(os_buf_view(&out));
    os_buf_free(&out);
    json_decref(from);
    json_decref(to);

    return text;
}


/* One arm beside the holdout; the error is shared by all arms. */
static void
osw_overview_beside(osw_page_t *p, json_t *section, const osw_arm_t *arm,
    const osw_arm_t *out, size_t arms)
{
    int          known;
    double       low, high;
    json_t      *cells[7];
    const char  *verdict;

    known = osw_luck(arm->k, arm->n, out->k, out->n,
                     OSW_OVERVIEW_ALPHA / (double) arms, &low, &high);
    verdict = !known ? "luck_few" : low > 0 ? "luck_more"
              : high < 0 ? "luck_less" : "luck_open";
    cells[0] = osw_page_word(p, "console.arm_", arm->name);
    cells[1] = osw_page_say(p, verdict);
    cells[2] = arm->n && out->n
               ? osw_overview_points(p, (double) arm->k / (double) arm->n
                                        - (double) out->k / (double) out->n)
               : NULL;
    cells[3] = known ? osw_overview_between(p, low, high) : NULL;
    cells[4] = osw_page_integer(p, arm->n);
    cells[5] = arm->n ? osw_page_percent(p, (double) arm->k / (double) arm->n)
                      : NULL;
    cells[6] = out->n ? osw_page_percent(p, (double) out->k / (double) out->n)
                      : NULL;
    osw_table_row(section, "ttnnnnn", cells, 7);
}


/* The experiment of the newest exposure, from its first day. */
static void
osw_overview_luck(osw_page_t *p)
{
    size_t      i, n = 0, arms;
    json_t     *rows, *section;
    osw_arm_t   arm[OSW_OVERVIEW_ARMS], out = { .k = 0 };

    static const char *const  names[] = {
        "arm:t", "verdict:t", "difference:n", "between:n", "settled:n",
        "alive_7:n", "alive_without:n"
    };

    rows = osw_table_rows(p,
        "WITH newest AS (SELECT experiment AS name FROM orders"
        "  WHERE exposed NOT NULL ORDER BY exposed DESC LIMIT 1)"
        " SELECT coalesce(arm, '-'), count(*),"
        " count(*) - count(*) FILTER (WHERE cancelled <= exposed + 604800)"
        " FROM orders INDEXED BY orders_arm"
        " WHERE experiment IS (SELECT name FROM newest)"
        " AND exposed <= ?3 - 604800 GROUP BY experiment, arm ORDER BY arm");

    for (i = 0; i < json_array_size(rows); i++) {
        json_t     *row = json_array_get(rows, i);
        osw_arm_t   one = {
            .name = os_str(json_string_value(json_array_get(row, 0))),
            .n = osw_overview_integer(row, 1),
            .k = osw_overview_integer(row, 2)
        };

        if (os_str_equal(one.name, OS_STR("holdout"))) {
            out = one;

        } else if (n < OSW_OVERVIEW_ARMS) {
            arm[n++] = one;
        }
    }

    section = osw_table_section(p, "luck");
    osw_table_head(p, section, names, sizeof(names) / sizeof(names[0]));

    for (i = 0, arms = n; i < arms; i++) {
        osw_overview_beside(p, section, &arm[i], &out, arms);
    }

    json_decref(rows);
}


/* What the lines of a day count. */
enum { OSW_DAY_MET, OSW_DAY_ASKED, OSW_DAY_ACCEPTED, OSW_DAY_SAVED,
       OSW_DAY_COUNTS };

typedef int64_t  osw_overview_days_t[OSW_DAY_COUNTS][90];


/* Every day has its place, also one on which nothing was. */
static void
osw_overview_count(osw_page_t *p, osw_overview_days_t count)
{
    size_t   i, k;
    json_t  *row, *rows = osw_table_rows(p,
        "WITH RECURSIVE day(since, until) AS ("
        " SELECT ?1, day_start(day_of(?1) + 1) UNION ALL"
        " SELECT until, day_start(day_of(until) + 1) FROM day"
        "  WHERE until < ?2)"
        " SELECT (SELECT count(*) FROM orders"
        "  WHERE exposed >= since AND exposed < min(until, ?2)),"
        " (SELECT count(*) FROM orders"
        "  WHERE asked >= since AND asked < min(until, ?2)),"
        " (SELECT count(*) FROM orders WHERE decided >= since"
        "  AND decided < min(until, ?2) AND outcome = 'accepted'),"
        " (SELECT count(*) FROM orders WHERE decided >= since"
        "  AND decided < min(until, ?2) AND saved NOT NULL"
        "  AND cancelled IS NULL) FROM day");

    json_array_foreach(rows, i, row) {
        for (k = 0; k < OSW_DAY_COUNTS && i < 90; k++) {
            count[k][i] = osw_overview_integer(row, k);
        }
    }

    json_decref(rows);
}


static void
osw_overview_figures(osw_page_t *p, osw_overview_days_t count)
{
    size_t    i, k;
    json_t   *figures = json_array();
    int64_t   sum;

    static const char *const  names[OSW_DAY_COUNTS] = {
        "exposed", "asked", "accepted", "saved"
    };

    for (k = 0; k < OSW_DAY_COUNTS; k++) {
        for (i = 0, sum = 0; i < (size_t) p->days; i++) {
            sum += count[k][i];
        }

        (void) json_array_append_new(figures, json_pack(
            "{s:o, s:o}", "name", osw_page_say(p, names[k]), "value",
            osw_page_integer(p, sum)));
    }

    (void) json_object_set_new(p->view, "figures", figures);
}


static void
osw_overview_days(osw_page_t *p, osw_overview_days_t count)
{
    size_t    i, n = (size_t) p->days;
    json_t   *section = osw_table_section(p, "by_day"), *cells[4];
    int64_t   top;
    os_buf_t  svg = { 0 };

    static const char *const  names[] = { "day:d", "exposed:n", "asked:n",
                                          "saved:n" };

    top = osw_line(&svg, count[OSW_DAY_ASKED], count[OSW_DAY_SAVED], n, 1);
    (void) json_object_set_new(section, "line", json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o}", "svg",
        os_json_new_str(os_buf_view(&svg)), "top", osw_page_integer(p, top),
        "from", osw_page_date(p, p->first),
        "to", osw_page_date(p, p->first + p->days - 1),
        "one", osw_page_say(p, "asked"), "two", osw_page_say(p, "saved")));
    os_buf_free(&svg);
    osw_table_head(p, section, names, 4);

    for (i = n; i-- > 0; ) {
        cells[0] = osw_page_date(p, p->first + (int64_t) i);
        cells[1] = osw_page_integer(p, count[OSW_DAY_MET][i]);
        cells[2] = osw_page_integer(p, count[OSW_DAY_ASKED][i]);
        cells[3] = osw_page_integer(p, count[OSW_DAY_SAVED][i]);
        osw_table_row(section, "dnnn", cells, 4);
    }

    (void) json_object_set_new(section, "folded", json_true());
}


void
osw_overview(osw_page_t *p)
{
    osw_overview_days_t  count = { 0 };

    (void) json_object_set_new(p->view, "here", json_string("./"));
    (void) json_object_set_new(p->view, "title",
                               osw_page_say(p, "nav_overview"));
    osw_overview_count(p, count);
    osw_overview_figures(p, count);
    osw_sums(p, "money", "currency TEXT," OSW_FIGURES_MONEY_COLUMNS, 1,
             "SELECT coalesce(currency, '-')," OSW_FIGURES_MONEY_ROWS);
    (void) osw_table(p, osw_table_section(p, "money"),
        "SELECT currency AS 'currency:c'," OSW_FIGURES_MONEY
        " FROM money ORDER BY 1");
    osw_sums(p, "arm_met", "arm TEXT, met INTEGER, alive INTEGER", 1,
        "SELECT coalesce(arm, '-'), 1, cancelled IS NULL FROM orders"
        " WHERE exposed >= ?1 AND exposed < ?2");
    (void) osw_table(p, osw_table_section(p, "by_arm"),
        "SELECT arm AS 'arm:w', met AS 'exposed:n', alive AS 'alive:r',"
        " met AS 'n:_' FROM arm_met ORDER BY 1");
    osw_overview_luck(p);
    osw_overview_days(p, count);
}


void
osw_overview_notes(osw_page_t *p)
{
    size_t   i;
    json_t  *rows, *row, *notes = json_array();

    rows = osw_table_rows(p,
        "SELECT since, until, facts FROM gap"
        " WHERE until >= ?1 AND since < ?2 ORDER BY since DESC LIMIT 5");

    json_array_foreach(rows, i, row) {
        json_t  *text;

        (void) json_object_set_new(p->view, "gap", json_pack(
            "{s:o, s:o, s:o}", "from",
            osw_page_time(p, osw_overview_integer(row, 0)), "to",
            osw_page_time(p, osw_overview_integer(row, 1)), "n",
            osw_page_integer(p, osw_overview_integer(row, 2))));
        text = osw_page_say(p, osw_overview_integer(row, 2) ? "gap_lost"
                                                            : "gap_away");
        (void) json_array_append_new(notes, text);
    }

    if (json_array_size(notes)) {
        (void) json_object_set(p->view, "notes", notes);
    }

    json_decref(rows);
    json_decref(notes);
}

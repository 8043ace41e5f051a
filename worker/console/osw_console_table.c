/*
 * osw_console_table: see osw_console_table.h.
 */

#include <math.h>
#include <string.h>

#include "worker/console/osw_console_luck.h"
#include "worker/console/osw_console_table.h"


#define OSW_TABLE_WIDE  16      /* columns */


/* Which texts a column's words have. */
static const struct {
    const char  *column;
    const char  *key;
} osw_table_words[] = {
    { "reason", "reason." }, { "milestone", "track.step." },
    { "side", "track.side." }, { "arm", "console.arm_" },
    { "outcome", "console.outcome_" }, { "channel", "console.channel_" },
    { "what", "console.act_" },
};


json_t *
osw_table_section(osw_page_t *p, const char *key)
{
    char     name[96];
    json_t  *about, *section = json_object();
    json_t  *all = json_object_get(p->view, "sections");

    if (all == NULL) {
        all = json_array();
        (void) json_object_set_new(p->view, "sections", all);
    }

    (void) snprintf(name, sizeof(name), "%s_about", key);
    about = osw_page_say(p, name);
    (void) json_object_set_new(section, "heading", osw_page_say(p, key));
    (void) json_object_set_new(section, "id", json_string(key));

    if (about) {
        (void) json_object_set_new(section, "about", about);
    }

    (void) json_array_append_new(all, section);

    return section;
}


static json_t *
osw_table_column(osw_page_t *p, const char *name, int number)
{
    char  key[64];

    (void) snprintf(key, sizeof(key), "col_%.*s", (int) strcspn(name, ":"),
                    name);

    return json_pack("{s:o, s:b}", "name", osw_page_say(p, key), "number",
                     number);
}


static char
osw_table_kind(const char *name)
{
    const char  *colon = strchr(name, ':');

    return colon ? colon[1] : 't';
}


static int
osw_table_is_number(char kind)
{
    return strchr("nfmr", kind) != NULL;
}


void
osw_table_head(osw_page_t *p, json_t *section, const char *const *names,
    size_t n)
{
    size_t   i;
    json_t  *columns = json_array();

    for (i = 0; i < n; i++) {
        if (osw_table_kind(names[i]) != '_') {
            (void) json_array_append_new(columns, osw_table_column(
                p, names[i], osw_table_is_number(osw_table_kind(names[i]))));
        }
    }

    (void) json_object_set_new(section, "table", json_pack(
        "{s:o, s:[]}", "columns", columns, "rows"));
}


void
osw_table_row(json_t *section, const char *kinds, json_t **cells, size_t n)
{
    size_t   i;
    json_t  *row = json_array();
    json_t  *table = json_object_get(section, "table");
    json_t  *columns = json_object_get(table, "columns");

    for (i = 0; i < n; i++) {
        (void) json_array_append_new(row, json_pack(
            "{s:o, s:O?, s:b, s:b}", "text",
            cells[i] ? cells[i] : json_string("\u2013"), "column",
            json_object_get(json_array_get(columns, i), "name"),
            "head", i == 0, "number", osw_table_is_number(kinds[i])));
    }

    (void) json_array_append_new(json_object_get(table, "rows"),
                                 json_pack("{s:o}", "cells", row));
    (void) json_object_set_new(table, "any", json_true());
}


static json_t *
osw_table_rate(osw_page_t *p, int64_t k, int64_t n)
{
    double    low, high;
    json_t   *rate, *from, *to;
    os_buf_t  out = { 0 };

    if (n == 0) {
        return NULL;
    }

    osw_luck_rate(k, n, &low, &high);
    rate = osw_page_percent(p, (double) k / (double) n);
    from = osw_page_percent(p, low);
    to = osw_page_percent(p, high);
    os_buf_printf(&out, "%s (%s\u2009\u2013\u2009%s)", json_string_value(rate),
                  json_string_value(from), json_string_value(to));
    json_decref(rate);
    json_decref(from);
    json_decref(to);
    rate = os_json_new_str(os_buf_view(&out));
    os_buf_free(&out);

    return rate;
}


static os_str_t
osw_table_text(sqlite3_stmt *s, int i)
{
    return os_str((const char *) sqlite3_column_text(s, i));
}


static os_str_t
osw_table_currency(sqlite3_stmt *s)
{
    int  i;

    for (i = 0; i < sqlite3_column_count(s); i++) {
        if (osw_table_kind(sqlite3_column_name(s, i)) == 'c') {
            return osw_table_text(s, i);
        }
    }

    return OS_NULL;
}


static json_t *
osw_table_word(osw_page_t *p, sqlite3_stmt *s, int i)
{
    size_t       n;
    const char  *name = sqlite3_column_name(s, i);

    for (n = 0; n < sizeof(osw_table_words) / sizeof(osw_table_words[0]);
         n++)
    {
        if (strncmp(name, osw_table_words[n].column, strcspn(name, ":")) == 0) {
            return osw_page_word(p, osw_table_words[n].key,
                                 osw_table_text(s, i));
        }
    }

    return os_json_new_str(osw_table_text(s, i));
}


static json_t *
osw_table_days(osw_page_t *p, double days)
{
    json_t   *text;
    os_buf_t  out = { 0 };

    os_format_decimal(&out, p->format, llround(days * 10), 1);
    text = os_json_new_str(os_buf_view(&out));
    os_buf_free(&out);

    return text;
}


static json_t *
osw_table_cell(osw_page_t *p, sqlite3_stmt *s, int i)
{
    if (sqlite3_column_type(s, i) == SQLITE_NULL) {
        return NULL;
    }

    switch (osw_table_kind(sqlite3_column_name(s, i))) {

    case 'n':
        return osw_page_integer(p, sqlite3_column_int64(s, i));

    case 'm':
        return osw_page_money(p, sqlite3_column_int64(s, i),
                              osw_table_currency(s));

    case 'd':
        return osw_page_date(p, sqlite3_column_int64(s, i));

    case 's':
        return osw_page_time(p, sqlite3_column_int64(s, i));

    case 'f':
        return osw_table_days(p, sqlite3_column_double(s, i));

    case 'r':
        return osw_table_rate(p, sqlite3_column_int64(s, i),
                              sqlite3_column_int64(s, i + 1));

    case 'w':
        return osw_table_word(p, s, i);

    default:
        return os_json_new_str(osw_table_text(s, i));
    }
}


static void
osw_table_add(osw_page_t *p, json_t *section, sqlite3_stmt *s)
{
    int          i;
    char         kinds[OSW_TABLE_WIDE], kind;
    size_t       n = 0;
    json_t      *cells[OSW_TABLE_WIDE];

    for (i = 0; i < sqlite3_column_count(s) && n < OSW_TABLE_WIDE; i++) {
        kind = osw_table_kind(sqlite3_column_name(s, i));

        if (kind != '_') {
            kinds[n] = kind;
            cells[n++] = osw_table_cell(p, s, i);
        }
    }

    osw_table_row(section, kinds, cells, n);
}


sqlite3_stmt *
osw_table_query(osw_page_t *p, const char *sql)
{
    sqlite3_stmt  *s = NULL;

    if (sqlite3_prepare_v2(osw_base_handle(p->base), sql, -1, &s, NULL)
        != SQLITE_OK)
    {
        osw_log(OSW_ERROR, "console: SQLite: %s",
                sqlite3_errmsg(osw_base_handle(p->base)));
        return NULL;
    }

    (void) sqlite3_bind_int64(s, 1, p->since);
    (void) sqlite3_bind_int64(s, 2, p->until);
    (void) sqlite3_bind_int64(s, 3, p->now);

    return s;
}


int
osw_table(osw_page_t *p, json_t *section, const char *sql)
{
    int            i, rows = 0;
    const char    *names[OSW_TABLE_WIDE];
    sqlite3_stmt  *s = osw_table_query(p, sql);

    if (s == NULL) {
        return -1;
    }

    for (i = 0; i < sqlite3_column_count(s) && i < OSW_TABLE_WIDE; i++) {
        names[i] = sqlite3_column_name(s, i);
    }

    osw_table_head(p, section, names, (size_t) i);

    while (sqlite3_step(s) == SQLITE_ROW) {
        osw_table_add(p, section, s);
        rows++;
    }

    (void) sqlite3_finalize(s);

    return rows;
}


json_t *
osw_table_rows(osw_page_t *p, const char *sql)
{
    int            i;
    json_t        *row, *rows = json_array();
    sqlite3_stmt  *s = osw_table_query(p, sql);

    while (s && sqlite3_step(s) == SQLITE_ROW) {
        row = json_array();

        for (i = 0; i < sqlite3_column_count(s); i++) {
            json_t  *value = sqlite3_column_type(s, i) == SQLITE_INTEGER
                             ? json_integer(sqlite3_column_int64(s, i))
                             : sqlite3_column_type(s, i) == SQLITE_NULL
                             ? json_null()
                             : os_json_new_str(osw_table_text(s, i));

            (void) json_array_append_new(row, value ? value : json_null());
        }

        (void) json_array_append_new(rows, row);
    }

    (void) sqlite3_finalize(s);

    return rows;
}

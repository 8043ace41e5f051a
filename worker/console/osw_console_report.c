/*
 * osw_console_report: see osw_console_report.h.
 *
 * An order is alive while nobody has cancelled it, whoever kept it: rates are
 * of orders alive, never of accepts.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_luck.h"
#include "worker/console/osw_console_report.h"


/*
 * ?1 since, ?2 until. Two columns named `k` and `n` become, in their place, the
 * rate and its interval.
 */
static const struct {
    const char  *by;
    const char  *sql;
} osw_reports[] = {
    { "arm",
      "SELECT coalesce(arm, '-') AS arm, count(*) AS exposed,"
      " sum(cancelled IS NULL) AS alive,"
      " sum(cancelled IS NULL) AS k, count(*) AS n"
      " FROM orders WHERE exposed >= ?1 AND exposed < ?2"
      " GROUP BY 1 ORDER BY 1" },
    { "reason",
      "SELECT coalesce(reason, '-') AS reason, count(*) AS asked,"
      " sum(outcome = 'accepted') AS accepted,"
      " sum(cancelled IS NULL) AS alive,"
      " sum(cancelled IS NULL) AS k, count(*) AS n"
      " FROM orders WHERE asked >= ?1 AND asked < ?2"
      " GROUP BY 1 ORDER BY 2 DESC, 1" },
    { "offer",
      "SELECT offer, coalesce(currency, '-') AS currency,"
      " count(*) AS accepted, sum(cancelled IS NULL) AS alive,"
      " coalesce(sum(CASE WHEN cancelled IS NULL AND saved NOT NULL"
      "  THEN total END), 0) AS kept,"
      " coalesce(sum(given), 0) AS given,"
      " sum(cancelled IS NULL) AS k, count(*) AS n"
      " FROM orders WHERE decided >= ?1 AND decided < ?2"
      " AND offer NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2" },
    { "day",
      "SELECT date(day_of(coalesce(asked, exposed)) * 86400, 'unixepoch')"
      " AS day,"
      " coalesce(currency, '-') AS currency,"
      " sum(exposed NOT NULL) AS exposed, sum(asked NOT NULL) AS asked,"
      " sum(saved NOT NULL AND cancelled IS NULL) AS saved,"
      " coalesce(sum(CASE WHEN cancelled IS NULL AND saved NOT NULL"
      "  THEN total END), 0) AS kept,"
      " coalesce(sum(given), 0) AS given"
      " FROM orders WHERE coalesce(asked, exposed) >= ?1"
      " AND coalesce(asked, exposed) < ?2 GROUP BY 1, 2 ORDER BY 1, 2" },
    { "observed offer",
      "SELECT value ->> 'offer' AS offer,"
      " coalesce(fact.json ->> 'currency', '-') AS currency, count(*) AS shown,"
      " coalesce(sum(value ->> 'cost'), 0) AS cost"
      " FROM fact, json_each(fact.json, '$.offers')"
      " WHERE kind = 'observed' AND at >= ?1 AND at < ?2"
      " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2" },
    { "observed reason",
      "SELECT reason, currency, count(*) AS shown, sum(cost) AS cost FROM"
      " (SELECT r.value AS reason,"
      "   coalesce(fact.json ->> 'currency', '-') AS currency, order_id,"
      "   max(coalesce(o.value ->> 'cost', 0)) AS cost"
      "  FROM fact, json_each(fact.json, '$.offers') o,"
      "   json_each(o.value, '$.reasons') r"
      "  WHERE kind = 'observed' AND at >= ?1 AND at < ?2"
      "  GROUP BY 1, 2, 3)"
      " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2" },
    { "observed message",
      "SELECT fact.json ->> 'message' AS message,"
      " fact.json ->> 'channel' AS channel, count(*) AS held FROM fact"
      " WHERE kind = 'held' AND at >= ?1 AND at < ?2"
      " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2" },
    { "product",
      "SELECT product, count(*) AS bought,"
      " sum(asked >= ?1 AND asked < ?2) AS asked,"
      " sum(cancelled NOT NULL AND asked >= ?1 AND asked < ?2) AS cancelled"
      " FROM item JOIN orders ON orders.id = item.order_id"
      " WHERE (placed >= ?1 AND placed < ?2) OR (asked >= ?1 AND asked < ?2)"
      " GROUP BY 1 HAVING sum(asked >= ?1 AND asked < ?2) > 0"
      " ORDER BY 3 DESC, 2 DESC, 1 LIMIT 1000" },
};


const char *
osw_report_names(void)
{
    return "arm, reason, offer, day, product";
}


static void
osw_report_value(sqlite3_stmt *s, int i, json_t *row)
{
    switch (sqlite3_column_type(s, i)) {

    case SQLITE_INTEGER:
        (void) json_array_append_new(row,
                                     json_integer(sqlite3_column_int64(s, i)));
        break;

    case SQLITE_TEXT:
        (void) json_array_append_new(row, json_string(
            (const char *) sqlite3_column_text(s, i)));
        break;

    default:
        (void) json_array_append_new(row, json_null());
    }
}


static int
osw_report_is(sqlite3_stmt *s, int i, const char *name)
{
    return strcmp(sqlite3_column_name(s, i), name) == 0;
}


static json_t *
osw_report_row(sqlite3_stmt *s)
{
    double   low, high;
    json_t  *row = json_array();
    int64_t  k, n;

    for (int i = 0; i < sqlite3_column_count(s); i++) {
        if (!osw_report_is(s, i, "k")) {
            osw_report_value(s, i, row);
            continue;
        }

        k = sqlite3_column_int64(s, i);
        n = sqlite3_column_int64(s, ++i);
        osw_luck_rate(k, n, &low, &high);
        (void) json_array_append_new(row, json_real(n ? (double) k / (double) n
                                                      : 0));
        (void) json_array_append_new(row, json_real(low));
        (void) json_array_append_new(row, json_real(high));
    }

    return row;
}


static json_t *
osw_report_columns(sqlite3_stmt *s)
{
    json_t  *names = json_array();

    for (int i = 0; i < sqlite3_column_count(s); i++) {
        if (osw_report_is(s, i, "k")) {
            (void) json_array_append_new(names, json_string("rate"));
            (void) json_array_append_new(names, json_string("from"));
            (void) json_array_append_new(names, json_string("to"));
            i++;

        } else {
            (void) json_array_append_new(names,
                                         json_string(sqlite3_column_name(s,
                                                                         i)));
        }
    }

    return names;
}


/* All rows; the statement is done with. */
static json_t *
osw_report_read(const osw_base_t *b, sqlite3_stmt *s, os_error_t *err)
{
    int      rc;
    json_t  *rows = json_array();

    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        (void) json_array_append_new(rows, osw_report_row(s));
    }

    if (rc != SQLITE_DONE) {
        (void) os_fail(err, "SQLite: %s",
                       sqlite3_errmsg(osw_base_handle(b)));
        json_decref(rows);
        rows = NULL;
    }

    if (rows) {
        rows = json_pack("{s:o, s:o}", "columns", osw_report_columns(s),
                         "rows", rows);
    }

    (void) sqlite3_finalize(s);

    return rows;
}


static void
osw_report_bind(sqlite3_stmt *s, int at, os_str_t text)
{
    if (text.len) {
        (void) sqlite3_bind_text(s, at, text.data, (int) text.len,
                                 SQLITE_TRANSIENT);
    }
}


json_t *
osw_report(const osw_base_t *b, const char *by, int64_t since, int64_t until,
    os_error_t *err)
{
    size_t         i;
    sqlite3_stmt  *s = NULL;

    for (i = 0; i < sizeof(osw_reports) / sizeof(osw_reports[0]); i++) {
        if (strcmp(osw_reports[i].by, by) == 0) {
            break;
        }
    }

    if (i == sizeof(osw_reports) / sizeof(osw_reports[0])) {
        (void) os_fail(err, "\"%s\": expected one of %s", by,
                       osw_report_names());
        return NULL;
    }

    if (sqlite3_prepare_v2(osw_base_handle(b), osw_reports[i].sql, -1, &s,
                           NULL) != SQLITE_OK)
    {
        (void) os_fail(err, "SQLite: %s",
                       sqlite3_errmsg(osw_base_handle(b)));
        return NULL;
    }

    (void) sqlite3_bind_int64(s, 1, since);
    (void) sqlite3_bind_int64(s, 2, until);

    return osw_report_read(b, s, err);
}


json_t *
osw_report_orders(const osw_base_t *b, const osw_report_which_t *which,
    int64_t since, os_error_t *err)
{
    char          *customers;
    sqlite3_stmt  *s = NULL;

    if (sqlite3_prepare_v2(osw_base_handle(b),
            "SELECT name AS 'order', strftime('%Y-%m-%dT%H:%M:%SZ',"
            "  coalesce(asked, exposed, placed), 'unixepoch') AS at,"
            OSW_BECAME " AS state, reason, offer, total, currency"
            " FROM orders WHERE coalesce(asked, exposed, placed) >= ?1"
            " AND (?2 IS NULL OR ?2 =" OSW_BECAME ")"
            " AND (?3 IS NULL OR ?3 = reason)"
            " AND (?4 IS NULL OR customer IN"
            "  (SELECT value FROM json_each(?4)))"
            " ORDER BY coalesce(asked, exposed, placed) DESC, id DESC"
            " LIMIT 1000", -1, &s, NULL) != SQLITE_OK)
    {
        (void) os_fail(err, "SQLite: %s", sqlite3_errmsg(osw_base_handle(b)));
        return NULL;
    }

    (void) sqlite3_bind_int64(s, 1, since);
    osw_report_bind(s, 2, which->became);
    osw_report_bind(s, 3, which->reason);
    customers = which->customers ? json_dumps(which->customers, 0) : NULL;
    osw_report_bind(s, 4, os_str(customers));
    free(customers);

    return osw_report_read(b, s, err);
}

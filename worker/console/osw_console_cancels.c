/*
 * osw_console_cancels: see osw_console_cancels.h.
 *
 * Words are shown only after the order's record has been asked whether its
 * buyer was erased meanwhile; while Redis does not answer there are none.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "worker/console/osw_console_cancels.h"
#include "worker/console/osw_console_report.h"


#define OSW_CANCELS_PAGE  50        /* orders */
#define OSW_CANCELS_CSV   10000


/* The order in which columns are asked for. */
enum {
    OSW_CANCEL_ORDER, OSW_CANCEL_ASKED, OSW_CANCEL_REASON, OSW_CANCEL_OFFER,
    OSW_CANCEL_SCORE, OSW_CANCEL_BECAME, OSW_CANCEL_TOTAL,
    OSW_CANCEL_CURRENCY, OSW_CANCEL_PRODUCTS, OSW_CANCEL_OFFERED,
    OSW_CANCEL_WORDS
};

static const char  osw_cancels_sql[] =
    "SELECT name, asked, reason, offer, score,"
    OSW_BECAME ","
    " total, currency,"
    " (SELECT group_concat(product, ', ') FROM item"
    "  WHERE order_id = orders.id),"
    " (SELECT group_concat(value, ', ') FROM (SELECT value"
    "  FROM json_each(orders.offers) ORDER BY value)),"
    " (SELECT group_concat(text, char(10)) FROM (SELECT text FROM words"
    "  WHERE order_id = orders.id ORDER BY id))"
    " FROM orders WHERE asked >= ?1 AND asked < ?2";


static size_t
osw_cancels_characters(os_str_t text)
{
    size_t  i, n = 0;

    for (i = 0; i < text.len; i++) {
        n += (text.data[i] & 0xc0) != 0x80;
    }

    return n;
}


/* What is looked for, as LIKE or as FTS5 wants it. */
static void
osw_cancels_pattern(os_str_t q, os_buf_t *out)
{
    int     like = osw_cancels_characters(q) < 3;
    size_t  i;

    os_buf_char(out, like ? '%' : '"');

    for (i = 0; i < q.len; i++) {
        if (like && strchr("%_\\", q.data[i])) {
            os_buf_char(out, '\\');

        } else if (!like && q.data[i] == '"') {
            os_buf_char(out, '"');
        }

        os_buf_char(out, q.data[i]);
    }

    os_buf_char(out, like ? '%' : '"');
}


static int
osw_cancels_at(const osw_page_t *p)
{
    os_str_t  page = os_json_str(p->args, "page");
    int       n = page.len ? atoi(page.data) : 1;

    return n < 1 ? 1 : n > 10000 ? 10000 : n;
}


static void
osw_cancels_bind(sqlite3_stmt *s, int at, os_str_t text)
{
    (void) sqlite3_bind_text(s, at, text.data, (int) text.len,
                             SQLITE_TRANSIENT);
}


static sqlite3_stmt *
osw_cancels_query(osw_page_t *p, int most, int from)
{
    os_str_t       reason = os_json_str(p->args, "reason");
    os_str_t       offer = os_json_str(p->args, "offer");
    os_str_t       q = os_json_str(p->args, "q");
    os_buf_t       sql = { 0 }, pattern = { 0 };
    sqlite3_stmt  *s = NULL;

    osw_cancels_pattern(q, &pattern);
    os_buf_text(&sql, osw_cancels_sql);
    os_buf_text(&sql, reason.len ? " AND reason = ?3" : "");
    os_buf_text(&sql, offer.len ? " AND offer = ?4" : "");
    os_buf_text(&sql, q.len == 0 ? ""
        : osw_cancels_characters(q) < 3
        ? " AND id IN (SELECT order_id FROM words"
          " WHERE text LIKE ?5 ESCAPE '\\')"
        : " AND id IN (SELECT order_id FROM words WHERE id IN"
          " (SELECT rowid FROM word_index WHERE word_index MATCH ?5))");
    os_buf_printf(&sql, " ORDER BY asked DESC, id DESC LIMIT %d OFFSET %d",
                  most, from);

    if (sqlite3_prepare_v2(osw_base_handle(p->base), sql.data, -1, &s, NULL)
        == SQLITE_OK)
    {
        (void) sqlite3_bind_int64(s, 1, p->since);
        (void) sqlite3_bind_int64(s, 2, p->until);
        osw_cancels_bind(s, 3, reason);
        osw_cancels_bind(s, 4, offer);
        osw_cancels_bind(s, 5, os_buf_view(&pattern));

    } else {
        osw_log(OSW_ERROR, "console: SQLite: %s",
                sqlite3_errmsg(osw_base_handle(p->base)));
    }

    os_buf_free(&sql);
    os_buf_free(&pattern);

    return s;
}


static os_str_t
osw_cancels_text(sqlite3_stmt *s, int i)
{
    return os_str((const char *) sqlite3_column_text(s, i));
}


static void
osw_cancels_set(json_t *row, const char *name, sqlite3_stmt *s, int i)
{
    os_str_t  text = osw_cancels_text(s, i);

    if (text.len) {
        os_json_set_str(row, name, text);
    }
}


static json_t *
osw_cancels_row(osw_page_t *p, sqlite3_stmt *s)
{
    json_t    *row = json_object();
    os_str_t   name = osw_cancels_text(s, OSW_CANCEL_ORDER);
    os_str_t   reason = osw_cancels_text(s, OSW_CANCEL_REASON);
    os_str_t   became = osw_cancels_text(s, OSW_CANCEL_BECAME);

    os_json_set_str(row, "order", name);
    os_json_set_int(row, "at", sqlite3_column_int64(s, OSW_CANCEL_ASKED));
    osw_cancels_set(row, "products", s, OSW_CANCEL_PRODUCTS);
    osw_cancels_set(row, "reason_id", s, OSW_CANCEL_REASON);
    osw_cancels_set(row, "words", s, OSW_CANCEL_WORDS);
    osw_cancels_set(row, "score", s, OSW_CANCEL_SCORE);
    osw_cancels_set(row, "offered", s, OSW_CANCEL_OFFERED);
    osw_cancels_set(row, "offer", s, OSW_CANCEL_OFFER);
    osw_cancels_set(row, "became_id", s, OSW_CANCEL_BECAME);
    osw_cancels_set(row, "currency", s, OSW_CANCEL_CURRENCY);
    os_json_set_int(row, "total", sqlite3_column_int64(s, OSW_CANCEL_TOTAL));

    if (p->csv.len == 0) {
        (void) json_object_set_new(row, "url", osw_page_order_link(p, name));
        (void) json_object_set_new(row, "time", osw_page_time(
            p, sqlite3_column_int64(s, OSW_CANCEL_ASKED)));
        (void) json_object_set_new(row, "money", osw_page_money(
            p, sqlite3_column_int64(s, OSW_CANCEL_TOTAL),
            osw_cancels_text(s, OSW_CANCEL_CURRENCY)));
        (void) json_object_set_new(row, "became", osw_page_word(
            p, "console.became_", became));
        (void) json_object_set_new(row, "reason", reason.len
            ? osw_page_word(p, "reason.", reason) : json_null());
    }

    (void) json_object_setn_new(p->orders, name.data, name.len, json_null());

    return row;
}


/* What can be chosen of a column, the choice marked. */
static json_t *
osw_cancels_choice(osw_page_t *p, const char *sql, const char *argument,
    const char *key)
{
    json_t        *all = json_array();
    os_str_t       chosen = os_json_str(p->args, argument), value;
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(osw_base_handle(p->base), sql, -1, &s, NULL)
        == SQLITE_OK)
    {
        (void) sqlite3_bind_int64(s, 1, p->since);
        (void) sqlite3_bind_int64(s, 2, p->until);

        while (sqlite3_step(s) == SQLITE_ROW) {
            value = osw_cancels_text(s, 0);
            (void) json_array_append_new(all, json_pack(
                "{s:s%, s:o?, s:b}", "value", value.data, value.len, "name",
                key ? osw_page_word(p, key, value) : os_json_new_str(value),
                "chosen", os_str_equal(value, chosen)));
        }
    }

    (void) sqlite3_finalize(s);

    return all;
}


static void
osw_cancels_form(osw_page_t *p, int more, int at)
{
    size_t  i;
    char    number[16];

    static const char *const  kept[] = { "q", "days", "lang" };

    (void) json_object_set_new(p->view, "reasons", osw_cancels_choice(p,
        "SELECT reason FROM orders WHERE asked >= ?1 AND asked < ?2"
        " AND reason NOT NULL GROUP BY 1 ORDER BY 1", "reason", "reason."));
    (void) json_object_set_new(p->view, "offers", osw_cancels_choice(p,
        "SELECT offer FROM orders WHERE decided >= ?1 AND decided < ?2"
        " AND offer NOT NULL GROUP BY 1 ORDER BY 1", "offer", NULL));

    for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        (void) json_object_set(p->view, kept[i],
                               json_object_get(p->args, kept[i]));
    }

    (void) json_object_set_new(p->view, "csv",
                               osw_page_link(p, "cancels", "format", "csv"));

    if (more) {
        (void) snprintf(number, sizeof(number), "%d", at + 1);
        (void) json_object_set_new(p->view, "older", osw_page_link(
            p, "cancels", "page", number));
    }

    if (at > 1) {
        (void) snprintf(number, sizeof(number), "%d", at - 1);
        (void) json_object_set_new(p->view, "newer", osw_page_link(
            p, "cancels", "page", at > 2 ? number : NULL));
    }
}


void
osw_cancels(osw_page_t *p)
{
    int            at = osw_cancels_at(p), n = 0, most = OSW_CANCELS_PAGE;
    json_t        *rows = json_array();
    sqlite3_stmt  *s;

    if (os_str_equal(os_json_str(p->args, "format"), OS_STR("csv"))) {
        most = OSW_CANCELS_CSV;
        at = 1;
        os_buf_text(&p->csv, "asked,order,products,reason,words,score,offered,"
                    "offer,became,total,currency\r\n");
    }

    s = osw_cancels_query(p, most + 1, (at - 1) * most);

    while (s && sqlite3_step(s) == SQLITE_ROW && ++n <= most) {
        (void) json_array_append_new(rows, osw_cancels_row(p, s));
    }

    (void) sqlite3_finalize(s);
    (void) json_object_set_new(p->view, "here", json_string("cancels"));
    (void) json_object_set_new(p->view, "title",
                               osw_page_say(p, "nav_cancels"));
    (void) json_object_set_new(p->view, "any", json_boolean(n > 0));
    (void) json_object_set_new(p->view, "rows", rows);

    if (p->csv.len == 0) {
        osw_cancels_form(p, n > most, at);
    }
}


/* A cell by RFC 4180; none that a spreadsheet takes for a formula. */
static void
osw_cancels_cell(os_buf_t *out, os_str_t text)
{
    size_t  i;

    os_buf_char(out, '"');

    if (text.len && strchr("=+-@\t\r", text.data[0])) {
        os_buf_char(out, '\'');
    }

    for (i = 0; i < text.len; i++) {
        os_buf_text(out, text.data[i] == '"' ? "\"" : "");
        os_buf_char(out, text.data[i]);
    }

    os_buf_char(out, '"');
}


static void
osw_cancels_csv(osw_page_t *p, const json_t *row)
{
    size_t    i;
    os_str_t  currency = os_json_str(row, "currency");

    static const char *const  columns[] = { "order", "products", "reason_id",
                                            "words", "score", "offered",
                                            "offer", "became_id" };

    os_wall_write(&p->csv, os_json_int(row, "at", 0), 1);
    os_buf_char(&p->csv, 'Z');

    for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        os_buf_char(&p->csv, ',');
        osw_cancels_cell(&p->csv, os_json_str(row, columns[i]));
    }

    os_buf_char(&p->csv, ',');
    os_money_decimal(&p->csv, os_json_int(row, "total", 0),
                     os_currency_digits(currency));
    os_buf_char(&p->csv, ',');
    osw_cancels_cell(&p->csv, currency);
    os_buf_text(&p->csv, "\r\n");
}


/* What the record says of it. */
static void
osw_cancels_record(osw_page_t *p, json_t *row)
{
    os_str_t       name = os_json_str(row, "order");
    os_str_t       number;
    const char    *slash = name.len ? memchr(name.data, '/', name.len) : NULL;
    const json_t  *record = json_object_getn(p->orders, name.data, name.len);

    number = os_json_str(record, "number");

    if (number.len == 0 && slash) {
        number = (os_str_t) { name.len - (size_t) (slash + 1 - name.data),
                              slash + 1 };
    }

    (void) json_object_set_new(row, "number", os_json_new_str(number));

    if (json_is_null(record)) {
        if (json_object_del(row, "words") == 0) {
            (void) json_object_set_new(p->view, "blind", json_true());
        }

    } else if (os_str_equal(os_json_str(record, "state"), OS_STR("erased"))) {
        if (json_object_del(row, "words") == 0) {
            osw_base_forget(p->base, name);
        }

    } else if (os_json_str(record, "name").len) {
        (void) json_object_set(row, "name", json_object_get(record, "name"));
    }
}


void
osw_cancels_finish(osw_page_t *p)
{
    size_t   i;
    json_t  *row;

    json_array_foreach(json_object_get(p->view, "rows"), i, row) {
        osw_cancels_record(p, row);

        if (p->csv.len) {
            osw_cancels_csv(p, row);
        }
    }
}

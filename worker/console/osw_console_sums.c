/*
 * osw_console_sums: see osw_console_sums.h.
 *
 * A row of the table is made when its key is seen first, and gets its sums at
 * the end.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_sums.h"
#include "worker/console/osw_console_table.h"


#define OSW_SUMS_WIDE  8        /* columns that are added up */


typedef struct {
    sqlite3       *db;
    sqlite3_stmt  *rows;
    sqlite3_stmt  *add;         /* a row by its key */
    sqlite3_stmt  *set;         /* the sums of one */
    int            keys;
    int            wide;
    json_t        *place;       /* key → its row, from 0 */
    os_buf_t       key;
    int64_t      (*sum)[OSW_SUMS_WIDE];
    size_t         n;
    size_t         room;
} osw_sums_t;


static int
osw_sums_prepare(osw_sums_t *s, const char *name, const char *columns)
{
    int       i, rc;
    os_buf_t  sql = { 0 };

    os_buf_printf(&sql, "DROP TABLE IF EXISTS temp.%s;"
                  "CREATE TEMP TABLE %s(%s)", name, name, columns);
    rc = sqlite3_exec(s->db, sql.data, NULL, NULL, NULL);
    sql.len = 0;
    os_buf_printf(&sql, "INSERT INTO temp.%s VALUES(?", name);

    for (i = 1; i < s->keys + s->wide; i++) {
        os_buf_text(&sql, i < s->keys ? ", ?" : ", 0");
    }

    os_buf_char(&sql, ')');

    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v2(s->db, sql.data, -1, &s->add, NULL);
    }

    /* the same columns again, by a row of values */
    sql.len = 0;
    os_buf_printf(&sql, "UPDATE temp.%s SET (", name);

    for (i = 0; i < s->wide; i++) {
        os_buf_printf(&sql, "%s\"%s\"", i ? ", " : "",
                      sqlite3_column_name(s->rows, s->keys + i));
    }

    os_buf_text(&sql, ") = (");

    for (i = 0; i < s->wide; i++) {
        os_buf_text(&sql, i ? ", ?" : "?");
    }

    os_buf_text(&sql, ") WHERE rowid = ?");

    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v2(s->db, sql.data, -1, &s->set, NULL);
    }

    os_buf_free(&sql);

    return rc == SQLITE_OK ? 0 : -1;
}


/* What is the same in all rows of one key, in bytes. */
static os_str_t
osw_sums_key(osw_sums_t *s)
{
    int          i, len;
    const char  *text;

    s->key.len = 0;

    for (i = 0; i < s->keys; i++) {
        text = (const char *) sqlite3_column_text(s->rows, i);
        len = text ? sqlite3_column_bytes(s->rows, i) : -1;
        os_buf_add(&s->key, (const char *) &len, sizeof(len));
        os_buf_add(&s->key, text ? text : "", text ? (size_t) len : 0);
    }

    return os_buf_view(&s->key);
}


static int
osw_sums_new(osw_sums_t *s, os_str_t key)
{
    int    i;
    void  *more;

    if (s->n == s->room) {
        s->room = s->room ? s->room * 2 : 256;
        more = realloc(s->sum, s->room * sizeof(s->sum[0]));

        if (more == NULL) {
            return -1;
        }

        s->sum = more;
    }

    for (i = 0; i < s->keys; i++) {
        (void) sqlite3_bind_value(s->add, i + 1,
                                  sqlite3_column_value(s->rows, i));
    }

    (void) memset(s->sum[s->n], 0, sizeof(s->sum[0]));
    i = sqlite3_step(s->add);
    (void) sqlite3_reset(s->add);

    return i == SQLITE_DONE
           && json_object_setn_new_nocheck(s->place, key.data, key.len,
                                   json_integer((json_int_t) s->n++)) == 0
           ? 0 : -1;
}


static int
osw_sums_row(osw_sums_t *s)
{
    int       i;
    size_t    n;
    os_str_t  key = osw_sums_key(s);
    json_t   *place;

    if (s->key.failed) {
        return -1;
    }

    place = json_object_getn(s->place, key.data, key.len);
    n = place ? (size_t) json_integer_value(place) : s->n;

    if (place == NULL && osw_sums_new(s, key) != 0) {
        return -1;
    }

    for (i = 0; i < s->wide; i++) {
        s->sum[n][i] += sqlite3_column_int64(s->rows, s->keys + i);
    }

    return 0;
}


static int
osw_sums_write(osw_sums_t *s)
{
    int     i, rc = SQLITE_DONE;
    size_t  n;

    for (n = 0; n < s->n && rc == SQLITE_DONE; n++) {
        for (i = 0; i < s->wide; i++) {
            (void) sqlite3_bind_int64(s->set, i + 1, s->sum[n][i]);
        }

        (void) sqlite3_bind_int64(s->set, i + 1, (int64_t) n + 1);
        rc = sqlite3_step(s->set);
        (void) sqlite3_reset(s->set);
    }

    return rc == SQLITE_DONE ? 0 : -1;
}


static int
osw_sums_run(osw_sums_t *s, const char *name, const char *columns)
{
    int  rc;

    s->wide = sqlite3_column_count(s->rows) - s->keys;

    if (s->wide > OSW_SUMS_WIDE || osw_sums_prepare(s, name, columns) != 0) {
        return -1;
    }

    while ((rc = sqlite3_step(s->rows)) == SQLITE_ROW) {
        if (osw_sums_row(s) != 0) {
            return -1;
        }
    }

    return rc == SQLITE_DONE ? osw_sums_write(s) : -1;
}


void
osw_sums(osw_page_t *p, const char *name, const char *columns, int keys,
    const char *sql)
{
    osw_sums_t  s = { .db = osw_base_handle(p->base), .keys = keys };

    s.rows = osw_table_query(p, sql);
    s.place = json_object();
    (void) sqlite3_exec(s.db, "BEGIN", NULL, NULL, NULL);

    if (s.rows && osw_sums_run(&s, name, columns) != 0) {
        osw_log(OSW_ERROR, "console: SQLite: %s", sqlite3_errmsg(s.db));
    }

    (void) sqlite3_finalize(s.rows);
    (void) sqlite3_finalize(s.add);
    (void) sqlite3_finalize(s.set);
    (void) sqlite3_exec(s.db, "COMMIT", NULL, NULL, NULL);
    json_decref(s.place);
    os_buf_free(&s.key);
    free(s.sum);
}

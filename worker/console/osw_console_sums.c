/*
 * osw_console_sums: see osw_console_sums.h.
 *
 * The first columns of a row that has no equal yet are kept as SQLite has them;
 * the table is filled at the end.
 */

#include <stdlib.h>

#include "worker/console/osw_console_sums.h"
#include "worker/console/osw_console_table.h"


#define OSW_SUMS_KEYS  5        /* columns that name a row */
#define OSW_SUMS_WIDE  8        /* those that are added up */


typedef struct {
    sqlite3_value  *key[OSW_SUMS_KEYS];
    int64_t         sum[OSW_SUMS_WIDE];
} osw_sums_row_t;

typedef struct {
    sqlite3         *db;
    sqlite3_stmt    *rows;
    int              keys;
    int              wide;
    json_t          *place;     /* key → its row, from 0 */
    os_buf_t         key;
    osw_sums_row_t  *row;
    size_t           n;
    size_t           room;
} osw_sums_t;


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


/* A row for the key that is being read; NULL: no memory. */
static osw_sums_row_t *
osw_sums_new(osw_sums_t *s, os_str_t key)
{
    int              i;
    void            *more;
    osw_sums_row_t  *row;

    if (s->n == s->room) {
        s->room = s->room ? s->room * 2 : 256;
        more = realloc(s->row, s->room * sizeof(osw_sums_row_t));

        if (more == NULL) {
            return NULL;
        }

        s->row = more;
    }

    row = &s->row[s->n];
    *row = (osw_sums_row_t) { .sum = { 0 } };

    for (i = 0; i < s->keys; i++) {
        row->key[i] = sqlite3_value_dup(sqlite3_column_value(s->rows, i));
    }

    return json_object_setn_new_nocheck(s->place, key.data, key.len,
                                  json_integer((json_int_t) s->n++)) == 0
           ? row : NULL;
}


static int
osw_sums_add(osw_sums_t *s)
{
    int              i;
    os_str_t         key = osw_sums_key(s);
    json_t          *place;
    osw_sums_row_t  *row;

    if (s->key.failed) {
        return -1;
    }

    place = json_object_getn(s->place, key.data, key.len);
    row = place ? &s->row[json_integer_value(place)] : osw_sums_new(s, key);

    if (row == NULL) {
        return -1;
    }

    for (i = 0; i < s->wide; i++) {
        row->sum[i] += sqlite3_column_int64(s->rows, s->keys + i);
    }

    return 0;
}


static int
osw_sums_fill(osw_sums_t *s, sqlite3_stmt *insert)
{
    int     i, rc = SQLITE_DONE;
    size_t  n;

    for (n = 0; n < s->n && rc == SQLITE_DONE; n++) {
        for (i = 0; i < s->keys; i++) {
            (void) sqlite3_bind_value(insert, i + 1, s->row[n].key[i]);
        }

        for (i = 0; i < s->wide; i++) {
            (void) sqlite3_bind_int64(insert, s->keys + i + 1,
                                      s->row[n].sum[i]);
        }

        rc = sqlite3_step(insert);
        (void) sqlite3_reset(insert);
    }

    return rc == SQLITE_DONE ? 0 : -1;
}


static int
osw_sums_write(osw_sums_t *s, const char *name, const char *columns)
{
    int            i, rc;
    os_buf_t       sql = { 0 };
    sqlite3_stmt  *insert = NULL;

    os_buf_printf(&sql, "DROP TABLE IF EXISTS temp.%s;"
                  "CREATE TEMP TABLE %s(%s)", name, name, columns);
    rc = sqlite3_exec(s->db, sql.data, NULL, NULL, NULL);
    sql.len = 0;
    os_buf_printf(&sql, "INSERT INTO temp.%s VALUES(?", name);

    for (i = 1; i < s->keys + s->wide; i++) {
        os_buf_text(&sql, ", ?");
    }

    os_buf_char(&sql, ')');

    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v2(s->db, sql.data, -1, &insert, NULL);
    }

    rc = rc == SQLITE_OK ? osw_sums_fill(s, insert) : -1;
    (void) sqlite3_finalize(insert);
    os_buf_free(&sql);

    return rc;
}


static int
osw_sums_read(osw_sums_t *s)
{
    int  rc;

    s->wide = sqlite3_column_count(s->rows) - s->keys;

    if (s->keys > OSW_SUMS_KEYS || s->wide > OSW_SUMS_WIDE) {
        return -1;
    }

    while ((rc = sqlite3_step(s->rows)) == SQLITE_ROW) {
        if (osw_sums_add(s) != 0) {
            return -1;
        }
    }

    return rc == SQLITE_DONE ? 0 : -1;
}


static void
osw_sums_free(osw_sums_t *s)
{
    int     i;
    size_t  n;

    for (n = 0; n < s->n; n++) {
        for (i = 0; i < s->keys; i++) {
            sqlite3_value_free(s->row[n].key[i]);
        }
    }

    free(s->row);
    json_decref(s->place);
    os_buf_free(&s->key);
}


void
osw_sums(osw_page_t *p, const char *name, const char *columns, int keys,
    const char *sql)
{
    int         rc;
    osw_sums_t  s = { .db = osw_base_handle(p->base), .keys = keys };

    s.rows = osw_table_query(p, sql);
    s.place = json_object();
    rc = s.rows ? osw_sums_read(&s) : -1;
    (void) sqlite3_finalize(s.rows);
    (void) sqlite3_exec(s.db, "BEGIN", NULL, NULL, NULL);

    if (osw_sums_write(&s, name, columns) != 0 || rc != 0) {
        osw_log(OSW_ERROR, "console: %s is not whole: SQLite: %s", name,
                sqlite3_errmsg(s.db));
    }

    (void) sqlite3_exec(s.db, "COMMIT", NULL, NULL, NULL);
    osw_sums_free(&s);
}

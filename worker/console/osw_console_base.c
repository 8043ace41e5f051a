/*
 * osw_console_base: see osw_console_base.h.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_base.h"
#include "worker/console/osw_console_fact.h"
#include "worker/console/osw_console_schema.h"


#define OSW_BASE_WAIT  5000     /* ms for who writes just now */


struct osw_base_s {
    sqlite3       *db;
    osw_days_t     days;
    osw_facts_t   *facts;       /* where it is written */
};


static int
osw_base_fail(const osw_base_t *b, os_error_t *err)
{
    return os_fail(err, "SQLite: %s", sqlite3_errmsg(b->db));
}


static int
osw_base_run(osw_base_t *b, const char *sql, os_error_t *err)
{
    return sqlite3_exec(b->db, sql, NULL, NULL, NULL) == SQLITE_OK
           ? 0 : osw_base_fail(b, err);
}


/* day_of(MOMENT), day_start(DAY), in the zone that the base is told of. */
static void
osw_base_day_of(sqlite3_context *c, int n, sqlite3_value **values)
{
    osw_base_t  *b = sqlite3_user_data(c);

    (void) n;

    if (sqlite3_value_type(values[0]) != SQLITE_NULL) {
        sqlite3_result_int64(c, osw_days_of(&b->days,
                                            sqlite3_value_int64(values[0])));
    }
}


static void
osw_base_day_start(sqlite3_context *c, int n, sqlite3_value **values)
{
    osw_base_t  *b = sqlite3_user_data(c);

    (void) n;

    if (sqlite3_value_type(values[0]) != SQLITE_NULL) {
        sqlite3_result_int64(c, osw_days_start(&b->days,
                                               sqlite3_value_int64(values[0])));
    }
}


static void
osw_base_functions(osw_base_t *b)
{
    (void) sqlite3_create_function_v2(b->db, "day_of", 1, SQLITE_UTF8, b,
                                      osw_base_day_of, NULL, NULL, NULL);
    (void) sqlite3_create_function_v2(b->db, "day_start", 1, SQLITE_UTF8, b,
                                      osw_base_day_start, NULL, NULL, NULL);
}


static int
osw_base_ready(osw_base_t *b, const char *path, int writes, os_error_t *err)
{
    osw_base_functions(b);
    (void) sqlite3_busy_timeout(b->db, OSW_BASE_WAIT);

    if (osw_schema(b->db, path, writes, err) != 0) {
        return -1;
    }

    if (!writes) {
        return 0;
    }

    if (osw_base_run(b, "PRAGMA synchronous = NORMAL;"
                     "PRAGMA secure_delete = ON;"
                     "PRAGMA cache_size = -28000;"
                     "PRAGMA temp_store = MEMORY", err) != 0)
    {
        return -1;
    }

    b->facts = osw_facts_new(b->db, err);

    return b->facts ? 0 : -1;
}


void
osw_base_zone(osw_base_t *b, os_str_t zone, int64_t fixed)
{
    osw_days_init(&b->days, zone, fixed);
}


osw_days_t *
osw_base_days(osw_base_t *b)
{
    return &b->days;
}


osw_base_t *
osw_base_open(const char *path, int writes, os_error_t *err)
{
    osw_base_t  *b = calloc(1, sizeof(osw_base_t));

    if (b == NULL) {
        (void) os_fail(err, "no memory");
        return NULL;
    }

    /* nobody asks how much memory it has; each malloc() would lock for it */
    (void) sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

    if (sqlite3_open_v2(path, &b->db,
                        SQLITE_OPEN_NOMUTEX
                        | (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                  : SQLITE_OPEN_READONLY), NULL) != SQLITE_OK)
    {
        (void) os_fail(err, "%s: %s", path,
                       b->db ? sqlite3_errmsg(b->db) : "no memory");

    } else if (osw_base_ready(b, path, writes, err) == 0) {
        return b;
    }

    osw_base_close(b);
    return NULL;
}


void
osw_base_close(osw_base_t *b)
{
    if (b) {
        osw_facts_free(b->facts);
        (void) sqlite3_close(b->db);
        free(b);
    }
}


sqlite3 *
osw_base_handle(const osw_base_t *b)
{
    return b->db;
}


int
osw_base_begin(osw_base_t *b, os_error_t *err)
{
    return osw_base_run(b, "BEGIN IMMEDIATE", err);
}


void
osw_base_undo(osw_base_t *b)
{
    (void) sqlite3_exec(b->db, "ROLLBACK", NULL, NULL, NULL);
}


static void
osw_base_bind(sqlite3_stmt *s, int at, os_str_t text)
{
    (void) sqlite3_bind_text(s, at, text.data, (int) text.len,
                             SQLITE_TRANSIENT);
}


/* How far the shard has been read. */
static int
osw_base_reach(osw_base_t *b, unsigned shard, os_str_t entry, os_error_t *err)
{
    int            rc = SQLITE_ERROR;
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(b->db, "INSERT OR REPLACE INTO entry "
                           "VALUES(?1, ?2)", -1, &s, NULL) == SQLITE_OK)
    {
        (void) sqlite3_bind_int(s, 1, (int) shard);
        osw_base_bind(s, 2, entry);
        rc = sqlite3_step(s);
    }

    (void) sqlite3_finalize(s);

    return rc == SQLITE_DONE ? 0 : osw_base_fail(b, err);
}


int
osw_base_end(osw_base_t *b, unsigned shard, os_str_t entry, os_error_t *err)
{
    if (entry.len && osw_base_reach(b, shard, entry, err) != 0) {
        return -1;
    }

    return osw_base_run(b, "COMMIT", err);
}


int
osw_base_fact(osw_base_t *b, const json_t *fact, os_str_t text,
    os_str_t words, os_error_t *err)
{
    return osw_facts_add(b->facts, fact, text, words, err);
}


void
osw_base_read_to(osw_base_t *b, unsigned shard, os_buf_t *out)
{
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(b->db, "SELECT id FROM entry WHERE shard = ?1", -1,
                           &s, NULL) == SQLITE_OK)
    {
        (void) sqlite3_bind_int(s, 1, (int) shard);

        if (sqlite3_step(s) == SQLITE_ROW) {
            os_buf_text(out, (const char *) sqlite3_column_text(s, 0));
        }
    }

    (void) sqlite3_finalize(s);
}


int64_t
osw_base_number(const osw_base_t *b, const char *name, int64_t other)
{
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(b->db, "SELECT value FROM number WHERE name = ?1",
                           -1, &s, NULL) == SQLITE_OK)
    {
        osw_base_bind(s, 1, os_str(name));
        other = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0)
                                              : other;
    }

    (void) sqlite3_finalize(s);

    return other;
}


void
osw_base_set_number(osw_base_t *b, const char *name, int64_t value)
{
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(b->db, "INSERT OR REPLACE INTO number "
                           "VALUES(?1, ?2)", -1, &s, NULL) == SQLITE_OK)
    {
        osw_base_bind(s, 1, os_str(name));
        (void) sqlite3_bind_int64(s, 2, value);
        (void) sqlite3_step(s);
    }

    (void) sqlite3_finalize(s);
}


void
osw_base_gap(osw_base_t *b, int64_t since, int64_t until, int64_t facts)
{
    size_t         i;
    sqlite3_stmt  *s;

    /* what goes on is one gap */
    static const char *const  ways[] = {
        "UPDATE gap SET until = ?2, facts = facts + ?3"
        " WHERE until = ?1 AND facts > 0 AND ?3 > 0",
        "INSERT OR REPLACE INTO gap SELECT ?1, ?2, ?3 WHERE changes() = 0",
    };

    for (i = 0; i < 2; i++) {
        if (sqlite3_prepare_v2(b->db, ways[i], -1, &s, NULL) == SQLITE_OK) {
            (void) sqlite3_bind_int64(s, 1, since);
            (void) sqlite3_bind_int64(s, 2, until);
            (void) sqlite3_bind_int64(s, 3, facts);
            (void) sqlite3_step(s);
        }

        (void) sqlite3_finalize(s);
    }
}


/*
 * The index of words still has them in its segments after a row is gone: it is
 * made anew, and the log of writes emptied.
 */
void
osw_base_forget(osw_base_t *b, os_str_t order)
{
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(b->db, "DELETE FROM words WHERE order_id = "
                           "(SELECT id FROM orders WHERE name = ?1)", -1, &s,
                           NULL) == SQLITE_OK)
    {
        osw_base_bind(s, 1, order);
        (void) sqlite3_step(s);
    }

    (void) sqlite3_finalize(s);

    if (sqlite3_changes(b->db)) {
        (void) osw_base_run(b, "INSERT INTO word_index(word_index) "
                            "VALUES('rebuild');"
                            "PRAGMA wal_checkpoint(TRUNCATE)", NULL);
    }
}

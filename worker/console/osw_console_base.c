/*
 * osw_console_base: see osw_console_base.h.
 *
 * `fact` is what was read, `orders` what follows from it: a fact changes an
 * order only when it is new, so that reading a stream twice changes nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_base.h"


#define OSW_BASE_WAIT  5000     /* ms for who writes just now */


struct osw_base_s {
    sqlite3       *db;
    osw_days_t     days;
    sqlite3_stmt  *order_add;
    sqlite3_stmt  *order_get;
    sqlite3_stmt  *fact;
    sqlite3_stmt  *words;
    sqlite3_stmt  *change[16];
    sqlite3_stmt  *row[16];
};


/*
 * The database's version is how many of these steps have been taken. One that
 * was ever released stays as it is.
 */
static const char *const  osw_base_steps[] = {

    "CREATE TABLE number(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
    "CREATE TABLE entry(shard INTEGER PRIMARY KEY, id TEXT NOT NULL);"
    "CREATE TABLE orders("
    " id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, customer TEXT,"
    " arm TEXT, experiment TEXT, country TEXT, currency TEXT, total INTEGER,"
    " placed INTEGER, exposed INTEGER, asked INTEGER, reason TEXT,"
    " decided INTEGER, outcome TEXT, offer TEXT, promised INTEGER,"
    " given INTEGER, saved INTEGER, cancelled INTEGER, refunded INTEGER,"
    " reordered INTEGER, score INTEGER, stars INTEGER);"
    "CREATE INDEX orders_exposed ON orders(exposed) WHERE exposed NOT NULL;"
    "CREATE INDEX orders_asked ON orders(asked) WHERE asked NOT NULL;"
    "CREATE TABLE fact("
    " order_id INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,"
    " at INTEGER NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(order_id, id)) WITHOUT ROWID;"
    "CREATE INDEX fact_kind ON fact(kind, at);"
    "CREATE TABLE words("
    " order_id INTEGER NOT NULL, fact TEXT NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY(order_id, fact)) WITHOUT ROWID;"
    "CREATE TABLE item("
    " order_id INTEGER NOT NULL, product TEXT NOT NULL,"
    " PRIMARY KEY(product, order_id)) WITHOUT ROWID;",

    /* words can be searched; what pages count has rows of its own */
    "CREATE TABLE said("
    " id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, fact TEXT NOT NULL,"
    " text TEXT NOT NULL, UNIQUE(order_id, fact));"
    "INSERT INTO said(order_id, fact, text)"
    " SELECT order_id, fact, text FROM words;"
    "DROP TABLE words;"
    "ALTER TABLE said RENAME TO words;"
    "CREATE VIRTUAL TABLE word_index USING"
    " fts5(text, content='words', content_rowid='id', tokenize='trigram');"
    "INSERT INTO word_index(word_index) VALUES('rebuild');"
    "CREATE TRIGGER words_come AFTER INSERT ON words BEGIN"
    " INSERT INTO word_index(rowid, text) VALUES(new.id, new.text); END;"
    "CREATE TRIGGER words_go AFTER DELETE ON words BEGIN"
    " INSERT INTO word_index(word_index, rowid, text)"
    " VALUES('delete', old.id, old.text); END;"
    "CREATE TRIGGER words_change AFTER UPDATE ON words BEGIN"
    " INSERT INTO word_index(word_index, rowid, text)"
    " VALUES('delete', old.id, old.text);"
    " INSERT INTO word_index(rowid, text) VALUES(new.id, new.text); END;"
    "CREATE TABLE shown("
    " offer TEXT NOT NULL, order_id INTEGER NOT NULL,"
    " PRIMARY KEY(offer, order_id)) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO shown SELECT value, order_id"
    " FROM fact, json_each(fact.json, '$.offers') WHERE kind = 'exposed';"
    "CREATE TABLE sent("
    " day INTEGER NOT NULL, message TEXT NOT NULL, channel TEXT NOT NULL,"
    " outcome TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY(day, message, channel, outcome)) WITHOUT ROWID;"
    "INSERT INTO sent SELECT at / 86400, coalesce(json ->> 'message', '-'),"
    " coalesce(json ->> 'channel', '-'), coalesce(json ->> 'outcome', '-'),"
    " count(*) FROM fact WHERE kind = 'message' GROUP BY 1, 2, 3, 4;"
    "CREATE TABLE parcel("
    " order_id INTEGER NOT NULL, number TEXT NOT NULL, at INTEGER NOT NULL,"
    " carrier TEXT, country TEXT, milestone TEXT, side TEXT,"
    " shipped INTEGER, delivered INTEGER,"
    " due INTEGER,"     /* s: the end of the day that was promised */
    " PRIMARY KEY(order_id, number)) WITHOUT ROWID;"
    "INSERT OR REPLACE INTO parcel SELECT order_id,"
    " substr(id, instr(id, ':parcel:') + 8), at, json ->> 'carrier',"
    " json ->> 'country', json ->> 'milestone', json ->> 'side',"
    " coalesce(json ->> '$.times.shipped', json ->> '$.times.in_transit'),"
    " json ->> '$.times.delivered', unixepoch(json ->> 'promised') + 86400"
    " FROM fact WHERE kind = 'parcel' ORDER BY at;"
    "CREATE INDEX parcel_at ON parcel(at, milestone, side, carrier, country,"
    " shipped, delivered, due);"
    "CREATE INDEX item_order ON item(order_id);"
    "CREATE INDEX shown_order ON shown(order_id);"
    "CREATE TABLE gap("
    " since INTEGER NOT NULL, until INTEGER NOT NULL, facts INTEGER NOT NULL,"
    " PRIMARY KEY(since, until)) WITHOUT ROWID;"
    "DROP INDEX orders_exposed;"
    "CREATE INDEX orders_exposed ON orders(exposed, experiment, arm,"
    " cancelled) WHERE exposed NOT NULL;"
    "CREATE INDEX orders_decided ON orders(decided) WHERE decided NOT NULL;"
    "CREATE INDEX orders_placed ON orders(placed) WHERE placed NOT NULL;",

    /* who did what; what may wait for a person; messages by the quarter of an
     * hour, which a day of any time zone is made of */
    "CREATE TABLE act("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL,"
    " what TEXT NOT NULL, of TEXT NOT NULL, outcome TEXT NOT NULL, said TEXT);"
    "CREATE TABLE waits(order_id INTEGER PRIMARY KEY, at INTEGER NOT NULL);"
    "INSERT OR REPLACE INTO waits SELECT order_id, max(at) FROM fact"
    " WHERE kind = 'decided' AND json ->> 'outcome' = 'accepted'"
    " OR kind = 'message' AND json ->> 'message' IN"
    " ('support_approve', 'support_reminder') GROUP BY 1;"
    "CREATE TABLE told("
    " quarter INTEGER NOT NULL, message TEXT NOT NULL, channel TEXT NOT NULL,"
    " outcome TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY(quarter, message, channel, outcome)) WITHOUT ROWID;"
    "INSERT INTO told SELECT at / 900, coalesce(json ->> 'message', '-'),"
    " coalesce(json ->> 'channel', '-'), coalesce(json ->> 'outcome', '-'),"
    " count(*) FROM fact WHERE kind = 'message' GROUP BY 1, 2, 3, 4;"
    "DROP TABLE sent;"
    "ALTER TABLE told RENAME TO sent;",
};

#define OSW_BASE_VERSION                                                      \
    ((int64_t) (sizeof(osw_base_steps) / sizeof(osw_base_steps[0])))

/* What a fact of a kind makes of its order; ?1 is the order, ?2 the fact. */
static const struct {
    const char  *kind;
    const char  *sql;
} osw_base_changes[] = {
    { "placed",
      "total = ?2 ->> 'money', currency = ?2 ->> 'currency',"
      " country = ?2 ->> 'country', customer = ?2 ->> 'customer',"
      " placed = coalesce(?2 ->> 'placed', ?2 ->> 'at')" },
    { "exposed",
      "exposed = coalesce(exposed, ?2 ->> 'at'), arm = ?2 ->> 'arm',"
      " experiment = ?2 ->> 'experiment',"
      " total = coalesce(total, ?2 ->> 'money'),"
      " currency = coalesce(currency, ?2 ->> 'currency')" },
    { "asked",
      "asked = ?2 ->> 'at', reason = coalesce(?2 ->> 'reason', reason)" },
    { "reason", "reason = coalesce(?2 ->> 'reason', reason)" },
    { "decided",
      "decided = ?2 ->> 'at', outcome = ?2 ->> 'outcome',"
      " offer = ?2 ->> 'offer', promised = ?2 ->> 'money',"
      " reason = coalesce(?2 ->> 'reason', reason)" },
    { "applied",
      "given = CASE WHEN ?2 ->> 'outcome' = 'done' THEN promised END" },
    { "answered",
      "promised = coalesce(?2 ->> 'money', promised)" },
    { "saved",
      "saved = ?2 ->> 'at', total = coalesce(?2 ->> 'money', total)" },
    { "withdrawn",
      "saved = NULL, given = NULL, outcome = 'withdrawn'" },
    { "cancelled", "cancelled = ?2 ->> 'at'" },
    { "refunded",
      "refunded = coalesce(refunded, 0) + coalesce(?2 ->> 'money', 0)" },
    { "reordered", "reordered = ?2 ->> 'at'" },
    { "score", "score = ?2 ->> 'value'" },
    { "review", "stars = coalesce(stars, ?2 ->> 'value')" },
};

#define OSW_BASE_CHANGES                                                      \
    (sizeof(osw_base_changes) / sizeof(osw_base_changes[0]))

/*
 * And what it adds elsewhere. `begins`: only where its message is called so;
 * most facts are messages, and SQL would look into each.
 */
static const struct {
    const char  *kind;
    const char  *sql;
    const char  *begins;
} osw_base_rows[] = {
    { "placed",
      "INSERT OR IGNORE INTO item SELECT ?1, value"
      " FROM json_each(?2, '$.items')", NULL },
    { "exposed",
      "INSERT OR IGNORE INTO item SELECT ?1, value"
      " FROM json_each(?2, '$.items')", NULL },
    { "exposed",
      "INSERT OR IGNORE INTO shown SELECT value, ?1"
      " FROM json_each(?2, '$.offers')", NULL },
    { "message",
      "INSERT INTO sent VALUES((?2 ->> 'at') / 900,"
      " coalesce(?2 ->> 'message', '-'), coalesce(?2 ->> 'channel', '-'),"
      " coalesce(?2 ->> 'outcome', '-'), 1)"
      " ON CONFLICT DO UPDATE SET n = n + 1", NULL },
    { "message",
      "INSERT OR REPLACE INTO waits SELECT ?1, ?2 ->> 'at'"
      " WHERE ?2 ->> 'message' IN ('support_approve', 'support_reminder')",
      "support_" },
    { "bounced",
      "INSERT INTO sent VALUES((?2 ->> 'at') / 900, '-', 'smtp',"
      " coalesce(?2 ->> 'outcome', '-'), 1)"
      " ON CONFLICT DO UPDATE SET n = n + 1", NULL },
    { "decided",
      "INSERT OR REPLACE INTO waits SELECT ?1, ?2 ->> 'at'"
      " WHERE ?2 ->> 'outcome' = 'accepted'", NULL },
    { "applied",
      "DELETE FROM waits WHERE order_id = ?1 AND ?2 ->> 'outcome' <> 'task'",
      NULL },
    { "parcel",
      "INSERT INTO parcel VALUES(?1, substr(?2 ->> 'id',"
      " instr(?2 ->> 'id', ':parcel:') + 8), ?2 ->> 'at', ?2 ->> 'carrier',"
      " ?2 ->> 'country', ?2 ->> 'milestone', ?2 ->> 'side',"
      " coalesce(?2 ->> '$.times.shipped', ?2 ->> '$.times.in_transit'),"
      " ?2 ->> '$.times.delivered',"
      " day_start(unixepoch(?2 ->> 'promised') / 86400 + 1))"
      " ON CONFLICT DO UPDATE SET at = excluded.at,"
      " carrier = excluded.carrier, country = excluded.country,"
      " milestone = excluded.milestone, side = excluded.side,"
      " shipped = excluded.shipped, delivered = excluded.delivered,"
      " due = excluded.due WHERE excluded.at >= at", NULL },
};

#define OSW_BASE_ROWS                                                         \
    (sizeof(osw_base_rows) / sizeof(osw_base_rows[0]))


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


static int64_t
osw_base_pragma(osw_base_t *b, const char *sql)
{
    int64_t        value = -1;
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(b->db, sql, -1, &s, NULL) == SQLITE_OK
        && sqlite3_step(s) == SQLITE_ROW)
    {
        value = sqlite3_column_int64(s, 0);
    }

    (void) sqlite3_finalize(s);

    return value;
}


static int
osw_base_prepare(osw_base_t *b, const char *sql, sqlite3_stmt **s,
    os_error_t *err)
{
    return sqlite3_prepare_v3(b->db, sql, -1, SQLITE_PREPARE_PERSISTENT, s,
                              NULL) == SQLITE_OK
           ? 0 : osw_base_fail(b, err);
}


static int
osw_base_statements(osw_base_t *b, os_error_t *err)
{
    int       rc = 0;
    size_t    i;
    os_buf_t  sql = { 0 };

    if (osw_base_prepare(b, "INSERT OR IGNORE INTO orders(name) VALUES(?1)",
                         &b->order_add, err) != 0
        || osw_base_prepare(b, "SELECT id FROM orders WHERE name = ?1",
                            &b->order_get, err) != 0
        || osw_base_prepare(b, "INSERT OR IGNORE INTO fact VALUES"
                            "(?1, ?2, ?3, ?4, ?5)", &b->fact, err) != 0
        || osw_base_prepare(b, "INSERT INTO words(order_id, fact, text) VALUES"
                            "(?1, ?2, ?3) ON CONFLICT DO UPDATE SET text = ?3 "
                            "WHERE text <> ?3", &b->words, err) != 0)
    {
        return -1;
    }

    for (i = 0; rc == 0 && i < OSW_BASE_CHANGES; i++) {
        sql.len = 0;
        os_buf_printf(&sql, "UPDATE orders SET %s WHERE id = ?1",
                      osw_base_changes[i].sql);
        rc = osw_base_prepare(b, sql.data, &b->change[i], err);
    }

    for (i = 0; rc == 0 && i < OSW_BASE_ROWS; i++) {
        rc = osw_base_prepare(b, osw_base_rows[i].sql, &b->row[i], err);
    }

    os_buf_free(&sql);
    return rc;
}


/* Takes the steps that are still to be taken, all or none. */
static int
osw_base_climb(osw_base_t *b, int64_t version, os_error_t *err)
{
    int   rc = 0;
    char  sql[64];

    if (osw_base_run(b, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", err)
        != 0)
    {
        return -1;
    }

    /* another may have been faster */
    version = osw_base_pragma(b, "PRAGMA user_version");

    for (; rc == 0 && version < OSW_BASE_VERSION; version++) {
        rc = osw_base_run(b, osw_base_steps[version], err);
    }

    (void) snprintf(sql, sizeof(sql), "PRAGMA user_version = %lld; COMMIT",
                    (long long) OSW_BASE_VERSION);

    if (rc == 0 && osw_base_run(b, sql, err) == 0) {
        return 0;
    }

    osw_base_undo(b);
    return -1;
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
    int64_t  version;

    osw_base_functions(b);
    (void) sqlite3_busy_timeout(b->db, OSW_BASE_WAIT);
    version = osw_base_pragma(b, "PRAGMA user_version");

    if (version == -1) {
        return osw_base_fail(b, err);
    }

    if (version < OSW_BASE_VERSION && writes) {
        if (osw_base_climb(b, version, err) != 0) {
            return -1;
        }

        version = OSW_BASE_VERSION;
    }

    if (version != OSW_BASE_VERSION) {
        return os_fail(err, "%s: expected a database of version %lld, found "
                       "%lld", path, (long long) OSW_BASE_VERSION,
                       (long long) version);
    }

    return writes ? osw_base_run(b, "PRAGMA synchronous = NORMAL;"
                                 "PRAGMA secure_delete = ON;"
                                 "PRAGMA cache_size = -16000", err)
                    == 0 ? osw_base_statements(b, err) : -1
                  : 0;
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

    if (sqlite3_open_v2(path, &b->db,
                        writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                               : SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
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
    size_t  i;

    if (b == NULL) {
        return;
    }

    (void) sqlite3_finalize(b->order_add);
    (void) sqlite3_finalize(b->order_get);
    (void) sqlite3_finalize(b->fact);
    (void) sqlite3_finalize(b->words);

    for (i = 0; i < OSW_BASE_CHANGES; i++) {
        (void) sqlite3_finalize(b->change[i]);
    }

    for (i = 0; i < OSW_BASE_ROWS; i++) {
        (void) sqlite3_finalize(b->row[i]);
    }

    (void) sqlite3_close(b->db);
    free(b);
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
    if (text.len) {
        (void) sqlite3_bind_text(s, at, text.data, (int) text.len,
                                 SQLITE_TRANSIENT);

    } else {
        (void) sqlite3_bind_null(s, at);
    }
}


/* One statement that gives no rows; how many it changed, or -1. */
static int
osw_base_do(osw_base_t *b, sqlite3_stmt *s, os_error_t *err)
{
    int  rc = sqlite3_step(s);

    (void) sqlite3_reset(s);
    (void) sqlite3_clear_bindings(s);

    return rc == SQLITE_DONE ? sqlite3_changes(b->db) : osw_base_fail(b, err);
}


int
osw_base_end(osw_base_t *b, unsigned shard, os_str_t entry, os_error_t *err)
{
    int            rc;
    sqlite3_stmt  *s;

    if (entry.len
        && osw_base_prepare(b, "INSERT OR REPLACE INTO entry VALUES(?1, ?2)",
                            &s, err) == 0)
    {
        (void) sqlite3_bind_int(s, 1, (int) shard);
        osw_base_bind(s, 2, entry);
        rc = osw_base_do(b, s, err);
        (void) sqlite3_finalize(s);

        if (rc == -1) {
            return -1;
        }
    }

    return osw_base_run(b, "COMMIT", err);
}


/* The row of an order, made where there is none; -1 with err. */
static int64_t
osw_base_order(osw_base_t *b, os_str_t name, os_error_t *err)
{
    int64_t  id = -1;

    osw_base_bind(b->order_add, 1, name);

    if (osw_base_do(b, b->order_add, err) == -1) {
        return -1;
    }

    osw_base_bind(b->order_get, 1, name);

    if (sqlite3_step(b->order_get) == SQLITE_ROW) {
        id = sqlite3_column_int64(b->order_get, 0);
    }

    (void) sqlite3_reset(b->order_get);

    return id == -1 ? osw_base_fail(b, err) : id;
}


static int
osw_base_follow(osw_base_t *b, sqlite3_stmt *s, int64_t order, os_str_t json,
    os_error_t *err)
{
    (void) sqlite3_bind_int64(s, 1, order);
    osw_base_bind(s, 2, json);

    return osw_base_do(b, s, err) == -1 ? -1 : 0;
}


/* What follows from a new fact. */
static int
osw_base_change(osw_base_t *b, int64_t order, const json_t *fact,
    os_str_t json, os_error_t *err)
{
    int       rc = 0;
    size_t    i;
    os_str_t  kind = os_json_str(fact, "kind");
    os_str_t  message = os_json_str(fact, "message");

    for (i = 0; rc == 0 && i < OSW_BASE_CHANGES; i++) {
        if (os_str_equal(kind, os_str(osw_base_changes[i].kind))) {
            rc = osw_base_follow(b, b->change[i], order, json, err);
        }
    }

    for (i = 0; rc == 0 && i < OSW_BASE_ROWS; i++) {
        if (os_str_equal(kind, os_str(osw_base_rows[i].kind))
            && os_str_starts(message, os_str(osw_base_rows[i].begins)))
        {
            rc = osw_base_follow(b, b->row[i], order, json, err);
        }
    }

    return rc;
}


int
osw_base_fact(osw_base_t *b, const json_t *fact, os_str_t words,
    os_error_t *err)
{
    int        rc;
    int64_t    order;
    os_str_t   name = os_json_str(fact, "order");
    os_str_t   id = os_json_str(fact, "id"), kind = os_json_str(fact, "kind");
    os_buf_t   json = { 0 };

    if (name.len == 0 || id.len == 0 || kind.len == 0) {
        return 0;
    }

    order = osw_base_order(b, name, err);

    if (order == -1) {
        return -1;
    }

    os_json_dump(&json, fact);
    (void) sqlite3_bind_int64(b->fact, 1, order);
    osw_base_bind(b->fact, 2, id);
    osw_base_bind(b->fact, 3, kind);
    (void) sqlite3_bind_int64(b->fact, 4, os_json_int(fact, "at", 0));
    osw_base_bind(b->fact, 5, os_buf_view(&json));
    rc = osw_base_do(b, b->fact, err);

    if (rc == 1) {
        rc = osw_base_change(b, order, fact, os_buf_view(&json), err) == 0
             ? 1 : -1;
    }

    os_buf_free(&json);

    if (rc != -1 && words.len) {
        (void) sqlite3_bind_int64(b->words, 1, order);
        osw_base_bind(b->words, 2, id);
        osw_base_bind(b->words, 3, words);
        rc = osw_base_do(b, b->words, err) == -1 ? -1 : rc;
    }

    return rc;
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

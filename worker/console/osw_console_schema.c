/*
 * osw_console_schema: see osw_console_schema.h.
 */

#include <stdio.h>

#include "worker/console/osw_console_schema.h"


/*
 * The database's version is how many of these steps have been taken. One that
 * was ever released stays as it is.
 */
static const char *const  osw_schema_steps[] = {

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

    /* what pages read in one go lies together: an order's products by the
     * order, the offers that it was shown in its row, the columns of a count
     * in its index */
    "CREATE TABLE bought("
    " order_id INTEGER NOT NULL, product TEXT NOT NULL,"
    " PRIMARY KEY(order_id, product)) WITHOUT ROWID;"
    "INSERT INTO bought SELECT order_id, product FROM item ORDER BY 1, 2;"
    "DROP TABLE item;"
    "ALTER TABLE bought RENAME TO item;"
    "ALTER TABLE orders ADD COLUMN offers TEXT;"    /* a list of JSON */
    "UPDATE orders SET offers = (SELECT json_group_array(offer) FROM shown"
    " WHERE order_id = orders.id) WHERE id IN (SELECT order_id FROM shown);"
    "DROP TABLE shown;"
    "DROP INDEX orders_asked;"
    "CREATE INDEX orders_asked ON orders(asked, reason, outcome, cancelled,"
    " placed)"
    " WHERE asked NOT NULL;"
    "DROP INDEX orders_exposed;"
    "CREATE INDEX orders_exposed ON orders(exposed, arm, cancelled)"
    " WHERE exposed NOT NULL;"
    "CREATE INDEX orders_arm ON orders(experiment, arm, exposed, cancelled)"
    " WHERE exposed NOT NULL;"
    "DROP INDEX orders_decided;"
    "CREATE INDEX orders_decided ON orders(decided, outcome, offer, saved,"
    " cancelled) WHERE decided NOT NULL;"
    "DROP INDEX orders_placed;"
    "CREATE INDEX orders_placed ON orders(placed, asked, reason, cancelled)"
    " WHERE placed NOT NULL;"
    "CREATE INDEX orders_score ON orders(asked, score)"
    " WHERE score NOT NULL;",
};

#define OSW_SCHEMA_VERSION                                                    \
    ((int64_t) (sizeof(osw_schema_steps) / sizeof(osw_schema_steps[0])))


static int64_t
osw_schema_pragma(sqlite3 *db, const char *sql)
{
    int64_t        value = -1;
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK
        && sqlite3_step(s) == SQLITE_ROW)
    {
        value = sqlite3_column_int64(s, 0);
    }

    (void) sqlite3_finalize(s);

    return value;
}


static int
osw_schema_run(sqlite3 *db, const char *sql, os_error_t *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
           ? 0 : os_fail(err, "SQLite: %s", sqlite3_errmsg(db));
}


/* Takes the steps that are still to be taken, all or none. */
static int
osw_schema_climb(sqlite3 *db, os_error_t *err)
{
    int      rc = 0;
    char     sql[64];
    int64_t  version;

    if (osw_schema_run(db, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", err)
        != 0)
    {
        return -1;
    }

    /* another may have been faster */
    version = osw_schema_pragma(db, "PRAGMA user_version");

    if (version < 0) {
        (void) os_fail(err, "SQLite: %s", sqlite3_errmsg(db));
        rc = -1;
    }

    for (; rc == 0 && version < OSW_SCHEMA_VERSION; version++) {
        rc = osw_schema_run(db, osw_schema_steps[version], err);
    }

    (void) snprintf(sql, sizeof(sql), "PRAGMA user_version = %lld; COMMIT",
                    (long long) OSW_SCHEMA_VERSION);

    if (rc == 0 && osw_schema_run(db, sql, err) == 0) {
        return 0;
    }

    (void) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}


int
osw_schema(sqlite3 *db, const char *path, int writes, os_error_t *err)
{
    int64_t  version = osw_schema_pragma(db, "PRAGMA user_version");

    if (version == -1) {
        return os_fail(err, "SQLite: %s", sqlite3_errmsg(db));
    }

    if (version < OSW_SCHEMA_VERSION && writes) {
        return osw_schema_climb(db, err);
    }

    if (version != OSW_SCHEMA_VERSION) {
        return os_fail(err, "%s: expected a database of version %lld, found "
                       "%lld", path, (long long) OSW_SCHEMA_VERSION,
                       (long long) version);
    }

    return 0;
}

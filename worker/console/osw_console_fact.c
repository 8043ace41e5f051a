/*
 * osw_console_fact: see osw_console_fact.h.
 *
 * `fact` is what was read, `orders` what follows from it: a fact changes an
 * order only when it is new, so that reading a stream twice changes nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_fact.h"


struct osw_facts_s {
    sqlite3       *db;
    sqlite3_stmt  *order_add;
    sqlite3_stmt  *order_get;
    sqlite3_stmt  *fact;
    sqlite3_stmt  *words;
    sqlite3_stmt  *change[16];
    sqlite3_stmt  *row[16];
};


/*
 * What a fact of a kind makes of its order. A parameter is the fact's member of
 * that name, else the time of it (`times`); `:order` is the order's row.
 */
static const struct {
    const char  *kind;
    const char  *sql;
} osw_facts_changes[] = {
    { "placed",
      "total = :money, currency = :currency, country = :country,"
      " customer = :customer, placed = coalesce(:placed, :at)" },
    { "exposed",
      "exposed = coalesce(exposed, :at), arm = :arm,"
      " experiment = :experiment, total = coalesce(total, :money),"
      " currency = coalesce(currency, :currency),"
      " offers = CASE WHEN offers IS NULL OR offers = :offers"
      "  THEN iif(json_valid(:offers), :offers, NULL)"
      "  ELSE (SELECT json_group_array(value) FROM"
      "   (SELECT value FROM json_each(orders.offers) UNION"
      "    SELECT value FROM json_each(iif(json_valid(:offers), :offers,"
      "     '[]')))) END" },
    { "asked", "asked = :at, reason = coalesce(:reason, reason)" },
    { "reason", "reason = coalesce(:reason, reason)" },
    { "decided",
      "decided = :at, outcome = :outcome, offer = :offer,"
      " promised = :money, reason = coalesce(:reason, reason)" },
    { "applied", "given = CASE WHEN :outcome = 'done' THEN promised END" },
    { "answered", "promised = coalesce(:money, promised)" },
    { "saved", "saved = :at, total = coalesce(:money, total)" },
    { "withdrawn", "saved = NULL, given = NULL, outcome = 'withdrawn'" },
    { "cancelled", "cancelled = :at" },
    { "refunded", "refunded = coalesce(refunded, 0) + coalesce(:money, 0)" },
    { "reordered", "reordered = :at" },
    { "score", "score = :value" },
    { "review", "stars = coalesce(stars, :value)" },
};

#define OSW_FACTS_CHANGES                                                      \
    (sizeof(osw_facts_changes) / sizeof(osw_facts_changes[0]))

/*
 * And what it adds elsewhere. `begins`: only where its message is called so;
 * most facts are messages, and SQL would look into each.
 */
static const struct {
    const char  *kind;
    const char  *sql;
    const char  *begins;
} osw_facts_rows[] = {
    { "placed",
      "INSERT OR IGNORE INTO item SELECT :order, value"
      " FROM json_each(iif(json_valid(:items), :items, '[]'))", NULL },
    { "exposed",
      "INSERT OR IGNORE INTO item SELECT :order, value"
      " FROM json_each(iif(json_valid(:items), :items, '[]'))", NULL },
    { "message",
      "INSERT INTO sent VALUES(:at / 900, coalesce(:message, '-'),"
      " coalesce(:channel, '-'), coalesce(:outcome, '-'), 1)"
      " ON CONFLICT DO UPDATE SET n = n + 1", NULL },
    { "message",
      "INSERT OR REPLACE INTO waits SELECT :order, :at"
      " WHERE :message IN ('support_approve', 'support_reminder')",
      "support_" },
    { "bounced",
      "INSERT INTO sent VALUES(:at / 900, '-', 'smtp',"
      " coalesce(:outcome, '-'), 1)"
      " ON CONFLICT DO UPDATE SET n = n + 1", NULL },
    { "decided",
      "INSERT OR REPLACE INTO waits SELECT :order, :at"
      " WHERE :outcome = 'accepted'", NULL },
    { "applied",
      "DELETE FROM waits WHERE order_id = :order AND :outcome <> 'task'",
      NULL },
    { "parcel",
      "INSERT INTO parcel VALUES(:order,"
      " substr(:id, instr(:id, ':parcel:') + 8), :at, :carrier, :country,"
      " :milestone, :side, coalesce(:shipped, :in_transit), :delivered,"
      " day_start(unixepoch(:promised) / 86400 + 1))"
      " ON CONFLICT DO UPDATE SET at = excluded.at,"
      " carrier = excluded.carrier, country = excluded.country,"
      " milestone = excluded.milestone, side = excluded.side,"
      " shipped = excluded.shipped, delivered = excluded.delivered,"
      " due = excluded.due WHERE excluded.at >= at", NULL },
};

#define OSW_FACTS_ROWS                                                         \
    (sizeof(osw_facts_rows) / sizeof(osw_facts_rows[0]))


static int
osw_facts_fail(const osw_facts_t *f, os_error_t *err)
{
    return os_fail(err, "SQLite: %s", sqlite3_errmsg(f->db));
}


static int
osw_facts_prepare(osw_facts_t *f, const char *sql, sqlite3_stmt **s,
    os_error_t *err)
{
    return sqlite3_prepare_v3(f->db, sql, -1, SQLITE_PREPARE_PERSISTENT, s,
                              NULL) == SQLITE_OK
           ? 0 : osw_facts_fail(f, err);
}


static int
osw_facts_statements(osw_facts_t *f, os_error_t *err)
{
    int       rc = 0;
    size_t    i;
    os_buf_t  sql = { 0 };

    if (osw_facts_prepare(f, "INSERT OR IGNORE INTO orders(name) VALUES(?1)",
                         &f->order_add, err) != 0
        || osw_facts_prepare(f, "SELECT id FROM orders WHERE name = ?1",
                            &f->order_get, err) != 0
        || osw_facts_prepare(f, "INSERT OR IGNORE INTO fact VALUES"
                            "(?1, ?2, ?3, ?4, ?5)", &f->fact, err) != 0
        || osw_facts_prepare(f, "INSERT INTO words(order_id, fact, text) VALUES"
                            "(?1, ?2, ?3) ON CONFLICT DO UPDATE SET text = ?3 "
                            "WHERE text <> ?3", &f->words, err) != 0)
    {
        return -1;
    }

    for (i = 0; rc == 0 && i < OSW_FACTS_CHANGES; i++) {
        sql.len = 0;
        os_buf_printf(&sql, "UPDATE orders SET %s WHERE id = :order",
                      osw_facts_changes[i].sql);
        rc = osw_facts_prepare(f, sql.data, &f->change[i], err);
    }

    for (i = 0; rc == 0 && i < OSW_FACTS_ROWS; i++) {
        rc = osw_facts_prepare(f, osw_facts_rows[i].sql, &f->row[i], err);
    }

    os_buf_free(&sql);
    return rc;
}


osw_facts_t *
osw_facts_new(sqlite3 *db, os_error_t *err)
{
    osw_facts_t  *f = calloc(1, sizeof(osw_facts_t));

    if (f == NULL) {
        (void) os_fail(err, "no memory");
        return NULL;
    }

    f->db = db;

    if (osw_facts_statements(f, err) == 0) {
        return f;
    }

    osw_facts_free(f);
    return NULL;
}


void
osw_facts_free(osw_facts_t *f)
{
    size_t  i;

    if (f == NULL) {
        return;
    }

    (void) sqlite3_finalize(f->order_add);
    (void) sqlite3_finalize(f->order_get);
    (void) sqlite3_finalize(f->fact);
    (void) sqlite3_finalize(f->words);

    for (i = 0; i < OSW_FACTS_CHANGES; i++) {
        (void) sqlite3_finalize(f->change[i]);
    }

    for (i = 0; i < OSW_FACTS_ROWS; i++) {
        (void) sqlite3_finalize(f->row[i]);
    }

    free(f);
}


static void
osw_facts_bind(sqlite3_stmt *s, int at, os_str_t text)
{
    if (text.len) {
        (void) sqlite3_bind_text(s, at, text.data, (int) text.len,
                                 SQLITE_STATIC);

    } else {
        (void) sqlite3_bind_null(s, at);
    }
}


/* One statement that gives no rows; how many it changed, or -1. */
static int
osw_facts_do(osw_facts_t *f, sqlite3_stmt *s, os_error_t *err)
{
    int  rc = sqlite3_step(s);

    (void) sqlite3_reset(s);
    (void) sqlite3_clear_bindings(s);

    return rc == SQLITE_DONE ? sqlite3_changes(f->db) : osw_facts_fail(f, err);
}


/* The row of an order, 0 where there is none. */
static int64_t
osw_facts_order(osw_facts_t *f, os_str_t name)
{
    int64_t  id = 0;

    osw_facts_bind(f->order_get, 1, name);

    if (sqlite3_step(f->order_get) == SQLITE_ROW) {
        id = sqlite3_column_int64(f->order_get, 0);
    }

    (void) sqlite3_reset(f->order_get);

    return id;
}


/* The same, made where there is none; -1 with err. */
static int64_t
osw_facts_order_made(osw_facts_t *f, os_str_t name, os_error_t *err)
{
    int64_t  id = osw_facts_order(f, name);

    if (id) {
        return id;
    }

    osw_facts_bind(f->order_add, 1, name);

    return osw_facts_do(f, f->order_add, err) == -1
           ? -1 : sqlite3_last_insert_rowid(f->db);
}


/* As ->> of SQLite gives it; a list is its JSON. */
static void
osw_facts_bind_json(sqlite3_stmt *s, int at, const json_t *value)
{
    os_buf_t  text = { 0 };

    switch (value ? json_typeof(value) : JSON_NULL) {

    case JSON_NULL:
        (void) sqlite3_bind_null(s, at);
        break;

    case JSON_TRUE:
    case JSON_FALSE:
        (void) sqlite3_bind_int(s, at, json_is_true(value));
        break;

    case JSON_INTEGER:
        (void) sqlite3_bind_int64(s, at, json_integer_value(value));
        break;

    case JSON_REAL:
        (void) sqlite3_bind_double(s, at, json_real_value(value));
        break;

    case JSON_STRING:
        (void) sqlite3_bind_text(s, at, json_string_value(value),
                                 (int) json_string_length(value),
                                 SQLITE_STATIC);
        break;

    default:
        os_json_dump(&text, value);
        (void) sqlite3_bind_text(s, at, text.data, (int) text.len,
                                 SQLITE_TRANSIENT);
        os_buf_free(&text);
    }
}


/* One statement about a fact, which lives meanwhile. */
static int
osw_facts_follow(osw_facts_t *f, sqlite3_stmt *s, int64_t order,
    const json_t *fact, os_error_t *err)
{
    int            i, n = sqlite3_bind_parameter_count(s);
    json_t        *value;
    const char    *name;
    const json_t  *times = json_object_get(fact, "times");

    for (i = 1; i <= n; i++) {
        name = sqlite3_bind_parameter_name(s, i) + 1;
        value = json_object_get(fact, name);

        if (strcmp(name, "order") == 0) {
            (void) sqlite3_bind_int64(s, i, order);

        } else {
            osw_facts_bind_json(s, i, value ? value
                                           : json_object_get(times, name));
        }
    }

    return osw_facts_do(f, s, err) == -1 ? -1 : 0;
}


/* What follows from a new fact. */
static int
osw_facts_change(osw_facts_t *f, int64_t order, const json_t *fact,
    os_error_t *err)
{
    int       rc = 0;
    size_t    i;
    os_str_t  kind = os_json_str(fact, "kind");
    os_str_t  message = os_json_str(fact, "message");

    for (i = 0; rc == 0 && i < OSW_FACTS_CHANGES; i++) {
        if (os_str_equal(kind, os_str(osw_facts_changes[i].kind))) {
            rc = osw_facts_follow(f, f->change[i], order, fact, err);
        }
    }

    for (i = 0; rc == 0 && i < OSW_FACTS_ROWS; i++) {
        if (os_str_equal(kind, os_str(osw_facts_rows[i].kind))
            && os_str_starts(message, os_str(osw_facts_rows[i].begins)))
        {
            rc = osw_facts_follow(f, f->row[i], order, fact, err);
        }
    }

    return rc;
}


/* The fact itself; 1, 0 where it is known, -1 with err. */
static int
osw_facts_keep(osw_facts_t *f, int64_t order, const json_t *fact,
    os_str_t text, os_error_t *err)
{
    (void) sqlite3_bind_int64(f->fact, 1, order);
    osw_facts_bind_json(f->fact, 2, json_object_get(fact, "id"));
    osw_facts_bind_json(f->fact, 3, json_object_get(fact, "kind"));
    (void) sqlite3_bind_int64(f->fact, 4, os_json_int(fact, "at", 0));
    osw_facts_bind(f->fact, 5, text);

    return osw_facts_do(f, f->fact, err);
}


int
osw_facts_add(osw_facts_t *f, const json_t *fact, os_str_t text,
    os_str_t words, os_error_t *err)
{
    int       rc;
    int64_t   order;
    os_str_t  name = os_json_str(fact, "order"), id = os_json_str(fact, "id");

    if (name.len == 0 || id.len == 0 || os_json_str(fact, "kind").len == 0) {
        return 0;
    }

    order = osw_facts_order_made(f, name, err);

    if (order == -1) {
        return -1;
    }

    rc = osw_facts_keep(f, order, fact, text, err);

    if (rc == 1) {
        rc = osw_facts_change(f, order, fact, err) == 0 ? 1 : -1;
    }

    if (rc != -1 && words.len) {
        (void) sqlite3_bind_int64(f->words, 1, order);
        osw_facts_bind(f->words, 2, id);
        osw_facts_bind(f->words, 3, words);
        rc = osw_facts_do(f, f->words, err) == -1 ? -1 : rc;
    }

    return rc;
}

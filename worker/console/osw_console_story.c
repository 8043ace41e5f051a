/*
 * osw_console_story: see osw_console_story.h.
 */

#include <string.h>

#include "core/base/os_time.h"
#include "worker/console/osw_console_story.h"


static json_t *
osw_story_fact(sqlite3_stmt *s)
{
    os_str_t  said = os_str((const char *) sqlite3_column_text(s, 1));
    json_t   *fact = os_json_parse(
        os_str((const char *) sqlite3_column_text(s, 0)), "fact", NULL);

    if (fact && said.len) {
        os_json_set_str(fact, "said", said);
    }

    return fact;
}


json_t *
osw_story(const osw_base_t *b, os_str_t order, os_error_t *err)
{
    json_t        *facts = json_array();
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(osw_base_handle(b),
            "SELECT fact.json, words.text FROM orders"
            " JOIN fact ON fact.order_id = orders.id"
            " LEFT JOIN words ON words.order_id = fact.order_id"
            " AND words.fact = fact.id"
            " WHERE name = ?1 ORDER BY fact.at, fact.id", -1, &s, NULL)
        != SQLITE_OK)
    {
        (void) os_fail(err, "SQLite: %s", sqlite3_errmsg(osw_base_handle(b)));
        json_decref(facts);
        return NULL;
    }

    (void) sqlite3_bind_text(s, 1, order.data, (int) order.len,
                             SQLITE_TRANSIENT);

    while (sqlite3_step(s) == SQLITE_ROW) {
        (void) json_array_append_new(facts, osw_story_fact(s));
    }

    (void) sqlite3_finalize(s);

    return facts;
}


void
osw_story_line(os_buf_t *out, const json_t *fact)
{
    const char  *name;
    json_t      *value;

    static const char *const  first[] = { "id", "at", "order", "customer",
                                          "kind", "words" };

    os_wall_write(out, os_json_int(fact, "at", 0), 1);
    os_buf_text(out, "Z ");
    os_buf_str(out, os_json_str(fact, "kind"));

    json_object_foreach((json_t *) fact, name, value) {
        size_t  i;

        for (i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
            if (strcmp(first[i], name) == 0) {
                break;
            }
        }

        if (i == sizeof(first) / sizeof(first[0])) {
            os_buf_printf(out, " %s=", name);
            os_json_dump(out, value);
        }
    }
}

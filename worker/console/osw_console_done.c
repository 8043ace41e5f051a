/*
 * osw_console_done: see osw_console_done.h.
 */

#include <stdlib.h>

#include "worker/console/osw_console_done.h"
#include "worker/console/osw_console_table.h"


static os_str_t
osw_done_text(sqlite3_stmt *s, int i)
{
    return os_str((const char *) sqlite3_column_text(s, i));
}


static void
osw_done_one(osw_page_t *p, int64_t id)
{
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(osw_base_handle(p->base), "SELECT what, of, "
                           "outcome, said FROM act WHERE id = ?1", -1, &s,
                           NULL) == SQLITE_OK)
    {
        (void) sqlite3_bind_int64(s, 1, id);

        if (sqlite3_step(s) == SQLITE_ROW) {
            (void) json_object_set_new(p->view, "did", json_pack(
                "{s:o, s:o, s:o, s:o?}",
                "what", osw_page_word(p, "console.act_", osw_done_text(s, 0)),
                "of", os_json_new_str(osw_done_text(s, 1)),
                "became", osw_page_word(p, "console.outcome_",
                                        osw_done_text(s, 2)),
                "said", osw_done_text(s, 3).len
                        ? os_json_new_str(osw_done_text(s, 3)) : NULL));
        }
    }

    (void) sqlite3_finalize(s);
}


void
osw_done(osw_page_t *p)
{
    os_str_t  id = os_json_str(p->args, "act");

    if (id.len) {
        osw_done_one(p, strtoll(id.data, NULL, 10));
    }

    (void) osw_table(p, osw_table_section(p, "acts"),
        "SELECT at AS 'done_at:s', who AS 'who:t', what AS 'what:w',"
        " of AS 'of:t', outcome AS 'outcome:w', said AS 'said:t'"
        " FROM act ORDER BY id DESC LIMIT 20");
}

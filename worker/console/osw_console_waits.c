/*
 * osw_console_waits: see osw_console_waits.h.
 *
 * The database knows which orders may have a request that nobody answered; the
 * order's record says whether it has.
 */

#include <string.h>

#include "core/order/os_return.h"
#include "core/order/os_rules.h"
#include "core/view/os_view_request.h"
#include "core/view/os_view_return.h"
#include "worker/console/osw_console_waits.h"


#define OSW_WAITS_MOST  "100"


void
osw_waits_ask(osw_page_t *p)
{
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(osw_base_handle(p->base),
            "SELECT name FROM waits JOIN orders ON orders.id = order_id"
            " ORDER BY at DESC LIMIT " OSW_WAITS_MOST, -1, &s, NULL)
        == SQLITE_OK)
    {
        while (sqlite3_step(s) == SQLITE_ROW) {
            (void) json_object_set_new(p->orders,
                (const char *) sqlite3_column_text(s, 0), json_null());
        }
    }

    (void) sqlite3_finalize(s);
}


static void
osw_waits_forget(osw_page_t *p, const char *name)
{
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(osw_base_handle(p->base),
            "DELETE FROM waits WHERE order_id ="
            " (SELECT id FROM orders WHERE name = ?1)", -1, &s, NULL)
        == SQLITE_OK)
    {
        (void) sqlite3_bind_text(s, 1, name, -1, SQLITE_TRANSIENT);
        (void) sqlite3_step(s);
    }

    (void) sqlite3_finalize(s);
}


/* What is to be answered, as the page of the mail has it; NULL: nothing. */
static json_t *
osw_waits_view(osw_page_t *p, const char *name, const json_t *record)
{
    os_str_t            store, id;
    os_speak_t          speak;
    const json_t       *decision = os_view_request_of(record);
    const json_t       *back = os_return_last(record);
    const osw_store_t  *from;

    if (osw_order_split(os_str(name), &store, &id) != 0
        || (from = osw_config_store(p->w->config, store)) == NULL)
    {
        return NULL;
    }

    speak = (os_speak_t) { .campaign = from->campaign, .locale = p->locale,
                           .now = p->now };

    if (back && os_return_waits(back)) {
        return os_view_return_answer(&speak, record, back);
    }

    return decision && os_rules_waits(decision)
           ? os_view_request(&speak, record) : NULL;
}


void
osw_waits_finish(osw_page_t *p)
{
    json_t      *record, *view, *all = json_array();
    os_str_t     number;
    const char  *name;

    json_object_foreach(p->orders, name, record) {
        if (json_is_null(record)) {
            continue;               /* Redis did not say */
        }

        view = osw_waits_view(p, name, record);

        if (view == NULL) {
            osw_waits_forget(p, name);
            continue;
        }

        number = os_json_str(record, "number");
        os_json_set_str(view, "name", os_str(name));
        os_json_set_str(view, "number", number.len ? number : os_str(name));
        (void) json_object_set_new(view, "url",
                                   osw_page_order_link(p, os_str(name)));
        (void) json_object_set_new(view, "n", json_integer(
                                   (json_int_t) json_array_size(all)));
        (void) json_array_append_new(all, view);
    }

    if (json_array_size(all)) {
        (void) json_object_set_new(p->view, "waits",
                                   json_pack("{s:O}", "list", all));
    }

    json_decref(all);
}

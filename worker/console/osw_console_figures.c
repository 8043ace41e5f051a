/*
 * osw_console_figures: see osw_console_figures.h.
 *
 * Rates are of orders alive, never of accepts. "After 7 days" is asked of
 * orders that are as old only: a rate of younger ones would be too good.
 */

#include "worker/console/osw_console_figures.h"
#include "worker/console/osw_console_stock.h"
#include "worker/console/osw_console_table.h"
#include "worker/console/osw_console_trend.h"


#define OSW_ALIVE(days, from)                                                 \
    " sum(CASE WHEN " from " + " days " * 86400 <= ?3 THEN"                   \
    "  cancelled IS NULL OR cancelled > " from " + " days " * 86400 END)"     \
    " AS 'alive_" days ":r',"                                                 \
    " sum(" from " + " days " * 86400 <= ?3) AS 'n:_'"


static void
osw_figures_page(osw_page_t *p, const char *here, const char *title)
{
    (void) json_object_set_new(p->view, "here", json_string(here));
    (void) json_object_set_new(p->view, "title", osw_page_say(p, title));
}


/* Of an offer as it was shown, by something of the order. */
#define OSW_TOOK                                                              \
    "orders.offer = shown.offer AND outcome IN ('accepted', 'withdrawn')"

#define OSW_OFFERS_BY(column)                                                 \
    "SELECT shown.offer AS 'offer:t', " column ","                            \
    " coalesce(currency, '-') AS 'currency:c', count(*) AS 'shown:n',"        \
    " coalesce(sum(" OSW_TOOK "), 0) AS 'taken:r', count(*) AS 'n:_',"        \
    OSW_TOOK_ALIVE("7") "," OSW_TOOK_ALIVE("30") ","                          \
    " coalesce(sum(CASE WHEN " OSW_TOOK " THEN given END), 0) AS 'given:m',"  \
    " coalesce(sum(CASE WHEN " OSW_TOOK " AND cancelled IS NULL"              \
    "  AND saved NOT NULL THEN total END), 0)"                                \
    "  - coalesce(sum(CASE WHEN " OSW_TOOK " THEN given END), 0) AS 'net:m'"  \
    " FROM orders CROSS JOIN shown INDEXED BY shown_order"                    \
    " ON shown.order_id = orders.id"                                          \
    " WHERE exposed >= ?1 AND exposed < ?2"                                   \
    " GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 200"

#define OSW_TOOK_ALIVE(days)                                                  \
    " sum(CASE WHEN " OSW_TOOK " AND decided + " days " * 86400 <= ?3 THEN"   \
    "  cancelled IS NULL OR cancelled > decided + " days " * 86400 END)"      \
    " AS 'alive_" days ":r',"                                                 \
    " coalesce(sum(" OSW_TOOK " AND decided + " days " * 86400 <= ?3), 0)"    \
    " AS 'n:_'"


void
osw_figures_reasons(osw_page_t *p)
{
    osw_figures_page(p, "reasons", "nav_reasons");
    (void) osw_table(p, osw_table_section(p, "by_reason"),
        "SELECT coalesce(reason, '-') AS 'reason:w', count(*) AS 'asked:n',"
        " sum(outcome = 'accepted') AS 'accepted:n',"
        " sum(cancelled IS NULL) AS 'alive:r', count(*) AS 'n:_'"
        " FROM orders WHERE asked >= ?1 AND asked < ?2"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    osw_trend_reasons(p);
    (void) osw_table(p, osw_table_section(p, "by_product"),
        "WITH met AS (SELECT product, count(*) AS asked,"
        "  sum(cancelled NOT NULL) AS cancelled FROM orders"
        "  CROSS JOIN item INDEXED BY item_order ON item.order_id = orders.id"
        "  WHERE asked >= ?1 AND asked < ?2"
        "  GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100),"
        " bought AS MATERIALIZED (SELECT product, count(*) AS n FROM orders"
        "  CROSS JOIN item INDEXED BY item_order ON item.order_id = orders.id"
        "  WHERE placed >= ?1 AND placed < ?2 GROUP BY 1)"
        " SELECT product AS 'product:t', asked AS 'asked:n',"
        " cancelled AS 'cancelled:n', coalesce(bought.n, 0) AS 'bought:n'"
        " FROM met LEFT JOIN bought USING(product) ORDER BY 2 DESC, 1");
    (void) osw_table(p, osw_table_section(p, "product_reasons"),
        "WITH met AS MATERIALIZED (SELECT id, reason FROM orders"
        "  WHERE asked >= ?1 AND asked < ?2)"
        " SELECT product AS 'product:t', coalesce(reason, '-') AS 'reason:w',"
        " count(*) AS 'asked:n' FROM met CROSS JOIN item INDEXED BY item_order"
        " ON item.order_id = met.id"
        " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100");
}


/* By one thing, once somebody asks for it: it is long, and takes a while. */
static void
osw_figures_by(osw_page_t *p)
{
    size_t    i, which = 3;
    json_t   *section, *ways = json_array();
    os_str_t  by = os_json_str(p->args, "by");

    static const struct {
        const char  *by;
        const char  *key;
        const char  *name;
        const char  *sql;
    } all[] = {
        { "reason", "offers_by_reason", "col_reason",
          OSW_OFFERS_BY("coalesce(reason, '-') AS 'reason:w'") },
        { "arm", "offers_by_arm", "col_arm",
          OSW_OFFERS_BY("coalesce(arm, '-') AS 'arm:w'") },
        { "country", "offers_by_country", "col_country",
          OSW_OFFERS_BY("coalesce(country, '-') AS 'country:t'") },
    };

    for (i = 0; i < 3; i++) {
        which = os_str_equal(by, os_str(all[i].by)) ? i : which;
    }

    for (i = 0; i < 3; i++) {
        (void) json_array_append_new(ways, json_pack(
            "{s:o, s:o, s:s, s:b}", "url",
            osw_page_link(p, "offers", "by", all[i].by), "name",
            osw_page_say(p, all[i].name), "id", all[i].key, "here",
            i == which));
    }

    section = osw_table_section(p, which < 3 ? all[which].key : "offers_by");

    if (which < 3) {
        (void) osw_table(p, section, all[which].sql);
    }

    (void) json_object_set_new(section, "ways", json_pack("{s:o}", "list",
                                                          ways));
}


void
osw_figures_offers(osw_page_t *p)
{
    osw_figures_page(p, "offers", "nav_offers");
    (void) osw_table(p, osw_table_section(p, "offers_taken"),
        "SELECT shown.offer AS 'offer:t', count(*) AS 'shown:n',"
        " coalesce(sum(orders.offer = shown.offer"
        "  AND outcome IN ('accepted', 'withdrawn')), 0) AS 'taken:r',"
        " count(*) AS 'n:_'"
        " FROM orders CROSS JOIN shown INDEXED BY shown_order"
        " ON shown.order_id = orders.id"
        " WHERE exposed >= ?1 AND exposed < ?2"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    (void) osw_table(p, osw_table_section(p, "offers_alive"),
        "SELECT offer AS 'offer:t', count(*) AS 'accepted:n',"
        OSW_ALIVE("7", "decided") "," OSW_ALIVE("30", "decided")
        " FROM orders WHERE decided >= ?1 AND decided < ?2"
        " AND offer NOT NULL AND outcome <> 'declined'"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    (void) osw_table(p, osw_table_section(p, "offers_money"),
        "SELECT offer AS 'offer:t', coalesce(currency, '-') AS 'currency:c',"
        OSW_FIGURES_MONEY
        " FROM orders WHERE decided >= ?1 AND decided < ?2"
        " AND offer NOT NULL GROUP BY 1, 2 ORDER BY 1, 2");
    osw_figures_by(p);
    osw_stock_ask(p);
}


void
osw_figures_messages(osw_page_t *p)
{
    osw_figures_page(p, "messages", "nav_messages");
    (void) osw_table(p, osw_table_section(p, "by_message"),
        "SELECT message AS 'message:t', channel AS 'channel:w',"
        " sum(CASE outcome WHEN 'sent' THEN n ELSE 0 END) AS 'sent:n',"
        " sum(CASE outcome WHEN 'left' THEN n ELSE 0 END) AS 'left:n',"
        " sum(CASE outcome WHEN 'dead' THEN n ELSE 0 END) AS 'dead:n'"
        " FROM sent WHERE quarter >= ?1 / 900 AND quarter < ?2 / 900 + 1"
        " AND outcome IN ('sent', 'left', 'dead')"
        " GROUP BY 1, 2 ORDER BY sum(n) DESC, 1, 2");
    (void) osw_table(p, osw_table_section(p, "came_back"),
        "SELECT outcome AS 'outcome:w', sum(n) AS 'mails:n' FROM sent"
        " WHERE quarter >= ?1 / 900 AND quarter < ?2 / 900 + 1"
        " AND outcome IN ('mailbox', 'complaint')"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    (void) osw_table(p, osw_table_section(p, "scores"),
        "SELECT score AS 'score:n', count(*) AS 'orders:n' FROM orders"
        " WHERE asked >= ?1 AND asked < ?2 AND score NOT NULL"
        " GROUP BY 1 ORDER BY 1");
}


void
osw_figures_parcels(osw_page_t *p)
{
    osw_figures_page(p, "parcels", "nav_parcels");
    (void) osw_table(p, osw_table_section(p, "by_milestone"),
        "SELECT coalesce(milestone, '-') AS 'milestone:w',"
        " count(*) AS 'parcels:n',"
        " coalesce(sum(coalesce(delivered, ?3) >= due), 0) AS 'late:n'"
        " FROM parcel WHERE at >= ?1 AND at < ?2"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    (void) osw_table(p, osw_table_section(p, "by_side"),
        "SELECT side AS 'side:w', count(*) AS 'parcels:n'"
        " FROM parcel WHERE at >= ?1 AND at < ?2 AND side NOT NULL"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    (void) osw_table(p, osw_table_section(p, "by_carrier"),
        "WITH way AS (SELECT carrier, country,"
        "  (delivered - shipped + 4320) / 8640 AS tenths,"
        "  count(*) AS n, sum(due NOT NULL) AS said,"
        "  sum(delivered < due) AS kept"
        "  FROM parcel WHERE at >= ?1 AND at < ?2 AND delivered >= shipped"
        "  GROUP BY 1, 2, 3),"
        " line AS (SELECT *,"
        "  sum(n) OVER (PARTITION BY carrier, country ORDER BY tenths) AS upto,"
        "  sum(n) OVER (PARTITION BY carrier, country) AS every FROM way)"
        " SELECT coalesce(carrier, '-') AS 'carrier:t',"
        " coalesce(country, '-') AS 'country:t', sum(n) AS 'parcels:n',"
        " min(CASE WHEN upto >= every * 0.5 THEN tenths END) / 10.0"
        "  AS 'p50:f',"
        " min(CASE WHEN upto >= every * 0.9 THEN tenths END) / 10.0"
        "  AS 'p90:f',"
        " sum(kept) AS 'promise:r', sum(said) AS 'n:_'"
        " FROM line GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
}

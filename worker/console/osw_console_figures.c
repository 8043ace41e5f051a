/*
 * osw_console_figures: see osw_console_figures.h.
 *
 * Rates are of orders alive, never of accepts. "After 7 days" is asked of
 * orders that are as old only: a rate of younger ones would be too good.
 */

#include "worker/console/osw_console_figures.h"
#include "worker/console/osw_console_stock.h"
#include "worker/console/osw_console_sums.h"
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


/*
 * Orders that met a page, put together by what they were shown and what they
 * did, and by one thing more.
 */
#define OSW_OLD(days)   "decided + " days " * 86400 <= ?3"

#define OSW_OFFER_WAYS(by)                                                    \
    "SELECT coalesce(" by ", '-'), coalesce(currency, '-'), offers, offer,"   \
    " coalesce(outcome IN ('accepted', 'withdrawn'), 0), 1,"                  \
    OSW_OLD("7") ", " OSW_OLD("7") " AND (cancelled IS NULL"                  \
    "  OR cancelled > decided + 7 * 86400),"                                  \
    OSW_OLD("30") ", " OSW_OLD("30") " AND (cancelled IS NULL"                \
    "  OR cancelled > decided + 30 * 86400), given,"                          \
    " CASE WHEN cancelled IS NULL AND saved NOT NULL THEN total END"          \
    " FROM orders WHERE exposed >= ?1 AND exposed < ?2 AND offers NOT NULL"

/* Of those, who took the offer that the row is about. */
#define OSW_TOOK(value)                                                       \
    " coalesce(sum(CASE WHEN took AND offer = json_each.value"                \
    "  THEN " value " END), 0)"

#define OSW_OFFERS_BY(column)                                                 \
    "SELECT value AS 'offer:t', way AS '" column "',"                         \
    " currency AS 'currency:c', sum(n) AS 'shown:n',"                         \
    OSW_TOOK("n") " AS 'taken:r', sum(n) AS 'n:_',"                           \
    OSW_TOOK("alive_7") " AS 'alive_7:r', " OSW_TOOK("of_7") " AS 'n:_',"     \
    OSW_TOOK("alive_30") " AS 'alive_30:r', " OSW_TOOK("of_30") " AS 'n:_',"  \
    OSW_TOOK("given") " AS 'given:m',"                                        \
    OSW_TOOK("kept") " - " OSW_TOOK("given") " AS 'net:m'"                    \
    " FROM offer_way, json_each(offer_way.offers)"                            \
    " GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 200"


void
osw_figures_reasons(osw_page_t *p)
{
    osw_figures_page(p, "reasons", "nav_reasons");
    osw_sums(p, "reason_day", "day INTEGER, reason TEXT, asked INTEGER,"
        " accepted INTEGER, alive INTEGER", 2,
        "SELECT day_of(asked), coalesce(reason, '-'), 1,"
        " outcome = 'accepted', cancelled IS NULL"
        " FROM orders WHERE asked >= ?1 AND asked < ?2");
    (void) osw_table(p, osw_table_section(p, "by_reason"),
        "SELECT reason AS 'reason:w', sum(asked) AS 'asked:n',"
        " sum(accepted) AS 'accepted:n', sum(alive) AS 'alive:r',"
        " sum(asked) AS 'n:_' FROM reason_day"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    osw_trend_reasons(p);
    osw_sums(p, "product_reason", "product TEXT, reason TEXT, asked INTEGER,"
        " cancelled INTEGER, bought INTEGER", 2,
        "WITH met AS (SELECT id, asked >= ?1 AND asked < ?2 AS asked, reason,"
        "  cancelled, 1 AS bought FROM orders WHERE placed >= ?1"
        "  AND placed < ?2"
        "  UNION ALL SELECT id, 1, reason, cancelled, 0 FROM orders"
        "  WHERE asked >= ?1 AND asked < ?2"
        "  AND (placed IS NULL OR placed < ?1 OR placed >= ?2))"
        " SELECT product, CASE WHEN asked THEN coalesce(reason, '-') END,"
        " asked, asked AND cancelled NOT NULL, bought"
        " FROM met CROSS JOIN item ON item.order_id = met.id");
    (void) osw_table(p, osw_table_section(p, "by_product"),
        "SELECT product AS 'product:t', sum(asked) AS 'asked:n',"
        " sum(cancelled) AS 'cancelled:n', sum(bought) AS 'bought:n'"
        " FROM product_reason GROUP BY 1 HAVING sum(asked) > 0"
        " ORDER BY 2 DESC, 1 LIMIT 100");
    (void) osw_table(p, osw_table_section(p, "product_reasons"),
        "SELECT product AS 'product:t', reason AS 'reason:w',"
        " asked AS 'asked:n' FROM product_reason WHERE asked > 0"
        " ORDER BY 3 DESC, 1, 2 LIMIT 100");
}


/* What offers are looked at by, once somebody asks: the tables are long. */
static const struct {
    const char  *by;
    const char  *key;
    const char  *name;
    const char  *rows;
    const char  *table;
} osw_figures_ways[] = {
    { "reason", "offers_by_reason", "col_reason", OSW_OFFER_WAYS("reason"),
      OSW_OFFERS_BY("reason:w") },
    { "arm", "offers_by_arm", "col_arm", OSW_OFFER_WAYS("arm"),
      OSW_OFFERS_BY("arm:w") },
    { "country", "offers_by_country", "col_country",
      OSW_OFFER_WAYS("country"), OSW_OFFERS_BY("country:t") },
    { NULL, "offers_by", NULL, OSW_OFFER_WAYS("NULL"), NULL },
};

#define OSW_FIGURES_NO_WAY                                                    \
    (sizeof(osw_figures_ways) / sizeof(osw_figures_ways[0]) - 1)


/* The way that the address asks for. */
static size_t
osw_figures_way(const osw_page_t *p)
{
    size_t    i;
    os_str_t  by = os_json_str(p->args, "by");

    for (i = 0; i < OSW_FIGURES_NO_WAY
                && !os_str_equal(by, os_str(osw_figures_ways[i].by)); i++)
    {
        /* void */
    }

    return i;
}


static void
osw_figures_by(osw_page_t *p, size_t which)
{
    size_t   i;
    json_t  *section, *ways = json_array();

    for (i = 0; i < OSW_FIGURES_NO_WAY; i++) {
        (void) json_array_append_new(ways, json_pack(
            "{s:o, s:o, s:s, s:b}", "url",
            osw_page_link(p, "offers", "by", osw_figures_ways[i].by), "name",
            osw_page_say(p, osw_figures_ways[i].name), "id",
            osw_figures_ways[i].key, "here", i == which));
    }

    section = osw_table_section(p, osw_figures_ways[which].key);

    if (which < OSW_FIGURES_NO_WAY) {
        (void) osw_table(p, section, osw_figures_ways[which].table);
    }

    (void) json_object_set_new(section, "ways", json_pack("{s:o}", "list",
                                                          ways));
}


void
osw_figures_offers(osw_page_t *p)
{
    size_t  which = osw_figures_way(p);

    osw_figures_page(p, "offers", "nav_offers");
    osw_sums(p, "offer_way", "way TEXT, currency TEXT, offers TEXT,"
        " offer TEXT, took INTEGER, n INTEGER, of_7 INTEGER, alive_7 INTEGER,"
        " of_30 INTEGER, alive_30 INTEGER, given INTEGER, kept INTEGER", 5,
        osw_figures_ways[which].rows);
    (void) osw_table(p, osw_table_section(p, "offers_taken"),
        "SELECT value AS 'offer:t', sum(n) AS 'shown:n',"
        OSW_TOOK("n") " AS 'taken:r', sum(n) AS 'n:_'"
        " FROM offer_way, json_each(offer_way.offers)"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    (void) osw_table(p, osw_table_section(p, "offers_alive"),
        "SELECT offer AS 'offer:t', count(*) AS 'accepted:n',"
        OSW_ALIVE("7", "decided") "," OSW_ALIVE("30", "decided")
        " FROM orders WHERE decided >= ?1 AND decided < ?2"
        " AND offer NOT NULL AND outcome <> 'declined'"
        " GROUP BY 1 ORDER BY 2 DESC, 1");
    osw_sums(p, "offer_money",
             "offer TEXT, currency TEXT," OSW_FIGURES_MONEY_COLUMNS, 2,
             "SELECT offer, coalesce(currency, '-')," OSW_FIGURES_MONEY_ROWS);
    (void) osw_table(p, osw_table_section(p, "offers_money"),
        "SELECT offer AS 'offer:t', currency AS 'currency:c',"
        OSW_FIGURES_MONEY " FROM offer_money ORDER BY 1, 2");
    osw_figures_by(p, which);
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

/*
 * osw_console_stock: see osw_console_stock.h.
 *
 * What is left is what lies in stock and in shards; what pages have set apart
 * is not counted. Who takes from the pools of messages is not known here: those
 * have no day.
 */

#include <stdlib.h>

#include "worker/console/osw_console_stock.h"
#include "worker/console/osw_console_table.h"
#include "worker/osw_pools.h"


#define OSW_STOCK_MOST  64          /* of one store */
#define OSW_STOCK_DAYS  14


static void
osw_stock_ask_one(osw_page_t *p, const osw_store_t *store, unsigned shard,
    const osw_pool_name_t *pool, const char *name)
{
    json_t  *of = json_pack("[s%, s%]", store->name.data, store->name.len,
                            pool->name.data, pool->name.len);

    if (pool->currency.len) {
        (void) json_array_append_new(of, os_json_new_str(pool->currency));
    }

    (void) json_array_append_new(p->asks, json_pack(
        "{s:i, s:[s, s], s:o}", "shard", (int) shard, "command",
        pool->currency.len ? "GET" : "LLEN", name, "of", of));
}


void
osw_stock_ask(osw_page_t *p)
{
    size_t           s, i, n;
    unsigned         shard;
    osw_pool_name_t  pool[OSW_STOCK_MOST];

    for (s = 0; s < p->w->config->nstores; s++) {
        const osw_store_t  *store = &p->w->config->store[s];

        n = osw_pools(store, pool, OSW_STOCK_MOST);

        for (i = 0; i < n; i++) {
            int  money = pool[i].currency.len > 0;

            osw_stock_ask_one(p, store, 0, &pool[i],
                              money ? "@stockbudget" : "@stock");

            for (shard = 0; shard < p->w->config->space.shards; shard++) {
                osw_stock_ask_one(p, store, shard, &pool[i],
                                  money ? "@budget" : "@pool");
            }
        }
    }
}


/* How much was given out of it, of late; -1: that is not known. */
static int64_t
osw_stock_used(osw_page_t *p, const osw_store_t *store,
    const osw_pool_name_t *pool)
{
    size_t         i;
    int64_t        used = -1;
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(osw_base_handle(p->base),
            "SELECT count(*), coalesce(sum(promised), 0) FROM orders"
            " WHERE decided >= ?1 AND outcome = 'accepted' AND offer = ?2"
            " AND +name >= ?3 || '/' AND +name < ?3 || '0'"
            " AND (?4 IS NULL OR currency = ?4)", -1, &s, NULL) != SQLITE_OK)
    {
        return -1;
    }

    for (i = 0; i < store->campaign->noffers; i++) {
        const os_offer_t  *offer = &store->campaign->offers[i];

        if (!os_str_equal(pool->currency.len ? offer->id : offer->pool,
                          pool->name))
        {
            continue;
        }

        (void) sqlite3_bind_int64(s, 1, p->now - OSW_STOCK_DAYS * 86400);
        (void) sqlite3_bind_text(s, 2, offer->id.data, (int) offer->id.len,
                                 SQLITE_TRANSIENT);
        (void) sqlite3_bind_text(s, 3, store->name.data,
                                 (int) store->name.len, SQLITE_TRANSIENT);

        if (pool->currency.len) {
            (void) sqlite3_bind_text(s, 4, pool->currency.data,
                                     (int) pool->currency.len,
                                     SQLITE_TRANSIENT);
        }

        if (sqlite3_step(s) == SQLITE_ROW) {
            used = (used < 0 ? 0 : used)
                   + sqlite3_column_int64(s, pool->currency.len ? 1 : 0);
        }

        (void) sqlite3_reset(s);
    }

    (void) sqlite3_finalize(s);

    return used;
}


static json_t *
osw_stock_amount(const osw_page_t *p, const osw_pool_name_t *pool, int64_t n)
{
    return pool->currency.len ? osw_page_money(p, n, pool->currency)
                              : osw_page_integer(p, n);
}


static void
osw_stock_row(osw_page_t *p, json_t *section, const osw_store_t *store,
    const osw_pool_name_t *pool, int64_t left)
{
    json_t   *cells[4];
    int64_t   used = osw_stock_used(p, store, pool), days;
    os_buf_t  name = { 0 };

    os_buf_str(&name, store->name);
    os_buf_char(&name, '/');
    os_buf_str(&name, pool->name);
    cells[0] = os_json_new_str(os_buf_view(&name));
    cells[1] = osw_stock_amount(p, pool, left);
    cells[2] = used < 0 ? NULL : osw_stock_amount(p, pool, used);
    days = used > 0 ? left * OSW_STOCK_DAYS / used : 0;
    cells[3] = left == 0 ? osw_page_say(p, "stock_empty")
               : used > 0 && days < 3650
               ? osw_page_date(p, osw_days_of(osw_base_days(p->base), p->now)
                                  + days)
               : NULL;
    osw_table_row(section, "tnnn", cells, 4);
    os_buf_free(&name);
}


/* The next asks' sum; `at` moves on. */
static int64_t
osw_stock_sum(const osw_page_t *p, size_t *at)
{
    size_t         i;
    int64_t        sum = 0;
    const json_t  *reply;

    for (i = 0; i <= p->w->config->space.shards; i++) {
        reply = json_object_get(json_array_get(p->asks, (*at)++), "reply");
        sum += json_is_integer(reply) ? json_integer_value(reply)
               : json_is_string(reply)
                 ? strtoll(json_string_value(reply), NULL, 10) : 0;
    }

    return sum;
}


void
osw_stock_finish(osw_page_t *p)
{
    size_t           s, i, n, at = 0;
    json_t          *section = NULL;
    osw_pool_name_t  pool[OSW_STOCK_MOST];

    static const char *const  names[] = { "stock:t", "left_over:n", "used:n",
                                          "empty_by:n" };

    if (json_object_get(p->view, "unanswered")
        || json_array_size(p->asks) == 0)
    {
        return;
    }

    section = osw_table_section(p, "stock_left");
    osw_table_head(p, section, names, 4);

    for (s = 0; s < p->w->config->nstores; s++) {
        const osw_store_t  *store = &p->w->config->store[s];

        n = osw_pools(store, pool, OSW_STOCK_MOST);

        for (i = 0; i < n; i++) {
            osw_stock_row(p, section, store, &pool[i], osw_stock_sum(p, &at));
        }
    }
}

/*
 * osw_pull_take: see osw_pull_take.h.
 */

#include "core/order/os_products.h"
#include "core/view/os_catalog.h"
#include "worker/take/osw_catalog.h"
#include "worker/take/osw_pull_take.h"


#define OSW_PULL_ID  64                 /* bytes, as of a feed */


/* Met, whatever became of it. */
static void
osw_pull_met(osw_pull_t *p, os_str_t id)
{
    unsigned       shard;
    os_command_t  *cmd;

    if (!osw_pull_whole(p) || p->missed || id.len == 0) {
        return;
    }

    shard = os_space_shard(&p->w->config->space, p->store->name, id, OS_NULL);
    cmd = osw_pull_command(p, shard, "SADD", 3, "pulled", osw_pull_reply);
    os_command_add(cmd, id);
    osw_pull_send(p, cmd);
}


/* A price without a currency is none; the product is one all the same. */
static void
osw_pull_currency(osw_pull_t *p, json_t *record, os_str_t currency)
{
    currency = currency.len ? currency
               : os_json_str(p->store->pull.how, "currency");
    currency = currency.len ? currency : os_json_str(p->run, "currency");

    if (os_json_str(record, "currency").len) {
        return;
    }

    if (currency.len) {
        os_json_set_str(record, "currency", currency);

    } else {
        (void) json_object_del(record, "price");
        (void) json_object_del(record, "sale_price");
    }
}


static void
osw_pull_bad(osw_pull_t *p, os_str_t id, const char *why)
{
    os_json_set_int(p->run, "bad", os_json_int(p->run, "bad", 0) + 1);

    if (!p->told) {
        p->told = 1;
        osw_pull_log(p, OSW_WARN, "product %.*s is passed over: %s",
                     (int) id.len, id.data ? id.data : "", why);
    }
}


static void
osw_pull_put(osw_pull_t *p, json_t *product)
{
    os_json_set_int(p->run, "taken", os_json_int(p->run, "taken", 0) + 1);
    p->pending++;
    osw_catalog_put(p->w, p->store->name, product, osw_pull_wrote, p);
    json_decref(product);
}


/* Of those that are asked for by their ids it is one, and not missed. */
static void
osw_pull_there(osw_pull_t *p, os_str_t id, int gone)
{
    if (json_object_getn(p->missed, id.data ? id.data : "", id.len)) {
        p->known = 1;

        if (!gone) {
            (void) json_object_deln(p->missed, id.data, id.len);
        }
    }
}


/* A product goes by the id that it is kept under, if it is one. */
static void
osw_pull_record(osw_pull_t *p, json_t *record, os_str_t currency)
{
    int          gone = os_json_bool(record, "gone");
    json_t      *product = NULL;
    os_str_t     id = os_json_str(record, "id");
    os_error_t   err;

    if (id.len > OSW_PULL_ID) {
        osw_pull_bad(p, OS_NULL, "its id is too long");
        return;
    }

    if (!gone) {
        osw_pull_currency(p, record, currency);
        product = os_catalog_product(p->store->campaign, record, &err);
        id = product ? os_json_str(product, "id") : id;
    }

    osw_pull_met(p, id);
    osw_pull_there(p, id, gone);

    if (product) {
        osw_pull_put(p, product);

    } else if (!gone) {
        osw_pull_bad(p, id, err.text);

    } else if (id.len) {
        p->pending++;
        osw_catalog_drop(p->w, p->store->name, id, osw_pull_wrote, p);
    }
}


void
osw_pull_take(osw_pull_t *p, const json_t *list, const json_t *raws,
    os_str_t currency)
{
    size_t   i, n;
    json_t  *raw, *record, *records;

    json_array_foreach(raws, i, raw) {
        records = os_products_records(p->store->pull.catalog,
                                      p->store->pull.words,
                                      os_json_str(list, "as"), raw);

        json_array_foreach(records, n, record) {
            osw_pull_record(p, record, currency);
        }

        json_decref(records);
    }
}

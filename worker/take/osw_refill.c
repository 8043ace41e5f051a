/*
 * osw_refill: see osw_refill.h.
 *
 * A transfer is three scripts: set apart in shard 0 under a new id, enter in
 * the other shard unless that id was entered last, forget what was set apart.
 * Back goes the same way: what a lowered budget has too much of, and the rest
 * of all shards when one of them calls for it.
 * After a crash the next one begins by finding what was set apart, under its
 * old id: nothing is lost and nothing entered twice. The shard's side is fenced
 * by its lease.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "redis/os_script_shop.h"
#include "redis/os_script_work.h"
#include "worker/osw_queue.h"
#include "worker/take/osw_refill.h"


#define OSW_CODES_MOST   64
#define OSW_BUDGET_LEAST 1000   /* minor units in one transfer */
#define OSW_BUDGET_ALL   INT64_C(9000000000000)


typedef struct {
    osw_t     *w;
    unsigned   shard;
    unsigned   money:1;         /* a budget; else a pool of codes */
    unsigned   back:1;          /* to the stock */
    os_str_t   store;           /* borrowed from the configuration */
    os_str_t   name;            /* pool or offer */
    os_str_t   currency;        /* OS_NULL for a pool */
    int64_t    most;            /* to be taken at once */
    int64_t    epoch;           /* under which it was begun */
    char       id[24];
} osw_transfer_t;


static void
osw_transfer_key(const osw_transfer_t *t, os_command_t *cmd, const char *pool,
    const char *budget)
{
    osw_command_key(t->w, cmd, t->money ? budget : pool, t->store, t->name,
                    t->currency);
}


/* move:STORE/POOL/SHARD, in shard 0. */
static void
osw_transfer_move_key(const osw_transfer_t *t, os_command_t *cmd)
{
    char      shard[16];
    os_buf_t  name;

    snprintf(shard, sizeof(shard), "%u", t->shard);
    name = (os_buf_t) { 0 };
    os_buf_str(&name, t->name);

    if (t->money) {
        os_buf_char(&name, '/');
        os_buf_str(&name, t->currency);
    }

    osw_command_key(t->w, cmd, "move", t->store, os_buf_view(&name),
                    os_str(shard));
    os_buf_free(&name);
}


static void
osw_transfer_cleared(os_command_t *cmd, redisReply *reply)
{
    (void) reply;
    free(cmd->data);
}


/* It has arrived: what was set apart for it is forgotten where it was. */
static void
osw_transfer_clear(osw_transfer_t *t, unsigned shard)
{
    os_command_t  *cmd;

    cmd = os_command_new(shard, osw_transfer_cleared, t);
    os_command_script(cmd, &os_script_clear, 1, 1);

    if (t->back) {
        osw_transfer_key(t, cmd, "back", "back");

    } else {
        osw_transfer_move_key(t, cmd);
    }

    os_command_add(cmd, os_str(t->id));
    osw_redis_send(t->w->redis, cmd);
}


static void
osw_transfer_given(os_command_t *cmd, redisReply *reply)
{
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_int(reply, -1) < 0) {
        free(t);

    } else {
        osw_transfer_clear(t, 0);
    }
}


/* The id under which it was set apart, now or before a crash. */
static int
osw_transfer_named(osw_transfer_t *t, const redisReply *reply)
{
    os_str_t  id;

    if (osw_reply_failed(reply) || reply->elements < 2) {
        return -1;
    }

    id = osw_reply_str(reply->element[0]);
    snprintf(t->id, sizeof(t->id), "%.*s", (int) id.len, id.data);

    return 0;
}


static void
osw_transfer_taken(os_command_t *cmd, redisReply *reply)
{
    size_t           i;
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_transfer_named(t, reply) != 0) {
        free(t);
        return;
    }

    cmd = os_command_new(t->shard, osw_transfer_given, t);
    os_command_script(cmd, t->money ? &os_script_budget_give
                                    : &os_script_give,
                      3, 2 + (unsigned) reply->elements);
    osw_command_key(t->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_transfer_key(t, cmd, "pool", "budget");
    osw_transfer_key(t, cmd, "moved", "moved");
    os_command_add(cmd, os_str(t->w->id));
    os_command_add_int(cmd, t->epoch);

    for (i = 0; i < reply->elements; i++) {
        os_command_add(cmd, osw_reply_str(reply->element[i]));
    }

    cmd->confirm = 1;
    osw_redis_send(t->w->redis, cmd);
}


static void
osw_transfer_take(osw_transfer_t *t)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, osw_transfer_taken, t);
    os_command_script(cmd, t->money ? &os_script_budget_take
                                    : &os_script_take, 2, 2);
    osw_transfer_key(t, cmd, "stock", "stockbudget");
    osw_transfer_move_key(t, cmd);
    os_command_add_int(cmd, t->most);
    os_command_add(cmd, os_str(t->id));
    cmd->confirm = 1;
    osw_redis_send(t->w->redis, cmd);
}


static void
osw_transfer_looked(os_command_t *cmd, redisReply *reply)
{
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_failed(reply) || osw_reply_int(reply, 0) >= t->most) {
        free(t);
        return;
    }

    osw_transfer_take(t);
}


static osw_transfer_t *
osw_transfer_new(const osw_transfer_t *like, unsigned shard)
{
    uint64_t         random;
    osw_transfer_t  *t;

    t = malloc(sizeof(osw_transfer_t));

    if (t == NULL || os_random(&random, sizeof(random)) != 0) {
        free(t);
        return NULL;
    }

    *t = *like;
    t->shard = shard;
    t->epoch = t->w->shard[shard].epoch;
    snprintf(t->id, sizeof(t->id), "%016llx", (unsigned long long) random);

    return t;
}


static void
osw_back_entered(os_command_t *cmd, redisReply *reply)
{
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_failed(reply)) {
        free(t);

    } else {
        osw_transfer_clear(t, t->shard);
    }
}


static void
osw_back_taken(os_command_t *cmd, redisReply *reply)
{
    size_t           i;
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_transfer_named(t, reply) != 0) {
        free(t);
        return;
    }

    cmd = os_command_new(0, osw_back_entered, t);
    os_command_script(cmd, t->money ? &os_script_budget_in : &os_script_in, 2,
                      (unsigned) reply->elements - 1);
    osw_transfer_key(t, cmd, "stock", "stockbudget");
    osw_command_key(t->w, cmd, "back", t->store, t->name, os_str(t->id));

    for (i = 1; i < reply->elements; i++) {
        os_command_add(cmd, osw_reply_str(reply->element[i]));
    }

    cmd->confirm = 1;
    osw_redis_send(t->w->redis, cmd);
}


/*
 * What this shard has goes back to the stock: so much at most, with 0 only what
 * an owner before us had set apart.
 */
static void
osw_transfer_back(const osw_transfer_t *like, unsigned shard, int64_t most)
{
    os_command_t    *cmd;
    osw_transfer_t  *t;

    t = osw_transfer_new(like, shard);

    if (t == NULL) {
        return;
    }

    t->back = 1;
    cmd = os_command_new(shard, osw_back_taken, t);
    os_command_script(cmd, t->money ? &os_script_budget_back
                                    : &os_script_back, 3, 4);
    osw_command_key(t->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_transfer_key(t, cmd, "pool", "budget");
    osw_transfer_key(t, cmd, "back", "back");
    os_command_add(cmd, os_str(t->w->id));
    os_command_add_int(cmd, t->epoch);
    os_command_add(cmd, os_str(t->id));
    os_command_add_int(cmd, most);
    cmd->confirm = 1;
    osw_redis_send(t->w->redis, cmd);
}


/* How much one of our shards has; `looked` gets the transfer. */
static void
osw_transfer_look(const osw_transfer_t *like, unsigned shard,
    os_reply_pt looked)
{
    os_command_t    *cmd;
    osw_transfer_t  *t;

    t = osw_transfer_new(like, shard);

    if (t == NULL) {
        return;
    }

    cmd = os_command_new(shard, looked, t);
    os_command_words(cmd, 2);
    os_command_add(cmd, t->money ? OS_STR("GET") : OS_STR("LLEN"));
    osw_transfer_key(t, cmd, "pool", "budget");
    osw_redis_send(t->w->redis, cmd);
}


/* What the stock has says how much a shard gets at once. */
static void
osw_stock_reply(os_command_t *cmd, redisReply *reply)
{
    osw_t           *w;
    int64_t          left, part;
    unsigned         i;
    osw_transfer_t  *t;

    t = cmd->data;
    w = t->w;
    left = osw_reply_int(reply, 0);
    part = left / (2 * (int64_t) w->config->space.shards);

    if (t->money) {
        part = part < OSW_BUDGET_LEAST ? OSW_BUDGET_LEAST : part;

    } else {
        part = part < 1 ? 1 : part > OSW_CODES_MOST ? OSW_CODES_MOST : part;
    }

    t->most = part;

    /* an empty stock may still have set something apart before a crash */
    for (i = 0; i < w->config->space.shards; i++) {
        if (w->shard[i].epoch == 0 || osw_reply_failed(reply)) {
            continue;
        }

        if (left < 0 || osw_queue_late(&w->shard[i])) {
            osw_transfer_back(t, i, left < 0 ? -left : 0);
        }

        if (left >= 0) {
            osw_transfer_look(t, i, osw_transfer_looked);
        }
    }

    free(t);
}


static void
osw_transfer_of(osw_transfer_t *t, osw_t *w, const osw_store_t *store,
    os_str_t name, os_str_t currency)
{
    t->w = w;
    t->store = store->name;
    t->name = name;
    t->currency = currency;
    t->money = currency.len > 0;
}


/* A call's field is STORE/NAME/CURRENCY/SHARD. */
static void
osw_call_name(os_str_t store, os_str_t name, os_str_t currency, os_buf_t *out)
{
    os_buf_str(out, store);
    os_buf_char(out, '/');
    os_buf_str(out, name);
    os_buf_char(out, '/');
    os_buf_str(out, currency);
    os_buf_char(out, '/');
}


static int
osw_called(const osw_t *w, os_str_t store, os_str_t name, os_str_t currency)
{
    int          called = 0;
    json_t      *call;
    os_buf_t     text = { 0 };
    const char  *field;

    osw_call_name(store, name, currency, &text);

    json_object_foreach(w->calls, field, call) {
        called |= os_str_starts(os_str(field), os_buf_view(&text));
    }

    os_buf_free(&text);

    return called;
}


static void
osw_stock_look(osw_t *w, osw_store_t *store, os_str_t name, os_str_t currency)
{
    os_command_t    *cmd;
    osw_transfer_t  *t;

    /* what one shard is called for is not handed out to others */

    if (osw_called(w, store->name, name, currency)) {
        return;
    }

    t = calloc(1, sizeof(osw_transfer_t));
    if (t == NULL) {
        return;
    }

    osw_transfer_of(t, w, store, name, currency);

    cmd = os_command_new(0, osw_stock_reply, t);
    os_command_words(cmd, 2);
    os_command_add(cmd, t->money ? OS_STR("GET") : OS_STR("LLEN"));
    osw_transfer_key(t, cmd, "stock", "stockbudget");
    osw_redis_send(w->redis, cmd);
}


/* The campaign's sum goes into the stock once; a changed one by its change. */
static void
osw_budget_set(osw_t *w, osw_store_t *store, os_str_t offer,
    const os_amount_t *sum)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, os_reply_ignored, NULL);
    os_command_script(cmd, &os_script_budget_set, 2, 1);
    osw_command_key(w, cmd, "stockbudget", store->name, offer, sum->currency);
    osw_command_key(w, cmd, "budgetset", store->name, offer, sum->currency);
    os_command_add_int(cmd, sum->minor);
    osw_redis_send(w->redis, cmd);
}


static void
osw_refill_offer(osw_t *w, osw_store_t *store, const os_offer_t *offer)
{
    if (offer->pool.len) {
        osw_stock_look(w, store, offer->pool, OS_NULL);
    }

    for (size_t i = 0; i < offer->budget.n; i++) {
        osw_budget_set(w, store, offer->id, &offer->budget.of[i]);
        osw_stock_look(w, store, offer->id, offer->budget.of[i].currency);
    }
}


/* What pages held in our shards goes back when their tokens are no good. */
static void
osw_unhold(osw_t *w)
{
    unsigned       i;
    os_command_t  *cmd;

    for (i = 0; i < w->config->space.shards; i++) {
        if (w->shard[i].epoch == 0) {
            continue;
        }

        cmd = os_command_new(i, os_reply_ignored, NULL);
        os_command_script(cmd, &os_script_unhold, 1, 0);
        osw_command_key(w, cmd, "holds", OS_NULL, OS_NULL, OS_NULL);
        osw_redis_send(w->redis, cmd);
    }
}


void
osw_refill_tick(osw_t *w)
{
    size_t        i, n;
    osw_store_t  *store;

    osw_unhold(w);

    for (i = 0; i < w->config->nstores; i++) {
        store = &w->config->store[i];

        for (n = 0; n < store->campaign->noffers; n++) {
            osw_refill_offer(w, store, &store->campaign->offers[n]);
        }
    }
}


/* The shard has what it was called for: the call is over. */
static void
osw_call_over(osw_transfer_t *t)
{
    char           shard[16];
    os_buf_t       field = { 0 };
    os_command_t  *cmd;

    snprintf(shard, sizeof(shard), "%u", t->shard);
    osw_call_name(t->store, t->name, t->currency, &field);
    os_buf_text(&field, shard);

    cmd = os_command_new(0, osw_transfer_cleared, t);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("HDEL"));
    osw_command_key(t->w, cmd, "calls", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&field));
    os_buf_free(&field);
    osw_redis_send(t->w->redis, cmd);
}


/* `most` is what is wanted there. */
static void
osw_call_looked(os_command_t *cmd, redisReply *reply)
{
    int64_t          have;
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_failed(reply)) {
        free(t);
        return;
    }

    have = osw_reply_int(reply, 0);

    if (have >= t->most) {
        osw_call_over(t);

    } else {
        t->most -= have;
        osw_transfer_take(t);
    }
}


/* Heard once by each of our shards, and each time by the one that calls. */
static void
osw_call_hear(const osw_transfer_t *like, const char *field, const char *value)
{
    osw_t     *w;
    unsigned   i;

    w = like->w;

    if (w->shard[like->shard].epoch) {
        osw_transfer_look(like, like->shard, osw_call_looked);
    }

    if (os_str_equal(os_json_str(w->brought, field), os_str(value))) {
        return;
    }

    os_json_set_str(w->brought, field, os_str(value));

    for (i = 0; i < w->config->space.shards; i++) {
        if (i != like->shard && w->shard[i].epoch) {
            osw_transfer_back(like, i, like->money ? OSW_BUDGET_ALL
                                                   : OSW_CODES_MOST);
        }
    }
}


/* An offer that takes from what is called for, of a store of ours. */
static void
osw_call_read(osw_t *w, const char *field, const char *value)
{
    size_t           i, n, k;
    char            *end;
    os_buf_t         text = { 0 };
    os_str_t         name, currency;
    osw_transfer_t   t;
    osw_store_t     *store;
    const os_offer_t  *offer;

    for (i = 0; i < w->config->nstores; i++) {
        store = &w->config->store[i];

        for (n = 0; n < store->campaign->noffers; n++) {
            offer = &store->campaign->offers[n];

            for (k = 0; k <= offer->budget.n; k++) {
                name = k ? offer->id : offer->pool;
                currency = k ? offer->budget.of[k - 1].currency : OS_NULL;
                text.len = 0;
                osw_call_name(store->name, name, currency, &text);

                if (name.len == 0
                    || !os_str_starts(os_str(field), os_buf_view(&text)))
                {
                    continue;
                }

                memset(&t, 0, sizeof(t));
                osw_transfer_of(&t, w, store, name, currency);
                t.shard = (unsigned) strtoul(field + text.len, &end, 10);
                t.most = strtoll(value, NULL, 10);

                if (*end == '\0' && t.shard < w->config->space.shards) {
                    osw_call_hear(&t, field, value);
                }

                os_buf_free(&text);
                return;
            }
        }
    }

    os_buf_free(&text);
}


/* {field: "MOST WHEN"} of those that are heard. */
static void
osw_calls_reply(os_command_t *cmd, redisReply *reply)
{
    size_t       i;
    osw_t       *w;
    json_t      *call;
    os_str_t     value;
    const char  *field, *when;

    w = cmd->data;
    json_decref(w->calls);
    w->calls = json_object();

    if (osw_reply_failed(reply)) {
        return;
    }

    for (i = 0; i + 1 < reply->elements; i += 2) {
        value = osw_reply_str(reply->element[i + 1]);
        when = value.len ? strchr(value.data, ' ') : NULL;

        if (when && osw_now_ms(w) - strtoll(when, NULL, 10) < OS_CALL_MS) {
            os_json_set_str(w->calls, osw_reply_str(reply->element[i]).data,
                            value);
        }
    }

    if (json_object_size(w->calls) == 0) {
        (void) json_object_clear(w->brought);
    }

    json_object_foreach(w->calls, field, call) {
        osw_call_read(w, field, json_string_value(call));
    }
}


void
osw_refill_gained(osw_t *w)
{
    (void) json_object_clear(w->brought);
}


void
osw_refill_calls(osw_t *w)
{
    os_command_t  *cmd;

    if (w->brought == NULL) {
        w->brought = json_object();
    }

    cmd = os_command_new(0, osw_calls_reply, w);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("HGETALL"));
    osw_command_key(w, cmd, "calls", OS_NULL, OS_NULL, OS_NULL);
    osw_redis_send(w->redis, cmd);
}

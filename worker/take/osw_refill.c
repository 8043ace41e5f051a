/*
 * osw_refill: see osw_refill.h.
 *
 * A transfer is three scripts: set apart in shard 0 under a new id, enter in
 * the other shard unless that id was entered last, forget what was set apart.
 * After a crash the next one begins by finding what was set apart, under its
 * old id: nothing is lost and nothing entered twice. The shard's side is fenced
 * by its lease.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "worker/osw_queue.h"
#include "worker/take/osw_refill.h"


#define OSW_CODES_MOST   64
#define OSW_BUDGET_LEAST 1000   /* minor units in one transfer */


typedef struct {
    osw_t     *w;
    unsigned   shard;
    unsigned   money:1;         /* a budget; else a pool of codes */
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


static void
osw_transfer_given(os_command_t *cmd, redisReply *reply)
{
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_int(reply, -1) < 0) {
        free(t);
        return;
    }

    cmd = os_command_new(0, osw_transfer_cleared, t);
    os_command_script(cmd, &os_script_clear, 1, 1);
    osw_transfer_move_key(t, cmd);
    os_command_add(cmd, os_str(t->id));
    osw_redis_send(t->w->redis, cmd);
}


static void
osw_transfer_taken(os_command_t *cmd, redisReply *reply)
{
    size_t           i;
    os_str_t         id;
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_failed(reply) || reply->elements < 2) {
        free(t);
        return;
    }

    id = osw_reply_str(reply->element[0]);
    snprintf(t->id, sizeof(t->id), "%.*s", (int) id.len, id.data);

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
osw_transfer_looked(os_command_t *cmd, redisReply *reply)
{
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_failed(reply) || osw_reply_int(reply, 0) >= t->most) {
        free(t);
        return;
    }

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
        return;
    }

    cmd = os_command_new(t->shard, osw_transfer_cleared, t);
    os_command_script(cmd, &os_script_clear, 1, 1);
    osw_transfer_key(t, cmd, "back", "back");
    os_command_add(cmd, os_str(t->id));
    osw_redis_send(t->w->redis, cmd);
}


static void
osw_back_taken(os_command_t *cmd, redisReply *reply)
{
    os_str_t         id;
    osw_transfer_t  *t;

    t = cmd->data;

    if (osw_reply_failed(reply) || reply->elements != 2) {
        free(t);
        return;
    }

    id = osw_reply_str(reply->element[0]);
    snprintf(t->id, sizeof(t->id), "%.*s", (int) id.len, id.data);

    cmd = os_command_new(0, osw_back_entered, t);
    os_command_script(cmd, &os_script_budget_in, 2, 1);
    osw_transfer_key(t, cmd, "stockbudget", "stockbudget");
    osw_command_key(t->w, cmd, "back", t->store, t->name, os_str(t->id));
    os_command_add(cmd, osw_reply_str(reply->element[1]));
    cmd->confirm = 1;
    osw_redis_send(t->w->redis, cmd);
}


/*
 * The budget was lowered: what this shard has of it goes back. With 0 only what
 * an owner before us had set apart for it.
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

    cmd = os_command_new(shard, osw_back_taken, t);
    os_command_script(cmd, &os_script_budget_back, 3, 4);
    osw_command_key(t->w, cmd, "lease", OS_NULL, OS_NULL, OS_NULL);
    osw_transfer_key(t, cmd, "budget", "budget");
    osw_transfer_key(t, cmd, "back", "back");
    os_command_add(cmd, os_str(t->w->id));
    os_command_add_int(cmd, t->epoch);
    os_command_add(cmd, os_str(t->id));
    os_command_add_int(cmd, most);
    cmd->confirm = 1;
    osw_redis_send(t->w->redis, cmd);
}


/* How much one of our shards has. */
static void
osw_transfer_look(const osw_transfer_t *like, unsigned shard)
{
    os_command_t    *cmd;
    osw_transfer_t  *t;

    t = osw_transfer_new(like, shard);

    if (t == NULL) {
        return;
    }

    cmd = os_command_new(shard, osw_transfer_looked, t);
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

        if (t->money && (left < 0 || osw_queue_late(&w->shard[i]))) {
            osw_transfer_back(t, i, left < 0 ? -left : 0);
        }

        if (left >= 0) {
            osw_transfer_look(t, i);
        }
    }

    free(t);
}


static void
osw_stock_look(osw_t *w, osw_store_t *store, os_str_t name, os_str_t currency)
{
    os_command_t    *cmd;
    osw_transfer_t  *t;

    t = calloc(1, sizeof(osw_transfer_t));
    if (t == NULL) {
        return;
    }

    t->w = w;
    t->store = store->name;
    t->name = name;
    t->currency = currency;
    t->money = currency.len > 0;

    cmd = os_command_new(0, osw_stock_reply, t);
    os_command_words(cmd, 2);
    os_command_add(cmd, t->money ? OS_STR("GET") : OS_STR("LLEN"));
    osw_transfer_key(t, cmd, "stock", "stockbudget");
    osw_redis_send(w->redis, cmd);
}


static void
osw_budget_set_reply(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;
}


/* The campaign's sum goes into the stock once; a changed one by its change. */
static void
osw_budget_set(osw_t *w, osw_store_t *store, os_str_t offer,
    const os_amount_t *sum)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, osw_budget_set_reply, NULL);
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


void
osw_refill_tick(osw_t *w)
{
    size_t        i, n;
    osw_store_t  *store;

    for (i = 0; i < w->config->nstores; i++) {
        store = &w->config->store[i];

        for (n = 0; n < store->campaign->noffers; n++) {
            osw_refill_offer(w, store, &store->campaign->offers[n]);
        }
    }
}

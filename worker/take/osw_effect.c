/*
 * osw_effect: see osw_effect.h. One run counts what is out and calls back when
 * the last answer is in.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_script_shop.h"
#include "redis/os_script_work.h"
#include "worker/send/osw_channel_watch.h"
#include "worker/take/osw_effect.h"
#include "worker/take/osw_evidence.h"
#include "worker/take/osw_find.h"
#include "worker/take/osw_withdraw.h"
#include "worker/render/osw_recommend.h"


#define OSW_TRANSIT_KEEP  (400 * 86400)     /* s: a year's seasons */
#define OSW_ASKED_KEEP    (30 * 86400)
#define OSW_ASKED_MOST    10        /* of a customer's; a till has many */
#define OSW_USED_MOST     10
#define OSW_BUYER_MOST    10000     /* ordersavectl erase knows it as well */
#define OSW_CODES_MOST    5         /* of an order that are looked up */
#define OSW_TRACKING_MOST "5"       /* orders that are in one parcel */


typedef struct {
    osw_t          *w;
    osw_effect_pt   done;
    void           *data;
    size_t          pending;
    unsigned        failed:1;
} osw_run_t;

/* Events that waited for a name, on their way to the order. */
typedef struct {
    osw_run_t      *run;
    json_t         *effect;
    size_t          pending;
    unsigned        failed:1;
} osw_waiting_t;

/* One effect that waits for the customer's index. */
typedef struct {
    osw_run_t      *run;
    json_t         *effect;
} osw_notice_t;


static void
osw_run_end(osw_run_t *run, int failed)
{
    if (failed) {
        run->failed = 1;
    }

    if (--run->pending == 0) {
        run->done(run->data, !run->failed);
        free(run);
    }
}


static void
osw_effect_reply(os_command_t *cmd, redisReply *reply)
{
    osw_run_end(cmd->data, osw_reply_failed(reply));
}


static void
osw_effect_send(osw_run_t *run, os_command_t *cmd)
{
    run->pending++;
    cmd->confirm = 1;
    osw_redis_send(run->w->redis, cmd);
}


/* The event that an order gets because of another one of the customer. */
static json_t *
osw_notice_event(const json_t *effect, os_str_t by, int64_t placed)
{
    int        used, back;
    json_t    *event;
    int64_t    at;
    os_buf_t   id;

    id = (os_buf_t) { 0 };
    used = os_str_equal(os_json_str(effect, "effect"), OS_STR("used"));
    back = os_json_bool(effect, "back");
    at = used ? os_json_int(effect, "at", 0) : placed;

    os_buf_text(&id, !used ? "reordered/" : back ? "back/" : "used/");
    os_buf_str(&id, by);

    event = json_object();
    os_json_set_str(event, "id", os_buf_view(&id));
    os_json_set_str(event, "kind", used ? OS_STR("used")
                                        : OS_STR("reordered"));
    os_json_set_int(event, "at_ms", at * 1000);
    os_buf_free(&id);

    if (!used) {
        os_json_set_str(event, "by", by);
        return event;
    }

    os_json_set_str(event, "offer", os_json_str(effect, "offer"));
    os_json_set_int(event, "at", at);

    if (back) {
        (void) json_object_set_new(event, "back", json_true());
    }

    return event;
}


static void
osw_notice_send(osw_notice_t *notice, os_str_t to, os_str_t by, int64_t placed)
{
    json_t    *event;
    os_str_t   store;
    os_buf_t   name;

    store = os_json_str(notice->effect, "store");
    name = (os_buf_t) { 0 };
    os_buf_str(&name, store);
    os_buf_char(&name, '/');
    os_buf_str(&name, to);

    event = osw_notice_event(notice->effect, by, placed);
    os_json_set_str(event, "order", os_buf_view(&name));

    osw_effect_send(notice->run,
                    osw_event_add(notice->run->w, store, to, event,
                                  osw_effect_reply, notice->run));
    json_decref(event);
    os_buf_free(&name);
}


/*
 * The orders that hear of it. The effect "asked" looks the other way: it is
 * this order that hears of a newer one.
 */
static void
osw_notice_all(osw_notice_t *notice, const redisReply *reply)
{
    size_t         i;
    int64_t        placed;
    os_str_t       order, other;
    const json_t  *effect;

    effect = notice->effect;
    order = os_json_str(effect, "order");

    if (os_str_equal(os_json_str(effect, "effect"), OS_STR("asked"))) {
        for (i = 0; i + 1 < reply->elements; i += 2) {
            other = osw_reply_str(reply->element[i]);
            placed = osw_reply_int(reply->element[i + 1], 0);

            if (!os_str_equal(other, order)) {
                osw_notice_send(notice, order, other, placed);
                break;
            }
        }

        return;
    }

    for (i = 0; i < reply->elements; i++) {
        other = osw_reply_str(reply->element[i]);

        if (!os_str_equal(other, order)) {
            osw_notice_send(notice, other, order,
                            os_json_int(effect, "placed", 0));
        }
    }
}


static void
osw_index_reply(os_command_t *cmd, redisReply *reply)
{
    osw_run_t      *run;
    osw_notice_t   *notice;

    notice = cmd->data;
    run = notice->run;

    if (!osw_reply_failed(reply)
        && (os_json_bool(notice->effect, "notify")
            || !os_str_equal(os_json_str(notice->effect, "effect"),
                             OS_STR("buyer"))))
    {
        osw_notice_all(notice, reply);
    }

    json_decref(notice->effect);
    free(notice);
    osw_run_end(run, osw_reply_failed(reply));
}


/* Twice a record's time: names are entered again before half of it. */
static int64_t
osw_effect_keep(osw_run_t *run, os_str_t store)
{
    osw_store_t  *s;

    s = osw_config_store(run->w->config, store);

    return 2 * (s ? os_campaign_duration(s->campaign, "/keep", 90 * 86400)
                  : 90 * 86400);
}


static os_command_t *
osw_index_command(osw_run_t *run, const json_t *effect, os_reply_pt handler)
{
    osw_notice_t  *notice;

    notice = calloc(1, sizeof(osw_notice_t));

    if (notice == NULL) {
        run->failed = 1;
        return NULL;
    }

    notice->run = run;
    notice->effect = json_incref((json_t *) effect);

    return os_command_new(os_space_shard(&run->w->config->space,
                                         os_json_str(effect, "store"),
                                         os_json_str(effect, "customer"),
                                         OS_NULL),
                          handler, notice);
}


static void
osw_index_key(osw_run_t *run, os_command_t *cmd, const char *name,
    const json_t *effect)
{
    osw_command_key(run->w, cmd, name, os_json_str(effect, "store"),
                    os_json_str(effect, "customer"), OS_NULL);
}


/* "buyer" and "asked": both indexes, of all orders and of those with a wish. */
static void
osw_effect_index(osw_run_t *run, const json_t *effect, int asked)
{
    os_command_t  *cmd;

    cmd = osw_index_command(run, effect, osw_index_reply);

    if (cmd == NULL) {
        return;
    }

    os_command_script(cmd, asked ? &os_script_asked : &os_script_buyer, 2, 4);
    osw_index_key(run, cmd, "buyer", effect);
    osw_index_key(run, cmd, "asked", effect);
    os_command_add(cmd, os_json_str(effect, "order"));
    os_command_add_int(cmd, os_json_int(effect, asked ? "at" : "placed", 0));
    os_command_add_int(cmd, asked ? OSW_ASKED_KEEP
                            : osw_effect_keep(run, os_json_str(effect,
                                                               "store")));
    os_command_add_int(cmd, asked ? OSW_ASKED_MOST : OSW_BUYER_MOST);
    osw_effect_send(run, cmd);
}


/* An order that is not its customer's first is told so. */
static void
osw_before_reply(os_command_t *cmd, redisReply *reply)
{
    int64_t        n;
    json_t        *event;
    os_str_t       store, order;
    os_buf_t       name = { 0 };
    osw_notice_t  *notice = cmd->data;
    osw_run_t     *run = notice->run;

    n = osw_reply_int(reply, 0);
    store = os_json_str(notice->effect, "store");
    order = os_json_str(notice->effect, "order");

    if (!osw_reply_failed(reply) && n > 0) {
        os_buf_printf(&name, "%.*s/%.*s", (int) store.len, store.data,
                      (int) order.len, order.data);
        event = json_pack("{s:s, s:s, s:s, s:I}", "id", "before", "kind",
                          "before", "order", name.data, "n", (json_int_t) n);
        os_json_set_int(event, "at_ms", osw_now_ms(run->w));
        osw_effect_send(run, osw_event_add(run->w, store, order, event,
                                           osw_effect_reply, run));
        json_decref(event);
        os_buf_free(&name);
    }

    json_decref(notice->effect);
    free(notice);
    osw_run_end(run, osw_reply_failed(reply));
}


static void
osw_effect_before(osw_run_t *run, const json_t *effect)
{
    os_buf_t       placed = { 0 };
    os_command_t  *cmd;

    cmd = osw_index_command(run, effect, osw_before_reply);

    if (cmd == NULL) {
        return;
    }

    os_buf_printf(&placed, "(%lld",
                  (long long) os_json_int(effect, "placed", 0));

    os_command_words(cmd, 4);
    os_command_add(cmd, OS_STR("ZCOUNT"));
    osw_index_key(run, cmd, "buyer", effect);
    os_command_add(cmd, OS_STR("-inf"));
    os_command_add(cmd, os_buf_view(&placed));
    os_buf_free(&placed);
    osw_effect_send(run, cmd);
}


/* The newest of them: an older one finds the limit taken when it comes. */
static void
osw_effect_used(osw_run_t *run, const json_t *effect)
{
    os_command_t  *cmd;

    cmd = osw_index_command(run, effect, osw_index_reply);

    if (cmd == NULL) {
        return;
    }

    os_command_words(cmd, 4);
    os_command_add(cmd, OS_STR("ZREVRANGE"));
    osw_index_key(run, cmd, "buyer", effect);
    os_command_add_int(cmd, 0);
    os_command_add_int(cmd, OSW_USED_MOST);
    osw_effect_send(run, cmd);
}


/* "ten 1795290000", taken on an order of the customer's before this one. */
static void
osw_limit_send(osw_notice_t *notice, os_str_t order, os_str_t taken)
{
    size_t    n;
    json_t   *used;

    for (n = 0; n < taken.len && taken.data[n] != ' '; n++) {
        /* the offer */
    }

    if (n == taken.len) {
        return;
    }

    used = json_pack("{s:s, s:s%, s:I, s:O}", "effect", "used",
                     "offer", taken.data, n,
                     "at", (json_int_t) strtoll(taken.data + n, NULL, 10),
                     "store", json_object_get(notice->effect, "store"));
    osw_notice_send(&(osw_notice_t) { notice->run, used },
                    os_json_str(notice->effect, "order"), order, 0);
    json_decref(used);
}


/* order, what it has taken, order, … */
static void
osw_limit_reply(os_command_t *cmd, redisReply *reply)
{
    size_t         i;
    os_str_t       order;
    osw_run_t     *run;
    osw_notice_t  *notice;

    notice = cmd->data;
    run = notice->run;

    for (i = 0; !osw_reply_failed(reply) && i + 1 < reply->elements; i += 2) {
        order = osw_reply_str(reply->element[i]);

        if (!os_str_equal(order, os_json_str(notice->effect, "order"))) {
            osw_limit_send(notice, order,
                           osw_reply_str(reply->element[i + 1]));
        }
    }

    json_decref(notice->effect);
    free(notice);
    osw_run_end(run, osw_reply_failed(reply));
}


/* A new order hears what its customer has taken on others. */
static void
osw_effect_taken(osw_run_t *run, const json_t *effect)
{
    os_command_t  *cmd;

    cmd = osw_index_command(run, effect, osw_limit_reply);

    if (cmd == NULL) {
        return;
    }

    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("HGETALL"));
    osw_index_key(run, cmd, "limit", effect);
    osw_effect_send(run, cmd);
}


static void
osw_effect_release(osw_run_t *run, const json_t *effect)
{
    os_str_t       store, customer;
    os_command_t  *cmd;

    store = os_json_str(effect, "store");
    customer = os_json_str(effect, "customer");

    cmd = os_command_new(os_space_shard(&run->w->config->space, store,
                                        customer, OS_NULL),
                         osw_effect_reply, run);
    os_command_script(cmd, &os_script_release, 1, 2);
    osw_command_key(run->w, cmd, "limit", store, customer, OS_NULL);
    os_command_add(cmd, os_json_str(effect, "order"));
    os_command_add(cmd, os_json_str(effect, "offer"));
    osw_effect_send(run, cmd);
}


static os_command_t *
osw_alias_command(osw_run_t *run, const json_t *effect, os_reply_pt handler,
    void *data)
{
    return os_command_new(os_space_shard(&run->w->config->space,
                                         os_json_str(effect, "store"),
                                         os_json_str(effect, "kind"),
                                         os_json_str(effect, "value")),
                          handler, data);
}


static void
osw_alias_key(osw_run_t *run, os_command_t *cmd, const char *name,
    const json_t *effect)
{
    osw_command_key(run->w, cmd, name, os_json_str(effect, "store"),
                    os_json_str(effect, "kind"),
                    os_json_str(effect, "value"));
}


/*
 * What waited is deleted once all of it is in the order's stream: a crash
 * between sends it twice, under the same ids. Nothing waits any more once the
 * alias is set, so the list has not grown meanwhile.
 */
static void
osw_waiting_end(osw_waiting_t *waiting, int failed)
{
    osw_run_t     *run;
    os_command_t  *cmd;

    run = waiting->run;
    waiting->failed |= failed != 0;

    if (--waiting->pending > 0) {
        return;
    }

    if (!waiting->failed) {
        cmd = osw_alias_command(run, waiting->effect, osw_effect_reply, run);
        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("DEL"));
        osw_alias_key(run, cmd, "wait", waiting->effect);
        osw_effect_send(run, cmd);
    }

    failed = waiting->failed;
    json_decref(waiting->effect);
    free(waiting);
    osw_run_end(run, failed);
}


static void
osw_waiting_sent(void *data, int ok)
{
    osw_waiting_end(data, !ok);
}


/* It waits under several names, and another of them may be known by now. */
static void
osw_waiting_send(osw_waiting_t *waiting, os_str_t text)
{
    json_t  *event;

    event = os_json_parse(text, "event", NULL);

    if (event != NULL) {
        waiting->pending++;
        osw_find_send(waiting->run->w, os_json_str(waiting->effect, "store"),
                      event, osw_waiting_sent, waiting);
    }
}


static void
osw_alias_reply(os_command_t *cmd, redisReply *reply)
{
    size_t          i;
    osw_waiting_t  *waiting;

    waiting = cmd->data;

    if (osw_reply_failed(reply) || reply->elements == 0) {
        /* nothing waits: nothing is to be deleted either */
        json_decref(waiting->effect);
        osw_run_end(waiting->run, osw_reply_failed(reply));
        free(waiting);
        return;
    }

    waiting->pending = 1;

    for (i = 0; i < reply->elements; i++) {
        osw_waiting_send(waiting, osw_reply_str(reply->element[i]));
    }

    osw_waiting_end(waiting, 0);
}


static void
osw_effect_alias(osw_run_t *run, const json_t *effect)
{
    os_buf_t        hash = { 0 };
    os_command_t   *cmd;
    osw_waiting_t  *waiting;

    waiting = calloc(1, sizeof(osw_waiting_t));

    if (waiting == NULL) {
        run->failed = 1;
        return;
    }

    /* a number is in no key */

    if (os_str_equal(os_json_str(effect, "kind"), OS_STR("phone"))) {
        os_keys_customer(&run->w->config->keys, os_json_str(effect, "store"),
                         os_json_str(effect, "value"), &hash);
        os_json_set_str((json_t *) effect, "value", os_buf_view(&hash));
        os_buf_free(&hash);
    }

    waiting->run = run;
    waiting->effect = json_incref((json_t *) effect);

    cmd = osw_alias_command(run, effect, osw_alias_reply, waiting);
    os_command_script(cmd, &os_script_alias, 2, 3);
    osw_alias_key(run, cmd, "alias", effect);
    osw_alias_key(run, cmd, "wait", effect);
    os_command_add(cmd, os_json_str(effect, "order"));
    os_command_add_int(cmd, os_json_int(effect, "ttl",
                           osw_effect_keep(run, os_json_str(effect,
                                                            "store"))));
    os_command_add(cmd, os_str_equal(os_json_str(effect, "kind"),
                                     OS_STR("tracking"))
                        ? OS_STR(OSW_TRACKING_MOST) : OS_STR("1"));
    osw_effect_send(run, cmd);
}


/* A page of ours has said what of advertising may go to the customer. */
static void
osw_effect_subscribe(osw_run_t *run, const json_t *effect)
{
    os_command_t  *cmd;

    cmd = os_script_suppress_command(&run->w->config->space,
                                     os_json_str(effect, "store"),
                                     os_json_str(effect, "customer"),
                                     os_json_str(effect, "word"),
                                     os_json_int(effect, "at_ms", 0));

    if (cmd == NULL) {
        run->failed = 1;
        return;
    }

    cmd->handler = osw_effect_reply;
    cmd->data = run;
    osw_effect_send(run, cmd);
}


/*
 * Codes are kept in small letters: some stores tell a coupon in their own way.
 */
static os_command_t *
osw_friend_command(osw_run_t *run, const json_t *effect, os_str_t code,
    const char *verb, os_reply_pt handler, void *data)
{
    os_str_t       store = os_json_str(effect, "store");
    os_buf_t       small = { 0 };
    os_command_t  *cmd;

    os_buf_lower(&small, code);
    cmd = os_command_new(os_space_shard(&run->w->config->space, store,
                                        os_buf_view(&small), OS_NULL),
                         handler, data);
    os_command_words(cmd, strcmp(verb, "GET") == 0 ? 2 : 5);
    os_command_add(cmd, os_str(verb));
    osw_command_key(run->w, cmd, "friend", store, os_buf_view(&small),
                    OS_NULL);
    os_buf_free(&small);

    return cmd;
}


/* Whose code it is, for as long as somebody may buy with it. */
static void
osw_effect_friend(osw_run_t *run, const json_t *effect)
{
    os_command_t  *cmd;

    cmd = osw_friend_command(run, effect, os_json_str(effect, "code"), "SET",
                             osw_effect_reply, run);
    os_command_add(cmd, os_json_str(effect, "order"));
    os_command_add(cmd, OS_STR("EX"));
    os_command_add_int(cmd, osw_effect_keep(run, os_json_str(effect,
                                                             "store")));
    osw_effect_send(run, cmd);
}


/* An order was bought with a code: the order that passed it on hears of it. */
static void
osw_referred_reply(os_command_t *cmd, redisReply *reply)
{
    json_t        *event;
    os_str_t       store, by, to = osw_reply_str(reply);
    os_buf_t       id = { 0 }, name = { 0 };
    osw_notice_t  *notice = cmd->data;
    osw_run_t     *run = notice->run;

    store = os_json_str(notice->effect, "store");
    by = os_json_str(notice->effect, "order");

    if (!osw_reply_failed(reply) && to.len && !os_str_equal(to, by)) {
        os_buf_text(&id, "referred/");
        os_buf_str(&id, by);
        os_buf_str(&name, store);
        os_buf_char(&name, '/');
        os_buf_str(&name, to);

        event = json_object();
        os_json_set_str(event, "id", os_buf_view(&id));
        os_json_set_str(event, "kind", OS_STR("referred"));
        os_json_set_str(event, "order", os_buf_view(&name));
        os_json_set_str(event, "by", by);
        os_json_set_str(event, "customer", os_json_str(notice->effect,
                                                       "customer"));
        os_json_set_int(event, "at_ms", osw_now_ms(run->w));
        osw_effect_send(run, osw_event_add(run->w, store, to, event,
                                           osw_effect_reply, run));
        json_decref(event);
        os_buf_free(&id);
        os_buf_free(&name);
    }

    json_decref(notice->effect);
    free(notice);
    osw_run_end(run, osw_reply_failed(reply));
}


static void
osw_effect_referred(osw_run_t *run, const json_t *effect)
{
    size_t         i;
    json_t        *code;
    osw_notice_t  *notice;

    json_array_foreach(json_object_get(effect, "codes"), i, code) {
        if (i == OSW_CODES_MOST || json_string_length(code) == 0) {
            break;
        }

        notice = calloc(1, sizeof(osw_notice_t));

        if (notice == NULL) {
            run->failed = 1;
            return;
        }

        notice->run = run;
        notice->effect = json_incref((json_t *) effect);
        osw_effect_send(run,
                        osw_friend_command(run, effect,
                                           os_str(json_string_value(code)),
                                           "GET", osw_referred_reply,
                                           notice));
    }
}


static void
osw_effect_transit(osw_run_t *run, const json_t *effect)
{
    os_str_t       store, country;
    os_buf_t       carrier;
    os_command_t  *cmd;

    store = os_json_str(effect, "store");
    country = os_json_str(effect, "country");
    carrier = (os_buf_t) { 0 };
    osw_carrier(os_json_str(effect, "carrier"), &carrier);

    cmd = os_command_new(os_space_shard(&run->w->config->space, store,
                                        os_buf_view(&carrier), country),
                         osw_effect_reply, run);
    os_command_script(cmd, &os_script_transit, 2, 3);
    osw_command_key(run->w, cmd, "transit", store, os_buf_view(&carrier),
                    country);
    osw_command_key(run->w, cmd, "counted", store, os_buf_view(&carrier),
                    country);
    os_command_add(cmd, os_json_str(effect, "parcel"));
    os_command_add_int(cmd, os_json_int(effect, "days", 0));
    os_command_add_int(cmd, OSW_TRANSIT_KEEP);
    os_buf_free(&carrier);
    osw_effect_send(run, cmd);
}


static void
osw_effect_done(void *data, int ok)
{
    osw_run_end(data, !ok);
}


static void
osw_effect_hand(void *data, os_command_t *cmd)
{
    osw_effect_send(data, cmd);
}


void
osw_effect_run(osw_t *w, const json_t *effects, osw_effect_pt done, void *data)
{
    size_t      i;
    json_t     *effect;
    os_str_t    kind;
    osw_run_t  *run;

    run = calloc(1, sizeof(osw_run_t));

    if (run == NULL) {
        done(data, 0);
        return;
    }

    *run = (osw_run_t) { .w = w, .done = done, .data = data, .pending = 1 };

    json_array_foreach(effects, i, effect) {
        kind = os_json_str(effect, "effect");

        if (os_str_equal(kind, OS_STR("buyer"))) {
            osw_effect_index(run, effect, 0);

            if (os_json_bool(effect, "new")) {
                osw_effect_taken(run, effect);
            }

        } else if (os_str_equal(kind, OS_STR("asked"))) {
            osw_effect_index(run, effect, 1);

        } else if (os_str_equal(kind, OS_STR("before"))) {
            osw_effect_before(run, effect);

        } else if (os_str_equal(kind, OS_STR("used"))) {
            osw_effect_used(run, effect);

        } else if (os_str_equal(kind, OS_STR("release"))) {
            osw_effect_release(run, effect);

        } else if (os_str_equal(kind, OS_STR("alias"))) {
            osw_effect_alias(run, effect);

        } else if (os_str_equal(kind, OS_STR("transit"))) {
            osw_effect_transit(run, effect);

        } else if (os_str_equal(kind, OS_STR("friend"))) {
            osw_effect_friend(run, effect);

        } else if (os_str_equal(kind, OS_STR("referred"))) {
            osw_effect_referred(run, effect);

        } else if (os_str_equal(kind, OS_STR("subscribe"))) {
            osw_effect_subscribe(run, effect);

        } else if (os_str_equal(kind, OS_STR("evidence"))) {
            run->pending++;
            osw_evidence_add(w, effect, osw_effect_done, run);

        } else if (os_str_equal(kind, OS_STR("withdrawal"))) {
            run->pending++;
            osw_withdraw_find(w, effect, osw_effect_done, run);

        } else if (os_str_equal(kind, OS_STR("bought"))) {
            osw_recommend_bought(w, effect, osw_effect_reply, osw_effect_hand,
                                 run);
        }
    }

    osw_run_end(run, 0);
}

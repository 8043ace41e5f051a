/*
 * osw_effect: see osw_effect.h. One run counts what is out and calls back when
 * the last answer is in.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_script_shop.h"
#include "worker/send/osw_channel_watch.h"
#include "worker/take/osw_effect.h"
#include "worker/render/osw_recommend.h"


#define OSW_TRANSIT_KEEP  (400 * 86400)     /* s: a year's seasons */


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


/* The event that another order of the customer gets. */
static json_t *
osw_notice_event(const json_t *effect, int64_t placed)
{
    int        used, back;
    json_t    *event;
    int64_t    at;
    os_str_t   order;
    os_buf_t   id;

    id = (os_buf_t) { 0 };
    used = os_str_equal(os_json_str(effect, "effect"), OS_STR("used"));
    back = os_json_bool(effect, "back");
    at = used ? os_json_int(effect, "at", 0) : placed;
    order = os_json_str(effect, "order");

    os_buf_text(&id, !used ? "reordered/" : back ? "back/" : "used/");
    os_buf_str(&id, order);

    event = json_object();
    os_json_set_str(event, "id", os_buf_view(&id));
    os_json_set_str(event, "kind", used ? OS_STR("used")
                                        : OS_STR("reordered"));
    os_json_set_int(event, "at_ms", at * 1000);
    os_buf_free(&id);

    if (!used) {
        os_json_set_str(event, "by", order);
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
osw_notice_send(osw_notice_t *notice, os_str_t other)
{
    json_t        *event;
    os_str_t       store;
    os_buf_t       name;
    const json_t  *effect;

    effect = notice->effect;
    store = os_json_str(effect, "store");
    name = (os_buf_t) { 0 };
    os_buf_str(&name, store);
    os_buf_char(&name, '/');
    os_buf_str(&name, other);

    event = osw_notice_event(effect, os_json_int(effect, "placed", 0));
    os_json_set_str(event, "order", os_buf_view(&name));

    osw_effect_send(notice->run,
                    osw_event_add(notice->run->w, store, other, event,
                                  osw_effect_reply, notice->run));
    json_decref(event);
    os_buf_free(&name);
}


static int
osw_notice_wanted(const json_t *effect, os_str_t other, int64_t placed)
{
    if (os_str_equal(other, os_json_str(effect, "order"))) {
        return 0;
    }

    if (os_str_equal(os_json_str(effect, "effect"), OS_STR("used"))) {
        return 1;
    }

    return os_json_bool(effect, "notify")
           && placed < os_json_int(effect, "placed", 0);
}


/* id, placed, id, placed, … */
static void
osw_index_reply(os_command_t *cmd, redisReply *reply)
{
    size_t          i;
    osw_run_t      *run;
    osw_notice_t   *notice;

    notice = cmd->data;
    run = notice->run;

    for (i = 0; !osw_reply_failed(reply) && i + 1 < reply->elements; i += 2) {
        if (osw_notice_wanted(notice->effect, osw_reply_str(reply->element[i]),
                              osw_reply_int(reply->element[i + 1], 0)))
        {
            osw_notice_send(notice, osw_reply_str(reply->element[i]));
        }
    }

    json_decref(notice->effect);
    free(notice);
    osw_run_end(run, osw_reply_failed(reply));
}


static int64_t
osw_effect_keep(osw_run_t *run, os_str_t store)
{
    osw_store_t  *s;

    s = osw_config_store(run->w->config, store);

    return s ? os_campaign_duration(s->campaign, "/keep", 90 * 86400)
             : 90 * 86400;
}


static void
osw_effect_index(osw_run_t *run, const json_t *effect, int enter)
{
    os_str_t       store, customer;
    os_command_t  *cmd;
    osw_notice_t  *notice;

    store = os_json_str(effect, "store");
    customer = os_json_str(effect, "customer");
    notice = calloc(1, sizeof(osw_notice_t));

    if (notice == NULL) {
        run->failed = 1;
        return;
    }

    notice->run = run;
    notice->effect = json_incref((json_t *) effect);

    cmd = os_command_new(os_space_shard(&run->w->config->space, store,
                                        customer, OS_NULL),
                         osw_index_reply, notice);
    os_command_script(cmd, &os_script_buyer, 1, 3);
    osw_command_key(run->w, cmd, "buyer", store, customer, OS_NULL);
    os_command_add(cmd, enter ? os_json_str(effect, "order") : OS_STR(""));
    os_command_add_int(cmd, os_json_int(effect, "placed", 0));
    os_command_add_int(cmd, osw_effect_keep(run, store));
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
osw_waiting_sent(os_command_t *cmd, redisReply *reply)
{
    osw_waiting_end(cmd->data, osw_reply_failed(reply));
}


static void
osw_waiting_send(osw_waiting_t *waiting, os_str_t text)
{
    json_t    *event;
    os_str_t   store, order;
    os_buf_t   name;

    event = os_json_parse(text, "event", NULL);

    if (event == NULL) {
        return;
    }

    name = (os_buf_t) { 0 };
    store = os_json_str(waiting->effect, "store");
    order = os_json_str(waiting->effect, "order");
    os_buf_str(&name, store);
    os_buf_char(&name, '/');
    os_buf_str(&name, order);
    os_json_set_str(event, "order", os_buf_view(&name));

    waiting->pending++;
    osw_redis_send(waiting->run->w->redis,
                   osw_event_add(waiting->run->w, store, order, event,
                                 osw_waiting_sent, waiting));
    os_buf_free(&name);
    json_decref(event);
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
    os_command_script(cmd, &os_script_alias, 2, 2);
    osw_alias_key(run, cmd, "alias", effect);
    osw_alias_key(run, cmd, "wait", effect);
    os_command_add(cmd, os_json_str(effect, "order"));
    os_command_add_int(cmd, os_json_int(effect, "ttl",
                           osw_effect_keep(run, os_json_str(effect,
                                                            "store"))));
    osw_effect_send(run, cmd);
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
            osw_effect_index(run, effect, 1);

        } else if (os_str_equal(kind, OS_STR("used"))) {
            osw_effect_index(run, effect, 0);

        } else if (os_str_equal(kind, OS_STR("release"))) {
            osw_effect_release(run, effect);

        } else if (os_str_equal(kind, OS_STR("alias"))) {
            osw_effect_alias(run, effect);

        } else if (os_str_equal(kind, OS_STR("transit"))) {
            osw_effect_transit(run, effect);

        } else if (os_str_equal(kind, OS_STR("bought"))) {
            osw_recommend_bought(w, effect, osw_effect_reply, osw_effect_hand,
                                 run);
        }
    }

    osw_run_end(run, 0);
}

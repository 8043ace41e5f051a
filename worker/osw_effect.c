/*
 * osw_effect: see osw_effect.h. One run counts what is out and calls back when
 * the last answer is in.
 */

#include <stdlib.h>
#include <string.h>

#include "../redis/os_script_shop.h"
#include "osw_effect.h"


typedef struct {
    osw_t          *w;
    osw_effect_pt   done;
    void           *data;
    size_t          pending;
    unsigned        failed:1;
} osw_run_t;

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


static void
osw_effect_alias(osw_run_t *run, const json_t *effect)
{
    os_str_t       store, kind, value;
    os_command_t  *cmd;

    store = os_json_str(effect, "store");
    kind = os_json_str(effect, "kind");
    value = os_json_str(effect, "value");

    cmd = os_command_new(os_space_shard(&run->w->config->space, store, kind,
                                        value),
                         osw_effect_reply, run);
    os_command_words(cmd, 5);
    os_command_add(cmd, OS_STR("SET"));
    osw_command_key(run->w, cmd, "alias", store, kind, value);
    os_command_add(cmd, os_json_str(effect, "order"));
    os_command_add(cmd, OS_STR("EX"));
    os_command_add_int(cmd, osw_effect_keep(run, store));
    osw_effect_send(run, cmd);
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
        }
    }

    osw_run_end(run, 0);
}

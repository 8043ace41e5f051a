/*
 * osw_ctl: what the commands of ordersavectl share. See osw_ctl.h.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order/os_reduced.h"
#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "worker/ctl/osw_ctl.h"


typedef struct {
    osw_ctl_t    *ctl;
    osw_ctl_pt    take;
    void         *data;
    redisReply  **keep;         /* or NULL */
} osw_call_t;


/* What it holds becomes another's: it is released by who called us. */
static redisReply *
osw_ctl_keep(redisReply *reply)
{
    redisReply  *copy;

    copy = malloc(sizeof(redisReply));

    if (copy != NULL) {
        *copy = *reply;
        memset(reply, 0, sizeof(redisReply));
        reply->type = REDIS_REPLY_NIL;
    }

    return copy;
}


static void
osw_ctl_answered(os_command_t *cmd, redisReply *reply)
{
    osw_call_t  *call;

    call = cmd->data;
    call->ctl->waiting = 0;
    call->ctl->failed = reply == NULL ? 1
                        : reply->type == REDIS_REPLY_ERROR ? -1 : 0;

    if (!call->ctl->failed && call->take) {
        call->take(call->ctl, reply, call->data);
    }

    if (!call->ctl->failed && call->keep) {
        *call->keep = osw_ctl_keep(reply);
    }
}


/* A node that says no says why. */
static void
osw_ctl_refused(void *data, const os_node_t *node, const char *state,
    const char *word, unsigned shards)
{
    const char  **why = data;

    (void) node;
    (void) shards;

    if (strcmp(state, "refusing") == 0 && *word) {
        *why = word;
    }
}


static void
osw_ctl_unanswered(osw_ctl_t *ctl)
{
    const char  *why = NULL;

    osw_redis_each(ctl->w.redis, osw_ctl_refused, &why);

    if (why) {
        fprintf(stderr, "ordersavectl: Redis refuses what is asked: %s\n",
                why);

    } else {
        fprintf(stderr, "ordersavectl: Redis does not answer\n");
    }
}


static int
osw_ctl_send(osw_ctl_t *ctl, os_command_t *cmd, osw_call_t *call)
{
    /* once is enough to know: nothing more is asked, and nothing made up */

    if (ctl->failed == 1) {
        os_command_free(cmd);
        return -1;
    }

    cmd->handler = osw_ctl_answered;
    cmd->data = call;
    ctl->waiting = 1;
    uv_update_time(&ctl->loop);         /* others may have been waited for */
    osw_redis_send(ctl->w.redis, cmd);

    while (ctl->waiting) {
        (void) uv_run(&ctl->loop, UV_RUN_ONCE);
    }

    if (ctl->failed == 1) {
        osw_ctl_unanswered(ctl);
    }

    return ctl->failed ? -1 : 0;
}


int
osw_ctl_call(osw_ctl_t *ctl, os_command_t *cmd, osw_ctl_pt take, void *data)
{
    osw_call_t  call;

    call = (osw_call_t) { ctl, take, data, NULL };

    return osw_ctl_send(ctl, cmd, &call);
}


redisReply *
osw_ctl_ask(osw_ctl_t *ctl, os_command_t *cmd)
{
    redisReply  *reply;
    osw_call_t   call;

    reply = NULL;
    call = (osw_call_t) { ctl, NULL, NULL, &reply };
    (void) osw_ctl_send(ctl, cmd, &call);

    return reply;
}


static void
osw_ctl_woken(uv_timer_t *timer)
{
    *(int *) timer->data = 1;
}


void
osw_ctl_sleep(osw_ctl_t *ctl, uint64_t ms)
{
    int         woken = 0;
    uv_timer_t  timer;

    (void) uv_timer_init(&ctl->loop, &timer);
    timer.data = &woken;
    (void) uv_timer_start(&timer, osw_ctl_woken, ms, 0);

    while (!woken) {
        (void) uv_run(&ctl->loop, UV_RUN_ONCE);
    }

    uv_close((uv_handle_t *) &timer, NULL);
    (void) uv_run(&ctl->loop, UV_RUN_NOWAIT);
}


os_command_t *
osw_ctl_command(unsigned shard, const char *verb, unsigned words)
{
    os_command_t  *cmd;

    cmd = os_command_new(shard, NULL, NULL);
    os_command_words(cmd, words);
    os_command_add(cmd, os_str(verb));

    return cmd;
}


static void
osw_ctl_take_json(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    json_t  **json;

    (void) ctl;
    json = data;

    if (osw_reply_str(reply).len) {
        *json = os_json_parse(osw_reply_str(reply), "record", NULL);
    }
}


void
osw_ctl_part(osw_ctl_t *ctl, os_command_t *cmd, os_str_t order)
{
    os_buf_t  name;

    name = (os_buf_t) { 0 };
    os_buf_text(&name, "jobs:");
    os_job_key(order, OS_NULL, &name);
    osw_command_key(&ctl->w, cmd, name.data, OS_NULL, OS_NULL, OS_NULL);
    os_buf_free(&name);
}


json_t *
osw_ctl_json(osw_ctl_t *ctl, unsigned shard, const char *name, os_str_t a,
    os_str_t b)
{
    json_t        *json;
    os_command_t  *cmd;

    json = NULL;
    cmd = osw_ctl_command(shard, "GET", 2);
    osw_command_key(&ctl->w, cmd, name, a, b, OS_NULL);
    (void) osw_ctl_call(ctl, cmd, osw_ctl_take_json, &json);

    return json;
}


int
osw_ctl_line(int good, const char *what, const char *why)
{
    printf("%s - %s%s%s\n", good ? "ok" : "not ok", what, *why ? ": " : "",
           why);

    return good ? 0 : 1;
}


int
osw_ctl_wrong(osw_ctl_t *ctl, const char *fmt, ...)
{
    va_list  args;

    fputs("ordersavectl: ", stderr);
    va_start(args, fmt);
    (void) vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    ctl->told = 1;

    return OSW_CTL_USAGE;
}


/* No store of this name, or none was named (OS_NULL): which there are. */
static void
osw_ctl_no_store(osw_ctl_t *ctl, os_str_t name)
{
    size_t    i;
    os_buf_t  names;

    names = (os_buf_t) { 0 };

    for (i = 0; i < ctl->w.config->nstores; i++) {
        os_buf_text(&names, i ? ", " : "");
        os_buf_str(&names, ctl->w.config->store[i].name);
    }

    if (name.len) {
        (void) osw_ctl_wrong(ctl, "there is no store %.*s; expected one of %s",
                             (int) name.len, name.data,
                             names.data ? names.data : "none");

    } else {
        (void) osw_ctl_wrong(ctl, "expected --store and one of %s",
                             names.data ? names.data : "none");
    }

    os_buf_free(&names);
}


osw_store_t *
osw_ctl_store(osw_ctl_t *ctl)
{
    osw_store_t  *store;

    if (ctl->store == NULL && ctl->w.config->nstores == 1) {
        return &ctl->w.config->store[0];
    }

    store = osw_config_store(ctl->w.config, os_str(ctl->store));

    if (store == NULL) {
        osw_ctl_no_store(ctl, os_str(ctl->store));
    }

    return store;
}


/* "tracking/…" and "number/…" are other names of an order, "a/b" may be one. */
static int
osw_ctl_is_store(os_str_t name)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", name.data[i])
            == NULL)
        {
            return 0;
        }
    }

    return !os_str_equal(name, OS_STR("tracking"))
           && !os_str_equal(name, OS_STR("number"));
}


int
osw_ctl_order(osw_ctl_t *ctl, const char *text, osw_store_t **store,
    os_str_t *id)
{
    os_str_t  name;

    if (osw_order_split(os_str(text), &name, id) == 0) {
        *store = osw_config_store(ctl->w.config, name);

        if (*store != NULL) {
            return 0;
        }

        if (osw_ctl_is_store(name)) {
            osw_ctl_no_store(ctl, name);
            return -1;
        }
    }

    *id = os_str(text);
    *store = osw_ctl_store(ctl);

    return *store ? 0 : -1;
}


void
osw_ctl_print(const json_t *json)
{
    char  *text;

    text = json_dumps(json, JSON_INDENT(2));
    printf("%s\n", text ? text : "");
    free(text);
}


void
osw_ctl_name(os_buf_t *out)
{
    uint8_t  random[9];

    if (os_random(random, sizeof(random)) != 0) {
        fprintf(stderr, "ordersavectl: the system gives no random bytes\n");
        exit(OSW_CTL_FINDING);
    }

    os_hex(out, random, sizeof(random));
}


json_t *
osw_ctl_event(const osw_ctl_t *ctl, const osw_store_t *store, os_str_t id,
    const char *kind)
{
    json_t    *event = json_object();
    os_buf_t   text = { 0 };

    osw_ctl_name(&text);
    os_json_set_str(event, "id", os_buf_view(&text));
    os_json_set_str(event, "kind", os_str(kind));
    text.len = 0;
    os_buf_str(&text, store->name);
    os_buf_char(&text, '/');
    os_buf_str(&text, id);
    os_json_set_str(event, "order", os_buf_view(&text));
    os_json_set_int(event, "at_ms", osw_now_ms(&ctl->w));
    os_buf_free(&text);

    return event;
}

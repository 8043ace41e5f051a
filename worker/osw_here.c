/*
 * osw_here: see osw_here.h.
 */

#include "core/base/os_version.h"
#include "worker/osw_here.h"


#define OSW_HERE_EVERY_MS  20000
#define OSW_HERE_TESTED_S  300


static void
osw_here_send(osw_t *w, const char *verb, os_str_t said)
{
    os_buf_t       name = { 0 };
    os_command_t  *cmd = os_command_new(0, os_reply_ignored, w);

    os_buf_printf(&name, "worker/%s", w->id);
    os_command_words(cmd, said.len ? 4 : 3);
    os_command_add(cmd, os_str(verb));
    osw_command_key(w, cmd, "here", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&name));

    if (said.len) {
        os_command_add(cmd, said);
    }

    osw_redis_send(w->redis, cmd);
    os_buf_free(&name);
}


void
osw_here_heard(osw_t *w, os_str_t store, os_str_t source)
{
    os_buf_t  name = { 0 };

    os_buf_str(&name, store);
    os_buf_char(&name, '/');
    os_buf_str(&name, source);

    if (w->heard == NULL) {
        w->heard = json_object();
    }

    /* the first one is what somebody waits for who is setting a shop up */

    if (json_object_get(w->heard, name.data) == NULL) {
        w->here_ms = 0;
    }

    os_json_set_int(w->heard, name.data, osw_now_ms(w) / 1000);
    os_buf_free(&name);
}


static void
osw_here_send_heard(osw_t *w)
{
    json_t        *at;
    const char    *name;
    os_command_t  *cmd;

    if (json_object_size(w->heard) == 0) {
        return;
    }

    cmd = os_command_new(0, os_reply_ignored, w);
    os_command_words(cmd, 2 + 2 * (unsigned) json_object_size(w->heard));
    os_command_add(cmd, OS_STR("HSET"));
    osw_command_key(w, cmd, "heard", OS_NULL, OS_NULL, OS_NULL);

    json_object_foreach(w->heard, name, at) {
        os_command_add(cmd, os_str(name));
        os_command_add_int(cmd, json_integer_value(at));
    }

    osw_redis_send(w->redis, cmd);
}


os_command_t *
osw_here_tested(osw_t *w, os_str_t name, os_reply_pt done, void *data)
{
    os_command_t  *cmd = os_command_new(0, done, data);

    os_command_words(cmd, 5);
    os_command_add(cmd, OS_STR("SET"));
    osw_command_key(w, cmd, "tested", name, OS_NULL, OS_NULL);
    os_command_add_int(cmd, osw_now_ms(w));
    os_command_add(cmd, OS_STR("EX"));
    os_command_add_int(cmd, OSW_HERE_TESTED_S);

    return cmd;
}


void
osw_here_tick(osw_t *w)
{
    size_t     i;
    json_t    *said, *sums, *keys;
    int64_t    now = osw_now_ms(w);
    os_buf_t   text = { 0 }, name = { 0 };

    if (w->here_ms && now - w->here_ms < OSW_HERE_EVERY_MS) {
        return;
    }

    w->here_ms = now;
    said = json_object();
    sums = json_object();
    keys = json_object();
    os_keys_name(&w->config->keys, &name);

    for (i = 0; i < w->config->nstores; i++) {
        os_json_set_str(sums, w->config->store[i].campaign->store.data,
                        os_buf_view(&w->config->store[i].campaign->sum));
        os_json_set_str(keys, w->config->store[i].campaign->store.data,
                        os_buf_view(&name));
    }

    os_json_set_int(said, "at", now / 1000);
    os_json_set_str(said, "version", OS_STR(OS_VERSION));
    (void) json_object_set_new(said, "campaigns", sums);
    (void) json_object_set_new(said, "keys", keys);
    os_json_dump(&text, said);
    osw_here_send(w, "HSET", os_buf_view(&text));
    osw_here_send_heard(w);
    os_buf_free(&text);
    os_buf_free(&name);
    json_decref(said);
}


void
osw_here_end(osw_t *w)
{
    osw_here_send(w, "HDEL", OS_NULL);
}

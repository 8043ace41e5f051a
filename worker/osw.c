/*
 * osw: small things that the worker's parts share. See osw.h.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "redis/os_script_work.h"
#include "worker/osw.h"


int64_t
osw_now_ms(const osw_t *w)
{
    struct timeval  tv;

    (void) gettimeofday(&tv, NULL);

    return (int64_t) tv.tv_sec * 1000 + tv.tv_usec / 1000 + w->skew_ms;
}


os_buf_t
osw_key(const osw_t *w, unsigned shard, const char *name, os_str_t a,
    os_str_t b, os_str_t c)
{
    os_buf_t  key;

    key = (os_buf_t) { 0 };
    os_space_key(&w->config->space, shard, name, a, b, c, &key);

    return key;
}


void
osw_command_key(const osw_t *w, os_command_t *cmd, const char *name,
    os_str_t a, os_str_t b, os_str_t c)
{
    os_buf_t  key;

    key = osw_key(w, cmd->shard, name, a, b, c);
    os_command_add(cmd, os_buf_view(&key));

    if (key.failed) {
        cmd->bytes.failed = 1;
    }

    os_buf_free(&key);
}


int
osw_order_split(os_str_t name, os_str_t *store, os_str_t *id)
{
    const char  *slash;

    slash = name.len ? memchr(name.data, '/', name.len) : NULL;

    if (slash == NULL) {
        return -1;
    }

    *store = (os_str_t) { (size_t) (slash - name.data), name.data };
    *id = (os_str_t) { name.len - store->len - 1, slash + 1 };

    return store->len && id->len ? 0 : -1;
}


os_command_t *
osw_event_add(const osw_t *w, os_str_t store, os_str_t id,
    const json_t *event, os_reply_pt handler, void *data)
{
    os_buf_t       text;
    os_command_t  *cmd;

    text = (os_buf_t) { 0 };
    os_json_dump(&text, event);

    cmd = os_command_new(os_space_shard(&w->config->space, store, id, OS_NULL),
                         handler, data);
    os_command_script(cmd, &os_script_add, 1, 1);
    osw_command_key(w, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&text));
    cmd->confirm = 1;

    if (text.failed) {
        cmd->bytes.failed = 1;
    }

    os_buf_free(&text);

    return cmd;
}

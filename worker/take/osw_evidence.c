/*
 * osw_evidence: see osw_evidence.h.
 *
 * The chain is a store's and shards are taken by several workers: whoever finds
 * that another link came in between makes his anew.
 */

#include <stdlib.h>
#include <string.h>

#include "core/order/os_evidence.h"
#include "redis/os_script_work.h"
#include "worker/take/osw_evidence.h"


#define OSW_EVIDENCE_TRIES  100


typedef struct {
    osw_t            *w;
    json_t           *effect;
    osw_evidence_pt   done;
    void             *data;
    unsigned          tries;
} osw_link_t;


static void osw_link_look(osw_link_t *l);


static void
osw_link_end(osw_link_t *l, int ok)
{
    l->done(l->data, ok);
    json_decref(l->effect);
    free(l);
}


static os_command_t *
osw_link_command(osw_link_t *l, os_reply_pt handler)
{
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(&l->w->config->space,
                                        os_json_str(l->effect, "store"),
                                        OS_STR("chain"), OS_NULL),
                         handler, l);
    cmd->confirm = 1;

    return cmd;
}


static void
osw_link_key(osw_link_t *l, os_command_t *cmd)
{
    osw_command_key(l->w, cmd, "evidence", os_json_str(l->effect, "store"),
                    OS_STR("chain"), OS_NULL);
}


static void
osw_link_added(os_command_t *cmd, redisReply *reply)
{
    osw_link_t  *l = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_link_end(l, 0);

    } else if (osw_reply_int(reply, 0) == -1) {
        osw_link_look(l);

    } else {
        osw_link_end(l, 1);
    }
}


/* "N MAC" is the newest; the next one is made of it. */
static void
osw_link_make(osw_link_t *l, os_str_t head)
{
    char          *end;
    json_t        *kept;
    os_str_t       before = OS_NULL;
    os_buf_t       mac = { 0 }, text = { 0 }, next = { 0 };
    os_command_t  *cmd;
    os_evidence_t  link = { .n = 1 };

    if (head.len) {
        link.n = strtoll(head.data, &end, 10) + 1;
        before = (os_str_t) { (size_t) (head.data + head.len - end - 1),
                              end + 1 };
    }

    link.at_ms = os_json_int(l->effect, "at_ms", 0);
    link.id = os_json_str(l->effect, "order");
    link.digest = os_json_str(l->effect, "digest");
    os_evidence_mac(&l->w->config->keys.customer,
                    os_json_str(l->effect, "store"), &link, before, &mac);
    kept = os_evidence_json(&link, os_buf_view(&mac));
    os_json_dump(&text, kept);
    os_buf_printf(&next, "%lld %s", (long long) link.n, mac.data);

    cmd = osw_link_command(l, osw_link_added);
    os_command_script(cmd, &os_script_evidence, 1, 5);
    osw_link_key(l, cmd);
    os_command_add(cmd, link.id);
    os_command_add(cmd, head);
    os_command_add_int(cmd, link.n);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add(cmd, os_buf_view(&next));
    osw_redis_send(l->w->redis, cmd);

    json_decref(kept);
    os_buf_free(&mac);
    os_buf_free(&text);
    os_buf_free(&next);
}


static void
osw_link_looked(os_command_t *cmd, redisReply *reply)
{
    osw_link_t  *l = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_link_end(l, 0);

    } else {
        osw_link_make(l, osw_reply_str(reply));
    }
}


static void
osw_link_look(osw_link_t *l)
{
    os_command_t  *cmd;

    if (l->tries++ == OSW_EVIDENCE_TRIES) {
        osw_link_end(l, 0);
        return;
    }

    cmd = osw_link_command(l, osw_link_looked);
    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("HGET"));
    osw_link_key(l, cmd);
    os_command_add(cmd, OS_STR("#"));
    osw_redis_send(l->w->redis, cmd);
}


void
osw_evidence_add(osw_t *w, const json_t *effect, osw_evidence_pt done,
    void *data)
{
    osw_link_t  *l;

    l = calloc(1, sizeof(osw_link_t));

    if (l == NULL) {
        done(data, 0);
        return;
    }

    l->w = w;
    l->effect = json_incref((json_t *) effect);
    l->done = done;
    l->data = data;
    osw_link_look(l);
}

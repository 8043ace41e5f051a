/*
 * osw_code: see osw_code.h.
 */

#include <stdlib.h>

#include "redis/os_script_work.h"
#include "worker/osw_code.h"


#define OSW_CODE_KEEP  (90 * 86400)     /* s */


typedef struct {
    osw_code_pt   done;
    void         *data;
} osw_taking_t;


static void
osw_code_reply(os_command_t *cmd, redisReply *reply)
{
    osw_taking_t  *taking = cmd->data;

    taking->done(taking->data, osw_reply_str(reply), osw_reply_failed(reply));
    free(taking);
}


void
osw_code_take(osw_t *w, const osw_store_t *store, os_str_t pool,
    os_str_t nonce, osw_code_pt done, void *data)
{
    os_command_t  *cmd;
    osw_taking_t  *taking;

    taking = malloc(sizeof(osw_taking_t));

    if (taking == NULL) {
        done(data, OS_NULL, 1);
        return;
    }

    *taking = (osw_taking_t) { done, data };
    cmd = os_command_new(0, osw_code_reply, taking);
    os_command_script(cmd, &os_script_one, 2, 2);
    osw_command_key(w, cmd, "stock", store->name, pool, OS_NULL);
    osw_command_key(w, cmd, "given", store->name, pool, OS_NULL);
    os_command_add(cmd, nonce);
    os_command_add_int(cmd, os_campaign_duration(store->campaign, "/keep",
                                                 OSW_CODE_KEEP));
    osw_redis_send(w->redis, cmd);
}

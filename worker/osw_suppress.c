/*
 * osw_suppress: see osw_suppress.h.
 */

#include <string.h>

#include "worker/osw_suppress.h"


os_command_t *
osw_suppress_command(const osw_t *w, os_str_t store, os_str_t hash,
    const char *why, os_reply_pt handler, void *data)
{
    int            weak = strcmp(why, OSW_NO_OFFERS) == 0;
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(&w->config->space, store, hash,
                                        OS_NULL),
                         handler ? handler : os_reply_ignored, data);
    os_command_words(cmd, weak ? 4 : 3);
    os_command_add(cmd, OS_STR("SET"));
    osw_command_key(w, cmd, "suppress", store, hash, OS_NULL);
    os_command_add(cmd, os_str(why));

    if (weak) {
        os_command_add(cmd, OS_STR("NX"));
    }

    return cmd;
}

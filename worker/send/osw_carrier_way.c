/*
 * osw_carrier_way: see osw_carrier_way.h.
 */

#include <stdio.h>

#include "worker/send/osw_carrier_way.h"


int
osw_carrier_way(const osw_carrier_conf_t *c, const char *call, json_t *view,
    os_request_t *request, os_buf_t *basic, os_error_t *err)
{
    char           name[64];
    os_buf_t       key = { 0 };
    os_str_t       header;
    const json_t  *how = json_object_get(c->how, "key");

    if (os_action_expand(json_object_get(c->how, call), os_str(c->base), view,
                         request, err) != 0)
    {
        return -1;
    }

    header = os_json_str(how, "header");

    if (header.len == 0) {
        os_buf_text(basic, c->key);
        os_buf_char(basic, ':');
        return 0;
    }

    os_buf_str(&key, os_json_str(how, "prefix"));
    os_buf_text(&key, c->key);
    snprintf(name, sizeof(name), "%.*s", (int) header.len, header.data);
    os_json_set_str(request->headers, name, os_buf_view(&key));
    os_buf_free(&key);

    return 0;
}

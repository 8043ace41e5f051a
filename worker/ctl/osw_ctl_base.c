/*
 * osw_ctl_base: see osw_ctl_base.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/os_time.h"
#include "worker/ctl/osw_ctl_base.h"


osw_base_t *
osw_ctl_base(osw_ctl_t *ctl, int64_t usual, int64_t *since, int *rc)
{
    char        *path;
    int64_t      ago = usual;
    os_str_t     named;
    os_error_t   err;
    osw_base_t  *base;

    named = os_json_str(json_object_get(ctl->w.config->json, "console"),
                        "database");

    if (named.len == 0) {
        *rc = osw_ctl_wrong(ctl, "%s: /console/database: expected the path "
                            "of the console's database",
                            ctl->w.config->path);
        return NULL;
    }

    if (ctl->since && os_duration_parse(os_str(ctl->since), &ago) != 0) {
        *rc = osw_ctl_wrong(ctl, "--since %s: expected a duration, as 30d",
                            ctl->since);
        return NULL;
    }

    path = osw_config_path(ctl->w.config->path, named);
    base = path ? osw_base_open(path, 0, &err) : NULL;

    if (base == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", path ? err.text : "no memory");
        *rc = OSW_CTL_FINDING;

    } else {
        osw_base_zone(base, osw_config_zone(ctl->w.config),
                      osw_config_offset(ctl->w.config));
    }

    *since = time(NULL) - ago;
    free(path);

    return base;
}

/*
 * osw_names: see osw_names.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_folders.h"
#include "worker/render/osw_names.h"


/* How long the name is by which a template is rendered; 0: it has none. */
static size_t
osw_names_of(const char *file)
{
    size_t  i, len = strlen(file), end;

    static const char *const  ends[] = { ".subject", ".sms", ".html", ".txt" };

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        end = strlen(ends[i]);

        if (len > end && strcmp(file + len - end, ends[i]) == 0) {
            return strncmp(file, "console_", 8) == 0 ? 0 : len - end;
        }
    }

    return 0;
}


static int
osw_names_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


/* The keys of an object, in order; it is released. */
static json_t *
osw_names_sorted(json_t *names)
{
    size_t        i, n = 0;
    json_t       *yes, *sorted = json_array();
    const char  **all = calloc(json_object_size(names) + 1, sizeof(char *));
    const char   *one;

    json_object_foreach(names, one, yes) {
        if (all != NULL) {
            all[n++] = one;
        }
    }

    if (all != NULL) {
        qsort(all, n, sizeof(char *), osw_names_order);
    }

    for (i = 0; i < n; i++) {
        (void) json_array_append_new(sorted, json_string(all[i]));
    }

    free(all);
    json_decref(names);

    return sorted;
}


json_t *
osw_names(const osw_store_t *store)
{
    size_t       len;
    json_t      *all, *yes, *names = json_object();
    os_error_t   err;
    const char  *file;

    all = os_folders_list(store->campaign->folders, "templates", ".mustache",
                          &err);

    json_object_foreach(all, file, yes) {
        len = osw_names_of(file);

        if (len) {
            (void) json_object_setn_new(names, file, len, json_true());
        }
    }

    json_decref(all);

    return osw_names_sorted(names);
}

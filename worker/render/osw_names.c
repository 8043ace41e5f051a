/*
 * osw_names: see osw_names.h.
 */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "worker/render/osw_names.h"


/* The name by which a template's file is rendered, or NULL. */
static const char *
osw_names_of(char *file)
{
    size_t       i;
    char        *end;

    static const char *const  ends[] = { ".subject.mustache", ".sms.mustache",
                                         ".html.mustache", ".txt.mustache" };

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        end = strstr(file, ends[i]);

        if (end != NULL && strcmp(end, ends[i]) == 0) {
            *end = '\0';
            return strncmp(file, "console_", 8) == 0 ? NULL : file;
        }
    }

    return NULL;
}


static void
osw_names_in(const char *folder, const char *begins, json_t *names)
{
    DIR            *dir;
    const char     *name;
    struct dirent  *entry;

    dir = opendir(folder);

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        name = osw_names_of(entry->d_name);

        if (name && strncmp(name, begins, strlen(begins)) == 0) {
            (void) json_object_set_new(names, name, json_true());
        }
    }

    if (dir != NULL) {
        (void) closedir(dir);
    }
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
osw_names(const osw_config_t *c, const osw_store_t *store)
{
    char      *own;
    json_t    *names = json_object();
    os_buf_t   path = { 0 };

    os_buf_printf(&path, "%s/templates", c->share);
    osw_names_in(path.data, "", names);
    os_buf_free(&path);

    own = osw_config_path(store->campaign->path, OS_STR("templates"));
    osw_names_in(own ? own : "", "block_", names);
    free(own);

    return osw_names_sorted(names);
}

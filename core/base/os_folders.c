/*
 * os_folders: see os_folders.h.
 */

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os_folders.h"


int
os_folders_next(os_str_t *rest, os_str_t *folder)
{
    const char  *colon;

    do {
        if (rest->len == 0) {
            return -1;
        }

        colon = memchr(rest->data, ':', rest->len);
        *folder = (os_str_t) { colon ? (size_t) (colon - rest->data)
                                     : rest->len, rest->data };
        *rest = colon ? (os_str_t) { rest->len - folder->len - 1, colon + 1 }
                      : (os_str_t) { 0, NULL };

    } while (folder->len == 0);

    return 0;
}


int
os_folders_find(const char *folders, os_buf_t *path, const char *name)
{
    int       rc = -1;
    size_t    begin = path->len;
    os_str_t  folder, rest = os_str(folders);

    while (rc == -1 && os_folders_next(&rest, &folder) == 0) {
        path->len = begin;
        os_buf_str(path, folder);
        os_buf_char(path, '/');
        os_buf_text(path, name);
        rc = !path->failed && access(path->data + begin, F_OK) == 0 ? 0 : -1;
    }

    return rc;
}


/* Adds the names in one folder: 0, or -1 where it cannot be read. */
static int
os_folders_names(const char *path, const char *end, json_t *names)
{
    DIR            *dir = opendir(path);
    size_t          len, tail = strlen(end);
    struct dirent  *entry;

    if (dir == NULL) {
        return -1;
    }

    while ((entry = readdir(dir)) != NULL) {
        len = strlen(entry->d_name);

        if (entry->d_name[0] != '.' && len > tail
            && strcmp(entry->d_name + len - tail, end) == 0)
        {
            (void) json_object_setn_new(names, entry->d_name, len - tail,
                                        json_true());
        }
    }

    (void) closedir(dir);
    return 0;
}


json_t *
os_folders_list(const char *folders, const char *sub, const char *end,
    os_error_t *err)
{
    int        found = 0;
    json_t    *sorted, *names = json_object();
    os_buf_t   path = { 0 };
    os_str_t   folder, rest = os_str(folders);

    while (os_folders_next(&rest, &folder) == 0) {
        path.len = 0;
        os_buf_str(&path, folder);
        os_buf_char(&path, '/');
        os_buf_text(&path, sub);
        found += os_folders_names(path.data, end, names) == 0;
    }

    sorted = found ? os_json_sorted(names) : NULL;

    if (sorted == NULL) {
        (void) os_fail(err, "%s: %s", path.data ? path.data : sub,
                       found ? "no memory" : "cannot be read");
    }

    json_decref(names);
    os_buf_free(&path);

    return sorted;
}


char *
os_folders_before(const char *file, const char *folders)
{
    os_buf_t     all = { 0 };
    const char  *slash = strrchr(file, '/');

    if (slash == NULL) {
        os_buf_char(&all, '.');

    } else {
        os_buf_str(&all, (os_str_t) { slash > file ? (size_t) (slash - file)
                                                   : 1, file });
    }

    os_buf_char(&all, ':');
    os_buf_text(&all, folders);

    return all.failed ? NULL : all.data;
}

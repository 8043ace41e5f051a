/*
 * os_folders: files of which a shop may have its own. Where they lie is told as
 * PATH tells where programs do: "/etc/ordersave:/usr/share/ordersave". The
 * first folder that has a file of a name gives it; an upgrade writes to the
 * last alone.
 */

#ifndef OS_FOLDERS_H
#define OS_FOLDERS_H

#include "core/base/os_json.h"


/* Where a package puts them. */
#define OS_FOLDERS_PATH  "/etc/ordersave:/usr/share/ordersave"


/*
 * One folder after the other: 0, and the next one in `folder` (borrowed, not
 * terminated); -1 at the end. `rest` begins as all of them. Empty ones are
 * passed over.
 */
int os_folders_next(os_str_t *rest, os_str_t *folder);

/*
 * Appends "FOLDER/NAME" of the first folder that has it, readable or not: 0. -1
 * where none has it: then of the last, where it is expected.
 */
int os_folders_find(const char *folders, os_buf_t *path, const char *name);

/*
 * The names of all files below FOLDER/sub that end so, without that end, each
 * once, as the keys of a new object in their order. NULL with err where no
 * folder has a `sub`, and without memory.
 */
json_t *os_folders_list(const char *folders, const char *sub, const char *end,
    os_error_t *err);

/* Puts the folder of a file before the others; to be freed. NULL: no memory. */
char *os_folders_before(const char *file, const char *folders);

#endif /* OS_FOLDERS_H */

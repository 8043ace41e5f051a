/*
 * osw_console_base: what happened, in SQLite: every fact once, and what became
 * of each order by all of them. One program writes, others may read meanwhile
 * (WAL).
 */

#ifndef OSW_CONSOLE_BASE_H
#define OSW_CONSOLE_BASE_H

#include <sqlite3.h>

#include "core/base/os_json.h"
#include "worker/console/osw_console_days.h"


typedef struct osw_base_s  osw_base_t;

/*
 * Opens the file, or makes it where it is to be written. NULL with err: it
 * cannot be, is no database, is another version's, or another process writes.
 */
osw_base_t *osw_base_open(const char *path, int writes, os_error_t *err);
void osw_base_close(osw_base_t *b);

/* For queries. */
sqlite3 *osw_base_handle(const osw_base_t *b);

/*
 * Whose days its days are: SQL has day_of(MOMENT) and day_start(DAY) for them.
 * Those of UTC unless this is called. `zone` is borrowed.
 */
void osw_base_zone(osw_base_t *b, os_str_t zone, int64_t fixed);
osw_days_t *osw_base_days(osw_base_t *b);

/*
 * Facts come in batches: all of one, with how far the shard has been read, or
 * none. Each 0, or -1 with err.
 */
int osw_base_begin(osw_base_t *b, os_error_t *err);
int osw_base_end(osw_base_t *b, unsigned shard, os_str_t entry,
    os_error_t *err);
void osw_base_undo(osw_base_t *b);

/*
 * A fact, the text that its stream has of it, and the words it is about
 * (OS_NULL: none). 1, 0 where it is known, -1 with err. What is no fact is
 * passed over as known.
 */
int osw_base_fact(osw_base_t *b, const json_t *fact, os_str_t text,
    os_str_t words, os_error_t *err);

/* The last entry of the shard that was read, appended; nothing before it. */
void osw_base_read_to(osw_base_t *b, unsigned shard, os_buf_t *out);

/* A number that stays, by its name; `other` where it is not there. */
int64_t osw_base_number(const osw_base_t *b, const char *name, int64_t other);
void osw_base_set_number(osw_base_t *b, const char *name, int64_t value);

/*
 * Of what was from `since` to `until` (epoch s) so many facts are missing; 0:
 * nobody knows how many.
 */
void osw_base_gap(osw_base_t *b, int64_t since, int64_t until, int64_t facts);

/* What a buyer of this order typed is forgotten. */
void osw_base_forget(osw_base_t *b, os_str_t order);

#endif /* OSW_CONSOLE_BASE_H */

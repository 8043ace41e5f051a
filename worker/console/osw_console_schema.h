/*
 * osw_console_schema: the tables of the console's database, and how one of an
 * earlier version becomes today's.
 */

#ifndef OSW_CONSOLE_SCHEMA_H
#define OSW_CONSOLE_SCHEMA_H

#include <sqlite3.h>

#include "core/base/os_str.h"


/*
 * Makes the tables where they are missing or older, if it `writes`. 0, or -1
 * with err, also where the database (`path`, for the message) is of a version
 * that this program does not know, or of an earlier one and only read.
 */
int osw_schema(sqlite3 *db, const char *path, int writes, os_error_t *err);

#endif /* OSW_CONSOLE_SCHEMA_H */

/*
 * osw_console_fact: a fact becomes rows: itself, and what follows from it for
 * its order, its products and the counts that pages show.
 */

#ifndef OSW_CONSOLE_FACT_H
#define OSW_CONSOLE_FACT_H

#include <sqlite3.h>

#include "core/base/os_json.h"


typedef struct osw_facts_s  osw_facts_t;

/* The database (borrowed) has its tables. NULL with err. */
osw_facts_t *osw_facts_new(sqlite3 *db, os_error_t *err);
void osw_facts_free(osw_facts_t *f);

/* As osw_base_fact() says. */
int osw_facts_add(osw_facts_t *f, const json_t *fact, os_str_t text,
    os_str_t words, os_error_t *err);

#endif /* OSW_CONSOLE_FACT_H */

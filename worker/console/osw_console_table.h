/*
 * osw_console_table: a query's rows as a table of a page, each column written
 * as what it is.
 */

#ifndef OSW_CONSOLE_TABLE_H
#define OSW_CONSOLE_TABLE_H

#include "worker/console/osw_console_page.h"


/*
 * A part of the page with the heading console.KEY and, where there is such a
 * text, the explanation console.KEY_about. Borrowed from the view.
 */
json_t *osw_table_section(osw_page_t *p, const char *key);

/*
 * Adds the rows of `sql` to a section. ?1 is since, ?2 until, ?3 now. A column
 * is called NAME:KIND; its heading is console.col_NAME. Kinds:
 *
 *     t  text            n  integer        d  days since 1970
 *     f  days, one digit m  minor units of the row's "currency:c"
 *     r  a rate: this and the next column ("n:_") are k of n, and become the
 *        rate with Wilson's interval
 *     c  a currency      w  a word of the locale's, by the column's name
 *     s  a time in epoch s
 *
 * How many rows there are, or -1 with a line in the log.
 */
int osw_table(osw_page_t *p, json_t *section, const char *sql);

/*
 * The statement of `sql` with its ?1 to ?3, to be finalized; NULL with a line
 * in the log.
 */
sqlite3_stmt *osw_table_query(osw_page_t *p, const char *sql);

/* The rows of a query as arrays of what SQLite has. New, or NULL. */
json_t *osw_table_rows(osw_page_t *p, const char *sql);

/* The head of a table that is filled by hand: names with their kinds. */
void osw_table_head(osw_page_t *p, json_t *section, const char *const *names,
    size_t n);

/* A row of texts, all taken: the first names it, numbers say so by `kinds`. */
void osw_table_row(json_t *section, const char *kinds, json_t **cells,
    size_t n);

#endif /* OSW_CONSOLE_TABLE_H */

/*
 * osw_console_overview: the console's first page: what offers brought, how many
 * orders live in each arm, and whether that is yet more than luck.
 */

#ifndef OSW_CONSOLE_OVERVIEW_H
#define OSW_CONSOLE_OVERVIEW_H

#include "worker/console/osw_console_page.h"


void osw_overview(osw_page_t *p);

/* What is missing in the days of any page, in words: view's "notes". */
void osw_overview_notes(osw_page_t *p);

#endif /* OSW_CONSOLE_OVERVIEW_H */

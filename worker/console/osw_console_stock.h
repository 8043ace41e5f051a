/*
 * osw_console_stock: what is left of pools and budgets, and by when it will
 * have been given out if it goes on like in the last 14 days.
 */

#ifndef OSW_CONSOLE_STOCK_H
#define OSW_CONSOLE_STOCK_H

#include "worker/console/osw_console_page.h"


/* Asks for all that is in stock, and in shards. */
void osw_stock_ask(osw_page_t *p);

/* A section "stock_left" of what was answered; none: nothing can run out. */
void osw_stock_finish(osw_page_t *p);

#endif /* OSW_CONSOLE_STOCK_H */

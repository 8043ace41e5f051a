/*
 * osw_console_waits: what waits for a person: requests and returns, with what
 * the page behind a mail's link shows of them.
 */

#ifndef OSW_CONSOLE_WAITS_H
#define OSW_CONSOLE_WAITS_H

#include "worker/console/osw_console_page.h"


/* Asks for the orders that may have one. */
void osw_waits_ask(osw_page_t *p);

/* "waits" of the view: those that have; the others are asked no more. */
void osw_waits_finish(osw_page_t *p);

#endif /* OSW_CONSOLE_WAITS_H */

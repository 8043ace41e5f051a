/*
 * osw_console_cancels: the page of the orders that were to be cancelled: which,
 * why, in whose words, and what became of them; by reason, offer, words; as
 * CSV.
 */

#ifndef OSW_CONSOLE_CANCELS_H
#define OSW_CONSOLE_CANCELS_H

#include "worker/console/osw_console_page.h"


void osw_cancels(osw_page_t *p);
void osw_cancels_finish(osw_page_t *p); /* the orders' records are there */

#endif /* OSW_CONSOLE_CANCELS_H */

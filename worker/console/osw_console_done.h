/*
 * osw_console_done: who did what by the console, and how it went.
 */

#ifndef OSW_CONSOLE_DONE_H
#define OSW_CONSOLE_DONE_H

#include "worker/console/osw_console_page.h"


/*
 * The newest acts as a section "acts" of the page, and, where the address names
 * one ("act=ID"), how it went as "did" of the view.
 */
void osw_done(osw_page_t *p);

#endif /* OSW_CONSOLE_DONE_H */

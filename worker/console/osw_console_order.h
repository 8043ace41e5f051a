/*
 * osw_console_order: the page of one order: its story on one time line. Who
 * placed it is read from its record, and kept nowhere.
 */

#ifndef OSW_CONSOLE_ORDER_H
#define OSW_CONSOLE_ORDER_H

#include "worker/console/osw_console_page.h"


void osw_order_page(osw_page_t *p);
void osw_order_finish(osw_page_t *p);   /* its record is there, or is not */

#endif /* OSW_CONSOLE_ORDER_H */

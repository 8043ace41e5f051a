/*
 * osw_console_ask: what a page wants to know of Redis: its orders' records, and
 * what it asks of shards.
 */

#ifndef OSW_CONSOLE_ASK_H
#define OSW_CONSOLE_ASK_H

#include "worker/console/osw_console_page.h"


/*
 * Asks for all that the page wants as it is now. `pending` is counted up by
 * each ask; `came` is called after the answer to each is in the page, which
 * must live until then, and may be called before this returns. What Redis did
 * not answer makes "unanswered" of the view.
 */
void osw_ask_all(osw_page_t *p, size_t *pending, void (*came)(void *data),
    void *data);

#endif /* OSW_CONSOLE_ASK_H */

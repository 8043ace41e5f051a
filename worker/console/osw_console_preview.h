/*
 * osw_console_preview: every page and message as a buyer would see it, of the
 * sample or of an order, by `ordersavectl render`. It stands in a frame of its
 * own, without scripts, forms or rights.
 */

#ifndef OSW_CONSOLE_PREVIEW_H
#define OSW_CONSOLE_PREVIEW_H

#include "worker/console/osw_console_page.h"


/* The page around it: what can be chosen, and the frame. */
void osw_preview_page(osw_page_t *p);

/*
 * The words of the run that makes it, which end with NULL and are borrowed from
 * the page; room for OSW_RUN_WORDS + 1.
 */
void osw_preview_words(const osw_page_t *p, const char **words);

/*
 * The document in the frame: of what the run wrote, in the colours that were
 * asked for, or why there is none. The status that HTTP gives it.
 */
unsigned osw_preview_show(osw_page_t *p, int status, os_str_t out,
    os_str_t err, os_buf_t *body);

/* The policy (CSP) of the document, appended. */
void osw_preview_policy(const osw_page_t *p, os_buf_t *out);

#endif /* OSW_CONSOLE_PREVIEW_H */

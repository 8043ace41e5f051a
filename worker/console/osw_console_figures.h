/*
 * osw_console_figures: the pages of figures: overview, reasons and products,
 * offers, messages, parcels. Each fills the view of console_figures.
 */

#ifndef OSW_CONSOLE_FIGURES_H
#define OSW_CONSOLE_FIGURES_H

#include "worker/console/osw_console_page.h"


/* An order's outcome is looked at so long after it met a page. */
#define OSW_FIGURES_SETTLED  (7 * OSW_PAGE_DAY)

/* What orders were kept, what they are worth and what the offers cost. */
#define OSW_FIGURES_MONEY_ROWS                                                \
    " saved NOT NULL AND cancelled IS NULL,"                                  \
    " CASE WHEN saved NOT NULL AND cancelled IS NULL THEN total END, given"   \
    " FROM orders WHERE decided >= ?1 AND decided < ?2 AND offer NOT NULL"
#define OSW_FIGURES_MONEY_COLUMNS                                             \
    " saved INTEGER, kept INTEGER, given INTEGER"
#define OSW_FIGURES_MONEY                                                     \
    " saved AS 'saved:n', kept AS 'kept:m', given AS 'given:m',"              \
    " kept - given AS 'net:m'"

void osw_figures_reasons(osw_page_t *p);
void osw_figures_offers(osw_page_t *p);
void osw_figures_messages(osw_page_t *p);
void osw_figures_parcels(osw_page_t *p);

#endif /* OSW_CONSOLE_FIGURES_H */

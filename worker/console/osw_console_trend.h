/*
 * osw_console_trend: reasons over time.
 */

#ifndef OSW_CONSOLE_TREND_H
#define OSW_CONSOLE_TREND_H

#include "worker/console/osw_console_page.h"


/*
 * Of the temporary table reason_day (day, reason, asked).
 *
 * A section "reasons_time": a line for each of the reasons that are given most,
 * and all of it as a table.
 */
void osw_trend_reasons(osw_page_t *p);

#endif /* OSW_CONSOLE_TREND_H */

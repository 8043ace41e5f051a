/*
 * osw_console_report: what happened, by something: the tables that
 * `ordersavectl report` and the console's pages show.
 */

#ifndef OSW_CONSOLE_REPORT_H
#define OSW_CONSOLE_REPORT_H

#include "worker/console/osw_console_base.h"


/*
 * {"columns": [name…], "rows": [[value…]…]} of orders whose page was met, or
 * whose cancel was asked for, from `since` on and before `until` (epoch s).
 * `by` is one of osw_report_names(). Money is in minor units, beside its
 * currency; a rate is a share of 1. New, or NULL with err.
 */
json_t *osw_report(const osw_base_t *b, const char *by, int64_t since,
    int64_t until, os_error_t *err);

/* What became of an order, as SQL. */
#define OSW_BECAME                                                            \
    " CASE WHEN cancelled NOT NULL THEN 'cancelled'"                          \
    "  WHEN outcome = 'withdrawn' THEN 'withdrawn'"                           \
    "  WHEN saved NOT NULL THEN 'saved'"                                      \
    "  WHEN outcome = 'accepted' THEN 'accepted' ELSE 'open' END"

/* Which orders; what is OS_NULL is no matter. */
typedef struct {
    os_str_t  became;           /* a word of OSW_BECAME */
    os_str_t  reason;
    json_t   *customers;        /* keyed hashes; NULL: of anybody */
} osw_report_which_t;

/* The newest of them, at most 1000, in the form of osw_report(). */
json_t *osw_report_orders(const osw_base_t *b, const osw_report_which_t *which,
    int64_t since, os_error_t *err);

/* "reason, offer, arm, day, product" */
const char *osw_report_names(void);

#endif /* OSW_CONSOLE_REPORT_H */

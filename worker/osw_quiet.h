/*
 * osw_quiet: when a message may reach somebody, by the clock of where he
 * lives. Nothing is ever dropped for the hour: it waits.
 */

#ifndef OSW_QUIET_H
#define OSW_QUIET_H

#include "core/base/os_holiday.h"


typedef struct {
    int            from;        /* minutes of the day: messages may begin */
    int            until;       /* they end; both equal: never quiet */
    int            no_sundays;
    const json_t  *holidays;    /* on which nothing is sent, or NULL */
} osw_hours_t;

/*
 * The first moment from now_ms on at which all clocks of the recipient allow
 * it; now_ms itself when they do now. `zone` is an IANA name, or NULL; else
 * all zones of `country` (ISO 3166, or NULL) must agree; where neither is
 * known `offset_s` east of Greenwich is taken. A zone that ICU does not know
 * is as none.
 */
int64_t osw_quiet_until(const char *zone, const char *country,
    int64_t offset_s, const osw_hours_t *hours, int64_t now_ms);

#endif /* OSW_QUIET_H */

/*
 * osw_log: see osw_log.h.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "worker/osw_log.h"


static osw_level_t  osw_log_most = OSW_INFO;


void
osw_log_level(osw_level_t level)
{
    osw_log_most = level;
}


int
osw_log_wanted(osw_level_t level)
{
    return level <= osw_log_most;
}


void
osw_log_plain(char *text)
{
    unsigned char  *at;

    for (at = (unsigned char *) text; *at; at++) {
        if (*at < ' ' || *at == 0x7f) {
            *at = ' ';

        } else if (*at == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f) {
            at[0] = at[1] = ' ';
        }
    }
}


void
osw_log(osw_level_t level, const char *fmt, ...)
{
    char       text[2048], when[32];
    time_t     now;
    va_list    args;
    struct tm  tm;

    static const char *const  names[] = {
        "", "", "", "error", "warning", "notice", "info", "debug"
    };

    if (level > osw_log_most) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    osw_log_plain(text);

    if (getenv("JOURNAL_STREAM")) {
        fprintf(stderr, "<%d>%s\n", (int) level, text);
        return;
    }

    now = time(NULL);
    (void) strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ",
                    gmtime_r(&now, &tm));
    fprintf(stderr, "%s [%s] %s\n", when, names[level], text);
}

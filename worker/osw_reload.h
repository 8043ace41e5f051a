/*
 * osw_reload: SIGHUP. The configuration is read anew, with all that it names;
 * a fault is told and changes nothing. Otherwise the program comes to rest as
 * at a stop, and runs itself again in its own process: nothing of the old
 * configuration is left behind, and a new release of the program is taken, too.
 */

#ifndef OSW_RELOAD_H
#define OSW_RELOAD_H

#include "core/view/os_share.h"
#include "worker/osw_config.h"


/* The program as it was called: of main(), as long as it runs. */
typedef struct {
    char        **argv;
    const char   *config;       /* the path */
    unsigned      wanted:1;     /* run again once all is at rest */
} osw_reload_t;


/*
 * Would all messages and pages of all stores be worded? What is only found when
 * one is made is found now. `lacks` hears of translations that are missing,
 * which is no fault. -1 with err.
 */
int osw_reload_words(const osw_config_t *config, os_share_told_pt lacks,
    os_error_t *err);

/*
 * Is all well with what `now` was read from? What a reload cannot change is
 * named, and is a fault. 0, or -1 after a line in the log.
 */
int osw_reload_check(const osw_reload_t *r, const osw_config_t *now);

/*
 * Runs the program again; what is open is closed. It comes back only when that
 * fails, after a line in the log.
 */
void osw_reload_run(const osw_reload_t *r);

#endif /* OSW_RELOAD_H */

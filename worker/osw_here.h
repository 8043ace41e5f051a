/*
 * osw_here: tells in Redis that this worker is here: with which release, and
 * with which campaigns; and when webhooks came. nginx does the same, but for
 * webhooks (docs/formats.md, here).
 */

#ifndef OSW_HERE_H
#define OSW_HERE_H

#include "worker/osw.h"


#define OSW_HERE_S  60          /* who was not heard of for so long is gone */

/* Says it, if 20 s have passed since it was said. */
void osw_here_tick(osw_t *w);

/*
 * A webhook of this source has come for this store: `check --live` asks since
 * when there was none.
 */
void osw_here_heard(osw_t *w, os_str_t store, os_str_t source);

/*
 * The command that says for some minutes that a webhook which was nothing but a
 * test has come to a worker; `name` is what its sender has made up.
 */
os_command_t *osw_here_tested(osw_t *w, os_str_t name, os_reply_pt done,
    void *data);

/* Leaves. */
void osw_here_end(osw_t *w);

#endif /* OSW_HERE_H */

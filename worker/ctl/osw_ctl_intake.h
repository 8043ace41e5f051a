/*
 * osw_ctl_intake: orders of before on their way to the workers, as events of
 * which nobody is told. See osw_ctl_import.c.
 */

#ifndef OSW_CTL_INTAKE_H
#define OSW_CTL_INTAKE_H

#include "worker/ctl/osw_ctl.h"


typedef struct {
    osw_ctl_t    *ctl;
    osw_store_t  *store;
    os_str_t      what;         /* what is read: of what a position is one */
    size_t        inflight;     /* events on their way to Redis */
    size_t        taken;        /* orders */
    size_t        unseen;       /* of them, since the workers were looked at */
    int64_t       behind;       /* events that they had not taken then */
    uint64_t      begun_ms;
    uint64_t      told_ms;      /* when progress was last shown */
    double        begun_at;     /* how much was done when we began, 0 to 1 */
    unsigned      shown:1;
    unsigned      failed:1;     /* Redis refused one */
} osw_intake_t;


/*
 * Begins: `what` names what is read and outlives the intake. The position at
 * which an import of the same ended that did not come to its end; `none`
 * without one; -1 when Redis does not answer.
 */
int64_t osw_intake_begin(osw_intake_t *in, osw_ctl_t *ctl, osw_store_t *store,
    os_str_t what, int64_t none);

/*
 * Sends an order's event; orders as os_source_map() gives them. It waits while
 * the workers are far behind. -1 after a message: nothing more is taken, since
 * Redis refuses, or no worker takes any.
 */
int osw_intake_take(osw_intake_t *in, json_t *orders);

/*
 * Everything up to this position is with Redis, once this returns 0: an import
 * of the same begins there. `done` is how much of the whole that is, 0 to 1.
 */
int osw_intake_mark(osw_intake_t *in, int64_t position, double done);

/*
 * Ends well: there is no position any more. It waits until the workers have
 * taken all. -1 after a message.
 */
int osw_intake_end(osw_intake_t *in);

#endif /* OSW_CTL_INTAKE_H */

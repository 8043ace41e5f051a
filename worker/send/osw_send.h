/*
 * osw_send: what a channel is: a way out, as a few functions. Each is a room of
 * its own, osw_channel is the table of them.
 */

#ifndef OSW_SEND_H
#define OSW_SEND_H

#include "core/order/os_task.h"
#include "worker/osw_admit.h"


/* A way out. deliver() ends in exactly one osw_job_finish(), now or later. */
typedef struct {
    const char  *name;
    int        (*start)(osw_t *w);
    void       (*deliver)(osw_job_t *job);
    void       (*stop)(osw_t *w);       /* no more deliver(); may be NULL */
    void       (*release)(osw_t *w);    /* osw_channels_release(); or NULL */

    /* Whom this job asks, for osw_admit. NULL: nobody. */
    osw_provider_t  (*provider)(osw_t *w, osw_store_t *store,
                                const os_task_t *task);
} osw_channel_t;

#endif /* OSW_SEND_H */

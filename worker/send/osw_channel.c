/*
 * osw_channel: the table of channels. See osw_channel.h.
 */

#include "worker/send/osw_channel.h"
#include "worker/send/osw_channel_watch.h"
#include "worker/osw_job.h"
#include "worker/send/osw_channel_sms.h"
#include "worker/send/osw_channel_smtp.h"
#include "worker/send/osw_channel_store.h"
#include "worker/send/osw_channel_webhook.h"


static void
osw_null_deliver(osw_job_t *job)
{
    osw_job_finish(job, OSW_DONE, NULL);
}


/* Takes everything and does nothing. */
static const osw_channel_t  osw_null_channel = {
    "null", NULL, osw_null_deliver, NULL, NULL, NULL
};


static const osw_channel_t *const  osw_channels[] = {
    &osw_smtp_channel,
    &osw_sms_channel,
    &osw_store_channel,
    &osw_webhook_channel,
    &osw_watch_channel,
    &osw_null_channel,
};

#define OSW_CHANNELS  (sizeof(osw_channels) / sizeof(osw_channels[0]))


const osw_channel_t *
osw_channel(os_str_t name)
{
    size_t  i;

    for (i = 0; i < OSW_CHANNELS; i++) {
        if (os_str_equal(name, os_str(osw_channels[i]->name))) {
            return osw_channels[i];
        }
    }

    return NULL;
}


void
osw_channels_release(osw_t *w)
{
    size_t  i;

    for (i = 0; i < OSW_CHANNELS; i++) {
        if (osw_channels[i]->release) {
            osw_channels[i]->release(w);
        }
    }
}


int
osw_channels_start(osw_t *w)
{
    size_t  i;

    for (i = 0; i < OSW_CHANNELS; i++) {
        if (osw_channels[i]->start && osw_channels[i]->start(w) != 0) {
            return -1;
        }
    }

    return 0;
}


void
osw_channels_stop(osw_t *w)
{
    size_t  i;

    for (i = 0; i < OSW_CHANNELS; i++) {
        if (osw_channels[i]->stop) {
            osw_channels[i]->stop(w);
        }
    }
}

/*
 * osw_channel: the table of channels. See osw_channel.h.
 */

#include "worker/send/osw_channel.h"
#include "worker/send/osw_channel_carrier.h"
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


static const osw_channel_t *const  osw_channels[OS_CHANNEL_MAX] = {
    [OS_CHANNEL_SMTP] = &osw_smtp_channel,
    [OS_CHANNEL_SMS] = &osw_sms_channel,
    [OS_CHANNEL_STORE] = &osw_store_channel,
    [OS_CHANNEL_WEBHOOK] = &osw_webhook_channel,
    [OS_CHANNEL_CLOCK] = &osw_watch_channel,
    [OS_CHANNEL_CARRIER] = &osw_carrier_channel,
    [OS_CHANNEL_NULL] = &osw_null_channel,
};


const osw_channel_t *
osw_channel(os_channel_t channel)
{
    return osw_channels[channel];
}


void
osw_channels_release(osw_t *w)
{
    size_t  i;

    for (i = 0; i < OS_CHANNEL_MAX; i++) {
        if (osw_channels[i]->release) {
            osw_channels[i]->release(w);
        }
    }
}


int
osw_channels_start(osw_t *w)
{
    size_t  i;

    for (i = 0; i < OS_CHANNEL_MAX; i++) {
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

    for (i = 0; i < OS_CHANNEL_MAX; i++) {
        if (osw_channels[i]->stop) {
            osw_channels[i]->stop(w);
        }
    }
}

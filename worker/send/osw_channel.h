/*
 * osw_channel: all ways out, by name: smtp, sms, store, webhook, clock,
 * carrier, null.
 */

#ifndef OSW_CHANNEL_H
#define OSW_CHANNEL_H

#include "worker/send/osw_send.h"


const osw_channel_t *osw_channel(os_channel_t channel);

/*
 * Jobs that were handed to a channel and not begun go back, where the worker
 * stops or leaves their shard: osw_queue_return().
 */
void osw_channels_release(osw_t *w);

int  osw_channels_start(osw_t *w);
void osw_channels_stop(osw_t *w);

#endif /* OSW_CHANNEL_H */

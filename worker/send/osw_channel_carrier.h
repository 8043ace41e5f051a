/*
 * osw_channel_carrier: what a tracking service is asked about a parcel. A job
 * `register` names the number to it, once; a job `poll` asks how the parcel is
 * as often as the service has kept silent for too long, until there is no more
 * to follow. How it is spoken to stands in its source (os_follow.h).
 */

#ifndef OSW_CHANNEL_CARRIER_H
#define OSW_CHANNEL_CARRIER_H

#include "worker/send/osw_send.h"


extern const osw_channel_t  osw_carrier_channel;

#endif /* OSW_CHANNEL_CARRIER_H */

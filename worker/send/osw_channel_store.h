/*
 * osw_channel_store: the channel into the store's API: reads an order,
 * applies an accepted offer, pays the difference back, looks whether a
 * deadline passed.
 */

#ifndef OSW_CHANNEL_STORE_H
#define OSW_CHANNEL_STORE_H

#include "worker/send/osw_send.h"


extern const osw_channel_t  osw_store_channel;

#endif /* OSW_CHANNEL_STORE_H */

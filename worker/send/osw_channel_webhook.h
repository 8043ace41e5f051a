/*
 * osw_channel_webhook: the channel to the shop's own systems: what happened
 * to an order, as JSON, signed: X-Ordersave-Signature is "sha256=" and the
 * hex HMAC-SHA256 of the body. No address and no phone number goes out.
 */

#ifndef OSW_CHANNEL_WEBHOOK_H
#define OSW_CHANNEL_WEBHOOK_H

#include "worker/send/osw_send.h"


extern const osw_channel_t  osw_webhook_channel;

#endif /* OSW_CHANNEL_WEBHOOK_H */

/*
 * osw_channel_sms: the channel of text messages: Twilio's API, or any JSON
 * API that the configuration describes.
 */

#ifndef OSW_CHANNEL_SMS_H
#define OSW_CHANNEL_SMS_H

#include "worker/send/osw_send.h"


extern const osw_channel_t  osw_sms_channel;

#endif /* OSW_CHANNEL_SMS_H */

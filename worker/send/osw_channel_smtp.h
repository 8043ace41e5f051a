/*
 * osw_channel_smtp: the channel of mails. One sender thread a connection,
 * because curl's multi interface blocks on SMTP; the loop hands them finished
 * mails and makes the `sending` mark that each asks for before its final dot.
 */

#ifndef OSW_CHANNEL_SMTP_H
#define OSW_CHANNEL_SMTP_H

#include "worker/send/osw_send.h"


extern const osw_channel_t  osw_smtp_channel;

#endif /* OSW_CHANNEL_SMTP_H */

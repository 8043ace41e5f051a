/*
 * osw_smtp: the channel of mails. One sender thread a connection, because
 * curl's multi interface blocks on SMTP; the loop hands them finished mails
 * and makes the `sending` mark that each asks for before its final dot.
 */

#ifndef OSW_SMTP_H
#define OSW_SMTP_H

#include "osw.h"


extern const osw_channel_t  osw_smtp_channel;

#endif /* OSW_SMTP_H */

/*
 * osw_channel_watch: the channel that only waits. A job `watch` becomes the
 * event `clock` when its time has come, and reduce decides what that means
 * then; a job `estimate` becomes the event `eta` after a look into the shop's
 * history.
 */

#ifndef OSW_CHANNEL_WATCH_H
#define OSW_CHANNEL_WATCH_H

#include "worker/send/osw_send.h"


extern const osw_channel_t  osw_watch_channel;

/* A carrier's name as the history is kept under, appended. */
void osw_carrier(os_str_t name, os_buf_t *out);

#endif /* OSW_CHANNEL_WATCH_H */

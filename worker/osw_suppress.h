/*
 * osw_suppress: addresses and numbers that nothing more is sent to. They are
 * known by their keyed hash alone; see docs/formats.md.
 */

#ifndef OSW_SUPPRESS_H
#define OSW_SUPPRESS_H

#include "worker/osw.h"


#define OSW_NO_MAILBOX  "no mailbox"
#define OSW_NO_NUMBER   "no number"
#define OSW_STOPPED     "stopped"
#define OSW_NO_OFFERS   "marketing"     /* of mail: all else goes on */


/*
 * The command that notes why: for the caller to send. `hash` is
 * os_keys_customer()'s of the address or number; `handler` may be NULL where it
 * is no matter if it is not noted. OSW_NO_OFFERS takes nothing back that says
 * more.
 */
os_command_t *osw_suppress_command(const osw_t *w, os_str_t store,
    os_str_t hash, const char *why, os_reply_pt handler, void *data);

#endif /* OSW_SUPPRESS_H */

/*
 * osw_console_listen: where the console's pages are to be had: a unix socket or
 * the loopback address.
 */

#ifndef OSW_CONSOLE_LISTEN_H
#define OSW_CONSOLE_LISTEN_H

#include "core/base/os_str.h"


/*
 * "unix:PATH" or "127.0.0.1:PORT" as a socket that listens, which is the
 * caller's; or -1 with err. A unix socket is for its group, and stays when the
 * caller has closed it: osw_listen_path() says where, or NULL.
 */
int osw_listen(const char *where, os_error_t *err);
const char *osw_listen_path(const char *where);

#endif /* OSW_CONSOLE_LISTEN_H */

/*
 * osw_smtp_way: how libcurl gets to a mail server, and one mail that is sent
 * while somebody waits.
 */

#ifndef OSW_SMTP_WAY_H
#define OSW_SMTP_WAY_H

#include <curl/curl.h>

#include "worker/osw_config.h"


/* Server, TLS and password for a handle without options; no proxy. */
void osw_smtp_way(CURL *e, const osw_smtp_conf_t *c);

/*
 * Sends a whole message (RFC 5322) now, and waits for at most the two limits of
 * the configuration. 0, or -1 with what went wrong, which has no address.
 */
int osw_smtp_once(const osw_smtp_conf_t *c, os_str_t from, os_str_t to,
    os_str_t message, os_error_t *err);

#endif /* OSW_SMTP_WAY_H */

/*
 * osw_conn: one connection to one address over libuv, in TLS where asked for:
 * commands go in, their replies come out to the owner, who judges them.
 *
 * A connection is DOWN until it is opened. While it is being made, and until
 * the owner's greeting was answered, commands wait in it: none may be carried
 * out for somebody else than it was meant for.
 */

#ifndef OSW_CONN_H
#define OSW_CONN_H

#include <openssl/ssl.h>
#include <uv.h>

#include "core/base/os_json.h"
#include "redis/os_link.h"


typedef struct osw_conn_s  osw_conn_t;

typedef struct {
    /* It stands: send the greeting. */
    void  (*greet)(osw_conn_t *conn);

    /* The owner frees or resends the command, and frees the reply. */
    void  (*reply)(osw_conn_t *conn, os_command_t *cmd, redisReply *reply);

    /*
     * It broke, or could not be made; all its commands were answered NULL.
     * `why` is NULL when the owner closed it itself.
     */
    void  (*lost)(osw_conn_t *conn, const char *why);
} osw_conn_owner_t;


/* NULL without memory. `owner` must outlive it; `data` is the owner's. */
osw_conn_t *osw_conn_new(uv_loop_t *loop, const osw_conn_owner_t *owner,
    void *data);

void *osw_conn_data(const osw_conn_t *conn);

/*
 * Begins to connect to a host's port, or to a socket's path with port 0. `tls`
 * may be NULL; `name` is then whom the certificate must be for. Nothing when
 * it is open, or closing still.
 */
void osw_conn_open(osw_conn_t *conn, const char *host, int port, SSL_CTX *tls,
    const char *name);

int osw_conn_is_up(const osw_conn_t *conn);
int osw_conn_is_down(const osw_conn_t *conn);   /* may be opened */

/* Commands that are not answered yet, and loop ms since anything came. */
size_t osw_conn_pending(const osw_conn_t *conn);
uint64_t osw_conn_silent(const osw_conn_t *conn);

/* Takes the command; it waits until the owner has greeted. */
void osw_conn_send(osw_conn_t *conn, os_command_t *cmd);

/* A command of the greeting: it goes out before all that waits. */
void osw_conn_say(osw_conn_t *conn, os_command_t *cmd);

/* The greeting went well: what waits goes out. */
void osw_conn_ready(osw_conn_t *conn);

/* Writes what is to be written; call it once a turn of the loop. */
void osw_conn_flush(osw_conn_t *conn);

/* What waits for a connection that is down is answered NULL. */
void osw_conn_give_up(osw_conn_t *conn);

/* Closes it; `why` goes to lost(). It can be opened again. */
void osw_conn_close(osw_conn_t *conn, const char *why);

/* Closes and frees it as soon as the loop lets it; it calls nobody any more. */
void osw_conn_free(osw_conn_t *conn);

/*
 * The context of all of a program's TLS connections: verified against `ca_file`
 * or, where it is NULL, what the system trusts. NULL with err.
 */
SSL_CTX *osw_tls_new(const char *ca_file, os_error_t *err);

#endif /* OSW_CONN_H */

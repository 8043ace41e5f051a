
/*
 * A connection to a node of Redis, up to where bytes can be sent: its name is
 * resolved by nginx' resolver, and where ordersave_redis says so it is a TLS
 * connection whose other end has proved its name.
 */

#ifndef _NGX_HTTP_ORDERSAVE_DIAL_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_DIAL_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


typedef struct ngx_http_ordersave_dial_s  ngx_http_ordersave_dial_t;

/* Zeroed at first; the caller sets the first four members. */
struct ngx_http_ordersave_dial_s {
    ngx_http_ordersave_server_t  *server;
    ngx_log_t                    *log;
    void                         *data;         /* the caller's */

    /*
     * Called once, also from within ngx_http_ordersave_dial(), unless it is
     * hung up before. NULL: peer.connection can be written to, its handlers
     * are the caller's to set. Else a few words of what went wrong.
     */
    void                        (*done)(ngx_http_ordersave_dial_t *dial,
                                      const char *fault);

    ngx_peer_connection_t         peer;
    ngx_sockaddr_t                sockaddr;
    ngx_str_t                     name;
    in_port_t                     port;
    ngx_resolver_ctx_t           *resolving;
};


/*
 * `name` is an address, a name, or with port 0 the path of a socket; it must
 * outlive the connection.
 */
void ngx_http_ordersave_dial(ngx_http_ordersave_dial_t *dial, ngx_str_t name,
    in_port_t port);

/* In whatever state it is; nothing is called any more. */
void ngx_http_ordersave_hang_up(ngx_http_ordersave_dial_t *dial);


#endif /* _NGX_HTTP_ORDERSAVE_DIAL_H_INCLUDED_ */


/*
 * One connection to a node of Redis: commands in line, their deadlines, bytes
 * in and out. What node it leads to, and what a reply means, is its owner's
 * business. Nothing here blocks; what cannot be sent now fails at once.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONN_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONN_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_dial.h"


typedef enum {
    NGX_HTTP_ORDERSAVE_DOWN = 0,
    NGX_HTTP_ORDERSAVE_GREETING,    /* connecting, or not answered yet */
    NGX_HTTP_ORDERSAVE_UP
} ngx_http_ordersave_state_e;


typedef struct ngx_http_ordersave_conn_s  ngx_http_ordersave_conn_t;

/* What its owner is told. */
typedef struct {

    /* It is being opened: puts the first words in line, by …_conn_say(). One
     * of the replies to them is to end in …_conn_up(). NGX_ERROR: no memory. */
    ngx_int_t                   (*greet)(ngx_http_ordersave_conn_t *conn);

    /* A reply; it and its command are the owner's from then on. The handler
     * of a command whose time was up has been called already. */
    void                        (*reply)(ngx_http_ordersave_conn_t *conn,
                                      os_command_t *cmd, redisReply *reply);

    /* It broke. What was in line is abandoned after this. */
    void                        (*lost)(ngx_http_ordersave_conn_t *conn,
                                      const char *why);
} ngx_http_ordersave_conn_owner_t;

/* Zeroed at first; the owner sets the first six members. */
struct ngx_http_ordersave_conn_s {
    const ngx_http_ordersave_conn_owner_t  *owner;
    void                                   *data;       /* the owner's */
    ngx_http_ordersave_server_t            *server;
    ngx_log_t                              *log;
    ngx_str_t                               name;       /* as for dial */
    in_port_t                               port;

    ngx_http_ordersave_state_e              state;
    ngx_http_ordersave_dial_t               dial;
    os_link_t                               link;
    ngx_event_t                             clock;      /* the nearest
                                                         * deadline; keeps a
                                                         * leaving process */
    ngx_msec_t                              stuck_since;
    size_t                                  greeting;   /* bytes of it to be
                                                         * written */
    unsigned                                stuck:1;    /* an abandoned one
                                                         * leads */
    unsigned                                feeding:1;
};


void ngx_http_ordersave_conn_open(ngx_http_ordersave_conn_t *conn);

/* `why` is NULL when it is meant: nobody is told. */
void ngx_http_ordersave_conn_close(ngx_http_ordersave_conn_t *conn,
    const char *why);

/*
 * Puts a command in line, which is the connection's from then on. Until it is
 * up nothing of it leaves. NGX_ERROR: it is down or stuck, or the line is full;
 * the command stays the caller's.
 */
ngx_int_t ngx_http_ordersave_conn_send(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd);

/* The same for one of the first words, which leaves before it is up. */
void ngx_http_ordersave_conn_say(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd);

/* The greeting is over: what is in line leaves. */
void ngx_http_ordersave_conn_up(ngx_http_ordersave_conn_t *conn);

/* What is in line leaves now, not at the end of this turn of the loop. */
void ngx_http_ordersave_conn_flush(ngx_http_ordersave_conn_t *conn);


#endif /* _NGX_HTTP_ORDERSAVE_CONN_H_INCLUDED_ */

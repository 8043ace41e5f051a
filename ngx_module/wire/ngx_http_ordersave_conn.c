
/*
 * A line to Redis. See ngx_http_ordersave_conn.h.
 */


#include "ngx_module/wire/ngx_http_ordersave_conn.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"


#define NGX_HTTP_ORDERSAVE_REPLY_MAX  (8 * 1024 * 1024)
#define NGX_HTTP_ORDERSAVE_LATE       256       /* told in a turn of the loop */


static void ngx_http_ordersave_conn_dialled(ngx_http_ordersave_dial_t *dial,
    const char *fault);
static void ngx_http_ordersave_conn_clock(ngx_event_t *ev);
static void ngx_http_ordersave_conn_readable(ngx_event_t *ev);
static void ngx_http_ordersave_conn_writable(ngx_event_t *ev);


void
ngx_http_ordersave_conn_open(ngx_http_ordersave_conn_t *conn)
{
    /* not from within the reading of what it was before */

    if (conn->state != NGX_HTTP_ORDERSAVE_DOWN || conn->feeding) {
        return;
    }

    conn->state = NGX_HTTP_ORDERSAVE_GREETING;
    conn->stuck = 0;
    conn->greeting = 0;
    conn->clock.handler = ngx_http_ordersave_conn_clock;
    conn->clock.data = conn;
    conn->clock.log = conn->log;
    ngx_add_timer(&conn->clock, NGX_HTTP_ORDERSAVE_CONNECT);

    /* its first words stand before what is put in line while it connects */

    if (os_link_init(&conn->link) == -1 || conn->owner->greet(conn) != NGX_OK)
    {
        ngx_http_ordersave_conn_close(conn, "no memory");
        return;
    }

    conn->dial.server = conn->server;
    conn->dial.log = conn->log;
    conn->dial.data = conn;
    conn->dial.done = ngx_http_ordersave_conn_dialled;
    ngx_http_ordersave_dial(&conn->dial, conn->name, conn->port);
}


static void
ngx_http_ordersave_conn_dialled(ngx_http_ordersave_dial_t *dial,
    const char *fault)
{
    ngx_connection_t           *c = dial->peer.connection;
    ngx_http_ordersave_conn_t  *conn = dial->data;

    if (fault) {
        ngx_http_ordersave_conn_close(conn, fault);
        return;
    }

    c->data = conn;
    c->read->handler = ngx_http_ordersave_conn_readable;
    c->write->handler = ngx_http_ordersave_conn_writable;

    ngx_http_ordersave_conn_flush(conn);
}


void
ngx_http_ordersave_conn_close(ngx_http_ordersave_conn_t *conn,
    const char *why)
{
    os_command_t  *cmd, *next;

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN) {
        return;
    }

    if (conn->clock.timer_set) {
        ngx_del_timer(&conn->clock);
    }

    ngx_http_ordersave_hang_up(&conn->dial);
    conn->state = NGX_HTTP_ORDERSAVE_DOWN;
    conn->stuck = 0;
    cmd = os_link_reset(&conn->link);

    if (why) {
        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_REDIS_BREAKS);
        conn->owner->lost(conn, why);
    }

    for ( /* void */ ; cmd; cmd = next) {
        next = cmd->next;
        os_command_abandon(cmd);
        os_command_free(cmd);
    }
}


static void
ngx_http_ordersave_conn_watch(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd)
{
    ngx_msec_int_t  left = (ngx_msec_int_t) (cmd->deadline - ngx_current_msec);

    if (conn->clock.timer_set) {
        if ((ngx_msec_int_t) (conn->clock.timer.key - cmd->deadline) <= 0) {
            return;
        }

        ngx_del_timer(&conn->clock);
    }

    ngx_add_timer(&conn->clock, left > 0 ? (ngx_msec_t) left : 1);
}


ngx_int_t
ngx_http_ordersave_conn_send(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd)
{
    ngx_connection_t  *c;

    if (conn->state == NGX_HTTP_ORDERSAVE_DOWN
        || conn->stuck
        || cmd->bytes.failed
        || conn->link.pending >= conn->server->queue)
    {
        return NGX_ERROR;
    }

    os_link_send(&conn->link, cmd);
    ngx_http_ordersave_conn_watch(conn, cmd);
    c = conn->dial.peer.connection;

    if (c && conn->state == NGX_HTTP_ORDERSAVE_UP) {
        c->idle = 0;

        /* what is sent within one turn of the loop leaves in one packet */

        if (!c->write->posted) {
            ngx_post_event(c->write, &ngx_posted_events);
        }
    }

    return NGX_OK;
}


void
ngx_http_ordersave_conn_say(ngx_http_ordersave_conn_t *conn,
    os_command_t *cmd)
{
    cmd->deadline = ngx_current_msec + NGX_HTTP_ORDERSAVE_CONNECT;
    os_link_send(&conn->link, cmd);
    conn->greeting = os_link_out(&conn->link).len;
    ngx_http_ordersave_conn_watch(conn, cmd);
}


void
ngx_http_ordersave_conn_up(ngx_http_ordersave_conn_t *conn)
{
    if (conn->state == NGX_HTTP_ORDERSAVE_GREETING) {
        conn->state = NGX_HTTP_ORDERSAVE_UP;

        if (!conn->feeding) {
            ngx_http_ordersave_conn_flush(conn);
        }
    }
}


/*
 * A deadline has come: those who wait are told, their replies stay awaited. So
 * many in a turn of the loop; the others are late anyhow.
 */
static void
ngx_http_ordersave_conn_clock(ngx_event_t *ev)
{
    ngx_uint_t                  told = 0;
    ngx_msec_int_t              left, nearest;
    os_command_t               *cmd;
    ngx_http_ordersave_conn_t  *conn = ev->data;

    nearest = NGX_HTTP_ORDERSAVE_STUCK;

again:

    for (cmd = conn->link.head; cmd; cmd = cmd->next) {

        if (cmd->answered) {
            continue;
        }

        left = (ngx_msec_int_t) (cmd->deadline - ngx_current_msec);

        if (left <= 0 && told++ == NGX_HTTP_ORDERSAVE_LATE) {
            left = 1;
        }

        if (left > 0) {
            nearest = ngx_min(nearest, left);

            if (told > NGX_HTTP_ORDERSAVE_LATE) {
                break;
            }

            continue;
        }

        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_REDIS_TIMEOUTS);
        os_command_abandon(cmd);

        if (conn->state == NGX_HTTP_ORDERSAVE_DOWN) {
            return;
        }

        /* the handler may have sent more, or others may be gone */
        goto again;
    }

    if (conn->state == NGX_HTTP_ORDERSAVE_GREETING
        && conn->dial.peer.connection == NULL)
    {
        ngx_http_ordersave_conn_close(conn, "cannot be connected to");
        return;
    }

    if (conn->link.head == NULL) {
        if (conn->state == NGX_HTTP_ORDERSAVE_GREETING) {
            ngx_http_ordersave_conn_close(conn, "cannot be connected to");
        }

        return;
    }

    if (conn->link.head->answered) {

        if (ngx_exiting) {
            ngx_http_ordersave_conn_close(conn, NULL);
            return;
        }

        if (!conn->stuck) {
            conn->stuck = 1;
            conn->stuck_since = ngx_current_msec;

        } else if (ngx_current_msec - conn->stuck_since
                   >= NGX_HTTP_ORDERSAVE_STUCK)
        {
            ngx_http_ordersave_conn_close(conn, "does not answer");
            return;
        }
    }

    if (!conn->clock.timer_set) {
        ngx_add_timer(&conn->clock, (ngx_msec_t) nearest);
    }
}


static void
ngx_http_ordersave_conn_deliver(void *data, os_command_t *cmd,
    redisReply *reply)
{
    ngx_http_ordersave_conn_t  *conn = data;

    /* a line that moves again is not stuck */
    conn->stuck = 0;
    conn->owner->reply(conn, cmd, reply);
}


static void
ngx_http_ordersave_conn_readable(ngx_event_t *ev)
{
    int                         rc;
    ssize_t                     n;
    ngx_connection_t           *c = ev->data;
    ngx_http_ordersave_conn_t  *conn = c->data;
    static char                 buffer[65536];

    /* this process is leaving: what is in line is still waited for */

    if (c->close && conn->link.pending == 0) {
        ngx_http_ordersave_conn_close(conn, NULL);
        return;
    }

    for ( ;; ) {
        n = c->recv(c, (u_char *) buffer, sizeof(buffer));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_ordersave_conn_close(conn, "has closed the connection");
            return;
        }

        conn->feeding = 1;
        rc = os_link_feed(&conn->link, buffer, (size_t) n,
                          NGX_HTTP_ORDERSAVE_REPLY_MAX,
                          ngx_http_ordersave_conn_deliver, conn);
        conn->feeding = 0;

        if (conn->dial.peer.connection != c) {
            return;
        }

        if (rc == -1) {
            ngx_http_ordersave_conn_close(conn, "says what is not RESP, or "
                                          "too much");
            return;
        }
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_ordersave_conn_close(conn, "cannot be listened to");
        return;
    }

    /* more may have come into line while the greeting was awaited */

    if (os_link_out(&conn->link).len) {
        ngx_http_ordersave_conn_flush(conn);
    }

    if (conn->dial.peer.connection == c && conn->link.pending == 0
        && conn->state == NGX_HTTP_ORDERSAVE_UP)
    {
        if (conn->clock.timer_set) {
            ngx_del_timer(&conn->clock);
        }

        c->idle = 1;

        if (ngx_exiting) {
            ngx_http_ordersave_conn_close(conn, NULL);
        }
    }
}


static void
ngx_http_ordersave_conn_writable(ngx_event_t *ev)
{
    ngx_connection_t  *c = ev->data;

    ngx_http_ordersave_conn_flush(c->data);
}


void
ngx_http_ordersave_conn_flush(ngx_http_ordersave_conn_t *conn)
{
    ssize_t            n;
    os_str_t           out;
    ngx_connection_t  *c = conn->dial.peer.connection;

    if (c == NULL || c->data != conn) {
        return;
    }

    for ( ;; ) {
        out = os_link_out(&conn->link);

        /* nothing more before it is sure who is there */

        if (conn->state == NGX_HTTP_ORDERSAVE_GREETING) {
            out.len = ngx_min(out.len, conn->greeting);
        }

        if (out.len == 0) {
            break;
        }

        n = c->send(c, (u_char *) out.data, out.len);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_http_ordersave_conn_close(conn, "cannot be written to");
            return;
        }

        os_link_wrote(&conn->link, (size_t) n);
        conn->greeting -= ngx_min(conn->greeting, (size_t) n);
    }

    if (conn->link.out.failed) {
        ngx_http_ordersave_conn_close(conn, "has no memory here");
        return;
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_ordersave_conn_close(conn, "cannot be written to");
    }
}

/*
 * osw_conn: see osw_conn.h.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "worker/osw_conn.h"


#define OSW_READ_SIZE  65536
#define OSW_REPLY_MAX  (256 * 1024 * 1024)


typedef enum {
    OSW_CONN_DOWN = 0,
    OSW_CONN_RESOLVING,
    OSW_CONN_CONNECTING,
    OSW_CONN_SHAKING,               /* TLS hands */
    OSW_CONN_UP,
    OSW_CONN_CLOSING
} osw_conn_state_t;


struct osw_conn_s {
    uv_loop_t               *loop;
    const osw_conn_owner_t  *owner;         /* NULL: to be freed */
    void                    *data;
    osw_conn_state_t         state;
    os_link_t                link;
    os_command_t            *waiting;       /* newest first */
    uint64_t                 heard;
    SSL_CTX                 *tls;
    SSL                     *ssl;
    char                     name[256];
    os_buf_t                 sealed;        /* for the socket, in TLS */
    char                    *written;
    unsigned                 writing:1;
    unsigned                 ready:1;       /* the greeting was answered */
    uv_getaddrinfo_t         resolve;
    uv_connect_t             connect;
    uv_write_t               write;
    union {
        uv_handle_t          handle;
        uv_stream_t          stream;
        uv_tcp_t             tcp;
        uv_pipe_t            pipe;
    } io;
    char                     buffer[OSW_READ_SIZE];
};


static void
osw_conn_bury(osw_conn_t *conn)
{
    if (conn->owner == NULL && conn->state == OSW_CONN_DOWN
        && !conn->writing)
    {
        os_buf_free(&conn->sealed);
        free(conn->written);
        free(conn);
    }
}


static void
osw_commands_fail(os_command_t *cmd)
{
    os_command_t  *next;

    for ( ; cmd != NULL; cmd = next) {
        next = cmd->next;
        os_command_abandon(cmd);
        os_command_free(cmd);
    }
}


/* Oldest first. */
static os_command_t *
osw_commands_turn(os_command_t *cmd)
{
    os_command_t  *next, *turned;

    for (turned = NULL; cmd != NULL; cmd = next) {
        next = cmd->next;
        cmd->next = turned;
        turned = cmd;
    }

    return turned;
}


static void
osw_conn_closed(uv_handle_t *handle)
{
    osw_conn_t  *conn;

    conn = handle->data;
    conn->state = OSW_CONN_DOWN;
    osw_conn_bury(conn);
}


static void
osw_conn_shut(osw_conn_t *conn)
{
    switch (conn->state) {

    case OSW_CONN_RESOLVING:
        conn->state = OSW_CONN_CLOSING;
        (void) uv_cancel((uv_req_t *) &conn->resolve);
        break;

    case OSW_CONN_CONNECTING:
    case OSW_CONN_SHAKING:
    case OSW_CONN_UP:
        conn->state = OSW_CONN_CLOSING;
        uv_close(&conn->io.handle, osw_conn_closed);
        break;

    case OSW_CONN_DOWN:
    case OSW_CONN_CLOSING:
        break;
    }

    SSL_free(conn->ssl);
    conn->ssl = NULL;
    os_buf_free(&conn->sealed);
    conn->sealed = (os_buf_t) { 0 };
}


void
osw_conn_close(osw_conn_t *conn, const char *why)
{
    os_command_t  *flight, *waiting;

    flight = os_link_reset(&conn->link);
    waiting = osw_commands_turn(conn->waiting);
    conn->waiting = NULL;
    osw_conn_shut(conn);

    /* first: what the commands' handlers send next goes by what is known now */
    if (conn->owner) {
        conn->owner->lost(conn, why);
    }

    osw_commands_fail(flight);
    osw_commands_fail(waiting);
}


void
osw_conn_give_up(osw_conn_t *conn)
{
    os_command_t  *waiting;

    waiting = osw_commands_turn(conn->waiting);
    conn->waiting = NULL;
    osw_commands_fail(waiting);
}


static void
osw_conn_stands(osw_conn_t *conn)
{
    conn->state = OSW_CONN_UP;
    conn->ready = 0;
    conn->heard = uv_now(conn->loop);
    conn->owner->greet(conn);
}


void
osw_conn_ready(osw_conn_t *conn)
{
    os_command_t  *cmd, *next;

    conn->ready = conn->state == OSW_CONN_UP;
    cmd = osw_commands_turn(conn->waiting);
    conn->waiting = NULL;

    for ( ; cmd != NULL && conn->ready; cmd = next) {
        next = cmd->next;
        os_link_send(&conn->link, cmd);
    }

    osw_commands_fail(cmd);
}


void
osw_conn_say(osw_conn_t *conn, os_command_t *cmd)
{
    os_link_send(&conn->link, cmd);
}


static void
osw_conn_deliver(void *owner, os_command_t *cmd, redisReply *reply)
{
    osw_conn_t  *conn;

    conn = owner;
    conn->heard = uv_now(conn->loop);
    conn->owner->reply(conn, cmd, reply);
}


static void
osw_conn_feed(osw_conn_t *conn, const char *data, size_t len)
{
    if (os_link_feed(&conn->link, data, len, OSW_REPLY_MAX, osw_conn_deliver,
                     conn) == -1
        && conn->state == OSW_CONN_UP)
    {
        osw_conn_close(conn, "does not speak RESP");
    }
}


static const char *
osw_tls_why(const osw_conn_t *conn)
{
    long           verdict;
    unsigned long  code;

    verdict = SSL_get_verify_result(conn->ssl);

    if (verdict != X509_V_OK) {
        return X509_verify_cert_error_string(verdict);
    }

    code = ERR_peek_error();

    return code ? ERR_reason_error_string(code) : "TLS failed";
}


/* 1 when hands are shaken, 0 when more has to come, -1 when it was closed. */
static int
osw_conn_shake(osw_conn_t *conn)
{
    int  rc;

    ERR_clear_error();
    rc = SSL_do_handshake(conn->ssl);

    if (rc == 1) {
        osw_conn_stands(conn);
        return conn->state == OSW_CONN_UP ? 1 : -1;
    }

    rc = SSL_get_error(conn->ssl, rc);

    if (rc == SSL_ERROR_WANT_READ || rc == SSL_ERROR_WANT_WRITE) {
        return 0;
    }

    osw_conn_close(conn, osw_tls_why(conn));

    return -1;
}


static void
osw_conn_unseal(osw_conn_t *conn, const char *data, size_t len)
{
    int   got;
    char  plain[16384];

    (void) BIO_write(SSL_get_rbio(conn->ssl), data, (int) len);

    if (conn->state == OSW_CONN_SHAKING && osw_conn_shake(conn) != 1) {
        return;
    }

    while (conn->ssl && (got = SSL_read(conn->ssl, plain, sizeof(plain))) > 0) {
        osw_conn_feed(conn, plain, (size_t) got);
    }
}


static void
osw_conn_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    osw_conn_t  *conn;

    (void) size;
    conn = handle->data;
    *buf = uv_buf_init(conn->buffer, OSW_READ_SIZE);
}


static void
osw_conn_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    osw_conn_t  *conn;

    conn = stream->data;

    if (got < 0) {
        osw_conn_close(conn, uv_strerror((int) got));

    } else if (got > 0 && conn->ssl) {
        osw_conn_unseal(conn, buf->base, (size_t) got);

    } else if (got > 0) {
        osw_conn_feed(conn, buf->base, (size_t) got);
    }
}


static int
osw_conn_seal(osw_conn_t *conn)
{
    conn->ssl = SSL_new(conn->tls);

    if (conn->ssl == NULL) {
        return -1;
    }

    SSL_set_bio(conn->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(conn->ssl);
    (void) SSL_set_tlsext_host_name(conn->ssl, conn->name);

    /* an address is no name (RFC 6125) */
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(conn->ssl), conn->name)
        != 1)
    {
        (void) SSL_set1_host(conn->ssl, conn->name);
    }

    return 0;
}


static void
osw_conn_connected(uv_connect_t *req, int status)
{
    osw_conn_t  *conn;

    conn = req->data;

    if (conn->state != OSW_CONN_CONNECTING) {
        return;
    }

    if (status < 0) {
        osw_conn_close(conn, uv_strerror(status));
        return;
    }

    if (os_link_init(&conn->link) != 0
        || (conn->tls && osw_conn_seal(conn) != 0)
        || uv_read_start(&conn->io.stream, osw_conn_alloc, osw_conn_read) != 0)
    {
        osw_conn_close(conn, "no memory");
        return;
    }

    if (conn->tls) {
        conn->state = OSW_CONN_SHAKING;
        (void) osw_conn_shake(conn);

    } else {
        osw_conn_stands(conn);
    }
}


static void
osw_conn_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
    int          rc;
    osw_conn_t  *conn;

    conn = req->data;

    if (conn->state == OSW_CONN_CLOSING) {
        uv_freeaddrinfo(found);
        conn->state = OSW_CONN_DOWN;
        osw_conn_bury(conn);
        return;
    }

    conn->state = OSW_CONN_DOWN;

    if (status != 0) {
        osw_conn_close(conn, uv_strerror(status));
        return;
    }

    (void) uv_tcp_init(conn->loop, &conn->io.tcp);
    conn->io.handle.data = conn;
    conn->connect.data = conn;
    conn->state = OSW_CONN_CONNECTING;
    (void) uv_tcp_nodelay(&conn->io.tcp, 1);
    rc = uv_tcp_connect(&conn->connect, &conn->io.tcp, found->ai_addr,
                        osw_conn_connected);
    uv_freeaddrinfo(found);

    if (rc != 0) {
        osw_conn_close(conn, uv_strerror(rc));
    }
}


void
osw_conn_open(osw_conn_t *conn, const char *host, int port, SSL_CTX *tls,
    const char *name)
{
    int               rc;
    char              service[16];
    struct addrinfo   hints;

    if (conn->state != OSW_CONN_DOWN || conn->writing) {
        return;
    }

    conn->tls = tls;
    conn->heard = uv_now(conn->loop);
    snprintf(conn->name, sizeof(conn->name), "%s", name ? name : host);

    if (port == 0) {
        (void) uv_pipe_init(conn->loop, &conn->io.pipe, 0);
        conn->io.handle.data = conn;
        conn->connect.data = conn;
        conn->state = OSW_CONN_CONNECTING;
        uv_pipe_connect(&conn->connect, &conn->io.pipe, host,
                        osw_conn_connected);
        return;
    }

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    snprintf(service, sizeof(service), "%d", port);
    conn->resolve.data = conn;
    conn->state = OSW_CONN_RESOLVING;
    rc = uv_getaddrinfo(conn->loop, &conn->resolve, osw_conn_resolved, host,
                        service, &hints);

    if (rc != 0) {
        conn->state = OSW_CONN_DOWN;
        osw_conn_close(conn, uv_strerror(rc));
    }
}


static void
osw_conn_wrote(uv_write_t *req, int status)
{
    osw_conn_t  *conn;

    conn = req->data;
    conn->writing = 0;
    free(conn->written);
    conn->written = NULL;

    if (status < 0 && conn->state == OSW_CONN_UP) {
        osw_conn_close(conn, uv_strerror(status));
    }

    osw_conn_bury(conn);
}


/* What is to be written next: as the link has it, or sealed. */
static os_str_t
osw_conn_out(osw_conn_t *conn)
{
    int        n;
    char      *sealed;
    os_str_t   out;

    if (conn->ssl == NULL) {
        return os_link_out(&conn->link);
    }

    while (conn->state == OSW_CONN_UP && conn->sealed.len < OSW_READ_SIZE) {
        out = os_link_out(&conn->link);
        n = out.len > OSW_READ_SIZE ? OSW_READ_SIZE : (int) out.len;
        n = n ? SSL_write(conn->ssl, out.data, n) : 0;

        if (n <= 0) {
            break;
        }

        os_link_wrote(&conn->link, (size_t) n);
        n = (int) BIO_get_mem_data(SSL_get_wbio(conn->ssl), &sealed);
        os_buf_add(&conn->sealed, sealed, (size_t) n);
        (void) BIO_reset(SSL_get_wbio(conn->ssl));
    }

    n = (int) BIO_get_mem_data(SSL_get_wbio(conn->ssl), &sealed);
    os_buf_add(&conn->sealed, sealed, n > 0 ? (size_t) n : 0);
    (void) BIO_reset(SSL_get_wbio(conn->ssl));

    return os_buf_view(&conn->sealed);
}


static void
osw_conn_took(osw_conn_t *conn, size_t n)
{
    if (conn->ssl == NULL) {
        os_link_wrote(&conn->link, n);
        return;
    }

    memmove(conn->sealed.data, conn->sealed.data + n, conn->sealed.len - n);
    conn->sealed.len -= n;
}


/* What the socket does not take at once goes out as it gets room. */
void
osw_conn_flush(osw_conn_t *conn)
{
    int        rc;
    os_str_t   out;
    uv_buf_t   buf;

    if ((conn->state != OSW_CONN_UP && conn->state != OSW_CONN_SHAKING)
        || conn->writing)
    {
        return;
    }

    for ( ;; ) {
        out = osw_conn_out(conn);

        if (out.len == 0) {
            return;
        }

        buf = uv_buf_init((char *) out.data, (unsigned) out.len);
        rc = uv_try_write(&conn->io.stream, &buf, 1);

        if (rc <= 0) {
            break;
        }

        osw_conn_took(conn, (size_t) rc);
    }

    if (rc != UV_EAGAIN) {
        osw_conn_close(conn, uv_strerror(rc));
        return;
    }

    conn->written = malloc(out.len);
    if (conn->written == NULL) {
        return;
    }

    memcpy(conn->written, out.data, out.len);
    osw_conn_took(conn, out.len);
    buf = uv_buf_init(conn->written, (unsigned) out.len);
    conn->write.data = conn;
    conn->writing = 1;

    if (uv_write(&conn->write, &conn->io.stream, &buf, 1, osw_conn_wrote)
        != 0)
    {
        conn->writing = 0;
        free(conn->written);
        conn->written = NULL;
        osw_conn_close(conn, "write failed");
    }
}


void
osw_conn_send(osw_conn_t *conn, os_command_t *cmd)
{
    if (osw_conn_pending(conn) == 0) {
        conn->heard = uv_now(conn->loop);
    }

    if (conn->state == OSW_CONN_UP && conn->ready) {
        os_link_send(&conn->link, cmd);
        return;
    }

    cmd->next = conn->waiting;
    conn->waiting = cmd;
}


int
osw_conn_is_up(const osw_conn_t *conn)
{
    return conn->state == OSW_CONN_UP;
}


int
osw_conn_is_down(const osw_conn_t *conn)
{
    return conn->state == OSW_CONN_DOWN && !conn->writing;
}


size_t
osw_conn_pending(const osw_conn_t *conn)
{
    return conn->link.pending + (conn->waiting != NULL);
}


uint64_t
osw_conn_silent(const osw_conn_t *conn)
{
    return uv_now(conn->loop) - conn->heard;
}


void *
osw_conn_data(const osw_conn_t *conn)
{
    return conn->data;
}


osw_conn_t *
osw_conn_new(uv_loop_t *loop, const osw_conn_owner_t *owner, void *data)
{
    osw_conn_t  *conn;

    conn = calloc(1, sizeof(osw_conn_t));

    if (conn != NULL) {
        conn->loop = loop;
        conn->owner = owner;
        conn->data = data;
        conn->link.tail = &conn->link.head;
    }

    return conn;
}


void
osw_conn_free(osw_conn_t *conn)
{
    conn->owner = NULL;
    osw_conn_close(conn, NULL);
    osw_conn_bury(conn);
}


SSL_CTX *
osw_tls_new(const char *ca_file, os_error_t *err)
{
    int       rc;
    SSL_CTX  *tls;

    tls = SSL_CTX_new(TLS_client_method());

    if (tls == NULL) {
        (void) os_fail(err, "no TLS");
        return NULL;
    }

    (void) SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    rc = ca_file ? SSL_CTX_load_verify_locations(tls, ca_file, NULL)
                 : SSL_CTX_set_default_verify_paths(tls);

    if (rc != 1) {
        (void) os_fail(err, "%s: certificates of an authority expected",
                       ca_file ? ca_file : "the system");
        SSL_CTX_free(tls);
        return NULL;
    }

    return tls;
}


/*
 * Connecting to a node of Redis. See ngx_http_ordersave_dial.h.
 */


#include "ngx_module/wire/ngx_http_ordersave_dial.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"

#if (NGX_HTTP_SSL)
#include <openssl/x509v3.h>
#endif


static void ngx_http_ordersave_dial_resolved(ngx_resolver_ctx_t *resolving);
static void ngx_http_ordersave_dial_connect(ngx_http_ordersave_dial_t *dial,
    socklen_t socklen);
static void ngx_http_ordersave_dial_connected(ngx_event_t *ev);


/* The length of what `name` came to in dial->sockaddr; 0: it is a name. */
static socklen_t
ngx_http_ordersave_dial_address(ngx_http_ordersave_dial_t *dial)
{
    ngx_str_t             name = dial->name;
    struct sockaddr_in   *sin = &dial->sockaddr.sockaddr_in;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6 = &dial->sockaddr.sockaddr_in6;
#endif
#if (NGX_HAVE_UNIX_DOMAIN)
    struct sockaddr_un   *sun = &dial->sockaddr.sockaddr_un;

    if (dial->port == 0 && name.len < sizeof(sun->sun_path)) {
        ngx_memzero(sun, sizeof(*sun));
        sun->sun_family = AF_UNIX;
        ngx_memcpy(sun->sun_path, name.data, name.len);
        return sizeof(struct sockaddr_un);
    }
#endif

    ngx_memzero(&dial->sockaddr, sizeof(ngx_sockaddr_t));
    sin->sin_addr.s_addr = ngx_inet_addr(name.data, name.len);

    if (sin->sin_addr.s_addr != INADDR_NONE) {
        sin->sin_family = AF_INET;
        sin->sin_port = htons(dial->port);
        return sizeof(struct sockaddr_in);
    }

#if (NGX_HAVE_INET6)

    ngx_memzero(&dial->sockaddr, sizeof(ngx_sockaddr_t));

    if (ngx_inet6_addr(name.data, name.len, sin6->sin6_addr.s6_addr)
        == NGX_OK)
    {
        sin6->sin6_family = AF_INET6;
        sin6->sin6_port = htons(dial->port);
        return sizeof(struct sockaddr_in6);
    }

#endif

    return 0;
}


void
ngx_http_ordersave_dial(ngx_http_ordersave_dial_t *dial, ngx_str_t name,
    in_port_t port)
{
    socklen_t            socklen;
    ngx_resolver_ctx_t  *resolving;

    dial->name = name;
    dial->port = port;
    socklen = ngx_http_ordersave_dial_address(dial);

    if (socklen) {
        ngx_http_ordersave_dial_connect(dial, socklen);
        return;
    }

    if (dial->server->resolver == NULL) {
        dial->done(dial, "is a name, and there is no \"resolver\"");
        return;
    }

    resolving = ngx_resolve_start(dial->server->resolver, NULL);

    if (resolving == NULL || resolving == NGX_NO_RESOLVER) {
        dial->done(dial, "cannot be resolved");
        return;
    }

    resolving->name = name;
    resolving->handler = ngx_http_ordersave_dial_resolved;
    resolving->data = dial;
    resolving->timeout = NGX_HTTP_ORDERSAVE_RESOLVE;
    dial->resolving = resolving;

    /* what went wrong has freed it */

    if (ngx_resolve_name(resolving) != NGX_OK) {
        dial->resolving = NULL;
        dial->done(dial, "cannot be resolved");
    }
}


static void
ngx_http_ordersave_dial_resolved(ngx_resolver_ctx_t *resolving)
{
    socklen_t                   socklen = 0;
    ngx_uint_t                  i;
    ngx_http_ordersave_dial_t  *dial = resolving->data;

    dial->resolving = NULL;

    if (resolving->state == 0 && resolving->naddrs) {
        i = ngx_random() % resolving->naddrs;
        socklen = resolving->addrs[i].socklen;
        ngx_memcpy(&dial->sockaddr, resolving->addrs[i].sockaddr, socklen);
        ngx_inet_set_port(&dial->sockaddr.sockaddr, dial->port);
    }

    ngx_resolve_name_done(resolving);

    if (socklen) {
        ngx_http_ordersave_dial_connect(dial, socklen);

    } else {
        dial->done(dial, "cannot be resolved");
    }
}


static void
ngx_http_ordersave_dial_connect(ngx_http_ordersave_dial_t *dial,
    socklen_t socklen)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    ngx_memzero(&dial->peer, sizeof(ngx_peer_connection_t));
    dial->peer.sockaddr = &dial->sockaddr.sockaddr;
    dial->peer.socklen = socklen;
    dial->peer.name = &dial->name;
    dial->peer.get = ngx_event_get_peer;
    dial->peer.log = dial->log;
    dial->peer.log_error = NGX_ERROR_ERR;

    rc = ngx_event_connect_peer(&dial->peer);

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_http_ordersave_hang_up(dial);
        dial->done(dial, "cannot be connected to");
        return;
    }

    c = dial->peer.connection;
    c->data = dial;
    c->pool = NULL;
    c->sendfile = 0;
    c->read->handler = ngx_http_ordersave_dial_connected;
    c->write->handler = ngx_http_ordersave_dial_connected;

    if (rc == NGX_OK) {
        ngx_http_ordersave_dial_connected(c->write);
    }
}


#if (NGX_HTTP_SSL)

static ngx_uint_t
ngx_http_ordersave_dial_is_name(ngx_str_t text)
{
    u_char  bytes[16];

    return ngx_inet_addr(text.data, text.len) == INADDR_NONE
#if (NGX_HAVE_INET6)
           && ngx_inet6_addr(text.data, text.len, bytes) != NGX_OK
#endif
           && text.len > 0;
}


/* RFC 6125, 6.4; an address stands in a certificate as one (RFC 5280). */
static ngx_uint_t
ngx_http_ordersave_dial_named(ngx_connection_t *c, ngx_str_t name)
{
    X509        *cert;
    char         text[256];
    ngx_uint_t   same;

    if (ngx_http_ordersave_dial_is_name(name)) {
        return ngx_ssl_check_host(c, &name) == NGX_OK;
    }

    cert = SSL_get_peer_certificate(c->ssl->connection);

    if (cert == NULL || name.len >= sizeof(text)) {
        X509_free(cert);
        return 0;
    }

    ngx_memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    same = X509_check_ip_asc(cert, text, 0) == 1;
    X509_free(cert);

    return same;
}


static void
ngx_http_ordersave_dial_shaken(ngx_connection_t *c)
{
    const char                   *fault = NULL;
    ngx_str_t                     name;
    ngx_http_ordersave_dial_t    *dial = c->data;
    ngx_http_ordersave_server_t  *server = dial->server;

    name = server->ssl_name.len ? server->ssl_name : dial->name;

    if (!c->ssl->handshaked) {
        fault = "does not shake hands by TLS";

    } else if (server->ssl_verify
               && SSL_get_verify_result(c->ssl->connection) != X509_V_OK)
    {
        fault = "has a certificate that no known authority signed";

    } else if (server->ssl_verify
               && !ngx_http_ordersave_dial_named(c, name))
    {
        fault = "has a certificate of another name";
    }

    if (fault) {
        ngx_http_ordersave_hang_up(dial);
    }

    dial->done(dial, fault);
}


static ngx_int_t
ngx_http_ordersave_dial_shake(ngx_http_ordersave_dial_t *dial)
{
    ngx_connection_t  *c = dial->peer.connection;
    ngx_str_t          name;
    char               text[256];

    c->pool = ngx_create_pool(512, dial->log);

    if (c->pool == NULL
        || ngx_ssl_create_connection(dial->server->ssl, c,
                                     NGX_SSL_BUFFER|NGX_SSL_CLIENT)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    name = dial->server->ssl_name.len ? dial->server->ssl_name : dial->name;

    /* RFC 6066, 3: no addresses */

    if (name.len < sizeof(text) && dial->port
        && ngx_http_ordersave_dial_is_name(name))
    {
        ngx_memcpy(text, name.data, name.len);
        text[name.len] = '\0';

        if (SSL_set_tlsext_host_name(c->ssl->connection, text) == 0) {
            return NGX_ERROR;
        }
    }

    if (ngx_ssl_handshake(c) == NGX_AGAIN) {
        c->ssl->handler = ngx_http_ordersave_dial_shaken;
        return NGX_AGAIN;
    }

    ngx_http_ordersave_dial_shaken(c);
    return NGX_OK;
}

#endif


static void
ngx_http_ordersave_dial_connected(ngx_event_t *ev)
{
    int                         err = 0;
    socklen_t                   len = sizeof(err);
    ngx_connection_t           *c = ev->data;
    ngx_http_ordersave_dial_t  *dial = c->data;

    if (c->close
        || getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1
        || err)
    {
        ngx_log_error(NGX_LOG_INFO, dial->log, err,
                      "ordersave: connect() to redis %V failed", &dial->name);
        ngx_http_ordersave_hang_up(dial);
        dial->done(dial, "cannot be connected to");
        return;
    }

    if (!ev->write) {
        return;                         /* nothing was asked yet */
    }

#if (NGX_HTTP_SSL)

    if (dial->server->ssl) {
        if (ngx_http_ordersave_dial_shake(dial) == NGX_ERROR) {
            ngx_http_ordersave_hang_up(dial);
            dial->done(dial, "cannot be spoken to by TLS");
        }

        return;
    }

#endif

    dial->done(dial, NULL);
}


void
ngx_http_ordersave_hang_up(ngx_http_ordersave_dial_t *dial)
{
    ngx_pool_t        *pool;
    ngx_connection_t  *c = dial->peer.connection;

    if (dial->resolving) {
        ngx_resolve_name_done(dial->resolving);
        dial->resolving = NULL;
    }

    if (c == NULL) {
        return;
    }

    dial->peer.connection = NULL;

#if (NGX_HTTP_SSL)

    if (c->ssl) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = !c->ssl->handshaked;
        (void) ngx_ssl_shutdown(c);
    }

#endif

    pool = c->pool;
    ngx_close_connection(c);

    if (pool) {
        ngx_destroy_pool(pool);
    }
}

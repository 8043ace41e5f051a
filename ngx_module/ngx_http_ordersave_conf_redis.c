
/*
 * Where Redis is, and where events wait for it.
 */


#include "ngx_module/ngx_http_ordersave_conf_redis.h"
#include "ngx_module/ngx_http_ordersave_conf_base.h"
#include "redis/os_topology.h"


#define NGX_HTTP_ORDERSAVE_SPOOL_PATH  "/var/spool/ordersave"


/* An option of ordersave_redis: NGX_CONF_OK, or what nginx is to say. */
typedef char *(*ngx_http_ordersave_option_pt)(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value);

typedef struct {
    const char                    *name;
    ngx_http_ordersave_option_pt   set;     /* NULL: a text, */
    size_t                         at;      /* that goes there */
    unsigned                       secret:1;    /* a file has it */
} ngx_http_ordersave_redis_option_t;


/* HOST[:PORT] or unix:PATH as a seed; a name stays one for now. */
static ngx_int_t
ngx_http_ordersave_conf_seed(ngx_conf_t *cf, ngx_str_t text, in_port_t port,
    ngx_array_t *seeds)
{
    ngx_url_t                   u;
    ngx_http_ordersave_seed_t  *seed;

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = text;
    u.default_port = port;
    u.no_resolve = 1;

    seed = ngx_array_push(seeds);
    if (seed == NULL) {
        return NGX_ERROR;
    }

    if (ngx_parse_url(cf->pool, &u) != NGX_OK || u.uri.len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"%V\": expected HOST[:PORT][,...], "
                           "unix:PATH or sentinel:HOST[:PORT][,...]",
                           u.err ? u.err : "no address", &text);
        return NGX_ERROR;
    }

    if (u.family == AF_UNIX) {
        seed->host.data = text.data + sizeof("unix:") - 1;
        seed->host.len = text.len - (sizeof("unix:") - 1);
        seed->port = 0;
        return NGX_OK;
    }

    seed->host = u.host;
    seed->port = u.port;

    /* an address of IPv6 without its brackets */

    if (seed->host.len > 1 && seed->host.data[0] == '[') {
        seed->host.data++;
        seed->host.len -= 2;
    }

    return NGX_OK;
}


/* What `text` begins with is taken off it. */
static ngx_uint_t
ngx_http_ordersave_conf_begins(ngx_str_t *text, const char *prefix)
{
    size_t  len = ngx_strlen(prefix);

    if (text->len <= len || ngx_strncmp(text->data, prefix, len) != 0) {
        return 0;
    }

    text->data += len;
    text->len -= len;

    return 1;
}


/* "127.0.0.1", "rediss:a,b", "sentinel:a:26379,b,c" */
static ngx_int_t
ngx_http_ordersave_conf_where(ngx_conf_t *cf, ngx_str_t text,
    ngx_http_ordersave_server_t *server, ngx_uint_t *sentinel,
    ngx_uint_t *ssl)
{
    u_char     *comma;
    ngx_str_t   one;

    server->seeds = ngx_array_create(cf->pool, 3,
                                     sizeof(ngx_http_ordersave_seed_t));
    if (server->seeds == NULL) {
        return NGX_ERROR;
    }

    *sentinel = ngx_http_ordersave_conf_begins(&text, "sentinel:");

    if (ngx_http_ordersave_conf_begins(&text, "rediss://")
        || ngx_http_ordersave_conf_begins(&text, "rediss:"))
    {
        *ssl = 1;

    } else if (!ngx_http_ordersave_conf_begins(&text, "redis://")) {
        (void) ngx_http_ordersave_conf_begins(&text, "redis:");
    }

    do {
        comma = ngx_strlchr(text.data, text.data + text.len, ',');
        one.data = text.data;
        one.len = comma ? (size_t) (comma - text.data) : text.len;
        text.data += one.len + (comma != NULL);
        text.len -= one.len + (comma != NULL);

        if (ngx_http_ordersave_conf_seed(cf, one, *sentinel ? 26379 : 6379,
                                         server->seeds)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

    } while (text.len);

    if (server->seeds->nelts > OS_SEEDS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%ui addresses of Redis: expected at most %d",
                           server->seeds->nelts, OS_SEEDS_MAX);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static char *
ngx_http_ordersave_option_db(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value)
{
    server->db = ngx_atoi(value.data, value.len);

    return server->db < 0 || server->db > 1000000
           ? ngx_http_ordersave_invalid(cf, word, "a number of a database")
           : NGX_CONF_OK;
}


static char *
ngx_http_ordersave_option_timeout(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value)
{
    ngx_int_t  ms = ngx_parse_time(&value, 0);

    if (ms < 1 || ms > 10000) {
        return ngx_http_ordersave_invalid(cf, word, "a time from 1ms to 10s");
    }

    server->timeout = ms;
    return NGX_CONF_OK;
}


static char *
ngx_http_ordersave_option_wait(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value)
{
    ngx_int_t  ms;

    if (value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0) {
        server->wait = 0;
        return NGX_CONF_OK;
    }

    ms = ngx_parse_time(&value, 0);

    if (ms < 1 || ms > 1000) {
        return ngx_http_ordersave_invalid(cf, word,
                                          "a time from 1ms to 1s, or off");
    }

    server->wait = ms;
    return NGX_CONF_OK;
}


static char *
ngx_http_ordersave_option_queue(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value)
{
    ngx_int_t  n = ngx_atoi(value.data, value.len);

    if (n < 1) {
        return ngx_http_ordersave_invalid(cf, word,
                                          "a number of commands from 1");
    }

    server->queue = n;
    return NGX_CONF_OK;
}


static char *
ngx_http_ordersave_option_prefix(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value)
{
    return os_space_init(&server->space, ngx_http_ordersave_os(value),
                         server->space.shards) == -1
           ? ngx_http_ordersave_invalid(cf, word,
                 "a prefix of 1 to 63 characters without braces")
           : NGX_CONF_OK;
}


static char *
ngx_http_ordersave_option_shards(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value)
{
    char        prefix[sizeof(server->space.prefix)];
    ngx_int_t   n = ngx_atoi(value.data, value.len);

    ngx_memcpy(prefix, server->space.prefix, sizeof(prefix));

    return n < 1 || n > OS_SHARDS_MAX
           || os_space_init(&server->space, os_str(prefix), (unsigned) n)
              == -1
           ? ngx_http_ordersave_invalid(cf, word, "a number from 1 to 256")
           : NGX_CONF_OK;
}


#if (NGX_HTTP_SSL)

static char *
ngx_http_ordersave_option_ssl_verify(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word, ngx_str_t value)
{
    server->ssl_verify = ngx_strcmp(value.data, "on") == 0;

    return server->ssl_verify || ngx_strcmp(value.data, "off") == 0
           ? NGX_CONF_OK
           : ngx_http_ordersave_invalid(cf, word, "\"on\" or \"off\"");
}


/*
 * nginx' own TLS, of a client: with the authorities of `ssl_ca=` or those that
 * the system trusts.
 */
static ngx_int_t
ngx_http_ordersave_redis_ssl(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server)
{
    ngx_pool_cleanup_t  *cleanup;

    server->ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    if (server->ssl == NULL) {
        return NGX_ERROR;
    }

    server->ssl->log = cf->log;

    if (ngx_ssl_create(server->ssl, NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == NULL) {
        ngx_ssl_cleanup_ctx(server->ssl);
        return NGX_ERROR;
    }

    cleanup->handler = ngx_ssl_cleanup_ctx;
    cleanup->data = server->ssl;

    if (server->ssl_ca.len) {
        if (ngx_ssl_trusted_certificate(cf, server->ssl, &server->ssl_ca, 5)
            == NGX_OK)
        {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ssl_ca=%V\": expected a file of certificates",
                           &server->ssl_ca);
        return NGX_ERROR;
    }

    return SSL_CTX_set_default_verify_paths(server->ssl->ctx) == 1
           ? NGX_OK : NGX_ERROR;
}

#endif


#define NGX_HTTP_ORDERSAVE_TEXT(member)                                       \
    NULL, offsetof(ngx_http_ordersave_server_t, member)


static const ngx_http_ordersave_redis_option_t
    ngx_http_ordersave_redis_options[] = {
    { "db", ngx_http_ordersave_option_db, 0, 0 },
    { "user", NGX_HTTP_ORDERSAVE_TEXT(user), 0 },
    { "password_file", NGX_HTTP_ORDERSAVE_TEXT(password), 1 },
    { "sentinel_user", NGX_HTTP_ORDERSAVE_TEXT(sentinel_user), 0 },
    { "sentinel_password_file",
      NGX_HTTP_ORDERSAVE_TEXT(sentinel_password), 1 },
    { "timeout", ngx_http_ordersave_option_timeout, 0, 0 },
    { "wait", ngx_http_ordersave_option_wait, 0, 0 },
    { "queue", ngx_http_ordersave_option_queue, 0, 0 },
    { "prefix", ngx_http_ordersave_option_prefix, 0, 0 },
    { "shards", ngx_http_ordersave_option_shards, 0, 0 },
    { "master", NGX_HTTP_ORDERSAVE_TEXT(master), 0 },
#if (NGX_HTTP_SSL)
    { "ssl_name", NGX_HTTP_ORDERSAVE_TEXT(ssl_name), 0 },
    { "ssl_ca", NGX_HTTP_ORDERSAVE_TEXT(ssl_ca), 0 },
    { "ssl_verify", ngx_http_ordersave_option_ssl_verify, 0, 0 },
#endif
};


static char *
ngx_http_ordersave_redis_option(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_str_t *word)
{
    ngx_str_t                                 value, *text;
    ngx_uint_t                                i;
    const ngx_http_ordersave_redis_option_t  *option;

    for (i = 0; i < sizeof(ngx_http_ordersave_redis_options)
                    / sizeof(ngx_http_ordersave_redis_options[0]); i++)
    {
        option = &ngx_http_ordersave_redis_options[i];

        if (!ngx_http_ordersave_option(word, option->name, &value)) {
            continue;
        }

        if (option->set) {
            return option->set(cf, server, word, value);
        }

        text = (ngx_str_t *) ((char *) server + option->at);

        if (option->secret) {
            return ngx_http_ordersave_secret(cf, value, text) == NGX_OK
                   ? NGX_CONF_OK : NGX_CONF_ERROR;
        }

        *text = value;
        return NGX_CONF_OK;
    }

    return ngx_http_ordersave_invalid(cf, word,
               "ssl, ssl_name=, ssl_ca=, ssl_verify=, db=, user=, "
               "password_file=, sentinel_user=, sentinel_password_file=, "
               "timeout=, queue=, prefix=, shards= or master=");
}


/* What goes together, and what does not. */
static char *
ngx_http_ordersave_redis_fits(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server, ngx_uint_t sentinel, ngx_uint_t ssl)
{
    if (sentinel != (server->master.len > 0)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"sentinel:\" and \"master=\" go together");
        return NGX_CONF_ERROR;
    }

    if (!sentinel && server->sentinel_password.len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"sentinel_password_file=\" is for \"sentinel:\"");
        return NGX_CONF_ERROR;
    }

#if (NGX_HTTP_SSL)

    if (ssl && ngx_http_ordersave_redis_ssl(cf, server) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (!ssl && (server->ssl_name.len || server->ssl_ca.len)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ssl_name=\" and \"ssl_ca=\" need \"ssl\"");
        return NGX_CONF_ERROR;
    }

#else

    if (ssl) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ssl\": this nginx was built without "
                           "http_ssl_module");
        return NGX_CONF_ERROR;
    }

#endif

    return NGX_CONF_OK;
}


char *
ngx_http_ordersave_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_main_conf_t  *mcf = conf;

    char                         *rc;
    ngx_str_t                    *words;
    ngx_uint_t                    i, sentinel, ssl = 0;
    ngx_http_ordersave_server_t  *server;

    if (mcf->server) {
        return "is duplicate";
    }

    server = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_server_t));
    if (server == NULL) {
        return NGX_CONF_ERROR;
    }

    server->timeout = 50;
    server->queue = 4096;
    server->wait = 500;
#if (NGX_HTTP_SSL)
    server->ssl_verify = 1;
#endif
    (void) os_space_init(&server->space, OS_STR(OS_PREFIX), OS_SHARDS);
    words = cf->args->elts;

    if (ngx_http_ordersave_once(cf) != NGX_OK
        || ngx_http_ordersave_conf_where(cf, words[1], server, &sentinel,
                                         &ssl)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(words[i].data, "ssl") == 0) {
            ssl = 1;
            continue;
        }

        rc = ngx_http_ordersave_redis_option(cf, server, &words[i]);

        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    mcf->server = server;
    return ngx_http_ordersave_redis_fits(cf, server, sentinel, ssl);
}


/* A name is resolved now; each of its addresses is one to begin with. */
static ngx_int_t
ngx_http_ordersave_redis_resolve(ngx_conf_t *cf, ngx_array_t *seeds,
    ngx_uint_t i)
{
    u_char                     *colon;
    ngx_url_t                   u;
    ngx_uint_t                  n;
    ngx_http_ordersave_seed_t  *seed = seeds->elts;

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.host = seed[i].host;
    u.port = seed[i].port;

    if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "%s \"%V\" in \"ordersave_redis\"; with a \"resolver\" "
                      "in http it is looked up when it is needed",
                      u.err ? u.err : "no address of", &u.host);
        return NGX_ERROR;
    }

    for (n = 0; n < u.naddrs; n++) {
        seed = n ? ngx_array_push(seeds) : (ngx_http_ordersave_seed_t *)
                                           seeds->elts + i;
        if (seed == NULL) {
            return NGX_ERROR;
        }

        /* the address without its port, and without brackets */

        seed->host = u.addrs[n].name;
        seed->port = u.port;
        colon = seed->host.data + seed->host.len;

        while (*--colon != ':') { /* void */ }

        seed->host.len = colon - seed->host.data;

        if (seed->host.data[0] == '[') {
            seed->host.data++;
            seed->host.len -= 2;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_ordersave_redis_names(ngx_conf_t *cf,
    ngx_http_ordersave_server_t *server)
{
    u_char                      bytes[16];
    ngx_uint_t                  i, n = server->seeds->nelts;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_ordersave_seed_t  *seed;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->resolver && clcf->resolver->connections.nelts) {
        server->resolver = clcf->resolver;
        return NGX_OK;
    }

    for (i = 0; i < n; i++) {
        seed = (ngx_http_ordersave_seed_t *) server->seeds->elts + i;

        if (seed->port == 0
            || ngx_inet_addr(seed->host.data, seed->host.len) != INADDR_NONE
#if (NGX_HAVE_INET6)
            || ngx_inet6_addr(seed->host.data, seed->host.len, bytes)
               == NGX_OK
#endif
            )
        {
            continue;
        }

        if (ngx_http_ordersave_redis_resolve(cf, server->seeds, i) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


char *
ngx_http_ordersave_conf_spool(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_main_conf_t  *mcf = conf;

    off_t       size;
    ngx_str_t  *words, value;

    if (mcf->spool_path.data) {
        return "is duplicate";
    }

    words = cf->args->elts;
    mcf->spool_path = words[1];

    if (ngx_strcmp(words[1].data, "off") != 0
        && ngx_conf_full_name(cf->cycle, &mcf->spool_path, 0) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3) {

        if (!ngx_http_ordersave_option(&words[2], "size", &value)
            || (size = ngx_parse_offset(&value)) < 4096)
        {
            return ngx_http_ordersave_invalid(cf, &words[2],
                                              "size= of at least 4k");
        }

        mcf->spool_max = size;
    }

    return NGX_CONF_OK;
}


/* The spool's folder is there, and the nginx processes may write to it. */
ngx_int_t
ngx_http_ordersave_spool_folder(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_str_t         default_path = ngx_string(NGX_HTTP_ORDERSAVE_SPOOL_PATH);
    ngx_core_conf_t  *ccf;
    ngx_file_info_t   info;

    if (mcf->spool_path.data == NULL) {
        mcf->spool_path = default_path;
    }

    if (mcf->spool_max == 0) {
        mcf->spool_max = 64 * 1024 * 1024;
    }

    if (ngx_strcmp(mcf->spool_path.data, "off") == 0) {
        mcf->spool_path.len = 0;
        return NGX_OK;
    }

    if (ngx_create_dir(mcf->spool_path.data, 0700) == NGX_FILE_ERROR) {
        if (ngx_errno != NGX_EEXIST) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               ngx_create_dir_n " \"%s\" failed",
                               mcf->spool_path.data);
            return NGX_ERROR;
        }

        if (ngx_file_info(mcf->spool_path.data, &info) == NGX_FILE_ERROR
            || !ngx_is_dir(&info))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"ordersave_spool\": \"%s\" is not a folder",
                               mcf->spool_path.data);
            return NGX_ERROR;
        }
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);

    if (geteuid() == 0 && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT
        && chown((const char *) mcf->spool_path.data, ccf->user, -1) == -1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "chown() \"%s\" failed", mcf->spool_path.data);
        return NGX_ERROR;
    }

    return NGX_OK;
}

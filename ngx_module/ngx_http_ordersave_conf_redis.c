
/*
 * Where Redis is, and where events wait for it.
 */


#include "ngx_module/ngx_http_ordersave_conf_redis.h"
#include "ngx_module/ngx_http_ordersave_conf_base.h"


#define NGX_HTTP_ORDERSAVE_SPOOL_PATH  "/var/spool/ordersave"


static ngx_int_t
ngx_http_ordersave_conf_address(ngx_conf_t *cf, ngx_str_t *text,
    in_port_t port, ngx_addr_t *addr)
{
    ngx_url_t  u;

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = *text;
    u.default_port = port;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"%V\": expected HOST[:PORT], unix:PATH or "
                           "sentinel:HOST[:PORT][,...]",
                           u.err ? u.err : "no address", &u.url);
        return NGX_ERROR;
    }

    *addr = u.addrs[0];
    return NGX_OK;
}


/* "sentinel:a:26379,b,c" */
static ngx_int_t
ngx_http_ordersave_sentinel_list(ngx_conf_t *cf, ngx_str_t text,
    ngx_http_ordersave_server_t *server)
{
    u_char      *comma;
    ngx_str_t    one;
    ngx_addr_t  *addr;

    server->sentinels = ngx_array_create(cf->pool, 3, sizeof(ngx_addr_t));
    if (server->sentinels == NULL) {
        return NGX_ERROR;
    }

    while (text.len) {
        comma = ngx_strlchr(text.data, text.data + text.len, ',');
        one.data = text.data;
        one.len = comma ? (size_t) (comma - text.data) : text.len;
        text.data += one.len + (comma != NULL);
        text.len -= one.len + (comma != NULL);

        addr = ngx_array_push(server->sentinels);

        if (addr == NULL
            || ngx_http_ordersave_conf_address(cf, &one, 26379,
                                               addr) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Where Redis is, or who knows it. */
static ngx_int_t
ngx_http_ordersave_conf_where(ngx_conf_t *cf, ngx_str_t text,
    ngx_http_ordersave_server_t *server)
{
    ngx_str_t  prefix = ngx_string("sentinel:");

    if (text.len > prefix.len
        && ngx_strncmp(text.data, prefix.data, prefix.len) == 0)
    {
        text.data += prefix.len;
        text.len -= prefix.len;
        return ngx_http_ordersave_sentinel_list(cf, text, server);
    }

    server->addr = ngx_palloc(cf->pool, sizeof(ngx_addr_t));

    if (server->addr == NULL
        || ngx_http_ordersave_conf_address(cf, &text, 6379, server->addr)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    server->name = server->addr->name;
    return NGX_OK;
}


char *
ngx_http_ordersave_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_main_conf_t  *mcf = conf;

    ngx_int_t                     number, shards = OS_SHARDS;
    ngx_str_t                    *words, value;
    ngx_str_t                     prefix = ngx_string(OS_PREFIX);
    ngx_uint_t                    i;
    ngx_http_ordersave_server_t  *server;

    static const char  expected[] = "db=, user=, password_file=, timeout=, "
                                    "queue=, prefix=, shards= or master=";

    if (mcf->server) {
        return "is duplicate";
    }

    server = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_server_t));
    if (server == NULL) {
        return NGX_CONF_ERROR;
    }

    server->timeout = 50;
    server->queue = 4096;
    words = cf->args->elts;

    if (ngx_http_ordersave_once(cf) != NGX_OK
        || ngx_http_ordersave_conf_where(cf, words[1], server) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_ordersave_option(&words[i], "db", &value)) {
            server->db = ngx_atoi(value.data, value.len);

            if (server->db < 0 || server->db > 1000000) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                                  "a number of a database");
            }

        } else if (ngx_http_ordersave_option(&words[i], "user", &value)) {
            server->user = value;

        } else if (ngx_http_ordersave_option(&words[i], "password_file",
                                             &value))
        {
            if (ngx_http_ordersave_secret(cf, value, &server->password)
                != NGX_OK)
            {
                return NGX_CONF_ERROR;
            }

        } else if (ngx_http_ordersave_option(&words[i], "timeout", &value)) {
            number = ngx_parse_time(&value, 0);

            if (number < 1 || number > 10000) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                                  "a time from 1ms to 10s");
            }

            server->timeout = number;

        } else if (ngx_http_ordersave_option(&words[i], "queue", &value)) {
            number = ngx_atoi(value.data, value.len);

            if (number < 1) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                              "a number of commands from 1");
            }

            server->queue = number;

        } else if (ngx_http_ordersave_option(&words[i], "prefix", &value)) {
            prefix = value;

        } else if (ngx_http_ordersave_option(&words[i], "master", &value)) {
            server->master = value;
            server->name = value;

        } else if (ngx_http_ordersave_option(&words[i], "shards", &value)) {
            shards = ngx_atoi(value.data, value.len);

            if (shards < 1 || shards > OS_SHARDS_MAX) {
                return ngx_http_ordersave_invalid(cf, &words[i],
                                                  "a number from 1 to 256");
            }

        } else {
            return ngx_http_ordersave_invalid(cf, &words[i], expected);
        }
    }

    if ((server->sentinels != NULL) != (server->master.len > 0)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"sentinel:\" and \"master=\" go together");
        return NGX_CONF_ERROR;
    }

    if (os_space_init(&server->space, ngx_http_ordersave_os(prefix),
                      (unsigned) shards)
        == -1)
    {
        return ngx_http_ordersave_invalid(cf, &prefix,
                             "a prefix of 1 to 63 characters without braces");
    }

    mcf->server = server;
    return NGX_CONF_OK;
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

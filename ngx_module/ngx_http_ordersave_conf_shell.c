
/*
 * The directive "ordersave_shell". See ngx_http_ordersave_conf_shell.h.
 */


#include "ngx_module/ngx_http_ordersave_conf_shell.h"
#include "ngx_module/ngx_http_ordersave_conf_base.h"


#define NGX_HTTP_ORDERSAVE_SHELL_WAIT  2000             /* ms */
#define NGX_HTTP_ORDERSAVE_SHELL_SIZE  (512 * 1024)     /* bytes */
#define NGX_HTTP_ORDERSAVE_SHELL_MAX   (8 * 1024 * 1024)


/* timeout= and size= */
static char *
ngx_http_ordersave_conf_shell_option(ngx_conf_t *cf, ngx_str_t *word,
    ngx_http_ordersave_shell_t *shell)
{
    ssize_t    size;
    ngx_int_t  time;
    ngx_str_t  value;

    if (ngx_http_ordersave_option(word, "timeout", &value)) {
        time = ngx_parse_time(&value, 0);

        if (time < 1 || time > 60000) {
            return ngx_http_ordersave_invalid(cf, word,
                                              "a time from 1ms to 60s");
        }

        shell->timeout = time;
        return NGX_CONF_OK;
    }

    if (ngx_http_ordersave_option(word, "size", &value)) {
        size = ngx_parse_size(&value);

        if (size < 1024 || size > NGX_HTTP_ORDERSAVE_SHELL_MAX) {
            return ngx_http_ordersave_invalid(cf, word,
                                              "a size from 1k to 8m");
        }

        shell->size = size;
        return NGX_CONF_OK;
    }

    return ngx_http_ordersave_invalid(cf, word, "timeout= or size=");
}


static char *
ngx_http_ordersave_conf_shell_selector(ngx_conf_t *cf, ngx_str_t *word,
    ngx_http_ordersave_shell_t *shell)
{
    os_str_t    selector = ngx_http_ordersave_os(*word);
    os_error_t  err;

    if (os_anchor_parse(&shell->begin, OS_STR("prepend"), selector, &err) == -1
        || os_anchor_parse(&shell->end, OS_STR("append"), selector, &err)
           == -1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_http_ordersave_shell_t *
ngx_http_ordersave_conf_shell_new(ngx_conf_t *cf)
{
    ngx_http_ordersave_shell_t      *shell, **kept;
    ngx_http_ordersave_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_ordersave_module);
    shell = ngx_pcalloc(cf->pool, sizeof(ngx_http_ordersave_shell_t));
    kept = ngx_array_push(&mcf->shells);

    if (shell == NULL || kept == NULL) {
        return NULL;
    }

    *kept = shell;
    shell->timeout = NGX_HTTP_ORDERSAVE_SHELL_WAIT;
    shell->size = NGX_HTTP_ORDERSAVE_SHELL_SIZE;
    shell->file = cf->conf_file->file.name.data;
    shell->line = cf->conf_file->line;

    return shell;
}


char *
ngx_http_ordersave_conf_shell(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ordersave_loc_conf_t  *lcf = conf;

    char        *rc;
    ngx_str_t   *words;
    ngx_uint_t   i;

    if (lcf->shell != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    words = cf->args->elts;

    if (cf->args->nelts == 2) {
        if (ngx_strcmp(words[1].data, "off") != 0) {
            return ngx_http_ordersave_invalid(cf, &words[1], "\"off\", or a "
                                              "URI and a selector");
        }

        lcf->shell = NULL;
        return NGX_CONF_OK;
    }

    if (words[1].data[0] != '/' && words[1].data[0] != '$') {
        return ngx_http_ordersave_invalid(cf, &words[1],
                                          "a URI that begins with \"/\"");
    }

    if (ngx_http_ordersave_once(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    lcf->shell = ngx_http_ordersave_conf_shell_new(cf);
    if (lcf->shell == NULL) {
        return NGX_CONF_ERROR;
    }

    lcf->shell->uri = ngx_http_ordersave_compile(cf, &words[1]);
    if (lcf->shell->uri == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = ngx_http_ordersave_conf_shell_selector(cf, &words[2], lcf->shell);

    for (i = 3; i < cf->args->nelts && rc == NGX_CONF_OK; i++) {
        rc = ngx_http_ordersave_conf_shell_option(cf, &words[i], lcf->shell);
    }

    return rc;
}


void
ngx_http_ordersave_conf_shell_use(ngx_http_ordersave_loc_conf_t *conf)
{
    if (conf->shell && (conf->watches || conf->api == 1)) {
        conf->shell->used = 1;
        conf->shell->campaign = conf->campaign;
    }
}


/* What is wrong with a shell, in words; NULL: nothing. */
static const char *
ngx_http_ordersave_shell_fault(ngx_http_ordersave_shell_t *shell)
{
    os_str_t  uri = ngx_http_ordersave_os(shell->uri->value);

    if (!shell->used) {
        return "has no effect: neither \"ordersave_cancel\" nor "
               "\"ordersave_api\" is on here or below";
    }

    if (shell->uri->lengths == NULL
        && os_str_starts(uri, shell->campaign->campaign->api_path))
    {
        return "is to be a page of the store, and is one of ordersave's own";
    }

    if (!shell->campaign->api) {
        return "needs a location with \"ordersave_api on\", where links of "
               "its pages lead to";
    }

    return NULL;
}


ngx_int_t
ngx_http_ordersave_check_shells(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_uint_t                    i;
    const char                   *fault;
    ngx_http_ordersave_shell_t  **shell = mcf->shells.elts;

    for (i = 0; i < mcf->shells.nelts; i++) {
        fault = ngx_http_ordersave_shell_fault(shell[i]);

        if (fault) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"ordersave_shell\" %s in %s:%ui", fault,
                          shell[i]->file, shell[i]->line);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}

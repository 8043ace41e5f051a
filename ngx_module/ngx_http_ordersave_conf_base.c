
/*
 * What the files of the configuration share: options, texts that are compiled,
 * secrets in files, and what to say of a word that is wrong.
 */


#include "ngx_module/ngx_http_ordersave_conf_base.h"

#include <grp.h>
#include <pwd.h>


#define NGX_HTTP_ORDERSAVE_GROUPS  256


/* "name=value": the value, when `word` begins so. */
ngx_uint_t
ngx_http_ordersave_option(ngx_str_t *word, const char *name, ngx_str_t *value)
{
    size_t  len = ngx_strlen(name);

    if (word->len <= len + 1 || word->data[len] != '='
        || ngx_strncmp(word->data, name, len) != 0)
    {
        return 0;
    }

    value->len = word->len - len - 1;
    value->data = word->data + len + 1;
    return 1;
}


char *
ngx_http_ordersave_invalid(ngx_conf_t *cf, ngx_str_t *word,
    const char *expected)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\": expected %s", word,
                       expected);
    return NGX_CONF_ERROR;
}


/* A parameter that is given twice would silently be the last. */
ngx_int_t
ngx_http_ordersave_once(ngx_conf_t *cf)
{
    u_char      *end;
    size_t       len;
    ngx_str_t   *words = cf->args->elts;
    ngx_uint_t   i, n;

    for (i = 3; i < cf->args->nelts; i++) {
        end = ngx_strlchr(words[i].data, words[i].data + words[i].len, '=');
        len = end ? (size_t) (end + 1 - words[i].data) : words[i].len;

        for (n = 2; n < i; n++) {
            if (len && words[n].len >= len
                && ngx_strncmp(words[n].data, words[i].data, len) == 0)
            {
                (void) ngx_http_ordersave_invalid(cf, &words[i],
                                                  "each parameter once");
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_http_complex_value_t *
ngx_http_ordersave_compile(ngx_conf_t *cf, ngx_str_t *text)
{
    ngx_http_complex_value_t          *value;
    ngx_http_compile_complex_value_t   ccv;

    value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (value == NULL) {
        return NULL;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));
    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = value;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? value : NULL;
}


/* A file that holds one secret, without the line break at its end. */
ngx_int_t
ngx_http_ordersave_secret(ngx_conf_t *cf, ngx_str_t path, ngx_str_t *secret)
{
    os_buf_t    text = { 0 };
    ngx_str_t   found;
    os_error_t  err;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (os_file_read((char *) path.data, &text, &err) == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", err.text);
        return NGX_ERROR;
    }

    while (text.len && (text.data[text.len - 1] == '\n'
                        || text.data[text.len - 1] == '\r'))
    {
        text.len--;
    }

    found.len = text.len;
    found.data = (u_char *) text.data;
    secret->len = text.len;
    secret->data = text.len ? ngx_pstrdup(cf->pool, &found) : NULL;
    os_buf_free(&text);

    if (secret->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is empty: expected a secret", &path);
        return NGX_ERROR;
    }

    return secret->data ? NGX_OK : NGX_ERROR;
}


/*
 * Asked as the user that they will be, so that groups and access lists count
 * as they will then.
 */
ngx_uint_t
ngx_http_ordersave_may_write(ngx_conf_t *cf, ngx_str_t *folder)
{
    int               rc, n;
    gid_t             gid, own = getegid(), groups[NGX_HTTP_ORDERSAVE_GROUPS];
    uid_t             uid;
    const char       *path = (const char *) folder->data, *name;
    struct passwd    *pwd;
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);

    if (geteuid() != 0) {
        return access(path, W_OK|X_OK) == 0;
    }

    if (ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT) {
        uid = ccf->user;
        gid = ccf->group;
        name = ccf->username;

    } else {
        pwd = getpwnam(NGX_USER);

        if (pwd == NULL) {
            return 1;
        }

        uid = pwd->pw_uid;
        gid = pwd->pw_gid;
        name = NGX_USER;
    }

    n = uid ? getgroups(NGX_HTTP_ORDERSAVE_GROUPS, groups) : -1;

    if (n == -1) {
        return 1;
    }

    rc = initgroups(name, gid) == 0 && setegid(gid) == 0 && seteuid(uid) == 0
         ? faccessat(AT_FDCWD, path, W_OK|X_OK, AT_EACCESS) : 0;

    if (seteuid(0) == -1 || setegid(own) == -1
        || setgroups((size_t) n, groups) == -1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot be root again");
        return 0;
    }

    return rc == 0;
}

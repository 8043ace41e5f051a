
/*
 * What the files of the configuration share: options, texts that are compiled,
 * secrets in files, and what to say of a word that is wrong.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONF_BASE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONF_BASE_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* Is the word NAME=…? Its value, then. */
ngx_uint_t ngx_http_ordersave_option(ngx_str_t *word, const char *name,
    ngx_str_t *value);

/* Says what was expected instead; returns NGX_CONF_ERROR. */
char *ngx_http_ordersave_invalid(ngx_conf_t *cf, ngx_str_t *word,
    const char *expected);

ngx_int_t ngx_http_ordersave_once(ngx_conf_t *cf);

/* A complex value; NULL is said. */
ngx_http_complex_value_t *ngx_http_ordersave_compile(ngx_conf_t *cf,
    ngx_str_t *text);

/* The first line of a file; NGX_ERROR is said. */
ngx_int_t ngx_http_ordersave_secret(ngx_conf_t *cf, ngx_str_t path,
    ngx_str_t *secret);


/* May nginx' processes put files into a folder? */
ngx_uint_t ngx_http_ordersave_may_write(ngx_conf_t *cf, ngx_str_t *folder);


#endif /* _NGX_HTTP_ORDERSAVE_CONF_BASE_H_INCLUDED_ */


/*
 * Which campaign, what goes into pages of the store, and what of this each
 * level may have.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CONF_PAGES_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CONF_PAGES_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/* What of the location's anchors and blocks can be met. */
ngx_int_t ngx_http_ordersave_conf_inserts(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf);

ngx_uint_t ngx_http_ordersave_maybe(ngx_http_complex_value_t *value);

/* Directives. */
char *ngx_http_ordersave_conf_anchor(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_http_ordersave_conf_shown(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_http_ordersave_conf_insert(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_http_ordersave_conf_photos(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* An error: `name` stands beside another that answers. NGX_ERROR. */
ngx_int_t ngx_http_ordersave_conf_beside(ngx_conf_t *cf, const char *name);

/* Before a level is merged: what its own directives ask for, and cannot be. */
ngx_int_t ngx_http_ordersave_conf_pages_here(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf);

/* Values of a form's fields where no body is read. */
ngx_int_t ngx_http_ordersave_conf_bodies(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf);

/*
 * An offer is asked for in front of a withdrawal: by the location's name, or by
 * what its cancels are told by. NGX_ERROR: said.
 */
ngx_int_t ngx_http_ordersave_conf_cancels(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf);

/* A location that answers itself. */
ngx_int_t ngx_http_ordersave_conf_answers(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf);

/* A directive. */
char *ngx_http_ordersave_conf_campaign(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * What a location needs that has `directive`: a store, its keys, a campaign and
 * Redis. NGX_CONF_OK, or NGX_CONF_ERROR, said with the place that asks for it.
 */
char *ngx_http_ordersave_need(ngx_conf_t *cf,
    ngx_http_ordersave_loc_conf_t *conf, const char *directive);


#endif /* _NGX_HTTP_ORDERSAVE_CONF_PAGES_H_INCLUDED_ */


/*
 * Recording what happened: into the order's stream when Redis takes it, into
 * the spool when it does not. An event has its id before it leaves, so that
 * one that arrives both ways is known as the same.
 */

#ifndef _NGX_HTTP_ORDERSAVE_RECORD_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_RECORD_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_spool.h"


/* Appends an event without its closing brace; out->failed without memory. */
void ngx_http_ordersave_event_text(os_str_t store, os_str_t order,
    const char *kind, os_buf_t *out);

/* The same as JSON: new, or NULL. */
json_t *ngx_http_ordersave_event(os_str_t store, os_str_t order,
    const char *kind);

/* Sets `visitor` of one: whoever asks, as the keyed hash of his address. */
void ngx_http_ordersave_event_visitor(ngx_http_ordersave_ctx_t *ctx,
    json_t *event);

/*
 * Into the order's stream, or into the spool; `event` is taken (NULL is
 * NGX_ERROR). `safe` may be NULL.
 */
void ngx_http_ordersave_record(os_str_t store, os_str_t order, json_t *event,
    ngx_http_ordersave_safe_pt safe, void *data);

/* The same; when it returns, the event has left the process, or is spooled. */
void ngx_http_ordersave_record_now(os_str_t store, os_str_t order,
    json_t *event);

void ngx_http_ordersave_record_text(os_str_t store, os_str_t order,
    os_buf_t *event, ngx_http_ordersave_safe_pt safe, void *data);

/*
 * A webhook into the inbox. `cmd` is taken; its last word, os_command_last(),
 * is the raw body.
 */
void ngx_http_ordersave_record_inbox(os_command_t *cmd, os_str_t store,
    os_str_t source, os_str_t id, os_str_t topic,
    ngx_http_ordersave_safe_pt safe, void *data);

/* Any other command that may be repeated: sent, or spooled. It is taken. */
void ngx_http_ordersave_record_command(os_command_t *cmd,
    ngx_http_ordersave_safe_pt safe, void *data);


#endif /* _NGX_HTTP_ORDERSAVE_RECORD_H_INCLUDED_ */

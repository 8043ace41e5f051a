
/*
 * What a form of ours sent: fields of either kind of form, and one photo. A
 * photo is looked at byte by byte, stripped of what it tells beside the
 * picture, and kept where no URL leads.
 */

#ifndef _NGX_HTTP_ORDERSAVE_SENT_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_SENT_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "core/base/os_multipart.h"
#include "core/base/os_photo.h"


#define NGX_HTTP_ORDERSAVE_PARTS  96


/* Lives as long as the request; all of it is zero before it is read. */
typedef struct {
    ngx_http_ordersave_ctx_t  *ctx;
    os_part_t                  parts[NGX_HTTP_ORDERSAVE_PARTS];
    int                        nparts;      /* -1: urlencoded */
    const char                *fault;       /* of the photo: a text
                                             * review.FAULT, or NULL */
    os_photo_t                 kind;
    os_str_t                   photo;       /* as it was sent */
    os_buf_t                   file;        /* the name it is kept under, */
    os_buf_t                   path;        /* and where */
    ngx_err_t                  err;         /* why it was not kept */
} ngx_http_ordersave_sent_t;


/* Reads ctx->form; a fault is noted. */
void ngx_http_ordersave_sent_read(ngx_http_ordersave_sent_t *sent,
    ngx_http_ordersave_ctx_t *ctx);

/* A field, appended: empty where it is not there once, or is no text. */
void ngx_http_ordersave_sent_field(ngx_http_ordersave_sent_t *sent,
    const char *name, os_buf_t *out);

/*
 * Keeps the photo, if there is one and a place for it; then `resume` has its
 * turn, and asks for what was wrong with it: sent_fault(), which logs what is
 * no fault of the sender's. NULL: nothing.
 */
ngx_int_t ngx_http_ordersave_sent_keep(ngx_http_ordersave_sent_t *sent,
    ngx_http_ordersave_resume_pt resume);

const char *ngx_http_ordersave_sent_fault(ngx_http_ordersave_sent_t *sent);

void ngx_http_ordersave_sent_free(ngx_http_ordersave_sent_t *sent);


#endif /* _NGX_HTTP_ORDERSAVE_SENT_H_INCLUDED_ */


/*
 * What a form of ours sent. See ngx_http_ordersave_sent.h.
 */


#include "ngx_module/flow/ngx_http_ordersave_sent.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"


#define NGX_HTTP_ORDERSAVE_PIXELS_MIN  50
#define NGX_HTTP_ORDERSAVE_PIXELS_MAX  12000


/* The file, if one was chosen: an empty field is none. */
static void
ngx_http_ordersave_sent_photo(ngx_http_ordersave_sent_t *sent)
{
    unsigned          width = 0, height = 0;
    const os_part_t  *part;

    part = sent->nparts < 0 ? NULL
                            : os_multipart_find(sent->parts, sent->nparts,
                                                "ordersave_photo");

    if (part == NULL || part->content.len == 0) {
        return;
    }

    sent->kind = os_photo_read(part->content, &width, &height);
    sent->photo = part->content;

    if (sent->kind == OS_PHOTO_NONE) {
        sent->fault = "photo_kind";

    } else if (part->content.len > sent->ctx->conf->photo_max) {
        sent->fault = "photo_large";

    } else if (width < NGX_HTTP_ORDERSAVE_PIXELS_MIN
               || height < NGX_HTTP_ORDERSAVE_PIXELS_MIN
               || width > NGX_HTTP_ORDERSAVE_PIXELS_MAX
               || height > NGX_HTTP_ORDERSAVE_PIXELS_MAX)
    {
        sent->fault = "photo_pixels";
    }
}


void
ngx_http_ordersave_sent_read(ngx_http_ordersave_sent_t *sent,
    ngx_http_ordersave_ctx_t *ctx)
{
    ngx_str_t  type;

    sent->ctx = ctx;
    type = ngx_http_ordersave_header(ctx->request, "Content-Type");
    sent->nparts = os_multipart_parse(ngx_http_ordersave_os(type),
                                      os_buf_view(&ctx->form.body),
                                      sent->parts, NGX_HTTP_ORDERSAVE_PARTS);
    ngx_http_ordersave_sent_photo(sent);
}


void
ngx_http_ordersave_sent_field(ngx_http_ordersave_sent_t *sent,
    const char *name, os_buf_t *out)
{
    const os_part_t  *part;

    if (sent->nparts < 0) {
        if (os_form_find(os_buf_view(&sent->ctx->form.body), os_str(name),
                         out)
            != OS_ARG_ONE)
        {
            out->len = 0;
        }

    } else {
        part = os_multipart_find(sent->parts, sent->nparts, name);

        if (part && part->filename.data == NULL) {
            os_buf_str(out, part->content);
        }
    }

    if (!os_utf8_valid(os_buf_view(out))) {
        out->len = 0;
    }
}


/* Where it goes: STORE-RANDOM.jpg in the folder. */
static void
ngx_http_ordersave_sent_name(ngx_http_ordersave_sent_t *sent)
{
    uint8_t  random[16];

    if (ngx_http_ordersave_random(random, sizeof(random)) != NGX_OK) {
        return;
    }

    os_buf_str(&sent->file, ngx_http_ordersave_os(sent->ctx->conf->store));
    os_buf_char(&sent->file, '-');
    os_hex(&sent->file, random, sizeof(random));
    os_buf_printf(&sent->file, ".%s", os_photo_suffix(sent->kind));
    os_buf_str(&sent->path, ngx_http_ordersave_os(sent->ctx->conf->photos));
    os_buf_char(&sent->path, '/');
    os_buf_str(&sent->path, os_buf_view(&sent->file));
}


/* A full disk keeps neither half a photo nor the descriptor. */
static ngx_err_t
ngx_http_ordersave_sent_write(const char *path, os_str_t bytes)
{
    ssize_t    n;
    ngx_fd_t   fd;
    ngx_err_t  err = 0;

    fd = ngx_open_file(path, NGX_FILE_WRONLY, O_CREAT|O_EXCL|O_NOFOLLOW, 0640);

    if (fd == NGX_INVALID_FILE) {
        return ngx_errno;
    }

    n = write(fd, bytes.data, bytes.len);

    if (n != (ssize_t) bytes.len) {
        err = n == -1 ? ngx_errno : NGX_ENOSPC;
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR && err == 0) {
        err = ngx_errno;
    }

    if (err) {
        (void) ngx_delete_file(path);
    }

    return err;
}


/* Keeps the photo, readable by its group. In any thread. */
static void
ngx_http_ordersave_sent_work(void *data)
{
    os_buf_t                    bytes = { 0 };
    ngx_http_ordersave_sent_t  *sent = data;

    if (os_photo_strip(sent->kind, sent->photo, &bytes) != 0) {
        sent->fault = "photo_kind";

    } else if (bytes.failed || sent->path.failed || sent->path.len == 0) {
        sent->err = NGX_ENOMEM;

    } else {
        sent->err = ngx_http_ordersave_sent_write(sent->path.data,
                                                  os_buf_view(&bytes));
    }

    os_buf_free(&bytes);
}


ngx_int_t
ngx_http_ordersave_sent_keep(ngx_http_ordersave_sent_t *sent,
    ngx_http_ordersave_resume_pt resume)
{
    if (sent->fault || sent->kind == OS_PHOTO_NONE
        || sent->ctx->conf->photos.len == 0)
    {
        return resume(sent->ctx, NULL);
    }

    ngx_http_ordersave_sent_name(sent);

    return ngx_http_ordersave_work(sent->ctx, ngx_http_ordersave_sent_work,
                                   sent, resume);
}


/* Not from the thread: nginx' log is its process'. */
const char *
ngx_http_ordersave_sent_fault(ngx_http_ordersave_sent_t *sent)
{
    const char  *more;

    static ngx_http_ordersave_seldom_t  told;

    if (sent->err) {
        more = ngx_http_ordersave_seldom(&told);

        if (more) {
            ngx_log_error(NGX_LOG_ERR, sent->ctx->request->connection->log,
                          sent->err, "ordersave: a photo cannot be kept in "
                          "\"%V\"%s", &sent->ctx->conf->photos, more);
        }

        sent->err = 0;
        sent->fault = "photo_kept";
    }

    return sent->fault;
}


void
ngx_http_ordersave_sent_free(ngx_http_ordersave_sent_t *sent)
{
    os_buf_free(&sent->file);
    os_buf_free(&sent->path);
}

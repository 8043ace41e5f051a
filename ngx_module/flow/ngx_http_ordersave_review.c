
/*
 * After delivery: a review, or help. Both are on one page, for everybody; what
 * is answered here decides nothing about who is asked. A photo is looked at
 * byte by byte, stripped of what it tells beside the picture, and kept where
 * no URL leads.
 */


#include "ngx_module/flow/ngx_http_ordersave_review.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "core/base/os_multipart.h"
#include "core/base/os_photo.h"
#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_PARTS       16
#define NGX_HTTP_ORDERSAVE_PIXELS_MIN  50
#define NGX_HTTP_ORDERSAVE_PIXELS_MAX  12000


/* Lives as long as the request. */
struct ngx_http_ordersave_review_s {
    ngx_http_ordersave_ctx_t  *ctx;
    os_part_t                  parts[NGX_HTTP_ORDERSAVE_PARTS];
    int                        nparts;      /* -1: urlencoded */
    json_t                    *said;        /* what the form holds, for it to
                                             * be shown again */
    const char                *fault;       /* a text review.FAULT */
    os_photo_t                 kind;
    os_str_t                   photo;       /* as it was sent */
    os_buf_t                   file;        /* the name it is kept under, */
    os_buf_t                   path;        /* and where */
    os_buf_t                   bytes;       /* of a kept one */
    ngx_err_t                  err;         /* why it was not kept */
};


static const struct {
    const char  *name;                      /* ordersave_NAME */
    size_t       max;                       /* characters, as in the form */
} ngx_http_ordersave_review_fields[] = {
    { "stars", 2 },
    { "product", 64 },
    { "name", 80 },
    { "title", 120 },
    { "text", 4000 },
};


/* A field of either kind of form, appended. */
static void
ngx_http_ordersave_review_field(ngx_http_ordersave_review_t *w,
    const char *field, os_buf_t *out)
{
    const os_part_t  *part;

    if (w->nparts < 0) {
        if (os_form_find(os_buf_view(&w->ctx->form.body), os_str(field), out)
            != OS_ARG_ONE)
        {
            out->len = 0;
        }

        return;
    }

    part = os_multipart_find(w->parts, w->nparts, field);

    if (part && part->filename.data == NULL) {
        os_buf_str(out, part->content);
    }
}


static ngx_uint_t
ngx_http_ordersave_review_bought(ngx_http_ordersave_ctx_t *ctx, os_str_t id)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(json_object_get(ctx->known.record, "items"), i, item) {
        if (os_str_equal(os_json_str(item, "id"), id)) {
            return 1;
        }
    }

    return 0;
}


/* The file, if one was chosen: an empty field is none. */
static void
ngx_http_ordersave_review_photo(ngx_http_ordersave_review_t *w)
{
    unsigned          width = 0, height = 0;
    const os_part_t  *part;

    part = w->nparts < 0 ? NULL
                         : os_multipart_find(w->parts, w->nparts,
                                             "ordersave_photo");

    if (part == NULL || part->content.len == 0) {
        return;
    }

    w->kind = os_photo_read(part->content, &width, &height);
    w->photo = part->content;

    if (w->kind == OS_PHOTO_NONE) {
        w->fault = "photo_kind";

    } else if (part->content.len > w->ctx->conf->photo_max) {
        w->fault = "photo_large";

    } else if (width < NGX_HTTP_ORDERSAVE_PIXELS_MIN
               || height < NGX_HTTP_ORDERSAVE_PIXELS_MIN
               || width > NGX_HTTP_ORDERSAVE_PIXELS_MAX
               || height > NGX_HTTP_ORDERSAVE_PIXELS_MAX)
    {
        w->fault = "photo_pixels";
    }
}


static void
ngx_http_ordersave_review_read(ngx_http_ordersave_review_t *w)
{
    size_t     i;
    char       field[32];
    os_buf_t   text = { 0 };
    os_str_t   stars;
    ngx_str_t  type;

    w->said = json_object();
    type = ngx_http_ordersave_header(w->ctx->request, "Content-Type");
    w->nparts = os_multipart_parse(ngx_http_ordersave_os(type),
                                   os_buf_view(&w->ctx->form.body), w->parts,
                                   NGX_HTTP_ORDERSAVE_PARTS);

    for (i = 0; i < sizeof(ngx_http_ordersave_review_fields)
                    / sizeof(ngx_http_ordersave_review_fields[0]); i++)
    {
        text.len = 0;
        ngx_snprintf((u_char *) field, sizeof(field), "ordersave_%s%Z",
                     ngx_http_ordersave_review_fields[i].name);
        ngx_http_ordersave_review_field(w, field, &text);

        if (text.len && os_utf8_valid(os_buf_view(&text))) {
            os_json_set_str(w->said, ngx_http_ordersave_review_fields[i].name,
                            os_form_front(os_buf_view(&text),
                                ngx_http_ordersave_review_fields[i].max));
        }
    }

    os_buf_free(&text);
    ngx_http_ordersave_review_photo(w);
    stars = os_json_str(w->said, "stars");

    if (stars.len != 1 || stars.data[0] < '1' || stars.data[0] > '5') {
        (void) json_object_del(w->said, "stars");
        w->fault = w->ctx->form.large ? "photo_large" : "stars";
    }

    if (!ngx_http_ordersave_review_bought(w->ctx,
                                          os_json_str(w->said, "product")))
    {
        (void) json_object_del(w->said, "product");
    }
}


/* Where it goes: STORE-RANDOM.jpg in the folder. */
static void
ngx_http_ordersave_review_name(ngx_http_ordersave_review_t *w)
{
    uint8_t  random[16];

    if (ngx_http_ordersave_random(random, sizeof(random)) != NGX_OK) {
        return;
    }

    os_buf_str(&w->file, ngx_http_ordersave_os(w->ctx->conf->store));
    os_buf_char(&w->file, '-');
    os_hex(&w->file, random, sizeof(random));
    os_buf_printf(&w->file, ".%s", os_photo_suffix(w->kind));
    os_buf_str(&w->path, ngx_http_ordersave_os(w->ctx->conf->photos));
    os_buf_char(&w->path, '/');
    os_buf_str(&w->path, os_buf_view(&w->file));
}


/* A full disk keeps neither half a photo nor the descriptor. */
static ngx_err_t
ngx_http_ordersave_review_write(const char *path, os_str_t bytes)
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
ngx_http_ordersave_review_keep(void *data)
{
    os_buf_t                      bytes = { 0 };
    ngx_http_ordersave_review_t  *w = data;

    if (os_photo_strip(w->kind, w->photo, &bytes) != 0) {
        w->fault = "photo_kind";

    } else if (bytes.failed || w->path.failed || w->path.len == 0) {
        w->err = NGX_ENOMEM;

    } else {
        w->err = ngx_http_ordersave_review_write(w->path.data,
                                                 os_buf_view(&bytes));
    }

    os_buf_free(&bytes);
}


static void
ngx_http_ordersave_review_record(ngx_http_ordersave_review_t *w,
    const char *kind)
{
    json_t    *event;
    os_str_t   store, order, stars;

    store = ngx_http_ordersave_os(w->ctx->conf->store);
    order = os_json_str(w->ctx->choice.token, "o");
    event = ngx_http_ordersave_event(store, order, kind);
    (void) json_object_update(event, w->said);
    os_json_set_str(event, "locale", w->ctx->who.locale);
    stars = os_json_str(w->said, "stars");

    if (stars.len) {
        os_json_set_int(event, "stars", stars.data[0] - '0');
    }

    if (w->file.len) {
        os_json_set_str(event, "photo", os_buf_view(&w->file));
    }

    ngx_http_ordersave_record(store, order, event, NULL, NULL);
}


/* `stars`: five choices, the one that was made, or that the mail's link has. */
static json_t *
ngx_http_ordersave_review_stars(ngx_http_ordersave_review_t *w)
{
    int        i;
    json_t    *list, *star;
    os_buf_t   chosen = { 0 };

    list = json_array();
    os_buf_str(&chosen, os_json_str(w->said, "stars"));

    if (chosen.len == 0) {
        (void) os_form_find(ngx_http_ordersave_os(w->ctx->request->args),
                            OS_STR("stars"), &chosen);
    }

    for (i = 1; i <= 5; i++) {
        star = json_object();
        os_json_set_int(star, "value", i);

        if (chosen.len == 1 && chosen.data[0] == '0' + i) {
            (void) json_object_set_new(star, "checked", json_true());
        }

        (void) json_array_append_new(list, star);
    }

    os_buf_free(&chosen);

    return list;
}


static json_t *
ngx_http_ordersave_review_products(ngx_http_ordersave_review_t *w)
{
    size_t     i;
    json_t    *list, *item, *view;
    os_str_t   chosen;

    list = json_array();
    chosen = os_json_str(w->said, "product");

    /* whoever has the link of a gift may be who is to be surprised */

    if (os_json_bool(w->ctx->known.record, "gift")
        && w->ctx->hosted.eyes != OS_EYES_OWNER)
    {
        return list;
    }

    json_array_foreach(json_object_get(w->ctx->known.record, "items"), i,
                       item) {
        if (os_json_str(item, "id").len == 0) {
            continue;
        }

        view = json_object();
        os_json_set_str(view, "id", os_json_str(item, "id"));
        os_json_set_str(view, "name", os_json_str(item, "name"));

        if (chosen.len ? os_str_equal(chosen, os_json_str(item, "id"))
                       : json_array_size(list) == 0)
        {
            (void) json_object_set_new(view, "checked", json_true());
        }

        (void) json_array_append_new(list, view);
    }

    return list;
}


static ngx_int_t
ngx_http_ordersave_review_show(ngx_http_ordersave_review_t *w)
{
    json_t      *view, *products;
    os_buf_t     key = { 0 }, text = { 0 };
    os_speak_t   speak;

    view = json_object();
    products = ngx_http_ordersave_review_products(w);
    (void) json_object_set_new(view, "several",
                               json_boolean(json_array_size(products) > 1));
    (void) json_object_set_new(view, "products", products);
    (void) json_object_set_new(view, "stars",
                               ngx_http_ordersave_review_stars(w));

    if (w->said) {
        (void) json_object_set(view, "said", w->said);
    }

    if (w->ctx->conf->photos.len) {
        (void) json_object_set_new(view, "photos", json_true());
    }

    if (w->fault) {
        speak = ngx_http_ordersave_page_voice(w->ctx->conf->campaign,
                                              w->ctx->who.locale);
        os_buf_printf(&key, "review.fault.%s", w->fault);

        if (os_locale_say(speak.locale, os_buf_view(&key), view, &text) == 0) {
            os_json_set_str(view, "fault", os_buf_view(&text));
        }

        os_buf_free(&key);
        os_buf_free(&text);
    }

    return ngx_http_ordersave_hosted_page(w->ctx, "review",
                                          w->fault ? NGX_HTTP_BAD_REQUEST
                                                   : NGX_HTTP_OK, view);
}


static ngx_int_t
ngx_http_ordersave_review_thanks(ngx_http_ordersave_ctx_t *ctx)
{
    json_t    *view;
    os_str_t   url;

    view = json_object();
    url = os_json_str(os_campaign_at(ctx->conf->campaign->campaign,
                                     "/review"), "explore_url");

    if (url.len) {
        os_json_set_str(view, "explore_url", url);
    }

    return ngx_http_ordersave_hosted_page(ctx, "thanks", NGX_HTTP_OK, view);
}


static void
ngx_http_ordersave_review_free(void *data)
{
    ngx_http_ordersave_review_t  *w = data;

    os_buf_free(&w->file);
    os_buf_free(&w->path);
    os_buf_free(&w->bytes);
    json_decref(w->said);
}


/* NULL without memory. */
static ngx_http_ordersave_review_t *
ngx_http_ordersave_review_new(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_pool_cleanup_t           *cleanup;
    ngx_http_ordersave_review_t  *w;

    cleanup = ngx_pool_cleanup_add(ctx->request->pool,
                                   sizeof(ngx_http_ordersave_review_t));
    if (cleanup == NULL) {
        return NULL;
    }

    w = cleanup->data;
    ngx_memzero(w, sizeof(ngx_http_ordersave_review_t));
    w->ctx = ctx;
    w->nparts = -1;
    ctx->hosted.review = w;
    cleanup->handler = ngx_http_ordersave_review_free;

    return w;
}


static ngx_int_t
ngx_http_ordersave_review_kept(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_http_ordersave_review_t  *w = ctx->hosted.review;

    if (w->err) {
        ngx_log_error(NGX_LOG_ERR, ctx->request->connection->log, w->err,
                      "ordersave: a photo cannot be kept in \"%V\"",
                      &ctx->conf->photos);
        w->fault = "photo_kept";
    }

    if (w->fault) {
        return ngx_http_ordersave_review_show(w);
    }

    ngx_http_ordersave_review_record(w, "reviewed");
    return ngx_http_ordersave_review_thanks(ctx);
}


ngx_int_t
ngx_http_ordersave_review(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_buf_t                      what = { 0 };
    ngx_uint_t                    help;
    ngx_http_ordersave_review_t  *w;

    w = ngx_http_ordersave_review_new(ctx);
    if (w == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!ctx->form.post) {
        return ngx_http_ordersave_review_show(w);
    }

    ngx_http_ordersave_review_read(w);
    ngx_http_ordersave_review_field(w, "ordersave_do", &what);
    help = os_str_equal(os_buf_view(&what), OS_STR("help"));
    os_buf_free(&what);

    if (help) {
        w->fault = os_json_str(w->said, "text").len ? NULL : "text";

        if (w->fault) {
            return ngx_http_ordersave_review_show(w);
        }

        ngx_http_ordersave_review_record(w, "help");
        return ngx_http_ordersave_review_thanks(ctx);
    }

    if (w->fault == NULL && w->kind && ctx->conf->photos.len) {
        ngx_http_ordersave_review_name(w);
        return ngx_http_ordersave_work(ctx, ngx_http_ordersave_review_keep, w,
                                       ngx_http_ordersave_review_kept);
    }

    return ngx_http_ordersave_review_kept(ctx, NULL);
}


/* The shop's people say that a customer's trouble is over. */
ngx_int_t
ngx_http_ordersave_solved(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    json_t    *view = json_object();
    os_str_t   store, order;

    if (ctx->form.post) {
        store = ngx_http_ordersave_os(ctx->conf->store);
        order = os_json_str(ctx->choice.token, "o");
        ngx_http_ordersave_record(store, order,
                                  ngx_http_ordersave_event(store, order,
                                                           "solved"),
                                  NULL, NULL);
        (void) json_object_set_new(view, "done", json_true());
    }

    return ngx_http_ordersave_hosted_page(ctx, "solved", NGX_HTTP_OK, view);
}


static ngx_uint_t
ngx_http_ordersave_photo_name(os_str_t name)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {
        if (!isalnum((u_char) name.data[i])
            && strchr("-_.", name.data[i]) == NULL)
        {
            return 0;
        }
    }

    return name.len && name.data[0] != '.';
}


/* In any thread. */
static void
ngx_http_ordersave_photo_read(void *data)
{
    unsigned                      width, height;
    ngx_http_ordersave_review_t  *w = data;

    if (os_file_read(w->path.data, &w->bytes, NULL) == 0) {
        w->kind = os_photo_read(os_buf_view(&w->bytes), &width, &height);
    }
}


static ngx_int_t
ngx_http_ordersave_photo_send(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_buf_t                      bytes;
    ngx_http_ordersave_review_t  *w = ctx->hosted.review;

    if (w->kind == OS_PHOTO_NONE) {
        return NGX_HTTP_NOT_FOUND;
    }

    bytes = w->bytes;                   /* send_text() frees it */
    w->bytes = (os_buf_t) { 0 };

    return ngx_http_ordersave_send_text(ctx->request, NGX_HTTP_OK,
                                        os_photo_type(w->kind), &bytes);
}


/* A kept photo, for the shop's own system that holds a token for it. */
ngx_int_t
ngx_http_ordersave_photo(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    json_t                       *payload;
    os_str_t                      name;
    ngx_http_ordersave_review_t  *w;

    w = ngx_http_ordersave_review_new(ctx);
    if (w == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    payload = os_panel_open(ctx->conf->keys,
                            ngx_http_ordersave_os(ctx->conf->store), token,
                            "photo", ngx_time());
    name = os_json_str(payload, "f");

    if (ctx->conf->photos.len && ngx_http_ordersave_photo_name(name)) {
        os_buf_str(&w->path, ngx_http_ordersave_os(ctx->conf->photos));
        os_buf_char(&w->path, '/');
        os_buf_str(&w->path, name);
    }

    json_decref(payload);

    if (w->path.len == 0 || w->path.failed) {
        return NGX_HTTP_NOT_FOUND;
    }

    return ngx_http_ordersave_work(ctx, ngx_http_ordersave_photo_read, w,
                                   ngx_http_ordersave_photo_send);
}


/*
 * After delivery: a review, or help. Both are on one page, for everybody; what
 * is answered here decides nothing about who is asked. A photo is looked at
 * byte by byte, stripped of what it tells beside the picture, and kept where
 * no URL leads.
 */


#include "ngx_module/flow/ngx_http_ordersave_review.h"
#include "ngx_module/flow/ngx_http_ordersave_sent.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_safe.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "core/view/os_panel.h"


/* Lives as long as the request. */
struct ngx_http_ordersave_review_s {
    ngx_http_ordersave_ctx_t  *ctx;
    ngx_http_ordersave_sent_t  sent;
    json_t                    *said;        /* what the form holds, for it to
                                             * be shown again */
    const char                *fault;       /* a text review.FAULT */
    os_photo_t                 kind;        /* of a kept photo, */
    os_buf_t                   path;        /* where it is, */
    os_buf_t                   bytes;       /* and what is in it */
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


static void
ngx_http_ordersave_review_read(ngx_http_ordersave_review_t *w)
{
    size_t     i;
    char       field[32];
    os_buf_t   text = { 0 };
    os_str_t   stars;

    w->said = json_object();
    ngx_http_ordersave_sent_read(&w->sent, w->ctx);
    w->fault = w->sent.fault;

    for (i = 0; i < sizeof(ngx_http_ordersave_review_fields)
                    / sizeof(ngx_http_ordersave_review_fields[0]); i++)
    {
        text.len = 0;
        ngx_snprintf((u_char *) field, sizeof(field), "ordersave_%s%Z",
                     ngx_http_ordersave_review_fields[i].name);
        ngx_http_ordersave_sent_field(&w->sent, field, &text);

        if (text.len) {
            os_json_set_str(w->said, ngx_http_ordersave_review_fields[i].name,
                            os_form_front(os_buf_view(&text),
                                ngx_http_ordersave_review_fields[i].max));
        }
    }

    os_buf_free(&text);
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


/* Redis or the disk has it, or neither could. */
static ngx_int_t
ngx_http_ordersave_review_thanks(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t    *view;
    os_str_t   url;

    if (ctx->hosted.safe != NGX_OK) {
        return ngx_http_ordersave_hosted_unsaved(ctx);
    }

    view = json_object();
    url = os_json_str(os_campaign_at(ctx->conf->campaign->campaign,
                                     "/review"), "explore_url");

    if (url.len) {
        os_json_set_str(view, "explore_url", url);
    }

    return ngx_http_ordersave_hosted_page(ctx, "thanks", NGX_HTTP_OK, view);
}


static ngx_int_t
ngx_http_ordersave_review_record(ngx_http_ordersave_review_t *w,
    const char *kind)
{
    json_t    *event;
    os_str_t   order, stars;

    order = os_json_str(w->ctx->choice.token, "o");
    event = ngx_http_ordersave_event(ngx_http_ordersave_os(
                                         w->ctx->conf->store),
                                     order, kind);
    (void) json_object_update(event, w->said);
    os_json_set_str(event, "locale", w->ctx->who.locale);
    stars = os_json_str(w->said, "stars");

    if (stars.len) {
        os_json_set_int(event, "stars", stars.data[0] - '0');
    }

    if (w->sent.file.len) {
        os_json_set_str(event, "photo", os_buf_view(&w->sent.file));
    }

    return ngx_http_ordersave_safe(w->ctx, order, event,
                                   ngx_http_ordersave_review_thanks);
}


static void
ngx_http_ordersave_review_free(void *data)
{
    ngx_http_ordersave_review_t  *w = data;

    ngx_http_ordersave_sent_free(&w->sent);
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
    ctx->hosted.review = w;
    cleanup->handler = ngx_http_ordersave_review_free;

    return w;
}


static ngx_int_t
ngx_http_ordersave_review_kept(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_http_ordersave_review_t  *w = ctx->hosted.review;

    w->fault = w->fault ? w->fault : ngx_http_ordersave_sent_fault(&w->sent);

    if (w->fault) {
        return ngx_http_ordersave_review_show(w);
    }

    return ngx_http_ordersave_review_record(w, "reviewed");
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
    ngx_http_ordersave_sent_field(&w->sent, "ordersave_do", &what);
    help = os_str_equal(os_buf_view(&what), OS_STR("help"));
    os_buf_free(&what);

    if (help) {
        w->fault = os_json_str(w->said, "text").len ? NULL : "text";

        return w->fault ? ngx_http_ordersave_review_show(w)
                        : ngx_http_ordersave_review_record(w, "help");
    }

    return w->fault ? ngx_http_ordersave_review_kept(ctx, NULL)
                    : ngx_http_ordersave_sent_keep(&w->sent,
                                             ngx_http_ordersave_review_kept);
}


static ngx_int_t
ngx_http_ordersave_solved_page(ngx_http_ordersave_ctx_t *ctx, json_t *view)
{
    return ngx_http_ordersave_hosted_page(ctx, "solved", NGX_HTTP_OK, view);
}


static ngx_int_t
ngx_http_ordersave_solved_told(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ctx->hosted.safe == NGX_OK
           ? ngx_http_ordersave_solved_page(ctx,
                                            json_pack("{s:b}", "done", 1))
           : ngx_http_ordersave_hosted_unsaved(ctx);
}


/* The shop's people say that a customer's trouble is over. */
ngx_int_t
ngx_http_ordersave_solved(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t  order = os_json_str(ctx->choice.token, "o");

    if (!ctx->form.post) {
        return ngx_http_ordersave_solved_page(ctx, json_object());
    }

    return ngx_http_ordersave_safe(ctx, order,
               ngx_http_ordersave_event(ngx_http_ordersave_os(
                                            ctx->conf->store),
                                        order, "solved"),
               ngx_http_ordersave_solved_told);
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

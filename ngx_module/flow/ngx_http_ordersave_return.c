
/*
 * What has arrived is sent back. See ngx_http_ordersave_return.h.
 *
 * Beside the order its newest return is asked for: it is there at once, while
 * the order's record gets it from a worker, a moment later. A return has a
 * number, which the form brings along: the one after those that its page knew
 * of. So a POST that comes twice asks once.
 */


#include "ngx_module/flow/ngx_http_ordersave_return.h"
#include "ngx_module/flow/ngx_http_ordersave_sent.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "core/view/os_view_return.h"
#include "redis/os_script_shop.h"


#define NGX_HTTP_ORDERSAVE_RETURN_KEEP     (90 * 86400)
#define NGX_HTTP_ORDERSAVE_RETURN_WORDS    1000    /* characters */


/* Lives as long as the request. */
struct ngx_http_ordersave_return_s {
    ngx_http_ordersave_ctx_t  *ctx;
    ngx_http_ordersave_sent_t  sent;
    os_shelf_t                 shelf;       /* what it can be swapped for */
    json_t                    *said;        /* what the form holds */
    const char                *wrong;       /* what is to be mended */
    const char                *fault;       /* of the photo: review.fault. */
};


static void
ngx_http_ordersave_return_free(void *data)
{
    ngx_http_ordersave_return_t  *w = data;

    ngx_http_ordersave_sent_free(&w->sent);
    json_decref(w->said);
}


/* NULL without memory. */
static ngx_http_ordersave_return_t *
ngx_http_ordersave_return_new(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_pool_cleanup_t           *cleanup;
    ngx_http_ordersave_return_t  *w;

    cleanup = ngx_pool_cleanup_add(ctx->request->pool,
                                   sizeof(ngx_http_ordersave_return_t));
    if (cleanup == NULL) {
        return NULL;
    }

    w = cleanup->data;
    ngx_memzero(w, sizeof(ngx_http_ordersave_return_t));
    w->ctx = ctx;
    ctx->hosted.back = w;
    cleanup->handler = ngx_http_ordersave_return_free;

    return w;
}


/* Who opened a gift's link may be who is to be surprised. */
static ngx_uint_t
ngx_http_ordersave_return_hushed(ngx_http_ordersave_ctx_t *ctx)
{
    return ctx->hosted.eyes != OS_EYES_OWNER
           && os_json_bool(ctx->known.record, "gift");
}


/* May a photo go along? */
static ngx_uint_t
ngx_http_ordersave_return_photos(ngx_http_ordersave_ctx_t *ctx)
{
    return ctx->conf->photos.len
           && os_json_bool(os_campaign_at(ctx->conf->campaign->campaign,
                                          "/returns"), "photos");
}


/* What is wrong with the photo, in words. */
static void
ngx_http_ordersave_return_fault(ngx_http_ordersave_return_t *w,
    const os_speak_t *speak, json_t *view)
{
    os_buf_t  key = { 0 }, text = { 0 };

    if (w->fault) {
        os_buf_printf(&key, "review.fault.%s", w->fault);

        if (os_locale_say(speak->locale, os_buf_view(&key), view, &text)
            == 0)
        {
            os_json_set_str(view, "fault", os_buf_view(&text));
        }

        os_buf_free(&key);
        os_buf_free(&text);
    }
}


static ngx_int_t
ngx_http_ordersave_return_page(ngx_http_ordersave_return_t *w,
    ngx_uint_t status)
{
    char                       name[32];
    json_t                    *view;
    os_speak_t                 speak;
    ngx_http_ordersave_ctx_t  *ctx = w->ctx;

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);

    if (ngx_http_ordersave_return_hushed(ctx)) {
        return ngx_http_ordersave_hosted_page(ctx, "return", status,
                                              json_pack("{s:b}", "gift", 1));
    }

    view = os_view_return(&speak, ctx->known.record, &w->shelf, w->said,
                          ctx->hosted.eyes == OS_EYES_OWNER);

    if (w->wrong) {
        (void) snprintf(name, sizeof(name), "wrong_%s", w->wrong);
        (void) json_object_set_new(view, name, json_true());
        (void) json_object_set_new(view, "wrong", json_true());
    }

    if (ngx_http_ordersave_return_photos(ctx)) {
        (void) json_object_set_new(view, "photos", json_true());
    }

    ngx_http_ordersave_return_fault(w, &speak, view);

    /* something else, in case that it is not to be had back */

    os_panel_fits(&speak, ctx->known.record,
                  ngx_http_ordersave_products(ctx->known.products), view);

    return ngx_http_ordersave_hosted_page(ctx, "return", status, view);
}


static int64_t
ngx_http_ordersave_return_number(ngx_http_ordersave_return_t *w,
    const char *name)
{
    int64_t    n = 0;
    size_t     i;
    os_buf_t   text = { 0 };

    ngx_http_ordersave_sent_field(&w->sent, name, &text);

    for (i = 0; i < text.len; i++) {
        n = n > 9999 || text.data[i] < '0' || text.data[i] > '9'
            ? 99999 : n * 10 + text.data[i] - '0';
    }

    os_buf_free(&text);

    return n;
}


/* How many of the item, and what for; nothing of what is not sent back. */
static void
ngx_http_ordersave_return_line(ngx_http_ordersave_return_t *w, size_t index)
{
    char       name[64];
    json_t    *line;
    int64_t    n;
    os_buf_t   text = { 0 };

    (void) snprintf(name, sizeof(name), "ordersave_item_%zu", index);
    n = ngx_http_ordersave_return_number(w, name);

    if (n > 0) {
        line = json_object();
        os_json_set_int(line, "item", (int64_t) index);
        os_json_set_int(line, "n", n);
        (void) snprintf(name, sizeof(name), "ordersave_instead_%zu", index);
        ngx_http_ordersave_sent_field(&w->sent, name, &text);

        if (text.len) {
            os_json_set_str(line, "instead", os_buf_view(&text));
        }

        (void) json_array_append_new(json_object_get(w->said, "lines"), line);
        os_buf_free(&text);
    }
}


static void
ngx_http_ordersave_return_read(ngx_http_ordersave_return_t *w)
{
    size_t    i, n;
    os_buf_t  text = { 0 };

    static const char *const  fields[][2] = {
        { "ordersave_want", "want" }, { "ordersave_cause", "cause" },
        { "ordersave_comment", "comment" }
    };

    w->said = json_object();
    (void) json_object_set_new(w->said, "lines", json_array());

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        text.len = 0;
        ngx_http_ordersave_sent_field(&w->sent, fields[i][0], &text);

        if (text.len) {
            os_json_set_str(w->said, fields[i][1],
                            os_form_front(os_buf_view(&text),
                                NGX_HTTP_ORDERSAVE_RETURN_WORDS));
        }
    }

    os_buf_free(&text);
    n = json_array_size(json_object_get(w->ctx->known.record, "items"));

    for (i = 0; i < n && i < OS_RETURN_LINES; i++) {
        ngx_http_ordersave_return_line(w, i);
    }
}


/* It is asked for, or was: the page says how it stands, however often. */
static ngx_int_t
ngx_http_ordersave_return_told(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_http_ordersave_return_t  *w = ctx->hosted.back;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        w->wrong = "later";
        return ngx_http_ordersave_return_page(w,
                                              NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_ASKED_PAGE);

    return ngx_http_ordersave_send_redirect(ctx->request,
                             ngx_http_ordersave_os(ctx->hosted.path));
}


/* The command that asks for it; `one` is taken. NULL without memory. */
static os_command_t *
ngx_http_ordersave_return_command(ngx_http_ordersave_ctx_t *ctx, json_t *one)
{
    json_t         *event;
    os_str_t        store, order;
    os_buf_t        nonce = { 0 };
    os_command_t   *cmd;

    store = ngx_http_ordersave_os(ctx->conf->store);
    order = os_json_str(ctx->choice.token, "o");
    event = ngx_http_ordersave_event(store, order, "return");
    os_buf_text(&nonce, "return/");
    os_buf_str(&nonce, os_json_str(event, "id"));
    os_json_set_str(event, "nonce", os_buf_view(&nonce));
    os_json_set_str(event, "locale", ctx->who.locale);
    (void) json_object_set_new(event, "return", json_copy(one));

    /* of the newest alone it is known at once; who answers finds it so */

    os_json_set_str(one, "nonce", os_buf_view(&nonce));
    os_json_set_str(one, "state", OS_STR("accepted"));
    cmd = event ? os_script_return_command(
                      &ngx_http_ordersave_main()->server->space, store, order,
                      event, one,
                      os_campaign_duration(ctx->conf->campaign->campaign,
                                           "/keep",
                                           NGX_HTTP_ORDERSAVE_RETURN_KEEP))
                : NULL;
    os_buf_free(&nonce);
    json_decref(event);
    json_decref(one);

    return cmd;
}


/* The photo is kept, or what is wrong with it is said. */
static ngx_int_t
ngx_http_ordersave_return_kept(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t                       *one;
    ngx_http_ordersave_return_t  *w = ctx->hosted.back;

    w->fault = ngx_http_ordersave_sent_fault(&w->sent);

    if (w->fault) {
        return ngx_http_ordersave_return_page(w, NGX_HTTP_BAD_REQUEST);
    }

    if (w->sent.file.len) {
        os_json_set_str(w->said, "photo", os_buf_view(&w->sent.file));
    }

    one = os_return_make(ctx->conf->campaign->campaign, ctx->known.record,
                         &w->shelf, w->said, ngx_time(), &w->wrong);

    if (one == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ordersave_ask(ctx,
                                  ngx_http_ordersave_return_command(ctx, one),
                                  1, NGX_HTTP_ORDERSAVE_ACCEPT,
                                  ngx_http_ordersave_return_told);
}


/* Nothing is kept for a form that has to be mended. */
static ngx_int_t
ngx_http_ordersave_return_ask(ngx_http_ordersave_return_t *w)
{
    json_t                    *one;
    ngx_http_ordersave_ctx_t  *ctx = w->ctx;

    one = os_return_make(ctx->conf->campaign->campaign, ctx->known.record,
                         &w->shelf, w->said, ngx_time(), &w->wrong);

    json_decref(one);

    if (ctx->form.large) {
        w->fault = "photo_large";
        w->wrong = NULL;
    }

    if (one == NULL || w->fault) {
        return ngx_http_ordersave_return_page(w, NGX_HTTP_BAD_REQUEST);
    }

    if (!ngx_http_ordersave_return_photos(ctx)) {
        w->sent.kind = OS_PHOTO_NONE;
        w->sent.fault = NULL;
    }

    return ngx_http_ordersave_sent_keep(&w->sent,
                                        ngx_http_ordersave_return_kept);
}


static ngx_int_t
ngx_http_ordersave_return_post(ngx_http_ordersave_return_t *w)
{
    int64_t                    n, known;
    ngx_http_ordersave_ctx_t  *ctx = w->ctx;

    ngx_http_ordersave_sent_read(&w->sent, ctx);
    n = ctx->form.large ? -1
                        : ngx_http_ordersave_return_number(w, "ordersave_n");
    known = (int64_t) json_array_size(os_return_list(ctx->known.record));

    /* the same form once more */

    if (n == known && known > 0) {
        return ngx_http_ordersave_send_redirect(ctx->request,
                                 ngx_http_ordersave_os(ctx->hosted.path));
    }

    /* what is too large to be read says no number */

    if ((n != known + 1 && n != -1)
        || os_return(ctx->conf->campaign->campaign, ctx->known.record,
                     ngx_time()) != OS_RETURN_OPEN)
    {
        return ngx_http_ordersave_return_page(w, NGX_HTTP_CONFLICT);
    }

    ngx_http_ordersave_return_read(w);

    return ngx_http_ordersave_return_ask(w);
}


/* What no worker has heard of yet stands in the record all the same. */
static void
ngx_http_ordersave_return_newest(ngx_http_ordersave_ctx_t *ctx, json_t *one)
{
    json_t  *track, *list;

    list = os_return_list(ctx->known.record);

    if (os_json_int(one, "n", 0) <= (int64_t) json_array_size(list)) {
        return;
    }

    if (list == NULL) {
        list = json_array();
        track = json_object_get(ctx->known.record, "track");
        (void) json_object_set_new(track, "returns", list);
    }

    os_json_set_str(one, "state", OS_STR("asked"));
    (void) json_array_append(list, one);
}


static ngx_int_t
ngx_http_ordersave_return_known(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t                       *one;
    ngx_str_t                     text;
    ngx_http_ordersave_return_t  *w = ctx->hosted.back;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2)
    {
        return ngx_http_ordersave_hosted_later(ctx);
    }

    one = ngx_http_ordersave_reply_json(reply->element[0]);
    ngx_http_ordersave_return_newest(ctx, one);
    json_decref(one);
    text = ngx_http_ordersave_copy(ctx->request,
               ngx_http_ordersave_reply_text(reply->element[1]));
    os_shelf_read(ngx_http_ordersave_os(text), &w->shelf);

    return ctx->form.post && !ngx_http_ordersave_return_hushed(ctx)
           ? ngx_http_ordersave_return_post(w)
           : ngx_http_ordersave_return_page(w, NGX_HTTP_OK);
}


/* The newest return of the order, and what the catalog says of its items. */
static os_command_t *
ngx_http_ordersave_return_fetch(ngx_http_ordersave_ctx_t *ctx)
{
    size_t         i;
    os_str_t       store, order;
    os_buf_t       key = { 0 };
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    static const char *const  kinds[] = { "return", "shelf" };

    store = ngx_http_ordersave_os(ctx->conf->store);
    order = os_json_str(ctx->choice.token, "o");
    cmd = os_command_new(os_space_shard(space, store, order, OS_NULL), NULL,
                         NULL);

    if (cmd == NULL) {
        return NULL;
    }

    os_command_words(cmd, 3);
    os_command_add(cmd, OS_STR("MGET"));

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        key.len = 0;
        os_space_key(space, cmd->shard, kinds[i], store, order, OS_NULL,
                     &key);
        os_command_add(cmd, os_buf_view(&key));
    }

    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);

    return cmd;
}


ngx_int_t
ngx_http_ordersave_return(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    if (ctx->hosted.eyes != OS_EYES_OWNER && ctx->hosted.eyes != OS_EYES_LINK)
    {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    if (ngx_http_ordersave_return_new(ctx) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_ordersave_ask(ctx, ngx_http_ordersave_return_fetch(ctx),
                                  0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
                                  ngx_http_ordersave_return_known);
}

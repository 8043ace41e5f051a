
/*
 * A cancel that we take in ourselves. See ngx_http_ordersave_stop.h.
 *
 * There is no store that the request could be passed on to. So where nothing
 * can be offered the page comes without offers, and what is asked for is an
 * event: the buyer hears that it was taken once Redis or the disk has it.
 */


#include "ngx_module/flow/ngx_http_ordersave_stop.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/flow/ngx_http_ordersave_order.h"
#include "ngx_module/flow/ngx_http_ordersave_show.h"
#include "ngx_module/flow/ngx_http_ordersave_accept.h"
#include "ngx_module/flow/ngx_http_ordersave_pass.h"
#include "ngx_module/flow/ngx_http_ordersave_offer.h"
#include "core/order/os_stop.h"
#include "core/view/os_view_stop.h"


/* An event on its way to where it is safe; it may outlive its request. */
struct ngx_http_ordersave_stop_s {
    ngx_http_ordersave_ctx_t  *ctx;         /* NULL: the request is over */
    os_stop_t                  stop;        /* as it stood when it was asked */
    json_t                    *links;       /* what its link was bound to, where
                                             * nobody could look; or NULL */
    ngx_int_t                  rc;
    unsigned                   came:1;
    unsigned                   waits:1;
};


static ngx_int_t
ngx_http_ordersave_stop_page(ngx_http_ordersave_ctx_t *ctx, const char *state,
    ngx_uint_t status)
{
    json_t      *view;
    os_buf_t     token = { 0 };
    os_speak_t   speak;

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    view = os_view_stop(&speak, ctx->known.record, state);

    if (view == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    os_json_set_str(view, "reason", ngx_http_ordersave_os(ctx->choice.reason));
    os_json_set_str(view, "comment",
                    ngx_http_ordersave_os(ctx->choice.comment));
    (void) os_form_find(os_buf_view(&ctx->form.body),
                        OS_STR("ordersave_token"), &token);

    if (os_utf8_valid(os_buf_view(&token))) {
        os_json_set_str(view, "token", os_buf_view(&token));
    }

    os_buf_free(&token);
    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_ASKED_PAGE);

    return ngx_http_ordersave_hosted_page(ctx, "stop", status, view);
}


/* Nothing is offered, for whatever cause: the page comes without. */
static ngx_int_t
ngx_http_ordersave_stop_without(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome)
{
    ngx_http_ordersave_set_outcome(ctx, outcome);

    if (outcome == NGX_HTTP_ORDERSAVE_PASS_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->known.offers = 0;

    return ngx_http_ordersave_show(ctx, NGX_HTTP_ORDERSAVE_OFFER);
}


/* A mode of the level counts here too: no offers are shown unless it is on. */
static ngx_uint_t
ngx_http_ordersave_stop_mode(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t  mode;

    if (ctx->conf->mode == NULL) {
        return 1;
    }

    mode = ngx_http_ordersave_value(ctx->request, ctx->conf->mode);
    ctx->observe = os_str_equal(mode, OS_STR("observe"));

    return ctx->observe || os_str_equal(mode, OS_STR("on"));
}


/* Offers name what is in it, which of a gift not everybody is to read. */
static ngx_uint_t
ngx_http_ordersave_stop_hushed(ngx_http_ordersave_ctx_t *ctx)
{
    return ctx->hosted.eyes == OS_EYES_LINK
           && os_json_bool(ctx->known.record, "gift");
}


/* Was it asked for already, though no worker has heard of it yet? */
static ngx_uint_t
ngx_http_ordersave_stop_declined(ngx_http_ordersave_ctx_t *ctx)
{
    json_t  *asked;

    asked = json_object_get(json_object_get(ctx->known.record, "save"),
                            "asked");

    return os_json_bool(ctx->known.decision, "hosted")
           && os_json_int(asked, "at", 0)
              < os_json_int(ctx->known.decision, "at_ms", 0) / 1000;
}


static ngx_int_t
ngx_http_ordersave_stop_known(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    if (ngx_http_ordersave_order_read(ctx, reply) != NGX_OK) {
        return ngx_http_ordersave_hosted_later(ctx);
    }

    if (ctx->known.order == NULL) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    if (ngx_http_ordersave_stop_declined(ctx)) {
        return ngx_http_ordersave_stop_page(ctx, "asked", NGX_HTTP_OK);
    }

    ctx->who.owner = 1;

    return ngx_http_ordersave_stop_mode(ctx)
           && !ngx_http_ordersave_stop_hushed(ctx)
           ? ngx_http_ordersave_offer(ctx, NULL)
           : ngx_http_ordersave_stop_without(ctx,
                                             NGX_HTTP_ORDERSAVE_PASS_BYPASS);
}


/* Redis or the disk has it, or neither could: then the button is there again */
static ngx_int_t
ngx_http_ordersave_stop_told(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_http_ordersave_stop_t  *event = ctx->hosted.stop;

    if (event->rc != NGX_OK) {
        return ngx_http_ordersave_stop_page(ctx, "later",
                                            NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    return event->stop == OS_STOP_OPEN
           ? ngx_http_ordersave_stop_page(ctx, "asked", NGX_HTTP_OK)
           : ngx_http_ordersave_stop_page(ctx, os_stop_word(event->stop),
                                          NGX_HTTP_CONFLICT);
}


static void
ngx_http_ordersave_stop_safe(void *data, ngx_int_t rc)
{
    ngx_http_ordersave_stop_t  *event = data;

    event->came = 1;
    event->rc = rc;

    if (event->ctx == NULL) {
        ngx_free(event);

    } else if (event->waits) {
        ngx_http_ordersave_woken(event->ctx);
    }
}


static void
ngx_http_ordersave_stop_left(void *data)
{
    ngx_http_ordersave_stop_t  *event = data;

    event->ctx = NULL;
    json_decref(event->links);

    if (event->came) {
        ngx_free(event);
    }
}


static ngx_http_ordersave_stop_t *
ngx_http_ordersave_stop_make(ngx_http_ordersave_ctx_t *ctx, os_stop_t stop)
{
    ngx_pool_cleanup_t         *cleanup;
    ngx_http_ordersave_stop_t  *event;

    cleanup = ngx_pool_cleanup_add(ctx->request->pool, 0);
    if (cleanup == NULL) {
        return NULL;
    }

    event = ngx_calloc(sizeof(ngx_http_ordersave_stop_t), ngx_cycle->log);
    if (event == NULL) {
        return NULL;
    }

    event->ctx = ctx;
    event->stop = stop;
    ctx->hosted.stop = event;
    cleanup->handler = ngx_http_ordersave_stop_left;
    cleanup->data = event;

    return event;
}


/* What is asked for, as the event of any cancel. */
static json_t *
ngx_http_ordersave_stop_event(ngx_http_ordersave_ctx_t *ctx)
{
    json_t  *event;

    event = ngx_http_ordersave_asked_event(ctx, "page");

    if (event == NULL) {
        return NULL;
    }

    (void) json_object_set_new(event, "owner", json_true());
    (void) json_object_set_new(event, "hosted", json_true());

    if (ctx->hosted.stop->links) {
        (void) json_object_set(event, "links", ctx->hosted.stop->links);
    }

    return event;
}


/* The buyer is told when it is safe. `links` may be NULL. */
static ngx_int_t
ngx_http_ordersave_stop_record(ngx_http_ordersave_ctx_t *ctx, os_stop_t stop,
    json_t *links)
{
    ngx_http_ordersave_stop_t  *event;

    event = ngx_http_ordersave_stop_make(ctx, stop);

    if (event == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    event->links = json_incref(links);

    if (stop == OS_STOP_OPEN) {
        ngx_http_ordersave_decline(ctx, 1);
    }

    ngx_http_ordersave_record(ngx_http_ordersave_os(ctx->conf->store),
                              ngx_http_ordersave_os(ctx->who.order_id),
                              ngx_http_ordersave_stop_event(ctx),
                              ngx_http_ordersave_stop_safe, event);

    if (event->came) {
        return ngx_http_ordersave_stop_told(ctx, NULL);
    }

    event->waits = 1;

    return ngx_http_ordersave_wait(ctx, ngx_http_ordersave_stop_told);
}


/* What was typed arrives, though the order cannot be stopped any more. */
static ngx_int_t
ngx_http_ordersave_stop_ask(ngx_http_ordersave_ctx_t *ctx, os_stop_t stop)
{
    if (stop != OS_STOP_OPEN && ctx->choice.comment.len == 0) {
        return ngx_http_ordersave_stop_page(ctx, os_stop_word(stop),
                                            NGX_HTTP_CONFLICT);
    }

    return ngx_http_ordersave_stop_record(ctx, stop, NULL);
}


static ngx_int_t
ngx_http_ordersave_stop_posted(ngx_http_ordersave_ctx_t *ctx, os_stop_t stop)
{
    ngx_http_ordersave_do_e  what;

    what = ngx_http_ordersave_posted(ctx);

    /* the link says whose it is, though its page is out of date */

    if (what == NGX_HTTP_ORDERSAVE_DO_CANCEL
        && ngx_http_ordersave_posted_cancel(ctx))
    {
        ctx->who.owner = 1;
        return ngx_http_ordersave_stop_ask(ctx, stop);
    }

    if (stop == OS_STOP_OPEN && what == NGX_HTTP_ORDERSAVE_DO_ACCEPT) {
        return ngx_http_ordersave_accept(ctx);
    }

    return NGX_DECLINED;
}


/* A token of the form is not that of the link any more. */
static void
ngx_http_ordersave_stop_begin(ngx_http_ordersave_ctx_t *ctx)
{
    json_decref(ctx->choice.token);
    ctx->choice.token = NULL;
    ctx->choice.action = ctx->hosted.path;
    ctx->who.segment = ngx_http_ordersave_value(ctx->request,
                                                ctx->conf->segment);
    ctx->without = ngx_http_ordersave_stop_without;
}


/* Whose page it is: he may cancel who may see what is in it. */
static ngx_uint_t
ngx_http_ordersave_stop_mine(os_eyes_t eyes)
{
    return eyes == OS_EYES_OWNER || eyes == OS_EYES_LINK;
}


ngx_int_t
ngx_http_ordersave_stop_blind(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    json_t     *links;
    ngx_int_t   rc;

    links = json_object_get(ctx->choice.token, "g");

    if (!ctx->form.post || links == NULL
        || !ngx_http_ordersave_posted_cancel(ctx)
        || !ngx_http_ordersave_stop_mine(os_panel_eyes(ctx->choice.token)))
    {
        return ngx_http_ordersave_hosted_later(ctx);
    }

    json_incref(links);
    ngx_http_ordersave_hosted_locale(ctx);
    ngx_http_ordersave_note(ctx, os_json_str(ctx->choice.token, "o"),
                            NGX_HTTP_ORDERSAVE_PAGE);
    ctx->known.record = json_object();
    os_json_set_str(ctx->known.record, "id",
                    ngx_http_ordersave_os(ctx->who.order_id));
    ngx_http_ordersave_stop_begin(ctx);
    (void) ngx_http_ordersave_posted(ctx);
    rc = ngx_http_ordersave_stop_record(ctx, OS_STOP_OPEN, links);
    json_decref(links);

    return rc;
}


ngx_int_t
ngx_http_ordersave_stop(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_int_t  rc;
    os_stop_t  stop;

    if (!ngx_http_ordersave_stop_mine(ctx->hosted.eyes)) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    /* nobody is exposed to what he has not opened */

    if (ngx_http_ordersave_is_prefetch(ctx->request)) {
        return ngx_http_ordersave_send_not_yet(ctx->request);
    }

    ngx_http_ordersave_stop_begin(ctx);
    stop = os_stop(ctx->known.record);

    if (ctx->form.post) {
        rc = ngx_http_ordersave_stop_posted(ctx, stop);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    if (stop != OS_STOP_OPEN) {
        return ngx_http_ordersave_stop_page(ctx, os_stop_word(stop),
                                            ctx->form.post ? NGX_HTTP_CONFLICT
                                                           : NGX_HTTP_OK);
    }

    return ngx_http_ordersave_order_fetch(ctx, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
                                          0, ngx_http_ordersave_stop_known);
}

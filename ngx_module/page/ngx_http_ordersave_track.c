
/*
 * The tracking panel in the store's own page. The order is asked for while the
 * store works; when the page's anchor comes by, what is there is shown. Nobody
 * ever waits: where the order has not come in time, a place is kept for it.
 *
 * An order that is not known yet, where the store has an API to read it from,
 * is asked for when the page shows that there is one; its place is kept as
 * well.
 *
 * That the page has an anchor is not enough: a crafted address can show one's
 * own anchor with a stranger's number. The order's secret or the buyer's
 * e-mail came along, or the store's own page says whose order it is.
 */


#include "ngx_module/page/ngx_http_ordersave_track.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_limit.h"
#include "ngx_module/wire/ngx_http_ordersave_seek.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "core/order/os_stop.h"
#include "core/view/os_panel.h"


#define NGX_HTTP_ORDERSAVE_TRACK_BODY   65536


struct ngx_http_ordersave_track_s {
    ngx_http_ordersave_ctx_t       *ctx;
    ngx_http_ordersave_loc_conf_t  *conf;
    os_str_t                        id;
    os_str_t                        name;       /* as the page has it */
    os_claim_t                      claim;
    os_command_t                   *waiting;
    os_buf_t                        text;       /* the order's record */
    os_buf_t                        html;       /* the panel, made ahead */
    os_eyes_t                       made;       /* for whom */
    json_t                         *record;
    ngx_http_ordersave_products_t  *products;   /* that fit; may come later */
    unsigned                        came:1;     /* Redis has answered */
    unsigned                        guess:1;    /* it counts as a try */
};


/* A guess whose page has gone: whoever was right has his try back. */
typedef struct {
    ngx_http_ordersave_loc_conf_t  *conf;
    os_buf_t                        email;
} ngx_http_ordersave_track_guess_t;


static void ngx_http_ordersave_track_order(ngx_http_ordersave_track_t *t);
static void ngx_http_ordersave_track_ask(ngx_http_ordersave_track_t *t,
    os_command_t *cmd, os_reply_pt handler);


/* The record, once it came; none where nothing is known but a cancel. */
static void
ngx_http_ordersave_track_read(ngx_http_ordersave_track_t *t)
{
    if (t->record == NULL && t->text.len) {
        t->record = os_json_read(os_buf_view(&t->text));
    }

    if (os_panel_known(t->record)) {
        return;
    }

    /* of what is no order there was nothing to guess */

    if (t->record && t->guess) {
        t->guess = 0;
        ngx_http_ordersave_limit_guessed(t->conf, t->id);
    }

    json_decref(t->record);
    t->record = NULL;
    t->text.len = 0;
}


/* What he may see, by what he gave and what the page shows. */
static os_eyes_t
ngx_http_ordersave_track_sees(ngx_http_ordersave_track_t *t, os_str_t shown)
{
    os_eyes_t   eyes;
    os_claim_t  claim = t->claim;

    claim.shown = shown;
    eyes = os_panel_sees(t->conf->keys, ngx_http_ordersave_os(t->conf->store),
                         t->record, &claim);

    if (t->guess && eyes != OS_EYES) {
        t->guess = 0;
        ngx_http_ordersave_limit_guessed(t->conf,
                                         os_json_str(t->record, "id"));
    }

    return eyes;
}


static os_str_t
ngx_http_ordersave_track_locale(ngx_http_request_t *r,
    ngx_http_ordersave_track_t *t)
{
    os_str_t  order;

    order = os_json_str(t->record, "locale");

    if (order.len == 0) {
        order = os_json_str(json_object_get(t->record, "save"), "locale");
    }

    return os_campaign_locale(t->conf->campaign->campaign,
               ngx_http_ordersave_value(r, t->conf->locale), order,
               ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                          "Accept-Language")),
               os_json_str(t->record, "country"));
}


static ngx_int_t
ngx_http_ordersave_track_render(ngx_http_ordersave_track_t *t, os_eyes_t eyes,
    os_buf_t *html)
{
    json_t      *view;
    os_str_t     locale;
    os_buf_t     version = { 0 };
    ngx_int_t    rc;
    os_speak_t   speak;

    locale = ngx_http_ordersave_track_locale(t->ctx->request, t);
    speak = ngx_http_ordersave_page_voice(t->conf->campaign, locale);

    os_buf_char(&version, '"');
    os_panel_version(&speak, os_buf_view(&t->text), eyes, &version);
    os_buf_char(&version, '"');
    view = os_panel_view(&speak, t->conf->keys, t->record,
                         ngx_http_ordersave_products(t->products),
                         eyes, os_buf_view(&version));
    rc = ngx_http_ordersave_render(t->conf->campaign, "panel", locale, view,
                                   html);
    json_decref(view);
    os_buf_free(&version);

    return rc;
}


/*
 * All is there, and the store still works: the panel is made now, so that the
 * page has not to wait for it. Only for who is the owner, or may turn out to
 * be by what the page shows.
 */
static void
ngx_http_ordersave_track_ready(void *data)
{
    ngx_http_ordersave_track_t  *t = data;

    ngx_http_ordersave_track_read(t);

    if (t->record == NULL) {
        return;
    }

    t->made = ngx_http_ordersave_track_sees(t, OS_NULL);

    if (t->conf->shown) {
        t->made = OS_EYES_OWNER;
    }

    if (t->conf->anchors && t->made != OS_EYES
        && ngx_http_ordersave_track_render(t, t->made, &t->html) != NGX_OK)
    {
        os_buf_free(&t->html);
        t->html = (os_buf_t) { 0 };
    }
}


static void
ngx_http_ordersave_track_came(os_command_t *cmd, redisReply *reply)
{
    ngx_http_ordersave_track_t  *t = cmd->data;

    if (t == NULL) {
        return;                         /* the request is over */
    }

    t->waiting = NULL;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        ngx_http_ordersave_count_lookup_failed(t->conf);

    } else if (reply->type == REDIS_REPLY_NIL) {
        t->came = 1;

    } else if (reply->type == REDIS_REPLY_STRING) {
        t->came = 1;
        os_buf_add(&t->text, reply->str, reply->len);

        /* NULL: there was no memory for it */

        if (t->text.data && ngx_strstr(t->text.data, "\"fits\":[")) {
            ngx_http_ordersave_track_read(t);
            t->products = ngx_http_ordersave_products_ask(t->ctx->request,
                                                          t->conf, t->record);
        }

        if (!ngx_http_ordersave_products_wait(t->products,
                                              ngx_http_ordersave_track_ready,
                                              t))
        {
            ngx_http_ordersave_track_ready(t);
        }
    }
}


/* Another name of the order was looked up; without one it is the id itself. */
static void
ngx_http_ordersave_track_named(os_command_t *cmd, redisReply *reply)
{
    ngx_http_ordersave_track_t  *t = cmd->data;

    if (t == NULL) {
        return;
    }

    t->waiting = NULL;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        ngx_http_ordersave_count_lookup_failed(t->conf);
        return;
    }

    if (reply->type == REDIS_REPLY_STRING) {
        t->id = ngx_http_ordersave_os(ngx_http_ordersave_copy(t->ctx->request,
                                    (os_str_t) { reply->len, reply->str }));
    }

    ngx_http_ordersave_track_order(t);
}


/* An e-mail may be a guess: it is counted before it is looked at. */
static void
ngx_http_ordersave_track_order(ngx_http_ordersave_track_t *t)
{
    t->guess = t->claim.email.len > 0;
    ngx_http_ordersave_track_ask(t, t->guess
               ? ngx_http_ordersave_limit_guess(t->conf, t->id)
               : ngx_http_ordersave_redis_get(t->conf, "o", t->id, OS_NULL),
               ngx_http_ordersave_track_came);
}


static void
ngx_http_ordersave_track_ask(ngx_http_ordersave_track_t *t, os_command_t *cmd,
    os_reply_pt handler)
{
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (cmd == NULL) {
        return;
    }

    cmd->handler = handler;
    cmd->data = t;

    /* a try is counted however late Redis is; nobody waits for it */

    if (ngx_http_ordersave_redis_send(mcf->redis, cmd, 0,
                                      t->guess
                                      ? NGX_HTTP_ORDERSAVE_TRACK_GUESS
                                      : mcf->server->timeout)
        != NGX_OK)
    {
        os_command_free(cmd);
        ngx_http_ordersave_count_lookup_failed(t->conf);
        return;
    }

    t->waiting = cmd;
}


static void
ngx_http_ordersave_track_body(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    ctx->form.post = 1;
    ctx->form.read = 1;
    (void) ngx_http_ordersave_body_bytes(r, NGX_HTTP_ORDERSAVE_TRACK_BODY,
                                         &ctx->form.body);

    r->preserve_body = 1;
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/* A form that was posted says in its body which order it asks for. */
static ngx_uint_t
ngx_http_ordersave_track_reads(ngx_http_ordersave_ctx_t *ctx)
{
    static const char    form[] = "application/x-www-form-urlencoded";
    ngx_table_elt_t     *type = ctx->request->headers_in.content_type;
    ngx_http_request_t  *r = ctx->request;

    return r->method == NGX_HTTP_POST && !ctx->form.read
           && r->headers_in.content_length_n > 0
           && r->headers_in.content_length_n <= NGX_HTTP_ORDERSAVE_TRACK_BODY
           && type && type->value.len >= sizeof(form) - 1
           && ngx_strncasecmp(type->value.data, (u_char *) form,
                              sizeof(form) - 1) == 0;
}


static void
ngx_http_ordersave_track_guessed(os_command_t *cmd, redisReply *reply)
{
    json_t                            *record = NULL;
    os_claim_t                         claim = { 0 };
    ngx_http_ordersave_track_guess_t  *guess = cmd->data;

    if (reply && reply->type == REDIS_REPLY_STRING) {
        record = ngx_http_ordersave_reply_json(reply);
        claim.email = os_buf_view(&guess->email);
    }

    if (os_panel_known(record)
        && os_panel_sees(guess->conf->keys,
                         ngx_http_ordersave_os(guess->conf->store), record,
                         &claim) != OS_EYES)
    {
        ngx_http_ordersave_limit_guessed(guess->conf,
                                         os_json_str(record, "id"));
    }

    json_decref(record);
    os_buf_free(&guess->email);
    ngx_free(guess);
}


/* The answer is for nobody, but may say that a guess was none. */
static void
ngx_http_ordersave_track_leave(ngx_http_ordersave_track_t *t)
{
    os_command_t                      *cmd = t->waiting;
    ngx_http_ordersave_track_guess_t  *guess = NULL;

    if (t->guess) {
        guess = ngx_calloc(sizeof(ngx_http_ordersave_track_guess_t),
                           ngx_cycle->log);
    }

    if (guess) {
        guess->conf = t->conf;
        os_buf_str(&guess->email, t->claim.email);
        cmd->handler = ngx_http_ordersave_track_guessed;
    }

    cmd->data = guess;
    t->waiting = NULL;
}


static void
ngx_http_ordersave_track_end(void *data)
{
    ngx_http_ordersave_track_t  *t = data;

    if (t->waiting) {
        ngx_http_ordersave_track_leave(t);
    }

    json_decref(t->record);
    os_buf_free(&t->text);
    os_buf_free(&t->html);
}


/* Is the store asked already, from where an internal redirect came? */
static ngx_uint_t
ngx_http_ordersave_track_same(ngx_http_ordersave_track_t *t,
    ngx_http_ordersave_loc_conf_t *conf)
{
    return t && os_str_equal(ngx_http_ordersave_os(t->conf->store),
                             ngx_http_ordersave_os(conf->store));
}


/* Nothing is shown where the campaign observes, or this level is not on. */
static ngx_uint_t
ngx_http_ordersave_track_observes(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    return os_campaign_observes(conf->campaign->campaign, "panel")
           || (conf->mode
               && !os_str_equal(ngx_http_ordersave_value(r, conf->mode),
                                OS_STR("on")));
}


ngx_int_t
ngx_http_ordersave_track_begin(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_int_t                    rc;
    ngx_pool_cleanup_t          *cleanup;
    ngx_http_ordersave_ctx_t    *ctx;
    ngx_http_ordersave_track_t  *t;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_POST))
        || !ngx_http_ordersave_is_on(r, conf->track)
        || ngx_http_ordersave_track_observes(r, conf))
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_ordersave_make_ctx(r);

    if (ctx == NULL || ngx_http_ordersave_track_same(ctx->track, conf)) {
        return NGX_DECLINED;
    }

    /* a page of one store shows nothing of what another knows */
    ctx->track = NULL;

    if (ngx_http_ordersave_track_reads(ctx)) {
        rc = ngx_http_ordersave_read_body(r, ngx_http_ordersave_track_body);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ctx->form.read = 1;
            ctx->finished = 1;
        }

        return rc;
    }

    cleanup = ngx_pool_cleanup_add(r->pool,
                                   sizeof(ngx_http_ordersave_track_t));
    if (cleanup == NULL) {
        return NGX_DECLINED;
    }

    t = cleanup->data;
    ngx_memzero(t, sizeof(ngx_http_ordersave_track_t));
    t->ctx = ctx;
    t->conf = conf;
    t->id = ngx_http_ordersave_value(r, conf->order_id);

    /* people write "#105", and stores take it */

    if (conf->order_by.len) {
        t->id = os_number_plain(t->id);
    }

    /* who proved nothing yet does not learn which order that is */

    t->name = t->id;
    t->claim.by = ngx_http_ordersave_os(conf->order_by);
    t->claim.proof = ngx_http_ordersave_value(r, conf->proof);
    t->claim.email = ngx_http_ordersave_value(r, conf->email);

    if (t->id.len == 0 || t->id.len > OS_ORDER_ID_MAX) {
        return NGX_DECLINED;
    }

    cleanup->handler = ngx_http_ordersave_track_end;
    ctx->track = t;

    if (conf->order_by.len) {
        ngx_http_ordersave_track_ask(t,
            ngx_http_ordersave_redis_get(conf, "alias",
                ngx_http_ordersave_os(conf->order_by), t->id),
            ngx_http_ordersave_track_named);

    } else {
        ngx_http_ordersave_track_order(t);
    }

    return NGX_DECLINED;
}


/* The page comes by. */

static ngx_http_ordersave_track_t *
ngx_http_ordersave_track(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    return ctx ? ctx->track : NULL;
}


/*
 * A page is touched only where a panel may come. Where the page itself is to
 * say whose order it is, and where what is not known may be read, it is touched
 * for every number: what is there, and what is not, must look the same to
 * whoever tries them.
 */
ngx_int_t
ngx_http_ordersave_track_wanted(ngx_http_request_t *r)
{
    ngx_http_ordersave_track_t  *t = ngx_http_ordersave_track(r);

    if (t == NULL
        || (t->conf->shown == NULL && t->conf->verify == NULL
            && t->claim.proof.len == 0 && t->claim.email.len == 0))
    {
        return NGX_DECLINED;
    }

    if (t->conf->shown || t->conf->verify || !t->came) {
        return NGX_OK;
    }

    ngx_http_ordersave_track_read(t);

    if (t->record && ngx_http_ordersave_track_sees(t, OS_NULL) != OS_EYES) {
        return NGX_OK;
    }

    if (t->record) {
        ngx_http_ordersave_note(t->ctx, t->id,
                                NGX_HTTP_ORDERSAVE_PANEL_STRANGER);
    }

    return ngx_http_ordersave_seekable(t->conf) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_ordersave_track_put(ngx_http_request_t *r,
    ngx_http_ordersave_track_t *t, const char *name, os_str_t locale,
    json_t *view, ngx_chain_t **out)
{
    os_buf_t   html = { 0 };
    ngx_int_t  rc;

    rc = ngx_http_ordersave_render(t->conf->campaign, name, locale, view,
                                   &html);
    json_decref(view);

    if (rc != NGX_OK) {
        os_buf_free(&html);
        return NGX_DECLINED;
    }

    return ngx_http_ordersave_send_chain(r, &html, out);
}


/* What this visitor may see of the order; OS_EYES: not known, not his, late. */
static os_eyes_t
ngx_http_ordersave_track_eyes(ngx_http_ordersave_track_t *t, os_str_t shown)
{
    if (t == NULL || !t->came) {
        return OS_EYES;
    }

    ngx_http_ordersave_track_read(t);

    return t->record ? ngx_http_ordersave_track_sees(t, shown) : OS_EYES;
}


ngx_int_t
ngx_http_ordersave_track_products(ngx_http_request_t *r, os_str_t shown,
    ngx_chain_t **out)
{
    json_t                      *view;
    os_str_t                     locale;
    os_eyes_t                    eyes;
    os_speak_t                   speak;
    ngx_http_ordersave_track_t  *t = ngx_http_ordersave_track(r);

    eyes = ngx_http_ordersave_track_eyes(t, shown);

    if (eyes == OS_EYES) {
        return NGX_DECLINED;
    }

    locale = ngx_http_ordersave_track_locale(r, t);
    speak = ngx_http_ordersave_page_voice(t->conf->campaign, locale);
    view = os_panel_view(&speak, t->conf->keys, t->record,
                         ngx_http_ordersave_products(t->products),
                         eyes, OS_NULL);

    if (os_json_pointer(view, OS_STR("/panel/fits")) == NULL) {
        json_decref(view);
        return NGX_DECLINED;
    }

    return ngx_http_ordersave_track_put(r, t, "products", locale, view, out);
}


static ngx_int_t
ngx_http_ordersave_track_panel(ngx_http_request_t *r,
    ngx_http_ordersave_track_t *t, os_eyes_t eyes, ngx_chain_t **out)
{
    os_buf_t  html = t->html;

    ngx_http_ordersave_note(t->ctx, t->id, NGX_HTTP_ORDERSAVE_PANEL);
    t->html = (os_buf_t) { 0 };

    if (eyes != t->made) {
        html.len = 0;
    }

    if (html.len == 0
        && ngx_http_ordersave_track_render(t, eyes, &html) != NGX_OK)
    {
        os_buf_free(&html);
        return NGX_DECLINED;
    }

    return ngx_http_ordersave_send_chain(r, &html, out);
}


/*
 * "ordersave_verify": the store is asked whose order it is when the place in
 * its page is filled, in the name of who opened it. Nobody waits for that, and
 * only who was shown such a page has it asked.
 */
static void
ngx_http_ordersave_track_ask_store(ngx_http_request_t *r,
    ngx_http_ordersave_track_t *t, os_claim_t *claim)
{
    ngx_str_t                     uri;
    ngx_http_ordersave_verify_t  *verify = t->conf->verify;

    if (verify == NULL
        || ngx_http_complex_value(r, verify->uri, &uri) != NGX_OK)
    {
        return;
    }

    claim->ask = ngx_http_ordersave_os(uri);
    claim->wait_ms = (int64_t) verify->timeout;

    if (verify->contains) {
        claim->holds = ngx_http_ordersave_value(r, verify->contains);

        if (claim->holds.data == NULL) {
            claim->holds = OS_STR("");
        }
    }
}


/* A place that is filled when the order has come, from Redis or the store. */
static ngx_int_t
ngx_http_ordersave_track_wait(ngx_http_request_t *r,
    ngx_http_ordersave_track_t *t, os_str_t shown, ngx_chain_t **out)
{
    os_str_t    locale;
    os_claim_t  claim = t->claim;
    os_speak_t  speak;

    claim.shown = shown;

    if (claim.proof.len == 0 && claim.email.len == 0 && shown.len == 0
        && t->conf->verify == NULL)
    {
        return NGX_DECLINED;
    }

    ngx_http_ordersave_note(t->ctx, t->id, NGX_HTTP_ORDERSAVE_PANEL_LATE);
    ngx_http_ordersave_track_ask_store(r, t, &claim);

    if (t->came && t->record == NULL) {
        ngx_http_ordersave_seek(r, t->conf, t->id);
    }

    locale = ngx_http_ordersave_track_locale(r, t);
    speak = ngx_http_ordersave_page_voice(t->conf->campaign, locale);

    return ngx_http_ordersave_track_put(r, t, "panel_wait", locale,
                                        os_panel_wait(&speak, t->conf->keys,
                                                      t->name, &claim), out);
}


ngx_int_t
ngx_http_ordersave_track_content(ngx_http_request_t *r, os_str_t shown,
    ngx_chain_t **out)
{
    os_eyes_t                    eyes;
    ngx_http_ordersave_track_t  *t = ngx_http_ordersave_track(r);

    if (t == NULL) {
        return NGX_DECLINED;
    }

    eyes = ngx_http_ordersave_track_eyes(t, shown);

    if (eyes != OS_EYES) {
        return ngx_http_ordersave_track_panel(r, t, eyes, out);
    }

    if (t->record) {
        ngx_http_ordersave_note(t->ctx, t->id,
                                NGX_HTTP_ORDERSAVE_PANEL_STRANGER);
    }

    return t->came && t->conf->verify == NULL
           && !ngx_http_ordersave_seekable(t->conf)
           ? NGX_DECLINED : ngx_http_ordersave_track_wait(r, t, shown, out);
}


ngx_int_t
ngx_http_ordersave_track_stops(ngx_http_request_t *r)
{
    ngx_http_ordersave_track_t  *t = ngx_http_ordersave_track(r);

    return t && os_stop_hosted(t->conf->campaign->campaign) ? NGX_OK
                                                            : NGX_DECLINED;
}


/*
 * What can be judged later, with what came along: that the order had not come
 * in time, or that the store is to be asked, tells nothing of it.
 */
static ngx_uint_t
ngx_http_ordersave_track_claims(ngx_http_request_t *r,
    ngx_http_ordersave_track_t *t, os_str_t shown, os_claim_t *claim)
{
    *claim = t->claim;
    claim->shown = shown;

    if (t->conf->verify) {
        ngx_http_ordersave_track_ask_store(r, t, claim);

    } else if (t->came) {
        return 0;
    }

    return claim->proof.len || claim->email.len || claim->shown.len
           || claim->ask.len;
}


ngx_int_t
ngx_http_ordersave_track_stop(ngx_http_request_t *r, os_str_t shown,
    ngx_chain_t **out)
{
    os_str_t                     locale;
    os_eyes_t                    eyes;
    os_claim_t                   claim;
    os_speak_t                   speak;
    ngx_uint_t                   claims;
    ngx_http_ordersave_track_t  *t = ngx_http_ordersave_track(r);

    eyes = ngx_http_ordersave_track_eyes(t, shown);

    if (eyes != OS_EYES && os_stop(t->record) != OS_STOP_OPEN) {
        return NGX_DECLINED;
    }

    locale = ngx_http_ordersave_track_locale(r, t);
    speak = ngx_http_ordersave_page_voice(t->conf->campaign, locale);
    claims = eyes == OS_EYES
             && ngx_http_ordersave_track_claims(r, t, shown, &claim);

    return ngx_http_ordersave_track_put(r, t, "stop_link", locale,
               os_panel_stop(&speak, t->conf->keys, t->name,
                             eyes != OS_EYES ? t->record : NULL, eyes,
                             claims ? &claim : NULL), out);
}


ngx_http_ordersave_loc_conf_t *
ngx_http_ordersave_track_conf(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_http_ordersave_track_t  *t = ngx_http_ordersave_track(r);

    return t && conf->track == NULL
           && os_str_equal(ngx_http_ordersave_os(t->conf->store),
                           ngx_http_ordersave_os(conf->store))
           ? t->conf : conf;
}

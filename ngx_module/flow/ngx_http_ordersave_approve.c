
/*
 * What a buyer asked for is approved or declined here, by whoever has the link
 * of a mail to support and is one of the shop's people: nginx says who
 * (ordersave_staff), or the key file's code is typed. A GET only shows: mail
 * scanners open every link. The first answer counts.
 */


#include "ngx_module/flow/ngx_http_ordersave_approve.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_limit.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "core/order/os_rules.h"
#include "core/view/os_view_request.h"
#include "core/view/os_view_return.h"


typedef enum {
    NGX_HTTP_ORDERSAVE_WRONG_CODE = -1,     /* as the script says it */
    NGX_HTTP_ORDERSAVE_WRONG_MANY = -2,
    NGX_HTTP_ORDERSAVE_NO_BUDGET = -3
} ngx_http_ordersave_wrong_e;


/* Is the link about something that is to come back? */
static ngx_uint_t
ngx_http_ordersave_approve_returns(ngx_http_ordersave_ctx_t *ctx)
{
    return json_object_get(ctx->choice.token, "r") != NULL;
}


/* What is to be answered: the order's request, or that return of it. */
static const json_t *
ngx_http_ordersave_approve_asked(ngx_http_ordersave_ctx_t *ctx)
{
    return ngx_http_ordersave_approve_returns(ctx)
           ? os_return_of(ctx->known.record,
                          os_json_str(ctx->choice.token, "r"))
           : os_view_request_of(ctx->known.record);
}


/* One form field, decoded; empty where it is not there once. */
static void
ngx_http_ordersave_approve_field(ngx_http_ordersave_ctx_t *ctx,
    const char *name, os_buf_t *out)
{
    if (os_form_find(os_buf_view(&ctx->form.body), os_str(name), out)
        != OS_ARG_ONE)
    {
        out->len = 0;
    }
}


static ngx_uint_t
ngx_http_ordersave_approve_does(ngx_http_ordersave_ctx_t *ctx,
    const char *word)
{
    os_buf_t    what = { 0 };
    ngx_uint_t  does;

    ngx_http_ordersave_approve_field(ctx, "ordersave_do", &what);
    does = os_str_equal(os_buf_view(&what), os_str(word));
    os_buf_free(&what);

    return does;
}


/* What was typed stands there again, but for the code. */
static void
ngx_http_ordersave_approve_typed(ngx_http_ordersave_ctx_t *ctx, json_t *view)
{
    size_t    i;
    os_buf_t  text = { 0 };

    static const char *const  fields[][2] = {
        { "ordersave_amount", "amount" }, { "ordersave_comment", "words" }
    };

    for (i = 0; i < 2 && ctx->form.post; i++) {
        text.len = 0;
        ngx_http_ordersave_approve_field(ctx, fields[i][0], &text);

        if (text.len && os_utf8_valid(os_buf_view(&text))) {
            os_json_set_str(view, fields[i][1], os_buf_view(&text));
        }
    }

    os_buf_free(&text);
}


/*
 * The page. `word` (may be NULL) is said on it: what is to be mended, or with
 * `closed`, where the record does not know yet, what the answer was.
 */
static ngx_int_t
ngx_http_ordersave_approve_page(ngx_http_ordersave_ctx_t *ctx,
    const char *word, ngx_uint_t closed, ngx_uint_t status)
{
    json_t      *view;
    os_speak_t   speak;

    speak = ngx_http_ordersave_page_voice(ctx->conf->campaign,
                                          ctx->who.locale);
    view = ngx_http_ordersave_approve_returns(ctx)
           ? os_view_return_answer(&speak, ctx->known.record,
                                   ngx_http_ordersave_approve_asked(ctx))
           : os_view_request(&speak, ctx->known.record);

    if (view == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (closed) {
        (void) json_object_del(view, "open");
    }

    if (ngx_http_ordersave_value(ctx->request, ctx->conf->staff).len == 0) {
        (void) json_object_set_new(view, ctx->conf->keys->support.len
                                         ? "code" : "nobody", json_true());
    }

    if (word) {
        (void) json_object_set_new(view, word, json_true());
    }

    ngx_http_ordersave_approve_typed(ctx, view);

    return ngx_http_ordersave_hosted_page(ctx, "approve", status, view);
}


/* Another shard may have what this one lacks: the workers bring it. */
static void
ngx_http_ordersave_approve_call(ngx_http_ordersave_ctx_t *ctx)
{
    os_order_t    *order = os_order_from(ctx->known.record);
    const json_t  *asked = ngx_http_ordersave_approve_asked(ctx);

    if (order) {
        ngx_http_ordersave_redis_tell(
            os_script_call_command(&ngx_http_ordersave_main()->server->space,
                                   ngx_http_ordersave_os(ctx->conf->store),
                                   os_json_str(ctx->choice.token, "o"),
                                   os_json_str(asked, "offer"),
                                   order->currency,
                                   os_rules_off(ctx->conf->campaign->campaign,
                                                asked, order)));
    }

    os_order_free(order);
}


static ngx_int_t
ngx_http_ordersave_approve_told(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t      *decision, *verdict;
    ngx_int_t    rc;
    const char  *state;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2)
    {
        return ngx_http_ordersave_approve_page(ctx, "later", 0,
                                               NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    switch (reply->element[0]->integer) {

    case NGX_HTTP_ORDERSAVE_WRONG_CODE:
        return ngx_http_ordersave_approve_page(ctx, "wrong_code", 0,
                                               NGX_HTTP_FORBIDDEN);

    case NGX_HTTP_ORDERSAVE_WRONG_MANY:
        return ngx_http_ordersave_approve_page(ctx, "wrong_many", 0,
                                               NGX_HTTP_TOO_MANY_REQUESTS);

    case NGX_HTTP_ORDERSAVE_NO_BUDGET:
        ngx_http_ordersave_approve_call(ctx);
        return ngx_http_ordersave_approve_page(ctx, "no_budget", 0,
                                               NGX_HTTP_CONFLICT);

    case 1:
        return ngx_http_ordersave_approve_page(ctx,
                   ngx_http_ordersave_approve_does(ctx, "approve")
                   ? "approved" : "declined", 1, NGX_HTTP_OK);
    }

    decision = ngx_http_ordersave_reply_json(reply->element[1]);
    verdict = json_object_get(decision, "verdict");
    state = verdict == NULL ? "over"
            : os_json_bool(verdict, "approved") ? "approved" : "declined";
    rc = ngx_http_ordersave_approve_page(ctx, state, 1, NGX_HTTP_CONFLICT);
    json_decref(decision);

    return rc;
}


static os_command_t *
ngx_http_ordersave_approve_command(ngx_http_ordersave_ctx_t *ctx,
    const os_order_t *order, json_t *event, os_code_t code)
{
    json_t        *set;
    os_command_t  *cmd;

    set = os_rules_verdict(ctx->conf->campaign->campaign,
                           ngx_http_ordersave_approve_asked(ctx), order,
                           event);
    cmd = os_script_verdict_command(&ngx_http_ordersave_main()->server->space,
              ngx_http_ordersave_approve_returns(ctx) ? "return" : "d",
              ngx_http_ordersave_os(ctx->conf->store),
              os_json_str(ctx->choice.token, "o"),
              os_json_str(ngx_http_ordersave_approve_asked(ctx), "offer"),
              event, set, code,
              NGX_HTTP_ORDERSAVE_TRIES, NGX_HTTP_ORDERSAVE_TRIES_FOR);
    json_decref(set);

    return cmd;
}


/* How much comes off: NGX_DECLINED where it is no amount, or too much. */
static ngx_int_t
ngx_http_ordersave_approve_amount(ngx_http_ordersave_ctx_t *ctx,
    const os_order_t *order, json_t *event)
{
    int        rc;
    int64_t    amount;
    os_buf_t   text = { 0 };

    ngx_http_ordersave_approve_field(ctx, "ordersave_amount", &text);
    rc = os_rules_off_read(ctx->conf->campaign->campaign,
                           ngx_http_ordersave_approve_asked(ctx), order,
                           os_buf_view(&text), &amount);
    os_buf_free(&text);

    if (rc != 0) {
        return NGX_DECLINED;
    }

    if (amount) {
        os_json_set_int(event, "amount", amount);
    }

    return NGX_OK;
}


/* The event of an answer; NULL: `wrong` says why there is none. */
static json_t *
ngx_http_ordersave_approve_event(ngx_http_ordersave_ctx_t *ctx,
    const os_order_t *order, os_str_t staff, const char **wrong)
{
    json_t      *event;
    os_buf_t     comment = { 0 };
    ngx_uint_t   yes = ngx_http_ordersave_approve_does(ctx, "approve");

    if (!yes && !ngx_http_ordersave_approve_does(ctx, "decline")) {
        *wrong = "incomplete";
        return NULL;
    }

    event = ngx_http_ordersave_event(ngx_http_ordersave_os(ctx->conf->store),
                                     os_json_str(ctx->choice.token, "o"),
                                     "verdict");
    os_json_set_str(event, "nonce",
                    os_json_str(ngx_http_ordersave_approve_asked(ctx),
                                "nonce"));
    (void) json_object_set_new(event, "approved", json_boolean(yes));

    if (yes
        && ngx_http_ordersave_approve_amount(ctx, order, event) != NGX_OK)
    {
        json_decref(event);
        *wrong = "wrong_amount";
        return NULL;
    }

    ngx_http_ordersave_comment(ctx, &comment);

    if (comment.len) {
        os_json_set_str(event, "comment", os_buf_view(&comment));
    }

    if (staff.len) {
        os_json_set_str(event, "by", staff);
    }

    os_buf_free(&comment);
    return event;
}


static ngx_int_t
ngx_http_ordersave_approve_post(ngx_http_ordersave_ctx_t *ctx)
{
    json_t        *event;
    os_str_t       staff;
    os_buf_t       code = { 0 };
    os_code_t      known;
    os_order_t    *order;
    const char    *wrong = "later";
    os_command_t  *cmd = NULL;

    static ngx_http_ordersave_seldom_t  told;

    staff = ngx_http_ordersave_value(ctx->request, ctx->conf->staff);
    ngx_http_ordersave_approve_field(ctx, "ordersave_code", &code);
    known = staff.len ? OS_CODE_NEEDLESS
            : os_keys_support(ctx->conf->keys, os_buf_view(&code))
              ? OS_CODE_RIGHT : OS_CODE_WRONG;
    os_buf_free(&code);

    if (!staff.len && !ctx->conf->keys->support.len) {
        if (ngx_http_ordersave_seldom(&told)) {
            ngx_log_error(NGX_LOG_WARN, ctx->request->connection->log, 0,
                          "ordersave: nobody may answer requests: set "
                          "ordersave_staff, or write \"support:CODE\" into "
                          "the key file");
        }

        return ngx_http_ordersave_approve_page(ctx, NULL, 0,
                                               NGX_HTTP_FORBIDDEN);
    }

    order = os_order_from(ctx->known.record);
    event = ngx_http_ordersave_approve_event(ctx, order, staff, &wrong);

    if (event) {
        cmd = ngx_http_ordersave_approve_command(ctx, order, event, known);
    }

    os_order_free(order);

    if (event == NULL) {
        return ngx_http_ordersave_approve_page(ctx, wrong, 0,
                                               NGX_HTTP_BAD_REQUEST);
    }

    json_decref(event);
    return ngx_http_ordersave_ask(ctx, cmd, 1, NGX_HTTP_ORDERSAVE_ACCEPT,
                                  ngx_http_ordersave_approve_told);
}


ngx_int_t
ngx_http_ordersave_approve(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_uint_t     waits;
    const json_t  *asked = ngx_http_ordersave_approve_asked(ctx);

    if (asked == NULL) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    if (!ctx->form.post) {
        return ngx_http_ordersave_approve_page(ctx, NULL, 0, NGX_HTTP_OK);
    }

    waits = ngx_http_ordersave_approve_returns(ctx) ? os_return_waits(asked)
                                                    : os_rules_waits(asked);

    return waits ? ngx_http_ordersave_approve_post(ctx)
                 : ngx_http_ordersave_approve_page(ctx, NULL, 0,
                                                   NGX_HTTP_CONFLICT);
}

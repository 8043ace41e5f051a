
/*
 * Who wants no more offers by mail says so with one click: in the mail
 * program (RFC 8058: a POST of List-Unsubscribe=One-Click) or on this page. A
 * GET changes nothing: mail scanners open every link. The address itself is
 * in no link; its keyed hash is.
 */


#include "ngx_module/flow/ngx_http_ordersave_unsubscribe.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/wire/ngx_http_ordersave_safe.h"
#include "core/view/os_panel.h"


/* Is it taken back what the form says? */
static ngx_uint_t
ngx_http_ordersave_unsubscribe_again(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t    what = { 0 };
    ngx_uint_t  again;

    (void) os_form_find(os_buf_view(&ctx->form.body), OS_STR("ordersave_do"),
                        &what);
    again = os_str_equal(os_buf_view(&what), OS_STR("again"));
    os_buf_free(&what);

    return again;
}


static ngx_int_t
ngx_http_ordersave_unsubscribe_page(ngx_http_ordersave_ctx_t *ctx,
    const char *state)
{
    return ngx_http_ordersave_hosted_page(ctx, "unsubscribe", NGX_HTTP_OK,
                                          json_pack("{s:b}", state, 1));
}


/* Redis or the disk has it, or neither could. */
static ngx_int_t
ngx_http_ordersave_unsubscribe_told(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    if (ctx->hosted.safe != NGX_OK) {
        return ngx_http_ordersave_hosted_unsaved(ctx);
    }

    return ngx_http_ordersave_unsubscribe_page(ctx,
               ngx_http_ordersave_unsubscribe_again(ctx) ? "again" : "left");
}


/*
 * What is said, with its time: a word that waited in the spool is not to undo
 * a later one. The script goes whole, because whoever drains the spool has
 * nothing but its bytes.
 */
static ngx_int_t
ngx_http_ordersave_unsubscribe_record(ngx_http_ordersave_ctx_t *ctx,
    os_str_t customer, os_str_t word)
{
    ngx_time_t    *now = ngx_timeofday();
    os_command_t  *cmd;

    cmd = os_script_suppress_command(&ngx_http_ordersave_main()->server->space,
                                     ngx_http_ordersave_os(ctx->conf->store),
                                     customer, word,
                                     (int64_t) now->sec * 1000 + now->msec);

    return cmd ? ngx_http_ordersave_safe_command(ctx, cmd,
                     ngx_http_ordersave_unsubscribe_told)
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_int_t
ngx_http_ordersave_unsubscribe(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    os_str_t  customer;

    ctx->choice.token = os_panel_open(ctx->conf->keys,
                                      ngx_http_ordersave_os(ctx->conf->store),
                                      token, "unsubscribe", ngx_time());
    ngx_http_ordersave_hosted_locale(ctx);
    customer = os_json_str(ctx->choice.token, "c");

    if (customer.len == 0) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    if (!ctx->form.post) {
        return ngx_http_ordersave_unsubscribe_page(ctx, "asks");
    }

    return ngx_http_ordersave_unsubscribe_record(ctx, customer,
               ngx_http_ordersave_unsubscribe_again(ctx)
               ? OS_STR("") : OS_STR("marketing"));
}


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
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "core/view/os_panel.h"


/*
 * What is said, with its time: a word that waited in the spool is not to undo
 * a later one. The script goes whole, because whoever drains the spool has
 * nothing but its bytes.
 */
static void
ngx_http_ordersave_unsubscribe_record(ngx_http_ordersave_ctx_t *ctx,
    os_str_t customer, os_str_t word)
{
    ngx_time_t    *now = ngx_timeofday();
    os_command_t  *cmd;

    cmd = os_script_suppress_command(&ngx_http_ordersave_main()->server->space,
                                     ngx_http_ordersave_os(ctx->conf->store),
                                     customer, word,
                                     (int64_t) now->sec * 1000 + now->msec);
    if (cmd == NULL) {
        return;
    }

    ngx_http_ordersave_record_command(cmd);
}


ngx_int_t
ngx_http_ordersave_unsubscribe(ngx_http_ordersave_ctx_t *ctx, os_str_t token)
{
    json_t      *view;
    os_buf_t     what = { 0 };
    os_str_t     customer;
    const char  *state;

    ctx->choice.token = os_panel_open(ctx->conf->keys,
                                      ngx_http_ordersave_os(ctx->conf->store),
                                      token, "unsubscribe", ngx_time());
    ngx_http_ordersave_hosted_locale(ctx);
    customer = os_json_str(ctx->choice.token, "c");

    if (customer.len == 0) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    state = "asks";

    if (ctx->form.post) {
        (void) os_form_find(os_buf_view(&ctx->form.body),
                            OS_STR("ordersave_do"),
                            &what);
        state = os_str_equal(os_buf_view(&what), OS_STR("again"))
                ? "again" : "left";
        ngx_http_ordersave_unsubscribe_record(ctx, customer,
            state[0] == 'l' ? OS_STR("marketing") : OS_STR(""));
    }

    os_buf_free(&what);
    view = json_object();
    (void) json_object_set_new(view, state, json_true());

    return ngx_http_ordersave_hosted_page(ctx, "unsubscribe", NGX_HTTP_OK,
                                          view);
}

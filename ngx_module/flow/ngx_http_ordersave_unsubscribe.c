
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


#define NGX_HTTP_ORDERSAVE_SAID_FOR  (90 * 86400)    /* s: in any spool */


/*
 * What is said, with its time: a word that waited in the spool is not to undo
 * a later one. The script goes whole, because whoever drains the spool has
 * nothing but its bytes.
 */
static void
ngx_http_ordersave_unsubscribe_record(ngx_http_ordersave_ctx_t *ctx,
    os_str_t customer, os_str_t word)
{
    os_str_t       store;
    os_buf_t       key = { 0 };
    ngx_time_t    *now = ngx_timeofday();
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    store = ngx_http_ordersave_os(ctx->conf->store);
    cmd = os_command_new(os_space_shard(space, store, customer, OS_NULL),
                         NULL, NULL);
    if (cmd == NULL) {
        return;
    }

    os_command_script(cmd, &os_script_suppress, 2, 3);
    os_space_key(space, cmd->shard, "suppress", store, customer, OS_NULL,
                 &key);
    os_command_add(cmd, os_buf_view(&key));
    key.len = 0;
    os_space_key(space, cmd->shard, "said", store, customer, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    os_command_add(cmd, word);
    os_command_add_int(cmd, (int64_t) now->sec * 1000 + now->msec);
    os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_SAID_FOR);
    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);

    if (os_command_unsha(cmd) == -1) {
        cmd->bytes.failed = 1;
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

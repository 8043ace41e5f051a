
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


/* SET or DEL of suppress:STORE/HASH; both may be repeated. */
static void
ngx_http_ordersave_unsubscribe_record(ngx_http_ordersave_ctx_t *ctx,
    os_str_t customer, ngx_uint_t leaves)
{
    os_str_t       store;
    os_buf_t       key = { 0 };
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    store = ngx_http_ordersave_os(ctx->conf->store);
    cmd = os_command_new(os_space_shard(space, store, customer, OS_NULL),
                         NULL, NULL);
    if (cmd == NULL) {
        return;
    }

    os_space_key(space, cmd->shard, "suppress", store, customer, OS_NULL,
                 &key);
    os_command_words(cmd, leaves ? 3 : 2);
    os_command_add(cmd, leaves ? OS_STR("SET") : OS_STR("DEL"));
    os_command_add(cmd, os_buf_view(&key));

    if (leaves) {
        os_command_add(cmd, OS_STR("marketing"));
    }

    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);
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
        ngx_http_ordersave_unsubscribe_record(ctx, customer, state[0] == 'l');
    }

    os_buf_free(&what);
    view = json_object();
    (void) json_object_set_new(view, state, json_true());

    return ngx_http_ordersave_hosted_page(ctx, "unsubscribe", NGX_HTTP_OK,
                                          view);
}

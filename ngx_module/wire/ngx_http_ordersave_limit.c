
/*
 * How often a customer may accept an offer: a place that is reserved in the
 * customer's shard, and given back when it was not used.
 */


#include "ngx_module/wire/ngx_http_ordersave_limit.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"




/* A command about the customer's limit, with this order's place in it. */
os_command_t *
ngx_http_ordersave_limit_command(ngx_http_ordersave_ctx_t *ctx,
    const os_script_t *script, unsigned nargs)
{
    return os_script_limit_command(&ngx_http_ordersave_main()->server->space,
                                   script, nargs,
                                   ngx_http_ordersave_os(ctx->conf->store),
                                   ctx->known.order->customer,
                                   ngx_http_ordersave_os(ctx->who.order_id));
}


os_command_t *
ngx_http_ordersave_limit_reserve(ngx_http_ordersave_ctx_t *ctx,
    os_str_t offer, int64_t per_customer, int64_t cooldown)
{
    os_command_t  *cmd;

    cmd = ngx_http_ordersave_limit_command(ctx, &os_script_reserve, 6);

    if (cmd) {
        cmd->confirm = 1;
        os_command_add(cmd, offer);
        os_command_add_int(cmd, per_customer);
        os_command_add_int(cmd, cooldown);
        os_command_add_int(cmd, ngx_time());
        os_command_add_int(cmd, ngx_max(cooldown, NGX_HTTP_ORDERSAVE_KEEP));
    }

    return cmd;
}


/* A command of `script` about an order's counter of tries, the last key. */
static os_command_t *
ngx_http_ordersave_limit_tries(ngx_http_ordersave_loc_conf_t *conf,
    os_str_t id, const os_script_t *script, ngx_uint_t order, unsigned nargs)
{
    char           room[256];
    os_str_t       store = ngx_http_ordersave_os(conf->store);
    os_buf_t       key = os_buf_on(room, sizeof(room));
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);
    if (cmd == NULL) {
        return NULL;
    }

    os_command_script(cmd, script, order ? 2 : 1, nargs);

    if (order) {
        os_space_key(space, cmd->shard, "o", store, id, OS_NULL, &key);
        os_command_add(cmd, os_buf_view(&key));
        key.len = 0;
    }

    os_space_key(space, cmd->shard, "tries", store, id, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);

    return cmd;
}


os_command_t *
ngx_http_ordersave_limit_guess(ngx_http_ordersave_loc_conf_t *conf,
    os_str_t id)
{
    os_command_t  *cmd;

    cmd = ngx_http_ordersave_limit_tries(conf, id, &os_script_lookup, 1, 2);

    if (cmd) {
        os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_TRIES);
        os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_TRIES_FOR);
    }

    return cmd;
}


void
ngx_http_ordersave_limit_guessed(ngx_http_ordersave_loc_conf_t *conf,
    os_str_t id)
{
    ngx_http_ordersave_redis_tell(
        ngx_http_ordersave_limit_tries(conf, id, &os_script_untry, 0, 0));
}

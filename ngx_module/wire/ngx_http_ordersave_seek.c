
/*
 * An order that the store knows and we do not. Two steps in Redis: may this
 * visitor ask for one more, in the shard of the store; was it asked for lately,
 * in the shard of the order, where the event goes with the answer.
 */


#include "ngx_module/wire/ngx_http_ordersave_seek.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"


#define NGX_HTTP_ORDERSAVE_SEEK_VISITOR  10     /* orders of one visitor, */
#define NGX_HTTP_ORDERSAVE_SEEK_STORE    120    /* and of all, */
#define NGX_HTTP_ORDERSAVE_SEEK_WINDOW   60     /* in so many s; */
#define NGX_HTTP_ORDERSAVE_SEEK_AGAIN    300    /* s: one that was not found */

#define NGX_HTTP_ORDERSAVE_VISITOR_LEN   16


/* What is sought; its request may be over. */
typedef struct {
    os_str_t                       store;       /* the configuration's */
    size_t                         len;
    char                           id[];
} ngx_http_ordersave_sought_t;


ngx_uint_t
ngx_http_ordersave_seekable(ngx_http_ordersave_loc_conf_t *conf)
{
    return os_campaign_at(conf->campaign->campaign, "/api") != NULL;
}


/*
 * A name for where he comes from, that tells nobody where that is. A household
 * has a /64 of IPv6.
 */
static void
ngx_http_ordersave_seek_visitor(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, os_buf_t *out)
{
    os_str_t             address = OS_NULL;
    uint8_t              mac[OS_SHA256_LEN];
    struct sockaddr_in  *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (r->connection->sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) r->connection->sockaddr;
        address = (os_str_t) { 4, (char *) &sin->sin_addr.s_addr };
        break;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) r->connection->sockaddr;
        address = (os_str_t) { 8, (char *) sin6->sin6_addr.s6_addr };
        break;
#endif
    }

    os_hmac(&conf->keys->customer, address, mac);
    os_base64url(out, mac, NGX_HTTP_ORDERSAVE_VISITOR_LEN * 6 / 8);
}


static void
ngx_http_ordersave_seek_asked(os_command_t *cmd, redisReply *reply)
{
    ngx_free(cmd->data);
}


/* He may: the worker hears of it, unless it did a while ago. */
static void
ngx_http_ordersave_seek_may(os_command_t *cmd, redisReply *reply)
{
    char                          room[256];
    os_str_t                      id;
    os_buf_t                      key = os_buf_on(room, sizeof(room));
    os_buf_t                      event = { 0 };
    os_space_t                   *space;
    os_command_t                 *ask = NULL;
    ngx_http_ordersave_sought_t  *sought = cmd->data;

    id = (os_str_t) { sought->len, sought->id };

    if (reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1) {
        space = &ngx_http_ordersave_main()->server->space;
        ask = os_command_new(os_space_shard(space, sought->store, id, OS_NULL),
                             NULL, NULL);
    }

    if (ask) {
        ngx_http_ordersave_event_text(sought->store, id, "wanted", &event);
        os_buf_char(&event, '}');

        os_command_script(ask, &os_script_want, 2, 2);
        os_space_key(space, ask->shard, "sought", sought->store, id, OS_NULL,
                     &key);
        os_command_add(ask, os_buf_view(&key));
        key.len = 0;
        os_space_key(space, ask->shard, "ev", OS_NULL, OS_NULL, OS_NULL, &key);
        os_command_add(ask, os_buf_view(&key));
        os_command_add(ask, os_buf_view(&event));
        os_command_add_int(ask, NGX_HTTP_ORDERSAVE_SEEK_AGAIN);
        ask->bytes.failed |= key.failed | event.failed;
        os_buf_free(&key);
        os_buf_free(&event);
        ngx_http_ordersave_redis_tell(ask);
    }

    ngx_http_ordersave_seek_asked(cmd, reply);
}


static os_command_t *
ngx_http_ordersave_seek_command(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, os_str_t id)
{
    char           room[256], name[NGX_HTTP_ORDERSAVE_VISITOR_LEN + 8];
    os_str_t       store = ngx_http_ordersave_os(conf->store);
    os_buf_t       key = os_buf_on(room, sizeof(room));
    os_buf_t       visitor = os_buf_on(name, sizeof(name));
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(space, store, OS_STR("seeks"), OS_NULL),
                         NULL, NULL);
    if (cmd == NULL) {
        return NULL;
    }

    ngx_http_ordersave_seek_visitor(r, conf, &visitor);
    os_command_script(cmd, &os_script_seek, 2, 4);
    os_space_key(space, cmd->shard, "seeks", store, OS_NULL, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    key.len = 0;
    os_space_key(space, cmd->shard, "seeks", store, os_buf_view(&visitor),
                 OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    os_command_add(cmd, id);
    os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_SEEK_STORE);
    os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_SEEK_VISITOR);
    os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_SEEK_WINDOW);
    cmd->bytes.failed |= key.failed | visitor.failed;
    os_buf_free(&key);
    os_buf_free(&visitor);

    return cmd;
}


void
ngx_http_ordersave_seek(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, os_str_t id)
{
    os_command_t                    *cmd;
    ngx_http_ordersave_sought_t     *sought;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (id.len == 0 || !ngx_http_ordersave_seekable(conf)) {
        return;
    }

    cmd = ngx_http_ordersave_seek_command(r, conf, id);
    sought = ngx_alloc(sizeof(ngx_http_ordersave_sought_t) + id.len,
                       ngx_cycle->log);

    if (cmd && sought) {
        sought->store = ngx_http_ordersave_os(conf->store);
        sought->len = id.len;
        ngx_memcpy(sought->id, id.data, id.len);
        cmd->handler = ngx_http_ordersave_seek_may;
        cmd->data = sought;

        if (ngx_http_ordersave_redis_send(mcf->redis, cmd, 1,
                                          NGX_HTTP_ORDERSAVE_TELL)
            == NGX_OK)
        {
            return;
        }
    }

    if (cmd) {
        os_command_free(cmd);
    }

    if (sought) {
        ngx_free(sought);
    }
}

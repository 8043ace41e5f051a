
/*
 * Recording what happened: into the order's stream when Redis takes it, into
 * the spool when it does not. An event has its id before it leaves, so that
 * one that arrives both ways is known as the same.
 */


#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_spool.h"


typedef struct {
    ngx_http_ordersave_safe_pt   safe;
    void                        *data;
} ngx_http_ordersave_record_t;


static void ngx_http_ordersave_recorded(os_command_t *cmd, redisReply *reply);


void
ngx_http_ordersave_event_text(os_str_t store, os_str_t order,
    const char *kind, os_buf_t *out)
{
    char         room[256];
    uint8_t      random[8];
    os_buf_t     name = os_buf_on(room, sizeof(room));
    ngx_time_t  *now = ngx_timeofday();

    if (ngx_http_ordersave_random(random, sizeof(random)) != NGX_OK) {
        out->failed = 1;
        return;
    }

    os_buf_text(out, "{\"id\":\"");
    os_hex(out, random, sizeof(random));
    os_buf_text(out, "\",\"kind\":\"");
    os_buf_text(out, kind);
    os_buf_text(out, "\",\"order\":");

    os_buf_str(&name, store);
    os_buf_char(&name, '/');
    os_buf_str(&name, order);
    os_json_quote(out, os_buf_view(&name));
    out->failed |= name.failed;
    os_buf_free(&name);

    os_buf_text(out, ",\"at_ms\":");
    os_buf_int(out, (int64_t) now->sec * 1000 + now->msec);
}


json_t *
ngx_http_ordersave_event(os_str_t store, os_str_t order, const char *kind)
{
    json_t    *event = NULL;
    os_buf_t   text = { 0 };

    ngx_http_ordersave_event_text(store, order, kind, &text);
    os_buf_char(&text, '}');

    if (!text.failed) {
        event = os_json_read(os_buf_view(&text));
    }

    os_buf_free(&text);
    return event;
}


void
ngx_http_ordersave_event_visitor(ngx_http_ordersave_ctx_t *ctx, json_t *event)
{
    os_buf_t  text = { 0 };

    os_keys_customer(ctx->conf->keys, ngx_http_ordersave_os(ctx->conf->store),
                     ngx_http_ordersave_os(
                         ctx->request->connection->addr_text), &text);
    os_json_set_str(event, "visitor", os_buf_view(&text));
    os_buf_free(&text);
}


static void
ngx_http_ordersave_record_send(os_command_t *cmd,
    ngx_http_ordersave_safe_pt safe, void *data)
{
    ngx_http_ordersave_record_t     *record = NULL;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (safe) {
        record = ngx_alloc(sizeof(ngx_http_ordersave_record_t),
                           ngx_cycle->log);
        if (record == NULL) {
            os_command_free(cmd);
            safe(data, NGX_ERROR);
            return;
        }

        record->safe = safe;
        record->data = data;
    }

    cmd->data = record;
    cmd->handler = ngx_http_ordersave_recorded;
    cmd->confirm = 1;

    /* a line that is not open yet would keep it in memory: rather the disk */

    if (mcf->redis == NULL
        || (mcf->spool
            && !ngx_http_ordersave_redis_takes(mcf->redis, cmd->shard))
        || ngx_http_ordersave_redis_send(mcf->redis, cmd, 1,
                                         NGX_HTTP_ORDERSAVE_RECORD_TIMEOUT)
           != NGX_OK)
    {
        os_command_abandon(cmd);
        os_command_free(cmd);
    }
}


static void
ngx_http_ordersave_recorded(os_command_t *cmd, redisReply *reply)
{
    void                            *data = NULL;
    ngx_int_t                        rc;
    const char                      *more;
    ngx_http_ordersave_safe_pt       safe = NULL;
    ngx_http_ordersave_record_t     *record = cmd->data;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    static ngx_uint_t                   lost;   /* is said once */
    static ngx_http_ordersave_seldom_t  told;

    if (record) {
        safe = record->safe;
        data = record->data;
        ngx_free(record);
    }

    if (reply && reply->type != REDIS_REPLY_ERROR) {
        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_EVENTS_SENT);
        rc = NGX_OK;

    } else {

        more = reply ? ngx_http_ordersave_seldom(&told) : NULL;

        if (more) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "ordersave: redis refuses an event, which is "
                          "spooled, as are others: \"%s\"%s", reply->str,
                          more);
        }

        rc = mcf->spool
             ? ngx_http_ordersave_spool_add(mcf->spool, cmd->shard,
                                            os_buf_view(&cmd->bytes))
             : NGX_ERROR;

        if (rc == NGX_OK) {
            ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_EVENTS_SPOOLED);

            if (safe) {
                ngx_http_ordersave_spool_sync(mcf->spool, cmd->shard, safe,
                                              data);
                return;
            }

        } else {
            ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_EVENTS_LOST);

            if (mcf->spool == NULL && !lost) {
                lost = 1;
                ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                              "ordersave: an event found no Redis, and there "
                              "is no spool; more are only counted");
            }
        }
    }

    if (safe) {
        safe(data, rc);
    }
}


void
ngx_http_ordersave_record(os_str_t store, os_str_t order, json_t *event,
    ngx_http_ordersave_safe_pt safe, void *data)
{
    os_buf_t  text = { 0 };

    if (event) {
        os_json_dump(&text, event);

    } else {
        text.failed = 1;
    }

    ngx_http_ordersave_record_text(store, order, &text, safe, data);
    os_buf_free(&text);
    json_decref(event);
}


void
ngx_http_ordersave_record_now(os_str_t store, os_str_t order, json_t *event)
{
    unsigned                         shard;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    shard = os_space_shard(&mcf->server->space, store, order, OS_NULL);
    ngx_http_ordersave_record(store, order, event, NULL, NULL);
    ngx_http_ordersave_redis_push(mcf->redis, shard);
}


void
ngx_http_ordersave_record_text(os_str_t store, os_str_t order,
    os_buf_t *event, ngx_http_ordersave_safe_pt safe, void *data)
{
    char                             room[128];
    unsigned                         shard;
    os_buf_t                         key = os_buf_on(room, sizeof(room));
    os_space_t                      *space;
    os_command_t                    *cmd = NULL;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    space = &mcf->server->space;
    shard = os_space_shard(space, store, order, OS_NULL);

    if (!event->failed) {
        cmd = os_command_new(shard, NULL, NULL);
    }

    if (cmd == NULL) {
        if (safe) {
            safe(data, NGX_ERROR);
        }

        return;
    }

    (void) os_buf_reserve(&cmd->bytes, event->len + 128);
    os_command_words(cmd, 5);
    os_command_add(cmd, OS_STR("XADD"));
    os_space_key(space, shard, "ev", OS_NULL, OS_NULL, OS_NULL, &key);
    os_command_add(cmd, os_buf_view(&key));
    os_command_add(cmd, OS_STR("*"));
    os_command_add(cmd, OS_STR("e"));
    os_command_add(cmd, os_buf_view(event));
    os_buf_free(&key);

    ngx_http_ordersave_record_send(cmd, safe, data);
}


void
ngx_http_ordersave_record_inbox(os_command_t *cmd, os_str_t store,
    os_str_t source, os_str_t id, os_str_t topic,
    ngx_http_ordersave_safe_pt safe, void *data)
{
    int                              rc;
    os_buf_t                         key = { 0 };
    ngx_time_t                      *now = ngx_timeofday();
    os_space_t                      *space;
    os_command_t                     front;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    space = &mcf->server->space;
    cmd->shard = os_space_shard(space, source, id, OS_NULL);
    os_space_key(space, cmd->shard, "in", OS_NULL, OS_NULL, OS_NULL, &key);

    ngx_memzero(&front, sizeof(front));
    os_command_words(&front, 15);
    os_command_add(&front, OS_STR("XADD"));
    os_command_add(&front, os_buf_view(&key));
    os_command_add(&front, OS_STR("*"));
    os_command_add(&front, OS_STR("store"));
    os_command_add(&front, store);
    os_command_add(&front, OS_STR("source"));
    os_command_add(&front, source);
    os_command_add(&front, OS_STR("id"));
    os_command_add(&front, id);
    os_command_add(&front, OS_STR("topic"));
    os_command_add(&front, topic);
    os_command_add(&front, OS_STR("at_ms"));
    os_command_add_int(&front, (int64_t) now->sec * 1000 + now->msec);
    os_command_add(&front, OS_STR("body"));
    front.bytes.failed |= key.failed;

    rc = os_command_front(cmd, &front);
    os_buf_free(&front.bytes);
    os_buf_free(&key);

    if (rc == -1) {
        os_command_free(cmd);
        safe(data, NGX_ERROR);
        return;
    }

    ngx_http_ordersave_record_send(cmd, safe, data);
}


void
ngx_http_ordersave_record_command(os_command_t *cmd,
    ngx_http_ordersave_safe_pt safe, void *data)
{
    ngx_http_ordersave_record_send(cmd, safe, data);
}

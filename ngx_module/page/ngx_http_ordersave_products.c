
/*
 * Products of the catalog for a page about an order: those that fit it, and
 * those that were bought, for their links. They lie in other shards than the
 * order: a second question once the order is there. A page that cannot wait
 * shows those that came.
 */


#include "ngx_module/page/ngx_http_ordersave_products.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"


#define NGX_HTTP_ORDERSAVE_PRODUCTS  12     /* asked for at most */


struct ngx_http_ordersave_products_s {
    json_t         *all;            /* id → product */
    ngx_uint_t      pending;
    os_command_t   *commands[NGX_HTTP_ORDERSAVE_PRODUCTS];
    ngx_uint_t      n;
    void          (*done)(void *data);
    void           *data;
};


typedef struct {
    ngx_http_ordersave_products_t  *products;
    ngx_uint_t                      index;
    char                            id[65];
} ngx_http_ordersave_asked_t;


static void
ngx_http_ordersave_products_free(void *data)
{
    ngx_uint_t                      i;
    ngx_http_ordersave_products_t  *p = data;

    for (i = 0; i < p->n; i++) {
        if (p->commands[i]) {
            p->commands[i]->data = NULL;
        }
    }

    json_decref(p->all);
}


static void
ngx_http_ordersave_products_came(os_command_t *cmd, redisReply *reply)
{
    json_t                         *product;
    ngx_http_ordersave_asked_t     *asked = cmd->data;
    ngx_http_ordersave_products_t  *p;

    if (asked == NULL) {
        return;                         /* the request is over */
    }

    p = asked->products;
    p->commands[asked->index] = NULL;
    product = reply ? ngx_http_ordersave_reply_json(reply) : NULL;

    if (product) {
        (void) json_object_set_new(p->all, asked->id, product);
    }

    if (--p->pending == 0 && p->done) {
        p->done(p->data);
    }
}


static void
ngx_http_ordersave_products_get(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, ngx_http_ordersave_products_t *p,
    os_str_t id)
{
    os_command_t                    *cmd;
    ngx_http_ordersave_asked_t      *asked;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (p->n == NGX_HTTP_ORDERSAVE_PRODUCTS || id.len == 0 || id.len > 64) {
        return;
    }

    asked = ngx_palloc(r->pool, sizeof(ngx_http_ordersave_asked_t));
    cmd = asked ? ngx_http_ordersave_redis_get(conf, "product", id,
                                               OS_NULL) : NULL;

    if (cmd == NULL) {
        return;
    }

    asked->products = p;
    asked->index = p->n;
    ngx_memcpy(asked->id, id.data, id.len);
    asked->id[id.len] = '\0';
    cmd->handler = ngx_http_ordersave_products_came;
    cmd->data = asked;

    if (ngx_http_ordersave_redis_send(mcf->redis, cmd, 0, mcf->server->timeout)
        != NGX_OK)
    {
        os_command_free(cmd);
        return;
    }

    p->commands[p->n++] = cmd;
    p->pending++;
}


ngx_http_ordersave_products_t *
ngx_http_ordersave_products_ask(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, const json_t *record)
{
    size_t                          i;
    json_t                         *fits, *item, *id;
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_ordersave_products_t  *p;

    fits = json_object_get(json_object_get(record, "track"), "fits");

    if (json_array_size(fits) == 0) {
        return NULL;
    }

    cleanup = ngx_pool_cleanup_add(r->pool,
                                   sizeof(ngx_http_ordersave_products_t));
    if (cleanup == NULL) {
        return NULL;
    }

    p = cleanup->data;
    ngx_memzero(p, sizeof(ngx_http_ordersave_products_t));
    p->all = json_object();
    cleanup->handler = ngx_http_ordersave_products_free;

    json_array_foreach(fits, i, id) {
        ngx_http_ordersave_products_get(r, conf, p,
                                        os_str(json_string_value(id)));
    }

    json_array_foreach(json_object_get(record, "items"), i, item) {
        if (os_json_str(item, "url").len == 0) {
            ngx_http_ordersave_products_get(r, conf, p,
                                            os_json_str(item, "id"));
        }
    }

    return p;
}


ngx_uint_t
ngx_http_ordersave_products_wait(ngx_http_ordersave_products_t *p,
    void (*done)(void *data), void *data)
{
    if (p == NULL || p->pending == 0) {
        return 0;
    }

    p->done = done;
    p->data = data;

    return 1;
}


const json_t *
ngx_http_ordersave_products(const ngx_http_ordersave_products_t *p)
{
    return p ? p->all : NULL;
}

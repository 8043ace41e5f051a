
/*
 * An event on its way to where it is safe. See ngx_http_ordersave_safe.h.
 */


#include "ngx_module/wire/ngx_http_ordersave_safe.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"


typedef struct {
    ngx_http_ordersave_ctx_t  *ctx;         /* NULL: the request is over */
    unsigned                   came:1;
    unsigned                   waits:1;
} ngx_http_ordersave_way_t;


static void
ngx_http_ordersave_safe_left(void *data)
{
    ngx_http_ordersave_way_t  *way = data;

    way->ctx = NULL;

    if (way->came) {
        ngx_free(way);
    }
}


static void
ngx_http_ordersave_safe_came(void *data, ngx_int_t rc)
{
    ngx_http_ordersave_way_t  *way = data;

    way->came = 1;

    if (way->ctx == NULL) {
        ngx_free(way);
        return;
    }

    way->ctx->hosted.safe = rc;

    if (way->waits) {
        ngx_http_ordersave_woken(way->ctx);
    }
}


/* NULL without memory. */
static ngx_http_ordersave_way_t *
ngx_http_ordersave_safe_way(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_pool_cleanup_t        *cleanup;
    ngx_http_ordersave_way_t  *way;

    cleanup = ngx_pool_cleanup_add(ctx->request->pool, 0);
    way = cleanup ? ngx_calloc(sizeof(ngx_http_ordersave_way_t),
                               ngx_cycle->log)
                  : NULL;

    if (way) {
        way->ctx = ctx;
        cleanup->handler = ngx_http_ordersave_safe_left;
        cleanup->data = way;
    }

    return way;
}


static ngx_int_t
ngx_http_ordersave_safe_told(ngx_http_ordersave_way_t *way,
    ngx_http_ordersave_resume_pt told)
{
    if (way->came) {
        return told(way->ctx, NULL);
    }

    way->waits = 1;

    return ngx_http_ordersave_wait(way->ctx, told);
}


ngx_int_t
ngx_http_ordersave_safe(ngx_http_ordersave_ctx_t *ctx, os_str_t id,
    json_t *event, ngx_http_ordersave_resume_pt told)
{
    ngx_http_ordersave_way_t  *way = ngx_http_ordersave_safe_way(ctx);

    if (way == NULL) {
        json_decref(event);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_ordersave_record(ngx_http_ordersave_os(ctx->conf->store), id,
                              event, ngx_http_ordersave_safe_came, way);

    return ngx_http_ordersave_safe_told(way, told);
}


ngx_int_t
ngx_http_ordersave_safe_command(ngx_http_ordersave_ctx_t *ctx,
    os_command_t *cmd, ngx_http_ordersave_resume_pt told)
{
    ngx_http_ordersave_way_t  *way = ngx_http_ordersave_safe_way(ctx);

    if (way == NULL) {
        os_command_free(cmd);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_ordersave_record_command(cmd, ngx_http_ordersave_safe_came, way);

    return ngx_http_ordersave_safe_told(way, told);
}

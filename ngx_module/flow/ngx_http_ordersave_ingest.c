
/*
 * Taking webhooks in: the signature over the raw bytes, then safely away, and
 * only then a 2xx. What it means is the worker's business.
 */


#include "ngx_module/flow/ngx_http_ordersave_ingest.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_body.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"


#define NGX_HTTP_ORDERSAVE_INGEST_MAX    (4 * 1024 * 1024)
#define NGX_HTTP_ORDERSAVE_INGEST_RETRY  "10"


/*
 * Redis may answer after the client left: whoever comes last, the request or
 * the answer, frees it.
 */
typedef struct {
    ngx_http_request_t  *request;       /* NULL: gone */
    ngx_uint_t           answered;
} ngx_http_ordersave_delivery_t;


static void ngx_http_ordersave_ingest_body(ngx_http_request_t *r);
static void ngx_http_ordersave_ingest_safe(void *data, ngx_int_t rc);


static ngx_int_t
ngx_http_ordersave_ingest_probe(ngx_http_request_t *r)
{
    os_buf_t  body = { 0 };

    os_buf_text(&body, "ready\n");

    return ngx_http_ordersave_send_text(r, NGX_HTTP_OK,
                                        "text/plain; charset=utf-8", &body);
}


ngx_int_t
ngx_http_ordersave_ingest_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    /* some look beforehand whether anybody is there */
    if (r->method == NGX_HTTP_HEAD) {
        return ngx_http_ordersave_ingest_probe(r);
    }

    if (r->method != NGX_HTTP_POST) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (r->headers_in.content_length_n > NGX_HTTP_ORDERSAVE_INGEST_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_ordersave_ingest_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


/* An argument of the query as it was meant: secrets hold any character. */
static os_str_t
ngx_http_ordersave_ingest_argument(ngx_http_request_t *r, os_str_t name)
{
    u_char     *to, *from;
    ngx_str_t   value;

    if (ngx_http_arg(r, (u_char *) name.data, name.len, &value) != NGX_OK) {
        return OS_NULL;
    }

    from = value.data;
    to = ngx_pnalloc(r->pool, value.len);

    if (to == NULL) {
        return OS_NULL;
    }

    value.data = to;
    ngx_unescape_uri(&to, &from, value.len, 0);
    value.len = to - value.data;

    return ngx_http_ordersave_os(value);
}


/* The address as its caller knows it: what stands in front of us may tell. */
static os_str_t
ngx_http_ordersave_ingest_url(ngx_http_request_t *r)
{
    u_char      *p;
    ngx_str_t    scheme, host, url;
    ngx_uint_t   ssl = 0;

#if (NGX_HTTP_SSL)
    ssl = r->connection->ssl != NULL;
#endif

    scheme = ngx_http_ordersave_header(r, "X-Forwarded-Proto");

    if (ssl || scheme.len == 0) {
        scheme.data = (u_char *) (ssl ? "https" : "http");
        scheme.len = ssl ? 5 : 4;
    }

    host = ngx_http_ordersave_header(r, "Host");
    url.len = scheme.len + sizeof("://") - 1 + host.len + r->unparsed_uri.len;
    url.data = ngx_pnalloc(r->pool, url.len);

    if (url.data == NULL) {
        return OS_NULL;
    }

    p = ngx_cpymem(url.data, scheme.data, scheme.len);
    p = ngx_cpymem(p, "://", sizeof("://") - 1);
    p = ngx_cpymem(p, host.data, host.len);
    ngx_memcpy(p, r->unparsed_uri.data, r->unparsed_uri.len);

    return ngx_http_ordersave_os(url);
}


static os_str_t
ngx_http_ordersave_ingest_header(void *data, os_str_t name)
{
    char       text[128];
    ngx_str_t  value;

    if (name.len && name.data[0] == '?') {
        name.data++;
        name.len--;
        return ngx_http_ordersave_ingest_argument(data, name);
    }

    if (os_str_equal(name, OS_STR(":url"))) {
        return ngx_http_ordersave_ingest_url(data);
    }

    if (name.len >= sizeof(text)) {
        return OS_NULL;
    }

    ngx_memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    value = ngx_http_ordersave_header(data, text);

    return ngx_http_ordersave_os(value);
}


static void
ngx_http_ordersave_ingest_answer(ngx_http_request_t *r, ngx_uint_t status,
    const char *text)
{
    os_buf_t  body = { 0 };

    if (status >= 400) {
        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_INGEST_REFUSED);
    }

    os_buf_text(&body, text);
    ngx_http_finalize_request(r, ngx_http_ordersave_send_text(r, status,
                                     "text/plain; charset=utf-8", &body));
}


static void
ngx_http_ordersave_ingest_gone(void *data)
{
    ngx_http_ordersave_delivery_t  *delivery = data;

    if (delivery->answered) {
        ngx_free(delivery);
        return;
    }

    delivery->request = NULL;
}


static void
ngx_http_ordersave_ingest_store(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, os_str_t body)
{
    os_buf_t                        id = { 0 }, topic = { 0 };
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_ordersave_delivery_t  *delivery;

    delivery = ngx_alloc(sizeof(ngx_http_ordersave_delivery_t),
                         r->connection->log);
    cleanup = ngx_pool_cleanup_add(r->pool, 0);

    if (delivery == NULL || cleanup == NULL) {
        ngx_free(delivery);
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    delivery->request = r;
    delivery->answered = 0;
    cleanup->handler = ngx_http_ordersave_ingest_gone;
    cleanup->data = delivery;

    os_source_delivery(conf->source, ngx_http_ordersave_ingest_header, r,
                       body, &id);
    os_source_topic(conf->source, ngx_http_ordersave_ingest_header, r, body,
                    &topic);

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    ngx_http_ordersave_record_inbox(ngx_http_ordersave_os(conf->store),
                                    ngx_http_ordersave_os(conf->source_name),
                                    os_buf_view(&id), os_buf_view(&topic),
                                    body, ngx_http_ordersave_ingest_safe,
                                    delivery);
    os_buf_free(&id);
    os_buf_free(&topic);
}


static void
ngx_http_ordersave_ingest_body(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    os_buf_t                        body = { 0 };
    const char                     *why = "not signed";
    ngx_http_ordersave_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);
    rc = ngx_http_ordersave_body_bytes(r, NGX_HTTP_ORDERSAVE_INGEST_MAX,
                                       &body);

    if (rc != NGX_OK) {
        os_buf_free(&body);
        ngx_http_finalize_request(r, rc == NGX_DECLINED
                                     ? NGX_HTTP_REQUEST_ENTITY_TOO_LARGE
                                     : NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    switch (os_source_verify(conf->source, ngx_http_ordersave_os(conf->secret),
                             ngx_http_ordersave_ingest_header, r,
                             os_buf_view(&body), ngx_time(), &why))
    {
    case OS_RECEIVE_PING:
        ngx_http_ordersave_ingest_answer(r, NGX_HTTP_OK, "pong\n");
        break;

    case OS_RECEIVE_BAD:
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "ordersave: a webhook of \"%V\" is refused: %s",
                      &conf->source_name, why);
        ngx_http_ordersave_ingest_answer(r, NGX_HTTP_UNAUTHORIZED,
                                         "the signature does not fit\n");
        break;

    default:
        ngx_http_ordersave_ingest_store(r, conf, os_buf_view(&body));
    }

    os_buf_free(&body);
}


/* Redis or the disk has it, or neither could. */
static void
ngx_http_ordersave_ingest_safe(void *data, ngx_int_t rc)
{
    ngx_table_elt_t                *h;
    ngx_connection_t               *c;
    ngx_http_request_t             *r;
    ngx_http_ordersave_delivery_t  *delivery = data;

    r = delivery->request;

    if (r == NULL) {
        ngx_free(delivery);
        return;
    }

    c = r->connection;
    delivery->answered = 1;

    if (rc == NGX_OK) {
        ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_INGEST_TAKEN);
        ngx_http_ordersave_ingest_answer(r, NGX_HTTP_ACCEPTED, "taken\n");

    } else {
        h = ngx_list_push(&r->headers_out.headers);

        if (h) {
            ngx_memzero(h, sizeof(ngx_table_elt_t));
            h->hash = 1;
            ngx_str_set(&h->key, "Retry-After");
            ngx_str_set(&h->value, NGX_HTTP_ORDERSAVE_INGEST_RETRY);
        }

        ngx_http_ordersave_ingest_answer(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                         "try again later\n");
    }

    ngx_http_run_posted_requests(c);
}


/*
 * Taking webhooks in: the signature over the raw bytes, then safely away, and
 * only then a 2xx. What it means is the worker's business.
 *
 * The body is read from where nginx has put it into the command that goes to
 * Redis, and nowhere else; it is checked there, a slice at a time. What is
 * longer than a slice is done by nginx' thread pool, or, where it has none, one
 * slice in a turn of the event loop.
 */


#include "ngx_module/flow/ngx_http_ordersave_ingest.h"
#include "ngx_module/wire/ngx_http_ordersave_keep.h"
#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"


#define NGX_HTTP_ORDERSAVE_INGEST_RETRY  "10"


/*
 * A delivery outlives its request: a thread may be at work on it, and Redis may
 * answer, after the client left. Whoever comes last, the request or what is
 * done with it, frees it.
 */
typedef struct {
    ngx_http_request_t             *request;    /* NULL: gone */
    ngx_http_ordersave_loc_conf_t  *conf;
    ngx_log_t                      *log;
    ngx_uint_t                      answered;   /* nobody but the request has it
                                                 * any more */
    os_command_t                   *cmd;        /* NULL: given away */
    char                           *body;       /* in it */
    size_t                          len;
    size_t                          at;         /* bytes that are through */
    ngx_fd_t                        fd;         /* ours, of the body's file */
    off_t                           pos;        /* where it begins there */
    ngx_int_t                       rc;
    os_source_check_t               check;
    os_source_reading_t             reading;
#if (NGX_THREADS)
    ngx_thread_task_t               task;
#endif
    ngx_event_t                     turn;
    ngx_event_t                     keep;       /* until it is answered */
} ngx_http_ordersave_delivery_t;


static void ngx_http_ordersave_ingest_body(ngx_http_request_t *r);
static void ngx_http_ordersave_ingest_checked(
    ngx_http_ordersave_delivery_t *delivery);
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
    ngx_int_t                  rc;
    ngx_http_core_loc_conf_t  *clcf;

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

    /* where nginx' buffer is large, it is to be empty when ours fills */

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->client_body_buffer_size > NGX_HTTP_ORDERSAVE_INGEST_SLICE
        && (r->headers_in.content_length_n > NGX_HTTP_ORDERSAVE_INGEST_SLICE
            || r->headers_in.chunked)
        && !r->request_body_in_file_only)
    {
        r->request_body_in_file_only = 1;
        r->request_body_in_clean_file = 1;
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


/* What is there of a delivery that nobody goes on with. */
static void
ngx_http_ordersave_ingest_drop(ngx_http_ordersave_delivery_t *delivery)
{
    os_source_check_drop(&delivery->check);

    if (delivery->cmd) {
        os_command_free(delivery->cmd);
        delivery->cmd = NULL;
    }
}


static void
ngx_http_ordersave_ingest_gone(void *data)
{
    ngx_http_ordersave_delivery_t  *delivery = data;

    ngx_http_ordersave_keep_end(&delivery->keep);

    if (delivery->answered) {
        ngx_free(delivery);
        return;
    }

    delivery->request = NULL;
}


/* Reads, and looks at, the next slice. In any thread: the request is not
 * touched. */
static void
ngx_http_ordersave_ingest_slice(ngx_http_ordersave_delivery_t *delivery)
{
    char     *from = delivery->body + delivery->at;
    size_t    n, got = 0;
    ssize_t   rc;

    n = ngx_min(delivery->len - delivery->at, NGX_HTTP_ORDERSAVE_INGEST_SLICE);

    while (delivery->fd != NGX_INVALID_FILE && got < n) {
        rc = pread(delivery->fd, from + got, n - got,
                   delivery->pos + (off_t) (delivery->at + got));

        if (rc <= 0) {
            delivery->rc = NGX_ERROR;
            return;
        }

        got += (size_t) rc;
    }

    os_source_check_more(&delivery->check, from, n);
    (void) os_source_read(&delivery->reading, n);
    delivery->at += n;
}


#if (NGX_THREADS)

static void
ngx_http_ordersave_ingest_thread(void *data, ngx_log_t *log)
{
    ngx_http_ordersave_delivery_t  *delivery = data;

    while (delivery->at < delivery->len && delivery->rc == NGX_OK) {
        ngx_http_ordersave_ingest_slice(delivery);
    }
}


static void
ngx_http_ordersave_ingest_threaded(ngx_event_t *ev)
{
    ngx_http_ordersave_ingest_checked(ev->data);
}


static ngx_int_t
ngx_http_ordersave_ingest_post(ngx_http_ordersave_delivery_t *delivery)
{
    ngx_thread_task_t               *task = &delivery->task;
    ngx_http_ordersave_main_conf_t  *mcf = ngx_http_ordersave_main();

    if (mcf->threads == NULL) {
        return NGX_DECLINED;
    }

    task->ctx = delivery;
    task->handler = ngx_http_ordersave_ingest_thread;
    task->event.handler = ngx_http_ordersave_ingest_threaded;
    task->event.data = delivery;
    task->event.log = delivery->log;

    return ngx_thread_task_post(mcf->threads, task);
}

#endif


static void
ngx_http_ordersave_ingest_turn(ngx_event_t *ev)
{
    ngx_http_ordersave_delivery_t  *delivery = ev->data;

    if (delivery->request) {
        ngx_http_ordersave_ingest_slice(delivery);

        if (delivery->at < delivery->len && delivery->rc == NGX_OK) {
            ngx_post_event(ev, &ngx_posted_next_events);
            return;
        }
    }

    ngx_http_ordersave_ingest_checked(delivery);
}


/* NGX_DECLINED: it is larger than may be. */
static ngx_int_t
ngx_http_ordersave_ingest_size(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, size_t *size)
{
    size_t        max = NGX_HTTP_ORDERSAVE_INGEST_MAX;
    ngx_chain_t  *cl;

    /* a form is looked at as a whole */

    if (os_source_form(conf->source)) {
        max = NGX_HTTP_ORDERSAVE_INGEST_SLICE;
    }

    *size = 0;

    for (cl = r->request_body ? r->request_body->bufs : NULL; cl;
         cl = cl->next)
    {
        *size += (size_t) ngx_buf_size(cl->buf);
    }

    return *size > max ? NGX_DECLINED : NGX_OK;
}


/* The body, or which file to read it from. */
static ngx_int_t
ngx_http_ordersave_ingest_gather(ngx_http_request_t *r,
    ngx_http_ordersave_delivery_t *delivery)
{
    char                     *to;
    size_t                    size;
    ngx_buf_t                *b;
    ngx_chain_t              *cl;
    ngx_http_request_body_t  *rb = r->request_body;

    if (rb == NULL || rb->bufs == NULL) {
        return NGX_OK;
    }

    b = rb->bufs->buf;

    if (rb->bufs->next == NULL && !ngx_buf_in_memory(b) && b->in_file) {

        /* nginx closes its own when the client leaves */

        delivery->fd = dup(b->file->fd);
        delivery->pos = b->file_pos;

        if (rb->buf && rb->buf->start
            && rb->buf->end - rb->buf->start > NGX_HTTP_ORDERSAVE_INGEST_SLICE)
        {
            (void) ngx_pfree(r->pool, rb->buf->start);
            rb->buf = NULL;
        }

        return delivery->fd == -1 ? NGX_ERROR : NGX_OK;
    }

    to = delivery->body;

    for (cl = rb->bufs; cl; cl = cl->next) {
        b = cl->buf;
        size = (size_t) ngx_buf_size(b);

        if (ngx_buf_in_memory(b)) {
            ngx_memcpy(to, b->pos, size);

        } else if (b->in_file
                   && ngx_read_file(b->file, (u_char *) to, size, b->file_pos)
                      != (ssize_t) size)
        {
            return NGX_ERROR;
        }

        to += size;
    }

    return NGX_OK;
}


static ngx_http_ordersave_delivery_t *
ngx_http_ordersave_ingest_new(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, size_t size)
{
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_ordersave_delivery_t  *delivery;

    delivery = ngx_alloc(sizeof(ngx_http_ordersave_delivery_t),
                         r->connection->log);
    cleanup = ngx_pool_cleanup_add(r->pool, 0);

    if (delivery == NULL || cleanup == NULL) {
        ngx_free(delivery);
        return NULL;
    }

    delivery->request = r;
    delivery->conf = conf;
    delivery->log = ngx_cycle->log;
    delivery->answered = 0;
    delivery->len = size;
    delivery->at = 0;
    delivery->fd = NGX_INVALID_FILE;
    delivery->pos = 0;
    delivery->rc = NGX_OK;
    delivery->cmd = os_command_new(0, NULL, NULL);
    delivery->body = delivery->cmd ? os_command_last(delivery->cmd, size)
                                   : NULL;
#if (NGX_THREADS)
    ngx_memzero(&delivery->task, sizeof(ngx_thread_task_t));
#endif
    ngx_memzero(&delivery->turn, sizeof(ngx_event_t));
    delivery->turn.handler = ngx_http_ordersave_ingest_turn;
    delivery->turn.data = delivery;
    delivery->turn.log = delivery->log;
    ngx_memzero(&delivery->keep, sizeof(ngx_event_t));

    cleanup->handler = ngx_http_ordersave_ingest_gone;
    cleanup->data = delivery;

    os_source_check_begin(&delivery->check, conf->source,
                          ngx_http_ordersave_os(conf->secret),
                          ngx_http_ordersave_ingest_header, r);
    return delivery;
}


static void
ngx_http_ordersave_ingest_body(ngx_http_request_t *r)
{
    size_t                          size;
    os_str_t                        body;
    ngx_http_ordersave_loc_conf_t  *conf;
    ngx_http_ordersave_delivery_t  *delivery;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_ordersave_module);

    if (ngx_http_ordersave_ingest_size(r, conf, &size) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
        return;
    }

    delivery = ngx_http_ordersave_ingest_new(r, conf, size);

    if (delivery == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (delivery->body == NULL
        || ngx_http_ordersave_ingest_gather(r, delivery) != NGX_OK)
    {
        delivery->rc = NGX_ERROR;
        ngx_http_ordersave_ingest_checked(delivery);
        return;
    }

    body = (os_str_t) { size, delivery->body };
    os_source_read_begin(&delivery->reading, conf->source,
                         ngx_http_ordersave_ingest_header, r, body);
    os_source_read_signed(&delivery->reading, &delivery->check);

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;
    ngx_http_ordersave_keep(&delivery->keep, delivery->log);

#if (NGX_THREADS)
    if (size > NGX_HTTP_ORDERSAVE_INGEST_SLICE
        && ngx_http_ordersave_ingest_post(delivery) == NGX_OK)
    {
        return;
    }
#endif

    ngx_http_ordersave_ingest_turn(&delivery->turn);
}


static void
ngx_http_ordersave_ingest_store(ngx_http_ordersave_delivery_t *delivery)
{
    os_buf_t                        id = { 0 }, topic = { 0 };
    os_command_t                   *cmd = delivery->cmd;
    ngx_http_ordersave_loc_conf_t  *conf = delivery->conf;

    delivery->cmd = NULL;
    os_source_read_end(&delivery->reading, &id, &topic);
    ngx_http_ordersave_record_inbox(cmd, ngx_http_ordersave_os(conf->store),
                                    ngx_http_ordersave_os(conf->source_name),
                                    os_buf_view(&id), os_buf_view(&topic),
                                    ngx_http_ordersave_ingest_safe, delivery);
    os_buf_free(&id);
    os_buf_free(&topic);
}


/* Anybody may send what is not signed: each source is told of now and then. */
static void
ngx_http_ordersave_ingest_refused(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf, const char *why)
{
    const char  *more = ngx_http_ordersave_seldom(&conf->refused);

    if (more == NULL) {
        return;
    }

    /* errors are what nginx logs unless it is told to log more */

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "ordersave: a webhook of \"%V\" is refused: %s; is what "
                  "\"secret_file\" names the secret that its sender has?%s",
                  &conf->source_name, why, more);
}


/* All of it was looked at, or could not be, or nobody waits any more. */
static void
ngx_http_ordersave_ingest_checked(ngx_http_ordersave_delivery_t *delivery)
{
    const char          *why = "not signed";
    os_receive_t         is;
    ngx_connection_t    *c;
    ngx_http_request_t  *r = delivery->request;

    if (delivery->fd != NGX_INVALID_FILE) {
        (void) close(delivery->fd);
    }

    if (r == NULL) {
        ngx_http_ordersave_ingest_drop(delivery);
        ngx_free(delivery);
        return;
    }

    c = r->connection;

    if (delivery->rc != NGX_OK) {
        ngx_http_ordersave_ingest_drop(delivery);
        delivery->answered = 1;
        ngx_http_ordersave_keep_end(&delivery->keep);
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        ngx_http_run_posted_requests(c);
        return;
    }

    is = os_source_check_end(&delivery->check, ngx_time(), &why);

    if (is == OS_RECEIVE_OK) {
        ngx_http_ordersave_ingest_store(delivery);
        return;
    }

    ngx_http_ordersave_ingest_drop(delivery);
    delivery->answered = 1;
    ngx_http_ordersave_keep_end(&delivery->keep);

    if (is == OS_RECEIVE_PING) {
        ngx_http_ordersave_ingest_answer(r, NGX_HTTP_OK, "pong\n");

    } else {
        ngx_http_ordersave_ingest_refused(r, delivery->conf, why);
        ngx_http_ordersave_ingest_answer(r, NGX_HTTP_UNAUTHORIZED,
                                         "the signature does not fit\n");
    }

    ngx_http_run_posted_requests(c);
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
    ngx_http_ordersave_keep_end(&delivery->keep);

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

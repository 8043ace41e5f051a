/*
 * osw_console_web: see osw_console_web.h. libmicrohttpd runs inside our loop,
 * as in osw_status.
 *
 * A page is made in two steps: its view from the database, then what Redis
 * knows of the orders in it. Meanwhile its connection is suspended.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "worker/console/osw_console_act.h"
#include "worker/console/osw_console_ask.h"
#include "worker/console/osw_console_cancels.h"
#include "worker/console/osw_console_figures.h"
#include "worker/console/osw_console_listen.h"
#include "worker/console/osw_console_metrics.h"
#include "worker/console/osw_console_order.h"
#include "worker/console/osw_console_overview.h"
#include "worker/console/osw_console_preview.h"
#include "worker/console/osw_console_queue.h"
#include "worker/console/osw_console_send.h"
#include "worker/console/osw_console_stock.h"
#include "worker/console/osw_console_web.h"


#define OSW_WEB_CONNECTIONS  64u
#define OSW_WEB_TIMEOUT      30u        /* s without a word */
#define OSW_WEB_TURNS        16         /* of its machine, in a row */
#define OSW_WEB_FORM         8192u      /* bytes */


typedef struct osw_visit_s  osw_visit_t;

struct osw_web_s {
    osw_t               *w;
    osw_base_t          *base;
    struct MHD_Daemon   *daemon;
    uv_poll_t            poll;
    uv_timer_t           timer;
    osw_runs_t          *runs;          /* NULL: nobody can act */
    os_str_t             header;        /* who asks stands there; or empty */
    os_str_t             role;          /* and there what they may */
    const char          *path;          /* of the unix socket, or NULL */
    unsigned             open:1;
    unsigned             stopped:1;
    osw_visit_t         *visits;        /* that wait for Redis */
    osw_console_state_t  state;
};

/* One request whose page is being made. */
struct osw_visit_s {
    osw_visit_t            *next;
    osw_web_t              *web;        /* NULL: it has stopped */
    struct MHD_Connection  *connection;
    const struct osw_web_page_s  *kind;     /* NULL: a form was posted */
    osw_page_t              page;
    os_buf_t                form;
    os_buf_t                user;
    os_buf_t                to;         /* the page that says how it went */
    os_buf_t                made;       /* what a run made, */
    unsigned                made_as;    /* with HTTP's status */
    size_t                  pending;    /* answers of Redis, or of a run */
    unsigned                suspended:1;
    unsigned                left:1;     /* whom it was for has gone */
};

typedef struct osw_web_page_s {
    const char   *url;
    const char   *template;                 /* NULL, and no plain: a run */
    const char   *type;
    void        (*view)(osw_page_t *p);     /* NULL: the template alone */
    void        (*finish)(osw_page_t *p);   /* NULL: Redis is not asked */
    const char   *policy;                   /* beyond that of all */
    void        (*plain)(struct osw_visit_s *v, os_buf_t *out); /* no template,
                                             * and for whoever asks */
} osw_web_page_t;


static void osw_web_metrics(osw_visit_t *v, os_buf_t *out);
static void osw_web_health(osw_visit_t *v, os_buf_t *out);
static void osw_web_readiness(osw_visit_t *v, os_buf_t *out);
static void osw_web_ask_nothing(osw_page_t *p);
static void osw_web_today(osw_page_t *p);
static void osw_web_waiting(osw_page_t *p);

static const char  osw_web_html[] = "text/html; charset=utf-8";

static const char  osw_web_text[] = "text/plain; charset=utf-8";
static const char  osw_web_prometheus[] =
    "text/plain; version=0.0.4; charset=utf-8";

static const osw_web_page_t  osw_web_pages[] = {
    { .url = "/", .template = "console_figures.html", .type = osw_web_html,
      .view = osw_web_today, .finish = osw_web_waiting },
    { .url = "/cancels", .template = "console_cancels.html",
      .type = osw_web_html, .view = osw_cancels,
      .finish = osw_cancels_finish },
    { .url = "/reasons", .template = "console_figures.html",
      .type = osw_web_html, .view = osw_figures_reasons },
    { .url = "/offers", .template = "console_figures.html",
      .type = osw_web_html, .view = osw_figures_offers,
      .finish = osw_stock_finish },
    { .url = "/messages", .template = "console_figures.html",
      .type = osw_web_html, .view = osw_figures_messages },
    { .url = "/parcels", .template = "console_figures.html",
      .type = osw_web_html, .view = osw_figures_parcels },
    { .url = "/order", .template = "console_order.html",
      .type = osw_web_html, .view = osw_order_page,
      .finish = osw_order_finish },
    { .url = "/queue", .template = "console_queue.html",
      .type = osw_web_html, .view = osw_queue_page,
      .finish = osw_queue_finish },
    { .url = "/preview", .template = "console_preview.html",
      .type = osw_web_html, .view = osw_preview_page,
      .policy = "frame-src 'self'" },
    { .url = "/preview/show", .type = osw_web_html },
    { .url = "/metrics", .type = osw_web_prometheus, .view = osw_metrics_ask,
      .finish = osw_web_ask_nothing, .plain = osw_web_metrics },
    { .url = "/healthz", .type = osw_web_text, .plain = osw_web_health },
    { .url = "/readyz", .type = osw_web_text, .plain = osw_web_readiness },
    { .url = "/console.css", .template = "console_style.css",
      .type = "text/css; charset=utf-8" },
};

static enum MHD_Result
osw_web_argument(void *data, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
    (void) kind;

    if (value && strlen(name) < 32 && strlen(value) < 512) {
        (void) json_object_set_new(data, name, json_string(value));
    }

    return MHD_YES;
}


static void
osw_web_free_visit(osw_visit_t *v)
{
    osw_visit_t  **at;

    for (at = v->web ? &v->web->visits : NULL; at && *at; at = &(*at)->next) {
        if (*at == v) {
            *at = v->next;
            break;
        }
    }

    osw_page_free(&v->page);
    os_buf_free(&v->form);
    os_buf_free(&v->user);
    os_buf_free(&v->to);
    os_buf_free(&v->made);
    free(v);
}


static void
osw_web_turn(osw_web_t *web)
{
    int                 i;
    MHD_UNSIGNED_LONG_LONG  ms = 1;

    for (i = 0; i < OSW_WEB_TURNS; i++) {
        (void) MHD_run(web->daemon);

        if (MHD_get_timeout(web->daemon, &ms) != MHD_YES || ms > 0) {
            return;
        }
    }
}


static void
osw_web_poll(uv_poll_t *poll, int status, int events)
{
    (void) status;
    (void) events;
    osw_web_turn(poll->data);
}


/* Connections that say nothing are closed in time. */
static void
osw_web_timer(uv_timer_t *timer)
{
    osw_web_turn(timer->data);
}


/* One of the answers that a visit waits for has come. */
static void
osw_web_came(void *data)
{
    osw_visit_t  *v = data;

    if (--v->pending) {
        return;
    }

    if (v->web == NULL || v->left) {
        osw_web_free_visit(v);

    } else if (v->suspended) {
        v->suspended = 0;
        MHD_resume_connection(v->connection);
        osw_web_turn(v->web);
    }
}


/* The first page has both: what was, and what waits or is wrong now. */
static void
osw_web_today(osw_page_t *p)
{
    osw_overview(p);
    osw_queue_now(p);
}


static void
osw_web_waiting(osw_page_t *p)
{
    if (osw_queue_told(p, "now") == 0) {
        (void) json_object_set_new(p->view, "has_now", json_true());
        (void) json_object_set_new(p->view, "queue_url",
                                   osw_page_link(p, "queue", "", NULL));
    }
}


static void
osw_web_ask_nothing(osw_page_t *p)
{
    (void) p;
}


static void
osw_web_metrics(osw_visit_t *v, os_buf_t *out)
{
    osw_metrics_write(&v->page, &v->web->state, out);
}


/* Alive: the loop turns, or nobody would answer. */
static void
osw_web_health(osw_visit_t *v, os_buf_t *out)
{
    (void) v;
    os_buf_text(out, "ok\n");
}


static void
osw_web_readiness(osw_visit_t *v, os_buf_t *out)
{
    if (v->web->state.ready && osw_redis_up(v->web->w->redis)) {
        os_buf_text(out, "ready\n");

    } else {
        os_buf_text(out, "not ready\n");
        v->page.status = 503;
    }
}


static enum MHD_Result
osw_web_plain(osw_visit_t *v)
{
    os_buf_t  body = { 0 };

    v->kind->plain(v, &body);

    return osw_send_as(v->connection, (unsigned) v->page.status,
                          v->kind->type, &body, NULL, NULL);
}


/* The document in the frame of a preview. */
static enum MHD_Result
osw_web_frame(osw_visit_t *v)
{
    osw_send_t       answer = { .type = osw_web_html };
    os_buf_t         policy = { 0 };
    enum MHD_Result  sent;

    osw_preview_policy(&v->page, &policy);
    answer.status = v->made_as;
    answer.policy = policy.data;
    sent = osw_send(v->connection, &answer, &v->made);
    os_buf_free(&policy);

    return sent;
}


static enum MHD_Result
osw_web_show(osw_visit_t *v)
{
    int              rc;
    os_buf_t         body = { 0 }, policy = { 0 };
    os_error_t       err;
    osw_send_t       answer = { .status = 200 };
    enum MHD_Result  sent;

    if (v->kind->plain) {
        return osw_web_plain(v);
    }

    if (v->kind->template == NULL) {
        return osw_web_frame(v);
    }

    if (v->kind->finish) {
        v->kind->finish(&v->page);
    }

    if (v->page.csv.len) {
        body = v->page.csv;
        v->page.csv = (os_buf_t) { 0 };
        return osw_send_as(v->connection, 200, "text/csv; charset=utf-8",
                              &body, "Content-Disposition",
                              "attachment; filename=\"cancels.csv\"");
    }

    if (v->page.status == 404) {
        return osw_send_text(v->connection, 404, "not found\n", NULL, NULL);
    }

    if (v->kind->view && !os_json_bool(v->page.view, "timeless")) {
        osw_overview_notes(&v->page);
    }

    rc = osw_page_render(&v->page, v->kind->template, &body, &err);

    if (rc != 0) {
        os_buf_free(&body);
        osw_log(OSW_ERROR, "console: %s", err.text);
        return osw_send_text(v->connection, 500, "this page cannot be made\n",
                              NULL, NULL);
    }

    if (v->kind->policy) {
        os_buf_printf(&policy, "%s; %s", osw_send_policy, v->kind->policy);
    }

    answer.type = v->kind->type;
    answer.policy = policy.data;
    sent = osw_send(v->connection, &answer, &body);
    os_buf_free(&policy);

    return sent;
}


static osw_visit_t *
osw_web_visit(osw_web_t *web, struct MHD_Connection *c,
    const osw_web_page_t *kind)
{
    osw_visit_t  *v = calloc(1, sizeof(osw_visit_t));

    if (v) {
        *v = (osw_visit_t) { .web = web, .connection = c, .kind = kind,
                             .next = web->visits };
        web->visits = v;
    }

    return v;
}


/* What stands in a request header whose name the configuration has. */
static const char *
osw_web_header(struct MHD_Connection *c, os_str_t name)
{
    const char  *value = NULL;

    if (name.len) {
        value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name.data);
    }

    return value && *value ? value : NULL;
}


static int
osw_web_acts(osw_web_t *web, struct MHD_Connection *c, const char *user)
{
    return web->runs && osw_act_may(web->w, user,
                                    osw_web_header(c, web->role));
}


/* What the forms of a page carry, for who may send them. */
static void
osw_web_forms(osw_page_t *p)
{
    os_buf_t  token = { 0 };
    os_str_t  lang = os_json_str(p->args, "lang");

    if (p->acts) {
        osw_act_token(p->w, p->user, p->now, &token);
        (void) json_object_set_new(p->view, "acts", json_pack(
            "{s:o, s:s%}", "token", os_json_new_str(os_buf_view(&token)),
            "lang", lang.len ? lang.data : "", lang.len));
    }

    os_buf_free(&token);
}


static enum MHD_Result
osw_web_suspend(osw_visit_t *v)
{
    v->suspended = 1;
    MHD_suspend_connection(v->connection);

    return MHD_YES;
}


static void
osw_web_made(void *data, int status, os_str_t out, os_str_t err)
{
    osw_visit_t  *v = data;

    v->made_as = osw_preview_show(&v->page, status, out, err, &v->made);
    osw_web_came(v);
}


static int
osw_web_make(osw_visit_t *v)
{
    const char  *words[OSW_RUN_WORDS + 1];

    osw_preview_words(&v->page, words);
    v->pending = 1;

    if (v->web->runs == NULL
        || osw_run(v->web->runs, words, osw_web_made, v) != 0)
    {
        v->pending = 0;
        return -1;
    }

    return 0;
}


static enum MHD_Result
osw_web_begin(osw_web_t *web, struct MHD_Connection *c,
    const osw_web_page_t *kind, const char *user, void **state)
{
    json_t       *args = json_object();
    osw_visit_t  *v = osw_web_visit(web, c, kind);

    if (v == NULL) {
        json_decref(args);
        return MHD_NO;
    }

    (void) MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND,
                                     osw_web_argument, args);
    *state = v;

    if (osw_page_start(&v->page, web->w, web->base, args) != 0) {
        return MHD_NO;
    }

    os_buf_text(&v->user, user ? user : "");
    v->page.user = v->user.data;
    v->page.acts = osw_web_acts(web, c, user);
    (void) json_object_set_new(v->page.view, "user",
                               user ? json_string(user) : json_null());
    osw_web_forms(&v->page);

    if (kind->view) {
        kind->view(&v->page);
    }

    if (kind->finish) {
        v->pending = 1;
        osw_ask_all(&v->page, &v->pending, osw_web_came, v);
        v->pending--;
    }

    if (kind->template == NULL && kind->plain == NULL
        && osw_web_make(v) != 0)
    {
        return osw_send_text(c, 503, "busy: try again\n", "Retry-After",
                              "5");
    }

    return v->pending ? osw_web_suspend(v) : osw_web_show(v);
}


static void
osw_web_acted(void *data, const char *page)
{
    osw_visit_t  *v = data;

    os_buf_text(&v->to, page);
    osw_web_came(v);
}


/* Forms of another site are not ours; old browsers do not say whose it is. */
static int
osw_web_is_ours(struct MHD_Connection *c)
{
    const char  *site = osw_web_header(c, OS_STR("Sec-Fetch-Site"));

    return site == NULL || strcmp(site, "same-origin") == 0;
}


/* The whole form is there. */
static enum MHD_Result
osw_web_act(osw_visit_t *v)
{
    os_buf_t        body = { 0 };
    osw_web_t      *web = v->web;
    const char     *user = v->user.len ? v->user.data : NULL;
    os_str_t        form = os_buf_view(&v->form);
    int             may = osw_web_acts(web, v->connection, user);

    if (v->to.len) {
        return osw_send_as(v->connection, 303, "text/plain", &body,
                              "Location", v->to.data);
    }

    if (form.len > OSW_WEB_FORM) {
        return osw_send_text(v->connection, 413, "too long\n", NULL, NULL);
    }

    if (!may || !osw_web_is_ours(v->connection)
        || !osw_act_is_meant(web->w, user, form, time(NULL)))
    {
        osw_act_refuse(user, form, may ? "no form of ours" : "may only look");
        return osw_send_text(v->connection, 403, may
                              ? "this form is too old, or not ours: load the "
                                "page again\n"
                              : "you may only look\n", NULL, NULL);
    }

    v->pending = 1;

    switch (osw_act(web->runs, web->base, user, form, osw_web_acted, v)) {

    case OSW_ACT_BEGUN:
        return osw_web_suspend(v);

    case OSW_ACT_UNKNOWN:
        v->pending = 0;
        return osw_send_text(v->connection, 400, "this form is incomplete\n",
                              NULL, NULL);

    default:
        v->pending = 0;
        return osw_send_text(v->connection, 503, "busy: try again\n",
                              "Retry-After", "5");
    }
}


/* The next piece of a form, its end, or the end of what it asked for. */
static enum MHD_Result
osw_web_posted(osw_visit_t *v, const char *piece, size_t *len)
{
    if (*len) {
        if (v->form.len <= OSW_WEB_FORM) {
            os_buf_add(&v->form, piece, *len);
        }

        *len = 0;
        return MHD_YES;
    }

    return osw_web_act(v);
}


static enum MHD_Result
osw_web_post(osw_web_t *web, struct MHD_Connection *c, const char *user,
    void **state)
{
    osw_visit_t  *v = osw_web_visit(web, c, NULL);

    if (v == NULL) {
        return MHD_NO;
    }

    *state = v;
    os_buf_text(&v->user, user ? user : "");

    return MHD_YES;
}


static const osw_web_page_t *
osw_web_page(const char *url)
{
    size_t  i;

    for (i = 0; i < sizeof(osw_web_pages) / sizeof(osw_web_pages[0]); i++) {
        if (strcmp(osw_web_pages[i].url, url) == 0) {
            return &osw_web_pages[i];
        }
    }

    return NULL;
}


static enum MHD_Result
osw_web_route(osw_web_t *web, struct MHD_Connection *c, const char *url,
    const char *method, const char *user, void **state)
{
    const osw_web_page_t  *page = osw_web_page(url);

    if (!web->open && user == NULL && (page == NULL || page->plain == NULL)) {
        return osw_send_text(c, 403, "who asks is not known: see "
                              "console.user_header in ordersave-worker(8)\n",
                              NULL, NULL);
    }

    if (strcmp(method, "POST") == 0 && strcmp(url, OSW_ACT_URL) == 0) {
        return osw_web_post(web, c, user, state);
    }

    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        return osw_send_text(c, 405, "GET and HEAD only\n", "Allow",
                              "GET, HEAD");
    }

    return page ? osw_web_begin(web, c, page, user, state)
                : osw_send_text(c, 404, "not found\n", NULL, NULL);
}


static enum MHD_Result
osw_web_handle(void *data, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
    osw_web_t    *web = data;
    const char   *user;
    osw_visit_t  *v = *state;

    (void) version;

    if (v != NULL && v->kind == NULL) {
        return osw_web_posted(v, upload, upload_len);
    }

    *upload_len = 0;

    if (v != NULL) {
        return osw_web_show(v);
    }

    user = osw_web_header(c, web->header);

    return osw_web_route(web, c, url, method, user, state);
}


static void
osw_web_completed(void *data, struct MHD_Connection *c, void **state,
    enum MHD_RequestTerminationCode why)
{
    osw_visit_t  *v = *state;

    (void) data;
    (void) c;
    (void) why;

    if (v == NULL) {
        return;
    }

    *state = NULL;

    if (v->pending) {
        v->left = 1;

    } else {
        osw_web_free_visit(v);
    }
}


static int
osw_web_listen(osw_web_t *web, int fd, os_error_t *err)
{
    const union MHD_DaemonInfo  *info;

    web->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        osw_web_handle, web,
        MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, OSW_WEB_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, OSW_WEB_TIMEOUT,
        MHD_OPTION_NOTIFY_COMPLETED, osw_web_completed, NULL,
        MHD_OPTION_END);

    if (web->daemon == NULL) {
        (void) close(fd);
        return os_fail(err, "libmicrohttpd does not start");
    }

    info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    (void) uv_poll_init(web->w->loop, &web->poll, info->epoll_fd);
    (void) uv_timer_init(web->w->loop, &web->timer);
    web->poll.data = web->timer.data = web;
    (void) uv_poll_start(&web->poll, UV_READABLE, osw_web_poll);
    (void) uv_timer_start(&web->timer, osw_web_timer, 1000, 1000);

    return 0;
}


osw_web_t *
osw_web_start(osw_t *w, osw_base_t *base, os_error_t *err)
{
    int            fd;
    os_str_t       where;
    osw_web_t     *web;
    const json_t  *console = json_object_get(w->config->json, "console");

    err->text[0] = '\0';
    where = os_json_str(console, "listen");

    if (where.len == 0) {
        return NULL;
    }

    web = calloc(1, sizeof(osw_web_t));

    if (web == NULL) {
        (void) os_fail(err, "no memory");
        return NULL;
    }

    *web = (osw_web_t) { .w = w, .base = base };
    web->header = os_json_str(console, "user_header");
    web->role = os_json_str(console, "role_header");
    web->open = os_json_bool(console, "open") != 0;
    web->runs = osw_runs_new(w);

    web->path = osw_listen_path(where.data);
    fd = osw_listen(where.data, err);

    if (fd == -1 || osw_web_listen(web, fd, err) != 0) {
        osw_web_free(web);
        return NULL;
    }

    return web;
}


void
osw_web_state(osw_web_t *web, const osw_console_state_t *state)
{
    if (web) {
        web->state = *state;
    }
}


void
osw_web_stop(osw_web_t *web)
{
    osw_visit_t  *v, *next;

    if (web == NULL || web->stopped) {
        return;
    }

    web->stopped = 1;
    osw_runs_stop(web->runs);

    for (v = web->visits; v != NULL; v = v->next) {
        if (v->suspended) {
            v->suspended = 0;
            MHD_resume_connection(v->connection);
        }
    }

    (void) uv_poll_stop(&web->poll);
    MHD_stop_daemon(web->daemon);

    /* those are left that Redis still has to answer */
    for (v = web->visits; v != NULL; v = next) {
        next = v->next;
        v->web = NULL;
    }

    uv_close((uv_handle_t *) &web->poll, NULL);
    uv_close((uv_handle_t *) &web->timer, NULL);
}


void
osw_web_free(osw_web_t *web)
{
    if (web == NULL) {
        return;
    }

    if (web->path) {
        (void) unlink(web->path);
    }

    osw_runs_free(web->runs);
    free(web);
}

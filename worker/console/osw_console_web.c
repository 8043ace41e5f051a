/*
 * osw_console_web: see osw_console_web.h. libmicrohttpd runs inside our loop,
 * as in osw_status.
 *
 * A page is made in two steps: its view from the database, then what Redis
 * knows of the orders in it. Meanwhile its connection is suspended.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <microhttpd.h>

#include "worker/console/osw_console_act.h"
#include "worker/console/osw_console_cancels.h"
#include "worker/console/osw_console_figures.h"
#include "worker/console/osw_console_metrics.h"
#include "worker/console/osw_console_order.h"
#include "worker/console/osw_console_overview.h"
#include "worker/console/osw_console_preview.h"
#include "worker/console/osw_console_queue.h"
#include "worker/console/osw_console_stock.h"
#include "worker/console/osw_console_web.h"


#define OSW_WEB_CONNECTIONS  64u
#define OSW_WEB_TIMEOUT      30u        /* s without a word */
#define OSW_WEB_TURNS        16         /* of its machine, in a row */
#define OSW_WEB_SHOW         "/preview/show"
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
    char                *path;          /* of the unix socket, or NULL */
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

typedef struct {
    osw_visit_t  *visit;
    json_t       *ask;          /* of p->asks, or NULL */
    char          order[];
} osw_web_ask_t;

typedef struct osw_web_page_s {
    const char   *url;
    const char   *template;
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

static const char  osw_web_html[] = "text/html; charset=utf-8";

static const char  osw_web_text[] = "text/plain; charset=utf-8";
static const char  osw_web_prometheus[] =
    "text/plain; version=0.0.4; charset=utf-8";

static const osw_web_page_t  osw_web_pages[] = {
    { "/", "console_figures.html", osw_web_html, osw_overview, NULL, NULL, NULL },
    { "/cancels", "console_cancels.html", osw_web_html, osw_cancels,
      osw_cancels_finish, NULL, NULL },
    { "/reasons", "console_figures.html", osw_web_html, osw_figures_reasons,
      NULL, NULL, NULL },
    { "/offers", "console_figures.html", osw_web_html, osw_figures_offers,
      osw_stock_finish, NULL, NULL },
    { "/messages", "console_figures.html", osw_web_html, osw_figures_messages,
      NULL, NULL, NULL },
    { "/parcels", "console_figures.html", osw_web_html, osw_figures_parcels,
      NULL, NULL, NULL },
    { "/order", "console_order.html", osw_web_html, osw_order_page,
      osw_order_finish, NULL, NULL },
    { "/queue", "console_queue.html", osw_web_html, osw_queue_page,
      osw_queue_finish, NULL, NULL },
    { "/preview", "console_preview.html", osw_web_html, osw_preview_page,
      NULL, "frame-src 'self'", NULL },
    { OSW_WEB_SHOW, NULL, osw_web_html, NULL, NULL, NULL, NULL },
    { "/metrics", NULL, osw_web_prometheus, osw_metrics_ask,
      osw_web_ask_nothing, NULL, osw_web_metrics },
    { "/healthz", NULL, osw_web_text, NULL, NULL, NULL, osw_web_health },
    { "/readyz", NULL, osw_web_text, NULL, NULL, NULL, osw_web_readiness },
    { "/console.css", "console_style.css", "text/css; charset=utf-8", NULL,
      NULL, NULL, NULL },
};

static const char  osw_web_policy[] =
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'";

static const struct {
    const char  *name;
    const char  *value;
} osw_web_headers[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "same-origin" },
    { "Cache-Control", "no-store" },
    { "Vary", "Cookie" },
};


/* What an answer has beyond its body; NULL: it has none of that. */
typedef struct {
    unsigned     status;
    const char  *type;
    const char  *policy;        /* NULL: that of all */
    const char  *name;          /* of a header more */
    const char  *value;
} osw_web_answer_t;


static enum MHD_Result
osw_web_send(struct MHD_Connection *c, const osw_web_answer_t *a,
    os_buf_t *body)
{
    size_t                i;
    enum MHD_Result       rc;
    struct MHD_Response  *response;

    response = MHD_create_response_from_buffer(body->len, body->data,
                                               MHD_RESPMEM_MUST_COPY);
    os_buf_free(body);

    if (response == NULL) {
        return MHD_NO;
    }

    for (i = 0; i < sizeof(osw_web_headers) / sizeof(osw_web_headers[0]);
         i++)
    {
        (void) MHD_add_response_header(response, osw_web_headers[i].name,
                                       osw_web_headers[i].value);
    }

    (void) MHD_add_response_header(response, "Content-Type", a->type);
    (void) MHD_add_response_header(response, "Content-Security-Policy",
                                   a->policy ? a->policy : osw_web_policy);

    if (a->name) {
        (void) MHD_add_response_header(response, a->name, a->value);
    }

    rc = MHD_queue_response(c, a->status, response);
    MHD_destroy_response(response);

    return rc;
}


static enum MHD_Result
osw_web_answer(struct MHD_Connection *c, unsigned status, const char *type,
    os_buf_t *body, const char *name, const char *value)
{
    return osw_web_send(c, &(osw_web_answer_t) { .status = status,
                            .type = type, .name = name, .value = value },
                        body);
}


/* An answer without a page. */
static enum MHD_Result
osw_web_refuse(struct MHD_Connection *c, unsigned status, const char *text,
    const char *name, const char *value)
{
    os_buf_t  body = { 0 };

    os_buf_text(&body, text);

    return osw_web_answer(c, status, "text/plain; charset=utf-8", &body, name,
                          value);
}


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


static json_t *
osw_web_reply(const redisReply *reply)
{
    size_t   i;
    json_t  *list;

    switch (reply->type) {

    case REDIS_REPLY_INTEGER:
        return json_integer(reply->integer);

    case REDIS_REPLY_ARRAY:
        list = json_array();

        for (i = 0; i < reply->elements; i++) {
            (void) json_array_append_new(list,
                                         osw_web_reply(reply->element[i]));
        }

        return list;

    default:
        list = os_json_new_str(osw_reply_str(reply));
        return list ? list : json_null();
    }
}


/* One of the answers that a visit waits for has come. */
static void
osw_web_came(osw_visit_t *v)
{
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


static void
osw_web_said(os_command_t *cmd, redisReply *reply)
{
    json_t         *record;
    osw_web_ask_t  *ask = cmd->data;
    osw_visit_t    *v = ask->visit;

    if (osw_reply_failed(reply)) {
        (void) json_object_set_new(v->page.view, "unanswered", json_true());

    } else if (ask->ask) {
        (void) json_object_set_new(ask->ask, "reply", osw_web_reply(reply));

    } else {
        record = os_json_parse(osw_reply_str(reply), "record", NULL);
        (void) json_object_set_new(v->page.orders, ask->order,
                                   record ? record : json_false());
    }

    free(ask);
    osw_web_came(v);
}


static void
osw_web_ask(osw_visit_t *v, const char *order)
{
    osw_t          *w = v->web->w;
    os_str_t        store, id;
    os_command_t   *cmd;
    osw_web_ask_t  *ask;

    if (osw_order_split(os_str(order), &store, &id) != 0
        || (ask = malloc(sizeof(osw_web_ask_t) + strlen(order) + 1)) == NULL)
    {
        return;
    }

    ask->visit = v;
    ask->ask = NULL;
    (void) strcpy(ask->order, order);
    cmd = os_command_new(os_space_shard(&w->config->space, store, id, OS_NULL),
                         osw_web_said, ask);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(w, cmd, "o", store, id, OS_NULL);
    v->pending++;
    osw_redis_send(w->redis, cmd);
}


/* A part of a key's name; OS_NULL: it has none more. */
static os_str_t
osw_web_part(const json_t *of, size_t i)
{
    return os_str(json_string_value(json_array_get(of, i)));
}


static void
osw_web_ask_shard(osw_visit_t *v, json_t *wanted)
{
    size_t          i;
    json_t         *word, *words = json_object_get(wanted, "command");
    unsigned        shard = (unsigned) os_json_int(wanted, "shard", 0);
    unsigned        n = (unsigned) json_array_size(words);
    unsigned        keys = (unsigned) os_json_int(wanted, "keys", 0);
    const json_t   *of = json_object_get(wanted, "of");
    os_command_t   *cmd;
    osw_web_ask_t  *ask = malloc(sizeof(osw_web_ask_t));

    if (ask == NULL) {
        return;
    }

    *ask = (osw_web_ask_t) { .visit = v, .ask = wanted };
    cmd = os_command_new(shard, osw_web_said, ask);

    if (keys) {
        os_command_script(cmd, &os_script_died, keys, n - keys);

    } else {
        os_command_words(cmd, n);
    }

    json_array_foreach(words, i, word) {
        if (json_string_value(word)[0] == '@') {
            osw_command_key(v->web->w, cmd, json_string_value(word) + 1,
                            osw_web_part(of, 0), osw_web_part(of, 1),
                            osw_web_part(of, 2));

        } else {
            os_command_add(cmd, os_str(json_string_value(word)));
        }
    }

    v->pending++;
    osw_redis_send(v->web->w->redis, cmd);
}


/* Asks for all that the view wants to know, as it is before any answer. */
static void
osw_web_ask_all(osw_visit_t *v)
{
    size_t       i;
    const char  *order;
    json_t      *names = json_deep_copy(v->page.orders), *value;

    v->pending = 1;

    json_array_foreach(v->page.asks, i, value) {
        osw_web_ask_shard(v, value);
    }

    json_object_foreach(names, order, value) {
        osw_web_ask(v, order);
    }

    v->pending--;
    json_decref(names);
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

    return osw_web_answer(v->connection, (unsigned) v->page.status,
                          v->kind->type, &body, NULL, NULL);
}


/* The document in the frame of a preview. */
static enum MHD_Result
osw_web_frame(osw_visit_t *v)
{
    os_buf_t         policy = { 0 };
    enum MHD_Result  sent;

    osw_preview_policy(&v->page, &policy);
    sent = osw_web_send(v->connection, &(osw_web_answer_t) {
        .status = v->made_as, .type = osw_web_html, .policy = policy.data },
        &v->made);
    os_buf_free(&policy);

    return sent;
}


static enum MHD_Result
osw_web_show(osw_visit_t *v)
{
    int              rc;
    os_buf_t         body = { 0 }, policy = { 0 };
    os_error_t       err;
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
        return osw_web_answer(v->connection, 200, "text/csv; charset=utf-8",
                              &body, "Content-Disposition",
                              "attachment; filename=\"cancels.csv\"");
    }

    if (v->page.status == 404) {
        return osw_web_refuse(v->connection, 404, "not found\n", NULL, NULL);
    }

    if (v->kind->view && !os_json_bool(v->page.view, "timeless")) {
        osw_overview_notes(&v->page);
    }

    rc = osw_page_render(&v->page, v->kind->template, &body, &err);

    if (rc != 0) {
        os_buf_free(&body);
        osw_log(OSW_ERROR, "console: %s", err.text);
        return osw_web_refuse(v->connection, 500, "this page cannot be made\n",
                              NULL, NULL);
    }

    if (v->kind->policy) {
        os_buf_printf(&policy, "%s; %s", osw_web_policy, v->kind->policy);
    }

    sent = osw_web_send(v->connection, &(osw_web_answer_t) {
        .status = 200, .type = v->kind->type, .policy = policy.data }, &body);
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
        osw_web_ask_all(v);
    }

    if (kind->template == NULL && kind->plain == NULL
        && osw_web_make(v) != 0)
    {
        return osw_web_refuse(c, 503, "busy: try again\n", "Retry-After",
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
        return osw_web_answer(v->connection, 303, "text/plain", &body,
                              "Location", v->to.data);
    }

    if (form.len > OSW_WEB_FORM) {
        return osw_web_refuse(v->connection, 413, "too long\n", NULL, NULL);
    }

    if (!may || !osw_web_is_ours(v->connection)
        || !osw_act_is_meant(web->w, user, form, time(NULL)))
    {
        osw_act_refuse(user, form, may ? "no form of ours" : "may only look");
        return osw_web_refuse(v->connection, 403, may
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
        return osw_web_refuse(v->connection, 400, "this form is incomplete\n",
                              NULL, NULL);

    default:
        v->pending = 0;
        return osw_web_refuse(v->connection, 503, "busy: try again\n",
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
        return osw_web_refuse(c, 403, "who asks is not known: see "
                              "console.user_header in ordersave-worker(8)\n",
                              NULL, NULL);
    }

    if (strcmp(method, "POST") == 0 && strcmp(url, OSW_ACT_URL) == 0) {
        return osw_web_post(web, c, user, state);
    }

    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        return osw_web_refuse(c, 405, "GET and HEAD only\n", "Allow",
                              "GET, HEAD");
    }

    return page ? osw_web_begin(web, c, page, user, state)
                : osw_web_refuse(c, 404, "not found\n", NULL, NULL);
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


/* A socket of ours that another left behind is replaced. */
static int
osw_web_unix(const char *path, os_error_t *err)
{
    int                 fd;
    struct sockaddr_un  a = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(a.sun_path)) {
        return os_fail(err, "%s: expected a path of at most %zu bytes", path,
                       sizeof(a.sun_path) - 1);
    }

    (void) strcpy(a.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void) unlink(path);

    if (fd == -1 || bind(fd, (struct sockaddr *) &a, sizeof(a)) != 0
        || chmod(path, 0660) != 0 || listen(fd, SOMAXCONN) != 0)
    {
        (void) close(fd);
        return os_fail(err, "%s: %s", path, strerror(errno));
    }

    return fd;
}


static int
osw_web_loopback(const char *listening, os_error_t *err)
{
    int                 fd, on = 1;
    const char         *colon = strrchr(listening, ':');
    struct sockaddr_in  a = { .sin_family = AF_INET };

    a.sin_port = htons((uint16_t) atoi(colon ? colon + 1 : "0"));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    if (fd == -1 || bind(fd, (struct sockaddr *) &a, sizeof(a)) != 0
        || listen(fd, SOMAXCONN) != 0)
    {
        (void) close(fd);
        return os_fail(err, "%s: %s", listening, strerror(errno));
    }

    return fd;
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

    if (os_str_starts(where, OS_STR("unix:"))) {
        web->path = strdup(where.data + 5);
        fd = web->path ? osw_web_unix(web->path, err)
                       : os_fail(err, "no memory");

    } else {
        fd = osw_web_loopback(where.data, err);
    }

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
    free(web->path);
    free(web);
}

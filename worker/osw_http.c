/*
 * osw_http: curl's multi socket interface over libuv. See osw_http.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "core/base/os_code.h"
#include "core/base/os_json_outside.h"
#include "worker/osw_http.h"


#define OSW_HTTP_BODY_MAX  (4 * 1024 * 1024)


typedef struct {
    CURLM       *multi;
    uv_timer_t   timer;
    size_t       running;
} osw_http_t;

typedef struct {
    osw_t              *w;
    CURL               *easy;
    struct curl_slist  *headers;
    os_buf_t            body;       /* of the request */
    os_buf_t            answer;
    osw_may_pt          may;
    osw_answer_pt       done;
    void               *data;
    char                error[CURL_ERROR_SIZE];
} osw_exchange_t;

/* One socket that curl watches. */
typedef struct {
    osw_t          *w;
    uv_poll_t       poll;
    curl_socket_t   fd;
} osw_socket_t;


static osw_http_t *
osw_http(osw_t *w)
{
    return w->http;
}


static void
osw_exchange_free(osw_exchange_t *x)
{
    curl_slist_free_all(x->headers);
    curl_easy_cleanup(x->easy);
    os_buf_free(&x->body);
    os_buf_free(&x->answer);
    free(x);
}


static void
osw_exchange_done(osw_exchange_t *x, CURLcode code)
{
    long          status, sent;
    int64_t       most;
    curl_off_t    after;
    osw_answer_t  answer;

    status = 0;
    sent = 0;
    after = 0;
    answer = (osw_answer_t) { 0 };

    if (code == CURLE_OK) {
        (void) curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
        (void) curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &after);

    } else {
        answer.why = x->error[0] ? x->error : curl_easy_strerror(code);
    }

    if (code == CURLE_WRITE_ERROR) {
        answer.too_long = 1;
        answer.why = "its answer is longer than 4 MB";
    }

    answer.status = (int) status;
    most = x->w->config->most_ms;
    answer.retry_after_ms = after > most / 1000 ? most : (int64_t) after * 1000;
    (void) curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &sent);
    answer.not_sent = code != CURLE_OK && sent == 0;
    answer.timed_out = code != CURLE_OK && !answer.not_sent;
    answer.body = os_buf_view(&x->answer);

    x->done(x->data, &answer);
    osw_exchange_free(x);
}


static void
osw_http_collect(osw_t *w)
{
    int              left;
    char            *private;
    CURLMsg         *msg;
    CURLcode         code;
    osw_exchange_t  *x;

    while ((msg = curl_multi_info_read(osw_http(w)->multi, &left)) != NULL) {
        if (msg->msg != CURLMSG_DONE) {
            continue;
        }

        code = msg->data.result;
        (void) curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
        x = (osw_exchange_t *) (void *) private;

        (void) curl_multi_remove_handle(osw_http(w)->multi, x->easy);
        osw_http(w)->running--;
        osw_exchange_done(x, code);
    }
}


static void
osw_http_timeout(uv_timer_t *timer)
{
    int     running;
    osw_t  *w;

    w = timer->data;
    (void) curl_multi_socket_action(osw_http(w)->multi, CURL_SOCKET_TIMEOUT, 0,
                                    &running);
    osw_http_collect(w);
}


static int
osw_http_set_timer(CURLM *multi, long ms, void *data)
{
    osw_t  *w;

    (void) multi;
    w = data;

    if (osw_http(w) == NULL) {
        return 0;
    }

    if (ms < 0) {
        (void) uv_timer_stop(&osw_http(w)->timer);

    } else {
        (void) uv_timer_start(&osw_http(w)->timer, osw_http_timeout,
                              ms > 0 ? (uint64_t) ms : 1, 0);
    }

    return 0;
}


static void
osw_http_ready(uv_poll_t *poll, int status, int events)
{
    int            running, flags;
    osw_socket_t  *s;

    s = poll->data;
    flags = status < 0 ? CURL_CSELECT_ERR
            : ((events & UV_READABLE) ? CURL_CSELECT_IN : 0)
              | ((events & UV_WRITABLE) ? CURL_CSELECT_OUT : 0);

    /* the call may forget the socket */
    osw_t  *w = s->w;

    (void) curl_multi_socket_action(osw_http(w)->multi, s->fd, flags,
                                    &running);
    osw_http_collect(w);
}


static void
osw_socket_free(uv_handle_t *handle)
{
    free(handle->data);
}


static int
osw_http_watch(CURL *easy, curl_socket_t fd, int what, void *data,
    void *socket)
{
    int            events;
    osw_t         *w;
    osw_socket_t  *s;

    (void) easy;
    w = data;
    s = socket;

    if (what == CURL_POLL_REMOVE) {
        if (s != NULL) {
            (void) uv_poll_stop(&s->poll);
            uv_close((uv_handle_t *) &s->poll, osw_socket_free);
            (void) curl_multi_assign(osw_http(w)->multi, fd, NULL);
        }

        return 0;
    }

    if (s == NULL) {
        s = calloc(1, sizeof(osw_socket_t));
        if (s == NULL) {
            return -1;
        }

        s->w = w;
        s->fd = fd;
        (void) uv_poll_init_socket(w->loop, &s->poll, fd);
        s->poll.data = s;
        (void) curl_multi_assign(osw_http(w)->multi, fd, s);
    }

    events = (what & CURL_POLL_IN ? UV_READABLE : 0)
             | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    (void) uv_poll_start(&s->poll, events, osw_http_ready);

    return 0;
}


int
osw_http_start(osw_t *w)
{
    osw_http_t  *h;

    h = calloc(1, sizeof(osw_http_t));
    if (h == NULL || (h->multi = curl_multi_init()) == NULL) {
        free(h);
        return -1;
    }

    (void) uv_timer_init(w->loop, &h->timer);
    h->timer.data = w;
    w->http = h;

    (void) curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION,
                             osw_http_watch);
    (void) curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, w);
    (void) curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION,
                             osw_http_set_timer);
    (void) curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, w);
    (void) curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                             (long) OSW_HTTP_AT_ONCE * 2);

    return 0;
}


static void
osw_http_closed(uv_handle_t *handle)
{
    osw_t  *w;

    w = handle->data;
    free(w->http);
    w->http = NULL;
}


void
osw_http_stop(osw_t *w)
{
    if (osw_http(w) != NULL) {
        (void) curl_multi_cleanup(osw_http(w)->multi);
        uv_close((uv_handle_t *) &osw_http(w)->timer, osw_http_closed);
    }
}


static size_t
osw_http_write(char *data, size_t size, size_t n, void *user)
{
    osw_exchange_t  *x;

    x = user;

    if (x->answer.len + size * n > OSW_HTTP_BODY_MAX) {
        return 0;
    }

    os_buf_add(&x->answer, data, size * n);

    return x->answer.failed ? 0 : size * n;
}


static void
osw_exchange_headers(osw_exchange_t *x, const os_request_t *request,
    const char *bearer)
{
    json_t      *value;
    os_buf_t     line;
    const char  *name;

    json_object_foreach(request->headers, name, value) {
        line = (os_buf_t) { 0 };
        os_buf_printf(&line, "%s: %s", name, json_string_value(value));
        x->headers = curl_slist_append(x->headers, line.data);
        os_buf_free(&line);
    }

    if (bearer != NULL) {
        line = (os_buf_t) { 0 };
        os_buf_printf(&line, "Authorization: Bearer %s", bearer);
        x->headers = curl_slist_append(x->headers, line.data);
        os_buf_free(&line);
    }

    if (x->body.len
        && json_object_get(request->headers, "Content-Type") == NULL)
    {
        x->headers = curl_slist_append(x->headers,
                                       "Content-Type: application/json");
    }

    x->headers = curl_slist_append(x->headers, "Expect:");
}


static void
osw_exchange_set(osw_exchange_t *x, const os_request_t *request,
    const char *basic, int64_t timeout_ms)
{
    CURL  *e;

    e = x->easy;

    curl_easy_setopt(e, CURLOPT_URL, request->url.data);
    curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->headers);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, osw_http_write);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(e, CURLOPT_PRIVATE, x);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->error);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long) timeout_ms);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_USERAGENT, "ordersave");

    if (basic != NULL) {
        curl_easy_setopt(e, CURLOPT_USERPWD, basic);
    }

    /*
     * On a connection that it uses again curl repeats a request by itself when
     * the peer closes without an answer. What changes something must not be
     * repeated unseen.
     */
    if (strcmp(request->method, "GET") != 0) {
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
    }

    if (x->body.len) {
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, x->body.data);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t) x->body.len);
    }
}


/* A connection is there, and nothing has been sent on it. */
static int
osw_http_leaves(void *data, char *to, char *from, int to_port, int from_port)
{
    osw_exchange_t  *x = data;

    (void) to;
    (void) from;
    (void) to_port;
    (void) from_port;

    if (x->may(x->data)) {
        return CURL_PREREQFUNC_OK;
    }

    snprintf(x->error, sizeof(x->error), "not sent: it is another's by now");

    return CURL_PREREQFUNC_ABORT;
}


void
osw_http_send(osw_t *w, const os_request_t *request, const char *basic,
    const char *bearer, int64_t timeout_ms, osw_may_pt may,
    osw_answer_pt done, void *data)
{
    osw_exchange_t  *x;

    x = calloc(1, sizeof(osw_exchange_t));

    if (x == NULL || (x->easy = curl_easy_init()) == NULL
        || request->url.failed)
    {
        free(x);
        done(data, &(osw_answer_t) { .not_sent = 1, .why = "no memory" });
        return;
    }

    x->w = w;
    x->may = may;
    x->done = done;
    x->data = data;
    os_buf_str(&x->body, os_buf_view(&request->body));
    osw_exchange_headers(x, request, bearer);
    osw_exchange_set(x, request, basic, timeout_ms);

    if (may) {
        curl_easy_setopt(x->easy, CURLOPT_PREREQFUNCTION, osw_http_leaves);
        curl_easy_setopt(x->easy, CURLOPT_PREREQDATA, x);
    }

    osw_http(w)->running++;
    (void) curl_multi_add_handle(osw_http(w)->multi, x->easy);
}


osw_says_t
osw_http_says(const osw_answer_t *answer)
{
    if (answer->not_sent) {
        return OSW_SAYS_LATER;
    }

    if (answer->status >= 200 && answer->status < 300) {
        return OSW_SAYS_YES;
    }

    switch (answer->status) {

    case 401: case 403: case 404: case 407: case 408: case 409: case 421:
    case 423: case 425: case 426: case 429: case 503:
        return OSW_SAYS_LATER;

    case 501: case 505:
        return OSW_SAYS_NO;
    }

    if (answer->status >= 300 && answer->status < 400) {
        return OSW_SAYS_LATER;          /* it moved: we go by its old name */
    }

    return answer->status == 0 || answer->status >= 500 ? OSW_SAYS_NOTHING
                                                        : OSW_SAYS_NO;
}


osw_how_t
osw_http_how(const osw_answer_t *answer)
{
    switch (answer->status) {

    case 401: case 403: case 407:
        return OSW_LOCKED;

    case 0: case 429:
        return OSW_FAILS;
    }

    return answer->status < 500 && answer->status / 100 != 3 ? OSW_WORKS
                                                             : OSW_FAILS;
}


void
osw_http_hide(char *text, const char *secret)
{
    char    *at = text;
    size_t   len = secret ? strlen(secret) : 0;

    while (len && (at = strstr(at, secret)) != NULL) {
        memset(at, '*', len);
        at += len;
    }
}


void
osw_http_words(const osw_answer_t *answer, char *out, size_t size)
{
    json_t    *body;
    os_str_t   words;

    if (answer->status == 0) {
        snprintf(out, size, "%s", answer->why ? answer->why : "no answer");
        return;
    }

    body = os_json_outside(answer->body, "answer", NULL);
    words = os_utf8_front(os_json_str(body, "message"), OSW_WORDS_MAX);
    snprintf(out, size, "%d%s%.*s", answer->status, words.len ? ": " : "",
             (int) words.len, words.len ? words.data : "");
    osw_log_plain(out);
    json_decref(body);
}


static void
osw_asked_header(CURL *easy, const char *name, char *to, size_t size)
{
    struct curl_header  *header;

    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header)
        == CURLHE_OK)
    {
        snprintf(to, size, "%s", header->value);
        osw_log_plain(to);
    }
}


/* By its type: some send a page, and what begins like JSON, as anything. */
static int
osw_asked_json(CURL *easy)
{
    char  type[64] = "";

    osw_asked_header(easy, "Content-Type", type, sizeof(type));

    return strstr(type, "json") != NULL;
}


void
osw_http_now(const os_request_t *request, const char *basic,
    const char *bearer, int64_t timeout_ms, osw_asked_t *asked)
{
    long            status = 0;
    CURLcode        code;
    osw_exchange_t  x;

    memset(&x, 0, sizeof(x));
    memset(asked, 0, sizeof(*asked));
    x.easy = request->url.failed ? NULL : curl_easy_init();

    if (x.easy == NULL) {
        snprintf(asked->why, sizeof(asked->why), "no memory");
        return;
    }

    os_buf_str(&x.body, os_buf_view(&request->body));
    osw_exchange_headers(&x, request, bearer);
    osw_exchange_set(&x, request, basic, timeout_ms);
    code = curl_easy_perform(x.easy);
    curl_easy_getinfo(x.easy, CURLINFO_RESPONSE_CODE, &status);

    if (code != CURLE_OK && status == 0) {
        asked->code = (int) code;
        snprintf(asked->why, sizeof(asked->why), "%s",
                 x.error[0] ? x.error : curl_easy_strerror(code));
    }

    asked->status = (int) status;
    asked->json = osw_asked_json(x.easy);
    osw_asked_header(x.easy, "WWW-Authenticate", asked->login,
                     sizeof(asked->login));
    osw_asked_header(x.easy, "Location", asked->location,
                     sizeof(asked->location));
    asked->body = x.answer;
    curl_easy_cleanup(x.easy);
    curl_slist_free_all(x.headers);
    os_buf_free(&x.body);
}

/*
 * osw_api: see osw_api.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_json_outside.h"
#include "worker/osw_api.h"
#include "worker/take/osw_inbox.h"


#define OSW_API_TIMEOUT      10     /* s */
#define OSW_FINISHED_WITHIN  300    /* s: longer than any store works */


typedef struct {
    osw_t        *w;
    osw_store_t  *store;
    osw_read_pt   done;
    void         *data;
    json_t       *view;         /* {"order": {"id"}}, for further calls */
    json_t       *raw;          /* the order, as far as it was read */
    const char   *also;         /* the member that is read now */
} osw_reading_t;

static void osw_read_also(osw_reading_t *r);


int64_t
osw_api_within(const osw_store_t *store)
{
    return 1000 * os_campaign_duration(store->campaign, "/api/finished_within",
                                       OSW_FINISHED_WITHIN);
}


int64_t
osw_api_gone(const osw_store_t *store, os_task_t *task, int64_t now_ms)
{
    int64_t  since, within;

    within = osw_api_within(store);
    since = task->gone_ms ? task->gone_ms : now_ms;

    if (now_ms - since >= within || now_ms < since) {
        return 0;
    }

    task->gone_ms = since;

    return within / 4 > 0 ? within / 4 : 1;
}


const char *
osw_api_provider(const osw_store_t *store)
{
    return json_string_value(os_campaign_at(store->campaign, "/api/base"));
}


void
osw_api_said(const osw_store_t *store, const osw_answer_t *answer, char *out,
    size_t size)
{
    char         words[OSW_WORDS_MAX + 16];
    const char  *host;

    host = osw_api_provider(store);
    host = host && strstr(host, "://") ? strstr(host, "://") + 3 : "?";
    osw_http_words(answer, words, sizeof(words));
    osw_http_hide(words, store->api_secret);
    snprintf(out, size, "the store's API at %.*s %s%s",
             (int) strcspn(host, "/"), host,
             answer->status ? "said " : "does not answer: ", words);
}


int
osw_api_yes(const json_t *call, int status)
{
    os_request_t  r;

    memset(&r, 0, sizeof(r));
    r.expect = json_object_get(call, "expect");

    return os_request_expects(&r, status);
}


void
osw_api_send(osw_t *w, const osw_store_t *store, os_request_t *request,
    int64_t timeout_ms, osw_may_pt may, osw_answer_pt done, void *data)
{
    int      basic;
    json_t  *api = os_campaign_at(store->campaign, "/api"), *common;

    common = json_object_get(api, "headers");

    if (common) {
        (void) json_object_update_missing(request->headers, common);
    }

    basic = os_json_str(api, "basic_file").len > 0;
    osw_http_send(w, request, basic ? store->api_secret : NULL,
                  basic ? NULL : store->api_secret, timeout_ms, may, done,
                  data);
}


void
osw_api_call(osw_t *w, osw_store_t *store, const json_t *call, json_t *view,
    osw_may_pt may, osw_answer_pt done, void *data)
{
    json_t        *api;
    os_error_t     err;
    osw_answer_t   answer;
    os_request_t   request;

    api = os_campaign_at(store->campaign, "/api");

    if (os_action_expand(call, os_json_str(api, "base"), view, &request, &err)
        != 0)
    {
        osw_log(OSW_ERROR, "%s: an API call cannot be made: %s",
                store->campaign->path, err.text);
        answer = (osw_answer_t) { 0 };
        answer.not_sent = 1;
        answer.why = err.text;
        done(data, &answer);
        return;
    }

    osw_api_send(w, store, &request,
                 os_campaign_duration(store->campaign, "/api/timeout",
                                      OSW_API_TIMEOUT) * 1000,
                 may, done, data);
    os_request_free(&request);
}


/* It was read, or was not. */
static void
osw_read_end(osw_reading_t *r, const osw_read_t *read)
{
    r->done(r->data, read);
    json_decref(r->view);
    json_decref(r->raw);
    free(r);
}


static void
osw_read_map(osw_reading_t *r)
{
    json_t      *orders;
    osw_read_t   read;
    os_error_t   err;

    err.text[0] = '\0';
    read = (osw_read_t) { .kind = OSW_READ_OK, .raw = r->raw };
    orders = r->raw ? os_source_map(r->store->source, &r->w->config->keys,
                                    r->store->name, r->raw, OS_NULL, &err)
                    : NULL;

    if (json_array_size(orders) == 1) {
        read.order = json_array_get(orders, 0);
        osw_inbox_complete(r->store, read.order);

    } else {
        osw_log(OSW_WARN, "%.*s: the store's answer is no order: %s",
                (int) r->store->name.len, r->store->name.data, err.text);
        read.kind = OSW_READ_BAD;
        read.why = "the store's answer is no order";
    }

    osw_read_end(r, &read);
    json_decref(orders);
}


static void
osw_read_failed(osw_reading_t *r, const osw_answer_t *answer)
{
    char        said[OSW_WORDS_MAX + 300];
    osw_read_t  read;

    osw_api_said(r->store, answer, said, sizeof(said));
    read = (osw_read_t) { .kind = OSW_READ_LATER, .why = said,
                          .retry_after_ms = answer->retry_after_ms,
                          .how = osw_http_how(answer) };
    osw_read_end(r, &read);
}


/* Where a store has no such thing (404, say) it says nothing of it. */
static void
osw_read_also_answer(void *data, const osw_answer_t *answer)
{
    json_t         *more;
    osw_reading_t  *r;

    r = data;

    if (osw_http_how(answer) != OSW_WORKS) {
        osw_read_failed(r, answer);
        return;
    }

    more = answer->status < 300 ? os_json_outside(answer->body, "answer", NULL)
                                : NULL;

    if (more != NULL) {
        (void) json_object_set_new(r->raw, r->also, more);
    }

    osw_read_also(r);
}


/*
 * The next of "also", whose view has what was read so far; when all are there
 * the order is.
 */
static void
osw_read_also(osw_reading_t *r)
{
    void    *at;
    json_t  *also;

    also = os_campaign_at(r->store->campaign, "/api/also");
    at = r->also ? json_object_iter_next(also, json_object_iter_at(also,
                                                                   r->also))
                 : json_object_iter(also);
    (void) json_object_set(r->view, "raw", r->raw);

    while (at && !os_action_found(json_object_iter_value(at), r->view)) {
        at = json_object_iter_next(also, at);
    }

    if (at == NULL || !json_is_object(r->raw)) {
        osw_read_map(r);
        return;
    }

    r->also = json_object_iter_key(at);
    osw_api_call(r->w, r->store, json_object_iter_value(at), r->view,
                 NULL, osw_read_also_answer, r);
}


static void
osw_read_answer(void *data, const osw_answer_t *answer)
{
    char            status[16];
    osw_read_t      gone;
    osw_reading_t  *r;

    r = data;
    (void) snprintf(status, sizeof(status), "%d", answer->status);
    osw_tally_count(r->w->tally, OSW_TALLY_API_READS, r->store->name,
                    os_str(status), OS_NULL);

    if (answer->status >= 200 && answer->status < 300) {
        r->raw = os_json_outside(answer->body, "answer", NULL);
        osw_read_also(r);

    } else if (answer->status == 404 || answer->status == 410) {
        gone = (osw_read_t) { .kind = OSW_READ_GONE,
                              .why = "the store has no such order" };
        osw_read_end(r, &gone);

    } else {
        osw_read_failed(r, answer);
    }
}


void
osw_api_read(osw_t *w, osw_store_t *store, os_str_t order_id,
    osw_read_pt done, void *data)
{
    json_t         *view, *order;
    osw_reading_t  *r;

    if (store->source == NULL) {
        done(data, &(osw_read_t) { .kind = OSW_READ_NONE });
        return;
    }

    r = calloc(1, sizeof(osw_reading_t));

    if (r == NULL) {
        done(data, &(osw_read_t) { .kind = OSW_READ_LATER });
        return;
    }

    order = json_object();
    os_json_set_str(order, "id", order_id);
    view = json_object();
    (void) json_object_set_new(view, "order", order);
    *r = (osw_reading_t) { .w = w, .store = store, .done = done,
                           .data = data, .view = view };
    osw_api_call(w, store, os_campaign_at(store->campaign, "/api/read"), view,
                 NULL, osw_read_answer, r);
}

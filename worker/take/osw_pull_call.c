/*
 * osw_pull_call: see osw_pull_call.h.
 */

#include "core/base/os_json_outside.h"
#include "core/campaign/os_action.h"
#include "worker/osw_api.h"
#include "worker/osw_lease.h"
#include "worker/osw_since.h"
#include "worker/take/osw_pull_call.h"


#define OSW_PULL_TIMEOUT  30000
#define OSW_PULL_MOST     10000         /* products of one answer */


static int
osw_pull_may(void *data)
{
    const osw_pull_t  *p = data;

    return osw_lease_still(&p->w->shard[0], p->epoch);
}


static void
osw_pull_ids(const json_t *ids, json_t *view)
{
    size_t     i;
    json_t    *id;
    os_buf_t   text = { 0 };

    json_array_foreach(ids, i, id) {
        os_buf_text(&text, i ? "," : "");
        os_buf_text(&text, json_string_value(id));
    }

    os_json_set_str(view, "include", os_buf_view(&text));
    (void) json_object_set(view, "ids", (json_t *) ids);
    os_buf_free(&text);
}


static json_t *
osw_pull_view(const osw_pull_t *p)
{
    json_t    *view;
    os_str_t   cursor = os_json_str(p->run, "cursor");

    view = osw_since_view(p->store, os_json_int(p->run, "since", 0),
                          os_json_int(p->run, "page", 1));

    if (cursor.len) {
        os_json_set_str(view, "cursor", cursor);
    }

    if (p->asked) {
        osw_pull_ids(p->asked, view);
    }

    return view;
}


/* The key of its own, and headers, where the campaign names some. */
static void
osw_pull_own(const osw_pull_t *p, os_request_t *request)
{
    json_t                 *headers;
    const osw_pull_conf_t  *c = &p->store->pull;

    headers = json_object_get(c->how, "headers");

    if (headers) {
        (void) json_object_update_missing(request->headers, headers);
    }

    if (c->key) {
        os_json_set_str(request->headers,
                        os_json_str(json_object_get(c->how, "key"),
                                    "header").data, os_str(c->key));
    }
}


/* What the API of the orders is shown goes to no other place. */
void
osw_pull_call(osw_pull_t *p, const json_t *call, osw_answer_pt done)
{
    int                     rc;
    json_t                 *view = osw_pull_view(p);
    os_error_t              err;
    os_request_t            request;
    const osw_pull_conf_t  *c = &p->store->pull;

    rc = os_action_expand(call, c->base, view, &request, &err);
    json_decref(view);

    if (rc != 0) {
        osw_pull_fail(p, 0, err.text);
        return;
    }

    osw_pull_own(p, &request);

    if (c->key == NULL && json_object_get(c->how, "base") == NULL) {
        osw_api_send(p->w, p->store, &request, OSW_PULL_TIMEOUT, osw_pull_may,
                     done, p);

    } else {
        osw_http_send(p->w, &request, NULL, NULL, OSW_PULL_TIMEOUT,
                      osw_pull_may, done, p);
    }

    os_request_free(&request);
}


void
osw_pull_words(const osw_pull_t *p, const osw_answer_t *answer,
    const char *what, char *out, size_t size)
{
    int   len = (int) p->store->pull.base.len;
    char  words[OSW_WORDS_MAX + 16];

    osw_http_words(answer, words, sizeof(words));
    osw_http_hide(words, p->store->pull.key);
    osw_http_hide(words, p->store->api_secret);
    snprintf(out, size, "%.*s %s%s", len > 200 ? 200 : len,
             p->store->pull.base.data,
             what ? "" : answer->status ? "said " : "does not answer: ",
             what ? what : words);
}


void
osw_pull_refused(osw_pull_t *p, const osw_answer_t *answer,
    const char *what)
{
    char  why[OSW_PULL_WORDS];

    osw_pull_words(p, answer, what, why, sizeof(why));
    osw_pull_fail(p, (answer->retry_after_ms + 999) / 1000, why);
}


json_t *
osw_pull_raws(osw_pull_t *p, const json_t *list, const osw_answer_t *answer,
    json_t **body)
{
    json_t      *raws;
    const char  *what = NULL;

    *body = os_json_outside(answer->body, "answer", NULL);
    raws = os_json_pointer(*body, os_json_str(list, "each"));

    if (!json_is_array(raws)) {
        what = "answered without a list of products";

    } else if (json_array_size(raws) > OSW_PULL_MOST) {
        what = "answered with more than 10000 products at once";
    }

    if (what == NULL) {
        return raws;
    }

    osw_pull_refused(p, answer, what);
    json_decref(*body);
    *body = NULL;

    return NULL;
}

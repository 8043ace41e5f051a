/*
 * osw_pull_call: see osw_pull_call.h.
 */

#include <time.h>

#include "core/campaign/os_action.h"
#include "worker/osw_api.h"
#include "worker/osw_lease.h"
#include "worker/osw_zone.h"
#include "worker/take/osw_pull_call.h"


#define OSW_PULL_TIMEOUT  30000


static int
osw_pull_may(void *data)
{
    const osw_pull_t  *p = data;

    return osw_lease_still(&p->w->shard[0], p->epoch);
}


static void
osw_pull_moment(json_t *view, const char *name, const char *format,
    int64_t at)
{
    char       text[32];
    time_t     when = (time_t) at;
    struct tm  tm;

    (void) strftime(text, sizeof(text), format, gmtime_r(&when, &tm));
    os_json_set_str(view, name, os_str(text));
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
    json_t    *view = json_object();
    int64_t    since = os_json_int(p->run, "since", 0);
    os_str_t   cursor = os_json_str(p->run, "cursor");

    osw_pull_moment(view, "since", "%Y-%m-%dT%H:%M:%S", since);
    osw_pull_moment(view, "since_shop", "%Y-%m-%d %H:%M:%S",
                    osw_zone_shop(os_json_str(p->store->campaign->json,
                                              "country"),
                                  os_campaign_offset(p->store->campaign),
                                  since));
    os_json_set_int(view, "since_epoch", since);
    os_json_set_int(view, "page", os_json_int(p->run, "page", 1));

    if (cursor.len) {
        os_json_set_str(view, "cursor", cursor);
    }

    if (p->asked) {
        osw_pull_ids(p->asked, view);
    }

    return view;
}


void
osw_pull_call(osw_pull_t *p, const json_t *call, osw_answer_pt done)
{
    int                     basic, api;
    json_t                 *view = osw_pull_view(p), *headers;
    os_str_t                base = p->store->pull.base;
    os_error_t              err;
    const char             *secret;
    os_request_t            request;
    const osw_pull_conf_t  *c = &p->store->pull;

    if (os_action_expand(call, base, view, &request, &err) != 0) {
        osw_pull_fail(p, 0, err.text);
        json_decref(view);
        return;
    }

    json_decref(view);
    headers = json_object_get(c->how, "headers");

    if (headers) {
        (void) json_object_update_missing(request.headers, headers);
    }

    if (c->key) {
        os_json_set_str(request.headers,
                        os_json_str(json_object_get(c->how, "key"),
                                    "header").data, os_str(c->key));
    }

    api = json_object_get(c->how, "base") == NULL && c->key == NULL;
    secret = api ? p->store->api_secret : NULL;
    basic = os_json_str(os_campaign_at(p->store->campaign, "/api"),
                        "basic_file").len > 0;

    if (api) {
        headers = json_object_get(os_campaign_at(p->store->campaign, "/api"),
                                  "headers");

        if (headers) {
            (void) json_object_update_missing(request.headers, headers);
        }
    }

    osw_http_send(p->w, &request, basic ? secret : NULL, basic ? NULL : secret,
                  OSW_PULL_TIMEOUT, osw_pull_may, done, p);
    os_request_free(&request);
}


void
osw_pull_refused(osw_pull_t *p, const osw_answer_t *answer,
    const char *what)
{
    int          len = (int) p->store->pull.base.len;
    char         words[OSW_WORDS_MAX + 16], why[OSW_WORDS_MAX + 300];

    osw_http_words(answer, words, sizeof(words));
    snprintf(why, sizeof(why), "%.*s %s%s", len > 200 ? 200 : len,
             p->store->pull.base.data,
             what ? "" : answer->status ? "said " : "does not answer: ",
             what ? what : words);
    osw_pull_fail(p, (answer->retry_after_ms + 999) / 1000, why);
}


json_t *
osw_pull_raws(const json_t *list, const json_t *body)
{
    json_t  *raws;

    raws = os_json_pointer(body, os_json_str(list, "each"));

    return json_is_array(raws) ? raws : NULL;
}

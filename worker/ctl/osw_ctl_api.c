/*
 * osw_ctl_api: see osw_ctl_api.h.
 */

#define _GNU_SOURCE

#include <stdio.h>
#include <string.h>

#include "worker/ctl/osw_ctl.h"
#include "worker/ctl/osw_ctl_api.h"
#include "worker/ctl/osw_ctl_reach.h"
#include "worker/osw_api.h"


#define OSW_API_MS  5000


static int
osw_api_basic(const osw_store_t *store)
{
    return os_campaign_at(store->campaign, "/api/basic_file") != NULL;
}


int
osw_check_api_call(const osw_store_t *store, const json_t *call, json_t *view,
    int64_t timeout_ms, osw_asked_t *asked, os_error_t *err)
{
    int            basic = osw_api_basic(store);
    json_t        *headers;
    os_request_t   request;

    if (os_action_expand(call, os_str(osw_api_provider(store)), view, &request,
                         err) != 0)
    {
        return -1;
    }

    headers = os_campaign_at(store->campaign, "/api/headers");

    if (headers) {
        (void) json_object_update_missing(request.headers, headers);
    }

    osw_http_now(&request, basic ? store->api_secret : NULL,
                 basic ? NULL : store->api_secret, timeout_ms, asked);
    os_request_free(&request);

    return 0;
}


static int
osw_api_ask(const osw_store_t *store, osw_asked_t *asked, os_error_t *err)
{
    int      rc;
    json_t  *view = json_pack("{s:{s:s}}", "order", "id", "0");

    rc = osw_check_api_call(store, os_campaign_at(store->campaign,
                                                  "/api/read"),
                            view, OSW_API_MS, asked, err);
    json_decref(view);

    return rc;
}


/* A closed door: the API's own, or that of whatever stands before it. */
static void
osw_api_closed(const osw_store_t *store, const osw_asked_t *asked,
    os_buf_t *out)
{
    int  basic = osw_api_basic(store);

    if (!asked->json) {
        os_buf_printf(out, "that is a page and no answer of an API: a login or "
                      "a firewall of the web server stands before it%s%s: let "
                      "requests of this machine to the API pass it",
                      asked->login[0] ? ", " : "", asked->login);

    } else if (asked->status == 403) {
        os_buf_text(out, "it knows the key, which may not read orders: give it "
                    "the right to read and write");

    } else {
        os_buf_printf(out, "it does not take the key: look at the file of "
                      "api.%s", basic ? "basic_file" : "bearer_file");

        if (basic && strncmp(osw_api_provider(store), "http://", 7) == 0) {
            os_buf_text(out, "; some, as WooCommerce's, take a user and a "
                        "password by https alone");
        }
    }
}


/* An open one that leads elsewhere. */
static void
osw_api_elsewhere(const osw_asked_t *asked, os_buf_t *out)
{
    os_str_t  body = os_buf_view(&asked->body);

    if (!asked->json) {
        os_buf_text(out, "that is a page and no answer of an API: api.base and "
                    "api.read lead elsewhere, or WooCommerce's permalinks are "
                    "\"Plain\" (Settings, Permalinks: any other)");

    } else if (asked->status == 404 && body.len
               && memmem(body.data, body.len, "route", 5))
    {
        os_buf_text(out, "it has no such address: look at api.read, and "
                    "whether the shop's plugin is switched on");
    }
}


/*
 * What is wrong with its answer, and what to do: 2, and it is so whenever it is
 * asked; 1, and it may have been another time; 0: any answer but a closed door
 * is good, as there is no such order.
 */
static int
osw_api_wrong(const osw_store_t *store, const osw_asked_t *asked,
    os_buf_t *out)
{
    if (osw_reach_mend(asked, "api.base", out)) {
        return 1;
    }

    if (asked->status == 401 || asked->status == 403) {
        osw_api_closed(store, asked, out);
        return 2;
    }

    osw_api_elsewhere(asked, out);

    return out->len > 0;
}


int
osw_check_api(const osw_store_t *store, int live)
{
    int           bad, wrong;
    char          said[512];
    os_buf_t      line = { 0 }, mend = { 0 };
    os_error_t    err;
    osw_asked_t   asked;
    osw_answer_t  answer;

    if (os_campaign_at(store->campaign, "/api") == NULL) {
        return 0;
    }

    if (osw_api_ask(store, &asked, &err) != 0) {
        return osw_ctl_line(0, "the store's API", err.text);
    }

    wrong = osw_api_wrong(store, &asked, &mend);
    answer = (osw_answer_t) { .status = asked.status, .why = asked.why,
                              .body = os_buf_view(&asked.body) };
    osw_api_said(store, &answer, said, sizeof(said));

    if (wrong) {
        os_buf_printf(&line, "%s: %s", said, mend.data);
    }

    if (wrong == 1 && !live) {
        printf("note - %s\n", line.data);
        bad = 0;

    } else {
        bad = osw_ctl_line(!wrong, wrong == 1 ? "the store's API answers"
                                              : "the store's API lets us in",
                           wrong ? line.data : "");
    }

    os_buf_free(&asked.body);
    os_buf_free(&mend);
    os_buf_free(&line);

    return bad;
}

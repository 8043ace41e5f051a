/*
 * osw_ctl_carrier: see osw_ctl_carrier.h.
 */

#include <stdio.h>
#include <string.h>

#include "core/base/os_json_outside.h"
#include "core/order/os_follow.h"
#include "worker/ctl/osw_ctl_carrier.h"
#include "worker/ctl/osw_ctl_reach.h"
#include "worker/send/osw_carrier_way.h"


#define OSW_CARRIER_MS      5000
#define OSW_CARRIER_NUMBER  "ORDERSAVE0CHECK"   /* of nobody */


static int
osw_carrier_ask(const osw_store_t *store, osw_asked_t *asked, os_error_t *err)
{
    int                        rc;
    void                      *first;
    json_t                    *view, *parcel = json_object();
    os_buf_t                   basic = { 0 };
    os_request_t               request;
    const osw_carrier_conf_t  *c = &store->carrier;

    /* who has to be told a carrier is told the first that the campaign names */

    first = json_object_iter(os_campaign_at(store->campaign,
                                            "/track/follow/codes"));
    os_json_set_str(parcel, "number", OS_STR(OSW_CARRIER_NUMBER));

    if (first) {
        os_json_set_str(parcel, "carrier", os_str(json_object_iter_key(first)));
    }

    view = os_follow_view(store->campaign, NULL, OS_STR("0"), parcel);
    rc = osw_carrier_way(c, "read", view, &request, &basic, err);
    json_decref(parcel);
    json_decref(view);

    if (rc != 0) {
        return -1;
    }

    osw_http_now(&request, basic.len ? basic.data : NULL, NULL,
                 OSW_CARRIER_MS, asked);
    os_request_free(&request);
    os_buf_free(&basic);

    return 0;
}


/* What its source makes of the answer: that it has no such number is a yes. */
static os_follow_t
osw_carrier_says(const osw_store_t *store, const osw_asked_t *asked)
{
    json_t       *body = os_json_outside(os_buf_view(&asked->body), "answer",
                                         NULL);
    os_follow_t   says;

    says = os_follow_says(store->carrier.how, "read", asked->status, body);
    json_decref(body);

    return says;
}


static void
osw_carrier_closed(const char *name, const osw_asked_t *asked, os_buf_t *out)
{
    if (asked->status == 401) {
        os_buf_printf(out, "it does not take the key: look at the file of "
                      "carriers.%s.key_file%s%s", name, asked->login[0]
                      ? ", and who asks for " : "", asked->login);

    } else if (asked->status == 402) {
        os_buf_text(out, "it wants to be paid: look at the account's plan and "
                    "balance");

    } else {
        os_buf_text(out, "it does not let us in: is the key of this account, "
                    "does its plan have the API, is this machine's address on "
                    "its list?");
    }
}


/* What is wrong with the answer, and what to do; nothing where it is good. */
static void
osw_carrier_wrong(const osw_store_t *store, const char *name,
    const osw_asked_t *asked, os_buf_t *out)
{
    char         where[80];
    os_follow_t  says;

    snprintf(where, sizeof(where), "carriers.%s.url", name);
    says = osw_carrier_says(store, asked);

    if (asked->status == 401 || asked->status == 402 || asked->status == 403
        || says == OS_FOLLOW_LOCKED)
    {
        osw_carrier_closed(name, asked, out);

    } else if (osw_reach_mend(asked, where, out)) {
        return;

    } else if (!asked->json) {
        os_buf_printf(out, "that is a page and no answer of an API: look at "
                      "%s, and at what stands before it", where);

    } else if (says == OS_FOLLOW_LATER) {
        os_buf_text(out, "it does not answer this now: ask it again later");
    }
}


int
osw_check_carrier(const osw_store_t *store)
{
    int           bad;
    char          what[400], name[64], said[OSW_WORDS_MAX + 16];
    os_buf_t      line = { 0 }, wrong = { 0 };
    os_str_t      by = os_follow_by(store->campaign);
    os_error_t    err;
    osw_asked_t   asked;
    const char   *host;

    if (store->carrier.key == NULL) {
        return 0;
    }

    host = strstr(store->carrier.base, "://");
    host = host ? host + 3 : store->carrier.base;
    snprintf(name, sizeof(name), "%.*s", (int) by.len, by.data);
    snprintf(what, sizeof(what), "%s: %s at %.*s takes our key",
             store->name.data, name, (int) strcspn(host, "/"), host);

    if (osw_carrier_ask(store, &asked, &err) != 0) {
        return osw_ctl_line(0, what, err.text);
    }

    osw_carrier_wrong(store, name, &asked, &wrong);

    if (wrong.len) {
        osw_http_words(&(osw_answer_t) { .status = asked.status,
                                         .why = asked.why,
                                         .body = os_buf_view(&asked.body) },
                       said, sizeof(said));
        osw_http_hide(said, store->carrier.key);
        os_buf_printf(&line, "%s: %s", said, wrong.data);
    }

    bad = osw_ctl_line(wrong.len == 0, what, line.len ? line.data : "");
    os_buf_free(&asked.body);
    os_buf_free(&wrong);
    os_buf_free(&line);

    return bad;
}

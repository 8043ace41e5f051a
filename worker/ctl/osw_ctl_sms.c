/*
 * osw_ctl_sms: see osw_ctl_sms.h.
 */

#include <stdio.h>
#include <string.h>

#include "core/base/os_json_outside.h"
#include "worker/ctl/osw_ctl_reach.h"
#include "worker/ctl/osw_ctl_sms.h"
#include "worker/send/osw_sms_way.h"


#define OSW_SMS_MS  5000


/* What the service says of itself: "401: its words", or why it says nothing. */
static void
osw_sms_said(const osw_asked_t *asked, char *out, size_t size)
{
    osw_http_words(&(osw_answer_t) { .status = asked->status,
                                     .why = asked->why,
                                     .body = os_buf_view(&asked->body) },
                   out, size);
}


/* An account that is there may still be one that nothing is sent for. */
static void
osw_sms_account(const osw_asked_t *asked, os_buf_t *out)
{
    json_t    *account = os_json_outside(os_buf_view(&asked->body), "answer",
                                         NULL);
    os_str_t   status = os_json_str(account, "status");

    if (status.len && !os_str_equal(status, OS_STR("active"))) {
        os_buf_printf(out, "the account is %.*s: ask the service why",
                      (int) status.len, status.data);
    }

    json_decref(account);
}


/* What is wrong with the answer, and what to do; nothing where it is good. */
static void
osw_sms_wrong(const osw_sms_conf_t *c, const osw_asked_t *asked,
    os_buf_t *out)
{
    if (osw_reach_mend(asked, "sms.url", out)) {
        return;
    }

    if (asked->status == 401) {
        os_buf_text(out, c->twilio ? "it does not take account and token: look "
                                     "at sms.account and sms.token_file"
                                   : "it does not take the token: look at "
                                     "sms.token_file and sms.headers");

    } else if (asked->status == 403) {
        os_buf_text(out, "it knows us and lets us do nothing: may this key "
                    "send, is this machine's address on its list?");

    } else if (c->twilio && asked->status != 200) {
        os_buf_text(out, "it has no such account: look at sms.account and "
                    "sms.url");

    } else if (c->twilio) {
        osw_sms_account(asked, out);
    }
}


/* Asks, and tells; `good` is what a line says beside the status. */
static int
osw_sms_tell(const osw_store_t *store, const char *what,
    const osw_asked_t *asked, const os_buf_t *wrong, const char *good)
{
    int       bad;
    char      said[OSW_WORDS_MAX + 16];
    os_buf_t  line = { 0 };

    osw_sms_said(asked, said, sizeof(said));
    osw_http_hide(said, store->sms.token);

    if (wrong->len) {
        os_buf_printf(&line, "%s: %s", said, wrong->data);

    } else if (!store->sms.twilio) {
        os_buf_printf(&line, "%s%s", said, good);
    }

    bad = osw_ctl_line(wrong->len == 0, what, line.len ? line.data : "");
    os_buf_free(&line);

    return bad;
}


static void
osw_sms_now(const osw_store_t *store, const os_request_t *request,
    const os_buf_t *basic, osw_asked_t *asked)
{
    osw_http_now(request, basic->len ? basic->data : NULL,
                 basic->len ? NULL : store->sms.token, OSW_SMS_MS, asked);
}


/* "shop: the SMS service at HOST WHAT". */
static void
osw_sms_what(const osw_store_t *store, const char *what, char *out,
    size_t size)
{
    const char  *host = strstr(store->sms.url, "://");

    host = host ? host + 3 : store->sms.url;
    snprintf(out, size, "%s: the SMS service at %.*s %s", store->name.data,
             (int) strcspn(host, "/"), host, what);
}


static int
osw_sms_ask(const osw_store_t *store)
{
    int            bad;
    char           what[400];
    os_buf_t       basic = { 0 }, wrong = { 0 };
    os_error_t     err;
    osw_asked_t    asked;
    os_request_t   request;

    osw_sms_what(store, store->sms.twilio ? "takes our key" : "answers", what,
                 sizeof(what));

    if (osw_sms_way_ask(&store->sms, &request, &basic, &err) != 0) {
        return osw_ctl_line(0, what, err.text);
    }

    osw_sms_now(store, &request, &basic, &asked);
    osw_sms_wrong(&store->sms, &asked, &wrong);
    bad = osw_sms_tell(store, what, &asked, &wrong,
                       "; whether it takes the token shows with an SMS: "
                       "--sms-to NUMBER sends one");
    os_request_free(&request);
    os_buf_free(&basic);
    os_buf_free(&wrong);
    os_buf_free(&asked.body);

    return bad;
}


/* An SMS to whom it was asked for, and what the service says of it. */
static int
osw_sms_send(osw_ctl_t *ctl, const osw_store_t *store)
{
    int            bad;
    char           what[400];
    os_buf_t       id = { 0 }, basic = { 0 }, wrong = { 0 };
    osw_sms_t      sms;
    os_error_t     err;
    osw_asked_t    asked;
    os_request_t   request;

    osw_ctl_name(&id);
    sms = (osw_sms_t) { .to = os_str(ctl->sms_to), .id = os_buf_view(&id),
                        .text = OS_STR("Test of ordersave"),
                        .from = os_json_str(os_campaign_at(store->campaign,
                                                           "/sms"), "from") };
    osw_sms_what(store, "takes an SMS", what, sizeof(what));

    if (osw_sms_way(&store->sms, &sms, &request, &basic, &err) != 0) {
        os_buf_free(&id);
        return osw_ctl_line(0, what, err.text);
    }

    osw_sms_now(store, &request, &basic, &asked);
    osw_sms_wrong(&store->sms, &asked, &wrong);

    if (asked.status >= 200 && asked.status < 300) {
        wrong.len = 0;

    } else if (wrong.len == 0 || asked.status == 400) {
        wrong.len = 0;
        os_buf_text(&wrong, "it takes the key and not the SMS: is sms.from of "
                    "the campaign a number of yours, and --sms-to one with + "
                    "and its country?");
    }

    bad = osw_sms_tell(store, what, &asked, &wrong, "");
    os_request_free(&request);
    os_buf_free(&id);
    os_buf_free(&basic);
    os_buf_free(&wrong);
    os_buf_free(&asked.body);

    return bad;
}


int
osw_check_sms(osw_ctl_t *ctl, const osw_store_t *store)
{
    int  bad;

    if (store->sms.url == NULL) {
        return 0;
    }

    bad = osw_sms_ask(store);

    if (ctl->sms_to == NULL) {
        return bad;
    }

    if (!osw_config_may_send(ctl->w.config, os_str(ctl->sms_to))) {
        printf("note - no SMS is sent: deliver_only_to does not list the "
               "number\n");
        return bad;
    }

    return bad + osw_sms_send(ctl, store);
}

/*
 * osw_sms_way: see osw_sms_way.h.
 */

#include <string.h>

#include "core/base/os_code.h"
#include "worker/send/osw_sms_way.h"


static void
osw_form_field(os_buf_t *out, const char *name, os_str_t value)
{
    if (out->len) {
        os_buf_char(out, '&');
    }

    os_buf_text(out, name);
    os_buf_char(out, '=');
    os_url_escape(out, value);
}


/* …/2010-04-01/Accounts/ACCOUNT and what follows, by Basic authentication. */
static void
osw_sms_twilio_at(const osw_sms_conf_t *c, const char *what, os_request_t *r,
    os_buf_t *basic)
{
    os_buf_text(&r->url, c->url);
    os_buf_text(&r->url, "/2010-04-01/Accounts/");
    os_url_escape(&r->url, os_str(c->account));
    os_buf_text(&r->url, what);
    r->headers = json_object();

    os_buf_text(basic, c->account ? c->account : "");
    os_buf_char(basic, ':');
    os_buf_text(basic, c->token ? c->token : "");
}


/* POST …/Messages.json, a form. */
static void
osw_sms_twilio(const osw_sms_conf_t *c, const osw_sms_t *sms, os_request_t *r,
    os_buf_t *basic)
{
    strcpy(r->method, "POST");
    osw_sms_twilio_at(c, "/Messages.json", r, basic);
    os_json_set_str(r->headers, "Content-Type",
                    OS_STR("application/x-www-form-urlencoded"));

    osw_form_field(&r->body, "To", sms->to);
    osw_form_field(&r->body, "From", sms->from);
    osw_form_field(&r->body, "Body", sms->text);
}


/* The configuration's call over to, from, text, id; `body` NULL: none. */
static int
osw_sms_generic(const osw_sms_conf_t *c, const osw_sms_t *sms,
    const char *method, json_t *body, os_request_t *r, os_error_t *err)
{
    int      rc;
    json_t  *view, *call;

    view = json_object();
    os_json_set_str(view, "to", sms->to);
    os_json_set_str(view, "from", sms->from);
    os_json_set_str(view, "text", sms->text);
    os_json_set_str(view, "id", sms->id);
    os_json_set_str(view, "account", os_str(c->account));

    call = json_object();
    os_json_set_str(call, "method", os_str(method));
    os_json_set_str(call, "url", os_str(c->url));
    (void) json_object_set(call, "headers", c->headers);

    if (body) {
        (void) json_object_set(call, "body", body);
    }

    rc = os_action_expand(call, OS_NULL, view, r, err);
    json_decref(call);
    json_decref(view);

    return rc;
}


int
osw_sms_way(const osw_sms_conf_t *c, const osw_sms_t *sms,
    os_request_t *request, os_buf_t *basic, os_error_t *err)
{
    int      rc;
    json_t  *body;

    memset(request, 0, sizeof(*request));

    if (c->twilio) {
        osw_sms_twilio(c, sms, request, basic);
        return 0;
    }

    body = c->body ? json_incref(c->body)
                   : json_pack("{s:s, s:s, s:s, s:s}", "to", "{{to}}", "from",
                               "{{from}}", "text", "{{text}}", "id",
                               "{{id}}");
    rc = osw_sms_generic(c, sms, "POST", body, request, err);
    json_decref(body);

    return rc;
}


int
osw_sms_way_ask(const osw_sms_conf_t *c, os_request_t *request,
    os_buf_t *basic, os_error_t *err)
{
    osw_sms_t  none = { .id = OS_STR("check") };

    memset(request, 0, sizeof(*request));

    if (c->twilio) {
        strcpy(request->method, "GET");
        osw_sms_twilio_at(c, ".json", request, basic);
        return 0;
    }

    return osw_sms_generic(c, &none, "GET", NULL, request, err);
}

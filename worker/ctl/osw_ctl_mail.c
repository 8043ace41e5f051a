/*
 * ordersavectl mail test: a message over the sample, to one of the shop's own.
 */

#include <stdio.h>
#include <string.h>

#include "worker/ctl/osw_ctl_render.h"
#include "worker/render/osw_mime.h"
#include "worker/send/osw_smtp_way.h"


/* On the list: without one, everybody would be. */
static int
osw_mail_may(osw_ctl_t *ctl, const char *to)
{
    if (!osw_mime_address_ok(os_str(to))) {
        (void) osw_ctl_wrong(ctl, "expected an address to send it to");
        return 0;
    }

    if (ctl->w.config->only_to == NULL
        || !osw_config_may_send(ctl->w.config, os_str(to)))
    {
        fprintf(stderr, "ordersavectl: a test goes only to what "
                "deliver_only_to lists\n");
        return 0;
    }

    return 1;
}


static int
osw_mail_send(osw_ctl_t *ctl, const osw_store_t *store,
    const osw_message_t *m, const char *to)
{
    int         rc;
    os_buf_t    subject = { 0 }, id = { 0 }, bytes = { 0 };
    os_error_t  err;

    os_buf_text(&subject, "[test] ");
    os_buf_str(&subject, os_buf_view(&m->subject));
    osw_ctl_name(&id);
    osw_mime_write(&(osw_mime_t) {
        .from = os_buf_view(&m->from), .to = os_str(to),
        .subject = os_buf_view(&subject), .message_id = os_buf_view(&id),
        .locale = os_buf_view(&m->locale), .text = os_buf_view(&m->text),
        .html = os_buf_view(&m->html), .date = osw_now_ms(&ctl->w) / 1000
    }, &bytes);
    rc = osw_smtp_once(&store->smtp, os_buf_view(&m->sender), os_str(to),
                       os_buf_view(&bytes), &err);

    if (rc != 0) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
    }

    os_buf_free(&subject);
    os_buf_free(&id);
    os_buf_free(&bytes);

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


int
osw_ctl_mail(osw_ctl_t *ctl, int argc, char **argv)
{
    int             rc;
    json_t         *order, *decision;
    osw_store_t    *store = osw_ctl_store(ctl);
    osw_message_t   m;

    (void) argc;

    if (store == NULL) {
        return OSW_CTL_USAGE;
    }

    if (!osw_message_known(store, argv[2])) {
        return osw_ctl_wrong(ctl, "there is no message %s", argv[2]);
    }

    if (!osw_mail_may(ctl, argv[3])) {
        return ctl->told ? OSW_CTL_USAGE : OSW_CTL_FINDING;
    }

    osw_render_sample(ctl, store, argv[2], &order, &decision);

    if (ctl->locale) {
        os_json_set_str(order, "locale", os_str(ctl->locale));
    }

    rc = osw_render_worded(ctl, store, argv[2], order, decision, OSW_MAIL,
                           &m);

    if (rc == OSW_CTL_OK) {
        rc = osw_mail_send(ctl, store, &m, argv[3]);
    }

    osw_message_free(&m);
    json_decref(order);
    json_decref(decision);

    return rc;
}

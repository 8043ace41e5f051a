/*
 * osw_ctl_weekly: see osw_ctl_weekly.h.
 *
 * The same views as on the console's pages, of seven whole days; each picture
 * there has its table here.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/console/osw_console_figures.h"
#include "worker/console/osw_console_overview.h"
#include "worker/ctl/osw_ctl_weekly.h"
#include "worker/render/osw_mime.h"
#include "worker/send/osw_smtp_way.h"


#define OSW_WEEK  7     /* days */


/* Seven days up to yesterday: today is not over. */
static void
osw_weekly_days(osw_page_t *p)
{
    osw_days_t  *days = osw_base_days(p->base);
    int64_t      today = osw_days_of(days, p->now);

    p->days = OSW_WEEK;
    p->first = today - OSW_WEEK;
    p->since = osw_days_start(days, p->first);
    p->until = osw_days_start(days, today);
    (void) json_object_set_new(p->view, "from", osw_page_date(p, p->first));
    (void) json_object_set_new(p->view, "until", osw_page_date(p, today - 1));
}


/* A mail has less room than a page. */
static void
osw_weekly_shorten(osw_page_t *p)
{
    size_t   i, n;
    json_t  *sections = json_object_get(p->view, "sections");

    static const char *const  kept[] = {
        "money", "by_arm", "luck", "by_day", "by_reason", "by_product",
        "offers_taken", "offers_money"
    };

    for (i = json_array_size(sections); i-- > 0; ) {
        os_str_t  id = os_json_str(json_array_get(sections, i), "id");

        for (n = 0; n < sizeof(kept) / sizeof(kept[0])
                    && !os_str_equal(id, os_str(kept[n])); n++)
        {
            /* void */
        }

        if (n == sizeof(kept) / sizeof(kept[0])) {
            (void) json_array_remove(sections, i);
        }
    }
}


static int
osw_weekly_word(osw_page_t *p, os_buf_t *subject, os_buf_t *text,
    os_buf_t *html, os_error_t *err)
{
    json_t  *said;

    osw_weekly_days(p);
    osw_overview(p);
    osw_figures_reasons(p);
    osw_figures_offers(p);
    osw_weekly_shorten(p);
    osw_overview_notes(p);
    said = osw_page_say(p, "weekly_subject");
    os_buf_text(subject, said ? json_string_value(said) : "");
    json_decref(said);

    return osw_page_render(p, "console_mail.html", html, err) == 0
           ? osw_page_render_text(p, "console_mail.txt", text, err) : -1;
}


static int
osw_weekly_write(osw_ctl_t *ctl, const os_buf_t *bytes)
{
    FILE  *file = fopen(ctl->output, "w");

    if (file == NULL || fwrite(bytes->data, 1, bytes->len, file) != bytes->len
        || fclose(file) != 0)
    {
        fprintf(stderr, "ordersavectl: %s cannot be written\n", ctl->output);
        return OSW_CTL_FINDING;
    }

    return OSW_CTL_OK;
}


static int
osw_weekly_send(osw_ctl_t *ctl, osw_store_t *store, os_str_t locale,
    const os_buf_t *subject, const os_buf_t *text, const os_buf_t *html)
{
    int         rc;
    json_t     *mail = os_campaign_at(store->campaign, "/mail");
    os_str_t    to = os_json_str(mail, "support");
    os_str_t    from = os_json_str(mail, "from");
    os_str_t    sender = os_json_str(mail, "bounces");
    os_buf_t    id = { 0 }, bytes = { 0 };
    os_error_t  err;

    if (to.len == 0 || from.len == 0) {
        return osw_ctl_wrong(ctl, "%s: /mail/support and /mail/from: expected "
                             "addresses", store->campaign->path);
    }

    osw_ctl_name(&id);
    osw_mime_write(&(osw_mime_t) {
        .from = from, .to = to, .subject = os_buf_view(subject),
        .message_id = os_buf_view(&id), .locale = locale,
        .text = os_buf_view(text), .html = os_buf_view(html),
        .date = osw_now_ms(&ctl->w) / 1000
    }, &bytes);

    if (ctl->output) {
        rc = osw_weekly_write(ctl, &bytes);

    } else if (osw_smtp_once(&store->smtp,
                   osw_mime_address(sender.len ? sender : from),
                   osw_mime_address(to), os_buf_view(&bytes), &err) == 0)
    {
        rc = OSW_CTL_OK;

    } else {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        rc = OSW_CTL_FINDING;
    }

    os_buf_free(&id);
    os_buf_free(&bytes);

    return rc;
}


int
osw_ctl_weekly(osw_ctl_t *ctl, osw_base_t *base)
{
    int            rc = OSW_CTL_FINDING;
    os_buf_t       subject = { 0 }, text = { 0 }, html = { 0 };
    os_error_t     err = { "no memory" };
    osw_page_t     page;
    osw_store_t   *store = osw_ctl_store(ctl);

    if (store == NULL) {
        return OSW_CTL_USAGE;
    }

    if (osw_page_start(&page, &ctl->w, base,
                       json_pack("{s:s}", "lang", ctl->locale ? ctl->locale
                                 : store->campaign->locales[0].data)) == 0
        && osw_weekly_word(&page, &subject, &text, &html, &err) == 0)
    {
        rc = osw_weekly_send(ctl, store, os_locale_tag(page.locale), &subject,
                             &text, &html);

    } else {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
    }

    osw_page_free(&page);
    os_buf_free(&subject);
    os_buf_free(&text);
    os_buf_free(&html);

    return rc;
}

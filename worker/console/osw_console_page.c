/*
 * osw_console_page: see osw_console_page.h.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/text/os_mustache.h"
#include "worker/console/osw_console_page.h"
#include "worker/render/osw_message.h"


static const int  osw_page_periods[] = { 1, 7, 30, 90 };

/* Pages that the others lead to. */
static const struct {
    const char  *page;
    const char  *key;
} osw_page_all[] = {
    { "./", "nav_overview" }, { "cancels", "nav_cancels" },
    { "reasons", "nav_reasons" }, { "offers", "nav_offers" },
    { "messages", "nav_messages" }, { "parcels", "nav_parcels" },
    { "preview", "nav_preview" }, { "queue", "nav_queue" },
};


/* A tag as BCP 47 has them; nothing that leads to another folder. */
static int
osw_page_is_tag(os_str_t tag)
{
    size_t  i;

    for (i = 0; i < tag.len; i++) {
        if (!((tag.data[i] >= 'a' && tag.data[i] <= 'z')
              || (tag.data[i] >= 'A' && tag.data[i] <= 'Z')
              || tag.data[i] == '-'))
        {
            return 0;
        }
    }

    return tag.len >= 2 && tag.len <= 12;
}


/* The language that the address asks for, else the first store's first. */
static os_locale_t *
osw_page_locale(osw_t *w, const json_t *args)
{
    os_str_t            tag = os_json_str(args, "lang");
    os_error_t          err;
    os_locale_t        *l = NULL;
    const osw_store_t  *store;

    store = w->config->nstores ? &w->config->store[0] : NULL;

    if (osw_page_is_tag(tag)) {
        l = osw_message_locale(w, store, tag, &err);
    }

    if (l == NULL && store) {
        l = osw_message_locale(w, store, store->campaign->locales[0], &err);
    }

    return l ? l : osw_message_locale(w, store, OS_STR("en"), &err);
}


static void
osw_page_period(osw_page_t *p)
{
    int     days = atoi(os_json_str(p->args, "days").len
                        ? os_json_str(p->args, "days").data : "30");
    size_t  i;

    p->days = 30;

    for (i = 0; i < sizeof(osw_page_periods) / sizeof(int); i++) {
        p->days = days == osw_page_periods[i] ? days : p->days;
    }

    p->now = time(NULL);
    p->first = osw_days_of(osw_base_days(p->base), p->now) - p->days + 1;
    p->since = osw_days_start(osw_base_days(p->base), p->first);
    p->until = p->now + 1;
}


int
osw_page_start(osw_page_t *p, osw_t *w, osw_base_t *base, json_t *args)
{
    *p = (osw_page_t) { .w = w, .base = base, .args = args, .status = 200 };
    p->view = json_object();
    p->orders = json_object();
    p->asks = json_array();
    p->locale = osw_page_locale(w, args);

    if (p->args == NULL || p->view == NULL || p->orders == NULL
        || p->asks == NULL || p->locale == NULL)
    {
        return -1;
    }

    p->format = os_locale_format(p->locale);
    osw_page_period(p);

    return 0;
}


void
osw_page_free(osw_page_t *p)
{
    json_decref(p->args);
    json_decref(p->view);
    json_decref(p->orders);
    json_decref(p->asks);
    os_buf_free(&p->csv);
}


json_t *
osw_page_say(const osw_page_t *p, const char *key)
{
    char      name[128];
    json_t   *text = NULL;
    os_buf_t  out = { 0 };

    (void) snprintf(name, sizeof(name), "console.%s", key);

    if (os_locale_say(p->locale, os_str(name), p->view, &out) == 0) {
        text = os_json_new_str(os_buf_view(&out));
    }

    os_buf_free(&out);

    return text;
}


json_t *
osw_page_word(const osw_page_t *p, const char *key, os_str_t value)
{
    json_t   *text;
    os_buf_t  name = { 0 }, out = { 0 };

    os_buf_text(&name, key);
    os_buf_str(&name, value);

    if (os_locale_say(p->locale, os_buf_view(&name), p->view, &out) == 0) {
        text = os_json_new_str(os_buf_view(&out));

    } else {
        text = os_json_new_str(value);
    }

    os_buf_free(&name);
    os_buf_free(&out);

    return text;
}


static json_t *
osw_page_text(os_buf_t *out)
{
    json_t  *text = os_json_new_str(os_buf_view(out));

    os_buf_free(out);

    return text;
}


json_t *
osw_page_integer(const osw_page_t *p, int64_t value)
{
    os_buf_t  out = { 0 };

    os_format_integer(&out, p->format, value);

    return osw_page_text(&out);
}


json_t *
osw_page_percent(const osw_page_t *p, double share)
{
    os_buf_t  out = { 0 };

    os_format_percent(&out, p->format, llround(share * 1000), 1);

    return osw_page_text(&out);
}


json_t *
osw_page_money(const osw_page_t *p, int64_t minor, os_str_t currency)
{
    os_buf_t  out = { 0 };

    if (currency.len == 3) {
        os_format_money(&out, p->format, minor, currency);

    } else {
        os_format_integer(&out, p->format, minor);
    }

    return osw_page_text(&out);
}


json_t *
osw_page_date(const osw_page_t *p, int64_t day)
{
    os_buf_t  out = { 0 };

    os_format_date(&out, p->format, day, OS_DATE_MEDIUM);

    return osw_page_text(&out);
}


json_t *
osw_page_time(const osw_page_t *p, int64_t at)
{
    os_buf_t  out = { 0 };

    os_format_date_time(&out, p->format, at,
                        osw_days_offset(osw_base_days(p->base), at),
                        OS_DATE_MEDIUM);

    return osw_page_text(&out);
}


/* RFC 3986: all but what is unreserved. */
static void
osw_page_escape(os_buf_t *out, os_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        unsigned char  c = (unsigned char) text.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9') || (c && strchr("-._~", c)))
        {
            os_buf_char(out, (char) c);

        } else {
            os_buf_printf(out, "%%%02X", c);
        }
    }
}


static void
osw_page_argument(os_buf_t *out, char *before, const char *name,
    os_str_t value)
{
    os_buf_char(out, *before);
    os_buf_text(out, name);
    os_buf_char(out, '=');
    osw_page_escape(out, value);
    *before = '&';
}


json_t *
osw_page_link(const osw_page_t *p, const char *page, const char *name,
    const char *value)
{
    char         before = '?';
    size_t       i;
    os_str_t     now;
    os_buf_t     out = { 0 };

    static const char *const  kept[] = { "days", "lang", "reason", "offer",
                                         "q", "page", "format", "by" };

    os_buf_text(&out, page);

    for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        now = os_json_str(p->args, kept[i]);

        if (strcmp(kept[i], name) == 0) {
            if (value) {
                osw_page_argument(&out, &before, name, os_str(value));
            }

        } else if (now.len && (i < 2 || strcmp(page, "cancels") == 0
                               || (strcmp(page, "offers") == 0
                                   && strcmp(kept[i], "by") == 0))
                   && strcmp(kept[i], "format") != 0
                   && (strcmp(kept[i], "page") != 0
                       || strcmp(name, "lang") == 0))
        {
            osw_page_argument(&out, &before, kept[i], now);
        }
    }

    return osw_page_text(&out);
}


void
osw_page_ask(osw_page_t *p, unsigned shard, const char *const *words,
    size_t most)
{
    size_t   i;
    json_t  *command = json_array();

    for (i = 0; i < most && words[i]; i++) {
        (void) json_array_append_new(command, json_string(words[i]));
    }

    (void) json_array_append_new(p->asks, json_pack(
        "{s:i, s:o}", "shard", (int) shard, "command", command));
}


json_t *
osw_page_order_link(const osw_page_t *p, os_str_t order)
{
    char      before = '?';
    os_buf_t  out = { 0 };
    os_str_t  lang = os_json_str(p->args, "lang");

    os_buf_text(&out, "order");
    osw_page_argument(&out, &before, "id", order);

    if (lang.len) {
        osw_page_argument(&out, &before, "lang", lang);
    }

    return osw_page_text(&out);
}


/* Whose clock it is: "Europe/Berlin", or "UTC+02:00". */
static void
osw_page_zone(osw_page_t *p)
{
    os_buf_t           text = { 0 };
    const osw_days_t  *d = osw_base_days(p->base);
    int                minutes = (int) (d->fixed / 60);

    if (d->zone.len) {
        os_buf_str(&text, d->zone);

    } else {
        os_buf_text(&text, "UTC");

        if (minutes) {
            os_buf_printf(&text, "%c%02d:%02d", minutes < 0 ? '-' : '+',
                          abs(minutes) / 60, abs(minutes) % 60);
        }
    }

    os_json_set_str(p->view, "zone", os_buf_view(&text));
    os_buf_free(&text);
}


/* Other pages, other days, other languages. */
static void
osw_page_ways(osw_page_t *p, const char *here)
{
    char      days[8], key[16];
    size_t    i;
    json_t   *nav = json_array(), *periods = json_array();
    os_str_t  tag = os_locale_tag(p->locale), dir = os_locale_dir(p->locale);

    for (i = 0; i < sizeof(osw_page_all) / sizeof(osw_page_all[0]); i++) {
        (void) json_array_append_new(nav, json_pack(
            "{s:o, s:o, s:b}",
            "url", osw_page_link(p, osw_page_all[i].page, "", NULL),
            "name", osw_page_say(p, osw_page_all[i].key),
            "here", strcmp(osw_page_all[i].page, here) == 0));
    }

    for (i = 0; i < sizeof(osw_page_periods) / sizeof(int); i++) {
        (void) snprintf(days, sizeof(days), "%d", osw_page_periods[i]);
        (void) snprintf(key, sizeof(key), "days_%s", days);
        (void) json_array_append_new(periods, json_pack(
            "{s:o, s:o, s:b}", "url", osw_page_link(p, here, "days", days),
            "name", osw_page_say(p, key),
            "here", osw_page_periods[i] == p->days));
    }

    osw_page_zone(p);
    (void) json_object_set_new(p->view, "nav", nav);
    (void) json_object_set_new(p->view, "periods", periods);
    (void) json_object_set_new(p->view, "locale", json_pack(
        "{s:s%, s:s%}", "lang", tag.data, tag.len, "dir", dir.data, dir.len));
    (void) json_object_set_new(p->view, "css",
                               osw_page_link(p, "console.css", "days", NULL));
}


static int
osw_page_render_as(osw_page_t *p, const char *template, unsigned flags,
    os_buf_t *out, os_error_t *err)
{
    int                  rc = -1;
    os_buf_t             path = { 0 }, source = { 0 };
    os_template_t       *t = NULL;
    os_locale_partial_t  partial = { .locale = p->locale, .flags = flags,
                                     .next = osw_message_partial,
                                     .data = p->w->config->share };

    osw_page_ways(p, os_json_str(p->view, "here").len
                     ? os_json_str(p->view, "here").data : "./");
    (void) osw_message_file(p->w->config->share, os_str(template), &path);

    if (os_file_read(path.data, &source, err) == 0) {
        t = os_template_compile(os_buf_view(&source), path.data, flags,
                                os_locale_partial, &partial, err);
    }

    if (t != NULL && (rc = os_template_render(t, p->view, out)) != 0) {
        (void) os_fail(err, "no memory");
    }

    os_buf_free(&path);
    os_buf_free(&source);
    os_template_free(t);

    return rc;
}


int
osw_page_render(osw_page_t *p, const char *template, os_buf_t *out,
    os_error_t *err)
{
    return osw_page_render_as(p, template, OS_TEMPLATE_HTML, out, err);
}


int
osw_page_render_text(osw_page_t *p, const char *template, os_buf_t *out,
    os_error_t *err)
{
    return osw_page_render_as(p, template, 0, out, err);
}

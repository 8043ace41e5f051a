/*
 * osw_console_preview: see osw_console_preview.h.
 *
 * A frame cannot be told which colours its reader prefers: what asks for that
 * in the document is answered here. It finds no style sheet of the shop's host
 * either, so that of the panel is put in.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/view/os_view.h"
#include "worker/console/osw_console_done.h"
#include "worker/console/osw_console_preview.h"
#include "worker/render/osw_message.h"
#include "worker/render/osw_names.h"


static const char *const  osw_preview_kinds[] = { "html", "text", "sms" };

/* What is asked of the reader's colours, and what is answered. */
static const struct {
    const char  *asks;
    const char  *light;
    const char  *dark;
} osw_preview_colours[] = {
    { "prefers-color-scheme:dark", "max-width:0", "min-width:0" },
    { "prefers-color-scheme:light", "min-width:0", "max-width:0" },
    { "color-scheme:light dark", "color-scheme:light", "color-scheme:dark" },
    { "content=\"light dark\"", "content=\"light\"", "content=\"dark\"" },
};

#define OSW_PREVIEW_COLOURS                                                   \
    (sizeof(osw_preview_colours) / sizeof(osw_preview_colours[0]))


static const char *
osw_preview_argument(const osw_page_t *p, const char *name, const char *other)
{
    os_str_t  value = os_json_str(p->args, name);

    return value.len ? value.data : other;
}


/* The store that is asked for, else the first; NULL: there is none. */
static osw_store_t *
osw_preview_store(const osw_page_t *p)
{
    osw_store_t  *store = osw_config_store(p->w->config,
                                           os_json_str(p->args, "store"));

    return store ? store : p->w->config->nstores ? &p->w->config->store[0]
                                                 : NULL;
}


static const char *
osw_preview_kind(const osw_page_t *p)
{
    size_t       i;
    const char  *kind = osw_preview_argument(p, "kind", "html");

    for (i = 0; i < 3; i++) {
        if (strcmp(osw_preview_kinds[i], kind) == 0) {
            return osw_preview_kinds[i];
        }
    }

    return "html";
}


static int
osw_preview_is_dark(const osw_page_t *p)
{
    return strcmp(osw_preview_argument(p, "scheme", "light"), "dark") == 0;
}


static int
osw_preview_is_wide(const osw_page_t *p)
{
    return strcmp(osw_preview_argument(p, "wide", "phone"), "desktop") == 0;
}


static const char *
osw_preview_locale(const osw_page_t *p, const osw_store_t *store)
{
    return osw_preview_argument(p, "locale",
                                store->campaign->locales[0].data);
}


/* What can be chosen: values, each with its own name or a text's. */
static void
osw_preview_choice(osw_page_t *p, const char *name, json_t *values,
    const char *chosen, int said)
{
    char     key[64];
    size_t   i;
    json_t  *value, *all = json_array();

    json_array_foreach(values, i, value) {
        const char  *text = json_string_value(value);

        (void) snprintf(key, sizeof(key), "preview_%s", text);
        (void) json_array_append_new(all, json_pack(
            "{s:s, s:o, s:b}", "value", text, "name",
            said ? osw_page_say(p, key) : json_string(text),
            "chosen", strcmp(text, chosen) == 0));
    }

    (void) json_object_set_new(p->view, name, all);
    json_decref(values);
}


static json_t *
osw_preview_locales(const osw_store_t *store)
{
    size_t   i;
    json_t  *all = json_array();

    for (i = 0; i < store->campaign->nlocales; i++) {
        (void) json_array_append_new(all, os_json_new_str(
                                         store->campaign->locales[i]));
    }

    return all;
}


static json_t *
osw_preview_stores(const osw_page_t *p)
{
    size_t   i;
    json_t  *all = json_array();

    for (i = 0; i < p->w->config->nstores; i++) {
        (void) json_array_append_new(all, os_json_new_str(
                                         p->w->config->store[i].name));
    }

    return all;
}


/* Where the frame has its document from. */
static json_t *
osw_preview_source(const osw_page_t *p, const osw_store_t *store,
    const char *name)
{
    size_t    i;
    json_t   *text;
    os_buf_t  url = { 0 };

    const char *const  pairs[][2] = {
        { "name", name }, { "store", store->name.data },
        { "locale", osw_preview_locale(p, store) },
        { "kind", osw_preview_kind(p) },
        { "scheme", osw_preview_is_dark(p) ? "dark" : "light" },
        { "order", osw_preview_argument(p, "order", "") },
    };

    os_buf_text(&url, "preview/show");

    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        os_buf_printf(&url, "%c%s=", i ? '&' : '?', pairs[i][0]);
        os_url_escape(&url, os_str(pairs[i][1]));
    }

    text = os_json_new_str(os_buf_view(&url));
    os_buf_free(&url);

    return text;
}


void
osw_preview_page(osw_page_t *p)
{
    osw_store_t  *store = osw_preview_store(p);
    const char   *name = osw_preview_argument(p, "name", "page_offer");

    (void) json_object_set_new(p->view, "here", json_string("preview"));
    (void) json_object_set_new(p->view, "title",
                               osw_page_say(p, "nav_preview"));
    (void) json_object_set_new(p->view, "timeless", json_true());

    if (store == NULL) {
        return;
    }

    osw_preview_choice(p, "names", osw_names(store), name, 0);
    osw_preview_choice(p, "stores", osw_preview_stores(p), store->name.data,
                       0);
    osw_preview_choice(p, "locales", osw_preview_locales(store),
                       osw_preview_locale(p, store), 0);
    osw_preview_choice(p, "kinds", json_pack("[s, s, s]", "html", "text",
                                             "sms"), osw_preview_kind(p), 1);
    osw_preview_choice(p, "schemes", json_pack("[s, s]", "light", "dark"),
                       osw_preview_is_dark(p) ? "dark" : "light", 1);
    osw_preview_choice(p, "wides", json_pack("[s, s]", "phone", "desktop"),
                       osw_preview_is_wide(p) ? "desktop" : "phone", 1);
    (void) json_object_set_new(p->view, "name", json_string(name));
    (void) json_object_set_new(p->view, "source",
                               osw_preview_source(p, store, name));
    (void) json_object_set_new(p->view, "width", json_integer(
                               osw_preview_is_wide(p) ? 1100 : 360));
    (void) json_object_set_new(p->view, "order", json_string(
                               osw_preview_argument(p, "order", "")));
    (void) json_object_set_new(p->view, "message", json_boolean(
                               osw_message_known(store, name)));

    if (json_array_size(json_object_get(p->view, "stores")) > 1) {
        (void) json_object_set_new(p->view, "several", json_true());
    }

    osw_done(p);
}


void
osw_preview_words(const osw_page_t *p, const char **words)
{
    int           n = 0;
    osw_store_t  *store = osw_preview_store(p);
    const char   *order = osw_preview_argument(p, "order", NULL);

    if (store) {
        words[n++] = "-s";
        words[n++] = store->name.data;
        words[n++] = "-l";
        words[n++] = osw_preview_locale(p, store);
    }

    words[n++] = "-k";
    words[n++] = osw_preview_kind(p);
    words[n++] = "--";
    words[n++] = "render";
    words[n++] = osw_preview_argument(p, "name", "page_offer");

    if (order) {
        words[n++] = order;
    }

    words[n] = NULL;
}


/* The panel's own style, which the shop's host would give. */
static void
osw_preview_sheet(osw_page_t *p, os_buf_t *out)
{
    json_t         *view;
    os_buf_t        path = { 0 }, source = { 0 };
    osw_store_t    *store = osw_preview_store(p);
    os_template_t  *t = NULL;

    (void) osw_message_file(store ? store->campaign->folders
                                  : p->w->config->share,
                            OS_STR("panel.css"), &path);

    if (store && os_file_read(path.data, &source, NULL) == 0) {
        t = os_template_compile(os_buf_view(&source), path.data,
                                OS_TEMPLATE_HTML, NULL, NULL, NULL);
    }

    if (t) {
        view = os_view_static(store->campaign, p->locale);
        os_buf_text(out, "<style>");
        (void) os_template_render(t, view, out);
        os_buf_text(out, "</style>");
        json_decref(view);
    }

    os_template_free(t);
    os_buf_free(&path);
    os_buf_free(&source);
}


/* How long a link to a style sheet is that stands here; 0: there is none. */
static size_t
osw_preview_link(os_str_t at)
{
    const char     *end;
    const os_str_t  link = OS_STR("<link rel=\"stylesheet\"");

    if (!os_str_starts(at, link)) {
        return 0;
    }

    end = memchr(at.data, '>', at.len);

    return end ? (size_t) (end + 1 - at.data) : 0;
}


static void
osw_preview_colour(osw_page_t *p, os_str_t html, os_buf_t *out)
{
    int     dark = osw_preview_is_dark(p);
    size_t  i, n;

    while (html.len) {
        n = osw_preview_link(html);

        if (n) {
            osw_preview_sheet(p, out);
        }

        for (i = 0; n == 0 && i < OSW_PREVIEW_COLOURS; i++) {
            if (os_str_starts(html, os_str(osw_preview_colours[i].asks))) {
                n = strlen(osw_preview_colours[i].asks);
                os_buf_text(out, dark ? osw_preview_colours[i].dark
                                      : osw_preview_colours[i].light);
            }
        }

        if (n == 0) {
            os_buf_char(out, html.data[0]);
            n = 1;
        }

        html.data += n;
        html.len -= n;
    }
}


/* Text as it is, in a document of its own. */
static void
osw_preview_plain(osw_page_t *p, os_str_t text, os_buf_t *out)
{
    os_buf_printf(out, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
                  "<title>-</title><style>:root{color-scheme:%s}pre{"
                  "font:1rem/1.5 system-ui,sans-serif;white-space:pre-wrap;"
                  "overflow-wrap:anywhere}</style></head><body><pre>",
                  osw_preview_is_dark(p) ? "dark" : "light");
    os_html_escape(out, text);
    os_buf_text(out, "</pre></body></html>\n");
}


unsigned
osw_preview_show(osw_page_t *p, int status, os_str_t out, os_str_t err,
    os_buf_t *body)
{
    if (status != 0) {
        osw_preview_plain(p, err, body);
        return 404;
    }

    if (strcmp(osw_preview_kind(p), "html") == 0) {
        osw_preview_colour(p, out, body);

    } else {
        osw_preview_plain(p, out, body);
    }

    return 200;
}


void
osw_preview_policy(const osw_page_t *p, os_buf_t *out)
{
    size_t              i;
    os_str_t            site;
    const osw_store_t  *store = osw_preview_store(p);

    os_buf_text(out, "default-src 'none'; style-src 'unsafe-inline'; img-src "
                "data:");
    site = store ? store->campaign->site : OS_NULL;

    for (i = 0; i < site.len && !strchr(" ;,\r\n", site.data[i]); i++) {
        /* void */
    }

    if (site.len && i == site.len) {
        os_buf_char(out, ' ');
        os_buf_str(out, site);
    }

    os_buf_text(out, "; sandbox; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'self'");
}

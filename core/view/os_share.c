/*
 * os_share: see os_share.h.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os_folders.h"
#include "core/campaign/os_pack.h"
#include "core/order/os_source.h"
#include "core/text/os_locale.h"
#include "core/text/os_mustache.h"
#include "core/view/os_share.h"


#define OS_SHARE_NAMED  8       /* texts that a warning names */


typedef struct {
    const char   *folders;
    os_locale_t  *locale;
    os_error_t   *err;
} os_share_t;

typedef int (*os_share_pt)(os_share_t *s, const char *path);


/* Without one of these no page of ours can be shown. */
static const char *const  os_share_pages[] = {
    "page_offer", "page_kept", "page_asked", "page_gone", "page_expired",
    "page_unknown", "page_score", "page_reason", "page_thanks", "page_track",
    "page_lookup", "page_answer", "page_unsubscribe", "page_review",
    "page_solved", "page_approve", "page_stop", "page_return",
    "page_withdraw", "block_withdraw", "panel",
    "panel_wait", "panel_part", "block_products", "block_cancel", "dialog",
    "shell",
};


/* Nor without these, which pages load. */
static const char *const  os_share_assets[] = {
    "panel.js", "panel.css.mustache", "ordersave.js", "dialog.css.mustache",
};


/* All files of a folder whose names end so, in the order of their names. */
static int
os_share_each(os_share_t *s, const char *folder, const char *end,
    os_share_pt look)
{
    int        rc;
    void      *at;
    json_t    *names = os_folders_list(s->folders, folder, end, s->err);
    os_buf_t   file = { 0 }, path = { 0 };

    rc = names ? 0 : -1;

    for (at = json_object_iter(names); at && rc == 0;
         at = json_object_iter_next(names, at))
    {
        file.len = path.len = 0;
        os_buf_printf(&file, "%s/%s%s", folder, json_object_iter_key(at), end);
        (void) os_folders_find(s->folders, &path, file.data);
        rc = look(s, path.data);
    }

    json_decref(names);
    os_buf_free(&file);
    os_buf_free(&path);

    return rc;
}


static int
os_share_source(os_share_t *s, const char *path)
{
    os_source_t  *source = os_source_load(path, s->err);

    os_source_free(source);

    return source ? 0 : -1;
}


/* {{> NAME}} is templates/NAME.mustache; a locale's texts were asked first. */
static int
os_share_partial(void *data, os_str_t name, os_buf_t *source)
{
    int          rc = OS_PARTIAL_FOUND;
    os_buf_t     file = { 0 }, path = { 0 };
    os_share_t  *s = data;

    os_buf_printf(&file, "templates/%.*s.mustache", (int) name.len, name.data);

    if (os_folders_find(s->folders, &path, file.data) == -1
        || os_file_read(path.data, source, NULL) == -1)
    {
        source->len = 0;
        os_buf_printf(source, "%s cannot be read", path.data);
        rc = OS_PARTIAL_ERROR;
    }

    os_buf_free(&file);
    os_buf_free(&path);

    return rc;
}


static int
os_share_template(os_share_t *s, const char *path)
{
    unsigned             flags;
    os_buf_t             source = { 0 };
    os_template_t       *t = NULL;
    os_locale_partial_t  partial;

    /* a mail's text and an SMS are no HTML */

    flags = strstr(path, ".txt.") || strstr(path, ".sms.")
            || strstr(path, ".subject.") || strstr(path, "_text.mustache")
            ? 0 : OS_TEMPLATE_HTML;
    partial = (os_locale_partial_t) { .locale = s->locale, .flags = flags,
                                      .next = os_share_partial, .data = s };

    if (os_file_read(path, &source, s->err) == 0) {
        t = os_template_compile(os_buf_view(&source), path, flags,
                                os_locale_partial, &partial, s->err);
    }

    os_buf_free(&source);
    os_template_free(t);

    return t ? 0 : -1;
}


/* Is templates/NAME there, and readable? */
static int
os_share_has(const os_share_t *s, const char *name, const char *end)
{
    int       rc = 0;
    os_buf_t  file = { 0 }, path = { 0 };

    os_buf_printf(&file, "templates/%s%s", name, end);

    if (os_folders_find(s->folders, &path, file.data) == -1
        || access(path.data, R_OK) != 0)
    {
        rc = os_fail(s->err, "%s: cannot be read", path.data);
    }

    os_buf_free(&file);
    os_buf_free(&path);

    return rc;
}


static int
os_share_has_pages(const os_share_t *s)
{
    int     rc = 0;
    size_t  i;

    for (i = 0; i < sizeof(os_share_pages) / sizeof(char *) && rc == 0; i++) {
        rc = os_share_has(s, os_share_pages[i], ".html.mustache");
    }

    for (i = 0; i < sizeof(os_share_assets) / sizeof(char *) && rc == 0; i++) {
        rc = os_share_has(s, os_share_assets[i], "");
    }

    return rc;
}


void
os_share_lacks(os_str_t tag, const json_t *keys, os_buf_t *out)
{
    size_t   i, n = json_array_size(keys);
    json_t  *key;

    os_buf_printf(out, "locale \"%.*s\" lacks %zu text%s, which will be "
                  "English: ", (int) tag.len, tag.data, n, n == 1 ? "" : "s");

    json_array_foreach(keys, i, key) {
        if (i == OS_SHARE_NAMED) {
            os_buf_printf(out, " and %zu more", n - i);
            break;
        }

        os_buf_printf(out, "%s%s", i ? ", " : "", json_string_value(key));
    }
}


int
os_share_check(const os_campaign_t *c, os_share_told_pt told, void *data,
    os_error_t *err)
{
    int         rc;
    size_t      i;
    os_share_t  s = { .folders = c->folders, .err = err };

    rc = os_packs_check(c->folders, err) == 0
         && os_share_each(&s, "sources", ".json", os_share_source) == 0
         && os_share_has_pages(&s) == 0 ? 0 : -1;

    for (i = 0; rc == 0 && i < c->nlocales; i++) {
        s.locale = os_locale_find(c->folders, c->locales[i], err);
        rc = s.locale ? os_share_each(&s, "templates", ".mustache",
                                      os_share_template)
                      : -1;

        if (rc == 0 && json_array_size(os_locale_missing(s.locale))) {
            told(data, c->locales[i], os_locale_missing(s.locale));
        }

        os_locale_free(s.locale);
    }

    return rc;
}

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
    json_t       *read;         /* path → what is in it: each is read once */
    json_t       *partials;     /* name → path */
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


/*
 * The paths of all files of a folder whose names end so, in the order of their
 * names: a new array, or NULL.
 */
static json_t *
os_share_paths(os_share_t *s, const char *folder, const char *end)
{
    void      *at;
    json_t    *names = os_folders_list(s->folders, folder, end, s->err);
    json_t    *paths = names ? json_array() : NULL;
    os_buf_t   file = { 0 }, path = { 0 };

    for (at = json_object_iter(names); at;
         at = json_object_iter_next(names, at))
    {
        file.len = path.len = 0;
        os_buf_printf(&file, "%s/%s%s", folder, json_object_iter_key(at), end);
        (void) os_folders_find(s->folders, &path, file.data);
        (void) json_array_append_new(paths,
                                     os_json_new_str(os_buf_view(&path)));
    }

    json_decref(names);
    os_buf_free(&file);
    os_buf_free(&path);

    return paths;
}


static int
os_share_each(os_share_t *s, const json_t *paths, os_share_pt look)
{
    int      rc = paths ? 0 : -1;
    size_t   i;
    json_t  *path;

    json_array_foreach(paths, i, path) {
        if (rc == 0) {
            rc = look(s, json_string_value(path));
        }
    }

    return rc;
}


/* What is in a file. Borrowed; NULL where it cannot be read. */
static os_str_t
os_share_text(os_share_t *s, const char *path, os_error_t *err)
{
    json_t    *text = json_object_get(s->read, path);
    os_buf_t   source = { 0 };

    if (text == NULL && os_file_read(path, &source, err) == 0) {
        text = json_stringn_nocheck(source.data ? source.data : "",
                                    source.len);

        if (json_object_set_new(s->read, path, text) == -1) {
            (void) os_fail(err, "out of memory");
            text = NULL;
        }
    }

    os_buf_free(&source);

    return text ? (os_str_t) { json_string_length(text),
                               json_string_value(text) } : OS_NULL;
}


static int
os_share_source(os_share_t *s, const char *path)
{
    os_source_t  *source = os_source_load(path, s->err);

    os_source_free(source);

    return source ? 0 : -1;
}


/* Where a partial lies, or would. Borrowed; NULL without memory. */
static const char *
os_share_where(os_share_t *s, os_str_t name)
{
    json_t    *known = json_object_getn(s->partials, name.data, name.len);
    os_buf_t   file = { 0 }, path = { 0 };

    if (known == NULL) {
        os_buf_printf(&file, "templates/%.*s.mustache", (int) name.len,
                      name.data);
        (void) os_folders_find(s->folders, &path, file.data);
        known = os_json_new_str(os_buf_view(&path));
        os_buf_free(&file);
        os_buf_free(&path);

        if (json_object_setn_new(s->partials, name.data, name.len, known)
            == -1)
        {
            return NULL;
        }
    }

    return json_string_value(known);
}


/* {{> NAME}} is templates/NAME.mustache; a locale's texts were asked first. */
static int
os_share_partial(void *data, os_str_t name, os_buf_t *source)
{
    os_str_t     text;
    os_share_t  *s = data;
    const char  *path = os_share_where(s, name);

    text = path ? os_share_text(s, path, NULL) : OS_NULL;

    if (text.data == NULL) {
        os_buf_printf(source, "%s cannot be read", path ? path : "a partial");
        return OS_PARTIAL_ERROR;
    }

    os_buf_str(source, text);

    return OS_PARTIAL_FOUND;
}


static int
os_share_template(os_share_t *s, const char *path)
{
    unsigned             flags;
    os_str_t             text;
    os_template_t       *t = NULL;
    os_locale_partial_t  partial;

    /* a mail's text and an SMS are no HTML */

    flags = strstr(path, ".txt.") || strstr(path, ".sms.")
            || strstr(path, ".subject.") || strstr(path, "_text.mustache")
            ? 0 : OS_TEMPLATE_HTML;
    partial = (os_locale_partial_t) { .locale = s->locale, .flags = flags,
                                      .next = os_share_partial, .data = s };

    text = os_share_text(s, path, s->err);

    if (text.data) {
        t = os_template_compile(text, path, flags, os_locale_partial,
                                &partial, s->err);
    }

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


/* All templates in all languages of the campaign. */
static int
os_share_languages(os_share_t *s, const os_campaign_t *c,
    os_share_told_pt told, void *data)
{
    int      rc = 0;
    size_t   i;
    json_t  *templates = os_share_paths(s, "templates", ".mustache");

    for (i = 0; rc == 0 && i < c->nlocales; i++) {
        s->locale = os_locale_find(c->folders, c->locales[i], s->read,
                                   s->err);
        rc = s->locale ? os_share_each(s, templates, os_share_template) : -1;

        if (rc == 0 && json_array_size(os_locale_missing(s->locale))) {
            told(data, c->locales[i], os_locale_missing(s->locale));
        }

        os_locale_free(s->locale);
    }

    json_decref(templates);

    return rc;
}


int
os_share_check(const os_campaign_t *c, json_t *read, os_share_told_pt told,
    void *data, os_error_t *err)
{
    int          rc;
    json_t      *sources;
    os_share_t   s = { .folders = c->folders, .read = read,
                       .partials = json_object(), .err = err };

    sources = os_share_paths(&s, "sources", ".json");
    rc = os_packs_check(c->folders, err) == 0
         && os_share_each(&s, sources, os_share_source) == 0
         && os_share_has_pages(&s) == 0
         && os_share_languages(&s, c, told, data) == 0 ? 0 : -1;

    json_decref(sources);
    json_decref(s.partials);

    return rc;
}

/*
 * os_share: see os_share.h.
 */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/order/os_source.h"
#include "core/text/os_locale.h"
#include "core/text/os_mustache.h"
#include "core/view/os_share.h"


#define OS_SHARE_PATH  4096


typedef struct {
    const char   *share;
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


static int
os_share_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}


/* All files of a folder whose names end so, in the order of their names. */
static int
os_share_each(os_share_t *s, const char *folder, const char *end,
    os_share_pt look)
{
    int              i, n, rc = 0;
    char             path[OS_SHARE_PATH];
    size_t           len;
    struct dirent  **all;

    snprintf(path, sizeof(path), "%s/%s", s->share, folder);
    n = scandir(path, &all, os_share_visible, alphasort);

    if (n < 0) {
        return os_fail(s->err, "%s: cannot be read", path);
    }

    for (i = 0; i < n; i++) {
        len = strlen(all[i]->d_name);

        if (rc == 0 && len > strlen(end)
            && strcmp(all[i]->d_name + len - strlen(end), end) == 0)
        {
            snprintf(path, sizeof(path), "%s/%s/%s", s->share, folder,
                     all[i]->d_name);
            rc = look(s, path);
        }

        free(all[i]);
    }

    free(all);
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
    char         path[OS_SHARE_PATH];
    os_share_t  *s = data;

    snprintf(path, sizeof(path), "%s/templates/%.*s.mustache", s->share,
             (int) name.len, name.data);

    if (os_file_read(path, source, NULL) == 0) {
        return OS_PARTIAL_FOUND;
    }

    source->len = 0;
    os_buf_printf(source, "%s cannot be read", path);

    return OS_PARTIAL_ERROR;
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


static int
os_share_has_pages(const os_share_t *s)
{
    int       rc = 0;
    char      path[OS_SHARE_PATH];
    size_t    i;
    os_buf_t  asset = { 0 };

    for (i = 0; i < sizeof(os_share_pages) / sizeof(os_share_pages[0]); i++) {
        snprintf(path, sizeof(path), "%s/templates/%s.html.mustache",
                 s->share, os_share_pages[i]);

        if (access(path, R_OK) != 0) {
            return os_fail(s->err, "%s: cannot be read", path);
        }
    }

    for (i = 0; rc == 0
                && i < sizeof(os_share_assets) / sizeof(os_share_assets[0]);
         i++)
    {
        snprintf(path, sizeof(path), "%s/templates/%s", s->share,
                 os_share_assets[i]);
        asset.len = 0;
        rc = os_file_read(path, &asset, s->err);
    }

    os_buf_free(&asset);

    return rc;
}


int
os_share_check(const os_campaign_t *c, const char *share, os_error_t *err)
{
    int         rc;
    char        path[OS_SHARE_PATH];
    size_t      i;
    os_share_t  s = { .share = share, .err = err };

    rc = os_share_each(&s, "sources", ".json", os_share_source) == 0
         && os_share_has_pages(&s) == 0 ? 0 : -1;

    for (i = 0; rc == 0 && i < c->nlocales; i++) {
        snprintf(path, sizeof(path), "%s/locales/%.*s.json", share,
                 (int) c->locales[i].len, c->locales[i].data);
        s.locale = os_locale_load(path, err);
        rc = s.locale ? os_share_each(&s, "templates", ".mustache",
                                      os_share_template)
                      : -1;
        os_locale_free(s.locale);
    }

    return rc;
}

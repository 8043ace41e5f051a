/*
 * os_locale: one language: its texts and its formats, read from one file.
 *
 *     {"locale": "fr", "name": "Français", "dir": "ltr",
 *      "format": {…},                    see os_format.h
 *      "texts": {"offer.keep": "Garder ma commande", …}}
 *
 * A text is a small Mustache template. One that depends on a count has an
 * object in its place, with the name of that count (as os_format_count() makes
 * it) and a text for each plural category of the language:
 *
 *     {"of": "days", "one": "{{days.n}} day", "other": "{{days.n}} days"}
 *
 * Templates take texts in as partials, {{> t.KEY}}; {{> body.KEY}} is the same
 * with the order's number in an element that does not break.
 */

#ifndef OS_LOCALE_H
#define OS_LOCALE_H

#include <jansson.h>

#include "core/base/os_buf.h"
#include "core/text/os_format.h"
#include "core/text/os_mustache.h"


typedef struct os_locale_s  os_locale_t;


/*
 * Reads and checks a file: formats, every text, its plural forms. NULL with
 * err, which names file, line, column, path and what was expected.
 */
os_locale_t *os_locale_load(const char *path, os_error_t *err);

/*
 * The locale of a tag, from locales/TAG.json of all folders (os_folders) that
 * have one: a shop's own may say as little as it likes. What none of them says,
 * the language says that it is a variety of ("pt-AO": "pt"), and at last
 * English: os_locale_missing() tells what that was. NULL with err where no file
 * is of that language, or one is faulty.
 *
 * `read` keeps what is in files that other locales need as well, path → value,
 * for those that are read next; it is not to be changed. NULL: nothing is kept.
 */
os_locale_t *os_locale_find(const char *folders, os_str_t tag, json_t *read,
    os_error_t *err);
void os_locale_free(os_locale_t *l);

/* The keys that English has to speak for; borrowed, empty where it is none. */
const json_t *os_locale_missing(const os_locale_t *l);

os_str_t os_locale_tag(const os_locale_t *l);        /* BCP 47: "fr" */
os_str_t os_locale_name(const os_locale_t *l);       /* as it calls itself */
os_str_t os_locale_dir(const os_locale_t *l);        /* "ltr" or "rtl" */
const os_format_t *os_locale_format(const os_locale_t *l);

/* All texts, borrowed: key to text or plural object. */
const json_t *os_locale_texts(const os_locale_t *l);

/*
 * Appends the Mustache source of a text; with OS_TEMPLATE_HTML in `flags` what
 * stands outside of tags is escaped, so that it can go into a page as it is.
 * 0, or -1: there is no such text.
 */
int os_locale_source(const os_locale_t *l, os_str_t key, unsigned flags,
    os_buf_t *source);

/*
 * Appends a text with its tags filled in from `view` and nothing escaped: for
 * values that a template will escape. Texts are compiled when the file is
 * read. 0, or -1: no such text, or no memory.
 */
int os_locale_say(const os_locale_t *l, os_str_t key, json_t *view,
    os_buf_t *out);

/*
 * The data of os_locale_partial(). A member of `own` (key to text; may be
 * NULL) goes before the file's text: the shop's own words. Partials that begin
 * neither with "t." nor with "body." are asked of `next` (may be NULL).
 */
typedef struct {
    const os_locale_t  *locale;
    unsigned            flags;              /* those of the template */
    const json_t       *own;
    os_partial_pt       next;
    void               *data;
} os_locale_partial_t;

/*
 * An os_partial_pt that answers {{> t.KEY}} and {{> body.KEY}}. A text that is
 * missing is an error that names locale and key: a page is never half in
 * another language.
 */
int os_locale_partial(void *data, os_str_t name, os_buf_t *source);

#endif /* OS_LOCALE_H */

/*
 * os_locale: reading a locale's file, and its texts as templates.
 */

#define _GNU_SOURCE             /* memmem() */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_json.h"
#include "core/text/os_locale.h"


/* Of the body of an HTML page, beside the flags of templates. */
#define OS_SOURCE_WHOLE  0x100


struct os_locale_s {
    json_t         *json;
    json_t         *texts;
    os_format_t    *format;
    json_t         *numbers;              /* key to its number in templates */
    os_template_t **templates;
    size_t          ntemplates;
};


/* A tag as it stands; the order's number is not to break at its hyphen. */
static void
os_source_tag(os_buf_t *source, os_str_t tag, unsigned flags)
{
    int  whole = (flags & OS_SOURCE_WHOLE)
                 && os_str_equal(tag, OS_STR("{{order.number}}"));

    os_buf_text(source, whole ? "<bdi class=\"o\">" : "");
    os_buf_str(source, tag);
    os_buf_text(source, whole ? "</bdi>" : "");
}


/* The bytes of the tag that a text begins with: all, where it does not end. */
static size_t
os_source_tag_len(os_str_t text)
{
    const char  *end;

    end = memmem(text.data, text.len, "}}", 2);

    if (end == NULL) {
        return text.len;
    }

    for (end += 2; end < text.data + text.len && *end == '}'; end++) { }

    return (size_t) (end - text.data);
}


/* Escapes the text between tags; the tags stay as they are. */
static void
os_source_text(os_buf_t *source, os_str_t text, unsigned flags)
{
    size_t       n;
    const char  *open;

    if (!(flags & OS_TEMPLATE_HTML)) {
        os_buf_str(source, text);
        return;
    }

    while (text.len) {
        open = memmem(text.data, text.len, "{{", 2);
        n = open ? (size_t) (open - text.data) : text.len;
        os_html_escape(source, (os_str_t) { n, text.data });
        text.data += n;
        text.len -= n;

        n = text.len ? os_source_tag_len(text) : 0;
        os_source_tag(source, (os_str_t) { n, text.data }, flags);
        text.data += n;
        text.len -= n;
    }
}


/* A text or the forms of a plural, each in a section of its category. */
static int
os_source_any(os_buf_t *source, const json_t *text, unsigned flags)
{
    int           i;
    os_str_t      of, form;
    const char   *name;

    if (json_is_string(text)) {
        os_source_text(source, (os_str_t) { json_string_length(text),
                                            json_string_value(text) }, flags);
        return 0;
    }

    of = os_json_str(text, "of");
    if (of.len == 0) {
        return -1;
    }

    for (i = 0; i < OS_PLURALS; i++) {
        name = os_plural_name((os_plural_e) i);
        form = os_json_str(text, name);

        if (form.data == NULL) {
            continue;
        }

        os_buf_printf(source, "{{#%.*s.is.%s}}", (int) of.len, of.data, name);
        os_source_text(source, form, flags);
        os_buf_printf(source, "{{/%.*s.is.%s}}", (int) of.len, of.data, name);
    }

    return 0;
}


static json_t *
os_find_text(const json_t *texts, os_str_t key)
{
    char  name[128];

    if (texts == NULL || key.len >= sizeof(name) || key.len == 0) {
        return NULL;
    }

    memcpy(name, key.data, key.len);
    name[key.len] = '\0';

    return json_object_get(texts, name);
}


int
os_locale_source(const os_locale_t *l, os_str_t key, unsigned flags,
    os_buf_t *source)
{
    json_t  *text;

    text = os_find_text(l->texts, key);

    return text ? os_source_any(source, text, flags) : -1;
}


int
os_locale_partial(void *data, os_str_t name, os_buf_t *source)
{
    json_t                     *text;
    unsigned                    flags;
    os_str_t                    key, tag;
    const os_locale_partial_t  *p = data;

    flags = p->flags;

    if (os_str_starts(name, OS_STR("t."))) {
        key = (os_str_t) { name.len - 2, name.data + 2 };

    } else if (os_str_starts(name, OS_STR("body."))) {
        key = (os_str_t) { name.len - 5, name.data + 5 };
        flags |= flags & OS_TEMPLATE_HTML ? OS_SOURCE_WHOLE : 0;

    } else {
        return p->next ? p->next(p->data, name, source) : OS_PARTIAL_ABSENT;
    }

    text = os_find_text(p->own, key);

    if ((text == NULL || os_source_any(source, text, flags) == -1)
        && os_locale_source(p->locale, key, flags, source) == -1)
    {
        tag = os_locale_tag(p->locale);
        source->len = 0;
        os_buf_printf(source, "locale \"%.*s\" has no text \"%.*s\"",
                      (int) tag.len, tag.data, (int) key.len, key.data);
        return OS_PARTIAL_ERROR;
    }

    return OS_PARTIAL_PHRASE;
}


int
os_locale_say(const os_locale_t *l, os_str_t key, json_t *view, os_buf_t *out)
{
    json_t  *number;

    number = os_find_text(l->numbers, key);
    if (number == NULL) {
        return -1;
    }

    return os_template_render(l->templates[json_integer_value(number)], view,
                              out);
}


os_str_t
os_locale_tag(const os_locale_t *l)
{
    return os_json_str(l->json, "locale");
}


os_str_t
os_locale_name(const os_locale_t *l)
{
    return os_json_str(l->json, "name");
}


os_str_t
os_locale_dir(const os_locale_t *l)
{
    return os_json_str(l->json, "dir");
}


const os_format_t *
os_locale_format(const os_locale_t *l)
{
    return l->format;
}


const json_t *
os_locale_texts(const os_locale_t *l)
{
    return l->texts;
}


/* --- reading --- */


typedef struct {
    const char  *path;
    os_str_t     text;
    os_error_t  *err;
} os_locale_file_t;


/* path:line:column: pointer: what; returns -1. */
__attribute__((format(printf, 3, 4)))
static int
os_locale_fail(const os_locale_file_t *file, os_str_t pointer,
    const char *fmt, ...)
{
    int      line, column;
    char     text[512];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    /* A missing value is reported where its parent begins. */
    while (os_json_locate(file->text, pointer, &line, &column) == -1) {
        line = 1;
        column = 1;

        if (pointer.len == 0) {
            break;
        }

        do {
            pointer.len--;
        } while (pointer.len && pointer.data[pointer.len] != '/');
    }

    return os_fail(file->err, "%s:%d:%d: %.*s: %s", file->path, line, column,
                   pointer.len ? (int) pointer.len : 1,
                   pointer.len ? pointer.data : "/", text);
}


/* Every category of the language must have its form, and no other. */
static int
os_check_plural(const os_locale_file_t *file, const os_format_t *f,
    const json_t *text, os_str_t pointer)
{
    int          i;
    const char  *name;

    if (os_json_str(text, "of").len == 0) {
        return os_locale_fail(file, pointer, "expected \"of\", the name of "
                              "the count");
    }

    for (i = 0; i < OS_PLURALS; i++) {
        name = os_plural_name((os_plural_e) i);

        if (os_format_has_plural(f, (os_plural_e) i)
            != (os_json_str(text, name).data != NULL))
        {
            return os_locale_fail(file, pointer, "expected %s form \"%s\"",
                                  os_format_has_plural(f, (os_plural_e) i)
                                  ? "a" : "no", name);
        }
    }

    return 0;
}


static int
os_read_text(os_locale_t *l, const os_locale_file_t *file, const char *key,
    const json_t *text)
{
    os_buf_t              source, pointer;
    os_error_t            err;
    os_template_t        *t;
    os_locale_partial_t   partial;

    pointer = (os_buf_t) { 0 };
    source = (os_buf_t) { 0 };
    t = NULL;

    os_buf_printf(&pointer, "/texts/%s", key);

    if (!json_is_string(text) && !json_is_object(text)) {
        os_locale_fail(file, os_buf_view(&pointer),
                       "expected a text or an object of plural forms");
        goto done;
    }

    if (json_is_object(text)
        && os_check_plural(file, l->format, text, os_buf_view(&pointer)) == -1)
    {
        goto done;
    }

    os_source_any(&source, text, 0);

    partial = (os_locale_partial_t) { .locale = l };

    t = os_template_compile(os_buf_view(&source), key, 0, os_locale_partial,
                            &partial, &err);
    if (t == NULL) {
        os_locale_fail(file, os_buf_view(&pointer), "%s", err.text);
        goto done;
    }

    if (json_object_set_new(l->numbers, key,
                            json_integer((json_int_t) l->ntemplates))
        == -1)
    {
        os_fail(file->err, "out of memory");
        os_template_free(t);
        t = NULL;
        goto done;
    }

    l->templates[l->ntemplates++] = t;

done:

    os_buf_free(&source);
    os_buf_free(&pointer);

    return t ? 0 : -1;
}


static int
os_locale_read(os_locale_t *l, const os_locale_file_t *file)
{
    json_t      *text;
    os_str_t     dir;
    os_buf_t     where, pointer;
    os_error_t   err;
    const char  *key;

    if (os_locale_tag(l).len == 0) {
        return os_locale_fail(file, OS_STR("/locale"),
                              "expected a language tag such as \"fr\"");
    }

    if (os_locale_name(l).len == 0) {
        return os_locale_fail(file, OS_STR("/name"),
                              "expected the language's name");
    }

    dir = os_locale_dir(l);

    if (!os_str_equal(dir, OS_STR("ltr")) && !os_str_equal(dir, OS_STR("rtl")))
    {
        return os_locale_fail(file, OS_STR("/dir"),
                              "expected \"ltr\" or \"rtl\"");
    }

    where = (os_buf_t) { 0 };
    l->format = os_format_create(json_object_get(l->json, "format"), &where,
                                 &err);

    if (l->format == NULL) {
        pointer = (os_buf_t) { 0 };
        os_buf_text(&pointer, "/format");
        os_buf_str(&pointer, os_buf_view(&where));
        os_locale_fail(file, os_buf_view(&pointer), "%s", err.text);
        os_buf_free(&pointer);
        os_buf_free(&where);
        return -1;
    }

    os_buf_free(&where);

    l->texts = json_object_get(l->json, "texts");

    if (!json_is_object(l->texts)) {
        return os_locale_fail(file, OS_STR("/texts"),
                              "expected an object of texts");
    }

    l->numbers = json_object();
    l->templates = calloc(json_object_size(l->texts) + 1,
                          sizeof(os_template_t *));

    if (l->numbers == NULL || l->templates == NULL) {
        return os_fail(file->err, "out of memory");
    }

    json_object_foreach(l->texts, key, text) {
        if (os_read_text(l, file, key, text) == -1) {
            return -1;
        }
    }

    return 0;
}


os_locale_t *
os_locale_load(const char *path, os_error_t *err)
{
    int                rc;
    os_buf_t           text;
    os_locale_t       *l;
    os_locale_file_t   file;

    text = (os_buf_t) { 0 };

    if (os_file_read(path, &text, err) == -1) {
        return NULL;
    }

    l = calloc(1, sizeof(os_locale_t));

    if (l == NULL) {
        os_buf_free(&text);
        os_fail(err, "out of memory");
        return NULL;
    }

    file = (os_locale_file_t) { path, os_buf_view(&text), err };
    l->json = os_json_parse(file.text, path, err);
    rc = l->json ? os_locale_read(l, &file) : -1;

    os_buf_free(&text);

    if (rc == -1) {
        os_locale_free(l);
        return NULL;
    }

    return l;
}


void
os_locale_free(os_locale_t *l)
{
    size_t  i;

    if (l == NULL) {
        return;
    }

    for (i = 0; i < l->ntemplates; i++) {
        os_template_free(l->templates[i]);
    }

    free(l->templates);
    json_decref(l->numbers);
    os_format_free(l->format);
    json_decref(l->json);
    free(l);
}

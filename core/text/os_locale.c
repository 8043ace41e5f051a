/*
 * os_locale: a locale's texts as templates. How its files are read is
 * os_locale_read's to know.
 */

#define _GNU_SOURCE             /* memmem() */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_json.h"
#include "core/text/os_locale_read.h"


/* Of the body of an HTML page, beside the flags of templates. */
#define OS_SOURCE_WHOLE  0x100


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


int
os_locale_any(os_buf_t *source, const json_t *text, unsigned flags)
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

    return text ? os_locale_any(source, text, flags) : -1;
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

    if ((text == NULL || os_locale_any(source, text, flags) == -1)
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


const json_t *
os_locale_missing(const os_locale_t *l)
{
    return l->missing;
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
    json_decref(l->missing);
    os_format_free(l->format);
    json_decref(l->json);
    free(l);
}

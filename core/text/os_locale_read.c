/*
 * os_locale_read: the files of a locale become one. A shop's own comes first,
 * then ours of that language; then those of the language that it is a variety
 * of, and English last. What a file lacks, the next one says.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_folders.h"
#include "core/text/os_locale_read.h"


#define OS_LOCALE_FILES  16
#define OS_LOCALE_TAG    36             /* of BCP 47, as longs as they come */
#define OS_LOCALE_LAST   "en"


typedef struct {
    os_buf_t   path;
    json_t    *json;
    unsigned   foreign:1;               /* of another language */
} os_locale_file_t;

typedef struct {
    size_t             n;
    os_locale_file_t   file[OS_LOCALE_FILES];
    json_t            *read;            /* path → value */
    os_error_t        *err;
} os_locale_files_t;


/* path:line:column: pointer: what; returns -1. */
__attribute__((format(printf, 4, 5)))
static int
os_locale_fail(const os_locale_files_t *files, size_t i, os_str_t pointer,
    const char *fmt, ...)
{
    int                      line, column;
    char                     text[512];
    va_list                  args;
    os_buf_t                 source = { 0 };
    const os_locale_file_t  *file = &files->file[i];

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    (void) os_file_read(file->path.data, &source, NULL);

    /* A missing value is reported where its parent begins. */
    while (os_json_locate(os_buf_view(&source), pointer, &line, &column) == -1)
    {
        line = 1;
        column = 1;

        if (pointer.len == 0) {
            break;
        }

        do {
            pointer.len--;
        } while (pointer.len && pointer.data[pointer.len] != '/');
    }

    os_buf_free(&source);

    return os_fail(files->err, "%s:%d:%d: %.*s: %s", file->path.data, line,
                   column, pointer.len ? (int) pointer.len : 1,
                   pointer.len ? pointer.data : "/", text);
}


/* The first file that has this member, or the first of all. */
static size_t
os_locale_whose(const os_locale_files_t *files, const char *member,
    const char *key)
{
    size_t         i;
    const json_t  *value;

    for (i = 0; i < files->n; i++) {
        value = json_object_get(files->file[i].json, member);

        if (value && (key == NULL || json_object_get(value, key))) {
            return i;
        }
    }

    return 0;
}


/* Every category of the language must have its form, and no other. */
static int
os_check_plural(const os_locale_files_t *files, size_t at,
    const os_format_t *f, const json_t *text, os_str_t pointer)
{
    int          i;
    const char  *name;

    if (os_json_str(text, "of").len == 0) {
        return os_locale_fail(files, at, pointer, "expected \"of\", the name "
                              "of the count");
    }

    for (i = 0; i < OS_PLURALS; i++) {
        name = os_plural_name((os_plural_e) i);

        if (os_format_has_plural(f, (os_plural_e) i)
            != (os_json_str(text, name).data != NULL))
        {
            return os_locale_fail(files, at, pointer, "expected %s form "
                                  "\"%s\"",
                                  os_format_has_plural(f, (os_plural_e) i)
                                  ? "a" : "no", name);
        }
    }

    return 0;
}


static int
os_read_text(os_locale_t *l, const os_locale_files_t *files, const char *key,
    const json_t *text)
{
    size_t               at = os_locale_whose(files, "texts", key);
    os_buf_t             source = { 0 }, pointer = { 0 };
    os_error_t           err;
    os_template_t       *t = NULL;
    os_locale_partial_t  partial = { .locale = l };

    os_buf_printf(&pointer, "/texts/%s", key);

    if (!json_is_string(text) && !json_is_object(text)) {
        (void) os_locale_fail(files, at, os_buf_view(&pointer),
                              "expected a text or an object of plural forms");
        goto done;
    }

    if (json_is_object(text)
        && os_check_plural(files, at, l->format, text, os_buf_view(&pointer))
           == -1)
    {
        goto done;
    }

    if (json_is_string(text) && strstr(json_string_value(text), "{{") == NULL)
    {
        os_buf_free(&pointer);
        return 0;
    }

    (void) os_locale_any(&source, text, 0);
    t = os_template_compile(os_buf_view(&source), key, 0, os_locale_partial,
                            &partial, &err);

    if (t == NULL) {
        (void) os_locale_fail(files, at, os_buf_view(&pointer), "%s",
                              err.text);
        goto done;
    }

    if (json_object_set_new(l->numbers, key,
                            json_integer((json_int_t) l->ntemplates))
        == -1)
    {
        (void) os_fail(files->err, "out of memory");
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


/* What a file says of itself, and how its language writes. */
static int
os_locale_read_head(os_locale_t *l, const os_locale_files_t *files)
{
    os_str_t    dir;
    os_buf_t    where = { 0 }, pointer = { 0 };
    os_error_t  err;

    if (os_locale_tag(l).len == 0) {
        return os_locale_fail(files, 0, OS_STR("/locale"),
                              "expected a language tag such as \"fr\"");
    }

    if (os_locale_name(l).len == 0) {
        return os_locale_fail(files, 0, OS_STR("/name"),
                              "expected the language's name");
    }

    dir = os_locale_dir(l);

    if (!os_str_equal(dir, OS_STR("ltr")) && !os_str_equal(dir, OS_STR("rtl")))
    {
        return os_locale_fail(files, os_locale_whose(files, "dir", NULL),
                              OS_STR("/dir"), "expected \"ltr\" or \"rtl\"");
    }

    l->format = os_format_create(json_object_get(l->json, "format"), &where,
                                 &err);

    if (l->format == NULL) {
        os_buf_text(&pointer, "/format");
        os_buf_str(&pointer, os_buf_view(&where));
        (void) os_locale_fail(files, os_locale_whose(files, "format", NULL),
                              os_buf_view(&pointer), "%s", err.text);
    }

    os_buf_free(&pointer);
    os_buf_free(&where);

    return l->format ? 0 : -1;
}


/* Of another language's forms, those that this one asks for: new. */
static json_t *
os_locale_lent_plural(const os_format_t *f, const json_t *text)
{
    int          i;
    json_t      *lent = json_object();
    os_str_t     form;
    const char  *name;

    os_json_set_str(lent, "of", os_json_str(text, "of"));

    for (i = 0; i < OS_PLURALS; i++) {
        name = os_plural_name((os_plural_e) i);
        form = os_json_str(text, name);

        if (os_format_has_plural(f, (os_plural_e) i)) {
            os_json_set_str(lent, name,
                            form.data ? form : os_json_str(text, "other"));
        }
    }

    return lent;
}


/* What the files before have not said. */
static int
os_locale_lend(os_locale_t *l, const os_locale_file_t *file)
{
    json_t      *text;
    const char  *key;

    json_object_foreach(json_object_get(file->json, "texts"), key, text) {
        if (json_object_get(l->texts, key)) {
            continue;
        }

        if ((json_is_object(text) && file->foreign
             ? json_object_set_new(l->texts, key,
                                   os_locale_lent_plural(l->format, text))
             : json_object_set(l->texts, key, text)) == -1
            || (file->foreign
                && json_array_append_new(l->missing, json_string(key)) == -1))
        {
            return -1;
        }
    }

    return 0;
}


static int
os_locale_read(os_locale_t *l, const os_locale_files_t *files)
{
    size_t       i;
    json_t      *text;
    const char  *key;

    if (os_locale_read_head(l, files) == -1) {
        return -1;
    }

    l->texts = json_object_get(l->json, "texts");

    if (!json_is_object(l->texts)) {
        return os_locale_fail(files, 0, OS_STR("/texts"),
                              "expected an object of texts");
    }

    l->missing = json_array();

    for (i = 1; i < files->n; i++) {
        if (l->missing == NULL || os_locale_lend(l, &files->file[i]) == -1) {
            return os_fail(files->err, "out of memory");
        }
    }

    l->numbers = json_object();
    l->templates = calloc(json_object_size(l->texts) + 1,
                          sizeof(os_template_t *));

    if (l->numbers == NULL || l->templates == NULL) {
        return os_fail(files->err, "out of memory");
    }

    json_object_foreach(l->texts, key, text) {
        if (os_read_text(l, files, key, text) == -1) {
            return -1;
        }
    }

    return 0;
}


static int
os_locale_add(os_locale_files_t *files, const char *path, int foreign)
{
    os_locale_file_t  *file = &files->file[files->n];

    if (files->n == OS_LOCALE_FILES) {
        return 0;
    }

    files->n++;
    file->foreign = foreign != 0;
    os_buf_text(&file->path, path);

    file->json = json_incref(json_object_get(files->read, path));

    if (file->json == NULL) {
        file->json = os_json_file(path, files->err);

        /* forty languages at once would be much; all need this one */

        if (foreign) {
            (void) json_object_set(files->read, path, file->json);
        }
    }

    return file->json ? 0 : -1;
}


/* One locale of the files found: it takes what the first has not. */
static os_locale_t *
os_locale_made(os_locale_files_t *files, os_str_t tag)
{
    size_t        i, n;
    os_locale_t  *l = calloc(1, sizeof(os_locale_t));

    static const char *const  members[] = { "name", "dir", "format" };

    if (l == NULL) {
        (void) os_fail(files->err, "out of memory");
        return NULL;
    }

    l->json = json_copy(files->file[0].json);
    (void) json_object_set_new(l->json, "texts",
        json_copy(json_object_get(files->file[0].json, "texts")));

    if (tag.len) {
        os_json_set_str(l->json, "locale", tag);
    }

    for (i = 1; i < files->n; i++) {
        for (n = 0; n < 3 && !files->file[i].foreign; n++) {
            if (json_object_get(l->json, members[n]) == NULL) {
                (void) json_object_set(l->json, members[n],
                    json_object_get(files->file[i].json, members[n]));
            }
        }
    }

    if (os_locale_read(l, files) == -1) {
        os_locale_free(l);
        return NULL;
    }

    return l;
}


static void
os_locale_files_free(os_locale_files_t *files)
{
    size_t  i;

    for (i = 0; i < files->n; i++) {
        os_buf_free(&files->file[i].path);
        json_decref(files->file[i].json);
    }
}


os_locale_t *
os_locale_load(const char *path, os_error_t *err)
{
    os_locale_t        *l = NULL;
    os_locale_files_t   files = { .err = err };

    if (os_locale_add(&files, path, 0) == 0) {
        l = os_locale_made(&files, OS_NULL);
    }

    os_locale_files_free(&files);

    return l;
}


/*
 * The language that a tag is a variety of: "pt-AO" of "pt". -1: of none, as one
 * in another script ("zh-Hant") is.
 */
static int
os_locale_parent(char *tag)
{
    char  *last = strrchr(tag, '-');

    if (last == NULL || strlen(last + 1) == 4) {
        return -1;
    }

    *last = '\0';
    return 0;
}


/* The files of one tag, in all folders. */
static int
os_locale_files(os_locale_files_t *files, const char *folders,
    const char *tag, int foreign)
{
    int        rc = 0;
    char       name[OS_LOCALE_TAG + sizeof("locales/.json")];
    char      *one;
    os_buf_t   path = { 0 };
    os_str_t   folder, rest = os_str(folders);

    (void) snprintf(name, sizeof(name), "locales/%s.json", tag);

    while (rc == 0 && os_folders_next(&rest, &folder) == 0) {
        one = strndup(folder.data, folder.len);
        path.len = 0;

        if (one && os_folders_find(one, &path, name) == 0) {
            rc = os_locale_add(files, path.data, foreign);
        }

        free(one);
    }

    os_buf_free(&path);
    return rc;
}


os_locale_t *
os_locale_find(const char *folders, os_str_t tag, json_t *read,
    os_error_t *err)
{
    int                 rc;
    char                name[OS_LOCALE_TAG];
    os_buf_t            path = { 0 };
    os_locale_t        *l = NULL;
    os_locale_files_t   files = { .read = read, .err = err };

    if (tag.len == 0 || tag.len >= sizeof(name)
        || memchr(tag.data, '/', tag.len))
    {
        (void) os_fail(err, "locale \"%.*s\": expected a language tag such as "
                       "\"fr\"", (int) tag.len, tag.data);
        return NULL;
    }

    memcpy(name, tag.data, tag.len);
    name[tag.len] = '\0';

    do {
        rc = os_locale_files(&files, folders, name, 0);
    } while (rc == 0 && os_locale_parent(name) == 0);

    if (rc == 0 && files.n == 0) {
        os_buf_printf(&path, "locales/%.*s.json", (int) tag.len, tag.data);
        rc = os_fail(err, "%s: in none of %s", path.data, folders);
        os_buf_free(&path);
    }

    if (rc == 0 && strcmp(name, OS_LOCALE_LAST) != 0) {
        rc = os_locale_files(&files, folders, OS_LOCALE_LAST, 1);
    }

    if (rc == 0) {
        l = os_locale_made(&files, tag);
    }

    os_locale_files_free(&files);

    return l;
}

/*
 * core/os_locale: texts, plural forms and partials; messages about faulty
 * files; and that the locales we ship say the same things: the same keys, and
 * the same names within each text.
 */

#define _GNU_SOURCE  1

#include <stdlib.h>
#include <unistd.h>

#include "core/base/os_folders.h"
#include "core/text/os_locale.h"
#include "tap.h"


/* Fewer means that a page lost its words. */
#define OS_LEAST_TEXTS  125


static char  path[] = "/tmp/os_locale_XXXXXX";


/* A locale's file with one thing replaced; NULL with err. */
static os_locale_t *
load_with(const char *from, const char *to, os_error_t *err)
{
    FILE         *f;
    os_buf_t      text, copy;
    const char   *p;
    os_locale_t  *l;

    text = (os_buf_t) { 0 };
    copy = (os_buf_t) { 0 };

    if (os_file_read("t/unit/locales/pl.json", &text, err) == -1) {
        printf("Bail out! %s\n", err->text);
        exit(2);
    }

    p = strstr(text.data, from);
    if (p == NULL) {
        printf("Bail out! no %s in the file\n", from);
        exit(2);
    }

    os_buf_add(&copy, text.data, (size_t) (p - text.data));
    os_buf_text(&copy, to);
    os_buf_text(&copy, p + strlen(from));

    f = fopen(path, "w");
    fwrite(copy.data, 1, copy.len, f);
    fclose(f);

    l = os_locale_load(path, err);

    os_buf_free(&copy);
    os_buf_free(&text);

    return l;
}


static const struct {
    const char  *from;
    const char  *to;
    const char  *where;
    const char  *message;
} faults[] = {
    { "\"decimal\": \",\"", "\"decimal\": 1", "/format/numbers/decimal",
      "expected a text \"decimal\"" },
    { "\"#,##0%\"", "\"percent\"", "/format/numbers/percent",
      "expected a number pattern such as \"#,##0.00\"" },
    { "\"d MMMM y\"", "\"d QQQQ y\"", "/format/dates/long",
      "expected a date pattern" },
    { "\"d MMM y\xe2\x80\x93", "\"d MMM y'\xe2\x80\x93",
      "/format/dates/range/year", "expected a date pattern" },
    { "\"AM\", \"PM\"", "\"AM\"", "/format/dates/am_pm",
      "expected a list of 2 texts" },
    { "v = 0 and i % 10 = 2..4", "v = 0 und i % 10 = 2..4",
      "/format/plural/few", "expected a rule such as" },
    { "\"one\": \"i = 1", "\"single\": \"i = 1", "/format/plural/single",
      "expected one of zero, one, two, few, many" },
    { "\"ltr\"", "\"up\"", "/dir", "expected \"ltr\" or \"rtl\"" },
    { "\"few\": \"{{days.n}} dni\", ", "", "/texts/sample.days",
      "expected a form \"few\"" },
    { "\"of\": \"days\", ", "", "/texts/sample.days",
      "expected \"of\", the name of the count" },
    { "{{days.n}} dnia", "{{days.n} dnia", "/texts/sample.days",
      "expected a name without blanks" },
};


static void
test_faults(void)
{
    int           line, column;
    size_t        i;
    os_error_t    err;
    os_locale_t  *l;

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        err.text[0] = '\0';
        l = load_with(faults[i].from, faults[i].to, &err);

        ok(l == NULL && strstr(err.text, faults[i].message)
           && strstr(err.text, faults[i].where)
           && strncmp(err.text, path, strlen(path)) == 0
           && sscanf(err.text + strlen(path), ":%d:%d:", &line, &column) == 2
           && line > 1 && column > 1, "%s", err.text);

        os_locale_free(l);
    }

    ok(os_locale_load("t/unit/locales/none.json", &err) == NULL,
       "a missing file: %s", err.text);
}


static void
say_days(const os_locale_t *l, int64_t n, const char *expected)
{
    char      name[64];
    json_t   *view;
    os_buf_t  out;

    out = (os_buf_t) { 0 };
    view = json_pack("{s:o}", "days",
                     os_format_count(os_locale_format(l), n));

    os_locale_say(l, OS_STR("sample.days"), view, &out);
    (void) snprintf(name, sizeof(name), "%" PRId64 " days in %s", n,
                    os_locale_tag(l).data);
    is_str(out.data, expected, name);

    json_decref(view);
    os_buf_free(&out);
}


static void
test_plurals(void)
{
    os_error_t    err;
    os_locale_t  *l;

    l = os_locale_load("t/unit/locales/pl.json", &err);
    say_days(l, 1, "1 dzie\xc5\x84");
    say_days(l, 3, "3 dni");
    say_days(l, 12345, "12\xc2\xa0" "345 dni");
    os_locale_free(l);

    l = os_locale_load("t/unit/locales/de.json", &err);
    say_days(l, 1, "1 Tag");
    say_days(l, 2000, "2.000 Tage");
    os_locale_free(l);
}


static int
other(void *data, os_str_t name, os_buf_t *source)
{
    (void) data;

    if (!os_str_equal(name, OS_STR("frame"))) {
        return OS_PARTIAL_ABSENT;
    }

    os_buf_text(source, "<p>{{> t.a}}</p>");
    return OS_PARTIAL_FOUND;
}


static void
render_is(const os_locale_t *l, unsigned flags, const json_t *own,
    const char *source, const char *expected)
{
    json_t               *view;
    os_buf_t              out;
    os_error_t            err;
    os_template_t        *t;
    os_locale_partial_t   p;

    p = (os_locale_partial_t) { l, flags, own, other, NULL };
    out = (os_buf_t) { 0 };
    view = json_pack("{s:{s:s}}", "order", "number", "<7>");

    t = os_template_compile(os_str(source), "page", flags, os_locale_partial,
                            &p, &err);

    if (t == NULL) {
        is_str(err.text, expected, source);

    } else {
        os_template_render(t, view, &out);
        is_str(out.data, expected, source);
    }

    os_template_free(t);
    os_buf_free(&out);
    json_decref(view);
}


static void
test_partials(void)
{
    json_t       *own;
    os_error_t    err;
    os_locale_t  *l;

    l = load_with("\"texts\": {", "\"texts\": {\"a\": \"It's "
                  "<{{order.number}}> "
                  "{{{order.number}}} & more\", \"b\": \"{{> t.a}}!\","
                  " \"n\": \"Order {{order.number}}>\",", &err);
    own = json_pack("{s:s}", "a", "ours & {{order.number}}");

    render_is(l, OS_TEMPLATE_HTML, NULL, "<b>{{> t.a}}</b>",
              "<b>It&#39;s &lt;&lt;7&gt;&gt; <7> &amp; more</b>");
    render_is(l, OS_TEMPLATE_HTML, NULL, "{{> body.n}}",
              "Order <bdi class=\"o\">&lt;7&gt;</bdi>&gt;");
    render_is(l, OS_TEMPLATE_HTML, NULL, "{{> t.n}}", "Order &lt;7&gt;&gt;");
    render_is(l, 0, NULL, "{{> body.n}}", "Order <7>>");
    render_is(l, 0, NULL, "{{> t.a}}", "It's <<7>> <7> & more");
    render_is(l, OS_TEMPLATE_HTML, NULL, "{{> t.b}}",
              "It&#39;s &lt;&lt;7&gt;&gt; <7> &amp; more!");
    render_is(l, OS_TEMPLATE_HTML, own, "{{> t.b}}",
              "ours &amp; &lt;7&gt;!");
    render_is(l, OS_TEMPLATE_HTML, NULL, "{{> frame}}",
              "<p>It&#39;s &lt;&lt;7&gt;&gt; <7> &amp; more</p>");
    render_is(l, OS_TEMPLATE_HTML, NULL, "[{{> nowhere}}]", "[]");
    render_is(l, OS_TEMPLATE_HTML, NULL, "\n {{> t.none}}",
              "page:2:2: partial \"t.none\": locale \"pl\" has no text "
              "\"none\"");
    render_is(l, 0, NULL, "Dear,\n{{> t.b}}\nBye\n",
              "Dear,\nIt's <<7>> <7> & more!\nBye\n");

    json_decref(own);
    os_locale_free(l);
}


/* --- the locales that we ship --- */


static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


typedef struct {
    char    *names[256];
    size_t   n;
} names_t;


static void
collect(void *data, int kind, os_str_t name)
{
    names_t  *names = data;

    /* Which plural forms there are is each language's own affair. */
    if (memmem(name.data, name.len, ".is.", 4) == NULL && names->n < 256) {
        names->names[names->n] = malloc(name.len + 2);
        names->names[names->n][0] = (char) kind;
        memcpy(names->names[names->n] + 1, name.data, name.len);
        names->names[names->n][name.len + 1] = '\0';
        names->n++;
    }
}


/* The names a text uses, each once, in order, as one string; the caller's. */
static char *
names_of(const os_locale_t *l, const char *key)
{
    size_t          i;
    names_t         names;
    os_buf_t        source, all;
    os_error_t      err;
    os_template_t  *t;
    os_locale_partial_t  p;

    source = (os_buf_t) { 0 };
    all = (os_buf_t) { 0 };
    names.n = 0;
    p = (os_locale_partial_t) { .locale = l };

    os_locale_source(l, os_str(key), 0, &source);
    t = os_template_compile(os_buf_view(&source), key, 0, os_locale_partial,
                            &p, &err);
    os_template_each(t, collect, &names);
    qsort(names.names, names.n, sizeof(char *), by_name);

    os_buf_text(&all, "");

    for (i = 0; i < names.n; i++) {
        if (i == 0 || strcmp(names.names[i], names.names[i - 1]) != 0) {
            os_buf_printf(&all, "%s ", names.names[i]);
        }
    }

    for (i = 0; i < names.n; i++) {
        free(names.names[i]);
    }

    os_template_free(t);
    os_buf_free(&source);

    return all.data;
}


/* The same keys as English, the same names in each, and nothing empty. */
static void
test_one_shipped(const os_locale_t *en, const char *tag)
{
    int           missing = 0, different = 0, empty = 0;
    char         *ours, *theirs, name[64];
    json_t       *text, *texts;
    os_error_t    err;
    const char   *key;
    os_locale_t  *l;

    (void) snprintf(name, sizeof(name), "campaign/locales/%s.json", tag);
    l = os_locale_load(name, &err);

    if (!ok(l != NULL, "%s loads", name)) {
        diag("%s", err.text);
        return;
    }

    ok(strcmp(os_locale_tag(l).data, tag) == 0, "%s is named so", tag);
    texts = (json_t *) (uintptr_t) os_locale_texts(en);

    json_object_foreach(texts, key, text) {

        if (json_object_get(os_locale_texts(l), key) == NULL) {
            diag("%s has no %s", tag, key);
            missing++;
            continue;
        }

        ours = names_of(en, key);
        theirs = names_of(l, key);

        if (strcmp(ours, theirs) != 0) {
            diag("%s uses %sin en, %sin %s", key, ours, theirs, tag);
            different++;
        }

        free(theirs);
        free(ours);
    }

    texts = (json_t *) (uintptr_t) os_locale_texts(l);

    json_object_foreach(texts, key, text) {
        if (json_object_get(os_locale_texts(en), key) == NULL) {
            diag("only %s has %s", tag, key);
            missing++;
        }

        if (json_is_string(text) && json_string_length(text) == 0) {
            diag("%s %s is empty", tag, key);
            empty++;
        }
    }

    ok(missing == 0, "%s has the keys of en", tag);
    ok(different == 0, "%s uses the names of en in each text", tag);
    ok(empty == 0, "%s has no empty text", tag);

    os_locale_free(l);
}


static void
test_shipped(void)
{
    json_t       *yes, *tags;
    os_buf_t      early = { 0 };
    os_error_t    err;
    const char   *tag;
    os_locale_t  *en;

    en = os_locale_load("campaign/locales/en.json", &err);

    if (!ok(en != NULL, "en loads")) {
        diag("%s", err.text);
        return;
    }

    os_format_date(&early, os_locale_format(en), -800000, OS_DATE_LONG);
    ok(early.len > 0, "a day before the first year is no more than odd: %.*s",
       (int) early.len, early.data);
    os_buf_free(&early);

    ok(json_object_size(os_locale_texts(en)) >= OS_LEAST_TEXTS,
       "en has %zu texts", json_object_size(os_locale_texts(en)));

    tags = os_folders_list("campaign", "locales", ".json", &err);

    json_object_foreach(tags, tag, yes) {
        if (strcmp(tag, "en") != 0) {
            test_one_shipped(en, tag);
        }
    }

    json_decref(tags);
    os_locale_free(en);
}


/* A line may end at a space, and none may begin with such a sign. */
static void
test_signs(void)
{
    int          wrong = 0;
    size_t       i;
    json_t      *text;
    os_error_t   err;
    const char  *key;
    os_locale_t *l;

    static const char *const  signs[] = {
        " :", " ;", " ?", " !", " %", " \xc2\xbb", "\xc2\xab ", " 000"
    };

    l = os_locale_load("campaign/locales/fr.json", &err);

    json_object_foreach((json_t *) (uintptr_t) os_locale_texts(l), key, text) {
        char  *said = json_dumps(text, JSON_ENCODE_ANY | JSON_COMPACT);

        for (i = 0; said && i < sizeof(signs) / sizeof(signs[0]); i++) {
            if (strstr(said, signs[i])) {
                diag("fr %s: \"%s\"", key, signs[i]);
                wrong++;
            }
        }

        free(said);
    }

    is_int(wrong, 0, "fr: no space that breaks stands beside a sign");
    os_locale_free(l);
}


int
main(void)
{
    int  fd;

    fd = mkstemp(path);
    if (fd == -1) {
        printf("Bail out! no temporary file\n");
        return 2;
    }

    close(fd);

    test_plurals();
    test_faults();
    test_partials();
    test_shipped();
    test_signs();

    unlink(path);

    return done();
}

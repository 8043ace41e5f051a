/*
 * Folders that a shop's own files lie in, and locales that are put together of
 * several files.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/os_folders.h"
#include "core/text/os_locale.h"
#include "tap.h"


static char  dir[] = "/tmp/ordersave-folders-XXXXXX";


static void
put(const char *name, const char *text)
{
    FILE  *file;
    char   path[256], *slash;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);

    for (slash = strchr(path + strlen(dir) + 1, '/'); slash;
         slash = strchr(slash + 1, '/'))
    {
        *slash = '\0';
        (void) mkdir(path, 0755);
        *slash = '/';
    }

    file = fopen(path, "w");
    (void) fputs(text, file);
    (void) fclose(file);
}


static void
found(const char *folders, const char *name, int rc, const char *expected)
{
    os_buf_t  path = { 0 };

    os_buf_text(&path, "> ");
    ok(os_folders_find(folders, &path, name) == rc, "%s in %s: %d", name,
       folders, rc);
    is_str(path.data, expected, name);
    os_buf_free(&path);
}


static void
test_folders(void)
{
    char        all[256], want[256], *before, *text;
    json_t     *names, *sorted;
    os_error_t  err;

    put("a/x/one.json", "1");
    put("b/x/one.json", "2");
    put("b/x/two.json", "2");
    put("b/x/.hidden.json", "2");
    put("b/x/.json", "2");
    put("b/x/three.txt", "2");
    (void) snprintf(all, sizeof(all), "%s/a::%s/b:", dir, dir);

    (void) snprintf(want, sizeof(want), "> %s/a/x/one.json", dir);
    found(all, "x/one.json", 0, want);
    (void) snprintf(want, sizeof(want), "> %s/b/x/two.json", dir);
    found(all, "x/two.json", 0, want);
    (void) snprintf(want, sizeof(want), "> %s/b/x/none.json", dir);
    found(all, "x/none.json", -1, want);
    found("", "x/none.json", -1, "> ");

    names = os_folders_list(all, "x", ".json", &err);
    ok(json_object_size(names) == 2 && json_object_get(names, "one")
       && json_object_get(names, "two"), "each name once, and no other");
    json_decref(names);
    names = json_pack("{s:i,s:i,s:i,s:i}", "b", 1, "a-b", 2, "B", 3, "a", 4);
    sorted = os_json_sorted(names);
    text = json_dumps(sorted, JSON_COMPACT);
    is_str(text ? text : "", "{\"B\":3,\"a\":4,\"a-b\":2,\"b\":1}",
           "keys in their bytes' order, with their values");
    free(text);
    json_decref(sorted);
    json_decref(names);
    ok(os_json_sorted(NULL) == NULL, "of nothing, nothing");
    ok(os_folders_list(all, "y", ".json", &err) == NULL
       && strstr(err.text, "/b/y: cannot be read"), "%s", err.text);

    before = os_folders_before("/etc/shop/c.json", "/usr/share/x");
    is_str(before, "/etc/shop:/usr/share/x", "the folder of a file first");
    free(before);
    before = os_folders_before("c.json", "/x");
    is_str(before, ".:/x", "of one that is here");
    free(before);
    before = os_folders_before("/c.json", "/x");
    is_str(before, "/:/x", "of one at the root");
    free(before);
}


static void
said(const os_locale_t *l, const char *key, const char *expected)
{
    os_buf_t  source = { 0 };

    ok(os_locale_source(l, os_str(key), 0, &source) == 0, "%s is there", key);
    is_str(source.data, expected, key);
    os_buf_free(&source);
}


static int
lacks(const os_locale_t *l, const char *key)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(os_locale_missing(l), i, one) {
        if (strcmp(json_string_value(one), key) == 0) {
            return 1;
        }
    }

    return 0;
}


/* Polish has more plural forms than English, which speaks for it here. */
static void
test_chain(void)
{
    char          all[512];
    os_error_t    err;
    os_locale_t  *l;

    put("own/locales/pl-XX.json",
        "{\"locale\": \"pl-XX\", \"texts\": {\"a\": \"own\"}}");
    put("own/locales/en.json",
        "{\"locale\": \"en\", \"texts\": {\"last\": \"{{> t.c}}!\", \"c\": "
        "\"see\", \"n\": {\"of\": \"days\", \"one\": \"1 day\", \"other\": "
        "\"days\"}}}");
    put("own/locales/bad.json", "{\"locale\": \"bad\", \"texts\": {\"a\": 1}}");
    (void) snprintf(all, sizeof(all), "%s/own:t/unit", dir);

    l = os_locale_find(all, OS_STR("pl-XX"), NULL, &err);

    if (!ok(l != NULL, "a variety of a language: %s", l ? "" : err.text)) {
        return;
    }

    is_str(os_locale_tag(l).data, "pl-XX", "has its own tag");
    ok(os_locale_name(l).len > 0 && strcmp(os_locale_dir(l).data, "ltr") == 0,
       "and name and direction of its language");
    said(l, "a", "own");
    ok(json_object_get(os_locale_texts(l), "sample.days") != NULL,
       "what it does not say, its language does");
    said(l, "last", "{{> t.c}}!");
    said(l, "n", "{{#days.is.one}}1 day{{/days.is.one}}{{#days.is.few}}days"
         "{{/days.is.few}}{{#days.is.many}}days{{/days.is.many}}"
         "{{#days.is.other}}days{{/days.is.other}}");
    ok(lacks(l, "last") && lacks(l, "n") && lacks(l, "c"),
       "what English says is missing");
    ok(!lacks(l, "a") && !lacks(l, "sample.days"),
       "what its own language says is not");
    os_locale_free(l);

    ok(os_locale_find(all, OS_STR("xx"), NULL, &err) == NULL
       && strstr(err.text, "locales/xx.json: in none of "), "%s", err.text);
    ok(os_locale_find(all, OS_STR("../en"), NULL, &err) == NULL
       && strstr(err.text, "expected a language tag"), "%s", err.text);
    ok(os_locale_find(all, OS_STR("pl-Cyrl"), NULL, &err) == NULL,
       "another script is another language");
    ok(os_locale_find(all, OS_STR("bad"), NULL, &err) == NULL
       && strstr(err.text, "own/locales/bad.json:1:"), "%s", err.text);
}


int
main(void)
{
    char  command[64];

    if (mkdtemp(dir) == NULL) {
        return 1;
    }

    test_folders();
    test_chain();
    (void) snprintf(command, sizeof(command), "rm -rf %s", dir);

    ok(system(command) == 0, "nothing is left");

    return done();
}

/*
 * core/base/os_json_tree: what it gives is what jansson gives, member by member
 * and in the same order; what is plain it takes; of what is not, and of what is
 * malformed in one byte, it gives what jansson does or nothing.
 */

#include <stdlib.h>
#include <time.h>

#include "core/base/os_code.h"
#include "core/base/os_json.h"
#include "core/base/os_json_tree.h"
#include "tap.h"


static json_t *
jansson(os_str_t text)
{
    return json_loadb(text.data, text.len,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}


/* Equal, and written the same: its members' order is the text's. */
static int
same(json_t *a, json_t *b)
{
    int    equal;
    char  *x, *y;

    if (a == NULL || b == NULL) {
        return a == b;
    }

    x = json_dumps(a, JSON_COMPACT | JSON_ENCODE_ANY);
    y = json_dumps(b, JSON_COMPACT | JSON_ENCODE_ANY);
    equal = json_equal(a, b) && x && y && strcmp(x, y) == 0;
    free(x);
    free(y);

    return equal;
}


/* In memory of just its size. 1 taken, 0 left to jansson, -1 wrong. */
static int
compare(os_str_t text)
{
    int      rc;
    char    *copy = malloc(text.len ? text.len : 1);
    json_t  *tree, *right;

    if (text.len) {
        memcpy(copy, text.data, text.len);
    }

    text.data = copy;
    tree = os_json_tree(text);
    right = jansson(text);
    rc = tree == NULL ? 0 : same(tree, right) ? 1 : -1;
    json_decref(tree);
    json_decref(right);
    free(copy);

    return rc;
}


static void
test_plain(void)
{
    size_t                    i;
    static const char *const  plain[] = {
        "{}", "[]", "0", "-0", "-1", "null", "true", "false", "\"\"",
        "123456789012345678", " { } ", "\n[ ]\t", "[1,2 , 3]",
        "{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"e\"}}",
        "{\"b\":1,\"a\":2,\"aa\":3,\"\":4}",
        "\"a \\\"word\\\" \\\\ \\/ \\b\\f\\n\\r\\t\"",
        "{\"key \\\"with\\\" escapes\":\"caf\xc3\xa9 \xf0\x9f\x8e\x81\"}",
        "[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]",
    };
    static const char *const  left[] = {
        "", " ", "{", "[", "\"", "{\"a\"", "{\"a\":", "{\"a\":1", "[1", "[1,",
        "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":1}", "01", "-", "+1",
        "1.5", "1e9", "1234567890123456789", "tru", "truE", "nul", "[1 2]",
        "{} {}", "[]]", "'a'", "\"\\u00e9\"", "\"\\x\"", "\"a\nb\"",
        "\"\xff\"", "\"\xc3\"", "{\"a\":{\"b\":1,\"b\":2}}", "\xef\xbb\xbf{}",
        "[[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]]",
    };
    os_str_t                  zero = { 5, "{}\0{}" };

    for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        ok(compare(os_str(plain[i])) == 1, "%s is taken", plain[i]);
    }

    for (i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
        ok(compare(os_str(left[i])) == 0, "%s is left", left[i]);
    }

    ok(compare(zero) == 0, "a zero byte ends nothing");
}


/* os_json_parse() tells of a fault what jansson does, and takes as much. */
static void
test_parse(void)
{
    json_t      *value;
    os_error_t   err;

    err.text[0] = '\0';
    value = os_json_parse(OS_STR("{\"a\":\"\\u00e9\",\"b\":1.5}"), "f", &err);
    ok(value && strcmp(json_string_value(json_object_get(value, "a")),
                       "\xc3\xa9") == 0, "what is not plain is read");
    json_decref(value);
    value = os_json_parse(OS_STR("{\"a\":1,\n\"a\":2}"), "f", &err);
    ok(value == NULL && strncmp(err.text, "f:2:3: not JSON: duplicate", 26)
       == 0, "%s", err.text);
}


/* os_json_read() takes what json_loadb() takes, and of two the last one. */
static void
test_read(void)
{
    size_t                    i;
    json_t                   *value, *right;
    static const char *const  texts[] = {
        "{\"a\":1,\"b\":[2]}", "[1]", "{\"a\":1,\"a\":2}", " {\"a\":1}",
        "{\"a\":\"\\u00e9\",\"b\":1.5}", "7", "\"a\"", "", "{\"a\":1", "x",
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        value = os_json_read(os_str(texts[i]));
        right = json_loadb(texts[i], strlen(texts[i]), 0, NULL);
        ok(same(value, right), "%s is read", texts[i]);
        json_decref(value);
        json_decref(right);
    }

    ok(os_json_read(OS_NULL) == NULL, "nothing is nothing");
}


/* A record of an order, with one byte after the other changed or cut off. */
static void
test_mutants(void)
{
    size_t    i;
    unsigned  taken = 0, left = 0, wrong = 0, seed;
    char      text[600];
    int       n, rc;

    n = snprintf(text, sizeof(text),
                 "{\"changed\":1796052867,\"country\":\"DE\","
                 "\"items\":[{\"id\":\"12\",\"name\":\"Mug, \\\"blue\\\" "
                 "\xe2\x82\xac\",\"quantity\":-1,\"gift\":true},{\"id\":\"13\""
                 ",\"tags\":[],\"more\":{}}],\"placed\":null,\"total\":4940}");
    ok(compare((os_str_t) { (size_t) n, text }) == 1, "the record itself");

    for (i = 0; i < (size_t) n; i++) {
        wrong += compare((os_str_t) { i, text }) != 0;
    }

    ok(wrong == 0, "no beginning of it is taken");
    seed = (unsigned) time(NULL);
    srand(seed);

    for (i = 0; i < 200000; i++) {
        static const char  bytes[] = "\"\\{}[]:,0123456789-.eEtrufalsn \n\x80"
                                     "\xc3\xa9\x1f";
        char               before[3];
        size_t             at = (size_t) rand() % (size_t) (n - 3);

        memcpy(before, text + at, 3);

        for (size_t k = 0; k < 1 + i % 3; k++) {
            text[at + k] = bytes[(size_t) rand() % (sizeof(bytes) - 1)];
        }

        rc = compare((os_str_t) { (size_t) n, text });
        taken += rc == 1;
        left += rc == 0;
        wrong += rc == -1;
        memcpy(text + at, before, 3);
    }

    if (!ok(wrong == 0, "what is taken is what jansson takes")) {
        diag("seed %u: %u were wrong", seed, wrong);
    }

    ok(taken > 1000 && left > 1000, "both were tried");
}


int
main(void)
{
    test_plain();
    test_parse();
    test_read();
    test_mutants();
    return done();
}

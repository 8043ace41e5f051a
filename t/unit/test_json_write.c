/*
 * core/base/os_json_write: each byte is jansson's, for values of every kind,
 * strings of every character, and what jansson refuses.
 */

#include <stdlib.h>
#include <time.h>

#include "core/base/os_json.h"
#include "tap.h"


/* Written the same; or by neither. Takes the value. */
static int
same(json_t *value)
{
    int       is;
    char     *right;
    os_buf_t  out = { 0 };

    right = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    os_json_dump(&out, value);
    is = right == NULL ? out.failed
         : !out.failed && out.len == strlen(right)
           && memcmp(out.data, right, out.len) == 0;
    free(right);
    os_buf_free(&out);
    json_decref(value);

    return is;
}


static json_t *
text(const char *data, size_t len)
{
    return json_stringn_nocheck(data, len);
}


static void
test_values(void)
{
    size_t                    i;
    static const char *const  texts[] = {
        "{}", "[]", "null", "true", "false", "0", "-1", "9223372036854775807",
        "-9223372036854775808", "1.5", "-0.0", "1e300", "0.1", "\"\"",
        "{\"b\":1,\"a\":[2,{\"\":null}],\"c\":{\"d\":\"e\"}}",
        "[[],[[]],{\"a\":{}}]", "{\"key \\\"q\\\"\\n\":\"\\u0000\\u0001\"}",
        "\"\\u20ac \\ud83c\\udf81 \\/ \\u007f\"",
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ok(same(json_loads(texts[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL)),
           "%s", texts[i]);
    }

    ok(same(text("\xff", 1)), "what is not UTF-8 is written by neither");
    ok(same(json_pack("{s:o}", "a", text("\xc3", 1))), "nor half a character");
    ok(same(json_pack("[o,s]", text("\xed\xa0\x80", 3), "a")),
       "nor half a pair");
    ok(same(NULL), "nor nothing");
}


static void
test_characters(void)
{
    char      all[256];
    int       c, at;
    unsigned  wrong = 0;

    for (at = 0; at < 20; at++) {
        for (c = 0; c < 256; c++) {
            memset(all, 'x', sizeof(all));
            all[at] = (char) c;
            wrong += !same(text(all, 20));
        }
    }

    ok(wrong == 0, "every byte at every place of a string");
}


/* Strings of random characters in random places. */
static void
test_random(void)
{
    static const char *const  part[] = {
        "a", "\"", "\\", "\n", "\x1f", "\x7f", "\xc3\xa9", "\xe2\x82\xac",
        "\xf0\x9f\x8e\x81", "plain words of a buyer", "/", "</script>"
    };
    unsigned                  i, n, wrong = 0, seed = (unsigned) time(NULL);

    srand(seed);

    for (i = 0; i < 20000; i++) {
        json_t    *object = json_object();
        os_buf_t   word = { 0 };

        for (n = (unsigned) rand() % 12; n > 0; n--) {
            os_buf_text(&word, part[(size_t) rand() % 12]);
            (void) json_object_set_new(object, word.data, rand() % 3
                                       ? text(word.data, word.len)
                                       : json_integer(rand() - RAND_MAX / 2));
        }

        wrong += !same(object);
        os_buf_free(&word);
    }

    if (!ok(wrong == 0, "random words")) {
        diag("seed %u: %u were wrong", seed, wrong);
    }
}


int
main(void)
{
    test_values();
    test_characters();
    test_random();
    return done();
}

/*
 * core/base/os_json_outside: one odd value costs nothing but itself, and what
 * jansson takes goes through as it is.
 */

#include <stdlib.h>

#include "core/base/os_json_outside.h"
#include "core/base/os_json_pull.h"
#include "tap.h"


static const struct {
    const char  *name;
    const char  *text;
    size_t       len;           /* 0: of the text */
    const char  *value;         /* NULL: it is none */
} texts[] = {
    { "nothing odd", "{\"a\": [1, \"b\", null]}", 0, "{\"a\":[1,\"b\",null]}" },
    { "a NUL in a name", "{\"\\u0000*\\u0000rows\": 1, \"id\": 7}", 0,
      "{\"\xef\xbf\xbd*\xef\xbf\xbdrows\":1,\"id\":7}" },
    { "a NUL in a value", "[\"a\\u0000b\"]", 0, "[\"a\xef\xbf\xbd" "b\"]" },
    { "a backslash before what looks like one", "[\"\\\\u0000\"]", 0,
      "[\"\\\\u0000\"]" },
    { "a first half", "[\"\\ud83d!\"]", 0, "[\"\xef\xbf\xbd!\"]" },
    { "a second half", "[\"\\uDE00\"]", 0, "[\"\xef\xbf\xbd\"]" },
    { "two first halves and a second", "[\"\\ud83d\\ud83d\\ude00\"]", 0,
      "[\"\xef\xbf\xbd\xf0\x9f\x98\x80\"]" },
    { "a first half before another escape", "[\"\\ud83d\\n\"]", 0,
      "[\"\xef\xbf\xbd\\n\"]" },
    { "a first half before a NUL", "[\"\\ud83d\\u0000\"]", 0,
      "[\"\xef\xbf\xbd\xef\xbf\xbd\"]" },
    { "a first half at the end", "[\"\\ud83d\"]", 0, "[\"\xef\xbf\xbd\"]" },
    { "thirty digits", "{\"n\": 123456789012345678901234567890}", 0,
      "{\"n\":\"123456789012345678901234567890\"}" },
    { "the greatest and the least that are numbers",
      "[9223372036854775807, -9223372036854775808, 9223372036854775808]", 0,
      "[9223372036854775807,-9223372036854775808,\"9223372036854775808\"]" },
    { "more than a double", "[1e999, -2.5E+999, 1e-999]", 0,
      "[\"1e999\",\"-2.5E+999\",0.0]" },
    { "a number alone", "18446744073709551616", 0,
      "\"18446744073709551616\"" },
    { "a member twice", "{\"a\": 1, \"b\": 2, \"a\": 3}", 0,
      "{\"a\":3,\"b\":2}" },
    { "a byte order mark", "\xef\xbb\xbf{\"a\": 1}", 0, "{\"a\":1}" },
    { "all of it", "\xef\xbb\xbf{\"a\": \"\\u0000\", \"b\": 1e999, \"a\": "
      "\"\\udfff\", \"c\": 20000000000000000000}", 0,
      "{\"a\":\"\xef\xbf\xbd\",\"b\":\"1e999\",\"c\":\"20000000000000000000\"}"
    },
    { "another encoding", "{\"name\": \"Ren\xe9\", \"id\": 7}", 0,
      "{\"name\":\"Ren\xef\xbf\xbd\",\"id\":7}" },
    { "half of a character",
      "[\"\xe2\x82\", \"\xc3\xa9\", \"\xed\xa0\x80\"]", 0,
      "[\"\xef\xbf\xbd\xef\xbf\xbd\",\"\xc3\xa9\","
      "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]" },
    { "that and a member twice", "{\"a\xff\": 1e999, \"a\xfe\": 2}", 0,
      "{\"a\xef\xbf\xbd\":2}" },
    { "no UTF-8 outside of a string", "[1\xff]", 0, NULL },
    { "nothing", "", 0, NULL },
    { "half of it", "{\"a\": \"\\u0000\"", 0, NULL },
    { "a NUL that is none", "[\"\\u000\"]", 0, NULL },
    { "a zero byte", "[\"a\0b\"]", 7, NULL },
    { "a zero byte behind a number", "[1\0]", 4, NULL },
    { "two values", "{} {}", 0, NULL },
    { "a mark in the middle", "[\xef\xbb\xbf" "1]", 0, NULL },
    { "two marks", "\xef\xbb\xbf\xef\xbb\xbf[1]", 0, NULL },
};


static void
test_texts(void)
{
    size_t       i;
    json_t      *value;
    os_buf_t     out = { 0 };
    os_str_t     text;
    os_error_t   err;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        text = os_str(texts[i].text);
        text.len = texts[i].len ? texts[i].len : text.len;
        out.len = 0;
        value = os_json_outside(text, "text", &err);

        if (value) {
            os_json_dump(&out, value);
        }

        is_str(value ? out.data : NULL, texts[i].value, texts[i].name);
        json_decref(value);
    }

    os_buf_free(&out);
}


/* Arrays in arrays, `levels` of them, beside a member that is needed. */
static void
nest(os_buf_t *text, size_t levels)
{
    size_t  i;

    text->len = 0;
    os_buf_text(text, "{\"deep\":");

    for (i = 0; i < levels; i++) {
        os_buf_char(text, '[');
    }

    os_buf_text(text, "\"\\u0000]\"");

    for (i = 0; i < levels; i++) {
        os_buf_char(text, ']');
    }

    os_buf_text(text, ",\"id\":7}");
}


static void
test_depth(void)
{
    size_t       i, levels[] = { 5, OS_PULL_DEPTH - 1, OS_PULL_DEPTH, 100000 };
    json_t      *value, *at;
    os_buf_t     text = { 0 };
    os_error_t   err = { "" };

    for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        nest(&text, levels[i]);
        value = os_json_outside(os_buf_view(&text), "text", &err);
        ok(os_json_int(value, "id", 0) == 7, "%zu levels", levels[i]);

        for (at = json_object_get(value, "deep"); json_is_array(at); ) {
            at = json_array_get(at, 0);
        }

        ok(levels[i] < OS_PULL_DEPTH ? json_is_string(at) : json_is_null(at),
           "  what is below is %s", levels[i] < OS_PULL_DEPTH ? "there"
                                                             : "null");
        json_decref(value);
    }

    os_buf_free(&text);
}


static void
test_size(void)
{
    char         *text = malloc(OS_JSON_OUTSIDE_MAX + 1);
    json_t       *value;
    os_error_t    err = { "" };

    memset(text, ' ', OS_JSON_OUTSIDE_MAX + 1);
    text[0] = '7';

    value = os_json_outside((os_str_t) { OS_JSON_OUTSIDE_MAX, text }, "x",
                            &err);
    ok(json_is_integer(value), "a text of 64 MiB");
    json_decref(value);

    value = os_json_outside((os_str_t) { OS_JSON_OUTSIDE_MAX + 1, text }, "x",
                            &err);
    ok(value == NULL, "a byte more");
    is_str(err.text, "x: not read: 67108865 bytes, of which 67108864 may be",
           "and it says why");
    json_decref(value);
    free(text);
}


static void
test_faults(void)
{
    os_error_t  err = { "" };

    ok(os_json_outside(OS_STR("{\n \"a\": \"\\u0000\",\n \"b\": }"), "w",
                       &err) == NULL, "no JSON");
    ok(strncmp(err.text, "w:", 2) == 0 && strstr(err.text, "not JSON: "),
       "is told with its place: %s", err.text);
}


int
main(void)
{
    test_texts();
    test_depth();
    test_size();
    test_faults();

    return done();
}

/*
 * core/base/os_json_pull: what is JSON and what is not, the values that are
 * asked for, the same at every cut; and that it agrees with jansson, but for
 * what it takes on purpose.
 */

#include <stdlib.h>
#include <time.h>

#include "core/base/os_json.h"
#include "core/base/os_json_pull.h"
#include "tap.h"


#define ROOM  64


typedef struct {
    int             rc;
    os_pull_t       pull;
    os_pull_want_t  want[OS_PULL_WANTS];
    char            room[OS_PULL_WANTS][ROOM];
} reading_t;


static void
start(reading_t *r, const char *const *pointers, unsigned n)
{
    unsigned  i;

    memset(r, 0, sizeof(*r));

    for (i = 0; i < n; i++) {
        r->want[i] = (os_pull_want_t) { .pointer = os_str(pointers[i]),
                                        .room = r->room[i], .size = ROOM };
    }

    r->rc = os_pull_init(&r->pull, r->want, n);
}


/* Each piece lies in memory of just its size: nothing is read behind it. */
static void
feed(reading_t *r, const char *text, size_t len)
{
    char  *piece = malloc(len ? len : 1);

    memcpy(piece, text, len);

    if (r->rc == 0) {
        r->rc = os_pull_feed(&r->pull, piece, len);
    }

    free(piece);
}


static void
finish(reading_t *r)
{
    if (r->rc == 0) {
        r->rc = os_pull_end(&r->pull);
    }
}


static void
read_whole(reading_t *r, os_str_t text, const char *const *pointers,
    unsigned n)
{
    start(r, pointers, n);
    feed(r, text.data, text.len);
    finish(r);
}


static int
same(const reading_t *a, const reading_t *b)
{
    unsigned  i;

    for (i = 0; i < OS_PULL_WANTS; i++) {
        if (a->want[i].kind != b->want[i].kind
            || a->want[i].len != b->want[i].len
            || a->want[i].cut != b->want[i].cut
            || memcmp(a->room[i], b->room[i], a->want[i].len) != 0)
        {
            return 0;
        }
    }

    return a->rc == b->rc && a->pull.nul == b->pull.nul
           && a->pull.lone == b->pull.lone && a->pull.big == b->pull.big
           && a->pull.deep == b->pull.deep
           && a->pull.offset == b->pull.offset;
}


/* In two pieces at every place, and byte by byte: the number that differ. */
static int
cuts(os_str_t text, const char *const *pointers, unsigned n)
{
    int        wrong = 0;
    size_t     i;
    reading_t  whole, cut;

    read_whole(&whole, text, pointers, n);

    for (i = 0; i <= text.len; i++) {
        start(&cut, pointers, n);
        feed(&cut, text.data, i);
        feed(&cut, text.data + i, text.len - i);
        finish(&cut);
        wrong += !same(&whole, &cut);
    }

    start(&cut, pointers, n);

    for (i = 0; i < text.len; i++) {
        feed(&cut, text.data + i, 1);
    }

    finish(&cut);

    return wrong + !same(&whole, &cut);
}


static const char *const  good[] = {
    "0", "-0", "1", "-1", "10", "1.5", "-0.0", "1e5", "1E+5", "1e-05", "0e0",
    "0.1e1", "123456789012345678", "null", "true", "false", "\"\"", "\"a\"",
    "[]", "{}", " [ ] ", "\t{\r\n}\n", "[[]]", "[[],[]]", "[{},{}]", "[1,2,3]",
    "[1 , 2]", "{\"a\":1}", "{ \"a\" : 1 , \"b\" : [ ] }", "{\"\":0}",
    "{\"a\":{\"a\":{\"a\":[[[{}]]]}}}", "[null,true,false,\"x\",0]",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00e9\\u20ac\\uFFFF\"",
    "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00x\"", "\"\x7f\"", "\"\xc2\x80\"",
    "\"\xdf\xbf\"", "\"\xe0\xa0\x80\"", "\"\xed\x9f\xbf\"",
    "\xef\xbb\xbf[]",
    "\"\xee\x80\x80\"", "\"\xef\xbf\xbf\"", "\"\xf0\x90\x80\x80\"",
    "\"\xf4\x8f\xbf\xbf\"", "\"\xe2\x80\xa8\"", "\"/\"", "[\"a\",\"b\"]",
    "{\"k\\u0065y\":\"v\"}", "[0,0.0,-1.0e1]", "[\"12345678\"]",
    "[\"1234567\\n\"]", "[\"12345678901234567890123456789012345\"]",
    "{\"a\":null,\"b\":true,\"c\":false}", "\"[{,:]}\"", "[1e1]", "[-1]",
};

static const char *const  bad[] = {
    "", " ", "-", "+1", "01", "-01", "1.", ".5", "1.e1", "1e", "1e+", "0x1",
    "1a", "- 1", "1 2", "nul", "nulll", "True", "tru", "NaN", "Infinity", "'a'",
    "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
    "\"\\u\"", "\"a\nb\"", "\"\t\"", "\"\x1f\"", "[", "]", "{", "}", "[1",
    "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1}", "{\"a\":1]", "{]", "[}",
    "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{\"a\" 1}",
    "{\"a\"::1}", "{\"a\":1 \"b\":2}", "{\"a\",\"b\"}", "[\"a\":1]", "[]]",
    "{}}", "[][]", "{}{}", "null null", "[1]x", "\"a\"b", "//", "[1]//x",
    "/* */1", "[\xc3\xa9]", "\xef\xbb[]", "[\xef\xbb\xbf]",
    "\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf[]", "\"\x80\"", "\"\xbf\"",
    "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xc2\"", "\"\xc2\xc2\"", "\"\xc2",
    "\"\xe0\x9f\xbf\"", "\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"",
    "\"\xed\xbf\xbf\"", "\"\xe2\x82\"", "\"\xe2\x28\xa1\"",
    "\"\xf0\x8f\xbf\xbf\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"",
    "\"\xf0\x9f\x98\"", "\"\xfe\"", "\"\xff\"", "\"\\u00\xc3\xa9\"",
    "\"\\ud83d",
    "\"\\ud83d\\\"", "\"\\ud83d\\u12\"", "[\"a\xff\"]", "{\"a\xff\":1}",
    "{\"a\n\":1}", "\x0c[]", "[\x0b]", "\xc2\xa0[]", "tr ue", "1.5.5", "1e1e1",
    "--1", "[-]", "[1.]", "[01]", "{\"a\":01}",
};


static void
test_grammar(void)
{
    int        wrong;
    size_t     i;
    reading_t  r;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        read_whole(&r, os_str(good[i]), NULL, 0);
        wrong = cuts(os_str(good[i]), NULL, 0);
        ok(r.rc == 0 && wrong == 0 && !r.pull.nul && !r.pull.lone
           && !r.pull.deep && r.pull.offset == strlen(good[i]),
           "JSON, cut anywhere: %zu", i);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        read_whole(&r, os_str(bad[i]), NULL, 0);
        wrong = cuts(os_str(bad[i]), NULL, 0);
        ok(r.rc == -1 && wrong == 0, "not JSON, cut anywhere: %zu", i);
    }

    read_whole(&r, (os_str_t) { 4, "[1\0]" }, NULL, 0);
    ok(r.rc == -1 && r.pull.offset == 2, "a zero byte; where it broke off");
    feed(&r, "]", 1);
    ok(r.rc == -1 && os_pull_feed(&r.pull, "[]", 2) == -1
       && os_pull_end(&r.pull) == -1, "it stays so");
}


static const struct {
    const char      *text;
    const char      *pointer;
    os_pull_kind_t   kind;
    const char      *value;     /* NULL: none */
} values[] = {
    { "{\"a\":\"x\"}", "/a", OS_PULL_STRING, "x" },
    { "{\"a\":\"\"}", "/a", OS_PULL_STRING, "" },
    { "{\"a\":17}", "/a", OS_PULL_NUMBER, "17" },
    { "{\"a\":-1.50e+2 }", "/a", OS_PULL_NUMBER, "-1.50e+2" },
    { "{\"a\":420101159405511899223197428490}", "/a", OS_PULL_NUMBER,
      "420101159405511899223197428490" },
    { "{\"a\":true}", "/a", OS_PULL_TRUE, "true" },
    { "{\"a\":false}", "/a", OS_PULL_FALSE, "false" },
    { "{\"a\":null}", "/a", OS_PULL_NULL, NULL },
    { "{\"a\":[1,\"x\"]}", "/a", OS_PULL_ARRAY, NULL },
    { "{\"a\":{\"b\":\"x\"}}", "/a", OS_PULL_OBJECT, NULL },
    { "{\"a\":{\"b\":\"x\"}}", "/a/b", OS_PULL_STRING, "x" },
    { "{\"b\":{\"a\":1},\"a\":{\"b\":2}}", "/a/b", OS_PULL_NUMBER, "2" },
    { "{\"a\":{\"c\":{\"b\":1}},\"b\":3}", "/a/b", OS_PULL_NONE, NULL },
    { "{\"x\":{\"a\":1}}", "/a", OS_PULL_NONE, NULL },
    { "{\"ab\":1}", "/a", OS_PULL_NONE, NULL },
    { "{\"a\":1}", "/ab", OS_PULL_NONE, NULL },
    { "{\"a\":1,\"a\":\"two\"}", "/a", OS_PULL_STRING, "two" },
    { "{\"a\":{\"b\":1},\"a\":{}}", "/a/b", OS_PULL_NONE, NULL },
    { "{\"a\":{\"b\":1},\"a\":2}", "/a/b", OS_PULL_NONE, NULL },
    { "{\"a\":1,\"a\":{\"b\":2}}", "/a/b", OS_PULL_NUMBER, "2" },
    { "[10,11,12]", "/1", OS_PULL_NUMBER, "11" },
    { "[10,11,12]", "/3", OS_PULL_NONE, NULL },
    { "[10,11,12]", "/01", OS_PULL_NONE, NULL },
    { "[10,11,12]", "/-", OS_PULL_NONE, NULL },
    { "[10]", "/0", OS_PULL_NUMBER, "10" },
    { "{\"0\":7}", "/0", OS_PULL_NUMBER, "7" },
    { "[[1,2],[3,[4,5]],6]", "/1/1/0", OS_PULL_NUMBER, "4" },
    { "[{\"a\":1},{\"a\":2}]", "/1/a", OS_PULL_NUMBER, "2" },
    { "{\"l\":[{\"x\":[0]},{\"x\":[0,\"v\"]}]}", "/l/1/x/1", OS_PULL_STRING,
      "v" },
    { "[[],{},\"a\",7]", "/3", OS_PULL_NUMBER, "7" },
    { "[0,1,2,3,4,5,6,7,8,9,\"ten\",11]", "/10", OS_PULL_STRING, "ten" },
    { "\"x\"", "", OS_PULL_STRING, "x" },
    { "17", "", OS_PULL_NUMBER, "17" },
    { "[1]", "", OS_PULL_ARRAY, NULL },
    { "{\"\":5}", "/", OS_PULL_NUMBER, "5" },
    { "{\"\":{\"\":6}}", "//", OS_PULL_NUMBER, "6" },
    { "{\"a/b\":1,\"m~n\":2}", "/a~1b", OS_PULL_NUMBER, "1" },
    { "{\"a/b\":1,\"m~n\":2}", "/m~0n", OS_PULL_NUMBER, "2" },
    { "{\"\\u0061\\/b\":1}", "/a~1b", OS_PULL_NUMBER, "1" },
    { "{\"\xc3\xa9\":1}", "/\xc3\xa9", OS_PULL_NUMBER, "1" },
    { "{\"\\u00E9\":1}", "/\xc3\xa9", OS_PULL_NUMBER, "1" },
    { "{\"\\ud83d\\ude00\":1}", "/\xf0\x9f\x98\x80", OS_PULL_NUMBER, "1" },
    { "{\"a\":\"\\u20ac \\\"q\\\" \\n\"}", "/a", OS_PULL_STRING,
      "\xe2\x82\xac \"q\" \n" },
    { "{\"a\":\"\xf0\x9f\x98\x80\\ud83d\\ude01\"}", "/a", OS_PULL_STRING,
      "\xf0\x9f\x98\x80\xf0\x9f\x98\x81" },
    { "{\"a\":\"x\\u0000y\"}", "/a", OS_PULL_STRING, "x\xef\xbf\xbdy" },
    { "{\"a\":\"\\ud83dx\"}", "/a", OS_PULL_STRING, "\xef\xbf\xbdx" },
    { "{\"a\":\"\\ude00\"}", "/a", OS_PULL_STRING, "\xef\xbf\xbd" },
    { "{\"a\":\"\\ud83d\"}", "/a", OS_PULL_STRING, "\xef\xbf\xbd" },
    { "{\"a\":\"\\ud83d\\n\"}", "/a", OS_PULL_STRING, "\xef\xbf\xbd\n" },
    { "{\"a\":\"\\ud83d\\ud83d\\ude00\"}", "/a", OS_PULL_STRING,
      "\xef\xbf\xbd\xf0\x9f\x98\x80" },
    { "{\"a\":\"\\ud83d\\u0041\"}", "/a", OS_PULL_STRING, "\xef\xbf\xbd" "A" },
    { "{\"a\":\"1234567890123456789012345678901234567890123456789012345678901"
      "23\"}", "/a", OS_PULL_STRING,
      "123456789012345678901234567890123456789012345678901234567890123" },
    { "{\"a\":\"12345678901234567890123456789012345678901234567890123456789012"
      "345\"}", "/a", OS_PULL_STRING, NULL },          /* 65: it is cut */
    { "{\"a\":1", "/a", OS_PULL_NONE, NULL },           /* it breaks off */
    { "{\"a\":1}x", "/a", OS_PULL_NONE, NULL },
};


static void
test_values(void)
{
    int        wrong;
    size_t     i;
    os_str_t   text;
    reading_t  r;

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        read_whole(&r, os_str(values[i].text), &values[i].pointer, 1);
        wrong = cuts(os_str(values[i].text), &values[i].pointer, 1);
        text = os_pull_text(&r.want[0]);

        ok(r.want[0].kind == values[i].kind && wrong == 0
           && (values[i].value ? text.data
                                 && os_str_equal(text, os_str(values[i].value))
                               : text.data == NULL),
           "%.50s at \"%s\"", values[i].text, values[i].pointer);
    }
}


static void
test_many(void)
{
    unsigned                  i;
    os_str_t                  text;
    reading_t                 r;
    static const char *const  pointers[] = {
        "/id", "/data/event", "/data", "/list/2/name", "/list/1/name", "/list",
        "/data/none", "/deep/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o", "", "/id/x", "/z",
        "/list/0", "/data/event", "/list/2", "/~0", "/end",
    };
    static const char  body[] =
        " {\"id\": \"evt_1\", \"skip\": [{\"id\": 5, \"data\": {\"event\": 0}"
        "}],"
        "  \"data\": {\"x\": {\"event\": 1}, \"event\": \"moved\"},"
        "  \"list\": [true, {\"name\": \"one\"}, {\"no\": 1, \"name\": \"two\""
        "}],"
        "  \"deep\": {\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":"
        "{\"i\":{\"j\":{\"k\":{\"l\":{\"m\":{\"n\":{\"o\":\"down\"}}}}}}}}}}}}}"
        "}},  \"~\": \"tilde\", \"end\": 9}";
    static const char *const  expected[] = {
        "evt_1", "moved", NULL, "two", "one", NULL, NULL, "down", NULL, NULL,
        NULL, "true", "moved", NULL, "tilde", "9",
    };

    read_whole(&r, os_str(body), pointers, 16);
    is_int(r.rc, 0, "sixteen are asked for");

    for (i = 0; i < 16; i++) {
        text = os_pull_text(&r.want[i]);
        ok(expected[i] ? text.data && os_str_equal(text, os_str(expected[i]))
                       : text.data == NULL, "\"%s\"", pointers[i]);
    }

    is_int(cuts(os_str(body), pointers, 16), 0, "the same at every cut");

    start(&r, pointers, 16);
    ok(r.rc == 0 && os_pull_init(&r.pull, r.want, 17) == -1, "not seventeen");
    start(&r, (const char *const []) { "a" }, 1);
    is_int(r.rc, -1, "a pointer begins with a slash");
    start(&r, (const char *const []) { "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16"
                                       "/17" }, 1);
    is_int(r.rc, -1, "and has sixteen tokens at most");
}


static void
test_taken(void)
{
    size_t     i;
    os_buf_t   text = { 0 };
    reading_t  r;
    static const char *const  pointer[] = { "/end" };

    read_whole(&r, OS_STR("{\"\\u0000*\\u0000rows\":[1,2],\"end\":1}"), pointer,
               1);
    ok(r.rc == 0 && r.pull.nul && r.want[0].kind == OS_PULL_NUMBER,
       "a NUL in a name");
    read_whole(&r, OS_STR("[\"\\ud800\"]"), NULL, 0);
    ok(r.rc == 0 && r.pull.lone && !r.pull.nul, "half of a pair");
    read_whole(&r, OS_STR("[420101159405511899223197428490]"), NULL, 0);
    ok(r.rc == 0 && r.pull.big, "a number of thirty digits");
    read_whole(&r, OS_STR("[1e999]"), NULL, 0);
    ok(r.rc == 0 && r.pull.big, "an exponent of three");
    read_whole(&r, OS_STR("[999999999999999999, 0.1234567890123456789012]"),
               NULL, 0);
    ok(r.rc == 0 && !r.pull.big, "neither");

    /* a thousand levels more than are followed */
    os_buf_text(&text, "{\"x\":");

    for (i = 0; i < 3000; i++) {
        os_buf_text(&text, i % 3 ? "[" : "{\"a]}\\\"\":");
    }

    os_buf_text(&text, "\"]]]\xc3\xa9\\\"\"");

    for (i = 3000; i-- > 0; ) {
        os_buf_text(&text, i % 3 ? "]" : "}");
    }

    os_buf_text(&text, ",\"end\":\"here\"}");
    read_whole(&r, os_buf_view(&text), pointer, 1);
    ok(r.rc == 0 && r.pull.deep
       && os_str_equal(os_pull_text(&r.want[0]), OS_STR("here")),
       "three thousand levels");
    is_int(cuts(os_buf_view(&text), pointer, 1), 0, "cut anywhere");
    text.data[text.len - 16] = 'x';
    read_whole(&r, os_buf_view(&text), pointer, 1);
    is_int(r.rc, -1, "one bracket less");

    text.len = 0;

    for (i = 0; i < OS_PULL_DEPTH; i++) {
        os_buf_char(&text, '[');
    }

    for (i = 0; i < OS_PULL_DEPTH; i++) {
        os_buf_char(&text, ']');
    }

    read_whole(&r, os_buf_view(&text), NULL, 0);
    ok(r.rc == 0 && !r.pull.deep, "2047 levels are followed");
    text.data[OS_PULL_DEPTH + 5] = '}';
    read_whole(&r, os_buf_view(&text), NULL, 0);
    is_int(r.rc, -1, "and each must be closed as it was opened");
    os_buf_free(&text);
}


/* Documents that are made, and then spoilt. */

static uint32_t  dice = 7;

static unsigned
roll(unsigned n)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 8) % n;
}


static void
make(os_buf_t *out, int depth)
{
    unsigned                  i, n;
    static const char *const  scalars[] = {
        "0", "-1", "12.5", "1e2", "true", "false", "null", "\"\"", "\"text\"",
        "\"\\u00e9\\n\"", "\"\xe2\x82\xac\"", "\"\\ud83d\\ude00\"",
        "\"a longer text with nothing in it\"", "7", "\"/~\"",
    };
    static const char *const  names[] = {
        "\"a\"", "\"b\"", "\"ab\"", "\"\"", "\"0\"", "\"\\u0061b\"", "\"id\"",
        "\"a/b\"",
    };

    if (depth == 0 || roll(3) == 0) {
        os_buf_text(out, scalars[roll(sizeof(scalars) / sizeof(*scalars))]);
        return;
    }

    n = roll(5);

    if (roll(2)) {
        os_buf_char(out, '[');

        for (i = 0; i < n; i++) {
            os_buf_text(out, i ? ", " : roll(2) ? " " : "");
            make(out, depth - 1);
        }

        os_buf_char(out, ']');
        return;
    }

    os_buf_char(out, '{');

    for (i = 0; i < n; i++) {
        os_buf_text(out, i ? "," : "");
        os_buf_text(out, names[roll(sizeof(names) / sizeof(*names))]);
        os_buf_text(out, roll(2) ? ":" : " : ");
        make(out, depth - 1);
    }

    os_buf_char(out, '}');
}


static void
spoil(os_buf_t *text)
{
    size_t             at;
    static const char  signs[] = "[]{}:,\"\\/u0159.-+eEtfn \n\t\x80\xc3\xa9"
                                 "\xff";

    while (text->len && roll(3)) {
        at = roll((unsigned) text->len);

        switch (roll(3)) {

        case 0:
            text->data[at] = signs[roll(sizeof(signs) - 1)];
            break;

        case 1:
            memmove(text->data + at, text->data + at + 1, text->len - at);
            text->len--;
            break;

        default:
            os_buf_char(text, ' ');
            memmove(text->data + at + 1, text->data + at, text->len - at - 1);
            text->data[at] = signs[roll(sizeof(signs) - 1)];
        }
    }
}


/* As jansson has it. */
static int
agrees(const json_t *root, const os_pull_want_t *w)
{
    char       number[ROOM + 1];
    json_t    *value = os_json_pointer(root, w->pointer);
    os_str_t   text = os_pull_text(w);

    memcpy(number, w->room, w->len);
    number[w->len] = '\0';

    switch (value ? (int) json_typeof(value) : -1) {
    case JSON_OBJECT:   return w->kind == OS_PULL_OBJECT;
    case JSON_ARRAY:    return w->kind == OS_PULL_ARRAY;
    case JSON_TRUE:     return w->kind == OS_PULL_TRUE;
    case JSON_FALSE:    return w->kind == OS_PULL_FALSE;
    case JSON_NULL:     return w->kind == OS_PULL_NULL;
    case JSON_REAL:
        return w->kind == OS_PULL_NUMBER
               && strtod(number, NULL) == json_real_value(value);
    case JSON_INTEGER:
        return w->kind == OS_PULL_NUMBER
               && strtoll(number, NULL, 10) == json_integer_value(value);
    case JSON_STRING:
        return w->kind == OS_PULL_STRING
               && os_str_equal(text, (os_str_t) { json_string_length(value),
                                                  json_string_value(value) });
    default:
        return w->kind == OS_PULL_NONE;
    }
}


static void
test_jansson(void)
{
    int                       i, wrong = 0, told = 0;
    int                       taken = 0, refused = 0, cut = 0;
    size_t                    at;
    json_t                   *root;
    unsigned                  k;
    os_buf_t                  text = { 0 };
    reading_t                 r, two;
    json_error_t              err;
    static const char *const  pointers[] = {
        "", "/a", "/b/a", "/0", "/1/0", "/ab/id", "/2/a/0", "/a~1b", "/", "//a",
    };

    for (i = 0; i < 60000 && wrong < 5; i++) {
        text.len = 0;
        make(&text, 5);

        if (i % 2) {
            spoil(&text);
        }

        root = json_loadb(text.data, text.len, JSON_DECODE_ANY, &err);
        read_whole(&r, os_buf_view(&text), pointers, 10);
        at = text.len ? roll((unsigned) text.len) : 0;
        start(&two, pointers, 10);
        feed(&two, text.data, at);
        feed(&two, text.data + at, text.len - at);
        finish(&two);
        cut += !same(&r, &two);

        taken += root != NULL;
        refused += root == NULL;

        if (root == NULL) {
            /* what it takes on purpose */
            wrong += r.rc == 0 && !r.pull.nul && !r.pull.lone && !r.pull.big;

        } else {
            wrong += r.rc != 0;

            for (k = 0; k < 10; k++) {
                wrong += !agrees(root, &r.want[k]);
            }
        }

        if (wrong > told) {
            told = wrong;
            diag("%d: %.*s (%s)", r.rc, (int) text.len, text.data,
                 root ? "taken" : err.text);
        }

        json_decref(root);
    }

    os_buf_free(&text);
    is_int(wrong, 0, "as jansson has it");
    ok(taken > 20000 && refused > 10000, "it took %d and refused %d", taken,
       refused);
    is_int(cut, 0, "cut somewhere or not");
}


/* For a person: not a check, as machines differ. */
static void
tell_speed(void)
{
    int              i;
    double           s;
    os_buf_t         plain = { 0 }, dense = { 0 };
    reading_t        r;
    struct timespec  from, to;
    static const char *const  pointers[] = { "/id", "/data/event" };

    os_buf_text(&plain, "{\"html\":\"");

    while (plain.len < 4000000) {
        os_buf_text(&plain, "<p class='x'>Words of a page, as plugins keep "
                    "them.</p>\\n");
    }

    os_buf_text(&plain, "\"}");
    os_buf_char(&dense, '[');

    while (dense.len < 4000000) {
        os_buf_text(&dense, "{\"id\": 17, \"key\": \"_meta\", \"value\": [1, "
                    "2.5, true, null]}, ");
    }

    os_buf_text(&dense, "0]");

    for (i = 0; i < 2; i++) {
        (void) clock_gettime(CLOCK_MONOTONIC, &from);
        read_whole(&r, os_buf_view(i ? &dense : &plain), pointers, 2);
        (void) clock_gettime(CLOCK_MONOTONIC, &to);
        s = (double) (to.tv_sec - from.tv_sec)
            + (double) (to.tv_nsec - from.tv_nsec) / 1e9;
        ok(r.rc == 0, "four megabytes, %s", i ? "dense" : "plain");
        diag("%.0f MB/s", 4 / s);
    }

    os_buf_free(&plain);
    os_buf_free(&dense);
}


int
main(void)
{
    test_grammar();
    test_values();
    test_many();
    test_taken();
    test_jansson();
    tell_speed();

    return done();
}

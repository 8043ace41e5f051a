/*
 * core/order/os_fact: each event's facts, once; what did not change is none;
 * no address, number or name is in one.
 */

#include <stdlib.h>

#include "core/order/os_fact.h"
#include "tap.h"


static const char  after_text[] =
    "{\"store\": \"shop\", \"id\": \"1\", \"state\": \"open\","
    " \"currency\": \"EUR\", \"total\": 4500, \"country\": \"DE\","
    " \"placed\": 100, \"customer\": \"hash\", \"name\": \"Ada Lovelace\","
    " \"email\": \"ada@shop.test\", \"phone\": \"+15005550006\","
    " \"postcode\": \"10115\", \"items\": [{\"id\": \"7\", \"name\": \"Mug\"},"
    " {\"id\": \"8\"}, {\"name\": \"no id\"}],"
    " \"save\": {\"arm\": \"treatment\", \"experiment\": \"x\", \"exposed\": 9,"
    " \"asked\": {\"count\": 1, \"reason\": \"costs\"}}}";


static json_t *
parsed(const char *text)
{
    os_error_t  err;
    json_t     *json = os_json_parse(os_str(text), "test", &err);

    if (json == NULL) {
        printf("Bail out! %s\n", err.text);
        exit(2);
    }

    return json;
}


/* "kind kind …" of what an event makes; the facts stay in *facts. */
static const char *
kinds(const char *before, const char *after, const char *event,
    json_t **facts)
{
    static char  said[256];
    size_t       i;
    json_t      *b = before ? parsed(before) : NULL, *a = parsed(after);
    json_t      *e = parsed(event), *fact;
    os_buf_t     out = os_buf_on(said, sizeof(said));

    *facts = os_facts(b, a, e, NULL, 1000);

    json_array_foreach(*facts, i, fact) {
        os_buf_text(&out, i ? " " : "");
        os_buf_str(&out, os_json_str(fact, "kind"));
    }

    json_decref(a);
    json_decref(b);
    json_decref(e);

    return said;
}


static void
test_first(void)
{
    char     text[256];
    char    *all;
    json_t  *facts, *placed, *asked;

    ok(strcmp(kinds(NULL, after_text,
                    "{\"id\": \"e1\", \"order\": \"shop/1\", \"kind\": "
                    "\"asked\", \"reason\": \"costs\", \"comment\": \"dear\","
                    " \"at_ms\": 5000, \"offers\": [\"ten\"]}", &facts),
              "placed exposed asked") == 0, "an order that is new, met, asked");
    placed = json_array_get(facts, 0);
    asked = json_array_get(facts, 2);
    ok(os_str_equal(os_json_str(placed, "id"), OS_STR("e1:placed")),
       "its id is the event's and the kind");
    ok(os_json_int(placed, "money", 0) == 4500
       && os_str_equal(os_json_str(placed, "currency"), OS_STR("EUR")),
       "money has its currency");
    ok(json_array_size(json_object_get(placed, "items")) == 2,
       "products that have an id");
    ok(os_json_int(asked, "at", 0) == 5, "the event's time, in seconds");
    ok(os_str_equal(os_json_str(asked, "words"), OS_STR("dear"))
       && os_str_equal(os_json_str(asked, "arm"), OS_STR("treatment")),
       "words, and the arm");
    all = json_dumps(facts, 0);
    ok(strstr(all, "Ada") == NULL && strstr(all, "shop.test") == NULL
       && strstr(all, "500555") == NULL && strstr(all, "10115") == NULL,
       "nothing of who it is");
    (void) snprintf(text, sizeof(text), "%s",
                    kinds(after_text, after_text,
                          "{\"id\": \"e2\", \"order\": \"shop/1\","
                          " \"kind\": \"order\"}", &placed));
    ok(placed == NULL && text[0] == '\0', "nothing has changed: no fact");
    free(all);
    json_decref(facts);
}


static void
test_kinds(void)
{
    size_t   i;
    json_t  *facts;

    static const struct {
        const char  *before;
        const char  *after;
        const char  *event;
        const char  *kinds;
    } cases[] = {
        { "{\"state\": \"open\"}", "{\"state\": \"cancelled\", \"total\": 1}",
          "{\"kind\": \"order\"}", "cancelled" },
        { "{\"state\": \"cancelled\"}", "{\"state\": \"cancelled\"}",
          "{\"kind\": \"order\"}", "" },
        { "{\"state\": \"open\", \"refunds\": 5}",
          "{\"state\": \"open\", \"refunds\": 8}", "{\"kind\": \"order\"}",
          "refunded" },
        { "{\"state\": \"open\", \"refunds\": 8}",
          "{\"state\": \"open\", \"refunds\": 5}", "{\"kind\": \"order\"}",
          "" },
        { "{}", "{}", "{\"kind\": \"accepted\", \"decision\": {\"offer\": "
          "\"ten\", \"terms\": {\"amount\": 5}}}", "decided" },
        { "{}", "{}", "{\"kind\": \"applied\"}", "applied" },
        { "{\"save\": {\"decision\": {}}}",
          "{\"save\": {\"decision\": {\"saved\": true}}}",
          "{\"kind\": \"order\"}", "saved" },
        { "{\"save\": {\"decision\": {\"saved\": true}}}",
          "{\"save\": {\"decision\": {\"saved\": true,"
          " \"state\": \"withdrawn\"}}}", "{\"kind\": \"x\"}", "withdrawn" },
        { "{}", "{}", "{\"kind\": \"verdict\", \"approved\": true}",
          "answered" },
        { "{}", "{}", "{\"kind\": \"scored\", \"score\": 2}", "score" },
        { "{}", "{}", "{\"kind\": \"reviewed\", \"stars\": 5}", "review" },
        { "{}", "{}", "{\"kind\": \"help\", \"text\": \"?\"}", "help" },
        { "{}", "{\"save\": {\"reordered\": 7}}", "{\"kind\": \"x\"}",
          "reordered" },
        { "{\"track\": {\"parcels\": [{\"number\": \"A\","
          " \"milestone\": \"shipped\"}]}}",
          "{\"track\": {\"parcels\": [{\"number\": \"A\", \"milestone\": "
          "\"delivered\"}, {\"number\": \"B\"}]}}", "{\"kind\": \"x\"}",
          "parcel" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char  *said = kinds(cases[i].before, cases[i].after,
                                  cases[i].event, &facts);

        ok(strcmp(said, cases[i].kinds) == 0, "%s: \"%s\"", cases[i].event,
           said);
        json_decref(facts);
    }
}


/* Words are cut to what a fact may have, and never within a character. */
static void
test_words(void)
{
    size_t    i;
    json_t   *event = json_object(), *after = json_object(), *facts;
    os_buf_t  text = { 0 };
    os_str_t  words;

    os_buf_char(&text, 'x');

    for (i = 0; i < OS_FACT_WORDS; i++) {
        os_buf_text(&text, "\303\274");
    }

    os_json_set_str(event, "kind", OS_STR("help"));
    os_json_set_str(event, "text", os_buf_view(&text));
    facts = os_facts(NULL, after, event, NULL, 1);
    words = os_json_str(json_array_get(facts, 0), "words");
    ok(words.len == OS_FACT_WORDS - 1, "%zu bytes of %zu", words.len,
       text.len);
    os_buf_free(&text);
    json_decref(event);
    json_decref(after);
    json_decref(facts);
}


int
main(void)
{
    test_first();
    test_kinds();
    test_words();

    return done();
}

/*
 * core/os_order: our reader of an order's record against jansson's, which
 * decides what is JSON and what it says.
 */

#include <stdlib.h>

#include "core/order/os_order.h"
#include "tap.h"


static void
put(os_buf_t *out, const char *name, os_str_t s)
{
    if (s.data) {
        os_buf_printf(out, "%s=", name);
        os_buf_str(out, s);
        os_buf_char(out, '\n');
    }
}


/* All that an order says, as text. */
static void
dump(os_buf_t *out, const os_order_t *o)
{
    out->len = 0;

    if (o == NULL) {
        os_buf_text(out, "no order");
        return;
    }

    put(out, "state", o->state);
    put(out, "status", o->status);
    put(out, "payment", o->payment);
    put(out, "currency", o->currency);
    put(out, "country", o->country);
    put(out, "locale", o->locale);
    put(out, "customer", o->customer);
    put(out, "proof", o->proof);
    put(out, "id", o->id);
    put(out, "number", o->number);
    put(out, "name", o->name);
    put(out, "pay_url", o->pay_url);
    os_buf_printf(out, "%lld %lld %lld %lld %d %zu %d %d\n",
                  (long long) o->total, (long long) o->shipping,
                  (long long) o->placed, (long long) o->pay_by, o->shipped,
                  o->ncoupons, (int) o->dated, (int) o->fits);

    for (size_t i = 0; i < o->nitems; i++) {
        put(out, "item", o->items[i].id);
        put(out, "name", o->items[i].name);
        put(out, "image", o->items[i].image);
        put(out, "url", o->items[i].url);
        os_buf_printf(out, "%lld %lld\n", (long long) o->items[i].quantity,
                      (long long) o->items[i].total);
    }

    for (size_t i = 0; i < o->nused; i++) {
        put(out, "used", o->used[i].offer);
        os_buf_printf(out, "%lld %lld\n", (long long) o->used[i].n,
                      (long long) o->used[i].at);
    }
}


/* Do both read the same from it? `own`: it needed no jansson, when not NULL. */
static int
agrees(os_str_t text, int *own)
{
    int          same;
    json_t      *json;
    os_buf_t     a = { 0 }, b = { 0 };
    os_order_t  *ours, *theirs;

    /* a copy without a zero byte after it, for the sanitizers */
    char  *copy = malloc(text.len + (text.len == 0));

    if (text.len) {
        memcpy(copy, text.data, text.len);
    }

    ours = os_order_parse((os_str_t) { text.len, copy });
    json = json_loadb(text.data, text.len, 0, NULL);
    theirs = os_order_from(json);
    free(copy);

    dump(&a, ours);
    dump(&b, theirs);
    same = os_str_equal(os_buf_view(&a), os_buf_view(&b));

    if (!same) {
        diag("ours:\n%s\njansson's:\n%s", a.data, b.data);
    }

    if (own) {
        *own = ours && ours->json == NULL;
    }

    os_order_free(ours);
    os_order_free(theirs);
    json_decref(json);
    os_buf_free(&a);
    os_buf_free(&b);
    return same;
}


static const char  whole[] =
    "{\"v\":1,\"changed\":1795301015,\"country\":\"DE\",\"currency\":\"EUR\","
    "\"coupons\":[\"a\",{\"b\":[]}],\"consent\":{\"email\":true,\"sms\":false},"
    "\"customer\":\"customer00000000000019\",\"discount\":-12,\"id\":\"19\","
    "\"items\":[{\"id\":\"12\",\"image\":\"/m.svg\",\"name\":\"Becher, "
    "gro\xc3\x9f\",\"quantity\":2,\"total\":2800,\"url\":\"/p/\","
    "\"x\":null},{},7],"
    "\"locale\":\"de\",\"name\":\"Ana \\\"A\\\" \\/\\\\\",\"number\":\"S-19\","
    "\"pay_by\":1795304615,\"pay_url\":\"https://shop.example/pay\","
    "\"payment\":\"unpaid\",\"placed\":1795301015,\"proof\":\"wc_order_19\","
    "\"save\":{\"asked\":{\"at\":1},\"used\":{\"save10\":{\"n\":1,\"at\":17},"
    "\"five\":{}}},\"shipped\":true,\"shipping\":490,\"state\":\"open\","
    "\"status\":\"pending\",\"store\":\"shop\",\"total\":4940}";


static const struct {
    int          own;           /* may it be read without jansson? */
    const char  *text;
} texts[] = {
    { 1, whole },
    { 1, "{}" },
    { 1, " \t\r\n{ \"id\" : \"1\" , \"total\" : -0 } \n" },
    { 1, "{\"items\":[],\"coupons\":[],\"save\":{}}" },
    { 1, "{\"items\":[ { \"id\" : \"1\" } , 2 , \"3\" , [ 4 ] ]}" },

    /* members of other types are as good as absent */
    { 1, "{\"id\":1,\"total\":\"1\",\"placed\":\"x\",\"shipped\":1,\"items\":"
         "{\"id\":\"1\"},\"coupons\":\"x\",\"save\":[],\"name\":null}" },
    { 1, "{\"placed\":null,\"shipped\":false,\"items\":null,\"save\":null}" },
    { 1, "{\"placed\":0,\"pay_by\":-5}" },
    { 1, "{\"items\":[{\"quantity\":\"2\",\"total\":true,\"id\":{}}]}" },
    { 1, "{\"save\":{\"used\":[]}}" },
    { 1, "{\"save\":{\"used\":{\"a\":1,\"b\":null,\"c\":{\"n\":\"1\"}}}}" },

    { 1, "{\"track\":{\"at\":{},\"fits\":[\"tea\",1]}}" },
    { 1, "{\"track\":{\"fits\":{}},\"fits\":[]}" },
    { 1, "{\"track\":[{\"fits\":[]}]}" },

    /* in any order */
    { 1, "{\"total\":5,\"id\":\"1\",\"zip\":1,\"status\":\"x\","
         "\"country\":\"DE\",\"state\":\"open\",\"proof\":\"p\"}" },

    /* names that only resemble */
    { 1, "{\"\":1,\"i\":1,\"idd\":1,\"Id\":\"x\",\"pay_b\":1,\"jd\":\"2\"}" },
    { 1, "{\"\\\"\":1,\"i\\/d\":2}" },

    /* escapes */
    { 1, "{\"name\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"id\":\"a\\\\\"}" },
    { 0, "{\"name\":\"\\u00e9\\ud83d\\ude00\"}" },
    { 0, "{\"\\u0069d\":\"1\"}" },
    { 0, "{\"name\":\"\\ud83d\"}" },
    { 0, "{\"name\":\"\\u0000\"}" },
    { 0, "{\"name\":\"\\x\"}" },
    { 0, "{\"name\":\"\\" },
    { 0, "{\"name\":\"a\nb\"}" },
    { 0, "{\"name\":\"a\\\nb\"}" },
    { 0, "{\"name\":\"\\na\nb\"}" },

    /* numbers */
    { 1, "{\"total\":999999999999999999,\"shipping\":-999999999999999999}" },
    { 0, "{\"total\":1000000000000000000}" },
    { 0, "{\"total\":9223372036854775807}" },
    { 0, "{\"total\":9223372036854775808}" },
    { 0, "{\"v\":1e999,\"total\":1}" },
    { 0, "{\"total\":1.0}" },
    { 0, "{\"total\":1E2}" },
    { 0, "{\"total\":01}" },
    { 0, "{\"total\":-}" },
    { 0, "{\"total\":+1}" },
    { 0, "{\"total\":.5}" },
    { 0, "{\"total\":0x1}" },

    /* what comes twice: the last one counts */
    { 0, "{\"id\":\"1\",\"id\":\"2\"}" },
    { 0, "{\"id\":\"1\",\"id\":2}" },
    { 0, "{\"items\":[1,2],\"items\":[{\"id\":\"1\"}]}" },
    { 0, "{\"items\":[{\"id\":\"1\",\"id\":\"2\"}]}" },
    { 0, "{\"coupons\":[1],\"coupons\":null}" },
    { 0, "{\"save\":{\"used\":{\"a\":{\"n\":1}}},\"save\":{}}" },
    { 0, "{\"save\":{\"used\":{\"a\":{\"n\":1},\"a\":{\"at\":2}}}}" },
    { 0, "{\"save\":{\"used\":{\"a\":{\"n\":1,\"n\":2}}}}" },
    { 0, "{\"track\":{\"fits\":[]},\"track\":{}}" },
    { 1, "{\"v\":1,\"v\":2}" },

    /* no object, or no JSON */
    { 0, "" }, { 0, " " }, { 0, "[]" }, { 0, "[{\"id\":\"1\"}]" },
    { 0, "null" }, { 0, "\"id\"" }, { 0, "1" }, { 0, "{" }, { 0, "}" },
    { 0, "{}}" }, { 0, "{} {}" }, { 0, "{}x" }, { 0, "{,}" },
    { 0, "{\"id\"}" }, { 0, "{\"id\":}" }, { 0, "{\"id\":\"1\",}" },
    { 0, "{\"id\" \"1\"}" }, { 0, "{id:\"1\"}" }, { 0, "{'id':'1'}" },
    { 0, "{\"items\":[1,]}" }, { 0, "{\"items\":[1 2]}" },
    { 0, "{\"items\":[}" }, { 0, "{\"items\":[{]}" },
    { 0, "{\"coupons\":[,]}" }, { 0, "{\"v\":tru}" }, { 0, "{\"v\":truex}" },
    { 0, "{\"v\":True}" }, { 0, "{\"v\":nul}" }, { 0, "{\"shipped\":truth}" },
    { 0, "{\"v\":/**/1}" }, { 0, "\xef\xbb\xbf{}" },
    { 0, "{\"v\":\xc2\xa0" "1}" },

    /* what is not UTF-8 */
    { 1, "{\"name\":\"\xf0\x9f\x98\x80 \xe2\x82\xac\"}" },
    { 0, "{\"name\":\"\xff\"}" },
    { 0, "{\"name\":\"\xc3\"}" },
    { 0, "{\"name\":\"\\n\xc3\"}" },
    { 0, "{\"name\":\"\xc0\x80\"}" },
    { 0, "{\"name\":\"\xed\xa0\x80\"}" },
    { 0, "{\"name\":\"\xf4\x90\x80\x80\"}" },
    { 0, "{\"v\":\"\xe2\x82\",\"w\":\"\xac\"}" },
};


static void
test_texts(void)
{
    int  own;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ok(agrees(os_str(texts[i].text), &own), "reads %.60s", texts[i].text);
        is_int(own, texts[i].own, own ? "by itself" : "with jansson");
    }

    ok(agrees((os_str_t) { 11, "{\"id\":\"a\0\"}" }, &own) && !own,
       "a zero byte in a string");
    ok(agrees((os_str_t) { 3, "{}\0" }, &own) && !own, "and one at the end");
}


/* Cut anywhere, and any byte of it changed. */
static void
test_broken(void)
{
    int          own, bad = 0;
    char         text[sizeof(whole)];
    size_t       len = sizeof(whole) - 1;
    static const char  bytes[] = "\"\\{}[]:,0-1.eE tnu/x\n\x01\x7f\x80\xc3\xff";

    for (size_t i = 0; i < len; i++) {
        bad += !agrees((os_str_t) { i, whole }, &own) || own;
    }

    is_int(bad, 0, "cut at any byte it is no order, as jansson says");

    for (size_t i = 0; i < len; i++) {
        memcpy(text, whole, sizeof(whole));

        for (size_t n = 0; n < sizeof(bytes); n++) {
            text[i] = bytes[n];
            bad += !agrees((os_str_t) { len, text }, NULL);
        }

        memmove(text + i, whole + i + 1, len - i);
        bad += !agrees((os_str_t) { len - 1, text }, NULL);
    }

    is_int(bad, 0, "changed at any byte it says what jansson says");
}


/* `n` times `one`, between `before` and `after`. */
static int
many(const char *before, const char *one, size_t n, const char *after,
    int *own)
{
    int       same;
    os_buf_t  text = { 0 };

    os_buf_text(&text, before);

    for (size_t i = 0; i < n; i++) {
        os_buf_printf(&text, one, i);
    }

    os_buf_text(&text, after);
    same = agrees(os_buf_view(&text), own);
    os_buf_free(&text);
    return same;
}


static void
test_many(void)
{
    int     own;
    size_t  n;

    static const size_t  counts[] = { 0, 15, 31, 32, 100, 5000 };

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        n = counts[i];
        ok(many("{\"items\":[", "{\"id\":\"%zu\"},", n, "{}],\"id\":\"1\"}",
                &own), "%zu items and one", n);
        is_int(own, n < 32, "and who reads them");
        ok(many("{\"save\":{\"used\":{", "\"o%zu\":{\"n\":1},", n,
                "\"x\":{}}}}", &own), "%zu offers and one", n);
        is_int(own, n < 16, "and who reads them");
        ok(many("{\"coupons\":[", "\"%zu\",", n, "1]}", &own),
           "%zu coupons and one", n);
        ok(own, "read by itself");
        ok(many("{\"v\":", "[", n, "", &own), "%zu arrays that stay open", n);
        ok(many("{\"v\":", "{\"a\":", n, "", &own), "and %zu objects", n);
    }

    ok(many("{\"v\":[[[[[[[[[[[[[[[", "", 0, "]]]]]]]]]]]]]]]}", &own) && own,
       "15 arrays deep");
    ok(many("{\"v\":[[[[[[[[[[[[[[[[[[", "", 0, "]]]]]]]]]]]]]]]]]]}", &own)
       && !own, "18 arrays deep");
}


static void
test_facts(void)
{
    os_order_t             *o = os_order_parse(os_str(whole));
    const os_order_used_t  *used;

    ok(os_str_equal(o->name, OS_STR("Ana \"A\" /\\")),
       "a name without its escapes");
    ok(os_str_equal(o->items[0].name, OS_STR("Becher, gro\xc3\x9f")),
       "an item's name");
    is_int((int64_t) o->nitems, 3, "items of any type count");
    is_int(o->items[2].quantity, 1, "one of each, where nothing is said");
    is_int((int64_t) o->ncoupons, 2, "coupons");
    is_int(o->dated, 1, "placed");
    used = os_order_used(o, OS_STR("save10"));
    ok(used && used->n == 1 && used->at == 17, "what was accepted before");
    ok(os_order_used(o, OS_STR("save1")) == NULL, "and what was not");
    os_order_free(o);

    o = os_order_parse(OS_STR("{\"track\":{\"fits\":[\"tea\"]}}"));
    is_int(o->fits, 1, "products that may suit better");
    os_order_free(o);

    ok(os_order_from(NULL) == NULL, "no record, no order");
    os_order_free(NULL);
}


int
main(void)
{
    test_texts();
    test_broken();
    test_many();
    test_facts();
    return done();
}

/*
 * core/os_action: a campaign's calls over a view.
 */

#include <stdlib.h>

#include "core/campaign/os_action.h"
#include "tap.h"


static const char  view_text[] =
    "{\"order\":{\"id\":\"1/9?x\",\"coupons\":[\"a\",\"b\"],"
    "\"shipping_line\":{\"id\":3}},\"code\":\"S\\\"8\",\"coupons\":"
    "[\"a\",\"b\","
    "\"S\\\"8\"],\"lines\":[{\"id\":1,\"sku\":\"x\"},{\"id\":2,\"sku\":\"y\"}],"
    "\"empty\":\"\",\"none\":[],\"nonce\":\"n1\\r\\nX-Evil: 1\"}";


static const char *const  names[] = { "order", "since.day", NULL };

static const struct {
    const char  *call;
    const char  *where;         /* NULL: it is well */
    const char  *wrong;
} checks[] = {
    { "{\"url\":\"/\"}", NULL, NULL },
    { "{\"url\":\"/{{order}}{{order.id}}{{since.day}}\"}", NULL, NULL },
    { "{\"url\":\"/{{#since}}{{day}}{{/since}}\"}", NULL, NULL },
    { "{\"url\":\"/{{#order}}{{any}}{{/order}}\"}", NULL, NULL },
    { "{\"url\":\"/{{#other}}x{{/other}}\"}", "/url",
      "\"other\" is not known here; expected one of order, since.day" },
    { "{\"url\":\"/{{^order}}{{any}}{{/order}}\"}", "/url",
      "\"any\" is not known here; expected one of order, since.day" },
    { "{\"url\":\"/{{since}}\"}", "/url",
      "\"since\" is not known here; expected one of order, since.day" },
    { "{\"url\":\"/{{orders}}\"}", "/url",
      "\"orders\" is not known here; expected one of order, since.day" },
    { "{\"headers\":{\"X-A\":\"a\",\"X-B\":\"{{b\"}}", "/headers/X-B",
      "template:1:1: expected \"}}\" to end the tag that opens here" },
    { "{\"body\":[1,null,\"{{b}}\"]}", "/body/2",
      "\"b\" is not known here; expected one of order, since.day" },
    { "{\"body\":{\"a\":{\"$value\":\"order.a.b\"}}}", NULL, NULL },
    { "{\"body\":{\"a\":{\"$value\":\"ordr.a\"}}}", "/body/a/$value",
      "\"ordr.a\" is not known here; expected one of order, since.day" },
    { "{\"body\":{\"$each\":\"order.a\",\"$item\":[\"{{b}}\"]}}", NULL, NULL },
    { "{\"body\":{\"$each\":\"order.a\",\"$item\":[\"{{b\"]}}",
      "/body/$item/0",
      "template:1:1: expected \"}}\" to end the tag that opens here" },
    { "{\"body\":{\"$each\":\"lines\",\"$item\":1}}", "/body/$each",
      "\"lines\" is not known here; expected one of order, since.day" },
    { "{\"body\":{\"$each\":\"order.a\"}}", "/body",
      "expected a member \"$item\"" },
    { "{\"when\":\"order.a\"}", NULL, NULL },
    { "{\"when\":\"code\"}", "/when",
      "\"code\" is not known here; expected one of order, since.day" },
};


static json_t *
parse(const char *text)
{
    json_t      *json;
    os_error_t   err;

    json = os_json_parse(os_str(text), "test", &err);

    if (json == NULL) {
        diag("%s", err.text);
    }

    return json;
}


static void
test_checks(void)
{
    int         rc;
    size_t      i;
    json_t     *call;
    os_buf_t    where, deep;
    os_error_t  err;

    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        call = parse(checks[i].call);
        where = (os_buf_t) { 0 };
        os_buf_text(&where, "/at");
        err.text[0] = '\0';
        rc = os_action_check(call, names, &where, &err);

        if (checks[i].where == NULL) {
            ok(rc == 0 && where.len == 3, "well: %s", checks[i].call);

        } else {
            is_int(rc, -1, checks[i].call);
            is_str(where.data + 3, checks[i].where, "where it is not");
            is_str(err.text, checks[i].wrong, "and which");
        }

        os_buf_free(&where);
        json_decref(call);
    }

    call = parse("{\"url\":\"{{any}}\"}");
    where = (os_buf_t) { 0 };
    is_int(os_action_check(call, NULL, &where, &err), 0,
           "any name, where none is listed");
    json_decref(call);

    deep = (os_buf_t) { 0 };
    os_buf_text(&deep, "{\"body\":");

    for (i = 0; i < 34; i++) {
        os_buf_text(&deep, "[");
    }

    for (i = 0; i < 34; i++) {
        os_buf_text(&deep, "]");
    }

    os_buf_text(&deep, "}");
    call = parse(deep.data);
    is_int(os_action_check(call, NULL, &where, &err), -1, "too deep a body");
    json_decref(call);
    os_buf_free(&deep);
    os_buf_free(&where);
}


/* What the store says that is to be called is the store's, or nothing. */
static void
test_addresses(void)
{
    size_t        i;
    json_t       *call, *view;
    os_error_t    err;
    os_request_t  r;

    static const char *const  cases[][2] = {
        { "/api/c/3", "https://a.example/api/c/3" },
        { "https://a.example/api/c?x=%20", "https://a.example/api/c?x=%20" },
        { "https://b.example/c/3", NULL },
        { "https://a.example.evil/c/3", NULL },
        { "https://a.example@evil/c/3", NULL },
        { "//evil/c/3", NULL },
        { "c/3", NULL },
        { "/c 3", NULL },
        { "javascript:x", NULL },
    };

    call = parse("{\"url\":\"{{{raw.c}}}\"}");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        view = json_pack("{s:{s:s}}", "raw", "c", cases[i][0]);
        is_int(os_action_expand(call, OS_STR("https://a.example/"), view, &r,
                                &err), cases[i][1] ? 0 : -1, cases[i][0]);

        if (cases[i][1]) {
            is_str(r.url.data, cases[i][1], "is called");
            os_request_free(&r);
        }

        ok(os_action_found(call, view), "there is one");
        json_decref(view);
    }

    view = parse("{\"raw\":{\"c\":{\"email\":\"a@b.example\"}}}");
    ok(!os_action_found(call, view), "what is here already is not called");
    json_decref(view);
    json_decref(call);
}


int
main(void)
{
    size_t         i;
    json_t        *view, *call, *body;
    os_buf_t       text;
    os_error_t     err;
    os_request_t   r;

    static const struct {
        const char  *body;
        const char  *expected;
        const char  *name;
    } bodies[] = {
        { "{\"a\":\"{{code}}\"}", "{\"a\":\"S\\\"8\"}",
          "a value cannot leave its string" },
        { "{\"a\":\"x{{nothing}}\"}", "{\"a\":\"x\"}",
          "a name that is not there" },
        { "{\"a\":1,\"b\":true,\"c\":null}", "{\"a\":1,\"b\":true,\"c\":null}",
          "what is no string stays" },
        { "{\"id\":{\"$value\":\"order.shipping_line.id\"}}", "{\"id\":3}",
          "$value keeps the type" },
        { "{\"id\":{\"$value\":\"order.nothing\"},\"b\":1}", "{\"b\":1}",
          "$value of nothing takes its member away" },
        { "[{\"$value\":\"order.nothing\"},1]", "[1]", "and its element" },
        { "{\"c\":{\"$each\":\"coupons\",\"$item\":{\"code\":\"{{item}}\"}}}",
          "{\"c\":[{\"code\":\"a\"},{\"code\":\"b\"},{\"code\":\"S\\\"8\"}]}",
          "$each over texts" },
        { "{\"$each\":\"lines\",\"$item\":{\"i\":{\"$value\":\"id\"},"
          "\"s\":\"{{sku}}-{{item.sku}}-{{code}}\"}}",
          "[{\"i\":1,\"s\":\"x-x-S\\\"8\"},{\"i\":2,\"s\":\"y-y-S\\\"8\"}]",
          "$each over objects" },
        { "{\"$each\":\"none\",\"$item\":1}", "[]", "$each over nothing" },
        { "{\"a\":\"{{#broken}}\"}", NULL, "a template that is none" },
    };

    view = parse(view_text);

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        call = parse(bodies[i].body);
        body = os_action_body(call, view, &err);
        text = (os_buf_t) { 0 };

        if (body) {
            os_json_dump(&text, body);
        }

        is_str(body ? text.data : NULL, bodies[i].expected, bodies[i].name);
        os_buf_free(&text);
        json_decref(body);
        json_decref(call);
    }

    call = parse("{\"url\":\"/orders/{{order.id}}?c={{code}}\",\"headers\":"
                 "{\"X-Nonce\":\"{{nonce}}\"},\"expect\":[201,409]}");
    is_int(os_action_expand(call, OS_STR("https://a.example/"), view, &r,
                            &err), 0, "a call");
    is_str(r.method, "GET", "GET unless it says so");
    is_str(r.url.data, "https://a.example/orders/1%2F9%3Fx?c=S%228",
           "values in a URL are encoded");
    is_str(os_json_str(r.headers, "X-Nonce").data, "n1  X-Evil: 1",
           "a value cannot begin another header");
    is_int((int64_t) r.body.len, 0, "no body");
    ok(os_request_expects(&r, 409) && !os_request_expects(&r, 200),
       "expect names what is a yes");
    r.expect = NULL;
    ok(os_request_expects(&r, 204) && !os_request_expects(&r, 302),
       "otherwise 2xx is");
    os_request_free(&r);
    json_decref(call);

    call = parse("{\"when\":\"code\"}");
    ok(os_action_wanted(call, view), "when something is there");
    json_decref(call);
    call = parse("{\"when\":\"empty\"}");
    ok(!os_action_wanted(call, view), "when it is empty");
    json_decref(call);
    call = parse("{\"when\":\"none\"}");
    ok(!os_action_wanted(call, view), "when it is an empty list");
    json_decref(call);
    json_decref(view);

    test_addresses();
    test_checks();

    return done();
}

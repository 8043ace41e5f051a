/*
 * core/os_source: signatures, delivery ids, and what the sources that come
 * with ordersave make of what platforms send.
 */

#include <stdlib.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/order/os_source.h"
#include "tap.h"


#define NOW  1795294077


typedef struct {
    const char  *name[4];
    const char  *value[4];
} headers_t;


static os_str_t
header(void *data, os_str_t name)
{
    int         i;
    headers_t  *h;

    h = data;

    for (i = 0; i < 4 && h->name[i]; i++) {
        if (os_str_equal(name, os_str(h->name[i]))) {
            return os_str(h->value[i]);
        }
    }

    return OS_NULL;
}


static os_source_t *
load(const char *path)
{
    os_error_t    err;
    os_source_t  *s;

    s = os_source_load(path, &err);

    if (!ok(s != NULL, "%s", path)) {
        diag("%s", err.text);
    }

    return s;
}


static os_source_t *
load_text(const char *text, os_error_t *err)
{
    FILE        *f;
    const char  *path = "build/test_source.json";

    f = fopen(path, "w");

    if (f == NULL) {
        return NULL;
    }

    fputs(text, f);
    fclose(f);

    return os_source_load(path, err);
}


static void
test_signatures(void)
{
    size_t        i;
    headers_t     h;
    os_buf_t      hex, base64;
    uint8_t       mac[OS_SHA256_LEN];
    const char   *why;
    os_source_t  *woo, *generic;

    static const char  body[] = "{\"id\":19}";

    woo = load("campaign/sources/woocommerce.json");
    generic = load("campaign/sources/generic.json");

    hex = (os_buf_t) { 0 };
    base64 = (os_buf_t) { 0 };
    os_hmac_sha256(OS_STR("secret"), OS_STR(body), mac);
    os_base64(&base64, mac, sizeof(mac));
    os_buf_text(&hex, "sha256=");
    os_hex(&hex, mac, sizeof(mac));

    {
        const struct {
            os_source_t   *source;
            const char    *header;
            const char    *value;
            const char    *secret;
            const char    *body;
            os_receive_t   result;
            const char    *name;
        } cases[] = {
            { woo, "X-WC-Webhook-Signature", base64.data, "secret", body,
              OS_RECEIVE_OK, "base64" },
            { woo, "X-WC-Webhook-Signature", base64.data, "secret2", body,
              OS_RECEIVE_BAD, "base64, another secret" },
            { woo, "X-WC-Webhook-Signature", base64.data, "secret",
              "{\"id\":20}", OS_RECEIVE_BAD, "base64, another body" },
            { woo, "X-WC-Webhook-Signature", base64.data, "", body,
              OS_RECEIVE_BAD, "an empty secret verifies nothing" },
            { woo, "X-WC-Webhook-Signature", "", "secret", body,
              OS_RECEIVE_BAD, "an empty signature" },
            { woo, "X-Other", "x", "secret", body, OS_RECEIVE_BAD,
              "no signature" },
            { woo, "X-Other", "x", "secret", "webhook_id=12",
              OS_RECEIVE_PING, "the unsigned ping" },
            { woo, "X-Other", "x", "secret", "webhook_id=",
              OS_RECEIVE_BAD, "a ping without a number" },
            { woo, "X-Other", "x", "secret", "webhook_id=1&x=2",
              OS_RECEIVE_BAD, "a ping with more" },
            { woo, "X-WC-Webhook-Signature", base64.data, "secret",
              "webhook_id=12", OS_RECEIVE_BAD, "a ping signed wrongly" },
            { generic, "X-Ordersave-Signature", hex.data, "secret", body,
              OS_RECEIVE_OK, "hex with its prefix" },
            { generic, "X-Ordersave-Signature", hex.data + 7, "secret", body,
              OS_RECEIVE_BAD, "hex without its prefix" },
            { generic, "X-Ordersave-Signature", "sha256=00", "secret", body,
              OS_RECEIVE_BAD, "too short" },
            { generic, "X-Other", "x", "secret", "webhook_id=12",
              OS_RECEIVE_BAD, "a ping of another platform" },
        };

        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            memset(&h, 0, sizeof(h));
            h.name[0] = cases[i].header;
            h.value[0] = cases[i].value;
            is_int(os_source_verify(cases[i].source, os_str(cases[i].secret),
                                    header, &h, os_str(cases[i].body), NOW,
                                    &why),
                   cases[i].result, cases[i].name);
        }
    }

    os_buf_free(&hex);
    os_buf_free(&base64);
    os_source_free(woo);
    os_source_free(generic);
}


static void
test_other_schemes(void)
{
    headers_t     h = { { "X-Key" }, { "let me in" } };
    os_error_t    err;
    const char   *why;
    os_source_t  *s;

    s = load_text("{\"receive\":{\"signature\":{\"scheme\":\"secret\","
                  "\"header\":\"X-Key\"}},\"map\":{}}", &err);
    is_int(os_source_verify(s, OS_STR("let me in"), header, &h, OS_STR("x"),
                            NOW, &why), OS_RECEIVE_OK, "a plain secret");
    is_int(os_source_verify(s, OS_STR("let me"), header, &h, OS_STR("x"),
                            NOW, &why), OS_RECEIVE_BAD, "a part of it is none");
    os_source_free(s);

    s = load_text("{\"receive\":{\"signature\":{\"scheme\":\"none\"}},"
                  "\"map\":{}}", &err);
    is_int(os_source_verify(s, OS_NULL, header, &h, OS_STR("x"), NOW, &why),
           OS_RECEIVE_OK, "none");
    os_source_free(s);

    s = load_text("{\n \"receive\": {\"signature\":\n {\"scheme\": \"md5\"}},"
                  " \"map\": {}}", &err);
    ok(s == NULL && strstr(err.text, "test_source.json:3:2: "
                           "/receive/signature:") != NULL,
       "an unknown scheme is named with line and column");
    s = load_text("{\"map\": []}", &err);
    ok(s == NULL, "a source without a map");
}


static void
test_delivery(void)
{
    headers_t     a = { { "X-WC-Webhook-Delivery-ID" }, { "d1" } };
    headers_t     b = { { "X-WC-Webhook-Delivery-ID" }, { "d2" } };
    headers_t     none = { { NULL }, { NULL } };
    os_buf_t      id[4];
    os_source_t  *s;

    memset(id, 0, sizeof(id));
    s = load("campaign/sources/woocommerce.json");
    os_source_delivery(s, header, &a, OS_STR("x"), &id[0]);
    os_source_delivery(s, header, &a, OS_STR("x"), &id[1]);
    os_source_delivery(s, header, &b, OS_STR("x"), &id[2]);
    os_source_delivery(s, header, &a, OS_STR("y"), &id[3]);

    is_int((int64_t) id[0].len, 22, "a delivery id has 22 characters");
    is_str(id[0].data, id[1].data, "the same delivery, the same id");
    ok(strcmp(id[0].data, id[2].data) != 0, "another delivery, another");
    ok(strcmp(id[0].data, id[3].data) != 0,
       "another body, another: one second has one delivery id");
    id[1].len = 0;
    os_source_delivery(s, header, &none, OS_STR("x"), &id[1]);
    ok(strcmp(id[0].data, id[1].data) != 0, "no header at all");

    for (size_t i = 0; i < 4; i++) {
        os_buf_free(&id[i]);
    }

    os_source_free(s);
}


/* The hash that an id is, over parts that end with a zero byte each. */
static void
id_of(const char *parts, size_t len, os_buf_t *out)
{
    uint8_t   hash[OS_SHA256_LEN];
    os_buf_t  text = { 0 };

    os_sha256(parts, len, hash);
    os_base64url(&text, hash, sizeof(hash));
    os_buf_add(out, text.data, 22);
    os_buf_free(&text);
}


static const struct {
    const char  *source;
    const char  *body;
    const char  *parts;         /* "#" is the body's hash, "|" a part's end */
    const char  *topic;
    unsigned     broken;
} readings[] = {
    { "aftership", "{\"event\":\"tracking_update\",\"event_id\":\"e-1\"}",
      "e-1|#|", "tracking_update", 0 },
    { "aftership", "{\"msg\":{\"event\":\"no\",\"event_id\":\"no\"}}", "|#|",
      "", 0 },
    { "aftership", "{\"event\":\"a\",\"event_id\":1,\"event\":\"b\"}", "1|#|",
      "b", 0 },
    { "aftership", "{\"m\\u0000\":\"\\ud800\",\"n\":[1e999,"
      "420101159405511899223197428490],\"event\":\"e\\u0000\"}", "|#|",
      "e\xef\xbf\xbd", 0 },
    { "aftership", "{\"event\":\"a\",\"event_id\":\"e\"", "|#|", "", 1 },
    { "aftership", "", "|#|", "", 1 },
    { "shopware", "{\"data\":{\"event\":\"order.placed\",\"payload\":[{"
      "\"event\":0}]},\"source\":{\"eventId\":\"s-9\"}}", "|s-9|#|",
      "order.placed", 0 },
    { "easypost", "{\"description\":\"tracker.updated\",\"result\":{\"id\":"
      "\"trk\"},\"id\":\"evt\"}", "evt|#|", "tracker.updated", 0 },
    { "woocommerce", "not JSON at all", "|#|", "", 0 },
    { "twilio", "MessageSid=SM1&Body=hi%20there&MessageSid=SM%32", "SM2|", "",
      0 },
};


static void
test_reading(void)
{
    int                   steps;
    char                  path[64];
    size_t                i, most, len;
    uint8_t               hash[OS_SHA256_LEN];
    headers_t             none = { { NULL }, { NULL } };
    os_buf_t              parts = { 0 }, base64 = { 0 }, id = { 0 };
    os_buf_t              got = { 0 }, topic = { 0 };
    const char           *p;
    os_source_t          *s;
    os_source_reading_t   r;

    for (i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
        snprintf(path, sizeof(path), "campaign/sources/%s.json",
                 readings[i].source);
        s = load(path);
        len = strlen(readings[i].body);
        os_sha256(readings[i].body, len, hash);
        base64.len = parts.len = id.len = 0;
        os_base64url(&base64, hash, sizeof(hash));

        for (p = readings[i].parts; *p; p++) {
            if (*p == '#') {
                os_buf_str(&parts, os_buf_view(&base64));
            } else {
                os_buf_char(&parts, *p == '|' ? '\0' : *p);
            }
        }

        id_of(parts.data, parts.len, &id);

        for (most = 1; most <= len + 1; most = most < 9 ? most + 1 : most * 3) {
            got.len = topic.len = 0;
            steps = 1;
            os_source_read_begin(&r, s, header, &none,
                                 os_str(readings[i].body));

            while (os_source_read(&r, most)) {
                steps++;
            }

            os_source_read_end(&r, &got, &topic);

            if (!os_str_equal(os_buf_view(&got), os_buf_view(&id))
                || !os_str_equal(os_buf_view(&topic),
                                 os_str(readings[i].topic))
                || r.broken != readings[i].broken
                || steps > (int) (len / most) + 1)
            {
                break;
            }
        }

        ok(most > len + 1, "%s, in steps of any size: %.40s",
           readings[i].source, readings[i].body);
        os_source_free(s);
    }

    s = load("campaign/sources/twilio.json");
    os_source_read_begin(&r, s, header, &none, OS_STR("Body=x"));
    (void) os_source_read(&r, 100);
    got.len = id.len = 0;
    os_source_read_end(&r, &got, NULL);
    id_of("\0Body=x", 7, &id);
    is_str(got.data, id.data, "where nothing is said the whole body is");
    os_source_free(s);

    os_buf_free(&parts);
    os_buf_free(&base64);
    os_buf_free(&id);
    os_buf_free(&got);
    os_buf_free(&topic);
}


static const char  woo_order[] =
    "{\"id\":19,\"number\":\"W-19\",\"status\":\"%s\",\"currency\":\"EUR\","
    "\"order_key\":\"wc_order_x\",\"total\":\"49.40\",\"shipping_total\":"
    "\"4.90\",\"discount_total\":\"0.00\",\"date_created_gmt\":"
    "\"2026-11-21T20:00:00\",\"date_modified_gmt\":\"2026-11-21T20:01:00\","
    "\"date_paid_gmt\":%s,\"payment_method\":\"%s\",\"needs_payment\":%s,"
    "\"payment_url\":\"https://shop.example/pay/19\","
    "\"billing\":{\"email\":\"Ada@Shop.example\",\"phone\":\"(415) 555-2671\","
    "\"first_name\":\"Ada\",\"country\":\"US\"},\"shipping\":{\"country\":\"\","
    "\"postcode\":\"94107\"},\"line_items\":[{\"product_id\":12,\"name\":"
    "\"Mug\",\"quantity\":2,\"total\":\"44.50\",\"image\":{\"src\":"
    "\"/m.jpg\"}}],"
    "\"shipping_lines\":[{\"id\":3,\"method_id\":\"flat_rate\","
    "\"method_title\":\"Post\"}],\"coupon_lines\":[{\"code\":\"a\"},"
    "{\"code\":\"b\"}],\"refunds\":[{\"id\":1,\"total\":\"-5.00\"},{\"id\":2,"
    "\"total\":\"-1.25\"}],\"meta_data\":[{\"key\":\"_ordersave_offer\","
    "\"value\":\"n1\"},{\"key\":\"_ordersave_locale\",\"value\":\"fr_CA\"},"
    "{\"key\":\"_ordersave_consent_sms\",\"value\":\"yes\"},{\"key\":"
    "\"_ordersave_consent_email\",\"value\":\"no\"}%s]}";


static json_t *
map_woo(os_source_t *s, const char *status, const char *paid,
    const char *method, const char *needs, const char *meta, const char *topic)
{
    char         text[4096];
    json_t      *payload, *orders;
    os_error_t   err;

    snprintf(text, sizeof(text), woo_order, status, paid, method, needs, meta);
    payload = os_json_parse(os_str(text), "payload", &err);

    if (payload == NULL) {
        diag("%s", err.text);
    }

    orders = os_source_map(s, NULL, OS_STR("shop"), payload, os_str(topic),
                           &err);
    json_decref(payload);

    return orders;
}


static void
test_woo_fields(os_source_t *s)
{
    size_t     i;
    json_t    *orders, *value;
    os_buf_t   text;

    static const struct {
        const char  *pointer;
        const char  *value;
    } fields[] = {
        { "/v", "1" }, { "/store", "shop" }, { "/id", "19" },
        { "/number", "W-19" }, { "/proof", "wc_order_x" },
        { "/state", "open" }, { "/status", "pending" },
        { "/payment", "unpaid" }, { "/shipped", NULL },
        { "/pay_url", "https://shop.example/pay/19" },
        { "/pay_by", "1795294800" }, { "/currency", "EUR" },
        { "/total", "4940" }, { "/shipping", "490" }, { "/discount", "0" },
        { "/placed", "1795291200" }, { "/changed", "1795291260" },
        { "/locale", "fr-CA" }, { "/country", "US" },
        { "/postcode", "94107" }, { "/email", "Ada@Shop.example" },
        { "/phone", "(415) 555-2671" }, { "/name", "Ada" },
        { "/consent/sms", "true" }, { "/consent/email", NULL },
        { "/coupons/0", "a" }, { "/coupons/1", "b" },
        { "/shipping_line/id", "3" }, { "/shipping_line/method", "flat_rate" },
        { "/shipping_line/title", "Post" }, { "/marker", "n1" },
        { "/refunds", "625" }, { "/items/0/id", "12" },
        { "/items/0/name", "Mug" }, { "/items/0/quantity", "2" },
        { "/items/0/total", "4450" }, { "/items/0/image", "/m.jpg" },
        { "/customer", NULL },
    };

    orders = map_woo(s, "pending", "null", "bacs", "true", "",
                     "order.created");
    is_int((int64_t) json_array_size(orders), 1, "one order");

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        text = (os_buf_t) { 0 };
        value = os_json_pointer(json_array_get(orders, 0),
                                os_str(fields[i].pointer));
        (void) os_json_text(value, &text);
        is_str(value ? text.data : NULL, fields[i].value, fields[i].pointer);
        os_buf_free(&text);
    }

    json_decref(orders);
}


static void
test_woo_states(os_source_t *s)
{
    size_t   i;
    json_t  *orders, *order;

    static const struct {
        const char  *status;
        const char  *paid;
        const char  *method;
        const char  *needs;
        const char  *state;
        const char  *payment;
        int          shipped;
    } cases[] = {
        { "pending", "null", "card", "true", "open", "unpaid", 0 },
        { "failed", "null", "card", "true", "failed", "unpaid", 0 },
        { "on-hold", "null", "bacs", "false", "open", "unpaid", 0 },
        { "on-hold", "null", "card", "false", "open", "authorised", 0 },
        { "processing", "\"2026-11-21T20:00:30\"", "card", "false", "open",
          "paid", 0 },
        { "processing", "null", "cod", "false", "open", "on_delivery", 0 },
        { "completed", "\"2026-11-21T20:00:30\"", "card", "false", "open",
          "paid", 1 },
        { "cancelled", "null", "card", "false", "cancelled", "unpaid", 0 },
        { "cancelled", "\"2026-11-21T20:00:30\"", "card", "false",
          "cancelled", "paid", 0 },
        { "refunded", "null", "card", "false", "refunded", "paid", 0 },
        { "trash", "null", "card", "false", "cancelled", NULL, 0 },
        { "own-status", "null", "card", "false", "open", NULL, 0 },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        orders = map_woo(s, cases[i].status, cases[i].paid, cases[i].method,
                         cases[i].needs, "", "order.updated");
        order = json_array_get(orders, 0);
        is_str(os_json_str(order, "state").data, cases[i].state,
               cases[i].status);
        is_str(os_json_str(order, "payment").data, cases[i].payment,
               "  its payment");
        is_int(os_json_bool(order, "shipped"), cases[i].shipped,
               "  whether it left the house");
        json_decref(orders);
    }
}


static void
test_woo_rest(os_source_t *s)
{
    json_t  *orders;

    orders = map_woo(s, "processing", "null", "card", "false",
                     ",{\"key\":\"_wc_shipment_tracking_items\",\"value\":"
                     "[{\"tracking_number\":\"1Z\"}]}", "order.updated");
    ok(os_json_bool(json_array_get(orders, 0), "shipped"),
       "a tracking number means shipped");
    json_decref(orders);

    orders = map_woo(s, "checkout-draft", "null", "", "false", "",
                     "order.created");
    is_int((int64_t) json_array_size(orders), 0, "a draft is no order");
    json_decref(orders);

    orders = map_woo(s, "pending", "null", "", "false", "", "product.created");
    is_int((int64_t) json_array_size(orders), 0, "another topic is none");
    json_decref(orders);
}


/* Refunds that no sum holds: all is given back, and nothing less. */
static void
test_sums(os_source_t *s)
{
    int          i;
    json_t      *payload, *orders;
    os_buf_t     text = { 0 };
    os_error_t   err;

    os_buf_text(&text, "{\"id\":1,\"currency\":\"JPY\",\"total\":\"5\","
                       "\"refunds\":[");

    for (i = 0; i < 12; i++) {
        os_buf_printf(&text, "%s{\"id\":%d,\"total\":\"-922337203685477580\"}",
                      i ? "," : "", i);
    }

    os_buf_text(&text, "]}");
    payload = os_json_parse(os_buf_view(&text), "payload", &err);
    orders = os_source_map(s, NULL, OS_STR("shop"), payload,
                           OS_STR("order.updated"), &err);
    ok(os_json_int(json_array_get(orders, 0), "refunds", 0) == INT64_MAX,
       "refunds beyond all sums");

    json_decref(orders);
    json_decref(payload);
    os_buf_free(&text);
}


static void
test_errors(os_source_t *s)
{
    json_t      *payload, *orders;
    os_error_t   err;

    payload = json_pack("{s:s}", "code", "rest_error");
    orders = os_source_map(s, NULL, OS_STR("shop"), payload, OS_NULL, &err);
    ok(orders != NULL && json_array_size(orders) == 0,
       "what has nothing of an order is passed over");
    json_decref(orders);
    json_decref(payload);

    payload = json_pack("{s:s, s:s}", "order_key", "k", "currency", "EUR");
    ok(os_source_map(s, NULL, OS_STR("shop"), payload, OS_NULL, &err) == NULL,
       "an order without an id is an error");
    ok(strstr(err.text, "no order id") != NULL, "that says so");
    json_decref(payload);

    payload = json_pack("[{s:s}, {s:i, s:s}]", "currency", "EUR", "id", 7,
                        "currency", "EUR");
    orders = os_source_map(s, NULL, OS_STR("shop"), payload, OS_NULL, &err);
    is_int((int64_t) json_array_size(orders), 1,
           "and costs the others of a list nothing");
    json_decref(orders);
    json_decref(payload);

    payload = json_pack("[{s:i, s:s, s:s}, {s:i, s:s, s:s}]", "id", 1,
                        "currency", "KRW", "total", "15000", "id", 2,
                        "currency", "KWD", "total", "1.234");
    orders = os_source_map(s, NULL, OS_STR("shop"), payload, OS_NULL, &err);
    is_int((int64_t) json_array_size(orders), 2, "a list of orders");
    is_int(os_json_int(json_array_get(orders, 0), "total", 0), 15000,
           "amounts in a currency without digits");
    is_int(os_json_int(json_array_get(orders, 1), "total", 0), 1234,
           "and in one with three");
    json_decref(orders);
    json_decref(payload);
}


/* What the two sources do not use. */
static void
test_language(void)
{
    json_t       *payload, *orders, *order;
    os_error_t    err;
    os_source_t  *s;

    s = load_text(
        "{\"map\": {\"id\": \"/n\","
        " \"name\": {\"join\": [\"/first\", \"/none\", \"/last\"],"
        " \"with\": \" \"},"
        " \"status\": {\"topic\": true, \"map\": {\"made\": \"new\"}},"
        " \"locale\": {\"from\": \"/none\", \"default\": \"en\"},"
        " \"coupons\": {\"each\": \"/list\", \"where\": {\"/use\": true},"
        "   \"item\": {\"join\": [\"^/first\", \"/code\"], \"with\": \"-\"}},"
        " \"zone\": {\"from\": \"/first\", \"as\": \"lower\"},"
        " \"country\": {\"when\": {\"/list\": false}, \"value\": \"XX\"},"
        " \"email\": {\"when\": {\"/n\": [\"6\", \"7\"]},"
        " \"value\": \"seven@shop.test\"}}}",
        &err);

    if (!ok(s != NULL, "a source of its own")) {
        diag("%s", err.text);
        return;
    }

    payload = json_pack("{s:i, s:s, s:s, s:[{s:b, s:s}, {s:b, s:s}]}", "n", 7,
                        "first", "Ada", "last", "L", "list", "use", 0, "code",
                        "a", "use", 1, "code", "b");
    orders = os_source_map(s, NULL, OS_STR("shop"), payload, OS_STR("made"),
                           &err);
    order = json_array_get(orders, 0);

    is_str(os_json_str(order, "name").data, "Ada L", "join");
    is_str(os_json_str(order, "status").data, "new", "topic");
    is_str(os_json_str(order, "locale").data, "en", "default");
    is_int((int64_t) json_array_size(json_object_get(order, "coupons")), 1,
           "each … where");
    is_str(json_string_value(os_json_pointer(order, OS_STR("/coupons/0"))),
           "Ada-b", "^ reaches out of an element");
    is_str(os_json_str(order, "zone").data, "ada", "lower");
    ok(json_object_get(order, "country") == NULL, "when … false");
    is_str(os_json_str(order, "email").data, "seven@shop.test",
           "when … one of");

    json_decref(orders);
    json_decref(payload);
    os_source_free(s);
}


int
main(void)
{
    os_source_t  *woo;

    test_signatures();
    test_other_schemes();
    test_delivery();
    test_reading();
    woo = load("campaign/sources/woocommerce.json");
    test_woo_fields(woo);
    test_woo_states(woo);
    test_woo_rest(woo);
    test_sums(woo);
    test_errors(woo);
    test_language();
    os_source_free(woo);

    return done();
}

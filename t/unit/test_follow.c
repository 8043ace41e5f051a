/*
 * core/os_follow, os_products: what a tracking service is asked and means, and
 * products as records of a feed; a fault in a source is told by its place.
 */

#include <stdlib.h>

#include "core/order/os_follow.h"
#include "core/order/os_products.h"
#include "core/order/os_source.h"
#include "tap.h"


#define NOW  1800000000LL
#define DAY  86400

#define FOLLOW  "\"key\":{\"header\":\"k\"},\"register\":{\"url\":\"/r\"}," \
    "\"read\":{\"url\":\"/q\"},\"payload\":{\"a\":\"/b\"}"


static os_campaign_t  *campaign;


static json_t *
json(const char *text)
{
    json_t  *value = json_loads(text, JSON_DECODE_ANY, NULL);

    if (value == NULL) {
        abort();
    }

    return value;
}


static void
faults(void)
{
    size_t      i;
    json_t     *one;
    os_buf_t    where;
    os_error_t  err;

    static const char *const  cases[][2] = {
        { "{" FOLLOW "}", NULL },
        { "{\"register\":{}}", "/key" },
        { "{\"key\":{\"basic\":true}}", "/register" },
        { "{\"key\":{\"basic\":true},\"register\":{\"url\":\"/{{nummer}}\"}}",
          "/register/url" },
        { "{" FOLLOW ",\"says\":[{\"is\":\"there\"}]}", "/says" },
        { "{" FOLLOW ",\"says\":[{\"status\":4,\"is\":\"where\"}]}", "/says" },
        { "{" FOLLOW ",\"says\":[{\"status\":4,\"is\":\"there\"}]}", NULL },
        { "{\"key\":{\"header\":\"k\"},\"register\":{\"url\":\"/r\"},"
          "\"read\":{\"url\":\"/q\"},\"payload\":{\"a\":\"b\"}}", "/payload" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        one = json(cases[i][0]);
        where = (os_buf_t) { 0 };
        is_int(os_follow_check(one, &where, &err), cases[i][1] ? -1 : 0,
               cases[i][0]);

        if (cases[i][1]) {
            is_str(where.data, cases[i][1], "which is told by its place");
        }

        os_buf_free(&where);
        json_decref(one);
    }
}


/* The order's `changed` is so many days ago, the parcel left so many. */
static int
over(const char *state, int changed, const char *milestone, int left)
{
    int      is;
    json_t  *order, *parcel;

    order = json_pack("{s:s, s:I}", "state", state, "changed",
                      (json_int_t) (NOW - changed * DAY));
    parcel = json_pack("{s:s, s:s, s:{s:I}}", "number", "A", "milestone",
                       milestone, "at", "shipped",
                       (json_int_t) (NOW - left * DAY));
    is = os_follow_over(campaign, order, parcel, NOW);
    json_decref(order);
    json_decref(parcel);

    return is;
}


static void
ends(void)
{
    ok(!over("open", 0, "shipped", 1), "on its way");
    ok(!over("open", 0, "in_transit", 20), "for twenty days");
    ok(over("open", 0, "in_transit", 40), "for too long");
    ok(over("open", 90, "shipped", 0), "of an order of last quarter, heard of "
       "today");
    ok(over("open", 0, "delivered", 1), "there");
    ok(over("cancelled", 0, "shipped", 1), "of a cancelled order");
    ok(os_follow_over(campaign, NULL, NULL, NOW), "no parcel");
}


static void
views(void)
{
    json_t  *order, *parcel, *view;

    order = json("{\"number\":\"#7\"}");
    parcel = json("{\"number\":\"1Z9\",\"carrier\":\"dhl\"}");
    view = os_follow_view(campaign, order, OS_STR("19"), parcel);
    is_str(os_json_str(view, "code").data, "dhl-germany", "its code, however "
           "the store spells the carrier");
    is_str(os_json_str(json_object_get(view, "order"), "number").data, "#7",
           "the order's number");
    ok(json_object_get(view, "code_number") == NULL, "no number is made of it");
    json_decref(view);
    json_decref(parcel);

    parcel = json("{\"number\":\"1Z9\",\"carrier\":\"Post\"}");
    view = os_follow_view(campaign, order, OS_STR("19"), parcel);
    is_int(os_json_int(view, "code_number", 0), 3011, "the code of all others, "
           "as a number");
    json_decref(view);
    json_decref(parcel);
    json_decref(order);
}


static void
words(void)
{
    json_t       *source, *follow, *body;
    os_source_t  *s;
    os_error_t    err;

    s = os_source_load("campaign/sources/17track.json", &err);
    ok(s != NULL, "a source");
    source = s ? s->json : NULL;
    follow = json_object_get(source, "follow");

    body = json("{\"code\":0,\"data\":{\"accepted\":[],\"rejected\":[{"
                "\"error\":{\"code\":-18019901}}]}}");
    is_int(os_follow_says(follow, "register", 200, body), OS_FOLLOW_THERE,
           "there already");
    is_int(os_follow_says(follow, "read", 200, body), OS_FOLLOW_REFUSED,
           "which a read does not say");
    json_decref(body);
    body = json("{\"code\":0,\"data\":{\"accepted\":[{\"number\":\"1\"}],"
                "\"rejected\":[]}}");
    is_int(os_follow_says(follow, "register", 200, body), OS_FOLLOW_PLAIN,
           "accepted");
    json_decref(body);
    body = json("{\"code\":-18010002,\"data\":{}}");
    is_int(os_follow_says(follow, "register", 200, body), OS_FOLLOW_LOCKED,
           "a key that does not fit, with status 200");
    json_decref(body);
    is_int(os_follow_says(follow, "register", 200, NULL), OS_FOLLOW_LATER,
           "no JSON at all");
    is_int(os_follow_says(follow, "register", 503, NULL), OS_FOLLOW_PLAIN,
           "a status speaks for itself");
    os_source_free(s);
}


/* Nobody may be asked without a pause. */
static void
pauses(void)
{
    json_t  *follow = os_campaign_at(campaign, "/track/follow");

    os_json_set_str(follow, "silent", OS_STR("0s"));
    is_int(os_follow_silent(campaign), 1, "a silence of no time is a second");
    os_json_set_str(follow, "silent", OS_STR("5m"));
    is_int(os_follow_silent(campaign), 300, "five minutes are five minutes");
}


/* [records] of one product, by its platform's map. */
static json_t *
records(const char *name, const char *as, const char *raw)
{
    json_t       *out, *product = json(raw);
    os_source_t  *s;
    os_error_t    err;

    s = os_source_load(name, &err);

    if (s == NULL) {
        diag("%s", err.text);
        abort();
    }

    out = os_products_records(json_object_get(s->json, "catalog"),
                              json_object_get(s->json, "words"), os_str(as),
                              product);
    os_source_free(s);
    json_decref(product);

    return out;
}


static void
products(void)
{
    json_t  *all, *one;

    all = records("campaign/sources/woocommerce.json", "product",
                  "{\"id\":7,\"name\":\"Mug\",\"permalink\":\"/p/\","
                  "\"status\":\"publish\",\"price\":\"\",\"images\":[],"
                  "\"stock_status\":\"onbackorder\",\"categories\":[]}");
    one = json_array_get(all, 0);
    is_int((int) json_array_size(all), 1, "one record");
    is_str(os_json_str(one, "id").data, "7", "an id is a text");
    ok(!os_json_bool(one, "gone"), "it is sold");
    ok(json_object_get(one, "price") == NULL, "a price that is none");
    json_decref(all);

    all = records("campaign/sources/woocommerce.json", "product",
                  "{\"id\":7,\"status\":\"publish\","
                  "\"catalog_visibility\":\"hidden\"}");
    ok(os_json_bool(json_array_get(all, 0), "gone"), "hidden: gone");
    json_decref(all);

    all = records("campaign/sources/woocommerce.json", "variation",
                  "{\"id\":8,\"parent_id\":7,\"status\":\"publish\","
                  "\"permalink\":\"/p/\",\"attributes\":[{\"name\":"
                  "\"Farbe\",\"option\":\"rot\"},{\"name\":"
                  "\"Gr\\u00f6\\u00dfe\",\"option\":\"L\"}]}");
    one = json_array_get(all, 0);
    is_str(os_json_str(one, "size").data, "L", "a size, in German");
    is_str(os_json_str(one, "colour").data, "rot", "and a colour");
    is_str(os_json_str(one, "name").data, "rot, L", "named by both");
    is_str(os_json_str(one, "group").data, "7", "of its product");
    json_decref(all);

    all = records("campaign/sources/shopify.json", "variant",
                  "{\"legacyResourceId\":\"9\",\"title\":\"Default Title\","
                  "\"product\":{\"status\":\"ACTIVE\",\"onlineStoreUrl\":"
                  "\"x\"}}");
    ok(os_json_bool(json_array_get(all, 0), "gone"), "Shopify's only variant "
       "is none");
    json_decref(all);
}


int
main(void)
{
    os_error_t  err;

    campaign = os_campaign_load("t/unit/follow_campaign.json", "campaign",
                                &err);

    if (campaign == NULL) {
        diag("%s", err.text);
        return 1;
    }

    faults();
    ends();
    views();
    words();
    pauses();
    products();
    os_campaign_free(campaign);

    return done();
}

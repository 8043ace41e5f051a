/*
 * The sources of stores and carriers that come with ordersave: how each signs,
 * and what every status that it knows becomes. Payloads are written anew in
 * the shape of each one's documentation; @S and @D in them are a row's status
 * and detail.
 */

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/order/os_source.h"
#include "core/order/os_track.h"
#include "core/order/os_wall.h"
#include "tap.h"


#define NOW     1795294077
#define SECRET  "whsec 4/7"


/* --- statuses --- */

typedef struct {
    const char  *status;
    const char  *detail;
    const char  *milestone;
    const char  *side;
} status_t;

typedef struct {
    const char  *source;
    const char  *topic;
    const char  *payload;
    const char  *number;
    const char  *carrier;
    const char  *order;         /* order or order_number */
    const char  *arrival;       /* from/to */
    const char  *place;         /* of the newest event, or its own */
    status_t     status[44];
} carrier_t;


static const carrier_t  carriers[] = {

    { "aftership", "tracking_update",
      "{\"ts\":1795290000,\"event\":\"tracking_update\",\"event_id\":\"e-1\","
      "\"msg\":{\"tracking_number\":\"9400 1\",\"slug\":\"usps\","
      "\"order_id\":\"1042\",\"tag\":\"@S\",\"subtag\":\"@D\","
      "\"courier_estimated_delivery_date\":{"
      "\"estimated_delivery_date_min\":\"2026-11-23\","
      "\"estimated_delivery_date_max\":\"2026-11-25T23:30:00-05:00\"},"
      "\"checkpoints\":[{\"tag\":\"InfoReceived\",\"checkpoint_time\":"
      "\"2026-11-20T08:00:00\",\"message\":\"Label\"},"
      "{\"tag\":\"@S\",\"subtag\":\"@D\",\"checkpoint_time\":"
      "\"2026-11-21T10:00:00+01:00\",\"message\":\"Scan\","
      "\"location\":\"Reno, NV\"}]}}",
      "94001", "usps", "1042", "2026-11-23/2026-11-25", "Reno, NV",
      { { "Pending", "Pending_001", "confirmed", "" },
        { "InfoReceived", "InfoReceived_001", "confirmed", "" },
        { "InTransit", "InTransit_003", "in_transit", "" },
        { "OutForDelivery", "OutForDelivery_001", "out_for_delivery", "" },
        { "AttemptFail", "AttemptFail_001", "in_transit", "attempt_failed" },
        { "AvailableForPickup", "AvailableForPickup_001", "in_transit",
          "ready_for_pickup" },
        { "Delivered", "Delivered_001", "delivered", "" },
        { "Exception", "Exception_001", "", "exception" },
        { "Exception", "Exception_004", "", "delayed" },
        { "Exception", "Exception_010", "", "returned" },
        { "Exception", "Exception_011", "", "returned" },
        { "Expired", "Expired_001", "", "exception" },
        { "Unheard", "of", "", "" } } },

    { "easypost", "tracker.updated",
      "{\"object\":\"Event\",\"id\":\"evt_1\",\"description\":"
      "\"tracker.updated\",\"result\":{\"object\":\"Tracker\","
      "\"tracking_code\":\"EZ1000000001\",\"carrier\":\"USPS\","
      "\"status\":\"@S\",\"status_detail\":\"@D\","
      "\"est_delivery_date\":\"2026-11-24T00:00:00Z\","
      "\"public_url\":\"https://track.easypost.example/x\","
      "\"tracking_details\":[{\"status\":\"pre_transit\",\"message\":"
      "\"Label\",\"datetime\":\"2026-11-20T09:00:00Z\"},{\"status\":\"@S\","
      "\"status_detail\":\"@D\",\"message\":\"Scan\","
      "\"datetime\":\"2026-11-21T09:00:00Z\",\"tracking_location\":"
      "{\"city\":\"OAKLAND\",\"country\":\"US\"}}]}}",
      "EZ1000000001", "USPS", NULL, "/2026-11-24", "OAKLAND, US",
      { { "pre_transit", "label_created", "confirmed", "" },
        { "in_transit", "arrived_at_facility", "in_transit", "" },
        { "in_transit", "delayed", "in_transit", "delayed" },
        { "in_transit", "delivery_attempted", "in_transit",
          "attempt_failed" },
        { "out_for_delivery", "out_for_delivery", "out_for_delivery", "" },
        { "delivered", "arrived_at_destination", "delivered", "" },
        { "available_for_pickup", "arrived_at_pickup_location", "in_transit",
          "ready_for_pickup" },
        { "return_to_sender", "return", "", "returned" },
        { "failure", "damaged", "", "exception" },
        { "cancelled", "cancelled", "", "exception" },
        { "error", "error", "", "exception" },
        { "unknown", "unknown", "", "" } } },

    { "shippo", "track_updated",
      "{\"event\":\"track_updated\",\"test\":false,\"data\":{"
      "\"carrier\":\"dhl_germany\",\"tracking_number\":\"00340434\","
      "\"eta\":\"2026-11-24T17:00:00Z\",\"tracking_status\":{"
      "\"status\":\"@S\",\"substatus\":{\"code\":\"@D\"},"
      "\"status_details\":\"Scan\",\"status_date\":\"2026-11-21T09:00:00Z\","
      "\"location\":{\"city\":\"Bonn\",\"country\":\"DE\"}},"
      "\"tracking_history\":[{\"status\":\"PRE_TRANSIT\","
      "\"status_details\":\"Label\",\"status_date\":\"2026-11-20T09:00:00Z\"},"
      "{\"status\":\"@S\",\"substatus\":{\"code\":\"@D\"},"
      "\"status_details\":\"Scan\",\"status_date\":\"2026-11-21T09:00:00Z\","
      "\"location\":{\"city\":\"Bonn\",\"country\":\"DE\"}}]}}",
      "00340434", "dhl_germany", NULL, "/2026-11-24", "Bonn, DE",
      { { "PRE_TRANSIT", "information_received", "confirmed", "" },
        { "TRANSIT", "package_departed", "in_transit", "" },
        { "TRANSIT", "out_for_delivery", "out_for_delivery", "" },
        { "TRANSIT", "delivery_attempted", "in_transit", "attempt_failed" },
        { "TRANSIT", "notice_left", "in_transit", "attempt_failed" },
        { "TRANSIT", "reschedule_delivery", "in_transit", "attempt_failed" },
        { "TRANSIT", "location_inaccessible", "in_transit",
          "attempt_failed" },
        { "TRANSIT", "pickup_available", "in_transit", "ready_for_pickup" },
        { "TRANSIT", "delayed", "in_transit", "delayed" },
        { "TRANSIT", "address_issue", "in_transit", "exception" },
        { "TRANSIT", "contact_carrier", "in_transit", "exception" },
        { "TRANSIT", "package_held", "in_transit", "exception" },
        { "DELIVERED", "delivered", "delivered", "" },
        { "RETURNED", "return_to_sender", "", "returned" },
        { "RETURNED", "package_unclaimed", "", "exception" },
        { "FAILURE", "package_lost", "", "exception" },
        { "FAILURE", "package_damaged", "", "exception" },
        { "FAILURE", "package_disposed", "", "exception" },
        { "FAILURE", "package_undeliverable", "", "exception" },
        { "FAILURE", "", "", "exception" },
        { "RETURNED", "", "", "returned" },
        { "UNKNOWN", "", "", "" } } },

    { "17track", "TRACKING_UPDATED",
      "{\"event\":\"TRACKING_UPDATED\",\"data\":{\"number\":\"RR1234CN\","
      "\"carrier\":3011,\"tag\":\"A-77\",\"track_info\":{\"latest_status\":{"
      "\"status\":\"@S\",\"sub_status\":\"@D\"},\"latest_event\":{"
      "\"time_iso\":\"2026-11-21T10:00:00+08:00\",\"time_utc\":"
      "\"2026-11-21T02:00:00Z\",\"description\":\"Scan\","
      "\"location\":\"SHENZHEN\"},\"time_metrics\":{"
      "\"estimated_delivery_date\":{\"from\":\"2026-11-24T00:00:00+08:00\","
      "\"to\":\"2026-11-26T23:59:59+08:00\"}},\"tracking\":{\"providers\":[{"
      "\"provider\":{\"key\":3011,\"name\":\"China Post\"},\"events\":[{"
      "\"time_utc\":\"2026-11-21T02:00:00Z\",\"stage\":\"Departure\","
      "\"description\":\"Scan\",\"location\":\"SHENZHEN\"}]},"
      "{\"provider\":{\"name\":\"DHL\"},\"events\":[{"
      "\"time_utc\":\"2026-11-20T02:00:00Z\",\"stage\":\"PickedUp\","
      "\"description\":\"Picked up\"}]}]}}}}",
      "RR1234CN", "China Post", "A-77", "2026-11-24/2026-11-26", "SHENZHEN",
      { { "NotFound", "NotFound_Other", "", "" },
        { "InfoReceived", "InfoReceived", "confirmed", "" },
        { "InTransit", "InTransit_Departure", "in_transit", "" },
        { "Expired", "Expired_Other", "", "exception" },
        { "AvailableForPickup", "AvailableForPickup_Other", "in_transit",
          "ready_for_pickup" },
        { "OutForDelivery", "OutForDelivery_Other", "out_for_delivery", "" },
        { "DeliveryFailure", "DeliveryFailure_NoBody", "in_transit",
          "attempt_failed" },
        { "Delivered", "Delivered_Other", "delivered", "" },
        { "Exception", "Exception_Other", "", "exception" },
        { "Exception", "Exception_Delayed", "", "delayed" },
        { "Exception", "Exception_Returning", "", "returned" },
        { "Exception", "Exception_Returned", "", "returned" } } },

    { "ship24", "",
      "{\"trackings\":[{\"metadata\":{\"messageId\":\"m1\"},\"tracker\":{"
      "\"trackingNumber\":\"S24DEMO\",\"shipmentReference\":\"1042\"},"
      "\"shipment\":{\"statusMilestone\":\"@S\",\"statusCode\":\"@D\","
      "\"delivery\":{\"estimatedDeliveryDate\":\"2026-11-24T00:00:00\"}},"
      "\"events\":[{\"eventId\":\"e\",\"status\":\"Scan\","
      "\"occurrenceDatetime\":\"2026-11-21T09:00:00\",\"statusMilestone\":"
      "\"@S\",\"statusCode\":\"@D\",\"courierCode\":\"us-post\","
      "\"location\":\"Reno\"}]}]}",
      "S24DEMO", "us-post", "1042", "/2026-11-24", "Reno",
      { { "pending", "", "confirmed", "" },
        { "info_received", "data_order_created", "confirmed", "" },
        { "in_transit", "transit_departed", "in_transit", "" },
        { "out_for_delivery", "delivery_out_for_delivery",
          "out_for_delivery", "" },
        { "failed_attempt", "delivery_failed", "in_transit",
          "attempt_failed" },
        { "available_for_pickup", "delivery_available_for_pickup",
          "in_transit", "ready_for_pickup" },
        { "delivered", "delivery_delivered", "delivered", "" },
        { "exception", "exception_damaged", "", "exception" },
        { "exception", "exception_return", "", "returned" },
        { "exception", "exception_delayed", "", "delayed" } } },

    { "karrio", "tracker_updated",
      "{\"event\":\"tracker_updated\",\"data\":{\"id\":\"trk_1\","
      "\"carrier_name\":\"canadapost\",\"tracking_number\":\"7023210\","
      "\"status\":\"@S\",\"estimated_delivery\":\"2026-11-24\","
      "\"info\":{\"order_id\":\"1042\",\"carrier_tracking_link\":"
      "\"https://canadapost.example/7023210\"},\"events\":[{"
      "\"date\":\"2026-11-21\",\"time\":\"09:00\",\"description\":\"Scan\","
      "\"location\":\"OTTAWA, ON\"},{\"date\":\"2026-11-20\","
      "\"description\":\"Label\"}]}}",
      "7023210", "canadapost", "1042", "/2026-11-24", "OTTAWA, ON",
      { { "pending", "", "confirmed", "" },
        { "picked_up", "", "shipped", "" },
        { "unknown", "", "", "" },
        { "on_hold", "", "in_transit", "exception" },
        { "cancelled", "", "", "exception" },
        { "delivered", "", "delivered", "" },
        { "in_transit", "", "in_transit", "" },
        { "delivery_delayed", "", "in_transit", "delayed" },
        { "out_for_delivery", "", "out_for_delivery", "" },
        { "ready_for_pickup", "", "in_transit", "ready_for_pickup" },
        { "delivery_failed", "", "in_transit", "attempt_failed" },
        { "return_to_sender", "", "", "returned" } } },

    { "shopify", "fulfillments/update",
      "{\"id\":255858046,\"order_id\":450789469,\"status\":\"success\","
      "\"tracking_company\":\"UPS\",\"tracking_number\":\"1Z 2345\","
      "\"tracking_url\":\"https://ups.example/1Z2345\","
      "\"shipment_status\":\"@S\",\"updated_at\":"
      "\"2026-11-21T10:00:00+01:00\","
      "\"estimated_delivery_at\":\"2026-11-24T20:00:00-05:00\"}",
      "1Z2345", "UPS", "450789469", "/2026-11-24", NULL,
      { { "label_printed", "", "confirmed", "" },
        { "label_purchased", "", "confirmed", "" },
        { "confirmed", "", "shipped", "" },
        { "picked_up", "", "shipped", "" },
        { "in_transit", "", "in_transit", "" },
        { "delayed", "", "in_transit", "delayed" },
        { "out_for_delivery", "", "out_for_delivery", "" },
        { "attempted_delivery", "", "in_transit", "attempt_failed" },
        { "ready_for_pickup", "", "in_transit", "ready_for_pickup" },
        { "delivered", "", "delivered", "" },
        { "failure", "", "", "exception" } } },

    { "generic", "",
      "{\"parcel\":{\"number\":\"G-1\",\"carrier\":\"own van\","
      "\"order_number\":\"A-77\",\"milestone\":\"@S\",\"side\":\"@D\","
      "\"at\":\"2026-11-21T09:00:00Z\",\"place\":\"Yard\","
      "\"arrival\":{\"from\":\"2026-11-23\",\"to\":\"2026-11-24\"}}}",
      "G-1", "own van", "A-77", "2026-11-23/2026-11-24", "Yard",
      { { "confirmed", "", "confirmed", "" },
        { "shipped", "", "shipped", "" },
        { "in_transit", "", "in_transit", "" },
        { "in_transit", "delayed", "in_transit", "delayed" },
        { "out_for_delivery", "", "out_for_delivery", "" },
        { "", "ready_for_pickup", "", "ready_for_pickup" },
        { "", "attempt_failed", "", "attempt_failed" },
        { "", "exception", "", "exception" },
        { "returned", "", "", "returned" },
        { "delivered", "", "delivered", "" } } },
};


static os_source_t *
load(const char *name)
{
    char          path[128];
    os_error_t    err;
    os_source_t  *s;

    snprintf(path, sizeof(path), "campaign/sources/%s.json", name);
    s = os_source_load(path, &err);

    if (s == NULL) {
        ok(0, "%s: %s", name, err.text);
    }

    return s;
}


static char *
fill(const char *payload, const char *status, const char *detail)
{
    os_buf_t     out;
    const char  *p;

    out = (os_buf_t) { 0 };

    for (p = payload; *p; p++) {
        if (p[0] == '@' && (p[1] == 'S' || p[1] == 'D')) {
            os_buf_text(&out, *++p == 'S' ? status : detail);

        } else {
            os_buf_char(&out, *p);
        }
    }

    return out.data;
}


static void
check_fields(const carrier_t *c, const json_t *said, const json_t *parcel)
{
    char      arrival[32];
    json_t   *given, *events;
    os_str_t  order;

    given = json_object_get(said, "arrival");
    snprintf(arrival, sizeof(arrival), "%s/%s",
             json_object_get(given, "from") ? os_json_str(given, "from").data
                                            : "",
             json_object_get(given, "to") ? os_json_str(given, "to").data
                                          : "");
    order = os_json_str(said, "order");
    order = order.len ? order : os_json_str(said, "order_number");

    is_str(os_json_str(said, "number").data, c->number, c->source);
    is_str(os_json_str(said, "carrier").data, c->carrier, "  its carrier");
    is_str(order.data, c->order, "  its order");
    is_str(arrival, c->arrival, "  its arrival");
    events = os_track_events(parcel);
    order = os_json_str(json_array_get(events, 0), "place");
    is_str(order.len ? order.data : NULL, c->place, "  the last place");
    json_decref(events);
    ok(os_json_int(parcel, "scan", 0) > 1795200000
       && os_json_int(parcel, "scan", 0) <= NOW, "  the time of the last scan");
}


static int64_t
greenwich(void *data, int64_t wall, os_str_t zone)
{
    (void) data;
    (void) wall;
    (void) zone;

    return 0;
}


/* What the parcel comes to, not only what the map says. */
static void
check_status(const os_source_t *s, const carrier_t *c, const status_t *row,
    int first)
{
    char               *text;
    json_t             *payload, *all, *track, *said;
    os_error_t          err;
    os_track_change_t   change;

    text = fill(c->payload, row->status, row->detail);
    payload = os_json_parse(os_str(text), "payload", &err);
    all = payload ? os_source_parcels(s, payload, os_str(c->topic), &err)
                  : NULL;
    said = json_array_get(all, 0);
    track = json_object();
    change = (os_track_change_t) { 0 };

    if (said == NULL) {
        ok(0, "%s %s: %s", c->source, row->status, err.text);

    } else {
        os_wall_settle(said, greenwich, NULL);
        os_track_merge(track, said, "carrier", NOW, &change);
        ok(strcmp(os_step_word(os_step(os_json_str(said, "milestone"))),
                  row->milestone) == 0
           && strcmp(os_side_word(change.side), row->side) == 0,
           "%s: %s %s is %s %s", c->source, row->status, row->detail,
           row->milestone, row->side);

        if (strcmp(os_side_word(change.side), row->side) != 0) {
            diag("got %s %s", os_json_str(said, "milestone").data,
                 os_side_word(change.side));
        }

        if (first) {
            check_fields(c, said, change.parcel);
        }
    }

    free(text);
    json_decref(payload);
    json_decref(all);
    json_decref(track);
}


static void
test_statuses(void)
{
    size_t        i, k;
    json_t       *payload, *orders;
    os_error_t    err;
    os_source_t  *s;

    for (i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
        s = load(carriers[i].source);

        for (k = 0; s && carriers[i].status[k].status; k++) {
            check_status(s, &carriers[i], &carriers[i].status[k],
                         strcmp(carriers[i].status[k].milestone,
                                "in_transit") == 0);
        }

        /* and none of them is an order */
        payload = os_json_parse(os_str(carriers[i].payload), "payload", NULL);
        orders = s ? os_source_map(s, NULL, OS_STR("shop"), payload,
                                   os_str(carriers[i].topic), &err) : NULL;
        is_int((int64_t) json_array_size(orders), 0, "  no order");
        json_decref(orders);
        json_decref(payload);
        os_source_free(s);
    }
}


static void
test_batches(void)
{
    json_t       *payload, *all;
    os_error_t    err;
    os_source_t  *s;

    s = load("ship24");
    payload = os_json_parse(OS_STR("{\"trackings\":["
        "{\"tracker\":{\"trackingNumber\":\"A\"}},"
        "{\"tracker\":{\"trackingNumber\":\"B\"}}]}"), "batch", &err);
    all = os_source_parcels(s, payload, OS_NULL, &err);
    is_int((int64_t) json_array_size(all), 2, "a batch of two");
    json_decref(all);
    json_decref(payload);

    payload = os_json_parse(OS_STR("{\"trackings\":[{\"tracker\":{}}]}"),
                            "batch", &err);
    all = os_source_parcels(s, payload, OS_NULL, &err);
    ok(all == NULL && strstr(err.text, "no tracking number"),
       "without a number it is an error: %s", err.text);
    json_decref(all);
    json_decref(payload);
    os_source_free(s);

    s = load("aftership");
    payload = os_json_parse(OS_STR("{\"event\":\"tracking_pending_time\","
        "\"msg\":{\"tracking_number\":\"A\"}}"), "other", &err);
    all = os_source_parcels(s, payload, OS_STR("tracking_pending_time"),
                            &err);
    is_int((int64_t) json_array_size(all), 0, "another topic is passed over");
    json_decref(all);
    json_decref(payload);
    os_source_free(s);
}


/* --- signatures --- */

typedef struct {
    const char  *name;          /* of the header */
    os_str_t     value;
} headers_t;


static os_str_t
header(void *data, os_str_t name)
{
    headers_t  *h;

    h = data;

    return h->name && os_str_equal(name, os_str(h->name)) ? h->value : OS_NULL;
}


typedef enum { HEX, BASE64, TIMED, KEYED, CLEAR } how_t;

static const struct {
    const char  *source;
    const char  *header;
    const char  *prefix;
    how_t        how;
} signers[] = {
    { "generic", "X-Ordersave-Signature", "sha256=", HEX },
    { "woocommerce", "X-WC-Webhook-Signature", "", BASE64 },
    { "shopify", "X-Shopify-Hmac-Sha256", "", BASE64 },
    { "shopware", "shopware-shop-signature", "", HEX },
    { "saleor", "Saleor-Signature", "", HEX },
    { "aftership", "aftership-hmac-sha256", "", BASE64 },
    { "easypost", "X-Hmac-Signature", "hmac-sha256-hex=", HEX },
    { "shippo", "Shippo-Auth-Signature", "", TIMED },
    { "shippo", "?token", "", CLEAR },
    { "17track", "sign", "", KEYED },
    { "ship24", "Authorization", "Bearer ", CLEAR },
    { "karrio", "X-Event-Id", "", CLEAR },
};


static os_buf_t
sign(size_t i, const char *secret, const char *body, int64_t at)
{
    uint8_t   mac[OS_SHA256_LEN];
    os_buf_t  text, out;

    text = (os_buf_t) { 0 };
    out = (os_buf_t) { 0 };
    os_buf_text(&out, signers[i].prefix);

    switch (signers[i].how) {

    case CLEAR:
        os_buf_text(&out, secret);
        return out;

    case TIMED:
        os_buf_printf(&text, "%lld.%s", (long long) at, body);
        os_buf_printf(&out, "t=%lld,v1=", (long long) at);
        break;

    case KEYED:
        os_buf_printf(&text, "%s/%s", body, secret);
        os_sha256(text.data, text.len, mac);
        os_hex(&out, mac, sizeof(mac));
        os_buf_free(&text);
        return out;

    default:
        os_buf_text(&text, body);
    }

    os_hmac_sha256(os_str(secret), os_buf_view(&text), mac);

    if (signers[i].how == BASE64) {
        os_base64(&out, mac, sizeof(mac));

    } else {
        os_hex(&out, mac, sizeof(mac));
    }

    os_buf_free(&text);

    return out;
}


static os_receive_t
verify(const os_source_t *s, const char *name, os_str_t value,
    const char *secret, const char *body, int64_t now)
{
    size_t             n, at, len = strlen(body);
    headers_t          h;
    const char        *why;
    os_receive_t       rc;
    os_source_check_t  c;

    h = (headers_t) { name, value };

    rc = os_source_verify(s, os_str(secret), header, &h, os_str(body), now,
                          &why);

    /* cut anywhere, and in pieces of every size, it is the same */

    for (n = 1; n <= len && !os_source_form(s); n++) {
        os_source_check_begin(&c, s, os_str(secret), header, &h);

        for (at = 0; at < len; at += n) {
            os_source_check_more(&c, body + at, n < len - at ? n : len - at);
        }

        if (os_source_check_end(&c, now, &why) != rc) {
            diag("pieces of %zu bytes of %s differ", n, body);
            return OS_RECEIVE_PING;
        }
    }

    os_source_check_begin(&c, s, os_str(secret), header, &h);
    os_source_check_drop(&c);

    return rc;
}


/* What we sign ourselves, to try a location, is as good as the sender's. */
static void
test_made(const os_source_t *s, const char *name, const char *body)
{
    size_t    i;
    os_buf_t  made = { 0 };

    for (i = 0; i < s->nsigns; i++) {
        if (os_str_equal(s->signs[i].header, os_str(name))
            && os_sign_make(&s->signs[i], os_str(SECRET),
                            OS_STR("https://shop.test/in"), os_str(body), NOW,
                            &made) == 0)
        {
            break;
        }
    }

    is_int(verify(s, name, os_buf_view(&made), SECRET, body, NOW),
           OS_RECEIVE_OK, "  our own");
    made.len = 0;
    is_int(os_sign_make(&s->signs[0], OS_NULL, OS_NULL, os_str(body), NOW,
                        &made), -1, "  not without a secret");
    is_int(os_sign_make(&s->signs[0], OS_STR("rs256:AQAB"), OS_NULL,
                        os_str(body), NOW, &made), -1,
           "  not with a public key");
    is_int((long) made.len, 0, "  which says nothing");
    os_buf_free(&made);
}


static void
test_signer(size_t i)
{
    os_buf_t            good, wrong, id[3];
    headers_t           h;
    os_source_t        *s;
    const char         *name;
    static const char   body[] = "{\"id\":\"x\",\"n\":1}";
    static const char   other[] = "{\"id\":\"x\",\"n\":2}";

    s = load(signers[i].source);

    if (s == NULL) {
        return;
    }

    name = signers[i].header;
    good = sign(i, SECRET, body, NOW);
    wrong = sign(i, "another", body, NOW);

    is_int(verify(s, name, os_buf_view(&good), SECRET, body, NOW),
           OS_RECEIVE_OK, signers[i].source);
    is_int(verify(s, name, os_buf_view(&wrong), SECRET, body, NOW),
           OS_RECEIVE_BAD, "  another secret");
    test_made(s, name, body);
    is_int(verify(s, "X-None", os_buf_view(&good), SECRET, body, NOW),
           OS_RECEIVE_BAD, "  no signature");
    is_int(verify(s, name, OS_NULL, SECRET, body, NOW), OS_RECEIVE_BAD,
           "  an empty one");
    is_int(verify(s, name, OS_STR("x"), SECRET, body, NOW), OS_RECEIVE_BAD,
           "  nonsense");
    is_int(verify(s, name, os_buf_view(&good), "", body, NOW), OS_RECEIVE_BAD,
           "  no secret of ours");
    is_int(verify(s, name, (os_str_t) { good.len - 2, good.data }, SECRET,
                  body, NOW), OS_RECEIVE_BAD, "  cut short");

    if (signers[i].how != CLEAR) {
        is_int(verify(s, name, os_buf_view(&good), SECRET, other, NOW),
               OS_RECEIVE_BAD, "  another body");
    }

    is_int(verify(s, name, os_buf_view(&good), SECRET, body, NOW + 301),
           signers[i].how == TIMED ? OS_RECEIVE_BAD : OS_RECEIVE_OK,
           "  six minutes later");
    is_int(verify(s, name, os_buf_view(&good), SECRET, body, NOW + 299),
           OS_RECEIVE_OK, "  five minutes later");

    /* a replay is the same delivery, whatever else comes */
    memset(id, 0, sizeof(id));
    h = (headers_t) { name, os_buf_view(&good) };
    os_source_delivery(s, header, &h, OS_STR(body), &id[0]);
    os_source_delivery(s, header, &h, OS_STR(body), &id[1]);
    os_source_delivery(s, header, &h, OS_STR(other), &id[2]);
    ok(id[0].len == 22 && os_str_equal(os_buf_view(&id[0]),
                                       os_buf_view(&id[1])),
       "  the same delivery again has the same id");
    ok(!os_str_equal(os_buf_view(&id[0]), os_buf_view(&id[2])),
       "  another has another");

    os_buf_free(&id[0]);
    os_buf_free(&id[1]);
    os_buf_free(&id[2]);
    os_buf_free(&good);
    os_buf_free(&wrong);
    os_source_free(s);
}


/* What Shippo signs can be bent in more ways. */
static void
test_timed(void)
{
    os_buf_t      good, text;
    os_source_t  *s;

    s = load("shippo");
    good = sign(7, SECRET, "body", NOW);

    text = (os_buf_t) { 0 };
    os_buf_printf(&text, "t=%d,%s", NOW, strchr(good.data, ',') + 1);
    is_int(verify(s, "Shippo-Auth-Signature", os_buf_view(&text), SECRET,
                  "body", NOW), OS_RECEIVE_OK, "written anew");
    os_buf_free(&text);

    os_buf_printf(&text, "t=%d,%s", NOW + 600, strchr(good.data, ',') + 1);
    is_int(verify(s, "Shippo-Auth-Signature", os_buf_view(&text), SECRET,
                  "body", NOW + 600), OS_RECEIVE_BAD,
           "a fresh time over an old signature");
    os_buf_free(&text);

    os_buf_printf(&text, "%s", strchr(good.data, ',') + 1);
    is_int(verify(s, "Shippo-Auth-Signature", os_buf_view(&text), SECRET,
                  "body", NOW), OS_RECEIVE_BAD, "without its time");
    os_buf_free(&text);
    os_buf_free(&good);
    os_source_free(s);
}


/* Saleor without a secret: RS256, the payload detached (RFC 7797). */
static void
test_jws(void)
{
    size_t                i, len;
    BIGNUM               *n;
    uint8_t               bytes[512];
    os_buf_t              key, other, head, text, all;
    EVP_PKEY             *pair;
    EVP_MD_CTX           *md;
    os_source_t          *s;
    static const char     body[] = "{\"order\":{\"id\":\"T3JkZXI6MQ==\"}}";
    static const struct {
        const char    *header;
        int            plain;
        os_receive_t   result;
    } cases[] = {
        { "{\"alg\":\"RS256\",\"kid\":\"1\",\"b64\":false,"
          "\"crit\":[\"b64\"]}", 1, OS_RECEIVE_OK },
        { "{\"alg\":\"RS256\"}", 0, OS_RECEIVE_OK },
        { "{\"alg\":\"RS256\",\"b64\":false}", 0, OS_RECEIVE_BAD },
        { "{\"alg\":\"none\"}", 0, OS_RECEIVE_BAD },
        { "{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", 0, OS_RECEIVE_BAD },
    };

    s = load("saleor");
    pair = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t) 2048);
    n = NULL;
    (void) EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_N, &n);
    key = (os_buf_t) { 0 };
    other = (os_buf_t) { 0 };
    os_buf_text(&key, "rs256:");
    os_buf_text(&other, "rs256:");
    len = (size_t) BN_bn2bin(n, bytes);
    os_base64url(&key, bytes, len);
    bytes[9] ^= 1;
    os_base64url(&other, bytes, len);
    BN_free(n);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        head = (os_buf_t) { 0 };
        text = (os_buf_t) { 0 };
        all = (os_buf_t) { 0 };
        os_base64url(&head, cases[i].header, strlen(cases[i].header));
        os_buf_printf(&text, "%s.", head.data);

        if (cases[i].plain) {
            os_buf_text(&text, body);

        } else {
            os_base64url(&text, body, sizeof(body) - 1);
        }

        md = EVP_MD_CTX_new();
        len = sizeof(bytes);
        (void) EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, pair);
        (void) EVP_DigestSign(md, bytes, &len,
                              (const unsigned char *) text.data, text.len);
        EVP_MD_CTX_free(md);
        os_buf_printf(&all, "%s..", head.data);
        os_base64url(&all, bytes, len);

        is_int(verify(s, "Saleor-Signature", os_buf_view(&all), key.data, body,
                      NOW), cases[i].result, cases[i].header);
        is_int(verify(s, "Saleor-Signature", os_buf_view(&all), other.data,
                      body, NOW), OS_RECEIVE_BAD, "  another key");
        is_int(verify(s, "Saleor-Signature", os_buf_view(&all), key.data,
                      "{\"order\":{}}", NOW), OS_RECEIVE_BAD,
               "  another body");
        os_buf_free(&head);
        os_buf_free(&text);
        os_buf_free(&all);
    }

    /* everybody knows the public key: it signs nothing as a secret */
    for (i = 0; i < 2; i++) {
        all = (os_buf_t) { 0 };
        os_hmac_sha256(os_str(key.data + (i ? 6 : 0)), OS_STR(body), bytes);
        os_hex(&all, bytes, OS_SHA256_LEN);
        is_int(verify(s, "Saleor-Signature", os_buf_view(&all), key.data,
                      body, NOW), OS_RECEIVE_BAD,
               "an HMAC made with the public key");
        os_buf_free(&all);
    }

    os_buf_free(&key);
    os_buf_free(&other);
    EVP_PKEY_free(pair);
    os_source_free(s);
}


/* --- orders of stores --- */

static const struct {
    const char  *source;
    const char  *topic;
    const char  *payload;
    const char  *order;         /* members that must be there, as JSON */
} orders[] = {

    { "shopify", "orders/updated",
      "{\"id\":450789469,\"name\":\"#1001\",\"token\":\"tok\","
      "\"email\":\"ada@example.com\",\"phone\":\"+49 30 123456\","
      "\"created_at\":\"2026-11-20T10:00:00+01:00\","
      "\"updated_at\":\"2026-11-21T10:00:00+01:00\",\"currency\":\"EUR\","
      "\"total_price\":\"59.90\",\"financial_status\":\"paid\","
      "\"fulfillment_status\":\"partial\",\"customer_locale\":\"de\","
      "\"shipping_address\":{\"country_code\":\"DE\",\"zip\":\"10115\"},"
      "\"customer\":{\"first_name\":\"Ada\",\"sms_marketing_consent\":"
      "{\"state\":\"subscribed\"}},\"line_items\":[{\"id\":1,"
      "\"product_id\":7,\"name\":\"Mug\",\"quantity\":1,\"price\":\"9.90\","
      "\"requires_shipping\":true}],\"fulfillments\":[{"
      "\"tracking_number\":\"1Z 1\",\"tracking_company\":\"UPS\","
      "\"tracking_numbers\":[\"1Z 1\"],"
      "\"created_at\":\"2026-11-21T09:00:00Z\"},{\"tracking_number\":\"A\","
      "\"tracking_numbers\":[\"A\",\"B\"]}]}",
      "{\"id\":\"450789469\",\"number\":\"#1001\",\"proof\":\"tok\","
      "\"state\":\"open\",\"payment\":\"paid\",\"shipped\":true,"
      "\"delivery\":\"ship\",\"currency\":\"EUR\",\"total\":5990,"
      "\"locale\":\"de\",\"country\":\"DE\",\"postcode\":\"10115\","
      "\"phone\":\"+49 30 123456\",\"name\":\"Ada\",\"consent\":{\"sms\":true},"
      "\"items\":[{\"id\":\"7\",\"name\":\"Mug\",\"quantity\":1,"
      "\"total\":990}],\"parcels\":[{\"number\":\"1Z 1\",\"carrier\":\"UPS\","
      "\"at\":1795251600},{\"number\":\"A\"},{\"number\":\"B\"}]}" },

    { "shopify", "orders/cancelled",
      "{\"id\":1,\"financial_status\":\"voided\",\"cancelled_at\":\"x\","
      "\"line_items\":[{\"id\":1,\"requires_shipping\":false}]}",
      "{\"state\":\"cancelled\",\"delivery\":\"none\"}" },

    { "shopware", "state_enter.order_delivery.state.shipped",
      "{\"data\":{\"event\":\"state_enter.order_delivery.state.shipped\","
      "\"payload\":{\"order\":{\"id\":\"a1b2\",\"orderNumber\":\"10042\","
      "\"deepLinkCode\":\"deep\",\"amountTotal\":59.9,\"currency\":"
      "{\"isoCode\":\"EUR\"},\"stateMachineState\":{\"technicalName\":"
      "\"in_progress\"},\"orderDateTime\":\"2026-11-20T09:00:00.000+00:00\","
      "\"updatedAt\":\"2026-11-21T09:00:00.000+00:00\","
      "\"orderCustomer\":{\"email\":\"ada@example.com\","
      "\"firstName\":\"Ada\"},\"transactions\":[{\"stateMachineState\":"
      "{\"technicalName\":\"paid\"}}],\"deliveries\":[{\"trackingCodes\":"
      "[\"00340\",\"00341\"],\"shippingDateEarliest\":\"2026-11-23T00:00:00\","
      "\"shippingDateLatest\":\"2026-11-25T00:00:00\",\"stateMachineState\":"
      "{\"technicalName\":\"shipped\"},\"shippingOrderAddress\":{"
      "\"zipcode\":\"10115\",\"country\":{\"iso\":\"DE\"}}}],"
      "\"lineItems\":[{\"type\":\"product\",\"productId\":\"p\","
      "\"label\":\"Mug\",\"quantity\":2,\"totalPrice\":19.8}]}}},"
      "\"source\":{\"eventId\":\"e\"}}",
      "{\"id\":\"a1b2\",\"number\":\"10042\",\"proof\":\"deep\","
      "\"state\":\"open\",\"shipped\":true,\"payment\":\"paid\","
      "\"total\":5990,\"country\":\"DE\",\"arrival\":{"
      "\"from\":\"2026-11-23\",\"to\":\"2026-11-25\"},"
      "\"parcels\":[{\"number\":\"00340\"},{\"number\":\"00341\"}],"
      "\"items\":[{\"id\":\"p\",\"name\":\"Mug\",\"quantity\":2,"
      "\"total\":1980}]}" },

    { "saleor", "order_fulfilled",
      "{\"order\":{\"id\":\"T3JkZXI6MQ==\",\"number\":\"42\","
      "\"status\":\"FULFILLED\",\"chargeStatus\":\"FULL\","
      "\"userEmail\":\"ada@example.com\",\"languageCodeEnum\":\"FR_CA\","
      "\"created\":\"2026-11-20T09:00:00+00:00\","
      "\"updatedAt\":\"2026-11-21T09:00:00+00:00\",\"total\":{\"gross\":"
      "{\"amount\":59.9,\"currency\":\"CAD\"}},\"shippingAddress\":"
      "{\"firstName\":\"Ada\",\"country\":{\"code\":\"CA\"}},"
      "\"isShippingRequired\":true,\"fulfillments\":["
      "{\"trackingNumber\":\"7023\",\"created\":\"2026-11-21T09:00:00Z\"},"
      "{\"trackingNumber\":\"\"}],\"lines\":[{\"id\":\"l\","
      "\"productName\":\"Mug\",\"quantity\":1,\"totalPrice\":{\"gross\":"
      "{\"amount\":9.9}}}]}}",
      "{\"id\":\"T3JkZXI6MQ==\",\"number\":\"42\",\"state\":\"open\","
      "\"shipped\":true,\"payment\":\"paid\",\"currency\":\"CAD\","
      "\"total\":5990,\"locale\":\"fr-ca\",\"country\":\"CA\","
      "\"parcels\":[{\"number\":\"7023\",\"at\":1795251600}],"
      "\"items\":[{\"id\":\"l\",\"name\":\"Mug\",\"quantity\":1,"
      "\"total\":990}]}" },

    { "saleor", "order_cancelled",
      "{\"order\":{\"id\":\"T3JkZXI6Mg==\",\"status\":\"CANCELED\","
      "\"chargeStatus\":\"NONE\",\"isShippingRequired\":false}}",
      "{\"state\":\"cancelled\",\"payment\":\"unpaid\","
      "\"delivery\":\"none\"}" },

    { "saleor", "order_created",
      "[{\"id\":\"T3JkZXI6Mw==\",\"status\":\"unfulfilled\","
      "\"payment_status\":\"not-charged\",\"user_email\":\"a@example.com\","
      "\"currency\":\"EUR\",\"total_gross_amount\":\"12.50\"}]",
      "{\"state\":\"open\",\"payment\":\"unpaid\",\"total\":1250,"
      "\"email\":\"a@example.com\"}" },

    { "woocommerce", "order.updated",
      "{\"id\":19,\"status\":\"completed\",\"currency\":\"EUR\","
      "\"date_paid_gmt\":\"2026-11-20T09:00:00\",\"line_items\":[{\"id\":1}],"
      "\"shipping_lines\":[{\"method_id\":\"flat_rate\"}],\"meta_data\":[{"
      "\"key\":\"_wc_shipment_tracking_items\",\"value\":[{"
      "\"tracking_number\":\"00340\",\"tracking_provider\":\"dhl\","
      "\"date_shipped\":\"1795251600\"},{\"tracking_number\":\"\"}]}]}",
      "{\"shipped\":true,\"parcels\":[{\"number\":\"00340\","
      "\"carrier\":\"dhl\",\"at\":1795251600}]}" },

    { "woocommerce", "order.updated",
      "{\"id\":19,\"status\":\"processing\",\"line_items\":[{\"id\":1}],"
      "\"shipping_lines\":[],\"meta_data\":[{\"key\":"
      "\"_ordersave_release\",\"value\":\"2026-12-24\"}]}",
      "{\"delivery\":\"none\",\"release\":\"2026-12-24\"}" },

    { "woocommerce", "order.updated",
      "{\"id\":19,\"status\":\"processing\",\"line_items\":[{\"id\":1}],"
      "\"shipping_lines\":[{\"method_id\":\"local_pickup\"}]}",
      "{\"delivery\":\"pickup\"}" },

    { "generic", "",
      "{\"id\":\"1\",\"delivery\":\"pickup\",\"milestone\":"
      "\"ready_for_pickup\",\"arrival\":{\"to\":\"2026-11-24\"},"
      "\"gift\":true,\"parcels\":[{\"number\":\"A 1\",\"carrier\":\"x\"}]}",
      "{\"delivery\":\"pickup\",\"milestone\":\"ready_for_pickup\","
      "\"gift\":true,\"arrival\":{\"to\":\"2026-11-24\"},"
      "\"parcels\":[{\"number\":\"A 1\",\"carrier\":\"x\"}]}" },
};


static void
test_orders(void)
{
    size_t        i;
    char         *got;
    json_t       *payload, *all, *wanted, *value, *parcels;
    os_error_t    err;
    os_source_t  *s;
    const char   *name;

    for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        s = load(orders[i].source);
        payload = os_json_parse(os_str(orders[i].payload), "payload", &err);
        all = payload ? os_source_map(s, NULL, OS_STR("shop"), payload,
                                      os_str(orders[i].topic), &err) : NULL;
        wanted = os_json_parse(os_str(orders[i].order), "wanted", &err);

        if (!ok(json_array_size(all) == 1 && wanted, "%s %s: an order",
                orders[i].source, orders[i].topic))
        {
            diag("%s", err.text);
        }

        json_object_foreach(wanted, name, value) {
            if (!ok(json_equal(json_object_get(json_array_get(all, 0), name),
                               value), "  %s", name))
            {
                got = json_dumps(json_object_get(json_array_get(all, 0),
                                                 name), JSON_ENCODE_ANY);
                diag("got %s", got ? got : "nothing");
                free(got);
            }
        }

        parcels = os_source_parcels(s, payload, os_str(orders[i].topic),
                                    &err);
        is_int((int64_t) json_array_size(parcels), 0, "  no carrier's word");
        json_decref(parcels);
        json_decref(wanted);
        json_decref(all);
        json_decref(payload);
        os_source_free(s);
    }
}


int
main(void)
{
    size_t  i;

    test_statuses();
    test_batches();

    for (i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
        test_signer(i);
    }

    test_timed();
    test_jws();
    test_orders();

    return done();
}

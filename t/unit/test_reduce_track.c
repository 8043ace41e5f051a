/*
 * core/os_reduce_track: the life of parcels, told as stories. After the last
 * event the jobs added ("purpose/channel/parcel", with "@" and its due time in
 * seconds where that is not now) are compared, how many were dropped, the
 * effects, and one value of the record.
 */

#include <stdlib.h>

#include "core/order/os_reduce.h"
#include "core/order/os_track.h"
#include "tap.h"


#define NOW  1800000000LL
#define DAY  86400
#define MAX  10


typedef struct {
    const char  *kind;
    int64_t      at;            /* seconds after NOW; the clock is there too */
    const char  *more;
} step_t;

typedef struct {
    const char  *name;
    step_t       step[MAX];
    const char  *add;
    int          drop;          /* -1: any */
    const char  *effects;
    const char  *pointer;
    const char  *value;
} story_t;


#define ORDER(more)  "\"from\":\"webhook\",\"data\":{\"id\":\"1\"," \
    "\"store\":\"shop\",\"state\":\"open\",\"country\":\"DE\"," \
    "\"customer\":\"c1\"," more "}"
#define PAID(at, more)  ORDER("\"payment\":\"paid\",\"changed\":18000" at more)
#define NEW      PAID("00000", "")
#define SENT(at, number)  PAID(at, ",\"shipped\":true,\"parcels\":[{" \
    "\"number\":\"" number "\",\"carrier\":\"ups\"}]")
#define SENT_TWO PAID("00010", ",\"shipped\":true,\"parcels\":[{" \
    "\"number\":\"A\",\"carrier\":\"ups\"},{\"number\":\"B\"}]")
#define LATE_TWO PAID("00030", ",\"shipped\":true,\"parcels\":[{" \
    "\"number\":\"A\",\"carrier\":\"ups\"}," \
    "{\"number\":\"B\",\"carrier\":\"ups\"}]")
#define PARCEL(number, more)  "\"data\":{\"number\":\"" number "\"," more "}"


static const story_t  stories[] = {

    /* what the store says */

    { "a paid order: confirmed, and a watch",
      { { "order", 0, NEW } },
      "confirmed/smtp/ watch/clock/@172800", 0, "alias buyer",
      "/track/milestone", "confirmed" },

    { "unpaid: neither",
      { { "order", 0, ORDER("\"payment\":\"unpaid\",\"changed\":1800000000") }
      }, "", 0, "alias buyer", "/track/milestone", NULL },

    { "then paid",
      { { "order", 0, ORDER("\"payment\":\"unpaid\",\"changed\":1800000000") },
        { "order", 60, PAID("00060", "") } },
      "confirmed/smtp/ watch/clock/@172860", 0, "", "/track/milestone",
      "confirmed" },

    { "a download: no watch",
      { { "order", 0, PAID("00000", ",\"delivery\":\"none\"") } },
      "confirmed/smtp/", 0, "alias buyer", NULL, NULL },

    { "a pre-order: watched from its day on",
      { { "order", 0, PAID("00000", ",\"release\":\"2027-02-01\"") } },
      "confirmed/smtp/ watch/clock/@1612800", 0, "alias buyer", NULL, NULL },

    { "at the counter: told once it is ready",
      { { "order", 0, PAID("00000", ",\"delivery\":\"pickup\"") },
        { "order", 60, PAID("00060", ",\"delivery\":\"pickup\","
          "\"milestone\":\"ready_for_pickup\"") } },
      "ready_for_pickup/smtp/", 1, "", "/track/side", "ready_for_pickup" },

    { "imported: silent",
      { { "order", 0, "\"from\":\"import\",\"data\":{\"id\":\"1\","
          "\"state\":\"open\",\"payment\":\"paid\",\"shipped\":true}" } },
      "", -1, "alias", "/track/milestone", "shipped" },

    { "imported in part: it is read",
      { { "order", 0, "\"from\":\"import\",\"data\":{\"id\":\"1\","
          "\"partial\":true,\"changed\":1800000000}" } },
      "read/store/", 0, "", NULL, NULL },

    { "and what that reading shows is silent as well",
      { { "order", 0, "\"silent\":true,\"from\":\"read\",\"data\":{"
          "\"id\":\"1\",\"state\":\"open\",\"payment\":\"paid\","
          "\"changed\":1800000000}" } },
      "", -1, "alias", "/track/milestone", "confirmed" },

    { "shipped long ago, heard of now: silent",
      { { "order", 0, ORDER("\"payment\":\"paid\",\"shipped\":true,"
          "\"changed\":1799000000") } },
      "", -1, "alias buyer-silent", "/track/milestone", "shipped" },

    { "shipped: the store tells it, its watch goes",
      { { "order", 0, NEW }, { "order", 10, PAID("00010",
          ",\"shipped\":true") } },
      "", 2, "", "/track/milestone", "shipped" },

    { "the store names a parcel: an alias, an estimate",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "1z 9") } },
      "estimate/clock/1Z9", -1, "alias",
      "/track/parcels/0/number", "1Z9" },

    { "the same order again: nothing",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "order", 20, SENT("00020", "A") } },
      "", 0, "", "/track/parcels/0/milestone", "shipped" },

    /* what the carrier says */

    { "in transit: off unless asked for; a watch for the next scan",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"in_transit\"") } },
      "estimate/clock/A watch/clock/A@259220", -1, "",
      "/track/milestone", "in_transit" },

    { "out for delivery: mail and SMS",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"out_for_delivery\"") } },
      "estimate/clock/A out_for_delivery/smtp/A out_for_delivery/sms/A "
      "watch/clock/A@259220", -1, "", "/track/parcels/0/told/sms", "8" },

    { "the carrier says it again",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"out_for_delivery\"") },
        { "parcel", 30, PARCEL("A", "\"milestone\":\"out_for_delivery\"") } },
      "watch/clock/A@259230", 0, "", "/track/parcels/0/told/sms", "8" },

    { "delivered: after its delay; how long it took",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "parcel", 2 * DAY, PARCEL("A", "\"milestone\":\"delivered\"") } },
      "delivered/smtp/A@176400", -1, "transit", "/track/milestone",
      "delivered" },

    { "delivered: what waited to be told is stale",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"out_for_delivery\"") },
        { "parcel", 30, PARCEL("A", "\"milestone\":\"delivered\"") } },
      "delivered/smtp/A@3630", 5, "transit", "/track/parcels/0/told/smtp",
      "24" },

    { "first of two delivered: it alone",
      { { "order", 10, SENT_TWO },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"delivered\"") } },
      "delivered/smtp/A@3620", -1, "transit", "/track/milestone",
      "shipped" },

    { "the last of two: all of them",
      { { "order", 10, SENT_TWO },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"delivered\"") },
        { "parcel", 30, PARCEL("B", "\"milestone\":\"delivered\"") } },
      "delivered_all/smtp/", -1, "", "/track/milestone",
      "delivered" },

    { "a second parcel, named after the first has arrived: not all is there",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"delivered\"") },
        { "order", 30, LATE_TWO } },
      "estimate/clock/B", -1, "alias", "/track/milestone", "shipped" },

    { "by its carrier, of an order that was delivered to all that was known",
      { { "order", 0, NEW }, { "order", 10, SENT_TWO },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"delivered\"") },
        { "parcel", 30, PARCEL("B", "\"milestone\":\"delivered\"") },
        { "parcel", 40, PARCEL("C", "\"milestone\":\"in_transit\"") } },
      "watch/clock/C@259240", -1, "alias",
      "/track/at/delivered", NULL },

    { "and all are there again once that one is",
      { { "order", 0, NEW }, { "order", 10, SENT_TWO },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"delivered\"") },
        { "parcel", 30, PARCEL("B", "\"milestone\":\"delivered\"") },
        { "parcel", 40, PARCEL("C", "\"milestone\":\"in_transit\"") },
        { "parcel", 50, PARCEL("C", "\"milestone\":\"delivered\"") } },
      "delivered_all/smtp/", -1, "", "/track/at/delivered", "1800000050" },

    { "a failed attempt",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"side\":\"attempt_failed\"") } },
      "attempt_failed/smtp/A watch/clock/A@259220", -1, "",
      "/track/side", "attempt_failed" },

    { "an exception: this shop does not tell it",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"side\":\"exception\"") } },
      "watch/clock/A@259220", -1, "", "/track/side", "exception" },

    { "returned: told, and watched no more",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"side\":\"returned\"") } },
      "returned/smtp/A", -1, "", "/track/side", "returned" },

    { "put off",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"in_transit\","
          "\"arrival\":{\"to\":\"2027-01-20\"}") },
        { "parcel", 30, PARCEL("A", "\"milestone\":\"in_transit\","
          "\"arrival\":{\"to\":\"2027-01-22\"}") } },
      "delayed/smtp/A watch/clock/A@259230", 0, "", "/track/arrival/to",
      "2027-01-22" },

    { "put off once more: told once",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"arrival\":{\"to\":\"2027-01-20\"}") },
        { "parcel", 30, PARCEL("A", "\"arrival\":{\"to\":\"2027-01-22\"}") },
        { "parcel", 40, PARCEL("A", "\"arrival\":{\"to\":\"2027-01-25\"}") }
      }, "", 0, "", "/track/parcels/0/arrival/first", "2027-01-20" },

    { "the store puts it off",
      { { "order", 0, PAID("00000", ",\"arrival\":{\"to\":\"2027-01-20\"}") },
        { "order", 60, PAID("00060", ",\"arrival\":{\"to\":\"2027-01-22\"}") }
      }, "delayed/smtp/ watch/clock/@172800", 0, "", "/track/side",
      "delayed" },

    { "an old scan, heard of late: known, not told",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"out_for_delivery\","
          "\"at\":1799900000") } },
      "estimate/clock/A watch/clock/A@159200", -1, "", "/track/milestone",
      "out_for_delivery" },

    { "a scan of last month: nor is it watched",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"out_for_delivery\","
          "\"at\":1797000000") } },
      "estimate/clock/A", -1, "", "/track/milestone", "out_for_delivery" },

    { "an order that is not known: none is made of its parcel",
      { { "parcel", 20, PARCEL("A", "\"milestone\":\"out_for_delivery\"") } },
      "", 0, "", "/track", NULL },

    { "an imported word",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, "\"from\":\"import\"," PARCEL("A",
          "\"milestone\":\"out_for_delivery\"") } },
      "", -1, "", "/track/milestone", "out_for_delivery" },

    /* watches */

    { "not shipped in time",
      { { "order", 0, NEW },
        { "clock", 2 * DAY, "\"what\":\"not_shipped\"" } },
      "not_shipped/smtp/", 0, "", "/track/told/smtp", "257" },

    { "shipped meanwhile: nothing",
      { { "order", 0, NEW }, { "order", 10, PAID("00010",
          ",\"shipped\":true") },
        { "clock", 2 * DAY, "\"what\":\"not_shipped\"" } },
      "", 0, "", "/track/milestone", "shipped" },

    { "the day was moved meanwhile: watched again",
      { { "order", 0, NEW }, { "order", 10, PAID("00010",
          ",\"release\":\"2027-02-01\"") },
        { "clock", 2 * DAY, "\"what\":\"not_shipped\"" } },
      "watch/clock/@1612800", 0, "", NULL, NULL },

    { "told once: not watched again",
      { { "order", 0, NEW }, { "clock", 2 * DAY, "\"what\":\"not_shipped\"" },
        { "order", 2 * DAY + 5, ORDER("\"payment\":\"paid\","
          "\"changed\":1800172805") } },
      "", 0, "", NULL, NULL },

    { "no scan for too long",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"in_transit\"") },
        { "clock", 3 * DAY + 20, "\"what\":\"no_scan\",\"parcel\":\"A\"" } },
      "stalled/smtp/A", 0, "", "/track/parcels/0/told/smtp", "128" },

    { "a scan meanwhile: watched from it on",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"in_transit\"") },
        { "parcel", DAY, PARCEL("A", "\"milestone\":\"in_transit\"") },
        { "clock", 3 * DAY + 20, "\"what\":\"no_scan\",\"parcel\":\"A\"" } },
      "watch/clock/A@345600", 0, "", NULL, NULL },

    { "delivered meanwhile",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"delivered\"") },
        { "clock", 3 * DAY + 20, "\"what\":\"no_scan\",\"parcel\":\"A\"" } },
      "", 0, "", NULL, NULL },

    { "no carrier ever spoke: no alarm of silence",
      { { "order", 10, SENT("00010", "A") },
        { "clock", 4 * DAY, "\"what\":\"no_scan\",\"parcel\":\"A\"" } },
      "", 0, "", NULL, NULL },

    /* the end of it */

    { "cancelled: nothing more is told",
      { { "order", 0, NEW }, { "order", 10, SENT("00010", "A") },
        { "parcel", 20, PARCEL("A", "\"milestone\":\"out_for_delivery\"") },
        { "order", 30, "\"from\":\"webhook\",\"data\":{\"id\":\"1\","
          "\"state\":\"cancelled\",\"changed\":1800000030}" } },
      "", 5, "", "/track/milestone", "out_for_delivery" },

    { "nor of its parcels",
      { { "order", 10, SENT("00010", "A") },
        { "order", 30, "\"from\":\"webhook\",\"data\":{\"id\":\"1\","
          "\"state\":\"refunded\",\"changed\":1800000030}" },
        { "parcel", 40, PARCEL("A", "\"milestone\":\"out_for_delivery\"") } },
      "", -1, "", "/track/parcels/0/milestone", "out_for_delivery" },

    /* estimates */

    { "our own estimate",
      { { "order", 10, SENT("00010", "A") },
        { "eta", 20, "\"parcel\":\"A\",\"from\":\"2027-01-18\","
          "\"to\":\"2027-01-20\"" } },
      "", 0, "", "/track/arrival/by", "own" },

    { "the carrier knows better",
      { { "order", 10, SENT("00010", "A") },
        { "parcel", 15, PARCEL("A", "\"milestone\":\"in_transit\","
          "\"arrival\":{\"to\":\"2027-01-22\"}") },
        { "eta", 20, "\"parcel\":\"A\",\"from\":\"2027-01-18\","
          "\"to\":\"2027-01-20\"" } },
      "", 0, "", "/track/arrival/by", "carrier" },

    { "later than we thought is no promise broken",
      { { "order", 10, SENT("00010", "A") },
        { "eta", 20, "\"parcel\":\"A\",\"from\":\"2027-01-18\","
          "\"to\":\"2027-01-20\"" },
        { "parcel", 25, PARCEL("A", "\"milestone\":\"in_transit\","
          "\"arrival\":{\"to\":\"2027-01-22\"}") } },
      "watch/clock/A@259225", 1, "", "/track/side", NULL },

    /* what the buyer says, and who he is */

    { "another buyer: older links are void",
      { { "order", 0, NEW },
        { "order", 10, "\"from\":\"webhook\",\"data\":{\"id\":\"1\","
          "\"state\":\"open\",\"payment\":\"paid\",\"customer\":\"c2\","
          "\"changed\":1800000010}" } },
      "watch/clock/@172800", 0, "buyer-silent", "/track/links", "1" },

    { "an answer: to the support, and a note",
      { { "order", 0, NEW },
        { "answer", 10, "\"what\":\"address\",\"comment\":\"2nd floor\"" } },
      "support_answer/smtp/ note/store/", 0, "", "/track/answer/comment",
      "2nd floor" },

    { "a choice of packaging",
      { { "order", 0, NEW }, { "packaging", 10, "\"choice\":\"gift\"" } },
      "note/store/", 0, "", "/track/packaging", "gift" },

    { "late: the order says so until it moves",
      { { "order", 0, NEW }, { "clock", 2 * DAY + 100,
                               "\"what\":\"not_shipped\"" } },
      "not_shipped/smtp/", -1, "", "/track/late", "true" },

    { "and no longer",
      { { "order", 0, NEW },
        { "clock", 2 * DAY + 100, "\"what\":\"not_shipped\"" },
        { "order", 2 * DAY + 200, SENT("172900", "A") } },
      "estimate/clock/A", -1, "alias", "/track/late", NULL },

    { "too late for it",
      { { "order", 10, SENT("00010", "A") },
        { "packaging", 20, "\"choice\":\"gift\"" } },
      "", 0, "", "/track/packaging", NULL },
};


static os_campaign_t  *campaign;


static void
tell_jobs(const json_t *add, int64_t now_ms, os_buf_t *out)
{
    size_t    i;
    json_t   *entry, *job;
    int64_t   due;

    json_array_foreach(add, i, entry) {
        job = json_object_get(entry, "job");
        due = os_json_int(entry, "due_ms", 0);
        os_buf_printf(out, "%s%s/%s/", out->len ? " " : "",
                      os_json_str(job, "purpose").data,
                      os_json_str(job, "channel").data);
        os_buf_str(out, os_json_str(json_object_get(job, "data"), "parcel"));

        if (due != now_ms) {
            os_buf_printf(out, "@%lld", (long long) (due / 1000 - NOW));
        }
    }
}


static void
tell_effects(const json_t *effects, os_buf_t *out)
{
    size_t   i;
    json_t  *entry;

    json_array_foreach(effects, i, entry) {
        os_buf_printf(out, "%s%s%s", out->len ? " " : "",
                      os_json_str(entry, "effect").data,
                      os_str_equal(os_json_str(entry, "effect"),
                                   OS_STR("buyer"))
                      && !os_json_bool(entry, "notify") ? "-silent" : "");
    }
}


static void
check_result(const story_t *s, const os_reduced_t *r, int64_t now_ms)
{
    json_t    *value;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    tell_jobs(r->add, now_ms, &text);
    is_str(text.data ? text.data : "", s->add, s->name);
    os_buf_free(&text);

    if (s->drop >= 0) {
        is_int((int64_t) json_array_size(r->drop), s->drop, "  dropped");
    }

    tell_effects(r->effects, &text);
    is_str(text.data ? text.data : "", s->effects, "  effects");
    os_buf_free(&text);

    if (s->pointer) {
        value = os_json_pointer(r->order, os_str(s->pointer));
        (void) os_json_text(value, &text);
        is_str(value ? text.data : NULL, s->value, s->pointer);
        os_buf_free(&text);
    }
}


static void
test_story(const story_t *s)
{
    int            i;
    json_t        *order, *event;
    int64_t        now_ms;
    os_buf_t       text;
    os_error_t     err;
    os_reduced_t   r;

    order = NULL;
    memset(&r, 0, sizeof(r));

    for (i = 0; i < MAX && s->step[i].kind; i++) {
        os_reduced_free(&r);
        now_ms = (NOW + s->step[i].at) * 1000;
        text = (os_buf_t) { 0 };
        os_buf_printf(&text, "{\"id\":\"e%d\",\"kind\":\"%s\",\"order\":"
                      "\"shop/1\",\"at_ms\":%lld,%s}", i, s->step[i].kind,
                      (long long) now_ms, s->step[i].more);
        event = os_json_parse(os_buf_view(&text), "event", &err);
        os_buf_free(&text);

        if (event == NULL
            || os_reduce(campaign, order, OS_STR("1"), event, now_ms, &r,
                         &err) != 0)
        {
            ok(0, "%s: step %d: %s", s->name, i, err.text);
            json_decref(event);
            break;
        }

        json_decref(event);
        json_decref(order);
        order = json_incref(r.order);

        if (i + 1 == MAX || s->step[i + 1].kind == NULL) {
            check_result(s, &r, now_ms);
        }
    }

    os_reduced_free(&r);
    json_decref(order);
}


static void
test_spread(void)
{
    json_t   *history;
    int64_t   from, to;

    history = os_json_parse(OS_STR("{\"1\":2,\"2\":9,\"3\":6,\"5\":2}"),
                            "history", NULL);
    is_int(os_track_spread(history, &from, &to), -1, "nineteen are too few");
    json_object_set_new(history, "9", json_integer(1));
    is_int(os_track_spread(history, &from, &to), 0, "twenty will do");
    is_int(from, 2, "half of them within two days");
    is_int(to, 5, "nine of ten within five");
    json_decref(history);
}


int
main(void)
{
    size_t      i;
    os_error_t  err;

    campaign = os_campaign_load("t/unit/track_campaign.json", "campaign",
                                &err);

    if (!ok(campaign != NULL, "the campaign")) {
        diag("%s", err.text);
        return done();
    }

    for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        test_story(&stories[i]);
    }

    test_spread();
    os_campaign_free(campaign);

    return done();
}

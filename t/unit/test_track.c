/*
 * core/os_track and os_view_track: parcels told as rows of words, with what
 * the record and the buyer's view come to after the last one.
 */

#include <stdlib.h>

#include "core/order/os_track.h"
#include "core/view/os_view_track.h"
#include "tap.h"


#define NOW  1795294077                     /* 21 November 2026, 20:47 UTC */
#define MAX  8


typedef struct {
    const char  *by;            /* carrier, shop */
    int          at;            /* heard of, seconds after NOW */
    const char  *data;          /* without its number */
} word_t;

typedef struct {
    const char  *name;
    word_t       word[MAX];
    const char  *milestone;     /* of the parcel */
    const char  *side;
    const char  *flags;         /* of the last word */
    int          events;        /* in the log */
} row_t;


static const row_t  rows[] = {

    { "the first word",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"at\":1795294000" } },
      "in_transit", "", "first moved", 1 },

    { "the same once more",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"at\":1795294000" },
        { "carrier", 9, "\"milestone\":\"in_transit\",\"at\":1795294000" } },
      "in_transit", "", "", 1 },

    { "only forward: an older word, late",
      { { "carrier", 1, "\"milestone\":\"delivered\",\"at\":1795294050" },
        { "carrier", 2,
          "\"milestone\":\"out_for_delivery\",\"at\":1795294000" } },
      "delivered", "", "", 2 },

    { "only forward: a newer word of an earlier step",
      { { "carrier", 1,
          "\"milestone\":\"out_for_delivery\",\"at\":1795294000" },
        { "carrier", 2, "\"milestone\":\"in_transit\",\"at\":1795294050" } },
      "out_for_delivery", "", "", 2 },

    { "a failed attempt",
      { { "carrier", 1,
          "\"milestone\":\"out_for_delivery\",\"at\":1795294000" },
        { "carrier", 2, "\"milestone\":\"in_transit\","
          "\"side\":\"attempt_failed\",\"at\":1795294050" } },
      "out_for_delivery", "attempt_failed", "sided", 2 },

    { "then on its way again",
      { { "carrier", 1, "\"side\":\"attempt_failed\",\"at\":1795294000" },
        { "carrier", 2, "\"milestone\":\"in_transit\",\"at\":1795294050" } },
      "in_transit", "", "moved", 2 },

    { "an attempt that is told after its success",
      { { "carrier", 1, "\"milestone\":\"delivered\",\"at\":1795294050" },
        { "carrier", 2, "\"side\":\"attempt_failed\",\"at\":1795294000" } },
      "delivered", "", "", 2 },

    { "an attempt that is told after the next scan",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"at\":1795294050" },
        { "carrier", 2, "\"side\":\"attempt_failed\",\"at\":1795294000" } },
      "in_transit", "", "", 2 },

    { "delivered clears everything",
      { { "carrier", 1, "\"side\":\"ready_for_pickup\",\"at\":1795294000" },
        { "carrier", 2, "\"milestone\":\"delivered\",\"at\":1795294050" } },
      "delivered", "", "moved", 2 },

    { "a side as milestone",
      { { "carrier", 1, "\"milestone\":\"returned\",\"at\":1795294000" } },
      "", "returned", "first sided", 1 },

    { "what goes back is not delivered to the buyer",
      { { "carrier", 1, "\"milestone\":\"returned\",\"at\":1795294000" },
        { "carrier", 2, "\"milestone\":\"delivered\",\"at\":1795294050" } },
      "", "returned", "", 2 },

    { "delivered, it was said, and then it goes back",
      { { "carrier", 1, "\"milestone\":\"delivered\",\"at\":1795294000" },
        { "carrier", 2, "\"milestone\":\"returned\",\"at\":1795294050" } },
      "delivered", "returned", "sided", 2 },

    { "returned and delivered in one word",
      { { "carrier", 1, "\"milestone\":\"delivered\",\"side\":\"returned\","
          "\"at\":1795294000" } },
      "", "returned", "first sided", 1 },

    { "the store's word moves, and is no event",
      { { "shop", 1, "\"milestone\":\"shipped\",\"at\":1795290000" } },
      "shipped", "", "first moved", 0 },

    { "a carrier's label after the store shipped",
      { { "shop", 1, "\"milestone\":\"shipped\"" },
        { "carrier", 2, "\"milestone\":\"confirmed\",\"at\":1795294000" } },
      "shipped", "", "", 1 },

    { "a whole history: its newest event speaks",
      { { "carrier", 1, "\"events\":["
          "{\"at\":1795294010,\"milestone\":\"in_transit\",\"text\":\"a\"},"
          "{\"at\":1795294020,\"side\":\"exception\",\"text\":\"b\"},"
          "{\"at\":1795294000,\"milestone\":\"shipped\",\"text\":\"c\"}]" } },
      "", "exception", "first sided", 3 },

    { "a history that grows",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"events\":["
          "{\"at\":1795294010,\"milestone\":\"in_transit\",\"text\":\"a\"}]" },
        { "carrier", 2, "\"milestone\":\"out_for_delivery\",\"events\":["
          "{\"at\":1795294010,\"milestone\":\"in_transit\",\"text\":\"a\"},"
          "{\"at\":1795294050,\"milestone\":\"out_for_delivery\"}]" } },
      "out_for_delivery", "", "moved", 2 },

    { "no time: when we heard of it",
      { { "carrier", 1, "\"milestone\":\"in_transit\"" },
        { "carrier", 2, "\"milestone\":\"delivered\"" } },
      "delivered", "", "moved", 2 },

    { "a time far ahead does not block what follows",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"at\":1999999999" },
        { "carrier", 5, "\"side\":\"exception\"" } },
      "in_transit", "exception", "sided", 2 },

    { "a promise",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"arrival\":"
          "{\"to\":\"2026-11-24\"}" } },
      "in_transit", "", "first moved", 1 },

    { "put off",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"arrival\":"
          "{\"to\":\"2026-11-24\"}" },
        { "carrier", 2, "\"milestone\":\"in_transit\",\"arrival\":"
          "{\"to\":\"2026-11-26\"}" } },
      "in_transit", "delayed", "sided put_off", 2 },

    { "put off, a scan: still delayed",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"arrival\":"
          "{\"to\":\"2026-11-24\"}" },
        { "carrier", 2, "\"arrival\":{\"to\":\"2026-11-26\"}" },
        { "carrier", 3, "\"milestone\":\"in_transit\"" } },
      "in_transit", "delayed", "", 2 },

    { "put off, then earlier again",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"arrival\":"
          "{\"to\":\"2026-11-24\"}" },
        { "carrier", 2, "\"arrival\":{\"to\":\"2026-11-26\"}" },
        { "carrier", 3, "\"milestone\":\"in_transit\",\"arrival\":"
          "{\"to\":\"2026-11-24\"}" } },
      "in_transit", "", "", 2 },

    { "earlier than promised is no delay",
      { { "carrier", 1, "\"arrival\":{\"to\":\"2026-11-24\"}" },
        { "carrier", 2, "\"arrival\":{\"to\":\"2026-11-23\"}" } },
      "", "", "", 0 },

    { "the carrier calls it delayed; the next scan ends that",
      { { "carrier", 1, "\"milestone\":\"in_transit\",\"side\":\"delayed\"" },
        { "carrier", 2, "\"milestone\":\"in_transit\"" } },
      "in_transit", "", "", 2 },

    { "put off, and out for delivery after all",
      { { "carrier", 1, "\"arrival\":{\"to\":\"2026-11-24\"}" },
        { "carrier", 2, "\"arrival\":{\"to\":\"2026-11-26\"}" },
        { "carrier", 3, "\"milestone\":\"out_for_delivery\"" } },
      "out_for_delivery", "", "moved", 1 },
};


static void
check_row(const row_t *row)
{
    int                 i;
    json_t             *track, *data, *parcel;
    os_buf_t            text, flags;
    os_track_change_t   c;

    track = json_object();
    c = (os_track_change_t) { 0 };

    for (i = 0; i < MAX && row->word[i].by; i++) {
        text = (os_buf_t) { 0 };
        os_buf_printf(&text, "{\"number\":\" 1z 9\",%s}", row->word[i].data);
        data = os_json_parse(os_buf_view(&text), "data", NULL);

        if (data == NULL) {
            ok(0, "%s: %s", row->name, text.data);
        }

        os_track_merge(track, data, row->word[i].by, NOW + row->word[i].at,
                       &c);
        json_decref(data);
        os_buf_free(&text);
    }

    parcel = os_track_find(track, OS_STR("1Z9"));
    flags = (os_buf_t) { 0 };
    os_buf_printf(&flags, "%s%s%s%s", c.first ? " first" : "",
                  c.moved ? " moved" : "", c.sided ? " sided" : "",
                  c.put_off ? " put_off" : "");

    is_str(os_step_word(os_track_step(parcel)), row->milestone, row->name);
    is_str(os_side_word(os_track_side(parcel)), row->side, "  side");
    is_str(flags.len ? flags.data + 1 : "", row->flags, "  what changed");
    is_int((int64_t) json_array_size(json_object_get(parcel, "log")),
           row->events, "  events");

    os_buf_free(&flags);
    json_decref(track);
}


static json_t *
parse(const char *text)
{
    json_t      *json;
    os_error_t   err;

    json = os_json_parse(os_str(text), "test", &err);

    if (json == NULL) {
        printf("Bail out! %s\n%s\n", err.text, text);
        exit(2);
    }

    return json;
}


/* An order from its store's part and its parcels' words. */
static json_t *
order_of(const char *store, const char *words, os_track_change_t *out)
{
    size_t   i;
    json_t  *order, *track, *all, *data;

    order = parse(store);
    all = parse(words);
    track = json_object();

    json_array_foreach(all, i, data) {
        os_track_merge(track, data, "carrier", NOW, out);
        os_track_settle(track, order, NOW, out);
    }

    if (json_array_size(all) == 0) {
        os_track_settle(track, order, NOW, out);
    }

    json_decref(all);
    (void) json_object_set_new(order, "track", track);

    return order;
}


#define PAID  "\"state\":\"open\",\"payment\":\"paid\""
#define A(more)  "{\"number\":\"A\"," more "}"
#define B(more)  "{\"number\":\"B\"," more "}"


static const struct {
    const char  *name;
    const char  *store;
    const char  *words;
    const char  *milestone;     /* of the order */
    const char  *side;
    const char  *stands;        /* the view's */
    const char  *arrival;       /* the view's, in English */
} orders[] = {

    { "paid", "{" PAID "}", "[]", "confirmed", "", "confirmed", NULL },
    { "unpaid", "{\"state\":\"open\",\"payment\":\"unpaid\"}", "[]", "", "",
      "unpaid", NULL },
    { "cash on delivery", "{\"state\":\"open\",\"payment\":\"on_delivery\"}",
      "[]", "confirmed", "", "confirmed", NULL },
    { "never seen", "{\"state\":\"unknown\"}", "[]", "", "", "placed", NULL },
    { "a pre-order", "{" PAID ",\"release\":\"2026-12-24\"}", "[]",
      "confirmed", "", "release", NULL },
    { "a pre-order of the past", "{" PAID ",\"release\":\"2026-11-20\"}",
      "[]", "confirmed", "", "confirmed", NULL },
    { "shipped by the store's word", "{" PAID ",\"shipped\":true}", "[]",
      "shipped", "", "shipped", NULL },
    { "to be collected", "{" PAID ",\"delivery\":\"pickup\"}", "[]",
      "confirmed", "", "confirmed", NULL },
    { "ready at the counter",
      "{" PAID ",\"delivery\":\"pickup\",\"milestone\":\"ready_for_pickup\"}",
      "[]", "confirmed", "ready_for_pickup", "ready_for_pickup", NULL },
    { "handed over", "{" PAID ",\"delivery\":\"pickup\",\"shipped\":true}",
      "[]", "delivered", "", "collected", NULL },
    { "a download", "{" PAID ",\"delivery\":\"none\",\"shipped\":true}", "[]",
      "delivered", "", "provided", NULL },
    { "cancelled", "{\"state\":\"cancelled\",\"payment\":\"paid\"}", "[]",
      "confirmed", "", "cancelled", NULL },

    { "one parcel", "{" PAID "}", "[" A("\"milestone\":\"in_transit\"") "]",
      "in_transit", "", "in_transit", NULL },
    { "two: the least advanced counts", "{" PAID "}",
      "[" B("\"milestone\":\"shipped\"") "," A("\"milestone\":\"in_transit\"")
      "]", "shipped", "", "shipped", NULL },
    { "two, one there", "{" PAID "}",
      "[" B("\"milestone\":\"in_transit\"") ","
      A("\"milestone\":\"delivered\"") "]", "in_transit", "", "some", NULL },
    { "two, both there", "{" PAID "}",
      "[" B("\"milestone\":\"delivered\"") ","
      A("\"milestone\":\"delivered\"") "]", "delivered", "", "delivered",
      NULL },
    { "two, one goes back", "{" PAID "}",
      "[" B("\"side\":\"returned\"") "," A("\"side\":\"delayed\"") "]",
      "confirmed", "returned", "returned", NULL },

    { "the store's arrival goes first",
      "{" PAID ",\"arrival\":{\"from\":\"2026-11-23\",\"to\":\"2026-11-25\"}}",
      "[" A("\"milestone\":\"in_transit\","
            "\"arrival\":{\"to\":\"2026-11-29\"}") "]",
      "in_transit", "", "in_transit", "Nov 23\u2009–\u200925" },
    { "the carrier's, one day", "{" PAID "}",
      "[" A("\"milestone\":\"in_transit\","
            "\"arrival\":{\"to\":\"2026-11-24\"}") "]",
      "in_transit", "", "in_transit", "Tue, Nov 24" },
    { "the latest of two", "{" PAID "}",
      "[" A("\"milestone\":\"in_transit\","
            "\"arrival\":{\"to\":\"2026-11-24\"}") ","
      B("\"milestone\":\"in_transit\",\"arrival\":{\"to\":\"2026-11-26\"}")
      "]", "in_transit", "", "in_transit", "Thu, Nov 26" },
    { "over: not shown", "{" PAID "}",
      "[" A("\"milestone\":\"in_transit\","
            "\"arrival\":{\"to\":\"2026-11-20\"}") "]",
      "in_transit", "", "in_transit", NULL },
    { "begun: the rest is shown", "{" PAID "}",
      "[" A("\"milestone\":\"in_transit\","
            "\"arrival\":{\"from\":\"2026-11-19\",\"to\":\"2026-11-23\"}")
      "]", "in_transit", "", "in_transit", "Nov 21\u2009–\u200923" },
    { "delivered: none", "{" PAID "}",
      "[" A("\"milestone\":\"delivered\","
            "\"arrival\":{\"to\":\"2026-11-24\"}") "]",
      "delivered", "", "delivered", NULL },
    { "nonsense is none", "{" PAID "}",
      "[" A("\"milestone\":\"in_transit\","
            "\"arrival\":{\"from\":\"2026-11-29\",\"to\":\"2026-11-23\"}")
      "]", "in_transit", "", "in_transit", NULL },
};


static void
test_orders(const os_speak_t *s)
{
    size_t              i;
    json_t             *order, *view;
    os_track_change_t   c;

    for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        order = order_of(orders[i].store, orders[i].words, &c);
        is_str(os_step_word(os_track_step(json_object_get(order, "track"))),
               orders[i].milestone, orders[i].name);
        is_str(os_side_word(os_track_side(json_object_get(order, "track"))),
               orders[i].side, "  side");

        view = os_view_track(s, order, NOW);
        is_str(json_string_value(json_object_get(view, "stands")),
               orders[i].stands, "  stands");
        is_str(json_string_value(json_object_get(view, "arrival")),
               orders[i].arrival, "  arrival");
        ok(json_string_length(json_object_get(view, "heading")) > 10,
           "  says: %s", json_string_value(json_object_get(view, "heading")));
        ok(!orders[i].side[0] == !json_object_get(view, "side"),
           "  and what to do");
        json_decref(view);
        json_decref(order);
    }
}


static void
test_view(const os_speak_t *s)
{
    json_t             *order, *view, *parcel;
    os_track_change_t   c;

    order = order_of("{" PAID "}", "[{\"number\":\"1z <9\",\"carrier\":\"UPS\","
        "\"url\":\"https://ups.example/1\",\"milestone\":\"in_transit\","
        "\"at\":1795294000,\"text\":\"left\",\"place\":\"K\u00f6ln\"},"
        "{\"number\":\"Z\",\"carrier\":\"acme\",\"url\":\"javascript:1\","
        "\"milestone\":\"in_transit\"}]", &c);
    view = os_view_track(s, order, NOW);
    parcel = json_array_get(json_object_get(view, "parcels"), 0);

    is_str(json_string_value(json_object_get(parcel, "carrier")),
           "United Parcel", "the campaign's name of a carrier");
    is_str(json_string_value(json_object_get(parcel, "url")),
           "https://parcels.example/?n=1Z%3C9",
           "and its page, with the number");
    is_str(json_string_value(json_object_get(parcel, "of")), "1/2", "of two");
    is_str(json_string_value(os_json_pointer(parcel,
                                             OS_STR("/events/0/label"))),
           "In transit", "an event's label");
    is_str(json_string_value(os_json_pointer(parcel,
                                             OS_STR("/events/0/time"))),
           "Nov 21, 2026, 8:46\u202fPM", "its time");
    is_str(json_string_value(os_json_pointer(parcel,
                                             OS_STR("/events/0/place"))),
           "K\u00f6ln", "its place");

    parcel = json_array_get(json_object_get(view, "parcels"), 1);
    is_str(json_string_value(json_object_get(parcel, "url")), NULL,
           "what is no web address is left out");

    is_int((int64_t) json_array_size(json_object_get(view, "steps")), 5,
           "five steps");
    ok(json_is_true(os_json_pointer(view, OS_STR("/steps/2/current")))
       && json_is_true(os_json_pointer(view, OS_STR("/steps/0/done")))
       && json_is_false(os_json_pointer(view, OS_STR("/steps/3/done"))),
       "in transit is the third");
    json_decref(view);
    json_decref(order);
}


/*
 * Whatever order the words of a parcel arrive in, and however often: it ends
 * where it ends when they arrive in theirs.
 */
#define WORDS  5

static const struct {
    const char  *name;
    const char  *word[WORDS];   /* each a minute after the one before */
} roads[] = {
    { "as it should be",
      { "\"milestone\":\"confirmed\"", "\"milestone\":\"shipped\"",
        "\"milestone\":\"in_transit\"",
        "\"milestone\":\"out_for_delivery\"",
        "\"milestone\":\"delivered\"" } },
    { "on the second try",
      { "\"milestone\":\"out_for_delivery\"",
        "\"milestone\":\"in_transit\",\"side\":\"attempt_failed\"",
        "\"milestone\":\"in_transit\"",
        "\"milestone\":\"out_for_delivery\"",
        "\"milestone\":\"delivered\"" } },
    { "to be collected",
      { "\"milestone\":\"in_transit\"", "\"side\":\"exception\"",
        "\"milestone\":\"out_for_delivery\"",
        "\"milestone\":\"in_transit\",\"side\":\"attempt_failed\"",
        "\"milestone\":\"in_transit\",\"side\":\"ready_for_pickup\"" } },
    { "back again",
      { "\"milestone\":\"in_transit\"",
        "\"side\":\"ready_for_pickup\"", "\"side\":\"returned\"",
        "\"milestone\":\"in_transit\"",
        "\"milestone\":\"out_for_delivery\"" } },
};


static void
say(json_t *track, const char *word, int minute, int heard)
{
    json_t             *data;
    os_buf_t            text;
    os_step_t           before;
    os_track_change_t   c;

    text = (os_buf_t) { 0 };
    os_buf_printf(&text, "{\"number\":\"A\",\"at\":%d,%s}",
                  NOW + 60 * minute, word);
    data = parse(text.data);
    before = os_track_step(os_track_find(track, OS_STR("A")));
    os_track_merge(track, data, "carrier", NOW + 600 + heard, &c);

    if (c.step < before) {
        ok(0, "a step back: %s", word);
    }

    json_decref(data);
    os_buf_free(&text);
}


/* The n-th of the 120 ways to order five. */
static void
permute(int n, int order[WORDS])
{
    int  i, k, left[WORDS] = { 0, 1, 2, 3, 4 };

    for (i = 0; i < WORDS; i++) {
        k = n % (WORDS - i);
        n /= WORDS - i;
        order[i] = left[k];
        memmove(&left[k], &left[k + 1],
                sizeof(int) * (size_t) (WORDS - i - k - 1));
    }
}


static void
test_disorder(void)
{
    int           i, n, bad, order[WORDS];
    size_t        r;
    char          want[64], got[64];
    json_t       *track;
    const json_t *parcel;

    for (r = 0; r < sizeof(roads) / sizeof(roads[0]); r++) {
        bad = 0;
        want[0] = '\0';

        for (n = 0; n < 120; n++) {
            permute(n, order);
            track = json_object();

            for (i = 0; i < WORDS; i++) {
                say(track, roads[r].word[order[i]], order[i], i);
                say(track, roads[r].word[order[n % (i + 1)]],
                    order[n % (i + 1)], i);
            }

            parcel = os_track_find(track, OS_STR("A"));
            /* how far it was before it turned round does not matter */
            snprintf(got, sizeof(got), "%s %s %zu",
                     os_track_side(parcel) == OS_SIDE_RETURNED ? "-"
                     : os_step_word(os_track_step(parcel)),
                     os_side_word(os_track_side(parcel)),
                     json_array_size(json_object_get(parcel, "log")));
            json_decref(track);

            if (n == 0) {
                snprintf(want, sizeof(want), "%s", got);
            }

            bad += strcmp(want, got) != 0;
        }

        ok(bad == 0, "%s: in any order and twice it is %s", roads[r].name,
           want);
    }
}


/* The log and the parcels are bounded. */
static void
test_bounds(void)
{
    int                 i;
    char                text[400];
    json_t             *track, *data;
    os_track_change_t   c;

    track = json_object();

    for (i = 0; i < 30; i++) {
        (void) snprintf(text, sizeof(text), "{\"number\":\"A\","
                        "\"milestone\":\"in_transit\",\"at\":%d,"
                        "\"text\":\"%0115d\u00e9\u00e9\u00e9\u00e9\"}",
                        NOW + i, i);
        data = parse(text);
        os_track_merge(track, data, "carrier", NOW + i, &c);
        json_decref(data);
    }

    data = json_object_get(c.parcel, "log");
    is_int((int64_t) json_array_size(data), OS_PARCEL_LOG_MAX,
           "the newest ten events");
    is_int(os_json_int(json_array_get(data, 0), "at", 0), NOW + 29, "first");
    is_int((int64_t) os_json_str(json_array_get(data, 0), "text").len, 119,
           "a text is cut between two characters");

    /* what repeats is written once, and read everywhere */
    is_str(os_json_str(json_array_get(data, 9), "milestone").data,
           "in_transit", "the oldest one says how far it was");
    ok(json_object_get(json_array_get(data, 0), "milestone") == NULL,
       "those after it do not say so again");
    data = os_track_events(c.parcel);
    is_str(os_json_str(json_array_get(data, 0), "milestone").data,
           "in_transit", "but are read as if");
    json_decref(data);

    for (i = 0; i < 30; i++) {
        (void) snprintf(text, sizeof(text), "{\"number\":\"N%d\"}", i);
        data = parse(text);
        os_track_merge(track, data, "carrier", NOW, &c);
        json_decref(data);
    }

    is_int((int64_t) json_array_size(json_object_get(track, "parcels")),
           OS_PARCELS_MAX, "twenty parcels");
    ok(c.parcel == NULL, "and no more");
    json_decref(track);
}


int
main(void)
{
    size_t        i;
    os_error_t    err;
    os_speak_t    s;
    os_locale_t  *locale;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(&rows[i]);
    }

    s = (os_speak_t) { .now = NOW };
    s.campaign = os_campaign_load("t/unit/track_campaign.json", "campaign",
                                  &err);
    locale = os_locale_load("campaign/locales/en.json", &err);
    s.locale = locale;

    if (!ok(s.campaign && locale, "campaign and locale")) {
        diag("%s", err.text);
        return done();
    }

    test_orders(&s);
    test_view(&s);
    test_disorder();
    test_bounds();
    os_locale_free(locale);
    os_campaign_free((os_campaign_t *) s.campaign);

    return done();
}

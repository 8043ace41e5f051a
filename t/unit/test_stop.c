/*
 * core/os_stop and os_reduce_stop: a cancel that is asked for on a page of
 * ours: by an action of the store's API, or by a person; once; and how it ends
 * when the order has left meanwhile.
 */

#include <stdlib.h>

#include "core/order/os_reduce.h"
#include "core/order/os_stop.h"
#include "tap.h"


#define NOW    1800000000LL
#define STEPS  8


static os_campaign_t  *campaign;
static json_t         *record;


static void
load(const char *share, const char *actions)
{
    char         path[] = "/tmp/test_stop.XXXXXX";
    int          fd = mkstemp(path);
    FILE        *f = fdopen(fd, "w");
    os_error_t   err;

    fprintf(f, "{\"store\":\"shop\",\"revision\":1,"
            "\"site\":\"https://shop.example\",\"brand\":{\"name\":\"S\"},"
            "\"locales\":[\"en\"],\"offers\":[],\"cancel\":{\"hosted\":true},"
            "\"mail\":{\"from\":\"s@shop.example\","
            "\"support\":\"h@shop.example\"},"
            "\"follow_up\":{\"cancelled\":{}},"
            "\"api\":{\"base\":\"https://shop.example\","
            "\"source\":\"woocommerce\",\"read\":{\"url\":\"/\"},"
            "\"actions\":{%s}}}", actions);
    fclose(f);
    os_campaign_free(campaign);
    campaign = os_campaign_load(path, share, &err);
    ok(campaign != NULL, "a campaign%s%s", campaign ? "" : ": ",
       campaign ? "" : err.text);
    remove(path);
}


/* One event; what it leads to, as "purpose/channel@seconds" and counters. */
static void
is_after(const char *kind, int64_t at, const char *more, const char *want,
    const char *name)
{
    static int     n;
    size_t         i;
    json_t        *event, *entry, *job, *value;
    os_buf_t       text = { 0 };
    os_error_t     err;
    const char    *key;
    os_reduced_t   r;

    os_buf_printf(&text, "{\"id\":\"e%d\",\"kind\":\"%s\",\"at_ms\":%lld%s%s}",
                  ++n, kind, (long long) (NOW + at) * 1000,
                  *more ? "," : "", more);
    event = os_json_parse(os_buf_view(&text), "event", &err);

    if (event == NULL
        || os_reduce(campaign, record, OS_STR("1"), event,
                     (NOW + at) * 1000, &r, &err) != 0)
    {
        ok(0, "%s: %s", name, err.text);
        return;
    }

    os_buf_free(&text);

    json_array_foreach(r.add, i, entry) {
        job = json_object_get(entry, "job");
        os_buf_printf(&text, "%s%s/%s", text.len ? " " : "",
                      os_json_str(job, "purpose").data,
                      os_json_str(job, "channel").data);

        if (os_json_int(entry, "due_ms", 0) != (NOW + at) * 1000) {
            os_buf_printf(&text, "@%lld",
                          (long long) os_json_int(entry, "due_ms", 0) / 1000
                          - NOW);
        }
    }

    json_object_foreach(r.counts, key, value) {
        if (strncmp(key, "stop", 4) == 0) {
            os_buf_printf(&text, "%s%s=%lld", text.len ? " " : "", key,
                          (long long) json_integer_value(value));
        }
    }

    is_str(text.data ? text.data : "", want, name);
    json_decref(record);
    record = json_incref(r.order);
    os_reduced_free(&r);
    json_decref(event);
    os_buf_free(&text);
}


#define ORDER(more)  "\"from\":\"webhook\",\"data\":{\"id\":\"1\"," \
    "\"currency\":\"EUR\",\"total\":5000," more "}"
#define OPEN         ORDER("\"state\":\"open\",\"payment\":\"paid\"," \
    "\"changed\":1800000000,\"placed\":1800000000,\"customer\":\"c\"")
#define SHIPPED      ORDER("\"state\":\"open\",\"payment\":\"paid\"," \
    "\"shipped\":true,\"changed\":1800000300,\"customer\":\"c\"")
#define CANCELLED    ORDER("\"state\":\"cancelled\",\"payment\":\"paid\"," \
    "\"changed\":1800009000,\"customer\":\"c\"")
#define AGAIN        ORDER("\"state\":\"open\",\"payment\":\"paid\"," \
    "\"changed\":1800009100,\"customer\":\"c\"")
#define HOSTED       "\"hosted\":true,\"owner\":true,\"via\":\"page\""
#define WORDS        HOSTED ",\"comment\":\"my words\""


static void
begin(void)
{
    json_decref(record);
    record = NULL;
    is_after("order", 1, OPEN, "", "an order");
    is_str(os_stop_word(os_stop(record)), "open", "  can be stopped");
}


static const char *
nonce(void)
{
    static char  event[200];

    snprintf(event, sizeof(event), "\"nonce\":\"%s\"",
             os_json_str(os_json_pointer(record, OS_STR("/save/stop")),
                         "nonce").data);
    return event;
}


static const char *
with(const char *more)
{
    static char  event[400];

    snprintf(event, sizeof(event), "%s,%s", nonce(), more);
    return event;
}


static void
test_task(const char *share)
{
    load(share, "");
    begin();
    is_after("asked", 10, WORDS,
             "support_stop/smtp cancel_received/smtp stop.task=1",
             "no action: a task, and the buyer has it in writing");
    is_str(os_stop_word(os_stop(record)), "asked", "  it is asked for");
    is_after("asked", 20, HOSTED, "stop.again=1", "once more: nothing new");
    is_after("asked", 30, HOSTED ",\"comment\":\"and this\"",
             "support_cancel/smtp stop.again=1", "but words arrive");
    is_after("stop", 40, with("\"result\":\"done\""), "",
             "nobody but the store's API says that it is done");
    is_after("order", 9000, CANCELLED, "cancelled/smtp",
             "a person cancels it, hours later: the buyer hears of it");
    is_str(os_stop_word(os_stop(record)), "ended", "  it is over");
    is_after("asked", 9010, HOSTED, "", "nothing is left to stop");
    is_after("order", 9100, AGAIN, "", "it is opened again");
    is_str(os_stop_word(os_stop(record)), "open", "  and can be stopped");

    begin();
    is_after("asked", 10, HOSTED,
             "support_stop/smtp cancel_received/smtp stop.task=1", "asked");
    is_after("order", 300, SHIPPED, "cancel_refused/smtp stop.refused=1",
             "it leaves all the same: the buyer hears of it");
    is_str(os_stop_word(os_stop(record)), "sent", "  it cannot be stopped");
    is_after("asked", 310, WORDS, "support_cancel/smtp",
             "once is enough, words arrive");

    begin();
    is_after("order", 300, SHIPPED, "", "an order that has left");
    is_after("asked", 310, HOSTED, "cancel_refused/smtp stop.refused=1",
             "and was asked to be stopped in the same moment");

    begin();
    is_after("asked", 10, HOSTED ",\"links\":1", "",
             "while nobody could look, by a link of a buyer before: nothing");
    is_str(os_stop_word(os_stop(record)), "open", "  is asked for");
    is_after("asked", 10, HOSTED ",\"links\":0",
             "support_stop/smtp cancel_received/smtp stop.task=1",
             "by one that is good: as ever");
    json_decref(record);
    record = NULL;
    is_after("asked", 10, HOSTED ",\"links\":0", "",
             "of an order that is not known: nothing");

    begin();
    is_after("asked", 10, "\"owner\":true,\"via\":\"page\"",
             "cancelled/smtp@130", "of a cancel of the store's own");
    is_str(os_stop_word(os_stop(record)), "open", "  this knows nothing");

    begin();
    is_after("asked", 10, WORDS, "support_stop/smtp cancel_received/smtp "
             "stop.task=1", "two days later");
    begin();
    is_after("asked", -2 * 86400, WORDS, "support_stop/smtp "
             "cancel_received/smtp stop.task=1", "or before: it is taken");
}


static void
test_action(const char *share)
{
    load(share, "\"cancel\":[{\"method\":\"PUT\",\"url\":\"/\"}]");
    begin();
    is_after("asked", 10, WORDS,
             "cancel/store cancel_received/smtp@70 support_cancel/smtp "
             "stop.pending=1", "an action: the store does it; words arrive");
    is_str(os_stop_word(os_stop(record)), "asked", "  it is asked for");
    is_after("stop", 12, "\"nonce\":\"of another\",\"result\":\"done\"", "",
             "another's end is none");
    is_after("stop", 12, with("\"result\":\"done\""), "stop.done=1", "done");
    is_after("stop", 13, with("\"result\":\"task\""), "", "once");
    is_after("order", 9000, CANCELLED, "cancelled/smtp", "as the store says");

    begin();
    is_after("asked", 10, HOSTED, "cancel/store cancel_received/smtp@70 "
             "stop.pending=1", "asked");
    is_after("stop", 12, with("\"result\":\"task\",\"why\":\"403\""),
             "support_stop/smtp cancel_received/smtp stop.task=1",
             "the store says no: a person does it");

    begin();
    is_after("asked", 10, HOSTED, "cancel/store cancel_received/smtp@70 "
             "stop.pending=1", "asked");
    is_after("stop", 12, with("\"result\":\"refused\",\"why\":\"shipped\""),
             "cancel_refused/smtp stop.refused=1", "it has left: told");
    is_after("order", 300, SHIPPED, "", "  once");
}


static void
test_loads(const char *share)
{
    char            path[] = "/tmp/test_stop.XXXXXX";
    int             fd = mkstemp(path);
    FILE           *f = fdopen(fd, "w");
    os_error_t      err;
    os_campaign_t  *none;

    fputs("{\"store\":\"shop\",\"revision\":1,\"site\":\"https://a.example\","
          "\"brand\":{\"name\":\"S\"},\"locales\":[\"en\"],\"offers\":[],"
          "\"cancel\":{\"hosted\":true}}", f);
    fclose(f);
    none = os_campaign_load(path, share, &err);
    ok(none == NULL, "cancels that would reach nobody");
    ok(none == NULL && strstr(err.text, "/cancel/hosted")
       && strstr(err.text, "would reach nobody"), "are a fault: %s",
       none ? "" : err.text);
    os_campaign_free(none);
    remove(path);
}


int
main(int argc, char **argv)
{
    const char  *share = argc > 1 ? argv[1] : "campaign";

    test_task(share);
    test_action(share);
    test_loads(share);
    ok(os_stop_hosted(campaign), "cancels are taken in");
    json_object_set_new(campaign->json, "state", json_string("observe"));
    ok(!os_stop_hosted(campaign), "not by who observes");
    json_decref(record);
    os_campaign_free(campaign);

    return done();
}

/*
 * core/os_return and os_reduce_return: what may come back of an order, until
 * when; what it is worth; and the way of what is asked for, once.
 */

#include <stdlib.h>

#include "core/order/os_reduce.h"
#include "core/order/os_return.h"
#include "tap.h"


#define NOW   1800000000LL      /* 08:00 UTC */
#define DAY   86400


static os_campaign_t  *campaign;
static json_t         *record;


static os_campaign_t *
made(const char *share, const char *returns, const char *more,
    os_error_t *err)
{
    char            path[] = "/tmp/test_return.XXXXXX";
    int             fd = mkstemp(path);
    FILE           *f = fdopen(fd, "w");
    os_campaign_t  *c;

    fprintf(f, "{\"store\":\"shop\",\"revision\":1,\"utc_offset\":\"+09:00\","
            "\"site\":\"https://shop.example\",\"brand\":{\"name\":\"S\"},"
            "\"locales\":[\"en\"],\"offers\":[],\"review\":{\"after\":\"7d\"},"
            "\"returns\":{%s}%s}", returns, more);
    fclose(f);
    c = os_campaign_load(path, share, err);
    remove(path);

    return c;
}


#define MAIL     ",\"mail\":{\"from\":\"s@shop.example\"," \
    "\"support\":\"h@shop.example\"}"
#define API(a)   ",\"api\":{\"base\":\"https://shop.example\",\"source\":" \
    "\"woocommerce\",\"read\":{\"url\":\"/\"},\"actions\":{" a "}}"
#define CALL     "[{\"method\":\"POST\",\"url\":\"/\"}]"
#define DAYS     "\"days\":14,\"refund\":{\"days\":14}"
#define ALL      DAYS ",\"exchange\":true,\"credit\":{\"pool\":\"c\"," \
    "\"bonus\":\"12.5\"}"
#define CREDIT   API("\"credit\":" CALL)


static void
load(const char *share, const char *returns, const char *more)
{
    os_error_t  err = { "" };

    os_campaign_free(campaign);
    campaign = made(share, returns, more, &err);
    ok(campaign != NULL, "a campaign%s%s", campaign ? "" : ": ", err.text);
}


static void
test_faults(const char *share)
{
    size_t          i;
    os_error_t      err;
    os_campaign_t  *c;

    static const struct {
        const char  *returns;
        const char  *more;
        const char  *says;
    } faults[] = {
        { "\"refund\":{\"days\":14}", MAIL, "expected a member \"days\"" },
        { "\"days\":14", MAIL, "expected a member \"refund\"" },
        { DAYS, "", "/returns: expected \"mail\"" },
        { DAYS ",\"by\":\"api\"", MAIL CREDIT, "/returns/by: expected" },
        { ALL, MAIL API("\"return\":" CALL), "/returns/credit: expected" },
        { DAYS ",\"reasons\":[\"because\"]", MAIL, "/returns/reasons/0" },
        { DAYS, MAIL ",\"policy\":{\"returns\":{\"days\":30}}",
          "/returns/days: expected 30" },
    };

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        err.text[0] = '\0';
        c = made(share, faults[i].returns, faults[i].more, &err);
        ok(c == NULL && strstr(err.text, faults[i].says), "%s: %s",
           faults[i].says, err.text);
        os_campaign_free(c);
    }
}


static void
order(const char *more)
{
    os_error_t  err;
    os_buf_t    text = { 0 };

    os_buf_printf(&text, "{\"id\":\"1\",\"store\":\"shop\",\"state\":\"open\","
                  "\"currency\":\"EUR\",\"total\":9000,\"customer\":\"c\","
                  "\"email\":\"a@b.example\",\"items\":["
                  "{\"id\":\"12\",\"name\":\"Mug\",\"quantity\":3,"
                  "\"total\":7000},{\"id\":\"13\",\"name\":\"Tea\","
                  "\"total\":1500}]%s}", more);
    json_decref(record);
    record = os_json_parse(os_buf_view(&text), "record", &err);
    ok(record != NULL, "an order%s", record ? "" : err.text);
    os_buf_free(&text);
}


#define ARRIVED(more)  ",\"track\":{\"milestone\":\"delivered\",\"at\":{" \
    "\"delivered\":1800000000}" more "}"
#define RETURNS(list)  ARRIVED(",\"returns\":[" list "]")
#define ONE(state, n)  "{\"n\":1,\"nonce\":\"r1\",\"state\":\"" state "\"," \
    "\"want\":\"refund\",\"lines\":[{\"id\":\"12\",\"name\":\"Mug\"," \
    "\"n\":" n "}]}"


static const char *
stands(int64_t at)
{
    return os_return_word(os_return(campaign, record, at));
}


static void
test_state(void)
{
    /* 17:00 in the shop: its fourteenth day ends at 15:00 UTC */

    int64_t  last = NOW / DAY * DAY + 14 * DAY + 15 * 3600;

    order("");
    is_str(stands(NOW), "early", "nobody has said that it is there");
    order(",\"track\":{\"milestone\":\"in_transit\"}");
    is_str(stands(NOW), "early", "it is on its way");
    order(ARRIVED(""));
    is_str(stands(NOW), "open", "it is there");
    is_int(os_return_until(campaign, json_object_get(record, "track")),
           NOW / DAY + 14, "until a day by the shop's clock");
    is_str(stands(last - 1), "open", "in its last second");
    is_str(stands(last), "late", "and after it");
    order(RETURNS(ONE("asked", "1")));
    is_str(stands(NOW), "waits", "one is asked for");
    is_str(stands(last), "waits", "which a day's end does not end");
    order(RETURNS(ONE("approved", "1")));
    is_str(stands(NOW), "open", "it is answered: the next");
    is_int(os_return_left(record, json_object_get(record, "track"), 0), 2,
           "of what is left");
    order(RETURNS(ONE("declined", "3")));
    is_int(os_return_left(record, json_object_get(record, "track"), 0), 3,
           "what was declined is");
    order(RETURNS(ONE("approved", "3") ",{\"state\":\"refunded\",\"lines\":[{"
                  "\"id\":\"13\",\"name\":\"Tea\",\"n\":1}]}"));
    is_str(stands(NOW), "nothing", "all of it comes back");
    order(RETURNS("{},{},{},{},{},{},{},{}"));
    is_str(stands(NOW), "nothing", "enough was asked for");
    order(ARRIVED(""));
    json_object_set_new(record, "state", json_string("refunded"));
    is_str(stands(NOW), "ended", "it is over");
}


static json_t *
make(const char *said, const char **wrong)
{
    json_t      *form, *one;
    os_shelf_t   shelf;
    os_error_t   err;
    const char  *text = "v\tm\tmugs\t12\tM\tMug\t\t\t\tEUR\t2000\t\t0\t0\t2333"
                        "\n"
                        "v\tx\ttea\t13\tX\tTea\t\t\t\tEUR\t900\t0\t0\t0\n"
                        "s\ts\t\t12\tPot\tMug\t\t\t\tEUR\t900\t0\t0\t0\n";

    os_shelf_read(os_str(text), &shelf);
    form = os_json_parse(os_str(said), "said", &err);
    one = os_return_make(campaign, record, &shelf, form, NOW, wrong);
    json_decref(form);

    return one;
}


/* An order of which more is off than its items say, and one of no prices. */
static void
order_of(const char *items, const char *more)
{
    os_error_t  err;
    os_buf_t    text = { 0 };

    os_buf_printf(&text, "{\"id\":\"1\",\"state\":\"open\",\"currency\":"
                  "\"EUR\",\"email\":\"a@b.example\",\"items\":[%s]%s}",
                  items, more);
    json_decref(record);
    record = os_json_parse(os_buf_view(&text), "record", &err);
    ok(record != NULL, "an order%s", record ? "" : err.text);
    os_buf_free(&text);
}


#define ITEM(id, q, total)   "{\"id\":\"" id "\",\"name\":\"" id "\"," \
    "\"quantity\":" q ",\"total\":" total "}"
#define NO_PRICE(id, q)      "{\"id\":\"" id "\",\"name\":\"" id "\"," \
    "\"quantity\":" q "}"
#define FEE                  ",\"total\":4090,\"shipping\":412," \
    "\"shipping_tax\":78,\"fees\":-2000"
#define HAD(state, want, amount)  "{\"nonce\":\"r1\",\"state\":\"" state \
    "\",\"want\":\"" want "\",\"amount\":" amount ",\"lines\":[{" \
    "\"id\":\"M\",\"name\":\"M\",\"n\":1}]}"


/* What has been given, over all returns, is no more than the goods cost. */
static void
test_bounds(void)
{
    size_t       i;
    json_t      *one;
    const char  *wrong;

    static const struct {
        const char  *items;
        const char  *more;
        int64_t      amount[3]; /* of one of each of the items; -1: no such */
        const char  *name;
    } cases[] = {
        { ITEM("M", "2", "5600"), FEE ARRIVED(""), { 1800, -1, -1 },
          "what is off all of it is off its pieces; shipping stays" },
        { ITEM("M", "2", "5600"), FEE RETURNS(HAD("approved", "credit",
          "1800")), { 1800, -1, -1 }, "and the second piece is worth no more" },
        { ITEM("M", "2", "5600"), FEE RETURNS(HAD("approved", "credit",
          "3000")), { 600, -1, -1 }, "what others were made of is gone" },
        { ITEM("M", "2", "5600"), FEE RETURNS(HAD("declined", "credit",
          "3000")), { 1800, -1, -1 }, "not what was declined" },
        { ITEM("M", "2", "5600"), FEE ",\"refunds\":3000"
          RETURNS(HAD("refunded", "refund", "1800")), { 600, -1, -1 },
          "nor what was paid back, twice" },
        { ITEM("M", "1", "100") "," ITEM("N", "1", "100") ","
          ITEM("O", "1", "100"), ",\"total\":200" ARRIVED(""),
          { 67, 67, 66 }, "to the last cent" },
        { ITEM("M", "1", "100") "," ITEM("N", "1", "-50"), ",\"total\":50"
          ARRIVED(""), { 50, 0, -1 }, "what is below nothing is off it" },
        { ITEM("M", "1", "100"), ",\"total\":300,\"fees\":200" ARRIVED(""),
          { 100, -1, -1 }, "what was paid for a gift wrap is not the goods'" },
        { NO_PRICE("M", "2") "," ITEM("N", "1", "100"), ",\"total\":300"
          ARRIVED(""), { 0, 100, -1 }, "no price: nothing is said" },
        { ITEM("M", "1", "100"), ARRIVED(""), { 0, -1, -1 }, "no total" },
        { ITEM("M", "3", "1000"), ",\"total\":1000" RETURNS(HAD("approved",
          "refund", "333")), { 333, -1, -1 }, "the second of three pieces" },
        { ITEM("M", "3", "1000"), ",\"total\":1000" RETURNS(HAD("approved",
          "refund", "333") "," HAD("approved", "refund", "333")),
          { 334, -1, -1 }, "and the third: all of it comes back" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]) * 3; i++) {
        os_buf_t  said = { 0 };

        if (cases[i / 3].amount[i % 3] < 0) {
            continue;
        }

        order_of(cases[i / 3].items, cases[i / 3].more);
        os_buf_printf(&said, "{\"want\":\"credit\",\"lines\":[{\"item\":"
                      "%zu,\"n\":1}]}", i % 3);
        one = make(said.data, &wrong);
        is_int(os_json_int(one, "amount", -1), cases[i / 3].amount[i % 3],
               cases[i / 3].name);
        is_int(os_json_int(one, "credit", -1),
               (cases[i / 3].amount[i % 3] * 1125 + 500) / 1000,
               "  with the bonus");
        is_int(os_json_bool(one, "hand"), cases[i / 3].amount[i % 3] == 0,
               "  a person's, where that is nothing");
        json_decref(one);
        os_buf_free(&said);
    }
}


static void
test_make(void)
{
    size_t       i;
    json_t      *one;
    const char  *wrong;

    static const struct {
        const char  *said;
        const char  *wrong;     /* or what it comes to */
        int64_t      amount;
        int64_t      credit;
    } cases[] = {
        { "{\"want\":\"refund\",\"lines\":[]}", "items", 0, 0 },
        { "{\"want\":\"refund\"}", "items", 0, 0 },
        { "{\"want\":\"refund\",\"lines\":[{\"item\":0,\"n\":4}]}", "items",
          0, 0 },
        { "{\"want\":\"refund\",\"lines\":[{\"item\":2,\"n\":1}]}", "items",
          0, 0 },
        { "{\"want\":\"refund\",\"lines\":[{\"n\":1}]}", "items", 0, 0 },
        { "{\"lines\":[{\"item\":0,\"n\":1}]}", "want", 0, 0 },
        { "{\"want\":\"gold\",\"lines\":[{\"item\":0,\"n\":1}]}", "want", 0,
          0 },
        { "{\"want\":\"exchange\",\"lines\":[{\"item\":0,\"n\":1,"
          "\"instead\":\"Tea → X\"}]}", "instead", 0, 0 },
        { "{\"want\":\"exchange\",\"lines\":[{\"item\":0,\"n\":1,"
          "\"instead\":\"Mug → Pot\"}]}", "instead", 0, 0 },
        { "{\"want\":\"refund\",\"lines\":[{\"item\":0,\"n\":1}]}", NULL,
          2333, 0 },
        { "{\"want\":\"refund\",\"lines\":[{\"item\":0,\"n\":3},"
          "{\"item\":1,\"n\":1}]}", NULL, 8500, 0 },
        { "{\"want\":\"credit\",\"lines\":[{\"item\":1,\"n\":1}]}", NULL,
          1500, 1688 },
        { "{\"want\":\"exchange\",\"lines\":[{\"item\":0,\"n\":2,"
          "\"instead\":\"Mug → M\"}]}", NULL, 666, 0 },
        { "{\"want\":\"exchange\",\"lines\":[{\"item\":0,\"n\":2}]}", NULL, 0,
          0 },
        { "{\"want\":\"refund\",\"lines\":[{\"item\":0,\"n\":1,"
          "\"instead\":\"Mug → M\"}]}", NULL, 2333, 0 },
    };

    order(ARRIVED(""));

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        one = make(cases[i].said, &wrong);
        is_str(wrong ? wrong : "", cases[i].wrong ? cases[i].wrong : "",
               cases[i].said);
        is_int(os_json_int(one, "amount", 0), cases[i].amount, "  comes to");
        is_int(os_json_int(one, "credit", 0), cases[i].credit, "  or buys");
        json_decref(one);
    }

    one = make("{\"want\":\"refund\",\"lines\":[{\"item\":0,\"n\":1}],"
               "\"cause\":\"because\",\"comment\":\"w\"}", &wrong);
    ok(one && os_json_str(one, "cause").len == 0, "a reason that is none");
    is_str(os_json_str(one, "comment").data, "w", "  and words");
    json_decref(one);

    test_bounds();

    order(",\"refunds\":7500" ARRIVED(""));
    one = make("{\"want\":\"refund\",\"lines\":[{\"item\":0,\"n\":3}]}",
               &wrong);
    is_int(os_json_int(one, "amount", 0), 1500, "no more than was paid");
    json_decref(one);

    order(ARRIVED(""));
    json_object_del(record, "email");
    one = make("{\"want\":\"credit\",\"lines\":[{\"item\":0,\"n\":1}]}",
               &wrong);
    is_str(wrong, "want", "no credit where it is bound to nobody");
    json_decref(one);
}


/* One event; what it leads to, as "purpose/channel" and counters. */
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

    os_buf_printf(&text, "{\"id\":\"e%d\",\"kind\":\"%s\",\"at_ms\":%lld,%s}",
                  ++n, kind, (long long) (NOW + at) * 1000, more);
    event = os_json_parse(os_buf_view(&text), "event", &err);

    if (event == NULL
        || os_reduce(campaign, record, OS_STR("1"), event, (NOW + at) * 1000,
                     &r, &err) != 0)
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
    }

    json_object_foreach(r.counts, key, value) {
        if (strncmp(key, "return.", 7) == 0) {
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


#define ASK(nonce, want, n)  "\"nonce\":\"" nonce "\",\"return\":{\"n\":1," \
    "\"want\":\"" want "\",\"lines\":[{\"id\":\"12\",\"name\":\"Mug\"," \
    "\"n\":" n "}],\"amount\":2333,\"currency\":\"EUR\"}"
#define YES(nonce)           "\"nonce\":\"" nonce "\",\"approved\":true"
#define NO(nonce)            "\"nonce\":\"" nonce "\",\"approved\":false," \
    "\"comment\":\"no\""
#define DONE(nonce)          "\"nonce\":\"" nonce "\",\"result\":\"done\"," \
    "\"code\":\"C1\""
#define TASK(nonce)          "\"nonce\":\"" nonce "\",\"result\":\"task\"," \
    "\"why\":\"400\""
#define PAID(refunds)        "\"from\":\"read\",\"data\":{\"id\":\"1\"," \
    "\"state\":\"open\",\"currency\":\"EUR\",\"total\":9000,\"shipped\":true," \
    "\"changed\":1800000900,\"refunds\":" refunds "}"


static const char *
state(void)
{
    return os_json_str(os_return_last(record), "state").data;
}


static void
test_story(const char *share)
{
    load(share, ALL, MAIL CREDIT);
    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "refund", "2"), "return_asked/smtp "
             "support_return/smtp support_approve/smtp return.asked=1",
             "asked: support answers, the buyer has it in writing");
    is_after("return", 11, ASK("r1", "refund", "2"), "", "the same once more");
    is_after("return", 12, ASK("r2", "refund", "2"),
             "return_declined/smtp return.declined=1",
             "more than there is left: declined");
    is_after("help", 13, "\"text\":\"h\"",
             "support_help/smtp help_received/smtp", "trouble");
    is_after("solved", 13, "\"by\":\"s\"", "",
             "but nobody is asked for a review when that is over");
    is_after("reviewed", 13, "\"stars\":5", "support_review/smtp",
             "a review is heard all the same");
    is_after("verdict", 14, YES("r1"),
             "return_approved/smtp return.approved=1", "approved");
    is_after("verdict", 15, NO("r1"), "", "once");
    is_after("order", 900, PAID("2000"),
             "return_refunded/smtp return.refunded=1",
             "the store has paid it back");
    is_after("order", 901, PAID("2000"), "", "which is told once");

    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "refund", "1"), "return_asked/smtp "
             "support_return/smtp support_approve/smtp return.asked=1",
             "asked");
    is_after("verdict", 14, NO("r1"), "return_declined/smtp "
             "return.declined=1", "declined");
    is_after("return", 20, ASK("r3", "refund", "3"), "return_asked/smtp "
             "support_return/smtp support_approve/smtp return.asked=1",
             "and asked for anew");

    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "credit", "1"), "return_asked/smtp "
             "support_return/smtp support_approve/smtp return.asked=1",
             "a credit is asked for");
    is_after("verdict", 14, YES("r1"), "return/store return.approved=1",
             "approved: the store makes it");
    is_after("return_done", 15, DONE("r1"), "return_approved/smtp",
             "then the buyer has the code");
    is_str(os_json_str(os_return_last(record), "code").data, "C1", "  it");
    is_after("return_done", 16, DONE("r1"), "", "once");

    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "credit", "1"), "return_asked/smtp "
             "support_return/smtp support_approve/smtp return.asked=1",
             "a credit is asked for");
    is_after("verdict", 14, YES("r1"), "return/store return.approved=1", "yes");
    is_after("return_done", 15, TASK("r1"), "support_return/smtp "
             "return_approved/smtp return.task=1",
             "the store makes none: a person does");

    load(share, ALL ",\"by\":\"api\"",
         MAIL API("\"credit\":" CALL ",\"return\":" CALL));
    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "refund", "1"),
             "return_asked/smtp return/store return.asked=1",
             "by the store itself");
    is_after("return_done", 15, DONE("r1"), "return_approved/smtp "
             "return.approved=1", "which says yes");
    is_str(state(), "approved", "  so it is");

    order(",\"refunds\":8000" ARRIVED(""));
    is_after("return", 10, ASK("r1", "credit", "1"),
             "return_asked/smtp return/store return.asked=1",
             "of an order of which less is left by now than the page said");
    is_int(os_json_int(os_return_last(record), "amount", -1), 1000,
           "  no more is given than that");
    is_int(os_json_int(os_return_last(record), "credit", -1), 1125,
           "  with the bonus on it");

    order(",\"refunds\":9000" ARRIVED(""));
    is_after("return", 10, ASK("r1", "credit", "1"), "return_asked/smtp "
             "support_return/smtp support_approve/smtp return.asked=1",
             "a credit of nothing is a person's");

    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "refund", "1"),
             "return_asked/smtp return/store return.asked=1", "or");
    is_after("return_done", 15, TASK("r1"),
             "support_return/smtp support_approve/smtp return.task=1",
             "no: a person answers");
    is_after("verdict", 20, YES("r1"), "return_approved/smtp "
             "return.approved=1", "who does it, too: the store was asked");

    load(share, DAYS, MAIL ",\"requests\":{\"answer_within\":\"2h\"}");
    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "refund", "1"), "return_asked/smtp "
             "support_return/smtp support_approve/smtp watch/clock "
             "return.asked=1", "where requests are answered within a time");
    is_after("clock", 3610, "\"what\":\"return_half\"",
             "support_reminder/smtp return.reminded=1",
             "support is reminded after half of it");
    is_after("verdict", 3700, YES("r1"), "return_approved/smtp "
             "return.approved=1", "then it is answered");
    is_after("clock", 3800, "\"what\":\"return_half\"", "",
             "which reminds nobody");

    load(share, DAYS, MAIL ",\"webhooks\":[{\"url\":\"https://a.example/\","
         "\"secret_file\":\"s\",\"events\":[\"return\"]}]");
    order(ARRIVED(""));
    is_after("return", 10, ASK("r1", "refund", "1"),
             "return/webhook return_asked/smtp return.asked=1",
             "a desk of the shop's own has it instead of support");
}


int
main(int argc, char **argv)
{
    const char  *share = argc > 1 ? argv[1] : "campaign";

    load(share, ALL, MAIL CREDIT);
    test_faults(share);
    test_state();
    test_make();
    test_story(share);
    ok(os_return_is_on(campaign), "returns are taken in");
    json_object_set_new(campaign->json, "state", json_string("observe"));
    ok(!os_return_is_on(campaign), "not by who observes");
    json_decref(record);
    os_campaign_free(campaign);

    return done();
}

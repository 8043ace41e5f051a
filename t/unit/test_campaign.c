/*
 * core/os_campaign and what os_json does for it: every kind of fault names
 * file, line, column, path and what was expected; the choice of a locale.
 */

#include <stdlib.h>
#include <unistd.h>

#include "core/campaign/os_campaign.h"
#include "tap.h"


#define HEAD \
    "{\"store\": \"shop\", \"revision\": 1, \"site\": \"https://a\",\n" \
    " \"brand\": {\"name\": \"A\"}, \"locales\": [\"en\", \"fr\"]"

/* one with an API that is read so */
#define API(read) \
    HEAD ",\n \"offers\": [], \"api\": {\"base\": \"http://a\", \"source\": " \
    "\"generic\", \"read\": " read "}}"

static char  path[] = "/tmp/ordersave-campaign-XXXXXX";


static os_campaign_t *
load(const char *text, os_error_t *err)
{
    FILE  *file = fopen(path, "w");

    if (file) {
        fputs(text, file);
        fclose(file);
    }

    err->text[0] = '\0';
    return os_campaign_load(path, "campaign", err);
}


/* "@" is no part of a text: it marks the place that must be named. */
static const struct {
    const char  *text;
    const char  *expected;      /* after the file's name and the place */
} faults[] = {
    /* no JSON */
    { "", ":1:0: not JSON: unexpected token near end of file" },
    { "{\n  \"store\": shop}", ":2:15: not JSON: invalid token near 'shop'" },
    { "{\"store\": \"a\",\n \"store\": \"b\"}",
      ":2:8: not JSON: duplicate object key near '\"store\"'" },
    { "{\"store\": \"\xff\"}", NULL },

    /* types, at the value */
    { "@[]", ": /: expected object, found array" },
    { "\n\n  @7", ": /: expected object, found integer" },
    { "{\"store\": @7, \"revision\": 1, \"site\": \"https://a\", \"brand\": "
      "{\"name\": \"A\"},\n\"locales\": [\"en\"], \"offers\": []}",
      ": /store: expected string, found integer" },
    { HEAD ",\n \"offers\": @{}}",
      ": /offers: expected array, found object" },
    { HEAD ",\n \"offers\": [@null]}",
      ": /offers/0: expected object, found null" },
    { "{\"store\": \"shop\",\n \"revision\": @1.5, \"site\": \"https://a\", "
      "\"brand\": {\"name\": \"A\"}, \"locales\": [\"en\"], \"offers\": []}",
      ": /revision: expected integer, found number" },

    /* members that must be there, at their object */
    { "@{}", ": /: expected a member \"store\"" },
    { "@" HEAD "}", ": /: expected a member \"offers\"" },
    { HEAD ",\n \"offers\": [\n  @{\"id\": \"a\", \"reasons\": [\"*\"]}]}",
      ": /offers/0: expected a member \"give\"" },

    /* members that must not, at what they hold */
    { HEAD ",\n \"offers\": [],\n \"eligible\": {\"colour\": @\"blue\"}}",
      ": /eligible/colour: \"colour\" is not known here; expected one of "
      "status, payment, methods, discounted, min_age, shipped, max_age, "
      "min_total, max_total, countries, "
      "segments, categories, first_order, in_stock" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"free_shipping\": {\"a/b~c\": @1}}}]}",
      ": /offers/0/give/free_shipping/a~1b~0c: \"a/b~c\" is not known "
      "here; expected one of fees" },

    /* a code is one for all, or each buyer's own */
    { HEAD ",\n \"offers\": [], \"extras\": {\"next_order\": @{\"text\": "
      "\"x\", \"code\": \"A\", \"pool\": \"p\"}}}",
      ": /extras/next_order: expected either \"code\", one for all, or "
      "\"pool\", one for each buyer" },
    { HEAD ",\n \"offers\": [], \"extras\": {\"referral\": @{\"text\": "
      "\"x\", \"code\": \"A\", \"reward\": {\"pool\": \"p\"}}}}",
      ": /extras/referral: expected a \"pool\" beside \"reward\": by a code "
      "for all nobody can tell whose friend has bought" },

    /* words, patterns, numbers, lengths */
    { HEAD ",\n \"offers\": [], \"refund\": {\"by\": @\"hand\"}}",
      ": /refund/by: expected one of \"api\", \"task\"" },
    { HEAD ",\n \"offers\": [], \"valid\": @\"soon\"}",
      ": /valid: expected a text that matches ^([0-9]+[smhdw]?)+$" },
    { "{\"store\": @\"Shop\", \"revision\": 1, \"site\": \"https://a\", "
      "\"brand\": {\"name\": \"A\"},\n\"locales\": [\"en\"], \"offers\": []}",
      ": /store: expected a text that matches ^[a-z0-9][a-z0-9_-]{0,31}$"
      " (the store's name, as ordersave_store says it)" },
    { HEAD ",\n \"offers\": [], \"experiment\": {\"name\": \"e\", "
      "\"holdout\": @101}}",
      ": /experiment/holdout: expected at most 100, found 101" },
    { "{\"store\": \"shop\", \"revision\": @0, \"site\": \"https://a\", "
      "\"brand\": {\"name\": \"A\"},\n\"locales\": [\"en\"], \"offers\": []}",
      ": /revision: expected at least 1, found 0" },
    { "{\"store\": \"shop\", \"revision\": 1, \"site\": \"https://a\", "
      "\"brand\": {\"name\": @\"\"},\n\"locales\": [\"en\"], \"offers\": []}",
      ": /brand/name: expected at least 1 characters, found 0" },
    { "{\"store\": \"shop\", \"revision\": 1, \"site\": \"https://a\", "
      "\"brand\": {\"name\": \"A\"},\n\"locales\": @[], \"offers\": []}",
      ": /locales: expected at least 1 items, found 0" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "@{}}]}", ": /offers/0/give: expected at least 1 members, found 0" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "@{\"request\": {}, \"free_shipping\": {}}}]}",
      ": /offers/0/give: expected at most 1 members, found 2" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {}},\n \"limit\": {\"budget\": {\"euro\": @\"5\"}}}]}",
      ": /offers/0/limit/budget/euro: expected a text that matches "
      "^[A-Z]{3}$" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {}}, \"title\": @7}]}",
      ": /offers/0/title: expected one of 2 forms, the last of which: "
      "expected object, found integer" },

    /* characters before it count as one each */
    { HEAD ",\n \"mail\": {\"from\": \"\xed\x95\x9c\xea\xb5\xad, a\", "
      "\"support\": @1}, \"offers\": []}",
      ": /mail/support: expected string, found integer" },

    /* what the schema cannot say */
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {}}},\n {\"id\": @\"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {}}}]}",
      ": /offers/1/id: expected an id no other offer has" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"costs\", "
      "@\"weather\"], \"give\": {\"request\": {}}}]}",
      ": /offers/0/reasons/1: expected a reason of the campaign" },
    { HEAD ",\n \"reasons\": [\"weather\"],\n \"offers\": [{\"id\": \"a\", "
      "\"reasons\": [@\"costs\"], \"give\": {\"request\": {}}}]}",
      ": /offers/0/reasons/0: expected a reason of the campaign" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], "
      "\"generic\": @true, \"give\": {\"request\": {}}}]}",
      ": /offers/0/generic: expected false: only information may be shown"
      " to whoever is not the owner" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"discount\": @{}}}]}",
      ": /offers/0/give/discount: expected either \"percent\" or "
      "\"amount\"" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"coupon\": @{\"pool\": \"p\"}}}]}",
      ": /offers/0/give/coupon: expected either \"percent\" or "
      "\"amount\"" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"discount\": @{\"percent\": \"5\", \"amount\": {\"EUR\": \"5\"}}}}]}",
      ": /offers/0/give/discount: expected either \"percent\" or "
      "\"amount\"" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"discount\": {\"percent\": @\"100.5\"}}}]}",
      ": /offers/0/give/discount/percent: expected more than 0 and at "
      "most 100" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"coupon\": {\"pool\": \"p\", \"percent\": @\"0\"}}}]}",
      ": /offers/0/give/coupon/percent: expected more than 0 and at most "
      "100" },
    { HEAD ",\n \"offers\": [], \"country_locales\": {\"KR\": @\"ko\"}}",
      ": /country_locales/KR: expected a locale of the campaign" },
    { "{\"store\": \"shop\", \"revision\": 1, \"site\": \"https://a\", "
      "\"brand\": {\"name\": \"A\"},\n\"locales\": [\"en\", \"fr\", @\"en\"], "
      "\"offers\": []}", ": /locales/2: expected each locale once" },

    /* amounts, as their currency counts */
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"discount\": {\"amount\": {\"EUR\": \"5.50\", \"JPY\": "
      "@\"5.50\"}}}}]}",
      ": /offers/0/give/discount/amount/JPY: expected at most 0 digits after "
      "the point, as many as JPY has" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"info\": {}}, \"limit\": @{\"per_customer\": 1}}]}",
      ": /offers/0/limit: expected none: nobody can accept an offer that "
      "gives \"info\"" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"link\": {\"url\": \"/x\"}}, \"limit\": @{\"cooldown\": \"1d\"}}]}",
      ": /offers/0/limit: expected none: nobody can accept an offer that "
      "gives \"link\"" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"next_order\": {\"pool\": \"p\"}}, "
      "\"limit\": {\"budget\": @{\"EUR\": \"1.00\"}}}]}",
      ": /offers/0/limit/budget: expected none: nothing that this offer gives "
      "is taken from a budget" },

    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {}}, "
      "\"limit\": {\"budget\": @{\"EUR\": \"1.00\"}}}]}",
      ": /offers/0/limit/budget: expected none: nothing that this offer gives "
      "is taken from a budget" },

    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {\"for\": \"credit\", \"bonus\": \"50\"}}, "
      "\"limit\": {\"budget\": @{\"EUR\": \"1.00\"}}}]}",
      ": /offers/0/limit/budget: expected none: nothing that this offer gives "
      "is taken from a budget" },

    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {\"for\": \"remove\", \"by\": \"api\"}}, "
      "\"limit\": {\"budget\": @{\"EUR\": \"1.00\"}}}]}",
      ": /offers/0/limit/budget: expected none: nothing that this offer gives "
      "is taken from a budget" },

    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {\"for\": \"swap\", \"by\": \"api\", \"off\": "
      "{\"percent\": \"5\"}}}, "
      "\"limit\": {\"budget\": @{\"EUR\": \"1.00\"}}}]}",
      ": /offers/0/limit/budget: expected none: nothing that this offer gives "
      "is taken from a budget" },

    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {}}, \"limit\": {\"budget\": {\"KWD\": @\"1.2345\"}}}]}",
      ": /offers/0/limit/budget/KWD: expected at most 3 digits after the "
      "point, as many as KWD has" },
    { HEAD ",\n \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], \"give\": "
      "{\"request\": {}}, \"when\": {\"min_total\": {\"EUR\": @\"1.234\"}}}]}",
      ": /offers/0/when/min_total/EUR: expected at most 2 digits after the "
      "point, as many as EUR has" },
    { HEAD ",\n \"offers\": [], \"eligible\": {\"max_total\": {\"EUR\": "
      "@\"99999999999999999999\"}}}",
      ": /eligible/max_total/EUR: expected a smaller amount" },
    { HEAD ",\n \"offers\": [], \"policy\": {\"shipping\": [{\"region\": "
      "\"x\"}, "
      "{\"region\": \"y\", \"price\": {\"KRW\": @\"4.90\"}}]}}",
      ": /policy/shipping/1/price/KRW: expected at most 0 digits after the "
      "point, as many as KRW has" },

    /* addresses */
    { HEAD ",\n \"offers\": [], \"mail\": {\"from\": @\"not an address\", "
      "\"support\": \"x\"}}",
      ": /mail/from: expected an address, or a name and <address>" },
    { HEAD ",\n \"offers\": [], \"contacts\": [{\"kind\": \"email\", "
      "\"value\": "
      "@\"x\"}]}", ": /contacts/0/value: expected an e-mail address" },
    { HEAD ",\n \"offers\": [], \"contacts\": [{\"kind\": \"phone\", "
      "\"value\": "
      "\"+49 (30) 12\"}, {\"kind\": \"phone\", \"value\": @\"12 or 13\"}]}",
      ": /contacts/1/value: expected a telephone number" },
    { HEAD ",\n \"offers\": [], \"contacts\": [{\"kind\": \"chat\", \"value\": "
      "\"/chat\"}, {\"kind\": \"url\", \"value\": @\"javascript:alert(1)\"}]}",
      ": /contacts/1/value: expected a link that begins with https://, "
      "http://, /, mailto: or tel:" },
    { HEAD ",\n \"offers\": [], \"contacts\": [{\"kind\": \"whatsapp\", "
      "\"value\": \"+4930\"}, {\"kind\": \"whatsapp\", \"value\": "
      "@\"+49 30\"}]}",
      ": /contacts/1/value: expected a number without spaces, or a link" },
    { HEAD ",\n \"offers\": [], \"contacts\": [{\"kind\": \"whatsapp\", "
      "\"value\": @\"httpx:1\"}]}",
      ": /contacts/0/value: expected a link that begins with https://, "
      "http://, /, mailto: or tel:" },

    /* how the store's API is spoken to */
    { API("{\"url\": @\"/x/{{#order}}\"}"),
      ": /api/read/url: template:1:4: expected the end of section \"order\", "
      "which opens here" },
    { API("{\"url\": @\"/x/{{ordr.id}}\"}"),
      ": /api/read/url: \"ordr.id\" is not known here; expected one of "
      "order.id" },
    { API("{\"url\": @\"/x/{{order.number}}\"}"),
      ": /api/read/url: \"order.number\" is not known here; expected one of "
      "order.id" },
    { API("{\"url\": \"/\"}, \"actions\": {\"coupon\": [], \"discount\": "
          "[{\"url\": \"/\"}, {\"url\": \"/\", \"headers\": {\"X-A\": "
          "@\"{{nonse}}\"}}]}"),
      ": /api/actions/discount/1/headers/X-A: \"nonse\" is not known here; "
      "expected one of order, raw, code, coupons, amount, currency, terms, "
      "nonce, offer, reason, comment, store, said, item, arrives, variant, "
      "lines, waived, fewer, option, return" },
    { API("{\"url\": \"/\"}, \"actions\": {\"refund\": [{\"url\": \"/\", "
          "\"body\": {\"a/b\": [1, @\"-{{#amount}}\"]}}]}"),
      ": /api/actions/refund/0/body/a~1b/1: template:1:2: expected the end of "
      "section \"amount\", which opens here" },
    { API("{\"url\": \"/\"}, \"actions\": {\"refund\": [{\"url\": \"/\", "
          "\"when\": \"code\"}, {\"url\": \"/\", \"when\": @\"cod\"}]}"),
      ": /api/actions/refund/1/when: \"cod\" is not known here; expected "
      "one of "
      "order, raw, code, coupons, amount, currency, terms, nonce, offer, "
      "reason, comment, store, said, item, arrives, variant, lines, waived, "
      "fewer, option, return" },
    { API("{\"url\": \"/\"}, \"actions\": {\"refund\": [{\"url\": \"/\", "
          "\"body\": @\"{{note}}\"}]}"),
      ": /api/actions/refund/0/body: \"note\" is not known here; expected one "
      "of order, raw, code, coupons, amount, currency, terms, nonce, offer, "
      "reason, comment, store, said, item, arrives, variant, lines, waived, "
      "fewer, option, return" },
    { HEAD ",\n \"offers\": [], \"api\": {\"base\": \"http://a\", \"source\": "
      "@\"../x\", \"read\": {\"url\": \"/\"}}}",
      ": /api/source: campaign/sources/../x.json cannot be read: expected the "
      "name of a source" },
    { HEAD ",\n \"offers\": [], \"api\": {\"base\": \"http://a\", \"source\": "
      "@\"none\", \"read\": {\"url\": \"/\"}}}",
      ": /api/source: campaign/sources/none.json cannot be read: expected the "
      "name of a source" },
    { HEAD ",\n \"offers\": [], \"reconcile\": {\"every\": \"1h\", \"each\": "
      "\"\", \"call\": {\"url\": @\"/?after={{order.id}}\"}}}",
      ": /reconcile/call/url: \"order.id\" is not known here; expected one "
      "of since, since_epoch, since_shop, page" },
    { HEAD ",\n \"offers\": [], \"track\": {\"page\": @\"/{{order.id\"}}",
      ": /track/page: template:1:2: expected \"}}\" to end the tag that opens "
      "here" },
};


/* Takes the mark out of a text; line and column (in characters) of it. */
static int
unmark(const char *marked, os_buf_t *text, int *line, int *column)
{
    int  found = 0;

    text->len = 0;
    os_buf_text(text, "");
    *line = *column = 1;

    for (const char *p = marked; *p; p++) {

        if (*p == '@') {
            found = 1;
            continue;
        }

        os_buf_char(text, *p);

        if (found) {
            continue;
        }

        *column += (*p & 0xc0) != 0x80;

        if (*p == '\n') {
            (*line)++;
            *column = 1;
        }
    }

    return found;
}


static void
test_faults(void)
{
    int             line, column;
    os_buf_t        expected = { 0 }, text = { 0 };
    os_error_t      err;
    os_campaign_t  *c;

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        expected.len = 0;
        os_buf_text(&expected, path);

        if (unmark(faults[i].text, &text, &line, &column)) {
            os_buf_printf(&expected, ":%d:%d", line, column);
        }

        c = load(text.len ? text.data : "", &err);

        if (faults[i].expected == NULL) {
            ok(c == NULL && strstr(err.text, ":1:") && strstr(err.text,
               "not JSON"), "refused: bytes that are not UTF-8");
            continue;
        }

        os_buf_text(&expected, faults[i].expected);
        ok(c == NULL, "refused: %s", faults[i].expected);
        is_str(err.text, expected.data, "and says so");
        os_campaign_free(c);
    }

    os_buf_free(&expected);
    os_buf_free(&text);

    ok(os_campaign_load("/nowhere/c.json", "campaign", &err) == NULL
       && strncmp(err.text, "/nowhere/c.json", 15) == 0,
       "a file that is not there is named");
    c = load(HEAD ", \"offers\": []}", &err);
    ok(c != NULL, "and a good one is taken");
    os_campaign_free(c);
    ok(os_campaign_load(path, "/nowhere", &err) == NULL
       && strstr(err.text, "/nowhere/campaign.schema.json"),
       "a schema that is not there is named");
}


static void
test_read(void)
{
    os_str_t           text;
    os_error_t         err;
    os_campaign_t     *c;
    const os_offer_t  *offer;

    c = load(HEAD ", \"valid\": \"1h30m\", \"eligible\": {\"max_age\": "
             "\"2d\"}, \"experiment\": {\"name\": \"e\", \"holdout\": 2.5}, "
             "\"refund\": {\"by\": \"task\"}, \"offers\": [{\"id\": \"a\", "
             "\"reasons\": [\"changed_mind\", \"other\"], \"give\": "
             "{\"coupon\": {\"pool\": \"p\", \"percent\": \"10\"}}, "
             "\"limit\": {\"per_customer\": 2, \"cooldown\": \"1w\", "
             "\"budget\": {\"EUR\": \"9\"}}, \"stacks\": true}, "
             "{\"id\": \"b\", \"reasons\": [\"*\"], \"generic\": true, "
             "\"give\": {\"link\": {\"url\": \"/\"}}, \"title\": {\"en\": "
             "\"One\", \"fr\": \"Un\"}, \"text\": \"Same\"}]}", &err);

    if (!ok(c != NULL, "a campaign is read")) {
        diag("%s", err.text);
        return;
    }

    is_int(c->valid, 5400, "a duration in two units");
    is_int(c->eligible.max_age, 172800, "one in days");
    is_int(c->holdout, 25, "the holdout, in tenths of a percent");
    ok(os_str_equal(c->refund, OS_STR("task")), "who pays back");
    ok(os_str_equal(c->api_path, OS_STR("/ordersave/")), "the usual api_path");
    is_int((int64_t) c->nreasons, 11, "the usual reasons");

    offer = os_campaign_offer(c, OS_STR("a"));
    ok(offer == &c->offers[0] && offer->kind == OS_KIND_GRANT
       && offer->give == OS_GIVE_COUPON && offer->stacks && offer->budget.of
       && !offer->generic, "an offer by its id");
    is_int(offer->reasons, 1 | 1 << 10, "its reasons, as bits");
    ok(offer->per_customer == 2 && offer->cooldown == 604800, "its limits");
    ok(os_campaign_offer(c, OS_STR("c")) == NULL, "none by another");

    offer = os_campaign_offer(c, OS_STR("b"));
    ok(offer && offer->kind == OS_KIND_INFORMATION && offer->generic
       && offer->reasons == ~0u && !offer->budget.of, "a link");

    text = os_campaign_text(c, json_object_get(offer->json, "title"),
                            OS_STR("fr"));
    ok(os_str_equal(text, OS_STR("Un")), "a text in a locale");
    text = os_campaign_text(c, json_object_get(offer->json, "title"),
                            OS_STR("ko"));
    ok(os_str_equal(text, OS_STR("One")), "in the default, if it has none");
    text = os_campaign_text(c, json_object_get(offer->json, "text"),
                            OS_STR("ko"));
    ok(os_str_equal(text, OS_STR("Same")), "one text for all");
    ok(os_campaign_text(c, NULL, OS_STR("en")).data == NULL, "no text");
    is_int(os_campaign_duration(c, "/nowhere", 7), 7, "a default");
    os_campaign_free(c);

    c = load(API("{\"url\": \"/{{#order}}{{id}}{{/order}}\"}, \"actions\": "
                 "{\"note\": [{\"url\": \"/{{raw.id}}\", \"body\": "
                 "\"{{note}}\"}]}"), &err);
    is_str(err.text, "", "a note's call has its text");
    os_campaign_free(c);

    c = load(HEAD ", \"offers\": [], \"contacts\": [{\"kind\": \"kakao\", "
             "\"value\": \"https://a/b\"}, {\"kind\": \"email\", \"value\": "
             "\"a@b\"}], \"mail\": {\"from\": \"\xed\x95\x9c, A <a@b>\", "
             "\"reply_to\": \"\", \"support\": \"a@b\"}, \"eligible\": "
             "{\"min_total\": {\"KWD\": \"1.234\", \"JPY\": \"5\"}}}", &err);
    is_str(err.text, "", "addresses and amounts that are well");
    os_campaign_free(c);

    c = load(HEAD ", \"offers\": []}", &err);
    ok(c && c->valid == 86400 && c->eligible.max_age == 0 && c->holdout == 0
       && c->refund.len == 0 && c->noffers == 0, "what is not said");
    os_campaign_free(c);
}


static const struct {
    const char  *forced;
    const char  *order;
    const char  *accept;
    const char  *country;
    const char  *locale;
} choices[] = {
    { NULL, NULL, NULL, NULL, "en" },
    { "", "", "", "", "en" },
    { "ko", "fr", "id", "FR", "ko" },
    { "xx", "fr", "id", "KR", "fr" },
    { NULL, "xx", "id", "KR", "id" },
    { NULL, NULL, "xx", "KR", "ko" },
    { NULL, NULL, NULL, "KR", "ko" },
    { NULL, NULL, NULL, "XX", "en" },
    { NULL, NULL, NULL, "K", "en" },

    /* look-up: subtags come off the end, case and _ are no matter */
    { NULL, "fr-CA", NULL, NULL, "fr" },
    { NULL, "fr_CA", NULL, NULL, "fr" },
    { NULL, "FR", NULL, NULL, "fr" },
    { NULL, "zh-Hant-TW", NULL, NULL, "zh-Hant" },
    { NULL, "ZH_hant_hk", NULL, NULL, "zh-Hant" },
    { NULL, "zh", NULL, NULL, "en" },
    { NULL, "fra", NULL, NULL, "en" },
    { NULL, "f", NULL, NULL, "en" },
    { NULL, "-", NULL, NULL, "en" },
    { NULL, "--fr", NULL, NULL, "en" },

    /* Accept-Language: weights, spaces, what it will not have */
    { NULL, NULL, "fr", "KR", "fr" },
    { NULL, NULL, "de, fr;q=0.5, ko;q=0.8", NULL, "ko" },
    { NULL, NULL, "ko;q=0.8,fr;q=0.85", NULL, "fr" },
    { NULL, NULL, "ko;q=0.8,fr;q=0.805", NULL, "fr" },
    { NULL, NULL, "ko;q=0.8,fr;q=0.8", NULL, "ko" },
    { NULL, NULL, " ,, fr ; q=0.1 ,", NULL, "fr" },
    { NULL, NULL, "fr;q=0, ko;q=0.1", NULL, "ko" },
    { NULL, NULL, "fr;q=0", NULL, "en" },
    { NULL, NULL, "fr;q=0.000", "KR", "ko" },
    { NULL, NULL, "fr;q=1.0, ko", NULL, "fr" },
    { NULL, NULL, "ko;Q=0.9, fr", NULL, "fr" },
    { NULL, NULL, "fr-CA, fr;q=0.9, en;q=0.8", NULL, "fr" },
    { NULL, NULL, "*", "KR", "ko" },
    { NULL, NULL, "*, id;q=0.1", NULL, "id" },
    { NULL, NULL, ",;,;q=1", NULL, "en" },
};


static os_str_t
str(const char *text)
{
    return text ? os_str(text) : OS_NULL;
}


static void
test_locale(void)
{
    os_str_t        got;
    os_error_t      err;
    os_campaign_t  *c;

    c = load("{\"store\": \"shop\", \"revision\": 1, \"site\": \"https://a\", "
             "\"brand\": {\"name\": \"A\"}, \"locales\": [\"en\", \"id\", "
             "\"ko\", \"fr\", \"zh-Hant\"], \"offers\": [], "
             "\"country_locales\": {\"KR\": \"ko\", \"FR\": \"fr\"}}", &err);

    if (c == NULL) {
        ok(0, "%s", err.text);
        return;
    }

    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        got = os_campaign_locale(c, str(choices[i].forced),
                                 str(choices[i].order),
                                 str(choices[i].accept),
                                 str(choices[i].country));

        if (!ok(os_str_equal(got, os_str(choices[i].locale)),
                "forced %s, order %s, browser %s, country %s: %s",
                choices[i].forced ? choices[i].forced : "-",
                choices[i].order ? choices[i].order : "-",
                choices[i].accept ? choices[i].accept : "-",
                choices[i].country ? choices[i].country : "-",
                choices[i].locale))
        {
            diag("got %.*s", (int) got.len, got.data);
        }
    }

    os_campaign_free(c);
}


/* Where "@" marks nothing, nothing is to be found. */
static const struct {
    const char  *text;
    const char  *pointer;
} places[] = {
    { "@{}", "" },
    { " \n @[1]", "" },
    { "[1, 22,\n  @333]", "/2" },
    { "[1, 22]", "/2" },
    { "[1]", "/a" },
    { "[1]", "/" },
    { "[1]", "/00" },
    { "7", "/a" },
    { "\"a\"", "/0" },
    { "{\"a\": {\"b\": [true, {\"c\": @1}]}}", "/a/b/1/c" },
    { "{\"a\": \"}]\\\"\", \"b\": @1}", "/b" },
    { "{\"a\\\\\": 1, \"a\": @2}", "/a" },
    { "{\"\\u0061\": @1}", "/a" },
    { "{\"a/b\": @1, \"a~b\": 2}", "/a~1b" },
    { "{\"a/b\": 1, \"a~b\": @2}", "/a~0b" },
    { "{\"\": @1}", "/" },
    { "{\"a\": 1}", "a" },
    { "{\"a\": [[], {}, [\n]], \"b\": @1}", "/b" },
    { "{\"\xed\x95\x9c\": \"\xea\xb5\xad\", \"b\": @1}", "/b" },
};


static void
test_locate(void)
{
    int       rc, there, line, column, got_line, got_column;
    os_buf_t  text = { 0 };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        there = unmark(places[i].text, &text, &line, &column);
        got_line = got_column = 0;
        rc = os_json_locate(os_buf_view(&text), os_str(places[i].pointer),
                            &got_line, &got_column);

        if (!ok(rc == (there ? 0 : -1)
                && (!there || (line == got_line && column == got_column)),
                "%s in %s", places[i].pointer, places[i].text))
        {
            diag("got %d, %d:%d", rc, got_line, got_column);
        }
    }

    os_buf_free(&text);
}


static const struct {
    const char  *schema;
    const char  *value;
    const char  *where;         /* NULL: it is good */
    const char  *expected;
} checks[] = {
    { "true", "7", NULL, NULL },
    { "false", "7", "", "nothing may be here" },
    { "{}", "{\"a\": 1}", NULL, NULL },
    { "{\"type\": \"number\"}", "7", NULL, NULL },
    { "{\"type\": \"number\"}", "\"7\"", "", "expected number, found string" },
    { "{\"type\": \"boolean\"}", "false", NULL, NULL },
    { "{\"type\": \"null\"}", "null", NULL, NULL },
    { "{\"const\": [1]}", "[1]", NULL, NULL },
    { "{\"const\": [1]}", "[2]", "", "expected [1]" },
    { "{\"enum\": [1, null]}", "null", NULL, NULL },
    { "{\"enum\": [1, \"a\"]}", "\"b\"", "", "expected one of 1, \"a\"" },
    { "{\"maxLength\": 2}", "\"\xed\x95\x9c\xea\xb5\xad\"", NULL, NULL },
    { "{\"maxLength\": 1}", "\"ab\"", "",
      "expected at most 1 characters, found 2" },
    { "{\"items\": {\"type\": \"string\"}}", "[\"a\", 1]", "/1",
      "expected string, found integer" },
    { "{\"maxItems\": 1}", "[1, 2]", "", "expected at most 1 items, found 2" },
    { "{\"properties\": {\"a\": {\"items\": {\"required\": [\"b\"]}}}}",
      "{\"a\": [{\"b\": 1}, {}]}", "/a/1", "expected a member \"b\"" },
    { "{\"patternProperties\": {\"^x-\": {\"type\": \"string\"}}, "
      "\"additionalProperties\": false}", "{\"x-a\": 1}", "/x-a",
      "expected string, found integer" },
    { "{\"patternProperties\": {\"^x-\": {\"type\": \"string\"}}, "
      "\"additionalProperties\": false}", "{\"y\": 1}", "/y",
      "\"y\" is not known here; expected one of no members" },
    { "{\"additionalProperties\": {\"type\": \"string\"}}", "{\"a\": 1}", "/a",
      "expected string, found integer" },
    { "{\"anyOf\": [{\"type\": \"string\"}, {\"minimum\": 3}]}", "7", NULL,
      NULL },
    { "{\"oneOf\": [{\"minimum\": 1}, {\"minimum\": 3}]}", "7", "",
      "expected one of 2 forms, the last of which: " },
    { "{\"oneOf\": [{\"type\": \"string\"}, {\"items\": {\"type\": "
      "\"string\"}}]}", "[1]", "",
      "expected one of 2 forms, the last of which: expected string, found "
      "integer" },
    { "{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"minimum\": 3}}}", "2",
      "", "expected at least 3, found 2" },
    { "{\"$ref\": \"#/$defs/b\"}", "2", "",
      "the schema's reference #/$defs/b leads nowhere" },
    { "{\"$ref\": \"#\"}", "2", "", "nested too deeply" },
    { "{\"pattern\": \"(\"}", "\"a\"", "",
      "the schema's pattern ( is not one" },
};


static void
test_check(void)
{
    int          rc;
    json_t      *schema, *value;
    os_buf_t     where = { 0 };
    os_error_t   err;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        schema = json_loads(checks[i].schema, JSON_DECODE_ANY, NULL);
        value = json_loads(checks[i].value, JSON_DECODE_ANY, NULL);
        os_buf_free(&where);
        err.text[0] = '\0';
        rc = os_json_check(value, schema, &where, &err);

        if (!ok(rc == (checks[i].where ? -1 : 0)
                && (rc == 0
                    || (os_str_equal(os_buf_view(&where),
                                     os_str(checks[i].where))
                        && strcmp(err.text, checks[i].expected) == 0)),
                "%s against %s", checks[i].value, checks[i].schema))
        {
            diag("got %d at \"%.*s\": %s", rc, (int) where.len,
                 where.data ? where.data : "", err.text);
        }

        json_decref(schema);
        json_decref(value);
    }

    os_buf_free(&where);
}


int
main(void)
{
    int  fd = mkstemp(path);

    if (fd == -1) {
        return 1;
    }

    close(fd);
    test_faults();
    test_read();
    test_locale();
    test_locate();
    test_check();
    unlink(path);
    return done();
}

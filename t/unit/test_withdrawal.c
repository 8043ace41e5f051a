/*
 * core/os_withdrawal, os_reduce_withdrawal and os_withdraw_label: what a
 * statement is, what it makes of an order, and what the law calls it.
 */

#include <stdlib.h>

#include "core/order/os_reduce.h"
#include "core/order/os_rules.h"
#include "core/order/os_withdrawal.h"
#include "core/view/os_withdraw_label.h"
#include "tap.h"


#define NOW   1800000000LL      /* Friday, 15 January 2027, 08:00 UTC */
#define DAY   86400


static os_campaign_t  *campaign;


static void
load(const char *share, const char *withdrawal, const char *more)
{
    char        path[] = "/tmp/test_withdrawal.XXXXXX";
    FILE       *f = fdopen(mkstemp(path), "w");
    os_error_t  err = { "" };

    fprintf(f, "{\"store\":\"shop\",\"revision\":1,\"utc_offset\":\"+01:00\","
            "\"site\":\"https://shop.example\",\"brand\":{\"name\":\"S\"},"
            "\"locales\":[\"en\"],\"offers\":[],\"review\":{\"after\":\"7d\"},"
            "\"mail\":{\"from\":\"s@shop.example\",\"support\":"
            "\"h@shop.example\"},\"withdrawal\":{%s}%s}", withdrawal, more);
    fclose(f);
    os_campaign_free(campaign);
    campaign = os_campaign_load(path, share, &err);
    remove(path);
    ok(campaign != NULL, "a campaign%s%s", campaign ? "" : ": ", err.text);
}


static json_t *
json(const char *text)
{
    os_buf_t   b = { 0 };
    json_t    *value;

    for ( ; *text; text++) {
        os_buf_char(&b, *text == '\'' ? '"' : *text);
    }

    value = json_loads(b.data, 0, NULL);
    os_buf_free(&b);

    return value;
}


static const char *
wrong_of(const char *said)
{
    json_t      *text = json(said);
    const char  *wrong;

    json_decref(os_withdrawal_make(text, NULL, &wrong));
    json_decref(text);

    return wrong ? wrong : "";
}


static void
id_of(const char *said, char out[64])
{
    json_t      *text = json(said), *statement;
    os_buf_t     id = os_buf_on(out, 64);
    os_hmac_t    key;
    const char  *wrong;

    os_hmac_ready(&key, OS_STR("a key of the shop's"));
    statement = os_withdrawal_make(text, NULL, &wrong);
    os_withdrawal_id(&key, OS_STR("shop"), statement, &id);
    out[id.len] = '\0';
    json_decref(statement);
    json_decref(text);
}


static void
statements(void)
{
    char       a[64], b[64];
    json_t    *said, *record, *one;
    os_str_t   text, n;
    os_buf_t   out = { 0 };
    const char  *wrong;

    is_str(wrong_of("{'contract':'19','email':'a@b.test'}"), "name", "no name");
    is_str(wrong_of("{'name':' \\n','contract':'1','email':'a@b.test'}"),
           "name", "one of spaces");
    is_str(wrong_of("{'name':'A','email':'a@b.test'}"), "contract",
       "nothing that identifies the contract");
    is_str(wrong_of("{'name':'A','order':'19','email':'a@b.test'}"), "",
       "but an order that is proven");
    is_str(wrong_of("{'name':'A','contract':'x','email':'a b'}"), "email",
       "no address");
    is_str(wrong_of("{'name':'A','contract':'a blue one','email':'a@b.test'}"),
       "", "whatever can be read will do");

    id_of("{'name':' Ada  L','contract':'19','email':'a@b.test'}", a);
    id_of("{'name':'Ada L ','contract':'19','email':'a@b.test','parts':' '}",
          b);
    is_str(a, b, "the same statement has the same id");
    ok(strlen(a) == 23 && a[0] == '~', "which is marked: %s", a);
    id_of("{'name':'Ada L','contract':'19','email':'a@b.test','parts':'mug'}",
          b);
    ok(strcmp(a, b) != 0, "another part, another id");
    id_of("{'name':'Ada','contract':'L19','email':'a@b.test'}", a);
    id_of("{'name':'AdaL','contract':'19','email':'a@b.test'}", b);
    ok(strcmp(a, b) != 0, "where one ends counts");

    text = OS_STR("Order #19, (20) and S-21. ##");
    ok(os_withdrawal_number(&text, &n) && os_withdrawal_number(&text, &n)
       && os_str_equal(n, OS_STR("19")) && os_withdrawal_number(&text, &n)
       && os_str_equal(n, OS_STR("20")) && os_withdrawal_number(&text, &n)
       && os_withdrawal_number(&text, &n) && os_str_equal(n, OS_STR("S-21"))
       && !os_withdrawal_number(&text, &n), "the words of a contract");

    record = json("{'items':[{'id':'1','name':'Mug','quantity':2},{'id':'2',"
                  "'name':'Tea'}]}");
    said = json("{'name':'A','order':'19','email':'a@b.test','lines':["
                "{'item':0,'n':9},{'item':7,'n':1},{'item':1,'n':0}]}");
    one = os_withdrawal_make(said, record, &wrong);
    os_json_dump(&out, json_object_get(one, "lines"));
    is_str(out.data, "[{\"id\":\"1\",\"name\":\"Mug\",\"n\":2}]",
       "what was chosen, of what there is");
    json_decref(one);
    json_decref(said);
    json_decref(record);

    out.len = 0;
    os_withdrawal_plain(OS_STR("see https://evil.test/x or a@b.cd, 1.5 kg."),
                        &out);
    is_str(out.data, "see https:\xe2\x80\x8b/\xe2\x80\x8b/\xe2\x80\x8b" "evil."
       "\xe2\x80\x8btest/\xe2\x80\x8bx or a@\xe2\x80\x8b" "b.\xe2\x80\x8b"
       "cd, 1.5 kg.", "no mail program makes a link of it");
    out.len = 0;
    os_withdrawal_moment(campaign, NOW * 1000, &out);
    is_str(out.data, "2027-01-15 09:00:00 UTC+01:00",
           "a moment with its offset");
    os_buf_free(&out);
}


static int
enter(json_t *order, json_t *track, const char *id, json_t *lines, int proven)
{
    return os_withdrawal_enter(order, track, os_str(id), lines, NOW, proven);
}


static int64_t
taken(json_t *order, json_t *track, size_t i)
{
    return os_withdrawal_taken(order, os_withdrawal_of(track), i);
}


static int
whole(json_t *order, json_t *track)
{
    return os_withdrawal_whole(order, os_withdrawal_of(track));
}


static void
sure(json_t *order, json_t *mug, json_t *tea)
{
    int      i;
    char     id[8];
    json_t  *track = json_object();

    (void) enter(order, track, "~a", NULL, 0);
    ok(whole(order, track) && os_withdrawal_sure(track) == NULL,
       "a stranger's is about all of it, and sure of nothing");
    (void) enter(order, track, "~b", mug, 1);
    ok(os_withdrawal_taken(order, os_withdrawal_sure(track), 0) == 1
       && os_withdrawal_taken(order, os_withdrawal_sure(track), 1) == 0
       && !os_withdrawal_whole(order, os_withdrawal_sure(track)),
       "its buyer's is sure of that part");

    for (i = 0; i < 40; i++) {
        (void) snprintf(id, sizeof(id), "~%d", i);
        (void) enter(order, track, id, mug, 0);
    }

    ok(json_array_size(json_object_get(os_withdrawal_of(track), "said"))
       == OS_WITHDRAWAL_SAID, "who says much is not remembered for ever");
    ok(enter(order, track, "~c", tea, 1)
       && os_withdrawal_taken(order, os_withdrawal_sure(track), 1) == 1,
       "and keeps nobody from being heard");
    json_decref(track);
}


static void
orders(void)
{
    json_t       *order, *track = json_object(), *mug, *mugs, *tea, *none;
    int64_t       day;
    os_period_t   rests;

    order = json("{'items':[{'id':'1','name':'Mug','quantity':2,'category':"
                 "'cups'},{'id':'2','name':'Tea','category':'food'}]}");
    mug = json("[{'id':'1','name':'Mug','n':1}]");
    mugs = json("[{'id':'1','name':'Mug','n':2}]");
    tea = json("[{'id':'2','name':'Tea','n':1}]");
    none = json_array();

    sure(order, mug, tea);
    ok(enter(order, track, "~a", mug, 0), "a part");
    ok(!enter(order, track, "~a", tea, 0),
       "the same statement changes nothing");
    ok(taken(order, track, 0) == 1
       && taken(order, track, 1) == 0, "so it is that part");
    ok(enter(order, track, "~b", mug, 0)
       && taken(order, track, 0) == 1, "said twice, it is once");
    ok(enter(order, track, "~c", none, 0)
       && !whole(order, track), "words alone add nothing");
    ok(enter(order, track, "~d", mugs, 0)
       && taken(order, track, 0) == 2, "both of them");
    ok(enter(order, track, "~e", tea, 0)
       && whole(order, track), "another part makes it whole");
    json_decref(track);

    track = json_object();
    (void) enter(order, track, "~a", tea, 0);
    ok(os_withdrawal_void(campaign, order, track), "what is excepted");
    (void) enter(order, track, "~b", mug, 0);
    ok(!os_withdrawal_void(campaign, order, track), "with what is not");
    os_json_set_str(order, "kind", OS_STR("business"));
    ok(os_withdrawal_void(campaign, order, track), "a business buyer's");
    json_decref(track);

    track = json("{'milestone':'shipped'}");
    ok(os_withdrawal_until(campaign, order, track, &rests) == 0
       && rests == OS_PERIOD_OPEN, "a period that has not begun");
    json_decref(track);
    track = json("{'milestone':'delivered','at':{'delivered':1799956800}}");
    day = os_withdrawal_until(campaign, order, track, &rests);
    ok(day == 20832 + 14 && rests == OS_PERIOD_PARCEL,
       "14 days after the last parcel");
    json_decref(track);
    track = json("{'milestone':'delivered','at':{'delivered':1800086400}}");
    day = os_withdrawal_until(campaign, order, track, &rests);
    ok(day == 20834 + 14 + 2, "a Saturday gives way to Monday");
    json_decref(track);
    os_json_set_str(order, "delivery", OS_STR("none"));
    os_json_set_int(order, "placed", NOW);
    track = json_object();
    day = os_withdrawal_until(campaign, order, track, &rests);
    ok(day == 20833 + 14 && rests == OS_PERIOD_CONTRACT,
       "of what is not sent from the conclusion");
    json_decref(track);
    json_decref(order);
    json_decref(mug);
    json_decref(mugs);
    json_decref(tea);
    json_decref(none);
}


/* How many jobs of this purpose; `channel` may be NULL. */
static int
jobs(const os_reduced_t *out, const char *purpose)
{
    int      n = 0;
    size_t   i;
    json_t  *entry;

    json_array_foreach(out->add, i, entry) {
        n += os_str_equal(os_json_str(json_object_get(entry, "job"),
                                      "purpose"), os_str(purpose));
    }

    return n;
}


static json_t *
happens(json_t *record, const char *id, const char *event, os_reduced_t *out)
{
    json_t     *e = json(event);
    os_error_t  err = { "" };

    os_json_set_int(e, "at_ms", NOW * 1000);

    if (os_reduce(campaign, record, os_str(id), e, NOW * 1000, out, &err) != 0)
    {
        diag("%s", err.text);
    }

    json_decref(e);
    json_decref(record);

    return json_incref(out->order);
}


#define SAID  "'statement':{'name':'Ada','contract':'19','email':'a@b.test'," \
    "'via':'page'},'salt':'s'"

static void
comes(void)
{
    json_t        *r;
    os_reduced_t   out;

    r = happens(NULL, "~x", "{'id':'e1','kind':'statement'," SAID "}", &out);
    is_str(json_string_value(json_object_get(r, "state")), "statement",
       "a statement has a record of its own");
    ok(jobs(&out, "withdraw_received") == 1, "it is acknowledged");
    ok(json_array_size(out.effects) == 2, "evidence, and its order");
    ok(jobs(&out, "support_withdraw") == 0, "of which nobody knows yet");
    os_reduced_free(&out);

    r = happens(r, "~x", "{'id':'e2','kind':'statement'," SAID "}", &out);
    ok(jobs(&out, "withdraw_received") == 1, "once more: acknowledged again");
    ok(json_array_size(out.effects) == 0 && out.facts == NULL,
       "and that is all");
    ok(json_array_size(json_object_get(r, "again")) == 1, "but that it came");
    os_reduced_free(&out);

    r = happens(r, "~x", "{'id':'e3','kind':'matched','orders':[]}", &out);
    ok(jobs(&out, "support_withdraw") == 1, "what matches nothing: a person");
    os_reduced_free(&out);
    json_decref(r);

    r = happens(NULL, "19", "{'id':'e4','kind':'statement'," SAID "}", &out);
    ok(out.none, "no order becomes a statement");
    os_reduced_free(&out);
    json_decref(r);
}


#define OPEN   "{'id':'o1','kind':'order','from':'webhook','data':{'id':'19'," \
    "'state':'open','payment':'paid','total':3000,'currency':'EUR','email':" \
    "'a@b.test','placed':1799990000,'items':[{'id':'1','name':'Mug'," \
    "'quantity':2,'total':2000},{'id':'2','name':'Tea','total':1000}]}}"
#define SENT   "{'id':'o1','kind':'order','from':'webhook','data':{'id':'19'," \
    "'state':'open','shipped':true,'payment':'paid','total':3000,'currency':" \
    "'EUR','email':'a@b.test','placed':1799990000,'items':[{'id':'1','name':" \
    "'Mug','quantity':2,'total':2000},{'id':'2','name':'Tea','total':1000}]}}"
#define W(id, more)  "{'id':'" id "','kind':'withdrawal','statement':'~" id    \
    "'" more "}"

static void
meets(void)
{
    json_t        *r, *one;
    os_order_t    *o;
    os_reduced_t   out;

    r = happens(NULL, "19", OPEN, &out);
    os_reduced_free(&out);
    o = os_order_from(r);
    ok(os_rules_eligible(campaign, o, OS_NULL, NOW) == OS_ELIGIBLE,
       "an order that may be offered something");
    os_order_free(o);
    r = happens(r, "19", W("a", ",'contract':'19'"), &out);
    ok(jobs(&out, "cancel") == 0 && jobs(&out, "return") == 0,
       "a stranger's statement changes nothing in the store");
    ok(jobs(&out, "support_withdraw") == 1, "a person decides");
    ok(jobs(&out, "withdraw_told") == 1, "and the buyer is told");
    os_reduced_free(&out);
    o = os_order_from(r);
    ok(os_rules_eligible(campaign, o, OS_NULL, NOW) == OS_NOT_WITHDRAWN,
       "nothing is offered any more");
    os_order_free(o);
    r = happens(r, "19", "{'id':'d','kind':'parcel','data':{'number':'P',"
                "'milestone':'delivered','at':1799999000}}", &out);
    ok(jobs(&out, "review") == 0, "nobody is asked for stars");
    os_reduced_free(&out);
    json_decref(r);

    r = happens(NULL, "19", OPEN, &out);
    os_reduced_free(&out);
    r = happens(r, "19", W("a", ",'proven':true,'links':7"), &out);
    ok(jobs(&out, "cancel") == 0, "a link that was voided proves nothing");
    os_reduced_free(&out);
    r = happens(r, "19", W("b", ",'proven':true"), &out);
    ok(jobs(&out, "cancel") == 1 && jobs(&out, "support_withdraw") == 0,
       "what is proven the store cancels");
    os_reduced_free(&out);
    r = happens(r, "19", W("b", ",'proven':true"), &out);
    ok(json_array_size(out.add) == 0, "once");
    os_reduced_free(&out);
    json_decref(r);

    r = happens(NULL, "19", SENT, &out);
    os_reduced_free(&out);
    r = happens(r, "19", W("a", ",'proven':true,'lines':[{'id':'1','name':"
                           "'Mug','n':1}]"), &out);
    ok(jobs(&out, "return") == 1, "what has left is to come back");
    os_reduced_free(&out);
    r = happens(r, "19", W("b", ",'proven':true,'lines':[{'id':'2','name':"
                           "'Tea','n':1}]"), &out);
    ok(jobs(&out, "return") == 1, "and the other part with it");
    one = os_json_pointer(r, OS_STR("/track/returns"));
    ok(json_array_size(one) == 1, "as one return");
    one = json_array_get(one, 0);
    ok(json_array_size(json_object_get(one, "lines")) == 2
       && os_json_int(one, "amount", 0) == 2000, "of both, for their price");
    os_reduced_free(&out);
    r = happens(r, "19", W("c", ",'proven':true,'parts':'the lid'"), &out);
    ok(jobs(&out, "return") == 0 && jobs(&out, "support_withdraw") == 1,
       "words a person reads");
    os_reduced_free(&out);
    json_decref(r);
}


static void
labels(void)
{
    int                         n = 0;
    const os_withdraw_label_t  *l;

    for (l = os_withdraw_labels; l->lang; l++) {
        n++;
        ok(l->link[0] && l->confirm[0] && strcmp(l->link, l->confirm) != 0
           && os_withdraw_label(os_str(l->lang)) == l, "%s: %s, %s", l->lang,
           l->link, l->confirm);
    }

    ok(n == 24, "the 24 languages of the Union");
    is_str(os_withdraw_label(OS_STR("de-AT"))->link, "Vertrag widerrufen",
       "in Austria as well");
    is_str(os_withdraw_label(OS_STR("EN"))->confirm, "Confirm withdrawal",
       "in capitals as well");
    ok(os_withdraw_label(OS_STR("ja")) == NULL
       && os_withdraw_label(OS_STR("den")) == NULL
       && os_withdraw_label(OS_NULL) == NULL, "no other language gets one");
}


/* Addresses of withdrawals are known in any case and place; others are not. */
static void
addresses(void)
{
    size_t        i, k;
    char          text[256];
    static const char *const  yes[] = {
        "withdraw", "widerruf", "retractation", "rétractation",
        "r%C3%A9tractation", "desistimiento", "recesso", "herroep",
        "odstoupeni", "odstapienie", "odstąp", "odst%C4%85p", "odstupenie",
        "elallas", "elállás", "el%C3%A1ll%C3%A1s", "retragere", "retratacao",
        "retratação", "retrata%C3%A7%C3%A3o", "fortrydelse", "angerratt",
        "ångerrätt", "%C3%A5ngerr%C3%A4tt", "taganemine", "odustajanje",
        "odstop", "irtirar", "υπαναχώρηση", "ypanachorisi"
    };
    static const char *const  no[] = {
        "", "w", "/my-account/?cancel_order=true&order=wc_order_x&order_id=19",
        "/rest/V1/orders/7/cancel", "withdra", "/odd/ta/wi/re/%c3%a9/", "%"
    };

    for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        ok(os_withdraw_address(os_str(yes[i])), yes[i]);
        snprintf(text, sizeof(text), "/order/7/%s/?id=1&redirect=", yes[i]);

        for (k = 0; text[k]; k++) {
            text[k] = text[k] >= 'a' && text[k] <= 'z' && k % 2
                      ? (char) (text[k] - 32) : text[k];
        }

        ok(os_withdraw_address(os_str(text)), text);
    }

    for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        ok(!os_withdraw_address(os_str(no[i])), no[i]);
    }

    ok(!os_withdraw_address((os_str_t) { 7, "withdraw" }), "cut short");
}


int
main(int argc, char **argv)
{
    const char  *share = argc > 1 ? argv[1] : "campaign";

    load(share, "\"then\":\"store\",\"except\":{"
         "\"categories\":[\"food\"],\"orders\":{\"kind\":[\"business\"]}}",
         ",\"api\":{\"base\":\"https://shop.example\",\"source\":"
         "\"woocommerce\",\"read\":{\"url\":\"/\"},\"actions\":{\"cancel\":"
         "[{\"method\":\"POST\",\"url\":\"/\"}],\"return\":[{\"method\":"
         "\"POST\",\"url\":\"/\"}]}}");
    statements();
    orders();
    comes();
    meets();
    labels();
    addresses();
    os_campaign_free(campaign);

    return done();
}

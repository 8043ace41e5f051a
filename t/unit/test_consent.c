/*
 * core/os_consent: who agreed to what, by whose word; the code that proves a
 * number; what can be a number; when somebody may be asked.
 */

#include <stdlib.h>
#include <string.h>

#include "core/order/os_consent.h"
#include "tap.h"


static void
test_agreed(void)
{
    size_t    i;
    json_t   *record;

    static const struct {
        const char  *record;
        const char  *to;
        int          agreed;
        int          offers;
        const char  *name;
    } cases[] = {
        { "{}", "sms", 0, 0, "nobody has said anything" },
        { "{\"consent\":{\"sms\":true}}", "sms", 1, 1, "the store's word" },
        { "{\"track\":{\"consent\":{\"sms\":{\"state\":\"on\"}}}}", "sms", 1,
          0, "to be texted about a parcel is no consent to advertising" },
        { "{\"track\":{\"consent\":{\"sms\":{\"state\":\"asked\"}}}}", "sms",
          0, 0, "what is not proven is nothing" },
        { "{\"consent\":{\"sms\":true},\"track\":{\"consent\":{\"sms\":"
          "{\"state\":\"off\",\"left\":true}}}}", "sms", 0, 0,
          "taken back, whatever the store says" },
        { "{\"consent\":{\"sms\":true},\"track\":{\"consent\":{\"sms\":"
          "{\"state\":\"asked\",\"left\":true}}}}", "sms", 0, 0,
          "until it is given again" },
        { "{\"consent\":{\"sms\":true},\"track\":{\"consent\":{\"sms\":"
          "{\"state\":\"wrong\"}}}}", "sms", 1, 1,
          "a number that was mistyped takes nothing back" },
        { "{\"track\":{\"consent\":{\"email\":{\"state\":\"on\"}}}}", "email",
          1, 1, "news by mail" },
        { "{\"track\":{\"news\":1}}", "email", 1, 1,
          "of before there was a box" },
        { "{\"track\":{\"news\":1}}", "sms", 0, 0, "and no texts" },
        { "{\"track\":{\"news\":1,\"consent\":{\"email\":{\"left\":true}}}}",
          "email", 0, 0, "taken back as well" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        record = json_loads(cases[i].record, 0, NULL);
        is_int(os_consent(record, cases[i].to), cases[i].agreed,
               cases[i].name);
        is_int(os_consent_offers(record, cases[i].to), cases[i].offers,
               "  to advertising");
        json_decref(record);
    }
}


static void
test_phone(void)
{
    json_t  *record, *data;

    record = json_loads("{\"phone\":\"+491\",\"track\":{\"consent\":{\"sms\":"
                        "{\"phone\":\"+492\",\"mine\":\"+493\"}}}}", 0, NULL);
    data = json_loads("{\"phone\":\"+492\"}", 0, NULL);
    is_str(os_consent_phone(record).data, "+493", "the number that was proven");
    is_str(os_consent_to(data, record).data, "+492",
           "a code goes to the one that is to be");
    is_str(os_consent_to(NULL, record).data, "+493", "all else does not");
    (void) json_object_del(record, "track");
    is_str(os_consent_phone(record).data, "+491", "else the order's");
    json_decref(record);
    json_decref(data);
}


static void
test_code(void)
{
    int        i, digits = 1;
    char       code[OS_CONSENT_CODE + 1], other[OS_CONSENT_CODE + 1];
    char       spaced[] = "123 456";
    os_keys_t  keys = { 0 };
    os_str_t   shop = OS_STR("shop"), id = OS_STR("19");

    os_hmac_ready(&keys.customer, OS_STR("a key"));
    os_consent_code(&keys, shop, id, OS_STR("n1"), code);

    for (i = 0; i < OS_CONSENT_CODE; i++) {
        digits &= code[i] >= '0' && code[i] <= '9';
    }

    ok(digits && code[OS_CONSENT_CODE] == '\0', "six digits");
    ok(os_consent_code_is(&keys, shop, id, OS_STR("n1"), os_str(code)),
       "are known again");
    memcpy(spaced, code, 3);
    memcpy(spaced + 4, code + 3, 3);
    ok(os_consent_code_is(&keys, shop, id, OS_STR("n1"), os_str(spaced)),
       "with a blank among them");
    os_consent_code(&keys, shop, id, OS_STR("n2"), other);
    ok(strcmp(code, other) != 0, "another asking has another code");
    os_consent_code(&keys, shop, OS_STR("20"), OS_STR("n1"), other);
    ok(strcmp(code, other) != 0, "another order too");
    ok(!os_consent_code_is(&keys, shop, id, OS_STR("n2"), os_str(code)),
       "one asking's code is not another's");
    code[OS_CONSENT_CODE - 1] = code[OS_CONSENT_CODE - 1] == '9' ? '0' : '9';
    ok(!os_consent_code_is(&keys, shop, id, OS_STR("n1"), os_str(code)),
       "one digit off");
    ok(!os_consent_code_is(&keys, shop, id, OS_STR("n1"), OS_STR("12345")),
       "five digits");
    ok(!os_consent_code_is(&keys, shop, id, OS_STR("n1"), OS_STR("1234567")),
       "seven");
    ok(!os_consent_code_is(&keys, shop, id, OS_STR("n1"), OS_STR("")),
       "none");
    os_consent_code(&keys, shop, id, OS_STR(""), code);
    ok(!os_consent_code_is(&keys, shop, id, OS_STR(""), os_str(code)),
       "what was not asked for has no code");
}


static void
test_number(void)
{
    size_t  i;

    static const struct {
        const char  *typed;
        int          good;
    } cases[] = {
        { "030 / 901 82-01", 1 }, { "+49 (30) 9018201", 1 }, { "123456", 1 },
        { "12345", 0 }, { "", 0 }, { "call me", 0 }, { "0309018201x", 0 },
        { "٠٣٠٩٠١٨٢٠١", 1 }, { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                               "\xff", 0 },
        { "0309018201,0309018202", 0 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_int(os_consent_number(os_str(cases[i].typed)), cases[i].good,
               cases[i].typed);
    }
}


static os_campaign_t *
load(const char *text)
{
    char            path[] = "/tmp/test_consent.XXXXXX";
    FILE           *f = fdopen(mkstemp(path), "w");
    os_error_t      err;
    os_campaign_t  *c;

    fputs(text, f);
    fclose(f);
    c = os_campaign_load(path, "campaign", &err);
    remove(path);

    if (c == NULL) {
        diag("%s", err.text);
    }

    return c;
}


#define CAMPAIGN(members)                                                     \
    "{\"store\":\"shop\",\"revision\":1,\"site\":\"https://s.test\","         \
    "\"brand\":{\"name\":\"S\"},"                                             \
    "\"locales\":[\"en\"],\"offers\":[]," members "}"
#define TEXTS                                                                 \
    "\"sms\":{\"ask\":true},\"track\":{\"messages\":{\"delivered\":"          \
    "{\"sms\":true}}}"
#define MOVING  "\"email\":\"a@b.test\",\"state\":\"open\",\"track\":"        \
    "{\"milestone\":\"shipped\"}"
#define THERE   "\"email\":\"a@b.test\",\"state\":\"open\",\"track\":"        \
    "{\"milestone\":\"delivered\"}"


static void
test_asks(void)
{
    size_t          i;
    json_t         *record;
    os_campaign_t  *c;

    static const struct {
        const char  *campaign;
        const char  *record;
        int          texts;
        int          news;
        const char  *name;
    } cases[] = {
        { CAMPAIGN(TEXTS), "{" MOVING "}", 1, 0, "on its way: texts" },
        { CAMPAIGN(TEXTS), "{" THERE "}", 0, 0, "there: nothing to tell" },
        { CAMPAIGN("\"extras\":{\"news\":true}"), "{" THERE "}", 0, 1,
          "there: news" },
        { CAMPAIGN("\"extras\":{\"news\":true}"), "{" MOVING "}", 0, 0,
          "not before" },
        { CAMPAIGN("\"sms\":{\"ask\":true}"), "{" MOVING "}", 0, 0,
          "no message is texted: no box" },
        { CAMPAIGN("\"sms\":{},\"track\":{\"messages\":{\"delivered\":"
                   "{\"sms\":true}}}"), "{" MOVING "}", 0, 0,
          "the shop does not want it" },
        { CAMPAIGN(TEXTS), "{\"email\":\"a@b.test\",\"state\":\"cancelled\","
                           "\"track\":{\"milestone\":\"shipped\"}}", 0, 0,
          "cancelled" },
        { CAMPAIGN(TEXTS), "{\"email\":\"a@b.test\",\"state\":\"open\","
                           "\"track\":{\"milestone\":\"shipped\","
                           "\"quiet\":true}}", 0, 0, "withdrawn from" },
        { CAMPAIGN(TEXTS), "{\"email\":\"a@marketplace.amazon.de\","
                           "\"state\":\"open\",\"track\":{}}", 0, 0,
          "bought elsewhere" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        c = load(cases[i].campaign);

        if (!ok(c != NULL, "%s", cases[i].name)) {
            continue;
        }

        record = json_loads(cases[i].record, 0, NULL);
        is_int(os_consent_asks(c, record, OS_CONSENT_SMS), cases[i].texts,
               "  texts");
        is_int(os_consent_asks(c, record, OS_CONSENT_EMAIL), cases[i].news,
               "  news");
        json_decref(record);
        os_campaign_free(c);
    }
}


static void
test_double(void)
{
    size_t          i;
    json_t         *order;
    os_campaign_t  *c;

    static const struct {
        const char  *order;
        int          twice;
    } cases[] = {
        { "{\"country\":\"DE\"}", 1 }, { "{\"country\":\"AT\"}", 0 },
        { "{\"country\":\"GB\"}", 0 }, { "{\"country\":\"XX\"}", 1 },
        { "{}", 1 }
    };

    c = load(CAMPAIGN(TEXTS));

    if (!ok(c != NULL, "a campaign")) {
        return;
    }

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        order = json_loads(cases[i].order, 0, NULL);
        is_int(os_consent_double(c, order), cases[i].twice, cases[i].order);
        json_decref(order);
    }

    os_campaign_free(c);
}


int
main(void)
{
    test_agreed();
    test_phone();
    test_code();
    test_number();
    test_asks();
    test_double();

    return done();
}

/* A change of the store that had no answer: what a reading shows of it. */

#include "tap.h"
#include "core/order/os_change.h"


static json_t *
text(const char *json)
{
    return json_loads(json, 0, NULL);
}


/* What two readings that show the same lead to. */
static os_change_t
looked(const char *call_text, os_shows_t shows, int money)
{
    json_t           *call;
    os_change_t       what;
    os_unanswered_t   out;

    call = text(call_text);
    os_change_leaves(&out, 1000, 0, 0);
    what = os_change_look(&out, call, shows, money);

    if (what == OS_CHANGE_LOOK_AGAIN) {
        what = os_change_look(&out, call, shows, money);
    }

    json_decref(call);

    return what;
}


static os_shows_t
refund(const char *call_text, const char *order_text)
{
    json_t           *call, *order;
    os_shows_t        shows;
    os_unanswered_t   out;

    call = text(call_text);
    order = text(order_text);
    os_change_leaves(&out, 1000, 0, 700);
    shows = os_change_shows_refund(&out, call, order, OS_STR("abc"), 500);
    json_decref(call);
    json_decref(order);

    return shows;
}


#define PUT    "{\"method\":\"PUT\",\"body\":{\"m\":\"{{nonce}}\"}}"
#define POST   "{\"method\":\"POST\",\"body\":{\"amount\":\"1\"}}"
#define NOTED  "{\"method\":\"POST\",\"body\":{\"reason\":\"ref {{nonce}}\"}}"
#define FOLDS  "{\"method\":\"POST\",\"headers\":" \
               "{\"idempotency-key\":\"x-{{nonce}}\"}}"


static int
final(int status, const char *answer)
{
    int      is;
    json_t  *finals;

    finals = text("[{\"status\":500,\"code\":{\"at\":\"/code\","
                  "\"is\":\"no_refund\"}},"
                  "{\"status\":502,\"holds\":\"never\"},"
                  "{\"status\":409}]");
    is = os_change_final(finals, status, os_str(answer));
    json_decref(finals);

    return is;
}


int
main(void)
{
    json_t           *call;
    os_unanswered_t   out = { 0 };

    ok(!out.out, "at first nothing is out");
    os_change_leaves(&out, 1000, 2, 0);
    ok(out.out, "then it is");
    ok(out.step == 2, "and says which call");
    ok(os_change_rest(&out, 1500, 4000) == 3500, "the store is left alone");
    ok(os_change_rest(&out, 9000, 4000) == 0, "until it is at rest");
    ok(os_change_rest(&out, -900000, 4000) == 4000,
       "a clock that went back makes it no longer");
    os_change_answered(&out);
    ok(!out.out, "an answer ends it");

    ok(looked(POST, OS_SHOWS_IT, 0) == OS_CHANGE_MADE, "found: made");
    ok(looked(PUT, OS_SHOWS_IT_NOT, 0) == OS_CHANGE_AGAIN,
       "not found, a PUT: again");
    ok(looked(POST, OS_SHOWS_IT_NOT, 0) == OS_CHANGE_UNKNOWN,
       "not found, a POST: a person");
    ok(looked(FOLDS, OS_SHOWS_IT_NOT, 0) == OS_CHANGE_AGAIN,
       "not found, a POST with a key: again");
    ok(looked(PUT, OS_SHOWS_IT_NOT, 1) == OS_CHANGE_UNKNOWN,
       "money, a PUT: a person");
    ok(looked(FOLDS, OS_SHOWS_IT_NOT, 1) == OS_CHANGE_AGAIN,
       "money with a key, and surely not there: again");
    ok(looked(FOLDS, OS_SHOWS_NOTHING, 1) == OS_CHANGE_UNKNOWN,
       "money with a key, and nothing known: a person");

    call = text(PUT);
    os_change_leaves(&out, 0, 0, 0);
    ok(os_change_look(&out, call, OS_SHOWS_IT_NOT, 0)
       == OS_CHANGE_LOOK_AGAIN, "one reading is not enough");
    json_decref(call);

    ok(refund(POST, "{\"refunds\":1200}") == OS_SHOWS_IT,
       "the sum grew by ours: it is there");
    ok(refund(POST, "{\"refunds\":700}") == OS_SHOWS_IT_NOT,
       "the sum did not grow: it is not");
    ok(refund(POST, "{\"refunds\":1900}") == OS_SHOWS_NOTHING,
       "another sum shows nothing");
    ok(refund(NOTED, "{\"refunds\":1900,\"refund_notes\":[\"\",\"ref abc\"]}")
       == OS_SHOWS_IT, "its note is there, whatever the sum");
    ok(refund(NOTED, "{\"refunds\":1200,\"refund_notes\":[\"sorry\"]}")
       == OS_SHOWS_IT_NOT, "the merchant's refund of the same sum is not ours");
    ok(refund(NOTED, "{\"refunds\":1200}") == OS_SHOWS_IT,
       "where the source has no notes the sum decides");

    ok(final(500, "{\"code\":\"no_refund\"}"), "a code that is the last word");
    ok(!final(500, "{\"code\":\"fatal\"}"), "another code is none");
    ok(!final(500, "oops"), "nor is an answer without JSON");
    ok(!final(500, ""), "nor one without anything");
    ok(!final(503, "{\"code\":\"no_refund\"}"), "nor another status");
    ok(final(502, "it never will"), "a text that is the last word");
    ok(!final(502, "it may"), "and without it none");
    ok(final(409, ""), "a status alone may be");
    ok(!os_change_final(NULL, 500, OS_STR("{}")), "without a list nothing is");

    return done();
}

/*
 * core/os_reduce: the life of an order, told as stories. A story is a row of
 * events; after the last one the record, and what that event leads to, are
 * compared: jobs added as "purpose/channel" (with "@" and its due time in
 * seconds after the start where it is not now), jobs dropped, effects,
 * counters, the decision.
 */

#include <stdlib.h>

#include "core/order/os_reduce.h"
#include "tap.h"


#define NOW  1800000000LL
#define MAX  12


typedef struct {
    const char  *kind;
    int64_t      at;            /* seconds after NOW; the clock is there too */
    const char  *more;          /* members, as JSON */
} step_t;

typedef struct {
    const char  *name;
    step_t       step[MAX];
    const char  *add;           /* of the last step */
    const char  *drop;          /* how many, as text; NULL: do not look */
    const char  *effects;
    const char  *counts;
    const char  *decision;      /* withdraw, a word set, or "" */
    const char  *pointer;       /* into the record */
    const char  *value;
} story_t;


#define ORDER(more)  "\"from\":\"webhook\",\"data\":{\"id\":\"1\"," \
    "\"store\":\"shop\",\"currency\":\"EUR\",\"total\":5000," more "}"
#define OPEN         ORDER("\"state\":\"open\",\"payment\":\"unpaid\"," \
    "\"changed\":1800000000,\"placed\":1800000000,\"customer\":\"cust\"")
#define OPEN_BY      ORDER("\"state\":\"open\",\"payment\":\"unpaid\"," \
    "\"changed\":1800000000,\"pay_by\":1800003600,\"customer\":\"cust\"")
#define OPEN_LATER   ORDER("\"state\":\"open\",\"payment\":\"unpaid\"," \
    "\"changed\":1800000300,\"pay_by\":1800007200,\"customer\":\"cust\"")
#define OPEN_SOONER  ORDER("\"state\":\"open\",\"payment\":\"unpaid\"," \
    "\"changed\":1800000300,\"pay_by\":1800001800,\"customer\":\"cust\"")
#define PAID         ORDER("\"state\":\"open\",\"payment\":\"paid\"," \
    "\"changed\":1800000200,\"customer\":\"cust\"")
#define CANCELLED    ORDER("\"state\":\"cancelled\",\"payment\":\"unpaid\"," \
    "\"changed\":1800000010,\"customer\":\"cust\"")
#define CANCEL_LATE  ORDER("\"state\":\"cancelled\",\"payment\":\"unpaid\"," \
    "\"changed\":1800003600,\"customer\":\"cust\"")
#define FAILED       ORDER("\"state\":\"failed\",\"payment\":\"unpaid\"," \
    "\"changed\":1800000010,\"customer\":\"cust\"")
#define OLD          ORDER("\"state\":\"open\",\"payment\":\"paid\"," \
    "\"changed\":1799999990,\"customer\":\"cust\"")
#define READ(data)   "\"from\":\"read\",\"data\":" data
#define ACCEPTED     "\"decision\":{\"state\":\"accepted\"," \
    "\"offer\":\"less\"," \
    "\"kind\":\"grant\",\"nonce\":\"n1\",\"terms\":{\"give\":\"discount\"}}"
#define REQUEST      "\"decision\":{\"state\":\"accepted\"," \
    "\"offer\":\"less\"," \
    "\"kind\":\"request\",\"nonce\":\"n1\",\"terms\":{\"give\":\"request\"}}"
#define DONE         "\"applied\":\"done\",\"nonce\":\"n1\",\"total\":4500"


#define EMAIL(did)   "\"to\":\"email\",\"did\":\"" did "\""
#define SMS(did)     "\"to\":\"sms\",\"did\":\"" did "\"," \
    "\"wording\":\"Text me\""
#define MAILED       ORDER("\"state\":\"open\",\"payment\":\"paid\"," \
    "\"customer\":\"cust\",\"email\":\"a@b.test\"")
#define PHONE        ",\"phone\":\"+49301\""
#define RIGHT(nonce) ",\"nonce\":\"" nonce "\",\"right\":true"


static const story_t  stories[] = {

    { "an order is seen first", { { "order", 1, OPEN } },
      "", "0", "alias buyer", "", "", "/payment", "unpaid" },

    { "asked of an order that is known",
      { { "order", 1, OPEN }, { "asked", 10, "\"reason\":\"costs\"" } },
      "cancelled/smtp@130 cancelled/sms@130", "0", "asked",
      "asked=1 reason.costs=1", "", "/save/asked/reason", "costs" },

    { "said to us, then the storefront's own request: one wish",
      { { "order", 1, OPEN }, { "asked", 10, "\"via\":\"api\"" },
        { "asked", 11, "\"via\":\"pass\"" } },
      "", "0", "", "", "", "/save/asked/count", "1" },

    { "and another a while later: two",
      { { "order", 1, OPEN }, { "asked", 10, "\"via\":\"api\"" },
        { "asked", 11, "\"via\":\"pass\"" },
        { "asked", 12, "\"via\":\"pass\"" } },
      "cancelled/smtp@132 cancelled/sms@132", "0", "asked", "asked=1", "",
      "/save/asked/count", "2" },

    { "a request long after what was said to us is another",
      { { "order", 1, OPEN }, { "asked", 10, "\"via\":\"api\"" },
        { "asked", 80, "\"via\":\"pass\"" } },
      "cancelled/smtp@200 cancelled/sms@200", "0", "asked", "asked=1", "",
      "/save/asked/count", "2" },

    { "asked of an order that is not known: a record, and a read",
      { { "asked", 10, "\"reason\":\"costs\"" } },
      "read/store cancelled/smtp@130 cancelled/sms@130", "0", "",
      "asked=1 reason.costs=1", "", "/state", "unknown" },

    { "asked, then cancelled: the same follow-up again, which is one job",
      { { "order", 1, OPEN }, { "asked", 10, "" }, { "order", 12, CANCELLED } },
      "cancelled/smtp@130 cancelled/sms@130", "0", "release", "cancelled=1", "",
      "/save/cancelled", "1800000010" },

    { "cancelled by the shop: nobody asked",
      { { "order", 1, OPEN }, { "order", 12, CANCELLED } },
      "", "0", "release", "cancelled=1", "", "/state", "cancelled" },

    { "asked, refused by the store, cancelled by the time-out an hour later",
      { { "order", 1, OPEN }, { "asked", 10, "" },
        { "order", 3600, CANCEL_LATE } },
      "", "0", "release", "cancelled=1", "", "/state", "cancelled" },

    { "cancelled first, then the news that it was asked for",
      { { "order", 1, OPEN }, { "order", 12, CANCELLED }, { "asked", 9, "" } },
      "cancelled/smtp@129 cancelled/sms@129", "0", "asked", "asked=1", "",
      "/save/asked/count", "1" },

    { "asked long before the shop cancelled, and heard of late: nothing",
      { { "order", 1, OPEN }, { "order", 3600, CANCEL_LATE },
        { "asked", 10, "" } },
      "", "0", "asked", "asked=1", "", "/state", "cancelled" },

    { "asked again long after it was cancelled: nothing",
      { { "order", 1, OPEN }, { "order", 12, CANCELLED },
        { "asked", 900, "" } },
      "", "0", "asked", "asked=1", "", "/state", "cancelled" },

    { "the follow-up was sent: a later cancel sends none",
      { { "order", 1, OPEN }, { "asked", 10, "" },
        { "sent", 131, "\"job\":\"SMTP\"" }, { "sent", 131, "\"job\":\"SMS\"" },
        { "order", 132, CANCELLED } },
      "", "0", "release", "cancelled=1", "", "/state", "cancelled" },

    { "ordered again: the follow-up is dropped",
      { { "order", 1, OPEN }, { "asked", 10, "" },
        { "reordered", 60, "\"by\":\"2\"" } },
      "", "2", "", "reordered=1", "", "/save/reordered", "1800000060" },

    { "the other order is older than the wish to cancel: it stays",
      { { "order", 1, OPEN }, { "asked", 100, "" },
        { "reordered", 60, "\"by\":\"2\"" } },
      "", "0", "", "", "", "/save/asked/count", "1" },

    { "ordered again before the cancel is known: none",
      { { "order", 1, OPEN }, { "asked", 10, "" },
        { "reordered", 11, "\"by\":\"2\"" }, { "order", 12, CANCELLED } },
      "", "0", "release", "cancelled=1", "", "/state", "cancelled" },

    { "accepted, paid: applied at the store",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED } },
      "apply/store", "0", "used", "accepted=1 accepted.less=1", "",
      "/save/decision/applied", "pending" },

    { "accepted, unpaid: and a look at the deadline",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED } },
      "apply/store pay_by/store@3660", "0", "used",
      "accepted=1 accepted.less=1", "", "/save/decision/state", "accepted" },

    { "a request: a mail to the support, a task at once, and a save",
      { { "order", 1, PAID }, { "accepted", 20, REQUEST } },
      "support_request/smtp", "0", "used", "accepted=1 accepted.less=1 saved=1",
      "task", "/save/decision/applied", "task" },

    { "accepted, but cancelled already: given back, and told",
      { { "order", 1, CANCELLED }, { "accepted", 20, ACCEPTED } },
      "refused/smtp", "5", "release used",
      "accepted=1 accepted.less=1 withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "applied to a paid order: a mail, and a save",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "applied", 21, DONE } },
      "applied/smtp", "0", "", "applied.done=1 saved=1", "",
      "/save/decision/saved", "true" },

    { "applied to an unpaid order: a mail, no save yet",
      { { "order", 1, OPEN }, { "accepted", 20, ACCEPTED },
        { "applied", 21, DONE } },
      "applied/smtp", "0", "", "applied.done=1", "",
      "/save/decision/applied", "done" },

    { "then paid: a save, a mail, no deadline any more",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "applied", 21, DONE }, { "order", 201, PAID } },
      "paid/smtp", "1", "", "saved=1", "", "/save/decision/saved", "true" },

    { "with a refund by the API",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "applied", 21, DONE ",\"refund\":{\"by\":\"api\",\"before\":0}" } },
      "applied/smtp refund/store", "0", "", "applied.done=1 saved=1", "",
      NULL, NULL },

    { "wanted: an order that is not known is read",
      { { "wanted", 20, "\"x\":1" } },
      "read/store", "0", "", "wanted=1", "", NULL, NULL },

    { "wanted: one that is known is not",
      { { "order", 1, PAID }, { "wanted", 20, "\"x\":1" } },
      "", "0", "", "wanted=1", "", NULL, NULL },

    { "asked for, and sought by the module: nothing is read twice",
      { { "asked", 20, "\"sought\":true" } },
      "cancelled/smtp@140 cancelled/sms@140", "0", "", "asked=1", "", NULL,
      NULL },

    { "with a refund by a person",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "applied", 21, DONE ",\"refund\":{\"by\":\"task\"}" } },
      "applied/smtp support_refund/smtp", "0", "", "applied.done=1 saved=1",
      "", NULL, NULL },

    { "the refund was made",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "refunded", 30, "\"nonce\":\"n1\",\"done\":true" } },
      "refunded/smtp", "0", "", "refund.done=1", "", NULL, NULL },

    { "the refund was refused: a task, and the buyer hears of it",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "refunded", 30, "\"nonce\":\"n1\"" } },
      "support_refund/smtp refunded/smtp", "0", "", "refund.task=1", "", NULL,
      NULL },

    { "refused by the store: the truth, and a task",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "applied", 21, "\"applied\":\"refused\",\"nonce\":\"n1\","
          "\"why\":\"the store said 400\"" } },
      "refused/smtp support_refused/smtp", "0", "", "applied.refused=1", "",
      "/save/decision/state", "accepted" },

    { "not possible any more: the truth, and all goes back",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "applied", 21, "\"applied\":\"refused\",\"nonce\":\"n1\","
          "\"why\":\"shipped\",\"back\":true" } },
      "refused/smtp", "5", "release used", "applied.refused=1 withdrawn=1",
      "withdraw", "/save/decision/state", "withdrawn" },

    { "what is said of another decision is not of this one",
      { { "order", 1, PAID }, { "accepted", 20, ACCEPTED },
        { "applied", 21, "\"applied\":\"done\",\"nonce\":\"n0\"" } },
      "", "0", "", "", "", "/save/decision/applied", "pending" },

    { "a save that is cancelled is none",
      { { "order", 1, ORDER("\"state\":\"open\",\"payment\":\"paid\","
                            "\"changed\":1800000001") },
        { "accepted", 20, ACCEPTED }, { "applied", 21, DONE },
        { "order", 25, ORDER("\"state\":\"cancelled\",\"payment\":\"paid\","
                             "\"changed\":1800000024") } },
      "", "5", "", "cancelled=1 unsaved=1 withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "a payment that fails withdraws",
      { { "order", 1, OPEN }, { "accepted", 9, ACCEPTED },
        { "order", 12, FAILED } },
      "", "5", "release used", "withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "the deadline passed, unpaid",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "pay_by", 3661, "" } },
      "", "5", "release used", "withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "the deadline moved: it is waited for again",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "order", 300, OPEN_LATER }, { "pay_by", 3661, "" } },
      "pay_by/store@7260", "0", "", "", "", "/save/decision/state",
      "accepted" },

    { "the deadline moved forward: so does the reading",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "order", 300, OPEN_SOONER } },
      "pay_by/store@1860", "0", "", "", "", "/save/decision/state",
      "accepted" },

    { "no deadline: one of ours",
      { { "order", 1, OPEN }, { "accepted", 20, ACCEPTED } },
      "apply/store pay_by/store@2592080", "0", "used",
      "accepted=1 accepted.less=1", "", "/save/decision/at", "1800000020" },

    { "no deadline, not paid for a month",
      { { "order", 1, OPEN }, { "accepted", 20, ACCEPTED },
        { "pay_by", 2592081, "" } },
      "", "5", "release used", "withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "a request frees its customer alike",
      { { "order", 1, OPEN_BY }, { "accepted", 20, REQUEST },
        { "pay_by", 3661, "" } },
      "", "5", "release used", "withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "the store could not be asked: tomorrow again",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "pay_by", 3661, "\"unread\":true" } },
      "pay_by/store@90061", "0", "", "", "", "/save/decision/state",
      "accepted" },

    { "the store could not be asked for a month",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "pay_by", 2592021, "\"unread\":true" } },
      "", "5", "release used", "withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "the store knows no such order any more",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "pay_by", 3661, "\"gone\":true" } },
      "", "5", "release used", "withdrawn=1", "withdraw",
      "/save/decision/state", "withdrawn" },

    { "the deadline passed, paid in time",
      { { "order", 1, OPEN_BY }, { "accepted", 20, ACCEPTED },
        { "order", 201, PAID }, { "pay_by", 3661, "" } },
      "", "0", "", "", "", "/save/decision/state", "accepted" },

    { "declined", { { "order", 1, OPEN },
                    { "declined", 20, "\"reason\":\"costs\"" } },
      "", "0", "release", "declined=1", "", "/save/decision/state",
      "declined" },

    { "accepted stays accepted",
      { { "order", 1, OPEN }, { "accepted", 20, ACCEPTED },
        { "declined", 21, "" } },
      "", "0", "", "", "", "/save/decision/state", "accepted" },

    { "words at a cancel are read by support",
      { { "order", 1, OPEN }, { "asked", 10, "\"comment\":\"too slow\"" } },
      "support_cancel/smtp cancelled/smtp@130 cancelled/sms@130", "0", "asked",
      "asked=1", "",
      "/save/asked/comment", "too slow" },

    { "the same words once",
      { { "order", 1, OPEN }, { "asked", 10, "\"comment\":\"too slow\"" },
        { "asked", 11, "\"comment\":\"too slow\"" },
        { "asked", 12, "\"comment\":\"b\"" },
        { "asked", 13, "\"comment\":\"c\"" },
        { "asked", 14, "\"comment\":\"d\"" },
        { "asked", 15, "\"comment\":\"e\"" } },
      "cancelled/smtp@135 cancelled/sms@135", "0", "asked",
      "asked=1 said_enough=1", "", "/save/asked/comment", "e" },

    { "so are those of who keeps the order",
      { { "order", 1, PAID },
        { "accepted", 20, "\"decision\":{\"state\":\"accepted\","
          "\"offer\":\"less\",\"kind\":\"grant\",\"nonce\":\"n1\","
          "\"comment\":\"then yes\",\"terms\":{\"give\":\"discount\"}}" } },
      "support_cancel/smtp apply/store", "0", "used",
      "accepted=1 accepted.less=1", "",
      "/save/decision/state", "accepted" },

    { "a review is read by support",
      { { "order", 1, PAID },
        { "reviewed", 20, "\"stars\":4,\"text\":\"fine\"" } },
      "support_review/smtp", "0", "", "reviewed.4=1", "",
      "/track/review/stars", "4" },

    { "packaging and its note",
      { { "order", 1, PAID }, { "packaging", 20, "\"choice\":\"gift\","
          "\"comment\":\"For Bo\"" } },
      "support_packaging/smtp", "0", "", "", "", "/track/note", "For Bo" },

    { "who wants news confirms it with a link, where no law is known",
      { { "order", 1, MAILED }, { "consent", 20, EMAIL("ask") } },
      "consent_confirm/smtp", "0", "", "consent.email.asked=1", "",
      "/track/consent/email/nonce", "e1" },

    { "and is told to support then",
      { { "order", 1, MAILED }, { "consent", 20, EMAIL("ask") },
        { "consent", 30, EMAIL("answer") RIGHT("e1") } },
      "support_news/smtp", "0", "subscribe", "consent.email.on=1", "",
      "/track/consent/email/log/1/did", "given" },

    { "a link of another asking gives nothing",
      { { "order", 1, MAILED }, { "consent", 20, EMAIL("ask") },
        { "consent", 30, EMAIL("answer") RIGHT("e0") } },
      "", "0", "", "consent.late=1", "", "/track/consent/email/state",
      "asked" },

    { "a page of before has a button alone",
      { { "order", 1, MAILED }, { "news", 20, "" } },
      "consent_confirm/smtp", "0", "", "consent.email.asked=1", "", NULL,
      NULL },

    { "to be texted takes a code",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask") PHONE } },
      "consent_code/sms", "0", "", "consent.sms.asked=1", "",
      "/track/consent/sms/log/0/wording", "Text me" },

    { "which makes the number the one that is texted",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask") PHONE },
        { "consent", 30, SMS("answer") RIGHT("e1") } },
      "consented/sms", "0", "alias", "consent.sms.on=1", "",
      "/track/consent/sms/mine", "+49301" },

    { "ten minutes later it is none",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask") PHONE },
        { "consent", 621, SMS("answer") RIGHT("e1") } },
      "", "0", "", "consent.late=1", "", "/track/consent/sms/state",
      "asked" },

    { "a wrong code is counted",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask") PHONE },
        { "consent", 30, SMS("answer") ",\"nonce\":\"e1\"" } },
      "", "0", "", "consent.wrong_code=1", "", "/track/consent/sms/tries",
      "1" },

    { "a second asking voids the first code",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask") PHONE },
        { "consent", 30, SMS("ask") PHONE } },
      "consent_code/sms", "1", "", "consent.sms.asked=1", "",
      "/track/consent/sms/nonce", "e2" },

    { "no number: no code",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask")
          ",\"wrong\":true" } },
      "", "0", "", "consent.sms.wrong=1", "", NULL, NULL },

    { "taken back: no code that is under way leads anywhere",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask") PHONE },
        { "consent", 30, SMS("leave") } },
      "", "1", "", "consent.sms.off=1", "", "/track/consent/sms/left",
      "true" },

    { "a link that was voided says nothing any more",
      { { "order", 1, PAID }, { "consent", 20, SMS("ask") PHONE
          ",\"links\":7" } },
      "", "0", "", "", "", NULL, NULL },

    { "a cancelled order has nothing to tell",
      { { "order", 1, OPEN }, { "order", 12, CANCELLED },
        { "consent", 20, SMS("ask") PHONE } },
      "", "0", "", "consent.not_asked=1", "", NULL, NULL },

    { "a good score", { { "order", 1, OPEN }, { "scored", 20, "\"score\":5" } },
      "scored/webhook", "0", "", "score.5=1", "", "/save/score/value", "5" },

    { "a bad score goes to the support",
      { { "order", 1, OPEN }, { "scored", 20, "\"score\":2" } },
      "scored/webhook support_score/smtp", "0", "", "score.2=1", "",
      "/save/score/value", "2" },

    { "so does a comment",
      { { "order", 1, OPEN },
        { "scored", 20, "\"score\":4,\"comment\":\"late\"" } },
      "scored/webhook support_score/smtp", "0", "", "score.4=1", "",
      "/save/score/comment", "late" },

    { "the sixth time is the record's alone",
      { { "order", 1, OPEN },
        { "scored", 20, "\"score\":1,\"comment\":\"a\"" },
        { "scored", 21, "\"score\":1,\"comment\":\"b\"" },
        { "scored", 22, "\"score\":1,\"comment\":\"c\"" },
        { "reason", 23, "\"comment\":\"d\"" },
        { "scored", 24, "\"score\":1,\"comment\":\"e\"" },
        { "scored", 25, "\"score\":2,\"comment\":\"f\"" } },
      "scored/webhook", "0", "", "score.2=1 said_enough=1", "",
      "/save/score/comment", "f" },

    { "a score that is none",
      { { "order", 1, OPEN }, { "scored", 20, "\"score\":6" } },
      "", "0", "", "", "", "/save/score", NULL },

    { "a reason from the mail",
      { { "order", 1, OPEN }, { "reason", 20, "\"reason\":\"costs\"" } },
      "", "0", "", "reason.costs=1", "", "/save/asked/reason", "costs" },

    { "the first exposure counts",
      { { "order", 1, OPEN },
        { "exposed", 5, "\"arm\":\"holdout\",\"mode\":\"on\"" },
        { "exposed", 6, "\"arm\":\"treatment\",\"mode\":\"on\"" } },
      "", "0", "", "", "", "/save/arm", "holdout" },

    { "observing is no exposure",
      { { "order", 1, OPEN },
        { "exposed", 5, "\"arm\":\"treatment\",\"mode\":\"observe\"" } },
      "", "0", "", "observed=1", "", "/save/arm", NULL },

    { "an older change", { { "order", 1, OPEN }, { "order", 2, OLD } },
      "", "0", "", "stale=1", "", "/payment", "unpaid" },

    { "within one second a dead order stays dead",
      { { "order", 1, CANCELLED },
        { "order", 2, ORDER("\"state\":\"open\",\"changed\":1800000010") } },
      "read/store@6", "0", "", "stale=1", "", "/state", "cancelled" },

    { "not even by a read of that second",
      { { "order", 1, CANCELLED },
        { "order", 11, "\"from\":\"read\",\"data\":{\"state\":\"open\","
          "\"customer\":\"cust\",\"changed\":1800000010}" } },
      "", "0", "", "stale=1", "", "/state", "cancelled" },

    { "unless a read says so that was made after it",
      { { "order", 1, CANCELLED },
        { "order", 20, "\"from\":\"read\",\"data\":{\"state\":\"open\","
          "\"customer\":\"cust\",\"changed\":1800000010}" } },
      "", "0", "", "", "", "/state", "open" },

    { "two changes of one second, the wrong way round: what is paid is paid",
      { { "order", 1, PAID }, { "order", 2, ORDER("\"state\":\"open\","
          "\"payment\":\"unpaid\",\"changed\":1800000200,"
          "\"customer\":\"cust\"") } },
      "read/store@6", "0", "", "stale=1", "", "/payment", "paid" },

    { "and what has left has left",
      { { "order", 1, ORDER("\"state\":\"open\",\"payment\":\"paid\","
          "\"shipped\":true,\"changed\":1800000200,"
          "\"customer\":\"cust\"") },
        { "order", 2, PAID } },
      "read/store@6", "0", "", "stale=1", "", "/shipped", "true" },

    { "the right way round: no question",
      { { "order", 1, PAID },
        { "order", 2, ORDER("\"state\":\"open\",\"payment\":\"paid\","
          "\"shipped\":true,\"changed\":1800000200,"
          "\"customer\":\"cust\"") } },
      "", "0", "", "", "", "/shipped", "true" },

    { "a store's part never overwrites ours",
      { { "order", 1, OPEN },
        { "exposed", 5, "\"arm\":\"treatment\",\"mode\":\"on\"" },
        { "order", 201, PAID } },
      "", "0", "", "", "", "/save/arm", "treatment" },

    { "an import is silent, but known",
      { { "order", 1, "\"from\":\"import\",\"data\":{\"state\":\"open\","
          "\"customer\":\"cust\",\"changed\":1799990000}" } },
      "", "0", "alias buyer-silent", "", "", "/state", "open" },

    { "an old wish to cancel is noted, nothing more",
      { { "order", 1, OPEN }, { "asked", -200000, "" } },
      "", "0", "", "asked=1", "", "/save/asked/count", "1" },

    { "a promise is kept however late its news come",
      { { "order", 1, PAID }, { "accepted", -200000, ACCEPTED } },
      "apply/store", "0", "used", "accepted=1 accepted.less=1", "", NULL,
      NULL },

    { "an order that has a number is found by it",
      { { "order", 1, ORDER("\"number\":\"A-1\",\"state\":\"open\"") } },
      "", "0", "alias alias", "", "", "/number", "A-1" },

    { "accepted elsewhere",
      { { "order", 1, OPEN },
        { "used", 5, "\"offer\":\"less\",\"at\":1800000005" } },
      "", "0", "", "", "", "/save/used/less/n", "1" },

    { "and given back there",
      { { "order", 1, OPEN },
        { "used", 5, "\"offer\":\"less\",\"at\":1800000005" },
        { "used", 6, "\"offer\":\"less\",\"at\":1800000006,\"back\":true" } },
      "", "0", "", "", "", "/save/used/less/n", "0" },
};


static os_campaign_t  *campaign;


static void
add_word(os_buf_t *out, const char *fmt, const char *a, const char *b)
{
    if (out->len) {
        os_buf_char(out, ' ');
    }

    os_buf_printf(out, fmt, a, b);
}


static void
tell_jobs(const json_t *add, int64_t now_ms, os_buf_t *out)
{
    size_t    i;
    json_t   *entry, *job;
    int64_t   due;

    json_array_foreach(add, i, entry) {
        job = json_object_get(entry, "job");
        due = os_json_int(entry, "due_ms", 0);
        add_word(out, "%s/%s", os_json_str(job, "purpose").data,
                 os_json_str(job, "channel").data);

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
        add_word(out, "%s%s", os_json_str(entry, "effect").data,
                 os_str_equal(os_json_str(entry, "effect"), OS_STR("buyer"))
                 && !os_json_bool(entry, "notify") ? "-silent" : "");
    }
}


/* Counters but those of exposures, in order. */
static void
tell_counts(const json_t *counts, os_buf_t *out)
{
    char         n[32];
    json_t      *value;
    const char  *name;

    json_object_foreach((json_t *) counts, name, value) {
        if (strncmp(name, "exposed", 7) == 0) {
            continue;
        }

        snprintf(n, sizeof(n), "%lld",
                 (long long) json_integer_value(value));
        add_word(out, "%s=%s", name, n);
    }
}


static json_t *
make_event(const step_t *step, int n)
{
    char         jobs[2][OS_JOB_ID_LEN + 1];
    int          i;
    json_t      *event;
    os_buf_t     text, id;
    const char  *channels[2] = { "smtp", "sms" };

    text = (os_buf_t) { 0 };
    os_buf_printf(&text, "{\"id\":\"e%d\",\"kind\":\"%s\",\"order\":\"shop/1\","
                  "\"at_ms\":%lld%s%s}", n, step->kind,
                  (long long) (NOW + step->at) * 1000,
                  *step->more ? "," : "", step->more);
    event = os_json_parse(os_buf_view(&text), "event", NULL);
    os_buf_free(&text);

    /* the ids of the two follow-ups, which a story cannot write down */
    for (i = 0; i < 2; i++) {
        id = (os_buf_t) { 0 };
        os_job_id(OS_STR("shop/1"), OS_NULL, OS_STR("cancelled"),
                  OS_STR("cancelled"), os_str(channels[i]), OS_NULL, &id);
        memcpy(jobs[i], id.data, sizeof(jobs[i]));
        os_buf_free(&id);

        if (os_str_equal(os_json_str(event, "job"),
                         i ? OS_STR("SMS") : OS_STR("SMTP")))
        {
            os_json_set_str(event, "job", os_str(jobs[i]));
        }
    }

    return event;
}


static void
check_result(const story_t *s, const os_reduced_t *r, int64_t now_ms)
{
    char       drop[16];
    json_t    *value;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    tell_jobs(r->add, now_ms, &text);
    is_str(text.data ? text.data : "", s->add, s->name);
    os_buf_free(&text);

    snprintf(drop, sizeof(drop), "%zu", json_array_size(r->drop));
    is_str(drop, s->drop, "  jobs dropped");

    tell_effects(r->effects, &text);
    is_str(text.data ? text.data : "", s->effects, "  effects");
    os_buf_free(&text);

    tell_counts(r->counts, &text);
    is_str(text.data ? text.data : "", s->counts, "  counters");
    os_buf_free(&text);

    is_str(r->decision == NULL ? ""
           : os_json_bool(r->decision, "withdraw") ? "withdraw"
           : os_json_str(json_object_get(r->decision, "set"), "applied").data,
           s->decision, "  decision");

    if (s->pointer) {
        value = os_json_pointer(r->order, os_str(s->pointer));
        (void) os_json_text(value, &text);
        is_str(value ? text.data : NULL, s->value, "  record");
        os_buf_free(&text);
    }
}


static void
test_story(const story_t *s)
{
    int            i;
    json_t        *order, *event;
    int64_t        now_ms;
    os_error_t     err;
    os_reduced_t   r;

    order = NULL;
    memset(&r, 0, sizeof(r));

    for (i = 0; i < MAX && s->step[i].kind; i++) {
        os_reduced_free(&r);
        event = make_event(&s->step[i], i);

        if (event == NULL) {
            ok(0, "%s: step %d is JSON", s->name, i);
            break;
        }

        now_ms = (NOW + (s->step[i].at > 0 ? s->step[i].at : 20)) * 1000;

        if (os_reduce(campaign, order, OS_STR("1"), event, now_ms, &r, &err)
            != 0)
        {
            ok(0, "%s: step %d: %s", s->name, i, err.text);
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


/* Parts of a record that somebody else has written, and not as objects. */
static void
test_parts(void)
{
    json_t        *order, *event;
    step_t         step = { "order", 10, ORDER("\"shipped\":true") };
    os_error_t     err;
    os_reduced_t   r;

    memset(&r, 0, sizeof(r));
    order = json_loads("{\"id\":\"1\",\"store\":\"shop\",\"state\":\"open\","
                       "\"customer\":\"cust\",\"track\":\"x\",\"save\":[1]}",
                       0, NULL);
    event = make_event(&step, 0);

    ok(os_reduce(campaign, order, OS_STR("1"), event, (NOW + 20) * 1000, &r,
                 &err)
       == 0, "parts that are no objects");
    ok(json_is_object(json_object_get(r.order, "track")), "begin anew");

    os_reduced_free(&r);
    json_decref(event);
    json_decref(order);
}


/* The same event twice; and the record given is not the one that changes. */
static void
test_pure(void)
{
    json_t        *event, *before;
    step_t         step = { "asked", 10, "" };
    os_error_t     err;
    os_reduced_t   first, second;

    event = make_event(&step, 1);
    (void) os_reduce(campaign, NULL, OS_STR("1"), event, NOW * 1000, &first,
                     &err);
    before = json_deep_copy(first.order);
    (void) os_reduce(campaign, first.order, OS_STR("1"), event, NOW * 1000,
                     &second, &err);

    ok(second.duplicate && second.add == NULL, "seen before: nothing follows");
    ok(json_equal(before, second.order), "and nothing changes");
    json_object_del(event, "id");
    os_json_set_str(event, "id", OS_STR("other"));
    os_reduced_free(&second);
    (void) os_reduce(campaign, first.order, OS_STR("1"), event, NOW * 1000,
                     &second, &err);
    ok(json_equal(before, first.order), "the record given stays as it was");
    is_int(os_json_int(os_json_pointer(second.order, OS_STR("/save/asked")),
                       "count", 0), 2, "the new one counts");
    os_reduced_free(&second);

    os_json_set_str(event, "kind", OS_STR("nonsense"));
    is_int(os_reduce(campaign, NULL, OS_STR("1"), event, NOW * 1000, &second,
                     &err), -1, "an unknown kind is an error");
    is_str(err.text, "an event of unknown kind \"nonsense\"", "with its name");

    os_reduced_free(&first);
    os_reduced_free(&second);
    json_decref(event);
    json_decref(before);
}


/* The n-th event, `at` seconds from now; 1 when it was known. */
static int
see(json_t **order, int n, int64_t at)
{
    int            known;
    json_t        *event;
    step_t         step = { "asked", 10, "" };
    os_reduced_t   r;

    event = make_event(&step, n);
    (void) os_reduce(campaign, *order, OS_STR("1"), event, (NOW + at) * 1000,
                     &r, NULL);
    known = r.duplicate;
    json_decref(event);
    json_decref(*order);
    *order = json_incref(r.order);
    os_reduced_free(&r);

    return known;
}


static int64_t
seen(const json_t *order)
{
    return (int64_t) json_array_size(os_json_pointer(order,
                                                     OS_STR("/save/seen")));
}


/* A record remembers the events of a day, and no more than 500. */
static void
test_seen(void)
{
    int      i, known;
    json_t  *order, *save;

    order = NULL;

    for (i = 0; i < 40; i++) {
        known = see(&order, i, 0);
    }

    ok(!known, "forty events of an hour");
    ok(see(&order, 0, 3600), "the first is known after all the others");
    ok(see(&order, 39, 82800), "and the last, most of a day later");
    is_int(os_json_int(os_json_pointer(order, OS_STR("/save/asked")), "count",
                       0), 40, "each has counted once");
    ok(!see(&order, 40, 100000), "a new one, the next day");
    is_int(seen(order), 2, "what is older than a day is gone");

    for (i = 0; i < 1000; i++) {
        (void) see(&order, i, 200000);
    }

    ok(seen(order) <= 501, "so many in an hour: not all are known");
    ok(see(&order, 999, 200000), "the newest are");

    save = json_object_get(order, "save");
    (void) json_object_set_new(save, "seen", json_pack("[s]", "abcdefgh"));
    (void) see(&order, 1, 200000);
    is_int(seen(order), 3, "a list of before, without hours, is as of now");
    json_decref(order);
}


/* How many jobs a hundred events of a kind lead to, a minute apart. */
static int64_t
flood(const char *kind, const char *more, int64_t step_s)
{
    int            i;
    size_t         n;
    json_t        *event, *order, *entry, *jobs;
    int64_t        count;
    step_t         first = { "order", 1, PAID }, step = { kind, 10, more };
    os_reduced_t   r;

    jobs = json_object();
    event = make_event(&first, 0);
    (void) os_reduce(campaign, NULL, OS_STR("1"), event, NOW * 1000, &r, NULL);
    order = json_incref(r.order);
    os_reduced_free(&r);
    json_decref(event);

    for (i = 1; i <= 100; i++) {
        event = make_event(&step, i);
        (void) os_reduce(campaign, order, OS_STR("1"), event,
                         (NOW + 10 + i * step_s) * 1000, &r, NULL);

        json_array_foreach(r.add, n, entry) {
            (void) json_object_set_new(jobs, json_string_value(
                    os_json_pointer(entry, OS_STR("/job/id"))), json_true());
        }

        json_decref(event);
        json_decref(order);
        order = json_incref(r.order);
        os_reduced_free(&r);
    }

    count = (int64_t) json_object_size(jobs);
    json_decref(jobs);
    json_decref(order);

    return count;
}


static void
is_ok_most(int64_t n, int64_t most, const char *kind)
{
    if (!ok(n > 0 && n <= most, "%s a hundred times", kind)) {
        diag("%lld jobs", (long long) n);
    }
}


/* Whoever has a link can post without end: not a hundred mails of a hundred. */
static void
test_flood(void)
{
    size_t  i;

    static const struct {
        const char  *kind;
        const char  *more;
        int64_t      most;      /* jobs a day: what follows from ten */
    } kinds[] = {
        { "help", "\"text\":\"broken\"", 20 },
        { "answer", "\"what\":\"other\",\"comment\":\"hm\"", 20 },
        { "packaging", "\"choice\":\"plain\"", 30 },
        { "reviewed", "\"stars\":1,\"text\":\"bad\"", 20 },
        { "replied", "\"text\":\"where is it\"", 10 },
        { "stopped", "", 1 },
        { "scored", "\"score\":1,\"comment\":\"bad\"", 15 },
        { "asked", "\"comment\":\"too slow\"", 17 },
        { "reason", "\"reason\":\"costs\",\"comment\":\"hm\"", 5 },
    };

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        is_ok_most(flood(kinds[i].kind, kinds[i].more, 60), kinds[i].most,
                   kinds[i].kind);
    }

    ok(flood("help", "\"text\":\"broken\"", 3 * 3600) > 100,
       "over many days more is heard");
}


int
main(void)
{
    size_t      i;
    os_error_t  err;

    campaign = os_campaign_load("t/unit/reduce_campaign.json", "campaign",
                                &err);

    if (!ok(campaign != NULL, "the campaign")) {
        diag("%s", err.text);
        return done();
    }

    for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        test_story(&stories[i]);
    }

    test_parts();
    test_pure();
    test_seen();
    test_flood();
    os_campaign_free(campaign);

    return done();
}

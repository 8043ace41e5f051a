/*
 * os_campaign_check: see os_campaign_check.h.
 *
 * A pointer is built on the way down; who finds a fault leaves it, all others
 * take off what they put on.
 */

#include <string.h>

#include "core/base/os_mail.h"
#include "core/base/os_code.h"
#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/campaign/os_action.h"
#include "core/campaign/os_campaign_check.h"


typedef struct {
    os_buf_t    *where;
    os_error_t  *err;
} os_check_t;

typedef int (*os_check_pt)(os_check_t *c, const json_t *value);


/* docs/campaign.md lists what a call may use. */

static const char *const  os_view_read[] = { "order.id", NULL };

static const char *const  os_view_also[] = { "order.id", "raw", NULL };

static const char *const  os_view_since[] = { "since", "since_epoch",
                                               "since_shop", "page", NULL };

static const char *const  os_view_action[] = {
    "order", "raw", "code", "coupons", "amount", "currency", "terms", "nonce",
    "offer", "reason", "comment", "store", "said", "item", "arrives",
    "variant", "lines", "waived", "fewer", "option", "return", NULL
};

static const char *const  os_view_note[] = {
    "note", "order", "raw", "code", "coupons", "amount", "currency", "terms",
    "nonce", "offer", "reason", "comment", "store", "said", "item", "arrives",
    "variant", "lines", "waived", "fewer", "option", "packaging", NULL
};


/* Checks the member of an object; one that is not there is well. */
static int
os_check_at(os_check_t *c, const json_t *object, const char *name,
    os_check_pt check)
{
    size_t   len;
    json_t  *value;

    value = json_object_get(object, name);

    if (value == NULL) {
        return 0;
    }

    len = c->where->len;
    os_json_pointer_add(c->where, name);

    if (check(c, value) != 0) {
        return -1;
    }

    c->where->len = len;
    return 0;
}


static int
os_check_list(os_check_t *c, const json_t *list, os_check_pt check)
{
    char     index[24];
    size_t   i, len;
    json_t  *value;

    len = c->where->len;

    json_array_foreach(list, i, value) {
        (void) snprintf(index, sizeof(index), "%zu", i);
        os_json_pointer_add(c->where, index);

        if (check(c, value) != 0) {
            return -1;
        }

        c->where->len = len;
    }

    return 0;
}


static int
os_check_amounts(os_check_t *c, const json_t *amounts)
{
    int          digits;
    int64_t      minor;
    json_t      *value;
    const char  *currency, *text, *point;

    json_object_foreach((json_t *) amounts, currency, value) {
        text = json_string_value(value);
        digits = os_currency_digits(os_str(currency));
        point = strchr(text, '.');

        if (point != NULL && strlen(point + 1) > (size_t) digits) {
            os_json_pointer_add(c->where, currency);
            return os_fail(c->err, "expected at most %d digits after the "
                           "point, as many as %s has", digits, currency);
        }

        if (os_money_parse(os_str(text), digits, &minor) != 0) {
            os_json_pointer_add(c->where, currency);
            return os_fail(c->err, "expected a smaller amount");
        }
    }

    return 0;
}


/* A range that no order is in is no condition, but a slip. */
static int
os_check_totals(os_check_t *c, const json_t *when)
{
    int          digits;
    json_t      *value;
    int64_t      most, least;
    os_str_t     min;
    const char  *currency;

    json_object_foreach(json_object_get(when, "max_total"), currency, value) {
        min = os_json_str(json_object_get(when, "min_total"), currency);
        digits = os_currency_digits(os_str(currency));

        if (min.len && os_money_parse(min, digits, &least) == 0
            && os_money_parse(os_str(json_string_value(value)), digits, &most)
               == 0
            && most < least)
        {
            os_json_pointer_add(c->where, "max_total");
            os_json_pointer_add(c->where, currency);
            return os_fail(c->err, "expected at least \"min_total\"");
        }
    }

    return 0;
}


static int
os_check_ages(os_check_t *c, const json_t *when)
{
    int64_t  most, least;

    if (os_duration_parse(os_json_str(when, "max_age"), &most) != 0
        || os_duration_parse(os_json_str(when, "min_age"), &least) != 0
        || most > least)
    {
        return 0;
    }

    os_json_pointer_add(c->where, "max_age");
    return os_fail(c->err, "expected more than \"min_age\"");
}


static int
os_check_conditions(os_check_t *c, const json_t *when)
{
    return os_check_at(c, when, "min_total", os_check_amounts) == 0
           && os_check_at(c, when, "max_total", os_check_amounts) == 0
           && os_check_totals(c, when) == 0
           && os_check_ages(c, when) == 0
           ? 0 : -1;
}


/* Of nothing there is no discount. */
static int
os_check_given(os_check_t *c, const json_t *amounts)
{
    json_t      *value;
    const char  *currency, *text;

    json_object_foreach((json_t *) amounts, currency, value) {
        text = json_string_value(value);

        if (strspn(text, "0.") == strlen(text)) {
            os_json_pointer_add(c->where, currency);
            return os_fail(c->err, "expected more than nothing");
        }
    }

    return os_check_amounts(c, amounts);
}


static int
os_check_gift(os_check_t *c, const json_t *gift)
{
    return os_check_at(c, gift, "amount", os_check_given);
}


static int
os_check_request(os_check_t *c, const json_t *request)
{
    return os_check_at(c, request, "off", os_check_gift);
}


static int
os_check_give(os_check_t *c, const json_t *give)
{
    return os_check_at(c, give, "coupon", os_check_gift) == 0
           && os_check_at(c, give, "discount", os_check_gift) == 0
           && os_check_at(c, give, "request", os_check_request) == 0
           ? 0 : -1;
}


static int
os_check_limits(os_check_t *c, const json_t *limit)
{
    return os_check_at(c, limit, "budget", os_check_amounts);
}


/* What is only read or opened nobody takes: a limit would hold nothing. */
static int
os_check_taken(os_check_t *c, const json_t *offer)
{
    const json_t  *give = json_object_get(offer, "give");

    if (json_object_get(offer, "limit") == NULL
        || (json_object_get(give, "info") == NULL
            && json_object_get(give, "link") == NULL))
    {
        return 0;
    }

    os_json_pointer_add(c->where, "limit");
    return os_fail(c->err, "expected none: nobody can accept an offer that "
                   "gives \"%s\"",
                   json_object_get(give, "info") ? "info" : "link");
}


/*
 * Only what comes off an order is taken from a budget: by the offer itself, or
 * by whoever approves a request. One beside anything else would hold nothing:
 * not what a credit or the next order costs, nor what an order is cheaper by
 * when the store has done what was asked for.
 */
static int
os_check_drawn(os_check_t *c, const json_t *offer)
{
    const json_t  *give = json_object_get(offer, "give");
    const json_t  *request = json_object_get(give, "request");

    if (json_object_get(json_object_get(offer, "limit"), "budget") == NULL
        || json_object_get(give, "coupon") || json_object_get(give, "discount")
        || json_object_get(give, "free_shipping")
        || (json_object_get(request, "off")
            && !os_str_equal(os_json_str(request, "by"), OS_STR("api"))
            && !os_str_equal(os_json_str(request, "for"), OS_STR("credit"))))
    {
        return 0;
    }

    os_json_pointer_add(c->where, "limit");
    os_json_pointer_add(c->where, "budget");
    return os_fail(c->err, "expected none: nothing that this offer gives is "
                   "taken from a budget");
}


static int
os_check_offer(os_check_t *c, const json_t *offer)
{
    return os_check_taken(c, offer) == 0
           && os_check_at(c, offer, "when", os_check_conditions) == 0
           && os_check_at(c, offer, "give", os_check_give) == 0
           && os_check_at(c, offer, "limit", os_check_limits) == 0
           && os_check_drawn(c, offer) == 0
           ? 0 : -1;
}


static int
os_check_offers(os_check_t *c, const json_t *offers)
{
    return os_check_list(c, offers, os_check_offer);
}


static int
os_check_rate(os_check_t *c, const json_t *rate)
{
    return os_check_at(c, rate, "price", os_check_amounts);
}


static int
os_check_shipping(os_check_t *c, const json_t *rates)
{
    return os_check_list(c, rates, os_check_rate);
}


static int
os_check_policy(os_check_t *c, const json_t *policy)
{
    return os_check_at(c, policy, "shipping", os_check_shipping);
}


/* A code is one for all, or each buyer's own. */
static int
os_check_extra(os_check_t *c, const json_t *extra)
{
    if (json_object_get(extra, "code") && json_object_get(extra, "pool")) {
        return os_fail(c->err, "expected either \"code\", one for all, or "
                       "\"pool\", one for each buyer");
    }

    return json_object_get(extra, "reward") && !json_object_get(extra, "pool")
           ? os_fail(c->err, "expected a \"pool\" beside \"reward\": by a code "
                     "for all nobody can tell whose friend has bought")
           : 0;
}


static int
os_check_extras(os_check_t *c, const json_t *extras)
{
    return os_check_at(c, extras, "referral", os_check_extra) == 0
           && os_check_at(c, extras, "two_for_one", os_check_extra) == 0
           && os_check_at(c, extras, "next_order", os_check_extra) == 0
           ? 0 : -1;
}


static int
os_check_mailbox(os_check_t *c, const json_t *mailbox)
{
    os_str_t  text;

    text = os_str(json_string_value(mailbox));

    return os_mail_address_ok(os_mail_address(text)) ? 0
           : os_fail(c->err, "expected an address, or a name and <address>");
}


/* An empty one is as good as none. */
static int
os_check_reply_to(os_check_t *c, const json_t *mailbox)
{
    return json_string_length(mailbox) ? os_check_mailbox(c, mailbox) : 0;
}


static int
os_check_address(os_check_t *c, const json_t *value)
{
    return os_mail_address_ok(os_str(json_string_value(value))) ? 0
           : os_fail(c->err, "expected an e-mail address");
}


static int
os_check_mail(os_check_t *c, const json_t *mail)
{
    return os_check_at(c, mail, "from", os_check_mailbox) == 0
           && os_check_at(c, mail, "reply_to", os_check_reply_to) == 0
           && os_check_at(c, mail, "support", os_check_mailbox) == 0
           && os_check_at(c, mail, "bounces", os_check_address) == 0
           ? 0 : -1;
}


static int
os_check_number(os_check_t *c, const json_t *value)
{
    const char  *text;

    text = json_string_value(value);

    return text[strspn(text, "+0123456789 ()./-")] == '\0'
           && strpbrk(text, "0123456789")
           ? 0 : os_fail(c->err, "expected a telephone number");
}


static int
os_check_link(os_check_t *c, const json_t *value)
{
    size_t    i;
    os_str_t  text;

    static const char *const  ways[] = { "https://", "http://", "/", "mailto:",
                                         "tel:" };

    text = os_str(json_string_value(value));

    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (os_str_starts(text, os_str(ways[i]))) {
            return 0;
        }
    }

    return os_fail(c->err, "expected a link that begins with https://, "
                   "http://, /, mailto: or tel:");
}


/* wa.me takes digits alone. */
static int
os_check_whatsapp(os_check_t *c, const json_t *value)
{
    const char  *text;

    text = json_string_value(value);

    if (os_str_starts(os_str(text), OS_STR("http"))) {
        return os_check_link(c, value);
    }

    text += *text == '+';

    return *text && text[strspn(text, "0123456789")] == '\0' ? 0
           : os_fail(c->err, "expected a number without spaces, or a link");
}


/* What os_view makes a link of is one. */
static int
os_check_contact(os_check_t *c, const json_t *contact)
{
    size_t       i;
    os_str_t     kind;
    os_check_pt  check;

    static const struct {
        const char   *kind;
        os_check_pt   check;
    } kinds[] = {
        { "email",    os_check_address },
        { "phone",    os_check_number },
        { "whatsapp", os_check_whatsapp },
    };

    check = os_check_link;
    kind = os_json_str(contact, "kind");

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (os_str_equal(kind, os_str(kinds[i].kind))) {
            check = kinds[i].check;
        }
    }

    return os_check_at(c, contact, "value", check);
}


static int
os_check_contacts(os_check_t *c, const json_t *contacts)
{
    return os_check_list(c, contacts, os_check_contact);
}


static int
os_check_read(os_check_t *c, const json_t *call)
{
    return os_action_check(call, os_view_read, c->where, c->err);
}


static int
os_check_also_call(os_check_t *c, const json_t *call)
{
    return os_action_check(call, os_view_also, c->where, c->err);
}


static int
os_check_also(os_check_t *c, const json_t *also)
{
    json_t      *call;
    const char  *name;

    json_object_foreach((json_t *) also, name, call) {
        if (os_check_at(c, also, name, os_check_also_call) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
os_check_since(os_check_t *c, const json_t *call)
{
    return os_action_check(call, os_view_since, c->where, c->err);
}


static int
os_check_call(os_check_t *c, const json_t *call)
{
    return os_action_check(call, os_view_action, c->where, c->err);
}


static int
os_check_note(os_check_t *c, const json_t *call)
{
    return os_action_check(call, os_view_note, c->where, c->err);
}


static int
os_check_calls(os_check_t *c, const json_t *calls)
{
    return os_check_list(c, calls, os_check_call);
}


static int
os_check_notes(os_check_t *c, const json_t *calls)
{
    return os_check_list(c, calls, os_check_note);
}


static int
os_check_actions(os_check_t *c, const json_t *actions)
{
    json_t       *calls;
    const char   *name;
    os_check_pt   check;

    json_object_foreach((json_t *) actions, name, calls) {
        check = strcmp(name, "note") == 0 || strcmp(name, "packaging") == 0
                ? os_check_notes : os_check_calls;

        if (os_check_at(c, actions, name, check) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
os_check_api(os_check_t *c, const json_t *api)
{
    if ((json_object_get(api, "basic_file")
         || json_object_get(api, "bearer_file"))
        && !os_url_keeps_secrets(os_json_str(api, "base")))
    {
        os_json_pointer_add(c->where, "base");
        return os_fail(c->err, "expected https:, as a password goes with it");
    }

    return os_check_at(c, api, "read", os_check_read) == 0
           && os_check_at(c, api, "also", os_check_also) == 0
           && os_check_at(c, api, "actions", os_check_actions) == 0
           ? 0 : -1;
}


static int
os_check_reconcile(os_check_t *c, const json_t *reconcile)
{
    return os_check_at(c, reconcile, "call", os_check_since);
}


/* The store's page is expanded as a URL is, over what messages are given. */
static int
os_check_page(os_check_t *c, const json_t *page)
{
    int      rc;
    size_t   len;
    json_t  *call;

    len = c->where->len;
    call = json_object();
    (void) json_object_set(call, "url", (json_t *) page);
    rc = os_action_check(call, NULL, c->where, c->err);
    json_decref(call);
    c->where->len = len;

    return rc;
}


static int
os_check_track(os_check_t *c, const json_t *track)
{
    return os_check_at(c, track, "page", os_check_page);
}


/* What buyers ask for reaches the store, or a person. */
static int
os_check_cancel(os_check_t *c, const json_t *campaign)
{
    if (!os_json_bool(json_object_get(campaign, "cancel"), "hosted")
        || json_object_get(campaign, "mail")
        || json_object_get(json_object_get(json_object_get(campaign, "api"),
                                           "actions"), "cancel"))
    {
        return 0;
    }

    os_json_pointer_add(c->where, "cancel");
    os_json_pointer_add(c->where, "hosted");

    return os_fail(c->err, "expected \"mail\", or \"api\" with an action "
                   "\"cancel\": a cancel would reach nobody");
}


/* An action of the store's API. */
static const json_t *
os_check_action(const json_t *campaign, const char *name)
{
    return json_object_get(json_object_get(json_object_get(campaign, "api"),
                                           "actions"), name);
}


/* Two numbers of days would be two promises. */
static int
os_check_days(os_check_t *c, const json_t *campaign, const json_t *returns)
{
    json_t  *said;

    said = json_object_get(json_object_get(json_object_get(campaign,
                                                           "policy"),
                                           "returns"), "days");

    if (said == NULL
        || json_integer_value(said) == os_json_int(returns, "days", 0))
    {
        return 0;
    }

    os_json_pointer_add(c->where, "returns");
    os_json_pointer_add(c->where, "days");

    return os_fail(c->err, "expected %lld, as /policy/returns/days says",
                   (long long) json_integer_value(said));
}


/* What buyers ask to send back reaches somebody, who can give it. */
static int
os_check_returns(os_check_t *c, const json_t *campaign)
{
    int            api;
    const json_t  *returns;

    returns = json_object_get(campaign, "returns");

    if (returns == NULL) {
        return 0;
    }

    api = os_str_equal(os_json_str(returns, "by"), OS_STR("api"));

    if (api && os_check_action(campaign, "return") == NULL) {
        os_json_pointer_add(c->where, "returns");
        os_json_pointer_add(c->where, "by");
        return os_fail(c->err, "expected \"api\" with an action \"return\"");
    }

    if (json_object_get(campaign, "mail") == NULL) {
        os_json_pointer_add(c->where, "returns");
        return os_fail(c->err, "expected \"mail\": nobody would be told");
    }

    if (json_object_get(returns, "credit")
        && os_check_action(campaign, "credit") == NULL)
    {
        os_json_pointer_add(c->where, "returns");
        os_json_pointer_add(c->where, "credit");
        return os_fail(c->err, "expected \"api\" with an action \"credit\": "
                       "none could be given");
    }

    return os_check_days(c, campaign, returns);
}


/* Does a webhook hear of this event? */
static int
os_check_hooked(const json_t *campaign, const char *event)
{
    size_t   i, n;
    json_t  *hook, *name;

    json_array_foreach(json_object_get(campaign, "webhooks"), i, hook) {
        json_array_foreach(json_object_get(hook, "events"), n, name) {
            if (strcmp(json_string_value(name), event) == 0) {
                return 1;
            }
        }
    }

    return 0;
}


/* A statement is acknowledged, and reaches somebody. */
static int
os_check_withdrawal(os_check_t *c, const json_t *campaign)
{
    os_str_t       then;
    const json_t  *w = json_object_get(campaign, "withdrawal");

    if (w == NULL) {
        return 0;
    }

    if (os_json_str(json_object_get(campaign, "mail"), "support").len == 0) {
        os_json_pointer_add(c->where, "withdrawal");
        return os_fail(c->err, "expected \"mail\" with \"support\": nothing "
                       "would be acknowledged, and nobody told");
    }

    then = os_json_str(w, "then");
    os_json_pointer_add(c->where, "withdrawal");
    os_json_pointer_add(c->where, "then");

    if (os_str_equal(then, OS_STR("webhook"))
        && !os_check_hooked(campaign, "withdrawal"))
    {
        return os_fail(c->err, "expected a webhook that hears of "
                       "\"withdrawal\"");
    }

    if (os_str_equal(then, OS_STR("store"))
        && os_check_action(campaign, "cancel") == NULL
        && os_check_action(campaign, "return") == NULL)
    {
        return os_fail(c->err, "expected \"api\" with an action \"cancel\" "
                       "or \"return\"");
    }

    c->where->len = 0;

    return 0;
}


int
os_campaign_check(const json_t *campaign, os_buf_t *where, os_error_t *err)
{
    os_check_t  c = { where, err };

    static const struct {
        const char   *name;
        os_check_pt   check;
    } parts[] = {
        { "contacts",  os_check_contacts },
        { "eligible",  os_check_conditions },
        { "offers",    os_check_offers },
        { "api",       os_check_api },
        { "mail",      os_check_mail },
        { "policy",    os_check_policy },
        { "extras",    os_check_extras },
        { "track",     os_check_track },
        { "reconcile", os_check_reconcile },
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (os_check_at(&c, campaign, parts[i].name, parts[i].check) != 0) {
            return -1;
        }
    }

    return os_check_cancel(&c, campaign) == 0
           && os_check_returns(&c, campaign) == 0
           && os_check_withdrawal(&c, campaign) == 0 ? 0 : -1;
}
